"""Names that come to mean a value of another kind: `xs = np.array(xs)` where `xs` was a list.

The adjoint of a list is a list and that of an array an array, so each gets a name of its own. From
the assignment to the end of its block the name is another one, if nothing after the block reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from srcad.analysis.liveness import live_after
from srcad.core import (
    Assign,
    Block,
    Break,
    Continue,
    Expr,
    For,
    Function,
    Op,
    Stmt,
    Tuple,
    Var,
    blocks_of,
    rewrite,
    statements,
    walk,
)
from srcad.kinds import UNKNOWN, Array, DictOf, Kind, ListOf, Never, Scalar, TupleOf, is_unknown
from srcad.simplify.blocks import map_blocks, map_expressions

_CONTAINERS = (ListOf, TupleOf, DictOf)


def with_kinds_told_apart(
    function: Function, fresh: Callable[[str], str], live_at_end: tuple[str, ...]
) -> Function:
    """`function` with a name of its own for what an assignment makes of a name's old value."""
    while True:
        found = next(_changes_of_kind(function, live_at_end), None)
        if found is None:
            return function
        block, place = found
        stmt = block[place]
        assert isinstance(stmt, Assign) and isinstance(stmt.target, Var)
        new = _rest_renamed(block[place:], stmt.target.name, fresh(stmt.target.name))
        function = _with_block(function, block, (*block[:place], *new))


def _changes_of_kind(
    function: Function, live_at_end: tuple[str, ...]
) -> Iterator[tuple[Block, int]]:
    """The blocks in which a name is told apart from a statement on, and the statement's place."""
    places = [
        (block, place, stmt.target.name)
        for block in _blocks(function)
        for place, stmt in enumerate(block)
        if isinstance(stmt, Assign) and isinstance(stmt.target, Var) and _changes_kind(stmt)
    ]
    if not places:
        return
    live = live_after(function, live_at_end)
    for block, place, name in places:
        rest = block[place:]
        leaves = [s for s in statements(rest) if isinstance(s, Break | Continue)]
        if all(name not in live.get(id(stmt), {name}) for stmt in (rest[-1], *leaves)):
            yield block, place


def _blocks(function: Function) -> Iterator[Block]:
    yield function.body
    for stmt in statements(function.body):
        yield from blocks_of(stmt)


def _changes_kind(stmt: Assign) -> bool:
    """Whether the target's old value is of another kind, and one of the two is a container."""
    if stmt.op is not None or not isinstance(stmt.target, Var):
        return False
    name, value = stmt.target.name, stmt.value
    listed = isinstance(value, Op) and value.fn in (list, tuple)
    new = ListOf(UNKNOWN) if listed and is_unknown(value.kind) else value.kind
    old = [v.kind for v in walk(value) if isinstance(v, Var) and v.name == name]
    return any(_is_other(kind, new) for kind in old)


def _is_other(old: Kind, new: Kind) -> bool:
    if isinstance(old, _CONTAINERS) or isinstance(new, _CONTAINERS):
        return type(old) is not type(new) and not isinstance(old, Never)
    return isinstance(old, Array) and isinstance(new, Scalar)


def _rest_renamed(rest: Block, old: str, new: str) -> Block:
    """`rest`, whose first statement binds `old` to another value, with `new` for that."""
    first, *others = rest
    assert isinstance(first, Assign)
    bound = replace(first, target=Var(new, kind=first.target.kind))
    return (bound, *(_statement_renamed(stmt, old, new) for stmt in others))


def _with_block(function: Function, old: Block, new: Block) -> Function:
    body = map_blocks(function.body, lambda block: new if block is old else block)
    return replace(function, body=body)


def _statement_renamed(stmt: Stmt, old: str, new: str) -> Stmt:
    stmt = map_expressions(stmt, lambda expr: _renamed(expr, old, new))
    (stmt,) = map_blocks((stmt,), lambda block: tuple(_bound_anew(s, old, new) for s in block))
    return stmt


def _bound_anew(stmt: Stmt, old: str, new: str) -> Stmt:
    if not isinstance(stmt, Assign | For):
        return stmt
    target = _renamed(stmt.target, old, new)
    assert isinstance(target, Var | Tuple)
    return replace(stmt, target=target)


def _renamed(expr: Expr, old: str, new: str) -> Expr:
    def change(part: Expr) -> Expr | None:
        return replace(part, name=new) if isinstance(part, Var) and part.name == old else None

    return rewrite(expr, change)
