"""Rules for NumPy's reductions and running sums, as functions and as methods."""

from __future__ import annotations

from typing import Any

import numpy as np

from srcad import core, runtime
from srcad.core import Method
from srcad.errors import NoDerivative
from srcad.kinds import (
    Array,
    Kind,
    Scalar,
    dims_of,
    dtype_of,
)
from srcad.rules.call import NOT_CONSTANT, Call
from srcad.rules.registry import Lazy, inactive, linear, rule
from srcad.rules.result_kinds import (
    always,
    array_kind,
    is_sequence,
    reduction_kind,
    same_kind,
    sampled_dtype,
    shifted,
    size_kind,
    total_length,
)
from srcad.value_kinds import kind_of

_fn: Any
_tx: Any

_REDUCED = "x, axis=None, dtype=None, out=None, keepdims=False"


def _keeps_dims(call: Call) -> bool | None:
    """Whether `keepdims` is true; None where that is known only at run time."""
    keep = call.constant("keepdims") if "keepdims" in call.defaults else False
    return None if keep is NOT_CONSTANT else bool(keep)


def _rank(call: Call) -> int | None:
    dims = dims_of(array_kind(call, "x"))
    return None if dims is None else len(dims)


def spread_over(call: Call, g: str = "g") -> str:
    """The template that brings `g`, of the result's shape, to broadcast over the operand.

    Without an axis, with `keepdims`, and over the leading axes, it does already.
    """
    axis, rank = call.constant("axis"), _rank(call)
    if axis is None or _keeps_dims(call) or rank == 1 or axis in (0, (0,)):
        return Lazy(g)
    if _keeps_dims(call) is None:
        return f"np.reshape({g}, np.shape(np.sum(x, axis=axis, keepdims=True)))"
    if axis is NOT_CONSTANT and not isinstance(call.kind("axis"), Scalar):
        return f"np.reshape({g}, np.shape(np.sum(x, axis=axis, keepdims=True)))"
    if axis == -1 or (rank is not None and axis == rank - 1):
        return Lazy(f"np.expand_dims({g}, -1)")
    return f"np.expand_dims({g}, axis)"


def over(call: Call, template: str) -> str:
    """`template` with `G` for the spread cotangent; for a sequence, indexable by its items."""
    spread = spread_over(call)
    if template == "G" and not isinstance(spread, Lazy):
        spread = _whole(call, spread)
    text = template.replace("G", str(spread))
    if is_sequence(call.kind("x")) or isinstance(call.expr("x"), core.List | core.Tuple):
        return f"spread({text}, x)" if template == "G" else text
    return Lazy(text) if isinstance(spread, Lazy) else text


def _whole(call: Call, spread: str) -> str:
    """`spread` at the operand's shape: what is not lazy is to give the whole cotangent."""
    shape = "x.shape" if isinstance(call.kind("x"), Array) else "np.shape(x)"
    return f"np.broadcast_to({spread}, {shape})"


def size_text(call: Call) -> str:
    """How many elements go into one of the result, in the form that reads best."""
    axis, kind = call.constant("axis"), call.kind("x")
    if isinstance(kind, Array) and (axis is None or kind.rank == 1):
        return "len(x)" if kind.rank == 1 else "x.size"
    if isinstance(kind, Array) and isinstance(axis, int):
        return "len(x)" if axis == 0 else "x.shape[axis]"
    return "np.size(x)" if axis is None else "count(x, axis)"


def _sum_dx(call: Call) -> str:
    return over(call, "np.where(where, G, np.zeros_like(x))" if "where" in call.given else "G")


def mean_dx(call: Call) -> str:
    g = f"(g / {size_text(call)})"
    text = spread_over(call, g)
    if is_sequence(call.kind("x")) or isinstance(call.expr("x"), core.List):
        return f"spread({text}, x)"
    return text if isinstance(text, Lazy) else _whole(call, text)


for _fn in (np.sum, Method("sum")):
    linear(_fn, _REDUCED + ", initial=0, where=True", dx=_sum_dx, kind=reduction_kind(np.sum))
for _fn in (np.mean, Method("mean")):
    linear(_fn, _REDUCED, dx=mean_dx, kind=reduction_kind(np.mean))


def _nansum_dx(call: Call) -> str:
    return over(call, "np.where(np.isnan(x), 0.0, G)")


linear(np.nansum, _REDUCED, dx=_nansum_dx, kind=reduction_kind(np.sum))


# Products: the product of the others is right at zeros as well
def _prod_dx(call: Call) -> str:
    return over(call, "G * prod_others(x, axis)")


