"""Products and quotients: signs, numbers and factors gathered."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from srcad import kinds
from srcad.core import Expr, Op
from srcad.kinds import Array, Kind
from srcad.simplify import arithmetic
from srcad.simplify.arithmetic import Number, chain, constant, folded, make, number_of

_PRODUCT_FNS = (operator.mul, operator.truediv, operator.neg)


@dataclass(slots=True)
class Product:
    """`sign * coefficient * factors / (over * divisors)`; the numbers are not negative.

    `coefficient` is None where no number was written: `mask * mask` is not `1 * mask * mask`.
    `floating` says that one of the numbers was 1.0: the product is a float.
    """

    sign: int = 1
    coefficient: Number | None = None
    over: Number = 1
    factors: list[Expr] = field(default_factory=list)
    divisors: list[Expr] = field(default_factory=list)
    floating: bool = False

    @property
    def number(self) -> Number:
        """The signed coefficient."""
        return self.sign * (1 if self.coefficient is None else self.coefficient)


def is_product(expr: Expr) -> bool:
    """Whether `expr` is a product, a quotient or something with its sign changed."""
    return isinstance(expr, Op) and expr.fn in _PRODUCT_FNS


def gather(expr: Expr, simplified: Callable[[Expr], Expr]) -> Product | None:
    """`expr` taken apart, its factors simplified; None where not all of them are numbers.

    The stack holds what is still to be taken apart, the leftmost factor on top; what has been
    simplified may be a product again, and is then taken apart, too.
    """
    product = Product()
    stack: list[tuple[Expr, bool, bool]] = [(expr, False, False)]
    while stack:
        node, inverted, done = stack.pop()
        if not arithmetic.is_number(node):
            return None
        if is_product(node) and not (node is not expr and _stands_alone(node, expr.kind)):
            assert isinstance(node, Op)
            _push(node, inverted, done, product, stack)
        elif _take_number(product, node, inverted):
            pass
        elif done:
            node = _without_sign(node, product)
            (product.divisors if inverted else product.factors).append(node)
        else:
            stack.append((simplified(node), inverted, True))
    return product


def _push(
    node: Op, inverted: bool, done: bool, product: Product, stack: list[tuple[Expr, bool, bool]]
) -> None:
    if node.fn is operator.neg:
        product.sign = -product.sign
        stack.append((node.args[0], inverted, done))
        return
    left, right = node.args
    stack.append((right, inverted != (node.fn is operator.truediv), done))
    stack.append((left, inverted, done))


def _stands_alone(node: Expr, whole: Kind) -> bool:
    """Whether a part is cheaper computed by itself, being smaller than the whole array."""
    if not (isinstance(whole, Array) and isinstance(node.kind, Array)):
        return False
    return node.kind.dims is not None and whole.dims is not None and node.kind.dims != whole.dims


def _without_sign(node: Expr, product: Product) -> Expr:
    """A part that stands alone, its sign moved to `product`."""
    inner = gather(node, lambda part: part) if is_product(node) else None
    if inner is None or inner.sign > 0:
        return node
    product.sign, inner.sign = -product.sign, 1
    return build(inner)


def _take_number(product: Product, node: Expr, inverted: bool) -> bool:
    value = number_of(node)
    if value is None or (inverted and value == 0):
        return False
    before = product.over if inverted else product.coefficient
    after = abs(value) if before is None else _times(before, abs(value), product)
    if after is None:
        return False
    product.sign = -product.sign if value < 0 else product.sign
    if inverted:
        product.over = after
    else:
        product.coefficient = after
    return True


def _times(a: Number, b: Number, product: Product) -> Number | None:
    """The product of two numbers: that of 1.0 and 2 is 2, if a factor makes it a float anyway."""
    for one, other in ((a, b), (b, a)):
        if one == 1 and isinstance(one, float) and isinstance(other, int):
            product.floating = True
            return other
    return folded(operator.mul, a, b)


# ---------------------------------------------------------------------------------------------
# Building the expression


def build(product: Product) -> Expr:
    """The expression that `product` stands for, as a person would write it."""
    _cancel(product)
    _keep_floating(product)
    _reduce(product)
    if _is_zero(product):
        return constant(0 if _is_integral(product) else 0.0)
    _turn_difference(product)
    if _needs_no_coefficient(product):
        product.coefficient = None
    head, tail = _by_size(product)
    return head if tail is None else _joined(head, tail)


def _cancel(product: Product) -> None:
    """Take equal factors and divisors out, where no shape is lost with them."""
    common = Counter(product.factors) & Counter(product.divisors)
    for expr in common.elements():
        rest = [f for f in product.factors + product.divisors if f != expr]
        if _covers(rest, expr):
            product.factors.remove(expr)
            product.divisors.remove(expr)


def _covers(rest: list[Expr], expr: Expr) -> bool:
    if arithmetic.is_scalar(expr):
        return True
    dims = kinds.dims_of(expr.kind)
    if dims is None or not rest:
        return False
    left = kinds.broadcast_dims(*(kinds.dims_of(f.kind) for f in rest))
    return left is not None and left == dims and None not in dims


def _reduce(product: Product) -> None:
    """Divide the coefficient by the constant divisor, where that is exact."""
    above, below = product.coefficient, product.over
    if below == 1 and isinstance(below, int):
        return
    if above is None or above == 1:
        if _is_power_of_two(below) and below < 1:  # x / 0.5
            product.coefficient, product.over = folded(operator.truediv, 1, below), 1
        return
    quotient = above / below
    if quotient == int(quotient) or _is_power_of_two(below):
        whole = quotient == int(quotient) and isinstance(above, int)
        product.coefficient, product.over = (int(quotient) if whole else quotient), 1
        _keep_float(product)
    elif below / above == int(below / above):
        product.coefficient, product.over = None, int(below / above)


def _keep_floating(product: Product) -> None:
    """Make the coefficient a float if nothing else makes the product one."""
    parts = product.factors + product.divisors
    if product.floating and all(not arithmetic.is_inexact(part) for part in parts):
        product.coefficient = 1.0 if product.coefficient is None else float(product.coefficient)


def _keep_float(product: Product) -> None:
    """`4 * n / 2` is a float for an integer n; so is what is left of it."""
    if product.divisors or not all(arithmetic.is_exact(f) for f in product.factors):
        return
    assert product.coefficient is not None
    product.coefficient = float(product.coefficient)


def _is_power_of_two(value: Number) -> bool:
    return value > 0 and float(value).hex().split("p")[0].rstrip("0") in ("0x1.", "0x1")


def _is_zero(product: Product) -> bool:
    return product.coefficient == 0 and all(
        arithmetic.is_scalar(part) for part in product.factors + product.divisors
    )


def _is_integral(product: Product) -> bool:
    return (
        isinstance(product.coefficient, int)
        and product.over == 1
        and not product.divisors
        and all(arithmetic.is_exact(factor) for factor in product.factors)
    )


def _turn_difference(product: Product) -> None:
    """Write `-(a - b)` as `b - a`."""
    if product.sign > 0:
        return
    for position, factor in enumerate(product.factors):
        if isinstance(factor, Op) and factor.fn is operator.sub:
            a, b = factor.args
            if not (isinstance(a, Op) and a.fn in (operator.add, operator.sub)):
                product.factors[position] = make(operator.sub, b, a)
                product.sign = 1
                return


def _needs_no_coefficient(product: Product) -> bool:
    """Whether a coefficient of one can go without changing the result's type."""
    if product.coefficient != 1 or not (product.factors or product.divisors):
        return False
    if not product.factors:
        return isinstance(product.coefficient, int)
    if product.divisors or product.over != 1:
        return True
    if isinstance(product.coefficient, float):
        return not all(arithmetic.is_exact(factor) for factor in product.factors)
    return not all(arithmetic.is_boolean(factor) for factor in product.factors)


