"""Which operands of an expression pass a derivative on to its value."""

from __future__ import annotations

import operator
from collections.abc import Iterator

from srcad.analysis.outside import outside_of
from srcad.core import (
    Attr,
    BoolOp,
    Choice,
    Const,
    Dict,
    Expr,
    Item,
    List,
    Op,
    Slice,
    Star,
    Tuple,
    Var,
    Verbatim,
    children,
)
from srcad.errors import NoDerivative
from srcad.kinds import DictOf, carries
from srcad.rules import rule_for


def passing(expr: Expr) -> tuple[Expr, ...]:
    """The direct operands through which a derivative may pass."""
    match expr:
        case Op(args=args, kwargs=kwargs):
            rule = rule_for(expr)
            if rule is None:
                return children(expr)  # with the function, if it is a value itself
            if expr.fn is operator.or_ and isinstance(expr.kind, DictOf):
                return args  # of integers and masks it passes nothing on
            if rule.inactive:
                return ()
            named = dict(kwargs)
            try:
                keys = rule.pullbacks(expr)
            except NoDerivative:  # whoever differentiates the operation will say so
                return (*args, *named.values())
            return tuple(args[key] if isinstance(key, int) else named[key] for key in keys)
        case Star(value=value):
            return (value,)
        case Attr(base=base):
            rule = rule_for(expr)
            return () if rule is not None and rule.inactive else (base,)
        case Item(base=base):
            return (base,)
        case Choice(then=then, orelse=orelse):
            return (then, orelse)
        case BoolOp(values=values) | Dict(values=values):
            return values
        case Tuple(items=items) | List(items=items):
            return items
        case Var() | Const() | Slice() | Verbatim():
            return ()
    return ()


def passing_vars(expr: Expr) -> Iterator[Var]:
    """The variables in `expr` whose derivative may pass to its value, with repetition.

    What is in the surroundings counts as one, under the name that it has in the analyses.
    """
    if not carries(expr.kind):
        return
    if isinstance(expr, Var):
        yield expr
    outside = outside_of(expr) if isinstance(expr, Attr) else None
    if outside is not None:
        yield Var(outside, kind=expr.kind)
    for operand in passing(expr):
        yield from passing_vars(operand)


def passing_names(expr: Expr) -> frozenset[str]:
    """The names of `passing_vars`."""
    return frozenset(var.name for var in passing_vars(expr))
