"""Objects of a function's surroundings: which of them two captured values have in common.

What is reached by an attribute of a class, a module or a function has no name in the function. The
analyses of memory give it one, an `Outside`, which no variable has.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from srcad.core import Attr
from srcad.kinds import ConstOf

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


# ---------------------------------------------------------------------------------------------
# What has no name


class Outside(str):
    """The name that analyses give to something around; `said` is how a user says it."""

    objects: Objects
    said: str


def outside_of(expr: Attr) -> Outside | None:
    """The name for what an attribute of a class, a module or a function is; None for any other."""
    base = expr.base
    value = base.kind.value if isinstance(base.kind, ConstOf) else getattr(base, "value", None)
    if not isinstance(value, _OWNERS):
        return None
    owner = _definer(value, expr.name)
    names = list(vars(owner)) if expr.name == "__dict__" else [expr.name]
    found = frozenset(hash((id(owner), name)) for name in names)
    held = (objects_in(vars(owner).get(name)) for name in names)
    return _outside(found.union(*held), f"{owner.__name__}.{expr.name}")


_OWNERS = (type, types.ModuleType, types.FunctionType)


def _definer(owner: Any, name: str) -> Any:
    """The class among the bases of a class that has the attribute; anything else itself."""
    bases = owner.__mro__ if isinstance(owner, type) else ()
    return next((base for base in bases if name in vars(base)), owner)


def captured_outside(name: str, captures: Mapping[str, Any]) -> Outside | None:
    """The name, for other functions, of what one knows under `name`, if it is not its own."""
    if isinstance(name, Outside):
        return name
    return _outside(objects_in(captures[name]), name) if name in captures else None


def _outside(objects: Objects, said: str) -> Outside:
    made = Outside(f"@{min(objects, default=0)}")
    made.objects, made.said = objects, said
    return made


def objects_of(name: str, captures: Mapping[str, Any]) -> Objects:
    """The objects of the surroundings that a name in a function stands for."""
    found = captured_outside(name, captures)
    return NO_OBJECTS if found is None else found.objects


def of_outside(names: Iterable[str], captures: Mapping[str, Any]) -> frozenset[str]:
    """Those of the names that stand for something in the surroundings."""
    return frozenset(n for n in names if isinstance(n, Outside) or n in captures)
