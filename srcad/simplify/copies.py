"""Copies on entry that protect nothing: the function no longer writes into what they copy."""

from __future__ import annotations

from dataclasses import replace

from srcad.analysis.aliases import may_share
from srcad.analysis.effects import writes_of
from srcad.analysis.sharing import EffectsOf, sources
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
from srcad.simplify.facts import Memory
from srcad.simplify.known import Known


def drop_copies(function: Function, known: Known | None = None) -> Function:
    """`function` without `x = x.copy()` for a parameter that is neither written into nor kept.

    Before: `u = u.copy(); return np.sum(u)`. After: `return np.sum(u)`.
    """
    params = {param.name for param in function.params}
    copies = [stmt for stmt in function.body if _copied(stmt) in params]
    if not copies:
        return function
    known = known or Known()
    memory = Memory(function, known)
    kept = _kept_on_entry(function, copies, known.effects_of)
    needless = [
        stmt
        for stmt in copies
        if _copied(stmt) not in kept and not _is_needed(_copied(stmt), function.body, memory)
    ]
    if not needless:
        return function
    body = tuple(s for s in function.body if not any(s is other for other in needless))
    return replace(function, body=body)


def _kept_on_entry(function: Function, copies: list[Stmt], effects_of: EffectsOf) -> set[str]:
    """The parameters that would be written into or returned without the copies, by whatever name
    they have by then (`a, b = b, a`).
    """
    body = tuple(s for s in function.body if not any(s is other for other in copies))
    aliases = may_share(replace(function, body=body), effects_of)
    found: set[str] = set()
    for stmt in statements(body):
        found |= aliases.params_reached(stmt, writes_of(stmt, effects_of))
        if isinstance(stmt, Return) and stmt.value is not None:
            found |= aliases.params_reached(stmt, sources(stmt.value, effects_of))
    return found


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
    shared = {
        n for expr in expressions_of(stmt)[-1:] for n in sources(expr, memory.known.effects_of)
    }
    return any(name in memory.reach(other) for other in shared)
