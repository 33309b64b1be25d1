"""Contributions to adjoints: `=` for the first, `+=` for later ones, and who owns the buffer.

The first contribution to an adjoint is taken over as it is. If it is another name, a view or the
caller's seed it is only *borrowed*: adding to it in place would change the other. Adding to a
borrowed one makes a new, *owned* value; an owned one is added to in place.
"""

from __future__ import annotations

import functools
import operator
from dataclasses import dataclass, field, replace

from srcad.core import (
    Assign,
    Attr,
    Choice,
    Const,
    Effect,
    Expr,
    If,
    Item,
    Op,
    Slice,
    Stmt,
    Tuple,
    Var,
    walk,
)
from srcad.kinds import Array, DictOf, Kind, ListOf, Scalar, TupleOf, dims_of, is_unknown
from srcad.reverse.context import BORROWED, OWNED, Context, State, base_var
from srcad.reverse.places import add_into
from srcad.reverse.terms import Term, is_view_item
from srcad.reverse.typing import typed
from srcad.rules import rule_for
from srcad.rules import vocabulary as words
from srcad.simplify import simplify_expr


def fresh_value(expr: Expr) -> bool:
    """Whether the value of `expr` is in memory of its own."""
    if isinstance(expr.kind, Scalar) or isinstance(expr, Const):
        return True
    if isinstance(expr, Op):
        rule = rule_for(expr)
        return rule is not None and not rule.view and expr.fn not in words.MAY_PASS_THROUGH
    if isinstance(expr, Item):
        return isinstance(expr.base.kind, Array) and not is_view_item(expr)
    return not isinstance(expr, Var | Attr | Choice) and not isinstance(expr, Tuple)


@dataclass
class Accumulator:
    """Writes the contributions of one statement, changing the `state` of the adjoints."""

    context: Context
    state: State
    out: list[Stmt] = field(default_factory=list)

    def add_terms(self, terms: list[Term]) -> None:
        """All contributions of a statement: one line for each variable or place."""
        for place, group in _grouped(terms):
            self.contribute(place, group)
        self.out[:] = _with_joined_arms(self.out)

    def contribute(self, place: Expr, group: list[Term]) -> None:
        owner = self.context.owner(base_var(place).name)
        kind = self.context.kind(place.name) if isinstance(place, Var) else place.kind
        if isinstance(place, Var) and place.name not in self.context.links:
            self.whole(place, _sum(kind, group), any(t.full for t in group))
            return
        self.make_buffer(owner)
        shadow = self.context.shadow(place)
        conditional = [t for t in group if _may_be_missing(place) and _is_arm(t.value)]
        always = [t for t in group if t not in conditional]
        if always:
            self.out.append(add_into(shadow, _sum(kind, always)))
        self.out += [_guarded(shadow, t.value) for t in conditional]

    def whole(self, var: Var, value: Expr, full: bool = True) -> None:
        """A contribution to the whole of a variable."""
        adjoint = self.context.adjoint(var.name)
        kind = self.context.kind(var.name)
        state = self.state.get(var.name)
        if var.name in self.context.steady and isinstance(kind, Array):
            self.out.append(add_into(Item(adjoint, words.EVERYTHING, kind=kind), value))
        elif state is None:
            held = var.kind if is_unknown(kind) else kind  # by the name, at this point
            if isinstance(held, ListOf | DictOf | TupleOf):
                if not full or _computed(value) or isinstance(value.kind, Array):
                    value = words.shadow_from(value, Var(var.name, kind=kind))
            elif not full and not isinstance(kind, Scalar):
                maker = words.spread if isinstance(value.kind, Scalar) else words.spread_like
                value = maker(value, Var(var.name, kind=kind))
            if self.context.memory.sources(value) & self.context.touched:
                value = words.copy_of(value, value.kind)  # the reverse sweep may restore it
            self.out.append(Assign(adjoint, value))
            owner = OWNED if fresh_value(value) else BORROWED
            self._holds(var.name, owner, "set by a contribution")
        elif state == OWNED and (isinstance(kind, Scalar | Array)):
            self.out.append(Assign(adjoint, value, operator.add))
        elif var.name in self.context.steady:
            self.out.append(Effect(words.accumulate(adjoint, value)))
        else:
            total = words.add(adjoint, value) if _numeric(kind) else words.tree_sum(adjoint, value)
            self.out.append(Assign(adjoint, typed(total)))
            self._holds(var.name, OWNED, "a new sum")

    def make_buffer(self, name: str) -> None:
        """Make sure that the adjoint of `name` is a buffer of its own that can be written into."""
        kind = self.context.kind(name)
        adjoint = self.context.adjoint(name)
        state = self.state.get(name)
        if state is None:
            self.zero(name)
        elif state == BORROWED and not isinstance(kind, Scalar):
            if isinstance(kind, Array):
                own = words.copy_of(adjoint, adjoint.kind)
            else:
                own = words.as_shadow(adjoint)
            self.out.append(Assign(adjoint, own))
            self._holds(name, OWNED, "copied to be written into")
        self.state[name] = OWNED

    def zero(self, name: str) -> None:
        """Set the adjoint of `name` to zero."""
        kind = self.context.kind(name)
        value = words.zero_like(Var(name, kind=kind), kind)
        self.out.append(Assign(self.context.adjoint(name), value))
        self._holds(name, OWNED, "set to zeros")

    def _holds(self, name: str, state: str, how: str) -> None:
        """Note the state that the adjoint of `name` comes to have."""
        self.state[name] = state
        known = self.context.ownership.setdefault(name, [])
        if f"{state}, {how}" not in known:
            known.append(f"{state}, {how}")

    def clear(self, name: str) -> None:
        """Set an adjoint that was set before to zero; of one shape, where that is known."""
        kind = self.context.kind(name)
        lengths = dims_of(kind)
        if isinstance(kind, Array) and lengths is not None and None not in lengths:
            adjoint = self.context.adjoint(name)
            self.out.append(Assign(adjoint, words.zero_like(adjoint, kind)))
            self.state[name] = OWNED
        else:
            self.zero(name)


