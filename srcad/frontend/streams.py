"""Streams: what hands out items one by one, as the loops that make them.

`zip(xs, ys)` of lists is something a loop can run through as it stands. `map`, `filter`, a
generator and their like are not: here they are *opened* (their operands are evaluated, as Python
does when it makes the iterator) and then *run*: loops are emitted, with what is to be done with
each item in them. So each item is made when the user's program makes it.
"""

from __future__ import annotations

import functools
import operator
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import gast

from srcad import runtime
from srcad.core import (
    Assign,
    BoolOp,
    Const,
    Effect,
    Expr,
    For,
    If,
    Item,
    List,
    Method,
    Op,
    Tuple,
    Var,
    While,
    bound_names,
    names_in,
)
from srcad.frontend import regions
from srcad.frontend.context import Context
from srcad.frontend.lower_expr import expression, plain_call
from srcad.frontend.names import NOTHING
from srcad.frontend.regions import Label, Leave

Pattern = Var | Tuple
# What is done with an item, to be emitted once. The flag says whether the innermost loop goes on
# with the next item right after it.
Consume = Callable[[Expr, bool], None]


@dataclass(frozen=True)
class Pull:
    """Items taken one at a time: what tells that there is none left, and how to take one."""

    exhausted: Callable[[], Expr | None]
    take: Callable[[], Expr]


@dataclass(frozen=True)
class Stream:
    """An opened stream. `run(target, consume)` emits its loops; it may bind `target` itself.

    `iterable` is what a loop can run through as it stands, `copies` says how often `run` calls
    `consume`, `pull` starts taking items one at a time (None: they must be pushed). `whole` says
    why the items cannot all be made before the first is used, if they cannot; `shared` that it
    goes on where it was left.
    """

    run: Callable[[Pattern | None, Consume], None]
    iterable: Expr | None = None
    pull: Callable[[], Pull] | None = None
    endless: bool = False
    copies: int = 1
    whole: str | None = None
    shared: bool = False
    held: Callable[[], Stream] | None = field(default=None, compare=False)


Opener = Callable[[Context, Any], Stream]
OPENERS: list[tuple[Any, Opener]] = []
NODES: dict[type, Opener] = {}
# opens a call of a generator function that has been lowered; None if it is not one
CALLS: list[Callable[[Context, Op], Stream | None]] = []
CALLERS: list[Callable[[Context, Any], bool]] = []  # which calls are such


def is_stream(ctx: Context, node: Any) -> bool:
    """Whether an expression makes an iterator: something that is used up by running through it."""
    return _opener(ctx, node) is not None


def _opener(ctx: Context, node: Any) -> Opener | None:
    if isinstance(node, gast.Name) and node.id not in ctx.cursors:
        return None
    if not isinstance(node, gast.Call):
        return NODES.get(type(node))
    if _is_view(node) and ctx.static(node.func) is NOTHING:
        return _view
    if any(is_call(ctx, node) for is_call in CALLERS):
        return _called
    target = ctx.static(node.func)
    return next((opener for known, opener in OPENERS if _same(known, target)), None)


def _same(known: Any, target: Any) -> bool:
    """Whether a call calls `known`; a method of a class is another object at each look."""
    return known is target or (isinstance(target, types.BuiltinMethodType) and known == target)


def _is_view(node: Any) -> bool:
    """Whether the call may be one of the methods that give a view of a dict."""
    if not isinstance(node.func, gast.Attribute) or node.args or node.keywords:
        return False
    return node.func.attr in _VIEWS


def _called(ctx: Context, node: Any) -> Stream:
    call = plain_call(ctx, node)
    stream = of_value(ctx, call)
    return plain(ctx, Op(list, (call,))) if stream.iterable is call else stream


_VIEWS = ("items", "keys", "values")


def _view(ctx: Context, node: Any) -> Stream:
    return plain(ctx, Op(Method(node.func.attr), (expression(ctx, node.func.value),)))


def makes_iterator(ctx: Context, node: Any) -> bool:
    """Whether a call makes an iterator; a view of a dict is none."""
    return _opener(ctx, node) not in (None, _view)


def is_view(ctx: Context, node: Any) -> bool:
    """Whether an expression may be a view of a dict."""
    return _opener(ctx, node) is _view


