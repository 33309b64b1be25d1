"""Comprehensions and generator expressions: the loops that they stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gast

from srcad.core import Assign, Dict, Effect, Expr, If, Item, List, Method, Op, Store, Var
from srcad.frontend import lower_expr, streams, targets
from srcad.frontend.context import Context
from srcad.frontend.lower_expr import expression, expressions
from srcad.frontend.names import bound_by, mentioned
from srcad.frontend.streams import Consume, Pattern, Stream, bind, opened, scope

Emit = Callable[[bool], None]


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
    first = _first(ctx, node)
    ctx.emit(Assign(result, _EMPTY[type(node)]))
    with _variables(ctx, node):
        _loop(ctx, node.generators, first, lambda last: _add(ctx, node, result))


def _first(ctx: Context, node: Any) -> Stream:
    """What the first `for` runs through: outside, its names are those outside."""
    stream = opened(ctx, node.generators[0].iter)
    if stream.endless and not isinstance(node, gast.GeneratorExp):
        why = "what it runs through has no end"
        raise ctx.refusal(node, why, "Bound it, by `zip` or `itertools.islice`, say")
    return stream


def _generator(ctx: Context, node: Any) -> Stream:
    """Open a generator expression."""
    first = _first(ctx, node)
    inner = dict(ctx.names.inner)

    def run(target: Pattern | None, consume: Consume) -> None:
        outer = dict(ctx.names.inner)

        def item(last: bool) -> None:
            value = expression(ctx, node.elt)
            with scope(ctx, outer):  # what is done with the item is not in the generator's scope
                consume(value, last)

        with scope(ctx, inner), _variables(ctx, node):
            _loop(ctx, node.generators, first, item)

    return Stream(run, endless=first.endless, copies=first.copies)


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


def _loop(ctx: Context, generators: list[Any], stream: Stream, inside: Emit) -> None:
    """Emit the loop over `stream` for the first generator, with the others and `inside` in it."""
    generator, *others = generators
    if generator.is_async:
        raise ctx.refusal(generator.iter, "async code is not supported", "Use a plain loop")
    names, later = targets.pattern(ctx, generator.target)
    inner = dict(ctx.names.inner)

    def innermost(last: bool) -> None:
        if others:
            _loop(ctx, others, opened(ctx, others[0].iter), inside)
        else:
            inside(last)

    def item(value: Expr, last: bool) -> None:
        with scope(ctx, inner):
            bind(ctx, names, value)
            targets.store_later(ctx, later)
            _tests(ctx, list(generator.ifs), lambda: innermost(last))

    stream.run(names, item)


def _tests(ctx: Context, tests: list[Any], inside: Callable[[], None]) -> None:
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


_EMPTY: dict[type, Expr] = {
    gast.ListComp: List(()),
    gast.DictComp: Dict((), ()),
    gast.SetComp: Op(set),
}

# these need the statements' targets, which need expressions: so they enter the tables from here
lower_expr.TABLE.update(dict.fromkeys(_EMPTY, _lower))
streams.NODES[gast.GeneratorExp] = _generator
