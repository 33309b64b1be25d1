"""The sum of a list that is put together for nothing else, taken as a running total.

    items = []                      items = []; total = 0.0
    for x in xs:                    for x in xs:
        items.append(f(x))              item = f(x); items.append(item); total += item
    s = sum(items)                  s = the total, which is sum(items)

The cotangent of each item is then that of the sum, and no list of them is needed. The value is
still the user's `sum`, to the last bit; the total itself is never computed.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from srcad.blocks import with_blocks
from srcad.core import (
    TOTAL,
    Assign,
    Block,
    Const,
    Effect,
    Expr,
    Function,
    List,
    Method,
    Op,
    Stmt,
    Try,
    Var,
    Verbatim,
    blocks_of,
    expressions_of,
    names_in,
    rewrite,
    statements,
    targets_of,
    walk,
)
from srcad.kinds import ListOf, Scalar, is_inexact
from srcad.simplify.blocks import map_expressions


def with_totals(function: Function, fresh: Callable[[str], str]) -> Function:
    """`function`, its kinds known, with totals beside lists that are only summed."""
    lists = _only_summed(function)
    if not lists:
        return function
    work = _Totals({name: fresh("total") for name in sorted(lists)}, fresh)
    return replace(function, body=work.block(function.body))


def as_sums(block: list[Stmt]) -> list[Stmt]:
    """`block` with the user's `sum` where a total stands for it."""

    def change(expr: Expr) -> Expr | None:
        if isinstance(expr, Op) and expr.fn is TOTAL:
            return replace(expr, fn=sum, args=expr.args[1:])
        return None

    return [map_expressions(stmt, lambda expr: rewrite(expr, change)) for stmt in block]


@dataclass
class _Totals:
    totals: dict[str, str]
    fresh: Callable[[str], str]

    def block(self, block: Block) -> Block:
        return tuple(new for stmt in block for new in self.statement(stmt))

    def statement(self, stmt: Stmt) -> Iterator[Stmt]:
        name = _started(stmt)
        if name in self.totals:
            yield stmt
            yield Assign(Var(self.totals[name]), Const(0.0), origin=stmt.origin)
            return
        appended = _appended(stmt)
        if appended is not None and appended[0] in self.totals:
            yield from self.append(stmt, *appended)
            return
        new = _with_expressions(stmt, self.summed)
        yield with_blocks(new, tuple(map(self.block, blocks_of(new))))

    def append(self, stmt: Stmt, name: str, value: Expr) -> Iterator[Stmt]:
        item = value
        if not isinstance(value, Var | Const):
            item = Var(self.fresh("item"), kind=value.kind)
            yield Assign(item, value, origin=stmt.origin)
        yield Effect(Op(Method("append"), (Var(name), item)), origin=stmt.origin)
        yield Assign(Var(self.totals[name]), item, operator.add, origin=stmt.origin)

    def summed(self, expr: Expr) -> Expr | None:
        name = _summed(expr)
        if name not in self.totals:
            return None
        assert isinstance(expr, Op)
        return replace(expr, fn=TOTAL, args=(Var(self.totals[name]), *expr.args))


def _with_expressions(stmt: Stmt, change: Callable[[Expr], Expr | None]) -> Stmt:
    """`stmt` with its own expressions changed."""
    parts = {name: getattr(stmt, name) for name in stmt.__dataclass_fields__}
    new: dict[str, Any] = {n: rewrite(p, change) for n, p in parts.items() if isinstance(p, Expr)}
    return replace(stmt, **new)


def _only_summed(function: Function) -> set[str]:
    """The lists of numbers that are made empty, appended to and summed, each sum being of all."""
    begun: Counter[str] = Counter()
    bound: Counter[str] = Counter()
    seen: Counter[str] = Counter()  # all that is read
    known: Counter[str] = Counter()  # what is understood of it
    summed: Counter[str] = Counter()
    barred = {n for s in statements(function.body) if isinstance(s, Try) for n in _names_in(s)}
    for stmt in statements(function.body):
        bound.update(targets_of(stmt))
        begun.update([name] if (name := _started(stmt)) else [])
        seen.update(_reads(stmt))
        appended = _appended(stmt)
        if appended is not None and isinstance(appended[1].kind, Scalar):
            known[appended[0]] += 1
        for node in (node for expr in expressions_of(stmt) for node in walk(expr)):
            name = _summed(node)
            if name:
                summed[name] += 1
                known[name] += 1
    return {
        name
        for name, times in begun.items()
        if times == bound[name] == summed[name] == 1
        and seen[name] == known[name] > 1
        and name not in barred
    }


def _names_in(stmt: Stmt) -> set[str]:
    inner = statements((stmt,))
    return {n for s in inner for e in expressions_of(s) for n in names_in(e)}


def _reads(stmt: Stmt) -> Iterator[str]:
    for expr in expressions_of(stmt):
        for node in walk(expr):
            if isinstance(node, Var):
                yield node.name
            elif isinstance(node, Verbatim):
                yield from node.names


def _started(stmt: Stmt) -> str:
    match stmt:
        case Assign(target=Var(name=name), value=List(items=()), op=None):
            return name
    return ""


def _appended(stmt: Stmt) -> tuple[str, Expr] | None:
    match stmt:
        case Effect(value=Op(fn=Method("append"), args=(Var(name=name), value))):
            return None if name in names_in(value) else (name, value)
    return None


def _summed(expr: Expr) -> str:
    """The list whose sum this is, if it is a list of numbers that carry a derivative."""
    if not isinstance(expr, Op) or expr.fn is not sum or len(expr.args) != 1 or expr.kwargs:
        return ""
    items = expr.args[0]
    if not isinstance(items, Var) or not isinstance(items.kind, ListOf):
        return ""
    item = items.kind.item
    known = isinstance(item, Scalar) and item.dtype != "object" and is_inexact(item.dtype)
    return items.name if known else ""
