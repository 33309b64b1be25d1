"""Looking at statements with all that is in them, and changing their expressions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from srcad.blocks import with_blocks
from srcad.core import (
    Assert,
    Assign,
    Attr,
    Block,
    Effect,
    Expr,
    For,
    If,
    Item,
    Raise,
    Return,
    Stmt,
    Store,
    Try,
    While,
    With,
    blocks_of,
)

Change = Callable[[Expr], Expr]
Node = TypeVar("Node")


def map_blocks(block: Block, change: Callable[[Block], Block]) -> Block:
    """`block` with `change` applied to it and to each block inside, the innermost first."""
    inner = tuple(_with_blocks(stmt, change) for stmt in block)
    return change(_kept_same(block, inner))


def map_statements(block: Block, change: Callable[[Stmt], Stmt]) -> Block:
    """`block` with `change` applied to each statement, from the innermost out."""
    return map_blocks(block, lambda inner: _kept_same(inner, tuple(map(change, inner))))


def _kept_same(old: Block, new: Block) -> Block:
    return old if all(a is b for a, b in zip(old, new, strict=True)) else new


def _with_blocks(stmt: Stmt, change: Callable[[Block], Block]) -> Stmt:
    return with_blocks(stmt, tuple(map_blocks(block, change) for block in blocks_of(stmt)))


def map_expressions(stmt: Stmt, change: Change) -> Stmt:
    """`stmt` with `change` applied to all it evaluates, and to what the blocks in it evaluate."""
    match stmt:
        case Assign(value=value) | Effect(value=value):
            return _with(stmt, value=change(value))
        case Store(place=place, value=value):
            return _with(stmt, place=_place(place, change), value=change(value))
        case If(test=test, then=then, orelse=orelse):
            new = _each(then, change), _each(orelse, change)
            return _with(stmt, test=change(test), then=new[0], orelse=new[1])
        case For(iter=iterable, body=body):
            return _with(stmt, iter=change(iterable), body=_each(body, change))
        case While(test=test, body=body):
            return _with(stmt, test=change(test), body=_each(body, change))
        case With(context=context, body=body):
            return _with(stmt, context=change(context), body=_each(body, change))
        case Try(types=types):
            inner = tuple(_each(block, change) for block in blocks_of(stmt))
            changed = tuple(map(change, types))
            same = all(a is b for a, b in zip(changed, types, strict=True))
            return with_blocks(stmt if same else replace(stmt, types=changed), inner)
        case Return(value=value):
            return stmt if value is None else _with(stmt, value=change(value))
        case Raise(exc=exc, cause=cause):
            return _with(stmt, exc=exc and change(exc), cause=cause and change(cause))
        case Assert(test=test, message=message):
            return _with(stmt, test=change(test), message=message and change(message))
    return stmt


def _each(block: Block, change: Change) -> Block:
    return _kept_same(block, tuple(map_expressions(stmt, change) for stmt in block))


def _place(place: Item | Attr, change: Change) -> Item | Attr:
    base = change(place.base)
    if isinstance(place, Item):
        return _with(place, base=base, index=change(place.index))
    return _with(place, base=base)


def _with(node: Node, **parts: Any) -> Node:
    """`node` with these parts; itself if they are those it has."""
    if all(getattr(node, name) is part for name, part in parts.items()):
        return node
    return replace(node, **parts)  # type: ignore[type-var]
