"""The expressions that the passes write without knowing a library by name.

Each builder returns a core expression; kinds are filled in by `typed`.
"""

from __future__ import annotations

import contextlib
import math
import operator
import warnings
from dataclasses import replace
from typing import Any

import numpy as np

from srcad import runtime
from srcad.core import (
    Attr,
    Choice,
    Const,
    Expr,
    Field,
    Item,
    Method,
    Op,
    Slice,
    Tuple,
    Var,
    children,
)
from srcad.kinds import (
    UNKNOWN,
    Array,
    DictOf,
    Kind,
    ListOf,
    NumbersOf,
    ObjectOf,
    Scalar,
    TupleOf,
    carries,
    is_undecided,
)
from srcad.rules.item_kinds import item_kind as kind_of_item

WHERE = np.where
ZERO = Const(0.0, kind=Scalar("float64"))
ONE = Const(1.0, kind=Scalar("float64"))
EVERYTHING = Const(Ellipsis)


def call(fn: Any, *args: Expr, **kwargs: Expr) -> Op:
    """`fn(*args, **kwargs)`."""
    return Op(fn, args, tuple(kwargs.items()))


def number(value: int) -> Const:
    return Const(value, kind=Scalar("int64"))


def add(a: Expr, b: Expr) -> Expr:
    return Op(operator.add, (a, b))


def multiply(a: Expr, b: Expr) -> Expr:
    return Op(operator.mul, (a, b))


def negative(a: Expr) -> Expr:
    return Op(operator.neg, (a,))


def zero_like(value: Expr, kind: Kind) -> Expr:
    """The zero of the vector space that `value` (of kind `kind`) lives in."""
    if isinstance(kind, Scalar):
        return ZERO
    if isinstance(kind, Array):
        return Op(np.zeros_like, (value,), kind=kind)
    return Op(runtime.zero_shadow, (value,), kind=shadow_kind(kind))


def shadow_kind(kind: Kind) -> Kind:
    """The kind of a shadow: as the value's, where a derivative can be carried."""
    if isinstance(kind, NumbersOf):
        return ListOf(kind.item)
    return kind if not isinstance(kind, TupleOf) else ListOf(UNKNOWN)


def copy_of(value: Expr, kind: Kind) -> Expr:
    """A copy that shares no memory with `value`."""
    if isinstance(kind, Scalar) or not (carries(kind) or _has_inside(kind)):
        return value
    if isinstance(kind, Array):
        return Op(Method("copy"), (value,), kind=kind)
    return Op(runtime.copy_tree, (value,), kind=kind)


def copy_in_order(value: Expr, kind: Kind) -> Expr:
    """A copy with its items in memory as they are: sums over it add in the same order."""
    return Op(np.copy, (value,), kind=kind) if isinstance(kind, Array) else copy_of(value, kind)


def _has_inside(kind: Kind) -> bool:
    """Whether something of the kind can be written into, or holds what can."""
    if isinstance(kind, TupleOf):
        return any(map(_has_inside, kind.items))
    return isinstance(kind, Array | ListOf | DictOf)


def spread(value: Expr, like: Expr) -> Expr:
    """`value` broadcast to the shape of `like`, in memory of its own."""
    if value == ONE:
        return Op(np.ones_like, (like,), kind=like.kind)
    return Op(np.full_like, (like, value), kind=like.kind)


def spread_like(value: Expr, like: Expr) -> Expr:
    """As `spread`, where `value` may be an array already, of any dtype."""
    return Op(runtime.spread, (value, like), kind=like.kind)


def sum_leading(value: Expr, count: int) -> Expr:
    """The sum over the first `count` axes."""
    axis: Expr = number(0)
    if count > 1:
        axis = Tuple(tuple(number(i) for i in range(count)))
    return Op(np.sum, (value,), (("axis", axis),))


def sum_keeping(value: Expr, axes: tuple[int, ...]) -> Expr:
    """The sum over `axes`, which stay as axes of length 1."""
    axis: Expr = number(axes[0]) if len(axes) == 1 else Tuple(tuple(map(number, axes)))
    return Op(np.sum, (value,), (("axis", axis), ("keepdims", Const(True))))


def sum_all(value: Expr) -> Expr:
    return Op(np.sum, (value,))


def real_part(value: Expr) -> Expr:
    return Op(np.real, (value,))


def unbroadcast(value: Expr, like: Expr) -> Expr:
    """`value` summed to the shape of `like`, decided when the program runs."""
    return Op(runtime.unbroadcast, (value, like), kind=like.kind)


