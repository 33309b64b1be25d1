"""The streams of Python's own functions: `zip`, `enumerate`, `map`, `filter` and their like."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import gast

from srcad.core import Assign, Const, Expr, If, Item, List, Op, Tuple, Var
from srcad.frontend.applied import Applied, function
from srcad.frontend.context import Context
from srcad.frontend.lower_expr import expression
from srcad.frontend.regions import Label
from srcad.frontend.streams import (
    OPENERS,
    Consume,
    Pattern,
    Pull,
    Stream,
    as_list,
    forever,
    leave_if,
    listed,
    opened,
    opened_all,
    plain,
    together,
    with_end,
)


def keyword(ctx: Context, node: Any, name: str, position: int | None = None) -> Any:
    """The node of an argument given by keyword, or by position; None if it is not given."""
    for each in node.keywords:
        if each.arg == name:
            return each.value
    if position is not None and len(node.args) > position:
        return node.args[position]
    return None


def check_keywords(ctx: Context, node: Any, *known: str) -> None:
    """Refuse keywords that the call does not have, and `**`."""
    for each in node.keywords:
        if each.arg not in known:
            raise ctx.refusal(node, f"the argument `{each.arg or '**'}`", "Write it as a loop")


# ---------------------------------------------------------------------------------------------
# zip


def _zip(ctx: Context, node: Any) -> Stream:
    check_keywords(ctx, node, "strict")
    strict = keyword(ctx, node, "strict")
    if len(node.args) == 1 and isinstance(node.args[0], gast.Starred):
        return _columns_of(ctx, node.args[0].value)
    streams = opened_all(ctx, node.args)
    named: tuple[tuple[str, Expr], ...] = ()
    if strict is not None:
        named = (("strict", expression(ctx, strict)),)
    return zipped(ctx, node, streams, named)


def zipped(
    ctx: Context, node: Any, streams: list[Stream], named: tuple[tuple[str, Expr], ...] = ()
) -> Stream:
    """The stream of the items of several ones side by side."""
    if any(stream.shared for stream in streams):
        return _in_turn(ctx, node, streams)
    iterables = [stream.iterable for stream in streams]
    if named and not all(iterables):  # all lengths are compared: so all items are made first
        iterables = [s.iterable or listed(ctx, _ending(ctx, node, s)) for s in streams]
    if all(iterables):
        return plain(ctx, Op(zip, tuple(e for e in iterables if e is not None), named))
    pushed = [i for i, s in enumerate(streams) if s.pull is None]
    for i in pushed[1:]:
        streams[i] = plain(ctx, listed(ctx, _ending(ctx, node, streams[i])))
    ends = [i for i, s in enumerate(streams) if not s.endless]
    driver = (pushed or ends or [-1])[0]

    def run(target: Pattern | None, consume: Consume) -> None:
        with_end(ctx, lambda done: _side_by_side(ctx, streams, driver, target, consume, done))

    def pull() -> Pull:
        return together(ctx, [s.pull() for s in streams if s.pull is not None])

    endless = all(stream.endless for stream in streams)
    whole = next((s.whole for s in streams if s.whole is not None), None)
    return Stream(run, pull=None if pushed else pull, endless=endless, whole=whole)


def _in_turn(ctx: Context, node: Any, streams: list[Stream]) -> Stream:
    """Each is asked for its next item after the one before it has given one."""
    able = [s if s.pull else plain(ctx, listed(ctx, _ending(ctx, node, s))) for s in streams]

    def take(pulls: list[Pull], consume: Consume, done: Label) -> None:
        items = []
        for pull in pulls:
            leave_if(ctx, pull.exhausted(), done)
            items.append(pull.take())
        consume(Tuple(tuple(items)), True)

    def run(target: Pattern | None, consume: Consume) -> None:
        pulls = [stream.pull() for stream in able if stream.pull is not None]
        with_end(ctx, lambda done: forever(ctx, lambda: take(pulls, consume, done)))

    return Stream(run, endless=all(stream.endless for stream in streams))


def _ending(ctx: Context, node: Any, stream: Stream) -> Stream:
    """A stream whose items may all be made at once."""
    if stream.endless:
        raise ctx.refusal(node, "it has no end", "Bound it by `itertools.islice`")
    if stream.whole is not None:
        raise ctx.refusal(node, f"its items cannot be made at once: {stream.whole}", "Use a loop")
    return stream


def _side_by_side(
    ctx: Context,
    streams: list[Stream],
    driver: int,
    target: Pattern | None,
    consume: Consume,
    done: Label,
) -> None:
    """Run the stream number `driver`, taking the items of the others one at a time."""
    pulls = [s.pull() if i != driver and s.pull else None for i, s in enumerate(streams)]
    first = _tests(pulls[: max(driver, 0)])
    for test in first:  # `zip` asks the ones before it first
        leave_if(ctx, test(), done)

    def item(value: Expr | None, last: bool) -> None:
        held = None if value is None else ctx.hold(value)
        for test in _tests(pulls[driver + 1 :]):
            leave_if(ctx, test(), done)
        items = [held if pull is None else pull.take() for pull in pulls]
        consume(Tuple(tuple(e for e in items if e is not None)), last and not first)
        for test in first:
            leave_if(ctx, test(), done)

    if driver < 0:
        forever(ctx, lambda: item(None, True))
        return
    wish = (
        target.items[driver]
        if isinstance(target, Tuple) and len(target.items) == len(streams)
        else None
    )
    streams[driver].run(wish, item)  # type: ignore[arg-type]


def _tests(pulls: list[Pull | None]) -> list[Callable[[], Expr | None]]:
    return [pull.exhausted for pull in pulls if pull is not None]


def _columns_of(ctx: Context, node: Any) -> Stream:
    """`zip(*rows)`: item number k is the tuple of the k-th items of the rows."""
    from srcad.runtime import shortest

    rows = as_list(ctx, node, "rows")
    if isinstance(rows, Tuple | List):
        return plain(ctx, Op(zip, rows.items))
    rows = ctx.hold(rows)

    def run(target: Pattern | None, consume: Consume) -> None:
        place = Var(ctx.names.fresh("place"))

        def column(value: Expr, last: bool) -> None:
            row = Var(ctx.names.fresh("row"))
            if isinstance(target, Tuple):
                items = listed(ctx, _mapped_items(ctx, rows, row, place), "column")
                consume(items, last)
                return
            items = listed(ctx, _mapped_items(ctx, rows, row, place), "column")
            consume(Op(tuple, (items,)), last)

        plain(ctx, Op(range, (Op(shortest, (rows,)),))).run(place, column)

    return Stream(run)


def _mapped_items(ctx: Context, rows: Expr, row: Var, place: Var) -> Stream:
    def run(target: Pattern | None, consume: Consume) -> None:
        plain(ctx, rows).run(row, lambda value, last: consume(Item(row, place), last))

    return Stream(run)


# ---------------------------------------------------------------------------------------------
# enumerate, reversed, iter


def _enumerate(ctx: Context, node: Any) -> Stream:
    check_keywords(ctx, node, "iterable", "start")
    inner = opened(ctx, keyword(ctx, node, "iterable", 0))
    given = keyword(ctx, node, "start", 1)
    start = None if given is None else expression(ctx, given)
    if inner.iterable is not None:
        counted = () if start is None else (start,)
        return plain(ctx, Op(enumerate, (inner.iterable, *counted)))
    return zipped(ctx, node, [counting(ctx, start or Const(0), Const(1)), inner])


def counting(ctx: Context, start: Expr, step: Expr) -> Stream:
    """The stream of `itertools.count`."""

    def pull() -> Pull:
        count = ctx.temporary("count", start)

        def take() -> Expr:
            value = ctx.temporary("number", count)
            ctx.emit(Assign(count, step, operator.add))
            return value

        return Pull(lambda: None, take)

    def run(target: Pattern | None, consume: Consume) -> None:
        one = pull()
        forever(ctx, lambda: consume(one.take(), True))

    return Stream(run, pull=pull, endless=True)


def _reversed(ctx: Context, node: Any) -> Stream:
    return plain(ctx, Op(reversed, (expression(ctx, node.args[0]),)))


def _iter(ctx: Context, node: Any) -> Stream:
    if len(node.args) == 1:
        return opened(ctx, node.args[0])
    fn, sentinel = function(ctx, node.args[0]), ctx.hold(expression(ctx, node.args[1]))

    def until(consume: Consume, done: Label) -> None:
        value = ctx.hold(fn.apply())
        leave_if(ctx, Op(operator.eq, (value, sentinel)), done)
        consume(value, True)

    def run(target: Pattern | None, consume: Consume) -> None:
        with_end(ctx, lambda done: forever(ctx, lambda: until(consume, done)))

    return Stream(run)


# ---------------------------------------------------------------------------------------------
# map, filter


def _map(ctx: Context, node: Any) -> Stream:
    fn = function(ctx, node.args[0])
    streams = opened_all(ctx, node.args[1:])
    if len(streams) == 1:
        return mapped(streams[0], fn.wish, fn.apply)
    inner = zipped(ctx, node, streams)
    return mapped(inner, fn.wish, lambda value: fn.apply(*value.items))


def mapped(inner: Stream, wish: Pattern | None, change: Callable[[Any], Expr]) -> Stream:
    """The stream of what `change` makes of each item."""

    def run(target: Pattern | None, consume: Consume) -> None:
        inner.run(wish, lambda value, last: consume(change(value), last))

    def pull() -> Pull:
        assert inner.pull is not None
        one = inner.pull()
        return Pull(one.exhausted, lambda: change(one.take()))

    able = None if inner.pull is None else pull
    return Stream(run, pull=able, endless=inner.endless, copies=inner.copies, whole=inner.whole)


def _filter(ctx: Context, node: Any) -> Stream:
    test, items = node.args
    if isinstance(test, gast.Constant) and test.value is None:
        fn = Applied(lambda value: value)
    else:
        fn = function(ctx, test)
    return filtered(ctx, opened(ctx, items), fn)


def filtered(ctx: Context, inner: Stream, fn: Applied, wanted: bool = True) -> Stream:
    """The stream of the items of which `fn` is true (or not `wanted`)."""

    def run(target: Pattern | None, consume: Consume) -> None:
        def item(value: Expr, last: bool) -> None:
            value = ctx.hold(value)
            test = fn.apply(value)
            with ctx.collecting() as body:
                consume(value, last)
            ctx.emit(If(test if wanted else Op(operator.not_, (test,)), tuple(body)))

        inner.run(fn.wish or target, item)

    return Stream(run, endless=inner.endless, copies=inner.copies, whole=inner.whole)


def stopping(ctx: Context, inner: Stream, fn: Applied) -> Stream:
    """The stream of the items up to the first of which `fn` is false."""

    def run(target: Pattern | None, consume: Consume) -> None:
        def item(value: Expr, last: bool, done: Label) -> None:
            value = ctx.hold(value)
            leave_if(ctx, Op(operator.not_, (fn.apply(value),)), done)
            consume(value, last)

        wish = fn.wish or target
        with_end(ctx, lambda done: inner.run(wish, lambda v, last: item(v, last, done)))

    return Stream(run)


OPENERS += [
    (zip, _zip),
    (enumerate, _enumerate),
    (reversed, _reversed),
    (iter, _iter),
    (map, _map),
    (filter, _filter),
]
