"""Rules for the run-time helpers that derivatives call, so that derivatives have derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from srcad import runtime
from srcad.kinds import (
    BOOL,
    FLOAT,
    INT,
    NEVER,
    UNKNOWN,
    Array,
    ConstOf,
    DictOf,
    Inert,
    Kind,
    ListOf,
    NumbersOf,
    ObjectOf,
    OneOf,
    Same,
    Scalar,
    TupleOf,
    dims_of,
    dtype_of,
    with_inner,
)
from srcad.objects import shadow_class
from srcad.rules.call import Call
from srcad.rules.item_kinds import item_kind
from srcad.rules.registry import Lazy, inactive, linear, opaque, rule
from srcad.rules.result_kinds import always, array_kind, item_kinds, joined

_left: Any
_right: Any


def _like_kind(call: Call) -> Kind:
    """The kind of `unbroadcast(y, like)`: the lengths of `like`, and real where `like` is."""
    y, like = call.kind("y"), array_kind(call, "like")
    dtype, like_dtype, dims = dtype_of(y), dtype_of(like), dims_of(like)
    if dtype is None or like_dtype is None or "object" in (dtype, like_dtype):
        return UNKNOWN
    if np.dtype(dtype).kind == "c" and np.dtype(like_dtype).kind != "c":
        dtype = str(np.ones((), dtype).real.dtype)
    if dims == ():
        return Scalar(dtype, isinstance(y, Scalar) and y.weak)
    return Array(dtype, dims)


def _spread_kind(call: Call) -> Kind:
    y, like = call.kind("y"), call.kind("like")
    if isinstance(like, TupleOf) and all(isinstance(item, Scalar) for item in like.items):
        return TupleOf((y,) * len(like.items))
    if isinstance(like, ListOf) and isinstance(like.item, Scalar):
        return ListOf(y)
    dtype, dims = dtype_of(y), dims_of(like)
    return UNKNOWN if dtype is None or not isinstance(like, Array) else Array(dtype, dims)


def _lazily_back(call: Call) -> str:
    return Lazy("unbroadcast(g, y)")


rule(
    runtime.unbroadcast,
    "y, like",
    dy=_lazily_back,
    ty="unbroadcast(t, like)",
    kind=_like_kind,
    cost=1,
)


def _unspread(call: Call) -> str:
    return "unbroadcast(g, y)" if isinstance(call.kind("like"), Array) else "unspread(g, y)"


rule(
    runtime.unspread,
    "y, like",
    dy="spread(g, y)",
    ty="unspread(t, like)",
    kind=_like_kind,
    cost=1,
)
rule(
    runtime.spread,
    "y, like",
    dy=_unspread,
    ty="spread(t, like)",
    kind=_spread_kind,
    cost=1,
)


def _pieces_kind(call: Call) -> Kind:
    """The pieces have the lengths of the arrays and the dtype of what is split."""
    items, dtype = item_kinds(call, "arrays"), dtype_of(call.kind("y"))
    if items is None or dtype is None:
        return UNKNOWN
    return TupleOf(tuple(Array(dtype, dims_of(item)) for item in items))


linear(
    runtime.split_like,
    "y, arrays, axis=0",
    dy="np.concatenate(g, axis)",
    kind=_pieces_kind,
    cost=1,
)


def _x_shaped(call: Call) -> Kind:
    """A cotangent for `x`: its lengths, the dtype of the cotangent given."""
    y, x = call.kind("y"), call.kind("x")
    dtype = dtype_of(y)
    return Array(dtype, x.dims) if dtype is not None and isinstance(x, Array) else UNKNOWN


linear(
    runtime.repeat_pullback,
    "y, x, repeats, axis=None",
    dy="np.repeat(g, repeats, axis)",
    kind=_x_shaped,
)
linear(runtime.tile_pullback, "y, x, reps", dy="np.tile(g, reps)", kind=_x_shaped)
linear(
    runtime.take_pullback,
    "y, x, indices, axis=None",
    dy="np.take(g, indices, axis)",
    kind=_x_shaped,
)
linear(
    runtime.take_along_pullback,
    "y, x, indices, axis=-1",
    dy="np.take_along_axis(g, indices, axis)",
    kind=_x_shaped,
)
linear(runtime.unpad, "y, pad_width", dy="np.pad(g, pad_width)")
linear(
    runtime.unsort,
    "y, x, axis=-1",
    dy="np.take_along_axis(g, np.argsort(x, axis, kind='stable'), axis)",
    kind=_x_shaped,
)
linear(runtime.diff_pullback, "y, n, axis=-1", dy="np.diff(g, n, axis)")
linear(runtime.diag_pullback, "y, x, k=0", dy="np.diag(g, k)", kind=_x_shaped)

# The pullbacks of products are products: linear in each of the operands they read
for _left, _right, _product in [
    (runtime.matmul_pullback_left, runtime.matmul_pullback_right, "np.matmul"),
    (runtime.dot_pullback_left, runtime.dot_pullback_right, "np.dot"),
]:
    linear(
        _left,
        "y, a, b",
        dy=f"{_product}(g, b)",
        db=f"{_right.__name__}(y, g, b)",
    )
    linear(
        _right,
        "y, a, b",
        dy=f"{_product}(a, g)",
        da=f"{_left.__name__}(y, a, g)",
    )
for _left, _right in [(runtime.tensordot_pullback_left, runtime.tensordot_pullback_right)]:
    linear(
        _left,
        "y, a, b, axes",
        dy="np.tensordot(g, b, axes)",
        db="tensordot_pullback_right(y, g, b, axes)",
    )
    linear(
        _right,
        "y, a, b, axes",
        dy="np.tensordot(a, g, axes)",
        da="tensordot_pullback_left(y, a, g, axes)",
    )


def _tree_kind(call: Call) -> Kind:
    """Zeros in the form of `x`; an integer's zero is a float."""
    return _zero_kind(call.kind("x"))


