"""What functions do to memory: which parameters they write into, which their result may share.

A function's summary is found with those of all that it calls, to a fixpoint, so that recursion
needs no special case. `memory(typed)` gives all there is to know of one function.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

from srcad.analysis.aliases import Aliases, kinds_of_names, may_share
from srcad.analysis.calls import bind_arguments
from srcad.analysis.infer import Typed
from srcad.analysis.outside import (
    NO_OBJECTS,
    Objects,
    Outside,
    captured_outside,
    objects_in,
    objects_of,
    of_outside,
    outside_of,
)
from srcad.analysis.reach import forms_of, may_hold
from srcad.analysis.sharing import (
    NO_NAMES,
    CallEffects,
    EffectsOf,
    Names,
    calls_in,
    holds_memory,
    no_calls,
    sources,
    written_operands,
)
from srcad.core import (
    Assign,
    Attr,
    Expr,
    Function,
    Method,
    Op,
    Return,
    Stmt,
    Store,
    Tuple,
    Var,
    expressions_of,
    statements,
    targets_of,
)
from srcad.kinds import (
    NEVER,
    UNKNOWN,
    Array,
    DictOf,
    Kind,
    ListOf,
    TupleOf,
    is_buffer,
    is_unknown,
    join,
)
from srcad.rules import rule_for

Pairs = frozenset[frozenset[str]]


@dataclass(frozen=True, slots=True)
class Effects:
    """A function's summary, in names of its parameters.

    `writes` are those whose memory it writes into, `returns` those whose memory its result may
    share, `links` the pairs that may share memory when it is done; `apart` says that the items
    of the tuple it returns share nothing with each other. `outside` are the objects of its
    surroundings that it writes into. What it writes into is of the kinds `forms`. The result may
    share the memory of `hands` as well, which are in the surroundings.
    """

    writes: Names = NO_NAMES
    returns: Names = NO_NAMES
    links: Pairs = frozenset()
    apart: bool = True
    outside: Objects = NO_OBJECTS
    forms: frozenset[Kind] = frozenset()
    hands: Names = NO_NAMES


class Memory:
    """What is known of one function's use of memory."""

    def __init__(self, typed: Typed, table: _Table) -> None:
        self.typed = typed
        self.effects_of: EffectsOf = table.effects_of(typed)
        self.aliases: Aliases = may_share(typed.function, self.effects_of)
        self.kinds = kinds_of_names(typed.function.body)
        for name, kind in typed.last.items():
            self.kinds[name] = join(self.kinds.get(name, NEVER), kind)
        self._table = table

    @property
    def foreign(self) -> Names:
        """The names of the function for what is in its surroundings."""
        named = (name for name, _ in names_of_outside(self.typed))
        return frozenset((*self.typed.function.captures, *named))

    @property
    def effects(self) -> Effects:
        """The function's own summary."""
        return self._table.effects[id(self.typed)]

    def of(self, callee: Typed) -> Memory:
        """The same for a function that this one calls, directly or not."""
        return self._table.memory(callee)

    def sources(self, expr: Expr) -> Names:
        """The names whose memory the value of `expr` may share."""
        return sources(expr, self.effects_of)

    def writes_of(self, stmt: Stmt) -> Names:
        """The names whose memory `stmt` itself writes into directly."""
        return writes_of(stmt, self.effects_of)

    def writes(self, stmt: Stmt) -> tuple[Write, ...]:
        """What `stmt` itself writes into."""
        return tuple(writes(stmt, self.effects_of))

    def touched_by(self, stmt: Stmt) -> Names:
        """The names that may reach what `stmt` writes into."""
        found: set[str] = set()
        for write in self.writes(stmt):
            found |= write.names
            for other in NO_NAMES.union(*(self.aliases.with_name(stmt, n) for n in write.names)):
                if may_hold(self.kinds.get(other, UNKNOWN), write.kind):
                    found.add(other)
        return frozenset(found)


def memory(typed: Typed) -> Memory:
    """Analyse `typed` and all that it calls."""
    return _Table(typed).memory(typed)


