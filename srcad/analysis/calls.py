"""Calls of the user's functions: which argument goes to which parameter."""

from __future__ import annotations

import functools
import inspect
import itertools
import operator
from typing import Any

from srcad.core import Const, Dict, Expr, Function, Op, Param, Star, Tuple, names_in
from srcad.errors import UnsupportedConstruct

_BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_BY_NAME = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def bind_arguments(op: Op, function: Function) -> dict[str, Expr]:
    """An expression for each parameter of `function` in the call `op`, in parameter order.

    A default is the parameter's own expression, whose names are captures of `function`. What is
    left over goes to `*args` as a `Tuple` and to `**kwargs` as a `Dict`.
    """
    if not _stars_are_gathered(op, function):
        raise UnsupportedConstruct(
            f"cannot differentiate the call of `{function.name}`: which of its parameters the "
            "arguments with `*` go to is known only when the program runs",
            "Write the arguments out",
            op.origin,
        )
    positional = list(op.args)
    named = dict(op.kwargs)
    bound: dict[str, Expr] = {}
    for param in function.params:
        if param.mode is inspect.Parameter.VAR_POSITIONAL:
            bound[param.name] = _together(positional, op)
            positional = []
        elif param.mode is inspect.Parameter.VAR_KEYWORD:
            keys = tuple(Const(key) for key in named)
            bound[param.name] = Dict(keys, tuple(named.values()), origin=op.origin)
            named = {}
        else:
            bound[param.name] = _argument(param, positional, named, op, function)
    if positional or named:
        extra = f"`{next(iter(named))}`" if named else "by position"
        raise _mismatch(op, function, f"it takes no further argument {extra}")
    return bound


def _stars_are_gathered(op: Op, function: Function) -> bool:
    """Whether what stands under a `*` goes to `*args` as a whole."""
    stars = [place for place, arg in enumerate(op.args) if isinstance(arg, Star)]
    if not stars:
        return True
    gathers = any(p.mode is inspect.Parameter.VAR_POSITIONAL for p in function.params)
    plain = sum(p.mode in _BY_POSITION for p in function.params)
    named = any(arg.named for arg in op.args if isinstance(arg, Star))
    return gathers and not named and stars[0] >= plain


def _together(positional: list[Expr], op: Op) -> Expr:
    """The tuple of the arguments that are left."""
    parts: list[Expr] = []
    for is_star, group in itertools.groupby(positional, lambda arg: isinstance(arg, Star)):
        if is_star:
            values = [arg.value for arg in group if isinstance(arg, Star)]
            parts += [Op(tuple, (value,), origin=op.origin) for value in values]
        else:
            parts.append(Tuple(tuple(group), origin=op.origin))
    if not parts:
        return Tuple((), origin=op.origin)
    return functools.reduce(lambda a, b: Op(operator.add, (a, b), origin=op.origin), parts)


def _argument(
    param: Param, positional: list[Expr], named: dict[str, Expr], op: Op, function: Function
) -> Expr:
    """Take the argument of one parameter out of those that are left."""
    if positional and param.mode in _BY_POSITION:
        if param.name in named and param.mode in _BY_NAME:
            raise _mismatch(op, function, f"`{param.name}` is given twice")
        return positional.pop(0)
    if param.name in named and param.mode in _BY_NAME:
        return named.pop(param.name)
    if param.default is not None:
        return param.default
    raise _mismatch(op, function, f"`{param.name}` is missing")


def captured_defaults(op: Op, function: Function) -> dict[str, Any]:
    """The captures of `function` that stand for arguments which the call leaves out."""
    bound = bind_arguments(op, function)
    left_out = [p.default for p in function.params if bound[p.name] is p.default]
    names = {name for default in left_out if default is not None for name in names_in(default)}
    return {name: function.captures[name] for name in sorted(names)}


def _mismatch(op: Op, function: Function, why: str) -> UnsupportedConstruct:
    return UnsupportedConstruct(
        f"the call of `{function.name}` does not fit its parameters: {why}",
        f"Call it as `{function.name}({', '.join(p.name for p in function.params)})`",
        op.origin,
    )
