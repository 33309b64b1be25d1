"""What a test that was passed or failed says of a kind, and what a loop that goes on does."""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping
from typing import Any

from srcad import runtime
from srcad.analysis.attributes import present
from srcad.analysis.containers import changed_at
from srcad.core import (
    Assign,
    Block,
    BoolOp,
    Const,
    Expr,
    If,
    Item,
    Op,
    Var,
    blocks_of,
    names_in,
    statements,
    targets_of,
)
from srcad.kinds import (
    NONE,
    UNKNOWN,
    Array,
    ConstOf,
    DictOf,
    Kind,
    ListOf,
    Never,
    ObjectOf,
    OneOf,
    Scalar,
    TupleOf,
    object_of,
    sort_of,
    with_inner,
)

Env = dict[str, Kind]

DEEPEST = 8  # containers inside each other that a loop is followed in
_CONTAINERS = (ListOf, TupleOf, DictOf)


def tests_by_name(block: Block) -> dict[int, Expr]:
    """For each `if` on a name that was given a test just before: that test."""
    found: dict[int, Expr] = {}
    known: dict[str, Expr] = {}
    for stmt in block:
        if isinstance(stmt, If) and isinstance(stmt.test, Var) and stmt.test.name in known:
            found[id(stmt)] = known[stmt.test.name]
        for inner in blocks_of(stmt):
            found |= tests_by_name(inner)
        bound = {name for each in statements((stmt,)) for name in targets_of(each)}
        known = {n: t for n, t in known.items() if n not in bound and not bound & names_in(t)}
        if isinstance(stmt, Assign) and isinstance(stmt.target, Var) and stmt.op is None:
            known[stmt.target.name] = stmt.value
    return found


def narrowed(test: Expr, state: Env, taken: bool) -> Env:
    """The kinds where `test` has come out as `taken`."""
    new = dict(state)
    _narrow(test, new, taken)
    return new


def _narrow(test: Expr, state: Env, taken: bool) -> None:
    match test:
        case Var() | Item() if taken:
            _set(test, present(_known(test, state)), state)
        case Op(fn=operator.not_, args=(inner,)):
            _narrow(inner, state, not taken)
        case BoolOp(op=op, values=values) if (op == "and") is taken:
            for value in values:
                _narrow(value, state, taken)
        case Op(fn=operator.is_ | operator.is_not as fn, args=(Var() | Item() as place, other)):
            same = (fn is operator.is_) is taken
            _set(place, _compared(_known(place, state), other, same), state)
        case Op(
            fn=operator.is_ | operator.is_not | operator.eq as fn,
            args=(Op(args=(Var() | Item() as place,)) as asked, other),
        ) if asked.fn is type:
            same = (fn is not operator.is_not) is taken
            _set(place, _of_type(_known(place, state), other.kind, same), state)
        case Op(
            fn=operator.is_, args=(Op(args=(Var() | Item() as place,)) as asked, Const(value=func))
        ) if asked.fn is runtime.function_of:
            _set(place, _of_function(_known(place, state), func, taken), state)
        case Op(args=(Var() | Item() as place, wanted)) if test.fn is isinstance:
            _set(place, _instance(_known(place, state), wanted.kind, taken), state)


def _known(place: Expr, state: Env) -> Kind:
    """What is known of a name, an attribute or an item."""
    return state.get(place.name, UNKNOWN) if isinstance(place, Var) else place.kind


def _set(place: Expr, kind: Kind, state: Env) -> None:
    """Note in `state` that what stands at `place` is of `kind`."""
    path: list[Expr] = []
    root = place
    while isinstance(root, Item) and isinstance(root.index, Const):
        path.insert(0, root.index)
        root = root.base
    if isinstance(root, Var) and kind != _known(place, state):
        state[root.name] = changed_at(state.get(root.name, UNKNOWN), tuple(path), lambda _: kind)


def _compared(kind: Kind, other: Expr, same: bool) -> Kind:
    """`kind` of something that is, or is not, the particular object `other`."""
    if not isinstance(kind, OneOf) or not isinstance(other, Const):
        return kind
    wanted = NONE if other.value is None else ConstOf(other.value)
    if same:
        return wanted if wanted in kind.options else kind
    return _of(tuple(option for option in kind.options if option != wanted), kind)


