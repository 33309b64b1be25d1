"""What one operation on known objects is: the call of the Python function that runs."""

from __future__ import annotations

import dataclasses
import functools
import operator
import types
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from srcad import runtime
from srcad.analysis import lookup
from srcad.analysis.annotate import with_kind
from srcad.analysis.array_like import as_taken
from srcad.analysis.attributes import present
from srcad.analysis.containers import element_kind
from srcad.analysis.inline import quiet
from srcad.analysis.starred import starred_call
from srcad.analysis.tables import dict_call, dict_method
from srcad.analysis.transforms import transform_call
from srcad.core import (
    Attr,
    Const,
    Dict,
    Expr,
    Field,
    Item,
    Method,
    Named,
    Op,
    Record,
    Star,
    Tuple,
    Var,
)
from srcad.frontend.gathering import original
from srcad.frontend.wrappers import called
from srcad.kinds import (
    NONE,
    Array,
    ConstOf,
    DictOf,
    Inert,
    Kind,
    ListOf,
    NamedOf,
    ObjectOf,
    OneOf,
    Scalar,
    TupleOf,
    is_unknown,
)
from srcad.libraries import is_library
from srcad.objects import is_named_tuple
from srcad.rules.vocabulary import as_value
from srcad.runtime import plain, queues


def resolved(expr: Expr) -> Expr | None:
    """What an operation on known objects is; None where it is what it was."""
    expr = _on_the_only_one(expr)
    match expr:
        case Op():
            return _call(expr)
        case Item(base=base, index=index):
            found = None if isinstance(index, Field) else _item_method(base, "__getitem__")
            return None if found is None else Op(found, (base, as_value(index)))
        case Attr(base=base):
            return _attribute(expr, base)
    return None


def _call(op: Op) -> Expr | None:
    fn = op.fn
    transformed = transform_call(op)
    if transformed is not None:
        return transformed
    if isinstance(fn, Method):
        return _method_call(fn.name, op)
    if isinstance(fn, Expr):
        found = lookup.call_of_value(with_kind(fn, present(fn.kind)), op)
        return found
    if isinstance(fn, types.MethodType) and isinstance(fn.__self__, type):
        return replace(op, fn=fn.__func__, args=(Const(fn.__self__), *op.args))
    if any(isinstance(arg, Star) for arg in op.args):
        return starred_call(op)
    if isinstance(fn, type) and is_named_tuple(fn):
        return _named(fn, op)
    if fn is sum or fn is dict:
        found = _sum_of_objects(op) if fn is sum else dict_call(op)
        if found is not None:
            return found
    if isinstance(fn, type | types.BuiltinFunctionType) and fn in _CONSUMERS:
        args = tuple(map(iterable, op.args))
        return None if args == op.args else replace(op, args=args)
    taken = as_taken(op)
    if taken is not None:
        return taken
    special = _SPECIAL.get(original(fn)) if isinstance(fn, _KEYS) else None
    return lookup.operator_call(op) if special is None else special(op)


def iterable(expr: Expr) -> Expr:
    """`expr`, or the call of its own `__iter__`."""
    found = _item_method(expr, "__iter__")
    done = isinstance(expr, Op) and expr.fn is found  # an iterator gives itself
    return expr if found is None or done else Op(found, (expr,), origin=expr.origin)


# what runs through its operands
_CONSUMERS = (enumerate, zip, list, tuple, sum, sorted, max, min, iter, map, filter, any, all, set)
_KEYS = (types.BuiltinFunctionType, types.FunctionType, type)


def _sum_of_objects(op: Op) -> Expr | None:
    """`sum(items, start)` where `+` is a method of what is summed."""
    if not op.args:
        return None
    start = (*op.args[1:], *(value for _, value in op.kwargs))
    if lookup.class_of(present(element_kind(op.args[0]))) is None and not (
        start and lookup.class_of(present(start[0].kind)) is not None
    ):
        return None
    items = iterable(op.args[0])
    if start:
        return Op(plain.sum_from, (items, start[0]))
    known = isinstance(items.kind, ListOf | TupleOf)
    return Op(plain.sum_of, (items if known else Op(list, (items,)),))


