"""Shadows that are bound in the forward sweep, for names whose memory is decided at run time.

Beside each statement that binds a tracked name stands one that binds its shadow: to the shadow of
what the name now refers to, or to new zeros where its value is new. The recorded-values analysis
then treats the shadow's name as it treats any name of the forward sweep.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import SimpleNamespace

from srcad.analysis.describe import describe
from srcad.analysis.sharing import holds_memory
from srcad.core import (
    Assign,
    Attr,
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
    replace_kind,
    with_children,
)
from srcad.errors import UnsupportedConstruct
from srcad.kinds import Array, DictOf, Kind, ListOf, Scalar, TupleOf, carries, is_undecided
from srcad.reverse.context import Context, Retry, Wishes, base_var
from srcad.reverse.links import is_chain, is_loose, may_be_chain
from srcad.reverse.typing import typed
from srcad.rules import rule_for
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
        """New zeros for the shadow of `name`."""
        return self._zeros(Var(name, kind=self.context.kind(name)))

    def _zeros(self, like: Expr) -> Expr:
        """New zeros for the shadow of a name, or of a place in a container."""
        make = words.new_shadow if isinstance(like, Var) else words.zero_like
        return make(like, like.kind)

    def bind(self, stmt: Assign) -> list[Stmt]:
        """The statements that bind the shadows of the tracked names that `stmt` binds."""
        names = [n for n in bound_names(stmt.target) if self.tracks(n)]
        if not names:
            return []
        if isinstance(stmt.target, Var):
            like = Var(names[0], kind=self.context.kind(names[0]))
            shadow = self.shadow(stmt.value, stmt, like)
            return [Assign(self.context.adjoint(names[0]), shadow)]
        pairs = list(self._pairs(stmt.target, stmt.value))
        targets = tuple(self.context.adjoint(n) for n, _ in pairs if self.tracks(n))
        values = tuple(
            self.shadow(v, stmt, Var(n, kind=self.context.kind(n)))
            for n, v in pairs
            if self.tracks(n)
        )
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
        if isinstance(value.kind, Scalar):
            return True
        there = is_chain(value) or self.regroups(value) or self._is_got(value)
        there = there or self.maybe_view(value)
        return not there and not self.loose(value)

    def loose(self, value: Expr) -> bool:
        """Whether `value` is what stands in a tracked container: maybe a number, maybe not."""
        return is_loose(value) and bool(self.context.memory.sources(value) & self.context.steady)

    def handed_on(self, value: Expr, held: Expr) -> Expr | None:
        """What is handed on of the cotangent of something that is not new: that of numbers, or of
        what has turned out to be a copy.
        """
        if isinstance(value, Choice):
            return self._arms_handed_on(value, held)
        if self.maybe_view(value):
            if words.is_passed_through(value):
                return None
            return words.of_copy(held, self.context.adjoint(base_var(value).name))
        if self.regroups(value):
            return None if only_references(value.kind) else words.of_numbers(held, value.kind)
        return words.of_number(held) if is_undecided(value.kind) else None

    def _is_got(self, value: Expr) -> bool:
        """Whether `value` is `d.get(key)`, of what can be referred to."""
        if not isinstance(value, Op) or value.fn != Method("get") or len(value.args) != 2:
            return False
        return not isinstance(value.kind, Scalar) and is_chain(value.args[0])

    def _arms_handed_on(self, value: Choice, held: Expr) -> Expr | None:
        arms = (value.then, value.orelse)
        parts = [held if self.fresh(arm) else self.handed_on(arm, held) for arm in arms]
        if all(part is None for part in parts):
            return None
        return Choice(value.test, *(words.ZERO if part is None else part for part in parts))

    def regroups(self, value: Expr) -> bool:
        """Whether `value` is a new list, tuple or dict of what tracked ones refer to."""
        parts = words.regrouped(value)
        if not parts or not may_refer(value.kind):
            return False
        return bool(self.context.memory.sources(value) & self.context.steady)

    def existing(self, value: Expr) -> bool:
        """Whether `value` is not new: it refers to memory that has a shadow already."""
        return not self.fresh(value)

    def maybe_view(self, value: Expr) -> bool:
        """Whether it is decided at run time if `value` is a view of a tracked array or a copy."""
        shares = self.context.memory.sources(value) & self.context.steady
        return bool(shares) and (words.may_copy(value) or may_be_chain(value))

    def shadow(self, value: Expr, stmt: Stmt, like: Expr) -> Expr:
        """The shadow of what `value` refers to; `like` has the form of the value."""
        if not carries(value.kind) and not holds_memory(value.kind):
            undecided = isinstance(like, Var) and is_undecided(like.kind)
            return self._zeros(like) if undecided else words.ZERO
        if isinstance(value.kind, Scalar):
            return self._zeros(like)
        if self.maybe_view(value) or is_chain(value):
            return self._of_chain(value)
        part = _viewed(value)
        if part is not None and self.maybe_view(part):  # the shadow of a copy has to stay at hand
            raise Retry(Wishes(named=frozenset((part,))))
        if self.loose(value):
            shadow = self._of_chain(value)
            return words.shadow_of_item(shadow, value) if isinstance(like, Var) else shadow
        if isinstance(value, Choice) and not self.fresh(value):
            then, orelse = (self.shadow(arm, stmt, like) for arm in (value.then, value.orelse))
            return Choice(value.test, then, orelse)
        if isinstance(value, Tuple | List):
            return List(tuple(self._item(*each, stmt) for each in _items(value, like)))
        if isinstance(value, Dict):
            pairs = zip(value.keys, value.values, strict=True)
            made = tuple(self._item(item, Item(like, key), stmt) for key, item in pairs)
            if isinstance(value, Record):
                return Record(value.keys, made, SimpleNamespace)
            return Dict(value.keys, made)
        if self.regroups(value):
            return self._regrouped(value, stmt)
        if self.context.memory.sources(value) & self.context.tracked:
            if isinstance(value, Op) and value.fn in (Method("pop"), Method("get")):
                first, *rest = value.args
                found = Op(value.fn, (self._of_chain(first), *rest))
                loose = isinstance(like, Var) and is_undecided(value.kind)
                return words.shadow_of_item(found, like) if loose else found
            raise self._refused(stmt, describe(like))
        return self._zeros(like)

    def _regrouped(self, value: Expr, stmt: Stmt) -> Expr:
        """The shadows of what is put together anew, put together in the same way."""
        parts = words.regrouped(value)

        def mirrored(expr: Expr) -> Expr:
            if expr in parts:
                return self.shadow(expr, stmt, expr)
            inner = children(expr)
            return with_children(expr, tuple(map(mirrored, inner))) if inner else expr

        made = mirrored(value)
        if isinstance(made, Op) and made.fn is tuple:
            return replace(made, fn=list)
        return made

    def _item(self, item: Expr, like: Expr, stmt: Stmt) -> Expr:
        """The shadow of an item of a display, where `like` is: zeros for what is no reference."""
        if isinstance(item.kind, Scalar):
            return words.ZERO
        like = replace_kind(like, item.kind)
        return self.in_place(item, self.shadow(item, stmt, like))

    def in_place(self, value: Expr, shadow: Expr) -> Expr:
        """`shadow`, that of `value`, as it stands in the shadow of a container."""
        if not is_undecided(value.kind) or self.fresh(value) or self.loose(value):
            return shadow
        return words.place_shadow(shadow)

    def _of_chain(self, value: Expr) -> Expr:
        if isinstance(value, Var):
            if self.tracks(value.name) or value.name in self.context.pinned:
                return self.context.adjoint(value.name)
            return words.zero_like(value, value.kind)
        first, *rest = children(value)
        return words.view_of_shadow(with_children(value, (self._of_chain(first), *rest)))

    def append(self, stmt: Effect) -> list[Stmt]:
        """The shadow's own `append` beside that of a tracked list."""
        op = stmt.value
        assert isinstance(op, Op)
        shadow = self._of_chain(op.args[0])
        self.context.restructured = True
        last = Item(op.args[0], Const(-1))
        return [Effect(Op(Method("append"), (shadow, self._item(op.args[1], last, stmt))))]

    def _refused(self, stmt: Stmt, name: str) -> UnsupportedConstruct:
        return UnsupportedConstruct(
            f"cannot differentiate `{stmt.origin.text}`: which memory `{name}` shares when it is "
            "written into is decided only at run time",
            "Make a copy, or write into the original by its index",
            stmt.origin,
        )


