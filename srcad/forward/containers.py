"""Tangents of what Python's lists, tuples and dicts do: the same done to the tangents."""

from __future__ import annotations

import operator
from dataclasses import replace

from srcad.analysis.annotate import infer_expr
from srcad.analysis.containers import display_kind
from srcad.analysis.describe import spelled
from srcad.core import (
    Assign,
    Const,
    Dict,
    Effect,
    Expr,
    Item,
    List,
    Method,
    Op,
    Store,
    Tuple,
    Var,
)
from srcad.forward.duals import Dual, Duals, refuse
from srcad.forward.scope import zero_of
from srcad.kinds import INT, DictOf, Kind, ListOf, TupleOf, is_unknown
from srcad.rules import rule_for
from srcad.rules import vocabulary as words

# Methods that change their receiver: their operands that are values, not places in it.
_CHANGES = {
    "append": (1,),
    "extend": (1,),
    "insert": (2,),
    "reverse": (),
    "clear": (),
    "update": (1,),
    "__setitem__": (2,),
    "__delitem__": (),
}
# Methods that change their receiver and hand out an item of it.
_TAKES = {"pop": (2,), "popitem": (), "setdefault": (2,)}
# Methods that only read: their operands that are values.
_READS = {"get": (2,), "values": (), "copy": (), "items": ()}
_REBUILDS = (list, tuple, reversed, zip, dict, iter)


def container_operation(duals: Duals, op: Op) -> Dual | None:
    """The dual of an operation on containers; None if it is not one."""
    if _is_update_by_name(op) and duals.is_mirrored(op):
        return _updated(duals, op)
    found = _operation(duals, op)
    if found is not None and any(duals.is_active(value) for _, value in op.kwargs):
        what = f"{spelled(op)} takes a varying value by keyword, and has no tangent here"
        raise refuse(what, "Store it as an item of its own", op, duals.stmt)
    return found


def _operation(duals: Duals, op: Op) -> Dual | None:
    if isinstance(op.fn, Method):
        return _method(duals, op, op.fn.name)
    if op.fn in (operator.add, operator.mul) and _is_sequence(op.kind):
        return _joined(duals, op)
    if op.fn is operator.or_ and isinstance(op.kind, DictOf):
        return _same_on_tangents(duals, op, (0, 1))
    if op.fn is operator.delitem:
        return _changed(duals, op, ())
    if any(op.fn is known for known in _REBUILDS):
        return _same_on_tangents(duals, op, tuple(range(len(op.args))))
    return None


def _is_sequence(kind: Kind) -> bool:
    return isinstance(kind, ListOf | TupleOf)


def _method(duals: Duals, op: Op, name: str) -> Dual | None:
    receiver = op.args[0]
    may_be_container = is_unknown(receiver.kind) and rule_for(op) is None
    if not may_be_container and not isinstance(receiver.kind, ListOf | DictOf | TupleOf):
        return _fill(duals, op) if name == "fill" else None
    if name == "sort" and isinstance(receiver.kind, ListOf):
        return _sorted(duals, op)
    if name == "remove" and isinstance(receiver.kind, ListOf):
        index = replace(op, fn=Method("index"), kind=INT)
        return _changed(duals, replace(op, fn=Method("pop"), args=(receiver, index)), ())
    if name in _CHANGES:
        return _changed(duals, op, _CHANGES[name])
    if name in _TAKES:
        return _taken(duals, op, _TAKES[name])
    if name in _READS:
        return _same_on_tangents(duals, op, (0, *_READS[name]))
    if duals.is_mirrored(op) or duals.is_active(op):
        what = f"{spelled(op)} on a container of varying values has no tangent here"
        raise refuse(what, "Write it with a loop", op, duals.stmt)
    return None


def _same_on_tangents(duals: Duals, op: Op, values: tuple[int, ...]) -> Dual:
    """The operation on the values, and on the tangents in the places `values`."""
    parts = [duals.full(part) for part in duals.duals(op.args)]
    value = replace(op, args=tuple(part.value for part in parts))
    if all(parts[i].tangent is None for i in values if i < len(parts)):
        return Dual(value)
    return Dual(value, replace(op, args=_mirrored_args(duals, op, parts, values)))


def _mirrored_args(
    duals: Duals, op: Op, parts: list[Dual], values: tuple[int, ...]
) -> tuple[Expr, ...]:
    pairs = enumerate(zip(parts, op.args, strict=True))
    holder = op.args[0] if isinstance(op.fn, Method) else None
    return tuple(duals.kept(p, arg, holder) if i in values else p.value for i, (p, arg) in pairs)


def _both(duals: Duals, op: Op, values: tuple[int, ...]) -> tuple[Op, Op]:
    """A call that changes its receiver, and the same call on the tangents."""
    parts = [duals.full(part) for part in duals.duals(op.args)]
    parts = [part if i in values else duals.handy(part) for i, part in enumerate(parts)]
    value = replace(op, args=tuple(part.value for part in parts))
    if parts[0].tangent is None:
        parts[0] = Dual(parts[0].value, tangent_of_place(duals, op.args[0]))
    return value, replace(op, args=_mirrored_args(duals, op, parts, (0, *values)))


