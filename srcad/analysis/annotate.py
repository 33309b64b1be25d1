"""Kinds of expressions: from the kinds of the variables in them, bottom-up."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import ModuleType
from typing import Any, TypeVar

import numpy as np

from srcad.analysis.attributes import present
from srcad.analysis.containers import container_kind, display_kind
from srcad.analysis.dates import date_attribute, date_kind
from srcad.analysis.draws import drawn_kind
from srcad.analysis.instances import is_instance
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
    Tuple,
    Unset,
    Var,
    Verbatim,
    children,
    with_children,
)
from srcad.errors import SrcadError
from srcad.kinds import (
    BOOL,
    NEVER,
    NONE,
    UNKNOWN,
    Array,
    ConstOf,
    DictOf,
    Inert,
    Kind,
    ListOf,
    NamedOf,
    Never,
    NumbersOf,
    ObjectOf,
    OneOf,
    RangeOf,
    Scalar,
    TupleOf,
    join,
)
from srcad.rules import rule_for
from srcad.rules.item_kinds import item_kind
from srcad.rules.lengths import forget_lengths
from srcad.value_kinds import kind_of

# what a rule may stumble over when the operands do not fit the operation
_MISFITS = (SrcadError, TypeError, ValueError, LookupError, AttributeError, ArithmeticError)

CallKind = Callable[[Op], Kind]
E = TypeVar("E", bound=Expr)


def infer_expr(expr: Expr, env: Mapping[str, Kind]) -> Expr:
    """`expr` with the kind of each of its parts filled in; what has one already keeps it."""
    if expr.kind != UNKNOWN:
        return expr
    parts = children(expr)
    if parts:
        expr = with_children(expr, tuple(infer_expr(part, env) for part in parts))
    return with_kind(expr, expr_kind(expr, env))


def with_kind(expr: E, kind: Kind) -> E:
    """`expr`, known to be of `kind`."""
    return expr if expr.kind is kind else replace(expr, kind=kind)


def expr_kind(expr: Expr, env: Mapping[str, Kind], call: CallKind | None = None) -> Kind:
    """The kind of an expression whose parts' kinds are filled in.

    `call` gives the kind of a call of the user's own functions.
    """
    match expr:
        case Var(name=name):
            return env.get(name, UNKNOWN)
        case Unset():
            return NEVER
        case Const(value=value):
            return kind_of(value)
        case Op():
            return kind_of_call(expr, call)
        case Item(base=base, index=index):
            return NEVER if isinstance(index.kind, Never) else item_kind(present(base.kind), index)
        case Attr():
            return _attribute_kind(expr)
        case Tuple() | List() | Dict():
            return display_kind(expr)
        case BoolOp():
            return _bool_op_kind(expr)
        case Choice():
            return _choice_kind(expr)
        case Verbatim():
            return Inert("str")
        case Slice():
            return Inert("slice")
    return UNKNOWN


def kind_of_call(op: Op, call: CallKind | None = None) -> Kind:
    """The kind of an operation's result, from the kinds of its operands."""
    if any(isinstance(part.kind, Never) for part in children(op)):
        return NEVER
    if op.fn is type and len(op.args) == 1 and isinstance(op.args[0].kind, ObjectOf):
        return ConstOf(op.args[0].kind.cls)
    decided = _decision(op)
    if decided is not None:
        return ConstOf(decided)
    known = drawn_kind(op) or container_kind(op)
    if known is None:
        known = date_kind(op)
    if known is not None:
        return known
    rule = rule_for(op)
    if rule is not None:
        return _by_rule(rule, op)
    return UNKNOWN if call is None else call(op)


def _of_what_is_there(op: Op | Attr) -> Op | Attr:
    """`op` without the None that an operand may be: no result comes of that."""
    parts = children(op)
    if not any(isinstance(part.kind, OneOf) for part in parts):
        return op
    return with_children(op, tuple(with_kind(p, present(p.kind)) for p in parts))  # type: ignore[return-value]


def _by_rule(rule: Any, op: Op | Attr) -> Kind:
    """What the rule says; where it cannot say (too few operands, ...) nothing is known: the fault
    in the program shows when it runs.
    """
    try:
        kind: Kind = rule.kind(_of_what_is_there(op))
    except _MISFITS:
        return UNKNOWN
    return kind


