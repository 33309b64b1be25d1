"""The adjoint of a store that binds a place in a container anew, where shadows are tracked.

Beside `b.x = e` in the forward sweep stands `db.x = ...`, with the shadow of what the place now
refers to; the reverse sweep puts back what it referred to before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from srcad.analysis.references import may_add_key
from srcad.core import Assign, Const, Effect, Expr, Item, Slice, Stmt, Store, replace_kind
from srcad.kinds import ListOf, is_undecided
from srcad.reverse.accumulate import Accumulator
from srcad.reverse.context import State, base_var
from srcad.reverse.fit import fit
from srcad.reverse.leaves import Leaves, named
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
        shadow = context.shadow(place)
        assert isinstance(shadow, Item)
        context.restructured = True
        kept = self._kept(place, shadow)
        old = context.temporary(f"{_name(shadow)}_0", kept.kind)
        context.hoisted[old.name] = kept.kind
        tracking = self.leaves.tracking
        was = words.old_item(kept, context.certain(place))
        before: list[Stmt] = [Assign(old, words.kept_item(was) if was is kept else was)]
        after: list[Stmt] = []
        beside = before if tracking.existing(value) else after
        sliced = kept.index == words.ALL_ITEMS
        like = value if sliced else place
        new: Expr = tracking.in_place(value, tracking.shadow(value, stmt, like))
        sink = Accumulator(context, state)
        back = Effect(words.put_item(kept, old)) if may_add_key(stmt) else Store(kept, old)
        sink.out.append(back)
        fresh = {old.name}
        held: Expr = replace(shadow, kind=value.kind)
        if sliced:
            held = context.temporary(f"{_name(shadow)}_new", value.kind)
            context.hoisted[held.name] = value.kind
            beside.append(Assign(held, new))
            new = held
            fresh.add(held.name)
        beside.append(Store(shadow, new))
        handed = tracking.fresh(value) or tracking.handed_on(value, held) is not None
        if walk.active(value) and handed:
            walk.root = value
            undecided = not sliced and is_undecided(kept.base.kind)
            if undecided:
                held = words.kept_item(kept)
            held = walk.name_cotangent("d", held)
            if undecided:
                held = fit(held, value, walk.value_of)
            self.leaves.descend_items(walk, value, held)
            sink.out[:0] = walk.reverse[:1]
            sink.out += walk.reverse[1:]
            sink.add_terms(walk.terms)
        forward = [*walk.forward, *before, replace(stmt, value=walk.rewritten(value)), *after]
        return Leaf(stmt, forward, sink.out, named(walk) | fresh)

    def _kept(self, place: Item, shadow: Item) -> Item:
        """The place whose shadow is put back: of a slice of a list, which may grow, the list."""
        if isinstance(place.index, Slice) and isinstance(place.base.kind, ListOf):
            return Item(shadow.base, words.ALL_ITEMS, kind=place.base.kind)
        # what the base is at this very place, and not what the name is anywhere
        return replace(shadow, base=replace_kind(shadow.base, place.base.kind))


def _name(shadow: Item) -> str:
    key = shadow.index.value if isinstance(shadow.index, Const) else None
    named = isinstance(key, str) and key.isidentifier()
    return f"{base_var(shadow).name}_{key if named else 'item'}"
