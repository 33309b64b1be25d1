"""Objects as they are written: attributes, and what makes a new object."""

from __future__ import annotations

import functools
import types
from dataclasses import replace
from inspect import Parameter as param_modes

from srcad import runtime
from srcad.analysis.attributes import is_frozen
from srcad.core import (
    Attr,
    Const,
    Dict,
    Effect,
    Expr,
    Field,
    Function,
    Item,
    Named,
    Op,
    Param,
    Program,
    Record,
    Star,
    Stmt,
    Store,
    Tuple,
    rewrite,
)
from srcad.frontend import capture
from srcad.frontend.classes import kept_arguments
from srcad.simplify.blocks import map_expressions, map_statements


def spelled(program: Program) -> Program:
    """`program` with `Attr` for the items under a `Field`, and calls for what makes an object."""
    return replace(program, functions=tuple(map(_spelled, program.functions)))


def _spelled(function: Function) -> Function:
    def change(expr: Expr) -> Expr:
        return rewrite(expr, _plain)

    body = tuple(map_expressions(stmt, change) for stmt in function.body)
    return replace(function, body=map_statements(body, _spelled_place))


def _spelled_place(stmt: Stmt) -> Stmt:
    """A store under a `Field`, as one into an attribute."""
    if isinstance(stmt, Store) and isinstance(stmt.place, Item):
        place = _plain(stmt.place)
        if isinstance(place, Attr) and is_frozen(place.base.kind):
            value = stmt.value if stmt.op is None else Op(stmt.op, (place, stmt.value))
            stored = Op(object.__setattr__, (place.base, Const(place.name), value))
            return Effect(stored, origin=stmt.origin)
        return replace(stmt, place=place) if isinstance(place, Attr) else stmt
    return stmt


def _plain(expr: Expr) -> Expr | None:
    match expr:
        case Item(base=base, index=Field(value=name)):
            return Attr(base, name, kind=expr.kind, origin=expr.origin)
        case Named(items=items, cls=cls):
            return Op(cls, items, kind=expr.kind, origin=expr.origin)
        case Record():
            return _construction(expr)
    return None


def _construction(expr: Record) -> Op:
    """A call that makes the object: the class where that only keeps its arguments."""
    fields = tuple(zip((str(key.value) for key in _keys(expr)), expr.values, strict=True))
    if expr.cls is functools.partial:
        made = _partial(dict(fields))
        if made is not None:
            return replace(made, kind=expr.kind, origin=expr.origin)
    if expr.cls is types.SimpleNamespace:
        return Op(expr.cls, (), fields, kind=expr.kind, origin=expr.origin)
    order = kept_arguments(expr.cls, capture)
    if order is not None and {attribute for _, attribute in order} == {name for name, _ in fields}:
        known = dict(fields)
        return _called(expr, [(param, known[attribute]) for param, attribute in order])
    return Op(runtime.new_object, (Const(expr.cls),), fields, kind=expr.kind, origin=expr.origin)


def _called(expr: Record, given: list[tuple[Param, Expr]]) -> Op:
    """The call of the object's class with these arguments."""
    args: list[Expr] = []
    named: list[tuple[str, Expr]] = []
    last: list[Expr] = []
    for param, value in given:
        if param.mode is param_modes.VAR_POSITIONAL:
            args += value.items if isinstance(value, Tuple) else [Star(value)]
        elif param.mode is param_modes.VAR_KEYWORD:
            last.append(Star(value, named=True))
        elif param.mode is param_modes.KEYWORD_ONLY:
            named.append((param.name, value))
        else:
            args.append(value)
    return Op(expr.cls, (*args, *last), tuple(named), kind=expr.kind, origin=expr.origin)


def _keys(expr: Record) -> tuple[Field, ...]:
    return tuple(key for key in expr.keys if isinstance(key, Field))


def _partial(fields: dict[str, Expr]) -> Op | None:
    match fields:
        case {"func": func, "args": Tuple(items), "keywords": Dict(keys=keys, values=values)}:
            named = zip((key.value for key in keys if isinstance(key, Const)), values, strict=True)
            return Op(functools.partial, (func, *items), tuple(named))
    return None
