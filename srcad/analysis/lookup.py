"""What a name means on an object, by its kind: Python's own attribute lookup, made once."""

from __future__ import annotations

import functools
import operator
import types
from dataclasses import replace
from typing import Any

from srcad.core import Attr, Const, Expr, Field, Item, Op, Record, Tuple
from srcad.core import Dict as DictDisplay
from srcad.frontend.wrappers import called
from srcad.kinds import ConstOf, DictOf, Kind, NamedOf, ObjectOf, TupleOf, attribute_of

NOT_THERE: Any = object()


def class_of(kind: Kind) -> type | None:
    """The user's class of an object of this kind."""
    return kind.cls if isinstance(kind, ObjectOf | NamedOf) else None


def own_attribute(kind: Kind, name: str) -> bool:
    """Whether an object of this kind has `name` in itself."""
    if isinstance(kind, NamedOf):
        return name in kind.cls._fields  # type: ignore[attr-defined]
    return isinstance(kind, ObjectOf) and attribute_of(kind, name) is not None


def of_class(cls: type, name: str, after: type | None = None) -> Any:
    """What `cls`, or its bases after `after`, has under `name`; `NOT_THERE` if nothing."""
    bases = cls.__mro__
    if after is not None:
        bases = bases[bases.index(after) + 1 :] if after in bases else ()
    for base in bases:
        if name in vars(base):
            return vars(base)[name]
    return NOT_THERE


def bound_call(found: Any, owner: Expr, cls: type, op: Op) -> Expr | None:
    """The call `op` of a method, of which `found` is what the class has; None if it is unknown.

    The operands of `op` are without the object.
    """
    if isinstance(found, staticmethod):
        return replace(op, fn=called(found.__func__))
    if isinstance(found, classmethod):
        return replace(op, fn=called(found.__func__), args=(Const(cls), *op.args))
    if isinstance(found, property):
        return replace(op, fn=Op(found.fget, (owner,), origin=op.origin))
    target = called(found)
    if isinstance(target, types.FunctionType):
        return replace(op, fn=target, args=(owner, *op.args))
    if isinstance(found, types.WrapperDescriptorType):
        return replace(op, fn=found, args=(owner, *op.args))
    if callable(found) and not isinstance(found, types.MethodDescriptorType):
        return replace(op, fn=found)
    return None


def attribute(found: Any, owner: Expr, cls: type, expr: Attr) -> Expr | None:
    """An attribute that the class has, read from an object: a property, a method, a constant."""
    if isinstance(found, property):
        return Op(found.fget, (owner,), origin=expr.origin)
    if isinstance(found, functools.cached_property):
        return None
    if isinstance(found, staticmethod):
        return Const(called(found.__func__))
    if isinstance(found, classmethod):
        return partial_of(Const(called(found.__func__)), (Const(cls),), (), expr)
    if isinstance(called(found), types.FunctionType):
        return partial_of(Const(called(found)), (owner,), (), expr)
    if hasattr(type(found), "__get__") or getattr(owner.kind, "items", ()) is None:
        return None
    return Attr(Const(cls), expr.name, origin=expr.origin)


def partial_of(
    func: Expr, args: tuple[Expr, ...], kwargs: tuple[tuple[str, Expr], ...], at: Expr
) -> Record:
    """`functools.partial(func, *args, **kwargs)` as the object that it is."""
    named = DictDisplay(tuple(Const(key) for key, _ in kwargs), tuple(v for _, v in kwargs))
    keys = tuple(Field(name) for name in ("func", "args", "keywords"))
    return Record(keys, (func, Tuple(args), named), functools.partial, origin=at.origin)


def call_of_value(fn: Expr, op: Op) -> Expr | None:
    """The call `op` of a function that is a value, by what is known of it; None if too little."""
    kind = fn.kind
    if isinstance(kind, ConstOf) and callable(kind.value):
        return replace(op, fn=called(kind.value))
    if not isinstance(kind, ObjectOf):
        return None
    if kind.cls is functools.partial:
        return _call_of_partial(fn, kind, op)
    if kind.cls is types.MethodType:
        func = attribute_of(kind, "__func__")
        if not isinstance(func, ConstOf):
            return None
        this = Item(fn, Field("__self__"), origin=op.origin)
        return replace(op, fn=called(func.value), args=(this, *op.args))
    found = of_class(kind.cls, "__call__")
    return None if found is NOT_THERE else bound_call(found, fn, kind.cls, op)


