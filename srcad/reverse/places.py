"""Places in adjoints: how something is added to one."""

from __future__ import annotations

import operator

from srcad.core import Assign, Const, Effect, Expr, Item, Op, Slice, Stmt, Store, Tuple, Var
from srcad.kinds import Array, Scalar, dims_of, is_unknown
from srcad.rules import vocabulary as words


def add_into(place: Expr, value: Expr) -> Stmt:
    """`place += value` for a place in an owned buffer."""
    if isinstance(place, Item):
        repeats = may_repeat(place)
        if isinstance(place.base.kind, Array) and repeats:
            return Effect(words.scatter_add(place.base, place.index, value))
        known = isinstance(place.base.kind, Array) or isinstance(place.kind, Scalar | Array)
        if known and not repeats:
            return Store(place, value, operator.add)
        return Effect(words.tree_add_at(place.base, place.index, value))
    if isinstance(place, Var):
        return Assign(place, value, operator.add)
    return Store(Item(place, words.EVERYTHING, kind=place.kind), value, operator.add)


def may_repeat(place: Item) -> bool:
    """Whether the index may name one element twice."""
    if not isinstance(place.base.kind, Array) and not is_unknown(place.base.kind):
        return False
    parts = place.index.items if isinstance(place.index, Tuple) else (place.index,)
    return any(_repeating(part) for part in parts) and not _counts(parts)


def _counts(parts: tuple[Expr, ...]) -> bool:
    """Whether index arrays of one length, one of which counts up, are taken together."""
    lengths = {dims_of(part.kind) for part in parts if isinstance(part.kind, Array)}
    known = [
        dims for dims in lengths if dims is not None and len(dims) == 1 and dims[0] is not None
    ]
    if len(lengths) != 1 or not known:
        return False
    return any(isinstance(part, Op) and part.fn is words.ARANGE for part in parts)


def _repeating(part: Expr) -> bool:
    if isinstance(part, Slice) or isinstance(part.kind, Scalar):
        return False
    if isinstance(part, Const):
        return False
    if isinstance(part.kind, Array) and part.kind.dtype == "bool":
        return False
    counts = isinstance(part, Op) and part.fn is words.ARANGE
    return not (counts and isinstance(part.kind, Array))
