"""Calls of the user's functions: which argument goes to which parameter."""

from __future__ import annotations

import inspect

from srcad.core import Const, Dict, Expr, Function, Op, Param, Star, Tuple
from srcad.errors import UnsupportedConstruct

_BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_BY_NAME = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def bind_arguments(op: Op, function: Function) -> dict[str, Expr]:
    """An expression for each parameter of `function` in the call `op`, in parameter order.

    A default is the parameter's own expression, whose names are captures of `function`. What is
    left over goes to `*args` as a `Tuple` and to `**kwargs` as a `Dict`.
    """
    if any(isinstance(arg, Star) for arg in op.args):
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
            bound[param.name] = Tuple(tuple(positional), origin=op.origin)
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


def _mismatch(op: Op, function: Function, why: str) -> UnsupportedConstruct:
    return UnsupportedConstruct(
        f"the call of `{function.name}` does not fit its parameters: {why}",
        f"Call it as `{function.name}({', '.join(p.name for p in function.params)})`",
        op.origin,
    )
