"""Arguments of one call that may share memory, which the called function writes into."""

from __future__ import annotations

from itertools import combinations

from srcad.analysis.effects import Memory
from srcad.analysis.references import repeated
from srcad.analysis.sharing import Names, holds_memory
from srcad.analysis.typed import Typed
from srcad.core import Const, Expr, Item, Stmt, Var
from srcad.kinds import Array

Pairs = frozenset[frozenset[str]]
NO_PAIRS: Pairs = frozenset()


def linked(memory: Memory, stmt: Stmt, callee: Typed, bound: dict[str, Expr]) -> Pairs:
    """The pairs of parameters that may share memory in a call, of which one is written into.

    `bound` are the arguments of the call, which `stmt` makes.
    """
    written = memory.of(callee).effects.writes
    held = [name for name, arg in bound.items() if written and holds_memory(arg.kind)]
    if len(held) < 2:
        return NO_PAIRS
    found = set()
    for one, other in combinations(held, 2):
        if written & {one, other} and _meet(memory, stmt, bound[one], bound[other]):
            found.add(frozenset((one, other)))
    return frozenset(found)


def _meet(memory: Memory, stmt: Stmt, a: Expr, b: Expr) -> bool:
    origins = memory.sources(a)
    reached = origins.union(*(memory.aliases.with_name(stmt, name) for name in origins))
    return bool(reached & memory.sources(b)) and not _apart(memory, a, b)


def _apart(memory: Memory, a: Expr, b: Expr) -> bool:
    """Whether two chains of items part ways: `a[0]` and `a[1]`, `d["x"]` and `d["y"]`."""
    while isinstance(a, Item) and isinstance(b, Item):
        keys = (a.index, b.index)
        if a.base == b.base and all(isinstance(key, Const) for key in keys):
            return keys[0] != keys[1] and _holds_apart(memory, a.base)
        a, b = a.base, b.base
    return False


def _holds_apart(memory: Memory, base: Expr) -> bool:
    """Whether no two items of an array, list, dict or object are one."""
    if isinstance(base.kind, Array):
        return True
    while isinstance(base, Item):
        base = base.base
    return isinstance(base, Var) and base.name not in _twice_in(memory)


def _twice_in(memory: Memory) -> Names:
    return repeated(memory)
