"""Imports inside a function: they are carried out when the function is captured.

A name that nothing but one import binds means what was imported, wherever it is read. Where
another statement binds the same name, or the import fails, it is a local like any other.
"""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import gast

Reader = Callable[[], Any]


def imported_names(nodes: list[Any]) -> dict[str, Reader]:
    """The names that one import in the body of a function binds, with what gives their object."""
    found = [pair for node in nodes for pair in _all_bindings(node)]
    times = Counter(name for name, _ in found)
    return {name: read for name, read in found if times[name] == 1 and _works(read)}


def names_of_imports(nodes: list[Any]) -> set[str]:
    """All names that imports in the body of a function bind."""
    return {name for node in nodes for name, _ in _all_bindings(node)}


def _all_bindings(node: Any) -> Iterator[tuple[str, Reader]]:
    if isinstance(node, gast.Import | gast.ImportFrom):
        yield from bindings(node)
    elif not isinstance(node, gast.FunctionDef | gast.AsyncFunctionDef | gast.ClassDef):
        for child in gast.iter_child_nodes(node):
            yield from _all_bindings(child)


def bindings(node: Any) -> list[tuple[str, Reader]]:
    """The names that an import binds, each with what imports its object."""
    if isinstance(node, gast.Import):
        return [(alias.asname or _top(alias), _module(alias)) for alias in node.names]
    if node.level:
        return []
    return [(a.asname or a.name, _member(node.module, a.name)) for a in node.names]


def _top(alias: Any) -> str:
    return str(alias.name.partition(".")[0])


def _module(alias: Any) -> Reader:
    def read() -> Any:
        module = importlib.import_module(alias.name)
        return module if alias.asname else importlib.import_module(_top(alias))

    return read


def _member(module: str, name: str) -> Reader:
    def read() -> Any:
        home = importlib.import_module(module)
        if hasattr(home, name):
            return getattr(home, name)
        try:
            return importlib.import_module(f"{module}.{name}")
        except ModuleNotFoundError:
            raise ImportError(f"cannot import name {name!r} from {module!r}") from None

    return read


def _works(read: Reader) -> bool:
    try:
        read()
    except Exception:  # it fails in its place, as it does in the function
        return False
    return True
