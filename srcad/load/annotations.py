"""Kinds from annotations, for the source of a derivative that has not been called."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from typing import Any

import numpy as np

from srcad.kinds import (
    BOOL,
    COMPLEX,
    FLOAT,
    INT,
    NONE,
    UNKNOWN,
    Array,
    Kind,
    ListOf,
    Scalar,
    TupleOf,
)

_PLAIN: dict[Any, Kind] = {float: FLOAT, int: INT, bool: BOOL, complex: COMPLEX, None: NONE}


def annotated_kinds(fn: Callable[..., Any]) -> dict[str, Kind]:
    """A kind for each parameter: what its annotation says, else unknown."""
    try:
        signature = inspect.signature(fn, follow_wrapped=False, eval_str=True)
    except Exception:  # an annotation that cannot be evaluated says nothing
        signature = inspect.signature(fn, follow_wrapped=False)
    return {name: _kind(p.annotation) for name, p in signature.parameters.items()}


def _kind(annotation: Any) -> Kind:
    try:
        if annotation in _PLAIN:
            return _PLAIN[annotation]
    except TypeError:
        return UNKNOWN
    if isinstance(annotation, type) and not typing.get_args(annotation):
        if issubclass(annotation, np.number | np.bool_):
            return _scalar(annotation)
        # arrays of which no more is said are taken to hold floats
        return Array("float64") if issubclass(annotation, np.ndarray) else UNKNOWN
    return _generic(typing.get_origin(annotation), typing.get_args(annotation))


def _scalar(annotation: Any) -> Kind:
    try:
        return Scalar(np.dtype(annotation).name, weak=False)
    except TypeError:
        return UNKNOWN


def _generic(origin: Any, parts: tuple[Any, ...]) -> Kind:
    if origin is np.ndarray and len(parts) == 2:
        inner = typing.get_args(parts[1])
        known = inner and isinstance(inner[0], type) and _scalar(inner[0]) != UNKNOWN
        return Array(np.dtype(inner[0]).name) if known else Array("float64")
    if origin is tuple and parts and Ellipsis not in parts:
        return TupleOf(tuple(map(_kind, parts)))
    if origin is list and len(parts) == 1:
        return ListOf(_kind(parts[0]))
    return UNKNOWN
