"""What a function's code reads from outside of itself, and what it so depends on."""

from __future__ import annotations

import dis
import importlib
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from srcad.errors import UnsupportedConstruct
from srcad.frontend.wrappers import unwrap
from srcad.libraries import is_library

ABSENT: Any = object()  # the value of a name that has none
_BY_NAME = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS")
_BY_CELL = ("LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF")


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """A free name of `owner`, or attributes of a module behind one: `K`, `config.K`.

    `value()` is what it means now, `ABSENT` if nothing.
    """

    owner: types.FunctionType
    path: tuple[str, ...]
    value: Callable[[], Any]

    @property
    def name(self) -> str:
        return self.path[-1]


def read_of(owner: types.FunctionType, path: tuple[str, ...]) -> Read:
    """The reader of a path; derivatives call it each time, so that it is made once."""
    fetch = _fetcher(owner, path[0])
    for attribute in path[1:]:
        fetch = partial(_attribute, fetch, attribute)
    return Read(owner, path, fetch)


def _fetcher(owner: types.FunctionType, name: str) -> Callable[[], Any]:
    free = owner.__code__.co_freevars
    if name in free and owner.__closure__ is not None:
        return partial(_contents, owner.__closure__[free.index(name)])
    return partial(owner.__globals__.get, name, ABSENT)


def _contents(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return ABSENT


def _attribute(fetch: Callable[[], Any], name: str) -> Any:
    return getattr(fetch(), name, ABSENT)


@dataclass(slots=True)
class Dependencies:
    """The user's functions that a function reaches, itself first, and all that they read.

    The order follows the code, so that it is the same in every process.
    """

    functions: list[types.FunctionType] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)


def dependencies(*roots: Any) -> Dependencies:
    found = Dependencies()
    for root in roots:
        _visit(root, found)
    return found


def _visit(value: Any, found: Dependencies) -> None:
    function = user_function(value)
    if function is None or any(function is known for known in found.functions):
        return
    found.functions.append(function)
    for read in reads_of(function):
        found.reads.append(read)
        _visit(read.value(), found)
    for imported in _imported(function):
        _visit(imported, found)


def _imported(function: types.FunctionType) -> Iterator[Any]:
    """What imports inside of a function may bring in that is the user's own."""
    for step in _steps(function.__code__):
        if step.opname != "IMPORT_NAME" or is_srcad_or_library(step.argval) or not step.argval:
            continue
        try:
            module = importlib.import_module(step.argval)
        except ImportError:
            continue
        for name in function.__code__.co_names:
            yield getattr(module, name, None)


def user_function(value: Any) -> types.FunctionType | None:
    """The plain function behind `value` if it is one of the user's own."""
    if isinstance(value, types.FunctionType | types.MethodType) or hasattr(value, "__wrapped__"):
        value = unwrap(value.__func__ if isinstance(value, types.MethodType) else value)
    elif hasattr(value, "py_func"):
        value = unwrap(value)
    if isinstance(value, types.FunctionType) and not is_srcad_or_library(value.__module__):
        return value
    return None


def is_srcad_or_library(module: str | None) -> bool:
    return (module or "").partition(".")[0] == "srcad" or is_library(module)


def reads_of(function: types.FunctionType) -> list[Read]:
    """The reads of one function; names of libraries' modules and built-ins are left out."""
    paths: dict[tuple[str, ...], Read] = {}
    for path in _paths(function, function.__code__):
        read = read_of(function, path)
        value = read.value()
        library = isinstance(value, types.ModuleType) and is_srcad_or_library(value.__name__)
        if not library and value is not ABSENT:
            paths.setdefault(path, read)
    return list(paths.values())


def free_value(function: types.FunctionType, name: str) -> Any:
    """What a free name means in `function`; `ABSENT` for a built-in or an unbound one."""
    return _fetcher(function, name)()


def free_names(function: types.FunctionType) -> dict[str, Any]:
    """The free names of a function that mean something other than a built-in, in code order."""
    found: dict[str, Any] = {}
    for step in _steps(function.__code__):
        by_cell = step.opname in _BY_CELL and step.argval in function.__code__.co_freevars
        if step.opname in _BY_NAME or by_cell:
            found.setdefault(step.argval, free_value(function, step.argval))
    return {name: value for name, value in found.items() if value is not ABSENT}


def _steps(code: types.CodeType) -> Iterator[dis.Instruction]:
    yield from dis.get_instructions(code)
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield from _steps(const)


def _paths(function: types.FunctionType, code: types.CodeType) -> Iterator[tuple[str, ...]]:
    """The free names read by the code, each with the attributes of modules read through it."""
    path: tuple[str, ...] = ()
    value: Any = ABSENT
    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_ATTR", "LOAD_METHOD") and isinstance(value, types.ModuleType):
            path, value = (*path, step.argval), getattr(value, step.argval, ABSENT)
            continue
        if path:
            yield path
        path, value = (), ABSENT
        free = step.argval in function.__code__.co_freevars
        if step.opname in _BY_NAME or (step.opname in _BY_CELL and free):
            path, value = (step.argval,), free_value(function, step.argval)
            if isinstance(value, types.ModuleType) and is_srcad_or_library(value.__name__):
                path, value = (), ABSENT
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield from _paths(function, const)


def refuse_stale_names(function: Callable[..., Any]) -> None:
    """Refuse a function that reads a name which another one, called by it, rebinds meanwhile.

    What a function reads of its module is looked up when the derivative is called.
    """
    reached = dependencies(function).functions
    binders = {(id(f.__globals__), name): f for f in reached for name in _rebound(f)}
    for reader in reached if binders else ():
        names = {step.argval for step in _steps(reader.__code__) if step.opname in _BY_NAME}
        for name in sorted(names - _rebound(reader)):
            binder = binders.get((id(reader.__globals__), name))
            if binder is not None:
                raise UnsupportedConstruct(
                    f"cannot differentiate `{function.__name__}`: `{reader.__name__}` reads "
                    f"`{name}`, which `{binder.__name__}` rebinds",
                    "Pass the value as an argument and return the new one",
                )


def _rebound(function: types.FunctionType) -> set[str]:
    """The names of its module that a function binds."""
    steps = _steps(function.__code__)
    return {step.argval for step in steps if step.opname == "STORE_GLOBAL"}
