"""Rules for NumPy's averages, differences, interpolation, convolution and grids."""

from __future__ import annotations

from typing import Any

import numpy as np

from srcad import runtime
from srcad.kinds import UNKNOWN, Array, Kind, Scalar, TupleOf, dims_of, dtype_of
from srcad.rules.call import Call, operand_kind
from srcad.rules.reductions import mean_dx, over, spread_over
from srcad.rules.registry import elementwise, inactive, linear, rule
from srcad.rules.result_kinds import (
    array_kind,
    reduction_kind,
    same_kind,
    sum_lengths,
    total_length,
)


# Averages
def _average_dx(call: Call) -> str:
    if call.constant("weights") is None:
        return mean_dx(call)
    return over(call, f"G * {_SHARE}")


_WEIGHTS = "align_weights(weights, x, axis)"
_SHARE = f"({_WEIGHTS} / np.sum(weights))"


def _average_dweights(call: Call) -> str | None:
    if call.constant("weights") is None:
        return None
    centred = f"(x - {spread_over(call, 'out')})"
    total = f"{spread_over(call)} * {centred} / np.sum(weights)"
    return f"unbroadcast({total}, {_WEIGHTS}).reshape(np.shape(weights))"


def _average_tx(call: Call) -> str:
    return "np.average(t, axis, weights)"


def _average_tweights(call: Call) -> str | None:
    if call.constant("weights") is None:
        return None
    centred = f"(x - {spread_over(call, 'out')})"
    return f"np.sum(align_weights(t, x, axis) * {centred}, axis=axis) / np.sum(weights)"


rule(
    np.average,
    "x, axis=None, weights=None",
    dx=_average_dx,
    tx=_average_tx,
    dweights=_average_dweights,
    tweights=_average_tweights,
    kind=reduction_kind(np.average),
)
inactive(runtime.align_weights, runtime.median_weights, cost=1)


def _median_dx(call: Call) -> str:
    return over(call, "G * median_weights(x, axis)")


def _nanmean_dx(call: Call) -> str:
    g = spread_over(call, "(g / np.sum(~np.isnan(x), axis=axis))")
    return f"np.where(np.isnan(x), 0.0, {g})"


rule(
    np.median,
    "x, axis=None",
    dx=_median_dx,
    tx="np.sum(t * median_weights(x, axis), axis=axis)",
    kind=reduction_kind(np.median),
)
rule(
    np.nanmean,
    "x, axis=None",
    dx=_nanmean_dx,
    tx="np.mean(t, axis=axis, where=~np.isnan(x))",
    kind=reduction_kind(np.mean),
)
elementwise(np.nan_to_num, "x", dx="np.where(np.isfinite(x), g, 0.0)", cost=1)


# Integrals and differences
def _trapezoid_dy(call: Call) -> str:
    weights = "trapezoid_weights(np.size(y, -1), x, dx)"
    return f"g * {weights}" if call.rank("y") == 1 else f"np.expand_dims(g, -1) * {weights}"


def _trapezoid_kind(call: Call) -> Kind:
    y = array_kind(call, "y")
    if not isinstance(y, Array) or y.dims is None or y.dtype != "float64":
        return UNKNOWN
    return Array(y.dtype, y.dims[:-1]) if len(y.dims) > 1 else Scalar(y.dtype, weak=False)


def _gradient_kind(call: Call) -> Kind:
    x = array_kind(call, "x")
    return x if isinstance(x, Array) and x.rank == 1 and x.dtype == "float64" else UNKNOWN


