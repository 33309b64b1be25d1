"""What calls that write into an operand mean, written as stores into it (others: `applied`).

    np.copyto(c, x, where=m)            c[m] = x[m]
    np.add(x, y, out=c)                 c[...] = np.add(x, y)
    np.fill_diagonal(c, x)              c[diagonal_index(c)] = x
    np.multiply.at(c, i, x)             a store for each occurrence of a place in i
    c.sort()                            c[...] = np.sort(c)

With that, both modes have only stores to deal with. Kinds choose between the forms.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
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
    Slice,
    Stmt,
    Store,
    Tuple,
    Var,
)
from srcad.kinds import Array, ListOf, Scalar, carries, dims_of
from srcad.rules.call import Call, bind, constant_value, signature
from srcad.rules.registry import out_key

EVERYTHING = Const(Ellipsis)
NOTHING = Const(None)


@dataclass
class Writing:
    """One call that writes: the statements that it means, and the value it has.

    `fresh` gives a new variable from what it is to be called.
    """

    op: Op
    fresh: Callable[[str], Var]
    steps: list[Stmt] = field(default_factory=list)
    value: Expr = NOTHING

    def bind(self, text: str) -> Call:
        return bind(self.op, signature(text), getattr(self.op.fn, "name", "") or "the call")

    def hold(self, value: Expr, name: str) -> Expr:
        """`value`, under a name if it is not simple enough to be read twice."""
        if _is_simple(value):
            return value
        var = replace(self.fresh(name), kind=value.kind)
        self.steps.append(Assign(var, value, origin=self.op.origin))
        return var

    def store(self, base: Expr, index: Expr, value: Expr, by_out: bool = False) -> None:
        place = Item(base, index)
        self.steps.append(Store(place, value, by_out=by_out, origin=self.op.origin))

    def effect(self, call: Op) -> None:
        self.steps.append(Effect(call, origin=self.op.origin))


def _is_simple(expr: Expr) -> bool:
    """Whether `expr` is a name, a literal, or a view of a name by plain indices."""
    match expr:
        case Var() | Const():
            return True
        case Item(base=base, index=index):
            return isinstance(expr.kind, Array) and _is_simple(base) and _is_simple(index)
        case Slice(start=start, stop=stop, step=step):
            return all(part is None or _is_simple(part) for part in (start, stop, step))
        case Tuple(items=items) | List(items=items):
            return all(map(_is_simple, items))
        case Attr(base=base, name=name):
            return name == "T" and _is_simple(base)
    return False


Meaning = Callable[[Writing], bool]  # False: it is no such call after all
_MEANINGS: dict[Any, Meaning] = {}


def meaning(op: Op, fresh: Callable[[str], Var]) -> Writing | None:
    """What a call that writes into an operand means; None if it writes into none."""
    if out_key(op) is None:
        known = _of_ufunc(op.fn) or _known(op.fn)
        if known is None or (isinstance(op.fn, Method) and not _has_method(op)):
            return None
    else:
        known = _into_out
    work = Writing(op, fresh)
    return work if known(work) else None


def _known(fn: Any) -> Meaning | None:
    if isinstance(fn, np.vectorize):
        return _MEANINGS[np.vectorize]
    try:
        return _MEANINGS.get(fn)
    except TypeError:  # an unhashable callable
        return None


def means(*functions: Any) -> Callable[[Meaning], Meaning]:
    """Say what calls of these functions mean."""

    def add(meaning: Meaning) -> Meaning:
        _MEANINGS.update(dict.fromkeys(functions, meaning))
        return meaning

    return add


def _of_ufunc(fn: Any) -> Meaning | None:
    """What `np.add.at` and its like mean."""
    owner = getattr(fn, "__self__", None)
    if isinstance(owner, np.ufunc) and fn.__name__ == "at" and owner is not np.add:
        return _at
    return None


def _has_method(op: Op) -> bool:
    """Whether the method is that of an array, or of a generator of random numbers."""
    if op.fn in _OF_GENERATORS:
        return not isinstance(op.args[0].kind, Array) and len(op.args) > 1
    return isinstance(op.args[0].kind, Array)


# ---------------------------------------------------------------------------------------------
# `out=` and `where=`


def _into_out(work: Writing) -> bool:
    op, key = work.op, out_key(work.op)
    named = dict(op.kwargs)
    out = named.pop(key) if isinstance(key, str) else op.args[key]  # type: ignore[index]
    if isinstance(out, Tuple):
        if len(out.items) != 1:
            return False
        out = out.items[0]
    if not carries(out.kind) or not _casts(op, out):
        return False
    args = op.args
    if isinstance(key, int):
        rest = args[key + 1 :]
        args = (*args[:key], *((NOTHING, *rest) if rest else ()))
    where = named.pop("where", None) if isinstance(op.fn, np.ufunc) else None
    out = work.hold(out, "out")
    if where is None or constant_value(where) is True:
        new = replace(op, args=args, kwargs=tuple(named.items()))
        work.store(out, EVERYTHING, new, by_out=True)
    else:
        mask = _mask(work, where, out)
        parts = tuple(_chosen(work, arg, out, mask) for arg in args)
        work.store(out, mask, replace(op, args=parts, kwargs=tuple(named.items())))
    work.value = out
    return True


def _casts(op: Op, out: Expr) -> bool:
    """Whether the result may be written: NumPy refuses to drop imaginary parts or fractions."""
    from_, to = getattr(op.kind, "dtype", None), getattr(out.kind, "dtype", None)
    return None in (from_, to) or np.can_cast(str(from_), str(to), "same_kind")


def _mask(work: Writing, where: Expr, base: Expr) -> Expr:
    """A mask in the shape of `base`, under a name."""
    if not (isinstance(where.kind, Array) and where.kind.dtype == "bool"):
        where = Op(np.asarray, (where, Const(bool)))
    if not _same_dims(where, base):
        where = Op(np.broadcast_to, (where, Attr(base, "shape")))
    return work.hold(where, "chosen")


def _chosen(work: Writing, value: Expr, base: Expr, mask: Expr) -> Expr:
    """The elements of `value`, broadcast to the shape of `base`, that the mask chooses."""
    if isinstance(value.kind, Scalar):
        return value
    if not _same_dims(value, base):
        value = Op(np.broadcast_to, (value, Attr(base, "shape")))
    return Item(value, mask)


def _same_dims(a: Expr, b: Expr) -> bool:
    dims = dims_of(a.kind)
    return dims is not None and None not in dims and dims == dims_of(b.kind)


def _copyto(work: Writing) -> bool:
    call = work.bind("dst, src, casting='same_kind', where=True")
    base = call.expr("dst")
    if not carries(base.kind) or not _casts(Op(None, kind=call.kind("src")), base):
        return False
    base = work.hold(base, "part")
    if call.constant("where") is True:
        work.store(base, EVERYTHING, call.expr("src"))
        return True
    mask = _mask(work, call.expr("where"), base)
    work.store(base, mask, _chosen(work, call.expr("src"), base, mask))
    return True


def _putmask(work: Writing) -> bool:
    call = work.bind("a, mask, values")
    if not carries(call.kind("a")):
        return False
    base = work.hold(call.expr("a"), "part")
    mask = _mask(work, call.expr("mask"), base)
    values = call.expr("values")
    if not isinstance(values.kind, Scalar) and not _same_dims(values, base):
        values = Op(np.resize, (values, Attr(base, "shape")))
    work.store(base, mask, _chosen(work, values, base, mask))
    return True


def _place(work: Writing) -> bool:
    call = work.bind("arr, mask, vals")
    if not carries(call.kind("arr")):
        return False
    base = work.hold(call.expr("arr"), "part")
    mask = _mask(work, call.expr("mask"), base)
    values = _cycled(call.expr("vals"), Op(np.count_nonzero, (mask,)))
    work.store(base, mask, values)
    return True


def _cycled(values: Expr, count: Expr) -> Expr:
    """`values` as often as it takes to have `count` of them."""
    return values if isinstance(values.kind, Scalar) else Op(np.resize, (values, count))


# ---------------------------------------------------------------------------------------------
# Places


def _put(work: Writing) -> bool:
    call = work.bind("a, ind, v, mode='raise'")
    if not carries(call.kind("a")):
        return False
    mode = call.constant("mode")
    if mode not in ("raise", "wrap", "clip"):
        return False
    base = work.hold(call.expr("a"), "part")
    index, values = call.expr("ind"), call.expr("v")
    if not isinstance(values.kind, Scalar):
        index = work.hold(_positions(index), "places")
        count = Const(len(index.items)) if isinstance(index, List) else Op(np.size, (index,))
        values = _cycled(values, count)
    elif not _is_one(index):
        index = _positions(index)
    size = Attr(base, "size")
    if mode == "wrap":
        index = Op(np.mod, (index, size))
    elif mode == "clip":
        index = Op(np.clip, (index, Const(0), Op(np.subtract, (size, Const(1)))))
    work.store(base, flat_place(base, index), values)
    return True


def _is_one(index: Expr) -> bool:
    return isinstance(index.kind, Scalar)


def _positions(index: Expr) -> Expr:
    """An index of positions, in whatever form `np.put` takes it, as an array or a list."""
    known = index.kind.item if isinstance(index.kind, ListOf) else index.kind
    counts = getattr(known, "dtype", "") in ("int64", "int32", "int16", "uint8", "intp")
    listed = isinstance(index.kind, Array | ListOf) and dims_of(index.kind) != ()
    if counts and listed:
        return index
    return Op(np.atleast_1d, (Op(np.asarray, (index, Const(int))),))


def _fill_diagonal(work: Writing) -> bool:
    call = work.bind("a, val, wrap=False")
    if not carries(call.kind("a")):
        return False
    base = work.hold(call.expr("a"), "part")
    wrap = () if call.constant("wrap") is False else (call.expr("wrap"),)
    index: Expr = Op(runtime.diagonal_index, (base, *wrap))
    value = call.expr("val")
    if not isinstance(value.kind, Scalar):
        index = work.hold(index, "diagonal")
        value = _cycled(value, Op(len, (Item(index, Const(0)),)))
    work.store(base, index, value)
    return True


def _put_along_axis(work: Writing) -> bool:
    call = work.bind("arr, indices, values, axis=-1")
    if not carries(call.kind("arr")):
        return False
    base = work.hold(call.expr("arr"), "part")
    index = Op(runtime.along_index, (base, call.expr("indices"), call.expr("axis")))
    work.store(base, index, call.expr("values"))
    return True


def _at(work: Writing) -> bool:
    """`ufunc.at(a, indices, b)`: one occurrence of each place after the other."""
    ufunc = work.op.fn.__self__
    if ufunc.nin != len(work.op.args) - 1 or ufunc.nout != 1 or work.op.kwargs:
        return False
    base, index, *rest = work.op.args
    if not carries(base.kind):
        return False
    if ufunc is np.subtract:
        work.effect(Op(np.add.at, (base, index, Op(np.negative, (rest[0],)))))
        return True
    base, index = work.hold(base, "part"), work.hold(index, "where")
    if _is_one(index):
        work.store(base, index, Op(ufunc, (Item(base, index), *rest)))
        return True
    places = work.hold(Op(runtime.flat_places, (base, index)), "places")
    turn = work.fresh("turn")
    values = []
    for value in rest:
        if not isinstance(value.kind, Scalar):
            if not _is_row_of(value, index):
                shape = Attr(Item(base, index), "shape")
                value = Op(np.ravel, (Op(np.broadcast_to, (value, shape)),))
            value = Item(work.hold(value, "operand"), turn)
        values.append(value)
    here = flat_place(base, Item(places, turn))
    store = Store(Item(base, here), Op(ufunc, (Item(base, here), *values)), origin=work.op.origin)
    loop = For(turn, Op(runtime.turns, (places,)), (store,), origin=work.op.origin)
    work.steps.append(loop)
    return True


def _is_row_of(value: Expr, index: Expr) -> bool:
    """Whether there is certainly one value for each entry of an index of one axis."""
    dims = dims_of(index.kind)
    if dims is None and isinstance(index, List):
        dims = (len(index.items),)
    known = dims is not None and len(dims) == 1 and None not in dims
    return known and dims_of(value.kind) == dims


# ---------------------------------------------------------------------------------------------
# Orders


def _sort(work: Writing) -> bool:
    call = work.bind("x, axis=-1, kind=None, order=None, *, stable=None")
    return _reordered(work, call, np.sort, "axis", "kind")


def _partition(work: Writing) -> bool:
    call = work.bind("x, kth, axis=-1, kind='introselect', order=None")
    return _reordered(work, call, np.partition, "kth", "axis", "kind")


def _reordered(work: Writing, call: Call, fn: Any, *options: str) -> bool:
    """`x[...] = fn(x, ...)`, with those of the options that were given."""
    if not carries(call.kind("x")) or not set(call.given) <= {"x", *options}:
        return False
    base = work.hold(call.expr("x"), "part")
    given = {call.given[name][0]: name for name in options if name in call.given}
    args = tuple(call.expr(name) for key, name in given.items() if isinstance(key, int))
    kwargs = tuple((n, call.expr(n)) for key, n in given.items() if isinstance(key, str))
    work.store(base, EVERYTHING, Op(fn, (base, *args), kwargs))
    return True


def _shuffle(work: Writing) -> bool:
    """The same draws put the positions into order, and these the array."""
    method = isinstance(work.op.fn, Method)
    call = work.bind("generator, x, axis=0" if method else "x, axis=0")
    base = call.expr("x")
    if not isinstance(base.kind, Array) or not carries(base.kind):
        return False
    if call.constant("axis") != 0:
        return False
    base = work.hold(base, "part")
    order = work.fresh("order")
    counted = Op(np.arange, (Op(len, (base,)),))
    work.steps.append(Assign(order, counted, origin=work.op.origin))
    before = (call.expr("generator"),) if method else ()
    work.effect(replace(work.op, args=(*before, order), kwargs=()))
    work.store(base, EVERYTHING, Item(base, order))
    return True


def _fill(work: Writing) -> bool:
    call = work.bind("x, value")
    if not carries(call.kind("x")):
        return False
    work.store(call.expr("x"), EVERYTHING, call.expr("value"))
    return True


_OF_GENERATORS = (Method("shuffle"),)
_MEANINGS |= {
    np.copyto: _copyto,
    np.putmask: _putmask,
    np.place: _place,
    np.put: _put,
    Method("put"): _put,
    np.fill_diagonal: _fill_diagonal,
    np.put_along_axis: _put_along_axis,
    Method("sort"): _sort,
    Method("partition"): _partition,
    Method("fill"): _fill,
    Method("shuffle"): _shuffle,
    np.random.shuffle: _shuffle,
}


# ---------------------------------------------------------------------------------------------
# `x.flat`


def flat_item(base: Expr, index: Expr) -> Item:
    """`base.flat[index]`, read: a copy, unless it is one element."""
    one = len(dims_of(base.kind) or ()) == 1 and not isinstance(index, Slice)
    return Item(base, index if one else Op(runtime.flat_index, (base, _as_value(index))))


def flat_place(base: Expr, index: Expr) -> Expr:
    """The index of `base` that stands for `base.flat[index]`, where that is written into."""
    if len(dims_of(base.kind) or ()) == 1:
        return index
    return Op(runtime.flat_index, (base, _as_value(index)))


def flat_value(base: Expr, index: Expr, value: Expr) -> Expr:
    """What `base.flat[index] = value` writes: as many values as there are places."""
    if isinstance(value.kind, Scalar) or _is_one(index):
        return value
    return _cycled(value, Op(np.size, (flat_item(base, index),)))


def flat_whole(base: Expr, value: Expr) -> Expr:
    """What `base.flat = value` writes."""
    if isinstance(value.kind, Scalar) or _same_dims(value, base):
        return value
    return Op(np.resize, (value, Attr(base, "shape")))


def flat_items(base: Expr) -> Expr:
    """What a loop over `base.flat` runs through."""
    return Op(Method("ravel"), (base,))


def _as_value(index: Expr) -> Expr:
    if not isinstance(index, Slice):
        return index
    bounds = (index.start, index.stop, index.step)
    return Op(slice, tuple(NOTHING if part is None else part for part in bounds))


# ---------------------------------------------------------------------------------------------
# `x.imag`


def other_imag(place: Item, stmt: Store) -> Expr:
    """The complex numbers that stand in `place` after a store into their imaginary parts."""
    new = stmt.value
    if stmt.op is not None:
        new = Op(stmt.op, (Attr(place, "imag"), new))
    return Op(runtime.with_imag, (place, new))
