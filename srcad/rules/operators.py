"""Rules for Python's operators, with NumPy's functions of the same meaning, and comparisons."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from srcad.errors import NoDerivative
from srcad.kinds import BOOL, UNKNOWN, Array, Kind, Scalar
from srcad.rules.call import NOT_CONSTANT, Call
from srcad.rules.registry import elementwise, inactive
from srcad.rules.result_kinds import (
    always,
    comparison_kind,
    elementwise_kind,
    is_sequence,
    operator_kind,
    power_kind,
)

_derivatives: Any
_fn: Any


def _concatenates(call: Call) -> bool:
    kinds = [call.kind(name) for name in "xy"]
    if call.fn is operator.add and any(map(is_sequence, kinds)) and UNKNOWN in kinds:
        raise NoDerivative(
            "whether this joins two sequences or adds their items shows only at run time",
            "Collect the items in a list with `append`, or make arrays of both",
            call.op.origin,
        )
    return call.fn is operator.add and all(map(is_sequence, kinds))


def _add_dx(call: Call) -> str:
    return "g[:len(x)]" if _concatenates(call) else "1"


def _add_dy(call: Call) -> str:
    return "g[len(x):]" if _concatenates(call) else "1"


def _add_tx(call: Call) -> str:
    return "t + zeros_like_tree(y)" if _concatenates(call) else "1"


def _add_ty(call: Call) -> str:
    return "zeros_like_tree(x) + t" if _concatenates(call) else "1"


def _repeats(call: Call, name: str) -> bool:
    """Whether the operand `name` of a `*` is a sequence, which the other repeats."""
    return call.fn is operator.mul and is_sequence(call.kind(name))


def _multiply_dx(call: Call) -> str:
    return "repeats_summed(g, x)" if _repeats(call, "x") else "y"


def _multiply_dy(call: Call) -> str:
    return "repeats_summed(g, y)" if _repeats(call, "y") else "x"


def _multiply_tx(call: Call) -> str:
    return "t * y" if _repeats(call, "x") else "y"


def _multiply_ty(call: Call) -> str:
    return "x * t" if _repeats(call, "y") else "x"


def _is_one(value: Any) -> bool:
    return isinstance(value, int | float) and value == 1


def _divide_dy(call: Call) -> str:
    return "-out * out" if _is_one(call.constant("x")) else "-g * out / y"


def _power_dx(call: Call) -> str | None:
    """The slope in the base, in the shortest form for a known exponent."""
    n = call.constant("y")
    if n is NOT_CONSTANT:
        if isinstance(call.kind("y"), Scalar):
            return "y * x ** (y - 1 if y else 1)"
        known = isinstance(call.kind("y"), Array)
        return "y * x ** np.where(y, y - 1, 1)" if known else "y * x ** lowered(y)"
    if n == 0:
        return None
    if isinstance(n, complex):
        return "y * x ** (y - 1)"
    special = {1: "1", 2: "2 * x", 0.5: "0.5 * g / out", -1: "-out * out"}
    if n in special:
        return special[n]
    return f"{n!r} * x" if n == 2 else f"{n!r} * x ** {n - 1!r}"


def _power_dy(call: Call) -> str:
    """The slope in the exponent; 0 where the base is 0."""
    base = call.constant("x")
    if isinstance(base, int | float) and base > 0:
        return "out * math.log(x)"
    return "out * log_or_zero(x)"


# Python's operators, whose results on Python's numbers are Python's numbers.
for _operators, _spec, _derivatives in [
    ((operator.sub, np.subtract), "x, y", {"dx": "1", "dy": "-1"}),
    (
        (operator.mul, np.multiply),
        "x, y",
        {"dx": _multiply_dx, "dy": _multiply_dy, "tx": _multiply_tx, "ty": _multiply_ty},
    ),
    ((operator.truediv, np.divide), "x, y", {"dx": "g / y", "dy": _divide_dy}),
    ((operator.mod, np.remainder), "x, y", {"dx": "1", "dy": "-(x // y)"}),
    ((operator.neg, np.negative), "x", {"dx": "-1"}),
    ((operator.pos, np.positive), "x", {"dx": "1"}),
]:
    elementwise(*_operators, _spec, kind=operator_kind, cost=1, **_derivatives)

elementwise(
    operator.add,
    np.add,
    "x, y",
    dx=_add_dx,
    dy=_add_dy,
    tx=_add_tx,
    ty=_add_ty,
    kind=operator_kind,
    cost=1,
)
elementwise(operator.pow, np.power, "x, y", dx=_power_dx, dy=_power_dy, kind=power_kind)
elementwise(pow, "x, y", dx=_power_dx, dy=_power_dy, kind=power_kind)
elementwise(math.pow, "x, y", dx=_power_dx, dy=_power_dy)
elementwise(np.float_power, "x, y", dx=_power_dx, dy=_power_dy, kind=elementwise_kind)

for _fn in (operator.floordiv, np.floor_divide):
    inactive(_fn, "x, y", kind=operator_kind, cost=1)
for _fn in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne):
    inactive(_fn, "x, y", kind=comparison_kind, cost=1)
for _fn in (np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal):
    inactive(_fn, "x, y", kind=elementwise_kind, cost=1)
for _fn in (operator.is_, operator.is_not, operator.contains):
    inactive(_fn, "x, y", kind=always(BOOL), cost=1)
inactive(operator.not_, "x", kind=always(BOOL), cost=1)


def _bits_kind(call: Call) -> Kind:
    """Of numbers and arrays only: sets have these operators too."""
    known = all(isinstance(call.kind(name), Array | Scalar) for name in call.operands)
    return elementwise_kind(call) if known else Kind()


for _fn in (operator.and_, operator.or_, operator.xor, operator.lshift, operator.rshift):
    inactive(_fn, "x, y", kind=_bits_kind, cost=1)
for _fn in (np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.left_shift, np.right_shift):
    inactive(_fn, "x, y", kind=elementwise_kind, cost=1)
inactive(operator.invert, "x", kind=_bits_kind, cost=1)
inactive(np.invert, "x", kind=elementwise_kind, cost=1)
for _fn in (np.logical_and, np.logical_or, np.logical_xor):
    inactive(_fn, "x, y", kind=elementwise_kind, cost=1)
inactive(np.logical_not, "x", kind=elementwise_kind, cost=1)
