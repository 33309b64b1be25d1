"""What a function reads of its surroundings by an attribute, where the program changes it.

`Model.rate`, which does not change, is as good as a constant. Where the program binds it anew it is
read as it is at that moment, and an array or a container that is written into gets a name in the
function: by names all analyses know what is overwritten, and what is to be recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

from srcad import runtime
from srcad.analysis.effects import memory
from srcad.analysis.outside import NO_OBJECTS, Objects, Outside, objects_in, outside_of
from srcad.analysis.sharing import holds_memory
from srcad.analysis.typed import Typed
from srcad.blocks import with_blocks
from srcad.core import (
    Assign,
    Attr,
    Block,
    Const,
    Expr,
    Op,
    Stmt,
    Store,
    Var,
    blocks_of,
    children,
    expressions_of,
    names_of,
    rewrite,
    statements,
    walk,
    with_children,
)
from srcad.errors import UnsupportedConstruct
from srcad.kinds import ConstOf
from srcad.names import Names


def name_surroundings(typed: Typed) -> None:
    """Rewrite a function, and all that it calls, so that what changes is read by a name."""
    members = [typed]
    for member in members:
        members += [c for c in member.calls.values() if not any(c is known for known in members)]
    if not any(True for member in members for _ in _reads(member)):
        return
    bound = NO_OBJECTS.union(*(_bound(stmt) for m in members for stmt in _statements(m)))
    root = memory(typed)
    written = root.effects.outside.union(*(root.of(m).effects.outside for m in members))
    for member in members:
        concerned = [o for _, _, o in _reads(member) if o.objects & (bound | written)]
        if concerned:
            _Rewrite(member, bound, written).run()


def _statements(member: Typed) -> Iterator[Stmt]:
    return statements(member.function.body)


def _reads(member: Typed) -> Iterator[tuple[Stmt, Attr, Outside]]:
    """The attributes of classes, modules and functions that a function reads."""
    for stmt in _statements(member):
        for expr in expressions_of(stmt):
            for node in walk(expr):
                outside = outside_of(node) if isinstance(node, Attr) else None
                if outside is not None and isinstance(node, Attr):
                    yield stmt, node, outside


def _bound(stmt: Stmt) -> Objects:
    """What a statement binds anew in the surroundings."""
    outside = outside_of(stmt.place) if _binds(stmt) else None  # type: ignore[attr-defined]
    return NO_OBJECTS if outside is None else outside.objects - objects_in(_value(stmt.place))  # type: ignore[attr-defined]


def _binds(stmt: Stmt) -> bool:
    return isinstance(stmt, Store) and isinstance(stmt.place, Attr)


def _value(attribute: Attr) -> object:
    kind = attribute.base.kind
    return getattr(kind.value, attribute.name, None) if isinstance(kind, ConstOf) else None


class _Rewrite:
    """The work on one function."""

    def __init__(self, member: Typed, bound: Objects, written: Objects) -> None:
        self.member = member
        self.bound = bound
        self.written = written
        self.names = Names(names_of(member.function))
        self.known: dict[str, tuple[Var, Attr]] = {}

    def run(self) -> None:
        function = self.member.function
        body = self.block(function.body)
        first = (Assign(name, value, origin=value.origin) for name, value in self.known.values())
        self.member.function = replace(function, body=(*first, *body))

    def block(self, block: Block) -> Block:
        return tuple(map(self.statement, block))

    def statement(self, stmt: Stmt) -> Stmt:
        parts: dict[str, Any] = {}
        for part in fields(stmt):
            value = getattr(stmt, part.name)
            if isinstance(value, Expr) and part.name == "place":  # itself it is not read
                new = tuple(rewrite(child, self.read) for child in children(value))
                parts[part.name] = with_children(value, new)
            elif isinstance(value, Expr):
                parts[part.name] = rewrite(value, self.read)
        return with_blocks(replace(stmt, **parts), tuple(map(self.block, blocks_of(stmt))))

    def read(self, expr: Expr) -> Expr | None:
        outside = outside_of(expr) if isinstance(expr, Attr) else None
        if outside is None or not isinstance(expr, Attr):
            return None
        rebound = bool(outside.objects & self.bound)
        if not holds_memory(expr.kind) or not outside.objects & self.written:
            now = Op(runtime.module_value, (expr.base, Const(expr.name)))
            return replace(now, kind=expr.kind, origin=expr.origin) if rebound else None
        if rebound:
            raise UnsupportedConstruct(
                f"cannot differentiate `{expr.origin.text}`: `{outside.said}` is bound anew, and "
                "what it was is written into",
                "Give what is written into a name of its own",
                expr.origin,
            )
        if outside not in self.known:
            name = Var(self.names.fresh(outside.said.replace(".", "_")), kind=expr.kind)
            self.known[outside] = name, expr
        return self.known[outside][0]
