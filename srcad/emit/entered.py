"""What a `with` gives comes first in its body, also where its name's old value is put by there."""

from __future__ import annotations

from dataclasses import replace

from srcad.blocks import with_blocks
from srcad.core import ENTERED, Assign, Block, Function, Op, Stmt, Var, With, blocks_of, names_of
from srcad.names import Names


def entered_first(function: Function) -> Function:
    """`function` with a name at once for what a context gives: `with a as entered: b = entered`."""
    names = Names(names_of(function))

    def block(body: Block) -> Block:
        return tuple(map(statement, body))

    def statement(stmt: Stmt) -> Stmt:
        stmt = with_blocks(stmt, tuple(map(block, blocks_of(stmt))))
        if not isinstance(stmt, With):
            return stmt
        place = next((n for n, part in enumerate(stmt.body) if _enters(part)), 0)
        if place == 0:
            return stmt
        given = stmt.body[place]
        assert isinstance(given, Assign)
        name = Var(names.fresh("entered"))
        first, rest = replace(given, target=name), replace(given, value=name)
        body = (first, *stmt.body[:place], rest, *stmt.body[place + 1 :])
        return replace(stmt, body=body)

    return replace(function, body=block(function.body))


def _enters(stmt: Stmt) -> bool:
    value = stmt.value if isinstance(stmt, Assign) else None
    return isinstance(value, Op) and value.fn == ENTERED
