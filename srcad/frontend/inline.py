"""Writes calls of small straight functions into place.

A function of a few assignments and a `return`, without branches, loops or jumps, is shorter where
it is used than as a pair of halves of its own. Its locals keep their names if these are free.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import FunctionType
from typing import Any

from srcad.analysis.calls import bind_arguments
from srcad.core import (
    Assign,
    Block,
    BoolOp,
    Choice,
    Const,
    Effect,
    Expr,
    For,
    Function,
    If,
    Op,
    Return,
    Stmt,
    Store,
    Tuple,
    Var,
    While,
    bound_names,
    children,
    expressions_of,
    names_of,
    statements,
    substitute,
    targets_of,
    walk,
    with_children,
)
from srcad.errors import SrcadError
from srcad.frontend.capture import capture
from srcad.names import Names
from srcad.rules import rule_for

LONGEST = 4  # statements of a function that is written into place
LARGEST = 24  # operations in it

_PLAIN = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def capture_inlined(fn: Callable[..., Any], seen: tuple[Any, ...] = ()) -> Function:
    """`capture(fn)` with the small straight functions that it calls written into place."""
    function = capture(fn)
    if not any(_is_call(e) for s in statements(function.body) for x in expressions_of(s)
               for e in walk(x)):
        return function
    work = _Inline(function, (*seen, fn))
    body = work.block(function.body)
    return replace(function, body=body, captures={**function.captures, **work.captures})


def _is_call(expr: Expr) -> bool:
    return isinstance(expr, Op) and isinstance(expr.fn, FunctionType) and rule_for(expr) is None


@dataclass
class _Inline:
    """The work on one function; `seen` are the functions that it is part of."""

    function: Function
    seen: tuple[Any, ...]
    captures: dict[str, Any] = field(default_factory=dict)
    names: Names = field(init=False)

    def __post_init__(self) -> None:
        self.names = Names(names_of(self.function))

    def block(self, block: Block) -> Block:
        return tuple(new for stmt in block for new in self.statement(stmt))

    def statement(self, stmt: Stmt) -> list[Stmt]:
        before: list[Stmt] = []
        match stmt:
            case If():
                test = self.expression(stmt.test, before, True)
                then, orelse = self.block(stmt.then), self.block(stmt.orelse)
                return [*before, replace(stmt, test=test, then=then, orelse=orelse)]
            case While():
                test = self.expression(stmt.test, before, False)
                return [replace(stmt, test=test, body=self.block(stmt.body))]
            case For():
                iterable = self.expression(stmt.iter, before, True)
                return [*before, replace(stmt, iter=iterable, body=self.block(stmt.body))]
            case Effect(value=Op() as call) if _is_call(call):
                return self._procedure(stmt, call)
            case Assign(value=value) | Store(value=value) | Return(value=Expr() as value):
                whole = isinstance(stmt, Assign) and stmt.op is None
                new = self.expression(value, before, True, whole)
                return [*before, replace(stmt, value=new)]
        return [stmt]

    def _procedure(self, stmt: Effect, call: Op) -> list[Stmt]:
        before: list[Stmt] = []
        args = tuple(self.expression(arg, before, True) for arg in children(call))
        call = with_children(call, args)  # type: ignore[assignment]
        callee = self.callee(call)
        if callee is None or any(isinstance(s, Return) and s.value for s in callee.body):
            return [*before, replace(stmt, value=call)]
        self.body_of(call, callee, before)
        return before

    def expression(
        self, expr: Expr, before: list[Stmt], room: bool, whole: bool = False
    ) -> Expr:
        """`expr` with calls replaced; statements that this takes go to `before`, if there is
        `room` for any; `whole` says that nothing else is evaluated by the statement."""
        if isinstance(expr, Choice):
            test = self.expression(expr.test, before, room)
            arms = [self.expression(arm, before, False) for arm in (expr.then, expr.orelse)]
            return replace(expr, test=test, then=arms[0], orelse=arms[1])
        if isinstance(expr, BoolOp):
            first, *rest = expr.values
            new = [self.expression(first, before, room)]
            new += [self.expression(value, before, False) for value in rest]
            return replace(expr, values=tuple(new))
        parts = tuple(self.expression(child, before, room) for child in children(expr))
        expr = with_children(expr, parts)
        if not _is_call(expr):
            return expr
        assert isinstance(expr, Op)
        callee = self.callee(expr)
        if callee is None or not self._fits(expr, callee, room, whole):
            return expr
        value = self.body_of(expr, callee, before)
        return expr if value is None else value

    def _fits(self, call: Op, callee: Function, room: bool, whole: bool) -> bool:
        if not isinstance(callee.body[-1], Return) or callee.body[-1].value is None:
            return False
        writes = any(_writes(s) for s in callee.body)
        if writes and not whole:
            return False
        return room or (len(callee.body) == 1 and not self._temporaries(call, callee))

    def callee(self, call: Op) -> Function | None:
        """The called function if it is one to be written into place."""
        if call.fn in self.seen or len(self.seen) > 8:
            return None
        try:
            function = capture_inlined(call.fn, self.seen)
            bind_arguments(call, function)
        except SrcadError:
            return None  # whoever differentiates the call will say what is wrong with it
        if not straight(function) or not self._captures_fit(function):
            return None
        return function

    def _captures_fit(self, callee: Function) -> bool:
        """Whether the callee's captured names mean the same in this function."""
        own, other = self.function.pyfunc, callee.pyfunc
        if not callee.captures:
            return True
        if own is None or other is None or own.__globals__ is not other.__globals__:
            return False
        cells = set(own.__code__.co_freevars) | set(other.__code__.co_freevars)
        local = {p.name for p in self.function.params}
        local |= {n for s in statements(self.function.body) for n in targets_of(s)}
        params = {f"{p.name}_default" for p in callee.params}
        return not set(callee.captures) & (cells | local | params)

    def _temporaries(self, call: Op, callee: Function) -> list[str]:
        """The parameters that need a name of their own."""
        bound = bind_arguments(call, callee)
        rebound = {n for s in callee.body for n in targets_of(s)}
        uses = [v.name for s in callee.body for e in expressions_of(s) for v in walk(e)
                if isinstance(v, Var)]
        writes = any(_writes(s) for s in callee.body)
        found = []
        for name, arg in bound.items():
            plain = isinstance(arg, Var | Const)
            once = uses.count(name) == 1 and not writes
            if name in rebound or not (plain or once):
                found.append(name)
        return found

    def body_of(self, call: Op, callee: Function, before: list[Stmt]) -> Expr | None:
        """Put the callee's statements into `before`; the value that it returns."""
        bound = bind_arguments(call, callee)
        needed = self._temporaries(call, callee)
        values: dict[str, Expr] = {}
        for name, arg in bound.items():
            if name in needed:
                values[name] = Var(self.names.fresh(name))
                before.append(Assign(values[name], arg, origin=call.origin))
            else:
                values[name] = arg
        local = {n for s in callee.body for n in targets_of(s)} - set(bound)
        values |= {name: Var(self.names.fresh(name)) for name in sorted(local)}
        self.captures |= callee.captures
        for stmt in callee.body:
            if isinstance(stmt, Return):
                return None if stmt.value is None else substitute(stmt.value, values)
            before.append(_renamed(stmt, values))
        return None


def straight(function: Function) -> bool:
    """Whether a function is a few assignments and a `return`, to be written into place."""
    body = function.body
    if not body or len(body) > LONGEST or any(p.mode not in _PLAIN for p in function.params):
        return False
    if not all(isinstance(s, Assign | Store | Effect | Return) for s in body):
        return False
    if any(isinstance(s, Effect) for s in body):
        return False
    nodes = [e for s in body for x in expressions_of(s) for e in walk(x)]
    if any(type(e).__name__ == "Verbatim" for e in nodes):
        return False
    return sum(isinstance(e, Op) for e in nodes) <= LARGEST


def _writes(stmt: Stmt) -> bool:
    return isinstance(stmt, Store) or isinstance(stmt, Assign) and stmt.op is not None


def _renamed(stmt: Stmt, values: dict[str, Expr]) -> Stmt:
    match stmt:
        case Assign(target=target, value=value):
            new = substitute(target, {n: values[n] for n in bound_names(target)})
            assert isinstance(new, Var | Tuple)
            return replace(stmt, target=new, value=substitute(value, values))
        case Store(place=place, value=value):
            moved = substitute(place, values)
            return replace(stmt, place=moved, value=substitute(value, values))  # type: ignore
    raise AssertionError(stmt)
