"""Copies of the user's functions: those that generated code calls as they are."""

from __future__ import annotations

import ast
import builtins
import inspect
import textwrap
import types

import gast

from srcad.emit.reads import user_function
from srcad.errors import SourceNotAvailable
from srcad.frontend.source import read


def copied_text(name: str, value: object) -> str | None:
    """The text that defines a user's function as `name` at module level, or None.

    Decorators are dropped: the copy is for reading and for running the text as a file; in the
    live module the name is bound to the user's own object.
    """
    function = user_function(value)
    if function is None:
        return None
    try:
        node = read(function).node
        lines = inspect.findsource(function)[0]
    except (SourceNotAvailable, OSError, TypeError):
        return None
    if isinstance(node, gast.Lambda):
        return _checked(f"{name} = {ast.unparse(gast.gast_to_ast(node))}")
    if not isinstance(node, gast.FunctionDef) or node.name != name:
        return None
    return _checked(textwrap.dedent("".join(lines[node.lineno - 1 : node.end_lineno])).rstrip())


def header_names(function: types.FunctionType) -> set[str]:
    """The names that the header of a function reads when it is defined: defaults, annotations."""
    arguments = read(function).node.args
    parameters = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    parameters += [p for p in (arguments.vararg, arguments.kwarg) if p is not None]
    parts = [*arguments.defaults, *arguments.kw_defaults, *(p.annotation for p in parameters)]
    parts.append(getattr(read(function).node, "returns", None))
    return {
        name.id
        for part in parts
        if part is not None
        for name in gast.walk(part)
        if isinstance(name, gast.Name) and not hasattr(builtins, name.id)
    }


def _checked(text: str) -> str | None:
    try:
        ast.parse(text)
    except SyntaxError:
        return None
    return text
