"""Lists where NumPy takes them for arrays: `np.dot(a, [1.0, 2.0])`, `a * [1.0, 2.0]`.

They are written as arrays. A formula for a derivative would otherwise multiply a list.
"""

from __future__ import annotations

import operator
from dataclasses import replace
from typing import Any

import numpy as np

from srcad.core import Expr, Op
from srcad.kinds import Array, Kind, ListOf, TupleOf

_ARITHMETIC = (
    *(operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.matmul),
    *(operator.floordiv, operator.mod),
)
# how many operands of a function are arrays, from the first on
_TAKERS: dict[Any, int] = {
    **dict.fromkeys((np.dot, np.inner, np.vdot, np.linalg.solve), 2),
    **dict.fromkeys((np.linalg.det, np.linalg.inv, np.linalg.slogdet, np.linalg.cholesky), 1),
}


def with_arrays(op: Op) -> Op | None:
    """The operation with arrays in place of lists; None where nothing changes."""
    count = _taken(op)
    if not count or not any(_is_sequence(arg.kind) for arg in op.args[:count]):
        return None
    made = tuple(map(_as_array, op.args[:count]))
    return replace(op, args=(*made, *op.args[count:]))


def _taken(op: Op) -> int:
    """How many operands NumPy makes arrays of."""
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
    return Op(np.array, (arg,), origin=arg.origin) if _is_sequence(arg.kind) else arg
