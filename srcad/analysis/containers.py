"""Kinds of Python's own containers: what iterating gives, what their methods and functions
return, and how writing into one changes what is known of it.
"""

from __future__ import annotations

import functools
import itertools
import operator
import types
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from srcad.core import (
    Const,
    Dict,
    Expr,
    Field,
    Item,
    List,
    Method,
    Named,
    Op,
    Record,
    Slice,
    Store,
    Tuple,
)
from srcad.kinds import (
    INT,
    NEVER,
    NONE,
    UNKNOWN,
    Array,
    DictOf,
    Inert,
    Kind,
    ListOf,
    NamedOf,
    Never,
    NumbersOf,
    ObjectOf,
    OneOf,
    RangeOf,
    Scalar,
    TupleOf,
    attribute_of,
    carries,
    join,
    object_of,
    with_inner,
)
from srcad.rules.item_kinds import any_item
from srcad.rules.lengths import range_length

# ---------------------------------------------------------------------------------------------
# Iterating


def element_kind(expr: Expr) -> Kind:
    """The kind of what `for ... in expr` binds at each trip."""
    if isinstance(expr, Op):
        kinds = [element_kind(arg) for arg in expr.args]
        if expr.fn is enumerate:
            return TupleOf((INT, kinds[0])) if kinds else UNKNOWN
        if expr.fn is zip:
            return TupleOf(tuple(kinds))
        if expr.fn is reversed:
            return kinds[0] if len(kinds) == 1 else UNKNOWN
        if is_iterator(expr.fn):
            return _chosen_kind(expr, kinds)
        if isinstance(expr.fn, Method) and len(expr.args) == 1:
            return _dict_view_element(expr.fn.name, expr.args[0].kind, expr.kind)
    return element_of(expr.kind)


_CHOOSERS = (
    itertools.product,
    itertools.permutations,
    itertools.combinations,
    itertools.combinations_with_replacement,
)


def is_iterator(fn: Any) -> bool:
    """Whether calling `fn` makes an iterator, of `itertools` or of indices."""
    return fn is np.ndindex or any(fn is chooser for chooser in _CHOOSERS)


def _chosen_kind(op: Op, kinds: list[Kind]) -> Kind:
    """The kind of the tuples that `itertools.product` and its like give."""
    if op.fn is np.ndindex:
        return ListOf(INT)  # a tuple, of which only this is known
    if op.fn is itertools.product:
        again = dict(op.kwargs).get("repeat", Const(1))
        times = again.value if isinstance(again, Const) else None
        return TupleOf(tuple(kinds) * times) if isinstance(times, int) else UNKNOWN
    size = op.args[1] if len(op.args) > 1 else dict(op.kwargs).get("r")
    item = element_kind(op.args[0]) if op.args else UNKNOWN
    if isinstance(size, Const) and isinstance(size.value, int):
        return TupleOf((item,) * size.value)
    return UNKNOWN if carries(item) else ListOf(item)


def element_of(kind: Kind) -> Kind:
    """The kind of the items that iterating over a value of this kind gives."""
    match kind:
        case RangeOf():
            return INT
        case ListOf(item=item):
            return item
        case TupleOf(items=items):
            return any_item(items)
        case Array(dtype=dtype, dims=dims) if dims and dtype != "object":
            return Array(dtype, dims[1:]) if len(dims) > 1 else Scalar(dtype, weak=False)
        case DictOf() if not isinstance(kind, ObjectOf):
            return _key_kind(kind)
        case Inert(name="str" | "key") | Never():
            return kind
    return UNKNOWN


def _key_kind(kind: DictOf) -> Kind:
    return Inert("str") if kind.items else Inert("key")


def _dict_view_element(method: str, base: Kind, result: Kind) -> Kind:
    if type(base) is DictOf:
        match method:
            case "keys":
                return _key_kind(base)
            case "values":
                return values_of(base)
            case "items":
                return TupleOf((_key_kind(base), values_of(base)))
    return element_of(result)


def values_of(kind: DictOf) -> Kind:
    """The kind of a dict's values, whichever."""
    return kind.value if kind.items is None else any_item(tuple(item for _, item in kind.items))


