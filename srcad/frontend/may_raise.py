"""Which exceptions the statements of a `try` may raise, as far as their form tells.

Not looked for: names that are not bound, plain values that cannot be compared, a machine that
gives out.
"""

from __future__ import annotations

import math
import operator

from srcad.core import (
    Assert,
    Attr,
    BoolOp,
    Choice,
    Const,
    Dict,
    Expr,
    Item,
    List,
    Op,
    Raise,
    Slice,
    Stmt,
    Store,
    Tuple,
    Var,
    Verbatim,
    With,
    expressions_of,
    walk,
)

_FIT = (TypeError, ValueError, FloatingPointError)  # operands that do not go together
_DIVIDE = (*_FIT, ZeroDivisionError, OverflowError)
_LOOK_UP = (IndexError, KeyError, TypeError, ValueError)
_ARITHMETIC = (operator.add, operator.sub, operator.mul, operator.neg, operator.pos)
_COMPARISONS = (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne)
_SAFE = (operator.is_, operator.is_not, operator.not_, len, isinstance, type, id, range)
_DIVISIONS = (operator.truediv, operator.floordiv, operator.mod)
_OF_NUMBERS = (abs, min, max, sum, math.sin, math.cos, math.tan, math.atan, math.atan2, math.fabs)


def classes_of(types: tuple[Expr, ...]) -> tuple[type, ...]:
    """The classes that handlers for `types` catch; `BaseException` where they are not known."""
    parts = [p for t in types for p in (t.items if isinstance(t, Tuple) else (t,))]
    known = tuple(p.value for p in parts if isinstance(p, Const) and isinstance(p.value, type))
    return known if len(known) == len(parts) else (BaseException,)


def may_raise(part: Stmt | Expr, wanted: tuple[type, ...]) -> bool:
    """Whether an exception of one of the classes `wanted` may come from a statement by itself."""
    if isinstance(part, Expr):
        return any(_node_raises(node, wanted) for node in walk(part))
    if isinstance(part, Raise | With):
        return True
    if isinstance(part, Assert) and _meets((AssertionError,), wanted):
        return True
    if isinstance(part, Store) and _meets((*_LOOK_UP, AttributeError), wanted):
        return True
    op = getattr(part, "op", None)
    if op is not None and _meets(_of_function(op), wanted):
        return True
    return any(may_raise(expr, wanted) for expr in expressions_of(part)) or _unpacks(part, wanted)


def _unpacks(stmt: Stmt, wanted: tuple[type, ...]) -> bool:
    target, value = getattr(stmt, "target", None), getattr(stmt, "value", None)
    if not isinstance(target, Tuple) or isinstance(value, Tuple):
        return False
    return _meets((ValueError, TypeError), wanted)


def _meets(raised: tuple[type, ...], wanted: tuple[type, ...]) -> bool:
    return any(issubclass(r, w) or issubclass(w, r) for r in raised for w in wanted)


def _node_raises(node: Expr, wanted: tuple[type, ...]) -> bool:
    match node:
        case Var() | Const() | BoolOp() | Choice() | Slice() | Tuple() | List() | Dict():
            return False
        case Verbatim():
            return _meets((TypeError, ValueError, LookupError, ArithmeticError), wanted)
        case Item():
            return _meets(_LOOK_UP, wanted)
        case Attr():
            return _meets((AttributeError,), wanted)
        case Op(fn=fn, args=args) if any(fn is one for one in _COMPARISONS):
            plain = all(isinstance(arg, Var | Const) for arg in args)
            return not plain and _meets(_of_function(fn), wanted)
        case Op(fn=fn):
            return _meets(_of_function(fn), wanted)
    return True


def _of_function(fn: object) -> tuple[type, ...]:
    """The exceptions that a call may raise."""
    known = (
        (_SAFE, ()),
        (_ARITHMETIC, _FIT),
        (_COMPARISONS, (TypeError, ValueError)),
        (_DIVISIONS, _DIVIDE),
        (_OF_NUMBERS, _FIT),
    )
    for functions, raised in known:
        if any(fn is one for one in functions):
            return raised
    return (BaseException,)