def opened(ctx: Context, node: Any) -> Stream:
    """Open what is iterated over; its operands are evaluated here."""
    opener = _opener(ctx, node)
    if opener is not None:
        return opener(ctx, node)
    return of_value(ctx, expression(ctx, node))


def of_value(ctx: Context, value: Expr) -> Stream:
    """The stream of a lowered value."""
    if isinstance(value, Op):
        for open_call in CALLS:
            stream = open_call(ctx, value)
            if stream is not None:
                return stream
    return plain(ctx, value)


def opened_all(ctx: Context, nodes: list[Any]) -> list[Stream]:
    """Open several, in order: what was evaluated first is put by where more must be emitted."""
    done: list[Stream] = []
    for node in nodes:
        if isinstance(node, gast.Starred):
            raise ctx.refusal(node, "`*` among several iterables", "Write the items out")
        with ctx.collecting() as before:
            stream = opened(ctx, node)
        if before:
            done = [each if each.held is None else each.held() for each in done]
            ctx.block.extend(before)
        done.append(stream)
    return done


# ---------------------------------------------------------------------------------------------
# What a loop can run through as it stands


def plain(ctx: Context, iterable: Expr) -> Stream:
    """The stream of a list, array, range, ..., or of `zip` and its like of such."""

    def run(target: Pattern | None, consume: Consume) -> None:
        own = _fitting(ctx, iterable, target)
        with ctx.collecting() as body:
            consume(own, True)
        ctx.emit(For(own, iterable, tuple(body)))

    def held() -> Stream:
        return plain(ctx, ctx.hold(iterable))

    return Stream(run, iterable, lambda: _by_index(ctx, iterable), held=held)


def _fitting(ctx: Context, iterable: Expr, target: Pattern | None) -> Pattern:
    """The target of a loop over `iterable`: `target` as far as it has the form of the items."""
    parts = _columns(iterable)
    if parts is None:
        return Var(ctx.names.fresh("item")) if target is None else target
    same = isinstance(target, Tuple) and len(target.items) == len(parts)
    wishes: tuple[Any, ...] = target.items if same else (None,) * len(parts)  # type: ignore[union-attr]
    pairs = zip(parts, wishes, strict=True)
    return Tuple(tuple(_fitting(ctx, part, wish) for part, wish in pairs))


def fits(ctx: Context, iterable: Expr, target: Pattern) -> bool:
    """Whether `target` has the form of the items, as far as that is known."""
    parts = _columns(iterable)
    if parts is None:
        return True
    if not isinstance(target, Tuple) or len(target.items) != len(parts):
        return False
    pairs = zip(parts, target.items, strict=True)
    return all(isinstance(t, Var | Tuple) and fits(ctx, part, t) for part, t in pairs)


def _columns(iterable: Expr) -> tuple[Expr, ...] | None:
    """What the parts of the items of a `zip` or `enumerate` come from."""
    if isinstance(iterable, Op) and iterable.fn is zip:
        return iterable.args
    if isinstance(iterable, Op) and iterable.fn is enumerate:
        return (Op(range), iterable.args[0])
    return None


def _by_index(ctx: Context, iterable: Expr) -> Pull:
    """Taking the items of a sequence by an index that counts up."""
    columns = _columns(iterable)
    if columns is not None and isinstance(iterable, Op) and iterable.fn is zip:
        return together(ctx, [_by_index(ctx, column) for column in columns])
    counted = iterable.args if isinstance(iterable, Op) and iterable.fn is range else ()
    place = ctx.temporary("place", Const(0))
    if len(counted) == 1:
        stop = ctx.hold(counted[0])
    else:
        whole = listed(ctx, plain(ctx, iterable)) if is_lazy(iterable) else _indexed(iterable)
        sequence = steady(ctx, whole)
        stop = Op(len, (sequence,))

    def take() -> Expr:
        item: Expr = place if len(counted) == 1 else Item(sequence, place)
        value = ctx.temporary("item", item)
        ctx.emit(Assign(place, Const(1), operator.add))
        return value

    return Pull(lambda: Op(operator.ge, (place, stop)), take)


def _indexed(iterable: Expr) -> Expr:
    """What is run through, to be indexed by the number of the item: not by a dict's keys."""
    known = isinstance(iterable, Tuple | List)
    known = known or (isinstance(iterable, Op) and iterable.fn is list)
    return iterable if known else Op(runtime.sequence_of, (iterable,))


