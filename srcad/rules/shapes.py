"""Rules for what moves elements about without computing: shapes, orders, joins, copies."""

from __future__ import annotations

from typing import Any

import numpy as np

from srcad.core import Method
from srcad.errors import NoDerivative
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
from srcad.rules.registry import Lazy, elementwise, inactive, linear, rule
from srcad.rules.result_kinds import (
    Dims,
    array_kind,
    as_array_kind,
    axes_of,
    dtype_name,
    item_kinds,
    same_kind,
    shape_of_operand,
    sum_lengths,
    total_length,
    with_dims,
)

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
inactive(np.searchsorted, np.digitize, np.nonzero, np.flatnonzero, np.argwhere)
inactive(np.isin, np.ix_, np.unravel_index, np.ravel_multi_index)

# ---------------------------------------------------------------------------------------------
# Joining: a cotangent for each item of the sequence


def _join_axis(call: Call) -> int | None:
    """The axis of a join counted from 0, where known."""
    items = item_kinds(call, "arrays")
    axis = call.constant("axis")
    if not items or not isinstance(axis, int):
        return None
    dims = dims_of(items[0])
    if dims is None:
        return None
    return axis % len(dims) if axis < 0 and dims else axis


def _joined_dtype(items: tuple[Kind, ...]) -> str | None:
    dtypes = [dtype_of(as_array_kind(item)) for item in items]
    if None in dtypes or "object" in dtypes:
        return None
    return str(np.result_type(*[str(dtype) for dtype in dtypes]))


def _join_kind(call: Call) -> Kind:
    items = item_kinds(call, "arrays")
    return _joined_along(items, _join_axis(call)) if items else UNKNOWN


def _joined_along(items: tuple[Kind, ...], axis: int | None) -> Kind:
    dtype, dims = _joined_dtype(items), [dims_of(as_array_kind(item)) for item in items]
    if dtype is None:
        return UNKNOWN
    first = dims[0]
    if first is None or axis is None or any(d is None or len(d) != len(first) for d in dims):
        return Array(dtype)
    known = [d for d in dims if d is not None]
    lengths = list(_common(known))
    lengths[axis] = sum_lengths([d[axis] for d in known])
    return Array(dtype, tuple(lengths))


def _common(dims: list[tuple[Length, ...]]) -> tuple[Length, ...]:
    """Lengths known of arrays that have the same ones but along one axis."""
    return tuple(next((n for n in ns if n is not None), None) for ns in zip(*dims, strict=True))


def _stack_kind(call: Call) -> Kind:
    items = item_kinds(call, "arrays")
    if items is None:
        whole = as_array_kind(call.kind("arrays"))
        return Array(whole.dtype) if isinstance(whole, Array) else UNKNOWN
    axis, dtype = call.constant("axis"), _joined_dtype(items)
    dims = [dims_of(as_array_kind(item)) for item in items]
    if dtype is None:
        return UNKNOWN
    known = [d for d in dims if d is not None]
    if len(known) < len(items) or not isinstance(axis, int) or len({len(d) for d in known}) != 1:
        return Array(dtype)
    lengths = list(_common(known))
    lengths.insert(axis % (len(lengths) + 1), len(items))
    return Array(dtype, tuple(lengths))


def _stack_dx(call: Call) -> str:
    return "g" if call.constant("axis") == 0 else "np.moveaxis(g, axis, 0)"


linear(
    np.concatenate,
    "arrays, axis=0",
    darrays="split_like(g, arrays, axis)",
    kind=_join_kind,
    cost=1,
)
linear(np.stack, "arrays, axis=0", darrays=_stack_dx, kind=_stack_kind, cost=1)


def _rows_kind(call: Call) -> Kind:
    items = item_kinds(call, "arrays")
    parts = [as_array_kind(item) for item in items or ()]
    rows = []
    for part in parts:
        dims = dims_of(part)
        if not isinstance(part, Array | Scalar) or dims is None:
            return UNKNOWN
        rows.append(Array(part.dtype, (1,) * (2 - len(dims)) + dims))
    return _joined_along(tuple(rows), 0) if rows else UNKNOWN


def _side_by_side_kind(call: Call) -> Kind:
    items = item_kinds(call, "arrays")
    ranks = {
        len(d) if (d := dims_of(as_array_kind(item))) is not None else None for item in items or ()
    }
    if len(ranks) != 1 or None in ranks or items is None:
        return UNKNOWN
    (rank,) = ranks
    if rank == 0:
        dtype = _joined_dtype(items)
        return UNKNOWN if dtype is None else Array(dtype, (len(items),))
    return _joined_along(items, 0 if rank == 1 else 1)


