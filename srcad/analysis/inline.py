"""Writes calls of small straight functions into place: between lowering and the analyses.

A function of a few assignments and a `return`, without branches, loops or jumps, is shorter where
it is used than as a pair of halves of its own. Its locals keep their names if these are free.

Everything is evaluated in the order in which the calls would have evaluated it, as far as anyone
can tell: what has an effect, or may see one, is never moved past the other.
"""

from __future__ import annotations

import functools
import inspect
import operator
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import FunctionType
from typing import Any

from srcad.analysis.calls import bind_arguments
from srcad.analysis.cells import without_cells
from srcad.analysis.function_values import unfolded
from srcad.blocks import with_blocks
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
    Method,
    Op,
    Return,
    Stmt,
    Store,
    Try,
    Tuple,
    Var,
    Verbatim,
    While,
    With,
    blocks_of,
    bound_names,
    children,
    expressions_of,
    names_in,
    names_of,
    statements,
    substitute,
    targets_of,
    walk,
    with_children,
)
from srcad.errors import SrcadError
from srcad.frontend import capture
from srcad.frontend.gathering import fitted
from srcad.kinds import Inert
from srcad.names import Names
from srcad.objects import is_users
from srcad.rules import rule_for

LONGEST = 4  # statements of a function that is written into place
LARGEST = 24  # operations in it
DEEPEST = 8  # calls inside calls that are written into place

_PLAIN = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_OPERATORS = frozenset(fn for fn in vars(operator).values() if callable(fn))
_READERS = frozenset(
    {
        *(abs, bool, complex, dict, divmod, enumerate, float, int, isinstance, len, list, max, min),
        *(pow, range, reversed, round, set, sorted, str, sum, super, tuple, type, zip),
        *(functools.partial, getattr, hasattr),
    }
)
_READING_METHODS = frozenset(("copy", "count", "get", "index", "items", "keys", "values"))


def capture_inlined(fn: Callable[..., Any], seen: tuple[Any, ...] = ()) -> Function:
    """`capture(fn)` with the small straight functions that it calls written into place."""
    return inline(capture(fn), (*seen, fn))


def inline(
    function: Function, seen: tuple[Any, ...], kept: frozenset[Any] = frozenset()
) -> Function:
    """`function`, part of the functions `seen`, with the small ones that it calls in place.

    Those that are `kept` stay calls. Function values that are known are written out.
    """
    function = unfolded(function)
    for _ in range(DEEPEST):
        if not any(_is_call(node) for stmt in statements(function.body) for node in _nodes(stmt)):
            break
        work = _Inline(function, seen, kept)
        body, captures = work.block(function.body), {**function.captures, **work.captures}
        if not work.found:
            break
        function = replace(function, body=body, captures=captures)
        again = unfolded(function)
        if again is function:
            break
        function = again
    return without_cells(function)


def called(function: Function) -> set[Any]:
    """The user's functions that `function` calls."""
    nodes = (node for stmt in statements(function.body) for node in _nodes(stmt))
    return {node.fn for node in nodes if isinstance(node, Op) and _is_call(node)}


def _nodes(stmt: Stmt) -> list[Expr]:
    return [node for expr in expressions_of(stmt) for node in walk(expr)]


def _is_call(expr: Expr) -> bool:
    return isinstance(expr, Op) and is_users(expr.fn) and rule_for(expr) is None


# ---------------------------------------------------------------------------------------------
# Effects


def quiet(expr: Expr) -> bool:
    """Whether evaluating `expr` certainly changes nothing that something else may read."""
    return all(_quiet_node(node) for node in walk(expr))


def _quiet_node(node: Expr) -> bool:
    if not isinstance(node, Op):
        return True
    rule = rule_for(node)
    if rule is not None:
        return not rule.effect and not rule.writes
    if isinstance(node.fn, Method):
        return node.fn.name in _READING_METHODS
    if is_users(node.fn):
        return _quiet_function(node.fn, ())
    return not isinstance(node.fn, Expr) and node.fn in _OPERATORS | _READERS


def only_reads(op: Op) -> bool:
    """Whether a call of something built in leaves its operands as they are."""
    if isinstance(op.fn, Method):
        return op.fn.name in _READING_METHODS or isinstance(op.args[0].kind, Inert)
    return not isinstance(op.fn, Expr) and (op.fn is super or op.fn in _OPERATORS | _READERS)


