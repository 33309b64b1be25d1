"""Calls resolved by kinds: what a method, an operator or a function value means for the objects
at hand, written as a call of the Python function that runs.

One pass resolves what the kinds of the last inference tell; the inference is then made again,
until nothing changes. Where a value may be one of several, a test decides which.
"""

from __future__ import annotations

import dataclasses
import functools
import operator
import types
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

from srcad.analysis import iterators, lookup
from srcad.analysis.annotate import truth_of, with_kind
from srcad.analysis.attributes import present
from srcad.analysis.inline import quiet
from srcad.core import (
    Assign,
    Attr,
    Block,
    BoolOp,
    Break,
    Choice,
    Const,
    Dict,
    Effect,
    Expr,
    Field,
    For,
    Function,
    If,
    Item,
    Method,
    Named,
    Op,
    Record,
    Slice,
    Stmt,
    Store,
    Var,
    While,
    children,
    names_of,
    with_children,
)
from srcad.kinds import ConstOf, Inert, Kind, NamedOf, ObjectOf, OneOf, Scalar
from srcad.names import Names
from srcad.objects import is_named_tuple
from srcad.rules.vocabulary import as_value


def resolve(function: Function) -> Function:
    """`function`, all kinds filled in, with the calls resolved that these tell; else itself."""
    work = _Resolve(Names(names_of(function)).fresh, function)
    body = work.block(function.body)
    if not work.changed:
        return function
    return replace(function, body=body, captures={**function.captures, **work.captures})


