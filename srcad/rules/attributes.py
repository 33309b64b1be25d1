"""Rules for the attributes of arrays and numbers, and for `np.shape` and its like."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from srcad.core import Method
from srcad.kinds import (
    FLOAT,
    INT,
    UNKNOWN,
    Array,
    ConstOf,
    Inert,
    Kind,
    Length,
    ListOf,
    Scalar,
    dims_of,
    dtype_of,
)
from srcad.rules.call import Call
from srcad.rules.functions import conj_dx, imag_dx, imag_tx, real_dx
from srcad.rules.registry import Attribute, elementwise, inactive, linear, rule
from srcad.rules.result_kinds import (
    Dims,
    always,
    array_kind,
    part_kind,
    same_kind,
    shape_kind,
    size_kind,
    total_length,
    with_dims,
)

_fn: Any

# What is read of an array's form
_FORM: dict[str, Any] = {"cost": 0, "reads_shape_only": True}


def _shape_kind(call: Call) -> Kind:
    return shape_kind(dims_of(array_kind(call, "x")))


def _size_kind(call: Call) -> Kind:
    return size_kind(total_length(dims_of(array_kind(call, "x"))))


def _dtype_kind(call: Call) -> Kind:
    dtype = dtype_of(call.kind("x"))
    return Inert("dtype") if dtype is None or dtype == "object" else ConstOf(np.dtype(dtype))


inactive(Attribute("shape"), "x", kind=_shape_kind, **_FORM)
inactive(np.shape, "x", kind=_shape_kind, **_FORM)
inactive(Attribute("size"), "x", kind=_size_kind, **_FORM)
for _fn in (Attribute("ndim"), np.ndim, Attribute("itemsize"), Attribute("nbytes")):
    inactive(_fn, "x", kind=always(INT), **_FORM)
inactive(Attribute("dtype"), "x", kind=_dtype_kind, **_FORM)
inactive(np.iscomplexobj, np.isrealobj, np.isscalar, kind=always(Scalar("bool")), **_FORM)
inactive(np.result_type, np.finfo, np.iinfo, **_FORM)


# Views
def _reversed(call: Call, dims: tuple[Length, ...]) -> Dims:
    return dims[::-1]


def _real_kind(call: Call) -> Kind:
    """The kind of `x.real`; the parts of a number of Python's are numbers of Python's."""
    kind = part_kind(call)
    return replace(kind, size=None) if isinstance(kind, Scalar) else kind


linear(Attribute("T"), "x", dx="g.T", kind=with_dims(_reversed), cost=0, view=True)
elementwise(Attribute("real"), "x", dx=real_dx, tx="t.real", kind=_real_kind, cost=0, view=True)
_IMAG: dict[str, Any] = {"kind": _real_kind, "cost": 0, "view": True, "turned": True}
elementwise(Attribute("imag"), "x", dx=imag_dx, tx=imag_tx, **_IMAG)
for _name in ("conj", "conjugate"):
    elementwise(Method(_name), "x", dx=conj_dx, tx="np.conj(t)", kind=same_kind(), cost=1)


# Methods that do not pass derivatives on, or write
def _numbers_kind(call: Call) -> Kind:
    x = call.kind("x")
    known = isinstance(x, Array) and x.rank == 1 and np.dtype(x.dtype).kind == "f"
    return ListOf(FLOAT) if known else UNKNOWN


linear(Method("tolist"), "x", dx="np.asarray(g)", kind=_numbers_kind, cost=1)
for _name in ("sort", "partition"):
    rule(
        Method(_name),
        "x, *options, axis=-1, kind=None, order=None, stable=None",
        kind=always(Inert("NoneType")),
        writes=(0,),
        effect=True,
    )
rule(
    Method("put"),
    "x, *options, mode=None",
    kind=always(Inert("NoneType")),
    writes=(0,),
    effect=True,
)
rule(Method("fill"), "x, value", kind=always(Inert("NoneType")), writes=(0,), effect=True)


def _rounded_kind(call: Call) -> Kind:
    kind = array_kind(call, "x")
    if isinstance(kind, Scalar):
        return (
            replace(kind, weak=False, size=None) if np.dtype(kind.dtype).kind in "fc" else UNKNOWN
        )
    return kind if isinstance(kind, Array) and kind.dims != () else UNKNOWN


for _fn in (np.round, np.around, Method("round")):
    inactive(_fn, "x, decimals=0, out=None", kind=_rounded_kind, cost=1)
