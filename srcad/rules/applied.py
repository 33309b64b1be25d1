"""What NumPy's functions that choose by conditions, or apply a Python function, mean.

np.block([[a, b], [c, d]])          np.concatenate of rows that it has joined
np.select([p, q], [x, y], z)        np.where(p, x, np.where(q, y, z))
np.piecewise(x, [p], [f, g])        y[p] = f(x[p]); y[~p] = g(x[~p])
np.vectorize(f)(x)                  a loop over the elements
np.fromfunction(f, shape)           f of the indices
"""

from __future__ import annotations

import operator
from dataclasses import replace
from functools import reduce
from types import FunctionType
from typing import Any

import numpy as np

from srcad import runtime
from srcad.core import (
    Assign,
    Attr,
    Const,
    Effect,
    Expr,
    For,
    Item,
    List,
    Method,
    Op,
    Tuple,
    Var,
)
from srcad.kinds import ConstOf, Scalar, dims_of
from srcad.rules.call import constant_value
from srcad.rules.in_place import Writing, means
from srcad.rules.registry import opaque


def _items(expr: Expr) -> tuple[Expr, ...] | None:
    return expr.items if isinstance(expr, List | Tuple) else None


def _is_function(expr: Expr) -> bool:
    known = expr.kind.value if isinstance(expr.kind, ConstOf) else None
    value = expr.value if isinstance(expr, Const) else known
    return callable(value) or not isinstance(expr.kind, Scalar | ConstOf)


@means(np.select)
def _select(work: Writing) -> bool:
    call = work.bind("condlist, choicelist, default=0")
    tests, values = _items(call.expr("condlist")), _items(call.expr("choicelist"))
    if not tests or values is None or len(tests) != len(values):
        return False
    result = call.expr("default")
    for test, value in zip(reversed(tests), reversed(values), strict=True):
        result = Op(np.where, (test, value, result))
    work.value = result
    return True


@means(np.block)
def _block(work: Writing) -> bool:
    """Rows of blocks, joined along the last axis, and the rows then along the one before it."""
    rows = _items(work.op.args[0]) if len(work.op.args) == 1 else None
    if not rows:
        return False
    listed = [_items(row) for row in rows if isinstance(row, List)]
    if not listed:
        if any(dims_of(row.kind) is None for row in rows):
            return False
        work.value = _side_by_side(work, rows, np.atleast_1d)
        return True
    parts = [part for row in listed for part in row or ()]
    deeper = any(isinstance(part, List) or dims_of(part.kind) is None for part in parts)
    if deeper or len(listed) < len(rows) or not all(listed):
        return False
    joined = tuple(_side_by_side(work, row or (), np.atleast_2d) for row in listed)
    whole = tuple(work.hold(row, "row") for row in joined)
    work.value = Op(np.concatenate, (List(whole),), (("axis", Const(-2)),))
    return True


def _side_by_side(work: Writing, parts: tuple[Expr, ...], with_axes: Any) -> Expr:
    rank = 2 if with_axes is np.atleast_2d else 1
    full = [p if len(dims_of(p.kind) or ()) >= rank else Op(with_axes, (p,)) for p in parts]
    full = [work.hold(part, "block") for part in full]
    return Op(np.concatenate, (List(tuple(full)),), (("axis", Const(-1)),))


@means(np.choose)
def _choose(work: Writing) -> bool:
    call = work.bind("a, choices")
    values = _items(call.expr("choices"))
    if not values:
        return False
    which = work.hold(call.expr("a"), "which")
    which = which if not isinstance(which, List) else Op(np.asarray, (which,))
    result = values[-1]
    for place in reversed(range(len(values) - 1)):
        test = Op(operator.eq, (which, Const(place)))
        result = Op(np.where, (test, values[place], result))
    work.value = result
    return True


@means(np.piecewise)
def _piecewise(work: Writing) -> bool:
    x, conditions, functions, *more = work.op.args
    tests, parts = _items(conditions), _items(functions)
    if not tests or not parts or work.op.kwargs or len(parts) not in (len(tests), len(tests) + 1):
        return False
    x = work.hold(x, "x")
    masks = [work.hold(test, "chosen") for test in tests]
    if len(parts) > len(masks):
        rest = Op(operator.invert, (reduce(lambda a, b: Op(operator.or_, (a, b)), masks),))
        masks.append(work.hold(rest, "rest"))
    result = work.fresh("pieces")
    work.steps.append(Assign(result, Op(np.zeros_like, (x,)), origin=work.op.origin))
    for mask, part in zip(masks, parts, strict=True):
        value = part
        if _is_function(part):
            fn: Any = part.value if isinstance(part, Const) else part
            value = Op(fn, (Item(x, mask), *more), origin=work.op.origin)
        work.store(result, mask, value)
    work.value = result
    return True