def scatter_add(buffer: Expr, index: Expr, value: Expr) -> Expr:
    """`buffer[index] += value` where the index may repeat."""
    return Op(np.add.at, (buffer, as_value(index), value))


def length(value: Expr) -> Expr:
    return Op(len, (value,), kind=Scalar("int64"))


def minimum_of(values: list[Expr]) -> Expr:
    return values[0] if len(values) == 1 else Op(min, tuple(values), kind=Scalar("int64"))


def count_up(*args: Expr) -> Op:
    return Op(range, args)


def backwards(iterable: Expr) -> Op:
    return Op(reversed, (iterable,))


def append(tape: str, value: Expr) -> Op:
    return Op(Method("append"), (Var(tape), value))


def pop(tape: str) -> Op:
    return Op(Method("pop"), (Var(tape),))


ARANGE = np.arange
# Functions that may hand back their operand itself.
MAY_PASS_THROUGH = (
    runtime.unbroadcast,
    runtime.tree_add,
    runtime.split_like,
    runtime.in_form_of,
    np.real,
    np.asarray,
    np.split,
    np.array_split,
)


def tree_sum(a: Expr, b: Expr) -> Expr:
    """The sum of two adjoints of any structure."""
    return Op(runtime.tree_add, (a, b), kind=a.kind)


def tree_add_at(base: Expr, index: Expr, value: Expr) -> Expr:
    """`base[index] += value` for containers of any structure."""
    return Op(runtime.add_at, (base, as_value(index), value))


def stored_cotangent(shadow: Expr, index: Expr) -> Expr:
    """`shadow[index]` where, of a repeated index, only the last occurrence was stored."""
    return Op(runtime.stored_cotangent, (shadow, as_value(index)))


def scattered(value: Expr) -> tuple[Item, Expr] | None:
    """The place and the value of `np.add.at(array, index, value)` and its like, else None."""
    if isinstance(value, Op) and value.fn in (np.add.at, runtime.add_at) and len(value.args) == 3:
        array, index, new = value.args
        if isinstance(array.kind, ObjectOf) and isinstance(index, Const):
            index = Field(str(index.value))
        return Item(array, index, kind=item_kind(array, index)), new
    return None


def item_kind(array: Expr, index: Expr) -> Kind:
    return kind_of_item(array.kind, index)


subtract = operator.sub

LIST = ListOf(UNKNOWN)
ALL_ITEMS = Slice()


def why_refused(value: Expr) -> tuple[str, str]:
    """Why a call that changes an active value has no adjoint, and what to do instead."""
    if isinstance(value, Op) and value.fn == Method("resize"):
        why = "it gives the array another size"
        return why, "Use `np.resize` or a slice, which make a new array"
    return "it changes an active value in place", "Assign to items instead"


def unit(value: Expr) -> Expr:
    """The cotangent of a result that is checked at run time to be one number."""
    return Op(runtime.unit, (value,))


def in_form_of(value: Expr, like: Expr) -> Expr:
    return Op(runtime.in_form_of, (value, like), kind=like.kind)


EXPONENTIALS = (math.exp, np.exp)
LOGARITHMS = (math.log, np.log)
SUMS = (np.sum, Method("sum"))
EXTREMES = (np.max, np.amax, Method("max"), np.min, np.amin, Method("min"))


def is_tree_sum(expr: Expr) -> bool:
    """Whether `expr` adds whole containers."""
    return isinstance(expr, Op) and expr.fn is runtime.tree_add


def accumulated(value: Expr) -> tuple[Expr, Expr] | None:
    """The shadow and what is added to it, of a call that adds to all items; else None."""
    if isinstance(value, Op) and value.fn is runtime.accumulate:
        return value.args[0], value.args[1]
    return None


def is_length(expr: Expr) -> bool:
    """Whether `expr` is the length or the number of elements of its operand."""
    if isinstance(expr, Attr):
        return expr.name == "size"
    return isinstance(expr, Op) and expr.fn is len


def is_zero_shadow(expr: Op) -> bool:
    """Whether `expr` makes zeros in the structure of its operand."""
    return expr.fn is runtime.zero_shadow


def is_number_function(expr: Expr) -> bool:
    """Whether `expr` is a call of a function of single numbers, quick to compute again."""
    return isinstance(expr, Op) and getattr(expr.fn, "__module__", None) in ("math", "cmath")


def new_shadow(value: Expr, kind: Kind) -> Expr:
    """Zeros for the shadow of a name whose value is new."""
    if is_undecided(kind):
        return Op(runtime.new_shadow, (value,))
    return zero_like(value, kind)


