"""Sums a cotangent back to the shape of an operand that was broadcast, and only then."""

from __future__ import annotations

from collections.abc import Callable

from srcad.core import Expr
from srcad.kinds import Array, Dim, Length, Scalar, dims_of, dtype_of, is_unknown
from srcad.reverse.typing import typed
from srcad.rules import vocabulary as words

Dims = tuple[Length, ...]


def fit(value: Expr, operand: Expr, value_of: Callable[[Expr], Expr]) -> Expr:
    """`value` summed to the operand's shape as far as a broadcast may have happened.

    A value that is still smaller than the operand stays so: it broadcasts wherever it is used.
    """
    value = real(value, operand)
    have, want = dims_of(value.kind), dims_of(operand.kind)
    if want == () and have == ():
        return value
    if not isinstance(operand.kind, Scalar | Array):
        if isinstance(operand.kind, Scalar) or not _numeric_unknown(operand):
            return value
        return words.unbroadcast(value, value_of(operand))
    if have is None or want is None:
        return words.unbroadcast(value, value_of(operand))
    if want == ():
        return typed(words.sum_all(value))
    return _sum_axes(value, have, want, operand, value_of)


def _sum_axes(
    value: Expr, have: Dims, want: Dims, operand: Expr, value_of: Callable[[Expr], Expr]
) -> Expr:
    """`value` summed over the axes along which the operand was broadcast."""
    extra = len(have) - len(want)
    tail = have[extra:] if extra > 0 else have
    aligned = want[len(want) - len(tail) :] if len(tail) < len(want) else want
    keep = []
    for axis, (h, w) in enumerate(zip(tail, aligned, strict=True)):
        if h in (w, 1) or (isinstance(w, Dim) and w.given and w.offset == 0):
            continue
        if w != 1:
            return words.unbroadcast(value, value_of(operand))
        keep.append(axis)
    if extra > 0:
        value = typed(words.sum_leading(value, extra))
    if keep:
        value = typed(words.sum_keeping(value, tuple(keep)))
    return value


def _numeric_unknown(operand: Expr) -> bool:
    return is_unknown(operand.kind)


def real(value: Expr, operand: Expr) -> Expr:
    """The real part of a complex cotangent of a real operand."""
    have, want = dtype_of(value.kind), dtype_of(operand.kind)
    if have and want and have.startswith("complex") and want.startswith("float"):
        return typed(words.real_part(value))
    return value


def same_shape(value: Expr, operand: Expr) -> bool:
    """Whether the two certainly have one shape."""
    have, want = dims_of(value.kind), dims_of(operand.kind)
    return have is not None and have == want and all(length is not None for length in have)
