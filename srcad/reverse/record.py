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

from dataclasses import dataclass, field

from srcad.analysis.dataflow import Result
from srcad.core import (
    Assign,
    Const,
    Effect,
    Expr,
    For,
    List,
    Method,
    Op,
    Stmt,
    Try,
    Var,
    bound_names,
    expressions_of,
    names_in,
    targets_of,
    walk,
)
from srcad.kinds import Array
from srcad.reverse.again import Again
from srcad.reverse.attempts import in_any_case
from srcad.reverse.bindings import (
    comes_from_one,
    definitions,
    handled,
    has_reverse,
    last_writer,
    settled,
    written,
    written_in,
)
from srcad.reverse.changes import inside_changes, whole_change
from srcad.reverse.context import Context
from srcad.reverse.reads import Needed, Reads, has_inside
from srcad.reverse.recompute import CHEAP, recipe_cost
from srcad.reverse.steps import Branch, Leaf, Loop, Scope, Section, Step
from srcad.rules import vocabulary as words


@dataclass
class Recorder:
    """Adds saves and restores to the steps. `dry` runs only look what would be needed."""

    context: Context
    reads: Reads
    live: Result[frozenset[str]]
    managed: set[str] = field(default_factory=set)
    handed: frozenset[str] = frozenset()  # shadows that the forward sweep gives to others
    dry: bool = False
    cost: int = 0  # saves that a dry run would have made
    saving: set[int] = field(default_factory=set)  # steps, by `id`, that save what they overwrite
    provided: dict[str, list[str]] = field(default_factory=dict)  # how a value gets there, in words
    restored: dict[str, Stmt] = field(default_factory=dict)  # whose inside is, and what changed it

    # -- blocks

    def section(
        self, section: Section, needed: Needed, bound: Needed, scope: Scope | None
    ) -> Needed:
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
        if isinstance(step.stmt, Try) and not self.dry:
            in_any_case(step, self.context)
        lost = handled(step) & needed
        asked = names_in(step.test)  # is looked at as the handlers have left it
        for name in sorted(lost):
            self._save_name(step, name, name in asked, bound, scope)
        both = (then | orelse) - lost
        parts = (step.then, step.orelse)
        decides = any(has_reverse(part) or self._restores(part) for part in parts)
        if decides and not comes_from_one(step):
            both |= self.reads.of_expr(step.test)
        return both

    def _restores(self, section: Section) -> bool:
        """Whether something is, or in a dry run would be, restored in a block."""
        for step in section.steps:
            inner = [] if isinstance(step, Leaf) else _sections(step)
            if id(step) in self.saving or any(map(self._restores, inner)):
                return True
        return False

    # -- simple statements

    def _leaf(self, step: Leaf, needed: Needed, bound: Needed, scope: Scope | None) -> Needed:
        read = self.reads.of([*step.again, *step.reverse]) | step.held
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
        return (needed - gone) | fresh | self._followed(step, needed | fresh)

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
        handed = {n for s in step.forward for e in expressions_of(s) for n in names_in(e)}
        if any(f"{name}[]" in needed for name in step.fresh & handed):
            found |= {f"{name}[]" for name in self._touched(step) if self._holder(name)}
        return frozenset(found)

    def _holder(self, name: str) -> bool:
        """Whether what is put into a name's value is then reached through the name."""
        kind = self.context.kind(name)
        return has_inside(kind) and not isinstance(kind, Array)

    def _buffer(self, name: str) -> bool:
        return has_inside(self.context.kind(name))

    # -- saving

    def _save_name(
        self, step: Step, name: str, late: bool, bound: Needed, scope: Scope | None
    ) -> None:
        self.cost += 1
        self.saving.add(id(step))
        if self.dry:
            return
        var = Var(name, kind=self.context.kind(name))
        value: Expr = var
        save, saved = self._keep(name, value, scope)
        back = Assign(var, saved)
        step.saves.append(save)
        (step.restores if isinstance(step, Loop) or not late else step.late).append(back)
        if name not in bound:
            self.context.unsure.add(name)
        self.explain(name, f"{_place(saved)}, before `{step.stmt.origin.text}` binds it anew")

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
        self.saving.add(id(step))
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
                self.restored.setdefault(base, step.stmt)
                undo = back(saved)
                self.explain(
                    base, f"{_place(saved)}, for what `{step.stmt.origin.text}` overwrites"
                )
            read |= self.reads.of_bindings(undo)
            if not self.dry:
                late = step.is_call or base in step.fresh
                (step.late if late else step.restores).append(undo)
        return read

    def explain(self, name: str, how: str) -> None:
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
        names = frozenset(written_in(step.body)) - self.managed
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
                    self.explain(name, "computed again in each trip")
                continue
            needed -= {name, f"{name}[]"}
            self.cost += 1
            if self.dry:
                continue
            var = Var(name, kind=self.context.kind(name))
            save, saved = self._keep(name, var, scope)
            last_writer(section, name).after.append(save)
            self.explain(name, f"{_place(saved)}, in each trip")
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
        if name in read or not pure(define.value) or self._refers(define):
            return False
        if name in self.handed and words.may_copy(define.value):  # a copy, it is there once
            return False
        changed = self.changed_after(section, define)
        if read & changed or f"{name}[]" in changed:
            return False
        return scope.recompute_all or recipe_cost(define.value) <= CHEAP

    def _refers(self, define: Assign) -> bool:
        """Whether a value is, or is found in, the shadow of a container that may change."""
        if not self.context.restructured:
            return False
        names = [var for var in walk(define.value) if isinstance(var, Var)]
        if not isinstance(define.value, Var) and isinstance(define.target, Var):
            names.append(define.target)
        return any(v.name in self.reads.shadows and not isinstance(v.kind, Array) for v in names)

    def changed_after(self, section: Section, define: Assign) -> Needed:
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


def _sections(step: Branch | Loop) -> list[Section]:
    return [step.body] if isinstance(step, Loop) else [step.then, step.orelse]


def _place(saved: Expr) -> str:
    """Where a value is kept, in words."""
    if isinstance(saved, Var):
        return f"second name `{saved.name}`"
    assert isinstance(saved, Op) and isinstance(saved.args[0], Var)
    return f"tape `{saved.args[0].name}`"


def pure(expr: Expr) -> bool:
    return recipe_cost(expr) < 1000
