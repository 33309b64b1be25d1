"""The whole module: header, imports, what it needs from the user's, its functions; its line map."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import gast

from srcad import core
from srcad.emit.clashes import untangled
from srcad.emit.copies import copied_text, header_names
from srcad.emit.entered import entered_first
from srcad.emit.names import Names, is_simple, library_path
from srcad.emit.nested import with_nested
from srcad.emit.nodes import Builder, comment
from srcad.emit.objects import spelled
from srcad.emit.printer import SourceText, print_module
from srcad.emit.reads import ABSENT, free_names, free_value, user_function
from srcad.request import Request
from srcad.simplify.folding import folded
from srcad.version import VERSION

_WHAT = {
    "grad": "Gradient of",
    "value_and_grad": "Value and gradient of",
    "vjp": "Forward and reverse halves of",
    "jvp": "Value and tangent of",
}


@dataclass(frozen=True, slots=True)
class Need:
    """A module-level name that the live module gets from the user's objects.

    `captured` says that the name is read at each call, as the user's function reads it, where it
    is called `original`.
    """

    name: str
    value: Any
    captured: bool
    original: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the emitted text that begins a statement, and where that came from."""

    number: int
    file: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Emitted:
    """The text of a module, where its lines came from, and what it needs to run."""

    text: str
    line_map: tuple[Line, ...]
    needs: tuple[Need, ...]


def emit(program: core.Program, request: Request | None = None) -> Emitted:
    """The source text of a program. Equal programs give equal text."""
    owner = request.fn if request is not None else program.functions[-1].pyfunc
    functions = tuple(entered_first(folded(function)) for function in program.functions)
    program = replace(program, functions=functions)
    program, nested = with_nested(program)
    program, renamed = untangled(spelled(program))
    names = Names(program, owner)
    for name, function in nested.items():
        names.spell(function, name)
    builder = Builder(names)
    written = [builder.function(function) for function in program.functions]
    needs = tuple(
        Need(name, value, name in names.captured, renamed.get(name, name))
        for name, value in names.wanted.items()
    )
    outside = _Outside(names, builder, owner)
    for need in needs:
        outside.define(need.name, need.value, owner)
    body = [gast.Expr(gast.Constant(_title(program, request), None)), comment("")]
    body += outside.header()
    module = gast.Module([*body, *map(_section, outside.copies.values()), *written], [])
    printed = print_module(module)
    lines = [(number, builder.origins[mark - 1]) for number, mark in printed.marks]
    line_map = tuple(Line(number, o.file, o.line, o.text) for number, o in lines)
    return Emitted(printed.text, line_map, needs)


def _title(program: core.Program, request: Request | None) -> str:
    if request is None:
        return f"`{program.entry}`, written by srcad {VERSION}."
    names = ", ".join(f"`{name}`" for name in request.argnums)
    where = f"{request.fn.__module__}.{request.fn.__qualname__}"
    what = f"{_WHAT[request.mode]} `{where}`"
    return f"{what} with respect to {names}.\n\nWritten by srcad {VERSION}.\n"


def _section(text: str) -> gast.Expr:
    return gast.Expr(gast.Constant(SourceText(text), None))


class _Outside:
    """What the functions need from outside of the program: constants, copies, imports."""

    def __init__(self, names: Names, builder: Builder, owner: Callable[..., Any] | None) -> None:
        self.names = names
        self.builder = builder
        self.owner = owner
        self.constants: dict[str, str] = {}
        self.copies: dict[str, str] = {}

    def define(self, name: str, value: Any, owner: Any) -> None:
        """Let the text define `name`: by a literal, a copy, an import, else by None."""
        if name in self.constants or name in self.copies or name in self.names.imports:
            return
        if is_simple(value):
            self.constants[name] = repr(value)
        elif not self._copy(name, value) and not self._import(name, value, owner):
            self.constants[name] = "None  # set by srcad when loaded"

    def _copy(self, name: str, value: Any) -> bool:
        function = user_function(value)
        text = copied_text(name, value)
        if function is None or text is None:
            return False
        outside = free_names(function)
        for header in sorted(header_names(function) - set(outside)):
            outside[header] = free_value(function, header)
        if any(value is ABSENT for value in outside.values()):
            return False
        clashes = [n for n, v in outside.items() if self.names.bound.get(n, v) is not v]
        if clashes:
            return False
        self.copies[name] = text  # before what it calls: it may call itself
        for inner, meaning in outside.items():
            self.names.bind(inner, meaning)
            if not self.names.import_module_as(inner, meaning):
                self.define(inner, meaning, function)
        self.copies[name] = self.copies.pop(name)
        return True

    def _import(self, name: str, value: Any, owner: Any) -> bool:
        found = library_path(value)
        if found is None:
            home = getattr(owner, "__module__", None) or "__main__"
            module = sys.modules.get(home)
            if home == "__main__" or getattr(module, name, None) is not value:
                return False
            found = home, name
        path, attribute = found
        renamed = "" if name == attribute else f" as {name}"
        self.names.imports[name] = f"from {path} import {attribute}{renamed}"
        return True

    def header(self) -> list[Any]:
        body: list[Any] = []
        for group in _import_groups(self.names.imports.values()):
            body += [_import(line) for line in group]
            body.append(comment(""))
        if self.constants:
            name = getattr(self.owner, "__name__", "the function")
            head = f"# What `{name}` reads from outside."
            lines = [f"{name} = {text}" for name, text in self.constants.items()]
            body.append(_section("\n".join([head, *lines])))
        return body


def _import(line: str) -> Any:
    node = gast.parse(line).body[0]
    node.lineno = None  # it is no mark
    return node


def _import_groups(lines: Iterable[str]) -> list[list[str]]:
    """Import statements, one for each module, sorted, those of Python itself apart."""
    merged: dict[str, set[str]] = {}
    for line in lines:
        head, _, tail = line.partition(" import ")
        merged.setdefault(head if tail else line, set()).update([tail] if tail else [])
    joined = [
        f"{head} import {', '.join(sorted(tails))}" if tails else head
        for head, tails in merged.items()
    ]
    joined.sort(key=lambda line: (line.startswith("from"), line))
    own = [line for line in joined if _top(line) in sys.stdlib_module_names]
    return [group for group in (own, [line for line in joined if line not in own]) if group]


def _top(line: str) -> str:
    found = re.match(r"(?:import|from) (\w+)", line)
    return found[1] if found else ""
