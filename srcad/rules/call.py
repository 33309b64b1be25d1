"""A call as a rule sees it: the operands by the names of the rule's parameters."""

from __future__ import annotations

import ast
import operator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from srcad import core
from srcad.errors import UnsupportedConstruct
from srcad.kinds import (
    UNKNOWN,
    ConstOf,
    Kind,
    Length,
    Scalar,
    TupleOf,
    dims_of,
)
from srcad.rules.rule import Key
from srcad.value_kinds import kind_of


class _NotConstant:
    def __repr__(self) -> str:
        return "NOT_CONSTANT"


NOT_CONSTANT: Any = _NotConstant()
REQUIRED: Any = _NotConstant()


@dataclass(frozen=True, slots=True)
class Signature:
    """The parameters of a rule: (name, default) pairs, the name of `*xs` and the keyword-only."""

    positional: tuple[tuple[str, Any], ...]
    variadic: str | None = None
    keyword: tuple[tuple[str, Any], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All the parameters' names, in order."""
        star = (self.variadic,) if self.variadic else ()
        return (*(n for n, _ in self.positional), *star, *(n for n, _ in self.keyword))


@cache
def signature(text: str) -> Signature:
    """Read `"x, axis=None, *, keepdims=False"`."""
    args = ast.parse(f"lambda {text}: 0", mode="eval").body.args  # type: ignore[attr-defined]
    missing = len(args.args) - len(args.defaults)
    defaults = [REQUIRED] * missing + [ast.literal_eval(node) for node in args.defaults]
    keyword = [
        (arg.arg, REQUIRED if default is None else ast.literal_eval(default))
        for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True)
    ]
    positional = zip((arg.arg for arg in args.args), defaults, strict=True)
    star = args.vararg.arg if args.vararg else None
    return Signature(tuple(positional), star, tuple(keyword))


@dataclass(slots=True)
class Call:
    """An operation's operands by parameter name: those given, the rest by their defaults.

    The operands of `*xs` are in `rest`, with their keys.
    """

    op: core.Op | core.Attr
    given: dict[str, tuple[Key, core.Expr]]
    defaults: dict[str, Any]
    variadic: str | None = None
    rest: tuple[tuple[Key, core.Expr], ...] = ()
    operands: tuple[str, ...] = field(default=())

    @property
    def fn(self) -> Any:
        """The function called; None for an attribute."""
        return self.op.fn if isinstance(self.op, core.Op) else None

    def expr(self, name: str) -> core.Expr:
        """The operand itself, or its default as a constant."""
        if name in self.given:
            return self.given[name][1]
        if name == self.variadic:
            return core.Tuple(tuple(expr for _, expr in self.rest))
        return core.Const(self.defaults[name])

    def slot(self, name: str) -> core.Expr:
        """What stands for the operand in a template: `%0`, `%name`, or the default."""
        if name in self.given:
            return slot_of(self.given[name][0])
        if name == self.variadic:
            return core.Tuple(tuple(slot_of(key) for key, _ in self.rest))
        return core.Const(self.defaults[name])

    def kind(self, name: str) -> Kind:
        """What is known of the operand's value."""
        return operand_kind(self.expr(name))

    def constant(self, name: str) -> Any:
        """The operand's value where it is written in the program, else `NOT_CONSTANT`."""
        return constant_value(self.expr(name))

    def dims(self, name: str) -> tuple[Length, ...] | None:
        """The lengths of the operand's axes, () for a number, None where not known."""
        return dims_of(self.kind(name))

    def rank(self, name: str) -> int | None:
        """The number of the operand's axes, where it is known."""
        dims = self.dims(name)
        return None if dims is None else len(dims)


def slot_of(key: Key) -> core.Var:
    """The variable that stands for the operand `key` in a template."""
    return core.Var(f"%{key}")


def operand_kind(expr: core.Expr) -> Kind:
    """The kind of an operand; constants and displays know theirs without inference."""
    if expr.kind != UNKNOWN:
        return expr.kind
    if isinstance(expr, core.Const):
        return kind_of(expr.value)
    if isinstance(expr, core.Tuple):
        return TupleOf(tuple(operand_kind(item) for item in expr.items))
    value = constant_value(expr)
    return UNKNOWN if value is NOT_CONSTANT else kind_of(value)


def constant_value(expr: core.Expr) -> Any:
    """The value of a literal, a negated literal, a tuple or list of them; else `NOT_CONSTANT`."""
    match expr:
        case core.Const(value=value):
            return value
        case core.Op(fn=operator.neg, args=(core.Const(value=value),)):
            return -value
        case core.Tuple(items=items) | core.List(items=items):
            values = [constant_value(item) for item in items]
            if any(value is NOT_CONSTANT for value in values):
                return NOT_CONSTANT
            return tuple(values) if isinstance(expr, core.Tuple) else values
    return expr.kind.value if isinstance(expr.kind, ConstOf) else NOT_CONSTANT


def length_of(expr: core.Expr) -> Length:
    """The length that an integer operand says, where it is known."""
    value = constant_value(expr)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    kind = expr.kind
    return kind.size if isinstance(kind, Scalar) else None


def bind(op: core.Op | core.Attr, sig: Signature, name: str) -> Call:
    """Match the operands of `op` with the parameters, as Python does."""
    args = op.args if isinstance(op, core.Op) else (op.base,)
    kwargs = op.kwargs if isinstance(op, core.Op) else ()
    known = dict((*sig.positional, *sig.keyword))
    count = len(sig.positional)
    if len(args) > count and sig.variadic is None:
        _refuse(name, f"more than {count} positional arguments", op)
    given: dict[str, tuple[Key, core.Expr]] = {}
    for key, ((parameter, _), expr) in enumerate(zip(sig.positional, args, strict=False)):
        given[parameter] = (key, expr)
    for word, expr in kwargs:
        if word not in known or word in given:
            _refuse(name, f"the argument `{word}`", op)
        given[word] = (word, expr)
    for parameter, default in known.items():
        if default is REQUIRED and parameter not in given:
            _refuse(name, f"no argument for `{parameter}`", op)
    rest = tuple(enumerate(args))[count:]
    return Call(op, given, known, sig.variadic, rest)


def _refuse(name: str, what: str, op: core.Expr) -> None:
    raise UnsupportedConstruct(
        f"srcad's rule for `{name}` does not take {what}",
        "Use the plain form of the function, or add a rule of your own with `srcad.rules`",
        op.origin,
    )
