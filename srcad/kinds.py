"""Kinds: what is known of a value before the program runs.

A kind is immutable and hashable: the kinds of the arguments are the key under which a
specialised derivative is kept. `UNKNOWN` is always allowed and always right, only longer.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Kind:
    """What is known of a value; `Kind()` itself, called `UNKNOWN`, says nothing."""


@dataclass(frozen=True, slots=True)
class Dim:
    """A length known relative to a named one: `symbol + offset`.

    Two equal `Dim`s are the same length. A plain symbol (`offset` 0) that came from an
    argument's shape (`given`) is not 1: a length of 1 is written as the int 1.
    """

    symbol: str
    offset: int = 0
    given: bool = False


# The length along one axis: exactly 1, a Dim, or None for unknown.
Length = int | Dim | None


@dataclass(frozen=True, slots=True)
class Scalar(Kind):
    """A number. `weak` marks Python's own, which take an array's dtype (NEP 50).

    `size` says what length the value is, where an integer is known to be one (`n = len(x)`);
    `dtype` is NumPy's name for it ("float64", "bool", ...).
    """

    dtype: str
    weak: bool = True
    size: Length = None


@dataclass(frozen=True, slots=True)
class Array(Kind):
    """A NumPy array; `dims` has a `Length` for each axis, or is None for an unknown rank."""

    dtype: str
    dims: tuple[Length, ...] | None = None

    @property
    def rank(self) -> int | None:
        return None if self.dims is None else len(self.dims)


@dataclass(frozen=True, slots=True)
class TupleOf(Kind):
    """A tuple with a kind for each item."""

    items: tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class ListOf(Kind):
    """A list whose items all have the kind `item` (the join of theirs)."""

    item: Kind


@dataclass(frozen=True, slots=True)
class NumbersOf(ListOf):
    """A tuple of numbers, of any length: nothing can be put into it, else it is like a list."""


@dataclass(frozen=True, slots=True)
class DictOf(Kind):
    """A dict: a kind for each known string key in order, or `items` None and one for all."""

    items: tuple[tuple[str, Kind], ...] | None
    value: Kind


@dataclass(frozen=True, slots=True)
class NamedOf(TupleOf):
    """A named tuple of the class `cls`."""

    cls: type


@dataclass(frozen=True, slots=True)
class ObjectOf(DictOf):
    """An object of the user's class `cls`: a dict of its attributes, with `cls` known.

    `items` is None where nothing is known of the attributes. An object of the same class inside
    (a tree's child) is `Same(cls)`: see `objects.object_of` and `objects.unfolded`.
    """

    cls: type


@dataclass(frozen=True, slots=True)
class Same(Kind):
    """Inside an `ObjectOf`: an object of the class that it is itself inside of."""

    cls: type


@dataclass(frozen=True, eq=False, slots=True)
class OneOf(Kind):
    """One of several: None, particular functions, objects of several classes.

    Resolving a call looks at the options; all other steps take it for `UNKNOWN`.
    """

    options: tuple[Kind, ...]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OneOf) and set(self.options) == set(other.options)

    def __hash__(self) -> int:
        return hash(frozenset(self.options))


@dataclass(frozen=True, slots=True)
class RangeOf(Kind):
    """A range; `length` where it is known."""

    length: Length = None


@dataclass(frozen=True, slots=True)
class ConstOf(Kind):
    """A particular value without derivative: None, a str, a bool, a function, a module, a dtype."""

    value: Any


@dataclass(frozen=True, slots=True)
class Inert(Kind):
    """Something that can carry no derivative, of the class called `name`: a str, a set, ..."""

    name: str


@dataclass(frozen=True, slots=True)
class Never(Kind):
    """No value at all yet: the kind of an unbound variable, neutral in `join`."""


UNKNOWN = Kind()
NEVER = Never()
FLOAT = Scalar("float64")
INT = Scalar("int64")
BOOL = Scalar("bool")
COMPLEX = Scalar("complex128")
NONE = ConstOf(None)


def dtype_of(kind: Kind) -> str | None:
    """The dtype's name of a scalar or array kind, else None."""
    return kind.dtype if isinstance(kind, Scalar | Array) else None


def is_inexact(dtype: str) -> bool:
    """Whether values of the dtype can carry a derivative: floats and complexes."""
    return np.issubdtype(np.dtype(dtype), np.inexact)


def carries(kind: Kind) -> bool:
    """Whether a value of this kind can carry a derivative; True where nothing is known."""
    match kind:
        case Scalar(dtype=dtype) | Array(dtype=dtype):
            return dtype == "object" or is_inexact(dtype)
        case TupleOf(items=items):
            return any(carries(item) for item in items)
        case ListOf(item=item):
            return not isinstance(item, Never) and carries(item)
        case DictOf(items=items, value=value):
            return carries(value) if items is None else any(carries(k) for _, k in items)
        case OneOf(options=options):
            return any(carries(option) for option in options)
        case RangeOf() | ConstOf() | Inert() | Never() | Same():
            return False
    return True


def is_array(kind: Kind) -> bool:
    """Whether the value is certainly an array."""
    return isinstance(kind, Array)


def is_scalar(kind: Kind) -> bool:
    """Whether the value is certainly a number."""
    return isinstance(kind, Scalar)


def is_buffer(kind: Kind) -> bool:
    """Whether the value has (or, if unknown, may have) an inside that can be written into.

    That of a tuple is what is inside of its items.
    """
    if isinstance(kind, TupleOf):
        return any(map(is_buffer, kind.items))
    if isinstance(kind, OneOf) and not is_object(kind):
        return any(map(is_buffer, kind.options))
    return isinstance(kind, Array | ListOf | DictOf) or is_object(kind) or is_unknown(kind)


def is_object(kind: Kind) -> bool:
    """Whether the value is certainly an object of the user's, or None."""
    if isinstance(kind, OneOf):
        return any(map(is_object, kind.options)) and all(
            option == NONE or is_object(option) for option in kind.options
        )
    return isinstance(kind, ObjectOf)


def is_unknown(kind: Kind) -> bool:
    """Whether the value may be all sorts of things that carry a derivative."""
    if isinstance(kind, OneOf):
        return carries(kind) and not is_object(kind)
    return kind == UNKNOWN


def may_be_number(kind: Kind) -> bool:
    """Whether the value is a number, or is one as the program runs, as far as is known."""
    if isinstance(kind, OneOf):
        return any(map(may_be_number, kind.options))
    return isinstance(kind, Scalar) or kind == UNKNOWN


def is_undecided(kind: Kind) -> bool:
    """Whether it is known only when the program runs if the value is a number."""
    return may_be_number(kind) and not isinstance(kind, Scalar)


def dims_of(kind: Kind) -> tuple[Length, ...] | None:
    """The lengths along the axes: () for a number, None where the rank is unknown."""
    if isinstance(kind, Scalar):
        return ()
    return kind.dims if isinstance(kind, Array) else None


def join(a: Kind, b: Kind) -> Kind:
    """The least kind that covers both: what is known of a value that is an `a` or a `b`."""
    if a == b or isinstance(b, Never):
        return a
    if isinstance(a, Never):
        return b
    match a, b:
        case Scalar(), Scalar():
            size = a.size if a.size == b.size else None
            return Scalar(promote(a, b), a.weak and b.weak, size)
        case Array(), Array():
            dims: tuple[Length, ...] | None = None
            if a.dims is not None and b.dims is not None and len(a.dims) == len(b.dims):
                dims = tuple(x if x == y else None for x, y in zip(a.dims, b.dims, strict=True))
            return Array(promote(a, b), dims)
        case TupleOf(), TupleOf() if len(a.items) == len(b.items):
            return _joined_tuples(a, b)
        case (TupleOf() | NumbersOf(), TupleOf() | NumbersOf()) if _are_numbers(a, b):
            return NumbersOf(join(_number_in(a), _number_in(b)))
        case ListOf(), ListOf() if type(a) is type(b):
            return type(a)(join(a.item, b.item))
        case ObjectOf(), ObjectOf() if sort_of(a) == sort_of(b):
            return _joined_objects(a, b)
        case DictOf(), DictOf() if type(a) is type(b) is DictOf:
            if a.items is not None and b.items is not None and _keys(a) == _keys(b):
                pairs = zip(a.items, b.items, strict=True)
                return DictOf(tuple((k, join(x, y)) for (k, x), (_, y) in pairs), UNKNOWN)
            return DictOf(None, join(_any_value(a), _any_value(b)))
        case RangeOf(), RangeOf():
            return RangeOf()
    choice = _one_of(a, b)
    if choice is not None:
        return choice
    if _is_inert(a) and _is_inert(b):
        return Inert("object")
    return UNKNOWN


def _is_inert(kind: Kind) -> bool:
    """Whether nothing of this kind carries a derivative, not by an object around it either."""
    return not carries(kind) and not _holds_same(kind)


def _holds_same(kind: Kind) -> bool:
    match kind:
        case Same():
            return True
        case ListOf(item=item):
            return _holds_same(item)
        case TupleOf(items=items):
            return any(map(_holds_same, items))
        case DictOf(items=items, value=value):
            return _holds_same(value) if items is None else any(_holds_same(k) for _, k in items)
        case OneOf(options=options):
            return any(map(_holds_same, options))
    return False


def _are_numbers(*kinds: Kind) -> bool:
    """Whether these are tuples of numbers, without names."""
    plain = [kind.items for kind in kinds if type(kind) is TupleOf]
    named = any(isinstance(kind, NamedOf) for kind in kinds)
    return not named and all(isinstance(item, Scalar) for items in plain for item in items)


def _number_in(kind: Kind) -> Kind:
    """The kind of the items of a tuple of numbers."""
    if isinstance(kind, NumbersOf):
        return kind.item
    result: Kind = NEVER
    for item in kind.items if isinstance(kind, TupleOf) else ():
        result = join(result, item)
    return result


def _joined_tuples(a: TupleOf, b: TupleOf) -> TupleOf:
    items = tuple(join(x, y) for x, y in zip(a.items, b.items, strict=True))
    if isinstance(a, NamedOf) and isinstance(b, NamedOf) and a.cls is b.cls:
        return NamedOf(items, a.cls)
    return TupleOf(items)


# ---------------------------------------------------------------------------------------------
# Objects


DEEPEST = 5  # partial functions inside each other that are told apart


def object_of(cls: type, items: Mapping[str, Kind]) -> ObjectOf:
    """The kind of an object with these attributes; objects of its own class in them are `Same`.

    Of a partial function of a partial function both are known.
    """
    if cls is functools.partial:
        whole = ObjectOf(tuple(items.items()), UNKNOWN, cls)
        return whole if _partials_deep(whole) <= DEEPEST else ObjectOf(None, UNKNOWN, cls)
    attributes: dict[str, Kind] = {}
    pending = list(items.items())
    while pending:
        name, kind = pending.pop()
        inner: list[ObjectOf] = []
        new = join(attributes.get(name, NEVER), _folded(kind, cls, inner, {}))
        if any(other.items is None for other in inner):
            return ObjectOf(None, UNKNOWN, cls)
        if new != attributes.get(name):
            attributes[name] = new
            pending += [pair for other in inner for pair in other.items or ()]
    order = [*items, *(name for name in attributes if name not in items)]
    return ObjectOf(tuple((name, attributes[name]) for name in order), UNKNOWN, cls)


def _partials_deep(kind: Kind) -> int:
    """How many partial functions are inside each other."""
    depths = [0]

    def look(part: Kind) -> Kind:
        depths.append(_partials_deep(part))
        return part

    with_inner(kind, look)
    own = isinstance(kind, ObjectOf) and kind.cls is functools.partial
    return own + max(depths)


def _folded(kind: Kind, cls: type, inner: list[ObjectOf], around: dict[type, ObjectOf]) -> Kind:
    """`kind` with each object of `cls` in it as `Same`; they are added to `inner`.

    `around` are the objects that `kind` stands in, for what is `Same` as one of them.
    """
    if isinstance(kind, ObjectOf):
        whole = kind
        for owner in around.values():
            whole = _closed(whole, owner)
        if kind.cls is cls:
            inner.append(whole)
            return Same(cls)
        around = {**around, kind.cls: whole}
    return with_inner(kind, lambda part: _folded(part, cls, inner, around))


def unfolded(kind: Kind, owner: ObjectOf) -> Kind:
    """The kind of an attribute of an `owner`, in which an object of its class is one like it."""
    whole = _unfold(kind, owner)
    return kind if whole == kind else _canonical(whole)


def _closed(kind: ObjectOf, owner: ObjectOf) -> ObjectOf:
    """`kind`, taken out of the `owner` that it stands in."""
    items = tuple((name, _unfold(part, owner)) for name, part in kind.items or ())
    return kind if kind.items is None else replace(kind, items=items)


def _unfold(kind: Kind, owner: ObjectOf) -> Kind:
    if kind == Same(owner.cls):
        return owner
    if isinstance(kind, ObjectOf) and kind.cls is owner.cls:
        return kind
    return with_inner(kind, lambda part: _unfold(part, owner))


def _canonical(kind: Kind) -> Kind:
    """`kind` without an object inside another of its class."""
    if isinstance(kind, ObjectOf) and kind.items is not None:
        kind = object_of(kind.cls, dict(kind.items))
    return with_inner(kind, _canonical)


def attribute_of(owner: ObjectOf, name: str) -> Kind | None:
    """The kind of the attribute `name` of an `owner`'s own; None if it is not known to have it."""
    known = dict(owner.items or ())
    return unfolded(known[name], owner) if name in known else None


def with_inner(kind: Kind, change: Callable[[Kind], Kind]) -> Kind:
    """`kind` with the kinds directly inside it replaced by `change` of them."""
    match kind:
        case TupleOf(items=items):
            return replace(kind, items=tuple(change(item) for item in items))
        case ListOf(item=item):
            return replace(kind, item=change(item))
        case DictOf(items=None, value=value):
            return replace(kind, value=change(value))
        case DictOf(items=pairs):
            return replace(kind, items=tuple((key, change(item)) for key, item in pairs or ()))
        case OneOf(options=options):
            result: Kind = NEVER
            for option in options:
                result = join(result, change(option))
            return result
    return kind


def sort_of(kind: ObjectOf) -> tuple[type, Kind | None]:
    """What tells an object from others: its class, and of a partial function what it calls."""
    if kind.cls is not functools.partial or kind.items is None:
        return kind.cls, None
    func = dict(kind.items).get("func")
    return kind.cls, func if isinstance(func, ConstOf) else None


def _joined_objects(a: ObjectOf, b: ObjectOf) -> ObjectOf:
    if a.items is None or b.items is None:
        return ObjectOf(None, UNKNOWN, a.cls)
    one, other = dict(a.items), dict(b.items)
    names = [*one, *(name for name in other if name not in one)]
    merged = {name: join(one.get(name, NEVER), other.get(name, NEVER)) for name in names}
    return object_of(a.cls, merged)


# what None may stand for "not there yet" of
_OPTIONAL = (Scalar, Array, ListOf, TupleOf, DictOf)
MOST = 8  # kinds that a value may have one of


def _one_of(a: Kind, b: Kind) -> Kind | None:
    """The choice between kinds that can be told apart when the program runs."""
    given = (*_options(a), *_options(b))
    plain: list[Kind] = [
        kind for kind in given if isinstance(kind, _OPTIONAL) and not is_object(kind)
    ]
    if plain:
        return _optional(given, plain)
    options: list[Kind] = []
    for kind in given:
        if not (isinstance(kind, ObjectOf | Same) or _is_named(kind)):
            return None
        for position, known in enumerate(options):
            if isinstance(known, ObjectOf) and isinstance(kind, ObjectOf):
                if sort_of(known) == sort_of(kind):
                    options[position] = _joined_objects(known, kind)
                    break
            elif known == kind:
                break
        else:
            options.append(kind)
    if len(options) > MOST:
        return None
    return options[0] if len(options) == 1 else OneOf(tuple(options))


def _optional(given: tuple[Kind, ...], plain: list[Kind]) -> Kind | None:
    """None or a number, array or container."""
    others = [kind for kind in given if kind not in plain]
    if not others or any(kind != NONE for kind in others):
        return None
    value: Kind = NEVER
    for kind in plain:
        value = join(value, kind)
    told = isinstance(value, Scalar) or not _is_inert(value)
    return OneOf((NONE, value)) if isinstance(value, _OPTIONAL) and told else None


def _options(kind: Kind) -> tuple[Kind, ...]:
    return kind.options if isinstance(kind, OneOf) else (kind,)


def _is_named(kind: Kind) -> bool:
    """None, or a particular function or class."""
    return isinstance(kind, ConstOf) and (kind.value is None or callable(kind.value))


def _any_value(kind: DictOf) -> Kind:
    if kind.items is None:
        return kind.value
    result: Kind = NEVER
    for _, item in kind.items:
        result = join(result, item)
    return result


def _keys(kind: DictOf) -> list[str]:
    return [key for key, _ in kind.items or ()]


def promote(*kinds: Kind) -> str:
    """The dtype of an arithmetic result of scalars and arrays (NEP 50); "object" if one is not."""
    strong = [np.dtype(k.dtype) for k in kinds if isinstance(k, Array | Scalar) and _is_strong(k)]
    weak = [k.dtype for k in kinds if isinstance(k, Scalar) and k.weak]
    if len(strong) + len(weak) < len(kinds):
        return "object"
    samples: list[Any] = list(strong)
    if not strong:
        return str(np.result_type(*weak))
    for name in weak:
        samples.append({"b": False, "i": 0, "u": 0, "f": 0.0, "c": 0j}[np.dtype(name).kind])
    return str(np.result_type(*samples))


def _is_strong(kind: Array | Scalar) -> bool:
    return isinstance(kind, Array) or not kind.weak


def broadcast_dims(*dims: tuple[Length, ...] | None) -> tuple[Length, ...] | None:
    """The lengths of a broadcast result, as far as they are known."""
    if any(d is None for d in dims):
        return None
    rank = max((len(d) for d in dims if d is not None), default=0)
    padded = [(1,) * (rank - len(d)) + d for d in dims if d is not None]
    return tuple(_broadcast_length(column) for column in zip(*padded, strict=True))


def _broadcast_length(lengths: tuple[Length, ...]) -> Length:
    rest = [length for length in lengths if length != 1]
    if not rest:
        return 1
    for length in rest:
        if isinstance(length, Dim) and length.given and length.offset == 0:
            return length  # it is not 1, so the result has it
    return rest[0] if all(length == rest[0] for length in rest) else None


def counted(number: int, noun: str) -> str:
    """`1 dimension`, `2 dimensions`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def describe_kind(kind: Kind) -> str:
    """A kind in a reader's words: `float`, `float64 array (n0, 3)`, `tuple of float, int`."""
    match kind:
        case Scalar(dtype=dtype, weak=weak):
            return _PLAIN.get(dtype, dtype) if weak else dtype
        case Array(dtype=dtype, dims=None):
            return f"{dtype} array"
        case Array(dtype=dtype, dims=dims):
            return f"{dtype} array of {counted(len(dims or ()), 'dimension')}"
        case NamedOf(cls=cls):
            return cls.__name__
        case TupleOf(items=items):
            return f"tuple of ({', '.join(describe_kind(item) for item in items)})"
        case NumbersOf(item=item):
            return f"tuple of {describe_kind(item)}s"
        case ListOf(item=item):
            return f"list of {describe_kind(item)}"
        case ObjectOf(cls=cls):
            return cls.__name__
        case DictOf():
            return "dict"
        case RangeOf():
            return "range"
        case ConstOf(value=value):
            return getattr(value, "__name__", repr(value))
        case Inert(name=name):
            return name
    return "any value"


_PLAIN = {"float64": "float", "int64": "int", "complex128": "complex"}
