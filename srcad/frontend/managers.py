"""`with`: the contexts stay as the user wrote them, around what is in them."""

from __future__ import annotations

import ast
import contextlib
import inspect
import operator
import textwrap
import types
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gast

from srcad.core import (
    ENTERED,
    Assign,
    Block,
    Const,
    Effect,
    Expr,
    If,
    List,
    Method,
    Op,
    Raise,
    Var,
    With,
    children,
    with_children,
)
from srcad.frontend import attempts, targets
from srcad.frontend.contained import contained
from srcad.frontend.context import Context
from srcad.frontend.lower_expr import expression
from srcad.libraries import is_library

Lower = Callable[[Context, list[Any]], Block]


def lower_with(ctx: Context, node: Any, block: Lower) -> None:
    """Emit a `with` statement; `block` lowers the statements in it."""
    _items(ctx, node, list(node.items), block)


def _items(ctx: Context, node: Any, items: list[Any], block: Lower) -> None:
    if not items:
        ctx.block.extend(block(ctx, node.body))
        return
    item, *others = items
    context, target = expression(ctx, item.context_expr), item.optional_vars
    manager = context.fn if isinstance(context, Op) else None
    if manager is contextlib.nullcontext:
        value = context.args[0] if isinstance(context, Op) and context.args else Const(None)
        if target is not None:
            targets.store(ctx, target, value)
        _items(ctx, node, others, block)
    elif manager is contextlib.suppress and target is None:
        assert isinstance(context, Op)
        with ctx.collecting() as inner:
            _items(ctx, node, others, block)
        attempts.emit_suppressed(ctx, context.args, tuple(inner), node.body)
    else:
        _enter(ctx, context, target, node, lambda: _items(ctx, node, others, block))


def _enter(ctx: Context, context: Expr, target: Any, node: Any, inside: Callable[[], None]) -> None:
    """Emit `with context as target`, with what `inside` emits in it."""
    if target is not None:
        context = with_children(context, tuple(ctx.hold(part) for part in children(context)))
    with ctx.collecting() as body:
        if target is not None:
            given = Op(ENTERED, children(context) if isinstance(context, Op) else (context,))
            name = targets.name(ctx, target) if _is_plain(ctx, target) else None
            held = name or Var(ctx.names.fresh("entered"))
            ctx.emit(Assign(held, given))
            if name is None:
                targets.store(ctx, target, held)
        inside()
    start, inner, after = contained(tuple(body), ctx.names.fresh)
    ctx.block.extend(start)
    if _passes_exceptions_on(ctx, context, node):
        ctx.emit(With(context, inner))
    else:
        _check_completed(ctx, context, inner)
    ctx.block.extend(after)


def _check_completed(ctx: Context, context: Expr, body: Block) -> None:
    """Emit a `with` whose context may swallow an exception, which would then be found out."""
    completed = Var(ctx.names.fresh("completed"))
    here = replace(ctx.origin, comments=())
    note = Effect(Op(Method("append"), (completed, Const(True))), origin=here)
    ctx.emit(Assign(completed, List(())))
    ctx.emit(With(context, (*body, note)))
    text = "srcad: a context has swallowed an exception; catch it with `try` instead"
    fail = Raise(Op(RuntimeError, (Const(text),)), origin=here)
    ctx.emit(If(Op(operator.not_, (completed,)), (fail,)))


def _passes_exceptions_on(ctx: Context, context: Expr, node: Any) -> bool:
    """Whether an exception certainly leaves the `with`; refused where it certainly may not."""
    manager = context.fn if isinstance(context, Op) else None
    if manager is None or isinstance(manager, Expr | Method):
        return False
    if isinstance(manager, type):
        leave = getattr(manager, "__exit__", None)
        if not isinstance(leave, types.FunctionType) or is_library(manager.__module__):
            return manager is not contextlib.ExitStack
        swallows = _gives_something(leave)
    elif isinstance(manager, types.FunctionType) and not is_library(manager.__module__):
        swallows = _catches(manager)
    else:
        return True
    if swallows:
        why = f"`{manager.__name__}` may swallow an exception"
        raise ctx.refusal(node, why, "Catch it with `try` instead")
    return swallows is False


def _gives_something(leave: Any) -> bool | None:
    """Whether `__exit__` may return something true; None if its source is not there."""
    node = _tree(leave)
    if node is None:
        return None
    values = [part.value for part in ast.walk(node) if isinstance(part, ast.Return)]
    return any(not (v is None or (isinstance(v, ast.Constant) and not v.value)) for v in values)


def _catches(function: Any) -> bool | None:
    """Whether a generator's `except` may end an exception; None if its source is not there."""
    node = _tree(inspect.unwrap(function))
    if node is None:
        return None
    handlers = [part for part in ast.walk(node) if isinstance(part, ast.ExceptHandler)]
    return any(not isinstance(handler.body[-1], ast.Raise) for handler in handlers)


def _tree(function: Any) -> ast.AST | None:
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return None


def _is_plain(ctx: Context, target: Any) -> bool:
    return isinstance(target, gast.Name) and target.id not in ctx.names.rebound