def _of_type(kind: Kind, wanted: Kind, same: bool) -> Kind:
    """`kind` of something whose class is, or is not, the `wanted`."""
    if not isinstance(kind, OneOf) or not isinstance(wanted, ConstOf):
        return kind
    return _of(tuple(o for o in kind.options if _has_class(o, wanted.value) is same), kind)


def _of_function(kind: Kind, func: Any, taken: bool) -> Kind:
    """`kind` of something that is, or is not, a partial function of `func`."""
    if not isinstance(kind, OneOf):
        return kind
    wanted = (functools.partial, ConstOf(func))
    options = [(o, isinstance(o, ObjectOf) and sort_of(o) == wanted) for o in kind.options]
    return _of(tuple(option for option, is_it in options if is_it is taken), kind)


def _has_class(option: Kind, cls: Any) -> bool:
    if isinstance(option, ConstOf):
        return type(option.value) is cls
    return isinstance(option, ObjectOf) and option.cls is cls


def _instance(kind: Kind, wanted: Kind, taken: bool) -> Kind:
    if not isinstance(kind, OneOf) or not isinstance(wanted, ConstOf):
        return kind
    if not isinstance(wanted.value, type):
        return kind
    kept = tuple(option for option in kind.options if _may_be(option, wanted.value, taken))
    return _of(kept, kind)


def _may_be(option: Kind, cls: type, taken: bool) -> bool:
    if isinstance(option, ObjectOf):
        return issubclass(option.cls, cls) is taken
    if isinstance(option, ConstOf):
        return isinstance(option.value, cls) is taken
    return True


def _of(options: tuple[Kind, ...], otherwise: Kind) -> Kind:
    if not options:
        return otherwise
    return options[0] if len(options) == 1 else OneOf(options)


# ---------------------------------------------------------------------------------------------
# Loops


def widened(old: Kind, new: Kind) -> Kind:
    """A kind that covers both and does not go on changing: what differs inside is given up."""
    if old == new:
        return new
    if isinstance(old, Never):
        return new
    if _depth(new) > DEEPEST:
        return UNKNOWN  # it could go on growing inwards
    match old, new:
        case ObjectOf(), ObjectOf() if old.cls is new.cls:
            if old.items is None or new.items is None:
                return ObjectOf(None, UNKNOWN, new.cls)
            before = dict(old.items)
            return object_of(new.cls, _widened_items(before, dict(new.items)))
        case OneOf(), OneOf():
            return _widened_options(old, new)
        case ObjectOf() | ConstOf() | Array() | Scalar(), OneOf(options=options):
            inner = [o for o in options if not isinstance(o, ObjectOf)]
            nested = any(isinstance(option, _CONTAINERS) for option in inner)
            return UNKNOWN if nested else new  # it could go on growing inwards
        case ListOf(), ListOf() if type(old) is type(new):
            return type(old)(widened(old.item, new.item))
        case TupleOf(), TupleOf() if len(old.items) == len(new.items) and type(old) is type(new):
            pairs = zip(old.items, new.items, strict=True)
            return TupleOf(tuple(widened(a, b) for a, b in pairs))
        case DictOf(), DictOf() if type(old) is type(new) is DictOf and old.items and new.items:
            before = dict(old.items)
            if list(before) == [key for key, _ in new.items]:
                items = _widened_items(before, dict(new.items))
                return DictOf(tuple(items.items()), new.value)
    return UNKNOWN


def _depth(kind: Kind) -> int:
    """How many containers are inside each other."""
    depths = [0]

    def look(part: Kind) -> Kind:
        depths.append(_depth(part))
        return part

    with_inner(kind, look)
    return max(depths) + isinstance(kind, _CONTAINERS)


def _widened_options(old: OneOf, new: OneOf) -> Kind:
    """At most `MOST` classes and functions; what their objects hold is widened."""
    before = {_sort(kind): kind for kind in old.options if not isinstance(kind, ConstOf)}
    kinds = [
        widened(before[_sort(kind)], kind) if _sort(kind) in before else kind
        for kind in new.options
    ]
    return UNKNOWN if UNKNOWN in kinds else OneOf(tuple(kinds))


def _sort(kind: Kind) -> Any:
    """What tells the options of a choice apart."""
    return sort_of(kind) if isinstance(kind, ObjectOf) else type(kind)


def _widened_items(old: Mapping[str, Kind], new: Mapping[str, Kind]) -> dict[str, Kind]:
    return {name: widened(old.get(name, kind), kind) for name, kind in new.items()}
