"""Calls of `heapq`, `bisect` and `collections`, in words of lists and dicts."""

from __future__ import annotations

import bisect
import heapq
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any

import numpy as np

from srcad.core import Attr, Const, Dict, Expr, Item, Method, Op, Slice, Tuple, Var
from srcad.frontend import lower_expr, streams
from srcad.frontend.consumers import sorted_items
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


def _ordered(ctx: Context, node: Any) -> Expr | None:
    return Dict((), ()) if not node.args and not node.keywords else None


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
streams.OPENERS.append((np.ndenumerate, _enumerated))
