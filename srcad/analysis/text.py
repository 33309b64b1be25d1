"""Numbers that go through text: no derivative can follow them, so they are refused.

`float(f"{x}")` would otherwise be a constant, and a derivative that is silently zero.
"""

from __future__ import annotations

from srcad.analysis.typed import Typed
from srcad.core import (
    Assign,
    Expr,
    Function,
    Op,
    Stmt,
    Var,
    Verbatim,
    expressions_of,
    names_in,
    statements,
    targets_of,
    walk,
)
from srcad.errors import UnsupportedConstruct
from srcad.kinds import Inert, carries

_WRITERS = (str, repr, format)
_READERS = (float, complex)


def refuse_numbers_from_text(typed: Typed) -> None:
    """Raise where a number that may carry a derivative is written as text and read back, in
    `typed` or in a function that it calls.
    """
    reached = [typed]
    for function in reached:
        _check(function)
        reached += [c for c in function.calls.values() if not any(c is known for known in reached)]


def _check(typed: Typed) -> None:
    numbers = {name for name, kind in typed.kinds.items() if carries(kind)}
    numbers |= _bound_numbers(typed.function)
    texts = _texts(typed.function, numbers)
    for stmt in statements(typed.function.body):
        for expr in expressions_of(stmt):
            for op in walk(expr):
                if isinstance(op, Op) and op.fn in _READERS and _is_text(op, texts, numbers):
                    raise _refused(stmt)


def _bound_numbers(function: Function) -> set[str]:
    """The names that are bound to something that carries a derivative."""
    return {
        node.name
        for stmt in statements(function.body)
        if isinstance(stmt, Assign)
        for node in walk(stmt.target)
        if isinstance(node, Var) and carries(node.kind)
    }


def _texts(function: Function, numbers: set[str]) -> set[str]:
    """The names that may hold the text of such a number."""
    found: set[str] = set()
    while True:
        more = {
            name
            for stmt in statements(function.body)
            if isinstance(stmt, Assign) and _writes(stmt.value, found, numbers)
            for name in targets_of(stmt)
        }
        if more <= found:
            return found - numbers
        found |= more


def _writes(expr: Expr, texts: set[str], numbers: set[str]) -> bool:
    for node in walk(expr):
        if isinstance(node, Verbatim) and set(node.names) & numbers:
            return True
        if isinstance(node, Op) and node.fn in _WRITERS and names_in(node) & numbers:
            return True
        if isinstance(node, Var) and isinstance(node.kind, Inert) and node.name in texts:
            return True
    return False


def _is_text(op: Op, texts: set[str], numbers: set[str]) -> bool:
    return any(isinstance(a.kind, Inert) and _writes(a, texts, numbers) for a in op.args)


def _refused(stmt: Stmt) -> UnsupportedConstruct:
    return UnsupportedConstruct(
        f"cannot differentiate `{stmt.origin.text}`: a number that may carry a derivative is "
        "written as text and read back",
        "Use the number itself",
        stmt.origin,
    )