def display_kind(expr: Tuple | List | Dict) -> Kind:
    """The kind of a tuple, list or dict display."""
    if isinstance(expr, Named):
        return NamedOf(tuple(item.kind for item in expr.items), expr.cls)
    if isinstance(expr, Tuple):
        return TupleOf(tuple(item.kind for item in expr.items))
    if isinstance(expr, List):
        return ListOf(any_item(tuple(item.kind for item in expr.items)))
    pairs = zip(expr.keys, expr.values, strict=True)
    if isinstance(expr, Record):
        named = {str(key.value): value.kind for key, value in pairs if isinstance(key, Const)}
        return object_of(expr.cls, named)
    known: dict[str, Kind] = {}
    for key, value in pairs:
        if not (isinstance(key, Const) and isinstance(key.value, str)):
            return DictOf(None, any_item(tuple(value.kind for value in expr.values)))
        known[key.value] = value.kind
    return DictOf(tuple(known.items()), UNKNOWN)


# ---------------------------------------------------------------------------------------------
# Operations


def container_kind(op: Op) -> Kind | None:
    """The kind of an operation on Python's containers, None if it is not one."""
    if isinstance(op.fn, Method):
        return _method_kind(op.fn.name, op.args) if op.args else None
    if isinstance(op.fn, type) or callable(op.fn):
        special = _FUNCTIONS.get(op.fn) if _hashable(op.fn) else None
        return special(op) if special is not None else None
    return None


def _hashable(fn: Any) -> bool:
    return getattr(type(fn), "__hash__", None) is not None


def _range(op: Op) -> Kind | None:
    return RangeOf(range_length(op.args)) if op.args and not op.kwargs else None


def _iterator(op: Op) -> Kind | None:
    return None if carries(element_kind(op)) else Inert("iterator")


def _list(op: Op) -> Kind | None:
    return ListOf(element_kind(op.args[0])) if op.args else ListOf(NEVER)


def _tuple(op: Op) -> Kind | None:
    if not op.args:
        return TupleOf(())
    kind = op.args[0].kind
    return kind if isinstance(kind, TupleOf | NumbersOf) else None


def _dict(op: Op) -> Kind | None:
    if op.args:
        kind = op.args[0].kind
        return kind if isinstance(kind, DictOf) and not op.kwargs else None
    return DictOf(tuple((key, value.kind) for key, value in op.kwargs), UNKNOWN)


def _joined(op: Op) -> Kind | None:
    """`+` of two lists or tuples."""
    match [arg.kind for arg in op.args]:
        case [ListOf() as one, ListOf() as other] if type(one) is type(other):
            return type(one)(join(one.item, other.item))
        case [TupleOf(items=first), TupleOf(items=last)]:
            return TupleOf((*first, *last))
    return None


def _repeated(op: Op) -> Kind | None:
    """`*` of a list or tuple and a number."""
    for arg, times in zip(op.args, reversed(op.args), strict=True):
        if isinstance(arg.kind, ListOf) and isinstance(times.kind, Scalar):
            whole = times.kind.dtype == "object" or np.dtype(times.kind.dtype).kind in "iub"
            return arg.kind if whole else None
        if isinstance(arg.kind, TupleOf) and isinstance(times, Const):
            return TupleOf(arg.kind.items * times.value)
    return None


def _merged(op: Op) -> Kind | None:
    """`|` of two dicts."""
    one, other = (arg.kind for arg in op.args)
    if type(one) is not DictOf or type(other) is not DictOf:
        return None
    if one.items is None or other.items is None:
        return DictOf(None, join(values_of(one), values_of(other)))
    return DictOf(tuple({**dict(one.items), **dict(other.items)}.items()), UNKNOWN)


_FUNCTIONS: dict[Any, Callable[[Op], Kind | None]] = {
    operator.delitem: lambda op: NONE,
    operator.add: _joined,
    operator.mul: _repeated,
    operator.or_: _merged,
    range: _range,
    list: _list,
    sorted: _list,
    tuple: _tuple,
    dict: _dict,
    enumerate: _iterator,
    zip: _iterator,
    reversed: _iterator,
    **dict.fromkeys(_CHOOSERS, _iterator),
}

_RETURN_NONE = {"append", "extend", "insert", "remove", "clear", "sort", "reverse", "update"}


