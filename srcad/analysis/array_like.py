"""Lists where NumPy takes them for arrays: `np.dot(a, [1.0, 2.0])`, `a * [1.0, 2.0]`; objects where
it takes them for arrays, or `math` for numbers.

They are written as what they are taken for. A formula for a derivative would otherwise multiply a
list.
"""

from __future__ import annotations

import math
import operator
from dataclasses import replace
from types import FunctionType
from typing import Any

import numpy as np

from srcad.core import Const, Expr, Method, Op
from srcad.kinds import Array, Kind, ListOf, ObjectOf, TupleOf

_ARITHMETIC = (
    *(operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.matmul),
    *(operator.floordiv, operator.mod),
)
# how many operands of a function are arrays, from the first on
_TAKERS: dict[Any, int] = {
    **dict.fromkeys((np.dot, np.inner, np.vdot, np.linalg.solve), 2),
    **dict.fromkeys((np.linalg.det, np.linalg.inv, np.linalg.slogdet, np.linalg.cholesky), 1),
}


def as_taken(op: Op) -> Op | None:
    """The operation with arrays in place of lists and objects; None where nothing changes."""
    if op.fn is np.array and _passes_on(op):
        kwargs = tuple((name, value) for name, value in op.kwargs if name != "copy")
        return replace(op, fn=np.asarray, kwargs=kwargs)
    if op.fn is pow and len(op.args) == 2 and _any_object(op):
        return replace(op, fn=operator.pow)
    change = _as_number if _takes_numbers(op) else _as_array
    count = len(op.args) if change is _as_number else _taken(op)
    made = tuple(map(change, op.args[:count]))
    if all(new is old for new, old in zip(made, op.args, strict=False)):
        return None
    return replace(op, args=(*made, *op.args[count:]))


def _passes_on(op: Op) -> bool:
    """Whether `np.array(a, copy=False)` gives the array itself."""
    copies = dict(op.kwargs).get("copy", Const(True))
    asked = not isinstance(copies, Const) or copies.value is True
    return not asked and len(op.args) == 1 and isinstance(op.args[0].kind, Array)


def _any_object(op: Op) -> bool:
    return any(isinstance(arg.kind, ObjectOf) for arg in op.args)


def _takes_numbers(op: Op) -> bool:
    """Whether a function makes numbers of its operands."""
    if op.fn is np.float64:
        return True
    of_math = getattr(op.fn, "__module__", None) == "math"
    return of_math and op.fn not in (math.floor, math.ceil, math.trunc)


def _as_number(arg: Expr) -> Expr:
    return Op(float, (arg,), origin=arg.origin) if _has(arg.kind, "__float__") else arg


def _has(kind: Kind, name: str) -> bool:
    """Whether an object has a method that is the user's own."""
    bases = kind.cls.__mro__ if isinstance(kind, ObjectOf) else ()
    return any(isinstance(vars(base).get(name), FunctionType) for base in bases)


def _taken(op: Op) -> int:
    """How many operands NumPy makes arrays of."""
    if op.fn in (np.array, np.asarray) and op.args and isinstance(op.args[0].kind, ObjectOf):
        return 1
    if isinstance(op.fn, np.ufunc):
        return op.fn.nin
    if isinstance(op.fn, Expr) or getattr(type(op.fn), "__hash__", None) is None:
        return 0
    if op.fn in _ARITHMETIC:
        return len(op.args) if any(isinstance(arg.kind, Array) for arg in op.args) else 0
    return _TAKERS.get(op.fn, 0)


def _is_sequence(kind: Kind) -> bool:
    return isinstance(kind, ListOf) or type(kind) is TupleOf


def _as_array(arg: Expr) -> Expr:
    if _has(arg.kind, "__array__"):
        return Op(Method("__array__"), (arg,), origin=arg.origin)
    return Op(np.array, (arg,), origin=arg.origin) if _is_sequence(arg.kind) else arg
