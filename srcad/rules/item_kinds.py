"""The kind of `base[index]`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from srcad.core import Const, Expr, Field, List, Slice, Tuple, Verbatim
from srcad.fstrings import pattern
from srcad.kinds import (
    INT,
    NEVER,
    UNKNOWN,
    Array,
    ConstOf,
    DictOf,
    Inert,
    Kind,
    Length,
    ListOf,
    Never,
    ObjectOf,
    OneOf,
    RangeOf,
    Scalar,
    TupleOf,
    attribute_of,
    broadcast_dims,
    join,
)
from srcad.rules.lengths import constant_int, slice_length


def item_kind(base: Kind, index: Expr) -> Kind:
    """The kind of an item or slice of a `base`; the kinds in `index` are filled in."""
    match base:
        case Array():
            return _array_item(base, index)
        case TupleOf(items=items):
            return _tuple_item(items, index)
        case ListOf(item=item):
            return base if _is_slice(index) else item
        case DictOf():
            return dict_value(base, index)
        case OneOf(options=options) if isinstance(index, Field):
            return any_item(tuple(item_kind(o, index) for o in options if _holds(o, index)))
        case RangeOf():
            return RangeOf() if _is_slice(index) else INT
        case Inert(name="str") | Never():
            return base
    return UNKNOWN


def _holds(kind: Kind, key: Field) -> bool:
    return isinstance(kind, ObjectOf) and attribute_of(kind, str(key.value)) is not None


def any_item(kinds: tuple[Kind, ...]) -> Kind:
    """The kind of one of several, it is not known which."""
    result: Kind = NEVER
    for kind in kinds:
        result = join(result, kind)
    return result


def dict_value(base: DictOf, key: Expr) -> Kind:
    """The kind of `base[key]`."""
    if base.items is None:
        return base.value
    if isinstance(base, ObjectOf):
        return (attribute_of(base, str(key.value)) if isinstance(key, Field) else None) or UNKNOWN
    if isinstance(key, Const):
        return dict(base.items).get(key.value, UNKNOWN)
    known = base.items
    if isinstance(key, Verbatim):
        fits = pattern(key.text).fullmatch
        known = tuple((name, kind) for name, kind in known if fits(name))
    # of an empty dict there is none yet
    return UNKNOWN if base.items and not known else any_item(tuple(kind for _, kind in known))


def _is_slice(index: Expr) -> bool:
    return isinstance(index, Slice) or index.kind == Inert("slice")


def _tuple_item(items: tuple[Kind, ...], index: Expr) -> Kind:
    if isinstance(index, Slice):
        parts = (index.start, index.stop, index.step)
        if all(part is None or constant_int(part) is not None for part in parts):
            return TupleOf(items[slice(*(constant_int(part) for part in parts))])
        return UNKNOWN
    number = constant_int(index)
    if number is None:
        return any_item(items) if isinstance(index.kind, Scalar) else UNKNOWN
    return items[number] if -len(items) <= number < len(items) else UNKNOWN


# ---------------------------------------------------------------------------------------------
# Arrays


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of an array's index: what it is and the axes of the array that it takes up.

    `what` is "int", "slice", "new" (None), "rest" (...), "array" or "unknown"; `dims` are those
    of an index array, or of a mask's positions.
    """

    what: str
    takes: int = 1
    dims: tuple[Length, ...] = ()
    slice: Slice | None = None


_ANY_SLICE = Slice(step=Const(None))


def _array_item(base: Array, index: Expr) -> Kind:
    parts = [_part(item) for item in _index_items(index)]
    if all(part.what == "int" for part in parts) and base.dtype == "object":
        return UNKNOWN
    if base.dims is None or any(part.what == "unknown" for part in parts):
        certain = any(part.what in ("slice", "new", "rest", "array") for part in parts)
        return Array(base.dtype, None) if certain else UNKNOWN
    taken = sum(part.takes for part in parts)
    if taken > len(base.dims):
        return UNKNOWN
    dims = _result_dims(_spread(parts, len(base.dims) - taken), base.dims)
    if dims == () and all(part.what == "int" for part in parts):
        return Scalar(base.dtype, weak=False)
    return Array(base.dtype, dims)


def _index_items(index: Expr) -> list[Expr]:
    if isinstance(index, Tuple):
        return list(index.items)
    if isinstance(index.kind, TupleOf):
        return [
            Const(None, kind=kind) if kind == ConstOf(None) else _stand_in(kind)
            for kind in index.kind.items
        ]
    return [index]


def _stand_in(kind: Kind) -> Expr:
    """An expression of which only the kind is known."""
    return Expr(kind=kind)


def _part(item: Expr) -> _Part:
    if isinstance(item, Slice):
        return _Part("slice", slice=item)
    if item.kind == Inert("slice"):
        return _Part("slice", slice=_ANY_SLICE)
    match item.kind:
        case ConstOf(value=None):
            return _Part("new", 0)
        case ConstOf(value=value) if value is Ellipsis:
            return _Part("rest", 0)
        case Scalar(dtype=dtype) if np.dtype(dtype).kind in "iu":
            return _Part("int")
        case Array(dtype=dtype, dims=dims) if dims is not None:
            return _array_part(dtype, dims)
        case ListOf(item=Scalar(dtype=dtype)):
            return _array_part(dtype, (len(item.items) if isinstance(item, List) else None,))
        case ListOf(item=Never()):
            return _Part("array", 1, (None,))
        case RangeOf(length=length):
            return _Part("array", 1, (length,))
    return _Part("unknown")


def _array_part(dtype: str, dims: tuple[Length, ...]) -> _Part:
    if dtype == "bool":
        return _Part("array", len(dims), (None,)) if dims else _Part("unknown")
    if np.dtype(dtype).kind not in "iu":
        return _Part("unknown")
    return _Part("array", 1, dims) if dims else _Part("int")


def _spread(parts: list[_Part], missing: int) -> list[_Part]:
    """`parts` with the axes that are not mentioned as full slices, at the `...` or the end."""
    full = [_Part("slice", slice=Slice()) for _ in range(missing)]
    for position, part in enumerate(parts):
        if part.what == "rest":
            return [*parts[:position], part, *full, *parts[position + 1 :]]
    return [*parts, *full]


def _result_dims(parts: list[_Part], dims: tuple[Length, ...]) -> tuple[Length, ...] | None:
    """The lengths of the result: index arrays together make one group of axes, which stands
    where they stood, or first of all if something else stands between them.
    """
    advanced = any(part.what == "array" for part in parts)
    grouped = [
        i
        for i, part in enumerate(parts)
        if part.what == "array" or (advanced and part.what == "int")
    ]
    group = broadcast_dims(*(parts[i].dims for i in grouped)) if grouped else ()
    together = not grouped or grouped[-1] - grouped[0] == len(grouped) - 1
    result: list[Length] = [] if together else list(group or ())
    axis = 0
    for position, part in enumerate(parts):
        if together and grouped and position == grouped[0]:
            result.extend(group or ())
        if part.what == "new":
            result.append(1)
        elif part.slice is not None:
            result.append(slice_length(dims[axis], part.slice))
        axis += part.takes
    return tuple(result)
