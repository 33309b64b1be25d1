"""Tangents of augmented assignment and of stores into arrays and containers."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from srcad.core import (
    Assign,
    Attr,
    Expr,
    Item,
    Op,
    Stmt,
    Store,
    Var,
    expressions_of,
    names_in,
)
from srcad.forward.arithmetic import ONE
from srcad.forward.containers import taken_in_front, tangent_of_place
from srcad.forward.duals import Dual, Duals, lent, refuse
from srcad.forward.ruled import by_rule
from srcad.kinds import Array, DictOf, ListOf, Scalar
from srcad.rules import rule_for
from srcad.rules.vocabulary import EVERYTHING, ZERO

Stmts = list[Stmt]

_SUMS = (operator.add, operator.sub)


def augmented(duals: Duals, stmt: Assign, target: Var) -> Stmts:
    """`x += e`."""
    scope = duals.scope
    in_place = not isinstance(target.kind, Scalar)
    needed = scope.live_after(stmt, target.name) or (
        in_place and target.name in scope.varies.after(stmt) | scope.shadowed
    )
    if not needed and not duals.has_mirrored(stmt.value):
        return [stmt]
    assert stmt.op is not None
    if isinstance(target.kind, ListOf | DictOf):
        return _extended(duals, stmt, target)
    tangent = scope.tangent(target.name, target.kind)
    if not in_place and stmt.op not in _SUMS:
        return _recomputed(duals, stmt, target, tangent)
    if stmt.op is operator.matmul:
        return _multiplied(duals, stmt, target, tangent)
    update = _update(duals, stmt.op, target, stmt.value)
    return [*update.changes(Assign, tangent), replace(stmt, value=update.value)]


def _multiplied(duals: Duals, stmt: Assign, target: Var, tangent: Var) -> Stmts:
    """`m @= e`: the tangent of `m @ e`, put where that of `m` is."""
    value = stmt.value
    if not isinstance(value, Var):
        dual = duals.handy(duals.full(duals.dual(value)))
        held = duals.named(dual.value)
        if dual.tangent is not None:
            own = duals.scope.tangent(held.name, value.kind)
            duals.precede(Assign(own, dual.tangent))
            duals.varied |= {held.name}
        value = held
    whole = Op(operator.matmul, (target, value), kind=target.kind, origin=value.origin)
    change = duals.filled(duals.full(duals.dual(whole)), target.kind)
    whole_tangent = Store(Item(tangent, EVERYTHING, kind=target.kind), change)
    return [whole_tangent, replace(stmt, value=value)]


def _recomputed(duals: Duals, stmt: Assign, target: Var, tangent: Var) -> Stmts:
    """`x *= e` on a number: the tangent of `x = x * e`."""
    whole = Op(stmt.op, (target, stmt.value), kind=target.kind, origin=stmt.value.origin)
    dual = duals.dual(whole)
    change = Assign(tangent, duals.filled(dual, target.kind))
    match dual.value:
        case Op(args=(Var(name=name), value)) if name == target.name:
            return [change, replace(stmt, value=value)]
    return [change, replace(stmt, value=dual.value, op=None)]


def _extended(duals: Duals, stmt: Assign, target: Var) -> Stmts:
    """`xs += ys` on a list, `d |= e` on a dict."""
    dual = duals.full(duals.dual(stmt.value))
    tangent = duals.scope.tangent(target.name, target.kind)
    change = Assign(tangent, duals.filled(dual, stmt.value.kind), stmt.op)
    return [change, replace(stmt, value=dual.value)]


@dataclass(frozen=True, slots=True)
class _Update:
    """How the tangent of a place changes when the place is updated by an operator.

    `value` is the right side as it is to be written now. The old tangent is multiplied by `kept`
    (or divided, `by`), then `added` is added; None where there is nothing to do.
    """

    value: Expr
    kept: Expr | None
    added: Expr | None
    by: Callable[..., Any] = operator.mul

    def changes(self, make: Callable[..., Stmt], tangent: Expr) -> Stmts:
        """The statements that change the tangent `tangent`."""
        made = [] if self.kept in (None, ONE) else [make(tangent, self.kept, self.by)]
        match self.added:
            case None:
                return made
            case Op(fn=operator.neg, args=(subtracted,)):
                return [*made, make(tangent, subtracted, operator.sub)]
        return [*made, make(tangent, self.added, operator.add)]


def _update(duals: Duals, op: Any, place: Expr, value: Expr) -> _Update:
    """The two terms of the tangent of `place op value`, the old values still at hand."""
    dual = duals.dual(value)
    if op in _SUMS:
        subtracts = op is operator.sub and dual.tangent is not None
        added = Op(operator.neg, (dual.tangent,)) if subtracts else dual.tangent  # type: ignore[arg-type]
        return _Update(dual.value, None, added)
    dual = duals.handy(dual)
    whole = Op(op, (place, dual.value), kind=place.kind, origin=place.origin)
    rule = rule_for(whole, duals.scope.ties)
    pushes = rule.pushforwards(whole) if rule is not None else {}
    if not all(partial.factor or partial.lazy for partial in pushes.values()) or not pushes:
        what = "this augmented assignment has no tangent here"
        raise refuse(what, "Write it as a plain assignment", place, duals.stmt)
    kept, by = dual.value, op
    if op not in (operator.mul, operator.truediv):
        kept = _term(duals, whole, rule, {0: Dual(place, ONE)})
        by = operator.mul
    if dual.tangent is None:
        return _Update(dual.value, kept, None, by)
    added = _term(duals, whole, rule, {1: dual})
    return _Update(dual.value, kept, duals.named(added, "change"), by)


def _term(duals: Duals, whole: Op, rule: Any, parts: dict[int, Dual]) -> Expr:
    """The tangent of an update by way of one of its operands."""
    tangent = by_rule(_Split(duals, parts), whole, rule, False).tangent
    assert tangent is not None
    return tangent


class _Split(Duals):
    """Duals of the two operands of an update, only one of which is taken to vary."""

    def __init__(self, duals: Duals, parts: dict[int, Dual]) -> None:
        super().__init__(duals.scope, duals.stmt)
        self.front = duals.front
        self.known = duals.known
        self.parts = parts

    def is_active(self, expr: Expr) -> bool:
        return True

    def duals(self, exprs: tuple[Expr, ...]) -> list[Dual]:
        return [self.parts.get(place, Dual(expr)) for place, expr in enumerate(exprs)]


def store(duals: Duals, stmt: Store) -> Stmts:
    """`x[i] = e` and `x[i] += e`: the same store into the tangent."""
    place = stmt.place
    if not _is_shadowed(duals, place.base):
        return _untouched(duals, stmt)
    changed = duals.has_mirrored(stmt.value) and not isinstance(place.kind, Array)
    if stmt.op is not None and (changed or lent(place)):
        # what is added to is read before the value, which may change it, is evaluated
        whole = Op(stmt.op, (place, stmt.value), kind=place.kind, origin=place.origin)
        stmt = replace(stmt, op=None, value=whole)
    base = duals.dual(place.base)
    into = tangent_of_place(duals, place.base) if base.tangent is None else base.tangent
    new, beside = _places(duals, place, base.value, into)
    if stmt.op is not None:
        update = _update(duals, stmt.op, new, stmt.value)
        return [*update.changes(Store, beside), replace(stmt, place=new, value=update.value)]
    dual = duals.dual(stmt.value)
    dual = taken_in_front(duals, dual) or dual
    container = not isinstance(place.base.kind, Array)
    if container:
        dual = duals.full(dual)
    tangent = duals.kept(dual, stmt.value, place.base) if container else dual.tangent or ZERO
    return [Store(beside, tangent), replace(stmt, place=new, value=dual.value)]


def _is_shadowed(duals: Duals, base: Expr) -> bool:
    """Whether a store into `base` must be made in the tangent too."""
    scope = duals.scope
    names = scope.memory.sources(base) | (names_in(base) if isinstance(base, Var) else set())
    if not names & scope.shadowed:
        return False
    if isinstance(base.kind, ListOf | DictOf) or not isinstance(base.kind, Array):
        return True
    return bool(names & (scope.varies.before(duals.stmt) | scope.varies.after(duals.stmt)))


def _untouched(duals: Duals, stmt: Store) -> Stmts:
    if not duals.has_mirrored(*expressions_of(stmt)):
        return [stmt]
    return [replace(stmt, value=duals.dual(stmt.value).value)]


def _places(
    duals: Duals, place: Item | Attr, base: Expr, tangent: Expr
) -> tuple[Item | Attr, Item | Attr]:
    """The place stored into, and the one in the tangent."""
    if isinstance(place, Attr):
        if not isinstance(place.base.kind, Array):
            what = f"a varying value is stored into the attribute `{place.name}`"
            raise refuse(what, "Keep it in a variable, list or dict", place, duals.stmt)
        return replace(place, base=base), replace(place, base=tangent)
    index = duals.handy(duals.dual(place.index)).value
    return replace(place, base=base, index=index), Item(tangent, index, kind=place.kind)
