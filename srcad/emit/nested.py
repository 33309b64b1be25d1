"""The user's functions that are defined inside of others, where the emitted text calls them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import replace
from types import FunctionType

from srcad import core
from srcad.analysis.calls import bind_arguments
from srcad.core import Const, Expr, Function, Op, Program, rewrite
from srcad.emit.names import mentioned_names
from srcad.frontend import capture
from srcad.frontend.closures import nested_of
from srcad.frontend.gathering import original
from srcad.frontend.packing import packed_of, places_of_values, put_together
from srcad.names import Names
from srcad.simplify.blocks import map_expressions


def with_nested(program: Program) -> tuple[Program, dict[str, FunctionType]]:
    """The program with the lifted functions that it calls, and what their names mean."""
    program = with_functions_given(program)
    taken = {function.name for function in program.functions}
    names = Names(taken.union(*map(mentioned_names, program.functions)))
    found: dict[FunctionType, Function] = {}
    waiting = list(program.functions)
    while waiting:
        for fn in _lifted_in(waiting.pop(0)):
            if fn not in found:
                function = capture(fn)
                names.taken |= mentioned_names(function)
                found[fn] = replace(function, name=names.fresh(fn.__name__))
                waiting.append(found[fn])
    functions = (*found.values(), *program.functions)
    meanings = {function.name: fn for fn, function in found.items()}
    return replace(program, functions=functions), meanings


def _lifted_in(function: Function) -> Iterator[FunctionType]:
    """The lifted functions that a function mentions."""
    for stmt in core.statements(function.body):
        for expr in core.expressions_of(stmt):
            for node in core.walk(expr):
                value = original(node.fn) if isinstance(node, Op) else None
                value = node.value if isinstance(node, Const) else value
                if isinstance(value, FunctionType) and nested_of(value) is not None:
                    yield value


def with_functions_given(program: Program) -> Program:
    """The program with calls that give the user's functions what these take: functions."""
    return replace(program, functions=tuple(map(_with_functions_given, program.functions)))


def _with_functions_given(function: Function) -> Function:
    body = tuple(map_expressions(s, lambda e: rewrite(e, _given)) for s in function.body)
    return replace(function, body=body)


def _given(expr: Expr) -> Expr | None:
    """A call of a function that was made for the functions it is given, as the user wrote it."""
    packed = packed_of(expr.fn) if isinstance(expr, Op) else None
    if packed is None or not isinstance(expr, Op):
        return None
    base = capture(packed.fn)
    taken, given = dict(packed.pattern), bind_arguments(expr, capture(expr.fn))
    places = places_of_values(base, packed)
    args: list[Expr] = []
    named: list[tuple[str, Expr]] = []
    for param in base.params:
        if param.name in taken:
            values = [given[name] for name in places[param.name]]
            value = put_together(taken[param.name], values)
        else:
            value = given[param.name]
            if value is param.default:
                continue
        by_place = param.mode is not inspect.Parameter.KEYWORD_ONLY
        if by_place and base.params[len(args)] is param:
            args.append(value)
        else:
            named.append((param.name, value))
    return replace(expr, fn=packed.fn, args=tuple(args), kwargs=tuple(named))
