"""Which forward values a piece of code reads: names, and the insides of what they refer to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from srcad.analysis.sharing import holds_memory
from srcad.core import (
    Assign,
    Attr,
    Expr,
    Item,
    Op,
    Stmt,
    Store,
    Var,
    blocks_of,
    children,
    expressions_of,
)
from srcad.kinds import Array, DictOf, Kind, ListOf, ObjectOf, OneOf, TupleOf, is_buffer, is_unknown
from srcad.rules import rule_for
from srcad.rules import vocabulary as words

Needed = frozenset[str]  # locations: names, and the insides of what they refer to (`x[]`)


def counts_items(expr: Expr) -> bool:
    """Whether `expr` depends on how many items a list or dict has, which changes as it grows."""
    if isinstance(expr, Op) and words.is_zero_shadow(expr):
        kind = expr.args[0].kind
        return isinstance(kind, ListOf | DictOf) and not isinstance(kind, ObjectOf)
    if not isinstance(expr, Op):
        return False
    if words.is_length(expr):
        return isinstance(expr.args[0].kind, ListOf | DictOf) or is_unknown(expr.args[0].kind)
    return any(isinstance(arg.kind, ListOf) for arg in expr.args)


def has_inside(kind: Kind) -> bool:
    """Whether what a value of this kind stands for may be changed by a write into it."""
    return is_buffer(kind) or (isinstance(kind, TupleOf | OneOf) and holds_memory(kind))


@dataclass
class Reads:
    """`forward` are the names of the forward sweep; other names are not reported."""

    forward: set[str]
    managed: set[str]
    shadows: set[str]  # names of shadows: what is inside of them is no forward value
    growing: frozenset[str] = frozenset()  # names of what comes to have other parts

    def of(self, stmts: Iterable[Stmt]) -> frozenset[str]:
        """The locations that statements read."""
        found: set[str] = set()
        for stmt in stmts:
            for expr in self._expressions(stmt):
                self._visit(expr, found, inside=True)
            for block in blocks_of(stmt):
                found |= self.of(block)
        return frozenset(found)

    def of_expr(self, expr: Expr) -> frozenset[str]:
        """The locations that an expression reads."""
        found: set[str] = set()
        self._visit(expr, found, inside=True)
        return frozenset(found)

    def of_bindings(self, stmt: Stmt) -> frozenset[str]:
        """What a restoring store reads: its indices, and only the name of what it writes into."""
        found: set[str] = set()
        if isinstance(stmt, Store):
            base, *rest = children(stmt.place)
            self._visit(base, found, inside=False)
            for expr in rest:
                self._visit(expr, found, inside=True)
        elif not isinstance(stmt, Assign):
            for expr in expressions_of(stmt):
                self._visit(expr, found, inside=False)
        return frozenset(found)

    def _expressions(self, stmt: Stmt) -> tuple[Expr, ...]:
        return expressions_of(stmt)

    def _visit(self, expr: Expr, found: set[str], inside: bool) -> None:
        if isinstance(expr, Var):
            if expr.name in self.forward:
                found.add(expr.name)
                if inside and has_inside(expr.kind) and expr.name not in self.shadows:
                    found.add(f"{expr.name}[]")
            return
        if isinstance(expr, Op | Attr):
            rule = rule_for(expr)
            shape_only = rule is not None and rule.reads_shape_only
            if shape_only and not counts_items(expr) and not self._grows(expr):
                inside_first = False
                for position, child in enumerate(children(expr)):
                    self._visit(child, found, inside and position > 0 and not inside_first)
                return
        if isinstance(expr, Item) and not isinstance(expr.base.kind, Array):
            inside = True  # which array it is, say, whose shape is asked for
        for child in children(expr):
            self._visit(child, found, inside)

    def _grows(self, expr: Expr) -> bool:
        """Whether what `expr` is the form of has another one by and by."""
        first = children(expr)[0]
        return isinstance(first, Var) and first.name in self.growing
