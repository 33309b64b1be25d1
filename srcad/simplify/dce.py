"""Dead code: statements without which the function does and returns the same.

What a function does is return, raise, assert, call what may have effects, and write into memory
that its caller holds. From these the analysis works backward: a statement is needed if a needed
one may read what it binds or writes. Binding and content are told apart: `np.zeros_like(x)` needs
`x` to be there, and none of the stores into it.

Assumed: every loop ends. A loop that does nothing needed goes, and so does a statement whose only
effect might have been an exception (`1 / n`, `x[i]`), unless the user wrote it as such.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

from srcad.analysis.aliases import Aliases, may_share
from srcad.analysis.dataflow import Backward
from srcad.analysis.effects import writes_of
from srcad.analysis.liveness import reads
from srcad.analysis.outside import of_outside
from srcad.core import (
    Assert,
    Assign,
    Block,
    Break,
    Continue,
    Effect,
    Expr,
    For,
    Function,
    If,
    Item,
    List,
    Op,
    Raise,
    Return,
    Stmt,
    Store,
    Try,
    Var,
    While,
    With,
    blocks_of,
    bound_names,
    children,
    expressions_of,
    names_of,
    statements,
    targets_of,
)
from srcad.frontend.may_raise import classes_of, may_raise
from srcad.kinds import is_array, is_buffer
from srcad.rules import vocabulary as words
from srcad.simplify.effects import (
    is_append,
    is_plain_pop,
    is_pure,
    receiver,
    updates_only,
)
from srcad.simplify.known import Known
from srcad.simplify.sweep import Sweep, live_parts

Live = frozenset[str]


def inside(name: str) -> str:
    """What stands in a live set for the content of the object that `name` is bound to."""
    return name + "[]"


def remove_dead_code(function: Function, known: Known | None = None) -> Function:
    """`function` without statements that nothing needs.

    Before: `y = x * x; z = x + 1; return z`. After: `z = x + 1; return z`.
    """
    needed = _Needed(function, known or Known())
    needed.settle()
    unused = "_" not in names_of(function)
    forced = frozenset(needed.forced)
    sweep = Sweep(needed.marked, needed.live_after, needed.is_pure, unused, forced)
    return replace(function, body=sweep.block(function.body))


class _Needed(Backward[Live]):
    """Marks the needed statements; the state is what is live, names and contents."""

    def __init__(self, function: Function, known: Known) -> None:
        super().__init__()
        self.function = function
        self.known = known
        self.marked: set[int] = set()
        self.parents = _parents(function.body)
        self.loop_jumps = _jumps_by_loop(function.body)
        # tapes of which, so far, no pop is needed; one pop needs all others, to stay in step
        self.idle_tapes = tapes(function, known)
        self.forced: set[int] = set()  # statements whose exceptions a needed `try` catches

    @cached_property
    def aliases(self) -> Aliases:
        return may_share(self.function, self.known.effects_of)

    def settle(self) -> None:
        """Run until no further statement turns out to be needed."""
        settled = False
        while not settled:
            self.run(self.function.body, frozenset())
            tried = self.tried()
            jumps = [j for loop, inner in self.loop_jumps if id(loop) in self.marked for j in inner]
            read = self.tapes_read()
            settled = not read and all(id(jump) in self.marked for jump in jumps)
            settled = settled and tried == self.forced
            self.forced = tried
            self.idle_tapes = self.idle_tapes - read
            for jump in jumps:
                self.mark(jump)

    def tried(self) -> set[int]:
        """The statements in each `try` that is needed: whether they raise decides what comes."""
        forced: set[int] = set()
        for stmt in statements(self.function.body):
            if isinstance(stmt, Try) and id(stmt) in self.marked and not _cleans_up(stmt):
                wanted = classes_of(stmt.types)
                forced |= {id(s) for s in statements(stmt.body) if may_raise(s, wanted)}
        return forced

    def tapes_read(self) -> set[str]:
        """The tapes that a needed statement reads."""
        found: set[str] = set()
        for stmt in statements(self.function.body) if self.idle_tapes else ():
            if id(stmt) in self.marked and not _is_append(stmt):
                for expr in expressions_of(stmt):
                    found |= {name for name, _ in reads(expr)} & self.idle_tapes
        return found

    def mark(self, stmt: Stmt) -> None:
        """Note that `stmt` is needed, and so is everything around it."""
        at: int | None = id(stmt)
        while at is not None and at not in self.marked:
            self.marked.add(at)
            at = self.parents.get(at)

    def live_after(self, stmt: Stmt) -> Live:
        """What is live just after `stmt`."""
        return self.result.after.get(id(stmt), frozenset())

    def is_pure(self, expr: Expr) -> bool:
        """Whether `expr` may go when its value is not needed."""
        return self.known.is_pure(expr) or is_pure(expr, self._vouched)

    def read(self, expr: Expr) -> Live:
        """What evaluating `expr` reads: names, and contents."""
        return self.known.ask(_read, expr)

    def _vouched(self, op: Op) -> bool:
        if is_plain_pop(op) and receiver(op, "pop") in self.idle_tapes:
            return True
        return self.known.pure(op)

    # -- the dataflow problem

    def join(self, a: Live, b: Live) -> Live:
        return a | b

    def nothing(self) -> Live:
        return frozenset()

    def header(self, stmt: If | For | While | With, state: Live) -> Live:
        if isinstance(stmt, For):
            return self.next_item(stmt, state)
        (expr,) = expressions_of(stmt)
        if isinstance(stmt, With) and not words.is_surrounding(expr):
            self.mark(stmt)
        if not isinstance(stmt, With) and not self.is_pure(expr):
            self.mark(stmt)
        return state | self.read(expr) if id(stmt) in self.marked else state

    def next_item(self, stmt: For, state: Live) -> Live:
        bound = set(bound_names(stmt.target))
        if not self.is_pure(stmt.iter) or bound & self.live_after(stmt):
            self.mark(stmt)
        # what it iterates over may be written into by its own body, and is read at every trip
        again = self.read(stmt.iter) if id(stmt) in self.marked else frozenset()
        return (state - _bound(bound)) | again

    def enter(self, loop: For, state: Live) -> Live:
        return state | self.read(loop.iter) if id(loop) in self.marked else state

    def simple(self, stmt: Stmt, state: Live) -> Live:
        if id(stmt) in self.forced and isinstance(stmt, Assign | Store | Effect):
            return self.kept(stmt, state - _bound_by(stmt), expressions_of(stmt))
        match stmt:
            case Return() | Raise() | Assert():
                return self.kept(stmt, state, expressions_of(stmt))
            case Assign(target=Var(name=name, kind=kind), op=op) if op and is_buffer(kind):
                rebinds = not is_array(kind) and name in state
                if rebinds or self.writes_needed(stmt, state) or not self.is_pure(stmt.value):
                    return self.kept(stmt, state, (stmt.target, stmt.value))
            case Assign():
                return self.assigned(stmt, state)
            case Store(place=place, value=value):
                if self.writes_needed(stmt, state) or not all(
                    self.is_pure(expr) for expr in expressions_of(stmt)
                ):
                    read = _besides(place.base, *_index(place), value)
                    updates = stmt.op is not None and not is_array(place.base.kind)
                    # which array it is that `d["x"] += y` adds to stands in `d`
                    return self.kept(stmt, state, (place, value) if updates else read)
            case Effect(value=value):
                return self.called(stmt, value, state)
        return state

    def kept(self, stmt: Stmt, state: Live, exprs: tuple[Expr, ...]) -> Live:
        """Mark `stmt`, which evaluates `exprs`."""
        self.mark(stmt)
        return state.union(*map(self.read, exprs), _bindings(stmt))

    def assigned(self, stmt: Assign, state: Live) -> Live:
        bound = set(bound_names(stmt.target))
        if not bound & state and self.is_pure(stmt.value):
            return state - _bound(bound)
        parts = live_parts(stmt, state, self.is_pure)
        exprs = (stmt.value,) if parts is None else tuple(value for _, value in parts)
        if stmt.op is not None:
            exprs = (stmt.target, *exprs)
        return self.kept(stmt, state - _bound(bound), exprs)

    def called(self, stmt: Effect, value: Expr, state: Live) -> Live:
        if self.is_pure(value):
            return state
        changed = updates_only(value) if isinstance(value, Op) else None
        if changed is None or not all(self.is_pure(arg) for arg in children(value)):
            return self.kept(stmt, state, (value,))
        if not self.writes_needed(stmt, state):
            return state
        if not is_append(value) and not all(is_array(part.kind) for part in changed):
            return self.kept(stmt, state, (value,))
        return self.kept(stmt, state, _besides(*changed, *_others(value, changed)))

    def writes_needed(self, stmt: Stmt, state: Live) -> bool:
        """Whether someone may see what `stmt` writes into memory."""
        written = writes_of(stmt, self.known.effects_of)
        if not written or self.aliases.params_reached(stmt, written):
            return True
        reached = written.union(*(self.aliases.with_name(stmt, name) for name in written))
        captured = of_outside(reached, self.function.captures)
        return bool(captured) or any(inside(name) in state for name in reached)


def _read(known: Known, expr: Expr) -> Live:
    found: set[str] = set()
    for name, content in reads(expr):
        found.add(name)
        if content:
            found.add(inside(name))
    return frozenset(found)


def _bound(names: set[str]) -> Live:
    return frozenset(names | {inside(name) for name in names})


def _cleans_up(stmt: Try) -> bool:
    """Whether all that is caught is raised again."""
    return all(handler and isinstance(handler[-1], Raise) for handler in stmt.handlers)


def _bound_by(stmt: Stmt) -> Live:
    return _bound(set(targets_of(stmt)))


def _index(place: Expr) -> tuple[Expr, ...]:
    return (place.index,) if isinstance(place, Item) else ()


def _besides(*exprs: Expr) -> tuple[Expr, ...]:
    """`exprs` without plain names: of an object that is only written into, the binding is read."""
    first, *rest = exprs
    return tuple(rest) if isinstance(first, Var) else exprs


def _others(op: Expr, changed: tuple[Expr, ...]) -> tuple[Expr, ...]:
    return tuple(arg for arg in children(op) if not any(arg is other for other in changed))


def _bindings(stmt: Stmt) -> Live:
    """The names whose binding `stmt` reads in order to write into the object."""
    match stmt:
        case Store(place=place) if isinstance(place.base, Var):
            return frozenset((place.base.name,))
        case Effect(value=Op() as op):
            changed = updates_only(op) or ()
            return frozenset(node.name for node in changed if isinstance(node, Var))
    return frozenset()


# ---------------------------------------------------------------------------------------------
# The function's structure


def tapes(function: Function, known: Known) -> frozenset[str]:
    """The names that are only ever a new list, appended to, popped from and tested."""
    made: set[str] = set()
    other = {param.name for param in function.params} | set(function.captures)
    for stmt in statements(function.body):
        if isinstance(stmt, Assign) and stmt.op is None and stmt.value == List(()):
            made.update(bound_names(stmt.target))
        elif isinstance(stmt, Assign | For):
            other.update(bound_names(stmt.target))
        other |= known.ask(_used_otherwise, stmt)
    return frozenset(made - other)


def _used_otherwise(known: Known, stmt: Stmt) -> set[str]:
    """The names that `stmt` uses in another way than a tape is used."""
    return set().union(*(_names_but_tapes(stmt, expr) for expr in expressions_of(stmt)))


def _names_but_tapes(stmt: Stmt, expr: Expr) -> set[str]:
    """The names that `expr` uses in another way than a tape is used."""
    if isinstance(stmt, While) and isinstance(expr, Var):
        return set()
    found: set[str] = set()
    stack = [expr]
    while stack:
        node = stack.pop()
        if isinstance(node, Var):
            found.add(node.name)
        used_as_tape = is_plain_pop(node) or (is_append(node) and isinstance(stmt, Effect))
        stack += children(node)[1 if used_as_tape else 0 :]
    return found


def _is_append(stmt: Stmt) -> bool:
    return isinstance(stmt, Effect) and is_append(stmt.value)


def _parents(block: Block, around: Stmt | None = None) -> dict[int, int]:
    """For each statement, by id, the compound statement that it stands in."""
    found: dict[int, int] = {}
    for stmt in block:
        if around is not None:
            found[id(stmt)] = id(around)
        for inner in blocks_of(stmt):
            found |= _parents(inner, stmt)
    return found


def _jumps_by_loop(block: Block) -> list[tuple[Stmt, list[Stmt]]]:
    """Each loop with those of its jumps that change what happens in it."""
    loops = [stmt for stmt in statements(block) if isinstance(stmt, For | While)]
    return [(loop, list(_jumps(loop.body, last=True))) for loop in loops]


def _jumps(block: Block, last: bool) -> Iterator[Stmt]:
    """The jumps in `block`; a `continue` where the body ends anyway (`last`) is none."""
    for position, stmt in enumerate(block):
        ends = last and position == len(block) - 1
        if isinstance(stmt, Break) or (isinstance(stmt, Continue) and not ends):
            yield stmt
        if isinstance(stmt, If):
            yield from _jumps(stmt.then, ends)
            yield from _jumps(stmt.orelse, ends)