linear(np.vstack, "arrays", darrays="split_like(g, arrays, 0)", kind=_rows_kind, cost=1)
linear(
    np.hstack,
    "arrays",
    darrays="split_like(g, arrays, min(g.ndim - 1, 1))",
    kind=_side_by_side_kind,
    cost=1,
)
linear(np.column_stack, "arrays", darrays="split_like(g, arrays, 1)", cost=1)

# ---------------------------------------------------------------------------------------------
# Repeating, gathering, padding


def _broadcast_to_kind(call: Call) -> Kind:
    dtype = dtype_of(array_kind(call, "x"))
    return UNKNOWN if dtype is None else Array(dtype, shape_of_operand(call, "shape"))


def _any_rank_kind(call: Call) -> Kind:
    dtype = dtype_of(array_kind(call, "x"))
    return UNKNOWN if dtype is None else Array(dtype)


linear(
    np.broadcast_to,
    "x, shape",
    dx=lambda call: Lazy("unbroadcast(g, x)"),
    kind=_broadcast_to_kind,
    cost=0,
    view=True,
)


def _repeat_kind(call: Call) -> Kind:
    operand = array_kind(call, "x")
    dtype, dims = dtype_of(operand), dims_of(operand)
    if dtype is None:
        return UNKNOWN
    if call.constant("axis") is None:
        return Array(dtype, (None,))
    axes = None if dims is None else axes_of(call, len(dims))
    if dims is None or axes is None:
        return Array(dtype)
    return Array(dtype, tuple(None if i in axes else n for i, n in enumerate(dims)))


for _fn in (np.repeat, Method("repeat")):
    linear(
        _fn,
        "x, repeats, axis=None",
        dx="repeat_pullback(g, x, repeats, axis)",
        kind=_repeat_kind,
        cost=1,
    )
linear(np.tile, "x, reps", dx="tile_pullback(g, x, reps)", kind=_any_rank_kind, cost=1)


def _take_kind(call: Call) -> Kind:
    operand, indices = array_kind(call, "x"), array_kind(call, "indices")
    dtype, dims, chosen = dtype_of(operand), dims_of(operand), dims_of(indices)
    axis = call.constant("axis")
    if dtype is None or dims is None or chosen is None or axis is NOT_CONSTANT:
        return UNKNOWN
    if axis is None:
        result: Dims = chosen
    else:
        axis %= len(dims)
        result = dims[:axis] + chosen + dims[axis + 1 :]
    return Array(dtype, result) if result else Scalar(dtype, weak=False)


for _fn in (np.take, Method("take")):
    linear(_fn, "x, indices, axis=None", dx="take_pullback(g, x, indices, axis)", kind=_take_kind)


def _along_kind(call: Call) -> Kind:
    dtype, dims = dtype_of(array_kind(call, "x")), dims_of(array_kind(call, "indices"))
    return UNKNOWN if dtype is None else Array(dtype, None if dims is None else (None,) * len(dims))


linear(
    np.take_along_axis,
    "x, indices, axis=-1",
    dx="take_along_pullback(g, x, indices, axis)",
    kind=_along_kind,
)


def _pad_dx(call: Call) -> str:
    if call.constant("mode") != "constant":
        raise NoDerivative(
            "only padding with a constant has a derivative here",
            "Use `np.pad(x, width)`, or put the padded array together with `np.concatenate`",
            call.op.origin,
        )
    return "unpad(g, pad_width)"


def _padded(call: Call, dims: tuple[Length, ...]) -> Dims:
    return (None,) * len(dims)


rule(
    np.pad,
    "x, pad_width, mode='constant', *, constant_values=0",
    dx=_pad_dx,
    tx="np.pad(t, pad_width)",
    kind=with_dims(_padded),
    cost=1,
)


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


def _diagonal(call: Call, dims: tuple[Length, ...]) -> Dims:
    plain = call.constant("k") == 0
    if len(dims) == 1:
        return (dims[0], dims[0]) if plain else (None, None)
    square = len(dims) == 2 and dims[0] == dims[1]
    return (dims[0],) if plain and square else (None,)


linear(np.diag, "x, k=0", dx=_diag_dx, kind=with_dims(_diagonal), cost=1)

# ---------------------------------------------------------------------------------------------
# Copies and conversions


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
    if dtype is not None and not is_inexact(dtype):
        return None
    return Lazy("g") if isinstance(call.kind("x"), Array | Scalar) else "g"


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
    return "g" if isinstance(call.kind("x"), Scalar) else "np.full_like(x, g)"


linear(Method("item"), "x", dx=_item_dx, kind=_number_kind, cost=0)


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
