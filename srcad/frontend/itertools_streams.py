"""The streams of the `itertools` module."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gast

from srcad.core import (
    Assign,
    BoolOp,
    Const,
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
from srcad.frontend.applied import Applied, function, spread_over
from srcad.frontend.context import Context
from srcad.frontend.iterating import (
    check_keywords,
    counting,
    filtered,
    keyword,
    mapped,
    stopping,
    zipped,
)
from srcad.frontend.lower_expr import expression
from srcad.frontend.meanwhile import may_be_written
from srcad.frontend.regions import Label
from srcad.frontend.streams import (
    OPENERS,
    Consume,
    Opener,
    Pattern,
    Pull,
    Stream,
    as_list,
    forever,
    leave_if,
    listed,
    of_value,
    opened,
    opened_all,
    plain,
    steady,
    with_end,
)

ONE = Const(1)


def sequence(ctx: Context, node: Any, name: str = "items") -> Expr:
    """The items of an iterable under a name, to be indexed."""
    return ctx.hold(as_list(ctx, node, name))


def pool(ctx: Context, node: Any, whole: Any) -> Expr:
    """The items that the iterator `whole` takes from `node` when it is made."""
    items = as_list(ctx, node)
    if not isinstance(items, Tuple | List) and may_be_written(ctx, whole):
        return ctx.temporary("items", Op(list, (items,)))
    return ctx.hold(items)


# ---------------------------------------------------------------------------------------------
# Counting, repeating


def _count(ctx: Context, node: Any) -> Stream:
    start, step = keyword(ctx, node, "start", 0), keyword(ctx, node, "step", 1)
    first = Const(0) if start is None else ctx.hold(expression(ctx, start))
    return counting(ctx, first, ONE if step is None else ctx.hold(expression(ctx, step)))


def _repeat(ctx: Context, node: Any) -> Stream:
    value = ctx.hold(expression(ctx, keyword(ctx, node, "object", 0)))
    times = keyword(ctx, node, "times", 1)
    if times is not None:
        counted = plain(ctx, Op(range, (expression(ctx, times),)))
        return mapped(counted, None, lambda number: value)

    def run(target: Pattern | None, consume: Consume) -> None:
        forever(ctx, lambda: consume(value, True))

    return Stream(run, pull=lambda: Pull(lambda: None, lambda: value), endless=True)


def _cycle(ctx: Context, node: Any) -> Stream:
    items = sequence(ctx, node.args[0])

    def pull() -> Pull:
        place = ctx.temporary("place", Const(0))

        def take() -> Expr:
            value = ctx.temporary("item", Item(items, Op(operator.mod, (place, _length(items)))))
            ctx.emit(Assign(place, ONE, operator.add))
            return value

        return Pull(lambda: Op(operator.eq, (_length(items), Const(0))), take)

    def run(target: Pattern | None, consume: Consume) -> None:
        def loop(done: Label) -> None:
            one = pull()
            leave_if(ctx, one.exhausted(), done)
            forever(ctx, lambda: consume(one.take(), True))

        with_end(ctx, loop)

    return Stream(run, pull=pull, endless=True)


def _length(items: Expr) -> Expr:
    return Op(len, (items,))


# ---------------------------------------------------------------------------------------------
# Some of the items


def _islice(ctx: Context, node: Any) -> Stream:
    check_keywords(ctx, node)
    inner = opened(ctx, node.args[0])
    bounds = [ctx.hold(expression(ctx, arg)) for arg in node.args[1:]]
    start, stop, step = (Const(0), *bounds, ONE) if len(bounds) == 1 else (*bounds, ONE)[:3]
    start = Const(0) if start == Const(None) else start
    step = ONE if step == Const(None) else step

    def run(target: Pattern | None, consume: Consume) -> None:
        def loop(done: Label) -> None:
            count = ctx.temporary("count", Const(0))
            full = None if stop == Const(None) else Op(operator.ge, (count, stop))
            leave_if(ctx, full, done)

            def item(value: Expr, last: bool) -> None:
                value = ctx.hold(value)
                with ctx.collecting() as body:
                    consume(value, False)
                test = _wanted(count, start, step)
                if test is None:
                    ctx.block.extend(body)
                else:
                    ctx.emit(If(test, tuple(body)))
                ctx.emit(Assign(count, ONE, operator.add))
                leave_if(ctx, full, done)

            inner.run(target, item)

        with_end(ctx, loop)

    return Stream(run, endless=inner.endless and stop == Const(None))


def _wanted(count: Expr, start: Expr, step: Expr) -> Expr | None:
    """Whether `islice` hands on item number `count`."""
    tests: list[Expr] = []
    if start != Const(0):
        tests.append(Op(operator.ge, (count, start)))
    if step != ONE:
        off = Op(operator.mod, (Op(operator.sub, (count, start)), step))
        tests.append(Op(operator.eq, (off, Const(0))))
    if len(tests) < 2:
        return tests[0] if tests else None
    return BoolOp("and", tuple(tests))


def _takewhile(ctx: Context, node: Any) -> Stream:
    fn = function(ctx, node.args[0])
    return stopping(ctx, opened(ctx, node.args[1]), fn)


def _dropwhile(ctx: Context, node: Any) -> Stream:
    fn = function(ctx, node.args[0])
    inner = opened(ctx, node.args[1])

    def run(target: Pattern | None, consume: Consume) -> None:
        dropping = ctx.temporary("dropping", Const(True))

        def item(value: Expr, last: bool) -> None:
            value = ctx.hold(value)
            with ctx.collecting() as asked:
                ctx.emit(Assign(dropping, fn.apply(value)))
            ctx.emit(If(dropping, tuple(asked)))
            with ctx.collecting() as body:
                consume(value, last)
            ctx.emit(If(Op(operator.not_, (dropping,)), tuple(body)))

        inner.run(fn.wish or target, item)

    return Stream(run, endless=inner.endless)


def _filterfalse(ctx: Context, node: Any) -> Stream:
    test = node.args[0]
    absent = isinstance(test, gast.Constant) and test.value is None
    fn = Applied(lambda value: value) if absent else function(ctx, test)
    return filtered(ctx, opened(ctx, node.args[1]), fn, wanted=False)


def _compress(ctx: Context, node: Any) -> Stream:
    inner = zipped(ctx, node, opened_all(ctx, node.args))

    def run(target: Pattern | None, consume: Consume) -> None:
        def item(value: Any, last: bool) -> None:
            with ctx.collecting() as body:
                consume(value.items[0], last)
            ctx.emit(If(value.items[1], tuple(body)))

        inner.run(None, item)

    return Stream(run)


# ---------------------------------------------------------------------------------------------
# Others made of the items


def _starmap(ctx: Context, node: Any) -> Stream:
    fn = function(ctx, node.args[0])
    inner = opened(ctx, node.args[1])
    return mapped(inner, fn.wish, lambda value: spread_over(ctx, fn, value, node))


def _accumulate(ctx: Context, node: Any) -> Stream:
    """As a list: what comes of an item needs what came of the one before."""
    check_keywords(ctx, node, "iterable", "func", "initial")
    inner = opened(ctx, keyword(ctx, node, "iterable", 0))
    given = keyword(ctx, node, "func", 1)
    none = given is None or (isinstance(given, gast.Constant) and given.value is None)
    fn = Applied(lambda a, b: Op(operator.add, (a, b))) if none else function(ctx, given)
    first = keyword(ctx, node, "initial")
    if isinstance(first, gast.Constant) and first.value is None:
        first = None
    if first is None:
        return _accumulated(ctx, inner, fn)
    initial = expression(ctx, first)
    if inner.endless:
        raise ctx.refusal(node, "an endless `accumulate` with `initial`", "Write it as a loop")
    if may_be_written(ctx, node):
        why = "`accumulate` with `initial` over a loop that writes into memory"
        raise ctx.refusal(node, why, "Make the list of its items before the loop")
    totals = Var(ctx.names.fresh("totals"))
    ctx.emit(Assign(totals, List((initial,))))

    def item(value: Expr, last: bool) -> None:
        total = fn.apply(Item(totals, Const(-1)), value)
        ctx.emit(Effect(Op(Method("append"), (totals, total))))

    inner.run(None, item)
    return plain(ctx, totals)


def _accumulated(ctx: Context, inner: Stream, fn: Applied) -> Stream:
    def run(target: Pattern | None, consume: Consume) -> None:
        total = Var(ctx.names.fresh("total"))
        started = ctx.temporary("started", Const(False))

        def item(value: Expr, last: bool) -> None:
            value = ctx.hold(value)
            with ctx.collecting() as more:
                ctx.emit(Assign(total, fn.apply(total, value)))
            begin = (
                Assign(total, value, origin=ctx.origin),
                Assign(started, Const(True), origin=ctx.origin),
            )
            ctx.emit(If(started, tuple(more), begin))
            consume(total, last)

        inner.run(None, item)

    return Stream(run, endless=inner.endless)


def _pairwise(ctx: Context, node: Any) -> Stream:
    items = sequence(ctx, node.args[0])
    if not may_be_written(ctx, node):
        return plain(ctx, Op(zip, (items, Item(items, Slice(ONE)))))

    def run(target: Pattern | None, consume: Consume) -> None:
        """The first of a pair is what the second of the last one was when it was taken."""
        with ctx.collecting() as block:
            second = ctx.temporary("second", Item(items, Const(0)))
            place = Var(ctx.names.fresh("place"))

            def pair(place: Expr, last: bool) -> None:
                first = ctx.temporary("first", second)
                ctx.emit(Assign(second, Item(items, place)))
                consume(Tuple((first, second)), last)

            plain(ctx, Op(range, (ONE, _length(items)))).run(place, pair)
        ctx.emit(If(Op(operator.gt, (_length(items), ONE)), tuple(block)))

    return Stream(run)


def _chain(ctx: Context, node: Any) -> Stream:
    if len(node.args) == 1 and isinstance(node.args[0], gast.Starred):
        return _flattened(ctx, opened(ctx, node.args[0].value))
    streams = []
    for place, arg in enumerate(node.args):
        (stream,) = opened_all(ctx, [arg])
        later = (part for other in node.args[place + 1 :] for part in gast.walk(other))
        changes = any(isinstance(part, gast.Call | gast.NamedExpr) for part in later)
        streams.append(_as_it_is(ctx, stream) if place or changes else stream)

    def run(target: Pattern | None, consume: Consume) -> None:
        for stream in streams:
            stream.run(target, lambda value, last: consume(value, last))

    endless = any(stream.endless for stream in streams)
    return Stream(run, endless=endless, copies=sum(stream.copies for stream in streams))


def _as_it_is(ctx: Context, stream: Stream) -> Stream:
    """The stream of what an expression is now, which is run through later."""
    if isinstance(stream.iterable, Var):
        return plain(ctx, steady(ctx, stream.iterable))
    if isinstance(stream.iterable, Tuple | List):
        items = [i if isinstance(i, Const) else steady(ctx, i) for i in stream.iterable.items]
        return plain(ctx, replace(stream.iterable, items=tuple(items)))
    return stream if stream.held is None else stream.held()


def _from_iterable(ctx: Context, node: Any) -> Stream:
    return _flattened(ctx, opened(ctx, node.args[0]))


def _flattened(ctx: Context, outer: Stream) -> Stream:
    def run(target: Pattern | None, consume: Consume) -> None:
        outer.run(None, lambda value, last: of_value(ctx, value).run(target, consume))

    return Stream(run, endless=outer.endless, copies=outer.copies)


def _zip_longest(ctx: Context, node: Any) -> Stream:
    check_keywords(ctx, node, "fillvalue")
    fill = keyword(ctx, node, "fillvalue")
    columns = [sequence(ctx, arg) for arg in node.args]
    filler = Const(None) if fill is None else ctx.hold(expression(ctx, fill))
    longest = Op(max, tuple(map(_length, columns))) if len(columns) > 1 else _length(columns[0])
    place = Var(ctx.names.fresh("place"))

    def item(column: Expr) -> Expr:
        value = ctx.temporary("item", filler)
        with ctx.collecting() as body:
            ctx.emit(Assign(value, Item(column, place)))
        ctx.emit(If(Op(operator.lt, (place, _length(column))), tuple(body)))
        return value

    def run(target: Pattern | None, consume: Consume) -> None:
        def row(value: Expr, last: bool) -> None:
            consume(Tuple(tuple(map(item, columns))), last)

        plain(ctx, Op(range, (longest,))).run(place, row)

    return Stream(run)


def _groupby(ctx: Context, node: Any) -> Stream:
    """The groups as lists, made at once."""
    check_keywords(ctx, node, "iterable", "key")
    inner = opened(ctx, keyword(ctx, node, "iterable", 0))
    if inner.endless:
        raise ctx.refusal(node, "it has no end", "Bound it by `itertools.islice`")
    given = keyword(ctx, node, "key", 1)
    fn = Applied(lambda value: value) if given is None else function(ctx, given)
    keys, groups = ctx.temporary("keys", List(())), ctx.temporary("groups", List(()))

    def item(value: Expr, last: bool) -> None:
        value = ctx.hold(value)
        key = ctx.hold(fn.apply(value))
        same = Op(operator.eq, (Item(keys, Const(-1)), key))
        some = Op(operator.gt, (_length(keys), Const(0)))
        with ctx.collecting() as more:
            ctx.emit(Effect(Op(Method("append"), (Item(groups, Const(-1)), value))))
        with ctx.collecting() as new:
            ctx.emit(Effect(Op(Method("append"), (keys, key))))
            ctx.emit(Effect(Op(Method("append"), (groups, List((value,))))))
        ctx.emit(If(BoolOp("and", (some, same)), tuple(more), tuple(new)))

    inner.run(fn.wish, item)
    return plain(ctx, Op(zip, (keys, groups)))


# ---------------------------------------------------------------------------------------------
# Combinations: of indices, which carry no derivative


def _product(ctx: Context, node: Any) -> Stream:
    check_keywords(ctx, node, "repeat")
    repeat = keyword(ctx, node, "repeat")
    times = 1
    if repeat is not None:
        count = expression(ctx, repeat)
        if not (isinstance(count, Const) and isinstance(count.value, int)):
            if all(_is_range(ctx, arg) for arg in node.args):
                return plain(ctx, _as_it_stands(ctx, node))
            raise ctx.refusal(node, "`repeat` is not a plain number", "Write the loops out")
        times = count.value
    if all(_is_range(ctx, arg) for arg in node.args):
        return plain(ctx, _as_it_stands(ctx, node))
    items = [pool(ctx, arg, node) for arg in node.args] * times

    def run(target: Pattern | None, consume: Consume) -> None:
        same = isinstance(target, Tuple) and len(target.items) == len(items)
        wishes: Any = target.items if same else (None,) * len(items)  # type: ignore[union-attr]
        _nested(ctx, items, wishes, (), consume)

    return Stream(run)


def _nested(
    ctx: Context, items: list[Expr], wishes: Any, taken: tuple[Expr, ...], consume: Consume
) -> None:
    if not items:
        consume(Tuple(taken), True)
        return
    first, *rest = items
    plain(ctx, first).run(
        wishes[0], lambda value, last: _nested(ctx, rest, wishes[1:], (*taken, value), consume)
    )


def _is_range(ctx: Context, node: Any) -> bool:
    return isinstance(node, gast.Call) and ctx.static(node.func) is range


def _as_it_stands(ctx: Context, node: Any) -> Expr:
    args = tuple(expression(ctx, arg) for arg in node.args)
    named = tuple((each.arg, expression(ctx, each.value)) for each in node.keywords)
    return Op(ctx.static(node.func), args, named)


def _chosen(ctx: Context, node: Any) -> Stream:
    """`combinations(xs, r)` and its like."""
    if _is_range(ctx, node.args[0]):
        return plain(ctx, _as_it_stands(ctx, node))
    items = pool(ctx, keyword(ctx, node, "iterable", 0), node)
    given = keyword(ctx, node, "r", 1)
    count = () if given is None else (expression(ctx, given),)
    indices = Op(ctx.static(node.func), (Op(range, (_length(items),)), *count))
    size = count[0].value if count and isinstance(count[0], Const) else None

    def run(target: Pattern | None, consume: Consume) -> None:
        def row(value: Expr, last: bool) -> None:
            if isinstance(value, Tuple):
                consume(Tuple(tuple(Item(items, place) for place in value.items)), last)
                return
            picked = Var(ctx.names.fresh("place"))
            each = mapped(plain(ctx, value), picked, lambda place: Item(items, place))
            consume(Op(tuple, (listed(ctx, each),)), last)

        wish: Pattern = Var(ctx.names.fresh("places"))
        many = len(target.items) if isinstance(target, Tuple) else size
        if isinstance(many, int):
            wish = Tuple(tuple(Var(ctx.names.fresh("place")) for _ in range(many)))
        plain(ctx, indices).run(wish, row)

    return Stream(run)


def _tee(ctx: Context, node: Any) -> Stream:
    raise ctx.refusal(node, "`tee` keeps iterators apart", "Put the items into a list")


_OPENERS: dict[Callable[..., Any], Opener] = {
    itertools.count: _count,
    itertools.repeat: _repeat,
    itertools.cycle: _cycle,
    itertools.islice: _islice,
    itertools.takewhile: _takewhile,
    itertools.dropwhile: _dropwhile,
    itertools.filterfalse: _filterfalse,
    itertools.compress: _compress,
    itertools.starmap: _starmap,
    itertools.accumulate: _accumulate,
    itertools.pairwise: _pairwise,
    itertools.chain: _chain,
    itertools.chain.from_iterable: _from_iterable,
    itertools.zip_longest: _zip_longest,
    itertools.groupby: _groupby,
    itertools.product: _product,
    itertools.permutations: _chosen,
    itertools.combinations: _chosen,
    itertools.combinations_with_replacement: _chosen,
    itertools.tee: _tee,
}
OPENERS += list(_OPENERS.items())
