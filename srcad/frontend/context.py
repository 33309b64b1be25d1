"""What lowering carries along: the scope, the statements built so far, and how to refuse."""

from __future__ import annotations

import builtins
import types
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import gast
import numpy as np

from srcad import core
from srcad.core import Assign, Const, Expr, Item, Origin, Stmt, Var
from srcad.errors import UnsupportedConstruct
from srcad.frontend.closures import Frame
from srcad.frontend.deleted import Deleted
from srcad.frontend.names import NOTHING, NameNotFound, Scope
from srcad.frontend.source import Source
from srcad.libraries import is_library_callable


class Emitter:
    """Gathers the statements of a block as they are made, and names what must be put by."""

    def __init__(self, fresh: Callable[[str], str], origin: Origin) -> None:
        self.fresh = fresh
        self.block: list[Stmt] = []
        self.origin = origin  # of the statement being lowered

    def emit(self, stmt: Stmt) -> None:
        """Append a core statement of the user's statement being lowered."""
        self.block.append(replace(stmt, origin=self.origin))
        if self.origin.comments:
            self.origin = replace(self.origin, comments=())

    @contextmanager
    def collecting(self) -> Iterator[list[Stmt]]:
        """Gather what is emitted inside into a list of its own."""
        outer, self.block = self.block, []
        try:
            yield self.block
        finally:
            self.block = outer

    def temporary(self, base: str, value: Expr) -> Var:
        """A new variable that holds `value` from here on."""
        name = Var(self.fresh(base), origin=value.origin)
        self.emit(Assign(name, value))
        return name

    def hold(self, value: Expr, later: Iterable[Stmt] = ()) -> Expr:
        """`value`, evaluated here and now: a name or constant stays, all else is put by.

        So is a name that the statements `later`, which come before the value is used, bind anew.
        """
        match value:
            case Const() | core.Op(fn=builtins.super):
                return value
            case core.Op(fn=fn) if fn is super:
                return value  # it stands for the object, in front of a method
            case Var() | core.Verbatim() if not core.names_in(value) & bound_in(later):
                return value
            case core.Tuple() | core.Slice():
                held = tuple(self.hold(part, later) for part in core.children(value))
                return core.with_children(value, held)
        return self.temporary(named_after(value), value)


class Context(Emitter):
    """The state of lowering one function."""

    def __init__(self, source: Source, comments: dict[int, tuple[str, ...]]) -> None:
        self.source = source
        self.names = Scope(source.fn, source.node)
        self.frame = Frame(source)
        self.names.around = frozenset(self.frame.outer)
        self.names.define(self.frame.classes())
        self.names.imports |= self.frame.imported(self.names)
        self.names.share(self.frame.of_closure())
        self.comments = comments
        super().__init__(self.names.fresh, source.origin(source.node))
        self.deleted: Deleted = {}
        self.closure_cells: dict[str, str] = {}  # what the cells of the closure are called
        self.cursors: dict[str, Any] = {}  # the streams that variables hold
        self.windows: dict[str, Var] = {}  # how many items bounded deques keep
        self.tables: dict[str, Any] = {}  # what makes the items that dicts are asked for
        self.rebinding: str | None = None  # what the module is called whose names are rebound
        self.frame.prepare(self)

    def enter(self, stmt: Any) -> None:
        """Start on a statement: its core statements get its origin, the first its comments."""
        comments = self.comments.get(stmt.lineno, ())
        text = self.source.header(stmt)
        self.origin = Origin(self.source.file, stmt.lineno, stmt.col_offset, text, comments)

    def cell(self, name: str) -> Item | None:
        """Where a variable lives that functions share; None for one that is a plain name."""
        cell = None if name in self.names.inner else self.frame.cell(name)
        return None if cell is None else Item(cell, Const(0))

    def constant(self, name: str, value: Any) -> Expr:
        """An object that is known now: as itself if it is one of a library's, else captured."""
        plain = value is None or type(value) in (bool, int, float, complex, str)
        if plain or is_library_callable(value):
            return Const(value)
        held = self.names.fresh(name)
        self.names.captures[held] = value
        return Var(held)

    def static(self, node: Any) -> Any:
        """The object that a dotted name means before the program runs, or `NOTHING`."""
        try:
            return self._static(node)
        except NameNotFound as problem:
            remedy = "Define it before the function is differentiated"
            raise self.refusal(node, str(problem), remedy) from None

    def _static(self, node: Any) -> Any:
        match node:
            case gast.Name(id=name) if not self.names.is_local(name):
                return self.names.value(name)
            case gast.Attribute(value=owner, attr=name):
                base = self._static(owner)
                if isinstance(base, types.ModuleType | type | np.ufunc):
                    return self.names.attribute(base, gast.unparse(node).strip(), name)
        return NOTHING

    def refusal(self, node: Any, why: str, remedy: str) -> UnsupportedConstruct:
        """The error that says why `node` cannot be differentiated, to be raised."""
        text = self.source.header(node) or self.source.segment(node)
        origin = self.source.origin(node)
        return UnsupportedConstruct(f"cannot differentiate `{text}`: {why}", remedy, origin)


def bound_in(stmts: Iterable[Stmt]) -> set[str]:
    """The names that statements bind, those in their blocks included."""
    return {name for stmt in core.statements(tuple(stmts)) for name in core.targets_of(stmt)}


def named_after(value: Expr) -> str:
    """A name for a temporary that says what is in it."""
    match value:
        case core.Item(base=base, index=index):
            words = [_word(base), _word(index)]
        case core.Attr(base=base, name=name):
            words = [_word(base), name]
        case core.Op(fn=core.Method(name), args=args):
            words = [_word(args[0]), name]
        case core.Op(fn=fn, args=(only,)) if not isinstance(fn, Expr):
            words = [getattr(fn, "__name__", "").strip("_<>"), _word(only)]
        case _:
            words = []
    name = "_".join(words)
    return name if all(words) and name.isidentifier() and len(name) <= 16 else "value"


def _word(expr: Expr) -> str:
    match expr:
        case Var(name):
            return name
        case Const(int(value)) if value >= 0:
            return str(int(value))
        case Const(str(value)):
            return value
    return ""