def _attribute_kind(expr: Attr) -> Kind:
    base = expr.base.kind
    if isinstance(base, Never):
        return NEVER
    if isinstance(base, ConstOf):
        if isinstance(base.value, ModuleType | type):
            known = forget_lengths(kind_of(getattr(base.value, expr.name, UNKNOWN)))
            # None stands for what a class is given later
            return UNKNOWN if known == NONE and isinstance(base.value, type) else known
        return UNKNOWN
    rule = rule_for(expr)
    return date_attribute(base, expr.name) if rule is None else _by_rule(rule, expr)


def _bool_op_kind(expr: BoolOp) -> Kind:
    stops = expr.op == "or"
    result: Kind = NEVER
    for value in expr.values:
        truth = truth_of(value)
        if truth is None or truth is stops or value is expr.values[-1]:
            result = join(result, value.kind)
        if truth is stops:
            break
    return result


def _choice_kind(expr: Choice) -> Kind:
    truth = truth_of(expr.test)
    if truth is None:
        return join(expr.then.kind, expr.orelse.kind)
    return expr.then.kind if truth else expr.orelse.kind


# ---------------------------------------------------------------------------------------------
# Tests that the kinds decide


def truth_of(test: Expr) -> bool | None:
    """Whether a test is certainly true or certainly false."""
    if isinstance(test, Const):
        return bool(test.value)
    if isinstance(test.kind, ConstOf):
        value = test.kind.value
        return value if isinstance(value, bool) else None if value is not None else False
    return None


def _decision(op: Op) -> bool | None:
    """The result of `x is None`, `not ...`, `isinstance(x, ...)` where the kinds decide it."""
    if op.fn is operator.not_ and len(op.args) == 1:
        truth = truth_of(op.args[0])
        return None if truth is None else not truth
    if len(op.args) != 2:
        return None
    if op.fn is operator.is_:
        return _same(op.args[0].kind, op.args[1].kind)
    if op.fn is operator.is_not:
        same = _same(op.args[0].kind, op.args[1].kind)
        return None if same is None else not same
    if op.fn is isinstance:
        return is_instance(op.args[0].kind, op.args[1])
    if op.fn is operator.eq and all(_is_class(arg.kind) for arg in op.args):
        return _same(op.args[0].kind, op.args[1].kind)
    return _compared_length(op)


def _compared_length(op: Op) -> bool | None:
    """The result of `len(x) == 2` for a tuple whose items are known."""
    length, number = op.args
    if op.fn not in (operator.eq, operator.ge) or not isinstance(number, Const):
        return None
    if not isinstance(length, Op) or length.fn is not len or not length.args:
        return None
    kind = length.args[0].kind
    if not isinstance(kind, TupleOf) or type(number.value) is not int:
        return None
    return bool(op.fn(len(kind.items), number.value))


def asks_for_form(test: Expr) -> bool:
    """Whether a test asks for the class or the length of a value."""
    if isinstance(test, Const):
        return True
    if not isinstance(test, Op):
        return False
    if test.fn is operator.not_:
        return asks_for_form(test.args[0])
    first = test.args[0] if test.args else None
    return test.fn is isinstance or (isinstance(first, Op) and first.fn is len)


def without_decided(expr: BoolOp) -> Expr:
    """`a and b` without tests of classes and lengths that decide nothing."""
    passes = expr.op == "and"
    kept = tuple(v for v in expr.values if not (asks_for_form(v) and truth_of(v) is passes))
    if len(kept) == len(expr.values):
        return expr
    if not kept:
        return Const(passes, kind=ConstOf(passes), origin=expr.origin)
    return kept[0] if len(kept) == 1 else replace(expr, values=kept)


def _is_class(kind: Kind) -> bool:
    return isinstance(kind, ConstOf) and isinstance(kind.value, type)


_CLASSES = {
    Array: np.ndarray,
    ListOf: list,
    NumbersOf: tuple,
    TupleOf: tuple,
    DictOf: dict,
    RangeOf: range,
    ObjectOf: object,
    NamedOf: tuple,
}


def _same(a: Kind, b: Kind) -> bool | None:
    """Whether values of these kinds are one object, where one of them is a particular one."""
    if isinstance(a, ConstOf) and isinstance(b, ConstOf):
        return a.value is b.value
    for one, other in ((a, b), (b, a)):
        if isinstance(one, ConstOf) and not isinstance(one.value, bool | int):
            return False if type(other) in (*_CLASSES, Scalar) else None
    return None


def plain_bool(kind: Kind) -> Kind:
    """The kind of a variable that is given a value of `kind`: a decided test is just a bool."""
    return BOOL if isinstance(kind, ConstOf) and isinstance(kind.value, bool) else kind
