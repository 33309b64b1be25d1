"""Calls with `*xs` of a length that no kind knows, by what is called: `f(*xs)` of a function of two
parameters is `f(xs[0], xs[1])`, `min(*xs)` is `min(xs)`.

Where parameters have defaults, how many items there are decides at run time.
"""

from __future__ import annotations

import inspect
import operator
import types
from dataclasses import replace
from typing import Any

import numpy as np

from srcad.core import Attr, Choice, Const, Expr, Item, List, Op, Star, Var
from srcad.frontend.gathering import gathers, gathers_places, places_of
from srcad.kinds import Array, ListOf
from srcad.objects import is_named_tuple, is_users

_MOST = 4  # parameters with defaults that are told apart
_PLACES = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def takes_sequence(fn: Any) -> bool:
    """Whether it is known how many arguments a function takes, or that they may be one list."""
    if fn in (min, max):
        return True
    return gathers_places(fn) or _places(fn) is not None


def is_repeatable(value: Expr) -> bool:
    """Whether evaluating `value` several times is as good as once."""
    while isinstance(value, Item | Attr):
        value = value.base
    return isinstance(value, Var | Const)


def starred_call(op: Op) -> Expr | None:
    """The call without a star; None where that is not known to be the same."""
    first = next(n for n, arg in enumerate(op.args) if isinstance(arg, Star))
    before, rest = op.args[:first], op.args[first:]
    if not takes_sequence(op.fn) or any(isinstance(a, Star) and a.named for a in rest):
        return None
    if not all(isinstance(a.value.kind, ListOf | Array) for a in rest if isinstance(a, Star)):
        return None
    if op.fn in (min, max):
        items = _joined((*before, *rest))
        return replace(op, args=(items,))
    if gathers(op.fn):
        return _all_gathered(op, before, rest)
    if len(rest) > 1:
        return _amid(op, before, rest) or replace(op, args=(*before, Star(_joined(rest))))
    (star,) = rest
    assert isinstance(star, Star)
    return _by_places(op, before, star.value) if is_repeatable(star.value) else None


def _joined(args: tuple[Expr, ...]) -> Expr:
    """`(*xs, y, *zs)` as one list."""
    parts: list[Expr] = []
    for arg in args:
        if isinstance(arg, Star):
            parts.append(Op(list, (arg.value,)) if len(args) > 1 else arg.value)
        elif parts and isinstance(parts[-1], List):
            parts[-1] = List((*parts[-1].items, arg))
        else:
            parts.append(List((arg,)))
    whole = parts[0]
    for part in parts[1:]:
        whole = Op(operator.add, (whole, part))
    return whole


def _all_gathered(op: Op, before: tuple[Expr, ...], rest: tuple[Expr, ...]) -> Expr | None:
    """`f(a, *xs, b)` where all but the first places go to `*args`: `f(*[a, *xs, b])`."""
    places = len([p for p in places_of(op.fn) if p.name not in {name for name, _ in op.kwargs}])
    if len(before) < places or len((*before[places:], *rest)) == 1:
        return None
    return replace(op, args=(*before[:places], Star(_joined((*before[places:], *rest)))))


def _amid(op: Op, before: tuple[Expr, ...], rest: tuple[Expr, ...]) -> Expr | None:
    """`f(a, *xs, b)`: what is left for `xs` of as many arguments as `f` takes."""
    star, *after = rest
    named = {name for name, _ in op.kwargs}
    places = [p for p in _places(op.fn) or () if p.name not in named]
    count = len(places) - len(before) - len(after)
    if any(isinstance(arg, Star) for arg in after) or any(p.default is not p.empty for p in places):
        return None
    if count < 0 or not isinstance(star, Star) or not is_repeatable(star.value):
        return None
    items = (Item(star.value, Const(n), origin=op.origin) for n in range(count))
    return replace(op, args=(*before, *items, *after))


def _by_places(op: Op, before: tuple[Expr, ...], value: Expr) -> Expr | None:
    places = _places(op.fn)
    assert places is not None
    named = {name for name, _ in op.kwargs}
    left = [p for p in places[len(before) :] if p.name not in named]
    least = sum(1 for p in left if p.default is p.empty)
    if len(left) - least > _MOST:
        return None

    def call(count: int) -> Expr:
        items = (Item(value, Const(n), origin=op.origin) for n in range(count))
        return replace(op, args=(*before, *items))

    found = call(len(left))
    for count in range(len(left) - 1, least - 1, -1):
        test = Op(operator.eq, (Op(len, (value,)), Const(count)))
        found = Choice(test, call(count), found, origin=op.origin)
    return found


def _places(fn: Any) -> list[inspect.Parameter] | None:
    """The parameters of a function or class that take arguments by position, if they are known."""
    if isinstance(fn, np.ufunc):
        return [
            inspect.Parameter(f"x{n}", inspect.Parameter.POSITIONAL_ONLY) for n in range(fn.nin)
        ]
    known = isinstance(fn, types.FunctionType | type) and is_users(fn)
    known = known or fn is complex or isinstance(fn, types.BuiltinFunctionType)
    if not (known or (isinstance(fn, type) and is_named_tuple(fn))) or gathers(fn):
        return None
    try:
        parameters = list(inspect.signature(fn).parameters.values())
    except ValueError:
        return None
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return None
    return [p for p in parameters if p.kind in _PLACES]
