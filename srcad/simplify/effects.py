"""What evaluating an expression does besides giving its value, and what it reads."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable
from typing import Any

from srcad.core import Attr, Expr, Method, Op, Var, walk
from srcad.rules.rule import Rule

# Says of a call that has no rule (of the user's function, say) that it has no effect.
Predicate = Callable[[Op], bool]


def never(op: Op) -> bool:
    """The predicate that vouches for no call."""
    return False


_OPERATORS = {
    *(operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv),
    *(operator.mod, operator.pow, operator.matmul, operator.neg, operator.pos, operator.invert),
    *(operator.and_, operator.or_, operator.xor, operator.lshift, operator.rshift),
    *(operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne),
    *(operator.is_, operator.is_not, operator.not_, operator.contains, operator.getitem),
}
_PURE_BUILTINS = {
    *(abs, all, any, bool, complex, dict, divmod, enumerate, float, getattr, hasattr, hash),
    *(id, int, isinstance, len, list, max, min, pow, range, reversed, round, set, slice),
    *(sorted, str, sum, tuple, type, zip),
    *(itertools.product, itertools.permutations, itertools.combinations),
    itertools.combinations_with_replacement,
}
_PURE_METHODS = {
    *("copy", "count", "get", "index", "items", "keys", "values"),
    *("startswith", "endswith", "lower", "upper", "strip", "split", "join", "format"),
}


def rule_of(expr: Expr) -> Rule | None:
    """The rule of an operation or attribute, None where there is none."""
    from srcad.rules import rule_for  # late: the tables are long, and algebra needs none of them

    return rule_for(expr) if isinstance(expr, Op | Attr) else None


def is_pure(expr: Expr, pure: Predicate = never) -> bool:
    """Whether `expr` may be evaluated never, once or twice without anyone noticing."""
    return all(is_pure_node(node, pure) for node in walk(expr))


def is_pure_node(node: Expr, pure: Predicate = never) -> bool:
    """As `is_pure`, of the operation alone, its operands aside."""
    if not isinstance(node, Op) or _is_in(node.fn, _OPERATORS):
        return True
    rule = rule_of(node)
    if rule is not None:
        return not rule.effect and not rule.writes
    if isinstance(node.fn, Method) and node.fn.name in _PURE_METHODS:
        return True
    return _is_in(node.fn, _PURE_BUILTINS) or pure(node)


def _is_in(fn: object, group: set[Any]) -> bool:
    try:
        return fn in group
    except TypeError:  # not hashable
        return False


def receiver(expr: Expr, method: str) -> str | None:
    """The name `t` if `expr` is `t.method(...)`, else None."""
    if isinstance(expr, Op) and expr.fn == Method(method) and isinstance(expr.args[0], Var):
        return expr.args[0].name
    return None


def is_plain_pop(expr: Expr) -> bool:
    """Whether `expr` is `name.pop()`, as tapes are read."""
    return (
        receiver(expr, "pop") is not None
        and isinstance(expr, Op)
        and len(expr.args) == 1
        and not expr.kwargs
    )


def is_append(expr: Expr) -> bool:
    """Whether `expr` is `name.append(value)`."""
    return receiver(expr, "append") is not None and isinstance(expr, Op) and len(expr.args) == 2


def updates_only(op: Op) -> tuple[Expr, ...] | None:
    """The operands that a call changes, if changing them is all it does; None if it may do more."""
    if is_append(op):
        return op.args[:1]
    rule = rule_of(op)
    if rule is None or rule.effect or not rule.writes:
        return None
    named = dict(op.kwargs)
    return tuple(named[key] if isinstance(key, str) else op.args[key] for key in rule.writes)
