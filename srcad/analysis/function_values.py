"""Functions as values, where the text shows which function a name means.

`f = partial(g, k)` and then `f(x)` is `g(k, x)`; `solve(f, x)` is a call of a `solve` that takes
`k` and knows `g`. What is left, functions picked when the program runs, is resolved by kinds.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from types import FunctionType
from typing import Any

from srcad.core import (
    Assign,
    Block,
    Const,
    Dict,
    Expr,
    For,
    Function,
    If,
    Item,
    List,
    Op,
    Star,
    Stmt,
    Tuple,
    Var,
    While,
    children,
    expressions_of,
    names_of,
    rewrite,
    statements,
    targets_of,
    walk,
)
from srcad.errors import SrcadError
from srcad.frontend import capture
from srcad.frontend.closures import nested_of
from srcad.frontend.gathering import fitted, gathers
from srcad.frontend.packing import Held, for_functions, packed_of, places_of_values
from srcad.frontend.wrappers import called
from srcad.names import Names
from srcad.objects import is_users
from srcad.rules import rule_for

DEEPEST = 4  # functions in functions that a called one is made for


def unfolded(function: Function) -> Function:
    """`function` with the calls of known function values written out; itself if there are none."""
    if not any(map(_is_of_interest, _nodes(function.body))):
        return function
    work = _Unfold(function)
    body = work.block(function.body)
    return replace(function, body=work.without_unread(body)) if work.changed else function


def _nodes(block: Block) -> Iterator[Expr]:
    for stmt in statements(block):
        for expr in expressions_of(stmt):
            yield from walk(expr)


def _is_of_interest(node: Expr) -> bool:
    if isinstance(node, Op):
        return node.fn is functools.partial or isinstance(node.fn, Expr)
    if isinstance(node, Const):
        return nested_of(node.value) is not None
    return isinstance(node, Star)


@dataclass
class _Unfold:
    """The work on one function.

    `known` has the function values of names that mean one function only, `displays` the tuples
    and dicts of those that do so and are made of names and constants that stay what they are.
    """

    function: Function
    known: dict[str, Expr] = field(default_factory=dict)
    displays: dict[str, Tuple | List | Dict] = field(default_factory=dict)
    changed: bool = False

    def __post_init__(self) -> None:
        body = self.function.body
        self.names = Names(names_of(self.function))
        self.bound = Counter(param.name for param in self.function.params)
        self.bound.update(name for stmt in statements(body) for name in targets_of(stmt))
        self.looped = {
            name
            for loop in statements(body)
            if isinstance(loop, For | While)
            for stmt in (loop, *statements(loop.body))
            for name in targets_of(stmt)
        }
        self.read_only = _only_read(body)

    # -- statements

    def block(self, block: Block) -> Block:
        return tuple(new for stmt in block for new in self.statement(stmt))

    def statement(self, stmt: Stmt) -> list[Stmt]:
        changes: dict[str, Any] = {}
        for part in fields(stmt):
            value = getattr(stmt, part.name)
            if isinstance(value, Expr):
                changes[part.name] = rewrite(value, self.expression)
            elif isinstance(stmt, If | For | While) and isinstance(value, tuple):
                changes[part.name] = self.block(value)
        stmt = replace(stmt, **changes)
        return [new for each in self.apart(stmt) for new in self.defining(each)]

    def apart(self, stmt: Stmt) -> list[Stmt]:
        """`f, y = function, value` with the functions in statements of their own."""
        match stmt:
            case Assign(target=Tuple(targets), value=Tuple(items)) if len(targets) == len(items):
                pairs = list(zip(targets, items, strict=True))
            case _:
                return [stmt]
        made = [(t, v) for t, v in pairs if isinstance(t, Var) and self.bound[t.name] == 1]
        made = [(t, v) for t, v in made if self.function_value(v) is not None]
        rest = [pair for pair in pairs if not any(pair[0] is t for t, _ in made)]
        if not made:
            return [stmt]
        self.changed = True
        found: list[Stmt] = [Assign(t, v, origin=stmt.origin) for t, v in made]
        if rest:
            left, right = zip(*rest, strict=True)
            found.append(replace(stmt, target=Tuple(left), value=Tuple(right)))
        return found

    def defining(self, stmt: Stmt) -> list[Stmt]:
        """A statement whose expressions are done, noted if it defines a function."""
        match stmt:
            case Assign(target=Var(name), value=value, op=None) if self.bound[name] == 1:
                return self.definition(stmt, name, value)
        return [stmt]

    def definition(self, stmt: Assign, name: str, value: Expr) -> list[Stmt]:
        """The only assignment of a name."""
        value = self.known.get(value.name, value) if isinstance(value, Var) else value
        if isinstance(value, Const) and callable(value.value):
            self.known[name] = value
        elif isinstance(value, Op) and value.fn is functools.partial and value.args:
            before: list[Stmt] = []
            args = [value.args[0], *(self.stable(arg, name, before) for arg in value.args[1:])]
            named = [(key, self.stable(arg, name, before)) for key, arg in value.kwargs]
            if isinstance(args[0], Const | Var):
                new = replace(value, args=tuple(args), kwargs=tuple(named))
                self.known[name] = new
                return [*(replace(s, origin=stmt.origin) for s in before), replace(stmt, value=new)]
        elif self.is_lasting(name, value):
            assert isinstance(value, Tuple | List | Dict)
            self.displays[name] = value
        return [stmt]

    def stable(self, value: Expr, name: str, before: list[Stmt]) -> Expr:
        """What a function holds, under a name that is bound with it only."""
        if self.is_stable(value):
            return value
        held = Var(self.names.fresh(value.name if isinstance(value, Var) else f"{name}_value"))
        self.bound[held.name] = 1
        before += self.definition(Assign(held, value), held.name, value)
        return held

    def is_lasting(self, name: str, value: Expr) -> bool:
        """Whether a display is made of what stays what it is, and is not changed itself."""
        if not isinstance(value, Tuple) and name not in self.read_only:
            return False
        made = isinstance(value, Tuple | List | Dict)
        return made and all(map(self.is_lasting_item, children(value)))

    def is_lasting_item(self, value: Expr) -> bool:
        """Whether an item of a display can be taken for the display's later."""
        if isinstance(value, Op) and value.fn is functools.partial:
            return all(map(self.is_stable, children(value)))
        return self.is_stable(value)

    def is_stable(self, value: Expr) -> bool:
        if isinstance(value, Var):
            return self.bound[value.name] <= 1 and value.name not in self.looped
        return isinstance(value, Const)

    def without_unread(self, block: Block) -> Block:
        """`block` without the definitions of functions and displays that nothing reads now."""
        while True:
            read = {node.name for node in _nodes(block) if isinstance(node, Var)}
            gone = (self.known.keys() | self.displays.keys()) - read
            shorter = _without(block, gone)
            if shorter == block:
                return block
            block = shorter

    # -- expressions

    def expression(self, expr: Expr) -> Expr | None:
        """What becomes of an expression whose parts are done."""
        if not isinstance(expr, Op):
            return None
        new = self.written_out(self.spread(expr))
        if new != expr:
            self.changed = True
        return new

    def spread(self, op: Op) -> Op:
        """A call with the displays that it unpacks in their place."""
        if not any(isinstance(arg, Star) for arg in op.args):
            return op
        args: list[Expr] = []
        named = list(op.kwargs)
        for arg in op.args:
            value = self.display(arg.value) if isinstance(arg, Star) else None
            if isinstance(value, Tuple | List) and not _has_star(value):
                args += value.items
            elif isinstance(value, Dict) and all(_is_word(key) for key in value.keys):
                words = [key.value for key in value.keys if isinstance(key, Const)]
                named += zip(words, value.values, strict=True)
            else:
                args.append(arg)
        if len({key for key, _ in named}) < len(named):
            return op
        return replace(op, args=tuple(args), kwargs=tuple(named))

    def display(self, value: Expr) -> Expr:
        return self.displays.get(value.name, value) if isinstance(value, Var) else value

    def written_out(self, op: Op) -> Op:
        """A call of the function that is called in the end."""
        for _ in range(2 * DEEPEST):
            value = self.function_value(op.fn) if isinstance(op.fn, Expr) else None
            if isinstance(value, Const) and callable(value.value):
                op = replace(op, fn=called(value.value))
            elif isinstance(value, Op):
                op = _call_of_partial(value, op)
            else:
                break
        if not isinstance(op.fn, FunctionType) or not is_users(op.fn) or rule_for(op) is not None:
            return op
        op = fitted(op)
        return op if gathers(op.fn) else self.packed(op)

    def function_value(self, value: Expr) -> Expr | None:
        """The function that an expression means: a constant, or a partial function."""
        if isinstance(value, Var):
            return self.known.get(value.name)
        if isinstance(value, Item):
            part = self.part_of_display(value)
            return None if part is None else self.function_value(part)
        if isinstance(value, Op) and value.fn is functools.partial and value.args:
            return value
        return value if isinstance(value, Const) and callable(value.value) else None

    def part_of_display(self, item: Item) -> Expr | None:
        """What `fs[0]` or `ops["scale"]` is, where that shows."""
        base, index = item.base, item.index
        display = self.displays.get(base.name) if isinstance(base, Var) else None
        if display is None or not isinstance(index, Const):
            return None
        if isinstance(display, Dict):
            found = [v for k, v in zip(display.keys, display.values, strict=True) if k == index]
            return found[-1] if found and all(map(_is_word, display.keys)) else None
        if type(index.value) is not int or _has_star(display):
            return None
        within = -len(display.items) <= index.value < len(display.items)
        return display.items[index.value] if within else None

    # -- functions as arguments

    def packed(self, op: Op) -> Op:
        """A call that is given functions, as one that is given what they hold."""
        if not any(self.held(arg) for arg in (*op.args, *(value for _, value in op.kwargs))):
            return op
        try:
            callee = capture(op.fn)
        except SrcadError:
            return op
        rebound = {name for stmt in statements(callee.body) for name in targets_of(stmt)}
        params = [param.name for param in callee.params]
        given = {**dict(zip(params, op.args, strict=False)), **dict(op.kwargs)}
        pattern = {
            name: held
            for name, arg in given.items()
            if name in params and name not in rebound and (held := self.held(arg)) is not None
        }
        if not pattern:
            return op
        fn = for_functions(op.fn, tuple(pattern.items()))
        packed = packed_of(fn)
        assert packed is not None
        places = places_of_values(callee, packed)
        args: list[Expr] = []
        for name, arg in zip(params, op.args, strict=False):
            args += self.values(arg) if name in pattern else [arg]
        args += op.args[len(params) :]
        named: list[tuple[str, Expr]] = []
        for name, arg in op.kwargs:
            new = zip(places[name], self.values(arg), strict=True) if name in pattern else None
            named += [(name, arg)] if new is None else new
        return replace(op, fn=fn, args=tuple(args), kwargs=tuple(named))

    def held(self, arg: Expr) -> Held | None:
        """What a function that is given as an argument holds; None for all others."""
        value = self.function_value(arg)
        if isinstance(value, Const):
            return Held(value.value) if nested_of(value.value) is not None else None
        if value is None or not isinstance(value, Op):
            return None
        target = self.function_value(value.args[0])
        if not isinstance(target, Const):
            return None
        named = tuple((key, self.part(part)) for key, part in value.kwargs)
        held = Held(target.value, tuple(map(self.part, value.args[1:])), named)
        return held if held.depth <= DEEPEST else None

    def part(self, arg: Expr) -> Held | None:
        value = self.function_value(arg)
        return Held(value.value) if isinstance(value, Const) else self.held(arg)

    def values(self, arg: Expr) -> list[Expr]:
        """The values that a function holds, in order."""
        value = self.function_value(arg)
        if not isinstance(value, Op):
            return []
        found: list[Expr] = []
        for part in (*value.args[1:], *(each for _, each in value.kwargs)):
            found += [part] if self.part(part) is None else self.values(part)
        return found


