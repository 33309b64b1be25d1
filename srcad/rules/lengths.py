"""Symbolic lengths: what is known of `n - 1`, of `a[1:-1]` and of `range(1, n)`.

Every symbol comes from the shape of an argument; none is invented here. Lengths are reckoned as
if the array were long enough for the slice: of a shorter one all such slices are empty, and so
two slices with equal `Dim`s still have equal lengths.
"""

from __future__ import annotations

import operator

from srcad.core import Const, Expr, Op, Slice
from srcad.kinds import (
    Array,
    Dim,
    Kind,
    Length,
    RangeOf,
    Scalar,
    with_inner,
)
from srcad.rules.result_kinds import shifted


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


def size_of(expr: Expr) -> Length:
    """The length that an integer is, where it is known to be one."""
    if isinstance(expr.kind, Scalar) and expr.kind.size is not None:
        return expr.kind.size
    value = constant_int(expr)
    return value if value is not None and value >= 0 else None


def range_length(args: tuple[Expr, ...]) -> Length:
    """The number of trips of `range(*args)`."""
    if len(args) == 1:
        return size_of(args[0])
    start = constant_int(args[0])
    if start is None or start < 0 or (len(args) == 3 and constant_int(args[2]) != 1):
        return None
    return shifted(size_of(args[1]), -start)


def slice_length(length: Length, part: Slice) -> Length:
    """The length of `a[part]` along an axis of `length`."""
    bounds = (part.start, part.stop, part.step)
    values = [constant_int(bound) for bound in bounds]
    if isinstance(length, int):
        known = all(b is None or v is not None for b, v in zip(bounds, values, strict=True))
        return len(range(length)[slice(*values)]) if known and values[2] != 0 else None
    if part.step is not None and values[2] != 1:
        return length if values[2] == -1 and bounds[:2] == (None, None) else None
    return _between(part.start, part.stop, length) if length is not None else None


def _between(start: Expr | None, stop: Expr | None, length: Dim) -> Length:
    """The length from `start`, if it counts from the start, to `stop`, if from the end."""
    first = 0 if start is None else constant_int(start)
    last = 0 if stop is None else _from_end(stop, length)
    if first is None or first < 0 or last is None:
        return None
    return shifted(length, last - first)


def _from_end(stop: Expr, length: Dim) -> int | None:
    """Where a slice ends, counted from the end of an axis."""
    value = constant_int(stop)
    if value is not None:
        return value if value < 0 else None
    size = size_of(stop)
    if isinstance(size, Dim) and size.symbol == length.symbol:
        return min(size.offset - length.offset, 0)
    return None


def forget_lengths(kind: Kind) -> Kind:
    """`kind` without its lengths: what holds whatever the arguments' shapes are."""

    def plain(length: Length) -> Length:
        return 1 if length == 1 else None

    match kind:
        case Scalar(dtype=dtype, weak=weak):
            return Scalar(dtype, weak)
        case Array(dtype=dtype, dims=dims) if dims is not None:
            return Array(dtype, tuple(plain(length) for length in dims))
        case RangeOf():
            return RangeOf()
    return with_inner(kind, forget_lengths)
