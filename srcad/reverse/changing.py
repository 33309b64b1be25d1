"""What the value of an expression hangs on, and whether statements change it."""

from __future__ import annotations

from srcad.core import (
    Assign,
    Attr,
    Block,
    Effect,
    Expr,
    Op,
    Store,
    Var,
    children,
    names_in,
    statements,
    targets_of,
    walk,
)
from srcad.kinds import is_buffer
from srcad.reverse.reads import counts_items
from srcad.rules import rule_for


def reads_inside(expr: Expr) -> bool:
    """Whether the value of `expr` depends on what is inside of an array, list or dict."""
    if isinstance(expr, Op | Attr):
        rule = rule_for(expr)
        if rule is not None and rule.reads_shape_only and not counts_items(expr):
            return False
    if isinstance(expr, Var):
        return is_buffer(expr.kind)
    return any(reads_inside(child) for child in children(expr))


def changes(test: Expr, block: Block) -> bool:
    """Whether the statements of `block` may change the value of `test`."""
    inside = reads_inside(test)
    read = names_in(test)
    for stmt in statements(block):
        if read & set(targets_of(stmt)):
            return True
        if inside and isinstance(stmt, Store | Effect):
            return True
        if inside and isinstance(stmt, Assign):
            calls = [e for e in walk(stmt.value) if isinstance(e, Op)]
            if stmt.op is not None or not all(map(is_known, calls)):
                return True
    return False


def is_known(op: Op) -> bool:
    """Whether an operation has a rule, and writes into nothing."""
    rule = rule_for(op)
    return rule is not None and not rule.writes
