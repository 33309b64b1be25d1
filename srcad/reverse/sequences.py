"""What methods do to lists and dicts, in words that have an adjoint: items, slices, `del`.

`xs.insert(i, v)` is `xs[i:i] = [v]`, `xs.reverse()` is `xs[:] = xs[::-1]`, `xs.sort()` puts the
items in the order that sorting gives, `d.update(e)` is a loop over the keys of e.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, replace

from srcad.analysis.attributes import present
from srcad.core import (
    Assign,
    Block,
    Const,
    Dict,
    Effect,
    Expr,
    For,
    If,
    Item,
    List,
    Method,
    Op,
    Origin,
    Slice,
    Stmt,
    Store,
    Tuple,
    Var,
    replace_kind,
)
from srcad.kinds import INT, NEVER, NONE, UNKNOWN, DictOf, ListOf, carries
from srcad.reverse.links import is_chain
from srcad.reverse.tracking import only_references
from srcad.reverse.typing import typed
from srcad.rules import vocabulary as words

Fresh = Callable[[str], str]
_MOVERS = frozenset(("insert", "extend", "clear", "reverse", "sort", "remove", "pop"))
_KEYED = frozenset(("update", "clear", "pop", "popitem", "setdefault", "get"))


def lowered(stmt: Stmt, fresh: Fresh) -> list[Stmt] | None:
    """The statements that `stmt` stands for; None if it changes no active list or dict so."""
    work = Sequences(fresh, stmt.origin)
    match stmt:
        case Effect(value=Op() as op):
            return work.call(op, None)
        case Assign(target=target, value=Op() as op, op=None) if is_taking(op):
            return work.call(op, target)
        case Assign(target=Var() as target, value=Op() as op, op=None) if is_merge(op):
            return work.merged(target, op)
        case Assign(target=Var() as place, value=value) | Store(place=place, value=value):
            if stmt.op is operator.add and _is_list(place):
                return work.extend(place, value)
            if stmt.op is operator.or_ and _is_dict(place):
                return work.update(place, value)
    return None


def is_taking(op: Expr) -> bool:
    """Whether a call changes a list or dict, or looks what is in it, and has a result."""
    if not isinstance(op, Op) or not isinstance(op.fn, Method) or not op.args:
        return False
    if _is_list(op.args[0]):
        return op.fn.name == "pop" and len(op.args) == 2
    if not _is_dict(op.args[0]):
        return False
    if op.fn.name == "get":
        return len(op.args) == 3 or not only_references(ListOf(present(op.kind)))
    return op.fn.name in ("pop", "popitem", "setdefault")


def _is_list(expr: Expr) -> bool:
    kind = expr.kind
    return isinstance(kind, ListOf) and (carries(kind) or kind.item == NEVER) and is_chain(expr)


def _is_dict(expr: Expr) -> bool:
    kind = expr.kind
    if type(kind) is not DictOf or not is_chain(expr):
        return False
    return carries(kind) or kind in (DictOf((), UNKNOWN), DictOf(None, NEVER))


def is_merge(op: Op) -> bool:
    """Whether an operation makes a new dict of the numbers in one or two others."""
    if not op.args or type(op.kind) is not DictOf or only_references(op.kind):
        return False
    if op.fn is operator.or_:
        return any(map(_is_dict, op.args))
    return _is_dict(op.args[0]) and (op.fn is dict or op.fn == Method("copy")) and not op.kwargs


@dataclass
class Sequences:
    """Writes the statements; `fresh` makes names, `origin` is that of the user's statement."""

    fresh: Fresh
    origin: Origin

    def call(self, op: Op, target: Var | Tuple | None) -> list[Stmt] | None:
        """A method call, or `del`, whose result is bound to `target` if there is one."""
        if op.fn is operator.delitem and _is_list(op.args[0]):
            return self.delete(op.args[0], op.args[1])
        if not isinstance(op.fn, Method) or not op.args:
            return None
        receiver, name = op.args[0], op.fn.name
        if _is_list(receiver) and name in _MOVERS:
            return self._list_method(name, receiver, op, target)
        if _is_dict(receiver) and name in _KEYED:
            return self._dict_method(name, receiver, op, target)
        return None

    # -- lists

    def _list_method(
        self, name: str, xs: Expr, op: Op, target: Var | Tuple | None
    ) -> list[Stmt] | None:
        args = op.args[1:]
        match name, len(args):
            case "insert", 2:
                before, place = self._held(args[0], "position")
                return [*before, self._splice(xs, place, place, List((args[1],)))]
            case "extend", 1:
                return self.extend(xs, args[0])
            case "clear", 0:
                return [self._splice(xs, None, None, List(()))]
            case "reverse", 0:
                turned = typed(Item(xs, Slice(step=words.number(-1))))
                return [self._splice(xs, None, None, turned)]
            case "sort", 0:
                order = Var(self.fresh("order"))
                first = Assign(order, words.sort_order(xs, op.kwargs), origin=self.origin)
                return [first, self._splice(xs, None, None, words.reordered(xs, order))]
            case "remove", 1:
                found = Op(Method("index"), (xs, args[0]), kind=words.number(0).kind)
                position = Var(self.fresh("position"), kind=found.kind)
                first = Assign(position, found, origin=self.origin)
                return [first, self._splice(xs, position, self._next(position), List(()))]
            case "pop", 1:
                before, place = self._position(xs, args[0])
                item = typed(Item(xs, place))
                own = target or Var(self.fresh("dropped"), kind=item.kind)
                taken = Assign(own, item, origin=self.origin)
                return [*before, taken, self._splice(xs, place, self._next(place), List(()))]
        return None

    def extend(self, xs: Expr, values: Expr) -> list[Stmt]:
        """`xs += values`."""
        if not isinstance(values.kind, ListOf) and not isinstance(values, Tuple | List):
            values = Op(list, (values,), kind=UNKNOWN)
        if isinstance(values, Tuple):
            values = List(values.items, kind=values.kind)
        return [self._splice(xs, words.length(xs), None, typed(values))]

    def delete(self, xs: Expr, index: Expr) -> list[Stmt] | None:
        """`del xs[index]`."""
        if isinstance(index, Slice):
            if index.step is not None:
                return self._delete_each(xs, index)
            return [self._splice(xs, index.start, index.stop, List(()))]
        before, place = self._position(xs, index)
        return [*before, self._splice(xs, place, self._next(place), List(()))]

    def _delete_each(self, xs: Expr, index: Slice) -> list[Stmt]:
        """`del xs[a:b:c]`, from the last item to the first."""
        places = Item(Op(range, (words.length(xs),)), index)
        order = Op(sorted, (places,), (("reverse", Const(True)),), kind=ListOf(INT))
        place = Var(self.fresh("position"), kind=INT)
        gone = self._splice(xs, place, self._next(place), List(()))
        return [For(place, order, (gone,), origin=self.origin)]

    def _splice(self, xs: Expr, start: Expr | None, stop: Expr | None, value: Expr) -> Stmt:
        place = Item(xs, Slice(start, stop), kind=xs.kind)
        if value == List(()):
            value = replace_kind(value, xs.kind)
        return Store(place, value, origin=self.origin)

    def _position(self, xs: Expr, index: Expr) -> tuple[list[Stmt], Expr]:
        """An index counted from the front, and the statements that find it."""
        if isinstance(index, Const) and isinstance(index.value, int) and index.value >= 0:
            return [], index
        counted = Item(Op(range, (words.length(xs),)), index, kind=words.number(0).kind)
        position = Var(self.fresh("position"), kind=counted.kind)
        return [Assign(position, counted, origin=self.origin)], position

    def _next(self, place: Expr) -> Expr:
        if isinstance(place, Const):
            return words.number(place.value + 1)
        return typed(words.add(place, words.number(1)))

    def _held(self, value: Expr, name: str) -> tuple[list[Stmt], Expr]:
        """`value` under a name, if it is not one."""
        if isinstance(value, Var | Const):
            return [], value
        var = Var(self.fresh(name), kind=value.kind)
        return [Assign(var, value, origin=self.origin)], var

    # -- dicts

    def _dict_method(
        self, name: str, d: Expr, op: Op, target: Var | Tuple | None
    ) -> list[Stmt] | None:
        args = op.args[1:]
        match name, len(args):
            case "update", 0 | 1:
                return self._update_by_name(d, args, op.kwargs)
            case "clear", 0:
                key = Var(self.fresh("key"))
                return [For(key, Op(list, (d,)), (self._gone(d, key),), origin=self.origin)]
            case "get", 1:
                return self._pop(d, (*args, Const(None, kind=NONE)), target, stays=True)
            case ("pop", 1 | 2) | ("get", 2):
                return self._pop(d, args, target, stays=name == "get")
            case "popitem", 0:
                key = Var(self.fresh("key"))
                last = Item(Op(list, (d,)), words.number(-1))
                pair = Tuple((key, typed(Item(d, key))))
                own = target or Var(self.fresh("dropped"))
                taken = Assign(own, pair, origin=self.origin)
                return [Assign(key, last, origin=self.origin), taken, self._gone(d, key)]
            case "setdefault", 2:
                before, held = self._held(args[0], "key")
                absent = Op(operator.not_, (Op(operator.contains, (d, held)),))
                put = If(absent, (self._put(d, held, args[1]),), origin=self.origin)
                item = typed(Item(d, held))
                bound = [Assign(target, item, origin=self.origin)] if target is not None else []
                return [*before, put, *bound]
        return None

    def _pop(
        self, d: Expr, args: tuple[Expr, ...], target: Var | Tuple | None, stays: bool
    ) -> list[Stmt]:
        before, key = self._held(args[0], "key")
        item = typed(Item(d, key))
        own = target or Var(self.fresh("dropped"), kind=item.kind)
        taken: Block = (Assign(own, item, origin=self.origin),)
        if not stays:
            taken = (*taken, self._gone(d, key))
        if len(args) == 1:
            return [*before, *taken]
        default = (Assign(own, args[1], origin=self.origin),)
        there = Op(operator.contains, (d, key))
        return [*before, If(there, taken, default, origin=self.origin)]

    def _update_by_name(
        self, d: Expr, args: tuple[Expr, ...], named: tuple[tuple[str, Expr], ...]
    ) -> list[Stmt] | None:
        """`d.update(e, key=v)`: all values are there before the first is stored."""
        before: list[Stmt] = []
        puts: list[Stmt] = []
        if args and named:
            before, given = self._held(args[0], "new")
            args = (given,)
        for name, value in named:
            if len(args) + len(named) > 1:
                more, value = self._held(value, "value")
                before += more
            puts.append(self._put(d, Const(name, kind=UNKNOWN), value))
        first = self.update(d, args[0]) if args else []
        return None if first is None else [*before, *first, *puts]

    def update(self, d: Expr, new: Expr) -> list[Stmt] | None:
        """`d.update(new)`."""
        if type(new.kind) is not DictOf:
            return None
        before, given = self._held(new, "new")
        key = Var(self.fresh("key"))
        loop = For(key, Op(list, (given,)), (self._put(d, key, typed(Item(given, key))),))
        return [*before, replace(loop, origin=self.origin)]

    def merged(self, target: Var, op: Op) -> list[Stmt] | None:
        """`d | e`, `d.copy()`, item by item."""
        new = Var(self.fresh("merged"), kind=op.kind)
        out: list[Stmt] = [Assign(new, Dict((), ()), origin=self.origin)]
        for part in op.args:
            more = self.update(new, part)
            if more is None:
                return None
            out += more
        return [*out, Assign(target, new, origin=self.origin)]

    def _put(self, d: Expr, key: Expr, value: Expr) -> Stmt:
        return Store(Item(d, key, kind=value.kind), value, origin=self.origin)

    def _gone(self, d: Expr, key: Expr) -> Stmt:
        return Effect(Op(operator.delitem, (d, key)), origin=self.origin)


def in_items(expr: Expr) -> Expr | None:
    """A copied list as a slice."""
    if not isinstance(expr, Op) or not expr.args:
        return None
    first = expr.args[0]
    if expr.fn == Method("copy") and _is_list(first):
        return replace_kind(Item(first, Slice()), first.kind)
    return None
