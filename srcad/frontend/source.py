"""Finds the text of a function and its gast tree, at the positions they have in the user's file."""

from __future__ import annotations

import ast
import copy
import functools
import inspect
import os
import re
import time
import types
from dataclasses import dataclass
from typing import Any

import gast

from srcad.core import Origin
from srcad.errors import SourceNotAvailable
from srcad.frontend.bound_methods import with_list_methods_as_functions

_IN_A_FILE = "Differentiate a function that is written in Python, in a file or a notebook cell"
INSIDE = "__srcad_source__"  # the attribute of a function lifted out of another: its `Source`
_STARTED = time.time()  # a file that is older is the one that was imported
_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """A function, its gast tree (`FunctionDef`, `AsyncFunctionDef` or `Lambda`) and its file."""

    fn: types.FunctionType
    node: Any
    lines: tuple[str, ...]

    @property
    def file(self) -> str:
        return self.fn.__code__.co_filename

    def between(self, start: tuple[int, int], end: tuple[int, int]) -> str:
        """The text from one (line, column) to another; columns count UTF-8 bytes, as in `ast`."""
        (first, left), (last, right) = start, end
        if first == last:
            return _cut(self.lines[first - 1], left, right)
        middle = self.lines[first : last - 1]
        ends = (_cut(self.lines[first - 1], left, None), _cut(self.lines[last - 1], 0, right))
        return "".join((ends[0], *middle, ends[1]))

    def segment(self, node: Any) -> str:
        """The user's text of a node, in one line."""
        if not hasattr(node, "lineno"):
            return ""
        start, end = (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
        return one_line(self.between(start, end).strip())

    def header(self, node: Any) -> str:
        """The user's text of a statement; of a compound one without its colon and body."""
        body = getattr(node, "body", None) or getattr(node, "cases", None)
        if not isinstance(body, list):
            return self.segment(node)
        end = _start(getattr(body[0], "pattern", body[0]))
        return _up_to_colon(self.between((node.lineno, node.col_offset), end))

    def origin(self, node: Any) -> Origin:
        """Where an expression stands."""
        line = getattr(node, "lineno", self.node.lineno)
        return Origin(self.file, line, getattr(node, "col_offset", 0), self.segment(node))


def _start(node: Any) -> tuple[int, int]:
    """Where a statement starts, its decorators included."""
    first = min([node, *getattr(node, "decorator_list", ())], key=lambda n: n.lineno)
    return first.lineno, first.col_offset


def _cut(line: str, left: int, right: int | None) -> str:
    if line.isascii():
        return line[left:right]
    return line.encode()[left:right].decode()


def one_line(text: str) -> str:
    """Python text of a statement or an expression, joined to one line if it has several."""
    if "\n" not in text:
        return text
    try:
        return ast.unparse(ast.parse(text)).replace("\n", "; ")
    except SyntaxError:  # part of a larger construct: an expression inside brackets
        try:
            return ast.unparse(ast.parse(f"({text})"))
        except SyntaxError:
            return re.sub(r"\s*(#[^\n]*)?\n\s*", " ", text)


def _up_to_colon(text: str) -> str:
    """The header of a compound statement: `text` up to its colon, in one line."""
    head = text[: _colon(text)]
    if "\n" in head:
        head = re.sub(r"\s*(#[^\n]*)?\n\s*", " ", head)
    return head.strip()


def _colon(text: str) -> int:
    """The position of the first colon outside of brackets, strings and comments."""
    depth, until = 0, ""
    for position, char in enumerate(text):
        if until:
            until = "" if char == until else until
        elif char in "\"'#":
            until = "\n" if char == "#" else char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == ":" and depth == 0:
            return position
    return len(text)


# ---------------------------------------------------------------------------------------------
# From the function to its text


def read(fn: types.FunctionType) -> Source:
    """The source of a plain Python function; raises `SourceNotAvailable`."""
    known = vars(fn).get(INSIDE)
    if isinstance(known, Source):
        return known
    node, lines = find(fn)
    return Source(fn, with_list_methods_as_functions(gast.ast_to_gast(node)), lines)


def find(fn: types.FunctionType) -> tuple[Any, tuple[str, ...]]:
    """The `ast` node of a function and the lines of its file; raises `SourceNotAvailable`."""
    lines = tuple(_file_lines(fn))
    try:
        tree = _parse("".join(lines))
        found = _find(tree, fn)
    except SyntaxError:
        found = None
    if found is None or (_is_recent(fn) and not _compiles_to(found, tree, fn.__code__)):
        raise _changed(fn)
    return found, lines


def _is_recent(fn: types.FunctionType) -> bool:
    """Whether the file may have been written after the function was imported from it.

    Text that is in no file may have been replaced by other text of the same name (`<string>`).
    """
    try:
        return os.stat(fn.__code__.co_filename).st_mtime > _STARTED
    except OSError:
        return True


def require_function(fn: Any) -> types.FunctionType:
    """`fn` if it is a plain Python function; else says why there is no source."""
    if isinstance(fn, types.FunctionType):
        return fn
    name = getattr(fn, "__qualname__", None) or repr(fn)
    why, remedy = _why_no_source(fn)
    raise SourceNotAvailable(f"cannot read `{name}`: {why}", remedy)


def _why_no_source(fn: Any) -> tuple[str, str]:
    if isinstance(fn, types.MethodType):
        out = "Move it out of the class into a function that takes the object's values"
        return "it is a method", out
    if isinstance(fn, type):
        return "it is a class", _IN_A_FILE
    if not callable(fn):
        return "it is not a function", _IN_A_FILE
    if isinstance(type(fn).__call__, types.FunctionType):
        out = "Write what calling it does as a function of the object's values"
        return f"it is an object of the class `{type(fn).__name__}`, not a function", out
    return "it is built in or compiled, and has no Python source", _IN_A_FILE


def _file_lines(fn: types.FunctionType) -> list[str]:
    try:
        return inspect.findsource(fn)[0]
    except (OSError, TypeError, IndexError):
        raise _gone(fn) from None


def _gone(fn: types.FunctionType) -> SourceNotAvailable:
    what = f"cannot read `{fn.__qualname__}`: its text in {fn.__code__.co_filename} is gone"
    remedy = "Write it in a file or a notebook cell; text given to `exec` or typed at"
    return SourceNotAvailable(what, remedy + " the prompt is not kept")


def _changed(fn: types.FunctionType) -> SourceNotAvailable:
    code = fn.__code__
    if not os.path.exists(code.co_filename):
        return _gone(fn)
    what = f"cannot read `{fn.__qualname__}`: line {code.co_firstlineno} of {code.co_filename}"
    remedy = "If the file has changed since it was imported, reload the module"
    return SourceNotAvailable(f"{what} does not define it", remedy)


@functools.lru_cache(maxsize=16)
def _parse(text: str) -> ast.Module:
    return ast.parse(text)


@functools.lru_cache(maxsize=16)
def _by_line(tree: ast.Module) -> dict[int, list[Any]]:
    """The functions and lambdas of a file by the line they start at, decorators included."""
    table: dict[int, list[Any]] = {}
    for node in ast.walk(tree):
        if isinstance(node, _FUNCTIONS | ast.Lambda):
            table.setdefault(_start(node)[0], []).append(node)
    return table


def _find(tree: ast.Module, fn: types.FunctionType) -> Any:
    """The node in `tree` that `fn` was compiled from, or None."""
    code = fn.__code__
    here = [n for n in _by_line(tree).get(code.co_firstlineno, ()) if _could_be(n, code)]
    if len(here) > 1:
        here = [node for node in here if _compiles_to(node, tree, code)] or here[:0]
    return here[0] if here else None


def _could_be(node: Any, code: types.CodeType) -> bool:
    name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
    arguments = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args)]
    arguments += [arg.arg for arg in node.args.kwonlyargs]
    given = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return name == code.co_name and tuple(arguments) == given


