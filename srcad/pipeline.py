"""The way of one call, steps 1 to 6: from a function and the kinds of its arguments to the
program of its derivative."""

from __future__ import annotations

from srcad.analysis.infer import Calls, infer
from srcad.core import Program, verify
from srcad.frontend import capture
from srcad.kinds import Kind
from srcad.request import Request
from srcad.simplify import simplify


def build(request: Request, kinds: dict[str, Kind]) -> Program:
    """The program of the derivative asked for, for arguments of these kinds."""
    from dataclasses import replace

    from srcad import reverse

    function = capture(request.fn)
    calls = Calls()
    typed = infer(function, kinds, calls)
    with_value = request.mode == "value_and_grad"
    program, generated = reverse.gradient(
        typed, request.argnums, request.single, with_value, calls
    )
    functions = tuple(
        verify(simplify(verify(f), generated=frozenset(generated))) for f in program.functions
    )
    return replace(program, functions=functions)
