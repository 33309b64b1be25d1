"""What uses iterators up: `sum(... for ...)`, `list(map(...))`, `reduce`, `next`, `for`."""

from __future__ import annotations

import functools
import math
import operator
from collections import Counter
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from srcad.core import (
    Assign,
    Block,
    Const,
    Dict,
    Effect,
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
)
from srcad.frontend import lower_expr, streams, targets
from srcad.frontend.applied import Applied, function
from srcad.frontend.context import Context
from srcad.frontend.iterating import mapped
from srcad.frontend.lower_expr import expression
from srcad.frontend.meanwhile import may_be_written
from srcad.frontend.regions import Label, Leave, close, jumps_to
from srcad.frontend.streams import (
    Pattern,
    Stream,
    as_list,
    bind,
    is_stream,
    listed,
    opened,
    with_end,
)
from srcad.runtime import first_max, first_min, reordered, sort_order

SHORT = 2  # statements of a body that may as well be written twice


# ---------------------------------------------------------------------------------------------
# Loops


def loop(
    ctx: Context,
    node: Any,
    stream: Stream,
    target: tuple[Pattern, targets.Later],
    lower_block: Callable[[Context, list[Any]], Block],
) -> None:
    """Lower a `for` over a stream that no loop can run through as it stands."""
    names, later = target
    long = stream.copies > 1 and len(node.body) > SHORT and not stream.endless
    if long and not may_be_written(ctx, node.iter):
        stream = streams.plain(ctx, listed(ctx, stream))
    left = Label()

    def item(value: Expr, last: bool) -> None:
        bind(ctx, names, value)
        targets.store_later(ctx, later)
        body = lower_block(ctx, node.body)
        over = Label()
        body = jumps_to(body, left, None if last else over)
        ctx.block.extend(close(body, over, ctx.names.fresh))

    with ctx.collecting() as whole:
        stream.run(names, item)
        whole.extend(lower_block(ctx, node.orelse))
    ctx.block.extend(close(tuple(whole), left, ctx.names.fresh))


# ---------------------------------------------------------------------------------------------
# Calls


def _eager(ctx: Context, node: Any) -> Expr | None:
    """A function that uses up its first argument: of a list of the items."""
    if not node.args or not is_stream(ctx, node.args[0]):
        return None
    items = as_list(ctx, node.args[0])
    fn = ctx.static(node.func)
    if fn is list and isinstance(items, Var):
        return items
    return _with_first(ctx, node, fn, items)


def _sum(ctx: Context, node: Any) -> Expr | None:
    """`sum(lists, [])` as the list of all their items."""
    start = node.args[1] if len(node.args) > 1 else _given(node, "start")
    if not isinstance(start, gast.List) or not node.args:
        return _eager(ctx, node)
    lists = opened(ctx, node.args[0])
    first = expression(ctx, start)
    result = ctx.temporary("items", first)
    add = Method("append")

    def each(part: Expr, last: bool) -> None:
        items = streams.of_value(ctx, part)
        items.run(None, lambda v, last: ctx.emit(Effect(Op(add, (result, v)))))

    lists.run(None, each)
    return result


def _with_first(ctx: Context, node: Any, fn: Any, items: Expr) -> Expr:
    """The call with its first argument replaced by what has been made of it."""
    rest = [*node.args[1:], *(each.value for each in node.keywords)]
    if rest:
        items = ctx.hold(items)
    values = lower_expr.expressions(ctx, rest)
    count = len(node.args) - 1
    named = zip((each.arg for each in node.keywords), values[count:], strict=True)
    return Op(fn, (items, *values[:count]), tuple(named))


def _extreme(first: Callable[..., int]) -> Callable[[Context, Any], Expr | None]:
    """The lowering of `max` or `min`; `first` gives the place of the first such item."""

    def lower(ctx: Context, node: Any) -> Expr | None:
        key, default = _given(node, "key"), _given(node, "default")
        displays = any(isinstance(arg, gast.Tuple | gast.List) for arg in node.args)
        if len(node.args) > 1 and (key is not None or displays):
            items = gast.copy_location(gast.Tuple(node.args, gast.Load()), node)
            return _first_by_key(ctx, items, key, first)
        if len(node.args) != 1 or len(node.keywords) > 2:
            return None
        if default is None:
            return (
                _eager(ctx, node) if key is None else _first_by_key(ctx, node.args[0], key, first)
            )
        return _or_default(ctx, node, key, first)

    return lower


def _or_default(ctx: Context, node: Any, key: Any, first: Callable[..., int]) -> Expr:
    """`max(items, default=value)` by a test whether there are any."""
    items = _named(ctx, _whole(ctx, node.args[0]))
    result = ctx.temporary("value", expression(ctx, _given(node, "default")))
    with ctx.collecting() as body:
        if key is None:
            ctx.emit(Assign(result, Op(ctx.static(node.func), (items,))))
        else:
            ctx.emit(Assign(result, Item(items, Op(first, (_keys(ctx, items, key),)))))
    ctx.emit(If(Op(operator.gt, (Op(len, (items,)), Const(0))), tuple(body)))
    return result


