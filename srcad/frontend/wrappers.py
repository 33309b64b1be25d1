"""Which decorated functions mean what the function under the decorator means."""

from __future__ import annotations

import ast
import inspect
import types
from typing import Any

from srcad.core import Method
from srcad.errors import SourceNotAvailable
from srcad.frontend.source import find
from srcad.libraries import is_library, is_library_callable


def unwrap(fn: Any) -> Any:
    """The plain function under numba dispatchers, caches, srcad's own derivatives and decorators.

    A wrapper that is a Python function is looked through only where it passes its arguments on,
    returns the result and does nothing else: else it is what is meant.
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
        if callable(inner) and not _does_more(fn, attribute, inner):
            return inner
    return fn


def _does_more(fn: Any, attribute: str, inner: Any) -> bool:
    """Whether calling `fn` is not the same as calling what it wraps."""
    if isinstance(fn, types.FunctionType):
        return not _passes_on(fn, inner)
    if attribute != "__wrapped__" or is_library(type(fn).__module__):
        return False
    # of an object of the user's the class says what a call does
    return any(isinstance(vars(c).get("__call__"), types.FunctionType) for c in type(fn).__mro__)


def _passes_on(wrapper: types.FunctionType, inner: Any) -> bool:
    """Whether all that `wrapper(*args, **kwargs)` does is return `inner(*args, **kwargs)`."""
    try:
        node, _ = find(wrapper)
    except SourceNotAvailable:
        return False
    names = [name for name, value in _closure(wrapper) if value is inner]
    calls = {ast.dump(call) for name in names for call in _calls(node.args, name)}
    if isinstance(node, ast.Lambda):
        return ast.dump(node.body) in calls
    match _without_docstring(node.body):
        case [ast.Return(value=ast.expr() as value)]:
            return ast.dump(value) in calls
        case [ast.Assign(targets=[ast.Name(id=name)], value=value), ast.Return(ast.Name(id=same))]:
            return ast.dump(value) in calls and name == same
    return False


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    match body:
        case [ast.Expr(ast.Constant()), *rest]:
            return rest
    return body


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
