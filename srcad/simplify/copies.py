"""Copies on entry that protect nothing: the function no longer writes into what they copy."""

from __future__ import annotations

from dataclasses import replace

from srcad.analysis.sharing import EffectsOf, no_calls, sources
from srcad.core import (
    Assign,
    Block,
    Function,
    Method,
    Op,
    Return,
    Stmt,
    Store,
    Var,
    expressions_of,
    statements,
)
from srcad.simplify.effects import Predicate, never
from srcad.simplify.facts import Memory


def drop_copies(
    function: Function, pure: Predicate = never, effects_of: EffectsOf = no_calls
) -> Function:
    """`function` without `x = x.copy()` for a parameter that is neither written into nor kept.

    Before: `u = u.copy(); return np.sum(u)`. After: `return np.sum(u)`.
    """
    params = {param.name for param in function.params}
    copies = [stmt for stmt in function.body if _copied(stmt) in params]
    if not copies:
        return function
    memory = Memory(function, pure, effects_of)
    needless = [stmt for stmt in copies if not _is_needed(_copied(stmt), function.body, memory)]
    if not needless:
        return function
    body = tuple(s for s in function.body if not any(s is other for other in needless))
    return replace(function, body=body)


def _copied(stmt: Stmt) -> str | None:
    """The `x` of `x = x.copy()`."""
    match stmt:
        case Assign(target=Var(name=name), value=Op(fn=fn, args=(Var(name=copied),)), op=None):
            is_copy = fn == Method("copy") or getattr(fn, "__name__", "") == "copy"
            return name if is_copy and name == copied else None
    return None


def _is_needed(name: str | None, body: Block, memory: Memory) -> bool:
    assert name is not None
    for stmt in statements(body):
        if _copied(stmt) == name:
            continue
        if isinstance(stmt, Store | Assign) and _written(stmt, name):
            return True
        facts = memory.facts(stmt)
        if memory.touches(facts, {name}) or _keeps(stmt, name, memory):
            return True
    return False


def _written(stmt: Store | Assign, name: str) -> bool:
    return stmt.op is not None and isinstance(stmt, Assign) and stmt.target == Var(name)


def _keeps(stmt: Stmt, name: str, memory: Memory) -> bool:
    """Whether what `stmt` returns or stores may be, hold or share the object."""
    if not isinstance(stmt, Return | Store):
        return False
    shared = {n for expr in expressions_of(stmt)[-1:] for n in sources(expr, memory.effects_of)}
    return any(name in memory.reach(other) for other in shared)