def _given(node: Any, name: str) -> Any:
    """The node of an argument given by keyword, None if it is not (or the key is None)."""
    found = next((each.value for each in node.keywords if each.arg == name), None)
    nothing = name == "key" and isinstance(found, gast.Constant) and found.value is None
    return None if nothing else found


def _whole(ctx: Context, node: Any) -> Expr:
    """All items in a sequence that can be indexed, under a name."""
    items = as_list(ctx, node)
    known = isinstance(items, Tuple | List) or is_stream(ctx, node)
    known = known or (isinstance(items, Op) and items.fn is range)
    return items if known else Op(list, (items,))


def _keys(ctx: Context, items: Expr, key: Any) -> Expr:
    """What the function `key` gives for each item."""
    fn = _looked_up(ctx, key) or function(ctx, key)
    return listed(ctx, mapped(streams.plain(ctx, items), fn.wish, fn.apply), "keys")


def _looked_up(ctx: Context, key: Any) -> Applied | None:
    """`table.__getitem__` and `table.get` as looking the item up."""
    if not isinstance(key, gast.Attribute) or key.attr not in ("__getitem__", "get"):
        return None
    table = ctx.hold(expression(ctx, key.value))  # a missing key could not be compared
    return Applied(lambda item: Item(table, item))


def _first_by_key(ctx: Context, node: Any, key: Any, first: Callable[..., int]) -> Expr:
    items = _named(ctx, _whole(ctx, node))
    keys = items if key is None else _keys(ctx, items, key)
    return Item(items, Op(first, (keys,)))


def _named(ctx: Context, items: Expr) -> Expr:
    return items if isinstance(items, Var) else ctx.temporary("items", items)


def _sorted(ctx: Context, node: Any) -> Expr | None:
    key = _given(node, "key")
    if len(node.args) != 1 or key is None:
        return _eager(ctx, node)
    backwards = _given(node, "reverse")
    return sorted_items(
        ctx, node.args[0], key, None if backwards is None else expression(ctx, backwards)
    )


def sorted_items(ctx: Context, node: Any, key: Any, backwards: Expr | None) -> Expr:
    """`sorted(items, key=key, reverse=backwards)`, the keys written out."""
    how = () if backwards is None else (("reverse", backwards),)
    if key is None:
        return Op(sorted, (as_list(ctx, node),), how)
    items = _named(ctx, _whole(ctx, node))
    return Op(reordered, (items, Op(sort_order, (_keys(ctx, items, key),), how)))


def _from_items(ctx: Context, node: Any) -> Expr | None:
    """`np.fromiter(items, dtype, count)` as an array of the list."""
    dtype = _given(node, "dtype") or (node.args[1] if len(node.args) > 1 else None)
    count = _given(node, "count") or (node.args[2] if len(node.args) > 2 else None)
    if not node.args or dtype is None:
        return None
    items = as_list(ctx, node.args[0])
    if count is not None and not _is_minus_one(count):
        items = Item(ctx.hold(items), Slice(None, expression(ctx, count)))
    return Op(np.array, (items,), (("dtype", expression(ctx, dtype)),))


def _is_minus_one(node: Any) -> bool:
    return isinstance(node, gast.UnaryOp) and gast.unparse(node).strip() in ("-1", "(- 1)", "(-1)")


def _search(found: bool) -> Callable[[Context, Any], Expr | None]:
    """The lowering of `any(...)` (`found` True) or `all(...)` (False) of a stream."""

    def lower(ctx: Context, node: Any) -> Expr | None:
        if len(node.args) != 1 or not is_stream(ctx, node.args[0]):
            return None
        stream = opened(ctx, node.args[0])
        result = ctx.temporary("found" if found else "holds", Const(not found))

        def item(value: Expr, done: Label) -> None:
            decided = value if found else Op(operator.not_, (value,))
            end = (Assign(result, Const(found), origin=ctx.origin), Leave(done, origin=ctx.origin))
            ctx.emit(If(decided, end))

        with_end(ctx, lambda done: stream.run(None, lambda value, last: item(value, done)))
        return result

    return lower


def _reduce(ctx: Context, node: Any) -> Expr | None:
    if len(node.args) not in (2, 3) or node.keywords:
        return None
    fn = function(ctx, node.args[0])
    wish = fn.params[0].name if fn.params else "total"
    total = Var(ctx.names.fresh("total")) if not fn.params else Var(ctx.names.fresh(wish))
    if len(node.args) == 2:
        items = ctx.hold(as_list(ctx, node.args[1]))
        ctx.emit(Assign(total, Item(items, Const(0))))
        stream = streams.plain(ctx, Item(items, Slice(Const(1))))
    else:
        stream = opened(ctx, node.args[1])
        if stream.endless:
            raise ctx.refusal(node, "what it runs through has no end", "Bound it")
        ctx.emit(Assign(total, expression(ctx, node.args[2])))
    target = fn.params[1] if fn.params and len(fn.params) == 2 else None
    stream.run(target, lambda value, last: ctx.emit(Assign(total, fn.apply(total, value))))
    return total


