"""Cells that nothing else sees are variables again.

A variable that functions share lives in a list of one item (see `frontend.closures`). Once these
functions are written into place, the list may be nobody's but one function's.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, replace
from typing import Any

from srcad.blocks import with_blocks
from srcad.core import (
    Assign,
    Block,
    Const,
    Expr,
    Function,
    Item,
    List,
    Stmt,
    Store,
    Try,
    Var,
    blocks_of,
    children,
    expressions_of,
    statements,
    targets_of,
    walk,
    with_children,
)

Names = frozenset[str]


def without_cells(function: Function) -> Function:
    """`function` with a variable for each cell of which only the item is read and stored."""
    made = Counter(_made(stmt) for stmt in statements(function.body))
    del made[""]
    if not made:
        return function
    bound = Counter(param.name for param in function.params)
    bound.update(name for stmt in statements(function.body) for name in targets_of(stmt))
    read: Counter[str] = Counter()
    items: Counter[str] = Counter()
    for stmt in statements(function.body):
        if isinstance(stmt, Store):
            items[_item_of(stmt.place)] += 1
        for expr in expressions_of(stmt):
            for node in walk(expr):
                read[node.name if isinstance(node, Var) else ""] += 1
                items[_item_of(node)] += 1
    cells = frozenset(c for c, n in made.items() if bound[c] == n and read[c] == items[c])
    return replace(function, body=_block(function.body, cells)) if cells else function


def _made(stmt: Stmt) -> str:
    """The name of the cell that a statement makes: the user's own lists have a place in a text."""
    match stmt:
        case Assign(target=Var(name), value=List(items=(_,)) as value, op=None):
            return name if not value.origin.line else ""
    return ""


def _item_of(expr: Expr) -> str:
    match expr:
        case Item(base=Var(name), index=Const(0)):
            return name
    return ""


def _block(block: Block, cells: Names) -> Block:
    return tuple(_statement(stmt, cells) for stmt in block)


def _statement(stmt: Stmt, cells: Names) -> Stmt:
    def plain(expr: Expr) -> Expr:
        name = _item_of(expr)
        if name in cells:  # from outside in: `x_cell[0][0]` is `x[0]`
            return Var(name, origin=expr.origin)
        inner = children(expr)
        return with_children(expr, tuple(map(plain, inner))) if inner else expr

    if isinstance(stmt, Store) and _item_of(stmt.place) in cells:
        target = Var(_item_of(stmt.place), origin=stmt.place.origin)
        return Assign(target, plain(stmt.value), stmt.op, origin=stmt.origin)
    if _made(stmt) in cells and isinstance(stmt, Assign) and isinstance(stmt.value, List):
        return replace(stmt, value=plain(stmt.value.items[0]))
    parts = {part.name: getattr(stmt, part.name) for part in fields(stmt)}
    new: dict[str, Any] = {n: plain(e) for n, e in parts.items() if isinstance(e, Expr)}
    stmt = replace(stmt, **new)
    if isinstance(stmt, Try):
        stmt = replace(stmt, types=tuple(map(plain, stmt.types)))
    return with_blocks(stmt, tuple(_block(block, cells) for block in blocks_of(stmt)))
