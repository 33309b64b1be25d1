"""Sums and products of tangents, written as a person would: no `1 * t`, signs gathered."""

from __future__ import annotations

import operator

from srcad.core import Const, Expr, Op

ONE = Const(1)


def scaled(factor: Expr, tangent: Expr) -> Expr:
    """`factor * tangent`."""
    if tangent == ONE:
        return factor
    if isinstance(factor, Const) and factor.value in (1, -1):
        return tangent if factor.value == 1 else negated(tangent)
    if _is_negation(factor):
        return negated(scaled(factor.args[0], tangent))  # type: ignore[attr-defined]
    if _is_negation(tangent):
        return negated(scaled(factor, tangent.args[0]))  # type: ignore[attr-defined]
    return Op(operator.mul, (factor, tangent))


def negated(tangent: Expr) -> Expr:
    """`-tangent`."""
    if _is_negation(tangent):
        inner: Expr = tangent.args[0]  # type: ignore[attr-defined]
        return inner
    return Op(operator.neg, (tangent,))


def total(terms: list[Expr]) -> Expr:
    """The sum of `terms`, a positive one first."""
    terms = sorted(terms, key=_is_negation)
    result = terms[0]
    for term in terms[1:]:
        if _is_negation(term):
            result = Op(operator.sub, (result, term.args[0]))  # type: ignore[attr-defined]
        else:
            result = Op(operator.add, (result, term))
    return result


def _is_negation(expr: Expr) -> bool:
    return isinstance(expr, Op) and expr.fn is operator.neg
