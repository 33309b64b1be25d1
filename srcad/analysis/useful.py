"""Usefulness: the backward half of activity. A name is useful at a point where the value it has
there may influence the result through operations that pass a derivative on.
"""

from __future__ import annotations

from srcad.analysis.dataflow import Backward, Result
from srcad.analysis.effects import Memory
from srcad.analysis.passing import passing_names
from srcad.analysis.sharing import calls_in, written_operands
from srcad.core import (
    Assign,
    Block,
    Effect,
    Expr,
    For,
    If,
    Return,
    Stmt,
    Store,
    Tuple,
    While,
    With,
    bound_names,
    children,
    expressions_of,
)

Names = frozenset[str]


class Useful(Backward[Names]):
    """The dataflow problem; states are sets of useful names."""

    def __init__(self, memory: Memory, at_end: Names = frozenset()) -> None:
        super().__init__()
        self.memory = memory
        self.at_end = at_end

    def join(self, a: Names, b: Names) -> Names:
        return a | b

    def nothing(self) -> Names:
        return self.at_end

    def simple(self, stmt: Stmt, state: Names) -> Names:
        match stmt:
            case Return(value=value):
                return self.at_end | (passing_names(value) if value is not None else frozenset())
            case Assign(target=target, value=value, op=op):
                return self._assign(stmt, target, value, op is not None, state)
            case Store():
                return self._write(stmt, state)
            case Effect():
                return self._write(stmt, state)
        return state

    def header(self, stmt: If | For | While | With, state: Names) -> Names:
        if isinstance(stmt, For):
            bound = frozenset(bound_names(stmt.target))
            if bound & state:
                return (state - bound) | passing_names(stmt.iter)
        return state

    def _assign(self, stmt: Stmt, target: Expr, value: Expr, keeps: bool, state: Names) -> Names:
        bound = frozenset(bound_names(target))
        if keeps:
            state = state | passing_names(value) if bound & state else state
            return self._write(stmt, state)
        result = state - bound
        if isinstance(target, Tuple) and isinstance(value, Tuple):
            for part, item in zip(target.items, value.items, strict=True):
                if frozenset(bound_names(part)) & state:
                    result |= passing_names(item)
        elif bound & state:
            result |= passing_names(value)
        return self._write(stmt, result)

    def _write(self, stmt: Stmt, state: Names) -> Names:
        """What is useful before `stmt` if what it writes into is useful after it."""
        written = self.memory.touched_by(stmt)
        if written & state:
            for expr in expressions_of(stmt):
                state |= passing_names(expr)
            # a call that writes may well return nothing, through which nothing would pass
            for op in calls_in(expressions_of(stmt)):
                if written_operands(op, self.memory.effects_of):
                    state = state.union(*map(passing_names, children(op)))
            return state | written
        return state


def useful(block: Block, memory: Memory, at_end: Names = frozenset()) -> Result[Names]:
    """The useful names before and after each statement; `at_end` are useful at the very end."""
    return Useful(memory, at_end).run(block, at_end)
