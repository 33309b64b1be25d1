"""Loops over the names of attributes, written out: one copy of the body for each.

    for name in ("s", "i", "r"):        total += self.s
        total += getattr(self, name)    total += self.i
                                        total += self.r

Which attribute is meant is then known, as everywhere else.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from srcad.blocks import with_blocks
from srcad.core import (
    Assign,
    Attr,
    Block,
    Break,
    Const,
    Continue,
    Expr,
    For,
    Function,
    Op,
    Stmt,
    Tuple,
    Var,
    Verbatim,
    While,
    blocks_of,
    bound_names,
    expressions_of,
    rewrite,
    statements,
    targets_of,
    walk,
)
from srcad.frontend.regions import renamed

MOST = 32  # copies of a body
_BY_NAME = (getattr, setattr, hasattr, delattr)


def written_out(function: Function) -> Function:
    """`function` with its loops over names of attributes written out; else itself."""
    work = _WrittenOut(function)
    body = work.block(function.body)
    return replace(function, body=body) if work.changed else function


class _WrittenOut:
    """The work on one function."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.changed = False

    def block(self, block: Block) -> Block:
        return tuple(new for stmt in block for new in self.statement(stmt))

    def statement(self, stmt: Stmt) -> Block:
        stmt = with_blocks(stmt, tuple(map(self.block, blocks_of(stmt))))
        if not isinstance(stmt, For) or _is_left(stmt.body):
            return (stmt,)
        items = self.items(stmt.iter)
        bound = set(bound_names(stmt.target))
        rebound = {name for inner in statements(stmt.body) for name in targets_of(inner)}
        if items is None or bound & rebound or not _asks_by(bound, stmt.body):
            return (stmt,)
        values = [_matched(stmt.target, item) for item in items]
        if any(each is None for each in values):
            return (stmt,)
        self.changed = True
        copies = (_with_literals(stmt.body, each) for each in values if each is not None)
        last = (
            Assign(Var(name), value, origin=stmt.origin)
            for name, value in (values[-1] or {}).items()
        )
        return (*(new for copy in copies for new in copy), *last)

    def items(self, over: Expr) -> list[Any] | None:
        """What is run through, if that is a tuple of literals that cannot change."""
        match over:
            case Tuple():
                known = tuple(_literal(item) for item in over.items)
                value: Any = None if None in known else tuple(each for (each,) in known)
            case Var(name=name):
                value = self.function.captures.get(name)
            case Attr(base=Const(value=cls), name=name) if isinstance(cls, type):
                value = getattr(cls, name, None)
            case _:
                return None
        return list(value) if type(value) is tuple and 0 < len(value) <= MOST else None


def _literal(expr: Expr) -> tuple[Any] | None:
    """The value of a literal, in a tuple of its own."""
    if isinstance(expr, Const):
        return (expr.value,)
    if type(expr) is Tuple:
        parts = [_literal(item) for item in expr.items]
        return None if None in parts else (tuple(part[0] for part in parts if part),)
    return None


def _is_left(body: Block) -> bool:
    """Whether a jump in `body` leaves the loop that it is the body of, or the trip."""
    for stmt in body:
        if isinstance(stmt, Break | Continue):
            return True
        inner = () if isinstance(stmt, For | While) else blocks_of(stmt)
        if any(map(_is_left, inner)):
            return True
    return False


def _asks_by(names: set[str], body: Block) -> bool:
    """Whether something in `body` asks for an attribute by one of `names`."""
    nodes = (node for s in statements(body) for e in expressions_of(s) for node in walk(e))
    return any(
        isinstance(node, Op) and node.fn in _BY_NAME and _tells(node.args[1:2], names)
        for node in nodes
        if not isinstance(node, Op) or getattr(type(node.fn), "__hash__", None)
    )


def _tells(key: tuple[Expr, ...], names: set[str]) -> bool:
    match key:
        case (Var(name=name),):
            return name in names
        case (Verbatim(names=read),):
            return bool(names & set(read))
    return False


def _matched(target: Expr, value: Any) -> dict[str, Expr] | None:
    """A literal for each name in the target of a loop; None if some value is none."""
    if isinstance(target, Var):
        plain = value is None or type(value) in (bool, int, float, complex, str)
        return {target.name: Const(value)} if plain else None
    if not isinstance(target, Tuple) or type(value) is not tuple:
        return None
    if len(target.items) != len(value):
        return None
    parts = [_matched(*pair) for pair in zip(target.items, value, strict=True)]
    if any(part is None for part in parts):
        return None
    return {name: new for part in parts for name, new in (part or {}).items()}


def _with_literals(body: Block, values: dict[str, Expr]) -> Iterator[Stmt]:
    for stmt in renamed(body, values):
        yield _settled(stmt)


def _settled(stmt: Stmt) -> Stmt:
    """`stmt` with f-strings that read nothing any more as the strings that they are."""
    parts = {name: getattr(stmt, name) for name in stmt.__dataclass_fields__}
    new: dict[str, Any] = {
        name: rewrite(part, _string) for name, part in parts.items() if isinstance(part, Expr)
    }
    inner = tuple(tuple(map(_settled, block)) for block in blocks_of(stmt))
    return with_blocks(replace(stmt, **new), inner)


def _string(expr: Expr) -> Expr | None:
    if not isinstance(expr, Verbatim) or expr.names:
        return None
    tree = ast.parse(expr.text, mode="eval").body
    parts = [_spelled(part) for part in getattr(tree, "values", [None])]
    return None if None in parts else Const("".join(part for part in parts if part is not None))


def _spelled(part: Any) -> str | None:
    if isinstance(part, ast.FormattedValue) and part.conversion == -1 and not part.format_spec:
        part = part.value
    return str(part.value) if isinstance(part, ast.Constant) else None