linear(
    getattr(np, "trapezoid", None) or np.trapz,  # type: ignore[attr-defined]
    "y, x=None, dx=1.0",
    dy=_trapezoid_dy,
    ddx="np.sum(g * out) / dx",
    tdx="t * out / dx",
    ty="np.sum(t * trapezoid_weights(np.size(y, -1), x, dx), axis=-1)",
    kind=_trapezoid_kind,
)
inactive(runtime.trapezoid_weights, cost=1)
linear(
    np.gradient,
    "x, h=1.0",
    dx="gradient_pullback(g, h)",
    dh="-np.sum(g * out) / h",
    th="-t * out / h",
    kind=_gradient_kind,
)
linear(runtime.gradient_pullback, "g_, h", dg_="np.gradient(g, h)", kind=same_kind("g_"))


def _ediff_kind(call: Call) -> Kind:
    x = array_kind(call, "x")
    length = sum_lengths([total_length(dims_of(x)), -1])
    return Array(x.dtype, (length,)) if isinstance(x, Array) and x.dtype != "bool" else UNKNOWN


linear(
    np.ediff1d,
    "x",
    dx="np.reshape(-np.diff(g, prepend=0.0, append=0.0), np.shape(x))",
    kind=_ediff_kind,
)


# Interpolation
def _interp_kind(call: Call) -> Kind:
    x = call.kind("x")
    if isinstance(x, Array) and x.dims and dtype_of(array_kind(call, "fp")) == "float64":
        return Array("float64", x.dims)
    known = isinstance(x, Scalar) and dtype_of(array_kind(call, "fp")) == "float64"
    return Scalar("float64", weak=False) if known else UNKNOWN


rule(
    np.interp,
    "x, xp, fp",
    dx="g * interp_slope(x, xp, fp)",
    tx="t * interp_slope(x, xp, fp)",
    dfp="np.tensordot(g, interp_weights(x, xp), np.ndim(x))",
    tfp="np.interp(x, xp, t)",
    dxp="-np.tensordot(g * interp_slope(x, xp, fp), interp_weights(x, xp), np.ndim(x))",
    txp="-interp_slope(x, xp, fp) * np.interp(x, xp, t)",
    kind=_interp_kind,
)
inactive(runtime.interp_weights, runtime.interp_slope)


# Convolution and grids
def _convolve_kind(call: Call) -> Kind:
    dtypes = [dtype_of(array_kind(call, name)) for name in "av"]
    if None in dtypes or "object" in dtypes:
        return UNKNOWN
    return Array(str(np.result_type(*map(str, dtypes))), (None,))


linear(
    np.convolve,
    "a, v, mode='full'",
    da="convolve_pullback(g, v, len(a), mode)",
    dv="convolve_pullback(g, a, len(v), mode)",
    kind=_convolve_kind,
    cost=3,
)


linear(
    runtime.convolve_pullback,
    "y, other, size, mode='full'",
    dy="np.convolve(g, other, mode)",
    dother="convolve_pullback(y, g, len(other), mode)",
    cost=3,
)


def _grid_tangent(call: Call, place: int) -> str:
    names = ["t" if i == place else f"np.zeros_like(xs[{i}])" for i in range(len(call.rest))]
    return f"np.meshgrid({', '.join(names)}, indexing=indexing)"


def _grid_pullback(call: Call, place: int) -> str:
    return f"meshgrid_pullback(g[{place}], {place}, indexing)"


def _grid_kind(call: Call) -> Kind:
    kinds: list[Any] = [operand_kind(expr) for _, expr in call.rest]
    if not isinstance(np.meshgrid(1.0), tuple) or not all(isinstance(k, Array) for k in kinds):
        return UNKNOWN
    lengths = [kind.dims[0] if kind.rank == 1 else None for kind in kinds]
    if call.constant("indexing") == "xy" and len(lengths) > 1:
        lengths[:2] = lengths[1::-1]
    elif call.constant("indexing") != "ij":
        lengths = [None] * len(kinds)
    return TupleOf(tuple(Array(kind.dtype, tuple(lengths)) for kind in kinds))


rule(
    np.meshgrid,
    "*xs, indexing='xy'",
    dxs=_grid_pullback,
    txs=_grid_tangent,
    kind=_grid_kind,
    cost=1,
)
