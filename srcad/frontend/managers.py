"""`with`: the contexts stay as the user wrote them, around what is in them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import gast

from srcad.core import ENTERED, Assign, Block, Const, Expr, Op, Var, With, children, with_children
from srcad.frontend import attempts, targets
from srcad.frontend.contained import contained
from srcad.frontend.context import Context
from srcad.frontend.lower_expr import expression

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
        attempts.emit_suppressed(ctx, context.args, tuple(inner))
    else:
        _enter(ctx, context, target, lambda: _items(ctx, node, others, block))


def _enter(ctx: Context, context: Expr, target: Any, inside: Callable[[], None]) -> None:
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
    ctx.emit(With(context, inner))
    ctx.block.extend(after)


def _is_plain(ctx: Context, target: Any) -> bool:
    return isinstance(target, gast.Name) and target.id not in ctx.names.rebound
