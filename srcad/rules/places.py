"""Rules for what makes an index, for `np.resize` and `np.partition`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from srcad import runtime
from srcad.kinds import (
    INT,
    UNKNOWN,
    Array,
    Kind,
    Length,
    ListOf,
    Scalar,
    TupleOf,
    dims_of,
    dtype_of,
)
from srcad.rules.call import Call, constant_value
from srcad.rules.registry import inactive, linear, rule
from srcad.rules.result_kinds import (
    always,
    array_kind,
    as_array_kind,
    same_kind,
    shape_of_operand,
)

_fn: Any

_POSITIONS = Array("int64", (None,))


def _resized_kind(call: Call) -> Kind:
    dtype = dtype_of(array_kind(call, "x"))
    return UNKNOWN if dtype is None else Array(dtype, shape_of_operand(call, "new_shape"))


linear(
    np.resize,
    "x, new_shape",
    dx="resize_pullback(g, x)",
    kind=_resized_kind,
    cost=1,
)
linear(
    runtime.resize_pullback,
    "y, x",
    dy="np.resize(g, np.shape(y))",
    kind=lambda call: array_kind(call, "x"),
    cost=1,
)
linear(
    runtime.pad_pullback,
    "y, x, pad_width, mode",
    dy="np.pad(g, pad_width, mode)",
    kind=lambda call: array_kind(call, "x"),
    cost=2,
)
linear(
    runtime.put_together,
    "values, x, axis",
    dvalues="taken_apart(g, values, x, axis)",
    cost=1,
)
linear(
    runtime.taken_apart,
    "y, values, x, axis",
    dy="put_together(g, x, axis)",
    kind=lambda call: array_kind(call, "values"),
    cost=1,
)
rule(
    np.partition,
    "x, kth, axis=-1, kind='introselect'",
    dx="unorder(g, x, out, axis)",
    tx="unorder(t, out, x, axis)",
    kind=lambda call: UNKNOWN if call.constant("axis") is None else array_kind(call, "x"),
    cost=3,
)
linear(
    runtime.unorder,
    "y, x, ordered, axis=-1",
    dy="unorder(g, ordered, x, axis)",
    kind=same_kind("y"),
    cost=3,
)

rule(
    runtime.with_imag,
    "z, imag",
    dz="np.real(g)",
    dimag="unbroadcast(-np.imag(g), imag)",
    tz="with_imag(t, 0.0)",
    timag="1j * spread(t, z)",
    kind=same_kind("z"),
    cost=1,
)


def _index_kind(call: Call) -> Kind:
    """An index with a part for each axis: numbers for one place, else arrays."""
    dims, index = dims_of(call.kind("a")), call.kind("index")
    if dims is None:
        return UNKNOWN
    if isinstance(index, Scalar):
        return TupleOf((INT,) * len(dims))
    given = index.dims if isinstance(index, Array) and index.dtype != "bool" else (None,)
    return TupleOf((Array("int64", given),) * len(dims))


def _diagonal_kind(call: Call) -> Kind:
    dims = dims_of(call.kind("a"))
    return UNKNOWN if dims is None else TupleOf((_POSITIONS,) * len(dims))


def _along_kind(call: Call) -> Kind:
    dims, indices = dims_of(call.kind("a")), call.kind("indices")
    if dims is None or not isinstance(indices, Array) or call.constant("axis") is None:
        return UNKNOWN
    part = replace(indices, dims=None)
    return TupleOf((part,) * len(dims))


inactive(runtime.flat_index, "a, index", kind=_index_kind, cost=1)
inactive(
    runtime.diagonal_index, "a, wrap=False", kind=_diagonal_kind, cost=1, reads_shape_only=True
)
inactive(runtime.along_index, "a, indices, axis=-1", kind=_along_kind, cost=1)
inactive(runtime.flat_places, "a, index", kind=always(_POSITIONS), cost=1)
inactive(runtime.turns, "places", kind=always(ListOf(_POSITIONS)), cost=2)


# Indices of NumPy's own making
def _nonzero_kind(call: Call) -> Kind:
    dims = dims_of(call.kind("x"))
    return TupleOf((_POSITIONS,) * len(dims)) if dims else UNKNOWN


def _grid_kind(call: Call) -> Kind:
    """`np.ix_(rows, columns)`: an array for each operand, each along an axis of its own."""
    count = len(call.rest)
    parts = []
    for place, (_, expr) in enumerate(call.rest):
        dtype = dtype_of(as_array_kind(expr.kind))
        if dtype is None:
            return UNKNOWN
        lengths: list[Length] = [1] * count
        lengths[place] = None
        parts.append(Array("int64" if dtype == "bool" else dtype, tuple(lengths)))
    return TupleOf(tuple(parts))


def _unraveled_kind(call: Call) -> Kind:
    shape = call.kind("shape")
    if not isinstance(shape, TupleOf):
        return UNKNOWN
    indices = as_array_kind(call.kind("indices"))
    part = INT if isinstance(indices, Scalar) else indices
    return TupleOf((part,) * len(shape.items)) if dtype_of(part) else UNKNOWN


def _corner_kind(call: Call) -> Kind:
    return TupleOf((_POSITIONS, _POSITIONS))


def _diagonal_places_kind(call: Call) -> Kind:
    rank = constant_value(call.expr("ndim"))
    return TupleOf((_POSITIONS,) * rank) if isinstance(rank, int) else UNKNOWN


inactive(np.nonzero, "x", kind=_nonzero_kind, cost=2)
inactive(np.flatnonzero, "x", kind=always(_POSITIONS), cost=2)
inactive(np.ix_, "*parts", kind=_grid_kind, cost=1)
inactive(np.unravel_index, "indices, shape, order='C'", kind=_unraveled_kind, cost=1)
for _fn in (np.tril_indices, np.triu_indices):
    inactive(_fn, "n, k=0, m=None", kind=_corner_kind, cost=1)
for _fn in (np.tril_indices_from, np.triu_indices_from):
    inactive(_fn, "arr, k=0", kind=_corner_kind, cost=1, reads_shape_only=True)
inactive(np.diag_indices, "n, ndim=2", kind=_diagonal_places_kind, cost=1)
inactive(np.diag_indices_from, "a", kind=_diagonal_kind, cost=1, reads_shape_only=True)
