"""`defaultdict`: a dict into which an item that is missing is put where it is looked up."""

from __future__ import annotations

import operator
from collections import defaultdict
from typing import Any

import gast

from srcad.core import Assign, Dict, Expr, If, Item, Op, Store, Var
from srcad.frontend import cursors, lower_expr, rebound, targets
from srcad.frontend.context import Context
from srcad.frontend.lower_expr import expression, expressions
from srcad.frontend.names import NOTHING

_METHODS = ("items", "keys", "values", "get", "pop", "update", "clear", "setdefault", "popitem")
_LOOKERS = (len, sum, max, min, list, tuple, sorted, any, all, enumerate, iter, dict, print, set)
_SCOPES = (gast.FunctionDef, gast.Lambda, gast.ClassDef)


def assign(ctx: Context, target: Any, node: Any) -> bool:
    """Lower `name = defaultdict(make)`, if the name does not leave the function."""
    if not isinstance(target, gast.Name) or not isinstance(node, gast.Call) or node.keywords:
        return False
    if ctx.static(node.func) is not defaultdict or not 1 <= len(node.args) <= 2:
        return False
    if rebound.is_rebound(ctx, target) or not _can_be_called(ctx, node.args[0]):
        return False
    uses, stores = cursors.uses_of(ctx, target.id)
    if stores != 1 or not all(_stays(ctx, use) for use in uses):
        return False
    start: Expr = Dict((), ())
    if len(node.args) == 2:
        start = Op(dict, (expression(ctx, node.args[1]),))
    ctx.emit(Assign(targets.name(ctx, target), start))
    ctx.tables[target.id] = node.args[0]
    return True


def _can_be_called(ctx: Context, make: Any) -> bool:
    """Whether the text of the function that makes items may be repeated elsewhere."""
    if isinstance(make, gast.Lambda):
        return not make.args.args
    return ctx.static(make) is not NOTHING


def _stays(ctx: Context, use: Any) -> bool:
    """Whether a use only looks into the dict or changes its items."""
    if any(
        isinstance(n, _SCOPES) and n is not ctx.source.node for n in cursors.nodes_around(ctx, use)
    ):
        return False
    parent, above = cursors.parents_of(ctx, use)
    match parent:
        case gast.Subscript(value=value):
            return value is use
        case gast.Attribute(attr=name):
            return name in _METHODS and isinstance(above, gast.Call)
        case gast.Call():
            return any(ctx.static(parent.func) is fn for fn in _LOOKERS)
        case gast.Compare(ops=ops):
            return all(isinstance(op, gast.In | gast.NotIn) for op in ops)
    return isinstance(parent, gast.For | gast.comprehension)


def fill(ctx: Context, node: Any, place: Item) -> Item:
    """The place that a subscript is, with an item in it if the dict makes its own."""
    named = isinstance(node, gast.Subscript) and isinstance(node.value, gast.Name)
    make = ctx.tables.get(node.value.id) if named else None
    if make is None or not isinstance(place.base, Var):
        return place
    key = ctx.hold(place.index)
    place = Item(place.base, key, origin=place.origin)
    absent = Op(operator.not_, (Op(operator.contains, (place.base, key)),))
    with ctx.collecting() as body:
        call = gast.copy_location(gast.Call(make, [], []), node)
        ctx.emit(Store(place, expression(ctx, call)))
    ctx.emit(If(absent, tuple(body)))
    return place


def _subscript(ctx: Context, node: Any) -> Expr:
    base, index = expressions(ctx, [node.value, node.slice])
    return fill(ctx, node, Item(base, index))


lower_expr.TABLE[gast.Subscript] = _subscript
