"""Rules for the helpers that pick items of sequences."""

from __future__ import annotations

from srcad import runtime
from srcad.kinds import INT, UNKNOWN, Array, Kind, ListOf, Scalar, TupleOf
from srcad.rules.call import Call
from srcad.rules.registry import inactive, linear
from srcad.rules.result_kinds import always, joined


def _picked_kind(call: Call) -> Kind:
    match call.kind("x"):
        case ListOf() as kind:
            return kind
        case TupleOf(items=items):
            return ListOf(joined(list(items)))
        case Array(dtype=dtype, dims=(_,)):
            return ListOf(Scalar(dtype, weak=False))
    return UNKNOWN


inactive(runtime.shortest, "rows", kind=always(INT), cost=1, reads_shape_only=True)
inactive(runtime.sort_order, kind=always(ListOf(INT)))
inactive(runtime.first_max, runtime.first_min, kind=always(INT))
linear(runtime.picked, "x, order", dx="unpicked(g, order)", kind=_picked_kind)
linear(runtime.unpicked, "x, order", dx="picked(g, order)", kind=_picked_kind)
linear(runtime.at_place, "y, place, x", dy="g[place]")
