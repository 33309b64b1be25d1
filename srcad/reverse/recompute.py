"""What it costs to compute a value again."""

from __future__ import annotations

from srcad.core import Attr, Choice, Const, Expr, Item, Op, Slice, Tuple, Var, children
from srcad.core import BoolOp
from srcad.kinds import Array, Scalar
from srcad.rules import rule_for

IMPURE = 1000
ARRAY = 10


def recipe_cost(expr: Expr) -> int:
    """The cost of evaluating `expr` again, in scalar operations; `IMPURE` where it must not be."""
    inner = sum(recipe_cost(child) for child in children(expr))
    if isinstance(expr, Op | Attr):
        rule = rule_for(expr)
        if rule is None or rule.effect or rule.writes:
            return IMPURE
        if rule.cost == 0:
            return inner
        many = 1 if isinstance(expr.kind, Scalar) and rule.cost == 1 else ARRAY
        return inner + many
    if isinstance(expr, Item):
        copies = isinstance(expr.kind, Array) and isinstance(expr.index.kind, Array)
        return inner + (ARRAY if copies else 0)
    if isinstance(expr, Var | Const | Slice | Tuple | Choice | BoolOp):
        return inner
    return inner + ARRAY