def lacks(option: Kind, expr: Expr) -> bool:
    """Whether an operation by name is one that objects of the kind do not have."""
    match expr:
        case Op(fn=Method(name)) | Attr(name=name):
            cls = lookup.class_of(option)
            known = isinstance(option, NamedOf) or getattr(option, "items", None) is not None
            if cls is None or not known or lookup.own_attribute(option, name):
                return False
            return lookup.of_class(cls, name) is lookup.NOT_THERE
    return False


def _on_the_only_one(expr: Expr) -> Expr:
    """An operation by name on one of several, of which one alone has it: on that."""
    match expr:
        case Op(fn=Method(), args=(base, *rest)) if isinstance(base.kind, OneOf):
            return replace(expr, args=(_only(base, base.kind, expr), *rest))
        case Attr(base=base) if isinstance(base.kind, OneOf):
            return replace(expr, base=_only(base, base.kind, expr))
    return expr


def _only(base: Expr, kind: OneOf, expr: Expr) -> Expr:
    able = [o for o in kind.options if o != NONE and not lacks(o, expr)]
    return with_kind(base, able[0]) if len(able) == 1 else base


def undecided(expr: Expr) -> tuple[int, OneOf] | None:
    """Which operand decides what the operation means, where it may be one of several."""
    match expr:
        case Op(fn=Method(), args=(base, *_)) | Item(base=base) | Attr(base=base):
            candidates = [(0, base)]
            if isinstance(expr, Item) and isinstance(expr.index, Field):
                return None
        case Op(fn=Expr() as fn):
            candidates = [(0, fn)]
        case Op(args=args) if getattr(expr.fn, "__module__", None) == "_operator":
            if expr.fn in (operator.is_, operator.is_not, operator.not_, operator.eq, operator.ne):
                return None
            candidates = list(enumerate(args))
        case _:
            return None
    for position, operand in candidates:
        kind = present(operand.kind)
        if isinstance(kind, OneOf):
            return position, kind
    return None


def _item_method(base: Expr, name: str) -> Any:
    return lookup.item_method(present(base.kind), name)


def _attribute(expr: Attr, base: Expr) -> Expr | None:
    kind = present(base.kind)
    if isinstance(kind, ConstOf) and isinstance(kind.value, types.ModuleType):
        return _of_module(kind.value, expr.name)
    cls = lookup.class_of(kind)
    if cls is None or lookup.own_attribute(kind, expr.name):
        return None
    if expr.name == "__class__":
        return Op(type, (base,), origin=expr.origin)
    found = lookup.of_class(cls, expr.name)
    if found is lookup.NOT_THERE:
        return _made_up(expr, base, kind)
    return lookup.attribute(found, with_kind(base, kind), cls, expr)


def _of_module(module: types.ModuleType, name: str) -> Expr | None:
    """A function or module that a module has, where a variable holds it; of a library a number.

    The numbers of the user's own modules may be bound anew.
    """
    value = getattr(module, name, None)
    if callable(value):
        return Const(called(value))
    number = type(value) in (int, float, bool) and is_library(module.__name__)
    return Const(value) if number or isinstance(value, types.ModuleType) else None


def _made_up(expr: Attr, base: Expr, kind: Kind) -> Expr | None:
    """An attribute that only the class's `__getattr__` knows of."""
    found = lookup.item_method(kind, "__getattr__")
    known = isinstance(kind, ObjectOf) and kind.items is not None
    if found is None or not known or expr.name.startswith("__"):
        return None
    return Op(found, (base, Const(expr.name)), origin=expr.origin)


def _method_call(name: str, op: Op) -> Expr | None:
    base, *rest = op.args
    kind = present(base.kind)
    without = replace(op, args=tuple(rest))
    if isinstance(base, Op) and base.fn is super and len(base.args) == 2:
        return _super_call(name, base, without)
    if isinstance(kind, ConstOf) and isinstance(kind.value, type):
        return _call_on_class(kind.value, name, without)
    if isinstance(kind, ConstOf) and isinstance(kind.value, types.ModuleType):
        found = getattr(kind.value, name, None)
        return replace(without, fn=called(found)) if callable(found) else None
    if isinstance(kind, ListOf) and name in _DEQUES:
        return _DEQUES[name](op)
    if type(kind) is DictOf:
        return _got(kind, op) if name == "get" else dict_method(name, op)
    cls = lookup.class_of(kind)
    if cls is None:
        return None
    if lookup.own_attribute(kind, name):
        return replace(without, fn=Attr(base, name, origin=op.origin))
    if name == "__class__":
        return replace(without, fn=Op(type, (base,), origin=op.origin))
    if isinstance(kind, NamedOf) and name == "_replace":
        return _replaced_items(kind, base, without)
    found = lookup.of_class(cls, name)
    return None if found is lookup.NOT_THERE else lookup.bound_call(found, base, cls, without)


