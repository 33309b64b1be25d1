"""Comprehensions: a loop that fills a list or a dict."""

from __future__ import annotations

from typing import Any

import gast

from srcad.core import Assign, Dict, Effect, Expr, For, If, Item, List, Method, Op, Store, Var
from srcad.frontend import lower_expr, targets
from srcad.frontend.context import Context
from srcad.frontend.lower_expr import expression, expressions
from srcad.frontend.names import bound_by, mentioned


def assign(ctx: Context, target: Any, node: Any) -> bool:
    """Lower `name = [... for ...]` by filling `name` itself, if it is that."""
    if not isinstance(target, gast.Name) or not isinstance(node, gast.ListComp | gast.DictComp):
        return False
    if target.id in mentioned(node) | bound_by(node):
        return False
    _fill(ctx, node, targets.name(ctx, target))
    return True


def _lower(ctx: Context, node: Any) -> Expr:
    result = Var(ctx.names.fresh("items"))
    _fill(ctx, node, result)
    return result


def _fill(ctx: Context, node: Any, result: Var) -> None:
    empty = Dict((), ()) if isinstance(node, gast.DictComp) else List(())
    first, *_ = node.generators
    iterable = expression(ctx, first.iter)  # evaluated outside, where the names mean other things
    ctx.emit(Assign(result, empty))
    outer = dict(ctx.names.inner)
    for name in sorted(bound_by(node)):
        clash = name in ctx.names.mentioned or name in outer
        ctx.names.inner[name] = ctx.names.fresh(name) if clash else name
    try:
        _loop(ctx, node, result, 0, iterable)
    finally:
        ctx.names.inner = outer


def _loop(ctx: Context, node: Any, result: Var, depth: int, iterable: Expr | None = None) -> None:
    """Emit the loop of the generator at `depth` and what is inside it."""
    if depth == len(node.generators):
        _add(ctx, node, result)
        return
    generator = node.generators[depth]
    if generator.is_async:
        raise ctx.refusal(node, "async code is not supported", "Use a plain loop")
    iterable = expression(ctx, generator.iter) if iterable is None else iterable
    names, later = targets.pattern(ctx, generator.target)
    with ctx.collecting() as body:
        targets.store_later(ctx, later)
        _tests(ctx, node, result, depth, list(generator.ifs))
    ctx.emit(For(names, iterable, tuple(body)))


def _tests(ctx: Context, node: Any, result: Var, depth: int, tests: list[Any]) -> None:
    if not tests:
        _loop(ctx, node, result, depth + 1)
        return
    test = expression(ctx, tests[0])
    with ctx.collecting() as body:
        _tests(ctx, node, result, depth, tests[1:])
    ctx.emit(If(test, tuple(body)))


def _add(ctx: Context, node: Any, result: Var) -> None:
    if isinstance(node, gast.DictComp):
        key, value = expressions(ctx, [node.key, node.value])
        ctx.emit(Store(Item(result, key), value))
    else:
        ctx.emit(Effect(Op(Method("append"), (result, expression(ctx, node.elt)))))


# these need the statements' targets, which need expressions: so they enter the table from here
lower_expr.TABLE.update({gast.ListComp: _lower, gast.DictComp: _lower})
