"""The key of a generated file: everything that its text depends on."""

from __future__ import annotations

import functools
import hashlib
import sys
import types
from pathlib import Path
from typing import Any

import gast
import numpy as np

from srcad.emit.names import is_simple, library_path
from srcad.emit.printer import ASTOR_VERSION
from srcad.emit.reads import Dependencies, user_function
from srcad.errors import SrcadError
from srcad.frontend.source import read
from srcad.kinds import (
    ConstOf,
    DictOf,
    Kind,
    ListOf,
    TupleOf,
)
from srcad.request import Request
from srcad.value_kinds import kind_of
from srcad.version import VERSION


class _Unstable(Exception):
    """Something has no description that is the same in another process."""


def key_of(request: Request, kinds: dict[str, Kind], needed: Dependencies) -> str | None:
    """The key under which other processes find the same result; None if it has none."""
    try:
        _refuse_added_rules()
        parts = [
            _versions(),
            repr((request.mode, request.argnums, request.single, request.ties)),
            f"{request.fn.__module__}.{request.fn.__qualname__}",
            *(f"{name}: {_kind(kind, needed)}" for name, kind in kinds.items()),
            *(_source(function) for function in needed.functions),
            *(_read(position, needed) for position in range(len(needed.reads))),
        ]
    except (_Unstable, SrcadError):
        return None
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@functools.cache
def _versions() -> str:
    python = ".".join(map(str, sys.version_info[:2]))
    return f"{VERSION} {_fingerprint()} {python} {np.__version__} {_gast_version()} {ASTOR_VERSION}"


def _refuse_added_rules() -> None:
    """A rule of the user's may use anything; it has no description for another process."""
    rules = sys.modules.get("srcad.rules")  # not imported: nobody has added one
    if rules is not None and rules.added_rules():
        raise _Unstable


def _gast_version() -> str:
    return str(getattr(gast, "__version__", ""))


def _fingerprint() -> str:
    """What tells one state of srcad's own files from another while it is being worked on."""
    root = Path(__file__).resolve().parents[1]
    states = [
        (path.relative_to(root).as_posix(), path.stat().st_size, path.stat().st_mtime_ns)
        for path in sorted(root.rglob("*.py"))
    ]
    return hashlib.sha256(repr(states).encode()).hexdigest()[:16]


def _source(function: types.FunctionType) -> str:
    source = read(function)
    first = source.node.lineno
    lines = source.lines[first - 1 : source.node.end_lineno]
    # several lambdas may stand on one line
    own = source.segment(source.node) if isinstance(source.node, gast.Lambda) else ""
    return f"{function.__module__}.{function.__qualname__}\n{own}\n" + "".join(lines)


def _read(position: int, needed: Dependencies) -> str:
    found = needed.reads[position]
    owner = next(i for i, f in enumerate(needed.functions) if f is found.owner)
    return f"{owner} {'.'.join(found.path)} = {_value(found.value(), needed)}"


def _value(value: Any, needed: Dependencies) -> str:
    """A description of a value that is read from outside: literally, by name, or by kind."""
    if is_simple(value):
        return repr(value)
    return _object(value, needed) or _kind(kind_of(value), needed)


def _object(value: Any, needed: Dependencies) -> str | None:
    """A function, class or module, by what names it in any process."""
    if isinstance(value, types.ModuleType):
        return f"module {value.__name__}"
    function = user_function(value)
    for position, known in enumerate(needed.functions):
        if function is known:
            return f"function {position} {type(value).__name__}"
    found = library_path(value)
    if found:
        return ".".join(found)
    owner = getattr(value, "__self__", None)
    if isinstance(value, types.BuiltinMethodType) and not isinstance(owner, types.ModuleType):
        inner = _object(owner, needed)
        return f"{inner}.{value.__name__}" if inner else None
    if isinstance(value, types.BuiltinFunctionType | np.ufunc):
        return f"{getattr(value, '__module__', '')}.{value.__name__}"
    if isinstance(value, np.dtype):
        return f"dtype {value.str}"
    return None


def _kind(kind: Kind, needed: Dependencies) -> str:
    match kind:
        case ConstOf(value=value):
            named = repr(value) if is_simple(value) else _object(value, needed)
            if named is None:
                raise _Unstable
            return f"ConstOf({named})"
        case TupleOf(items=items):
            return f"TupleOf({', '.join(_kind(item, needed) for item in items)})"
        case ListOf(item=item):
            return f"{type(kind).__name__}({_kind(item, needed)})"
        case DictOf(items=pairs, value=value):
            known = [f"{name}: {_kind(item, needed)}" for name, item in pairs or ()]
            return f"DictOf({pairs is None}, {known}, {_kind(value, needed)})"
    return repr(kind)
