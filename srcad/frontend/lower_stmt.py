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
    Attr,
    Block,
    Break,
    Const,
    Continue,
    Effect,
    Expr,
    For,
    If,
    Item,
    Op,
    Raise,
    Return,
    Store,
    Var,
    While,
    children,
    with_children,
)
from srcad.frontend import (
    attempts,
    comprehensions,
    consumers,
    containers,
    cursors,
    defaulting,
    deleted,
    generators,
    imports,
    managers,
    matching,
    rebound,
    refusals,
    streams,
    targets,
)
from srcad.frontend.closures import is_plain
from srcad.frontend.context import Context
from srcad.frontend.exits import LoopElse
from srcad.frontend.lower_expr import OPERATORS, apart, defined, expression, set_defaults
from srcad.frontend.names import NOTHING
from srcad.frontend.wrappers import called


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
    if not others and _names_function(ctx, first, node.value):
        return
    own = not rebound.is_rebound(ctx, first)
    if not others and own and comprehensions.assign(ctx, first, node.value):
        return
    if not others and own and cursors.assign(ctx, first, node.value):
        return
    if not others and own and containers.window(ctx, first, node.value):
        return
    if not others and own and defaulting.assign(ctx, first, node.value):
        return
    if not others and _is_exchange(first, node.value):
        targets.store_each(ctx, first.elts, node.value.elts)
        return
    if not others and _unpacks_iterators(ctx, first, node.value):
        for part, held in [(t, _unpackable(ctx, t, v)) for t, v in _pairs(first, node.value)]:
            targets.store(ctx, part, held)
        return
    unpacked = not others and isinstance(first, gast.Tuple | gast.List)
    view = unpacked and streams.is_view(ctx, node.value)
    value = streams.as_list(ctx, node.value) if view else expression(ctx, node.value)
    if others:
        value = _shared(ctx, first, value)
        others = others if own and isinstance(first, gast.Name) else node.targets
    for target in others or [first]:
        targets.store(ctx, target, value)


def _names_function(ctx: Context, target: Any, value: Any) -> bool:
    """Lower `f = lambda ...` if that is all that `f` ever means: its calls are what counts."""
    known = ctx.frame.known.get(target.id) if isinstance(target, gast.Name) else None
    if known is None or known.node is not value:
        return False
    set_defaults(ctx, known)
    return True


def _function(ctx: Context, node: Any) -> None:
    known = ctx.frame.known.get(node.name)
    if known is not None:
        set_defaults(ctx, known)
        return
    decorators = [_decorator(ctx, d) for d in node.decorator_list if not is_plain(ctx, d)]
    value = defined(ctx, node, node.name).value(ctx)
    for decorator in reversed(decorators):
        value = Op(decorator, (value,))
    targets.store(ctx, gast.Name(node.name, gast.Store(), None, None), value)


def _class(ctx: Context, node: Any) -> None:
    """A class that reads no variable of the function is what its name means everywhere."""
    if node.name not in ctx.names.imports:
        raise refusals.refuse(ctx, node)


def _decorator(ctx: Context, node: Any) -> Any:
    """What a decorator calls: a function that is known now, or a value."""
    target = ctx.static(node)
    return expression(ctx, node) if target is NOTHING else called(target)


def _shared(ctx: Context, first: Any, value: Expr) -> Expr:
    """`a = b = value`: what the targets after the first are assigned."""
    if isinstance(first, gast.Name) and not rebound.is_rebound(ctx, first):
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


def _pairs(target: Any, value: Any) -> list[tuple[Any, Any]]:
    return list(zip(target.elts, value.elts, strict=True))


def _unpacks_iterators(ctx: Context, target: Any, value: Any) -> bool:
    """Whether the assignment is one as of `(a, b), (c, d) = map(f, u), map(f, v)`."""
    displays = (gast.Tuple, gast.List)
    if not isinstance(target, displays) or not isinstance(value, displays):
        return False
    if len(target.elts) != len(value.elts):
        return False
    if any(isinstance(item, gast.Starred) for item in (*target.elts, *value.elts)):
        return False
    return any(_is_unpacked_iterator(ctx, t, v) for t, v in _pairs(target, value))


def _is_unpacked_iterator(ctx: Context, target: Any, value: Any) -> bool:
    return isinstance(target, gast.Tuple | gast.List) and streams.is_stream(ctx, value)


def _unpackable(ctx: Context, target: Any, value: Any) -> Expr:
    """A value under a name; an iterator that is unpacked is a list."""
    iterator = _is_unpacked_iterator(ctx, target, value)
    return ctx.hold(streams.as_list(ctx, value) if iterator else expression(ctx, value))


