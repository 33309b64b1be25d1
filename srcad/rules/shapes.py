"""Rules for what moves elements about without computing: shapes, orders, joins, copies."""

from __future__ import annotations

from typing import Any

import numpy as np

from srcad import runtime
from srcad.core import Method, Op
from srcad.kinds import (
    UNKNOWN,
    Array,
    Kind,
    Length,
    Scalar,
    dims_of,
    dtype_of,
    is_inexact,
)
from srcad.rules.call import NOT_CONSTANT, Call, constant_value, length_of
from srcad.rules.registry import inactive, linear, rule
from srcad.rules.result_kinds import (
    Dims,
    array_kind,
    axes_of,
    same_kind,
    shape_of_operand,
    total_length,
    with_dims,
)

_fn: Any

# ---------------------------------------------------------------------------------------------
# Reshaping: the pullback reshapes back


def _shaped_back(call: Call) -> str:
    kind = call.kind("x")
    if isinstance(kind, Scalar):
        return "np.sum(g)"
    return "g.reshape(x.shape)" if isinstance(kind, Array) else "np.reshape(g, np.shape(x))"


def _fill_in(dims: Dims, old: Dims) -> Dims:
    """The lengths of a reshape, with the one given as -1 computed where it can be."""
    if dims is None or -1 not in dims:
        return dims
    rest = tuple(length for length in dims if length != -1)
    whole, part = total_length(old), total_length(rest)
    missing: Length = None
    if isinstance(whole, int) and isinstance(part, int) and part:
        missing = whole // part
    elif not rest or part == 1:
        missing = whole
    return tuple(missing if length == -1 else length for length in dims)


def _reshape_kind(call: Call) -> Kind:
    operand = array_kind(call, "x")
    dtype = dtype_of(operand)
    if dtype is None:
        return UNKNOWN
    name = "shape" if "shape" in call.given or "shape" in call.defaults else "newshape"
    dims = shape_of_operand(call, name)
    return Array(dtype, _fill_in(dims, dims_of(operand)))


def _method_reshape_kind(call: Call) -> Kind:
    """`x.reshape(2, 3)` as well as `x.reshape((2, 3))`."""
    operand = array_kind(call, "x")
    dtype = dtype_of(operand)
    if dtype is None:
        return UNKNOWN
    exprs = [expr for _, expr in call.rest]
    if len(exprs) == 1 and not isinstance(exprs[0].kind, Scalar) and _not_number(exprs[0]):
        dims = shape_of_operand(Call(call.op, {"s": (1, exprs[0])}, {}), "s")
    else:
        dims = tuple(length_of(expr) for expr in exprs)
    return Array(dtype, _fill_in(dims, dims_of(operand)))


def _not_number(expr: Any) -> bool:
    return not isinstance(constant_value(expr), int)


linear(np.reshape, "x, shape, order='C'", dx=_shaped_back, kind=_reshape_kind, cost=0, view=True)
linear(
    Method("reshape"), "x, *shape", dx=_shaped_back, kind=_method_reshape_kind, cost=0, view=True
)


def _flat_dims(call: Call, dims: tuple[Length, ...]) -> Dims:
    return (total_length(dims),)


def _flat_kind(call: Call) -> Kind:
    operand = array_kind(call, "x")
    dtype = dtype_of(operand)
    return UNKNOWN if dtype is None else Array(dtype, (total_length(dims_of(operand)),))


for _fn in (np.ravel, Method("ravel")):
    linear(_fn, "x, order='C'", dx=_shaped_back, kind=_flat_kind, cost=0, view=True)
linear(Method("flatten"), "x", dx=_shaped_back, kind=_flat_kind, cost=1)


def _squeezed(call: Call, dims: tuple[Length, ...]) -> Dims:
    if call.constant("axis") is None:
        known = all(n == 1 or (getattr(n, "given", False) and not n.offset) for n in dims)  # type: ignore[union-attr]
        return tuple(n for n in dims if n != 1) if known else None
    axes = axes_of(call, len(dims))
    return None if axes is None else tuple(n for i, n in enumerate(dims) if i not in axes)


