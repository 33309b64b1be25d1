"""Calls that spell a statement or an operator out: `operator.setitem(a, i, v)`, `a[i] = v`.

They are lowered as what they spell, so that no analysis has to know both. Of an object that has
the method as one of its user's own, the item that is read or stored becomes a call of it again.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from srcad.core import Assign, Const, Effect, Expr, Item, Op, Slice, Store, Var
from srcad.frontend import lower_expr
from srcad.frontend.context import Context
from srcad.frontend.lower_expr import expressions

Lower = Callable[[Context, list[Any]], Expr | None]

_CLASSES = (list, dict, np.ndarray, bytearray)
_UPDATES: dict[str, Any] = {
    "iadd": operator.add,
    "isub": operator.sub,
    "imul": operator.mul,
    "itruediv": operator.truediv,
    "ifloordiv": operator.floordiv,
    "imod": operator.mod,
    "ipow": operator.pow,
    "imatmul": operator.matmul,
    "ior": operator.or_,
    "iand": operator.and_,
    "ixor": operator.xor,
}


def _set_item(ctx: Context, nodes: list[Any]) -> Expr | None:
    if len(nodes) != 3:
        return None
    base, index, value = expressions(ctx, nodes)
    place = Item(_early(ctx, base), _early(ctx, _index(index)))
    ctx.emit(Store(place, value))
    return Const(None)


def _get_item(ctx: Context, nodes: list[Any]) -> Expr | None:
    if len(nodes) != 2:
        return None
    base, index = expressions(ctx, nodes)
    return Item(base, _index(index))


def _del_item(ctx: Context, nodes: list[Any]) -> Expr | None:
    if len(nodes) != 2:
        return None
    base, index = expressions(ctx, nodes)
    ctx.emit(Effect(Op(operator.delitem, (base, _index(index)))))
    return Const(None)


def _updating(op: Any) -> Lower:
    """`operator.iadd(a, b)`: what `a` has become, which is `a` itself where it is changed."""

    def lower(ctx: Context, nodes: list[Any]) -> Expr | None:
        if len(nodes) != 2:
            return None
        base, value = expressions(ctx, nodes)
        name = Var(ctx.names.fresh(_name_of(base)), origin=base.origin)
        ctx.emit(Assign(name, base))
        ctx.emit(Assign(name, value, op))
        return name

    return lower


def _name_of(base: Expr) -> str:
    return base.name if isinstance(base, Var) else "value"


def _early(ctx: Context, part: Expr) -> Expr:
    """A part of a place, which a call evaluates before the value that is stored."""
    plain = isinstance(part, Var | Const | Slice)
    return part if plain else ctx.hold(part)


def _index(index: Expr) -> Expr:
    """`slice(a, b)` as an index is `a:b`."""
    if not isinstance(index, Op) or index.fn is not slice or index.kwargs:
        return index
    given = [None if part == Const(None) else part for part in index.args]
    return Slice(None, given[0]) if len(given) == 1 else Slice(*given)


_METHODS: dict[str, Lower] = {
    "__setitem__": _set_item,
    "__getitem__": _get_item,
    "__delitem__": _del_item,
    **{f"__{word}__": _updating(op) for word, op in _UPDATES.items()},
}


def _is_spelled(ctx: Context, node: Any) -> bool:
    """Whether the call is one of these methods, by an object that is not `super()`."""
    match node:
        case gast.Call(func=gast.Attribute(value=owner, attr=attr), keywords=[]) if (
            attr in _METHODS
        ):
            above = isinstance(owner, gast.Call) and ctx.static(owner.func) is super
            return not above and not isinstance(ctx.static(owner), type)
    return False


def _method(ctx: Context, node: Any) -> Expr | None:
    return _METHODS[node.func.attr](ctx, [node.func.value, *node.args])


def _function(lower: Lower) -> Callable[[Context, Any], Expr | None]:
    return lambda ctx, node: None if node.keywords else lower(ctx, node.args)


for _name, _lower in _METHODS.items():
    _known = [getattr(operator, _name, None), *(vars(c).get(_name) for c in _CLASSES)]
    lower_expr.SPECIAL += [(fn, _function(_lower)) for fn in _known if fn is not None]
lower_expr.METHODS.append((_is_spelled, _method))