_SUM_AGAIN = "axis=axis, keepdims=keepdims)"
for _fn in (np.prod, Method("prod")):
    rule(
        _fn,
        _REDUCED,
        dx=_prod_dx,
        tx=f"np.sum(t * prod_others(x, axis), {_SUM_AGAIN}",
        kind=reduction_kind(np.prod),
    )


# Variance and deviation
_CENTRED = "(x - np.mean(x, axis=axis, keepdims=True))"


def _centred(call: Call) -> str:
    return "(x - np.mean(x))" if call.constant("axis") is None else _CENTRED


def _degrees(call: Call) -> str:
    size = size_text(call)
    return size if call.constant("ddof") == 0 else f"({size} - ddof)"


def _var_dx(call: Call) -> str:
    return over(call, f"2 * {_centred(call)} * G / {_degrees(call)}")


def _var_tx(call: Call) -> str:
    return f"2 * np.sum({_centred(call)} * t, {_SUM_AGAIN} / {_degrees(call)}"


def _std_dx(call: Call) -> str:
    spread = spread_over(call, f"(g / (out * {_degrees(call)}))")
    return type(spread)(f"{_centred(call)} * {spread}")


def _std_tx(call: Call) -> str:
    return f"np.sum({_centred(call)} * t, {_SUM_AGAIN} / (out * {_degrees(call)})"


_SPREAD = "x, axis=None, dtype=None, out=None, ddof=0, keepdims=False"
for _name, _dx, _tx in [("var", _var_dx, _var_tx), ("std", _std_dx, _std_tx)]:
    for _fn in (getattr(np, _name), Method(_name)):
        rule(_fn, _SPREAD, dx=_dx, tx=_tx, kind=reduction_kind(getattr(np, _name)))


# Extremes: the element that was returned, the first at a tie
def _max_dx(call: Call) -> str:
    return over(call, "G * max_mask(x, axis)")


def _min_dx(call: Call) -> str:
    return over(call, "G * min_mask(x, axis)")


def _all_ties_dx(call: Call) -> str:
    return over(call, f"G * (x == {spread_over(call, 'out')})")


def _all_ties_tx(call: Call) -> str:
    return f"np.sum(t * (x == {spread_over(call, 'out')}), {_SUM_AGAIN}"


_EXTREME = "x, axis=None, out=None, keepdims=False"
for _name, _dx, _mask in [("max", _max_dx, "max_mask"), ("min", _min_dx, "min_mask")]:
    for _fn in (getattr(np, _name), getattr(np, "a" + _name), Method(_name)):
        _tx = f"np.sum(t * {_mask}(x, axis), {_SUM_AGAIN}"
        rule(_fn, _EXTREME, dx=_dx, tx=_tx, kind=reduction_kind(getattr(np, _name)))
        rule(
            _fn,
            _EXTREME,
            dx=_all_ties_dx,
            tx=_all_ties_tx,
            kind=reduction_kind(getattr(np, _name)),
            ties_all=True,
        )


def _ptp_dx(call: Call) -> str:
    return over(call, "G * max_mask(x, axis) - G * min_mask(x, axis)")


rule(
    np.ptp,
    _EXTREME,
    dx=_ptp_dx,
    tx=f"np.sum(t * max_mask(x, axis) - t * min_mask(x, axis), {_SUM_AGAIN}",
    kind=reduction_kind(np.ptp),
)

# Choices and tests
for _name in ("argmax", "argmin"):
    for _fn in (getattr(np, _name), Method(_name)):
        inactive(_fn, "x, axis=None, out=None, *, keepdims=False", kind=reduction_kind(np.argmax))
for _name in ("any", "all"):
    for _fn in (getattr(np, _name), Method(_name)):
        inactive(_fn, "x, axis=None, out=None, keepdims=False", kind=reduction_kind(np.any))


def _count_kind(call: Call) -> Kind:
    """NumPy 2.3 made the count of all a number of its own."""
    whole = call.constant("axis") is None and call.constant("keepdims") is False
    return kind_of(np.count_nonzero([1])) if whole else _counts_kind(call)


_counts_kind = reduction_kind(np.count_nonzero)
inactive(np.count_nonzero, "x, axis=None, *, keepdims=False", kind=_count_kind)
inactive(np.allclose, np.array_equal, kind=always(Scalar("bool")))


def _np_size_kind(call: Call) -> Kind:
    dims, axis = dims_of(array_kind(call, "x")), call.constant("axis")
    if dims is None:
        return size_kind(None)
    if axis is None:
        return size_kind(total_length(dims))
    known = isinstance(axis, int) and -len(dims) <= axis < len(dims)
    return size_kind(dims[axis] if known else None)


