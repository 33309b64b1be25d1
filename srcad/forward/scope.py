"""What the parts of the forward mode share while they work on one function."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from srcad.analysis.aliases import kinds_of_names
from srcad.analysis.annotate import infer_expr
from srcad.analysis.describe import describe
from srcad.analysis.effects import Memory
from srcad.analysis.infer import Typed
from srcad.analysis.sharing import NO_NAMES, Names, calls_in, holds_memory, sources
from srcad.analysis.varied import Varied, varied
from srcad.analysis.varied import varies as is_varied
from srcad.core import Const, Expr, Stmt, Var, children, expressions_of, names_of, statements
from srcad.forward.live import Live
from srcad.kinds import ConstOf, DictOf, Inert, Kind, ListOf, RangeOf, Scalar
from srcad.names import Names as NameTable
from srcad.rules.vocabulary import copy_of, zero_like

# Gives the name of a callee's tangent function for the parameters whose tangents it is given.
Tangents = Callable[[Typed, Names], str]


@dataclass
class Scope:
    """One function's analyses and the names made for its tangent.

    `shadowed` are the names of memory that is written into while it varies: its tangent has the
    same structure, and shares memory as it does, from where it is made. `changing` are those of
    them by which an array may be reached that is written into.
    """

    memory: Memory
    active: tuple[str, ...]
    callee: Tangents
    ties: str
    names: NameTable
    varies: Varied
    shadowed: Names
    changing: Names = NO_NAMES
    live: Any = None
    kinds: dict[str, Kind] = field(default_factory=dict)
    captures: dict[str, Any] = field(default_factory=dict)
    returns_tangent: bool = True
    _tangents: dict[str, str] = field(default_factory=dict)

    def tangent(self, name: str, kind: Kind) -> Var:
        """The variable that holds the tangent of `name`."""
        if name not in self._tangents:
            self._tangents[name] = self.names.derived("t", name)
        return Var(self._tangents[name], kind=kind)

    def tangent_names(self) -> Iterable[str]:
        """The names of the tangents so far."""
        return self._tangents.values()

    def temporary(self, expr: Expr) -> Var:
        """A new name for the value of `expr`."""
        return Var(self.names.fresh(describe(expr)), kind=expr.kind)

    def forget(self, name: str) -> None:
        """Give back a name made by `temporary`, and that of its tangent, which are not used."""
        self.names.taken -= {name, self._tangents.pop(name, name)}

    def live_after(self, stmt: Stmt, name: str) -> bool:
        """Whether the tangent of `name` is read after `stmt`."""
        return name in self.live.after.get(id(stmt), NO_NAMES)

    def owner(self, tangent: str) -> str:
        """The name whose tangent is called `tangent`; "" if there is none."""
        return next((name for name, t in self._tangents.items() if t == tangent), "")

    def borrowed(self, tangent: Expr) -> Names:
        """The names whose tangents `tangent` may share memory with."""
        kinds = {t: self.kinds.get(name, Kind()) for name, t in self._tangents.items()}
        found = sources(infer_expr(tangent, {**self.kinds, **kinds}), self.memory.effects_of)
        return frozenset(self.owner(name) for name in found) - {""}

    def independent(self, tangent: Expr, kind: Kind, *values: Expr) -> Expr:
        """`tangent`, or a copy of it where it shares memory that the value does not share.

        `values` are the value as the user wrote it and as it is written now.
        """
        if not holds_memory(kind):
            return tangent
        shared = NO_NAMES.union(*(self.memory.sources(value) for value in values))
        return copy_of(tangent, kind) if self.borrowed(tangent) - shared else tangent


def scope_of(memory: Memory, active: tuple[str, ...], callee: Tangents, ties: str) -> Scope:
    """Analyse a function of which the parameters `active` have tangents."""
    function = memory.typed.function
    varies = varied(memory, frozenset(active))
    shadowed = _shadowed(memory, varies)
    scope = Scope(memory, active, callee, ties, NameTable(names_of(function)), varies, shadowed)
    scope.kinds = {**kinds_of_names(function.body), **memory.typed.kinds}
    scope.changing = _changing(memory) & shadowed
    live = Live(memory, varies, shadowed)
    scope.live = live.run(function.body, NO_NAMES)
    return scope


def _shadowed(memory: Memory, varies: Varied) -> Names:
    """The names of memory that is written into while it varies, and all that may share it."""
    found: set[str] = set()
    for stmt in statements(memory.typed.function.body):
        written = memory.touched_by(stmt)
        if written & (varies.before(stmt) | varies.after(stmt)) or _is_given_varied(stmt, varies):
            found |= written
    return _connected(found, memory) - memory.foreign


def _changing(memory: Memory) -> Names:
    """The names by which an array may be reached that is written into somewhere."""
    found: set[str] = set()
    for stmt in statements(memory.typed.function.body):
        for write in memory.writes(stmt):
            if write.within is not None or not isinstance(write.kind, ListOf | DictOf):
                found |= write.names
    return _connected(found, memory)


def _connected(names: Iterable[str], memory: Memory) -> Names:
    """`names` and all that may share memory with one of them."""
    found = set(names)
    pairs = memory.aliases.everywhere()
    size = -1
    while size != len(found):
        size = len(found)
        found |= {name for pair in pairs if pair & found for name in pair}
    return frozenset(found)


def _is_given_varied(stmt: Stmt, varies: Varied) -> bool:
    """Whether a call in `stmt` is given what varies: it may write that into what it is given.

    After a `return` or a test nothing else says so, and a second call in it may read it.
    """
    state = varies.before(stmt)
    calls = calls_in(expressions_of(stmt))
    return any(is_varied(part, state) for op in calls for part in children(op))


def zero_of(value: Expr, kind: Kind) -> Expr:
    """A tangent of zero in the form of `value`."""
    if isinstance(kind, ConstOf | Inert | RangeOf) or isinstance(value, Const):
        return zero_like(value, Scalar("float64"))
    return zero_like(value, kind)
