"""Recorded values: what the reverse sweep reads of the forward values, and how it gets it.

The analysis goes forward over the steps with the set of *needed* locations: those whose present
value some reverse statement, of a step already passed, will read ("to be recorded", Hascoet,
Naumann and Pascual 2005). A step that overwrites a needed location saves it first and its reverse
half restores it. A location is a name, or the inside of what the name refers to (written `x[]`).

In straight-line code a saved value gets a second name. In a loop it goes on a tape. What a trip
of a loop computes for itself is recovered at the start of the reverse trip: computed again where
that is cheap or where the trips are independent of each other, else taken from a tape.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeGuard

from srcad.analysis.dataflow import Result
from srcad.core import (
    Assign,
    Break,
    Const,
    Continue,
    Effect,
    Expr,
    For,
    Item,
    List,
    Method,
    Op,
    Stmt,
    Store,
    Var,
    bound_names,
    targets_of,
)
from srcad.kinds import Array, is_buffer
from srcad.reverse.context import Context, base_var
from srcad.reverse.reads import Reads
from srcad.reverse.recompute import recipe_cost
from srcad.reverse.steps import Branch, Leaf, Loop, Section, Step
from srcad.rules import vocabulary as words

Needed = frozenset[str]
CHEAP = 4  # scalar operations that are computed again rather than recorded


@dataclass(eq=False)
class Scope:
    """A loop around the current step: the names that each trip binds for itself."""

    loop: Loop
    outermost: Loop
    own: Needed
    recompute_all: bool


@dataclass
class Recorder:
    """Adds saves and restores to the steps. `dry` runs only look what would be needed."""

    context: Context
    reads: Reads
    live: Result[frozenset[str]]
    managed: set[str] = field(default_factory=set)
    dry: bool = False
    cost: int = 0  # saves that a dry run would have made
    provided: dict[str, list[str]] = field(default_factory=dict)  # how a value gets there, in words

    # -- blocks

    def section(
        self, section: Section, needed: Needed, bound: Needed, scope: Scope | None
    ) -> Needed:
        from srcad.reverse.again import Again

        needed |= self.reads.of(section.leave)
        again = Again(self, section, scope) if scope is not None else None
        for step in section.steps:
            if again is not None:
                again.place(step, needed)
            needed = self.step(step, needed, bound, scope)
            bound |= written(step)
        needed |= self.reads.of(section.enter)
        return self._recover(section, needed, scope) if scope else needed

    def step(self, step: Step, needed: Needed, bound: Needed, scope: Scope | None) -> Needed:
        if isinstance(step, Leaf):
            return self._leaf(step, needed, bound, scope)
        if isinstance(step, Branch):
            return self._branch(step, needed, bound, scope)
        return self._loop(step, needed, bound, scope)

    def _branch(self, step: Branch, needed: Needed, bound: Needed, scope: Scope | None) -> Needed:
        then = self.section(step.then, needed, bound, scope)
        orelse = self.section(step.orelse, needed, bound, scope)
        both = then | orelse
        if has_reverse(step.then) or has_reverse(step.orelse):
            both |= self.reads.of_expr(step.test)
        return both

    # -- simple statements

    def _leaf(self, step: Leaf, needed: Needed, bound: Needed, scope: Scope | None) -> Needed:
        read = self.reads.of([*step.again, *step.reverse])
        computed = frozenset(n for s in step.again for n in targets_of(s))
        needed, read = needed - computed, read - computed
        fresh = frozenset(n for n in read if n.removesuffix("[]") in step.fresh)
        names = frozenset(written(step)) - self.managed
        needed |= self._shared(step.stmt, read - fresh)
        lost = sorted(names & needed)
        for name in lost:
            self._save_name(step, name, late=name in step.fresh, bound=bound, scope=scope)
        touched = self._touched(step)
        if any(f"{name}[]" in needed for name in touched):
            needed |= self._save_inside(step, scope)
            needed -= whole_change(step.stmt)
        gone = names | {f"{name}[]" for name in names}
        return (needed - gone) | fresh | self._followed(step, needed)

    def _touched(self, step: Leaf) -> Needed:
        """The names whose inside the statement may change."""
        return frozenset() if step.implicit else self.context.memory.touched_by(step.stmt)

    def _shared(self, stmt: Stmt, read: Needed) -> Needed:
        """The locations read, with the other names of the same memory."""
        found = set(read)
        for location in read:
            if location.endswith("[]"):
                others = self.context.memory.aliases.with_name(stmt, location[:-2])
                found |= {f"{name}[]" for name in others}
        return frozenset(found)

    def _followed(self, step: Leaf, needed: Needed) -> Needed:
        """A name that comes to refer to needed memory makes it needed under this name too."""
        found = set()
        for stmt in step.forward if not step.implicit else [step.stmt]:
            if isinstance(stmt, Assign) and stmt.op is None:
                origins = self.context.memory.sources(stmt.value)
                if any(f"{name}[]" in needed for name in origins):
                    found |= {f"{n}[]" for n in bound_names(stmt.target) if self._buffer(n)}
        return frozenset(found)

    def _buffer(self, name: str) -> bool:
        return is_buffer(self.context.kind(name))

    # -- saving

    def _save_name(
        self, step: Leaf | Loop, name: str, late: bool, bound: Needed, scope: Scope | None
    ) -> None:
        self.cost += 1
        if self.dry:
            return
        var = Var(name, kind=self.context.kind(name))
        value: Expr = var
        save, saved = self._keep(name, value, scope)
        back = Assign(var, saved)
        step.saves.append(save)
        (step.late if isinstance(step, Leaf) and late else step.restores).append(back)
        if scope is not None and name not in bound:
            scope.outermost.before.append(Assign(var, Const(None)))
        self._explain(name, f"{_place(saved)}, before `{step.stmt.origin.text}` binds it anew")

    def _keep(self, name: str, value: Expr, scope: Scope | None) -> tuple[Stmt, Expr]:
        """A statement that keeps `value`, and the expression that gives it back."""
        if scope is None:
            second = self.context.temporary(f"{name}_0", value.kind)
            return Assign(second, value), second
        tape = self._tape(name, scope)
        popped = Op(Method("pop"), (Var(tape, kind=words.LIST),), kind=value.kind)
        return Effect(words.append(tape, value)), popped

    def _tape(self, name: str, scope: Scope) -> str:
        tape = self.context.temporary(f"{name}_tape", words.LIST).name
        scope.outermost.before.append(Assign(Var(tape, kind=words.LIST), List(())))
        return tape

    def _save_inside(self, step: Leaf, scope: Scope | None) -> Needed:
        """Save what `step` overwrites inside of an array, list or dict."""
        self.cost += 1
        changes = inside_changes(step.stmt, self.context)
        read: Needed = frozenset()
        for base, value, back in changes:
            if value is None:
                undo = back(Const(None))
            elif self.dry:
                undo = back(value)
            else:
                save, saved = self._keep(base, value, scope)
                step.saves.append(save)
                undo = back(saved)
                self._explain(
                    base, f"{_place(saved)}, for what `{step.stmt.origin.text}` overwrites"
                )
            read |= self.reads.of_bindings(undo)
            if not self.dry:
                late = step.is_call or base in step.fresh
                (step.late if late else step.restores).append(undo)
        return read

    def _explain(self, name: str, how: str) -> None:
        known = self.provided.setdefault(name, [])
        if how not in known:
            known.append(how)

    # -- loops

    def _loop(self, step: Loop, needed: Needed, bound: Needed, scope: Scope | None) -> Needed:
        targets = (
            frozenset(bound_names(step.stmt.target)) if isinstance(step.stmt, For) else frozenset()
        )
        targets |= frozenset(bound_names(step.target))
        for name in sorted(targets & needed):
            self._save_name(step, name, False, bound, scope)
        entry = needed - targets
        own = self._own_names(step, entry)
        inside = self._fixpoint(step, entry, bound | targets, scope, own)
        after = entry | inside | self.reads.of(step.enter)
        if step.backward is not None:
            after |= self.reads.of_expr(step.backward)
        managed = {n for n in (step.counter, step.flag) if n is not None}
        return (after - targets) | frozenset(managed)

    def _own_names(self, step: Loop, entry: Needed) -> Needed:
        """The names that each trip binds before it reads them."""
        exposed = self.live.body_start.get(id(step.stmt), frozenset())
        if isinstance(step.stmt, For):
            exposed -= frozenset(bound_names(step.stmt.target))
        names = frozenset(written_inside(step.body)) - self.managed
        return names - exposed - entry

    def _fixpoint(
        self, step: Loop, entry: Needed, bound: Needed, scope: Scope | None, own: Needed
    ) -> Needed:
        outermost = scope.outermost if scope is not None else step
        was, cost = self.dry, self.cost
        self.dry = True
        free = Scope(step, outermost, own, recompute_all=True)
        self.cost = 0
        result = self._settle(step, entry, bound, free)
        independent = self.cost == 0
        if not independent:
            free = Scope(step, outermost, own, recompute_all=False)
            result = self._settle(step, entry, bound, free)
        self.dry = was
        if was:  # the last dry run was this one: loops in loops need no further
            self.cost += cost
            return result
        self.cost = cost
        self.section(step.body, entry | result, bound, free)
        return result

    def _settle(self, step: Loop, entry: Needed, bound: Needed, scope: Scope) -> Needed:
        result: Needed = frozenset()
        while True:
            self.cost = 0
            found = self.section(step.body, entry | result, bound, scope)
            if found <= entry | result:
                return found | result
            result |= found

    # -- what a trip computes for itself

    def _recover(self, section: Section, needed: Needed, scope: Scope) -> Needed:
        recovered: list[Stmt] = []
        popped: list[Stmt] = []
        for name, define in reversed(definitions(section)):
            if name not in needed or (
                name not in scope.own and name not in self._loop_managed(section)
            ):
                continue
            if not settled(section, name):
                continue
            if define is not None and self._recomputable(section, name, define, scope):
                assert define.value is not None
                needed = (needed - {name, f"{name}[]"}) | self.reads.of_expr(define.value)
                recovered.insert(0, Assign(Var(name, kind=self.context.kind(name)), define.value))
                if not self.dry:
                    self._explain(name, "computed again in each trip")
                continue
            needed -= {name, f"{name}[]"}
            self.cost += 1
            if self.dry:
                continue
            var = Var(name, kind=self.context.kind(name))
            save, saved = self._keep(name, var, scope)
            last_writer(section, name).after.append(save)
            self._explain(name, f"{_place(saved)}, in each trip")
            popped.insert(0, Assign(var, saved))
        if not self.dry:
            section.recovered = [*popped, *recovered]
        return needed

    def _loop_managed(self, section: Section) -> set[str]:
        loops = [s for s in section.steps if isinstance(s, Loop)]
        return {n for s in loops for n in (s.counter, s.flag) if n is not None}

    def _recomputable(self, section: Section, name: str, define: Assign, scope: Scope) -> bool:
        """Whether `name` can be computed again at the start of the reverse half of its block."""
        read = self.reads.of_expr(define.value)
        if name in read or not pure(define.value):
            return False
        changed = self._changed_after(section, define)
        if read & changed or f"{name}[]" in changed:
            return False
        return scope.recompute_all or recipe_cost(define.value) <= CHEAP

    def _changed_after(self, section: Section, define: Assign) -> Needed:
        """The locations that the block changes after a definition in it."""
        changed: set[str] = set()
        seen = False
        for step in section.steps:
            here = step.forward if isinstance(step, Leaf) else []
            if isinstance(step, Leaf) and step.stmt is define:
                seen = True
                continue
            if seen:
                changed |= written(step) | written_in(step)
                changed |= {f"{n}[]" for n in self._inside_written(step)}
            elif any(s is define for s in here):
                seen = True
                rest = here[next(i for i, s in enumerate(here) if s is define) + 1 :]
                changed |= {n for s in rest for n in targets_of(s)}
                changed |= {f"{n}[]" for n in self._inside_written(step)}
        return frozenset(changed)

    def _inside_written(self, step: Step) -> set[str]:
        if isinstance(step, Leaf):
            return set(self._touched(step))
        sections = (step.body,) if isinstance(step, Loop) else (step.then, step.orelse)
        return {n for section in sections for s in section.steps for n in self._inside_written(s)}


def _place(saved: Expr) -> str:
    """Where a value is kept, in words."""
    if isinstance(saved, Var):
        return f"second name `{saved.name}`"
    assert isinstance(saved, Op) and isinstance(saved.args[0], Var)
    return f"tape `{saved.args[0].name}`"


def has_reverse(section: Section) -> bool:
    """Whether the reverse half of a block does anything."""
    if section.leave:
        return True
    for step in section.steps:
        if isinstance(step, Leaf):
            if step.reverse or step.restores or step.late:
                return True
        elif isinstance(step, Branch):
            if has_reverse(step.then) or has_reverse(step.orelse):
                return True
        elif has_reverse(step.body) or step.enter:
            return True
    return False


def written(step: Step) -> set[str]:
    """The names that a step itself binds."""
    if isinstance(step, Leaf):
        found = {n for s in step.forward if not in_place(s) for n in targets_of(s)}
        return found | set(targets_of(step.stmt)) if step.implicit else found
    if isinstance(step, Branch):
        return written_in(step.then, certain=True) & written_in(step.orelse, certain=True)
    return {n for n in (step.counter, step.flag) if n is not None}


def in_place(stmt: Stmt) -> bool:
    """Whether an assignment certainly leaves its name bound to the same array."""
    if not isinstance(stmt, Assign) or stmt.op is None:
        return False
    return isinstance(stmt.target.kind, Array)


def written_in(part: Step | Section, certain: bool = False) -> set[str]:
    """The names that are bound somewhere in a step's blocks (or certainly, by a block)."""
    if isinstance(part, Section):
        found: set[str] = set()
        for step in part.steps:
            found |= written(step) if certain else written(step) | written_in(step)
        return found
    if isinstance(part, Branch):
        return written_in(part.then) | written_in(part.orelse)
    if isinstance(part, Loop):
        targets = bound_names(part.stmt.target) if isinstance(part.stmt, For) else ()
        return written_in(part.body) | set(targets) | set(bound_names(part.target)) | written(part)
    return set()