def shadow_of_item(shadow: Expr, value: Expr) -> Expr:
    """The shadow of a name bound to `value`, which stands where `shadow` does in the shadows."""
    return Op(runtime.shadow_of_item, (shadow, value))


def place_shadow(shadow: Expr) -> Expr:
    """What stands in a container's shadow for what has this shadow, if under a name."""
    return Op(runtime.place_shadow, (shadow,))


def taken(shadow: Expr, kind: Kind) -> Expr:
    """The cotangent that a name's shadow has come to hold."""
    return Op(runtime.taken, (shadow,), kind=kind)


def boxed(cotangent: Expr) -> Expr:
    """A cotangent in a form that is added to in place, whatever it is."""
    return Op(runtime.boxed, (cotangent,))


def of_number(cotangent: Expr) -> Expr:
    """The cotangent of a place, where that holds a number."""
    return Op(runtime.of_number, (cotangent,))


def of_numbers(cotangents: Expr, kind: Kind) -> Expr:
    """The cotangents of those places of a container that hold numbers."""
    return Op(runtime.of_numbers, (cotangents,), kind=kind)


def kept_item(place: Item) -> Expr:
    """What stands in a place of a shadow, safe from later stores if that is in an array."""
    if not is_undecided(place.base.kind):
        return place
    return Op(runtime.kept_item, (place.base, as_value(place.index)), kind=place.kind)


def handed_back(place: Expr, shadow: Expr) -> Expr:
    """The cotangent of a place after that of the name bound to it."""
    return Op(runtime.handed_back, (place, shadow))


def is_number(value: Expr) -> Expr:
    """Whether a value has turned out to be a number."""
    return Op(runtime.is_number, (value,), kind=Scalar("bool"))


def accumulate(shadow: Expr, value: Expr) -> Expr:
    """Add to a shadow of any structure in place."""
    return Op(runtime.accumulate, (shadow, value))


def sequence(parts: tuple[Expr, ...], kind: Kind) -> Expr:
    """The cotangent of a sequence from those of its items."""
    if isinstance(kind, Array):
        return Op(np.array, (Tuple(parts),), kind=kind)
    return Tuple(parts)


def as_value(index: Expr) -> Expr:
    """An index as a value of its own: `1:` as `slice(1, None)`."""
    if isinstance(index, Slice):
        parts: tuple[Expr | None, ...] = (index.start, index.stop, index.step)
        if index.step is None:
            parts = parts[:2]
        if index.start is None and index.step is None:
            parts = (index.stop,)
        return Op(slice, tuple(Const(None) if part is None else part for part in parts))
    if isinstance(index, Tuple):
        return Tuple(tuple(as_value(item) for item in index.items))
    return index


def as_shadow(value: Expr) -> Expr:
    """A cotangent of a container as a shadow that can be written into."""
    return Op(runtime.as_shadow, (value,))


_MAY_COPY = (np.reshape, np.ravel, np.asarray, np.ascontiguousarray, np.asanyarray)
_MAY_COPY_METHODS = ("reshape", "ravel", "astype", "__array__", "view")


def may_copy(expr: Expr) -> bool:
    """Whether the operation gives a view of its operand or a copy, as the memory allows."""
    if not isinstance(expr, Op):
        return False
    if isinstance(expr.fn, Method):
        return expr.fn.name in _MAY_COPY_METHODS
    return expr.fn in _MAY_COPY


_DIAGONALS = (np.diag, np.diagonal, Method("diagonal"))


def view_of_shadow(view: Expr) -> Expr:
    """A view of a shadow, to be added to: NumPy lets nobody write into a diagonal."""
    if isinstance(view, Op) and any(view.fn == fn for fn in _DIAGONALS):
        named = tuple(("offset", value) for _, value in view.kwargs)
        return replace(view, fn=runtime.diagonal_view, kwargs=named)
    return view


def is_passed_through(expr: Expr) -> bool:
    """Whether the operation certainly gives its operand, an array, itself."""
    if not isinstance(expr, Op) or expr.fn not in (np.asarray, np.asanyarray) or expr.kwargs:
        return False
    return len(expr.args) == 1 and isinstance(expr.args[0].kind, Array)


def of_copy(cotangent: Expr, shadow: Expr) -> Expr:
    """The cotangent of what may be a view of what `shadow` is of, where it is a copy instead."""
    return Op(runtime.of_copy, (cotangent, shadow), kind=cotangent.kind)


def is_copy(shadow: Expr, base: Expr) -> Expr:
    """Whether the shadow of a view that may be a copy has turned out as a copy."""
    return Op(runtime.is_copy, (shadow, base), kind=Scalar("bool"))


