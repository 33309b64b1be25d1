"""What a call of a class does, in core form: a new object, its `__init__`, the object."""

from __future__ import annotations

import dataclasses
import inspect
import types
import weakref
from collections.abc import Callable
from typing import Any

from srcad.core import (
    Assign,
    Attr,
    Block,
    Const,
    Effect,
    Expr,
    Field,
    Function,
    Op,
    Param,
    Record,
    Return,
    Star,
    Stmt,
    Store,
    Var,
    names_in,
    statements,
    targets_of,
    walk,
)
from srcad.errors import SrcadError, UnsupportedConstruct
from srcad.libraries import is_library_callable
from srcad.objects import class_defaults, keeps_attributes

_SELF = "self"
_made: weakref.WeakKeyDictionary[type, tuple[Any, Function]] = weakref.WeakKeyDictionary()


def constructor(cls: type, capture: Callable[[Any], Function]) -> Function:
    """The core form of calling the user's class `cls`.

    Raises `UnsupportedConstruct` where making an object is not what is always done for it.
    """
    init = inspect.getattr_static(cls, "__init__", None)
    own = isinstance(init, types.FunctionType) and not _is_generated(init)
    meaning = capture(init) if own else init
    known = _made.get(cls)
    if known is None or known[0] is not meaning:
        known = _made[cls] = (meaning, _constructor(cls, init, meaning))
    return known[1]


def _constructor(cls: type, init: Any, meaning: Any) -> Function:
    _require_plain(cls)
    if dataclasses.is_dataclass(cls) and _is_generated(init):
        return _of_dataclass(cls)
    work = _Parameters()
    defaults = class_defaults(cls)
    keys = tuple(map(Field, defaults))
    empty = Record(keys, tuple(work.value(*item) for item in defaults.items()), cls)
    if not isinstance(init, types.FunctionType):
        return Function(cls.__name__, (), (Return(empty),), work.captures, pyfunc=None)
    first, *given = inspect.signature(init).parameters.values()
    params = [work.parameter(p.name, p.kind, p.default, p.empty) for p in given]
    body = _filled(empty, meaning)
    if body is None:
        new = Var(first.name)
        run: Expr = Op(init, (new, *_positional(given)), _named(given))
        body = (Assign(new, empty), Effect(run), Return(new))
    else:
        work.captures |= meaning.captures
    return Function(cls.__name__, tuple(params), body, work.captures, pyfunc=init)


def _filled(empty: Record, init: Function) -> Block | None:
    """The body of an `__init__` with the object made of what is first stored into it.

    None where it is left early, or gives its object another name.
    """
    this = init.params[0].name
    if any(isinstance(s, Return) or this in targets_of(s) for s in statements(init.body)):
        return None
    fields = dict(
        zip((str(k.value) for k in empty.keys if isinstance(k, Const)), empty.values, strict=True)
    )
    before: list[Stmt] = []
    rest = list(init.body)
    while rest and _is_early(rest[0], this, fields, before):
        stmt = rest.pop(0)
        if isinstance(stmt, Store) and isinstance(stmt.place, Attr):
            fields[stmt.place.name] = stmt.value
        else:
            before.append(stmt)
    record = Record(tuple(map(Field, fields)), tuple(fields.values()), empty.cls)
    if not rest:
        return (*before, Return(record))
    return (*before, Assign(Var(this), record), *rest, Return(Var(this)))


def _is_early(stmt: Stmt, this: str, fields: dict[str, Expr], before: list[Stmt]) -> bool:
    """Whether what `stmt` stores may be computed before the object is made."""
    match stmt:
        case Store(place=Attr(base=Var(name=name), name=key), value=value, op=None):
            return name == this and this not in names_in(value) and key not in fields
        case Assign(target=Var(name=name), value=value, op=None):
            read = {n for each in fields.values() for n in names_in(each)}
            plain = all(map(_is_plain, (value, *fields.values())))
            return plain and this not in names_in(value) and name not in read
    return False


def _is_plain(value: Expr) -> bool:
    """Whether there is nothing but Python's operators in it: it changes nothing that is read."""
    ops = [part for part in walk(value) if isinstance(part, Op)]
    return all(getattr(op.fn, "__module__", None) == "_operator" for op in ops)