def _zero_kind(kind: Kind) -> Kind:
    match kind:
        case Scalar():
            return FLOAT
        case Array(dtype=dtype, dims=dims):
            return Array(dtype if np.dtype(dtype).kind in "fcO" else "float64", dims)
        case TupleOf() | ListOf() | DictOf() if not isinstance(kind, ObjectOf):
            return with_inner(kind, _zero_kind)
        case ObjectOf():
            return _object_kind(kind, _zero_kind)
    return kind if kind == NEVER else UNKNOWN


def _shadow_kind(kind: Kind) -> Kind:
    """Shadows of tuples are lists, whose items may differ; what carries nothing has a 0.0."""
    match kind:
        case TupleOf(items=items):
            return ListOf(joined([_shadow_kind(item) for item in items]))
        case ObjectOf():
            return _object_kind(kind, _shadow_kind)
        case NumbersOf(item=item):
            return ListOf(_shadow_kind(item))
        case Same(cls=cls):
            return Same(shadow_class(cls))
        case ListOf() | DictOf():
            return with_inner(kind, _shadow_kind)
        case OneOf(options=options):
            return joined([_shadow_kind(option) for option in options])
        case ConstOf() | Inert():
            return FLOAT
    return _zero_kind(kind)


def _object_kind(kind: ObjectOf, inner: Callable[[Kind], Kind]) -> Kind:
    items = kind.items and tuple((name, inner(part)) for name, part in kind.items)
    return ObjectOf(items, UNKNOWN, shadow_class(kind.cls))


inactive(runtime.zeros_like_tree, "x", kind=_tree_kind, cost=1, reads_shape_only=True)
inactive(
    runtime.zero_shadow,
    "x",
    kind=lambda call: _shadow_kind(call.kind("x")),
    cost=1,
    reads_shape_only=True,
)
inactive(runtime.unit, "value", kind=always(FLOAT), cost=1, reads_shape_only=True)
inactive(runtime.is_copy, "shadow, base", kind=always(BOOL), cost=1)


def _back(call: Call) -> str:
    """The pullback of what brings a cotangent `y` into the form of a container or array."""
    if isinstance(call.kind("y"), Array):
        return "g"
    return "spread_back(g, y)"


def _form_kind(call: Call) -> Kind:
    return _formed(call.kind("x"))


def _formed(kind: Kind) -> Kind:
    """The kind of a gradient in the form of an argument of `kind`."""
    match kind:
        case Array(dtype=dtype):
            return kind if np.dtype(dtype).kind in "fc" else UNKNOWN
        case ObjectOf() | TupleOf():
            return with_inner(kind, _formed)
        case Scalar():
            return FLOAT if kind.dtype in ("float64", "int64", "bool") else UNKNOWN
        case ConstOf() | Inert() | Same():
            return kind
    return UNKNOWN


