"""The user's functions that are defined inside of others, where the emitted text calls them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import FunctionType

from srcad import core
from srcad.core import Const, Function, Op, Program
from srcad.emit.names import mentioned_names
from srcad.frontend import capture
from srcad.frontend.closures import nested_of
from srcad.frontend.gathering import original
from srcad.names import Names


def with_nested(program: Program) -> tuple[Program, dict[str, FunctionType]]:
    """The program with the lifted functions that it calls, and what their names mean."""
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
