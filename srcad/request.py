"""What is asked of the pipeline: which derivative, of which function, in which parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Mode = Literal["grad", "value_and_grad", "vjp", "jvp"]


@dataclass(frozen=True, slots=True)
class Request:
    """One derivative of one function; equal requests of the same function object are one.

    `argnums` holds names of parameters, in the order asked for; `single` says that one was
    asked for by itself, so that its gradient is returned bare instead of in a tuple. `ties` is
    "first" (the program's own choice) or "all".
    """

    fn: Callable[..., Any]
    mode: Mode
    argnums: tuple[str, ...]
    single: bool = False
    ties: str = "first"