def _augmented(ctx: Context, node: Any) -> None:
    op = OPERATORS[type(node.op)]
    if isinstance(node.target, gast.Name) and not rebound.is_rebound(ctx, node.target):
        deleted.check_read(ctx, node, node.target.id)
        value = expression(ctx, node.value)
        ctx.emit(Assign(targets.name(ctx, node.target), value, op))
        return
    place = targets.place(ctx, node.target)
    if isinstance(place, Item):
        place = defaulting.fill(ctx, node.target, place)
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
    if node.value is None or _names_function(ctx, node.target, node.value):
        return
    if defaulting.assign(ctx, node.target, node.value):
        return
    if not comprehensions.assign(ctx, node.target, node.value):
        targets.store(ctx, node.target, expression(ctx, node.value))


def _if(ctx: Context, node: Any) -> None:
    test = expression(ctx, node.test)
    before = dict(ctx.deleted)
    then, ctx.deleted, after = block(ctx, node.body), before, ctx.deleted
    orelse = block(ctx, node.orelse)
    ctx.deleted = deleted.joined([(then, after), (orelse, ctx.deleted)])
    ctx.emit(If(test, then, orelse))


def _for(ctx: Context, node: Any) -> None:
    stream = streams.opened(ctx, node.iter)
    names, later = targets.pattern(ctx, node.target)
    iterable = stream.iterable
    if iterable is None or not streams.fits(ctx, iterable, names):
        consumers.loop(ctx, node, stream, (names, later), block)
        return
    with ctx.collecting() as stores:
        targets.store_later(ctx, later)
    with deleted.repeated(ctx, node.body):
        loop = For(names, iterable, (*stores, *block(ctx, node.body)), origin=ctx.origin)
    _emit_loop(ctx, loop, block(ctx, node.orelse))


def _while(ctx: Context, node: Any) -> None:
    before, test = apart(ctx, node.test)
    with deleted.repeated(ctx, node.body):
        body = block(ctx, node.body)
    orelse = block(ctx, node.orelse)
    if not before:
        _emit_loop(ctx, While(test, body, origin=ctx.origin), orelse)
        return
    leave: Block = (*orelse, Break(origin=ctx.origin))
    ended = None
    if any(isinstance(n, gast.Break | gast.Continue) for s in node.orelse for n in gast.walk(s)):
        ended = Var(ctx.names.fresh("ended"))
        ctx.emit(Assign(ended, Const(False)))
        leave = (Assign(ended, Const(True), origin=ctx.origin), Break(origin=ctx.origin))
    stop = If(Op(operator.not_, (test,)), leave, origin=ctx.origin)
    ctx.emit(While(Const(True), (*before, stop, *body)))
    if ended is not None:
        ctx.emit(If(ended, orelse))


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


def _with(ctx: Context, node: Any) -> None:
    managers.lower_with(ctx, node, block)


def _try(ctx: Context, node: Any) -> None:
    attempts.lower_try(ctx, node, block)


def _match(ctx: Context, node: Any) -> None:
    matching.lower_match(ctx, node, block)


def _import(ctx: Context, node: Any) -> None:
    """What nothing but one import binds needs no statement: its name means the object."""
    if isinstance(node, gast.ImportFrom) and node.level:
        raise ctx.refusal(node, "a relative import inside a function", "Import at module level")
    for name, read in imports.bindings(node):
        if name in ctx.names.imports:
            continue
        try:
            value = read()
        except Exception as error:
            ctx.emit(Raise(Op(type(error), (Const(str(error)),))))
            return
        ctx.emit(Assign(Var(ctx.names.variable(name)), ctx.constant(f"imported_{name}", value)))


def _delete(ctx: Context, node: Any) -> None:
    for target in node.targets:
        _delete_target(ctx, target)


def _delete_target(ctx: Context, target: Any) -> None:
    if isinstance(target, gast.Tuple | gast.List):
        for item in target.elts:
            _delete_target(ctx, item)
    elif isinstance(target, gast.Name):
        expression(ctx, gast.copy_location(gast.Name(target.id, gast.Load(), None, None), target))
        deleted.delete(ctx, target)
    elif isinstance(target, gast.Subscript):
        place = targets.place(ctx, target)
        ctx.emit(Effect(Op(operator.delitem, children(place))))
    else:
        place = targets.place(ctx, target)
        assert isinstance(place, Attr)
        ctx.emit(Effect(Op(delattr, (place.base, Const(place.name)))))


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
    if isinstance(node.value, gast.Yield | gast.YieldFrom):
        generators.lower_yield(ctx, node.value)
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
    gast.Nonlocal: _pass,
    gast.Global: _pass,
    gast.Match: _match,
    gast.With: _with,
    gast.Try: _try,
    gast.Import: _import,
    gast.ImportFrom: _import,
    gast.Delete: _delete,
    gast.Raise: _raise,
    gast.Assert: _assert,
    gast.Expr: _expression,
    gast.FunctionDef: _function,
    gast.ClassDef: _class,
}
