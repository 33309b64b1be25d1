"""The way of one call, steps 1 to 6: from a function and kinds of its arguments to the program
of its derivative.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from srcad import forward, reverse
from srcad.analysis.captured import refuse_hidden_flow
from srcad.analysis.caught import refuse_values_from_exceptions
from srcad.analysis.infer import Calls, Typed, infer
from srcad.analysis.inline import capture_inlined
from srcad.analysis.keys import refuse_keys
from srcad.analysis.program_effects import ProgramEffects
from srcad.analysis.surroundings import name_surroundings
from srcad.analysis.text import refuse_numbers_from_text
from srcad.core import Function, Program, names_of
from srcad.emit.reads import refuse_stale_names
from srcad.errors import NonScalarResult
from srcad.frontend import capture
from srcad.frontend.generators import refuse_generator
from srcad.kinds import NONE, Kind
from srcad.names import Names
from srcad.request import Request, parameters_of
from srcad.simplify import renumber, simplify
from srcad.simplify.function_values import with_makers
from srcad.simplify.shadow_stores import into_plain_shadows
from srcad.verifier import verify


@dataclass(frozen=True)
class Stages:
    """What each step gave; `made` has the reverse mode's analyses of each function as well."""

    captured: Function
    inlined: Function
    typed: Typed
    made: reverse.Made
    simplified: Program


def build(request: Request, kinds: dict[str, Kind]) -> Program:
    """The program of the derivative asked for, for arguments of these kinds."""
    return stages(request, kinds).simplified


def stages(request: Request, kinds: dict[str, Kind]) -> Stages:
    """All steps, one after the other."""
    refuse_stale_names(request.fn)
    refuse_generator(request.fn)
    calls = Calls()
    inlined = capture_inlined(request.fn)
    typed = infer(inlined, kinds, calls)
    _require_result(request, typed)
    refuse_numbers_from_text(typed)
    refuse_values_from_exceptions(typed)
    refuse_hidden_flow(typed, request.argnums)
    refuse_keys(typed, request.argnums)
    name_surroundings(typed)
    made = transform(request, typed, calls)
    return Stages(capture(request.fn), inlined, typed, made, simplified(made, calls))


def _require_result(request: Request, typed: Typed) -> None:
    if typed.result != NONE:
        return
    wanted = "one number" if "grad" in request.mode else "its result"
    raise NonScalarResult(
        f"`{typed.function.name}`: `{request.mode}` wants a function that returns {wanted}, "
        "this one returns None",
        "Return it, also where it is left in an argument",
    )


def transform(request: Request, typed: Typed, calls: Calls) -> reverse.Made:
    """The derivative as the modes write it."""
    active, ties = parameters_of(request.argnums), request.ties
    if request.mode == "jvp":
        program, new = forward.tangent(typed, active, ties)
        first = frozenset(f.name for f in program.functions)
        return reverse.Made(
            program, frozenset(new.tangents | new.values), (), {}, frozenset(new.values), first
        )
    if request.mode == "vjp":
        return reverse.pullback(typed, active, calls, ties)
    with_value = request.mode == "value_and_grad"
    return reverse.gradient(typed, request.argnums, request.single, with_value, calls, ties)


def simplified(made: reverse.Made, calls: Calls) -> Program:
    """The program with each of its functions simplified."""
    program = with_makers(made.program, calls)
    effects = ProgramEffects(program, calls)

    def short(function: Function) -> Function:
        names = Names(names_of(function))
        found = simplify(
            verify(function),
            generated=made.generated,
            exact=made.exact,
            value_first=function.name in made.value_first,
            fresh=names.fresh,
            pure=effects.pure,
            effects_of=effects.of,
        )
        found = into_plain_shadows(found, made.generated - made.exact)
        return verify(renumber(found, {**made.numbered, **names.numbered}, named))

    named = {function.name for function in program.functions}
    return replace(program, functions=tuple(map(short, program.functions)))