def _method_kind(name: str, args: tuple[Expr, ...]) -> Kind | None:
    base = args[0].kind
    if isinstance(base, ListOf):
        return _list_method(name, base)
    if type(base) is DictOf:
        return _dict_method(name, base, args)
    if isinstance(base, TupleOf) and name in ("index", "count"):
        return INT
    if base == Inert("str"):
        return Inert("object")
    return None


def _list_method(name: str, base: ListOf) -> Kind:
    if name in _RETURN_NONE:
        return NONE
    if name == "pop":
        return base.item
    if name == "copy":
        return base
    return INT if name in ("index", "count") else UNKNOWN


def _dict_method(name: str, base: DictOf, args: tuple[Expr, ...]) -> Kind:
    if name in ("update", "clear"):
        return NONE
    if name == "copy":
        return base
    if name in ("get", "pop", "setdefault") and len(args) > 1:
        absent = args[2].kind if len(args) > 2 else NEVER if name == "pop" else NONE
        known = dict(base.items or ())
        if isinstance(args[1], Const) and args[1].value in known:
            return known[args[1].value]
        return join(values_of(base), absent)
    return TupleOf((_key_kind(base), values_of(base))) if name == "popitem" else UNKNOWN


# ---------------------------------------------------------------------------------------------
# Writing into a container

Change = Callable[[Kind], Kind]


def absorb(item: Kind) -> Change:
    """What a list or dict becomes when a value of kind `item` may have been put into it."""

    def change(kind: Kind) -> Kind:
        match kind:
            case NumbersOf():
                return kind
            case ListOf(item=old):
                return ListOf(join(old, item))
            case ObjectOf():
                return kind
            case DictOf():
                return DictOf(None, join(values_of(kind), item))
        return kind

    return change


def of_class(written: Kind, change: Change) -> Change:
    """`change`, made of a container of kind `written`: none of the other class can be it."""
    if not isinstance(written, ListOf | DictOf):
        return change
    return lambda kind: change(kind) if isinstance(kind, type(written)) else kind


_FIXED = (functools.partial, types.MethodType)  # what they call cannot be changed


def everywhere(change: Change) -> Change:
    """`change`, made of a container and of every container in it."""

    def deep(kind: Kind) -> Kind:
        if isinstance(kind, ObjectOf) and kind.cls in _FIXED and kind.items is not None:
            parts = ((name, _inside(part, deep)) for name, part in kind.items)
            return replace(kind, items=tuple(parts))
        return change(with_inner(kind, deep))

    return deep


def _inside(kind: Kind, deep: Change) -> Kind:
    """What a partial holds: the tuple and the dict of arguments stay, what is in them may not."""
    return with_inner(kind, deep) if isinstance(kind, TupleOf | DictOf) else deep(kind)


def method_write(op: Op) -> Change | None:
    """How a method call changes the list or dict `op.args[0]` (or what may be one); None if not."""
    if op.fn is operator.delitem:
        return drop_keys
    if not isinstance(op.fn, Method) or not op.args or isinstance(op.args[0].kind, Array | Scalar):
        return None
    args = op.args[1:]
    match op.fn.name:
        case "append" | "insert" | "setdefault" if args:
            return absorb(args[-1].kind)
        case "extend" if args:
            return absorb(element_kind(args[-1]))
        case "update":
            values = [values_of(a.kind) if isinstance(a.kind, DictOf) else UNKNOWN for a in args]
            return absorb(any_item((*values, *(value.kind for _, value in op.kwargs))))
        case "clear" | "popitem":
            return absorb(NEVER)
        case "pop":
            return drop_keys
    return None


def drop_keys(kind: Kind) -> Kind:
    """A dict of which some item may be gone."""
    return DictOf(None, values_of(kind)) if type(kind) is DictOf else kind


def store_write(store: Store, value: Kind) -> Change | None:
    """How the container that `store` writes into is changed; None if its kind stays."""
    if not isinstance(store.place, Item):
        return None
    base, index = store.place.base.kind, store.place.index
    if isinstance(index, Field):
        cls = base.cls if isinstance(base, ObjectOf) else None
        return put_attribute(cls, str(index.value), value)
    if isinstance(base, Array | Scalar):
        return None
    if isinstance(base, DictOf) and isinstance(index, Const) and isinstance(index.value, str):
        return put(index.value, value)
    if isinstance(index, Slice):
        return absorb(element_of(value))
    return absorb(value)


