"""Which names may share memory, at each statement.

The state is a set of unordered pairs of names, not points-to sets: after `u, v = v, u` two names
that shared nothing still share nothing. Sharing is not transitive: a list that holds `a` and `b`
shares memory with both, they with each other not.
"""

from __future__ import annotations

from collections.abc import Iterable

from srcad.analysis.annotate import truth_of
from srcad.analysis.dataflow import Forward, Result
from srcad.analysis.sharing import (
    NO_NAMES,
    EffectsOf,
    Names,
    calls_in,
    holds_memory,
    holds_references,
    kept_operands,
    no_calls,
    sources,
)
from srcad.core import (
    Assign,
    Attr,
    Block,
    Expr,
    For,
    Function,
    If,
    Item,
    List,
    Op,
    Stmt,
    Store,
    Tuple,
    Var,
    Verbatim,
    While,
    With,
    children,
    expressions_of,
    statements,
    walk,
)
from srcad.kinds import NEVER, UNKNOWN, Array, DictOf, Kind, ListOf, join

Pairs = frozenset[frozenset[str]]
_EMPTY = (ListOf(NEVER), DictOf((), UNKNOWN), DictOf(None, NEVER))


def entry_name(param: str) -> str:
    """What the analysis calls the memory that a parameter has on entry, whatever it is later."""
    return f"{param} on entry"


def params_of(names: Iterable[str]) -> Names:
    """The parameters that those of `names` which `entry_name` made speak of."""
    suffix = entry_name("")
    return frozenset(name.removesuffix(suffix) for name in names if name.endswith(suffix))


class Aliases:
    """What `may_share` found."""

    def __init__(self, result: Result[Pairs]) -> None:
        self._result = result

    def before(self, stmt: Stmt) -> Pairs:
        """The pairs that may share memory just before `stmt`."""
        return visible(self._result.before.get(id(stmt), frozenset()))

    def after(self, stmt: Stmt) -> Pairs:
        """The pairs that may share memory just after `stmt`."""
        return visible(self._result.after.get(id(stmt), frozenset()))

    def with_name(self, stmt: Stmt, name: str) -> Names:
        """The names that may share memory with `name` just before `stmt`, itself included."""
        return partners(self.before(stmt), name)

    def with_name_after(self, stmt: Stmt, name: str) -> Names:
        """The names that may share memory with `name` just after `stmt`, itself included."""
        return partners(self.after(stmt), name)

    def params_reached(self, stmt: Stmt, names: Iterable[str]) -> Names:
        """The parameters whose memory on entry one of `names` may share just before `stmt`."""
        pairs = self._result.before.get(id(stmt), frozenset())
        return params_of(NO_NAMES.union(*(partners(pairs, name) for name in names)))

    def params_linked(self) -> Pairs:
        """The pairs of parameters whose memory on entry may be shared at some point."""
        linked = (pair for state in self._result.after.values() for pair in state)
        pairs = frozenset(params_of(pair) for pair in linked)
        return frozenset(pair for pair in pairs if len(pair) == 2)

    def everywhere(self) -> Pairs:
        """The pairs that may share memory at some point of the function."""
        states = (*self._result.after.values(), *self._result.body_start.values())
        return visible(frozenset[frozenset[str]]().union(*states))


def visible(pairs: Pairs) -> Pairs:
    """The pairs of the program's own names."""
    return frozenset(pair for pair in pairs if not params_of(pair))


def partners(pairs: Pairs, name: str) -> Names:
    """The names paired with `name`, itself included; names of memory on entry included."""
    return NO_NAMES.union((name,), *(pair for pair in pairs if name in pair))


def may_share(function: Function, effects_of: EffectsOf = no_calls) -> Aliases:
    """Analyse `function`; its parameters share nothing with each other on entry."""
    engine = _MayShare(function, effects_of)
    start = frozenset(frozenset((p.name, entry_name(p.name))) for p in function.params)
    return Aliases(engine.run(function.body, start))


