"""What is written into memory of a function's surroundings: its module, or a closure.

A log may be kept there, of values that depend on the arguments, as long as no result is made from
it. Else the derivative would have to pass from one call to another: that is refused.
"""

from __future__ import annotations

from collections.abc import Iterator

from srcad.analysis.effects import Memory, memory
from srcad.analysis.outside import NO_OBJECTS, Objects, Outside, objects_of, of_outside, outside_of
from srcad.analysis.sharing import (
    NO_NAMES,
    EffectsOf,
    Names,
    calls_in,
    holds_memory,
    sources,
)
from srcad.analysis.typed import Typed
from srcad.analysis.useful import useful
from srcad.analysis.varied import Varied, varied, varies
from srcad.core import (
    Assign,
    Attr,
    Expr,
    For,
    Item,
    Op,
    Return,
    Stmt,
    Store,
    Var,
    children,
    expressions_of,
    statements,
)
from srcad.errors import UnsupportedConstruct
from srcad.kinds import Kind, carries


def refuse_hidden_flow(typed: Typed, active: tuple[str, ...]) -> None:
    """Raise where what depends on the arguments is written into captured memory and read again."""
    root = memory(typed)
    members = [root]
    for member in members:
        known = {id(m.typed) for m in members}
        members += [root.of(c) for c in member.typed.calls.values() if id(c) not in known]
    kept = NO_OBJECTS.union(*map(_read, members))
    for member in members:
        names = active if member is root else tuple(p.name for p in member.typed.function.params)
        for stmt, name in _written(member, names):
            anything = isinstance(name, Outside) and name.said.endswith(".__dict__")
            if anything or kept & objects_of(name, member.typed.function.captures):
                raise _refused(stmt, name)


def _read(member: Memory) -> Objects:
    """The captured objects that a result may be made from."""
    function = member.typed.function
    written = member.effects.writes
    result = useful(function.body, member, written)
    names = frozenset[str]().union(*result.before.values(), *result.after.values())
    captured = of_outside(names, function.captures)
    found = NO_OBJECTS.union(*(objects_of(name, function.captures) for name in captured))
    return found.union(*(_mentioned(member, stmt) for stmt in statements(function.body)))


def _mentioned(member: Memory, stmt: Stmt) -> Objects:
    """The captured objects that a value may be taken from which carries nothing so far.

    What is in an empty list, or in one of counts, is of another kind once it is written into.
    """
    match stmt:
        case Assign(target=Var(), value=Var() | Attr(), op=None):
            return NO_OBJECTS  # another name for it
        case Assign(value=value) | Store(value=value) | Return(value=Expr() as value):
            names = _inert_names(value, member.effects_of)
        case For(iter=iterable):
            names = _inert_names(iterable, member.effects_of)
        case _:
            return NO_OBJECTS
    captures = member.typed.function.captures
    reached = names.union(*(member.aliases.with_name(stmt, name) for name in names))
    return NO_OBJECTS.union(*(objects_of(name, captures) for name in reached))


def _inert_names(expr: Expr, effects_of: EffectsOf) -> Names:
    """The names of memory in `expr` of which something is read that is known to carry nothing."""
    if isinstance(expr, Op) and expr.fn is len:
        return NO_NAMES
    names = NO_NAMES.union(*(_inert_names(child, effects_of) for child in children(expr)))
    taken = isinstance(expr, Item | Attr | Op) and not carries(expr.kind)
    for part in children(expr) if taken else ():
        names |= sources(part, effects_of)
    return names | (sources(expr, effects_of) if _is_inert(expr.kind) else NO_NAMES)


def _is_inert(kind: Kind) -> bool:
    return holds_memory(kind) and not carries(kind)


def _written(member: Memory, active: tuple[str, ...]) -> Iterator[tuple[Stmt, str]]:
    """The statements that write what may vary into what was captured, each with its name."""
    captures = member.typed.function.captures
    known: Varied | None = None
    for stmt in statements(member.typed.function.body):
        touched = of_outside(member.touched_by(stmt), captures) | _bound(stmt)
        if touched and known is None:
            known = varied(member, frozenset(active))
        if touched and known is not None and _is_varied(stmt, known.before(stmt)):
            for name in sorted(touched):
                yield stmt, name


def _bound(stmt: Stmt) -> frozenset[str]:
    """The attribute of a class or a function that a statement binds."""
    place = stmt.place if isinstance(stmt, Store) else None
    outside = outside_of(place) if isinstance(place, Attr) else None
    return frozenset() if outside is None else frozenset((outside,))


def _is_varied(stmt: Stmt, state: frozenset[str]) -> bool:
    """Whether what `stmt` writes may depend on the arguments."""
    if isinstance(stmt, Store | Assign) and varies(stmt.value, state):
        return True
    return any(
        carries(operand.kind) and varies(operand, state)
        for op in calls_in(expressions_of(stmt))
        for operand in (*op.args, *(value for _, value in op.kwargs))
    )


def _refused(stmt: Stmt, name: str) -> UnsupportedConstruct:
    name = name.said if isinstance(name, Outside) else name
    return UnsupportedConstruct(
        f"cannot differentiate `{stmt.origin.text}`: it writes what depends on the arguments into "
        f"`{name}`, which outlives the call",
        f"Pass `{name}` as an argument, or write into a copy",
        stmt.origin,
    )
