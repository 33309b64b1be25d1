"""What statements overwrite inside of memory, and how that is put back."""

from __future__ import annotations

import operator
from collections.abc import Callable

from srcad.analysis.references import may_add_key
from srcad.core import (
    Assign,
    Const,
    Effect,
    Expr,
    Item,
    Method,
    Op,
    Slice,
    Stmt,
    Store,
    Var,
)
from srcad.kinds import Array, Kind, ListOf, Scalar, is_undecided
from srcad.reverse.bindings import in_place
from srcad.reverse.context import Context, base_var
from srcad.reverse.reads import Needed
from srcad.rules import vocabulary as words


def whole_change(stmt: Stmt) -> Needed:
    """The location that a statement changes as a whole, so that saving it saves all of it."""
    if in_place(stmt) and isinstance(stmt, Assign) and isinstance(stmt.target, Var):
        return frozenset((f"{stmt.target.name}[]",))
    if isinstance(stmt, Store) and isinstance(stmt.place, Item):
        base = stmt.place.base
        if isinstance(base.kind, ListOf) and not isinstance(base.kind.item, Scalar):
            return frozenset()  # what the list referred to is needed as it was
        if stmt.place.index in (words.EVERYTHING, words.ALL_ITEMS) and isinstance(base, Var):
            return frozenset((f"{base.name}[]",))
    return frozenset()


# the name whose inside is changed, the value to keep (None for none), how it is put back
Change = tuple[str, Expr | None, Callable[[Expr], Stmt]]


def inside_changes(stmt: Stmt, context: Context) -> list[Change]:
    """What a statement overwrites inside of memory."""
    if isinstance(stmt, Store) and isinstance(stmt.place, Item):
        return [_overwritten(stmt, stmt.place, context)]
    if isinstance(stmt, Assign) and stmt.op is not None and isinstance(stmt.target, Var):
        target = stmt.target
        value = words.copy_of(target, target.kind)
        # in place, as the array may be known by other names, or be recorded itself
        if isinstance(target.kind, Array):
            whole = Item(target, words.EVERYTHING, kind=target.kind)
            return [(target.name, value, lambda saved: Store(whole, saved))]
        return [(target.name, value, lambda saved: Assign(target, saved))]
    return _call_changes(stmt, context)


def _overwritten(stmt: Store, place: Item, context: Context) -> Change:
    """What a store overwrites: elements of an array, or a reference in a list, dict or object."""
    name, old = base_var(place).name, words.old_item(place, context.certain(place))
    if isinstance(place.base.kind, Array):
        value = words.copy_of(old, place.kind)
    elif may_add_key(stmt):
        if isinstance(old, Const):  # there is nothing yet
            gone = Effect(Op(operator.delitem, (place.base, place.index)))
            return (name, None, lambda saved: gone)
        return (name, old, lambda saved: Effect(words.put_item(place, saved)))
    elif isinstance(place.base.kind, ListOf) and isinstance(place.index, Slice):
        whole = Item(place.base, words.ALL_ITEMS, kind=place.base.kind)  # it may have grown
        return (name, whole, lambda saved: Store(whole, saved))
    elif stmt.op is None and is_undecided(place.base.kind):
        value = words.kept_item(place)
    elif stmt.op is None and not isinstance(place.index, Slice):
        value = old  # it is left as it is
    elif isinstance(place.kind, Array):  # changed in place
        whole = Item(place, words.EVERYTHING, kind=place.kind)
        return (name, words.copy_of(old, place.kind), lambda saved: Store(whole, saved))
    else:
        value = words.copy_of(old, place.kind)
    return (name, value, lambda saved: Store(place, saved))


def _call_changes(stmt: Stmt, context: Context) -> list[Change]:
    value = stmt.value if isinstance(stmt, Effect | Assign) else None
    if isinstance(value, Op) and isinstance(value.fn, Method) and value.args:
        receiver = value.args[0]
        if value.fn == Method("append"):
            undo = Effect(Op(Method("pop"), (receiver,)))
            return [("", None, lambda saved: undo)]
        if value.fn == Method("pop") and len(value.args) == 1:
            top = Item(receiver, Const(-1))
            name = base_var(receiver).name
            return [(name, top, lambda saved: Effect(Op(Method("append"), (receiver, saved))))]
    scattered = words.scattered(value) if value is not None else None
    if scattered is not None:
        place = scattered[0]
        kept = words.copy_of(place, place.kind)
        return [(base_var(place).name, kept, lambda saved: Store(place, saved))]
    return [_whole(name, context) for name in sorted(context.memory.writes_of(stmt))]


def _whole(name: str, context: Context) -> Change:
    var = Var(name, kind=context.kind(name))
    if not isinstance(var.kind, Array) and not _is_flat(var.kind):
        return (name, words.snapshot(var), lambda saved: Effect(words.put_back(saved)))
    index = words.EVERYTHING if isinstance(var.kind, Array) else words.ALL_ITEMS
    place = Item(var, index, kind=var.kind)
    return (name, words.copy_of(var, var.kind), lambda saved: Store(place, saved))


def _is_flat(kind: Kind) -> bool:
    return isinstance(kind, ListOf) and isinstance(kind.item, Scalar)