def _by_size(product: Product) -> tuple[Expr, Product | None]:
    """The part to be computed first, of numbers only, and the rest, of arrays."""
    parts = product.factors + product.divisors
    if not any(kinds.is_array(part.kind) for part in parts):
        return _quotient(product), None
    if product.over == 1 and not any(arithmetic.is_scalar(part) for part in parts):
        return _quotient(product), None
    first = Product(product.sign, product.coefficient, product.over)
    first.factors = [f for f in product.factors if arithmetic.is_scalar(f)]
    first.divisors = [d for d in product.divisors if arithmetic.is_scalar(d)]
    rest = Product(factors=[f for f in product.factors if not arithmetic.is_scalar(f)])
    rest.divisors = [d for d in product.divisors if not arithmetic.is_scalar(d)]
    if first.coefficient is None and not first.factors:
        first.factors, first.divisors = rest.factors, first.divisors + rest.divisors
        return _quotient(first), None
    return _quotient(first), rest


def _joined(head: Expr, rest: Product) -> Expr:
    numerator = chain(operator.mul, [head, *rest.factors])
    if not rest.divisors:
        return numerator
    return make(operator.truediv, numerator, chain(operator.mul, rest.divisors))


def _quotient(product: Product) -> Expr:
    numerator = _numerator(product)
    divisors = list(product.divisors)
    if product.over != 1:
        divisors.insert(0, constant(product.over))
    if not divisors:
        return numerator
    return make(operator.truediv, numerator, chain(operator.mul, divisors))


def _numerator(product: Product) -> Expr:
    factors = list(product.factors)
    if product.coefficient is not None or not factors:
        return chain(operator.mul, [constant(product.number), *factors])
    if product.sign > 0:
        return chain(operator.mul, factors)
    place = next((i for i, f in enumerate(factors) if not arithmetic.is_boolean(f)), None)
    if place is None:
        return chain(operator.mul, [constant(-1), *factors])
    first = factors.pop(place)
    return chain(operator.mul, [make(operator.neg, first), *factors])


def negated(expr: Expr) -> Expr:
    """`-expr`, for an `expr` that is simple already."""
    product = gather(Op(operator.neg, (expr,), kind=expr.kind), lambda part: part)
    return Op(operator.neg, (expr,), kind=expr.kind) if product is None else build(product)
