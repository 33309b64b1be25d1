"""Assignment to whatever can stand on the left: names, patterns, items, slices, attributes."""

from __future__ import annotations

import operator
from typing import Any

import gast

from srcad.core import (
    Assign,
    Attr,
    Const,
    Expr,
    If,
    Item,
    List,
    Method,
    Op,
    Raise,
    Slice,
    Store,
    Tuple,
    Var,
    Verbatim,
    names_in,
    walk,
)
from srcad.frontend import rebound, refusals
from srcad.frontend.context import Context
from srcad.frontend.lower_expr import expression, expressions
from srcad.objects import is_users

Later = list[tuple[Any, Var]]


def store(ctx: Context, target: Any, value: Expr) -> None:
    """Emit the assignment of a lowered value to a target."""
    if rebound.is_rebound(ctx, target):
        _rebind(ctx, target, value)
    elif isinstance(target, gast.Name):
        ctx.emit(Assign(name(ctx, target), value))
    elif isinstance(target, gast.Tuple | gast.List) and _star(target) is not None:
        _unpack_star(ctx, target, value)
    elif isinstance(target, gast.Tuple | gast.List):
        if isinstance(value, Op) and value.fn == Method("pop"):
            value = ctx.hold(value)  # what is taken off has a name
        names, later = pattern(ctx, target)
        ctx.emit(Assign(names, value))
        store_later(ctx, later)
    else:
        with ctx.collecting() as before:
            where = place(ctx, target)
        if before or _runs_code(where):  # Python has evaluated the value by then
            value = ctx.hold(value, before)
            ctx.block.extend(before)
        ctx.emit(Store(where, value))


def _runs_code(where: Expr) -> bool:
    """Whether a function of the user's is called to find the place."""
    return any(isinstance(node, Op) and is_users(node.fn) for node in walk(where))


def _rebind(ctx: Context, target: Any, value: Expr) -> None:
    """Emit the assignment of a variable that others see as well."""
    if ctx.frame.begins(target.id):
        ctx.emit(Assign(Var(ctx.frame.cells[target.id]), List((value,))))
    else:
        ctx.emit(Store(rebound.place(ctx, target), value))


def name(ctx: Context, target: Any) -> Var:
    """The variable that a target is."""
    ctx.deleted.pop(target.id, None)
    return Var(ctx.names.variable(target.id), origin=ctx.source.origin(target))


def place(ctx: Context, target: Any) -> Item | Attr:
    """Lower an item or attribute that is assigned to."""
    if rebound.is_rebound(ctx, target):
        return rebound.place(ctx, target)
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
        if isinstance(node, gast.Tuple | gast.List) and _star(node) is None:
            return Tuple(tuple(build(item) for item in node.elts))
        if isinstance(node, gast.Name) and not later and not rebound.is_rebound(ctx, node):
            return name(ctx, node)
        later.append((node, Var(ctx.names.fresh("value"))))
        return later[-1][1]

    return build(target), later


def _star(target: Any) -> int | None:
    """The position of the item with a star among those of a target, if there is one."""
    stars = [n for n, item in enumerate(target.elts) if isinstance(item, gast.Starred)]
    return stars[0] if stars else None


def _unpack_star(ctx: Context, target: Any, value: Expr) -> None:
    """`a, *b, c = value` as `a = value[0]; b = value[1:-1]; c = value[-1]` of a list."""
    star = _star(target)
    assert star is not None
    behind = len(target.elts) - star - 1
    parts = _parts_of_display(value, star, behind)
    if parts is None:
        items = ctx.temporary("items", Op(list, (value,)))
        _require_length(ctx, items, star + behind)
        first = [Item(items, Const(n)) for n in range(star)]
        stop = Const(-behind) if behind else None
        rest = Item(items, Slice(Const(star) if star else None, stop))
        parts = [*first, rest, *(Item(items, Const(n - behind)) for n in range(behind))]
    places = [item.value if isinstance(item, gast.Starred) else item for item in target.elts]
    if all(isinstance(p, gast.Name) and not rebound.is_rebound(ctx, p) for p in places):
        ctx.emit(Assign(Tuple(tuple(name(ctx, place) for place in places)), Tuple(tuple(parts))))
        return
    for place, part in zip(places, [ctx.hold(part) for part in parts], strict=True):
        store(ctx, place, part)


def _parts_of_display(value: Expr, star: int, behind: int) -> list[Expr] | None:
    """What the items of a target with a star get of a tuple or list that is written out."""
    if not isinstance(value, Tuple | List) or len(value.items) < star + behind:
        return None
    end = len(value.items) - behind
    return [*value.items[:star], List(value.items[star:end]), *value.items[end:]]


def _require_length(ctx: Context, items: Var, least: int) -> None:
    """Raise as Python does where there are too few items to unpack."""
    if not least:
        return
    text = f"not enough values to unpack (expected at least {least}, got {{len({items.name})}})"
    fail = Raise(Op(ValueError, (Verbatim(f'f"{text}"', (items.name,)),)), origin=ctx.origin)
    ctx.emit(If(Op(operator.lt, (Op(len, (items,)), Const(least))), (fail,)))


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
    if isinstance(target, gast.Starred):
        return all_names(target.value)
    if isinstance(target, gast.Tuple | gast.List):
        return all(all_names(item) for item in target.elts)
    return isinstance(target, gast.Name)
