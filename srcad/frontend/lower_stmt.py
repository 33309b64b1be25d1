"""Statements: what each of Python's means in the core language, one short function for each.

The result still has `return` inside loops and loops with `else`; `exits` brings it into the
normal form of the core language.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import gast

from srcad.core import (
    Assert,
    Assign,
    Block,
    Break,
    Const,
    Continue,
    Effect,
    Expr,
    For,
    If,
    Op,
    Raise,
    Return,
    Store,
    Var,
    While,
    children,
    with_children,
)
from srcad.frontend import comprehensions, consumers, refusals, streams, targets
from srcad.frontend.context import Context
from srcad.frontend.exits import LoopElse
from srcad.frontend.lower_expr import OPERATORS, apart, expression


def block(ctx: Context, nodes: list[Any]) -> Block:
    """Lower the statements of a block."""
    origin = ctx.origin
    with ctx.collecting() as lowered:
        for node in nodes:
            lower = _TABLE.get(type(node))
            if lower is None:
                raise refusals.refuse(ctx, node)
            ctx.enter(node)
            lower(ctx, node)
    ctx.origin = origin
    return tuple(lowered)


def _assign(ctx: Context, node: Any) -> None:
    first, *others = node.targets
    if not others and comprehensions.assign(ctx, first, node.value):
        return
    if not others and _is_exchange(first, node.value):
        targets.store_each(ctx, first.elts, node.value.elts)
        return
    value = expression(ctx, node.value)
    if others:
        value = _shared(ctx, first, value)
        others = others if isinstance(first, gast.Name) else node.targets
    for target in others or [first]:
        targets.store(ctx, target, value)


def _shared(ctx: Context, first: Any, value: Expr) -> Expr:
    """`a = b = value`: what the targets after the first are assigned."""
    if isinstance(first, gast.Name):
        targets.store(ctx, first, value)
        return value if isinstance(value, Const) else targets.name(ctx, first)
    return ctx.hold(value)


def _is_exchange(target: Any, value: Any) -> bool:
    """Whether both sides are displays of one length, with places other than names on the left."""
    if not isinstance(target, gast.Tuple | gast.List) or targets.all_names(target):
        return False
    if not isinstance(value, gast.Tuple | gast.List) or len(value.elts) != len(target.elts):
        return False
    return not any(isinstance(item, gast.Starred) for item in (*target.elts, *value.elts))


def _augmented(ctx: Context, node: Any) -> None:
    op = OPERATORS[type(node.op)]
    if isinstance(node.target, gast.Name):
        value = expression(ctx, node.value)
        ctx.emit(Assign(targets.name(ctx, node.target), value, op))
        return
    place = targets.place(ctx, node.target)
    before, value = apart(ctx, node.value)
    if not before:
        ctx.emit(Store(place, value, op))
        return
    # Python reads the place first: `old = place; ...; old op= value; place = old`
    place = _with_held_parts(ctx, place)
    old = ctx.temporary("value", place)
    ctx.block.extend(before)
    ctx.emit(Assign(old, value, op))
    ctx.emit(Store(place, old))


def _with_held_parts(ctx: Context, place: Any) -> Any:
    return with_children(place, tuple(ctx.hold(part) for part in children(place)))


def _annotated(ctx: Context, node: Any) -> None:
    if node.value is not None and not comprehensions.assign(ctx, node.target, node.value):
        targets.store(ctx, node.target, expression(ctx, node.value))


def _if(ctx: Context, node: Any) -> None:
    test = expression(ctx, node.test)
    ctx.emit(If(test, block(ctx, node.body), block(ctx, node.orelse)))


def _for(ctx: Context, node: Any) -> None:
    stream = streams.opened(ctx, node.iter)
    names, later = targets.pattern(ctx, node.target)
    iterable = stream.iterable
    if iterable is None or not streams.fits(ctx, iterable, names):
        consumers.loop(ctx, node, stream, (names, later), block)
        return
    with ctx.collecting() as stores:
        targets.store_later(ctx, later)
    loop = For(names, iterable, (*stores, *block(ctx, node.body)), origin=ctx.origin)
    _emit_loop(ctx, loop, block(ctx, node.orelse))


def _while(ctx: Context, node: Any) -> None:
    before, test = apart(ctx, node.test)
    body, orelse = block(ctx, node.body), block(ctx, node.orelse)
    if not before:
        _emit_loop(ctx, While(test, body, origin=ctx.origin), orelse)
        return
    if any(isinstance(n, gast.Break | gast.Continue) for s in node.orelse for n in gast.walk(s)):
        why = "its test needs statements of its own and its `else` jumps"
        raise ctx.refusal(node, why, "Compute the test inside a `while True` loop")
    leave: Block = (*orelse, Break(origin=ctx.origin))
    stop = If(Op(operator.not_, (test,)), leave, origin=ctx.origin)
    ctx.emit(While(Const(True), (*before, stop, *body)))


def _emit_loop(ctx: Context, loop: For | While, orelse: Block) -> None:
    ctx.emit(LoopElse(loop, orelse) if orelse else loop)


def _return(ctx: Context, node: Any) -> None:
    ctx.emit(Return(None if node.value is None else expression(ctx, node.value)))


def _break(ctx: Context, node: Any) -> None:
    ctx.emit(Break())


def _continue(ctx: Context, node: Any) -> None:
    ctx.emit(Continue())


def _pass(ctx: Context, node: Any) -> None:
    pass


def _raise(ctx: Context, node: Any) -> None:
    exc = None if node.exc is None else expression(ctx, node.exc)
    cause = None if node.cause is None else expression(ctx, node.cause)
    ctx.emit(Raise(exc, cause))


def _assert(ctx: Context, node: Any) -> None:
    test = expression(ctx, node.test)
    if node.msg is None:
        ctx.emit(Assert(test))
        return
    before, message = apart(ctx, node.msg)
    if not before:
        ctx.emit(Assert(test, message))
        return
    fail = Raise(Op(AssertionError, (message,)), origin=ctx.origin)
    ctx.emit(If(Op(operator.not_, (test,)), (*before, fail)))


def _expression(ctx: Context, node: Any) -> None:
    if isinstance(node.value, gast.Constant):  # a string in place of a comment, `...`
        return
    value = expression(ctx, node.value)
    if not isinstance(value, Var | Const):
        ctx.emit(Effect(value))


_TABLE: dict[type, Callable[[Context, Any], None]] = {
    gast.Assign: _assign,
    gast.AugAssign: _augmented,
    gast.AnnAssign: _annotated,
    gast.If: _if,
    gast.For: _for,
    gast.While: _while,
    gast.Return: _return,
    gast.Break: _break,
    gast.Continue: _continue,
    gast.Pass: _pass,
    gast.Raise: _raise,
    gast.Assert: _assert,
    gast.Expr: _expression,
}
