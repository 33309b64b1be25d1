"""Numbers in names: gone where the name without one has come free, small where they are needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from srcad.blocks import with_blocks
from srcad.core import (
    Assert,
    Assign,
    Block,
    Effect,
    Expr,
    For,
    Function,
    If,
    Raise,
    Return,
    Stmt,
    Store,
    Try,
    Var,
    While,
    With,
    blocks_of,
    expressions_of,
    names_of,
    rewrite,
    statements,
    targets_of,
    walk,
)
from srcad.names import Names


def renumber(function: Function, numbered: Mapping[str, str], taken: set[str]) -> Function:
    """`function` with the names in `numbered` (each with the name it was wished to be) numbered
    again in the order of the text; `taken` are names that must stay free.

    Before: `d4 = ...; total2 = ...` where nothing is called `d` or `total`. After: `d`, `total`.
    """
    order = [name for name in _in_order(function) if name in numbered]
    fixed = (names_of(function) | taken) - set(order)
    names = Names(fixed)
    new = {name: names.fresh(numbered[name]) for name in order}
    if all(old == name for old, name in new.items()):
        return function
    params = tuple(replace(p, name=new.get(p.name, p.name)) for p in function.params)
    shared = frozenset(frozenset(new.get(n, n) for n in pair) for pair in function.shared)
    return replace(function, params=params, body=_renamed(function.body, new), shared=shared)


def _in_order(function: Function) -> list[str]:
    """The names that a function binds, in the order of the text."""
    found: dict[str, None] = {param.name: None for param in function.params}
    for stmt in statements(function.body):
        for name in targets_of(stmt):
            found.setdefault(name)
        for expr in expressions_of(stmt):
            for node in walk(expr):
                if isinstance(node, Var):
                    found.setdefault(node.name)
    return list(found)


def _renamed(block: Block, new: Mapping[str, str]) -> Block:
    return tuple(_statement(stmt, new) for stmt in block)


def _expression(expr: Expr, new: Mapping[str, str]) -> Expr:
    def change(node: Expr) -> Expr | None:
        if isinstance(node, Var) and node.name in new:
            return replace(node, name=new[node.name])
        return None

    return rewrite(expr, change)


def _statement(stmt: Stmt, new: Mapping[str, str]) -> Stmt:
    def on(expr: Expr | None) -> Expr | None:
        return None if expr is None else _expression(expr, new)

    match stmt:
        case Assign() | For():
            stmt = replace(stmt, target=on(stmt.target))  # type: ignore[arg-type]
        case Store():
            stmt = replace(stmt, place=on(stmt.place))  # type: ignore[arg-type]
    match stmt:
        case Assign(value=value) | Store(value=value) | Return(value=value) | Effect(value=value):
            return replace(stmt, value=on(value))  # type: ignore[arg-type]
        case If(test=test, then=then, orelse=orelse):
            inner = _renamed(then, new), _renamed(orelse, new)
            return replace(stmt, test=_expression(test, new), then=inner[0], orelse=inner[1])
        case For(iter=iterable, body=body):
            return replace(stmt, iter=_expression(iterable, new), body=_renamed(body, new))
        case While(test=test, body=body):
            return replace(stmt, test=_expression(test, new), body=_renamed(body, new))
        case With(context=context, body=body):
            return replace(stmt, context=_expression(context, new), body=_renamed(body, new))
        case Try(types=types):
            stmt = replace(stmt, types=tuple(_expression(t, new) for t in types))
            return with_blocks(stmt, tuple(_renamed(block, new) for block in blocks_of(stmt)))
        case Raise(exc=exc, cause=cause):
            return replace(stmt, exc=on(exc), cause=on(cause))
        case Assert(test=test, message=message):
            return replace(stmt, test=_expression(test, new), message=on(message))
    return stmt
