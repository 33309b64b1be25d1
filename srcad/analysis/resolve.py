"""Calls resolved by kinds: what a method, an operator or a function value means for the objects
at hand, written as a call of the Python function that runs.

One pass resolves what the kinds of the last inference tell; the inference is then made again,
until nothing changes. Where a value may be one of several, a test decides which.
"""

from __future__ import annotations

import operator
import types
from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

from srcad import runtime
from srcad.analysis import lookup
from srcad.analysis.annotate import truth_of
from srcad.analysis.attributes import is_frozen, present
from srcad.analysis.containers import element_kind
from srcad.analysis.inline import quiet
from srcad.analysis.merging import merged
from srcad.analysis.resolution import iterable, lacks, needs_name, resolved, undecided
from srcad.analysis.starred import is_repeatable, takes_sequence
from srcad.blocks import with_blocks
from srcad.core import (
    Assign,
    Attr,
    Block,
    BoolOp,
    Break,
    Choice,
    Const,
    Effect,
    Expr,
    Field,
    For,
    Function,
    If,
    Item,
    Method,
    Op,
    Raise,
    Slice,
    Star,
    Stmt,
    Store,
    Tuple,
    Var,
    While,
    blocks_of,
    children,
    names_of,
    with_children,
)
from srcad.errors import UnsupportedConstruct
from srcad.frontend.generators import is_generator
from srcad.kinds import ConstOf, DictOf, Kind, ObjectOf, TupleOf, sort_of
from srcad.names import Names
from srcad.objects import class_defaults, is_users
from srcad.rules.vocabulary import as_value

# `object.__setattr__(p, "x", v)` stores even where the class refuses `p.x = v`
_BARE = vars(object)["__setattr__"]


def resolve(function: Function) -> Function:
    """`function`, all kinds filled in, with the calls resolved that these tell; else itself."""
    work = _Resolve(Names(names_of(function)).fresh)
    body = work.block(function.body)
    return replace(function, body=body) if work.changed else function


