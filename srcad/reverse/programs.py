"""The program of a derivative in reverse mode: the sweeps of the function as it is asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from srcad.analysis.effects import memory
from srcad.analysis.infer import Calls, Typed
from srcad.core import Const, Expr, Function, Item, Program, Return, Tuple, names_of
from srcad.kinds import Kind, describe_kind
from srcad.names import Names
from srcad.request import parameter_of, parameters_of
from srcad.reverse.adjoint import Parts, Task, entry_copies, transform
from srcad.reverse.halves import make_pair
from srcad.reverse.pairs import Pair, Pairs


@dataclass(frozen=True)
class Made:
    """A program and what the later steps need to know of it.

    `generated` are the names it made up, `exact` those of them that hold values of the user's own
    expressions, `value_first` the functions whose result begins with such a value; `parts` are the
    sweeps of each function, `numbered` the names that have a number because another one had been
    made before them.
    """

    program: Program
    generated: frozenset[str]
    parts: tuple[Parts, ...]
    numbered: dict[str, str]
    exact: frozenset[str] = frozenset()
    value_first: frozenset[str] = frozenset()


def _with_defaults(function: Function, pairs: Pairs) -> Function:
    """A function with the captured values that its calls give by default."""
    mentioned = names_of(function) & pairs.defaults.keys()
    more = {name: pairs.defaults[name] for name in sorted(mentioned)}
    return replace(function, captures={**more, **function.captures}) if more else function


def _made(program: Program, pairs: Pairs, value_first: set[str]) -> Made:
    program = replace(program, functions=tuple(_with_defaults(f, pairs) for f in program.functions))
    generated, exact = frozenset(pairs.generated), frozenset(pairs.exact)
    value_first |= {pair.forward_name for pair in pairs.table.values()}
    return Made(
        program, generated, tuple(pairs.parts), pairs.numbered, exact, frozenset(value_first)
    )


def _new_pairs(calls: Calls, taken: set[str], ties: str) -> Pairs:
    """The table of called functions of one program."""
    names = Names(taken)
    pairs = Pairs(lambda pair: None, names.fresh, ties)
    pairs.make = lambda pair: make_pair(pair, calls, pairs)
    return pairs


def gradient(
    typed: Typed,
    chosen: tuple[str, ...],
    single: bool,
    with_value: bool,
    calls: Calls,
    ties: str = "first",
) -> Made:
    """The program of `grad` or `value_and_grad`."""
    active = parameters_of(chosen)
    pairs = _new_pairs(calls, names_of(typed.function), ties)
    task = Task(active, want_value=with_value, returned=active)
    parts = transform(typed, task, calls, pairs)
    grads = _of_chosen(chosen, dict(zip(active, parts.gradients, strict=True)))
    result: Expr = grads[0] if single else Tuple(tuple(grads))
    if with_value:
        assert parts.value is not None
        result = Tuple((parts.value, result))
    body = (*entry_copies(parts), *parts.sweeps.joint(), Return(result))
    name = f"{'value_and_grad' if with_value else 'grad'}_{typed.function.name}"
    function = replace(
        typed.function,
        name=name,
        body=body,
        captures=parts.typed.function.captures,
        doc=_doc(typed, chosen, single, with_value),
    )
    functions = (*pairs.functions, function)
    first = {name} if with_value else set()
    return _made(Program(functions, name, written=parts.written), pairs, first)


def _of_chosen(chosen: tuple[str, ...], gradients: dict[str, Expr]) -> list[Expr]:
    """The gradients that are asked for: of parameters, and of single arguments in `*args`."""
    parts = []
    for name, place in map(parameter_of, chosen):
        whole = gradients[name]
        parts.append(whole if place is None else Item(whole, Const(place)))
    return parts


def pullback(typed: Typed, active: tuple[str, ...], calls: Calls, ties: str = "first") -> Made:
    """The program of `vjp`: the forward half of the function, and the pullback."""
    pairs = _new_pairs(calls, names_of(typed.function), ties)
    name = typed.function.name
    names = pairs.fresh(f"{name}_forward"), pairs.fresh(f"{name}_reverse")
    pair = Pair(typed, frozenset(active), True, (), active, *names, public=True)
    make_pair(pair, calls, pairs)
    assert pair.forward is not None and pair.reverse is not None
    written = memory(typed).effects.writes
    ordered = tuple(p.name for p in typed.function.params if p.name in written)
    functions = (*pairs.functions, pair.forward, pair.reverse)
    return _made(Program(functions, names[0], written=ordered), pairs, {names[0]})


def _doc(typed: Typed, active: tuple[str, ...], single: bool, with_value: bool) -> str:
    what = f"`{active[0]}`" if single else ", ".join(f"`{name}`" for name in active)
    head = "Value and gradient" if with_value else "Gradient"
    kinds = ", ".join(
        f"{p.name}: {describe_kind(typed.kinds.get(p.name, Kind()))}" for p in typed.function.params
    )
    return f"{head} of `{typed.function.name}` with respect to {what}.\n\nFor {kinds}."