def _compiles_to(node: Any, tree: ast.Module, code: types.CodeType) -> bool:
    """Whether a function compiles to `code`: tells the lambdas of one line and changed text apart.

    One with an `assert` may have been compiled from something else: pytest rewrites them.
    """
    if any(isinstance(part, ast.Assert) for part in ast.walk(node)):
        return True
    node = copy.copy(node)
    node.args = copy.copy(node.args)  # defaults may hold lambdas, too
    node.args.defaults = [ast.Constant(None) for _ in node.args.defaults]
    node.args.kw_defaults = [default and ast.Constant(None) for default in node.args.kw_defaults]
    if isinstance(node, ast.Lambda):
        inner: ast.stmt = ast.Return(node)
    else:
        inner = node
        inner.decorator_list = []  # type: ignore[attr-defined]
    free = ", ".join(code.co_freevars)
    outer = ast.parse(f"def outer({free}): pass").body[0]
    outer.body = [inner]  # type: ignore[attr-defined]
    # only what is nested goes into a function: a recursive one would close over its own name
    nested = bool(free) or isinstance(node, ast.Lambda)
    module = ast.Module([*_imports(tree.body), outer if nested else inner], [])
    compiled = compile(ast.fix_missing_locations(module), code.co_filename, "exec")
    within = _codes(compiled)[0] if nested else compiled
    return any(_same(each, code) for each in _codes(within))


def _imports(body: list[Any]) -> list[ast.stmt]:
    """A file's imports: from Python 3.11 on, calls of imported names compile in their own way."""
    found: list[ast.stmt] = []
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            found.append(node)
        elif not isinstance(node, _FUNCTIONS | ast.ClassDef):
            found += _imports(list(ast.iter_child_nodes(node)))
    return found


def _codes(code: types.CodeType) -> list[types.CodeType]:
    return [const for const in code.co_consts if isinstance(const, types.CodeType)]


def _same(a: types.CodeType, b: types.CodeType) -> bool:
    parts = ("co_code", "co_names", "co_varnames", "co_freevars")
    return all(getattr(a, part) == getattr(b, part) for part in parts) and (
        _plain_consts(a) == _plain_consts(b)
    )


def _plain_consts(code: types.CodeType) -> list[str]:
    """The constants but for inner code and, on Python 3.10, the qualified name of its function."""
    plain = [repr(c) for c in code.co_consts if not isinstance(c, types.CodeType)]
    return [text for text in plain if "<locals>" not in text and "<lambda>" not in text]
