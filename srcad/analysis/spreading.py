"""Calls with `*xs` and `**d`, once the kinds say what is in them."""

from __future__ import annotations

import operator
from dataclasses import replace
from types import FunctionType

from srcad.analysis.annotate import infer_expr
from srcad.core import Attr, Const, Dict, Expr, Item, List, Op, Slice, Star, Tuple, Var
from srcad.frontend.gathering import fitted, fitted_to_sequence, gathers_places, places_of
from srcad.kinds import Array, DictOf, ListOf, TupleOf
from srcad.objects import is_users
from srcad.rules import rule_for


def spread(op: Op) -> Op:
    """A call, its operands with kinds, with as many of them as the kinds can tell apart."""
    if any(isinstance(arg, Star) for arg in op.args):
        op = _with_named(_with_items(op))
        op = _by_arity(op)
    if isinstance(op.fn, FunctionType | type) and rule_for(op) is None:
        return fitted(op)
    return op


def _with_items(op: Op) -> Op:
    """`f(*pair)` as `f(pair[0], pair[1])`."""
    args: list[Expr] = []
    for arg in op.args:
        items = _items(arg.value) if isinstance(arg, Star) and not arg.named else None
        args += [arg] if items is None else items
    return replace(op, args=tuple(args))


def _items(value: Expr) -> list[Expr] | None:
    """The items of a sequence whose length is known."""
    if isinstance(value, Tuple | List) and not any(isinstance(i, Star) for i in value.items):
        return list(value.items)
    kind = value.kind
    if isinstance(kind, TupleOf) and _repeatable(value):
        return [_item(value, number) for number in range(len(kind.items))]
    if isinstance(kind, Array) and kind.dims and kind.dims[0] == 1 and _repeatable(value):
        return [_item(value, 0)]
    return None


def _item(base: Expr, index: int | str) -> Expr:
    return infer_expr(Item(base, Const(index), origin=base.origin), {})


def _repeatable(value: Expr) -> bool:
    """Whether evaluating `value` several times is as good as once."""
    while isinstance(value, Item | Attr):
        value = value.base
    return isinstance(value, Var | Const)


def _with_named(op: Op) -> Op:
    """`f(**d)` as `f(a=d["a"], b=d["b"])`."""
    args: list[Expr] = []
    named = list(op.kwargs)
    for arg in op.args:
        pairs = _pairs(arg.value) if isinstance(arg, Star) and arg.named else None
        if pairs is None:
            args.append(arg)
        else:
            named += pairs
    if len({name for name, _ in named}) < len(named):
        return op  # Python says so when the program runs
    return replace(op, args=tuple(args), kwargs=tuple(named))


def _pairs(value: Expr) -> list[tuple[str, Expr]] | None:
    if isinstance(value, Dict) and all(isinstance(key, Const) for key in value.keys):
        names = [key.value for key in value.keys if isinstance(key, Const)]
        return list(zip(names, value.values, strict=True))
    kind = value.kind
    if type(kind) is DictOf and kind.items is not None and _repeatable(value):
        return [(name, _item(value, name)) for name, _ in kind.items]
    return None


def _by_arity(op: Op) -> Op:
    """`f(a, *xs)`, `xs` of any length: as many items as `f` takes, or all of them to `*args`."""
    stars = [arg for arg in op.args if isinstance(arg, Star)]
    if len(stars) != 1 or stars[0].named or op.args[-1] is not stars[0]:
        return op
    if not is_users(op.fn) or not isinstance(stars[0].value.kind, ListOf | Array):
        return op
    value, before = stars[0].value, op.args[:-1]
    given = {name for name, _ in op.kwargs}
    left = [p for p in places_of(op.fn)[len(before) :] if p.name not in given]
    gathering = gathers_places(op.fn)
    if left and (not _repeatable(value) or any(p.default is not p.empty for p in left)):
        return op
    args = (*before, *(_item(value, number) for number in range(len(left))))
    if not gathering:
        return replace(op, args=args)
    if left:
        value = infer_expr(Item(value, Slice(Const(len(left)))), {})
    own = len(places_of(op.fn))
    if args[own:]:  # they go before the others into `*args`
        whole = Op(operator.add, (List(args[own:]), Op(list, (value,))), origin=value.origin)
        args, value = args[:own], infer_expr(whole, {})
    return fitted_to_sequence(op, args, value)
