"""Which parameters a derivative is asked for, and whether their arguments can carry one."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from srcad.errors import NotDifferentiable
from srcad.kinds import NEVER, Array, ConstOf, Inert, Kind, ListOf, Scalar, carries
from srcad.request import parameter_of

Argnums = int | str | Sequence[int | str]


def resolve_argnums(
    name: str, parameters: Sequence[inspect.Parameter], argnums: Argnums
) -> tuple[str, ...]:
    """The names of the parameters that `argnums` selects."""
    chosen = (argnums,) if isinstance(argnums, int | str) else tuple(argnums)
    names = tuple(_resolve(name, parameters, which) for which in chosen)
    if len(set(names)) < len(names):
        raise NotDifferentiable(
            f"`{name}`: argnums {argnums!r} selects an argument twice", "Name each one once"
        )
    return names


def _resolve(name: str, parameters: Sequence[inspect.Parameter], which: int | str) -> str:
    names = [parameter.name for parameter in parameters]
    listed = ", ".join(f"`{each}`" for each in names) or "none"
    remedy = f"Its parameters are {listed}"
    if isinstance(which, str):
        if which in names:
            return which
        if not which.isidentifier() or not any(p.kind is p.VAR_KEYWORD for p in parameters):
            raise NotDifferentiable(f"`{name}` has no parameter `{which}`", remedy)
        return f"{names[-1]}[{which!r}]"
    if isinstance(which, bool) or not isinstance(which, int | np.integer):
        raise NotDifferentiable(
            f"argnums of `{name}` holds {which!r}", "Select arguments by number or by name"
        )
    positional = [p.name for p in parameters if p.kind in _POSITIONAL]
    gathering = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), None)
    if gathering is not None and which >= len(positional):
        return f"{gathering}[{which - len(positional)}]"
    if not -len(positional) <= which < len(positional):
        raise NotDifferentiable(f"`{name}` has no argument number {which}", remedy)
    return positional[which]


_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def bind(fn: Callable[..., Any], signature: inspect.Signature, args: Any, kwargs: Any) -> Any:
    """The arguments of a call by the names of all parameters, defaults included."""
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError as error:
        name = getattr(fn, "__qualname__", repr(fn))
        raise TypeError(f"{name}(): {error}") from None
    bound.apply_defaults()
    return bound.arguments


def check_carries(
    name: str, kinds: Mapping[str, Kind], arguments: Mapping[str, Any], argnums: Sequence[str]
) -> None:
    """Refuse arguments that cannot carry the derivative that is asked for."""
    for selected in argnums:
        which, place = parameter_of(selected)
        if place is not None:
            _check_given(name, selected, arguments[which], place)
        if not carries(kinds[which]) and not _is_empty(kinds[which]):
            what, remedy = _described(kinds[which], arguments[which])
            raise NotDifferentiable(
                f"`{name}`: the argument `{which}` is {what}, which cannot carry a derivative",
                f"{remedy}, or choose another argument with argnums",
            )


def _check_given(name: str, selected: str, value: Any, place: int | str) -> None:
    given = range(len(value)) if isinstance(value, tuple) else value
    if place not in given:
        what = f"argument `{place}`" if isinstance(place, str) else "argument of that number"
        remedy = f"`{selected}` is what is asked for"
        raise NotDifferentiable(f"`{name}` was given no {what}", remedy)


def _is_empty(kind: Kind) -> bool:
    return isinstance(kind, ListOf) and kind.item == NEVER


def _described(kind: Kind, value: Any) -> tuple[str, str]:
    article = {"i": "an int", "u": "an int", "b": "a bool"}
    if isinstance(kind, Scalar):
        what = article.get(np.dtype(kind.dtype).kind, f"a {type(value).__name__}")
        return what, f"Pass a float ({float(value)!r})"
    if isinstance(kind, Array):
        return f"an array of {kind.dtype}", "Pass an array of floats (`.astype(float)`)"
    if isinstance(kind, ConstOf) and kind.value is None:
        return "None", "Pass a float"
    if isinstance(kind, Inert | ConstOf):
        return f"a {type(value).__name__}", "Pass a float"
    return f"a {type(value).__name__} without floats", "Pass floats"
