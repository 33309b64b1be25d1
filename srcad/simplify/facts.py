"""What each statement of a block reads, binds and writes, with the places of each name."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from srcad.analysis.aliases import Pairs, may_share, partners
from srcad.analysis.effects import writes_of
from srcad.core import (
    Assign,
    Block,
    Break,
    Const,
    Continue,
    Effect,
    Expr,
    For,
    Function,
    Op,
    Return,
    Stmt,
    Var,
    Verbatim,
    While,
    blocks_of,
    expressions_of,
    names_in,
    statements,
    targets_of,
    walk,
)
from srcad.kinds import is_buffer
from srcad.simplify.effects import is_pure, updates_only
from srcad.simplify.known import Known

Names = frozenset[str]


@dataclass(slots=True)
class Facts:
    """What a statement does, with all statements in it.

    `looped` are the names read on each trip of a loop in it, `quoted` those read in an f-string;
    `written` those whose object it writes into; `opaque` says that it may write into anything;
    `jumps` are the statements in it that leave it.
    """

    stmt: Stmt
    reads: Counter[str] = field(default_factory=Counter)
    binds: set[str] = field(default_factory=set)
    looped: set[str] = field(default_factory=set)
    quoted: set[str] = field(default_factory=set)
    written: set[str] = field(default_factory=set)
    opaque: bool = False
    jumps: list[Stmt] = field(default_factory=list)

    @property
    def is_simple(self) -> bool:
        """Whether there are no statements in it."""
        return not blocks_of(self.stmt)


class Memory:
    """What statements write, for one function and for what passes make of its statements.

    Two names count as sharing memory if they do so anywhere: a statement that a pass has
    rewritten is not one that the analysis has seen.
    """

    def __init__(self, function: Function, known: Known) -> None:
        self.function = function
        self.known = known

    @cached_property
    def pairs(self) -> Pairs:
        return may_share(self.function, self.known.effects_of).everywhere()

    def facts(self, stmt: Stmt) -> Facts:
        """What `stmt` does and all that is in it."""
        return self.known.ask(facts_of, stmt)

    def reach(self, name: str) -> frozenset[str]:
        """The names that may share memory with `name`, itself included."""
        return partners(self.pairs, name)

    def touches(self, facts: Facts, names: set[str]) -> bool:
        """Whether the statement may write into the memory of one of `names`."""
        if facts.opaque:
            return bool(names)
        return any(names & self.reach(name) for name in facts.written)

    def reads_first(self, stmt: Stmt) -> bool:
        """Whether `stmt` has read all that it reads before it changes anything."""
        if blocks_of(stmt):
            return False
        whole = stmt.value if isinstance(stmt, Assign | Effect | Return) else None
        calls = (n for expr in expressions_of(stmt) for n in walk(expr) if isinstance(n, Op))
        return all(op is whole for op in calls if not self.known.is_pure(op))


def facts_of(known: Known, stmt: Stmt) -> Facts:
    """Look at `stmt` and all that is in it."""
    facts = Facts(stmt)
    for inner in statements((stmt,)):
        _add(known, facts, inner)
    for loop in statements((stmt,)):
        if isinstance(loop, For | While):
            facts.looped |= _read_on_trips(loop)
    return facts


def _add(known: Known, facts: Facts, stmt: Stmt) -> None:
    facts.binds.update(targets_of(stmt))
    facts.written |= writes_of(stmt, known.effects_of)
    if isinstance(stmt, Break | Continue | Return):
        facts.jumps.append(stmt)
    for expr in expressions_of(stmt):
        for node in walk(expr):
            if isinstance(node, Var):
                facts.reads[node.name] += 1
            elif isinstance(node, Verbatim):
                facts.quoted.update(node.names)
            elif isinstance(node, Op):
                facts.opaque = facts.opaque or is_opaque(known, node)


def is_opaque(known: Known, op: Op) -> bool:
    """Whether it is not known what `op` itself writes into."""
    if op.fn is print or updates_only(op) is not None:
        return False
    effects = known.effects_of(op)
    if effects is not None:
        return bool(effects.outside)
    return not is_pure(replace(op, args=_NOTHING * len(op.args), kwargs=()), known.pure)


_NOTHING = (Const(None),)


def _read_on_trips(loop: For | While) -> set[str]:
    inner = {
        name
        for block in blocks_of(loop)
        for stmt in statements(block)
        for expr in expressions_of(stmt)
        for name in names_in(expr)
    }
    return inner | names_in(loop.test) if isinstance(loop, While) else inner


class BlockFacts:
    """The facts of a block's statements, by place, and where in the block each name occurs."""

    def __init__(self, block: Block, memory: Memory) -> None:
        self.memory = memory
        self.at = [memory.facts(stmt) for stmt in block]
        self.read: dict[str, set[int]] = defaultdict(set)
        self.bound: dict[str, list[int]] = defaultdict(list)
        self.writing: list[int] = []
        self.leaving: list[int] = []
        self.jumps: dict[int, list[Stmt]] = {}  # as they were, when liveness was found
        for place, facts in enumerate(self.at):
            self._index(place, facts)

    def _index(self, place: int, facts: Facts) -> None:
        for name in facts.reads:
            self.read[name].add(place)
        for name in facts.binds:
            self.bound[name].append(place)
        if facts.written or facts.opaque:
            self.writing.append(place)
        if facts.jumps:
            self.leaving.append(place)
            self.jumps[place] = facts.jumps

    def renew(self, place: int, stmt: Stmt) -> None:
        """Note that `stmt`, which binds and writes the same, stands at `place` now."""
        old, new = self.at[place].reads, self.memory.facts(stmt)
        self.at[place] = new
        for name in old.keys() | new.reads.keys():
            (self.read[name].add if name in new.reads else self.read[name].discard)(place)

    def next_binding(self, name: str, after: int) -> int | None:
        """The place of the next statement that binds `name`."""
        places = self.bound.get(name, [])
        position = bisect_right(places, after)
        return places[position] if position < len(places) else None

    def leaving_between(self, start: int, stop: int) -> Iterator[Stmt]:
        """The jumps in the statements between the places."""
        for place in self.leaving[bisect_right(self.leaving, start) :]:
            if place > stop:
                return
            yield from self.jumps[place]

    def first_change(self, value: Expr, after: int, stop: int) -> int:
        """The first place up to `stop` at which `value` may change; `stop` + 1 if there is none."""
        names = names_in(value)
        bound = (self.next_binding(name, after) for name in names)
        first = min((place for place in bound if place is not None), default=stop + 1)
        if isinstance(value, Var):
            return min(first, stop + 1)  # two names of one object show the same changes
        memory = {n.name for n in walk(value) if isinstance(n, Var) and is_buffer(n.kind)}
        for place in self.writing[bisect_right(self.writing, after) :] if memory else ():
            if place >= first:
                break
            if self.memory.touches(self.at[place], memory):
                return min(place, stop + 1)
        return min(first, stop + 1)
