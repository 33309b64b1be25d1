"""Sums and products of tangents, written as a person would: no `1 * t`, signs gathered."""

from __future__ import annotations

import operator

from srcad.core import Const, Expr, Op

ONE = Const(1)


def scaled(factor: Expr, tangent: Expr) -> Expr:
    """`factor * tangent`."""
    if tangent == ONE:
        return factor
    minus, factor = split_sign(factor)
    other, tangent = split_sign(tangent)
    if isinstance(factor, Const) and factor.value == 1:
        product = tangent
    else:
        product = Op(operator.mul, (factor, tangent))
    return product if minus == other else Op(operator.neg, (product,))


def total(terms: list[Expr]) -> Expr:
    """The sum of `terms`, a positive one first."""
    signed = sorted((split_sign(term) for term in terms), key=lambda pair: pair[0])
    minus, result = signed[0]
    if minus:
        result = Op(operator.neg, (result,))
    for minus, term in signed[1:]:
        result = Op(operator.sub if minus else operator.add, (result, term))
    return result


def split_sign(expr: Expr) -> tuple[bool, Expr]:
    """Whether `expr` has a minus sign in front, and what is behind it."""
    match expr:
        case Op(fn=operator.neg, args=(inner,)):
            minus, inner = split_sign(inner)
            return not minus, inner
        case Op(fn=operator.mul | operator.truediv as fn, args=(first, second)):
            minus, first = split_sign(first)
            return (True, Op(fn, (first, second), kind=expr.kind)) if minus else (False, expr)
        case Const(value=int() | float() as value) if value < 0:
            return True, Const(-value, kind=expr.kind)
    return False, expr
