"""Rules for copies, and for conversions between types."""

from __future__ import annotations

from typing import Any

import numpy as np

from srcad.core import Method
from srcad.errors import NoDerivative
from srcad.kinds import (
    UNKNOWN,
    Array,
    Kind,
    Scalar,
    dims_of,
    dtype_of,
    is_inexact,
    is_unknown,
)
from srcad.rules.call import Call
from srcad.rules.registry import Lazy, elementwise, inactive, linear
from srcad.rules.result_kinds import (
    array_kind,
    dtype_name,
    same_kind,
)

_fn: Any
_type: Any


def _copied_kind(call: Call) -> Kind:
    kind = call.kind("x")
    if isinstance(kind, Array):
        return kind
    operand = array_kind(call, "x")
    if not isinstance(operand, Array | Scalar):
        return UNKNOWN
    return Array(operand.dtype, dims_of(operand))


def _converted_kind(call: Call) -> Kind:
    result = _copied_kind(call)
    if "dtype" not in call.given or call.constant("dtype") is None:
        return result
    dtype = dtype_name(call, "dtype")
    return UNKNOWN if dtype is None else Array(dtype, dims_of(array_kind(call, "x")))


def _cast_kind(call: Call) -> Kind:
    operand, dtype = call.kind("x"), dtype_name(call, "dtype")
    if dtype is None or not isinstance(operand, Array | Scalar):
        return UNKNOWN
    return Array(dtype, operand.dims) if isinstance(operand, Array) else Scalar(dtype, False)


def _cast_dx(call: Call) -> str | None:
    """Nothing passes through a cast to an integer type; a cast to a real one drops the rest."""
    dtype = dtype_name(call, "dtype") if "dtype" in call.given else None
    if dtype == "object":
        raise NoDerivative(
            "no derivative passes into an array of objects",
            "Keep the values in a list, or in an array of floats",
            call.op.origin,
        )
    if dtype is not None and not is_inexact(dtype):
        return None
    if is_unknown(call.kind("x")):
        return "shadow_from(g, x)"  # the adjoint of a list is a list
    kind = call.kind("x")
    if isinstance(kind, Array) and dtype not in (None, kind.dtype) and _are_floats(kind, dtype):
        return "g.astype(x.dtype)"
    return Lazy("g") if isinstance(kind, Array | Scalar) else "g"


def _are_floats(kind: Array, dtype: str | None) -> bool:
    return np.dtype(kind.dtype).kind == "f" and np.dtype(dtype).kind == "f"


def _with_axes_kind(call: Call) -> Kind:
    """These give a number an axis."""
    result = _converted_kind(call)
    return Array(result.dtype, result.dims or (1,)) if isinstance(result, Array) else UNKNOWN


def _with_axes_dx(call: Call) -> str | None:
    return "np.sum(g)" if isinstance(call.kind("x"), Scalar) else _cast_dx(call)


# of `np.array([a, b])` the items of the cotangent are the cotangents of the items
_ARRAY = "x, dtype=None, *, copy=True, order=None, ndmin=0"
linear(np.array, _ARRAY, dx=_cast_dx, kind=_converted_kind, cost=1)
for _fn in (np.asarray, np.asanyarray):
    linear(
        _fn,
        "x, dtype=None, order=None",
        dx=_cast_dx,
        kind=_converted_kind,
        cost=0,
        view=True,
    )
for _fn in (np.ascontiguousarray, np.asfortranarray):
    linear(
        _fn,
        "x, dtype=None",
        dx=_with_axes_dx,
        kind=_with_axes_kind,
        cost=0,
        view=True,
    )
linear(np.copy, "x, order=None", dx=lambda call: Lazy("g"), kind=_copied_kind, cost=1)
linear(Method("copy"), "x, order=None", dx=lambda call: Lazy("g"), kind=same_kind(), cost=1)
linear(Method("astype"), "x, dtype, *, copy=True", dx=_cast_dx, kind=_cast_kind, cost=1)


def _number_kind(call: Call) -> Kind:
    dtype = dtype_of(call.kind("x"))
    names = {"f": "float64", "c": "complex128", "i": "int64", "u": "int64", "b": "bool"}
    return UNKNOWN if dtype is None else Scalar(names[np.dtype(dtype).kind])


def _item_dx(call: Call) -> str:
    if call.rest:
        flat = "np.ravel_multi_index(index, np.shape(x))" if len(call.rest) > 1 else "index[0]"
        return f"take_pullback(g, x, {flat})"
    return "g" if isinstance(call.kind("x"), Scalar) else "np.full_like(x, g)"


linear(Method("item"), "x, *index", dx=_item_dx, kind=_number_kind, cost=0)


def _type_kind(call: Call) -> Kind:
    """The kind of `np.float64(x)`, of an array too."""
    dims = dims_of(array_kind(call, "x"))
    dtype = str(np.dtype(call.fn))
    if dims is None:
        return UNKNOWN
    return Array(dtype, dims) if dims else Scalar(dtype, weak=False)


for _type in (np.float64, np.float32, np.float16, np.complex64, np.complex128, np.longdouble):
    elementwise(_type, "x", dx="1", kind=_type_kind, cost=0)
for _type in (np.int64, np.int32, np.int16, np.int8, np.uint8, np.bool_, np.intp):
    inactive(_type, "x", kind=_type_kind, cost=0)
