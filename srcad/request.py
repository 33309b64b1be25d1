"""What is asked of the pipeline: which derivative, of which function, in which parameters."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

Mode = Literal["grad", "value_and_grad", "vjp", "jvp"]


@dataclass(frozen=True, slots=True)
class Request:
    """One derivative of one function; equal requests of the same function object are one.

    `argnums` holds names of parameters, in the order asked for, or single arguments among those
    that `*args` and `**kwargs` take: `args[0]`, `kwargs['scale']`; `single` says that one was
    asked for by itself, so that its gradient is returned bare instead of in a tuple. `ties` is
    "first" (the program's own choice) or "all".
    """

    fn: Callable[..., Any]
    mode: Mode
    argnums: tuple[str, ...]
    single: bool = False
    ties: str = "first"


def parameter_of(selected: str) -> tuple[str, int | str | None]:
    """The parameter that an entry of `argnums` is or is part of, and the place in it."""
    name, bracket, place = selected.partition("[")
    return name, ast.literal_eval(place.removesuffix("]")) if bracket else None


def parameters_of(argnums: Iterable[str]) -> tuple[str, ...]:
    """The parameters that `argnums` selects or selects parts of, each once."""
    return tuple(dict.fromkeys(parameter_of(selected)[0] for selected in argnums))