class _Resolve:
    """The work on one function."""

    def __init__(self, fresh: Callable[[str], str]) -> None:
        self.fresh = fresh
        self.changed = False

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
                new = self.expression(iterable, before, runs=True)
                target, first = self.opened(stmt.target, element_kind(iterable))
                body = (*first, *self.block(stmt.body))
                return [*before, replace(stmt, target=target, iter=new, body=body)]
            case Assign(target=Var() as target, value=value, op=op) if op is not None:
                value = self.expression(value, before)
                call = lookup.updating_call(op, target, value)
                if call is None:
                    return [*before, replace(stmt, value=value)]
                return [*before, replace(stmt, value=self.new(call, target), op=None)]
            case Assign(target=Tuple(), value=value):
                return [*before, replace(stmt, value=self.unpacked(value, before))]
            case Store():
                stored = self.store(stmt, before)
                return [*before, *stored]
            case Effect(value=value):
                return self.effect(stmt, self.expression(value, before), before)
        return [*self.others(stmt, before)]

    def unpacked(self, value: Expr, before: list[Stmt]) -> Expr:
        """A value that is unpacked: an object by its own `__iter__`."""
        value = self.expression(value, before)
        items = iterable(value)
        return value if items is value else self.new(Op(list, (items,)), value)

    def opened(self, target: Expr, kind: Kind) -> tuple[Any, list[Stmt]]:
        """A loop's target with names for objects that it unpacks, and the unpacking of them."""
        if not isinstance(target, Tuple):
            return target, []
        if lookup.item_method(present(kind), "__iter__") is not None:
            name = Var(self.fresh("item"), kind=kind, origin=target.origin)
            self.changed = True
            return name, [Assign(target, name, origin=target.origin)]
        if not isinstance(kind, TupleOf) or len(kind.items) != len(target.items):
            return target, []
        pairs = [self.opened(*pair) for pair in zip(target.items, kind.items, strict=True)]
        items = tuple(part for part, _ in pairs)
        return replace(target, items=items), [stmt for _, more in pairs for stmt in more]

    def others(self, stmt: Stmt, before: list[Stmt]) -> list[Stmt]:
        """A statement without anything special: its expressions and blocks one by one."""
        parts: dict[str, Any] = {}
        for part in fields(stmt):
            value = getattr(stmt, part.name)
            if isinstance(value, Expr) and part.name != "target":
                parts[part.name] = self.expression(value, before)
        inner = tuple(map(self.block, blocks_of(stmt)))
        if inner:
            stmt = with_blocks(stmt, inner)
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

    def effect(self, stmt: Effect, value: Expr, before: list[Stmt]) -> list[Stmt]:
        match value:
            case Const() | Var():
                return before
            case Op(args=(base, Const(str(name)), new)) if value.fn in (setattr, _BARE):
                self.changed = True
                place: Item | Attr = Attr(base, name, origin=value.origin)
                if value.fn is _BARE and is_frozen(present(base.kind)):
                    place = Item(base, Field(name), origin=value.origin)
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
        if put is None or isinstance(index, Field):
            return [replace(stmt, place=place, value=value)]
        if stmt.op is not None:
            old = Item(base, index, origin=stmt.origin)
            value = Op(stmt.op, (old, value), origin=stmt.origin)
        call = Op(put, (base, as_value(index), value))
        return [Effect(self.new(call, place), origin=stmt.origin)]

    def attribute_store(self, stmt: Store, base: Expr, place: Attr) -> Stmt:
        cls = lookup.class_of(present(base.kind))
        if is_frozen(present(base.kind)):
            self.changed = True
            said = Const(f"cannot assign to field {place.name!r}")
            return Raise(Op(FrozenInstanceError, (said,)), origin=stmt.origin)
        _require_own(stmt, base.kind, place.name)
        found = lookup.NOT_THERE if cls is None else lookup.of_class(cls, place.name)
        if isinstance(getattr(type(found), "__set__", None), types.FunctionType):
            raise UnsupportedConstruct(
                f"cannot differentiate `{stmt.origin.text}`: `{place.name}` is a descriptor, whose "
                "own code keeps the value",
                "Make it a property",
                stmt.origin,
            )
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

    def expression(self, expr: Expr, before: list[Stmt], runs: bool = False) -> Expr:
        """`expr` with calls resolved; statements that this takes go to `before`.

        `runs` says that a loop runs through it.
        """
        if isinstance(expr, Choice):
            return self.choice(expr, before)
        if isinstance(expr, BoolOp):
            return self.bool_op(expr, before)
        expr = self.named_operands(self.operands(expr, before), before)
        found = self.split(expr, before, runs)
        if found is None:
            found = resolved(expr)
        if found is None:
            found = merged(expr, before, self.hold, self.fresh)
        if found is None:
            return expr
        return self.new(found, expr)

    def operands(self, expr: Expr, before: list[Stmt]) -> Expr:
        """`expr` with its operands resolved, each evaluated once and in order."""
        done: list[Expr] = []
        for child in children(expr):
            statements: list[Stmt] = []
            value = self.expression(child, statements)
            if isinstance(value, Star) and isinstance(expr, Op) and takes_sequence(expr.fn):
                value = self.starred(value, statements)
            if statements:
                done = [self.hold(earlier, before) for earlier in done]
                before += statements
            done.append(value)
        return with_children(expr, tuple(done))

    def named_operands(self, expr: Expr, before: list[Stmt]) -> Expr:
        """`expr`, with a name for what it reads several times: `f(*g(x))`, `replace(g(x), a=1)`."""
        if not isinstance(expr, Op):
            return expr
        parts = list(children(expr))
        places = [i for i, part in enumerate(parts) if self.is_read_often(expr, i, part)]
        if not places:
            return expr
        self.changed = True
        for place in range(max(places) + 1):
            part = parts[place]
            if isinstance(part, Star):
                parts[place] = replace(part, value=self.hold(part.value, before))
            else:
                parts[place] = self.hold(part, before)
        return with_children(expr, tuple(parts))

    def is_read_often(self, op: Op, place: int, part: Expr) -> bool:
        if isinstance(part, Star) and part.named:
            known = isinstance(part.value.kind, DictOf)
            return known and is_users(op.fn) and not is_repeatable(part.value)
        return place == 0 and needs_name(op)

    def starred(self, star: Star, before: list[Stmt]) -> Star:
        """`*xs` with a name for what may be evaluated only once."""
        if star.named or is_repeatable(star.value):
            return star
        self.changed = True
        return replace(star, value=self.hold(star.value, before))

    def hold(self, value: Expr, before: list[Stmt]) -> Expr:
        if isinstance(value, Var | Const | Slice) or not children(value):
            return value
        if isinstance(value, Op) and value.fn is super:
            return value  # it is the same at any time, and means something before a dot only
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

    def split(self, expr: Expr, before: list[Stmt], runs: bool) -> Expr | None:
        """An operation on one of several, as an `if` that says on which; None for any other."""
        operand = undecided(expr)
        if operand is None:
            return None
        position, kind = operand
        parts = list(children(expr))
        if not isinstance(parts[position], Var):
            parts[: position + 1] = [self.hold(part, before) for part in parts[: position + 1]]
        subject = parts[position]
        expr = with_children(expr, tuple(parts))
        result = Var(self.fresh(_name_of(expr)), origin=expr.origin)
        listed = runs and any(_is_generated(option, expr) for option in kind.options)
        value = Op(list, (expr,), origin=expr.origin) if listed else expr
        arm = Assign(result, value, origin=expr.origin)
        chain: Block = (arm,)
        options = [option for option in kind.options if not lacks(option, expr)]
        for option in reversed(options[:-1]):
            test = _test(subject, option, options)
            chain = (If(test, (replace(arm),), chain, origin=expr.origin),)
        before += chain
        return result


def _is_generated(option: Kind, expr: Expr) -> bool:
    """Whether what a method of the option gives is run through once, item by item."""
    cls = lookup.class_of(option)
    if cls is None or not isinstance(expr, Op) or not isinstance(expr.fn, Method):
        return False
    return is_generator(lookup.of_class(cls, expr.fn.name))


def _require_own(stmt: Store, kind: Kind, name: str) -> None:
    """Refuse to change what a class lends to objects that also have it in themselves."""
    cls = kind.value if isinstance(kind, ConstOf) else None
    if isinstance(cls, type) and name in class_defaults(cls):
        raise UnsupportedConstruct(
            f"cannot differentiate `{stmt.origin.text}`: `{name}` is an attribute of the class "
            f"`{cls.__name__}` that is changed, and one of its objects elsewhere",
            "Give one of them another name",
            stmt.origin,
        )


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


def _test(subject: Expr, option: Kind, options: list[Kind]) -> Expr:
    """Whether `subject` is the option, of those that it may be."""
    if isinstance(option, ConstOf):
        return Op(operator.is_, (subject, Const(option.value)))
    assert isinstance(option, ObjectOf)
    func = sort_of(option)[1]
    alike = [each for each in options if isinstance(each, ObjectOf) and each.cls is option.cls]
    if isinstance(func, ConstOf) and len(alike) > 1:
        return Op(operator.is_, (Op(runtime.function_of, (subject,)), Const(func.value)))
    return Op(operator.is_, (Op(type, (subject,)), Const(option.cls)))
