"""Regions: a block that can be left from anywhere inside it, as a loop is by `break`.

Where a loop's body is written into the loops that produce its items, `break` and `continue` no
longer belong to one loop: they become `Leave`s of a region. `close` brings a region into a form
without them, by what `exits` does for the returns of a function.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from srcad.blocks import leaves, with_blocks
from srcad.core import (
    Block,
    Break,
    Const,
    Continue,
    Effect,
    Expr,
    For,
    If,
    Op,
    Return,
    Stmt,
    Try,
    Var,
    While,
    With,
    blocks_of,
    substitute,
    walk,
)
from srcad.frontend import exits
from srcad.frontend.exits import Fresh, LoopElse, negated


class Label:
    """What a `Leave` leaves."""


@dataclass(frozen=True, slots=True)
class Leave(Stmt):
    """Go on behind the region `label`; it exists inside the lowering of one loop only."""

    label: Label


def jumps_to(body: Block, on_break: Label | None, on_continue: Label | None) -> Block:
    """A loop's body with its own `break` and `continue` as leaves of regions (None: kept)."""

    def change(stmt: Stmt) -> Stmt:
        if isinstance(stmt, Break) and on_break is not None:
            return Leave(on_break, origin=stmt.origin)
        if isinstance(stmt, Continue) and on_continue is not None:
            return Leave(on_continue, origin=stmt.origin)
        return stmt

    return _own(body, change)


def _own(block: Block, change: Callable[[Stmt], Stmt]) -> Block:
    """`block` with `change` made of its statements, those in loops inside it left out."""
    done: list[Stmt] = []
    for stmt in block:
        if isinstance(stmt, If):
            then, orelse = _own(stmt.then, change), _own(stmt.orelse, change)
            done.append(replace(stmt, then=then, orelse=orelse))
        elif isinstance(stmt, LoopElse):  # a jump in the `else` is one of the loop outside
            done.append(replace(stmt, orelse=_own(stmt.orelse, change)))
        else:
            done.append(change(stmt))
    return tuple(done)


def close(block: Block, label: Label, fresh: Fresh) -> Block:
    """`block` without leaves of `label`: each of them goes on at its end."""
    block = _as_breaks(block, label)
    if not _has(block, label):
        return block
    marker = Return(Const(label))
    marked = each(block, lambda s: replace(marker, origin=s.origin) if _is(s, label) else s)
    return _without(exits.in_tail_form(marked, fresh), marker)


def _is(stmt: Stmt, label: Label) -> bool:
    return isinstance(stmt, Leave) and stmt.label is label


def _has(block: Block, label: Label) -> bool:
    found = False

    def look(stmt: Stmt) -> Stmt:
        nonlocal found
        found = found or _is(stmt, label)
        return stmt

    each(block, look)
    return found


def each(block: Block, change: Callable[[Stmt], Stmt]) -> Block:
    """`block` with `change` made of each simple statement in it, wherever."""
    return tuple(_each(stmt, change) for stmt in block)


def _each(stmt: Stmt, change: Callable[[Stmt], Stmt]) -> Stmt:
    match stmt:
        case If(then=then, orelse=orelse):
            return replace(stmt, then=each(then, change), orelse=each(orelse, change))
        case For(body=body) | While(body=body):
            return replace(stmt, body=each(body, change))
        case LoopElse(loop=loop, orelse=orelse):
            inner = replace(loop, body=each(loop.body, change))
            return replace(stmt, loop=inner, orelse=each(orelse, change))
        case With() | Try():
            return with_blocks(stmt, tuple(each(block, change) for block in blocks_of(stmt)))
    return change(stmt)


def _as_breaks(block: Block, label: Label) -> Block:
    """`block` where leaving `label` by ending the last loop, or the block, is all there is."""
    if not block:
        return block
    *before, last = block
    if _is(last, label):
        return tuple(before)
    if isinstance(last, For | While):
        last = replace(last, body=_own(last.body, _breaking(label)))
    elif isinstance(last, If):
        then, orelse = _as_breaks(last.then, label), _as_breaks(last.orelse, label)
        last = replace(last, then=then, orelse=orelse, tail=last.tail and leaves(then))
        if not then:
            return (*before, *_only_else(last))
    return (*before, last)


def _breaking(label: Label) -> Callable[[Stmt], Stmt]:
    return lambda stmt: Break(origin=stmt.origin) if _is(stmt, label) else stmt


def _without(block: Block, marker: Return) -> Block:
    """`block`, in tail form, without the returns that stand for leaving it."""
    done: list[Stmt] = []
    for stmt in block:
        if isinstance(stmt, If):
            then, orelse = _without(stmt.then, marker), _without(stmt.orelse, marker)
            stmt = replace(stmt, then=then, orelse=orelse, tail=stmt.tail and leaves(then))
            done += (stmt,) if then else _only_else(stmt)
        elif stmt != marker:
            done.append(stmt)
    return tuple(done)


def _only_else(stmt: If) -> Block:
    """An `if` with an empty first branch."""
    if not stmt.orelse:
        return (Effect(stmt.test, origin=stmt.origin),) if _calls(stmt.test) else ()
    return (replace(stmt, test=negated(stmt.test), then=stmt.orelse, orelse=(), tail=False),)


def _calls(test: Expr) -> bool:
    """Whether evaluating the test is more than comparing values."""
    known = {"_operator", "operator"}
    ops = [part for part in walk(test) if isinstance(part, Op)]
    return not all(getattr(op.fn, "__module__", None) in known for op in ops)


def renamed(block: Block, values: dict[str, Expr]) -> Block:
    """`block` with variables replaced, where they are read and (by variables) where bound."""
    return tuple(_renamed(stmt, values) for stmt in block)


def _renamed(stmt: Stmt, values: dict[str, Expr]) -> Stmt:
    new: dict[str, Any] = {}
    for name in stmt.__dataclass_fields__:
        part = getattr(stmt, name)
        if isinstance(part, Expr):
            new[name] = substitute(part, values)
        elif isinstance(part, For | While):
            new[name] = _renamed(part, values)
        elif name == "own":
            new[name] = tuple(_new_name(each_name, values) for each_name in part)
        elif isinstance(part, tuple):
            new[name] = _renamed_all(part, values)
    return replace(stmt, **new)  # a statement of its own, also where nothing is replaced


def _new_name(name: str, values: dict[str, Expr]) -> str:
    new = values.get(name)
    return new.name if isinstance(new, Var) else name


def _renamed_all(parts: tuple[Any, ...], values: dict[str, Expr]) -> tuple[Any, ...]:
    """A block, several of them, or expressions."""
    done: list[Any] = []
    for part in parts:
        if isinstance(part, Stmt):
            done.append(_renamed(part, values))
        elif isinstance(part, Expr):
            done.append(substitute(part, values))
        else:
            done.append(_renamed_all(part, values))
    return tuple(done)
