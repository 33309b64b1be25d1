"""What a statement may change of a value that was computed before it."""

from __future__ import annotations

from dataclasses import replace

from srcad.analysis.aliases import may_share, partners
from srcad.analysis.effects import writes_of
from srcad.analysis.sharing import EffectsOf
from srcad.core import (
    Assign,
    Const,
    Effect,
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
    walk,
)
from srcad.kinds import is_buffer
from srcad.simplify import blocks
from srcad.simplify.effects import Predicate, is_pure, updates_only


class Interference:
    """Answers for one function, and for what passes make of its statements on the way.

    Two names count as sharing memory if they do so anywhere: a statement that a pass has
    rewritten is not one that the analysis has seen.
    """

    def __init__(self, function: Function, pure: Predicate, effects_of: EffectsOf) -> None:
        self.pure = pure
        self.effects_of = effects_of
        self.pairs = may_share(function, effects_of).everywhere()

    def changes(self, stmt: Stmt, value: Expr) -> bool:
        """Whether `stmt` may change what `value` gives."""
        names = names_in(value)
        if names & blocks.binds(stmt):
            return True
        if isinstance(value, Var):
            return False
        memory = {n.name for n in walk(value) if isinstance(n, Var) and is_buffer(n.kind)}
        return bool(memory) and any(
            self.writes(inner, memory) for inner in blocks.inner_statements(stmt)
        )

    def writes(self, stmt: Stmt, memory: set[str]) -> bool:
        """Whether `stmt` itself may write into the memory of one of the names."""
        if any(self.is_opaque(op) for expr in expressions_of(stmt) for op in _calls(expr)):
            return True
        written = writes_of(stmt, self.effects_of)
        return any(memory & partners(self.pairs, name) for name in written)

    def is_opaque(self, op: Op) -> bool:
        """Whether it is not known what `op` writes into."""
        known = self.effects_of(op) is not None or updates_only(op) is not None
        alone = replace(op, args=tuple(Const(None) for _ in op.args), kwargs=())
        return not known and op.fn is not print and not is_pure(alone, self.pure)

    def reads_first(self, stmt: Stmt) -> bool:
        """Whether a simple statement has read all that it reads before it changes anything."""
        if isinstance(stmt, If | For | While):
            return False
        calls = [op for expr in expressions_of(stmt) for op in _calls(expr)]
        opaque = [op for op in calls if not is_pure(op, self.pure)]
        whole = stmt.value if isinstance(stmt, Assign | Effect | Return) else None
        return all(op is whole for op in opaque)

    def is_written(self, stmt: Stmt, name: str) -> bool:
        """Whether `stmt` writes into the object that `name` is bound to."""
        inner = blocks.inner_statements(stmt)
        return any(name in writes_of(each, self.effects_of) for each in inner)


def _calls(expr: Expr) -> list[Op]:
    return [node for node in walk(expr) if isinstance(node, Op)]