def augmented_write(op: Any, target: Kind, value: Expr) -> Change:
    """How `target op= value` changes the list or dict that the target is, or may be."""
    if op is operator.or_ and type(target) is type(value.kind) is DictOf:
        return absorb(values_of(value.kind))
    if not isinstance(target, ListOf):
        return unknown_items
    return absorb(element_kind(value) if op is operator.add else NEVER)


def put(key: str, value: Kind) -> Change:
    """What a dict becomes by `d[key] = value`."""

    def change(kind: Kind) -> Kind:
        if type(kind) is DictOf and kind.items is not None:
            items = {**dict(kind.items), key: value}
            return DictOf(tuple(items.items()), kind.value)
        return absorb(value)(kind)

    return change


def changed_at(kind: Kind, path: tuple[Expr, ...], change: Change) -> Kind:
    """`kind`, with `change` made of what is found in it along the indices of `path`."""
    if not path:
        return change(kind)
    index, *rest = path

    def inner(part: Kind) -> Kind:
        return changed_at(part, tuple(rest), change)

    if isinstance(kind, ObjectOf) and kind.items is not None and isinstance(index, Field):
        known = attribute_of(kind, str(index.value))
        if known is None:
            return kind
        return object_of(kind.cls, {**dict(kind.items), str(index.value): inner(known)})
    if isinstance(kind, DictOf) and kind.items is not None and isinstance(index, Const):
        items = tuple((k, inner(v) if k == index.value else v) for k, v in kind.items)
        return replace(kind, items=items)
    if isinstance(kind, ListOf | TupleOf | DictOf):
        return with_inner(kind, lambda part: join(part, inner(part)))
    return everywhere(change)(kind)


def like_those_in(after: Kind) -> Change:
    """What becomes of a container when one like it may have become one of those in `after`."""
    found: list[Kind] = []
    _gather(after, found)

    def change(kind: Kind) -> Kind:
        for other in found:
            same_class = not isinstance(kind, ObjectOf) or kind.cls is getattr(other, "cls", None)
            if type(other) is type(kind) and same_class:
                kind = join(kind, other)
        return kind

    return change


def unknown_like(given: Kind) -> Change:
    """What becomes of containers where anything may have been done to one of the kind `given`."""
    found: list[Kind] = []
    _gather(given, found)
    if _holds_unknown(given):
        return unknown_items

    def change(kind: Kind) -> Kind:
        met = any(
            type(other) is type(kind)
            and (not isinstance(kind, ObjectOf) or kind.cls is getattr(other, "cls", None))
            for other in found
        )
        return unknown_items(kind) if met else kind

    return change


def _holds_unknown(kind: Kind) -> bool:
    """Whether there may be anything in it."""
    unknown = kind == UNKNOWN or (isinstance(kind, ObjectOf) and kind.items is None)
    met: list[bool] = [unknown]

    def look(part: Kind) -> Kind:
        met.append(_holds_unknown(part))
        return part

    with_inner(kind, look)
    return any(met)


def _gather(kind: Kind, found: list[Kind]) -> Kind:
    if isinstance(kind, ListOf | DictOf):
        found.append(kind)
    return with_inner(kind, lambda part: _gather(part, found))


def put_attribute(cls: type | None, name: str, value: Kind) -> Change:
    """What an object becomes by `obj.name = value`, if it is of the class or that is not known."""

    def change(kind: Kind) -> Kind:
        if not isinstance(kind, ObjectOf) or kind.items is None:
            return kind
        if cls is not None and kind.cls is not cls:
            return kind
        return object_of(kind.cls, {**dict(kind.items), name: value})

    return change


def holds_container(kind: Kind) -> bool:
    """Whether writing elsewhere may change what is known of a value of this kind."""
    match kind:
        case ListOf() | DictOf():
            return True
        case TupleOf(items=items):
            return any(holds_container(item) for item in items)
        case OneOf(options=options):
            return any(holds_container(option) for option in options)
    return False


def unknown_items(kind: Kind) -> Kind:
    """A list or dict of which anything may have become."""
    match kind:
        case NumbersOf():
            return kind
        case ListOf():
            return ListOf(UNKNOWN)
        case ObjectOf(cls=cls) if cls not in _FIXED:
            return ObjectOf(None, UNKNOWN, cls)
        case ObjectOf():
            return kind
        case DictOf():
            return DictOf(None, UNKNOWN)
    return kind
