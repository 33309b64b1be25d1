"""Values that travel in an exception: no derivative follows them, so they are refused.

`raise Overflow(x)` and `except Overflow as error: y = error.value` would otherwise be a constant,
and a derivative that is silently zero.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from srcad.analysis.passing import passing_names
from srcad.analysis.typed import Typed
from srcad.core import (
    CAUGHT,
    Assign,
    Const,
    Effect,
    Expr,
    Op,
    Raise,
    Return,
    Stmt,
    Store,
    Try,
    Tuple,
    Var,
    With,
    children,
    statements,
)
from srcad.errors import UnsupportedConstruct
from srcad.kinds import Array, carries


def refuse_values_from_exceptions(typed: Typed) -> None:
    """Raise where a number out of an exception that was raised with one may be used."""
    reached = [typed]
    for function in reached:
        reached += [c for c in function.calls.values() if not any(c is known for known in reached)]
    if not any(_carries_value(stmt) for function in reached for stmt in _statements(function)):
        return
    for function in reached:
        _check(function)


def refuse_half_done(typed: Typed) -> None:
    """Raise where NumPy may raise after it has overwritten an array, and that is caught.

    Only `FloatingPointError` comes so late, where `np.errstate` asks for it.
    """
    reached = [typed]
    for function in reached:
        reached += [c for c in function.calls.values() if not any(c is known for known in reached)]
    every = [stmt for function in reached for stmt in _statements(function)]
    if not any(isinstance(stmt, With) and _is_errstate(stmt.context) for stmt in every):
        return
    for attempt in (stmt for stmt in every if isinstance(stmt, Try)):
        if any(map(_is_arithmetic, attempt.types)):
            for stmt in statements(attempt.body):
                if _updates_array(stmt):
                    raise UnsupportedConstruct(
                        f"cannot differentiate `{stmt.origin.text}`: it may be half done when an "
                        "exception is caught",
                        "Do that outside of the `try`",
                        stmt.origin,
                    )


def _is_errstate(context: Expr) -> bool:
    return isinstance(context, Op) and context.fn is np.errstate


def _is_arithmetic(caught: Expr) -> bool:
    """Whether what a handler catches includes a `FloatingPointError`."""
    known = caught.value if isinstance(caught, Const) else None
    if isinstance(caught, Tuple):
        return any(map(_is_arithmetic, caught.items))
    return isinstance(known, type) and issubclass(FloatingPointError, known)


def _updates_array(stmt: Stmt) -> bool:
    """Whether an array is computed in place: `a /= b`, `a[:] *= b`, `np.add(a, b, out=a)`."""
    if isinstance(stmt, Assign):
        return stmt.op is not None and isinstance(stmt.target.kind, Array)
    if isinstance(stmt, Store):
        return stmt.by_out or (stmt.op is not None and isinstance(stmt.place.kind, Array))
    return False


def _statements(typed: Typed) -> Iterator[Stmt]:
    return statements(typed.function.body)


def _carries_value(stmt: Stmt) -> bool:
    """Whether `stmt` raises an exception that is given a number."""
    if not isinstance(stmt, Raise) or not isinstance(stmt.exc, Op):
        return False
    return any(carries(part.kind) for part in children(stmt.exc))


def _check(typed: Typed) -> None:
    caught: set[str] = set()
    for stmt in _statements(typed):
        if not isinstance(stmt, Assign | Store | Return | Effect) or stmt.value is None:
            continue
        value = stmt.value
        is_error = isinstance(value, Op) and value.fn is CAUGHT
        if is_error or (isinstance(value, Var) and value.name in caught):
            if isinstance(stmt, Assign) and isinstance(stmt.target, Var):
                caught.add(stmt.target.name)
        elif carries(value.kind) and passing_names(value) & caught:
            raise UnsupportedConstruct(
                f"cannot differentiate `{stmt.origin.text}`: the value comes out of an exception",
                "Keep it in a variable before the exception is raised",
                stmt.origin,
            )