def _expanded(call: Call, dims: tuple[Length, ...]) -> Dims:
    axis = call.constant("axis")
    count = len(axis) if isinstance(axis, tuple) else 1
    axes = axes_of(call, len(dims) + count)
    if axis is NOT_CONSTANT or axes is None:
        return None
    rest = iter(dims)
    return tuple(1 if i in axes else next(rest) for i in range(len(dims) + count))


for _fn in (np.squeeze, Method("squeeze")):
    linear(_fn, "x, axis=None", dx=_shaped_back, kind=with_dims(_squeezed), cost=0, view=True)
linear(np.expand_dims, "x, axis", dx=_shaped_back, kind=with_dims(_expanded), cost=0, view=True)


def _at_least(rank: int) -> Any:
    def dims(call: Call, dims: tuple[Length, ...]) -> Dims:
        if len(dims) >= rank or rank == 1:
            return dims or (1,)
        return (1,) * (2 - len(dims)) + dims if rank == 2 else None

    return dims


for _rank, _fn in enumerate((np.atleast_1d, np.atleast_2d, np.atleast_3d), 1):
    linear(_fn, "x", dx=_shaped_back, kind=with_dims(_at_least(_rank)), cost=0, view=True)

# ---------------------------------------------------------------------------------------------
# Transposing


def _inverse_permutation(axes: tuple[int, ...]) -> tuple[int, ...]:
    rank = len(axes)
    return tuple(sorted(range(rank), key=lambda i: axes[i] % rank))


def _transpose_dx(call: Call) -> str:
    axes = call.constant("axes")
    if axes is None:
        return "g.T"
    if isinstance(axes, tuple | list):
        return f"np.transpose(g, {_inverse_permutation(tuple(axes))!r})"
    return "np.transpose(g, np.argsort(axes))"


def _permuted(dims: tuple[Length, ...], axes: Any) -> Dims:
    if axes is None:
        return dims[::-1]
    if isinstance(axes, tuple | list) and len(axes) == len(dims):
        return tuple(dims[axis] for axis in axes)
    return (None,) * len(dims)


def _transposed(call: Call, dims: tuple[Length, ...]) -> Dims:
    return _permuted(dims, call.constant("axes"))


def _method_axes(call: Call) -> Any:
    """The axes of `x.transpose()`, `x.transpose(1, 0)` and `x.transpose((1, 0))`."""
    values = [constant_value(expr) for _, expr in call.rest]
    if not values:
        return None
    return values[0] if len(values) == 1 and not isinstance(values[0], int) else tuple(values)


def _method_transpose_dx(call: Call) -> str:
    axes = _method_axes(call)
    if axes is None:
        return "g.T"
    if isinstance(axes, tuple | list) and NOT_CONSTANT not in axes:
        return f"g.transpose({_inverse_permutation(tuple(axes))!r})"
    return (
        "np.transpose(g, np.argsort(axes[0]))"
        if len(call.rest) == 1
        else ("np.transpose(g, np.argsort(axes))")
    )


def _method_transposed(call: Call, dims: tuple[Length, ...]) -> Dims:
    axes = _method_axes(call)
    known = axes is None or (isinstance(axes, tuple | list) and NOT_CONSTANT not in axes)
    return _permuted(dims, axes) if known else (None,) * len(dims)


linear(
    np.transpose, "x, axes=None", dx=_transpose_dx, kind=with_dims(_transposed), cost=0, view=True
)
linear(
    Method("transpose"),
    "x, *axes",
    dx=_method_transpose_dx,
    kind=with_dims(_method_transposed),
    cost=0,
    view=True,
)


def _swapped(call: Call, dims: tuple[Length, ...]) -> Dims:
    a, b = call.constant("axis1"), call.constant("axis2")
    if not (isinstance(a, int) and isinstance(b, int)):
        return (None,) * len(dims)
    order = list(dims)
    order[a], order[b] = order[b], order[a]
    return tuple(order)


def _moved(call: Call, dims: tuple[Length, ...]) -> Dims:
    source, target = call.constant("source"), call.constant("destination")
    if source is NOT_CONSTANT or target is NOT_CONSTANT:
        return (None,) * len(dims)
    order = np.moveaxis(np.empty(range(len(dims))), source, target).shape
    return tuple(dims[axis] for axis in order)


