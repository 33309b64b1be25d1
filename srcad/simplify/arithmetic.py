"""Making arithmetic nodes: their kinds, and the numbers among them."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

from srcad import kinds
from srcad.analysis.annotate import expr_kind, kind_of_call, with_kind
from srcad.core import Const, Dict, Expr, List, Op, Slice, Tuple, Verbatim, rewrite
from srcad.kinds import UNKNOWN, Array, Scalar, is_unknown

Number = int | float

_TESTS = frozenset(
    {
        operator.lt,
        operator.le,
        operator.gt,
        operator.ge,
        operator.eq,
        operator.ne,
        operator.not_,
        operator.is_,
        operator.is_not,
        operator.contains,
    }
)
_LONGEST_INTEGER = 2**53


def typed(expr: Expr) -> Expr:
    """`expr` with the kinds that follow from those of its parts."""

    def with_its_kind(node: Expr) -> Expr | None:
        return with_kind(node, expr_kind(node, {})) if node.kind == UNKNOWN else None

    return rewrite(expr, with_its_kind)


def make(fn: Callable[..., Any], *args: Expr) -> Op:
    """An operator applied to operands, with its kind."""
    op = Op(fn, args)
    return replace(op, kind=kind_of_call(op))


def chain(fn: Callable[..., Any], parts: Sequence[Expr]) -> Expr:
    """`a fn b fn c`, grouped from the left."""
    return reduce(lambda left, right: make(fn, left, right), parts)


def constant(value: Number) -> Const:
    """A number as an expression."""
    return Const(value, kind=kinds.FLOAT if isinstance(value, float) else kinds.INT)


def number_of(expr: Expr) -> Number | None:
    """The value of a finite real literal, else None."""
    if isinstance(expr, Const) and type(expr.value) in (int, float) and math.isfinite(expr.value):
        value: Number = expr.value
        return value
    return None


def folded(fn: Callable[..., Any], *numbers: Number) -> Number | None:
    """The number that an operator gives, None where it is better left to the program."""
    if fn is operator.pow and not _is_small_power(*numbers):
        return None
    try:
        result = fn(*numbers)
    except (ArithmeticError, TypeError, ValueError):
        return None
    if type(result) not in (int, float) or not math.isfinite(result):
        return None
    if isinstance(result, int):
        return result if abs(result) <= _LONGEST_INTEGER else None
    underflow = result == 0 and fn in (operator.mul, operator.truediv) and numbers[0] * 1.0 != 0
    return None if underflow and numbers[1] != 0 else rounded(result)


def _is_small_power(base: Number, exponent: Number) -> bool:
    return isinstance(exponent, int) and 0 <= exponent <= 8 and abs(base) <= 1024


def rounded(value: float) -> float:
    """`value`, or a shorter decimal a bit or two in the last place away (0.1 * 3 is 0.3)."""
    short = float(f"{value:.15g}")
    shorter = len(repr(short)) < len(repr(value)) - 3
    return short if shorter and abs(short - value) <= 2 * math.ulp(value) else value


def is_boolean(expr: Expr) -> bool:
    """Whether the value is a truth value or an array of them: `-` is not for those."""
    if isinstance(expr, Const):
        return isinstance(expr.value, bool)
    dtype = kinds.dtype_of(expr.kind)
    if dtype is not None:
        return dtype == "bool"
    return isinstance(expr, Op) and _hashable(expr.fn) and expr.fn in _TESTS


def is_exact(expr: Expr) -> bool:
    """Whether the value is certainly of integers or truth values."""
    if isinstance(expr, Const):
        return isinstance(expr.value, int)
    dtype = kinds.dtype_of(expr.kind)
    if dtype is not None:
        return dtype != "object" and not kinds.is_inexact(dtype)
    return is_boolean(expr)


def is_inexact(expr: Expr) -> bool:
    """Whether the value is certainly a float or complex, or an array of them."""
    dtype = kinds.dtype_of(expr.kind)
    return dtype is not None and dtype != "object" and kinds.is_inexact(dtype)


def is_number(expr: Expr) -> bool:
    """Whether arithmetic on the value is that of numbers, not of lists or strings."""
    if isinstance(expr, Const):
        return type(expr.value) in (int, float, complex, bool)
    if isinstance(expr, List | Tuple | Dict | Slice | Verbatim):
        return False
    return isinstance(expr.kind, Scalar | Array) or is_unknown(expr.kind)


def is_certain_number(expr: Expr) -> bool:
    """Whether the value is known to be a number or an array."""
    return is_number(expr) and isinstance(expr.kind, Scalar | Array)


def is_scalar(expr: Expr) -> bool:
    """Whether the value is certainly one number."""
    return kinds.is_scalar(expr.kind) or isinstance(expr, Const)


def _hashable(fn: object) -> bool:
    return getattr(type(fn), "__hash__", None) is not None
