"""Elements of an array that `np.where` does not take: they contribute nothing, whatever they are.

`np.where(a > 0, np.sqrt(a), x)` computes the root of negative elements as well. The cotangent of
the root is zero there, but zero times what is no number is none: the mask comes last.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass

from srcad.core import Const, Expr, Op
from srcad.kinds import Array, dims_of
from srcad.reverse.typing import typed
from srcad.rules import vocabulary as words

Active = Callable[[Expr], bool]


def masks_last(expr: Expr, arm: Expr, active: Active) -> bool:
    """Whether `arm` is an operand of `np.where` of which the derivative may be no number."""
    if not isinstance(expr, Op) or expr.fn is not words.WHERE or len(expr.args) != 3 or expr.kwargs:
        return False
    dims = dims_of(expr.kind)
    known = isinstance(expr.kind, Array) and dims is not None and None not in dims
    same = dims == dims_of(arm.kind) == dims_of(expr.args[0].kind)
    return known and same and _is_singular(arm, active)


def _is_singular(arm: Expr, active: Active) -> bool:
    """Whether there is more in it than sums, and products with constants."""
    if not isinstance(arm, Op) or not active(arm):
        return False
    plain = arm.fn in _SUMS or (
        arm.fn is operator.mul and any(isinstance(arg, Const) for arg in arm.args)
    )
    return not plain or any(_is_singular(arg, active) for arg in arm.args)


_SUMS = (operator.add, operator.sub, operator.neg, operator.pos)


@dataclass(frozen=True)
class Mask:
    """The elements that count: those where `test` holds, or where it does not."""

    test: Expr
    holds: bool

    def of(self, value: Expr) -> Expr:
        """`value` for the elements that count, zero for others."""
        arms = (value, words.ZERO) if self.holds else (words.ZERO, value)
        return typed(Op(words.WHERE, (self.test, *arms)))
