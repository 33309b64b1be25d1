"""`{**a, **b}` and `a | b` of dicts, as one display or, where keys are not known, as stores."""

from __future__ import annotations

import operator
from collections.abc import Callable
from itertools import chain

from srcad.analysis.inline import quiet
from srcad.core import (
    Assign,
    Const,
    Dict,
    Expr,
    For,
    Item,
    Method,
    Op,
    Record,
    Stmt,
    Store,
    Tuple,
    Var,
)
from srcad.kinds import DictOf

Pair = tuple[Expr, Expr]
Hold = Callable[[Expr, list[Stmt]], Expr]


def merged(expr: Expr, before: list[Stmt], hold: Hold, fresh: Callable[[str], str]) -> Expr | None:
    """The union of two dicts, for which `before` may need statements; None for anything else."""
    if not isinstance(expr, Op) or expr.fn is not operator.or_ or len(expr.args) != 2:
        return None
    if any(type(arg.kind) is not DictOf for arg in expr.args):
        return None
    first, second = expr.args
    if _is_display(first) and not _is_display(second) and not quiet(first):
        first = hold(first, before)  # it is evaluated before the other
    operands = [arg if _is_display(arg) else hold(arg, before) for arg in (first, second)]
    pairs = [_pairs(operand) for operand in operands]
    known = [part for part in pairs if part is not None]
    if len(known) == len(pairs) and _are_replaced_quietly(*known):
        every = dict(chain.from_iterable(known))
        return Dict(tuple(every), tuple(every.values()), origin=expr.origin)
    whole = Var(fresh("merged"), origin=expr.origin)
    first, second = operands
    start: Expr = first if _is_display(first) else Op(Method("copy"), (first,))
    before.append(Assign(whole, start, origin=expr.origin))
    before += _put_into(whole, second, expr, fresh)
    return whole


def _is_display(expr: Expr) -> bool:
    return isinstance(expr, Dict) and not isinstance(expr, Record)


def _pairs(operand: Expr) -> list[Pair] | None:
    """The keys and values of a dict whose keys are known."""
    if isinstance(operand, Dict):
        constant = all(isinstance(key, Const) for key in operand.keys)
        return list(zip(operand.keys, operand.values, strict=True)) if constant else None
    kind = operand.kind
    if not isinstance(kind, DictOf) or kind.items is None:
        return None
    return [(Const(key), Item(operand, Const(key))) for key, _ in kind.items]


def _are_replaced_quietly(first: list[Pair], second: list[Pair]) -> bool:
    """Whether nothing is lost with the values that those in `second` replace."""
    keys = {key for key, _ in second}
    return all(quiet(value) for key, value in first if key in keys)


def _put_into(whole: Var, operand: Expr, at: Expr, fresh: Callable[[str], str]) -> list[Stmt]:
    pairs = _pairs(operand)
    if pairs is not None:
        return [Store(Item(whole, key), value, origin=at.origin) for key, value in pairs]
    key, value = Var(fresh("key")), Var(fresh("value"))
    store = Store(Item(whole, key), value, origin=at.origin)
    return [For(Tuple((key, value)), Op(Method("items"), (operand,)), (store,), origin=at.origin)]
