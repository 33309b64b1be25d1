"""Rules for Python's built-in functions, and those of `math` that take sequences."""

from __future__ import annotations

import bisect
import math
import time
from dataclasses import replace
from typing import Any

from srcad import runtime
from srcad.core import TOTAL
from srcad.errors import NoDerivative, UnsupportedConstruct
from srcad.kinds import (
    BOOL,
    FLOAT,
    INT,
    NEVER,
    UNKNOWN,
    Array,
    Inert,
    Kind,
    ListOf,
    RangeOf,
    Scalar,
    TupleOf,
    dims_of,
    is_object,
    is_unknown,
    promote,
)
from srcad.rules.call import Call, length_of, operand_kind
from srcad.rules.registry import Lazy, elementwise, inactive, linear, rule
from srcad.rules.result_kinds import always, item_kinds, joined, size_kind

_fn: Any

# ---------------------------------------------------------------------------------------------
# Numbers


def _choice_kind(call: Call) -> Kind:
    """The kind of `max(a, b)` or `max(items)`: one of them, whatever its kind."""
    if len(call.rest) == 1:
        return _item_kind(operand_kind(call.rest[0][1]))
    kinds = [operand_kind(expr) for _, expr in call.rest]
    same = all(kind == kinds[0] for kind in kinds)
    if same:
        return replace(kinds[0], size=None) if isinstance(kinds[0], Scalar) else kinds[0]
    # one of numbers of different dtypes: only if all are Python's is the join certain
    numbers = all(isinstance(kind, Scalar) for kind in kinds)
    return joined(kinds) if numbers else UNKNOWN


def _item_kind(kind: Kind) -> Kind:
    """The kind of an item of what is iterated over."""
    match kind:
        case ListOf(item=item):
            return item
        case TupleOf(items=items):
            return joined(list(items))
        case Array(dtype=dtype, dims=(_,)):
            return Scalar(dtype, weak=False)
        case Array(dtype=dtype, dims=(_, *rest)):
            return Array(dtype, tuple(rest))
        case RangeOf():
            return INT
    return UNKNOWN


def _refuse_options(call: Call) -> None:
    """Refuse `key` and `default`, which lowering writes out where it can."""
    if call.given:
        raise UnsupportedConstruct(
            f"cannot differentiate `{call.fn.__name__}` with `{next(iter(call.given))}` here",
            "Write it as a loop",
            call.op.origin,
        )


def _is_numbers(call: Call) -> bool:
    """Whether what is run through is certainly made of numbers."""
    kind = operand_kind(call.rest[0][1])
    items = kind.items if isinstance(kind, TupleOf) else (_item_kind(kind),)
    return isinstance(kind, Array) or all(isinstance(item, Scalar) for item in items)


def _chosen(op: str, strict: str, mask: str) -> Any:
    """The partials of max or min: the first of the greatest gets all."""
    place_of = mask.replace("_mask", "").join(("first_", ""))

    def slope(call: Call, place: int) -> str:
        _refuse_options(call)
        count = len(call.rest)
        if count == 1:
            return f"{mask}(each)" if _is_numbers(call) else f"at_place(g, {place_of}(each), each)"
        if count == 2:
            other = f"xs[{1 - place}]"
            return f"each {strict if place else op} {other}"
        earlier = "".join(f" * (xs[{i}] != out)" for i in range(place))
        return f"(each == out){earlier}"

    return slope


def _chosen_tangent(op: str, strict: str, mask: str) -> Any:
    place_of = mask.replace("_mask", "").join(("first_", ""))
    slope = _chosen(op, strict, mask)

    def tangent(call: Call, place: int) -> str:
        _refuse_options(call)
        if len(call.rest) > 1:
            return str(slope(call, place))
        return f"np.sum({mask}(each) * t)" if _is_numbers(call) else f"t[{place_of}(each)]"

    return tangent


def _textbook(op: str, mask: str) -> Any:
    place_of = mask.replace("_mask", "").join(("first_", ""))

    def slope(call: Call, place: int) -> str:
        _refuse_options(call)
        if len(call.rest) > 1:
            return "each == out"
        return f"{mask}(each)" if _is_numbers(call) else f"at_place(g, {place_of}(each), each)"

    return slope


for _fn, _op, _strict, _mask in [(max, ">=", ">", "max_mask"), (min, "<=", "<", "min_mask")]:
    elementwise(
        _fn,
        "*xs, key=None, default=None",
        dxs=_chosen(_op, _strict, _mask),
        txs=_chosen_tangent(_op, _strict, _mask),
        kind=_choice_kind,
        cost=1,
    )
    elementwise(
        _fn,
        "*xs, key=None, default=None",
        dxs=_textbook(_op, _mask),
        txs=_chosen_tangent(_op, _op, _mask),
        kind=_choice_kind,
        cost=1,
        ties_all=True,
    )

elementwise(float, "x=0.0", dx="1", kind=always(FLOAT), cost=0)
rule(
    complex,
    "x=0.0, y=0.0",
    dx="g",
    tx="complex(t)",
    dy="1j * g",
    ty="1j * t",
    kind=always(Scalar("complex128")),
    cost=0,
)


def _divmod_kind(call: Call) -> Kind:
    kinds = (call.kind("x"), call.kind("y"))
    weak = all(isinstance(kind, Scalar) and kind.weak for kind in kinds)
    part = Scalar(promote(*kinds))
    return TupleOf((part, part)) if weak else UNKNOWN


