"""Function objects for functions that are defined inside of others.

They stand for the function in the core language: their parameters, their code's free variables
and their place in the file are right. What is run is text that is emitted for them.
"""

from __future__ import annotations

import ast
import copy
import types
from collections.abc import Iterator
from typing import Any

import gast

_ITSELF = "<lifted>"  # no name that the text may mention: it would be a variable around it


def lifted(node: Any, name: str, outer: types.FunctionType, required: set[str]) -> Any:
    """The function object of `node`, a function inside `outer`, with the same closure.

    The parameters `required` have no default, although the text gives them one.
    """
    free = outer.__code__.co_freevars
    shell = ast.parse(f"def around({', '.join(free)}): pass")
    shell.body[0].body = [_definition(node, free)]  # type: ignore[attr-defined]
    ast.copy_location(shell.body[0], node)
    filename = outer.__code__.co_filename
    compiled = compile(ast.fix_missing_locations(shell), filename, "exec", dont_inherit=True)
    code = next(inner for inner in _inner(next(_inner(compiled))) if inner.co_name == _ITSELF)
    code = code.replace(co_name=name)
    cells = dict(zip(free, outer.__closure__ or (), strict=True))
    closure = tuple(cells[each] for each in code.co_freevars)
    values, named = _defaults(node, required)
    fn = types.FunctionType(code, outer.__globals__, name, values, closure)
    fn.__kwdefaults__ = named
    fn.__qualname__ = f"{outer.__qualname__}.<locals>.{name}"
    fn.__module__ = outer.__module__
    return fn


def _inner(code: types.CodeType) -> Iterator[types.CodeType]:
    return (const for const in code.co_consts if isinstance(const, types.CodeType))


def _definition(node: Any, free: tuple[str, ...]) -> ast.stmt:
    """A function as a `def` without decorators, annotations and defaults."""
    body = node.body if isinstance(node.body, list) else [gast.Return(node.body)]
    args = copy.deepcopy(node.args)
    args.defaults, args.kw_defaults = [], [None] * len(args.kwonlyargs)
    for arg in [*args.posonlyargs, *args.args, args.vararg, *args.kwonlyargs, args.kwarg]:
        if arg is not None:
            arg.annotation = None
    definition = gast.FunctionDef(_ITSELF, args, copy.deepcopy(body), [], None, None, [])
    _drop_nonlocal(definition, free)
    gast.copy_location(definition, node)
    converted: ast.stmt = gast.gast_to_ast(gast.fix_missing_locations(definition))
    return converted


def _drop_nonlocal(definition: Any, free: tuple[str, ...]) -> None:
    """Take out `nonlocal` of what is a parameter here, perhaps of another name."""
    for node in gast.walk(definition):
        for _, part in gast.iter_fields(node):
            if isinstance(part, list):
                part[:] = [_shortened(stmt, free) for stmt in part]


def _shortened(stmt: Any, free: tuple[str, ...]) -> Any:
    """A statement; `nonlocal` with only those names that are still free."""
    if not isinstance(stmt, gast.Nonlocal):
        return stmt
    names = [name for name in stmt.names if name in free]
    return gast.Nonlocal(names) if names else gast.Pass()


def _defaults(node: Any, required: set[str]) -> tuple[tuple[Any, ...] | None, dict[str, Any]]:
    """The literal defaults, by position and by name."""
    args = node.args
    plain = [arg.id for arg in (*args.posonlyargs, *args.args)]
    pairs = zip(plain[len(plain) - len(args.defaults) :], args.defaults, strict=True)
    values = tuple(_literal(value) for name, value in pairs if name not in required)
    named = zip(args.kwonlyargs, args.kw_defaults, strict=True)
    keywords = {
        arg.id: _literal(value)
        for arg, value in named
        if value is not None and arg.id not in required
    }
    return values or None, keywords


def _literal(node: Any) -> Any:
    return ast.literal_eval(gast.gast_to_ast(node))