def _quiet_function(fn: FunctionType, seen: tuple[Any, ...]) -> bool:
    """Whether a call of the user's `fn` has certainly no effect."""
    if fn in seen:
        return True
    try:
        body = capture(fn).body
    except SrcadError:
        return False
    for stmt in statements(body):
        if isinstance(stmt, Effect) or _writes(stmt):
            return False
        for node in _nodes(stmt):
            if isinstance(node, Op) and is_users(node.fn):
                if rule_for(node) is None and not _quiet_function(node.fn, (*seen, fn)):
                    return False
            elif not _quiet_node(node):
                return False
    return True


def _writes(stmt: Stmt) -> bool:
    """Whether `stmt` may write into memory (`x += y` does if `x` is an array)."""
    return isinstance(stmt, Store) or (isinstance(stmt, Assign) and stmt.op is not None)


def _has_effect(callee: Function) -> bool:
    return any(_writes(s) or not all(map(quiet, expressions_of(s))) for s in callee.body)


# ---------------------------------------------------------------------------------------------
# The work on one function


@dataclass
class _Inline:
    """The work on one function; `seen` are the functions that it is part of."""

    function: Function
    seen: tuple[Any, ...]
    kept: frozenset[Any] = frozenset()
    captures: dict[str, Any] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)  # the locals of called functions, as named here
    callees: dict[Any, Function | None] = field(default_factory=dict)
    found: bool = False  # something that was written into place
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
            case With():
                context = self.expression(stmt.context, before, True)
                return [*before, replace(stmt, context=context, body=self.block(stmt.body))]
            case Try():
                return [with_blocks(stmt, tuple(map(self.block, blocks_of(stmt))))]
            case Effect(value=Op() as call) if _is_call(call):
                return self._procedure(stmt, call)
            case Assign(value=value) | Store(value=value) | Return(value=Expr() as value):
                whole = isinstance(stmt, Assign) and stmt.op is None
                new = self.expression(value, before, True, whole)
                return [*before, replace(stmt, value=new)]
        return [stmt]

    def _procedure(self, stmt: Effect, call: Op) -> list[Stmt]:
        before: list[Stmt] = []
        new = with_children(call, self._operands(call, before, True))
        assert isinstance(new, Op)
        new = fitted(new)
        callee = self.callee(new)
        if callee is None or any(isinstance(s, Return) and s.value for s in callee.body):
            return [*before, replace(stmt, value=new)]
        self.body_of(new, callee, before)
        return before

    def expression(self, expr: Expr, before: list[Stmt], room: bool, whole: bool = False) -> Expr:
        """`expr` with calls replaced.

        Statements that this takes go to `before`, if there is `room` for any; `whole` says that
        nothing else is evaluated by the statement.
        """
        if isinstance(expr, Choice):
            test = self.expression(expr.test, before, room)
            arms = [self.expression(arm, before, False) for arm in (expr.then, expr.orelse)]
            return replace(expr, test=test, then=arms[0], orelse=arms[1])
        if isinstance(expr, BoolOp):
            first, *rest = expr.values
            new = [self.expression(first, before, room)]
            new += [self.expression(value, before, False) for value in rest]
            return replace(expr, values=tuple(new))
        expr = with_children(expr, self._operands(expr, before, room))
        if not isinstance(expr, Op) or not _is_call(expr):
            return expr
        expr = fitted(expr)
        callee = self.callee(expr)
        if callee is None or not self._fits(expr, callee, room, whole):
            return expr
        value = self.body_of(expr, callee, before)
        return expr if value is None else value

    def _operands(self, expr: Expr, before: list[Stmt], room: bool) -> tuple[Expr, ...]:
        """The operands of `expr` with calls replaced; nothing moves before one with an effect."""
        new: list[Expr] = []
        for child in children(expr):
            new.append(self.expression(child, before, room))
            room = room and quiet(new[-1])
        return tuple(new)

    def _fits(self, call: Op, callee: Function, room: bool, whole: bool) -> bool:
        """Whether the value of `callee` can stand for the call, its other statements before it."""
        if not isinstance(callee.body[-1], Return) or callee.body[-1].value is None:
            return False
        if _has_effect(callee) and not whole:
            return False
        room = room and (whole or all(map(quiet, children(call))))
        return room or (len(callee.body) == 1 and not self._temporaries(call, callee))

    def callee(self, call: Op) -> Function | None:
        """The called function if it is one to be written into place."""
        if call.fn in self.kept or call.fn in self.seen or len(self.seen) > DEEPEST:
            return None
        if call.fn not in self.callees:
            self.callees[call.fn] = self._candidate(call.fn)
        function = self.callees[call.fn]
        if function is None or not self._captures_fit(function):
            return None
        try:
            bind_arguments(call, function)
        except SrcadError:
            return None  # whoever differentiates the call will say what is wrong with it
        return function

    def _candidate(self, fn: Any) -> Function | None:
        try:
            function = capture_inlined(fn, self.seen)
        except SrcadError:
            return None
        # what goes to `*args` of a class is a tuple where its object is made
        return function if straight(function, gathering=isinstance(fn, type)) else None

    def _captures_fit(self, callee: Function) -> bool:
        """Whether the callee's captured names mean the same in this function."""
        own, other = self.function.pyfunc, callee.pyfunc
        if not callee.captures:
            return True
        if own is None or other is None or own.__globals__ is not other.__globals__:
            return False
        cells = set(own.__code__.co_freevars) | set(other.__code__.co_freevars)
        local = {p.name for p in self.function.params} | self.made
        local |= {n for s in statements(self.function.body) for n in targets_of(s)}
        given = [p.default for p in (*callee.params, *self.function.params)]
        defaults = {name for default in given if default is not None for name in names_in(default)}
        return not set(callee.captures) & (cells | local | defaults)

    def _temporaries(self, call: Op, callee: Function) -> list[str]:
        """The parameters that need a name of their own."""
        bound = bind_arguments(call, callee)
        rebound = {n for s in callee.body for n in targets_of(s)}
        read = [v.name for s in callee.body for v in _nodes(s) if isinstance(v, Var)]
        moves = not _has_effect(callee) and all(map(quiet, bound.values()))
        found = []
        for name, arg in bound.items():
            plain = isinstance(arg, Var | Const)
            once = read.count(name) == 1 and moves
            if name in rebound or not (plain or once):
                found.append(name)
        return found

    def body_of(self, call: Op, callee: Function, before: list[Stmt]) -> Expr | None:
        """Put the callee's statements into `before`; the value that it returns."""
        self.found = True
        bound = bind_arguments(call, callee)
        needed = self._temporaries(call, callee)
        values: dict[str, Expr] = {n: arg for n, arg in bound.items() if n not in needed}
        self.names.taken.update(callee.captures)
        for name in _as_evaluated(call, bound):
            if name in needed:
                new = values[name] = self._local(name)
                before.append(Assign(new, bound[name], origin=call.origin))
        local = {n for s in callee.body for n in targets_of(s)} - set(bound)
        values |= {name: self._local(name) for name in sorted(local)}
        self.captures |= callee.captures
        for stmt in callee.body:
            if isinstance(stmt, Return):
                return None if stmt.value is None else substitute(stmt.value, values)
            before.append(_renamed(stmt, values))
        return None

    def _local(self, name: str) -> Var:
        new = self.names.fresh(name)
        self.made.add(new)
        return Var(new)


