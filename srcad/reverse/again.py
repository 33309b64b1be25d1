"""Numbers of a trip that are computed again, where the reverse half of a block first reads them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from srcad.core import Assign, Var, targets_of
from srcad.kinds import Scalar
from srcad.reverse.bindings import definitions, has_reverse, written, written_in
from srcad.reverse.reads import Needed
from srcad.reverse.recompute import CHEAP, IMPURE, recipe_cost, written_out
from srcad.reverse.steps import Branch, Leaf, Scope, Section, Step

if TYPE_CHECKING:
    from srcad.reverse.record import Recorder


@dataclass
class Again:
    """Finds the numbers of a trip that are best computed where the reverse half first reads them.

    There what their recipe reads has been restored, because something else reads it too; a tape
    of their own would cost as much.
    """

    recorder: Recorder
    section: Section
    scope: Scope
    before: list[Needed] = field(default_factory=list)  # what was needed at each step so far
    simple: list[tuple[str, Assign]] = field(default_factory=list)

    def __post_init__(self) -> None:
        context = self.recorder.context
        held = self.recorder.reads.of([*self.section.enter, *self.section.leave])
        for name, define in definitions(self.section):
            if define is None or name not in self.scope.own or name in held:
                continue
            if isinstance(context.kind(name), Scalar) and self._cheap(define):
                self.simple.append((name, define))

    def _cheap(self, define: Assign) -> bool:
        cost = recipe_cost(define.value)
        return cost < IMPURE if self.scope.recompute_all else cost <= CHEAP

    def place(self, step: Step, needed: Needed) -> None:
        """Let `step` compute again what its reverse half is the first to read."""
        self.before.append(needed)
        if not isinstance(step, Leaf):
            return
        step.again = []
        for name, define in reversed(self.simple):
            if name in self._reads(step) and self._restored(name, define, step):
                self._compute(name, define, step)

    def _compute(self, name: str, define: Assign, step: Leaf) -> None:
        if not self.recorder.dry:
            self.recorder.explain(name, "computed again where it is read")
        alone = [s for s in self.section.steps if name in self._reads(s)] == [step]
        if alone and not self.recorder.dry:
            inlined = written_out([*step.again, *step.reverse], name, define.value)
            if inlined is not None:
                count = len(step.again)
                step.again, step.reverse = inlined[:count], inlined[count:]
                return
        kind = self.recorder.context.kind(name)
        step.again.insert(0, Assign(Var(name, kind=kind), define.value))

    def _restored(self, name: str, define: Assign, step: Leaf) -> bool:
        """Whether all that the recipe reads has its old value when the reverse of `step` runs."""
        steps = self.section.steps
        last = len(self.before) - 1
        first = next((i for i, s in enumerate(steps) if _defines(s, define)), len(steps))
        if first > last or any(name in self._reads(s) for s in steps[last + 1 :]):
            return False
        operands = self.recorder.reads.of_expr(define.value)
        changed = operands & self.recorder.changed_after(self.section, define)
        if not changed or any(location.endswith("[]") for location in changed):
            return False
        if operands & {name, f"{name}[]"} or name in self.before[first]:
            return False
        return not changed & self._lost(define, steps[first : last + 1]) and changed <= self._held(
            name, steps[first : last + 1], first
        )

    def _lost(self, define: Assign, steps: list[Step]) -> set[str]:
        """The names bound between the definition and the reverse half of the last of `steps`."""
        first, last = steps[0], steps[-1]
        assert isinstance(first, Leaf) and isinstance(last, Leaf)
        rest = first.forward[1 + _place_of(define, first) :]
        lost = {n for s in rest for n in targets_of(s)}
        if first is last:
            return lost & first.fresh
        for step in steps[1:-1]:
            lost |= written(step) | written_in(step)
        return lost | (written(last) & last.fresh)

    def _held(self, name: str, steps: list[Step], first: int) -> Needed:
        """What is restored by then for other reasons."""
        found = set(self.before[first])
        for step in steps:
            fresh = step.fresh if isinstance(step, Leaf) else set()
            found |= self._reads(step) - fresh
        return frozenset(found - {name})

    def _reads(self, step: Step) -> Needed:
        """What the reverse half of a step reads."""
        reads = self.recorder.reads
        if isinstance(step, Leaf):
            return reads.of([*step.again, *step.reverse])
        if isinstance(step, Branch):
            found = self._block_reads(step.then) | self._block_reads(step.orelse)
            decides = has_reverse(step.then) or has_reverse(step.orelse)
            return found | reads.of_expr(step.test) if decides else found
        found = self._block_reads(step.body) | reads.of(step.enter)
        return found | reads.of_expr(step.backward) if step.backward is not None else found

    def _block_reads(self, section: Section) -> Needed:
        own = self.recorder.reads.of([*section.enter, *section.leave])
        return own.union(*map(self._reads, section.steps))


def _defines(step: Step, define: Assign) -> bool:
    return isinstance(step, Leaf) and any(s is define for s in step.forward)


def _place_of(define: Assign, step: Leaf) -> int:
    return next(i for i, s in enumerate(step.forward) if s is define)