def kept_arguments(cls: type, capture: Callable[[Any], Function]) -> list[tuple[Param, str]] | None:
    """The attribute that each argument of a class becomes, if that is all that calling it does."""
    try:
        function = constructor(cls, capture)
    except SrcadError:
        return None
    match function.body:
        case (Return(value=Record(keys=keys, values=values)),):
            pairs = [
                (v.name, str(k.value))
                for k, v in zip(keys, values, strict=True)
                if isinstance(v, Var) and isinstance(k, Const)
            ]
            if any(p.mode in _GATHERING for p in function.params):
                return None
            kept = dict(pairs)
            whole = len(kept) == len(keys) and list(kept) == [p.name for p in function.params]
            return [(p, kept[p.name]) for p in function.params] if whole else None
    return None


def _positional(given: list[inspect.Parameter]) -> tuple[Expr, ...]:
    gathered = [Star(Var(p.name)) for p in given if p.kind is p.VAR_POSITIONAL]
    named = [Star(Var(p.name), True) for p in given if p.kind is p.VAR_KEYWORD]
    return (*(Var(p.name) for p in given if p.kind in _BY_POSITION), *gathered, *named)


def _named(given: list[inspect.Parameter]) -> tuple[tuple[str, Expr], ...]:
    return tuple((p.name, Var(p.name)) for p in given if p.kind is p.KEYWORD_ONLY)


_GATHERING = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def _require_plain(cls: type) -> None:
    """Refuse classes that make their objects, or keep attributes, in a way of their own."""
    for name, plain in (("__new__", object), ("__setattr__", object), ("__getattribute__", object)):
        found = inspect.getattr_static(cls, name, None)
        own = found is not inspect.getattr_static(plain, name)
        if own and not (name == "__setattr__" and dataclasses.is_dataclass(cls)):
            raise UnsupportedConstruct(
                f"the class `{cls.__name__}` defines `{name}`",
                "Make and fill the object in plain functions",
            )
    if keeps_attributes(cls):
        raise UnsupportedConstruct(
            f"the class `{cls.__name__}` has code of its own for what its attributes are",
            "Use properties",
        )
    if type(cls).__call__ is not type.__call__:
        raise UnsupportedConstruct(
            f"the metaclass of `{cls.__name__}` decides what calling it does",
            "Make the object outside of the function",
        )


def _is_generated(init: Any) -> bool:
    return getattr(getattr(init, "__code__", None), "co_filename", None) == "<string>"


class _Parameters:
    """Parameters with their defaults as literals or captured values."""

    def __init__(self) -> None:
        self.captures: dict[str, Any] = {}

    def parameter(self, name: str, mode: Any, default: Any, empty: Any) -> Param:
        if default is empty:
            return Param(name, None, mode)
        return Param(name, self.value(f"{name}_default", default), mode)

    def value(self, name: str, value: Any) -> Expr:
        """`value` as it stands in the text: a literal, or a name of its own."""
        literal = value is None or type(value) in (bool, int, float, complex, str)
        if literal or is_library_callable(value):
            return Const(value)
        self.captures[name] = value
        return Var(name)


def _of_dataclass(cls: type) -> Function:
    """The `__init__` that a dataclass gets written, and its `__post_init__`."""
    work = _Parameters()
    params: list[Param] = []
    keys: list[Expr] = []
    values: list[Expr] = []
    later: list[Expr] = []
    for field in cls.__dataclass_fields__.values():  # type: ignore[attr-defined]
        if field._field_type.name == "_FIELD_CLASSVAR":
            continue
        if field._field_type.name == "_FIELD_INITVAR":
            params.append(_field_parameter(work, field))
            later.append(Var(field.name))
            continue
        if field.init:
            params.append(_field_parameter(work, field))
            value: Expr = Var(field.name)
        elif field.default_factory is not dataclasses.MISSING:
            value = Op(field.default_factory)
        elif field.default is not dataclasses.MISSING:
            value = work.value(f"{field.name}_default", field.default)
        else:
            continue  # `__post_init__` gives it its value
        keys.append(Field(field.name))
        values.append(value)
    new = Record(tuple(keys), tuple(values), cls)
    after = inspect.getattr_static(cls, "__post_init__", None)
    body: Block = (Return(new),)
    if after is not None:
        this = Var(_SELF)
        body = (Assign(this, new), Effect(Op(after, (this, *later))), Return(this))
    ordered = sorted(params, key=lambda p: p.mode is inspect.Parameter.KEYWORD_ONLY)
    return Function(cls.__name__, tuple(ordered), body, work.captures, pyfunc=after)


def _field_parameter(work: _Parameters, field: Any) -> Param:
    kinds = inspect.Parameter
    mode = kinds.KEYWORD_ONLY if field.kw_only else kinds.POSITIONAL_OR_KEYWORD
    if field.default_factory is not dataclasses.MISSING:
        return Param(field.name, Op(field.default_factory), mode)
    return work.parameter(field.name, mode, field.default, dataclasses.MISSING)
