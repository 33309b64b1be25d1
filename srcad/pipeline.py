"""The way of one call, steps 1 to 6: from a function and the kinds of its arguments to the
program of its derivative.
"""

from __future__ import annotations

from dataclasses import replace

from srcad import forward, reverse
from srcad.analysis.infer import Calls, Typed, infer
from srcad.analysis.inline import capture_inlined
from srcad.core import Program, names_of, verify
from srcad.kinds import Kind
from srcad.request import Request
from srcad.simplify import simplify


def build(request: Request, kinds: dict[str, Kind]) -> Program:
    """The program of the derivative asked for, for arguments of these kinds."""
    calls = Calls()
    typed = infer(capture_inlined(request.fn), kinds, calls)
    program, generated = transform(request, typed, calls)
    names = frozenset(generated)
    functions = tuple(verify(simplify(verify(f), generated=names)) for f in program.functions)
    return replace(program, functions=functions)


def transform(request: Request, typed: Typed, calls: Calls) -> tuple[Program, set[str]]:
    """The derivative as the modes write it, and the names that they made up."""
    active, ties = request.argnums, request.ties
    if request.mode == "jvp":
        program = forward.tangent(typed, active, ties)
        known = names_of(typed.function)
        return program, {n for f in program.functions for n in names_of(f)} - known
    if request.mode == "vjp":
        return reverse.pullback(typed, active, calls, ties)
    with_value = request.mode == "value_and_grad"
    return reverse.gradient(typed, active, request.single, with_value, calls, ties)
