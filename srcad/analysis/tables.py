"""What is done to dicts, in words that have a derivative."""

from __future__ import annotations

import operator
from dataclasses import replace

from srcad.analysis.attributes import present
from srcad.core import Const, Dict, Expr, Op
from srcad.kinds import DictOf, ListOf, TupleOf, carries
from srcad.runtime import plain


def dict_call(op: Op) -> Expr | None:
    """`dict(d, a=x)` as `d | {"a": x}`, `dict(pairs)` as a loop."""
    if len(op.args) != 1:
        return None
    (given,) = op.args
    kind = present(given.kind)
    if type(kind) is DictOf and op.kwargs:
        return replace(op, fn=operator.or_, args=(given, _display(op)), kwargs=())
    if op.kwargs or not isinstance(kind, ListOf) or not isinstance(kind.item, TupleOf):
        return None
    if len(kind.item.items) != 2 or carries(kind.item.items[0]):  # no derivative passes by keys
        return None
    return replace(op, fn=plain.dict_of)


def dict_method(name: str, op: Op) -> Expr | None:
    """A method call on a dict; None where it is what it was."""
    if type(present(op.args[0].kind)) is not DictOf:
        return None
    if name == "update" and op.kwargs and len(op.args) == 1:
        return replace(op, args=(*op.args, _display(op)), kwargs=())
    if name == "move_to_end":
        return replace(op, fn=plain.move_to_end)
    if name == "popitem" and dict(op.kwargs).get("last") == Const(False):
        return replace(op, fn=plain.pop_first, kwargs=())
    return None


def _display(op: Op) -> Dict:
    return Dict(tuple(Const(name) for name, _ in op.kwargs), tuple(v for _, v in op.kwargs))
