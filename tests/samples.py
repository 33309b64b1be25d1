"""Arguments and small functions that several modules of tests use, and a table of cases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

XS = [0.7, -0.4, 1.3]
YS = [0.5, 1.1, -0.8]
A = np.array([0.7, -0.4, 1.3, 0.2])
B = np.array([0.5, 1.1, -0.8, 0.9])
M = np.array([[0.3, 0.8, -0.5], [1.2, -0.7, 0.4]])

Function = Callable[..., Any]


def square(v):
    return v * v


def mul(a, b):
    return a * b


def table_of_cases() -> tuple[dict[Function, tuple[Any, ...]], Callable[..., Any]]:
    """A table of functions with their arguments, and a decorator that adds to it."""
    table: dict[Function, tuple[Any, ...]] = {}

    def case(*args: Any) -> Callable[[Function], Function]:
        def note(f: Function) -> Function:
            table[f] = args
            return f

        return note

    return table, case
