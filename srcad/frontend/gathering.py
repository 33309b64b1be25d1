"""Functions with `*args` and `**kwargs`, as called with certain numbers and names of arguments.

For such a call the function is one with plain parameters, which gathers those at its start:
all steps treat it like any other, and the text calls the user's function as the user did.
"""

from __future__ import annotations

import inspect
import types
from dataclasses import dataclass, replace
from typing import Any

from srcad.core import (
    Assign,
    Const,
    Dict,
    Expr,
    Function,
    Op,
    Param,
    Star,
    Stmt,
    Tuple,
    Var,
    names_of,
)
from srcad.errors import UnsupportedConstruct
from srcad.frontend.packing import packed_of
from srcad.frontend.regions import renamed
from srcad.names import Names
from srcad.objects import is_users

LISTED = -1  # the count of arguments that come as one sequence: `f(*xs)`

_GATHERED = "__srcad_gathered__"  # the attribute of a function object that was made here
_MADE = "__srcad_gathering__"  # the attribute of a function with those that were made from it
_FLAGS = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS
_GATHERING = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_PLACES = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True)
class Gathered:
    """The user's function or class, how many arguments go to its `*args`, and the names of those
    that go to its `**kwargs`.
    """

    fn: Any
    count: int
    names: tuple[str, ...]


def gathered_of(fn: Any) -> Gathered | None:
    """What a function that was made here was made from."""
    found = vars(fn).get(_GATHERED) if isinstance(fn, types.FunctionType) else None
    return found if isinstance(found, Gathered) else None


def original(fn: Any) -> Any:
    """The user's function behind one that was made for certain arguments."""
    gathered = gathered_of(fn)
    return fn if gathered is None else gathered.fn


def gathers(fn: Any) -> bool:
    """Whether a function has `*args` or `**kwargs`."""
    made = gathered_of(fn) is not None or packed_of(fn) is not None
    run = _run_by(fn)
    return run is not None and not made and bool(run.__code__.co_flags & _FLAGS)


def gathers_places(fn: Any) -> bool:
    """Whether a function has `*args`."""
    run = _run_by(fn)
    return run is not None and gathers(fn) and bool(run.__code__.co_flags & inspect.CO_VARARGS)


def _run_by(fn: Any) -> types.FunctionType | None:
    """The function that takes the arguments of a call: a class's `__init__`."""
    if isinstance(fn, type) and is_users(fn):
        fn = inspect.getattr_static(fn, "__init__", None)
    return fn if isinstance(fn, types.FunctionType) else None


def places_of(fn: Any) -> list[inspect.Parameter]:
    """The parameters that take arguments by position, `*args` left out."""
    signature = inspect.Signature.from_callable(fn, follow_wrapped=False)
    return [p for p in signature.parameters.values() if p.kind in _PLACES]


def fitted(op: Op) -> Op:
    """A call of a function that gathers arguments, as one of a function for as many as it has."""
    if not gathers(op.fn) or any(isinstance(arg, Star) for arg in op.args):
        return op
    count = max(0, len(op.args) - len(places_of(op.fn)))
    return replace(op, fn=_for(op.fn, count, _gathered_names(op)))


def fitted_constructor(function: Function, op: Op) -> Function:
    """What a call of a class does, as one of a function for as many arguments as there are."""
    modes = [param.mode for param in function.params]
    gathering = any(mode in _GATHERING for mode in modes)
    if not gathering or any(isinstance(arg, Star) for arg in op.args):
        return function
    count = max(0, len(op.args) - sum(mode in _PLACES for mode in modes))
    taken = {param.name for param in function.params if param.mode not in _GATHERING}
    names = tuple(key for key, _ in op.kwargs if key not in taken)
    return with_plain_parameters(function, Gathered(op.fn, count, names), function.pyfunc)


def fitted_to_sequence(op: Op, before: tuple[Expr, ...], items: Expr) -> Op:
    """The call `f(*before, *items)` where all of `items` go to `*args`."""
    return replace(op, fn=_for(op.fn, LISTED, _gathered_names(op)), args=(*before, items))


def _gathered_names(op: Op) -> tuple[str, ...]:
    run = _run_by(op.fn)
    assert run is not None
    code = run.__code__
    named = code.co_varnames[code.co_posonlyargcount : code.co_argcount + code.co_kwonlyargcount]
    return tuple(key for key, _ in op.kwargs if key not in named)


def _for(fn: Any, count: int, names: tuple[str, ...]) -> types.FunctionType:
    """The function object that stands for `fn` with these arguments."""
    run = _run_by(fn)
    assert run is not None
    made: dict[Any, types.FunctionType] = vars(run).setdefault(_MADE, {})
    if (fn, count, names) not in made:
        parts = (run.__code__, run.__globals__, fn.__name__, run.__defaults__, run.__closure__)
        new = types.FunctionType(*parts)
        new.__kwdefaults__, new.__qualname__ = run.__kwdefaults__, fn.__qualname__
        new.__module__ = fn.__module__
        vars(new)[_GATHERED] = Gathered(fn, count, names)
        made[fn, count, names] = new
    return made[fn, count, names]


def with_plain_parameters(function: Function, of: Gathered, fn: types.FunctionType) -> Function:
    """The core form of `fn`: that of the user's function, its arguments gathered at the start."""
    known = Names({*names_of(function), *of.names})
    function = _apart(function, of, known)
    params: list[Param] = []
    first: list[Stmt] = []
    for param in function.params:
        made, value = [param], None
        if param.mode is inspect.Parameter.VAR_POSITIONAL:
            made, value = _positional(param, of.count, known)
        elif param.mode is inspect.Parameter.VAR_KEYWORD:
            made, value = _named(param, of, function)
        params += made
        if value is not None:
            origin = replace(function.origin, text="", comments=())
            first.append(Assign(Var(param.name), value, origin=origin))
    return replace(function, params=tuple(params), body=(*first, *function.body), pyfunc=fn)


def _apart(function: Function, of: Gathered, known: Names) -> Function:
    """`function` with other names for those of its variables that arguments are named like."""
    own = names_of(function) - set(function.captures) - {param.name for param in function.params}
    new: dict[str, Expr] = {name: Var(known.fresh(name)) for name in of.names if name in own}
    return replace(function, body=renamed(function.body, new)) if new else function


def _positional(param: Param, count: int, known: Names) -> tuple[list[Param], Expr]:
    if count == LISTED:
        items = known.fresh(f"{param.name}_items")
        return [Param(items)], Op(tuple, (Var(items),))
    names = [known.fresh(f"{param.name}_{number}") for number in range(count)]
    return [Param(name) for name in names], Tuple(tuple(map(Var, names)))


def _named(param: Param, of: Gathered, function: Function) -> tuple[list[Param], Expr]:
    taken = names_of(function)
    for name in of.names:
        if name in taken:
            raise UnsupportedConstruct(
                f"cannot differentiate a call of `{function.name}`: its own `{name}` and the "
                f"argument `{name}` in `**{param.name}` are two",
                "Give one of them another name",
                function.origin,
            )
    keys = tuple(map(Const, of.names))
    made = [Param(name, mode=inspect.Parameter.KEYWORD_ONLY) for name in of.names]
    return made, Dict(keys, tuple(map(Var, of.names)))