def summary(typed: Typed) -> Effects:
    """The summary of one function."""
    return memory(typed).effects


@dataclass(frozen=True, slots=True)
class Write:
    """Something that a statement writes into: a value of `kind` that `names` may reach.

    A call writes somewhere in its operand, of the kind `within`; of what kind that is, is unknown.
    """

    names: Names
    kind: Kind
    within: Kind | None = None


def writes(stmt: Stmt, effects_of: EffectsOf = no_calls) -> Iterator[Write]:
    """What `stmt` itself writes into (not the statements in its blocks)."""
    match stmt:
        case Store(place=place, op=by):
            base = place.base
            yield Write(sources(base, effects_of) or frozenset(_bottom(base)), base.kind)
            if by is not None and is_buffer(place.kind):  # `rows[0] *= 2` writes into the row
                yield Write(sources(place, effects_of), place.kind)
        case Assign(target=Var(name=name, kind=kind), op=by) if by is not None and is_buffer(kind):
            yield Write(frozenset((name,)), kind)
    for op in calls_in(expressions_of(stmt)):
        for operand in written_operands(op, effects_of):
            names = sources(operand, effects_of)
            forms = _forms(op, operand, effects_of)
            if forms is None:
                yield Write(names, operand.kind)
            for form in forms or ():
                yield Write(names, form, operand.kind)


def _forms(op: Op, operand: Expr, effects_of: EffectsOf) -> frozenset[Kind] | None:
    """What a call may write into somewhere in an operand; None where that is the operand alone."""
    called = effects_of(op)
    if called is not None:
        return called.forms
    alone = isinstance(op.fn, Method) and type(operand.kind) in (Array, ListOf, DictOf)
    return None if alone or rule_for(op) is not None else frozenset((UNKNOWN,))


def writes_of(stmt: Stmt, effects_of: EffectsOf = no_calls) -> Names:
    """The names whose memory `stmt` itself writes into (not the statements in its blocks)."""
    return NO_NAMES.union(*(write.names for write in writes(stmt, effects_of)))


def _bottom(base: Expr) -> set[str]:
    """The name written into where kinds say that nothing could be."""
    return {base.name} if isinstance(base, Var) else set()


class _Table:
    """The summaries of a function and all that it calls."""

    def __init__(self, root: Typed) -> None:
        members = _reachable(root)
        self.effects = {id(typed): Effects() for typed in members}
        self._memories: dict[int, Memory] = {}
        settled = False
        while not settled:
            found = {id(typed): self._summary(Memory(typed, self)) for typed in members}
            settled = found == self.effects
            self.effects = found

    def _summary(self, member: Memory) -> Effects:
        return summarised(member.typed.function, member.effects_of, member.aliases)

    def memory(self, typed: Typed) -> Memory:
        """The memory of a member, analysed once."""
        if id(typed) not in self._memories:
            self._memories[id(typed)] = Memory(typed, self)
        return self._memories[id(typed)]

    def effects_of(self, caller: Typed) -> EffectsOf:
        """What the calls in `caller` do, by the summaries so far."""

        def effects(op: Op) -> CallEffects | None:
            callee = caller.callee(op)
            if callee is None:
                return None
            found = bound_effects(op, callee.function, self.effects[id(callee)])
            return replace(found, written=(*found.written, *_captured(caller, found.outside)))

        return effects


def _captured(typed: Typed, objects: Objects) -> list[Var]:
    """The names under which a function knows some of the objects."""
    if not objects:
        return []
    captures = typed.function.captures
    names = [name for name, value in captures.items() if objects & objects_in(value)]
    names += [name for name, outside in names_of_outside(typed) if objects & outside.objects]
    return [Var(name, kind=typed.kinds.get(name, UNKNOWN)) for name in names]


def names_of_outside(typed: Typed) -> Iterator[tuple[str, Outside]]:
    """The names that a function gives, for good, to what attributes of classes and modules hold."""
    given = [_given(stmt) for stmt in typed.function.body]
    if not any(given):
        return
    bound = Counter(n for s in statements(typed.function.body) for n in targets_of(s))
    bound.update(param.name for param in typed.function.params)
    yield from (known for known in given if known is not None and bound[known[0]] == 1)


