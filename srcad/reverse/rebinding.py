"""The adjoint of a store that binds a place in a container anew, where shadows are tracked.

Beside `b.x = e` in the forward sweep stands `db.x = ...`, with the shadow of what the place now
refers to; the reverse sweep puts back what it referred to before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from srcad.core import Assign, Const, Item, Slice, Stmt, Store, replace_kind
from srcad.kinds import ListOf
from srcad.reverse.accumulate import Accumulator
from srcad.reverse.context import State, base_var
from srcad.reverse.leaves import Leaves, named, refused
from srcad.reverse.steps import Leaf
from srcad.reverse.terms import Walk
from srcad.rules import vocabulary as words


@dataclass
class Rebinding:
    """The store `stmt` while its `Leaf` is made."""

    leaves: Leaves
    stmt: Store
    walk: Walk

    def leaf(self, state: State) -> Leaf:
        stmt, walk, context = self.stmt, self.walk, self.leaves.context
        place, value = stmt.place, stmt.value
        assert isinstance(place, Item)
        if isinstance(place.index, Slice) and isinstance(place.base.kind, ListOf):
            raise refused(stmt, "it replaces items that are written into", "Store item by item")
        shadow = context.shadow(place)
        context.restructured = True
        assert isinstance(shadow, Item)
        old = context.temporary(f"{_name(shadow)}_0", shadow.kind)
        context.hoisted[old.name] = shadow.kind
        tracking = self.leaves.tracking
        exact = replace(shadow, base=replace_kind(shadow.base, place.base.kind))
        before: list[Stmt] = [Assign(old, words.old_item(exact, context.certain(place)))]
        after: list[Stmt] = []
        beside = Store(shadow, tracking.shadow_of(value, stmt, place))
        (before if tracking.existing(value) else after).append(beside)
        sink = Accumulator(context, state)
        sink.out.append(Store(shadow, old))
        if walk.active(value) and not tracking.existing(value):
            walk.root = value
            held = walk.name_cotangent("d", replace(shadow, kind=value.kind))
            self.leaves.descend_items(walk, value, held)
            sink.out[:0] = walk.reverse[:1]
            sink.out += walk.reverse[1:]
            sink.add_terms(walk.terms)
        forward = [*walk.forward, *before, replace(stmt, value=walk.rewritten(value)), *after]
        return Leaf(stmt, forward, sink.out, named(walk) | {old.name})


def _name(shadow: Item) -> str:
    key = shadow.index.value if isinstance(shadow.index, Const) else None
    return f"{base_var(shadow).name}_{key if str(key).isidentifier() else 'item'}"
