"""Stores by which a list, dict or object comes to refer to something else.

`d["x"] = y` binds a place anew, as `x = y` binds a name: it does not write into what was there.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator

from srcad.analysis.effects import Memory, Write
from srcad.analysis.reach import may_be, may_hold
from srcad.analysis.sharing import NO_NAMES, Names, calls_in, holds_memory, kept_operands
from srcad.analysis.typed import Typed
from srcad.core import (
    Assign,
    Const,
    Dict,
    Expr,
    Item,
    List,
    Op,
    Record,
    Slice,
    Stmt,
    Store,
    Tuple,
    Var,
    children,
    expressions_of,
    statements,
    targets_of,
    walk,
)
from srcad.kinds import (
    NEVER,
    UNKNOWN,
    Array,
    DictOf,
    Kind,
    ListOf,
    Never,
    ObjectOf,
    OneOf,
    Scalar,
    TupleOf,
    carries,
    dims_of,
    with_inner,
)
from srcad.rules import vocabulary as words


def old_kind(place: Item) -> Kind:
    """The kind of what stands in a place before a store into it: none where nothing does."""
    base, key = place.base.kind, place.index
    if not isinstance(base, DictOf) or base.items is None or not isinstance(key, Const):
        return place.kind
    return place.kind if key.value in dict(base.items) else NEVER


def is_rebinding(stmt: Stmt) -> bool:
    """Whether a store puts a reference into a place, or where there may have been one."""
    if not isinstance(stmt, Store) or stmt.op is not None or not isinstance(stmt.place, Item):
        return False
    base = stmt.place.base.kind
    if isinstance(base, Array) and base.dtype != "object":
        return False
    if isinstance(stmt.place.index, Slice) and isinstance(base, ListOf):
        new = stmt.value.kind
        return _is_reference(base.item) or (isinstance(new, ListOf) and _is_reference(new.item))
    return _is_reference(stmt.value.kind) or _is_reference(old_kind(stmt.place))


def may_add_key(stmt: Store) -> bool:
    """Whether a store may give a dict a key that it does not have yet."""
    place = stmt.place
    if stmt.op is not None or not isinstance(place, Item) or type(place.base.kind) is not DictOf:
        return False
    return place.base.kind.items is None or isinstance(old_kind(place), Never)


def _is_reference(kind: Kind) -> bool:
    return holds_memory(kind) and carries(kind)


def holds_object(kind: Kind) -> bool:
    """Whether objects are, or are inside of, values of this kind."""
    match kind:
        case ObjectOf():
            return True
        case ListOf(item=item) | DictOf(items=None, value=item):
            return holds_object(item)
        case DictOf(items=pairs):
            return any(holds_object(item) for _, item in pairs or ())
        case TupleOf(items=parts) | OneOf(options=parts):
            return any(holds_object(part) for part in parts)
    return False


def entangled(memory: Memory, mirrored: Names) -> Names:
    """The names of containers that come to refer to memory which is written into by another way,
    and the names of that memory: which of it a shadow belongs to is decided at run time.

    The containers in `mirrored` are so in any case.
    """
    found = NO_NAMES
    written = [
        (stmt, write)
        for stmt in statements(memory.typed.function.body)
        for write in memory.writes(stmt)
    ]
    for stmt, container, value in _kept(memory):
        owners, origins = memory.sources(container), memory.sources(value)
        if not origins or not _is_reference(value.kind):
            if owners & mirrored and is_rebinding(stmt):
                found |= owners
            continue
        around = [memory.aliases.with_name_after(stmt, name) for name in owners | origins]
        names = (owners | origins).union(*around)
        if owners & mirrored or any(_concerns(value.kind, w, s, names, memory) for s, w in written):
            found |= owners | origins
    return found


def repeated(memory: Memory) -> Names:
    """The names of containers that were made of one list, dict or object twice, and its names.

    There is one shadow for all its places: what reaches it by one place reaches it by the others.
    So it is for an array that is written into.
    """
    found = NO_NAMES
    for stmt in statements(memory.typed.function.body):
        if isinstance(stmt, Assign) and stmt.op is None:
            for kind, origins in _twice(stmt.value, memory):
                names = origins | frozenset(targets_of(stmt))
                if _is_container(kind) or _written_into(kind, names, stmt, memory):
                    found |= names
    return found


def _twice(value: Expr, memory: Memory) -> Iterator[tuple[Kind, Names]]:
    """What stands twice in a new container: its kind, and the names that it may be known by."""
    seen = NO_NAMES
    for part in _parts(value):
        origins = memory.sources(part) if _is_reference(part.kind) else NO_NAMES
        if origins & seen:
            yield part.kind, origins
        seen |= origins
    if isinstance(value, Op) and value.fn in (operator.mul, operator.add):
        kind = value.kind.item if isinstance(value.kind, ListOf) else UNKNOWN
        if _is_reference(kind) and words.regrouped(value):
            yield kind, memory.sources(value)


def _written_into(kind: Kind, names: Names, stmt: Stmt, memory: Memory) -> bool:
    """Whether a value of `kind`, which one of `names` reaches after `stmt`, is written into."""
    names = names.union(*(memory.aliases.with_name_after(stmt, name) for name in names))
    return any(
        _concerns(kind, write, other, names, memory)
        for other in statements(memory.typed.function.body)
        for write in memory.writes(other)
    )


def _parts(value: Expr) -> Iterator[Expr]:
    """What a display holds, in displays inside of it as well."""
    if isinstance(value, Tuple | List | Dict):
        for part in value.values if isinstance(value, Dict) else value.items:
            yield from _parts(part) if isinstance(part, Tuple | List | Dict) else (part,)


def _is_container(kind: Kind) -> bool:
    return isinstance(kind, ListOf | DictOf) and _is_reference(kind)


def _kept(memory: Memory) -> Iterator[tuple[Stmt, Expr, Expr]]:
    """The containers that a statement puts something into, and what that is."""
    for stmt in statements(memory.typed.function.body):
        if is_rebinding(stmt):
            assert isinstance(stmt, Store)
            yield stmt, stmt.place.base, stmt.value
        for op in calls_in(expressions_of(stmt)):
            if memory.effects_of(op) is None:
                for operand in kept_operands(op):
                    yield stmt, op.args[0], operand


def _concerns(kind: Kind, write: Write, stmt: Stmt, names: Names, memory: Memory) -> bool:
    """Whether a write may be one into a value of `kind` that one of `names` reaches."""
    if not may_hold(kind, write.kind):
        return False
    reached = (memory.aliases.with_name(stmt, name) for name in write.names)
    return bool(names & write.names.union(*reached))


def restructured(memory: Memory) -> Names:
    """The names of lists, dicts and objects that come to have other parts somewhere."""
    found = NO_NAMES
    for stmt in statements(memory.typed.function.body):
        for write in memory.writes(stmt):
            if not isinstance(write.kind, Array) and not _keeps_parts(stmt):
                found |= memory.touched_by(stmt)
    return found


def _keeps_parts(stmt: Stmt) -> bool:
    """Whether a store puts a number in the place of a number, or an array in that of one."""
    if not isinstance(stmt, Store) or not isinstance(stmt.place, Item):
        return False
    old, new = old_kind(stmt.place), stmt.value.kind
    if isinstance(stmt.place.index, Slice):
        return False
    numeric = isinstance(old, Scalar | Array) and isinstance(new, Scalar | Array)
    return numeric and (stmt.op is not None or dims_of(old) == dims_of(new))


# ---------------------------------------------------------------------------------------------
# Chains of items


def rebinds(stmt: Stmt, chain: Expr, memory: Memory) -> bool:
    """Whether `stmt` may bind anew one of the places by which `chain` gets to its memory."""
    places = list(_places(chain))
    if not places:
        return False
    names = {node.name for node in _chain_vars(chain)}
    for write in memory.writes(stmt):
        reached = write.names.union(*(memory.aliases.with_name(stmt, n) for n in write.names))
        if reached & names and any(_binds(stmt, write, place) for place in places):
            return True
    return False


def _places(chain: Expr) -> Iterator[Item]:
    while not isinstance(chain, Var) and children(chain):
        if isinstance(chain, Item) and not isinstance(chain.base.kind, Array):
            yield chain
        chain = children(chain)[0]


def _chain_vars(chain: Expr) -> Iterator[Var]:
    while children(chain):
        chain = children(chain)[0]
    if isinstance(chain, Var):
        yield chain


def _binds(stmt: Stmt, write: Write, place: Item) -> bool:
    if not may_be(place.base.kind, write.kind):
        return False
    if write.within is not None:
        return may_hold(write.within, place.base.kind)
    if not isinstance(stmt, Store) or not isinstance(stmt.place, Item):
        return not isinstance(write.kind, Array)
    if stmt.op is not None and isinstance(stmt.place.kind, Array):
        return False
    one, other = stmt.place.index, place.index
    return not (isinstance(one, Const) and isinstance(other, Const) and one.value != other.value)


# ---------------------------------------------------------------------------------------------
# Attributes that are certainly there


def certain_attributes(typed: Typed) -> dict[type, frozenset[str]]:
    """The attributes that the objects of each class have from where a function gets them on."""
    found: dict[type, frozenset[str]] = {}
    for kind in typed.kinds.values():
        _add_attributes(kind, found)
    for stmt in statements(typed.function.body):
        for expr in expressions_of(stmt):
            for node in walk(expr):
                if isinstance(node, Record) or (isinstance(node, Op) and typed.callee(node)):
                    _add_attributes(node.kind, found)
    return found


def _add_attributes(kind: Kind, found: dict[type, frozenset[str]]) -> Kind:
    if isinstance(kind, ObjectOf):
        names = frozenset(name for name, _ in kind.items or ())
        found[kind.cls] = found.get(kind.cls, names) & names
    return with_inner(kind, lambda part: _add_attributes(part, found))