def _call_of_partial(fn: Expr, kind: ObjectOf, op: Op) -> Expr | None:
    func, args = attribute_of(kind, "func"), attribute_of(kind, "args")
    keywords = attribute_of(kind, "keywords")
    if not isinstance(args, TupleOf) or not isinstance(keywords, DictOf):
        return None
    if func is None or keywords.items is None:
        return None
    early = bound_of_partial(fn, args)
    known = _part(fn, "keywords", keywords)
    named = {key: _item(known, Const(key), part) for key, part in keywords.items}
    named.update(op.kwargs)
    target: Any = called(func.value) if isinstance(func, ConstOf) else _part(fn, "func", func)
    return replace(op, fn=target, args=(*early, *op.args), kwargs=tuple(named.items()))


def extended_partial(fn: Expr, kind: ObjectOf, op: Op) -> Expr | None:
    """`partial(fn, ...)` of a partial function: one that holds the arguments of both."""
    whole = _call_of_partial(fn, kind, replace(op, args=op.args[1:]))
    if not isinstance(whole, Op):
        return None
    func = whole.fn if isinstance(whole.fn, Expr) else Const(whole.fn)
    return partial_of(func, whole.args, whole.kwargs, op)


def bound_of_partial(fn: Expr, args: TupleOf) -> tuple[Expr, ...]:
    """The positional arguments that a partial holds."""
    given = _part(fn, "args", args)
    return tuple(_item(given, Const(place), part) for place, part in enumerate(args.items))


def _part(fn: Expr, name: str, kind: Kind) -> Expr:
    """An attribute of a partial; that of one which was just written out."""
    if isinstance(fn, Record):
        return _value_at(fn, name)
    return Item(fn, Field(name), kind=kind, origin=fn.origin)


def _item(base: Expr, index: Const, kind: Kind) -> Expr:
    if isinstance(base, Tuple):
        return base.items[int(index.value)]
    if isinstance(base, DictDisplay):
        return _value_at(base, index.value)
    return Item(base, index, kind=kind, origin=base.origin)


def _value_at(display: DictDisplay, wanted: Any) -> Expr:
    """The value under a key of a display that has it."""
    keys = [key.value for key in display.keys if isinstance(key, Const)]
    return display.values[keys.index(wanted)]


# ---------------------------------------------------------------------------------------------
# Operators

_WORDS = {
    operator.add: "add",
    operator.sub: "sub",
    operator.mul: "mul",
    operator.truediv: "truediv",
    operator.floordiv: "floordiv",
    operator.mod: "mod",
    operator.pow: "pow",
    operator.matmul: "matmul",
    operator.and_: "and",
    operator.or_: "or",
    operator.xor: "xor",
    operator.lshift: "lshift",
    operator.rshift: "rshift",
}
_UNARY = {
    operator.neg: "__neg__",
    operator.pos: "__pos__",
    operator.invert: "__invert__",
    abs: "__abs__",
    float: "__float__",
    complex: "__complex__",
    round: "__round__",
    reversed: "__reversed__",
}


def operator_call(op: Op) -> Op | None:
    """A Python operator on objects as the call of their method; None where they have none."""
    if len(op.args) == 1 and _is_key(op.fn) and op.fn in _UNARY:
        found = _method(op.args[0].kind, _UNARY[op.fn])
        return None if found is None else replace(op, fn=found)
    if op.fn is operator.delitem:
        found = item_method(op.args[0].kind, "__delitem__")
        return None if found is None else replace(op, fn=found)
    if len(op.args) != 2 or not _is_key(op.fn) or op.fn not in _WORDS:
        return None
    left, right = op.args
    word = _WORDS[op.fn]
    direct, reflected = _method(left.kind, f"__{word}__"), _method(right.kind, f"__r{word}__")
    if direct is not None and not (reflected is not None and _overrides(left.kind, right.kind)):
        return replace(op, fn=direct)
    if reflected is not None:
        return replace(op, fn=reflected, args=(right, left))
    return None


def updating_call(fn: Any, target: Expr, value: Expr) -> Op | None:
    """`target op= value` by the method for it, or by the operator; None if it has neither."""
    word = _WORDS.get(fn)
    found = None if word is None else _method(target.kind, f"__i{word}__")
    if found is not None:
        return Op(found, (target, value))
    return operator_call(Op(fn, (target, value)))


def item_method(kind: Kind, name: str) -> Any:
    """The user's `__getitem__` and the like; None if the class has none of its own."""
    return None if isinstance(kind, NamedOf) else _method(kind, name)


def _is_key(fn: Any) -> bool:
    return getattr(type(fn), "__hash__", None) is not None and not isinstance(fn, Expr)


def _overrides(left: Kind, right: Kind) -> bool:
    a, b = class_of(left), class_of(right)
    return a is not None and b is not None and b is not a and issubclass(b, a)


def _method(kind: Kind, name: str) -> Any:
    """A method that is the user's own: a Python function."""
    cls = class_of(kind)
    found = NOT_THERE if cls is None else of_class(cls, name)
    return found if isinstance(found, types.FunctionType) else None