class _Resolve:
    """The work on one function."""

    def __init__(self, fresh: Callable[[str], str], function: Function) -> None:
        self.fresh = fresh
        self.function = function
        self.changed = False
        self.used_up = False  # whether the operands being resolved are run through at once
        self.captures: dict[str, Any] = {}
        self.made: list[Expr] = []  # lists of generators' items, and the calls by their `id`
        self.lists: dict[int, Expr] = {}

    # -- statements

    def block(self, block: Block) -> Block:
        return tuple(new for stmt in block for new in self.statement(stmt))

    def statement(self, stmt: Stmt) -> list[Stmt]:
        match stmt:
            case If():
                return self.branch(stmt)
            case While():
                return self.loop(stmt)
        before: list[Stmt] = []
        match stmt:
            case For(iter=iterable):
                self.used_up = True
                new = self.iterable(self.expression(iterable, before))
                self.used_up = False
                loop = replace(stmt, iter=new, body=self.block(stmt.body))
                return [*before, *self.over_generator(loop)]
            case Assign(target=Var() as target, value=value, op=op) if op is not None:
                value = self.expression(value, before)
                call = lookup.updating_call(op, target, value)
                if call is None:
                    return [*before, replace(stmt, value=value)]
                return [*before, replace(stmt, value=self.new(call, target), op=None)]
            case Store():
                return [*before, *self.store(stmt, before)]
            case Effect(value=value):
                return self.effect(stmt, self.expression(value, before), before)
        return [*self.others(stmt, before)]

    def others(self, stmt: Stmt, before: list[Stmt]) -> list[Stmt]:
        """A statement without anything special: its expressions and blocks one by one."""
        parts: dict[str, Any] = {}
        for part in fields(stmt):
            value = getattr(stmt, part.name)
            if isinstance(value, Expr) and part.name != "target":
                parts[part.name] = self.expression(value, before)
            elif isinstance(value, tuple) and value and isinstance(value[0], Stmt):
                parts[part.name] = self.block(value)
        return [*before, replace(stmt, **parts)]

    def branch(self, stmt: If) -> list[Stmt]:
        truth = truth_of(stmt.test)
        if truth is not None and not isinstance(stmt.test, Const) and quiet(stmt.test):
            self.changed = True
            return list(self.block(stmt.then if truth else stmt.orelse))
        before: list[Stmt] = []
        test = self.expression(stmt.test, before)
        then, orelse = self.block(stmt.then), self.block(stmt.orelse)
        return [*before, replace(stmt, test=test, then=then, orelse=orelse)]

    def loop(self, stmt: While) -> list[Stmt]:
        before: list[Stmt] = []
        test, body = self.expression(stmt.test, before), self.block(stmt.body)
        if not before:
            return [replace(stmt, test=test, body=body)]
        stop = If(Op(operator.not_, (test,)), (Break(),), body, tail=True, origin=stmt.origin)
        return [replace(stmt, test=Const(True), body=(*before, stop))]

    def iterable(self, expr: Expr) -> Expr:
        found = lookup.item_method(present(expr.kind), "__iter__")
        if found is None:
            return expr
        call = self.new(Op(found, (expr,)), expr)
        return self.as_list(call) if iterators.is_generator_call(call) else call

    def over_generator(self, loop: For) -> Block:
        """A loop over what has just turned out as a generator has its body written into it."""
        call = self.lists.get(id(loop.iter))
        found = None
        if call is not None:
            found = iterators.written_into(self.function, replace(loop, iter=call), self.fresh)
        if found is None:
            return (loop,)
        self.captures.update(found[1])
        self.changed = True
        return found[0]

    def effect(self, stmt: Effect, value: Expr, before: list[Stmt]) -> list[Stmt]:
        match value:
            case Const() | Var():
                return before
            case Op(args=(base, Const(str(name)), new)) if value.fn is setattr:
                self.changed = True
                place = Attr(base, name, origin=value.origin)
                return [*before, Store(place, new, origin=stmt.origin)]
        return [*before, replace(stmt, value=value)]

    def store(self, stmt: Store, before: list[Stmt]) -> list[Stmt]:
        base = self.expression(stmt.place.base, before)
        if isinstance(stmt.place, Attr):
            value = self.expression(stmt.value, before)
            return [self.attribute_store(replace(stmt, value=value), base, stmt.place)]
        index = self.expression(stmt.place.index, before)
        value = self.expression(stmt.value, before)
        place = replace(stmt.place, base=base, index=index)
        if stmt.op is not None:
            call = lookup.updating_call(stmt.op, place, value)
            if call is not None:
                stmt, value = replace(stmt, op=None), self.new(call, place)
        put = lookup.item_method(present(base.kind), "__setitem__")
        if put is None:
            return [replace(stmt, place=place, value=value)]
        if stmt.op is not None:
            old = Item(base, index, origin=stmt.origin)
            value = Op(stmt.op, (old, value), origin=stmt.origin)
        call = Op(put, (base, as_value(index), value))
        return [Effect(self.new(call, place), origin=stmt.origin)]

    def attribute_store(self, stmt: Store, base: Expr, place: Attr) -> Stmt:
        cls = lookup.class_of(present(base.kind))
        found = lookup.NOT_THERE if cls is None else lookup.of_class(cls, place.name)
        if not isinstance(found, property) or found.fset is None:
            return replace(stmt, place=replace(place, base=base))
        value = stmt.value
        if stmt.op is not None:
            value = Op(stmt.op, (Op(found.fget, (base,)), value), origin=stmt.origin)
        return Effect(self.new(Op(found.fset, (base, value)), place), origin=stmt.origin)

    # -- expressions

    def new(self, expr: Expr, old: Expr) -> Expr:
        """Something has been resolved."""
        self.changed = True
        return replace(expr, origin=old.origin) if isinstance(expr, Op) else expr

    def expression(self, expr: Expr, before: list[Stmt]) -> Expr:
        """`expr` with calls resolved; statements that this takes go to `before`."""
        if isinstance(expr, Choice):
            return self.choice(expr, before)
        if isinstance(expr, BoolOp):
            return self.bool_op(expr, before)
        expr = self.operands(expr, before)
        found = self.split(expr, before)
        if found is None:
            found = self.resolved(expr)
        if found is None:
            return expr
        found = self.new(found, expr)
        if not iterators.is_generator_call(found):
            return found
        if not self.used_up:
            raise iterators.refused(found)
        return self.as_list(found)

    def as_list(self, call: Expr) -> Expr:
        """What has just turned out as a generator's call."""
        made = iterators.as_list(call)
        self.lists[id(made)] = call
        self.made.append(made)
        return made

    def operands(self, expr: Expr, before: list[Stmt]) -> Expr:
        """`expr` with its operands resolved, each evaluated once and in order."""
        outer, self.used_up = self.used_up, self.uses_up(expr)
        try:
            return self.each_operand(expr, before)
        finally:
            self.used_up = outer

    def uses_up(self, expr: Expr) -> bool:
        """Whether the operands of `expr` are run through and forgotten."""
        if not isinstance(expr, Op):
            return False
        lazily = self.used_up and any(expr.fn is fn for fn in (zip, enumerate))
        return lazily or any(expr.fn is fn for fn in iterators.USING_UP)

    def each_operand(self, expr: Expr, before: list[Stmt]) -> Expr:
        done: list[Expr] = []
        for child in children(expr):
            statements: list[Stmt] = []
            value = self.expression(child, statements)
            if statements:
                done = [self.hold(earlier, before) for earlier in done]
                before += statements
            done.append(value)
        return with_children(expr, tuple(done))

    def hold(self, value: Expr, before: list[Stmt]) -> Expr:
        if isinstance(value, Var | Const | Slice) or not children(value):
            return value
        name = Var(self.fresh("value"), kind=value.kind, origin=value.origin)
        before.append(Assign(name, value, origin=value.origin))
        return name

    def choice(self, expr: Choice, before: list[Stmt]) -> Expr:
        truth = truth_of(expr.test)
        if truth is not None and not isinstance(expr.test, Const) and quiet(expr.test):
            self.changed = True
            return self.expression(expr.then if truth else expr.orelse, before)
        test = self.expression(expr.test, before)
        arms: list[tuple[list[Stmt], Expr]] = []
        for arm in (expr.then, expr.orelse):
            statements: list[Stmt] = []
            arms.append((statements, self.expression(arm, statements)))
        (first, then), (second, orelse) = arms
        if not first and not second:
            return replace(expr, test=test, then=then, orelse=orelse)
        result = Var(self.fresh("value"), kind=expr.kind, origin=expr.origin)
        yes = (*first, Assign(result, then, origin=expr.origin))
        no = (*second, Assign(result, orelse, origin=expr.origin))
        before.append(If(test, yes, no, origin=expr.origin))
        return result

    def bool_op(self, expr: BoolOp, before: list[Stmt]) -> Expr:
        """`a and b`, without what is decided; with statements, as an `if` after another."""
        kept = [v for v in expr.values[:-1] if truth_of(v) is not (expr.op == "and")]
        if len(kept) + 1 < len(expr.values) and all(map(quiet, expr.values)):
            self.changed = True
            values = (*kept, expr.values[-1])
            return self.expression(replace(expr, values=values) if kept else values[0], before)
        first, *rest = expr.values
        result = self.expression(first, before)
        for position, value in enumerate(rest):
            statements: list[Stmt] = []
            new = self.expression(value, statements)
            if not statements:
                result = _joined(expr, result, new)
                continue
            name = Var(self.fresh("test"), kind=expr.kind, origin=expr.origin)
            before.append(Assign(name, result, origin=expr.origin))
            goes_on: Expr = name if expr.op == "and" else Op(operator.not_, (name,))
            later = rest[position + 1 :]
            if later:
                new = self.bool_op(replace(expr, values=(new, *later)), statements)
            then = (*statements, Assign(name, new, origin=expr.origin))
            before.append(If(goes_on, then, origin=expr.origin))
            return name
        return result

    def split(self, expr: Expr, before: list[Stmt]) -> Expr | None:
        """An operation on one of several, as an `if` that says on which; None for any other."""
        operand = _undecided(expr)
        if operand is None:
            return None
        position, kind = operand
        parts = list(children(expr))
        if not isinstance(parts[position], Var):
            parts[: position + 1] = [self.hold(part, before) for part in parts[: position + 1]]
        subject = parts[position]
        expr = with_children(expr, tuple(parts))
        result = Var(self.fresh(_name_of(expr)), origin=expr.origin)
        arm = Assign(result, expr, origin=expr.origin)
        chain: Block = (arm,)
        for option in reversed(kind.options[:-1]):
            test = _test(subject, option)
            chain = (If(test, (replace(arm),), chain, origin=expr.origin),)
        before += chain
        return result

    def resolved(self, expr: Expr) -> Expr | None:
        """What an operation on known objects is; None where it is what it was."""
        match expr:
            case Op():
                return self.call(expr)
            case Item(base=base, index=index):
                found = None if isinstance(index, Field) else _item_method(base, "__getitem__")
                return None if found is None else Op(found, (base, as_value(index)))
            case Attr(base=base):
                return _attribute(expr, base)
        return None

    def call(self, op: Op) -> Expr | None:
        fn = op.fn
        if isinstance(fn, Method):
            return _method_call(fn.name, op)
        if isinstance(fn, Expr):
            found = lookup.call_of_value(with_kind(fn, present(fn.kind)), op)
            return found
        if isinstance(fn, type) and is_named_tuple(fn):
            return _named(fn, op)
        special = _SPECIAL.get(fn) if isinstance(fn, _KEYS) else None
        return lookup.operator_call(op) if special is None else special(op)


