"""Which tangents are needed later: where a name's tangent is never read, none is computed."""

from __future__ import annotations

from collections.abc import Iterable

from srcad.analysis.dataflow import Backward
from srcad.analysis.effects import Memory
from srcad.analysis.sharing import NO_NAMES, Names, calls_in, sources, written_operands
from srcad.analysis.varied import Varied, matched
from srcad.core import (
    Assign,
    Expr,
    For,
    If,
    Return,
    Stmt,
    Store,
    Var,
    While,
    With,
    bound_names,
    expressions_of,
    names_in,
)


class Live(Backward[Names]):
    """The dataflow problem; a state is the names whose tangents are read later."""

    def __init__(self, memory: Memory, varies: Varied, shadowed: Names) -> None:
        super().__init__()
        self.memory = memory
        self.varies = varies
        self.shadowed = shadowed
        self.iterables: set[int] = set()  # loops that need the tangent of their iterable

    def join(self, a: Names, b: Names) -> Names:
        return a | b

    def nothing(self) -> Names:
        return NO_NAMES

    def simple(self, stmt: Stmt, state: Names) -> Names:
        match stmt:
            case Return(value=value):
                return NO_NAMES if value is None else self.reads(stmt, (value,))
            case Assign(target=target, value=value, op=None):
                return self._assign(stmt, target, value, state)
            case Assign(target=Var(name=name), value=value):
                if name in state or name in self.varies.after(stmt):
                    return state | {name} | self.reads(stmt, (value,))
                return state
            case Store(place=place, value=value):
                names = sources(place.base, self.memory.effects_of) | names_in(place.base)
                if names & (self.varies.after(stmt) | self.shadowed):
                    return state | self.reads(stmt, (place.base, value))
        return state | self._mirrored(stmt)

    def header(self, stmt: If | For | While | With, state: Names) -> Names:
        if not isinstance(stmt, For):
            return state | self._mirrored(stmt)
        bound = frozenset(bound_names(stmt.target))
        if bound & state:
            self.iterables.add(id(stmt))
        return state - bound

    def enter(self, loop: For, state: Names) -> Names:
        needed = self.reads(loop, (loop.iter,)) if id(loop) in self.iterables else NO_NAMES
        return state | needed | self._mirrored(loop)

    def _assign(self, stmt: Stmt, target: Expr, value: Expr, state: Names) -> Names:
        result = state - frozenset(bound_names(target))
        wanted = bool(state & frozenset(bound_names(target)))
        for item, part in matched(target, value):
            # a call is made with its tangents even where only its neighbour's result is needed
            called = wanted and any(True for _ in calls_in((part,)))
            if called or state & frozenset(bound_names(item)):
                result |= self.reads(stmt, (part,))
        return result | self._mirrored(stmt)

    def _mirrored(self, stmt: Stmt) -> Names:
        """The tangents that the calls in `stmt` read which also write into tangents."""
        found = NO_NAMES
        for op in calls_in(expressions_of(stmt)):
            for operand in written_operands(op, self.memory.effects_of):
                if sources(operand, self.memory.effects_of) & self.shadowed:
                    found |= self.reads(stmt, (op,))
        return found

    def reads(self, stmt: Stmt, exprs: Iterable[Expr]) -> Names:
        """The names in `exprs` that have a tangent."""
        names = NO_NAMES.union(*(names_in(expr) for expr in exprs))
        return names & (self.varies.before(stmt) | self.shadowed)