def tangent_of_place(duals: Duals, place: Expr) -> Expr:
    """The memory that mirrors `place`, a chain of items and attributes of a variable."""
    tangent = duals.dual(place).tangent
    if tangent is None:
        raise refuse(
            f"what {spelled(place)} gives is changed but has no tangent",
            "Give it a name first",
            place,
            duals.stmt,
        )
    return tangent


def _changed(duals: Duals, op: Op, values: tuple[int, ...]) -> Dual:
    """`xs.append(x)` and its like."""
    if not duals.is_mirrored(op):
        return Dual(op)
    value, mirror = _both(duals, op, values)
    duals.precede(Effect(mirror), Effect(value))
    return Dual(Const(None))


def _is_update_by_name(op: Op) -> bool:
    known = all(isinstance(arg.kind, DictOf) for arg in op.args)
    return op.fn == Method("update") and bool(op.kwargs) and known


def _updated(duals: Duals, op: Op) -> Dual:
    """`d.update(e, key=x)`: what is named is an item like those of e."""
    names = tuple(Const(name) for name, _ in op.kwargs)
    named = Dict(names, tuple(value for _, value in op.kwargs))
    given: Expr = replace(named, kind=display_kind(named))
    if op.args[1:]:
        given = infer_expr(Op(operator.or_, (op.args[1], given)), {})
    return _changed(duals, replace(op, args=(op.args[0], given), kwargs=()), (1,))


def _sorted(duals: Duals, op: Op) -> Dual:
    """`xs.sort(...)`: the items and their tangents are put in the order that sorting gives."""
    if not duals.is_mirrored(op):
        return Dual(op)
    receiver = op.args[0]
    order = Var(duals.scope.names.fresh("order"), kind=ListOf(INT))
    duals.precede(Assign(order, words.sort_order(receiver, op.kwargs)))
    for place in (tangent_of_place(duals, receiver), duals.dual(receiver).value):
        whole = Item(place, words.ALL_ITEMS, kind=receiver.kind)
        duals.precede(Store(whole, words.reordered(place, order)))
    return Dual(Const(None))


def _taken(duals: Duals, op: Op, values: tuple[int, ...]) -> Dual:
    """`xs.pop()` and its like: both items are taken in front of the statement."""
    if not duals.is_mirrored(op):
        return Dual(op)
    value, mirror = _both(duals, op, values)
    item = Var(duals.scope.names.fresh("item"), kind=op.kind)
    tangent = duals.scope.tangent(item.name, op.kind)
    duals.precede(Assign(item, value), Assign(tangent, mirror))
    return Dual(item, tangent)


def taken_in_front(duals: Duals, dual: Dual) -> Dual | None:
    """What was assigned to the two names that `dual` is, taken back from the front."""
    match duals.front[-2:]:
        case [Assign(target=Var() as item, value=value), Assign(target=Var() as beside) as last]:
            if (item, beside) == (dual.value, dual.tangent):
                del duals.front[-2:]
                duals.scope.forget(item.name)
                return Dual(value, last.value)
    return None


def _fill(duals: Duals, op: Op) -> Dual:
    """`a.fill(x)`."""
    if not duals.is_mirrored(op):
        return Dual(op)
    value, mirror = _both(duals, op, (1,))
    duals.precede(Effect(mirror), Effect(value))
    return Dual(Const(None))


def _joined(duals: Duals, op: Op) -> Dual:
    """`xs + ys` and `xs * n`."""
    parts = [duals.full(part) for part in duals.duals(op.args)]
    value = replace(op, args=tuple(part.value for part in parts))
    values = tuple(i for i, arg in enumerate(op.args) if _is_sequence(arg.kind))
    parts = [_with_zeros(part, arg) for part, arg in zip(parts, op.args, strict=True)]
    return Dual(value, replace(op, args=_mirrored_args(duals, op, parts, values)))


def _with_zeros(part: Dual, arg: Expr) -> Dual:
    """A tuple without tangent gets one that is a tuple, so that it can be added to another."""
    if part.tangent is not None or not isinstance(arg.kind, TupleOf):
        return part
    zeros = zeros_display(arg) or Op(tuple, (zero_of(part.value, arg.kind),), kind=arg.kind)
    return Dual(part.value, zeros)


def zeros_display(value: Expr) -> Expr | None:
    """The zeros for a display of a list or tuple, or one repeated; None for anything else."""
    match value:
        case List(items=items) | Tuple(items=items):
            return replace(
                value, items=tuple(zeros_display(i) or zero_of(i, i.kind) for i in items)
            )
        case Op(fn=operator.mul, args=(List() as items, count)):
            zeros = zeros_display(items)
            return replace(value, args=(zeros or items, count))
    return None
