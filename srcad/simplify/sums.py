"""Sums and differences: equal terms merged, constants gathered, common factors taken out."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from srcad import kinds
from srcad.core import Expr, Op
from srcad.kinds import Array, Kind
from srcad.simplify import arithmetic, products
from srcad.simplify.arithmetic import Number, folded, make
from srcad.simplify.products import Product

_SUM_FNS = (operator.add, operator.sub)


@dataclass(slots=True)
class Term:
    """A term of a sum. `mergeable` says that equal ones may be added up."""

    product: Product
    mergeable: bool = True

    @property
    def key(self) -> Hashable:
        """What two terms have in common that differ in their coefficients only."""
        product = self.product
        if not self.mergeable:
            return id(self)
        return (
            frozenset(Counter(product.factors).items()),
            frozenset(Counter(product.divisors).items()),
            product.over,
        )

    @property
    def is_number(self) -> bool:
        return not (self.product.factors or self.product.divisors)


def is_sum(expr: Expr) -> bool:
    """Whether `expr` is a sum or a difference."""
    return isinstance(expr, Op) and expr.fn in _SUM_FNS


def is_negative(expr: Expr) -> bool:
    """Whether `expr` is written with a sign in front, or is a negative number."""
    while products.is_product(expr):
        assert isinstance(expr, Op)
        if expr.fn is operator.neg:
            return True
        expr = expr.args[0]
    number = arithmetic.number_of(expr)
    return number is not None and number < 0


def gather(expr: Expr, simplified: Callable[[Expr], Expr]) -> list[Term] | None:
    """The terms of `expr`, simplified; None where not all of them are numbers."""
    terms: list[Term] = []
    stack: list[tuple[Expr, int, bool]] = [(expr, 1, False)]
    while stack:
        node, sign, done = stack.pop()
        if not arithmetic.is_number(node):
            return None
        if is_sum(node) and not (node is not expr and _stands_alone(node, expr.kind)):
            assert isinstance(node, Op)
            flipped = -sign if node.fn is operator.sub else sign
            stack.append((node.args[1], flipped, done))
            stack.append((node.args[0], sign, done))
        elif isinstance(node, Op) and node.fn is operator.neg:
            stack.append((node.args[0], -sign, done))
        elif done:
            terms.append(_term(node, sign))
        else:
            stack.append((simplified(node), sign, True))
    return terms


def _stands_alone(node: Expr, whole: Kind) -> bool:
    """Whether a part is cheaper added up by itself, being smaller than the whole array."""
    if not isinstance(whole, Array):
        return False
    if arithmetic.is_scalar(node):
        return True
    if not isinstance(node.kind, Array) or node.kind.dims is None or whole.dims is None:
        return False
    return node.kind.dims != whole.dims


def _term(expr: Expr, sign: int) -> Term:
    product = products.gather(expr, lambda part: part)
    if product is None:
        product = Product(factors=[expr])
    product.sign *= sign
    exact = arithmetic.is_boolean(expr) or not arithmetic.is_number(expr)
    return Term(product, mergeable=not exact)


# ---------------------------------------------------------------------------------------------
# Building the expression


def build(terms: list[Term]) -> Expr:
    """The sum of `terms`, as a person would write it."""
    terms = _without_zeros(_merged(terms))
    if len(terms) == 1:
        return products.build(terms[0].product)
    common = _common(terms)
    if common is None:
        return _added(terms)
    return products.build(_times(common, _added(terms)))


def _merged(terms: list[Term]) -> list[Term]:
    """Add the coefficients of equal terms up, each at the place of the first."""
    found: dict[Hashable, Term] = {}
    for term in terms:
        key = term.key
        other = found.get(key)
        total = None if other is None else _total(other.product, term.product)
        if other is None or total is None:
            found[key if other is None else id(term)] = term
        else:
            other.product.sign = -1 if total < 0 else 1
            other.product.coefficient = abs(total)
    return list(found.values())


def _total(a: Product, b: Product) -> Number | None:
    return folded(operator.add, a.number, b.number)


def _without_zeros(terms: list[Term]) -> list[Term]:
    """Leave out what adds nothing, as long as the sum keeps its shape and dtype."""
    kept = list(terms)
    for term in terms:
        rest = [other for other in kept if other is not term]
        if term.product.coefficient == 0 and rest and _adds_nothing(term, rest):
            kept = rest
    return kept


def _adds_nothing(term: Term, rest: list[Term]) -> bool:
    parts = term.product.factors + term.product.divisors
    others = [part for other in rest for part in other.product.factors + other.product.divisors]
    if isinstance(term.product.coefficient, float) and _all_exact(rest):
        return False
    if all(other.is_number for other in rest) or all(arithmetic.is_boolean(p) for p in others):
        return all(arithmetic.is_scalar(part) for part in parts)
    if all(arithmetic.is_scalar(part) for part in parts):
        return True
    lost = kinds.broadcast_dims(*(kinds.dims_of(part.kind) for part in parts))
    left = kinds.broadcast_dims(*(kinds.dims_of(part.kind) for part in others))
    return lost is not None and lost == left and None not in lost


def _all_exact(terms: list[Term]) -> bool:
    """Whether every term is certainly an integer."""
    return all(
        not isinstance(term.product.coefficient, float)
        and not term.product.divisors
        and term.product.over == 1
        and all(arithmetic.is_exact(factor) for factor in term.product.factors)
        for term in terms
    )


def _added(terms: list[Term]) -> Expr:
    first = next((i for i, term in enumerate(terms) if term.product.sign > 0), 0)
    ordered = [terms[first], *terms[:first], *terms[first + 1 :]]
    result = products.build(ordered[0].product)
    for term in ordered[1:]:
        result = _plus(result, term.product)
    return result


def _plus(total: Expr, product: Product) -> Expr:
    if product.sign < 0:
        product.sign = 1
        return make(operator.sub, total, products.build(product))
    part = products.build(product)
    if isinstance(part, Op) and part.fn is operator.neg:  # a product may turn its sign
        return make(operator.sub, total, part.args[0])
    return make(operator.add, total, part)


# ---------------------------------------------------------------------------------------------
# Common factors


@dataclass(slots=True)
class Common:
    """What all terms of a sum have in common; `last` says where it is to be written."""

    sign: int
    number: Number
    factors: list[Expr]
    divisors: list[Expr]
    last: bool


def _common(terms: list[Term]) -> Common | None:
    """Take what is common out of `terms` (which are changed), if that saves something."""
    if not all(term.mergeable for term in terms):
        return None
    factors = _in_all([term.product.factors for term in terms])
    divisors = _in_all([term.product.divisors for term in terms])
    last = any(t.product.factors[: len(factors)] != factors for t in terms)
    number = _common_number(terms)
    if number == 1 and not factors and not divisors:
        return None
    if sum(_is_truth_without(term.product, factors) for term in terms) > 1:
        return None  # `mask * t + other * t`: masks themselves add up to a mask
    sign = -1 if all(term.product.sign < 0 for term in terms) else 1
    for term in terms:
        term.product.sign *= sign
        _take_out(term.product, number, factors, divisors)
    return Common(sign, number, factors, divisors, last)


def _is_truth_without(product: Product, common: list[Expr]) -> bool:
    """Whether only truth values are left of a product without its common factors."""
    left = list((Counter(product.factors) - Counter(common)).elements())
    return bool(left) and all(arithmetic.is_boolean(factor) for factor in left)


def _in_all(lists: list[list[Expr]]) -> list[Expr]:
    common = Counter(lists[0])
    for other in lists[1:]:
        if not common:
            return []
        common &= Counter(other)
    kept: list[Expr] = []
    for expr in lists[0]:
        if common[expr] > 0:
            common[expr] -= 1
            kept.append(expr)
    return kept


def _common_number(terms: list[Term]) -> Number:
    """The coefficient worth taking out: fewer numbers are left than before."""
    numbers = [term.product.coefficient for term in terms]
    if None in numbers or 0 in numbers or any(term.product.over != 1 for term in terms):
        return 1
    best = min(n for n in numbers if n is not None)
    ratios = [n / best for n in numbers if n is not None]
    if any(ratio != int(ratio) for ratio in ratios):
        return 1
    before = sum(not term.is_number for term in terms)
    after = 1 + sum(ratio != 1 and not t.is_number for ratio, t in zip(ratios, terms, strict=True))
    return best if after < before else 1


def _take_out(product: Product, number: Number, factors: list[Expr], divisors: list[Expr]) -> None:
    for factor in factors:
        product.factors.remove(factor)
    for divisor in divisors:
        product.divisors.remove(divisor)
    if number != 1 and product.coefficient is not None:
        ratio = int(product.coefficient / number)
        product.coefficient = None if ratio == 1 and product.factors else ratio


def _times(common: Common, inner: Expr) -> Product:
    coefficient = None if common.number == 1 else common.number
    order = (inner, *common.factors) if common.last else (*common.factors, inner)
    return Product(common.sign, coefficient, 1, list(order), list(common.divisors))
