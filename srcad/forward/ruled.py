"""Tangents of operations that have a rule."""

from __future__ import annotations

from dataclasses import replace

from srcad.analysis.describe import spelled
from srcad.core import (
    Attr,
    Const,
    Effect,
    Expr,
    Item,
    Method,
    Op,
    Store,
    Var,
    names_in,
    substitute,
)
from srcad.errors import NoDerivative
from srcad.forward.arithmetic import scaled, total
from srcad.forward.duals import RESULT, Dual, Duals, refuse
from srcad.kinds import Array, Length, ListOf, Scalar, TupleOf, broadcast_dims, dims_of, is_unknown
from srcad.rules.call import operand_kind
from srcad.rules.rule import Key, Partial, Rule
from srcad.rules.vocabulary import EVERYTHING, ZERO, is_tree_sum, tree_sum

Operation = Op | Attr


def by_rule(duals: Duals, op: Operation, rule: Rule | None, result: bool) -> Dual:
    """The dual of an operation that writes into nothing."""
    if rule is None:
        raise _no_derivative(duals, op)
    keys, operands = _operands(op)
    parts = dict(zip(keys, duals.duals(operands), strict=True))
    pushes = {} if rule.inactive or rule.reads_shape_only else rule.pushforwards(op)
    active = {key: p for key, p in pushes.items() if parts[key].tangent is not None}
    if not active or not duals.is_active(op):
        return Dual(_applied(op, parts))
    mapped = all(partial.factor or partial.lazy for partial in active.values())
    if not mapped:
        parts |= {key: duals.full(parts[key]) for key in active}
    read = frozenset[str]().union(*(names_in(p.template) for p in active.values()))
    parts = {k: duals.handy(p) if f"%{k}" in read else p for k, p in parts.items()}
    value: Expr = _applied(op, parts)
    slots: dict[str, Expr] = {f"%{key}": part.value for key, part in parts.items()}
    if "%out" in read:
        name = Var(RESULT, kind=op.kind) if result else duals.named(value)
        value, slots["%out"] = (value, name) if result else (name, name)
    terms = [_term(partial, slots, parts[key]) for key, partial in active.items()]
    tangent = tree_sum(*terms) if is_tree_sum(op) and len(terms) > 1 else total(terms)
    full = not mapped or "%out" in read or _covers(op, parts, read, active)
    return Dual(value, replace(tangent, kind=op.kind), full)


def _term(partial: Partial, slots: dict[str, Expr], part: Dual) -> Expr:
    """What one operand's tangent adds to that of the result."""
    assert part.tangent is not None
    if partial.factor:
        return scaled(substitute(partial.template, slots), part.tangent)
    return substitute(partial.template, {**slots, "%t": part.tangent})


def _operands(op: Operation) -> tuple[tuple[Key, ...], tuple[Expr, ...]]:
    if isinstance(op, Attr):
        return (0,), (op.base,)
    names = tuple(name for name, _ in op.kwargs)
    return (*range(len(op.args)), *names), (*op.args, *(value for _, value in op.kwargs))


def _applied(op: Operation, parts: dict[Key, Dual]) -> Operation:
    """`op` on the values as they are to be written now."""
    if isinstance(op, Attr):
        return replace(op, base=parts[0].value)
    args = tuple(parts[place].value for place in range(len(op.args)))
    return replace(op, args=args, kwargs=tuple((n, parts[n].value) for n, _ in op.kwargs))


def _covers(
    op: Operation, parts: dict[Key, Dual], read: frozenset[str], active: dict[Key, Partial]
) -> bool:
    """Whether the sum of the terms certainly has the shape of the result, nothing of which may
    come from an operand that no term mentions.
    """
    if isinstance(op.kind, Scalar):
        return True
    _, operands = _operands(op)
    mentioned: list[tuple[Length, ...] | None] = []
    others = False
    for key, expr in zip(parts, operands, strict=True):
        kind = operand_kind(expr)
        if f"%{key}" in read or (key in active and parts[key].full):
            mentioned.append(dims_of(kind))
        elif not isinstance(kind, Scalar) and (key in active or _may_have_shape(expr)):
            others = True
    if not others:
        return True
    dims = dims_of(op.kind)
    known = dims is not None and None not in dims and None not in mentioned
    return known and broadcast_dims(*mentioned) == dims


def _may_have_shape(expr: Expr) -> bool:
    kind = operand_kind(expr)
    return isinstance(kind, Array | ListOf | TupleOf) or is_unknown(kind)


def into_operand(duals: Duals, op: Op, rule: Rule) -> Dual:
    """An operation that writes into one of its operands: its tangent into that one's."""
    (key,) = rule.writes
    _, operands = _operands(op)
    keys, _ = _operands(op)
    written = dict(zip(keys, operands, strict=True))[key]
    target = duals.dual(written)
    plain = _without(op, key)
    if plain is None:
        return _linear_write(duals, op, rule, key, target)
    made = duals.dual(plain)
    assert target.tangent is not None
    duals.precede(Store(Item(target.tangent, EVERYTHING), made.tangent or ZERO))
    if made.value == plain:
        duals.precede(Effect(op))
    else:
        duals.precede(Store(Item(target.value, EVERYTHING), made.value))
    return target


def _without(op: Op, key: Key) -> Op | None:
    """`op` giving its result instead of writing it into the operand `key`, if it can."""
    if isinstance(key, str):
        return replace(op, kwargs=tuple((n, value) for n, value in op.kwargs if n != key))
    inputs = getattr(op.fn, "nin", None)
    return replace(op, args=op.args[:key]) if inputs == key else None


def _linear_write(duals: Duals, op: Op, rule: Rule, key: Key, target: Dual) -> Dual:
    """`np.add.at(a, i, x)` and its like, linear in `a` and in the last operand: the same on both
    tangents.
    """
    rule.pushforwards(op)  # which refuses what the rule does not take
    if target.tangent is None or key != 0 or op.kwargs or isinstance(op.fn, Method):
        what = f"{spelled(op)} on varying memory has no tangent here"
        raise refuse(what, "Write it as a store, `a[...] = ...`", op, duals.stmt)
    parts = duals.duals(op.args)
    parts = [*(duals.handy(part) for part in parts[:-1]), duals.full(parts[-1])]
    value = replace(op, args=tuple(part.value for part in parts))
    change = parts[-1].tangent or ZERO
    tangents = (target.tangent, *(part.value for part in parts[1:-1]), change)
    duals.precede(Effect(replace(op, args=tangents)), Effect(value))
    return Dual(Const(None))


def _no_derivative(duals: Duals, op: Operation) -> NoDerivative:
    origin = op.origin if op.origin.line else duals.stmt.origin
    what = f"cannot differentiate {spelled(op)}: it has neither a rule nor Python source"
    return NoDerivative(what, "Add a rule with `srcad.rules`, or write it in Python", origin)
