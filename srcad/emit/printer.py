"""From a gast tree to text: the only module that imports astor.

astor 0.8.1 is sound for what the core language needs and not beyond. `Printer` keeps its
statements and precedences, writes comments, and takes over the nodes that astor prints wrongly
or not as a person would. What was printed is parsed back and compared with the tree, so that a
slip of astor's cannot become a wrong program.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from typing import Any

import gast

from srcad.emit.wrap import wrap

with warnings.catch_warnings():
    # astor looks up ast.Num and its like when it is imported; Python 3.12 and later warn of it
    warnings.simplefilter("ignore", DeprecationWarning)
    import astor
    from astor.code_gen import SourceGenerator
    from astor.op_util import Precedence

ASTOR_VERSION = str(astor.__version__)


class CommentText(str):
    """The value of an expression statement that prints as a comment; "" is a blank line."""

    __slots__ = ()


class SourceText(str):
    """The value of an expression statement at module level that prints as it is."""

    __slots__ = ()


class EmissionError(AssertionError):
    """What was printed does not read back as the tree: a fault of srcad, not of the user."""


@dataclass(frozen=True, slots=True)
class Printed:
    """The text of a module.

    `marks` has, for each line that begins a statement, the line's number and the statement's
    mark: the `lineno` that the builder gave its node.
    """

    text: str
    marks: tuple[tuple[int, int], ...]


def print_module(tree: gast.Module) -> Printed:
    """The text of a module, proved to read back as `tree`."""
    module = gast.gast_to_ast(tree)
    printer = Printer()
    printer.visit(module)
    printed = printer.printed()
    _prove(printed.text, module)
    return printed


def expression_text(tree: gast.AST) -> str:
    """The text of an expression."""
    printer = Printer()
    printer.visit(gast.gast_to_ast(gast.Expr(tree)))
    return printer.printed().text.strip()


def _prove(text: str, module: ast.Module) -> None:
    module.body = _plain(module.body)
    try:
        parsed = ast.parse(text)
    except SyntaxError as error:
        raise EmissionError(f"emitted text does not parse: {error}\n{text}") from error
    for expected, got in zip(module.body, parsed.body, strict=False):
        if ast.dump(expected) != ast.dump(got):
            raise EmissionError(f"emitted text reads back differently:\n{ast.unparse(expected)}")
    if len(module.body) != len(parsed.body):
        raise EmissionError(f"emitted text reads back with a different length:\n{text}")


def _plain(block: list[ast.stmt]) -> list[Any]:
    """What a parser is to give back for a block: comments are gone, source text is its tree."""
    plain: list[Any] = []
    for stmt in block:
        value = getattr(getattr(stmt, "value", None), "value", None)
        if isinstance(value, SourceText):
            plain += ast.parse(value).body
        elif not isinstance(value, CommentText):
            for part in (stmt, *getattr(stmt, "handlers", ())):
                for inner in ("body", "orelse", "finalbody"):
                    if hasattr(part, inner):
                        setattr(part, inner, _plain(getattr(part, inner)))
            plain.append(stmt)
    return plain


class Printer(SourceGenerator):  # type: ignore[misc]
    """astor's generator, with comments, and with the habits of the common formatters."""

    def __init__(self) -> None:
        super().__init__("    ")
        self.starts: list[tuple[int, int]] = []  # index in `result`, mark of the statement

    # -- lines

    def newline(self, node: Any = None, extra: int = 0) -> None:
        self.starts.append((len(self.result), getattr(node, "lineno", None) or 0))
        super().newline(None, extra)

    def printed(self) -> Printed:
        lines: list[str] = []
        marks: list[tuple[int, int]] = []
        ends = [start for start, _ in self.starts[1:]] + [len(self.result)]
        for (start, mark), end in zip(self.starts, ends, strict=True):
            if start == end:
                continue  # nothing was written before the next statement's own newline
            raw = "".join(self.result[start:end])
            body = raw.lstrip("\n")
            lines += [""] * (len(raw) - len(body) - 1 if lines else 0)
            if mark:
                marks.append((len(lines) + 1, mark))
            lines += body.split("\n") if "\n" in body else wrap(body)
        return Printed("\n".join(line.rstrip() for line in lines) + "\n", tuple(marks))

    # -- statements

    def visit_Expr(self, node: ast.Expr) -> None:
        value = node.value.value if isinstance(node.value, ast.Constant) else None
        if isinstance(value, CommentText):
            self._comment(value)
        elif isinstance(value, SourceText):
            self.newline(extra=1 if value.startswith("#") else 2)
            self.write(value.rstrip("\n"))
            self.newline(extra=2)
        elif isinstance(value, str):
            self.statement(node, _docstring(value))
        else:
            super().visit_Expr(node)

    def _comment(self, text: str) -> None:
        if not text:
            self.newline(extra=1)
            return
        for line in text.split("\n"):
            self.newline()
            self.write(line if line.startswith("#") else f"# {line}".rstrip())

    def visit_If(self, node: ast.If, word: str = "if ") -> None:
        self.newline(node)
        self._set(Precedence.Comma, node.test)
        self.write(word, node.test, ":")
        self.body(node.body)
        comments, last = node.orelse[:-1], node.orelse[-1:]
        if last and isinstance(last[0], ast.If) and all(map(_is_comment, comments)):
            self.write(*comments)
            self.visit_If(last[0], "elif ")
        else:
            self.else_body(node.orelse)

    def visit_While(self, node: ast.While) -> None:
        self.newline(node)
        self._set(Precedence.Comma, node.test)
        self.write("while ", node.test, ":")
        self.body_or_else(node)

    def visit_FunctionDef(self, node: ast.FunctionDef, is_async: bool = False) -> None:
        self.newline(node, extra=0 if self.indentation else 2)
        self.write(f"def {node.name}(")
        self.visit_arguments(node.args)
        self.write("):")
        self.body(node.body)
        self.newline(extra=0 if self.indentation else 2)

    def visit_arguments(self, node: ast.arguments) -> None:
        # astor counts the defaults wrongly where there are positional-only parameters
        plain = [*node.posonlyargs, *node.args]
        padding: list[Any] = [None] * (len(plain) - len(node.defaults))
        parts = list(map(self._parameter, plain, padding + node.defaults))
        if node.posonlyargs:
            parts.insert(len(node.posonlyargs), ["/"])
        if node.vararg:
            parts.append(["*", node.vararg])
        elif node.kwonlyargs:
            parts.append(["*"])
        parts += map(self._parameter, node.kwonlyargs, node.kw_defaults)
        if node.kwarg:
            parts.append(["**", node.kwarg])
        for position, part in enumerate(parts):
            self.write(", " if position else "", *part)

    def _parameter(self, name: ast.arg, default: ast.expr | None) -> list[Any]:
        self._set(Precedence.Comma, default)
        return [name] if default is None else [name, "=", default]

    # -- expressions

    @staticmethod
    def _set(precedence: int, *nodes: Any) -> None:
        for node in nodes:
            if node is not None:
                node._pp = precedence

    def visit_Constant(self, node: ast.Constant) -> None:
        value = node.value
        if isinstance(value, str):
            self.write(_quoted(value))
        elif isinstance(value, int | float | complex) and not isinstance(value, bool):
            with self.delimit(node):
                self.write(repr(value))
        else:
            self.write("..." if value is Ellipsis else repr(value))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        text = ast.unparse(node)  # astor breaks some f-strings
        inside = text[2:-1]
        self.write(text if set(inside) & set("\"'\\") else f'f"{inside}"')

    def visit_Tuple(self, node: ast.Tuple) -> None:
        if len(node.elts) == 1:
            self._set(Precedence.highest, node)
        super().visit_Tuple(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if not (isinstance(node.op, ast.Pow) and _hugs(node.left) and _hugs(node.right, True)):
            super().visit_BinOp(node)
            return
        with self.delimit(node, node.op):
            self._set(Precedence.Pow + 1, node.left)
            self._set(Precedence.PowRHS, node.right)
            self.write(node.left, "**", node.right)

    def visit_Slice(self, node: ast.Slice) -> None:
        bounds = (node.lower, node.upper, node.step)
        self._set(Precedence.Slice, *bounds)
        plain = all(bound is None or _is_plain_bound(bound) for bound in bounds)
        before, after = (" " * (not plain and b is not None) for b in (node.lower, node.upper))
        self.write(node.lower or "", before + ":" + after, node.upper or "")
        if node.step is not None:
            before = " " * (not plain and node.upper is not None)
            self.write(before + ":" + " " * (not plain), node.step)


def _is_comment(stmt: ast.stmt) -> bool:
    value = getattr(getattr(stmt, "value", None), "value", None)
    return isinstance(stmt, ast.Expr) and isinstance(value, CommentText) and bool(value)


def _hugs(node: ast.expr, right: bool = False) -> bool:
    """Whether an operand of `**` is so simple that the operator is written without spaces."""
    if isinstance(node, ast.UnaryOp):
        return right and _hugs(node.operand)
    if isinstance(node, ast.Attribute):
        return not isinstance(node.value, ast.Constant) and _hugs(node.value)
    return isinstance(node, ast.Name | ast.Constant)


def _is_plain_bound(node: ast.expr) -> bool:
    """Whether a bound of a slice is so simple that the colon is written without spaces."""
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Name | ast.Constant)


def _quoted(value: str) -> str:
    text = repr(value)
    if text[0] == '"' or '"' in text:
        return text
    return '"' + text[1:-1].replace("\\'", "'") + '"'


def _docstring(value: str) -> str:
    text = value.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    text = re.sub(r'"$', '\\"', text)
    if any(ord(sign) < 32 and sign != "\n" for sign in text):
        return _quoted(value)
    return f'"""{text}"""'
