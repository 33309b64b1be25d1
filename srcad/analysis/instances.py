"""`isinstance` decided by kinds."""

from __future__ import annotations

from typing import Any

import numpy as np

from srcad.core import Const, Expr, Tuple
from srcad.kinds import (
    Array,
    ConstOf,
    DictOf,
    Inert,
    Kind,
    ListOf,
    NamedOf,
    NumbersOf,
    ObjectOf,
    OneOf,
    RangeOf,
    Scalar,
    TupleOf,
)

# what a Python number of a dtype may be: an int may have been joined with a float
_NUMBERS: dict[str, tuple[type, ...]] = {
    "b": (bool,),
    "i": (int, bool),
    "f": (float, int),
    "c": (complex, float, int),
}


def is_instance(kind: Kind, wanted: Expr) -> bool | None:
    """Whether a value of `kind` is an instance of `wanted`, where that is certain."""
    classes = _classes_in(wanted)
    own = _classes_of(kind)
    if classes is None or own is None:
        return None
    try:
        answers = {issubclass(cls, classes) for cls in own}
    except TypeError:
        return None
    return answers.pop() if len(answers) == 1 else None


def _classes_in(wanted: Expr) -> Any:
    if isinstance(wanted, Tuple):
        found = [_classes_in(item) for item in wanted.items]
        return None if None in found else tuple(found)
    if isinstance(wanted, Const) or isinstance(wanted.kind, ConstOf):
        value = wanted.value if isinstance(wanted, Const) else wanted.kind.value  # type: ignore[attr-defined]
        return value if value is not None else None
    return None


def _classes_of(kind: Kind) -> tuple[type, ...] | None:
    """The classes that a value of `kind` may have; None if that is not known."""
    match kind:
        case ObjectOf(cls=cls) | NamedOf(cls=cls):
            return (cls,)
        case OneOf(options=options):
            found = [_classes_of(option) for option in options]
            return None if None in found else tuple(c for part in found if part for c in part)
        case ConstOf(value=value):
            return (type(value),)
        case Inert(name="str"):
            return (str,)
        case Scalar(dtype=dtype, weak=weak) if dtype != "object":
            python = _NUMBERS.get(np.dtype(dtype).kind, ())
            return python if weak and python else (*python, np.dtype(dtype).type)
        case Array():
            return (np.ndarray,)
        case NumbersOf():
            return (tuple,)
        case ListOf():
            return (list,)
        case TupleOf():
            return (tuple,)
        case DictOf():
            return (dict,)
        case RangeOf():
            return (range,)
    return None