@means(np.vectorize)
def _vectorized(work: Writing) -> bool:
    """A call of what `np.vectorize` made."""
    made, args = work.op.fn, work.op.args
    if isinstance(made, type) or work.op.kwargs or not args:
        return False
    if made.excluded or made.signature is not None or made.otypes not in (None, "d"):
        return False
    args = tuple(work.hold(arg, "operand") for arg in args)
    shapes = tuple(Op(np.shape, (arg,)) for arg in args)
    shape = work.hold(shapes[0] if len(args) == 1 else Op(np.broadcast_shapes, shapes), "shape")
    rows = [_row(work, arg, shape) for arg in args]
    values, k = work.fresh("values"), work.fresh("k")
    origin = work.op.origin
    work.steps.append(Assign(values, List(()), origin=origin))
    value = Op(made.pyfunc, tuple(Item(row, k) for row in rows), origin=origin)
    body = (Effect(Op(Method("append"), (values, value)), origin=origin),)
    count = Op(range, (Op(len, (rows[0],)),))
    work.steps.append(For(k, count, body, origin=origin))
    work.value = Op(np.reshape, (Op(np.array, (values,)), shape))
    return True


def _row(work: Writing, value: Expr, shape: Expr) -> Expr:
    """All elements of an operand, in a row."""
    return work.hold(Op(np.ravel, (Op(np.broadcast_to, (value, shape)),)), "row")


opaque(np.fromfunction, np.apply_along_axis)


def made(op: Op) -> Any:
    """What a call makes out of a known Python function before the program runs; None if nothing."""
    if op.fn is not np.vectorize or len(op.args) != 1 or op.kwargs:
        return None
    known = constant_value(op.args[0])
    return np.vectorize(known) if isinstance(known, FunctionType) else None


@means(np.fromfunction)
def _fromfunction(work: Writing) -> bool:
    call_args, named = work.op.args, dict(work.op.kwargs)
    dtype = named.pop("dtype", Const(float))
    if len(call_args) != 2 or named:
        return False
    fn, shape = call_args
    lengths = constant_value(shape)
    count = len(shape.items) if isinstance(shape, Tuple) else None
    if count is None and isinstance(lengths, tuple):
        count = len(lengths)
    if count is None:
        return False
    grid = work.fresh("grid")
    made = Op(np.indices, (shape,), (("dtype", dtype),))
    work.steps.append(Assign(grid, made, origin=work.op.origin))
    target: Any = fn.value if isinstance(fn, Const) else fn
    parts = tuple(Item(grid, Const(place)) for place in range(count))
    work.value = Op(target, parts, origin=work.op.origin)
    return True


@means(np.extract)
def _extract(work: Writing) -> bool:
    call = work.bind("condition, arr")
    where = Op(np.ravel, (call.expr("condition"),))
    work.value = Item(Op(np.ravel, (call.expr("arr"),)), Op(np.nonzero, (where,)))
    return True


@means(np.compress)
def _compress(work: Writing) -> bool:
    call = work.bind("condition, a, axis=None")
    places = Item(Op(np.nonzero, (call.expr("condition"),)), Const(0))
    work.value = Op(np.take, (call.expr("a"), places), (("axis", call.expr("axis")),))
    return True


@means(np.apply_along_axis)
def _apply_along_axis(work: Writing) -> bool:
    call = work.bind("func1d, axis, arr, *args")
    rank, axis = call.rank("arr"), call.constant("axis")
    if rank is None or not isinstance(axis, int):
        return False
    origin = work.op.origin
    arr = work.hold(call.expr("arr"), "array")
    last = Op(np.moveaxis, (arr, Const(axis), Const(-1)))
    length = Item(Attr(arr, "shape"), Const(axis))
    rows = work.hold(Op(np.reshape, (last, Tuple((Const(-1), length)))), "rows")
    values, row = work.fresh("values"), work.fresh("row")
    work.steps.append(Assign(values, List(()), origin=origin))
    fn = call.expr("func1d")
    target: Any = fn.value if isinstance(fn, Const) else fn
    value = Op(target, (row, *(expr for _, expr in call.rest)), origin=origin)
    body = (Effect(Op(Method("append"), (values, value)), origin=origin),)
    work.steps.append(For(row, rows, body, origin=origin))
    work.value = Op(runtime.put_together, (Op(np.array, (values,)), arr, Const(axis)))
    return True


def over_positions(stmt: For) -> For:
    """`for i, x in np.ndenumerate(a)` as a loop over the positions."""
    iterable, target = stmt.iter, stmt.target
    if not isinstance(iterable, Op) or iterable.fn is not np.ndenumerate:
        return stmt
    array = iterable.args[0]
    if not isinstance(array, Var) or not isinstance(target, Tuple) or len(target.items) != 2:
        return stmt
    place, item = target.items
    if not isinstance(place, Var | Tuple) or not isinstance(item, Var):
        return stmt
    take = Assign(item, Item(array, place), origin=replace(stmt.origin, comments=()))
    positions = Op(np.ndindex, (Attr(array, "shape"),))
    return replace(stmt, target=place, iter=positions, body=(take, *stmt.body))