class _MayShare(Forward[Pairs]):
    def __init__(self, function: Function, effects_of: EffectsOf) -> None:
        super().__init__()
        self.effects_of = effects_of
        self.kinds = kinds_of_names(function.body)

    def join(self, a: Pairs, b: Pairs) -> Pairs:
        return a | b

    def branch(self, stmt: If | While, state: Pairs, taken: bool) -> Pairs | None:
        return None if truth_of(stmt.test) is (not taken) else state

    def simple(self, stmt: Stmt, state: Pairs) -> Pairs:
        state = self.kept(expressions_of(stmt), state)
        match stmt:
            case Assign(target=target, value=value, op=None):
                return self.bind(target, value, state)
            case Store(place=place, value=value, op=None):
                return self.stored(place, value, state)
            case Assign(target=Var(name=name), value=value):
                return self.link((name,), sources(value, self.effects_of), state)
        return state

    def header(self, stmt: If | For | While | With, state: Pairs) -> Pairs:
        if isinstance(stmt, For):
            return self.bind(*iteration(stmt.target, stmt.iter), state)
        return self.kept(expressions_of(stmt), state)

    def enter(self, loop: For, state: Pairs) -> Pairs:
        return self.kept((loop.iter,), state)

    # -- binding names

    def bind(self, target: Expr, value: Expr, state: Pairs) -> Pairs:
        """The pairs after the names of `target` got the values of `value`, all at once."""
        origins = self.origins(target, value)
        mixed = not self.items_apart(value)
        bound = frozenset(name for name, _ in origins)
        shared = {name: self.reach(names, state) for name, names in origins}
        new = {pair for pair in state if not pair & bound}
        for place, (name, names) in enumerate(origins):
            new |= {frozenset((name, other)) for other in shared[name] - bound}
            for later, _ in origins[place + 1 :]:
                together = mixed and {name, later} <= self.holding(target)
                if later != name and (together or self.meet(names, dict(origins)[later], state)):
                    new.add(frozenset((name, later)))
        return frozenset(new)

    def origins(self, target: Expr, value: Expr) -> list[tuple[str, Names]]:
        """Each name that `target` binds, with the names whose memory it may get."""
        if isinstance(target, Var):
            ok = holds_memory(target.kind)
            return [(target.name, sources(value, self.effects_of) if ok else NO_NAMES)]
        assert isinstance(target, Tuple)
        parts = value.items if isinstance(value, Tuple | List) else ()
        if len(parts) != len(target.items):
            parts = (value,) * len(target.items)
        found: list[tuple[str, Names]] = []
        for item, part in zip(target.items, parts, strict=True):
            found += self.origins(item, part)
        return found

    def items_apart(self, value: Expr) -> bool:
        """Whether the items of a tuple share nothing but what they share with its sources."""
        called = self.effects_of(value) if isinstance(value, Op) else None
        return called is None or called.apart

    def holding(self, target: Expr) -> Names:
        """The names in `target` that get something with an inside."""
        variables = (node for node in walk(target) if isinstance(node, Var))
        return frozenset(node.name for node in variables if holds_memory(node.kind))

    def reach(self, names: Iterable[str], state: Pairs) -> Names:
        """The names that may share memory with one of `names`, those included."""
        return NO_NAMES.union(*(partners(state, name) for name in names))

    def meet(self, some: Names, others: Names, state: Pairs) -> bool:
        """Whether values with these origins may share memory."""
        return bool(self.reach(some, state) & others)

    # -- references kept by containers

    def stored(self, place: Item | Attr, value: Expr, state: Pairs) -> Pairs:
        if isinstance(place.base.kind, Array) and not holds_references(place.base.kind):
            return state  # an array copies what is stored into it
        containers = sources(place.base, self.effects_of)
        return self.link(containers, sources(value, self.effects_of), state)

    def kept(self, exprs: Iterable[Expr], state: Pairs) -> Pairs:
        """The pairs after the calls in `exprs` stored references into their operands."""
        for op in calls_in(exprs):
            called = self.effects_of(op)
            for one, other in called.links if called is not None else ():
                some, others = (sources(e, self.effects_of) for e in (one, other))
                state = self.link_both(some, others, state)
            for operand in kept_operands(op) if called is None else ():
                containers = sources(op.args[0], self.effects_of)
                state = self.link(containers, sources(operand, self.effects_of), state)
        return state

    def link(self, containers: Iterable[str], values: Names, state: Pairs) -> Pairs:
        """The pairs after something in `containers` came to refer to `values`."""
        kept = self.reach(values, state)
        if not kept:
            return state
        holders = [n for n in self.reach(containers, state) if self.may_refer(n)]
        return state | {frozenset((h, n)) for h in holders for n in kept if h != n}

    def link_both(self, some: Names, others: Names, state: Pairs) -> Pairs:
        pairs = ((a, b) for a in self.reach(some, state) for b in self.reach(others, state))
        return state | {frozenset(pair) for pair in pairs if pair[0] != pair[1]}

    def may_refer(self, name: str) -> bool:
        kind = self.kinds.get(name.removesuffix(entry_name("")), UNKNOWN)
        return holds_references(kind) or kind in _EMPTY  # what is empty may have grown elsewhere


def iteration(target: Expr, iterable: Expr) -> tuple[Expr, Expr]:
    """A target and a value whose assignment shares memory as one step of the loop does.

    `enumerate` and `zip` are taken apart: each name gets what its own iterable holds.
    """
    if isinstance(target, Tuple) and isinstance(iterable, Op):
        if iterable.fn is zip and len(iterable.args) == len(target.items):
            pairs = zip(target.items, iterable.args, strict=True)
            values = tuple(iteration(item, arg)[1] for item, arg in pairs)
            return target, Tuple(values)
        if iterable.fn is enumerate and len(target.items) == 2:
            counter = Tuple(())  # shares memory with nothing
            return target, Tuple((counter, iteration(target.items[1], iterable.args[0])[1]))
    return target, iterable


def kinds_of_names(block: Block) -> dict[str, Kind]:
    """For each name the join of its kinds at all its occurrences in `block`.

    Of those in the text of f-strings no kind is noted.
    """
    found: dict[str, Kind] = {}
    for stmt in statements(block):
        waiting = [*expressions_of(stmt), *_targets(stmt)]
        while waiting:
            node = waiting.pop()
            if isinstance(node, Var):
                found[node.name] = join(found.get(node.name, NEVER), node.kind)
            elif not isinstance(node, Verbatim):
                waiting += children(node)
    return found


def _targets(stmt: Stmt) -> tuple[Expr, ...]:
    return (stmt.target,) if isinstance(stmt, Assign | For) else ()
