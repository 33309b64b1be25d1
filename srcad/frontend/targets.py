"""Assignment to whatever can stand on the left: names, patterns, items, slices, attributes."""

from __future__ import annotations

from typing import Any

import gast

from srcad.core import Assign, Attr, Expr, Item, List, Store, Tuple, Var, names_in
from srcad.frontend import refusals
from srcad.frontend.context import Context
from srcad.frontend.lower_expr import expression, expressions

Later = list[tuple[Any, Var]]


def store(ctx: Context, target: Any, value: Expr) -> None:
    """Emit the assignment of a lowered value to a target."""
    if isinstance(target, gast.Name):
        store_name(ctx, target, value)
    elif isinstance(target, gast.Tuple | gast.List):
        names, later = pattern(ctx, target)
        ctx.emit(Assign(names, value))
        store_later(ctx, later)
    else:
        with ctx.collecting() as before:
            where = place(ctx, target)
        if before:  # Python has evaluated the value by then
            value = ctx.hold(value)
            ctx.block.extend(before)
        ctx.emit(Store(where, value))


def store_name(ctx: Context, target: Any, value: Expr) -> None:
    """Emit the assignment of a lowered value to a variable."""
    cell = ctx.cell(target.id)
    if cell is None:
        ctx.emit(Assign(name(ctx, target), value))
    elif ctx.frame.begins(target.id):
        ctx.emit(Assign(Var(ctx.frame.cells[target.id]), List((value,))))
    else:
        ctx.emit(Store(cell, value))


def name(ctx: Context, target: Any) -> Var:
    """The variable that a target is."""
    return Var(ctx.names.variable(target.id), origin=ctx.source.origin(target))


def place(ctx: Context, target: Any) -> Item | Attr:
    """Lower an item or attribute that is assigned to."""
    origin = ctx.source.origin(target)
    if isinstance(target, gast.Subscript):
        base, index = expressions(ctx, [target.value, target.slice])
        return Item(base, index, origin=origin)
    if isinstance(target, gast.Attribute):
        return Attr(expression(ctx, target.value), target.attr, origin=origin)
    raise refusals.refuse(ctx, target)


def pattern(ctx: Context, target: Any) -> tuple[Var | Tuple, Later]:
    """A pattern of names for a target, and what is to be assigned from them afterwards.

    Python assigns from the left, so from the first item or attribute on every part of the
    pattern is given a temporary first.
    """
    later: Later = []

    def build(node: Any) -> Var | Tuple:
        if isinstance(node, gast.Tuple | gast.List):
            return Tuple(tuple(build(item) for item in node.elts))
        if isinstance(node, gast.Name) and not later and ctx.cell(node.id) is None:
            return name(ctx, node)
        if isinstance(node, gast.Starred):
            raise refusals.refuse(ctx, node)
        later.append((node, Var(ctx.names.fresh("value"))))
        return later[-1][1]

    return build(target), later


def store_later(ctx: Context, later: Later) -> None:
    """Emit the assignments that `pattern` put off."""
    for target, value in later:
        store(ctx, target, value)


def store_each(ctx: Context, targets: list[Any], values: list[Any]) -> None:
    """`a[i], a[j] = a[j], a[i]`: evaluate all the values, then store them from the left."""
    bound = {n.id for t in targets for n in gast.walk(t) if isinstance(n, gast.Name)}
    held = [_put_by(ctx, value, bound) for value in expressions(ctx, values)]
    for target, value in zip(targets, held, strict=True):
        store(ctx, target, value)


def _put_by(ctx: Context, value: Expr, rebound: set[str]) -> Expr:
    """`value` held so that it survives the assignment of the names `rebound`."""
    if names_in(value) & rebound and isinstance(value, Var | Tuple):
        return ctx.temporary("value", value)
    return ctx.hold(value)


def all_names(target: Any) -> bool:
    """Whether a target consists of names only."""
    if isinstance(target, gast.Tuple | gast.List):
        return all(all_names(item) for item in target.elts)
    return isinstance(target, gast.Name)
