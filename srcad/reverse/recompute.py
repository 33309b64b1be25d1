"""What it costs to compute a value again."""

from __future__ import annotations

import operator

from srcad.core import (
    Attr,
    BoolOp,
    Choice,
    Const,
    Expr,
    Item,
    Op,
    Slice,
    Stmt,
    Tuple,
    Var,
    children,
    expressions_of,
    substitute,
    walk,
)
from srcad.kinds import Array, DictOf, Scalar, carries
from srcad.rules import rule_for
from srcad.rules import vocabulary as words
from srcad.simplify import blocks
from srcad.simplify.layout import LINE, width

IMPURE = 1000
CHEAP = 4  # scalar operations that are computed again rather than recorded
ARRAY = 10
NUMBER_FUNCTION = 3  # `math.sin` and its like: what a tape's push and pop cost


def is_key_test(expr: Expr) -> bool:
    """Whether it is asked whether a dict that may come to hold active values has a key."""
    if not isinstance(expr, Op) or expr.fn is not operator.contains:
        return False
    kind = expr.args[0].kind
    return isinstance(kind, DictOf) and (not kind.items or carries(kind))


def recipe_cost(expr: Expr) -> int:
    """The cost of evaluating `expr` again, in scalar operations; `IMPURE` where it must not be."""
    inner = sum(recipe_cost(child) for child in children(expr))
    if is_key_test(expr):
        return IMPURE  # the reverse sweep leaves keys that were not there
    if isinstance(expr, Op | Attr):
        rule = rule_for(expr)
        if rule is None or rule.effect or rule.writes:
            return IMPURE
        if rule.cost == 0:
            return inner
        return inner + _own_cost(expr, rule.cost)
    if isinstance(expr, Item):
        copies = isinstance(expr.kind, Array) and isinstance(expr.index.kind, Array)
        return inner + (ARRAY if copies else 0)
    if isinstance(expr, Var | Const | Slice | Tuple | Choice | BoolOp):
        return inner
    return inner + ARRAY


def _own_cost(expr: Op | Attr, cost: int) -> int:
    if not isinstance(expr.kind, Scalar):
        return ARRAY
    if cost == 1:
        return 1
    return NUMBER_FUNCTION if words.is_number_function(expr) else ARRAY


def written_out(block: list[Stmt], name: str, value: Expr) -> list[Stmt] | None:
    """`block` with `value` in the one place that reads `name`, None where that reads badly."""
    users = [
        stmt
        for stmt in block
        for expr in expressions_of(stmt)
        for part in walk(expr)
        if isinstance(part, Var) and part.name == name
    ]
    if len(users) != 1 or sum(map(width, expressions_of(users[0]))) + width(value) > LINE:
        return None

    def with_value(expr: Expr) -> Expr:
        return substitute(expr, {name: value})

    return [blocks.map_expressions(s, with_value) if s is users[0] else s for s in block]
