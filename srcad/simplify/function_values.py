"""Calls that give functions, or objects that hold them, as calls of the program's own.

A function made inside another is a value of parts here (`functools.partial` of a plain function
and what it captures). Where the user's function would be called to make one, its core form is;
and so where it would make a `deque`.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from srcad.analysis.infer import Calls, Typed
from srcad.core import Expr, Function, FunctionRef, Op, Program, rewrite
from srcad.frontend.closures import nested_of
from srcad.kinds import ConstOf, DictOf, Kind, ListOf, ObjectOf, OneOf, TupleOf
from srcad.names import Names
from srcad.objects import is_users
from srcad.rules import rule_for
from srcad.simplify.blocks import map_expressions


def with_makers(program: Program, calls: Calls) -> Program:
    """`program` with the functions in it that it calls for the functions that they make."""
    work = _Makers(program, calls)
    functions = [work.rewritten(function) for function in program.functions]
    return replace(program, functions=(*work.made.values(), *functions))


class _Makers:
    def __init__(self, program: Program, calls: Calls) -> None:
        self.calls = calls
        self.names = Names(function.name for function in program.functions)
        self.called: dict[int, str] = {}
        self.made: dict[str, Function] = {}

    def rewritten(self, function: Function) -> Function:
        body = tuple(map_expressions(stmt, self._expression) for stmt in function.body)
        return replace(function, body=body)

    def _expression(self, expr: Expr) -> Expr:
        return rewrite(expr, self._operation)

    def _operation(self, expr: Expr) -> Expr | None:
        if not isinstance(expr, Op) or not is_users(expr.fn) or rule_for(expr) is not None:
            return None
        typed = self.calls.typed(expr)
        if typed is None or not (_gives_functions(typed) or _makes_queues(expr.fn, typed, set())):
            return None
        return replace(expr, fn=FunctionRef(self._name(typed)))

    def _name(self, typed: Typed) -> str:
        if id(typed) not in self.called:
            name = self.called[id(typed)] = self.names.fresh(typed.function.name)
            made = self.rewritten(replace(typed.function, name=name))
            self.made[name] = made
        return self.called[id(typed)]


def _makes_queues(fn: Any, typed: Typed, seen: set[int]) -> bool:
    """Whether the user's code makes or uses a `deque`, which is a list here."""
    if id(typed) in seen:
        return False
    seen.add(id(typed))
    own = [f for cls in fn.__mro__ for f in vars(cls).values()] if isinstance(fn, type) else [fn]
    if any(isinstance(f, types.FunctionType) and _mentions_queues(f.__code__) for f in own):
        return True
    return any(_makes_queues(key[0], each, seen) for key, each in typed.calls.items())


def _mentions_queues(code: types.CodeType) -> bool:
    inner = (part for part in code.co_consts if isinstance(part, types.CodeType))
    return not _OF_QUEUES.isdisjoint(code.co_names) or any(map(_mentions_queues, inner))


_OF_QUEUES = frozenset(("deque", "popleft", "appendleft", "extendleft", "rotate"))


def _gives_functions(typed: Typed) -> bool:
    """Whether functions of its own making are in the result, or in what it was given."""
    kinds = (typed.result, *typed.exit.values())
    return any(_is_nested(part) for kind in kinds for part in _parts(kind))


def _parts(kind: Kind) -> Iterator[Kind]:
    yield kind
    match kind:
        case TupleOf(items=items) | OneOf(options=items):
            inner = items
        case ListOf(item=item):
            inner = (item,)
        case DictOf(items=pairs, value=value):
            inner = (value, *(part for _, part in pairs or ()))
        case _:
            inner = ()
    for part in inner:
        yield from _parts(part)


def _is_nested(kind: Kind) -> bool:
    if isinstance(kind, ObjectOf) and kind.cls is functools.partial:
        return kind.items is None
    return isinstance(kind, ConstOf) and nested_of(kind.value) is not None
