"""Cells that nothing else sees are variables again.

A variable that functions share lives in a list of one item (see `frontend.closures`). Once these
functions are written into place, the list may be nobody's but one function's.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, replace
from typing import Any

from srcad.core import (
    Assign,
    Block,
    Const,
    Expr,
    For,
    Function,
    If,
    Item,
    List,
    Stmt,
    Store,
    Var,
    While,
    expressions_of,
    rewrite,
    statements,
    targets_of,
    walk,
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


def _as_variables(expr: Expr, cells: Names) -> Expr:
    """`expr` with the contents of cells as variables; `a[0]` of such a variable is its item."""

    def marked(expr: Expr) -> Expr | None:
        name = _item_of(expr)
        return Var(f"{name}{_MARK}", origin=expr.origin) if name in cells else None

    def named(expr: Expr) -> Expr | None:
        done = isinstance(expr, Var) and expr.name.endswith(_MARK)
        return replace(expr, name=expr.name.removesuffix(_MARK)) if done else None  # type: ignore[attr-defined,call-arg]

    return rewrite(rewrite(expr, marked), named)


_MARK = " "  # no name ends so


def _statement(stmt: Stmt, cells: Names) -> Stmt:
    if isinstance(stmt, Store) and _item_of(stmt.place) in cells:
        target = Var(_item_of(stmt.place), origin=stmt.place.origin)
        return Assign(target, _as_variables(stmt.value, cells), stmt.op, origin=stmt.origin)
    if _made(stmt) in cells and isinstance(stmt, Assign) and isinstance(stmt.value, List):
        return replace(stmt, value=_as_variables(stmt.value.items[0], cells))
    parts: dict[str, Any] = {}
    for part in fields(stmt):
        value = getattr(stmt, part.name)
        if isinstance(value, Expr):
            parts[part.name] = _as_variables(value, cells)
        elif isinstance(stmt, If | For | While) and part.name in ("then", "orelse", "body"):
            parts[part.name] = _block(value, cells)
    return replace(stmt, **parts)
