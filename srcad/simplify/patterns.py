"""Expressions that mathematics knows by one name, however they are spelled."""

from __future__ import annotations

import operator

from srcad.core import Const, Expr, Op
from srcad.simplify.products import build, gather


def is_zero(expr: Expr) -> bool:
    """Whether `expr` is a new zero, or an array of nothing else."""
    if isinstance(expr, Const):
        return type(expr.value) in (int, float) and expr.value == 0
    return isinstance(expr, Op) and getattr(expr.fn, "__name__", "") in ("zeros", "zeros_like")


def sigmoid_of(expr: Expr) -> Expr | None:
    """The `u` of which `expr` is the logistic function, else None.

    Known are `1 / (1 + exp(-u))`, in any order of the sum, and `exp(u) / (1 + exp(u))`. With
    `out` the value, the derivative is `(1 - out) * out`.
    """
    if not (isinstance(expr, Op) and expr.fn is operator.truediv):
        return None
    above, below = expr.args
    exponential = _beside_one(below)
    if exponential is None:
        return None
    if _is_one(above):
        return _opposite(exponential.args[0])
    return exponential.args[0] if above == exponential else None


def _beside_one(expr: Expr) -> Op | None:
    """The `exp(v)` of `1 + exp(v)`."""
    if not (isinstance(expr, Op) and expr.fn is operator.add):
        return None
    for one, other in (expr.args, expr.args[::-1]):
        if _is_one(one) and isinstance(other, Op) and _is_exp(other):
            return other
    return None


def _is_one(expr: Expr) -> bool:
    return isinstance(expr, Const) and type(expr.value) in (int, float) and expr.value == 1


def _is_exp(op: Op) -> bool:
    return getattr(op.fn, "__name__", "") == "exp" and len(op.args) == 1 and not op.kwargs


def _opposite(expr: Expr) -> Expr | None:
    """The `u` of a `-u`; for `-k * v` this is `k * v`."""
    product = gather(expr, lambda part: part)
    if product is None or product.sign > 0:
        return None
    product.sign = 1
    return build(product)