# methods that only deques have, which are lists here
_DEQUES: dict[str, Callable[[Op], Expr]] = {
    "popleft": lambda op: replace(op, fn=Method("pop"), args=(*op.args, Const(0))),
    "appendleft": lambda op: replace(
        op, fn=Method("insert"), args=(op.args[0], Const(0), *op.args[1:])
    ),
    "rotate": lambda op: replace(op, fn=queues.rotate),
    "extendleft": lambda op: replace(op, fn=queues.extendleft),
}


def _got(kind: DictOf, op: Op) -> Expr | None:
    """`d.get("key")` of a dict whose keys are known: the item, or what is given instead."""
    d, key, *rest = op.args
    if kind.items is None or not isinstance(key, Const) or not all(map(quiet, op.args)):
        return None
    if key.value in dict(kind.items):
        return Item(d, key, origin=op.origin)
    return rest[0] if rest else Const(None, kind=NONE, origin=op.origin)


def _call_on_class(cls: type, name: str, op: Op) -> Expr | None:
    found = lookup.of_class(cls, name)
    if isinstance(found, staticmethod | classmethod):
        return lookup.bound_call(found, Const(cls), cls, op)
    return replace(op, fn=found) if isinstance(found, types.FunctionType) else None


def _super_call(name: str, base: Op, op: Op) -> Expr | None:
    start, this = base.args
    kind = present(this.kind)
    cls = lookup.class_of(kind)
    if cls is None and isinstance(kind, ConstOf) and isinstance(kind.value, type):
        cls = kind.value
    if cls is None or not isinstance(start, Const):
        return None
    found = lookup.of_class(cls, name, start.value)
    if found is lookup.NOT_THERE or (found is vars(object).get(name) and name != "__setattr__"):
        return Const(None) if name in ("__init__", "__post_init__") else None
    return lookup.bound_call(found, this, cls, op)


# ---------------------------------------------------------------------------------------------
# Functions that are about objects


def _named(cls: Any, op: Op) -> Expr | None:
    """`State(x, v=0.0)` of a named tuple."""
    given = dict(zip(cls._fields, op.args, strict=False)) | dict(op.kwargs)
    for name, default in cls._field_defaults.items():
        given.setdefault(name, Const(default))
    if set(given) != set(cls._fields) or len(op.args) > len(cls._fields):
        return None
    order = [*cls._fields[: len(op.args)], *(name for name, _ in op.kwargs)]
    if order != [name for name in cls._fields if name in order]:
        return None  # evaluated in another order than they stand in
    return Named(tuple(given[name] for name in cls._fields), cls, origin=op.origin)


def _repeatable(value: Expr) -> bool:
    """Whether evaluating `value` several times is as good as once."""
    while isinstance(value, Item) and isinstance(value.index, Const | Var):
        value = value.base
    return isinstance(value, Var)


def needs_name(op: Op) -> bool:
    """Whether what the operation is resolved to reads its first operand several times, which can
    be evaluated only once.
    """
    if not op.args or _repeatable(op.args[0]):
        return False
    kind = present(op.args[0].kind)
    if isinstance(op.fn, Method):
        return isinstance(kind, NamedOf) and op.fn.name == "_replace"
    fn = original(op.fn) if isinstance(op.fn, _KEYS) else None
    copies = fn in (dataclasses.replace, dataclasses.asdict)
    return copies and isinstance(kind, ObjectOf)


def _replaced_items(kind: NamedOf, base: Expr, op: Op) -> Expr | None:
    if not _repeatable(base):
        return None
    new = dict(op.kwargs)
    names = kind.cls._fields  # type: ignore[attr-defined]
    items = tuple(new.get(name, Item(base, Const(i))) for i, name in enumerate(names))
    return Named(items, kind.cls, origin=op.origin)


