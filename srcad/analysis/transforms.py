"""srcad's own transforms inside of a function: `srcad.grad(f)(x)` is a call of what is generated.

A transform of a known function is that derivative, before the program runs; a call of a derivative
is one of the function generated for these kinds of argument, which is differentiated like any.
"""

from __future__ import annotations

import functools
import inspect
import types
from dataclasses import replace
from typing import Any

from srcad.analysis import lookup
from srcad.core import Const, Expr, Method, Op, Record
from srcad.errors import UnsupportedConstruct
from srcad.kinds import ConstOf, ObjectOf, TupleOf, attribute_of
from srcad.objects import INSIDE, TRANSFORM
from srcad.rules.applied import made
from srcad.rules.call import NOT_CONSTANT, constant_value


def transform_call(op: Op) -> Expr | None:
    """What a call of a transform, or of a derivative, is; None for any other call."""
    if isinstance(op.fn, Method) and isinstance(op.args[0].kind, ConstOf):
        return _of_method(op, op.args[0].kind.value, op.fn.name, op.args[1:])
    if isinstance(op.fn, types.MethodType):
        return _of_method(op, op.fn.__self__, op.fn.__name__, op.args)
    if isinstance(op.fn, types.FunctionType) and hasattr(op.fn, TRANSFORM):
        return _transformed(op)
    function = made(op)
    if function is not None:
        return Const(function)
    generated = getattr(op.fn, INSIDE, None)
    if generated is None or isinstance(op.fn, type | Expr):
        return None
    keywords = {name: value.kind for name, value in op.kwargs}
    found = generated(tuple(arg.kind for arg in op.args), keywords)
    return None if found is None else replace(op, fn=found)


def _of_method(op: Op, owner: Any, name: str, args: tuple[Expr, ...]) -> Expr | None:
    """`f.grad(x)` of a differentiable `f`."""
    derivative = getattr(owner, "derivative", None)
    if derivative is None or not hasattr(type(owner), INSIDE):
        return None
    options = _options(dict(op.kwargs), ("argnums", "ties"))
    if options is None or name not in ("grad", "value_and_grad"):
        raise _refused(op)
    kept = tuple((key, value) for key, value in op.kwargs if key not in options)
    return replace(op, fn=derivative(name, **options), args=args, kwargs=kept)


def _options(kwargs: dict[str, Expr], names: tuple[str, ...]) -> dict[str, Any] | None:
    """The values of some keyword arguments, None if one is not known."""
    found = {name: constant_value(kwargs[name]) for name in names if name in kwargs}
    return None if NOT_CONSTANT in found.values() else found


def _transformed(op: Op) -> Expr | None:
    """`srcad.grad(f)`, where it is known which function `f` is."""
    options = _options(dict(op.kwargs), tuple(name for name, _ in op.kwargs))
    if options is None or not getattr(op.fn, TRANSFORM) or len(op.args) != 1:
        raise _refused(op)
    given = op.args[0]
    if isinstance(given, Op) and given.fn is functools.partial and not given.kwargs:
        target, *bound = given.args
        return _with_bound(op, target, tuple(bound), options)
    if isinstance(given.kind, ObjectOf) and given.kind.cls is functools.partial:
        return _of_partial(op, given, options)
    function = given.value if isinstance(given, Const) else None
    if isinstance(given.kind, ConstOf):
        function = given.kind.value
    return Const(op.fn(function, **options)) if callable(function) else None


def _of_partial(op: Op, given: Expr, options: dict[str, Any]) -> Expr | None:
    assert isinstance(given.kind, ObjectOf)
    func, args = attribute_of(given.kind, "func"), attribute_of(given.kind, "args")
    if not isinstance(func, ConstOf) or not isinstance(args, TupleOf):
        return None
    bound = lookup.bound_of_partial(given, args)
    return _with_bound(op, Const(func.value), bound, options)


def _with_bound(
    op: Op, target: Expr, bound: tuple[Expr, ...], options: dict[str, Any]
) -> Record | None:
    """The derivative of a function whose first arguments are given already."""
    if not isinstance(target, Const):
        return None
    names = tuple(inspect.signature(target.value).parameters)
    chosen = options.pop("argnums", 0)
    later = names[len(bound) :]
    single = isinstance(chosen, int | str)
    parts = [chosen] if single else list(chosen)
    named = [later[part] if isinstance(part, int) else part for part in parts]
    derivative = op.fn(target.value, argnums=named[0] if single else tuple(named), **options)
    return lookup.partial_of(Const(derivative), bound, (), op)


def _refused(op: Op) -> UnsupportedConstruct:
    name = getattr(op.fn, "__name__", "it")
    return UnsupportedConstruct(
        f"cannot differentiate `{op.origin.text}`: `{name}` of srcad inside of a function is not "
        "supported in this form",
        "Use `srcad.grad` or `srcad.value_and_grad` of a function, with literal options",
        op.origin,
    )
