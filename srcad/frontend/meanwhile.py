"""What may be written into while an iterator is run through."""

from __future__ import annotations

from typing import Any

import gast

from srcad.frontend.context import Context
from srcad.frontend.cursors import nodes_around
from srcad.libraries import is_library_callable

# what runs through an iterator as soon as it is called
_AT_ONCE = (list, tuple, set, frozenset, dict, sum, sorted, max, min, any, all)
# methods that leave the items that are there in their places
_KEEPING = ("append", "extend", "get", "keys", "values", "items", "copy")


def may_be_written(ctx: Context, node: Any) -> bool:
    """Whether what the iterator `node` runs through may change before its last item is used."""
    inner = node
    for outer in nodes_around(ctx, node):
        if isinstance(outer, gast.For) and inner is outer.iter:
            return any(_writes(ctx, part) for stmt in outer.body for part in gast.walk(stmt))
        if isinstance(outer, gast.Call) and any(ctx.static(outer.func) is fn for fn in _AT_ONCE):
            return False
        if isinstance(outer, gast.Assign | gast.NamedExpr):
            return True  # it is run through somewhere else
        if isinstance(outer, gast.stmt):
            return False
        inner = outer
    return True


def _writes(ctx: Context, node: Any) -> bool:
    match node:
        case gast.AugAssign(target=gast.Name(id=name)):
            return not _starts_as_number(ctx, name)
        case gast.AugAssign() | gast.Delete() | gast.Yield() | gast.YieldFrom():
            return True
        case gast.Subscript(ctx=gast.Store()) | gast.Attribute(ctx=gast.Store()):
            return True
        case gast.Call(func=gast.Attribute(attr=name)) if name in _KEEPING:
            return False
        case gast.Call(func=func, keywords=named):
            given = any(each.arg == "out" for each in named)
            return given or not is_library_callable(ctx.static(func))
        case gast.Expr(value=gast.Call(func=gast.Attribute())):
            return True  # `np.copyto(...)`
    return False


def _starts_as_number(ctx: Context, name: str) -> bool:
    """Whether a name is only ever given constants: what is added to it is its own."""
    stored = [
        stmt
        for stmt in gast.walk(ctx.source.node)
        if not isinstance(stmt, gast.AugAssign)
        for target in _targets(stmt)
        for part in gast.walk(target)
        if isinstance(part, gast.Name) and part.id == name
    ]
    return bool(stored) and all(
        isinstance(stmt, gast.Assign) and isinstance(stmt.value, gast.Constant) for stmt in stored
    )


def _targets(node: Any) -> list[Any]:
    match node:
        case gast.Assign(targets=targets):
            return list(targets)
        case gast.arguments():
            return [node]
        case gast.For(target=target) | gast.comprehension(target=target):
            return [target]
        case gast.AnnAssign(target=target) | gast.NamedExpr(target=target):
            return [target]
        case gast.withitem(optional_vars=target) if target is not None:
            return [target]
    return []
