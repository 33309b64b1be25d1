"""Propagation: another name, or a value used once, written where it is used.

Only names that srcad made up are replaced. Between the assignment and the use nothing that the
value reads may change, neither a name nor the memory behind one.
"""

from __future__ import annotations

import operator
from dataclasses import replace

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
    Try,
    Var,
    While,
    With,
    expressions_of,
    names_in,
    statements,
    substitute,
)
from srcad.kinds import UNKNOWN, is_scalar
from srcad.simplify import blocks
from srcad.simplify.changes import changes
from srcad.simplify.facts import BlockFacts, Memory
from srcad.simplify.known import Known
from srcad.simplify.layout import LINE, SHORT, width
from srcad.simplify.uses import Uses, UsesFinder

Names = frozenset[str]


def propagate(
    function: Function,
    generated: Names,
    known: Known | None = None,
) -> Function:
    """`function` with generated names replaced by their values where that reads well.

    Before: `dy = dz; dx = x * dy`. After: `dx = x * dz`.
    """
    step = _Propagation(function, generated, known or Known())
    return replace(function, body=blocks.map_blocks(function.body, step.block))


class _Propagation:
    def __init__(self, function: Function, generated: Names, known: Known) -> None:
        self.generated = generated
        self.known = known
        self.first_head = 0  # the place of the block's first comment
        self.finder = UsesFinder(function, Memory(function, known))
        self.since = changes(known, "propagate", function.body)

    def block(self, block: Block) -> Block:
        if not any(self.is_candidate(stmt) and self.concerned(stmt) for stmt in block):
            return block
        out: list[Stmt | None] = list(block)
        headed = (at for at, stmt in enumerate(block) if isinstance(stmt, Comment) and stmt.text)
        self.first_head = next(headed, len(block))
        facts = BlockFacts(block, self.finder.memory)
        live = self.finder.live_at_end(block)
        for place in range(len(block)):
            stmt = out[place]
            if stmt is not None and self.is_candidate(stmt) and self.concerned(stmt):
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

    def concerned(self, stmt: Stmt) -> bool:
        """Whether something that `stmt` depends on is not as it was."""
        assert isinstance(stmt, Assign)
        assert isinstance(stmt.target, Var)
        return self.since.concern(stmt, stmt.target.name, names_in(stmt.value))

    def replace_name(
        self, out: list[Stmt | None], facts: BlockFacts, at: int, live: Names | None
    ) -> None:
        """Replace the name assigned at place `at` by its value, if possible."""
        stmt = out[at]
        assert isinstance(stmt, Assign)
        assert isinstance(stmt.target, Var)
        name, value = stmt.target.name, stmt.value
        uses = self.finder.uses(facts, at, name, value, live)
        if uses is None or not uses.places or not self.worthwhile(out, at, value, uses):
            return
        if value.kind == UNKNOWN:
            value = replace(value, kind=stmt.target.kind)
        for place in uses.places:
            user = out[place]
            assert user is not None
            changed = blocks.map_expressions(user, lambda expr: substitute(expr, {name: value}))
            out[place] = changed
            self.since.note(facts.at[place])
            facts.renew(place, changed)
            self.since.note(facts.at[place])
        out[at] = None
        self.since.note(facts.at[at])
        facts.renew(at, Comment(""))

    def worthwhile(self, out: list[Stmt | None], at: int, value: Expr, uses: Uses) -> bool:
        """Whether the statements read well, and do no more, with the value in its place."""
        if isinstance(value, Var) or (isinstance(value, Const) and _is_short(value)):
            return True
        if uses.count > 1 or uses.in_loop:
            return False
        user = out[uses.places[0]]
        if user is None or _is_guarded(user):
            return False
        between = [s for s in out[at + 1 : uses.places[0]] if s is not None]
        if not between and _hands_on(user, uses.name):
            return True
        if not self.known.is_pure(value):
            return False
        if _is_signed_name(value) and is_scalar(value.kind):
            return True
        # what stands under a comment stays there; a short temporary of the forward sweep need not
        together = at < self.first_head and width(value) <= SHORT
        together = together or not any(isinstance(s, Comment) for s in between)
        if user is None or not together or isinstance(user, Return | While):
            return False
        return sum(map(width, expressions_of(user))) + width(value) < LINE


def _is_guarded(stmt: Stmt) -> bool:
    """Whether what stands in `stmt` may be carried out in another way than outside of it."""
    return any(isinstance(inner, Try | With) for inner in statements((stmt,)))


def _hands_on(stmt: Stmt | None, name: str) -> bool:
    """Whether all that `stmt` does is give the value of `name` to another, or return it."""
    if isinstance(stmt, Return):
        return isinstance(stmt.value, Var) and stmt.value.name == name
    if not (isinstance(stmt, Assign) and isinstance(stmt.value, Var)):
        return False
    return stmt.value.name == name and (stmt.op is None or is_scalar(stmt.target.kind))


def _is_short(value: Const) -> bool:
    return len(repr(value.value)) <= 8


def _is_signed_name(value: Expr) -> bool:
    return isinstance(value, Op) and value.fn is operator.neg and isinstance(value.args[0], Var)
