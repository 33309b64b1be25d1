"""Rules for what joins arrays, repeats, gathers and pads them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from srcad.core import Method
from srcad.errors import NoDerivative
from srcad.kinds import (
    UNKNOWN,
    Array,
    Kind,
    Length,
    ListOf,
    Scalar,
    dims_of,
    dtype_of,
)
from srcad.rules.call import NOT_CONSTANT, Call
from srcad.rules.registry import Lazy, linear, rule
from srcad.rules.result_kinds import (
    Dims,
    array_kind,
    as_array_kind,
    axes_of,
    item_kinds,
    shape_of_operand,
    sum_lengths,
    total_length,
    with_dims,
)

_fn: Any

# ---------------------------------------------------------------------------------------------
# Joining: a cotangent for each item of the sequence


def _join_axis(call: Call) -> int | None:
    """The axis of a join counted from 0, where known."""
    items = item_kinds(call, "arrays")
    axis = call.constant("axis")
    if not items or not isinstance(axis, int):
        return None
    known = [d for d in (dims_of(as_array_kind(item)) for item in items) if d is not None]
    if not known:
        return None
    dims = known[0]
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
    known = [d for d in dims if d is not None]
    if not known or axis is None or any(len(d) != len(known[0]) for d in known):
        return Array(dtype)
    lengths = list(_common(known))  # all have one rank, as far as it is known
    whole = len(known) == len(dims)
    lengths[axis] = sum_lengths([d[axis] for d in known]) if whole else None
    return Array(dtype, tuple(lengths))


def _common(dims: list[tuple[Length, ...]]) -> tuple[Length, ...]:
    """Lengths known of arrays that have the same ones but along one axis."""
    return tuple(next((n for n in ns if n is not None), None) for ns in zip(*dims, strict=True))


def _stack_kind(call: Call) -> Kind:
    items = item_kinds(call, "arrays")
    if items is None:
        return _stack_of_list_kind(call)
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


def _stack_of_list_kind(call: Call) -> Kind:
    """The kind of a stack of however many arrays of one rank."""
    whole, axis = as_array_kind(call.kind("arrays")), call.constant("axis")
    if not isinstance(whole, Array):
        return UNKNOWN
    if whole.dims is None or not isinstance(axis, int):
        return Array(whole.dtype)
    length, *inner = whole.dims
    inner.insert(axis % len(whole.dims), length)
    return Array(whole.dtype, tuple(inner))


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
    if items is None:  # however many rows
        whole = as_array_kind(call.kind("arrays"))
        rank = len(whole.dims) if isinstance(whole, Array) and whole.dims is not None else 0
        return Array(whole.dtype, (None, whole.dims[-1])) if rank in (2, 3) else UNKNOWN  # type: ignore
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

linear(np.dstack, "arrays", darrays="split_like(g, arrays, 2)", cost=1)


def _append_kind(call: Call) -> Kind:
    x, values = array_kind(call, "x"), array_kind(call, "values")
    if not (isinstance(x, Array | Scalar) and isinstance(values, Array | Scalar)):
        return UNKNOWN
    dtype = str(np.result_type(x.dtype, values.dtype))
    if call.constant("axis") is not None:
        return Array(dtype)
    return Array(dtype, (sum_lengths([total_length(dims_of(x)), total_length(dims_of(values))]),))


linear(
    np.append,
    "x, values, axis=None",
    dx="split_like(g, (x, values), axis)[0]",
    dvalues="split_like(g, (x, values), axis)[1]",
    tx="np.append(t, np.zeros_like(values), axis)",
    tvalues="np.append(np.zeros_like(x), t, axis)",
    kind=_append_kind,
    cost=1,
)


def _split_kind(call: Call) -> Kind:
    operand, axis = array_kind(call, "x"), call.constant("axis")
    if not isinstance(operand, Array) or operand.dims is None or not isinstance(axis, int):
        return UNKNOWN
    axis %= len(operand.dims)
    dims = tuple(None if i == axis else length for i, length in enumerate(operand.dims))
    return ListOf(Array(operand.dtype, dims))


for _fn in (np.split, np.array_split):
    linear(
        _fn, "x, parts, axis=0", dx="np.concatenate(g, axis)", kind=_split_kind, cost=1, view=True
    )


def _refuse_places(call: Call) -> None:
    """An insertion at one place, counted from the start, is all that is known here."""
    place = call.constant("place")
    if isinstance(place, int) and place >= 0:
        return
    raise NoDerivative(
        "`np.insert` has a derivative here for one constant place only, counted from the start",
        "Put the array together with `np.concatenate`",
        call.op.origin,
    )


def _insert_dx(call: Call) -> str:
    _refuse_places(call)
    return "np.delete(g, place, axis).reshape(np.shape(x))"


def _insert_dvalues(call: Call) -> str:
    _refuse_places(call)
    return "unbroadcast(np.take(g, place, axis), values)"


linear(
    np.insert,
    "x, place, values, axis=None",
    dx=_insert_dx,
    dvalues=_insert_dvalues,
    tx="np.insert(t, place, 0.0, axis)",
    tvalues="np.insert(np.zeros_like(x), place, t, axis)",
    cost=1,
)
linear(
    np.delete,
    "x, places, axis=None",
    dx="take_pullback(g, x, np.delete(np.arange(np.size(x, axis)), places), axis)",
    cost=1,
)

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


_OUTSIDE = ("constant", "empty")  # what is added does not come from the array
_COPIED = ("edge", "reflect", "symmetric", "wrap")  # it is made of its elements


def _pad_mode(call: Call) -> str:
    mode = call.constant("mode")
    if mode not in _OUTSIDE + _COPIED:
        raise NoDerivative(
            f"padding with the mode {mode!r} has no derivative here",
            "Put the padded array together with `np.concatenate`",
            call.op.origin,
        )
    return str(mode)


def _pad_dx(call: Call) -> str:
    mode = _pad_mode(call)
    return "unpad(g, pad_width)" if mode in _OUTSIDE else f"pad_pullback(g, x, pad_width, {mode!r})"


def _pad_tx(call: Call) -> str:
    mode = _pad_mode(call)
    return "np.pad(t, pad_width)" if mode in _OUTSIDE else f"np.pad(t, pad_width, {mode!r})"


def _pad_constant(text: str) -> Callable[[Call], str]:
    def derivative(call: Call) -> str:
        if call.dims("constant_values") != ():
            raise NoDerivative(
                "padding with several constants has no derivative here",
                "Pad each side by itself",
                call.op.origin,
            )
        return text

    return derivative


def _padded(call: Call, dims: tuple[Length, ...]) -> Dims:
    return (None,) * len(dims)


rule(
    np.pad,
    "x, pad_width, mode='constant', *, constant_values=0",
    dx=_pad_dx,
    tx=_pad_tx,
    dconstant_values=_pad_constant("np.sum(g) - np.sum(unpad(g, pad_width))"),
    tconstant_values=_pad_constant("np.pad(np.zeros_like(x), pad_width, constant_values=t)"),
    kind=with_dims(_padded),
    cost=1,
)
