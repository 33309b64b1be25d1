"""Generators that only kinds tell: methods, `__iter__`, functions that are values."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields, replace
from types import SimpleNamespace
from typing import Any

from srcad.core import (
    Block,
    Expr,
    For,
    Function,
    Op,
    Stmt,
    children,
    names_of,
    with_children,
)
from srcad.errors import UnsupportedConstruct
from srcad.frontend import exits
from srcad.frontend.context import Emitter
from srcad.frontend.generators import is_generator, open_call
from srcad.frontend.regions import Label, close, jumps_to, renamed
from srcad.frontend.streams import bind
from srcad.names import Names

# what uses up an iterator as a whole, before anything else happens
_USING_UP = (list, tuple, set, frozenset, dict, sum, min, max, sorted, any, all)
USING_UP = (*_USING_UP, math.fsum, math.prod)


class _Rewriting(Emitter):
    """Stands for the lowering of a function that is lowered already."""

    def __init__(self, function: Function, at: For, fresh: Callable[[str], str]) -> None:
        super().__init__(fresh, at.origin)
        taken = names_of(function) - set(function.captures)
        self.source = SimpleNamespace(fn=function.pyfunc, node=None)
        self.names = SimpleNamespace(fresh=fresh, locals=taken, inner={}, captures={}, bindings={})


def written_into(
    function: Function, loop: For, fresh: Callable[[str], str]
) -> tuple[Block, dict[str, Any]] | None:
    """A loop over a call of a generator, with the generator's body; and what that captures.

    None if it must be called for a list.
    """
    ctx: Any = _Rewriting(function, loop, fresh)
    assert isinstance(loop.iter, Op)
    with ctx.collecting() as whole:
        again = loop.iter.fn.__name__ in loop.iter.fn.__code__.co_names  # it may call itself
        known = function.pyfunc is not None and not again
        stream = open_call(ctx, loop.iter) if known else None
        if stream is None:
            return None
        left = Label()

        def item(value: Expr, last: bool) -> None:
            bind(ctx, loop.target, value)
            over = Label()
            body = jumps_to(renamed(loop.body, {}), left, None if last else over)
            ctx.block.extend(close(body, over, fresh))

        stream.run(loop.target, item)
    block = close(tuple(whole), left, fresh)
    return exits.in_tail_form(block, fresh), ctx.names.captures


def run_through(function: Function) -> Function:
    """`function` with the generators that kinds have told run through; else itself."""
    work = _RunThrough(function)
    body = work.block(function.body)
    if not work.changed:
        return function
    return replace(function, body=body, captures={**function.captures, **work.captures})


def is_generator_call(expr: Expr) -> bool:
    """Whether `expr` is the call of a generator function of the user's."""
    return isinstance(expr, Op) and is_generator(expr.fn)


class _RunThrough:
    """The work on one function. A call that lowering has found is in a `list` already."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.fresh = Names(names_of(function)).fresh
        self.captures: dict[str, Any] = {}
        self.changed = False

    def block(self, block: Block) -> Block:
        return tuple(new for stmt in block for new in self.statement(stmt))

    def statement(self, stmt: Stmt) -> Block:
        if isinstance(stmt, For):
            return self.loop(replace(stmt, body=self.block(stmt.body)))
        parts: dict[str, Any] = {}
        for part in fields(stmt):
            value = getattr(stmt, part.name)
            if isinstance(value, Expr):
                parts[part.name] = self.operand(value, None, False, False)
            elif isinstance(value, tuple) and value and isinstance(value[0], Stmt):
                parts[part.name] = self.block(value)
        return (replace(stmt, **parts),)

    def loop(self, stmt: For) -> Block:
        """A loop over a generator has the generator's body written into it."""
        if not is_generator_call(stmt.iter):
            return (replace(stmt, iter=self.expression(stmt.iter, runs=True)),)
        self.changed = True
        found = written_into(self.function, stmt, self.fresh)
        if found is None:
            return (replace(stmt, iter=Op(list, (stmt.iter,), origin=stmt.iter.origin)),)
        self.captures.update(found[1])
        return found[0]

    def expression(self, expr: Expr, runs: bool = False) -> Expr:
        """`expr` with generators as lists where they are used up; `runs` says a loop does."""
        parts = children(expr)
        if not parts:
            return expr
        fn = expr.fn if isinstance(expr, Op) else None
        beside = runs and (fn is zip or fn is enumerate)
        used = beside or any(fn is each for each in USING_UP)
        return with_children(expr, tuple(self.operand(part, fn, used, beside) for part in parts))

    def operand(self, expr: Expr, fn: Any, used: bool, runs: bool) -> Expr:
        new = self.expression(expr, runs)
        if not is_generator_call(new) or fn is list:
            return new
        if not used:
            raise UnsupportedConstruct(
                f"cannot differentiate `{expr.origin.text}`: it makes an iterator that lives on",
                "Put the items into a list, or run through it in a `for` loop",
                expr.origin,
            )
        self.changed = True
        return Op(list, (new,), origin=expr.origin)