def written_inside(section: Section) -> set[str]:
    return written_in(section)


def definitions(section: Section) -> list[tuple[str, Assign | None]]:
    """The names that a block binds directly, in order; with the one assignment that does it."""
    found: dict[str, Assign | None] = {}
    for step in section.steps:
        if isinstance(step, Leaf):
            stmts = [step.stmt, *step.forward] if step.implicit else step.forward
            for stmt in stmts:
                for name in targets_of(stmt):
                    found[name] = stmt if name not in found and _sets_alone(stmt, name) else None
        else:
            for name in written(step) | written_in(step):
                found[name] = None
    return list(found.items())


def _sets_alone(stmt: Stmt, name: str) -> TypeGuard[Assign]:
    """Whether a statement is `name = ...`."""
    return isinstance(stmt, Assign) and stmt.op is None and stmt.target == Var(name)


def settled(section: Section, name: str) -> bool:
    """Whether the block certainly binds `name` before all that may change it, and is not left
    between: then its last value can be recorded at the end of what binds it.
    """
    first = next((s for s in section.steps if name in written(s) or name in written_in(s)), None)
    if first is None or name not in written(first):
        return False
    last = last_writer(section, name)
    return isinstance(last, Leaf) or not _jumps(last)


def _jumps(step: Step) -> bool:
    if isinstance(step, Leaf):
        return isinstance(step.stmt, Break | Continue)
    if isinstance(step, Branch):
        return any(_jumps(s) for s in (*step.then.steps, *step.orelse.steps))
    return False


