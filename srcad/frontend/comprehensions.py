"""Comprehensions: a loop that fills a list, a dict or a set, or looks for an item."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gast

from srcad.core import (
    Assign,
    Break,
    Const,
    Dict,
    Effect,
    Expr,
    For,
    If,
    Item,
    List,
    Method,
    Op,
    Store,
    Var,
)
from srcad.frontend import lower_expr, targets
from srcad.frontend.context import Context
from srcad.frontend.lower_expr import expression, expressions
from srcad.frontend.names import bound_by, mentioned

Emit = Callable[[], None]


def assign(ctx: Context, target: Any, node: Any) -> bool:
    """Lower `name = [... for ...]` by filling `name` itself, if it is that."""
    if not isinstance(target, gast.Name) or not isinstance(node, tuple(_EMPTY)):
        return False
    if ctx.cell(target.id) is not None or target.id in mentioned(node) | bound_by(node):
        return False
    _fill(ctx, node, targets.name(ctx, target))
    return True


def _lower(ctx: Context, node: Any) -> Expr:
    result = Var(ctx.names.fresh("items"))
    _fill(ctx, node, result)
    return result


def _fill(ctx: Context, node: Any, result: Var) -> None:
    """Emit the loops of a comprehension, which fill `result`."""
    iterable = expression(ctx, node.generators[0].iter)  # outside, its names are those outside
    ctx.emit(Assign(result, _EMPTY[type(node)]))
    with _variables(ctx, node):
        _loop(ctx, node.generators, iterable, lambda: _add(ctx, node, result))


@contextmanager
def _variables(ctx: Context, node: Any) -> Iterator[None]:
    """The scope of a comprehension: its variables get other names where they clash."""
    outer = dict(ctx.names.inner)
    for name in sorted(bound_by(node)):
        clash = name in ctx.names.mentioned or name in outer
        ctx.names.inner[name] = ctx.names.fresh(name) if clash else name
    try:
        yield
    finally:
        ctx.names.inner = outer


def _loop(ctx: Context, generators: list[Any], iterable: Expr, inside: Emit) -> None:
    """Emit the loop over `iterable` for the first generator, with the others and `inside` in it."""
    generator, *others = generators
    if generator.is_async:
        raise ctx.refusal(generator.iter, "async code is not supported", "Use a plain loop")
    names, later = targets.pattern(ctx, generator.target)

    def innermost() -> None:
        if others:
            _loop(ctx, others, expression(ctx, others[0].iter), inside)
        else:
            inside()

    with ctx.collecting() as body:
        targets.store_later(ctx, later)
        _tests(ctx, list(generator.ifs), innermost)
    ctx.emit(For(names, iterable, tuple(body)))


def _tests(ctx: Context, tests: list[Any], inside: Emit) -> None:
    if not tests:
        inside()
        return
    test = expression(ctx, tests[0])
    with ctx.collecting() as body:
        _tests(ctx, tests[1:], inside)
    ctx.emit(If(test, tuple(body)))


def _add(ctx: Context, node: Any, result: Var) -> None:
    if isinstance(node, gast.DictComp):
        key, value = expressions(ctx, [node.key, node.value])
        ctx.emit(Store(Item(result, key), value))
    else:
        add = Method("add" if isinstance(node, gast.SetComp) else "append")
        ctx.emit(Effect(Op(add, (result, expression(ctx, node.elt)))))


def _search(found: bool) -> Callable[[Context, Any], Expr]:
    """The lowering of `any(... for ...)` (`found` True) or `all(... for ...)` (False)."""

    def lower(ctx: Context, node: Any) -> Expr:
        if len(node.generators) > 1:
            raise ctx.refusal(node, "two `for` in a search", "Write it as a loop")
        result = Var(ctx.names.fresh("found" if found else "holds"))
        iterable = expression(ctx, node.generators[0].iter)
        ctx.emit(Assign(result, Const(not found)))

        def stop() -> None:
            test = expression(ctx, node.elt)
            decided = test if found else Op(operator.not_, (test,))
            end = (Assign(result, Const(found), origin=ctx.origin), Break(origin=ctx.origin))
            ctx.emit(If(decided, end))

        with _variables(ctx, node):
            _loop(ctx, node.generators, iterable, stop)
        return result

    return lower


_EMPTY: dict[type, Expr] = {
    gast.ListComp: List(()),
    gast.DictComp: Dict((), ()),
    gast.SetComp: Op(set),
}

# these need the statements' targets, which need expressions: so they enter the tables from here
lower_expr.TABLE.update(dict.fromkeys(_EMPTY, _lower))
lower_expr.CONSUMERS += [(any, _search(True)), (all, _search(False))]