def _as_evaluated(call: Op, bound: dict[str, Expr]) -> list[str]:
    """The parameters in the order in which the call evaluates their arguments."""
    order = {id(child): place for place, child in enumerate(children(call))}
    return sorted(bound, key=lambda name: order.get(id(bound[name]), -1))


def straight(function: Function, gathering: bool = False) -> bool:
    """Whether a function is a few assignments and a `return`, to be written into place."""
    body = function.body
    if not body or len(body) > LONGEST:
        return False
    if not gathering and any(p.mode not in _PLAIN for p in function.params):
        return False
    if not all(isinstance(s, Assign | Store | Return) for s in body):
        return False
    nodes = [node for stmt in body for node in _nodes(stmt)]
    if any(isinstance(node, Verbatim) for node in nodes):
        return False
    return sum(isinstance(node, Op) for node in nodes) <= LARGEST


def _renamed(stmt: Stmt, values: dict[str, Expr]) -> Stmt:
    match stmt:
        case Assign(target=target, value=value):
            new = substitute(target, {n: values[n] for n in bound_names(target)})
            assert isinstance(new, Var | Tuple)
            return replace(stmt, target=new, value=substitute(value, values))
        case Store(place=place, value=value):
            moved = substitute(place, values)
            return replace(stmt, place=moved, value=substitute(value, values))  # type: ignore[arg-type]
    raise AssertionError(stmt)
