"""Calls of `heapq`, `bisect` and `collections`, in words of lists and dicts."""

from __future__ import annotations

import bisect
import heapq
import operator
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from srcad.core import (
    Assign,
    Attr,
    Const,
    Dict,
    Effect,
    Expr,
    If,
    Item,
    List,
    Method,
    Op,
    Slice,
    Tuple,
    Var,
)
from srcad.frontend import cursors, lower_expr, streams, targets
from srcad.frontend.consumers import dict_of, sorted_items
from srcad.frontend.context import Context
from srcad.frontend.lower_expr import expression, expressions
from srcad.frontend.streams import Consume, Pattern, Stream, as_list, plain
from srcad.runtime import queues

Lower = Callable[[Context, Any], Expr | None]


def _replaced(fn: Any) -> Lower:
    """A call of another function with the same arguments."""

    def lower(ctx: Context, node: Any) -> Expr | None:
        return None if node.keywords else Op(fn, expressions(ctx, node.args))

    return lower


def _insort(place: Any) -> Lower:
    """`insort(xs, x)` as `xs.insert(bisect(xs, x), x)`."""

    def lower(ctx: Context, node: Any) -> Expr | None:
        if len(node.args) != 2 or node.keywords:
            return None
        items, value = map(ctx.hold, expressions(ctx, node.args))
        return Op(Method("insert"), (items, Op(place, (items, value)), value))

    return lower


def _extremes(largest: bool) -> Lower:
    """`nlargest(n, xs)` as the first of the sorted items."""

    def lower(ctx: Context, node: Any) -> Expr | None:
        if len(node.args) != 2 or any(each.arg != "key" for each in node.keywords):
            return None
        count = ctx.hold(expression(ctx, node.args[0]))
        key = node.keywords[0].value if node.keywords else None
        items = sorted_items(ctx, node.args[1], key, Const(True) if largest else None)
        return Item(ctx.hold(items), Slice(None, count))

    return lower


def _deque(ctx: Context, node: Any) -> Expr | None:
    """A deque is a list here; its own methods are told by the kind of their receiver."""
    if len(node.args) > 1 or node.keywords:
        why = "a deque of bounded length"
        raise ctx.refusal(node, why, "Take items off the other end, by `popleft`")
    if not node.args:
        return Op(list)
    items = as_list(ctx, node.args[0])
    return Op(list, (items,))


def window(ctx: Context, target: Any, node: Any) -> bool:
    """Lower `name = deque(items, maxlen=n)`, if the name is only read and appended to here."""
    if not isinstance(target, gast.Name) or not isinstance(node, gast.Call):
        return False
    size = {each.arg: each.value for each in node.keywords}.get("maxlen")
    if ctx.static(node.func) is not deque or size is None or len(node.args) > 1:
        return False
    uses, stores = cursors.uses_of(ctx, target.id)
    if stores != 1 or not all(_only_looks(ctx, use) for use in uses):
        return False
    items = as_list(ctx, node.args[0]) if node.args else List(())
    kept = ctx.temporary("size", expression(ctx, size))
    start = Op(operator.neg, (kept,))
    whole = Item(ctx.hold(Op(list, (items,))), Slice(start)) if node.args else items
    ctx.emit(Assign(targets.name(ctx, target), whole))
    ctx.windows[target.id] = kept
    return True


def _only_looks(ctx: Context, use: Any) -> bool:
    """Whether a deque is only read where it stands, appended to, or items are taken off."""
    parent, above = cursors.parents_of(ctx, use)
    match parent:
        case gast.Attribute(attr="append" | "appendleft" | "popleft" | "pop" | "clear"):
            return isinstance(above, gast.Call)
        case gast.Call():
            return any(ctx.static(parent.func) is fn for fn in _LOOKERS)
    return isinstance(parent, gast.Subscript | gast.For | gast.comprehension)


_LOOKERS = (len, sum, max, min, list, tuple, sorted, any, all, enumerate, zip, reversed)


def _is_append(ctx: Context, node: Any) -> bool:
    """Whether the call appends to a deque of bounded length."""
    match node:
        case gast.Call(func=gast.Attribute(value=gast.Name(id=name), attr="append" | "appendleft")):
            return name in ctx.windows
    return False


def _append(ctx: Context, node: Any) -> Expr:
    name = node.func.value.id
    items = Var(ctx.names.variable(name))
    value = ctx.hold(expression(ctx, node.args[0]))
    left = node.func.attr == "appendleft"
    put = ("insert", (items, Const(0), value)) if left else ("append", (items, value))
    ctx.emit(Effect(Op(Method(put[0]), put[1])))
    first = Op(Method("pop"), (items,) if left else (items, Const(0)))
    full = Op(operator.gt, (Op(len, (items,)), ctx.windows[name]))
    ctx.emit(If(full, (Effect(first, origin=ctx.origin),)))
    return Const(None)


def _ordered(ctx: Context, node: Any) -> Expr | None:
    return Dict((), ()) if not node.args and not node.keywords else dict_of(ctx, node)


def _enumerated(ctx: Context, node: Any) -> Stream:
    """`np.ndenumerate(a)`: the places of an array, and what is there."""
    array = ctx.hold(expression(ctx, node.args[0]))
    places = plain(ctx, Op(np.ndindex, (Attr(array, "shape"),)))

    def run(target: Pattern | None, consume: Consume) -> None:
        same = isinstance(target, Tuple) and len(target.items) == 2
        wish: Any = target.items[0] if same else None  # type: ignore[union-attr]
        wish = wish or Var(ctx.names.fresh("place"))
        places.run(wish, lambda place, last: consume(Tuple((place, Item(array, place))), last))

    return Stream(run)


lower_expr.SPECIAL += [
    *((getattr(heapq, fn.__name__), _replaced(fn)) for fn in queues.HEAPS),
    (heapq.nlargest, _extremes(True)),
    (heapq.nsmallest, _extremes(False)),
    (bisect.insort_left, _insort(bisect.bisect_left)),
    (bisect.insort_right, _insort(bisect.bisect_right)),
    (deque, _deque),
    (OrderedDict, _ordered),
]
lower_expr.STREAMS.append((_is_append, _append))
streams.OPENERS.append((np.ndenumerate, _enumerated))
