"""Numbers taken out of linear functions of arrays: `np.sum(-2 * x)` is `-2 * np.sum(x)`."""

from __future__ import annotations

from dataclasses import replace

from srcad import kinds
from srcad.core import Const, Expr, Op, Var, names_in, substitute
from srcad.simplify import products
from srcad.simplify.arithmetic import is_scalar
from srcad.simplify.effects import rule_of
from srcad.simplify.products import Product

_PLACEHOLDER = Var("%t")


def taken_out(op: Op) -> Expr:
    """`op` with signs and numbers of its first operands taken out, where it is linear in them."""
    outside = Product()
    for place in range(min(2, len(op.args))):
        operand = op.args[place]
        if not (products.is_product(operand) and kinds.is_array(operand.kind)):
            continue
        if not is_linear(op, place):
            continue
        inside = _split(operand, outside)
        if inside is not None:
            op = replace(op, args=(*op.args[:place], inside, *op.args[place + 1 :]))
    if outside == Product():
        return op
    outside.factors.append(op)
    return products.build(outside)


def _split(operand: Expr, outside: Product) -> Expr | None:
    """Move the numbers of a product of arrays to `outside`; what is left, or None."""
    product = products.gather(operand, lambda part: part)
    if product is None or not any(kinds.is_array(factor.kind) for factor in product.factors):
        return None
    numbers = [factor for factor in product.factors if _is_real(factor)]
    divisors = [divisor for divisor in product.divisors if _is_real(divisor)]
    rest = Product(
        factors=[f for f in product.factors if not _is_real(f)],
        divisors=[d for d in product.divisors if not _is_real(d)],
    )
    product.factors, product.divisors = numbers, divisors
    if product == Product():
        return None
    _multiply(outside, product)
    return products.build(rest)


def _multiply(outside: Product, by: Product) -> None:
    outside.sign *= by.sign
    outside.over *= by.over
    outside.floating |= by.floating
    if by.coefficient is not None:
        outside.coefficient = by.coefficient * (outside.coefficient or 1)
    outside.factors += by.factors
    outside.divisors += by.divisors


def _is_real(expr: Expr) -> bool:
    """Whether `expr` is certainly a real number, by which every linear function commutes."""
    dtype = kinds.dtype_of(expr.kind)
    return is_scalar(expr) and dtype is not None and dtype.startswith(("float", "int"))


def is_linear(op: Op, place: int) -> bool:
    """Whether `op` is linear in an operand: its pushforward is `op` itself, of the tangent."""
    rule = rule_of(op)
    if rule is None or rule.inactive or rule.effect or rule.writes:
        return False
    if not isinstance(rule.kind(op), kinds.Array | kinds.Scalar):
        return False  # a number times a tuple of pieces would repeat it
    part = rule.pushforwards(op).get(place)
    if part is None or part.factor or not isinstance(part.template, Op):
        return False
    if part.template.fn is not op.fn or any(f"%{place}" == n for n in names_in(part.template)):
        return False
    slots: dict[str, Expr] = {f"%{at}": arg for at, arg in enumerate(op.args)}
    slots |= {f"%{name}": value for name, value in op.kwargs}
    pushed = substitute(part.template, slots)
    args = (*op.args[:place], _PLACEHOLDER, *op.args[place + 1 :])
    return isinstance(pushed, Op) and pushed.args == args and _given(pushed) == _given(op)


def _given(op: Op) -> dict[str, Expr]:
    """The keyword operands but those that are defaults."""
    return {name: value for name, value in op.kwargs if value not in (Const(None), Const(False))}