_KEYS = (types.BuiltinFunctionType, types.FunctionType, type)


def _joined(expr: BoolOp, left: Expr, right: Expr) -> Expr:
    if isinstance(left, BoolOp) and left.op == expr.op and left is not expr.values[0]:
        return replace(left, values=(*left.values, right))
    return replace(expr, values=(left, right))


def _name_of(expr: Expr) -> str:
    match expr:
        case Op(fn=Method(name)) | Attr(name=name):
            return name
        case Op(fn=Var(name)):
            return f"{name}_value"
    return "value"


def _undecided(expr: Expr) -> tuple[int, OneOf] | None:
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


def _test(subject: Expr, option: Kind) -> Expr:
    """Whether `subject` is the option."""
    if isinstance(option, ConstOf):
        return Op(operator.is_, (subject, Const(option.value)))
    assert isinstance(option, ObjectOf)
    return Op(operator.is_, (Op(type, (subject,)), Const(option.cls)))


def _item_method(base: Expr, name: str) -> Any:
    return lookup.item_method(present(base.kind), name)


def _attribute(expr: Attr, base: Expr) -> Expr | None:
    kind = present(base.kind)
    cls = lookup.class_of(kind)
    if cls is None or lookup.own_attribute(kind, expr.name):
        return None
    found = lookup.of_class(cls, expr.name)
    if found is lookup.NOT_THERE:
        return None
    return lookup.attribute(found, with_kind(base, kind), cls, expr)