def _sum(kind: Kind, group: list[Term]) -> Expr:
    add = words.tree_sum if isinstance(kind, ListOf | DictOf | TupleOf) else words.add
    return simplify_expr(typed(functools.reduce(add, [t.value for t in group])))


def _may_be_missing(place: Expr) -> bool:
    """Whether there may be no such place where a conditional expression takes another arm."""
    return any(isinstance(e, Item) and not isinstance(e.index, Slice) for e in walk(place))


def _is_arm(value: Expr) -> bool:
    """Whether a contribution is made in one arm of a conditional expression only."""
    return isinstance(value, Choice) and words.ZERO in (value.then, value.orelse)


def _guarded(shadow: Expr, value: Expr) -> Stmt:
    """`x[i] if test else ...` adds to the place `x[i]` of the shadow only if the test holds."""
    if not isinstance(value, Choice) or not _is_arm(value):
        return add_into(shadow, simplify_expr(typed(value)))
    if value.orelse == words.ZERO:
        return If(value.test, (_guarded(shadow, value.then),))
    return If(value.test, (), (_guarded(shadow, value.orelse),))


def _with_joined_arms(block: list[Stmt]) -> list[Stmt]:
    """If statements with the same test, one after the other, as one."""
    joined: list[Stmt] = []
    for stmt in block:
        last = joined[-1] if joined else None
        if isinstance(stmt, If) and isinstance(last, If) and stmt.test == last.test:
            then, orelse = (*last.then, *stmt.then), (*last.orelse, *stmt.orelse)
            joined[-1] = replace(last, then=then, orelse=orelse)
        else:
            joined.append(stmt)
    return joined


def _computed(value: Expr) -> bool:
    """Whether the cotangent of a container may be an array or a number, not the like of it."""
    if isinstance(value, Var):
        return not isinstance(value.kind, ListOf | DictOf | TupleOf)
    return isinstance(value, Op) or isinstance(value.kind, Array | Scalar)


def _numeric(kind: object) -> bool:
    return isinstance(kind, Scalar | Array)


def _grouped(terms: list[Term]) -> list[tuple[Expr, list[Term]]]:
    """The terms by the place they go to, in the order of first appearance."""
    groups: dict[Expr, list[Term]] = {}
    for term in terms:
        groups.setdefault(term.place, []).append(term)
    return list(groups.items())
