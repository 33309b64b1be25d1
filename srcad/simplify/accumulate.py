"""Accumulation: the first contribution is `=`, later ones are `+=`, signs are in the operator."""

from __future__ import annotations

import operator
from dataclasses import replace
from functools import cached_property

from srcad.analysis.liveness import live_at_ends
from srcad.analysis.sharing import sources
from srcad.core import (
    Assign,
    Block,
    Break,
    Const,
    Continue,
    Expr,
    Function,
    Op,
    Return,
    Stmt,
    Store,
    Var,
    expressions_of,
    names_in,
    statements,
    targets_of,
)
from srcad.kinds import Array, Kind, Scalar, dims_of, is_scalar
from srcad.simplify import arithmetic, blocks, sums
from srcad.simplify.effects import is_pure
from srcad.simplify.known import Known
from srcad.simplify.patterns import is_zero
from srcad.simplify.products import negated

Names = frozenset[str]
_OPPOSITE = {operator.add: operator.sub, operator.sub: operator.add}


def accumulate(function: Function, generated: Names, known: Known | None = None) -> Function:
    """`function` with the sums that collect in generated names written as a person would.

    Before: `dx = 0.0; dx = dx + -y`. After: `dx = -y`.
    """
    step = _Accumulation(function, generated, known or Known())
    return replace(function, body=blocks.map_blocks(function.body, step.block))


class _Accumulation:
    def __init__(self, function: Function, generated: Names, known: Known) -> None:
        self.known = known
        self.generated = generated
        self.function = function

    @cached_property
    def live(self) -> dict[int, Names]:
        return live_at_ends(self.function)

    def block(self, block: Block) -> Block:
        out = [self.statement(stmt) for stmt in block]
        at = 0
        while at < len(out):
            place = self.first_contribution(out, at)
            if place is None:
                at += 1
                continue
            out[place] = _assigned(out[place])
            del out[at]
        same = len(out) == len(block) and all(a is b for a, b in zip(out, block, strict=True))
        return block if same else tuple(out)

    # -- one statement

    def statement(self, stmt: Stmt) -> Stmt:
        match stmt:
            case Assign(target=Var(name=name)) if name in self.generated:
                stmt = _augmented(stmt)
                return stmt if stmt.op is None else self.known.ask(_signed, stmt)
            case Store(place=place) if names_in(place.base) <= self.generated and stmt.op:
                return self.known.ask(_signed, stmt)
        return stmt

    # -- a zero and what is first added to it

    def first_contribution(self, out: list[Stmt], at: int) -> int | None:
        """The place of the first `x += e` for an `x = 0` at `at`, if it may be `x = e` instead."""
        stmt = out[at]
        if not (isinstance(stmt, Assign) and stmt.op is None and isinstance(stmt.target, Var)):
            return None
        name = stmt.target.name
        if name not in self.generated or not is_zero(stmt.value):
            return None
        for place in range(at + 1, len(out)):
            following = out[place]
            if name in names_in_statement(following):
                return place if _can_start(stmt, following) else None
            if any(name in self.live.get(id(j), (name,)) for j in _jumps(following)):
                return None
        return None


def names_in_statement(stmt: Stmt) -> set[str]:
    """All names that `stmt` and the statements in it read or bind."""
    found: set[str] = set()
    for inner in statements((stmt,)):
        found.update(targets_of(inner), *map(names_in, expressions_of(inner)))
    return found


def _jumps(stmt: Stmt) -> list[Stmt]:
    return [s for s in statements((stmt,)) if isinstance(s, Break | Continue | Return)]


def _can_start(zero: Assign, stmt: Stmt) -> bool:
    """Whether the sum can begin with what `stmt` adds: nothing of type and shape is lost."""
    if not (isinstance(stmt, Assign) and stmt.op in _OPPOSITE and stmt.target == zero.target):
        return False
    if names_in(zero.target) & names_in(stmt.value):
        return False
    value = arithmetic.typed(stmt.value)
    if isinstance(zero.value, Const):
        integral = isinstance(zero.value.value, int)
        return is_scalar(value.kind) and (integral or not arithmetic.is_exact(value))
    return _same_array(zero.target.kind, value.kind) and not sources(value)


def _same_array(a: Kind, b: Kind) -> bool:
    if not (isinstance(a, Array | Scalar) and isinstance(b, Array) and a.dtype == b.dtype):
        return False
    dims = dims_of(a)
    return dims is not None and None not in dims and dims == dims_of(b)


def _assigned(stmt: Stmt) -> Stmt:
    assert isinstance(stmt, Assign)
    value = negated(stmt.value) if stmt.op is operator.sub else stmt.value
    return replace(stmt, value=value, op=None)


def _augmented(stmt: Assign) -> Assign:
    """`x = x + e` as `x += e`, for numbers; an array would be changed in place."""
    match stmt:
        case Assign(op=None, value=Op(fn=operator.add | operator.sub as op, args=(first, e))):
            scalar = is_scalar(stmt.target.kind) or is_scalar(stmt.value.kind)
            if scalar and first == stmt.target:
                return replace(stmt, value=e, op=op)
    return stmt


def sign_in_operator(stmt: Assign | Store) -> Assign | Store:
    """`x += -e` as `x -= e`."""
    if stmt.op not in _OPPOSITE:
        return stmt
    value = opposite(stmt.value)
    return stmt if value is None else replace(stmt, value=value, op=_OPPOSITE[stmt.op])


def _starts_plain(expr: Expr) -> bool:
    """Whether the first term of `expr` is just a name."""
    while sums.is_sum(expr):
        assert isinstance(expr, Op)
        expr = expr.args[0]
    return isinstance(expr, Var)


def _signed(known: Known, stmt: Assign | Store) -> Assign | Store:
    return sign_in_operator(stmt)


def opposite(expr: Expr) -> Expr | None:
    """`-expr`, if that is shorter: all its terms have a minus."""
    if isinstance(expr, Var) or not (sums.is_sum(expr) or sums.is_negative(expr)):
        return None
    if _starts_plain(expr) or not is_pure(expr):
        return None
    terms = sums.gather(expr, lambda part: part)
    if terms is None or not all(term.product.sign < 0 for term in terms):
        return None
    for term in terms:
        term.product.sign = 1
    return replace(sums.build(terms), origin=expr.origin)
