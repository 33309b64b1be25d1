"""Calls that are made for what they do, and those that must be made just once."""

from __future__ import annotations

from srcad.core import (
    Method,
    Op,
)
from srcad.kinds import Array, DictOf, ListOf
from srcad.rules import rule_for
from srcad.simplify.effects import is_pure_node

_NONE_GIVERS = frozenset(
    ("append", "extend", "insert", "remove", "sort", "reverse", "clear", "fill", "update")
)


def gives_none(op: Op) -> bool:
    """Whether a call is made for what it does to a list, dict or array, and gives None."""
    if not isinstance(op.fn, Method) or op.fn.name not in _NONE_GIVERS:
        return False
    return isinstance(op.args[0].kind, ListOf | DictOf | Array)


def happens_once(op: Op) -> bool:
    rule = rule_for(op)
    return rule.effect if rule is not None else not is_pure_node(op)
