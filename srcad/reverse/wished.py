"""Assignments in the form that was found out to be needed: see `Wishes`.

`x = a if test else b` as an `if`, `x = max(xs)` as the item at a place, `x += e` in one way for
a number and in another for an array.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from srcad.core import Assign, Choice, Expr, If, Item, Op, Stmt, Var
from srcad.reverse.context import Wishes
from srcad.rules import vocabulary as words

Fresh = Callable[[str], str]


def opened(stmt: Stmt, wishes: Wishes, fresh: Fresh) -> list[Stmt] | None:
    """The statements that an assignment becomes by `wishes.opened`; None if it stays what it is."""
    if not isinstance(stmt, Assign) or not isinstance(stmt.target, Var) or stmt.op is not None:
        return None
    if stmt.target.name not in wishes.opened:
        return None
    value = stmt.value
    if isinstance(value, Choice):
        then, orelse = ((replace(stmt, value=arm),) for arm in (value.then, value.orelse))
        return [If(value.test, then, orelse, origin=stmt.origin)]
    return _extreme(stmt, value, fresh)


def by_kind(stmt: Assign) -> Stmt:
    """`x += e` for what is a number or an array, known as the program runs."""
    total = Op(stmt.op, (stmt.target, stmt.value), kind=stmt.target.kind)
    number = replace(stmt, value=total, op=None)
    return If(words.is_number(stmt.target), (number,), (stmt,), origin=stmt.origin)


def _extreme(stmt: Assign, value: Expr, fresh: Fresh) -> list[Stmt] | None:
    """`x = max(xs)` as the place of the first largest item, and the item there."""
    if not isinstance(value, Op) or words.place_of_extreme(value) is None:
        return None
    items: Expr = value.args[0]
    before: list[Stmt] = []
    if not isinstance(items, Var):
        held = Var(fresh("items"), kind=items.kind)
        before.append(Assign(held, items, origin=stmt.origin))
        items = held
    found = words.place_of_extreme(replace(value, args=(items,)))
    assert found is not None
    place = Var(fresh("place"), kind=found.kind)
    before.append(Assign(place, found, origin=stmt.origin))
    return [*before, replace(stmt, value=Item(items, place, kind=value.kind))]