def _replaced(op: Op) -> Expr | None:
    """`dataclasses.replace(obj, x=...)` as a call of the class."""
    base, *rest = op.args
    kind = present(base.kind)
    if rest or not isinstance(kind, ObjectOf) or not _repeatable(base):
        return None
    given = dict(op.kwargs)
    for field in dataclasses.fields(kind.cls):
        if field.init and field.name not in given:
            given[field.name] = Attr(base, field.name, origin=op.origin)
    return Op(kind.cls, (), tuple(given.items()), origin=op.origin)


def _space(op: Op) -> Expr | None:
    if op.args:
        return None
    keys = tuple(Field(name) for name, _ in op.kwargs)
    values = tuple(value for _, value in op.kwargs)
    return Record(keys, values, types.SimpleNamespace, origin=op.origin)


def _new_object(op: Op) -> Expr | None:
    """What the text of a derivative has for a new object."""
    cls = op.args[0].kind if op.args else None
    if not isinstance(cls, ConstOf) or not isinstance(cls.value, type):
        return None
    made = _space(replace(op, args=()))
    return replace(made, cls=cls.value) if isinstance(made, Record) else None


def _partial(op: Op) -> Expr | None:
    func, *args = op.args
    kind = present(func.kind)
    if isinstance(kind, ObjectOf) and kind.cls is functools.partial:
        return lookup.extended_partial(func, kind, op)
    if isinstance(kind, ConstOf | ObjectOf):
        return lookup.partial_of(func, tuple(args), op.kwargs, op)
    return None


def _read_attribute(op: Op) -> Expr | None:
    match op.args:
        case (base, Const(str(name))):
            return Attr(base, name, origin=op.origin)
        case (base, Const(str(name)), default):
            kind = present(base.kind)
            if lookup.own_attribute(kind, name):
                return Attr(base, name, origin=op.origin)
            cls = lookup.class_of(kind)
            known = isinstance(kind, ObjectOf) and kind.items is not None
            if cls is not None and known and lookup.of_class(cls, name) is lookup.NOT_THERE:
                return default
    return None


def _divided(op: Op) -> Expr | None:
    """`divmod(a, b)` as a pair; of an object with a `__divmod__`, its call."""
    if len(op.args) != 2 or not all(isinstance(arg, Var | Const) for arg in op.args):
        return None
    a, b = op.args
    found = lookup.item_method(present(a.kind), "__divmod__")
    if found is not None:
        return replace(op, fn=found)
    both = (Op(operator.floordiv, (a, b)), Op(operator.mod, (a, b)))
    return Tuple(both, origin=op.origin)


def _deleted_item(op: Op) -> Expr | None:
    """`del obj[key]`."""
    base, key = op.args
    found = _item_method(base, "__delitem__")
    return None if found is None else replace(op, fn=found, args=(base, as_value(key)))


def _fields_dict(op: Op) -> Expr | None:
    """`dataclasses.asdict(obj)` of plain values."""
    (base,) = op.args
    kind = present(base.kind)
    if not isinstance(kind, ObjectOf) or not kind.items or not _repeatable(base):
        return None
    if not all(_is_plain(part) for _, part in kind.items):
        return None  # it copies what is inside
    names = [field.name for field in dataclasses.fields(kind.cls)]
    values = tuple(Attr(base, name, origin=op.origin) for name in names)
    return Dict(tuple(map(Const, names)), values, origin=op.origin)


def _is_plain(kind: Kind) -> bool:
    """Whether a value of this kind is its own copy."""
    if type(kind) is TupleOf:
        return all(map(_is_plain, kind.items))
    return isinstance(kind, Scalar | Inert | ConstOf)


def _sequence(op: Op) -> Expr | None:
    """What an iterator takes its items from: a list or array itself, also if it changes."""
    (items,) = op.args
    match items.kind:
        case ListOf() | TupleOf() | Array():
            return items
        case kind if is_unknown(kind):
            return None
    return replace(op, fn=list, args=(iterable(items),))


_SPECIAL: dict[Any, Callable[[Op], Expr | None]] = {
    dataclasses.replace: _replaced,
    dataclasses.asdict: _fields_dict,
    types.SimpleNamespace: _space,
    runtime.new_object: _new_object,
    runtime.sequence_of: _sequence,
    functools.partial: _partial,
    getattr: _read_attribute,
    divmod: _divided,
    operator.delitem: _deleted_item,
}
for _function in (abs, float, complex, round, reversed):
    _SPECIAL[_function] = lookup.operator_call
