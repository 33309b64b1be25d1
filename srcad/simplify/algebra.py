"""Algebra: an arithmetic expression written with less work and fewer signs.

Products and sums are taken apart as wholes (`products`, `sums`) and built anew, so that the time
grows with the size of the expression. What a person would see as the same numbers is kept; the
last bit of a float may differ, since derivative code has no rounding of its own to keep.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import replace

from srcad import kinds
from srcad.core import (
    BoolOp,
    Choice,
    Const,
    Expr,
    Item,
    Op,
    Tuple,
    children,
    with_children,
)
from srcad.kinds import UNKNOWN
from srcad.simplify import arithmetic, products, sums
from srcad.simplify.arithmetic import constant, folded, is_exact, number_of
from srcad.simplify.effects import Predicate, is_pure, never
from srcad.simplify.linear import taken_out


def simplify_expr(expr: Expr, pure: Predicate = never) -> Expr:
    """`expr` with its arithmetic simplified.

    Before: `1.0 * x * (2 * 3) + 0`. After: `6 * x`.

    Calls for which nothing says that they have no effect are neither moved, dropped nor
    repeated; `pure` may vouch for some.
    """
    expr = arithmetic.typed(expr)
    simple = _simplified if is_pure(expr, pure) else _careful
    return _keeping(simple(expr), expr)


def _keeping(new: Expr, old: Expr) -> Expr:
    """`new` with what is known of `old`, whose value it is."""
    if new == old:
        return old
    kind = old.kind if new.kind == UNKNOWN else new.kind
    return replace(new, kind=kind, origin=old.origin)


def _simplified(expr: Expr) -> Expr:
    """`expr` without effects, simplified."""
    if products.is_product(expr):
        return _product(expr)
    if sums.is_sum(expr):
        return _sum(expr)
    return _node(_with_simple_children(expr, _simplified))


def _with_simple_children(expr: Expr, simplified: Callable[[Expr], Expr]) -> Expr:
    return with_children(expr, tuple(simplified(child) for child in children(expr)))


def _product(expr: Expr) -> Expr:
    product = products.gather(expr, _simplified)
    if product is None:
        return _with_simple_children(expr, _simplified)
    return _keeping(products.build(product), expr)


def _sum(expr: Expr) -> Expr:
    terms = sums.gather(expr, _simplified)
    if terms is None:
        return _with_simple_children(expr, _simplified)
    return _keeping(sums.build(terms), expr)


def _node(expr: Expr) -> Expr:
    """Simplify the outermost node of anything but sums and products."""
    match expr:
        case Op(fn=operator.pow, args=(base, exponent)):
            return _power(expr, base, exponent)
        case Op(args=(first, *_)) if kinds.is_array(first.kind):
            return taken_out(expr)
        case Op(fn=operator.pos, args=(operand,)) if arithmetic.is_certain_number(operand):
            return operand if not arithmetic.is_boolean(operand) else expr
        case Op(fn=operator.not_, args=(operand,)):
            return _negation(expr, operand)
        case Choice(test=Const(value=value), then=then, orelse=orelse):
            return then if value else orelse
        case BoolOp(values=values):
            return _connective(expr, values)
        case Item(base=Tuple(items=items), index=Const(value=int() as index)):
            return items[index] if -len(items) <= index < len(items) else expr
    return expr


def _power(expr: Expr, base: Expr, exponent: Expr) -> Expr:
    power = number_of(exponent)
    if power == 1 and (isinstance(power, int) or not is_exact(base)):
        return expr if arithmetic.is_boolean(base) else base
    if power == 0 and arithmetic.is_scalar(base):
        return constant(1 if is_exact(base) and isinstance(power, int) else 1.0)
    number = number_of(base)
    if power is None or number is None:
        return expr
    value = folded(operator.pow, number, power)
    return expr if value is None else constant(value)


_OPPOSITE = {
    operator.is_: operator.is_not,
    operator.is_not: operator.is_,
}


def _negation(expr: Expr, operand: Expr) -> Expr:
    """`not` of a test; `not a < b` stays, for it is not `a >= b` where one is NaN."""
    if isinstance(operand, Const):
        return Const(not operand.value)
    if isinstance(operand, Op) and operand.fn in _OPPOSITE:
        return replace(operand, fn=_OPPOSITE[operand.fn])
    return expr


def _connective(expr: BoolOp, values: tuple[Expr, ...]) -> Expr:
    """Leave out of `and`, `or` the constants that decide nothing; stop at one that decides."""
    neutral = expr.op == "and"
    kept: list[Expr] = []
    for value in values:
        last = value is values[-1]
        if isinstance(value, Const) and bool(value.value) != neutral:
            kept.append(value)
            break
        if last or not isinstance(value, Const):
            kept.append(value)
    return kept[0] if len(kept) == 1 else replace(expr, values=tuple(kept))


# ---------------------------------------------------------------------------------------------
# Expressions with effects: order and number of evaluations stay


def _careful(expr: Expr) -> Expr:
    if is_pure(expr):
        return _simplified(expr)
    return _careful_node(_with_simple_children(expr, _careful))


def _careful_node(expr: Expr) -> Expr:
    match expr:
        case Op(fn=operator.mul, args=(Const() as number, factor)) if _is_one(number, factor):
            return factor
        case Op(fn=operator.mul | operator.truediv, args=(factor, Const() as number)):
            exact = expr.fn is operator.truediv and is_exact(factor)
            return factor if _is_one(number, factor) and not exact else expr
        case Op(fn=operator.neg, args=(Op(fn=operator.neg, args=(operand,)),)):
            return operand
    return expr


def _is_one(number: Const, factor: Expr) -> bool:
    value = number_of(number)
    if value != 1 or not arithmetic.is_number(factor) or arithmetic.is_boolean(factor):
        return False
    return isinstance(value, int) or not is_exact(factor)
