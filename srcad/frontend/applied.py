"""Functions handed to `map`, `reduce`, `sorted` and their like, applied to lowered values."""

from __future__ import annotations

import functools
import inspect
import operator
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gast

from srcad.core import Assign, Attr, Const, Expr, Item, Method, Op, Tuple, Var
from srcad.frontend.context import Context
from srcad.frontend.lower_expr import expression, expressions
from srcad.frontend.names import NOTHING
from srcad.frontend.streams import Pattern, bind, scope
from srcad.frontend.wrappers import called

Apply = Callable[..., Expr]


@dataclass(frozen=True)
class Applied:
    """A function operand: how to apply it, and what its parameters would like to be called."""

    apply: Apply
    params: tuple[Var, ...] | None = None
    arity: int | None = None

    @property
    def wish(self) -> Pattern | None:
        """The target of a loop whose items are the function's arguments."""
        if not self.params:
            return None
        return self.params[0] if len(self.params) == 1 else Tuple(self.params)


def function(ctx: Context, node: Any) -> Applied:
    """Evaluate a function operand. A plain `lambda` is written out where it is applied."""
    if isinstance(node, gast.Lambda) and _is_simple(node.args):
        return _lambda(ctx, node)
    nested = ctx.frame.function(ctx, node)
    if nested is not None:
        return Applied(lambda *args: nested.call(ctx, Op(nested.fn, args)))
    target = ctx.static(node)
    if target is not NOTHING:
        fn = called(target)
        return Applied(lambda *args: Op(fn, args), arity=_arity(target))
    if isinstance(node, gast.Call):
        made = _made(ctx, node, ctx.static(node.func))
        if made is not None:
            return made
    if isinstance(node, gast.Attribute):
        receiver = ctx.hold(expression(ctx, node.value))
        return Applied(lambda *args: Op(Method(node.attr), (receiver, *args)))
    value = expression(ctx, node)
    if isinstance(value, Const):
        return Applied(lambda *args: Op(value.value, args), arity=_arity(value.value))
    held = ctx.hold(value)
    return Applied(lambda *args: Op(held, args))


def _made(ctx: Context, node: Any, maker: Any) -> Applied | None:
    """The function that `itemgetter(i)`, `attrgetter(n)` or `partial(f, ...)` makes."""
    if maker is operator.itemgetter and len(node.args) == 1 and not node.keywords:
        index = ctx.hold(expression(ctx, node.args[0]))
        return Applied(lambda value: Item(value, index), arity=1)
    if maker is operator.attrgetter and len(node.args) == 1 and not node.keywords:
        name = node.args[0]
        if isinstance(name, gast.Constant) and str(name.value).isidentifier():
            return Applied(lambda value: Attr(value, name.value), arity=1)
    if maker is functools.partial and node.args and all(k.arg for k in node.keywords):
        inner = function(ctx, node.args[0])
        given = expressions(ctx, [*node.args[1:], *(k.value for k in node.keywords)])
        held = [ctx.hold(value) for value in given]
        first = held[: len(node.args) - 1]
        named = tuple(zip((k.arg for k in node.keywords), held[len(first) :], strict=True))
        if inner.params is None or not named:
            return Applied(lambda *args: _with_keywords(inner.apply(*first, *args), named))
    return None


def _with_keywords(call: Expr, named: tuple[tuple[str, Expr], ...]) -> Expr:
    assert isinstance(call, Op) or not named
    return Op(call.fn, call.args, named) if isinstance(call, Op) and named else call


def _is_simple(args: Any) -> bool:
    """Whether a lambda's parameters are plain ones without defaults."""
    rest = (args.vararg, args.kwarg, *args.kwonlyargs, *args.defaults, *args.posonlyargs)
    return not any(part is not None for part in rest)


def _lambda(ctx: Context, node: Any) -> Applied:
    inner = dict(ctx.names.inner)
    elsewhere = _mentioned_elsewhere(ctx.source.node, node)
    for name in [arg.id for arg in node.args.args]:
        clash = name in elsewhere or name in ctx.names.inner
        inner[name] = ctx.names.fresh(name) if clash else name
    params = tuple(Var(inner[arg.id]) for arg in node.args.args)

    def apply(*args: Expr) -> Expr:
        if len(args) != len(params):
            raise ctx.refusal(node, f"it takes {len(params)} arguments", "Give it as many")
        values = [
            arg if arg == param else _held(ctx, arg, params)
            for param, arg in zip(params, args, strict=True)
        ]
        for param, value in zip(params, values, strict=True):
            if value != param:
                ctx.emit(Assign(param, value))
        with scope(ctx, inner):
            return expression(ctx, node.body)

    return Applied(apply, params, len(params))


def _held(ctx: Context, arg: Expr, params: tuple[Var, ...]) -> Expr:
    """An argument, safe from the binding of the parameters before it."""
    return arg if len(params) == 1 else ctx.hold(arg)


def _mentioned_elsewhere(node: Any, left_out: Any) -> set[str]:
    """The names in the function's text outside of one lambda."""
    if node is left_out:
        return set()
    if isinstance(node, gast.Name):
        return {node.id}
    found: set[str] = set()
    for child in gast.iter_child_nodes(node):
        found |= _mentioned_elsewhere(child, left_out)
    return found


def _arity(fn: Any) -> int | None:
    """How many arguments a function needs by position; None if it takes any number."""
    if not isinstance(fn, types.FunctionType | types.BuiltinFunctionType):
        return getattr(fn, "nin", None)
    try:
        parameters = inspect.signature(fn).parameters.values()
    except (ValueError, TypeError):
        return None
    plain = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    if any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in parameters):
        return None
    return sum(p.kind in plain and p.default is p.empty for p in parameters)


def spread_over(ctx: Context, fn: Applied, value: Expr, node: Any) -> Expr:
    """`fn(*value)`."""
    if isinstance(value, Tuple):
        return fn.apply(*value.items)
    if fn.arity is None:
        why = "how many arguments the function takes is not known"
        raise ctx.refusal(node, why, "Write the call out in a loop")
    parts = fn.params or tuple(Var(ctx.names.fresh("item")) for _ in range(fn.arity))
    bind(ctx, Tuple(parts), value)
    return fn.apply(*parts)
