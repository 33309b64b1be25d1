"""What is added to an item of a shadow, added where it belongs.

Before: `drow = zero_shadow(row); drow["x"] += d; add_at(drows, k, drow)`.
After: `drows[k]["x"] += d`.
"""

from __future__ import annotations

import operator
from collections import Counter
from dataclasses import replace

from srcad import runtime
from srcad.core import (
    Assign,
    Block,
    Const,
    Effect,
    Expr,
    Function,
    Item,
    Op,
    Slice,
    Stmt,
    Store,
    Var,
    expressions_of,
    names_in,
    statements,
    substitute,
    targets_of,
    walk,
)
from srcad.kinds import DictOf, ListOf, ObjectOf, TupleOf
from srcad.simplify import blocks

_FORMS = (DictOf, ListOf, ObjectOf, TupleOf)


def add_in_place(function: Function) -> Function:
    """`function` without shadows of items that are only added to those of their lists."""
    whole = {name for s in statements(function.body) for name in [_begun(s)] if name}
    if not whole:
        return function
    bound = Counter(n for s in statements(function.body) for n in targets_of(s))
    read = Counter(
        part.name
        for s in statements(function.body)
        for e in expressions_of(s)
        for part in walk(e)
        if isinstance(part, Var)
    )

    def change(block: Block) -> Block:
        for end, stmt in enumerate(block):
            found = _added(stmt)
            if found is None or bound[found[1].name] != 1 or _root(found[0]) not in whole:
                continue
            place, part = found
            start = next((i for i in range(end) if _begun(block[i]) == part.name), None)
            if start is None or not _known_form(block[start]):
                continue
            stores = [s for s in block[start + 1 : end] if part.name in _names(s)]
            only = all(_adds_to(s, part.name) for s in stores)
            if only and len(stores) + 1 == read[part.name] and _untouched(block, start, end, place):
                return change(_moved(block, start, end, place, part.name))
        return block

    body = blocks.map_blocks(function.body, change)
    return function if body is function.body else replace(function, body=body)


def _begun(stmt: Stmt) -> str:
    """The name that gets a new shadow."""
    match stmt:
        case Assign(target=Var(name=name), value=Op(fn=fn), op=None):
            return name if fn in (runtime.zero_shadow, runtime.as_shadow) else ""
    return ""


def _known_form(stmt: Stmt) -> bool:
    """Whether it is the shadow of what certainly has parts that have shadows."""
    assert isinstance(stmt, Assign) and isinstance(stmt.value, Op)
    shadow_of = stmt.value.fn is runtime.zero_shadow and len(stmt.value.args) == 1
    return shadow_of and isinstance(stmt.value.args[0].kind, _FORMS)


def _added(stmt: Stmt) -> tuple[Item, Var] | None:
    """`add_at(shadow, index, part)`: the place, and the name of the part."""
    match stmt:
        case Effect(value=Op(fn=fn, args=(base, index, Var() as part))) if fn is runtime.add_at:
            single = isinstance(index, Var | Const) and not isinstance(index, Slice)
            return (Item(base, index, kind=part.kind), part) if single else None
    return None


def _root(place: Expr) -> str:
    while isinstance(place, Item):
        place = place.base
    return place.name if isinstance(place, Var) else ""


def _names(stmt: Stmt) -> set[str]:
    inner = tuple(statements((stmt,)))
    read = {n for s in inner for e in expressions_of(s) for n in names_in(e)}
    return read.union(*map(targets_of, inner))


def _adds_to(stmt: Stmt, name: str) -> bool:
    """Whether all that a statement does is add to a place in the shadow."""
    if not isinstance(stmt, Store) or stmt.op not in (operator.add, operator.sub):
        return False
    place = stmt.place
    inside = isinstance(place, Item) and _root(place) == name
    index = [p.index for p in walk(place) if isinstance(p, Item)]
    return inside and not any(name in names_in(e) for e in (stmt.value, *index))


def _untouched(block: Block, start: int, end: int, place: Item) -> bool:
    """Whether nothing in between looks at the shadow, or changes which place is meant."""
    own = names_in(place)
    between = block[start + 1 : end]
    bound = {n for s in statements(between) for n in targets_of(s)}
    return not bound & own and all(_root(place) not in _names(s) for s in between)


def _moved(block: Block, start: int, end: int, place: Item, name: str) -> Block:
    new: list[Stmt] = list(block[:start])
    for stmt in block[start + 1 : end]:
        if isinstance(stmt, Store) and name in _names(stmt):
            there = substitute(stmt.place, {name: place})
            assert isinstance(there, Item)
            stmt = replace(stmt, place=there)
        new.append(stmt)
    return (*new, *block[end + 1 :])
