"""Quotients under a name, written out where they cancel."""

from __future__ import annotations

import operator
from dataclasses import replace

from srcad.analysis.sharing import EffectsOf, no_calls
from srcad.core import (
    Assign,
    Block,
    Expr,
    Function,
    Op,
    Stmt,
    Var,
    names_in,
    rewrite,
    substitute,
    walk,
)
from srcad.kinds import is_scalar
from srcad.simplify import blocks, products, sums
from srcad.simplify.algebra import simplify_expr
from srcad.simplify.arithmetic import typed
from srcad.simplify.effects import Predicate, is_pure, never
from srcad.simplify.facts import BlockFacts, Memory

Names = frozenset[str]


def cancel_quotients(
    function: Function,
    generated: Names,
    pure: Predicate = never,
    effects_of: EffectsOf = no_calls,
) -> Function:
    """`function` with products shortened that contain a number named just before.

    Before: `d = dy / (2 * x); dx += 2 * x * d`. After: `d = dy / (2 * x); dx += dy`.
    Before: `dx -= dx + e`. After: `dx = -e`.
    """
    step = _Cancelling(generated, Memory(function, pure, effects_of))
    return replace(function, body=blocks.map_blocks(function.body, step.block))


class _Cancelling:
    def __init__(self, generated: Names, memory: Memory) -> None:
        self.generated = generated
        self.memory = memory

    def block(self, block: Block) -> Block:
        out = [self.with_itself(stmt) for stmt in block]
        named = [at for at, stmt in enumerate(out) if self.is_quotient(stmt)]
        if named:
            facts = BlockFacts(tuple(out), self.memory)
            for at in named:
                self.write_out(out, facts, at)
        return block if all(a is b for a, b in zip(out, block, strict=True)) else tuple(out)

    def is_number(self, stmt: Stmt) -> bool:
        return (
            isinstance(stmt, Assign)
            and isinstance(stmt.target, Var)
            and stmt.target.name in self.generated
            and is_scalar(typed(stmt.value).kind)
        )

    def is_quotient(self, stmt: Stmt) -> bool:
        if not self.is_number(stmt):
            return False
        assert isinstance(stmt, Assign) and isinstance(stmt.target, Var)
        value = stmt.value
        quotient = stmt.op is None and isinstance(value, Op) and value.fn is operator.truediv
        return quotient and is_pure(value) and stmt.target.name not in names_in(value)

    def write_out(self, out: list[Stmt], facts: BlockFacts, at: int) -> None:
        """Write the quotient named at place `at` into the products where it cancels."""
        stmt = out[at]
        assert isinstance(stmt, Assign) and isinstance(stmt.target, Var)
        name, value, last = stmt.target.name, stmt.value, len(out) - 1
        end = facts.next_binding(name, at)
        change = facts.first_change(value, at, last if end is None else end)

        def shorter(expr: Expr) -> Expr | None:
            return _shorter(expr, name, value)

        for place in range(at + 1, min(change, last) + 1):
            user = out[place]
            if place == change and not self.memory.reads_first(user):
                return
            if self.is_number(user) and name in names_in(user.value):  # type: ignore[union-attr]
                shortened = _with_value(user, rewrite(user.value, shorter))  # type: ignore
                out[place] = self.with_itself(shortened)
                facts.renew(place, out[place])

    def with_itself(self, stmt: Stmt) -> Stmt:
        """`dx -= dx + e` as `dx = -e`."""
        if not self.is_number(stmt):
            return stmt
        assert isinstance(stmt, Assign) and isinstance(stmt.target, Var)
        if stmt.op not in (operator.add, operator.sub) or not is_pure(stmt.value):
            return stmt
        if stmt.target.name not in names_in(stmt.value) or not is_scalar(stmt.target.kind):
            return stmt
        whole = simplify_expr(Op(stmt.op, (stmt.target, stmt.value), kind=stmt.value.kind))
        whole = simplify_expr(whole)  # a common factor may leave terms that cancel
        still = isinstance(whole, Op) and whole.args[:1] == (stmt.target,) and sums.is_sum(whole)
        if still or _operations(whole) > _operations(stmt.value):
            return stmt
        return replace(stmt, value=whole, op=None)


def _with_value(stmt: Assign, value: Expr) -> Assign:
    return stmt if value is stmt.value or value == stmt.value else replace(stmt, value=value)


def _shorter(expr: Expr, name: str, value: Expr) -> Expr | None:
    if not products.is_product(expr) or name not in names_in(expr):
        return None
    whole = simplify_expr(substitute(expr, {name: value}))
    return whole if _operations(whole) < _operations(expr) else None


def _operations(expr: Expr) -> int:
    return sum(isinstance(part, Op) for part in walk(expr))
