"""Where the value that an assignment gives to a name is read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from srcad.analysis.liveness import live_at_ends
from srcad.core import Assign, Block, Expr, Function, Stmt, Var
from srcad.simplify.facts import BlockFacts, Memory

Names = frozenset[str]


@dataclass(slots=True)
class Uses:
    """The statements, by place in the block, that read a value, and how often they do."""

    name: str
    places: list[int]
    count: int
    in_loop: bool


class UsesFinder:
    """Finds uses in the blocks of one function."""

    def __init__(self, function: Function, memory: Memory) -> None:
        self.function = function
        self.memory = memory

    @cached_property
    def live(self) -> dict[int, Names]:
        return live_at_ends(self.function)

    def live_at_end(self, block: Block) -> Names | None:
        """The names read after `block`; None if it ends with a statement not seen before."""
        return self.live.get(id(block[-1]))

    def uses(
        self, facts: BlockFacts, at: int, name: str, value: Expr, live: Names | None
    ) -> Uses | None:
        """Where the value assigned at `at` is read; None if something stands in the way."""
        end = facts.next_binding(name, at)
        if end is None and (live is None or name in live):
            return None
        last = len(facts.at) - 1 if end is None else end
        if any(name in self.live.get(id(j), (name,)) for j in facts.leaving_between(at, last)):
            return None
        places = sorted(place for place in facts.read[name] if at < place <= last)
        change = facts.first_change(value, at, last)
        users = [facts.at[place] for place in places]
        for place, user in zip(places, users, strict=True):
            if place > change or (place == change and not self.memory.reads_first(user.stmt)):
                return None
            if name in user.quoted or (name in user.binds and not _rebinds(user.stmt)):
                return None
            if name in user.written and not isinstance(value, Var):
                return None
        if end is not None and not _rebinds(facts.at[end].stmt):
            return None
        count = sum(user.reads[name] for user in users)
        return Uses(name, places, count, any(name in user.looped for user in users))


def _rebinds(stmt: Stmt) -> bool:
    """Whether a statement that binds a name certainly does so, and reads it only before."""
    return isinstance(stmt, Assign) and stmt.op is None
