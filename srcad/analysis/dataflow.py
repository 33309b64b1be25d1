"""The dataflow engine under all analyses: forward and backward over structured blocks.

A subclass says what a state is, how two are joined and how a statement changes one; the engine
follows the control flow, runs loops to a fixpoint and notes the state at each statement. States
are values: a method returns a new one and never changes the one it was given. None stands for
"control never gets here".

Statements are known by `id`, so no statement object may occur twice in a function.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from srcad.blocks import CoreError
from srcad.core import (
    Block,
    Break,
    Const,
    Continue,
    For,
    If,
    Raise,
    Return,
    Stmt,
    Try,
    While,
    With,
    statements,
)

S = TypeVar("S")

PATIENCE = 4  # trips round a loop before what still changes is widened
LIMIT = 100  # trips after which a loop that does not settle is a fault


@dataclass(slots=True)
class Result(Generic[S]):
    """The states that an analysis found, by `id` of the statement; none for the unreachable.

    `before` and `after` are in program order in both directions. For a loop, `before` is what
    holds on arrival at the statement, `head` what holds before each test or next item, and
    `body_start` and `body_end` are the states at the two ends of its body.
    """

    before: dict[int, S] = field(default_factory=dict)
    after: dict[int, S] = field(default_factory=dict)
    head: dict[int, S] = field(default_factory=dict)
    body_start: dict[int, S] = field(default_factory=dict)
    body_end: dict[int, S] = field(default_factory=dict)
    end: S | None = None


@dataclass(slots=True)
class _Loop(Generic[S]):
    """What the jumps of the loop around a statement meet: gathered forward, known backward."""

    on_break: S | None = None
    on_continue: S | None = None


class Engine(Generic[S]):
    """What both directions share."""

    def __init__(self) -> None:
        self.result: Result[S] = Result()
        self._loops: list[_Loop[S]] = []
        self._raising: list[S | None] = []  # for each `try` around: what its handlers meet
        # where a loop stood when it was last left: an inner loop starts from there again
        self._settled: dict[int, S] = {}

    def join(self, a: S, b: S) -> S:
        """What holds where two paths meet."""
        raise NotImplementedError

    def widen(self, old: S, new: S) -> S:
        """A state above `new` that a loop which went from `old` to `new` will not leave again."""
        return new

    def simple(self, stmt: Stmt, state: S) -> S:
        """The state on the other side of a statement without blocks."""
        raise NotImplementedError

    def enter(self, loop: For, state: S) -> S:
        """The effect of evaluating the iterable, once."""
        return state

    def header(self, stmt: If | For | While | With, state: S) -> S:
        """The effect of a test, of binding a `For`'s target to the next item, of a context."""
        return state

    def join_all(self, *states: S | None) -> S | None:
        """The join of the states that are reached."""
        joined: S | None = None
        for state in states:
            if joined is None or state is None:
                joined = state if joined is None else joined
            elif state is not joined:
                joined = self.join(joined, state)
        return joined

    def _begin(self, block: Block) -> None:
        check_unshared(block)
        self.result, self._loops, self._settled = Result(), [], {}
        self._raising = []

    def _next_head(self, loop: Stmt, trip: int, old: S, new: S | None) -> S:
        """The head of the next trip; the same object again when the loop has settled."""
        joined = old if new is None else self.join(old, new)
        if joined == old:
            self._settled[id(loop)] = old
            return old
        if trip > LIMIT:
            raise CoreError("a dataflow analysis does not settle")
        return self.widen(old, joined) if trip >= PATIENCE else joined


class Forward(Engine[S]):
    """An analysis from the function's start to its end."""

    records = True  # False saves the memory of `before` and `after` where nobody asks for them

    def branch(self, stmt: If | While, state: S, taken: bool) -> S | None:
        """The state where the test came out as `taken`; None if it cannot."""
        test = stmt.test
        if isinstance(test, Const) and bool(test.value) is not taken:
            return None
        return state

    def run(self, block: Block, state: S) -> Result[S]:
        """Analyse a function's body, which is entered with `state`."""
        self._begin(block)
        self._returned: S | None = None
        falls = self._block(block, state)
        self.result.end = self.join_all(falls, self._returned)
        return self.result

    def _block(self, block: Block, state: S | None) -> S | None:
        for stmt in block:
            if state is None:
                return None
            entry = state
            state = self._statement(stmt, entry)
            if self._raising:
                self._may_raise(entry, state)
            if self.records:
                self.result.before[id(stmt)] = entry
                if state is not None:
                    self.result.after[id(stmt)] = state
        return state

    def _statement(self, stmt: Stmt, state: S) -> S | None:
        match stmt:
            case If():
                return self._if(stmt, self.header(stmt, state))
            case For():
                return self._loop(stmt, self.enter(stmt, state))
            case While():
                return self._loop(stmt, state)
            case With():
                return self._block(stmt.body, self.header(stmt, state))
            case Try():
                return self._try(stmt, state)
            case Return():
                self._returned = self.join_all(self._returned, self.simple(stmt, state))
                return None
            case Raise():
                self.simple(stmt, state)
                return None
            case Break():
                self._loops[-1].on_break = self.join_all(self._loops[-1].on_break, state)
                return None
            case Continue():
                self._loops[-1].on_continue = self.join_all(self._loops[-1].on_continue, state)
                return None
        return self.simple(stmt, state)

    def _may_raise(self, *states: S | None) -> None:
        """An exception may come where one of these states holds."""
        self._raising = [self.join_all(known, *states) for known in self._raising]

    def _try(self, stmt: Try, state: S) -> S | None:
        self._raising.append(state)
        falls = self._block(stmt.body, state)
        caught = self._raising.pop()
        falls = None if falls is None else self._block(stmt.orelse, falls)
        ends = [self._block(handler, caught) for handler in stmt.handlers]
        return self.join_all(falls, *ends)

    def _if(self, stmt: If, state: S) -> S | None:
        then = self._taken(stmt, stmt.then, state, True)
        return self.join_all(then, self._taken(stmt, stmt.orelse, state, False))

    def _taken(self, stmt: If, block: Block, state: S, taken: bool) -> S | None:
        start = self.branch(stmt, state, taken)
        return None if start is None else self._block(block, start)

    def _loop(self, stmt: For | While, entry: S) -> S | None:
        settled = self._settled.get(id(stmt))
        head = entry if settled is None else self.join(entry, settled)
        for trip in range(1, LIMIT + 2):
            jumps, leaving, back = self._trip(stmt, head)
            following = self._next_head(stmt, trip, head, back)
            if following is head:
                break
            head = following
        self.result.head[id(stmt)] = head
        return self.join_all(leaving, jumps.on_break)

    def _trip(self, stmt: For | While, head: S) -> tuple[_Loop[S], S | None, S | None]:
        """One trip from `head`: its jumps, the state that leaves there, the one at its end."""
        at_test = self.header(stmt, head)
        start: S | None = at_test
        leaving: S | None = head
        if isinstance(stmt, While):
            leaving = self.branch(stmt, at_test, False)
            start = self.branch(stmt, at_test, True)
        jumps: _Loop[S] = _Loop()
        if start is None:
            return jumps, leaving, None
        self.result.body_start[id(stmt)] = start
        self._loops.append(jumps)
        back = self.join_all(self._block(stmt.body, start), jumps.on_continue)
        self._loops.pop()
        if back is not None:
            self.result.body_end[id(stmt)] = back
        return jumps, leaving, back


