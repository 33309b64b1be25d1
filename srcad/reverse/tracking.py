"""Shadows that are bound in the forward sweep, for names whose memory is decided at run time.

Beside each statement that binds a tracked name stands one that binds its shadow: to the shadow of
what the name now refers to, or to new zeros where its value is new. The recorded-values analysis
then treats the shadow's name as it treats any name of the forward sweep.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace

from srcad.analysis.describe import spelled
from srcad.analysis.sharing import holds_memory
from srcad.core import (
    Assign,
    Choice,
    Const,
    Dict,
    Effect,
    Expr,
    Item,
    List,
    Method,
    Op,
    Record,
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
            shadow = self.shadow_of(stmt.value, stmt, stmt.target)
            return [Assign(self.context.adjoint(names[0]), shadow)]
        pairs = list(self._pairs(stmt.target, stmt.value))
        targets = tuple(self.context.adjoint(n) for n, _ in pairs if self.tracks(n))
        values = tuple(self.shadow_of(v, stmt, Var(n)) for n, v in pairs if self.tracks(n))
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

    def existing(self, value: Expr) -> bool:
        """Whether `value` refers to memory that has a shadow already, and is not new."""
        return not self.fresh(value)

    def shadow_of(self, value: Expr, stmt: Stmt, like: Expr) -> Expr:
        """The shadow of what `value` refers to, which `like` refers to when `stmt` is done."""
        if not carries(value.kind) and not holds_memory(value.kind):
            return words.ZERO
        if self.maybe_view(value) or is_chain(value):
            return self._of_chain(value, stmt)
        if isinstance(value, Choice) and not self.fresh(value):
            then, orelse = (self.shadow_of(arm, stmt, like) for arm in (value.then, value.orelse))
            return Choice(value.test, then, orelse)
        if isinstance(value, Tuple | List):
            parts = enumerate(value.items)
            return List(tuple(self._item(e, stmt, Item(like, words.number(i))) for i, e in parts))
        if isinstance(value, Dict):
            pairs = zip(value.keys, value.values, strict=True)
            made = tuple(self._item(item, stmt, Item(like, key)) for key, item in pairs)
            if isinstance(value, Record):
                return Record(value.keys, made, SimpleNamespace)
            return Dict(value.keys, made)
        if self.context.memory.sources(value) & self.context.tracked:
            if isinstance(value, Op) and value.fn == Method("pop"):
                first, *rest = value.args
                return Op(value.fn, (self._of_chain(first, stmt), *rest))
            raise self._refused(stmt, spelled(like))
        return words.zero_like(like, value.kind)

    def _item(self, item: Expr, stmt: Stmt, like: Expr) -> Expr:
        """The shadow of an item of a display, where `like` is: zeros for what is no reference."""
        if isinstance(item.kind, Scalar):
            return words.ZERO
        return self.shadow_of(item, stmt, item if isinstance(item, Var) else like)

    def _of_chain(self, value: Expr, stmt: Stmt) -> Expr:
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
        self.context.restructured = True
        last = Item(op.args[0], Const(-1))
        return [Effect(Op(Method("append"), (shadow, self._item(op.args[1], stmt, last))))]

    def _refused(self, stmt: Stmt, name: str) -> UnsupportedConstruct:
        return UnsupportedConstruct(
            f"cannot differentiate `{stmt.origin.text}`: which memory `{name}` shares when it is "
            "written into is decided only at run time",
            "Make a copy, or write into the original by its index",
            stmt.origin,
        )