def _call_of_partial(value: Op, op: Op) -> Op:
    """The call `op` of a partial function."""
    target, *early = value.args
    args = (*early, *op.args)
    fn: Any = called(target.value) if isinstance(target, Const) else target
    given = dict(value.kwargs)
    if nested_of(fn) is not None:  # its computed defaults are held by name
        for name in fn.__code__.co_varnames[: len(args)]:
            given.pop(name, None)
    given.update(op.kwargs)
    return replace(op, fn=fn, args=args, kwargs=tuple(given.items()))


def _has_star(value: Tuple | List) -> bool:
    return any(isinstance(item, Star) for item in value.items)


def _is_word(key: Expr) -> bool:
    return isinstance(key, Const) and isinstance(key.value, str)


def _only_read(block: Block) -> set[str]:
    """The names of which only items are read, or that are only unpacked: `ops[key]`, `**ops`."""
    reads = Counter(n.name for n in _nodes(block) if isinstance(n, Var))
    stars = [n.value for n in _nodes(block) if isinstance(n, Star)]
    items = [n.base for n in _nodes(block) if isinstance(n, Item)]
    safe = Counter(base.name for base in (*stars, *items) if isinstance(base, Var))
    return {name for name, count in safe.items() if reads[name] == count}


def _without(block: Block, gone: set[str]) -> Block:
    """`block` without the assignments of the names `gone`."""
    kept: list[Stmt] = []
    for stmt in block:
        if isinstance(stmt, Assign) and isinstance(stmt.target, Var) and stmt.target.name in gone:
            continue
        if isinstance(stmt, If):
            stmt = replace(stmt, then=_without(stmt.then, gone), orelse=_without(stmt.orelse, gone))
        elif isinstance(stmt, For | While):
            stmt = replace(stmt, body=_without(stmt.body, gone))
        kept.append(stmt)
    return tuple(kept)
