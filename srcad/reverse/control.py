"""The reverse halves of blocks, branches and loops.

Blocks are visited from their end. The `state` that goes along says which adjoints are set; where
two paths of the reverse sweep meet, or a reverse loop turns, the states are made to agree by
setting to zero what one of them leaves unset.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, field

from srcad.core import (
    Assign,
    Block,
    Break,
    Const,
    Continue,
    Expr,
    For,
    If,
    Op,
    Raise,
    Stmt,
    Try,
    Var,
    While,
    With,
    bound_names,
    names_in,
)
from srcad.kinds import Scalar
from srcad.reverse.accumulate import Accumulator
from srcad.reverse.attempts import check_all_or_nothing, marks, only_cleans_up, succeeded
from srcad.reverse.bindings import raises
from srcad.reverse.calls import CallSteps
from srcad.reverse.context import BORROWED, OWNED, Context, Retry, State, Wishes
from srcad.reverse.statements import Statements
from srcad.reverse.steps import Branch, Leaf, Loop, Section, Step
from srcad.reverse.trips import TripPlan, is_iterated_only, plan_trips, plan_without_index
from srcad.rules import vocabulary as words

BREAK = "break"


@dataclass
class Control:
    """Builds the `Section` of a block; `depth` counts the loops around the current statement."""

    context: Context
    statements: Statements = field(init=False)
    calls: CallSteps | None = None
    depth: int = 0
    exits: list[Exits] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.statements = Statements(self.context, lambda: self.depth > 0, self.calls)

    def section(self, block: Block, state: State) -> Section:
        """The steps of a block; `state` becomes that of the reverse sweep before the block."""
        section = Section()
        for stmt in reversed(block):
            if isinstance(stmt, With) or (isinstance(stmt, Try) and only_cleans_up(stmt)):
                first, last = marks(stmt, self.context, state)
                section.steps[:0] = [first, *self.section(stmt.body, state).steps, last]
            else:
                section.steps.insert(0, self.step(stmt, state))
        return section

    def step(self, stmt: Stmt, state: State) -> Step:
        match stmt:
            case If():
                return self._branch(stmt, state)
            case For() | While():
                return self._loop(stmt, state)
            case Try():
                return self._attempt(stmt, state)
            case Break():
                return self._break(stmt)
            case Continue() | Raise():
                return Leaf(stmt, [stmt])
        return self.statements.leaf(stmt, state)

    # -- branches

    def _branch(self, stmt: If, state: State) -> Step:
        then_state, else_state = dict(state), dict(state)
        then = self.section(stmt.then, then_state)
        orelse = self.section(stmt.orelse, else_state)
        if raises(stmt.then):
            then_state = dict(else_state)
        elif raises(stmt.orelse):
            else_state = dict(then_state)
        self._meet(stmt, then, then_state, orelse, else_state, state)
        return Branch(stmt, self._test(stmt, then), then, orelse)

    def _attempt(self, stmt: Try, state: State) -> Step:
        """A `try` whose handlers note that they were entered: what follows deals with that."""
        check_all_or_nothing(stmt, self.context)
        then_state, else_state = dict(state), dict(state)
        then, orelse = self.section(stmt.body, then_state), Section()
        if raises(stmt.body):
            then_state = dict(else_state)
        self._meet(stmt, then, then_state, orelse, else_state, state)
        return Branch(stmt, succeeded(stmt), then, orelse)

    def _meet(
        self,
        stmt: If | Try,
        then: Section,
        then_state: State,
        orelse: Section,
        else_state: State,
        state: State,
    ) -> None:
        """Make the states before both ways through a statement agree; `state` becomes that."""
        before = self.context.active_before(stmt)
        bound = self.context.bound.before.get(id(stmt), frozenset())
        self._agree(then, then_state, else_state, before, bound)
        self._agree(orelse, else_state, then_state, before, bound)
        state.clear()
        for name in then_state.keys() & else_state.keys():
            same = then_state[name] == else_state[name]
            state[name] = then_state[name] if same else BORROWED

    def _agree(
        self,
        section: Section,
        state: State,
        other: State,
        active: frozenset[str],
        bound: frozenset[str],
    ) -> None:
        """Set what `other` has set and what still matters before the branch."""
        for name in sorted(other.keys() - state.keys()):
            if name in active:
                sink = Accumulator(self.context, state)
                if name not in bound and not isinstance(self.context.kind(name), Scalar):
                    self.context.unsure.add(name)
                sink.zero(name)
                section.leave += sink.out
        for name in sorted(state.keys() - other.keys()):
            if name not in active and name not in self.context.steady:
                del state[name]

    def _test(self, stmt: If, then: Section) -> Expr:
        """What the reverse sweep decides by: how the loop was left, else the test itself."""
        last = stmt.then[-1] if stmt.then else None
        exits = self.exits[-1] if self.exits else None
        if exits is not None and id(last) in exits.codes:
            return exits.test(last)
        return stmt.test

    def _break(self, stmt: Break) -> Step:
        exits = self.exits[-1]
        if id(stmt) not in exits.codes:
            return Leaf(stmt, [stmt])
        left = exits.variable
        return Leaf(stmt, [Assign(left, exits.codes[id(stmt)]), stmt], [Assign(left, exits.none)])

    # -- loops

    def _loop(self, stmt: For | While, state: State) -> Step:
        active = self.context.active_at_end(stmt)
        enter = self._prepare(stmt, active, state)
        plan = self._plan(stmt)
        exits = self._exits(stmt)
        inner = dict(state)
        self.depth += 1
        self.exits.append(exits)
        body = self.section(stmt.body, inner)
        self.exits.pop()
        bindings = [self._binding(stmt, b, inner) for b in reversed(plan.bindings)]
        body.steps[:0] = reversed(bindings)
        self.depth -= 1
        self._close(body, active, state, inner)
        before = self.context.active_before(stmt)
        for name in [n for n in state if n not in before | self.context.steady]:
            del state[name]
        loop = Loop(stmt, plan.target or stmt_target(stmt), plan.backward, body, enter)
        if exits.codes:
            loop.flag, loop.no_exit = exits.name, exits.none
        if _leaves_early(stmt) or plan.backward is None:
            loop.counter = self.context.temporary("trips", Scalar("int64")).name
        return loop

    def _plan(self, stmt: For | While) -> TripPlan:
        if isinstance(stmt, While):
            return TripPlan()
        if is_iterated_only(stmt.iter) and not self._varies(stmt):
            return plan_without_index(stmt)
        return plan_trips(stmt, self.context)

    def _varies(self, stmt: For) -> bool:
        """Whether what the loop runs through may depend on the arguments."""
        return bool(names_in(stmt.iter) & self.context.varied_before(stmt))

    def _prepare(self, stmt: Stmt, active: frozenset[str], state: State) -> list[Stmt]:
        """Before a reverse loop: all that its trips add to is set, in buffers of its own."""
        sink = Accumulator(self.context, state)
        bound = self.context.bound.after.get(id(stmt), frozenset())
        for name in sorted(active):
            if name not in state:
                if name not in bound and not isinstance(self.context.kind(name), Scalar):
                    self.context.unsure.add(name)
                sink.zero(name)
            elif state[name] == BORROWED and not isinstance(self.context.kind(name), Scalar):
                sink.make_buffer(name)
            state[name] = OWNED
        for name in [n for n in state if n not in active | self.context.steady]:
            del state[name]
        return sink.out

    def _close(self, body: Section, active: frozenset[str], head: State, end: State) -> None:
        """Make the state at the end of a reverse trip that at its start."""
        for name in sorted(active):
            sink = Accumulator(self.context, end)
            if name not in end:
                sink.clear(name)
            elif end[name] == BORROWED and not isinstance(self.context.kind(name), Scalar):
                sink.make_buffer(name)
            body.leave += sink.out

    def _binding(self, loop: For | While, binding: Assign, state: State) -> Leaf:
        """The assignment of a loop's target to an item, which the loop's header makes itself."""
        tracked = frozenset(bound_names(binding.target)) & self.context.tracked
        if tracked:
            raise Retry(Wishes(by_index=tracked))
        self.context.stands_in(binding, self.context.varied.body_start(loop))
        leaf = self.statements.leaf(binding, state)
        leaf.forward = [s for s in leaf.forward if s is not binding and not _rebinds(s, binding)]
        leaf.implicit = True
        return leaf

    def _exits(self, stmt: For | While) -> Exits:
        """The ways in which the loop is left by a `break` that skips the rest of a trip."""
        inner = [s for s in own_statements(stmt.body) if isinstance(s, If) and s.then]
        breaks = [s.then[-1] for s in inner if isinstance(s.then[-1], Break)]
        if not breaks:
            return Exits("")
        if len(breaks) == 1:
            codes, none = {id(breaks[0]): Const(True)}, Const(False)
        else:
            codes = {id(b): words.number(k + 1) for k, b in enumerate(breaks)}
            none = words.number(0)
        return Exits(self.context.temporary("left", Scalar("int64")).name, codes, none)


@dataclass
class Exits:
    """How a loop may be left early: a code for each `break` in a variable called `name`."""

    name: str
    codes: dict[int, Const] = field(default_factory=dict)
    none: Const = field(default_factory=lambda: Const(False))

    @property
    def variable(self) -> Var:
        return Var(self.name, kind=Scalar("int64"))

    def test(self, stmt: Stmt | None) -> Expr:
        """Whether the loop was left at the `break` in question."""
        code = self.codes[id(stmt)]
        if code.value is True:
            return self.variable
        return Op(operator.eq, (self.variable, code), kind=Scalar("bool"))


def _rebinds(stmt: Stmt, binding: Assign) -> bool:
    return isinstance(stmt, Assign) and stmt.target == binding.target


def stmt_target(stmt: For | While) -> Expr:
    return stmt.target if isinstance(stmt, For) else Var("_")


def own_statements(block: Block) -> list[Stmt]:
    """The statements of a block, those in branches included, those in loops not."""
    found: list[Stmt] = []
    for stmt in block:
        found.append(stmt)
        if isinstance(stmt, If):
            found += own_statements(stmt.then) + own_statements(stmt.orelse)
    return found


def _leaves_early(stmt: For | While) -> bool:
    return any(isinstance(s, Break) for s in own_statements(stmt.body))
