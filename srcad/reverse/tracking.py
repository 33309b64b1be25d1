"""Shadows that are bound in the forward sweep, for names whose memory is decided at run time.

Beside each statement that binds a tracked name stands one that binds its shadow: to the shadow of
what the name now refers to, or to new zeros where its value is new. The recorded-values analysis
then treats the shadow's name as it treats any name of the forward sweep.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from srcad.core import (
    Assign,
    Choice,
    Effect,
    Expr,
    Item,
    List,
    Method,
    Op,
    Stmt,
    Tuple,
    Var,
    bound_names,
    children,
    with_children,
)
from srcad.errors import UnsupportedConstruct
from srcad.kinds import Scalar, carries
from srcad.reverse.context import Context
from srcad.reverse.links import is_chain
from srcad.reverse.typing import typed
from srcad.rules import vocabulary as words


@dataclass
class Tracking:
    """Writes the forward statements that bind the shadows of tracked names."""

    context: Context

    def tracks(self, name: str) -> bool:
        return name in self.context.tracked

    def entry(self, params: list[str], given: frozenset[str]) -> list[Stmt]:
        """The shadows of tracked parameters, where the caller gives none."""
        out: list[Stmt] = []
        for name in params:
            if self.tracks(name) and name not in given:
                out.append(Assign(self.context.adjoint(name), self.zero(name)))
        return out

    def zero(self, name: str) -> Expr:
        kind = self.context.kind(name)
        return words.zero_like(Var(name, kind=kind), kind)

    def bind(self, stmt: Assign) -> list[Stmt]:
        """The statements that bind the shadows of the tracked names that `stmt` binds."""
        names = [n for n in bound_names(stmt.target) if self.tracks(n)]
        if not names:
            return []
        if isinstance(stmt.target, Var):
            shadow = self._shadow(stmt.value, stmt, names[0])
            return [Assign(self.context.adjoint(names[0]), shadow)]
        pairs = list(self._pairs(stmt.target, stmt.value))
        targets = tuple(self.context.adjoint(n) for n, _ in pairs if self.tracks(n))
        values = tuple(self._shadow(v, stmt, n) for n, v in pairs if self.tracks(n))
        return [Assign(Tuple(targets), Tuple(values))]

    def _pairs(self, target: Expr, value: Expr) -> Iterator[tuple[str, Expr]]:
        """The names of a target, each with the part of the value that it gets."""
        if isinstance(target, Var):
            yield target.name, value
            return
        assert isinstance(target, Tuple)
        for position, item in enumerate(target.items):
            if isinstance(value, Tuple | List):
                part = value.items[position]
            else:
                part = typed(Item(value, words.number(position)))
            yield from self._pairs(item, part)

    def fresh(self, value: Expr) -> bool:
        """Whether the shadow of `value` is new zeros, so that its cotangent is handed on."""
        if isinstance(value, Choice):
            return self.fresh(value.then) and self.fresh(value.orelse)
        return not is_chain(value)

    def maybe_view(self, value: Expr) -> bool:
        """Whether it is decided at run time if `value` is a view of a tracked array or a copy."""
        shares = self.context.memory.sources(value) & self.context.steady
        return bool(shares) and words.may_copy(value)

    def _shadow(self, value: Expr, stmt: Assign, name: str) -> Expr:
        """The shadow of what `value` refers to."""
        if self.maybe_view(value):
            return self._of_chain(value, stmt)
        if is_chain(value):
            return self._of_chain(value, stmt)
        if isinstance(value, Choice) and not self.fresh(value):
            then, orelse = (self._shadow(arm, stmt, name) for arm in (value.then, value.orelse))
            return Choice(value.test, then, orelse)
        if isinstance(value, Tuple | List):
            return List(tuple(self._item(item, stmt) for item in value.items))
        if self.context.memory.sources(value) & self.context.tracked:
            if isinstance(value, Op) and value.fn == Method("pop"):
                first, *rest = value.args
                return Op(value.fn, (self._of_chain(first, stmt), *rest))
            raise self._refused(stmt, name)
        return self.zero(name)

    def _item(self, item: Expr, stmt: Assign | Effect) -> Expr:
        """The shadow of an item of a display: zeros for what is not written into."""
        if isinstance(item.kind, Scalar) or not carries(item.kind):
            return words.ZERO
        if is_chain(item):
            return self._of_chain(item, stmt)
        if self.context.memory.sources(item) & self.context.tracked:
            raise self._refused(stmt, "it")
        return words.zero_like(item, item.kind)

    def _of_chain(self, value: Expr, stmt: Assign | Effect) -> Expr:
        if isinstance(value, Var):
            if self.tracks(value.name) or value.name in self.context.pinned:
                return self.context.adjoint(value.name)
            return words.zero_like(value, value.kind)
        first, *rest = children(value)
        shadow = with_children(value, (self._of_chain(first, stmt), *rest))
        return shadow

    def append(self, stmt: Effect) -> list[Stmt]:
        """The shadow's own `append` beside that of a tracked list."""
        op = stmt.value
        assert isinstance(op, Op)
        shadow = self._of_chain(op.args[0], stmt)
        return [Effect(Op(Method("append"), (shadow, self._item(op.args[1], stmt))))]

    def _refused(self, stmt: Stmt, name: str) -> UnsupportedConstruct:
        return UnsupportedConstruct(
            f"cannot differentiate `{stmt.origin.text}`: which memory `{name}` shares when it is "
            "written into is decided only at run time",
            "Make a copy, or write into the original by its index",
            stmt.origin,
        )
