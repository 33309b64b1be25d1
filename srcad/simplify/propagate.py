"""Propagation: another name, or a value used once, written where it is used.

Only names that srcad made up are replaced. Between the assignment and the use nothing that the
value reads may change, neither a name nor the memory behind one.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, replace

from srcad.analysis.liveness import live_after
from srcad.analysis.sharing import EffectsOf, no_calls
from srcad.core import (
    Assign,
    Block,
    Comment,
    Const,
    Expr,
    Function,
    Op,
    Return,
    Stmt,
    Var,
    While,
    expressions_of,
    names_in,
    substitute,
)
from srcad.kinds import UNKNOWN, is_scalar
from srcad.simplify import blocks
from srcad.simplify.effects import Predicate, is_pure, never
from srcad.simplify.facts import BlockFacts, Memory
from srcad.simplify.layout import LINE, width

Names = frozenset[str]


def propagate(
    function: Function,
    generated: Names,
    pure: Predicate = never,
    effects_of: EffectsOf = no_calls,
) -> Function:
    """`function` with generated names replaced by their values where that reads well.

    Before: `dy = dz; dx = x * dy`. After: `dx = x * dz`.
    """
    step = _Propagation(function, generated, pure, effects_of)
    return replace(function, body=blocks.map_blocks(function.body, step.block))


@dataclass(slots=True)
class _Uses:
    """The statements, by place in the block, that read a value, and how often they do."""

    name: str
    places: list[int]
    count: int
    in_loop: bool


class _Propagation:
    def __init__(
        self, function: Function, generated: Names, pure: Predicate, effects_of: EffectsOf
    ) -> None:
        self.generated = generated
        self.pure = pure
        self.live = live_after(function)
        self.memory = Memory(function, pure, effects_of)

    def block(self, block: Block) -> Block:
        if not any(self.is_candidate(stmt) for stmt in block):
            return block
        out: list[Stmt | None] = list(block)
        facts = BlockFacts(block, self.memory)
        live = self.live.get(id(block[-1]))
        for place in range(len(block)):
            stmt = out[place]
            if stmt is not None and self.is_candidate(stmt):
                self.replace_name(out, facts, place, live)
        left = tuple(stmt for stmt in out if stmt is not None)
        return block if len(left) == len(block) else left

    def is_candidate(self, stmt: Stmt) -> bool:
        return (
            isinstance(stmt, Assign)
            and isinstance(stmt.target, Var)
            and stmt.op is None
            and stmt.target.name in self.generated
            and stmt.target.name not in names_in(stmt.value)
        )

    def replace_name(
        self, out: list[Stmt | None], facts: BlockFacts, at: int, live: Names | None
    ) -> None:
        """Replace the name assigned at place `at` by its value, if possible."""
        stmt = out[at]
        assert isinstance(stmt, Assign)
        assert isinstance(stmt.target, Var)
        name, value = stmt.target.name, stmt.value
        uses = self.uses(facts, at, name, value, live)
        if uses is None or not uses.places or not self.worthwhile(out, at, value, uses):
            return
        if value.kind == UNKNOWN:
            value = replace(value, kind=stmt.target.kind)
        for place in uses.places:
            user = out[place]
            assert user is not None
            changed = blocks.map_expressions(user, lambda expr: substitute(expr, {name: value}))
            out[place] = changed
            facts.renew(place, changed)
        out[at] = None
        facts.renew(at, Comment(""))

    def uses(
        self, facts: BlockFacts, at: int, name: str, value: Expr, live: Names | None
    ) -> _Uses | None:
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
        return _Uses(name, places, count, any(name in user.looped for user in users))

    def worthwhile(self, out: list[Stmt | None], at: int, value: Expr, uses: _Uses) -> bool:
        """Whether the statements read well, and do no more, with the value in its place."""
        if isinstance(value, Var) or (isinstance(value, Const) and _is_short(value)):
            return True
        if uses.count > 1 or uses.in_loop:
            return False
        user = out[uses.places[0]]
        between = [s for s in out[at + 1 : uses.places[0]] if s is not None]
        if not between and _hands_on(user, uses.name):
            return True
        if not is_pure(value, self.pure):
            return False
        if _is_signed_name(value) and is_scalar(value.kind):
            return True
        together = not any(isinstance(s, Comment) for s in between)
        if user is None or not together or isinstance(user, Return | While):
            return False
        return sum(map(width, expressions_of(user))) + width(value) < LINE


def _hands_on(stmt: Stmt | None, name: str) -> bool:
    """Whether all that `stmt` does is give the value of `name` to another, or return it."""
    if isinstance(stmt, Return):
        return isinstance(stmt.value, Var) and stmt.value.name == name
    if not (isinstance(stmt, Assign) and isinstance(stmt.value, Var)):
        return False
    return stmt.value.name == name and (stmt.op is None or is_scalar(stmt.target.kind))


def _rebinds(stmt: Stmt) -> bool:
    """Whether a statement that binds a name certainly does so, and reads it only before."""
    return isinstance(stmt, Assign) and stmt.op is None


def _is_short(value: Const) -> bool:
    return len(repr(value.value)) <= 8


def _is_signed_name(value: Expr) -> bool:
    return isinstance(value, Op) and value.fn is operator.neg and isinstance(value.args[0], Var)