def shadow_from(value: Expr, like: Expr) -> Expr:
    """A cotangent of a container, however it was computed, as its shadow."""
    return Op(runtime.shadow_from, (value, like))


def old_item(place: Item, certain: bool = True) -> Expr:
    """What stands in a place before a store; None where nothing does yet.

    `certain` says that objects have the attributes which are known of their class.
    """
    base, key = place.base, place.index
    if not isinstance(base.kind, DictOf) and not isinstance(key, Field):
        return place
    known = isinstance(base.kind, DictOf) and base.kind.items is not None
    if known and isinstance(key, Const):
        if key.value not in dict(base.kind.items or ()):  # type: ignore[attr-defined]
            return Const(None)
        if certain or not isinstance(key, Field):
            return place
    if not isinstance(key, Field):
        return Op(Method("get"), (base, key), kind=place.kind)
    there = Op(hasattr, (base, Const(key.value)), kind=Scalar("bool"))
    return Choice(there, place, Const(None), kind=place.kind)


def _is_container(kind: Kind) -> bool:
    return isinstance(kind, ListOf | TupleOf | DictOf) and not isinstance(kind, ObjectOf)


def regrouped(expr: Expr) -> tuple[Expr, ...]:
    """The operands of which `expr` puts the items together in a new list, tuple or dict."""
    if isinstance(expr, Item):
        sliced = isinstance(expr.index, Slice) and isinstance(expr.base.kind, ListOf | TupleOf)
        return (expr.base,) if sliced else ()
    if not isinstance(expr, Op) or isinstance(expr.kind, Array | Scalar):
        return ()
    containers = [a for a in expr.args if _is_container(a.kind)]
    if expr.fn in (list, tuple) and len(expr.args) == 1 and not containers:
        return _values_of(expr.args[0])
    if expr.fn in (operator.add, operator.or_):
        return tuple(containers) if len(containers) == 2 else ()
    if expr.fn is runtime.reordered:
        return expr.args[:1]
    if expr.fn is operator.mul or expr.fn in (list, tuple, dict) or expr.fn == Method("copy"):
        return tuple(containers) if len(containers) == 1 and not expr.kwargs else ()
    return ()


def _values_of(view: Expr) -> tuple[Expr, ...]:
    """The dict whose values are looked at by `d.values()`."""
    looks = isinstance(view, Op) and view.fn == Method("values") and len(view.args) == 1
    return tuple(a for a in children(view) if _is_container(a.kind)) if looks else ()


def place_of_extreme(op: Op) -> Op | None:
    """Where in a list `max` or `min` finds what it gives; None of any other call."""
    if op.fn not in (max, min) or len(op.args) != 1 or op.kwargs:
        return None
    found = runtime.first_max if op.fn is max else runtime.first_min
    return Op(found, op.args, kind=Scalar("int64"))


def snapshot(value: Expr) -> Expr:
    """All that `value` holds now, lists and dicts within it included."""
    return Op(runtime.snapshot, (value,))


def put_item(place: Item, saved: Expr) -> Expr:
    """Give a dict what it had in a place, nothing if that is None."""
    return Op(runtime.put_item, (place.base, place.index, saved))


def put_back(saved: Expr) -> Expr:
    """Give what a snapshot was made of what it held then."""
    return Op(runtime.put_back, (saved,))


def sort_order(values: Expr, how: tuple[tuple[str, Expr], ...]) -> Expr:
    """The order in which sorting puts the items of a list; `how` are the keywords of `sort`."""
    return Op(runtime.sort_order, (values,), how, kind=ListOf(Scalar("int64")))


def reordered(values: Expr, order: Expr) -> Expr:
    """The items of a list in another order."""
    return Op(runtime.reordered, (values, order), kind=values.kind)


def slice_start(start: Expr, size: Expr) -> Expr:
    """Where a slice that is written with `start` begins in a list of `size` items."""
    return Op(runtime.slice_start, (start, size), kind=Scalar("int64"))


def subtracted(a: Expr, b: Expr) -> Expr:
    return Op(operator.sub, (a, b), kind=a.kind)


# ---------------------------------------------------------------------------------------------
# Contexts

_SURROUNDING = (np.errstate, warnings.catch_warnings, contextlib.nullcontext)
_FILTERS = (warnings.simplefilter, warnings.filterwarnings)


def is_surrounding(context: Expr) -> bool:
    """Whether a context does nothing but decide how what is in it is carried out."""
    return isinstance(context, Op) and any(context.fn is known for known in _SURROUNDING)


def is_filter(expr: Expr) -> bool:
    """Whether a call says which warnings are shown."""
    return isinstance(expr, Op) and any(expr.fn is known for known in _FILTERS)
