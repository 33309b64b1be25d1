"""Objects of the user's classes: which they are, and what they are made of."""

from __future__ import annotations

import dataclasses
import enum
import functools
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

from srcad.libraries import is_library

_RECORDS = (types.SimpleNamespace, functools.partial, types.MethodType)
# classes whose objects have an inside that is not in their attributes
_OPAQUE = (list, tuple, dict, set, frozenset, str, bytes, bytearray, int, float, complex, type)
_BASES = (*_OPAQUE, BaseException, enum.Enum, np.ndarray, np.generic, types.ModuleType)


@functools.lru_cache(maxsize=4096)  # a class that is redefined over and over is let go
def is_record_class(cls: Any) -> bool:
    """Whether an object of this class is what its attributes are: a class written in Python."""
    if cls in _RECORDS:
        return True
    written_in_python = bool(cls.__flags__ & _HEAP_TYPE)
    return written_in_python and not issubclass(cls, _BASES) and not is_library(cls.__module__)


def is_record(value: Any) -> bool:
    """Whether `value` is an object of a record class."""
    cls: Any = type(value)
    return is_record_class(cls)


_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: made by a `class` statement


def is_named_tuple(cls: type) -> bool:
    """Whether the class was made by `typing.NamedTuple` or `collections.namedtuple`."""
    return issubclass(cls, tuple) and hasattr(cls, "_fields")


def attributes_of(value: Any) -> Iterator[tuple[str, Any]]:
    """The attributes of an object of a record class, with their names."""
    if isinstance(value, types.MethodType):
        yield "__func__", value.__func__
        yield "__self__", value.__self__
    elif isinstance(value, functools.partial):
        yield from (("func", value.func), ("args", value.args), ("keywords", value.keywords))
    else:
        yield from getattr(value, "__dict__", {}).items()
        cls: Any = type(value)
        for name in _slots(cls):
            if hasattr(value, name):
                yield name, getattr(value, name)


@functools.lru_cache(maxsize=4096)
def _slots(cls: Any) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for base in reversed(cls.__mro__):
        slots = base.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else tuple(slots):
            if name not in ("__dict__", "__weakref__"):
                mangled = name.startswith("__") and not name.endswith("__")
                found[f"_{base.__name__.lstrip('_')}{name}" if mangled else name] = None
    return tuple(found)


def kept_arguments(cls: type) -> tuple[str, ...] | None:
    """The arguments of a class that only keeps them as attributes; None of any other."""
    if not dataclasses.is_dataclass(cls) or hasattr(cls, "__post_init__"):
        return None
    code = getattr(cls.__init__, "__code__", None)
    fields = dataclasses.fields(cls)
    if code is None or code.co_filename != "<string>" or not all(field.init for field in fields):
        return None
    return tuple(field.name for field in fields)