def _method_call(name: str, op: Op) -> Expr | None:
    base, *rest = op.args
    kind = present(base.kind)
    without = replace(op, args=tuple(rest))
    if isinstance(base, Op) and base.fn is super and len(base.args) == 2:
        return _super_call(name, base, without)
    if isinstance(kind, ConstOf) and isinstance(kind.value, type):
        return _call_on_class(kind.value, name, without)
    cls = lookup.class_of(kind)
    if cls is None:
        return None
    if lookup.own_attribute(kind, name):
        return replace(without, fn=Attr(base, name, origin=op.origin))
    if isinstance(kind, NamedOf) and name == "_replace":
        return _replaced_items(kind, base, without)
    found = lookup.of_class(cls, name)
    return None if found is lookup.NOT_THERE else lookup.bound_call(found, base, cls, without)


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
    if found is lookup.NOT_THERE or found is vars(object).get(name):
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


def _replaced_items(kind: NamedOf, base: Expr, op: Op) -> Expr | None:
    if not isinstance(base, Var):
        return None
    new = dict(op.kwargs)
    names = kind.cls._fields  # type: ignore[attr-defined]
    items = tuple(new.get(name, Item(base, Const(i))) for i, name in enumerate(names))
    return Named(items, kind.cls, origin=op.origin)


def _replaced(op: Op) -> Expr | None:
    """`dataclasses.replace(obj, x=...)` as a call of the class."""
    base, *rest = op.args
    kind = present(base.kind)
    if rest or not isinstance(kind, ObjectOf) or not isinstance(base, Var):
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


def _partial(op: Op) -> Expr | None:
    func, *args = op.args
    kind = present(func.kind)
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


def _fields_dict(op: Op) -> Expr | None:
    """`dataclasses.asdict(obj)` of plain values."""
    (base,) = op.args
    kind = present(base.kind)
    if not isinstance(kind, ObjectOf) or not kind.items or not isinstance(base, Var):
        return None
    if not all(isinstance(part, Scalar | Inert | ConstOf) for _, part in kind.items):
        return None  # it copies what is inside
    names = [field.name for field in dataclasses.fields(kind.cls)]
    values = tuple(Attr(base, name, origin=op.origin) for name in names)
    return Dict(tuple(map(Const, names)), values, origin=op.origin)


_SPECIAL: dict[Any, Callable[[Op], Expr | None]] = {
    dataclasses.replace: _replaced,
    dataclasses.asdict: _fields_dict,
    types.SimpleNamespace: _space,
    functools.partial: _partial,
    getattr: _read_attribute,
}
for _function in (abs, float, complex, round, reversed):
    _SPECIAL[_function] = lookup.operator_call
