"""Stores into shadows: plain namespaces, whatever the class of what they are shadows of."""

from __future__ import annotations

from dataclasses import replace

from srcad.core import Field, Function, Item, Stmt, Store, Var, replace_kind
from srcad.kinds import UNKNOWN
from srcad.simplify.blocks import map_statements

Names = frozenset[str]


def into_plain_shadows(function: Function, shadows: Names) -> Function:
    """`function`, in which stores into one of `shadows` are not known to be into a certain class.

    A frozen one would refuse them.
    """

    def change(stmt: Stmt) -> Stmt:
        if not isinstance(stmt, Store) or not isinstance(stmt.place, Item):
            return stmt
        place = stmt.place
        if not isinstance(place.index, Field) or _root(place) not in shadows:
            return stmt
        return replace(stmt, place=replace(place, base=replace_kind(place.base, UNKNOWN)))

    body = map_statements(function.body, change)
    return function if body is function.body else replace(function, body=body)


def _root(place: Item) -> str:
    base = place.base
    while isinstance(base, Item):
        base = base.base
    return base.name if isinstance(base, Var) else ""
