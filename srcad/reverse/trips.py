"""How a `for` loop runs backwards: over which header, and how its target is bound again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from srcad.core import Assign, Expr, For, Item, Op, Tuple, Var
from srcad.errors import UnsupportedConstruct
from srcad.kinds import Array, Inert, Kind, ListOf, ObjectOf, RangeOf, Scalar, TupleOf
from srcad.reverse.typing import typed
from srcad.rules import vocabulary as words


class Makes(Protocol):
    """Who makes new names."""

    def temporary(self, base: str, kind: Kind) -> Var: ...


@dataclass
class TripPlan:
    """A reverse header `for target in backward`, and the items that the target stood for.

    `backward` is the sequence of the forward loop's indices, not reversed yet.
    """

    target: Expr | None = None
    backward: Expr | None = None
    bindings: list[Assign] = field(default_factory=list)


def plan_trips(stmt: For, context: Makes) -> TripPlan:
    """The plan for `stmt`, whose iterable is a range or built of named sequences."""
    iterable = stmt.iter
    if is_range(iterable):
        return TripPlan(stmt.target, iterable)
    lengths: list[Expr] = []
    index = _index(stmt, context)
    bindings = _bind(stmt.target, iterable, index, lengths, stmt)
    count = words.minimum_of(_distinct(lengths))
    return TripPlan(index, words.count_up(count), bindings)


def plan_without_index(stmt: For) -> TripPlan:
    """The plan for what can only be run through once: its trips are counted, its items recorded."""
    item = Op(next, (stmt.iter,))
    return TripPlan(bindings=[Assign(stmt.target, item, origin=stmt.origin)])


def is_iterated_only(expr: Expr) -> bool:
    """Whether nothing is known of what `expr` gives but that a loop may run through it.

    The parts of an `enumerate` or `zip` may be known.
    """
    if isinstance(expr, Op) and expr.fn in (enumerate, zip):
        return any(map(is_iterated_only, expr.args[: 1 if expr.fn is enumerate else None]))
    if is_range(expr):
        return False
    indexed = isinstance(expr.kind, Array | ListOf | TupleOf | Scalar)
    return not indexed and expr.kind != Inert("str")


def is_range(expr: Expr) -> bool:
    """Whether `expr` is a range (or a reversed one): its own items are the indices."""
    if isinstance(expr.kind, RangeOf):
        return True
    if isinstance(expr, Op) and expr.fn is range:
        return True
    return isinstance(expr, Op) and expr.fn is reversed and is_range(expr.args[0])


def _index(stmt: For, context: Makes) -> Var:
    """The index of the trip: the user's own counter of an `enumerate`, else a new name."""
    iterable = stmt.iter
    if _counts_from_zero(iterable) and isinstance(stmt.target, Tuple):
        first = stmt.target.items[0]
        if isinstance(first, Var):
            return first
    return context.temporary("k", Scalar("int64"))


def _counts_from_zero(expr: Expr) -> bool:
    return isinstance(expr, Op) and expr.fn is enumerate and len(expr.args) == 1 and not expr.kwargs


def _bind(
    target: Expr, iterable: Expr, index: Expr, lengths: list[Expr], stmt: For
) -> list[Assign]:
    """Assignments that bind `target` to item number `index` of `iterable`."""
    if isinstance(iterable, Op) and iterable.fn is zip and isinstance(target, Tuple):
        parts = zip(target.items, iterable.args, strict=True)
        return [b for t, it in parts for b in _bind(t, it, index, lengths, stmt)]
    if isinstance(iterable, Op) and iterable.fn is enumerate and isinstance(target, Tuple):
        counter, item = target.items
        inner = _bind(item, iterable.args[0], index, lengths, stmt)
        if counter == index:
            return inner
        start = dict(iterable.kwargs).get("start") or (*iterable.args, words.number(0))[1]
        value = typed(words.add(index, start))
        return [Assign(_var(counter, stmt), value, origin=stmt.origin), *inner]
    if isinstance(iterable, Op) and iterable.fn is reversed:
        base = iterable.args[0]
        lengths.append(words.length(base))
        last = words.call(words.subtract, words.length(base), words.number(1))
        place = typed(words.call(words.subtract, last, index))
        return [_item(target, base, place, stmt)]
    if is_range(iterable) or (isinstance(iterable, Var) and not _is_object(iterable)):
        lengths.append(words.length(iterable))
        return [_item(target, iterable, index, stmt)]
    raise UnsupportedConstruct(
        f"cannot run `{stmt.origin.text}` backwards: what it iterates over has no index",
        "Iterate over a range, an array, a list or a tuple",
        stmt.origin,
    )


def _is_object(iterable: Expr) -> bool:
    """Whether it is an object of a class that has no items by number."""
    kind = iterable.kind
    return isinstance(kind, ObjectOf) and not hasattr(kind.cls, "__getitem__")


def _item(target: Expr, base: Expr, index: Expr, stmt: For) -> Assign:
    value = typed(Item(base, index))
    assert isinstance(target, Var | Tuple)
    return Assign(target, value, origin=stmt.origin)


def _var(target: Expr, stmt: For) -> Var:
    if not isinstance(target, Var):
        raise UnsupportedConstruct(
            f"cannot run `{stmt.origin.text}` backwards: its counter is not a name",
            "Name the counter",
            stmt.origin,
        )
    return target


def _distinct(values: list[Expr]) -> list[Expr]:
    found: list[Expr] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found
