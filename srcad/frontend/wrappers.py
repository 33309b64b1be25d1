"""Which decorated functions mean what the function under the decorator means."""

from __future__ import annotations

import ast
import inspect
import types
from typing import Any

from srcad.core import Method
from srcad.errors import SourceNotAvailable
from srcad.frontend.source import find
from srcad.libraries import is_library_callable


def unwrap(fn: Any) -> Any:
    """The plain function under numba dispatchers, caches, srcad's own derivatives and decorators.

    A wrapper that is a Python function is looked through only where it passes its arguments on
    and returns the result unchanged (it may print, count or measure): else it is what is meant.
    """
    seen: set[int] = set()
    while id(fn) not in seen:
        seen.add(id(fn))
        fn = _inner(fn)
    return fn


def called(value: Any) -> Any:
    """What a call in the user's code calls: the function in a cache, dispatcher or differentiable.

    A derivative is no such wrapper: calling it does not call what it was made from. A method of a
    built-in class, named with its class (`list.append(xs, x)`), is the method.
    """
    if isinstance(value, types.MethodDescriptorType):
        return Method(value.__name__)
    wraps = hasattr(value, "__wrapped__") or hasattr(value, "py_func")
    plain = isinstance(value, types.FunctionType | type) or is_library_callable(value)
    return unwrap(value) if wraps and not plain else value


def _inner(fn: Any) -> Any:
    """What `fn` wraps, or `fn` itself."""
    for attribute in ("primal", "py_func", "__wrapped__"):
        if inspect.getattr_static(fn, attribute, None) is None:
            continue
        inner = getattr(fn, attribute, None)
        changes = isinstance(fn, types.FunctionType) and not _passes_on(fn, inner)
        if callable(inner) and not changes:
            return inner
    return fn


def _passes_on(wrapper: types.FunctionType, inner: Any) -> bool:
    """Whether `wrapper(*args, **kwargs)` returns `inner(*args, **kwargs)` as it is."""
    try:
        node, _ = find(wrapper)
    except SourceNotAvailable:
        return False
    names = [name for name, value in _closure(wrapper) if value is inner]
    calls = {ast.dump(call) for name in names for call in _calls(node.args, name)}
    if isinstance(node, ast.Lambda):
        return ast.dump(node.body) in calls
    results = _names_of_result(node, calls)
    returns = [part.value for part in ast.walk(node) if isinstance(part, ast.Return)]
    whole = all(r is not None and _is_result(r, calls, results) for r in returns)
    arguments = {arg.arg for arg in (node.args.vararg, node.args.kwarg) if arg is not None}
    return bool(returns) and whole and not _touches(node, arguments | results, arguments)


def _closure(fn: types.FunctionType) -> list[tuple[str, Any]]:
    cells = zip(fn.__code__.co_freevars, fn.__closure__ or (), strict=True)
    return [(name, cell.cell_contents) for name, cell in cells]


def _calls(args: ast.arguments, name: str) -> list[ast.expr]:
    """The ways to call `name` with exactly the arguments that were given."""
    if args.args or args.posonlyargs or args.kwonlyargs or args.vararg is None:
        return []
    text = f"{name}(*{args.vararg.arg}"
    text += f", **{args.kwarg.arg})" if args.kwarg else ")"
    return [ast.parse(text, mode="eval").body]


def _names_of_result(node: Any, calls: set[str]) -> set[str]:
    """The names that are only ever assigned the call's result."""
    stored = [name.id for name in _names(node) if isinstance(name.ctx, ast.Store)]
    found = set()
    for part in ast.walk(node):
        match part:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if ast.dump(value) in calls:
                found.add(name)
    return {name for name in found if stored.count(name) == 1}


def _names(node: Any) -> list[ast.Name]:
    return [part for part in ast.walk(node) if isinstance(part, ast.Name)]


def _touches(node: Any, inside: set[str], rebound: set[str]) -> bool:
    """Whether the function reaches into the values `inside`, or assigns the names `rebound`."""
    reaches = any(
        isinstance(part.value, ast.Name) and part.value.id in inside
        for part in ast.walk(node)
        if isinstance(part, ast.Attribute | ast.Subscript)
    )
    return reaches or any(
        name.id in rebound and not isinstance(name.ctx, ast.Load) for name in _names(node)
    )


def _is_result(value: ast.expr, calls: set[str], names: set[str]) -> bool:
    return ast.dump(value) in calls or (isinstance(value, ast.Name) and value.id in names)
