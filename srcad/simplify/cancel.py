"""Quotients under a name, written out where they cancel."""

from __future__ import annotations

import operator
from dataclasses import replace

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
from srcad.simplify.changes import Changes, changes
from srcad.simplify.effects import is_pure
from srcad.simplify.facts import BlockFacts, Memory
from srcad.simplify.known import Known

Names = frozenset[str]


def cancel_quotients(
    function: Function,
    generated: Names,
    known: Known | None = None,
) -> Function:
    """`function` with products shortened that contain a number named just before.

    Before: `d = dy / (2 * x); dx += 2 * x * d`. After: `d = dy / (2 * x); dx += dy`.
    Before: `dx -= dx + e`. After: `dx = -e`.
    """
    known = known or Known()
    since = changes(known, "cancel_quotients", function.body)
    step = _Cancelling(generated, Memory(function, known), since)
    return replace(function, body=blocks.map_blocks(function.body, step.block))


class _Cancelling:
    def __init__(self, generated: Names, memory: Memory, since: Changes) -> None:
        self.generated = generated
        self.memory = memory
        self.known = memory.known
        self.since = since

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
            and self.known.ask(_is_scalar, stmt.value)
        )

    def is_quotient(self, stmt: Stmt) -> bool:
        value = stmt.value if isinstance(stmt, Assign) and stmt.op is None else None
        if not (isinstance(value, Op) and value.fn is operator.truediv and self.is_number(stmt)):
            return False
        assert isinstance(stmt, Assign) and isinstance(stmt.target, Var)
        name, within = stmt.target.name, names_in(value)
        return is_pure(value) and name not in within and self.since.concern(stmt, name, within)

    def write_out(self, out: list[Stmt], facts: BlockFacts, at: int) -> None:
        """Write the quotient named at place `at` into the products where it cancels."""
        stmt = out[at]
        assert isinstance(stmt, Assign) and isinstance(stmt.target, Var)
        name, value, last = stmt.target.name, stmt.value, len(out) - 1
        end = facts.next_binding(name, at)
        change = facts.first_change(value, at, last if end is None else end)

        def shorter(expr: Expr) -> Expr | None:
            return _shorter(expr, name, value)

        until = min(change, last)
        for place in sorted(place for place in facts.read[name] if at < place <= until):
            user = out[place]
            if place == change and not self.memory.reads_first(user):
                return
            value_of = getattr(user, "value", None)
            if self.is_number(user) and isinstance(value_of, Expr) and name in names_in(value_of):
                shortened = _with_value(user, rewrite(value_of, shorter))  # type: ignore[arg-type]
                if shortened is not user:
                    out[place] = self.with_itself(shortened)
                    self.since.note(facts.at[place])
                    facts.renew(place, out[place])
                    self.since.note(facts.at[place])

    def with_itself(self, stmt: Stmt) -> Stmt:
        """`dx -= dx + e` as `dx = -e`."""
        if not isinstance(stmt, Assign) or stmt.op not in (operator.add, operator.sub):
            return stmt
        return self.known.ask(_with_itself, stmt) if self.is_number(stmt) else stmt


def _with_itself(known: Known, stmt: Assign) -> Assign:
    """`dx -= dx + e` as `dx = -e`, if that is shorter."""
    assert isinstance(stmt.target, Var)
    if not is_pure(stmt.value):
        return stmt
    if stmt.target.name not in names_in(stmt.value) or not is_scalar(stmt.target.kind):
        return stmt
    whole = simplify_expr(Op(stmt.op, (stmt.target, stmt.value), kind=stmt.value.kind))
    whole = simplify_expr(whole)  # a common factor may leave terms that cancel
    still = isinstance(whole, Op) and whole.args[:1] == (stmt.target,) and sums.is_sum(whole)
    if still or _operations(whole) > _operations(stmt.value):
        return stmt
    return replace(stmt, value=whole, op=None)


def _is_scalar(known: Known, value: Expr) -> bool:
    return is_scalar(typed(value).kind)


def _with_value(stmt: Assign, value: Expr) -> Assign:
    return stmt if value is stmt.value or value == stmt.value else replace(stmt, value=value)


def _shorter(expr: Expr, name: str, value: Expr) -> Expr | None:
    if not products.is_product(expr) or name not in names_in(expr):
        return None
    whole = simplify_expr(substitute(expr, {name: value}))
    return whole if _operations(whole) < _operations(expr) else None


def _operations(expr: Expr) -> int:
    return sum(isinstance(part, Op) for part in walk(expr))