def _shadow_of_y(call: Call) -> Kind:
    return _shadow_kind(call.kind("y"))


def _object_shadow(call: Call, name: str) -> Kind:
    kind = call.kind(name)
    return _shadow_kind(kind) if isinstance(kind, ObjectOf | ListOf | TupleOf) else UNKNOWN


linear(runtime.in_form_of, "y, x", dy=_back, kind=_form_kind, cost=1)
linear(runtime.as_shadow, "y", dy="g", kind=_shadow_of_y, cost=1)
linear(
    runtime.shadow_from,
    "y, like",
    dy="spread_back(g, y)",
    kind=lambda call: _object_shadow(call, "like"),
    cost=1,
)
linear(
    runtime.spread_back,
    "g_, y",
    dg_="shadow_from(g, g_)",
    kind=lambda call: _object_shadow(call, "y"),
    cost=1,
)
linear(
    runtime.stored_cotangent,
    "shadow, index",
    dshadow="stored_pullback(g, shadow, index)",
    kind=lambda call: item_kind(call.kind("shadow"), call.expr("index")),
)
linear(
    runtime.stored_pullback,
    "g_, shadow, index",
    dg_="stored_cotangent(g, index)",
    kind=lambda call: _shadow_kind(call.kind("shadow")),
)
rule(
    runtime.accumulate,
    "shadow, value",
    kind=always(Inert("NoneType")),
    writes=(0,),
    effect=True,
)
# what may hand on its first operand; there is no derivative of these functions themselves
opaque(
    *(runtime.shadow_of_item, runtime.place_shadow, runtime.taken, runtime.boxed),
    *(runtime.handed_back, runtime.kept_item),
    view=True,
    turned=True,
    cost=1,
)
opaque(runtime.new_shadow, runtime.of_copy, runtime.of_number, runtime.of_numbers, cost=1)
inactive(runtime.is_number, "value", kind=always(BOOL), cost=0)
linear(runtime.copy_tree, "x", dx="g", kind=lambda call: call.kind("x"), cost=1)
inactive(runtime.slice_start, "start, size", kind=always(INT), cost=0)
inactive(
    runtime.sort_order,
    "values, key=None, reverse=False",
    kind=always(ListOf(Scalar("int64"))),
    cost=3,
)


def _reordered_kind(call: Call) -> Kind:
    """A list of the items, whatever they were in."""
    kind = call.kind("values")
    if isinstance(kind, TupleOf):
        return ListOf(joined(list(kind.items)))
    if isinstance(kind, Array) and kind.rank == 1:
        return ListOf(Scalar(kind.dtype, weak=False))
    return ListOf(kind.item) if isinstance(kind, ListOf) else UNKNOWN


linear(
    runtime.reordered,
    "values, order",
    dvalues="reordered_back(g, order)",
    kind=_reordered_kind,
)
linear(
    runtime.reordered_back,
    "g_, order",
    dg_="reordered(g, order)",
    kind=lambda call: call.kind("g_"),
)


def _unsorted(call: Call) -> str:
    back = "reordered_back(g, sort_order(values, key, reverse))"
    return f"np.array({back})" if isinstance(call.kind("values"), Array) else back


rule(
    sorted,
    "values, key=None, reverse=False",
    dvalues=_unsorted,
    tvalues="reordered(t, sort_order(values, key, reverse))",
    kind=_reordered_kind,
    cost=3,
)
rule(runtime.snapshot, "x", view=True, cost=3)
rule(
    runtime.put_item,
    "held, key, value",
    kind=always(Inert("NoneType")),
    writes=(0,),
    effect=True,
)
rule(runtime.put_back, "saved", kind=always(Inert("NoneType")), writes=(0,), effect=True)
linear(
    runtime.repeats_summed,
    "x, like",
    dx="g * (len(x) // len(like))",
    kind=lambda call: call.kind("like"),
    cost=1,
)


def _sum_kind(call: Call) -> Kind:
    a, b = call.kind("a"), call.kind("b")
    return a if a == b and isinstance(a, ObjectOf) else UNKNOWN


rule(
    runtime.tree_add,
    "a, b",
    da="spread_back(g, a)",
    db="spread_back(g, b)",
    ta="t",
    tb="t",
    kind=_sum_kind,
    cost=1,
)
rule(
    runtime.add_at,
    "buffer, index, value",
    kind=always(Inert("NoneType")),
    writes=(0,),
    effect=True,
)