def _given(stmt: Stmt) -> tuple[str, Outside] | None:
    match stmt:
        case Assign(target=Var(name=name, kind=kind), value=Attr() as value, op=None):
            outside = outside_of(value) if holds_memory(kind) else None
            return None if outside is None else (name, outside)
    return None


def bound_effects(op: Op, function: Function, effects: Effects) -> CallEffects:
    """A summary in terms of the operands of a call."""
    bound = bind_arguments(op, function)
    return CallEffects(
        result=tuple(bound[name] for name in bound if name in effects.returns),
        written=tuple(bound[name] for name in bound if name in effects.writes),
        links=tuple((bound[a], bound[b]) for a, b in sorted(map(sorted, effects.links))),
        apart=effects.apart,
        outside=effects.outside,
        forms=effects.forms,
        hands=effects.hands,
    )


def _reachable(root: Typed) -> list[Typed]:
    found = [root]
    for typed in found:
        known = {id(member) for member in found}
        found += [c for c in _distinct(tuple(typed.calls.values())) if id(c) not in known]
    return found


def _distinct(members: tuple[Typed, ...]) -> list[Typed]:
    return list({id(member): member for member in members}.values())


def summarised(
    function: Function, effects_of: EffectsOf, aliases: Aliases | None = None
) -> Effects:
    """The summary of a function, given those of what it calls."""
    aliases = aliases or may_share(function, effects_of)
    written: set[str] = set()
    forms: set[Kind] = set()
    returns: set[str] = set()
    outside = NO_OBJECTS
    hands: Names = NO_NAMES
    apart = True
    kinds = kinds_of_names(function.body)
    for stmt in statements(function.body):
        for write in writes(stmt, effects_of):
            forms.update(forms_of(write.kind))
            reached = aliases.params_reached(stmt, write.names)
            written |= {n for n in reached if may_hold(kinds.get(n, UNKNOWN), write.kind)}
        outside |= _written_outside(function, stmt, aliases, effects_of)
        if isinstance(stmt, Return) and stmt.value is not None:
            origins = sources(stmt.value, effects_of)
            returns |= aliases.params_reached(stmt, origins)
            hands |= _handed(function, stmt, aliases, origins)
            apart = apart and _items_apart(stmt, stmt.value, aliases, effects_of)
    links = aliases.params_linked()
    return Effects(
        frozenset(written), frozenset(returns), links, apart, outside, frozenset(forms), hands
    )


def _handed(function: Function, stmt: Stmt, aliases: Aliases, origins: Names) -> Names:
    """What is in the function's surroundings and may share memory with a returned value."""
    reached = origins.union(*(aliases.with_name(stmt, name) for name in origins))
    found = (captured_outside(name, function.captures) for name in reached)
    return frozenset(name for name in found if name is not None and name.objects)


def _written_outside(
    function: Function, stmt: Stmt, aliases: Aliases, effects_of: EffectsOf
) -> Objects:
    """The objects of the function's surroundings that `stmt` writes into."""
    found = NO_OBJECTS
    written = writes_of(stmt, effects_of)
    reached = written.union(*(aliases.with_name(stmt, name) for name in written))
    for name in of_outside(reached, function.captures):
        found |= objects_of(name, function.captures)
    for op in calls_in(expressions_of(stmt)):
        called = effects_of(op)
        found |= called.outside if called is not None else NO_OBJECTS
    return found


def _items_apart(stmt: Stmt, value: Expr, aliases: Aliases, effects_of: EffectsOf) -> bool:
    """Whether a returned value is a tuple whose items share nothing with each other."""
    if not isinstance(value, Tuple):
        return not isinstance(value.kind, TupleOf) and not is_unknown(value.kind)
    parts = [sources(item, effects_of) for item in value.items]
    reach = [part.union(*(aliases.with_name(stmt, name) for name in part)) for part in parts]
    pairs = combinations(range(len(parts)), 2)
    return not any(reach[one] & parts[other] for one, other in pairs)
