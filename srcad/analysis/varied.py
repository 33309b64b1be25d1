"""What varies: the forward half of activity.

A name varies where its value depends on the active parameters through operations that pass a
derivative on.
"""

from __future__ import annotations

import types

from srcad.analysis.annotate import truth_of
from srcad.analysis.dataflow import Forward, Result
from srcad.analysis.effects import Memory
from srcad.analysis.outside import Outside
from srcad.analysis.passing import passing
from srcad.analysis.sharing import NO_NAMES, Names, calls_in, sources, written_operands
from srcad.core import (
    Assign,
    Attr,
    Expr,
    For,
    If,
    List,
    Stmt,
    Store,
    Tuple,
    Var,
    While,
    With,
    children,
    expressions_of,
)
from srcad.errors import UnsupportedConstruct
from srcad.kinds import UNKNOWN, ConstOf, Inert, carries


class Varied:
    """What `varied` found."""

    def __init__(self, result: Result[Names]) -> None:
        self._result = result

    def before(self, stmt: Stmt) -> Names:
        """The names that vary just before `stmt`."""
        return self._result.before.get(id(stmt), NO_NAMES)

    def after(self, stmt: Stmt) -> Names:
        """The names that vary just after `stmt`."""
        return self._result.after.get(id(stmt), NO_NAMES)

    def reached(self, stmt: Stmt) -> bool:
        """Whether control may get to `stmt`."""
        return id(stmt) in self._result.before

    def head(self, loop: Stmt) -> Names:
        """The names that vary before each test or next item of a loop."""
        return self._result.head.get(id(loop), NO_NAMES)

    def body_start(self, loop: Stmt) -> Names:
        """The names that vary where the body of a loop starts."""
        return self._result.body_start.get(id(loop), NO_NAMES)

    def ever(self) -> Names:
        """The names that vary somewhere."""
        states = (*self._result.after.values(), *self._result.body_start.values())
        return NO_NAMES.union(*states)

    @property
    def end(self) -> Names:
        """The names that vary where the function ends."""
        return self._result.end or NO_NAMES


def varied(function: Memory, active: Names) -> Varied:
    """Analyse a function of which the parameters `active` vary on entry."""
    kinds = function.typed.kinds
    start = frozenset(name for name in active if carries(kinds.get(name, UNKNOWN)))
    return Varied(_Varies(function).run(function.typed.function.body, start))


class _Varies(Forward[Names]):
    def __init__(self, function: Memory) -> None:
        super().__init__()
        self.function = function

    def join(self, a: Names, b: Names) -> Names:
        return a | b

    def branch(self, stmt: If | While, state: Names, taken: bool) -> Names | None:
        return None if truth_of(stmt.test) is (not taken) else state

    def simple(self, stmt: Stmt, state: Names) -> Names:
        spread = self.touched(stmt, state)
        match stmt:
            case Assign(target=target, value=value, op=None):
                return bind(target, value, state) | (spread - _bound(target))
            case Assign(target=Var() as target, value=value) if carries(target.kind):
                if varies(value, state):
                    spread |= self.own(self.function.aliases.with_name(stmt, target.name))
            case Store(place=place, value=value) if varies(value, state):
                _refuse_module(stmt, place)
                spread |= self.reached(stmt, place.base)
        return state | spread

    def header(self, stmt: If | For | While | With, state: Names) -> Names:
        if isinstance(stmt, For):
            return bind(stmt.target, stmt.iter, state)
        return state | self.touched(stmt, state)

    def enter(self, loop: For, state: Names) -> Names:
        return state | self.touched(loop, state)

    def touched(self, stmt: Stmt, state: Names) -> Names:
        """The names that vary because a call in `stmt` writes varied values into them."""
        found = NO_NAMES
        for op in calls_in(expressions_of(stmt)):
            if any(varies(operand, state) for operand in children(op)):
                for operand in written_operands(op, self.function.effects_of):
                    found |= self.reached(stmt, operand)
        return found

    def reached(self, stmt: Stmt, written: Expr) -> Names:
        """The names that may share memory with what `stmt` writes into by `written`."""
        names = sources(written, self.function.effects_of)
        return self.own(
            names.union(*(self.function.aliases.with_name(stmt, name) for name in names))
        )

    def own(self, names: Names) -> Names:
        """Those that are the function's own.

        No result is made from what is written into its surroundings: see `captured`.
        """
        return frozenset(n for n in names if not isinstance(n, Outside)) - self.function.foreign


def _refuse_module(stmt: Stmt, place: Expr) -> None:
    """Nothing in a module has an adjoint: what varies must not hide there."""
    kind = place.base.kind if isinstance(place, Attr) else None
    module = isinstance(kind, ConstOf) and isinstance(kind.value, types.ModuleType)
    if module or kind == Inert("cell"):
        whose = "a module's name" if module else "a name of its surroundings"
        raise UnsupportedConstruct(
            f"cannot differentiate `{stmt.origin.text}`: it binds {whose} to a value "
            "that depends on the arguments",
            "Pass the value as an argument and return the new one",
            stmt.origin,
        )


def bind(target: Expr, value: Expr, state: Names) -> Names:
    """The names that vary after `target` was bound to `value`, item by item where that shows."""
    fresh = NO_NAMES
    for item, part in matched(target, value):
        if varies(part, state):
            fresh |= {v.name for v in _variables(item) if carries(v.kind)}
    return (state - _bound(target)) | fresh


def matched(target: Expr, value: Expr) -> list[tuple[Expr, Expr]]:
    """The parts of a target, each with the part of the value that it gets, as far as it shows."""
    if not isinstance(target, Tuple) or not isinstance(value, Tuple | List):
        return [(target, value)]
    if len(target.items) != len(value.items):
        return [(target, value)]
    pairs = zip(target.items, value.items, strict=True)
    return [pair for item, part in pairs for pair in matched(item, part)]


def varies(expr: Expr, state: Names) -> bool:
    """Whether the value of `expr` varies where the names of `state` do."""
    if not carries(expr.kind):
        return False
    if isinstance(expr, Var):
        return expr.name in state
    return any(varies(operand, state) for operand in passing(expr))


def _variables(target: Expr) -> list[Var]:
    if isinstance(target, Var):
        return [target]
    assert isinstance(target, Tuple)
    return [var for item in target.items for var in _variables(item)]


def _bound(target: Expr) -> Names:
    return frozenset(var.name for var in _variables(target))
