"""Objects of the user's classes: which they are, and what they are made of."""

from __future__ import annotations

import dis
import enum
import functools
import itertools
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

from srcad.libraries import is_library

_RECORDS = (types.SimpleNamespace, functools.partial, types.MethodType)
# classes whose objects have an inside that is not in their attributes
_OPAQUE = (list, tuple, dict, set, frozenset, str, bytes, bytearray, int, float, complex, type)
_BASES = (*_OPAQUE, BaseException, enum.Enum, np.ndarray, np.generic, types.ModuleType)


# What a function that makes derivatives has: whether one that is differentiated may call it.
TRANSFORM = "__srcad_transform__"
RESOLVED = "__srcad_resolved__"  # marks what stands for an operation until kinds say which
# The method of a derivative that gives the function generated for some kinds of argument.
INSIDE = "generated_for"


@functools.lru_cache(maxsize=4096)  # a class that is redefined over and over is let go
def is_record_class(cls: Any) -> bool:
    """Whether an object of this class is what its attributes are: a class written in Python."""
    if cls in _RECORDS:
        return True
    written_in_python = bool(cls.__flags__ & _HEAP_TYPE) and not hasattr(cls, INSIDE)
    return written_in_python and not issubclass(cls, _BASES) and not is_library(cls.__module__)


def keeps_attributes(cls: Any) -> bool:
    """Whether a class has code of its own for what `x.a` and `x.a = v` do."""
    for base in cls.__mro__:
        frozen = "__dataclass_params__" in vars(base)  # its `__setattr__` only refuses
        hooks = ("__getattribute__",) if frozen else ("__getattribute__", "__setattr__")
        if any(isinstance(vars(base).get(name), types.FunctionType) for name in hooks):
            return True
        if any(
            isinstance(getattr(type(v), "__set__", None), types.FunctionType)
            for v in vars(base).values()
        ):
            return True  # a descriptor of the user's
    return False


def is_record(value: Any) -> bool:
    """Whether `value` is an object of a record class."""
    cls: Any = type(value)
    return is_record_class(cls)


@functools.lru_cache(maxsize=4096)
def shadow_class(cls: type) -> type:
    """What kinds call the class of the shadows of objects of `cls`.

    They are all of them namespaces; kinds tell them apart, as their attributes differ.
    """
    if cls is types.SimpleNamespace or issubclass(cls, types.SimpleNamespace):
        return cls
    return type("SimpleNamespace", (types.SimpleNamespace,), {})


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
        own = getattr(value, "__dict__", {})
        yield from own.items()
        yield from ((n, v) for n, v in class_defaults(type(value)).items() if n not in own)
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


def is_slot(cls: Any, name: str) -> bool:
    """Whether what a class has under the name is where its objects keep it."""
    return any(isinstance(vars(b).get(name), types.MemberDescriptorType) for b in cls.__mro__)


def blank(cls: Any) -> Any:
    """A new object of the class without attributes; nothing of the class's own is run."""
    made_in_c = next(base for base in cls.__mro__ if not base.__flags__ & _HEAP_TYPE)
    return made_in_c.__new__(cls)


@functools.lru_cache(maxsize=4096)
def _stored(cls: Any) -> frozenset[str]:
    """The names of the attributes that the methods of `cls` store into."""
    functions = [f for base in cls.__mro__ for f in vars(base).values()]
    codes = [f.__code__ for f in functions if isinstance(f, types.FunctionType)]
    pairs = (pair for code in codes for pair in itertools.pairwise(dis.get_instructions(code)))
    return frozenset(
        step.argval
        for before, step in pairs
        if step.opname == "STORE_ATTR" and before.opname not in _OF_CLASSES
    )


# what puts a class on the stack, rather than the method's object: `Model.count`, `type(self).count`
_OF_CLASSES = ("LOAD_GLOBAL", "LOAD_DEREF", "LOAD_ATTR", "CALL", "CALL_FUNCTION")


def class_defaults(cls: Any) -> dict[str, Any]:
    """The numbers and arrays of a class that its methods replace by attributes of the object."""
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        for name, value in vars(base).items():
            plain = value is None or isinstance(value, bool | int | float | complex | np.ndarray)
            if plain and not name.startswith("__") and name in _stored(cls):
                found[name] = value
    return found


def is_users(fn: Any) -> bool:
    """Whether a call of `fn` runs Python code: a function's, or a class's that makes an object."""
    if isinstance(fn, types.FunctionType):
        return not hasattr(fn, TRANSFORM) and not hasattr(fn, RESOLVED)
    return isinstance(fn, type) and fn not in _RECORDS and is_record_class(fn)