class Backward(Engine[S]):
    """An analysis from the function's end to its start: `simple` gives the state before."""

    def nothing(self) -> S:
        """The state at an exception: nothing is done with any value."""
        raise NotImplementedError

    def run(self, block: Block, state: S) -> Result[S]:
        """Analyse a function's body, at whose end and returns `state` holds."""
        self._begin(block)
        self._end = state
        self.result.end = state
        self._block(block, state)
        return self.result

    def _block(self, block: Block, state: S) -> S:
        for stmt in reversed(block):
            state = self._after(stmt, state)
            self.result.after[id(stmt)] = state
            state = self._statement(stmt, state)
            for caught in self._raising:
                state = state if caught is None else self.join(state, caught)
            self.result.before[id(stmt)] = state
        return state

    def _after(self, stmt: Stmt, following: S) -> S:
        """The state where control goes after `stmt`, which is not what follows for a jump."""
        match stmt:
            case Return():
                return self._end
            case Raise():
                return self.nothing()
            case Break():
                return _known(self._loops[-1].on_break)
            case Continue():
                return _known(self._loops[-1].on_continue)
        return following

    def _statement(self, stmt: Stmt, state: S) -> S:
        match stmt:
            case If(then=then, orelse=orelse):
                joined = self.join(self._block(then, state), self._block(orelse, state))
                return self.header(stmt, joined)
            case For():
                return self.enter(stmt, self._loop(stmt, state))
            case While():
                return self._loop(stmt, state)
            case With():
                return self.header(stmt, self._block(stmt.body, state))
            case Try():
                return self._try(stmt, state)
            case Break() | Continue():
                return state
        return self.simple(stmt, state)

    def _try(self, stmt: Try, after: S) -> S:
        starts = [self._block(handler, after) for handler in stmt.handlers]
        caught = self.join_all(*starts)
        after = self._block(stmt.orelse, after)
        self._raising.append(caught)
        start = self._block(stmt.body, after)
        self._raising.pop()
        return start if caught is None else self.join(start, caught)

    def _loop(self, stmt: For | While, after: S) -> S:
        head = self._settled.get(id(stmt))
        leaving = self._leaving(stmt, after)
        head = leaving if head is None else self.join(leaving, head)
        for trip in range(1, LIMIT + 2):
            following = self._next_head(stmt, trip, head, self._trip(stmt, head, after))
            if following is head:
                break
            head = following
        self.result.head[id(stmt)] = head
        return head

    def _leaving(self, stmt: For | While, after: S) -> S:
        """The state at the head if the loop is left there."""
        if isinstance(stmt, For):
            return after
        forever = isinstance(stmt.test, Const) and bool(stmt.test.value)
        return self.header(stmt, self.nothing() if forever else after)

    def _trip(self, stmt: For | While, head: S, after: S) -> S:
        """The state at the head if another trip is made."""
        self._loops.append(_Loop(on_break=after, on_continue=head))
        start = self._block(stmt.body, head)
        self._loops.pop()
        self.result.body_end[id(stmt)] = head
        self.result.body_start[id(stmt)] = start
        return self.header(stmt, start)


def _known(state: S | None) -> S:
    if state is None:
        raise CoreError("a jump outside of a loop")
    return state


def check_unshared(block: Block) -> None:
    """Raise if a statement object occurs twice in `block`: its states would be mixed up."""
    seen: set[int] = set()
    for stmt in statements(block):
        if id(stmt) in seen:
            raise CoreError(f"the statement {stmt!r} occurs twice in a function")
        seen.add(id(stmt))
