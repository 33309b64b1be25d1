"""Attributes of objects and named tuples, as the items that they are."""

from __future__ import annotations

import inspect
import types

from srcad.core import Attr, Const, Expr, Field, Item
from srcad.kinds import NONE, UNKNOWN, Kind, NamedOf, ObjectOf, OneOf, attribute_of, is_unknown
from srcad.rules import rule_for


def as_item(expr: Attr) -> Attr | Item:
    """`expr`, whose base's kind is filled in, as an item if the base is known to have it."""
    kind = present(expr.base.kind)
    if isinstance(kind, NamedOf) and expr.name in kind.cls._fields:  # type: ignore[attr-defined]
        index: Expr = Const(kind.cls._fields.index(expr.name))  # type: ignore[attr-defined]
        return Item(expr.base, index, origin=expr.origin)
    if isinstance(kind, ObjectOf) and _has(kind, expr.name):
        return Item(expr.base, Field(expr.name), origin=expr.origin)
    if isinstance(kind, OneOf) and _keep(kind, expr.name):
        return Item(expr.base, Field(expr.name), origin=expr.origin)
    if is_unknown(kind) and rule_for(expr) is None:  # what else has attributes that carry anything
        return Item(expr.base, Field(expr.name), origin=expr.origin)
    return expr


def _keep(kind: OneOf, name: str) -> bool:
    """Whether each object of the choice that has `name` at all keeps it in itself."""
    objects = [option for option in kind.options if isinstance(option, ObjectOf)]
    having = [o for o in objects if _has(o, name) or hasattr(o.cls, name)]
    return bool(having) and all(_has(option, name) for option in having)


def as_stored(place: Attr) -> Attr | Item:
    """The place of `obj.name = value` as an item, whether the object has it yet or not."""
    kind = present(place.base.kind)
    options = kind.options if isinstance(kind, OneOf) else (kind,)
    if kind == UNKNOWN and rule_for(place) is None:
        return Item(place.base, Field(place.name), origin=place.origin)
    if is_frozen(kind):
        return place
    if all(isinstance(o, ObjectOf) and not _is_computed(o.cls, place.name) for o in options):
        return Item(place.base, Field(place.name), origin=place.origin)
    return place


def is_frozen(kind: Kind) -> bool:
    """Whether the class refuses all stores into its objects: a frozen dataclass."""
    parameters = getattr(getattr(kind, "cls", None), "__dataclass_params__", None)
    return isinstance(kind, ObjectOf) and getattr(parameters, "frozen", False)


def _is_computed(cls: type, name: str) -> bool:
    """Whether the class has something to say when an attribute is stored."""
    found = inspect.getattr_static(cls, name, None)
    return hasattr(type(found), "__set__") and not isinstance(found, types.MemberDescriptorType)


def present(kind: Kind) -> Kind:
    """`kind` without the None that it may be, of which nothing can be read or called."""
    if not isinstance(kind, OneOf) or NONE not in kind.options:
        return kind
    rest = tuple(option for option in kind.options if option != NONE)
    return rest[0] if len(rest) == 1 else OneOf(rest)


def _has(kind: ObjectOf, name: str) -> bool:
    """Whether objects of the kind keep `name` in themselves: it is none of their class's."""
    if attribute_of(kind, name) is not None:
        return True
    return kind.items is None and not hasattr(kind.cls, name)