def together(ctx: Context, pulls: list[Pull]) -> Pull:
    """Taking one of each."""

    def exhausted() -> Expr | None:
        tests = [test for pull in pulls if (test := pull.exhausted()) is not None]
        return _any_of(tests)

    return Pull(exhausted, lambda: Tuple(tuple(pull.take() for pull in pulls)))


def _any_of(tests: list[Expr]) -> Expr | None:
    if len(tests) < 2:
        return tests[0] if tests else None
    return BoolOp("or", tuple(tests))


def steady(ctx: Context, value: Expr) -> Expr:
    """`value` under a name that no statement gives another value."""
    if isinstance(value, Var) and value.name in steady_names(ctx):
        return value
    return ctx.temporary("items", value)


def steady_names(ctx: Context) -> frozenset[str]:
    """The parameters that are never assigned, and the names that are assigned once."""
    return frozenset() if ctx.source.node is None else _steady_names(ctx.source)


@functools.lru_cache(maxsize=64)
def _steady_names(source: Any) -> frozenset[str]:
    params = {arg.id for arg in source.node.args.args}
    stored: dict[str, int] = dict.fromkeys(params, 1)
    for node in gast.walk(source.node):
        if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store | gast.Del):
            stored[node.id] = stored.get(node.id, 0) + 1
    return frozenset(name for name, count in stored.items() if count == 1)


# ---------------------------------------------------------------------------------------------
# Running


def bind(ctx: Context, target: Pattern, value: Expr) -> None:
    """Emit the assignment of an item to the target, as far as the loops have not made it."""
    if target == value:
        return
    parts = value.items if isinstance(value, Tuple) else ()
    if (
        isinstance(target, Tuple)
        and len(target.items) == len(parts)
        and not any(
            bound_names(t) and _reads(v, target) for t, v in zip(target.items, parts, strict=True)
        )
    ):
        for each, part in zip(target.items, parts, strict=True):
            assert isinstance(each, Var | Tuple)
            bind(ctx, each, part)
        return
    ctx.emit(Assign(target, value))


def _reads(value: Expr, target: Pattern) -> bool:
    """Whether a part reads what the assignment of another one may have changed."""
    return not isinstance(value, Var) and bool(names_in(value) & set(bound_names(target)))


def listed(ctx: Context, stream: Stream, name: str = "items") -> Var:
    """Emit the loops that put all the items into a list."""
    result = Var(ctx.names.fresh(name))
    ctx.emit(Assign(result, List(())))
    stream.run(None, lambda v, last: ctx.emit(Effect(Op(Method("append"), (result, v)))))
    return result


def as_list(ctx: Context, node: Any, name: str = "items") -> Expr:
    """The items of a stream in a list; what is no stream as it is."""
    stream = opened(ctx, node)
    if stream.endless:
        raise ctx.refusal(node, "it has no end", "Bound it, by `zip` or `itertools.islice`, say")
    if stream.iterable is not None and not is_lazy(stream.iterable):
        return stream.iterable
    return listed(ctx, stream, name)


def is_lazy(iterable: Expr) -> bool:
    """Whether the value is an iterator, not what it runs through."""
    if isinstance(iterable, Op) and isinstance(iterable.fn, Method):
        return iterable.fn.name in _VIEWS
    return isinstance(iterable, Op) and any(_same(known, iterable.fn) for known, _ in OPENERS)


def with_end(ctx: Context, emit: Callable[[Label], None]) -> None:
    """Emit what `emit` does, in a region that it may leave."""
    done = Label()
    with ctx.collecting() as block:
        emit(done)
    ctx.block.extend(regions.close(tuple(block), done, ctx.names.fresh))


def leave_if(ctx: Context, test: Expr | None, label: Label) -> None:
    """Emit `if test: leave`."""
    if test is not None:
        ctx.emit(If(test, (Leave(label, origin=replace(ctx.origin, comments=())),)))


def forever(ctx: Context, emit: Callable[[], None]) -> None:
    """Emit a loop that only a jump ends."""
    with ctx.collecting() as body:
        emit()
    ctx.emit(While(Const(True), tuple(body)))


@contextmanager
def scope(ctx: Context, inner: dict[str, str]) -> Iterator[None]:
    """The variables of comprehensions as they were where something was opened."""
    outer, ctx.names.inner = ctx.names.inner, dict(inner)
    try:
        yield
    finally:
        ctx.names.inner = outer
