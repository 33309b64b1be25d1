"""Objects of a function's surroundings: which of them two captured values have in common."""

from __future__ import annotations

import types
from typing import Any

import numpy as np

DEPTH = 3  # of containers in containers that are looked through

Objects = frozenset[int]  # by `id`: what was captured lives as long as the function
NO_OBJECTS: Objects = frozenset()


def objects_in(value: Any) -> Objects:
    """The captured object and the mutable ones in it; an array stands for its memory."""
    found: set[int] = set()
    _collect(value, found, DEPTH)
    return frozenset(found)


def _collect(value: Any, found: set[int], depth: int) -> None:
    if value is None or isinstance(value, _PLAIN):
        return
    while isinstance(value, np.ndarray) and isinstance(value.base, np.ndarray):
        value = value.base
    found.add(id(value))
    if depth:
        for part in _parts(value):
            _collect(part, found, depth - 1)


_PLAIN = (
    *(int, float, complex, str, bytes, type, range, slice, np.generic, np.dtype),
    *(types.FunctionType, types.BuiltinFunctionType, types.ModuleType),
)


def _parts(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, list | tuple | set | frozenset):
        return list(value)
    return list(vars(value).values()) if hasattr(value, "__dict__") else []
