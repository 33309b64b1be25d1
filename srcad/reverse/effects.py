"""What evaluating an expression reads of memory, changes in it, or does only once."""

from __future__ import annotations

from srcad.core import (
    Assign,
    Attr,
    Block,
    Effect,
    Expr,
    Method,
    Op,
    Store,
    Var,
    children,
    names_in,
    statements,
    targets_of,
    walk,
)
from srcad.kinds import Array, DictOf, ListOf, is_buffer
from srcad.reverse.reads import counts_items
from srcad.rules import rule_for
from srcad.simplify.effects import is_pure_node

_NONE_GIVERS = frozenset(
    ("append", "extend", "insert", "remove", "sort", "reverse", "clear", "fill", "update")
)


def gives_none(op: Op) -> bool:
    """Whether a call is made for what it does to a list, dict or array, and gives None."""
    if not isinstance(op.fn, Method) or op.fn.name not in _NONE_GIVERS:
        return False
    return isinstance(op.args[0].kind, ListOf | DictOf | Array)


def happens_once(op: Op) -> bool:
    rule = rule_for(op)
    return rule.effect if rule is not None else not is_pure_node(op)


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
            if stmt.op is not None or not all(map(known, calls)):
                return True
    return False


def known(op: Op) -> bool:
    rule = rule_for(op)
    return rule is not None and not rule.writes
