"""Rules for functions that make arrays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from srcad.kinds import INT, UNKNOWN, Array, Inert, Kind, dims_of, dtype_of
from srcad.rules.call import Call, length_of, operand_kind
from srcad.rules.registry import inactive, linear, opaque, rule
from srcad.rules.result_kinds import (
    always,
    array_kind,
    dtype_name,
    shape_of_operand,
)

_fn: Any


def _dtype(call: Call, default: str = "float64") -> str | None:
    given = "dtype" in call.given and call.constant("dtype") is not None
    return dtype_name(call, "dtype") if given else default


def _made_kind(call: Call) -> Kind:
    dtype = _dtype(call)
    return UNKNOWN if dtype is None else Array(dtype, shape_of_operand(call, "shape"))


def _like_kind(call: Call) -> Kind:
    """The lengths and, if no other is asked for, the dtype of `x`."""
    operand = array_kind(call, "x")
    own = dtype_of(operand)
    dtype = _dtype(call, own) if own is not None else None
    if dtype is None:
        return UNKNOWN
    dims = dims_of(operand)
    if "shape" in call.given and call.constant("shape") is not None:
        dims = shape_of_operand(call, "shape")
    return Array(dtype, dims)


for _fn in (np.zeros, np.ones, np.empty):
    inactive(_fn, "shape, dtype=None, order='C'", kind=_made_kind, cost=1)
for _fn in (np.zeros_like, np.ones_like, np.empty_like):
    inactive(
        _fn,
        "x, dtype=None, order='K', subok=True, shape=None",
        kind=_like_kind,
        cost=1,
        reads_shape_only=True,
    )


def _full_kind(call: Call) -> Kind:
    value = array_kind(call, "fill_value")
    own = dtype_of(value)
    dtype = None if own is None else _dtype(call, own)
    return UNKNOWN if dtype is None else Array(dtype, shape_of_operand(call, "shape"))


def _fill_pullback(call: Call) -> str:
    return "np.sum(g)" if call.dims("fill_value") == () else "unbroadcast(g, fill_value)"


linear(
    np.full,
    "shape, fill_value, dtype=None",
    dfill_value=_fill_pullback,
    kind=_full_kind,
    cost=1,
)
linear(
    np.full_like,
    "x, fill_value, dtype=None",
    dfill_value=_fill_pullback,
    kind=_like_kind,
    cost=1,
)


def _eye_kind(call: Call) -> Kind:
    dtype, rows = _dtype(call), length_of(call.expr("N"))
    square = call.constant("M") is None
    columns = rows if square else length_of(call.expr("M"))
    return UNKNOWN if dtype is None else Array(dtype, (rows, columns))


inactive(np.eye, "N, M=None, k=0, dtype=None", kind=_eye_kind, cost=1)


def _identity_kind(call: Call) -> Kind:
    dtype, rows = _dtype(call), length_of(call.expr("N"))
    return UNKNOWN if dtype is None else Array(dtype, (rows, rows))


inactive(np.identity, "N, dtype=None", kind=_identity_kind, cost=1)


def _arange_kind(call: Call) -> Kind:
    """`np.arange(n)` has n elements; other forms compute their length."""
    operands = [expr for _, expr in call.rest]
    dtypes = [dtype_of(operand_kind(expr)) for expr in operands]
    if None in dtypes or call.given.get("dtype"):
        return Array(str(dtype_name(call, "dtype")), (None,)) if "dtype" in call.given else UNKNOWN
    dtype = str(np.result_type(*[str(dtype) for dtype in dtypes]))
    whole = len(operands) == 1 and np.dtype(dtype).kind == "i"
    return Array(dtype, (length_of(operands[0]) if whole else None,))


def _arange_start(call: Call, place: int) -> str | None:
    """Start + i * step: every element moves with the start; the stop only says how many."""
    if place == 0 and len(call.rest) > 1:
        return "np.sum(g)"
    return "np.sum(np.arange(len(g)) * g)" if place == 2 else None


def _arange_tangent(call: Call, place: int) -> str | None:
    if place == 0 and len(call.rest) > 1:
        return "np.full(len(out), t)"
    return "np.arange(len(out)) * t" if place == 2 else None


rule(
    np.arange,
    "*bounds, dtype=None",
    dbounds=_arange_start,
    tbounds=_arange_tangent,
    kind=_arange_kind,
    cost=1,
)


def _linspace_kind(call: Call) -> Kind:
    ends = [array_kind(call, name) for name in ("start", "stop")]
    if not all(dims_of(kind) == () for kind in ends) or "dtype" in call.given:
        return UNKNOWN
    dtypes = [str(dtype_of(kind)) for kind in ends]
    dtype = str(np.result_type(*dtypes, "float64"))
    return Array(dtype, (length_of(call.expr("num")),))


_RISE = "np.linspace(0.0, 1.0, num, endpoint)"
_FALL = f"(1.0 - {_RISE})"
rule(
    np.linspace,
    "start, stop, num=50, endpoint=True, *, dtype=None",
    dstart=f"np.sum({_FALL} * g)",
    dstop=f"np.sum({_RISE} * g)",
    tstart=f"{_FALL} * t",
    tstop=f"{_RISE} * t",
    kind=_linspace_kind,
    cost=1,
)


def _no_result(call: Call) -> Kind:
    return Inert("NoneType")


# What these write into an array that can carry derivatives is a store; see `in_place`
for _fn in (np.copyto, np.put, np.place, np.putmask, np.fill_diagonal, np.put_along_axis):
    rule(
        _fn,
        "x, *values, mode=None, where=None, axis=None, wrap=None, casting=None",
        kind=_no_result,
        writes=(0,),
        effect=True,
    )
rule(np.add.at, "x, *values", kind=_no_result, writes=(0,), effect=True)


# Random draws are executed exactly as the user wrote them
def _random_kind(call: Call) -> Kind:
    lengths = [length_of(expr) for _, expr in call.rest]
    return Array("float64", tuple(lengths)) if lengths else replace(INT, dtype="float64")


for _fn in (np.random.rand, np.random.randn):
    inactive(_fn, kind=_random_kind, effect=True)
for _fn in (np.random.seed, np.random.randint, np.random.random):
    inactive(_fn, effect=True)
inactive(np.random.default_rng, kind=always(Inert("Generator")), effect=True)
opaque(np.random.normal, np.random.uniform, np.random.choice, np.random.permutation, effect=True)
rule(np.random.shuffle, "x", kind=_no_result, writes=(0,), effect=True)

inactive(np.indices, np.tri, cost=1)
inactive(np.seterr, np.errstate, np.set_printoptions, effect=True)
opaque(np.unique, np.histogram, np.bincount)
