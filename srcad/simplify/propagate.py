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
    For,
    Function,
    If,
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
from srcad.simplify.interference import Interference
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

    places: list[int]
    count: int = 0
    in_loop: bool = False


class _Propagation:
    def __init__(
        self, function: Function, generated: Names, pure: Predicate, effects_of: EffectsOf
    ) -> None:
        self.generated = generated
        self.pure = pure
        self.live = live_after(function)
        self.between = Interference(function, pure, effects_of)

    def block(self, block: Block) -> Block:
        if not block:
            return block
        out = list(block)
        live = self.live.get(id(block[-1]))
        at = 0
        while at < len(out):
            if not (self.is_candidate(out[at]) and self.replaced(out, at, live)):
                at += 1
        return block if len(out) == len(block) else tuple(out)

    def is_candidate(self, stmt: Stmt) -> bool:
        return (
            isinstance(stmt, Assign)
            and isinstance(stmt.target, Var)
            and stmt.op is None
            and stmt.target.name in self.generated
            and stmt.target.name not in names_in(stmt.value)
            and is_pure(stmt.value, self.pure)
        )

    def replaced(self, out: list[Stmt], at: int, live: Names | None) -> bool:
        """Replace the name assigned at place `at` by its value, if possible."""
        stmt = out[at]
        assert isinstance(stmt, Assign)
        assert isinstance(stmt.target, Var)
        name, value = stmt.target.name, stmt.value
        uses = self.uses(out, at, name, value, live)
        if uses is None or not uses.places or not self.worthwhile(out, at, uses):
            return False
        if value.kind == UNKNOWN:
            value = replace(value, kind=stmt.target.kind)
        for place in uses.places:
            out[place] = blocks.map_expressions(
                out[place], lambda expr: substitute(expr, {name: value})
            )
        del out[at]
        return True

    def uses(
        self, out: list[Stmt], at: int, name: str, value: Expr, live: Names | None
    ) -> _Uses | None:
        """Where the value assigned at `at` is read; None if something stands in the way."""
        found = _Uses([])
        valid = True
        for place in range(at + 1, len(out)):
            stmt = out[place]
            count = blocks.count_reads(stmt, name)
            if not self.passable(stmt, name):
                return None
            changes = self.between.changes(stmt, value)
            if count:
                if not valid or (changes and not self.between.reads_first(stmt)):
                    return None
                if not isinstance(value, Var) and self.between.is_written(stmt, name):
                    return None
                found.places.append(place)
                found.count += count
                found.in_loop |= blocks.read_in_loop(stmt, name)
            valid = valid and not changes
            if name in blocks.binds(stmt):
                return found
        return found if live is not None and name not in live else None

    def passable(self, stmt: Stmt, name: str) -> bool:
        """Whether every read of `name` in `stmt` is of the value that it has before `stmt`."""
        bound = name in blocks.binds(stmt)
        if bound and (isinstance(stmt, If | For | While) or _augments(stmt)):
            return False
        if blocks.in_text(stmt, name):
            return False
        return all(name not in self.live.get(id(j), (name,)) for j in blocks.jumps_in(stmt))

    def worthwhile(self, out: list[Stmt], at: int, uses: _Uses) -> bool:
        stmt = out[at]
        assert isinstance(stmt, Assign)
        value = stmt.value
        if isinstance(value, Var) or (isinstance(value, Const) and _is_short(value)):
            return True
        if uses.count > 1 or uses.in_loop:
            return False
        user = out[uses.places[0]]
        if _is_signed_name(value) and is_scalar(value.kind):
            return True
        together = not any(isinstance(s, Comment) for s in out[at + 1 : uses.places[0]])
        if not together or isinstance(user, Return | While):
            return False
        return sum(map(width, expressions_of(user))) + width(value) < LINE


def _augments(stmt: Stmt) -> bool:
    return isinstance(stmt, Assign) and stmt.op is not None


def _is_short(value: Const) -> bool:
    return len(repr(value.value)) <= 8


def _is_signed_name(value: Expr) -> bool:
    return isinstance(value, Op) and value.fn is operator.neg and isinstance(value.args[0], Var)