def _viewed(value: Expr) -> Expr | None:
    """What may be a copy in a chain of views."""
    while isinstance(value, Item | Attr | Op) and not words.may_copy(value):
        rule = rule_for(value) if not isinstance(value, Item) else None
        if not isinstance(value, Item) and (rule is None or not rule.view):
            return None
        value = children(value)[0]
    return value if words.may_copy(value) else None


def _items(display: Tuple | List, like: Expr) -> list[tuple[Expr, Expr]]:
    """The items of a display, each with what refers to it when all of it is what `like` is."""
    if isinstance(like, Tuple | List):
        return list(zip(display.items, like.items, strict=True))
    return [(item, Item(like, words.number(i))) for i, item in enumerate(display.items)]


_REFERENCES = (Array, ListOf, DictOf, TupleOf)


def may_refer(kind: Kind) -> bool:
    """Whether an item of a container of this kind may have a shadow that is referred to."""
    match kind:
        case ListOf(item=item):
            return _may_be_reference(item)
        case TupleOf(items=items):
            return any(map(_may_be_reference, items))
        case DictOf(items=items, value=value):
            kinds = [value] if items is None else [item for _, item in items]
            return any(map(_may_be_reference, kinds))
    return False


def _may_be_reference(kind: Kind) -> bool:
    return is_undecided(kind) or isinstance(kind, _REFERENCES)


def only_references(kind: Kind) -> bool:
    """Whether all items of a container of this kind have shadows that are referred to."""
    match kind:
        case ListOf(item=item):
            return isinstance(item, _REFERENCES)
        case TupleOf(items=items):
            return all(isinstance(item, _REFERENCES) for item in items)
        case DictOf(items=items, value=value):
            kinds = [value] if items is None else [item for _, item in items]
            return all(isinstance(item, _REFERENCES) for item in kinds)
    return False