for _fn in (np.size, runtime.count):
    inactive(_fn, "x, axis=None", kind=_np_size_kind, cost=0, reads_shape_only=True)


# Running sums and differences
def _running_kind(sample: Any) -> Any:
    def kind(call: Call) -> Kind:
        operand = array_kind(call, "x")
        dtype, dims = dtype_of(operand), dims_of(operand)
        if dtype is None or call.given.get("out") or call.given.get("dtype"):
            return Kind()
        if call.constant("axis") is None:
            dims = (total_length(dims),)
        return Array(str(sampled_dtype(sample, dtype)), dims)

    return kind


def _cumsum_dx(call: Call) -> str:
    rank, axis = _rank(call), call.constant("axis")
    if rank == 1:
        return "np.cumsum(g[::-1])[::-1]"
    return "reverse_cumsum(g, 0).reshape(x.shape)" if axis is None else "reverse_cumsum(g, axis)"


for _fn in (np.cumsum, Method("cumsum")):
    linear(_fn, "x, axis=None, dtype=None, out=None", dx=_cumsum_dx, kind=_running_kind(np.cumsum))
for _fn in (np.cumprod, Method("cumprod")):
    rule(
        _fn,
        "x, axis=None, dtype=None, out=None",
        dx="cumprod_pullback(g, x, axis)",
        tx="cumprod_pushforward(t, x, axis)",
        kind=_running_kind(np.cumprod),
    )


def _diff_ends(call: Call) -> list[str]:
    """Which of `prepend` and `append` are given; numbers, one element more at that end each."""
    ends: list[str] = [name for name in ("prepend", "append") if name in call.given]
    if ends and (call.constant("n") != 1 or any(call.rank(name) != 0 for name in ends)):
        raise NoDerivative(
            "`np.diff` has a derivative here with numbers put before or after for n = 1 only",
            "Put the array together with `np.concatenate` first",
            call.op.origin,
        )
    return ends


def _diff_text(call: Call, operand: str, ends: list[str]) -> str:
    axis = "" if _rank(call) == 1 else ", axis=axis"
    return f"np.diff({operand}{axis}{''.join(f', {end}=0.0' for end in ends)})"


def _diff_dx(call: Call) -> str:
    given = _diff_ends(call)
    if call.constant("n") != 1:
        return "diff_pullback(g, n, axis)"
    return "-" + _diff_text(call, "g", [end for end in ("prepend", "append") if end not in given])


def _diff_tx(call: Call) -> str:
    ends = _diff_ends(call)
    return _diff_text(call, "t", ends) if ends else "np.diff(t, n, axis)"


def _diff_kind(call: Call) -> Kind:
    operand = array_kind(call, "x")
    n, axis = call.constant("n"), call.constant("axis")
    if not isinstance(operand, Array) or operand.dtype != "float64":
        return Kind()
    ends: list[str] = [name for name in ("prepend", "append") if name in call.given]
    plain = isinstance(n, int) and isinstance(axis, int)
    if operand.dims is None or not plain or any(call.rank(name) != 0 for name in ends):
        return Array(operand.dtype)
    axis %= len(operand.dims)
    dims = [shifted(d, len(ends) - n) if i == axis else d for i, d in enumerate(operand.dims)]
    return Array(operand.dtype, tuple(dims))


def _end_tangent(call: Call, moved: str, other: str) -> str:
    rest = f", {other}=0.0" if other in call.given else ""
    return f"np.diff(np.zeros_like(x), axis=axis, {moved}=t{rest})"


linear(
    np.diff,
    "x, n=1, axis=-1, prepend=None, append=None",
    dx=_diff_dx,
    tx=_diff_tx,
    dprepend="-np.sum(np.take(g, 0, axis))",
    dappend="np.sum(np.take(g, -1, axis))",
    tprepend=lambda call: _end_tangent(call, "prepend", "append"),
    tappend=lambda call: _end_tangent(call, "append", "prepend"),
    kind=_diff_kind,
)


# The reductions' own helpers
def _mask_kind(call: Call) -> Kind:
    dims = dims_of(array_kind(call, "x"))
    return Array("bool", dims)


inactive(runtime.max_mask, "x, axis=None", kind=_mask_kind)
inactive(runtime.min_mask, "x, axis=None", kind=_mask_kind)
linear(runtime.reverse_cumsum, "x, axis", dx="np.cumsum(g, axis)", kind=_running_kind(np.cumsum))
rule(
    runtime.prod_others,
    "x, axis=None",
    dx="prod_pairs(g, x, axis)",
    tx="prod_pairs(t, x, axis)",
    kind=same_kind(),
)
