"""Branches: two `if`s on one test made one, and a short way out taken at once."""

from __future__ import annotations

import operator
from dataclasses import replace

from srcad.core import (
    Assign,
    Block,
    Break,
    Comment,
    Const,
    Continue,
    Expr,
    Function,
    If,
    Op,
    Raise,
    Return,
    Stmt,
    Var,
    blocks_of,
)
from srcad.simplify import blocks
from srcad.simplify.facts import BlockFacts, Memory
from srcad.simplify.known import Known

Names = frozenset[str]
_BLANK = Comment("")


def merge_branches(function: Function, known: Known | None = None) -> Function:
    """`function` with neighbouring `if`s on the same test made one.

    Before: `if a: p` `if not a: q else: r`. After: `if a: p; r else: q`.
    """
    step = _Merging(Memory(function, known or Known()))
    return replace(function, body=blocks.map_blocks(function.body, step.block))


class _Merging:
    def __init__(self, memory: Memory) -> None:
        self.memory = memory

    def block(self, block: Block) -> Block:
        out: list[Stmt] = []
        for stmt in block:
            merged = self.merged(out, stmt) if isinstance(stmt, If) else None
            if merged is None:
                out.append(stmt)
            else:
                while out[-1] == _BLANK:
                    out.pop()
                out[-1] = merged
        return block if len(out) == len(block) else tuple(out)

    def merged(self, out: list[Stmt], second: If) -> If | None:
        """The last `if` of `out` and `second` as one, if they test the same."""
        before = [stmt for stmt in out if stmt != _BLANK]
        first = before[-1] if before else None
        if not isinstance(first, If) or _jumps(first) or not self.tests_alike(first, second):
            return None
        spaced = out[-1] == _BLANK
        then, orelse = second.then, second.orelse
        if _bare(first.test)[1] != _bare(second.test)[1]:
            then, orelse = orelse, then
        return replace(
            first,
            then=_joined(first.then, then, spaced),
            orelse=_joined(first.orelse, orelse, spaced),
            tail=False,
        )

    def tests_alike(self, first: If, second: If) -> bool:
        test = _bare(first.test)[0]
        if test != _bare(second.test)[0] or not self.memory.known.is_pure(test):
            return False
        facts = BlockFacts((Comment(""), first), self.memory)
        truth = Op(operator.not_, (test,))  # of a list its length counts, not which one it is
        return facts.first_change(truth, 0, 1) > 1


def _bare(test: Expr) -> tuple[Expr, bool]:
    """A test without its `not`, and whether there was none."""
    if isinstance(test, Op) and test.fn is operator.not_:
        return test.args[0], False
    return test, True


def _joined(first: Block, second: Block, spaced: bool) -> Block:
    if not first or not second:
        return first or second
    return (*first, Comment(""), *second) if spaced else (*first, *second)


def _jumps(stmt: Stmt) -> bool:
    """Whether something in `stmt` leaves it, so that nothing may follow inside."""
    if isinstance(stmt, Break | Continue | Return | Raise):
        return True
    if not isinstance(stmt, If):
        return False
    return any(_jumps(inner) for block in blocks_of(stmt) for inner in block)


# ---------------------------------------------------------------------------------------------
# Returning at once


def return_early(function: Function, generated: Names) -> Function:
    """`function` returning from a first branch that only sets constants.

    Before: `if a: dx = 0.0 else: ...` `return dx`. After: `if a: dx = 0.0; return dx` and the
    rest without `else`; the constant then goes into the `return`.
    """
    *before, last = function.body or (None,)
    branch = before[-1] if before else None
    if not (isinstance(last, Return) and isinstance(branch, If)):
        return function
    if not _sets_constants(branch.then, generated) or not branch.orelse or _jumps(branch):
        return function
    early = replace(
        branch, then=(*branch.then, last), orelse=(*branch.orelse, replace(last)), tail=True
    )
    return replace(function, body=(*before[:-1], early))


def _sets_constants(block: Block, generated: Names) -> bool:
    stmts = [stmt for stmt in block if not isinstance(stmt, Comment)]
    return bool(stmts) and all(
        isinstance(stmt, Assign)
        and stmt.op is None
        and isinstance(stmt.target, Var)
        and stmt.target.name in generated
        and isinstance(stmt.value, Const)
        for stmt in stmts
    )
