"""The kind of a value at hand: of an argument of a call, of a captured constant."""

from __future__ import annotations

import datetime
import enum
import io
import logging
import random
import types
from typing import Any

import numpy as np

from srcad.kinds import (
    BOOL,
    COMPLEX,
    FLOAT,
    INT,
    NEVER,
    UNKNOWN,
    Array,
    ConstOf,
    DictOf,
    Dim,
    Inert,
    Kind,
    Length,
    ListOf,
    NamedOf,
    RangeOf,
    Same,
    Scalar,
    TupleOf,
    join,
    object_of,
)
from srcad.objects import attributes_of, is_named_tuple, is_record


class Namer:
    """Names lengths so that equal lengths among the arguments get the same symbol.

    It goes with one look at the arguments; `objects` are those being looked at, by class.
    """

    def __init__(self) -> None:
        self.symbols: dict[int, str] = {}
        self.objects: dict[type, list[Any]] = {}

    def length(self, value: int) -> Length:
        """The length of an axis: the same for all axes that are as long."""
        if value == 1:
            return 1
        symbol = self.symbols.setdefault(value, f"n{len(self.symbols)}")
        return Dim(symbol, 0, True)


# what a program draws from, writes to and reports to
_BYSTANDERS = (
    np.random.Generator | np.random.RandomState | random.Random | io.IOBase | logging.Logger
)


def kind_of(value: Any, namer: Namer | None = None) -> Kind:
    """The kind of a value at run time. `namer` is shared between the arguments of one call."""
    namer = namer or Namer()
    if isinstance(value, bool | int | float | complex) and type(value) in _PYTHON:
        return _PYTHON[type(value)]
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "V":  # a structured one
            return UNKNOWN
        return Array(str(value.dtype), tuple(namer.length(n) for n in value.shape))
    if isinstance(value, np.generic):
        return Scalar(str(value.dtype), weak=False)
    if isinstance(value, list | tuple | dict):
        return _kind_of_container(value, namer)
    if type(value) is range:
        return RangeOf()
    if is_record(value):
        return _kind_of_record(value, namer)
    return _kind_of_object(value)


_PYTHON = {bool: BOOL, int: INT, float: FLOAT, complex: COMPLEX}


def _kind_of_container(value: Any, namer: Namer) -> Kind:
    if isinstance(value, tuple) and (type(value) is tuple or is_named_tuple(type(value))):
        items = tuple(kind_of(item, namer) for item in value)
        return TupleOf(items) if type(value) is tuple else NamedOf(items, type(value))
    if type(value) is list:
        return ListOf(_joined(value, namer))
    if type(value) is not dict:
        return UNKNOWN
    if all(isinstance(key, str) for key in value):
        return DictOf(tuple((k, kind_of(v, namer)) for k, v in value.items()), UNKNOWN)
    return DictOf(None, _joined(value.values(), namer))


def _joined(values: Any, namer: Namer) -> Kind:
    result: Kind = NEVER
    for item in values:
        result = join(result, kind_of(item, namer))
    return result


def _kind_of_object(value: Any) -> Kind:
    if value is None or value is Ellipsis:
        return ConstOf(value)
    if isinstance(value, str | bytes):
        return Inert(type(value).__name__)
    if isinstance(value, datetime.date | datetime.time):
        return Inert("date")
    if isinstance(value, datetime.timedelta):
        return Inert("timedelta")
    if isinstance(value, enum.Enum):
        return Inert("Enum")
    if isinstance(value, type | np.dtype | np.ufunc) or callable(value):
        try:
            hash(value)
        except TypeError:
            return UNKNOWN
        return ConstOf(value)
    if type(value).__name__ == "module":
        return ConstOf(value)
    if isinstance(value, set | frozenset | slice | types.CellType | _BYSTANDERS):
        return Inert(type(value).__name__)
    return UNKNOWN


# ---------------------------------------------------------------------------------------------
# Objects


def _kind_of_record(value: Any, namer: Namer) -> Kind:
    cls = type(value)
    if cls in namer.objects:
        if not any(value is known for known in namer.objects[cls]):
            namer.objects[cls].append(value)
        return Same(cls)
    met = namer.objects[cls] = [value]
    attributes: dict[str, Kind] = {}
    for each in met:  # it grows: the objects of the class that are met inside count as well
        for name, part in attributes_of(each):
            attributes[name] = join(attributes.get(name, NEVER), kind_of(part, namer))
    del namer.objects[cls]
    return object_of(cls, attributes)
