"""Symbolic lengths: what is known of `n - 1`, of `a[1:-1]` and of `range(1, n)`.

Every symbol comes from the shape of an argument; none is invented here. Lengths are reckoned as
if the array were long enough for the slice: of a shorter one all such slices are empty, and so
two slices with equal `Dim`s still have equal lengths.
"""

from __future__ import annotations

import operator
from typing import Any

from srcad.core import Const, Expr, Op, Slice
from srcad.kinds import Array, DictOf, Dim, Kind, Length, ListOf, RangeOf, Scalar, TupleOf


def constant_int(expr: Expr | None) -> int | None:
    """The value of an integer literal, also a negative one."""
    match expr:
        case Const(value=bool()):
            return None
        case Const(value=int(value)):
            return value
        case Op(fn=operator.neg, args=(Const(value=int(value)),)):
            return -value
    return None


def shift(length: Length, by: int) -> Length:
    """`length + by`, as a `Length`."""
    if by == 0:
        return length
    if isinstance(length, Dim):
        offset = length.offset + by
        return Dim(length.symbol, offset, given=offset == 0)
    return None


def size_of(expr: Expr) -> Length:
    """The length that an integer is, where it is known to be one."""
    if isinstance(expr.kind, Scalar) and expr.kind.size is not None:
        return expr.kind.size
    return 1 if constant_int(expr) == 1 else None


def size_of_sum(op: Op) -> Length:
    """The length that `n + 1` or `n - 1` is."""
    if len(op.args) != 2 or op.fn not in (operator.add, operator.sub):
        return None
    left, right = op.args
    by = constant_int(right)
    if by is not None:
        return shift(size_of(left), by if op.fn is operator.add else -by)
    by = constant_int(left)
    if by is not None and op.fn is operator.add:
        return shift(size_of(right), by)
    return None


def range_length(args: tuple[Expr, ...]) -> Length:
    """The number of trips of `range(*args)`."""
    if len(args) == 1:
        return size_of(args[0])
    start = constant_int(args[0])
    if start is None or start < 0 or (len(args) == 3 and constant_int(args[2]) != 1):
        return None
    return shift(size_of(args[1]), -start)


def slice_length(length: Length, part: Slice) -> Length:
    """The length of `a[part]` along an axis of `length`."""
    step = 1 if part.step is None else constant_int(part.step)
    if step == -1 and part.start is None and part.stop is None:
        return length
    if step != 1 or length is None:
        return None
    start = ("start", 0) if part.start is None else _bound(part.start, length)
    stop = ("end", 0) if part.stop is None else _bound(part.stop, length)
    if start is None or stop is None:
        return None
    if isinstance(length, int):
        return _slice_of_one(start, stop)
    if start[0] == "start" and stop[0] == "end":
        return shift(length, stop[1] - start[1])
    return None


def _bound(expr: Expr, length: Length) -> tuple[str, int] | None:
    """A slice's bound, counted from the start of the axis or from its end."""
    value = constant_int(expr)
    if value is not None:
        return ("start", value) if value >= 0 else ("end", value)
    size = size_of(expr)
    if isinstance(size, Dim) and isinstance(length, Dim) and size.symbol == length.symbol:
        return ("end", min(size.offset - length.offset, 0))
    return None


def _slice_of_one(start: tuple[str, int], stop: tuple[str, int]) -> Length:
    first = start[1] if start[0] == "start" else max(start[1] + 1, 0)
    last = stop[1] if stop[0] == "start" else stop[1] + 1
    return 1 if first < 1 <= last else None


def forget_lengths(kind: Kind) -> Kind:
    """`kind` without its symbols: what holds whatever the arguments' shapes are."""

    def plain(length: Length) -> Length:
        return 1 if length == 1 else None

    match kind:
        case Scalar(dtype=dtype, weak=weak):
            return Scalar(dtype, weak)
        case Array(dtype=dtype, dims=dims) if dims is not None:
            return Array(dtype, tuple(plain(length) for length in dims))
        case RangeOf():
            return RangeOf()
    return map_items(kind, forget_lengths)


def map_items(kind: Kind, change: Any) -> Kind:
    """`kind` with the kinds of a container's items replaced by `change` of them."""
    match kind:
        case TupleOf(items=items):
            return TupleOf(tuple(change(item) for item in items))
        case ListOf(item=item):
            return ListOf(change(item))
        case DictOf(items=None, value=value):
            return DictOf(None, change(value))
        case DictOf(items=items, value=value):
            return DictOf(tuple((key, change(item)) for key, item in items or ()), value)
    return kind
