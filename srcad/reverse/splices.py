"""The adjoint of stores into slices of lists, which may change their lengths, and of `del`."""

from __future__ import annotations

import operator
from dataclasses import replace

from srcad.core import (
    Assign,
    Effect,
    Expr,
    Item,
    List,
    Method,
    Op,
    Slice,
    Stmt,
    Store,
    Var,
)
from srcad.kinds import UNKNOWN, ListOf
from srcad.reverse.accumulate import Accumulator
from srcad.reverse.context import State, base_var
from srcad.reverse.leaves import Leaves, named
from srcad.reverse.steps import Leaf
from srcad.reverse.terms import Cotangent
from srcad.reverse.typing import typed
from srcad.rules import vocabulary as words


def is_splice(place: Expr) -> bool:
    """Whether a place is a slice of a list."""
    return (
        isinstance(place, Item)
        and isinstance(place.base.kind, ListOf)
        and isinstance(place.index, Slice)
    )


class Splices(Leaves):
    """Makes a `Leaf` of what puts items into a list or takes them out."""

    def bound(self, name: str, value: Expr) -> Assign:
        """The binding of a new name in the forward sweep."""
        var = self.context.temporary(name, value.kind)
        self.context.hoisted[var.name] = value.kind
        return Assign(var, value)

    def splice(self, stmt: Store, place: Item, state: State) -> Leaf:
        """`xs[i:j] = values`: the cotangents of the values are taken out, zeros put back."""
        owner = self.context.owner(base_var(place).name)
        walk = self.walker(stmt)
        sink = Accumulator(self.context, state)
        sink.make_buffer(owner)
        shadow = self.context.shadow(place)
        assert isinstance(shadow, Item)
        kept = self.bound("kept", typed(place))
        first, where = self._where(place, kept, shadow)
        spot = Item(shadow.base, where, kind=shadow.kind)
        d = self.context.temporary("d", shadow.kind)
        sink.out += [Assign(d, spot), Store(spot, words.zero_like(kept.target, kept.value.kind))]
        if walk.active(stmt.value):
            walk.descend(stmt.value, Cotangent(d))
        sink.out += walk.reverse
        sink.add_terms(walk.terms)
        forward: list[Stmt] = [*walk.forward, kept, *first]
        forward.append(replace(stmt, value=walk.rewritten(stmt.value)))
        if self.tracking.tracks(owner) and where is not place.index:
            forward.append(self._zeros(place, kept, first, shadow))
        fresh = named(walk) | {s.target.name for s in (kept, *first) if isinstance(s.target, Var)}
        return Leaf(stmt, forward, sink.out, fresh)

    def _where(self, place: Item, kept: Assign, shadow: Item) -> tuple[list[Assign], Slice]:
        """Where the values are in the shadow afterwards, and the bindings that tell."""
        index = place.index
        assert isinstance(index, Slice)
        if index.step is not None:
            return [], index
        if index.start is None and index.stop is None:
            return [], words.ALL_ITEMS
        size = self.bound("size", words.length(place.base))
        low = index.start if index.start is not None else words.number(0)
        start = self.bound("start", words.slice_start(low, size.target))
        count = words.subtracted(words.length(shadow.base), size.target)
        stop = words.add(words.add(start.target, words.length(kept.target)), count)
        return [size, start], Slice(start.target, typed(stop))

    def _zeros(self, place: Item, kept: Assign, first: list[Assign], shadow: Item) -> Stmt:
        """What the forward sweep does to a shadow that is there already."""
        self.context.restructured = True
        if not first:
            return Store(shadow, words.zero_like(place.base, place.base.kind))
        size, _ = first
        grown = words.subtracted(words.length(place.base), size.target)
        count = typed(words.add(words.length(kept.target), grown))
        return Store(shadow, Op(operator.mul, (List((words.ZERO,)), count)))

    def deletion(self, stmt: Effect, state: State) -> Leaf | None:
        """`del d[key]`: a zero in the shadow."""
        op = stmt.value
        if not isinstance(op, Op) or op.fn is not operator.delitem:
            return None
        base, key = op.args
        owner = self.context.owner(base_var(base).name)
        if owner not in state:
            return Leaf(stmt, [stmt])
        sink = Accumulator(self.context, state)
        sink.make_buffer(owner)
        old = typed(Item(base, key))
        shadow = self.context.shadow(old)
        if not self.tracking.tracks(owner):
            sink.out.append(Store(_item(shadow), words.zero_like(old, old.kind)))
            return Leaf(stmt, [stmt], sink.out)
        self.context.restructured = True
        kept = self.bound("kept", replace(shadow, kind=UNKNOWN))
        gone = Effect(Op(Method("pop"), (_item(shadow).base, key)))
        sink.out.append(Store(_item(shadow), kept.target))
        return Leaf(stmt, [kept, stmt, gone], sink.out, {_name(kept)})


def _item(expr: Expr) -> Item:
    assert isinstance(expr, Item)
    return expr


def _name(assign: Assign) -> str:
    assert isinstance(assign.target, Var)
    return assign.target.name