def last_writer(section: Section, name: str) -> Step:
    """The last step of a block that binds `name`."""
    return [s for s in section.steps if name in written(s) or name in written_in(s)][-1]


def pure(expr: Expr) -> bool:
    return recipe_cost(expr) < 1000


def whole_change(stmt: Stmt) -> Needed:
    """The location that a statement changes as a whole, so that saving it saves all of it."""
    if in_place(stmt) and isinstance(stmt, Assign) and isinstance(stmt.target, Var):
        return frozenset((f"{stmt.target.name}[]",))
    if isinstance(stmt, Store) and isinstance(stmt.place, Item):
        base = stmt.place.base
        if stmt.place.index in (words.EVERYTHING, words.ALL_ITEMS) and isinstance(base, Var):
            return frozenset((f"{base.name}[]",))
    return frozenset()


# the name whose inside is changed, the value to keep (None for none), how it is put back
Change = tuple[str, Expr | None, Callable[[Expr], Stmt]]


def inside_changes(stmt: Stmt, context: Context) -> list[Change]:
    """What a statement overwrites inside of memory."""
    if isinstance(stmt, Store) and isinstance(stmt.place, Item):
        place = stmt.place
        value = words.copy_of(words.old_item(place), place.kind)
        return [(base_var(place).name, value, lambda saved: Store(place, saved))]
    if isinstance(stmt, Assign) and stmt.op is not None and isinstance(stmt.target, Var):
        target = stmt.target
        value = words.copy_of(target, target.kind)
        # in place, as the array may be known by other names, or be recorded itself
        if isinstance(target.kind, Array):
            whole = Item(target, words.EVERYTHING, kind=target.kind)
            return [(target.name, value, lambda saved: Store(whole, saved))]
        return [(target.name, value, lambda saved: Assign(target, saved))]
    return _call_changes(stmt, context)


def _call_changes(stmt: Stmt, context: Context) -> list[Change]:
    value = stmt.value if isinstance(stmt, Effect | Assign) else None
    if isinstance(value, Op) and isinstance(value.fn, Method) and value.args:
        receiver = value.args[0]
        if value.fn == Method("append"):
            undo = Effect(Op(Method("pop"), (receiver,)))
            return [("", None, lambda saved: undo)]
        if value.fn == Method("pop") and len(value.args) == 1:
            top = Item(receiver, Const(-1))
            name = base_var(receiver).name
            return [(name, top, lambda saved: Effect(Op(Method("append"), (receiver, saved))))]
    scattered = words.scattered(value) if value is not None else None
    if scattered is not None:
        place = scattered[0]
        kept = words.copy_of(place, place.kind)
        return [(base_var(place).name, kept, lambda saved: Store(place, saved))]
    return [_whole(name, context) for name in sorted(context.memory.writes_of(stmt))]


def _whole(name: str, context: Context) -> Change:
    var = Var(name, kind=context.kind(name))
    index = words.EVERYTHING if isinstance(var.kind, Array) else words.ALL_ITEMS
    place = Item(var, index, kind=var.kind)
    return (name, words.copy_of(var, var.kind), lambda saved: Store(place, saved))
