"""Values of which only the shape matters."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from srcad.core import (
    Assign,
    Attr,
    Expr,
    Function,
    Op,
    Var,
    children,
    expressions_of,
    rewrite,
    statements,
    targets_of,
    walk,
    with_children,
)
from srcad.kinds import Array, Kind
from srcad.simplify import blocks
from srcad.simplify.arithmetic import typed
from srcad.simplify.effects import rule_of


def shape_of_another(function: Function) -> Function:
    """`function` without names that only lend their shape, where another has the same one.

    Before: `y = np.log(x); dy = np.zeros_like(y)`. After: `y = np.log(x); dy = np.zeros_like(x)`,
    and `y` is dead.
    """
    exprs = [e for s in statements(function.body) for e in expressions_of(s)]
    by_shape = Counter(n for e in exprs for part in walk(e) for n in _shape_read(part))
    if not by_shape:
        return function
    read = Counter(p.name for e in exprs for p in walk(e) if isinstance(p, Var))
    bound = Counter(n for s in statements(function.body) for n in targets_of(s))
    bound.update(param.name for param in function.params)
    stand_ins = {
        stmt.target.name: other
        for stmt in statements(function.body)
        if isinstance(stmt, Assign) and isinstance(stmt.target, Var) and stmt.op is None
        if by_shape[stmt.target.name] == read[stmt.target.name] > 0
        if bound[stmt.target.name] == 1
        if (other := _same_shape(stmt.value, bound)) is not None
    }
    if not stand_ins:
        return function

    def change(expr: Expr) -> Expr | None:
        names = _shape_read(expr)
        if not names or names[0] not in stand_ins:
            return None
        _, *rest = children(expr)
        return with_children(expr, (stand_ins[names[0]], *rest))

    body = blocks.map_statements(
        function.body, lambda s: blocks.map_expressions(s, lambda e: rewrite(e, change))
    )
    return replace(function, body=body)


def _shape_read(expr: Expr) -> tuple[str, ...]:
    """The name of which `expr` itself reads only the shape."""
    if not isinstance(expr, Op | Attr) or not children(expr):
        return ()
    first = children(expr)[0]
    if not isinstance(first, Var) or not isinstance(first.kind, Array):
        return ()
    rule = rule_of(expr)
    return (first.name,) if rule is not None and rule.reads_shape_only else ()


def _same_shape(value: Expr, bound: Counter[str]) -> Var | None:
    """A name in `value` that has its kind, and is bound to nothing else."""
    value = typed(value)
    if isinstance(value, Var) or not _is_known(value.kind):
        return None
    for part in walk(value):
        if isinstance(part, Var) and part.kind == value.kind and bound[part.name] == 1:
            return part
    return None


def _is_known(kind: Kind) -> bool:
    return isinstance(kind, Array) and kind.dims is not None and None not in kind.dims