for _fn in (np.swapaxes, Method("swapaxes")):
    linear(
        _fn,
        "x, axis1, axis2",
        dx="np.swapaxes(g, axis1, axis2)",
        kind=with_dims(_swapped),
        cost=0,
        view=True,
    )
linear(
    np.moveaxis,
    "x, source, destination",
    dx="np.moveaxis(g, destination, source)",
    kind=with_dims(_moved),
    cost=0,
    view=True,
)

# ---------------------------------------------------------------------------------------------
# Orders


linear(np.flip, "x, axis=None", dx="np.flip(g, axis)", kind=same_kind(), cost=0, view=True)
linear(np.flipud, "x", dx="np.flipud(g)", kind=same_kind(), cost=0, view=True)
linear(np.fliplr, "x", dx="np.fliplr(g)", kind=same_kind(), cost=0, view=True)
linear(np.rot90, "x, k=1", dx="np.rot90(g, -k)", cost=0, view=True)
linear(np.roll, "x, shift, axis=None", dx="np.roll(g, -shift, axis)", kind=same_kind(), cost=1)
linear(np.tril, "x, k=0", dx="np.tril(g, k)", kind=same_kind(), cost=1)
linear(np.triu, "x, k=0", dx="np.triu(g, k)", kind=same_kind(), cost=1)


def _sorted_kind(call: Call) -> Kind:
    operand = array_kind(call, "x")
    return UNKNOWN if call.constant("axis") is None else operand


rule(
    np.sort,
    "x, axis=-1, kind=None",
    dx="unsort(g, x, axis)",
    tx="np.take_along_axis(t, np.argsort(x, axis, kind='stable'), axis)",
    kind=_sorted_kind,
    cost=3,
)


def _order_kind(call: Call) -> Kind:
    dims = dims_of(array_kind(call, "x"))
    return Array("int64", None if call.constant("axis") is None else dims)


for _fn in (np.argsort, Method("argsort")):
    inactive(_fn, "x, axis=-1, kind=None", kind=_order_kind, cost=3)
inactive(np.searchsorted, np.digitize, np.argwhere, np.isin, np.ravel_multi_index)

# ---------------------------------------------------------------------------------------------
# Diagonals


def _trace_dx(call: Call) -> str:
    dims = call.dims("x")
    square = dims is not None and len(dims) == 2 and dims[0] is not None and dims[0] == dims[1]
    return "g * np.eye(len(x))" if square else "g * np.eye(x.shape[0], x.shape[1])"


def _trace_kind(call: Call) -> Kind:
    operand = array_kind(call, "x")
    if not isinstance(operand, Array) or operand.rank != 2 or not is_inexact(operand.dtype):
        return UNKNOWN
    return Scalar(operand.dtype, weak=False)


for _fn in (np.trace, Method("trace")):
    linear(_fn, "x", dx=_trace_dx, kind=_trace_kind, cost=1)


def _diag_dx(call: Call) -> str:
    return "np.diag(g, k)" if call.rank("x") == 1 else "diag_pullback(g, x, k)"


def _off_diagonal(call: Call, dims: tuple[Length, ...]) -> Dims:
    square = len(dims) == 2 and dims[0] == dims[1] and call.constant("offset") == 0
    return (dims[0],) if square else (None,) * (len(dims) - 1)


def _diagonal(call: Call, dims: tuple[Length, ...]) -> Dims:
    plain = call.constant("k") == 0
    if len(dims) == 1:
        return (dims[0], dims[0]) if plain else (None, None)
    square = len(dims) == 2 and dims[0] == dims[1]
    return (dims[0],) if plain and square else (None,)


for _fn in (np.diagonal, Method("diagonal"), runtime.diagonal_view):
    linear(
        _fn,
        "x, offset=0",
        dx="diag_pullback(g, x, offset)",
        kind=with_dims(_off_diagonal),
        cost=0,
        view=True,
    )


def _reads_diagonal(op: Op) -> bool:
    """Whether `np.diag` gives the diagonal of a matrix, and no new matrix of a vector."""
    kind = op.args[0].kind if op.args else UNKNOWN
    return not isinstance(kind, Array) or kind.rank != 1


linear(
    np.diag,
    "x, k=0",
    dx=_diag_dx,
    kind=with_dims(_diagonal),
    cost=1,
    view_of=_reads_diagonal,
)
