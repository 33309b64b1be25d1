"""Expressions known as one: the sigmoid."""

from __future__ import annotations

import operator

from srcad.core import Const, Expr, Op
from srcad.rules.vocabulary import EXPONENTIALS


def sigmoid_of(expr: Expr) -> Expr | None:
    """The argument u where `expr` is `1 / (1 + exp(-u))` or `exp(u) / (1 + exp(u))`, else None."""
    if not (isinstance(expr, Op) and expr.fn is operator.truediv and len(expr.args) == 2):
        return None
    top, bottom = expr.args
    raised = _one_plus(bottom)
    if not isinstance(raised, Op) or raised.fn not in EXPONENTIALS or len(raised.args) != 1:
        return None
    inner = raised.args[0]
    if top == raised:
        return inner
    negated = isinstance(inner, Op) and inner.fn is operator.neg
    return inner.args[0] if _is_one(top) and negated and isinstance(inner, Op) else None


def _one_plus(expr: Expr) -> Expr | None:
    """What is added to 1 in `expr`."""
    if isinstance(expr, Op) and expr.fn is operator.add and len(expr.args) == 2:
        for one, other in (expr.args, expr.args[::-1]):
            if _is_one(one):
                return other
    return None


def _is_one(expr: Expr) -> bool:
    return isinstance(expr, Const) and type(expr.value) in (int, float) and expr.value == 1
