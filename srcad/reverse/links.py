"""Views that must share their shadow with what they are views of.

A name whose memory is written while another name for the same memory is still in use is *shared*.
A shared name that is defined once, as a chain of views of a variable (`v = a[1:]`, `row = m[i]`,
`b = a.T`), is *linked*: its adjoint is that same view of the variable's shadow.
"""

from __future__ import annotations

from srcad.analysis.dataflow import Result
from srcad.analysis.effects import Memory
from srcad.core import (
    Assign,
    Attr,
    Expr,
    For,
    Item,
    Op,
    Stmt,
    Var,
    names_in,
    statements,
    targets_of,
)
from srcad.errors import UnsupportedConstruct
from srcad.kinds import Array, Scalar
from srcad.reverse.terms import is_view_item
from srcad.rules import rule_for

Names = frozenset[str]


def find_links(memory: Memory, live: Result[Names]) -> dict[str, Expr]:
    """For each linked name the chain of views that defines it."""
    body = memory.typed.function.body
    shared = shared_names(memory, live)
    params = {param.name for param in memory.typed.function.params}
    links: dict[str, Expr] = {}
    for name in sorted(shared - params):
        defs = [s for s in statements(body) if name in targets_of(s)]
        borrowing = [s for s in defs if _borrows(s, name, memory, shared)]
        if not borrowing:
            continue
        first = borrowing[0]
        if len(defs) > 1 or not isinstance(first, Assign) or not is_chain(first.value):
            raise _refused(first, name)
        _check_stable(name, first, memory, live)
        links[name] = first.value
    return links


def shared_names(memory: Memory, live: Result[Names]) -> Names:
    """The names that share memory with another one that is in use when it is written."""
    found: set[str] = set()
    for stmt in statements(memory.typed.function.body):
        for name in memory.writes_of(stmt):
            using = live.after.get(id(stmt), frozenset())
            others = {
                n
                for n in memory.aliases.with_name(stmt, name)
            }
            if others:
                found |= others | {name}
    return frozenset(found)


def is_chain(expr: Expr) -> bool:
    """Whether `expr` is a variable, or views of one: basic items, attributes, view operations."""
    while not isinstance(expr, Var):
        if isinstance(expr, Item):
            if not is_view_item(expr) or isinstance(expr.kind, Scalar):
                return False
            expr = expr.base
        elif isinstance(expr, Attr | Op):
            rule = rule_for(expr)
            if rule is None or not rule.view:
                return False
            expr = expr.base if isinstance(expr, Attr) else expr.args[0]
        else:
            return False
    return True


def _borrows(stmt: Stmt, name: str, memory: Memory, shared: Names) -> bool:
    """Whether `stmt` gives `name` memory that another shared name has."""
    partners = memory.aliases.with_name_after(stmt, name) - {name}
    if isinstance(stmt, For):
        return bool(memory.sources(stmt.iter) & shared)
    return bool(partners & shared) and isinstance(stmt, Assign) and stmt.op is None


def _check_stable(name: str, define: Assign, memory: Memory, live: Result[Names]) -> None:
    """Refuse a view whose base or index gets another value while the view is in use."""
    read = names_in(define.value)
    for stmt in statements(memory.typed.function.body):
        using = live.after.get(id(stmt), frozenset())
        if isinstance(stmt, For):
            using = live.body_start.get(id(stmt), frozenset())
        changed = set(targets_of(stmt)) & read
        if changed and name in using and stmt is not define and not _in_place(stmt):
            raise _refused(stmt, name)


def _in_place(stmt: Stmt) -> bool:
    return isinstance(stmt, Assign) and stmt.op is not None and isinstance(stmt.target.kind, Array)


def _refused(stmt: Stmt, name: str) -> UnsupportedConstruct:
    return UnsupportedConstruct(
        f"cannot differentiate `{stmt.origin.text}`: which memory `{name}` shares when it is "
        "written into is decided only at run time",
        f"Make `{name}` a copy, or write into the original by its index",
        stmt.origin,
    )
