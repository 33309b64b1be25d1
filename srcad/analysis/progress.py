"""Progress bars around what a loop runs through: `for x in tqdm(xs)` counts the items of `xs`.

The bar is left to run over their positions, with which no derivative goes; the items are taken
from what it was wrapped around.
"""

from __future__ import annotations

from dataclasses import replace

from srcad.core import (
    Assign,
    Block,
    For,
    Function,
    If,
    Item,
    Op,
    Stmt,
    Tuple,
    Var,
    While,
    names_of,
    statements,
)
from srcad.kinds import Array, ListOf, TupleOf, carries
from srcad.names import Names

_LIBRARIES = ("tqdm", "rich", "alive_progress", "progressbar", "fastprogress")


def beside_bars(function: Function) -> Function:
    """`function`, whose kinds are known, with loops over positions in place of wrapped items."""
    if not any(isinstance(s, For) and _bar(s) is not None for s in statements(function.body)):
        return function
    names = Names(names_of(function))
    return replace(function, body=_block(function.body, names))


def _bar(stmt: For) -> Op | None:
    """The progress bar around items that may carry derivatives, or None."""
    bar = stmt.iter
    if isinstance(bar, Op) and bar.fn is enumerate and len(bar.args) == 1:
        bar = bar.args[0]
    if not isinstance(bar, Op) or not bar.args:
        return None
    top = str(getattr(bar.fn, "__module__", "")).partition(".")[0]
    items = bar.args[0].kind
    indexed = isinstance(items, Array | ListOf | TupleOf)
    return bar if top in _LIBRARIES and indexed and carries(items) else None


def _block(block: Block, names: Names) -> Block:
    return tuple(new for stmt in block for new in _statement(stmt, names))


def _statement(stmt: Stmt, names: Names) -> list[Stmt]:
    match stmt:
        case If(then=then, orelse=orelse):
            return [replace(stmt, then=_block(then, names), orelse=_block(orelse, names))]
        case While(body=body):
            return [replace(stmt, body=_block(body, names))]
        case For():
            return _loop(stmt, names)
    return [stmt]


def _loop(stmt: For, names: Names) -> list[Stmt]:
    body = _block(stmt.body, names)
    bar = _bar(stmt)
    if bar is None:
        return [replace(stmt, body=body)]
    before: list[Stmt] = []
    items = bar.args[0]
    if not isinstance(items, Var):
        held = Var(names.fresh("items"), kind=items.kind)
        before.append(Assign(held, items, origin=stmt.origin))
        items = held
    target: Var | Tuple = stmt.target
    place: Var | None = None
    if bar is not stmt.iter and isinstance(target, Tuple):
        first, second = target.items
        if isinstance(first, Var) and isinstance(second, Var | Tuple):
            place, target = first, second
    if place is None:
        if bar is not stmt.iter:
            return [replace(stmt, body=body)]
        place = Var(names.fresh("k"))
    positions = Op(range, (Op(len, (items,)),))
    counted = replace(bar, args=(positions, *bar.args[1:]))
    take = Assign(target, Item(items, place), origin=replace(stmt.origin, comments=()))
    return [*before, replace(stmt, target=place, iter=counted, body=(take, *body))]