rule(
    divmod,
    "x, y",
    dx="g[1]",
    tx="(0.0, t)",
    dy="-g[1] * out[0]",
    ty="(0.0, -t * out[0])",
    kind=_divmod_kind,
    cost=1,
)
inactive(int, kind=always(INT), cost=1)
inactive(bool, any, all, isinstance, issubclass, callable, hasattr, kind=always(BOOL), cost=1)
inactive(bisect.bisect, bisect.bisect_left, bisect.bisect_right, kind=always(INT), cost=2)


def _round_kind(call: Call) -> Kind:
    kinds = [operand_kind(expr) for _, expr in call.rest]
    if len(kinds) == 1 and isinstance(kinds[0], Scalar) and not call.given:
        return INT
    return kinds[0] if isinstance(kinds[0], Scalar | Array) else UNKNOWN


inactive(round, kind=_round_kind, cost=1)

# ---------------------------------------------------------------------------------------------
# Sequences


def _len_kind(call: Call) -> Kind:
    kind = call.kind("x")
    items = item_kinds(call, "x")
    if items is not None:
        return size_kind(len(items))
    dims = dims_of(kind)
    if isinstance(kind, RangeOf):
        return size_kind(kind.length)
    return size_kind(dims[0] if dims else None)


def _range_kind(call: Call) -> Kind:
    return RangeOf(length_of(call.rest[0][1]) if len(call.rest) == 1 else None)


inactive(len, "x", kind=_len_kind, cost=0, reads_shape_only=True)
inactive(range, kind=_range_kind, cost=0)


def _sum_kind(call: Call) -> Kind:
    """Python's sum starts from the int 0 and adds the items up."""
    items = item_kinds(call, "x")
    if call.kind("x") == ListOf(NEVER):  # nothing has been put into the list yet
        return call.kind("start")
    parts = [_item_kind(call.kind("x"))] if items is None else list(items)
    parts = [*parts, call.kind("start")]
    if all(isinstance(part, Scalar) for part in parts):
        weak = all(part.weak for part in parts if isinstance(part, Scalar))
        return Scalar(promote(*parts), weak)
    arrays = [part for part in parts if isinstance(part, Array)]
    if len(arrays) == 1 and items is None and dims_of(parts[-1]) == ():
        return Array(promote(*parts), arrays[0].dims)
    return UNKNOWN


def _sum_dx(call: Call) -> str:
    return Lazy("g") if isinstance(call.kind("x"), Array) else "spread(g, x)"


rule(
    sum,
    "x, start=0",
    dx=_sum_dx,
    tx="sum(t)",
    dstart="g",
    tstart="t",
    kind=_sum_kind,
    cost=1,
)
rule(
    TOTAL,
    "total, items",
    dtotal="g",
    ttotal="t",
    kind=lambda call: call.kind("total"),
    cost=1,
)
linear(math.fsum, "x", dx=_sum_dx, kind=always(FLOAT))
rule(
    math.prod,
    "x, *, start=1",
    dx="g * start * prod_others(x)",
    tx="np.sum(start * prod_others(x) * t)",
    dstart="g * math.prod(x)",
    tstart="t * math.prod(x)",
)
rule(
    math.dist,
    "p, q",
    dp="g * np.subtract(p, q) / out",
    dq="g * np.subtract(q, p) / out",
    tp="np.dot(np.subtract(p, q), t) / out",
    tq="np.dot(np.subtract(q, p), t) / out",
    kind=always(FLOAT),
)
if hasattr(math, "sumprod"):  # from Python 3.12 on
    linear(math.sumprod, "p, q", dp="g * np.asarray(q)", dq="g * np.asarray(p)")
rule(
    math.modf,
    "x",
    dx="g[0]",
    tx="(t, 0.0)",
    kind=always(TupleOf((FLOAT, FLOAT))),
    cost=1,
)
rule(
    math.frexp,
    "x",
    dx="math.ldexp(g[0], -out[1])",
    tx="(math.ldexp(t, -out[1]), 0)",
    kind=always(TupleOf((FLOAT, INT))),
    cost=1,
)


def _list_kind(call: Call) -> Kind:
    if "x" not in call.given:
        return ListOf(Kind())
    item = _item_kind(call.kind("x"))
    return ListOf(item)


def _tuple_kind(call: Call) -> Kind:
    kind = call.kind("x")
    return kind if isinstance(kind, TupleOf) else UNKNOWN


def _items_dx(call: Call) -> str:
    kind = call.kind("x")
    if isinstance(kind, Array):
        return "np.asarray(g)"
    if is_object(kind):
        raise NoDerivative(
            "no derivative passes through an iterator class",
            "Write `__iter__` as a generator, or call its `__next__` in a loop of your own",
            call.op.origin,
        )
    if is_unknown(kind):
        return "shadow_from(g, x)"
    return "list(g)" if call.fn is tuple and not isinstance(kind, TupleOf) else "g"


linear(list, "x=()", dx=_items_dx, kind=_list_kind, cost=1)
linear(tuple, "x=()", dx=_items_dx, kind=_tuple_kind, cost=1)


# ---------------------------------------------------------------------------------------------
# What carries no derivative

inactive(str, repr, format, chr, ascii, bin, hex, oct, kind=always(Inert("str")), cost=1)
inactive(type, id, hash, ord, kind=always(Inert("object")), cost=1)
inactive(slice, kind=always(Inert("slice")), cost=0)
inactive(print, breakpoint, kind=always(Inert("NoneType")), effect=True)
inactive(input, kind=always(Inert("str")), effect=True)
inactive(runtime.module_value, effect=True)
inactive(runtime.cell_value, effect=True)
inactive(runtime.function_of, kind=always(Inert("object")), cost=1)
for _clock in (time.time, time.perf_counter, time.process_time, time.monotonic):
    inactive(_clock, kind=always(FLOAT), effect=True)
inactive(time.sleep, kind=always(Inert("NoneType")), effect=True)
