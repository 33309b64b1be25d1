"""Classes defined inside of functions: made once, as they do not depend on the call."""

from __future__ import annotations

import ast
import copy
import functools
import types
from collections.abc import Callable
from typing import Any

import gast

from srcad.frontend.scopes import Mentions


def defined_classes(mentions: Mentions, around: frozenset[str]) -> dict[str, Any]:
    """The classes that a name certainly means and that read no variables of the function, nor
    those `around` it.
    """
    found: dict[str, Any] = {}
    for use in mentions.bound:
        if isinstance(use.node, gast.ClassDef) and use.node.name == use.name:
            times = sum(bound.name == use.name for bound in mentions.bound)
            inside = _free(use.node) - {use.name} - found.keys()
            if times == 1 and not inside & (mentions.locals | around):
                found[use.name] = use.node
    return found


def _free(node: Any) -> set[str]:
    """The names that a class reads from around it."""
    shell = gast.FunctionDef("around", _NO_ARGUMENTS, [node], [], None, None, [])
    return set(Mentions(shell).free)


_NO_ARGUMENTS = gast.arguments([], [], None, [], [], None, [])


def readers(outer: types.FunctionType, nodes: dict[str, Any]) -> dict[str, Callable[[], type]]:
    """How to get each class; it is made when it is first asked for, after those before it."""
    made: dict[str, Callable[[], type]] = {}
    for name, node in nodes.items():
        before = dict(made)
        made[name] = functools.cache(functools.partial(_make, outer, node, before))
    return made


def _make(outer: types.FunctionType, node: Any, before: dict[str, Callable[[], type]]) -> type:
    """Run the definition of a class where the function `outer` has it."""
    free = (*outer.__code__.co_freevars, *before)
    shell = ast.parse(f"def around({', '.join(free)}):\n    def make():\n        return None")
    converted = gast.gast_to_ast(copy.deepcopy(node))
    result = ast.Return(ast.Name(node.name, ast.Load()))
    shell.body[0].body[0].body = [converted, result]  # type: ignore[attr-defined]
    for part in (shell.body[0], shell.body[0].body[0], result):  # type: ignore[attr-defined]
        ast.copy_location(part, converted)
    filename = outer.__code__.co_filename
    compiled = compile(ast.fix_missing_locations(shell), filename, "exec", dont_inherit=True)
    code = _inner(_inner(compiled))
    cells = dict(zip(outer.__code__.co_freevars, outer.__closure__ or (), strict=True))
    cells |= {name: types.CellType(read()) for name, read in before.items()}
    closure = tuple(cells[name] for name in code.co_freevars)
    made: type = types.FunctionType(code, outer.__globals__, "make", None, closure)()
    made.__qualname__ = f"{outer.__qualname__}.<locals>.{node.name}"
    return made


def _inner(code: types.CodeType) -> types.CodeType:
    return next(const for const in code.co_consts if isinstance(const, types.CodeType))