def _next(ctx: Context, node: Any) -> Expr | None:
    if node.keywords or not node.args or not is_stream(ctx, node.args[0]):
        return None
    stream = opened(ctx, node.args[0])
    result = Var(ctx.names.fresh("first"))
    if stream.shared:
        return _next_of(ctx, node, stream)
    if len(node.args) == 2:
        ctx.emit(Assign(result, expression(ctx, node.args[1])))

    def emit(done: Label) -> None:
        def item(value: Expr, last: bool) -> None:
            ctx.emit(Assign(result, value))
            ctx.emit(Leave(done))

        stream.run(None, item)
        if len(node.args) == 1:
            ctx.emit(Raise(Op(StopIteration)))

    with_end(ctx, emit)
    return result


def _next_of(ctx: Context, node: Any, stream: Stream) -> Expr:
    """`next` of an iterator in a variable."""
    assert stream.pull is not None
    pull = stream.pull()
    test = pull.exhausted()
    if len(node.args) == 1:
        if test is not None:
            ctx.emit(If(test, (Raise(Op(StopIteration), origin=ctx.origin),)))
        return pull.take()
    result = ctx.temporary("first", expression(ctx, node.args[1]))
    with ctx.collecting() as body:
        ctx.emit(Assign(result, pull.take()))
    if test is None:
        ctx.block.extend(body)
    else:
        ctx.emit(If(Op(operator.not_, (test,)), tuple(body)))
    return result


def _of_pairs(ctx: Context, node: Any) -> Expr | None:
    """`dict([(k, v), ...], n=w)` as a display."""
    pairs = getattr(node.args[0], "elts", [])
    if not pairs or not all(isinstance(p, gast.Tuple) and len(p.elts) == 2 for p in pairs):
        return None
    parts = lower_expr.expressions(ctx, [part for pair in pairs for part in pair.elts])
    more = lower_expr.expressions(ctx, [each.value for each in node.keywords])
    keys = (*parts[::2], *(Const(each.arg) for each in node.keywords))
    return Dict(keys, (*parts[1::2], *more))


def _extended_dict(ctx: Context, node: Any) -> Expr:
    """`dict(d, k=b)` as `dict(d) | {"k": b}`."""
    parts = [node.args[0], *(each.value for each in node.keywords)]
    first, *values = lower_expr.expressions(ctx, parts)
    more = Dict(tuple(Const(each.arg) for each in node.keywords), tuple(values))
    return Op(operator.or_, (ctx.temporary("table", Op(dict, (first,))), more))


def dict_of(ctx: Context, node: Any) -> Expr | None:
    if not node.args and node.keywords:
        values = lower_expr.expressions(ctx, [each.value for each in node.keywords])
        return Dict(tuple(Const(each.arg) for each in node.keywords), values)
    if len(node.args) == 1 and isinstance(node.args[0], gast.List | gast.Tuple):
        return _of_pairs(ctx, node)
    if len(node.args) == 1 and isinstance(node.args[0], gast.ListComp):
        items = node.args[0]
        inner = gast.copy_location(gast.GeneratorExp(items.elt, items.generators), items)
        node = gast.copy_location(gast.Call(node.func, [inner], node.keywords), node)
    if len(node.args) != 1 or any(each.arg is None for each in node.keywords):
        return None
    if not is_stream(ctx, node.args[0]):
        return _extended_dict(ctx, node) if node.keywords else None
    stream = opened(ctx, node.args[0])
    if stream.endless:
        raise ctx.refusal(node, "what it runs through has no end", "Bound it")
    result = ctx.temporary("table", Dict((), ()))
    key, value = Var(ctx.names.fresh("key")), Var(ctx.names.fresh("value"))

    def item(pair: Expr, last: bool) -> None:
        parts = pair.items if isinstance(pair, Tuple) and len(pair.items) == 2 else None
        if parts is None:
            bind(ctx, Tuple((key, value)), pair)
            parts = (key, value)
        ctx.emit(Store(Item(result, parts[0]), parts[1]))

    stream.run(Tuple((key, value)), item)
    for each in node.keywords:
        ctx.emit(Store(Item(result, Const(each.arg)), expression(ctx, each.value)))
    return result


def _set(ctx: Context, node: Any) -> Expr | None:
    if len(node.args) != 1 or not is_stream(ctx, node.args[0]):
        return None
    stream = opened(ctx, node.args[0])
    if stream.endless:
        raise ctx.refusal(node, "what it runs through has no end", "Bound it")
    result = ctx.temporary("items", Op(set))
    stream.run(None, lambda v, last: ctx.emit(Effect(Op(Method("add"), (result, v)))))
    return result


lower_expr.SPECIAL += [
    *((fn, _eager) for fn in (list, tuple, math.fsum, math.prod)),
    *((fn, _eager) for fn in (frozenset, Counter)),
    (min, _extreme(first_min)),
    (max, _extreme(first_max)),
    (sum, _sum),
    (sorted, _sorted),
    (np.fromiter, _from_items),
    (any, _search(True)),
    (all, _search(False)),
    (functools.reduce, _reduce),
    (next, _next),
    (dict, dict_of),
    (set, _set),
]
