"""What is known of each value: the kinds of a function's expressions, from its arguments' kinds.

Kinds depend on the place in the program: a name has the kind of what was last assigned to it,
joined where paths meet. Calls of the user's functions are followed, once for each combination of
kinds, recursion to a fixpoint.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from types import FunctionType
from typing import Any

from srcad.analysis.annotate import (
    expr_kind,
    infer_expr,
    kind_of_call,
    plain_bool,
    truth_of,
    with_kind,
)
from srcad.analysis.calls import bind_arguments
from srcad.analysis.containers import (
    Change,
    augmented_write,
    element_kind,
    element_of,
    everywhere,
    holds_container,
    method_write,
    store_write,
    unknown_items,
)
from srcad.analysis.dataflow import Forward
from srcad.analysis.indexing import any_item
from srcad.analysis.lengths import forget_lengths, map_items
from srcad.core import (
    Assert,
    Assign,
    Attr,
    Block,
    Effect,
    Expr,
    For,
    Function,
    If,
    Op,
    Raise,
    Return,
    Stmt,
    Store,
    Tuple,
    Var,
    While,
    children,
    rewrite,
    statements,
    targets_of,
    walk,
    with_children,
)
from srcad.errors import SrcadError
from srcad.kinds import (
    NEVER,
    NONE,
    UNKNOWN,
    Array,
    ConstOf,
    Kind,
    Never,
    TupleOf,
    join,
    kind_of,
)

__all__ = ["Calls", "Typed", "call_key", "capture_kinds", "infer", "infer_expr", "kind_of_call"]

Env = dict[str, Kind]
CallKey = tuple[Any, tuple[Kind, ...], tuple[tuple[str, Kind], ...]]

ROUNDS = 4  # tries to find the kind of a recursive call's result before it is given up


@dataclass(eq=False, slots=True)
class Typed:
    """A function with the kind of every expression filled in.

    `kinds` are those of its parameters and captures, `result` that of what it returns. `calls`
    has a `Typed` for each call of a user's function, by `call_key`; `callee` looks it up. `exit`
    has the kinds of the lists and dicts among its arguments when it returns.
    """

    function: Function
    kinds: dict[str, Kind]
    result: Kind = NEVER
    calls: dict[CallKey, Typed] = field(default_factory=dict)
    exit: dict[str, Kind] = field(default_factory=dict)

    def callee(self, op: Op) -> Typed | None:
        """What is called by `op`, an operation of this function; None if it is not known."""
        return self.calls.get(call_key(op)) if isinstance(op.fn, FunctionType) else None


def call_key(op: Op) -> CallKey:
    """What a call's `Typed` is kept by: the function and the kinds of the arguments."""
    named = tuple((key, value.kind) for key, value in op.kwargs)
    return op.fn, tuple(arg.kind for arg in op.args), named


def capture_kinds(function: Function) -> dict[str, Kind]:
    """The kinds of a function's captures; the lengths of arrays are not counted on."""
    return {name: forget_lengths(kind_of(obj)) for name, obj in function.captures.items()}


def infer(function: Function, kinds: Mapping[str, Kind], calls: Calls | None = None) -> Typed:
    """`function` with all kinds filled in, given those of its parameters and captures.

    `calls` remembers what was found of called functions from one `infer` to the next.
    """
    typed = Typed(function, {**capture_kinds(function), **kinds})
    _solve(typed, Calls() if calls is None else calls)
    typed.result = _certain(typed.result)
    return typed


def _solve(typed: Typed, calls: Calls) -> None:
    """Fill in `typed`."""
    names: dict[str, str] = {}
    while True:
        analysis = _Inference(typed, calls, names)
        known = len(names)
        analysis.run(typed.function.body, analysis.start())
        if len(names) == known or not analysis.wrote:
            return analysis.finish()
        # names were found to share a list that is written into: all is seen anew with that


# ---------------------------------------------------------------------------------------------
# Calls of the user's functions


class Calls:
    """What is known of the user's functions that were met so far."""

    def __init__(self) -> None:
        self.functions: dict[Any, Function | None] = {}
        self.done: dict[CallKey, Typed] = {}
        self._active: dict[CallKey, Typed] = {}  # being solved now, outermost first
        self._assumed: set[CallKey] = set()  # those of them whose result so far was made use of

    def function(self, fn: Any) -> Function | None:
        """The core form of a user's function; None where it has none."""
        if fn not in self.functions:
            from srcad.frontend import capture

            try:
                self.functions[fn] = capture(fn)
            except SrcadError:
                self.functions[fn] = None
        return self.functions[fn]

    def typed(self, op: Op) -> Typed | None:
        """What the call `op` comes to."""
        function = self.function(op.fn)
        if function is None:
            return None
        captured = capture_kinds(function)
        try:
            bound = bind_arguments(op, function)
        except SrcadError:
            return None
        kinds = {name: infer_expr(arg, captured).kind for name, arg in bound.items()}
        return self._solved(op.fn, Typed(function, {**captured, **self._recurring(op.fn, kinds)}))

    def _recurring(self, fn: Any, kinds: dict[str, Kind]) -> dict[str, Kind]:
        """The kinds to analyse a call with: less exact ones the deeper a recursion is."""
        above = [key for key in self._active if key[0] is fn]
        if not above:
            return kinds
        if len(above) > ROUNDS:
            return dict.fromkeys(kinds, UNKNOWN)
        wider = {}
        for name, kind in kinds.items():
            before = any_item(tuple(dict(key[2])[name] for key in above))
            wider[name] = kind if kind == before else forget_lengths(join(before, kind))
        return wider

    def _solved(self, fn: Any, typed: Typed) -> Typed:
        key = (fn, (), tuple(typed.kinds.items()))
        if key in self.done:
            return self.done[key]
        if key in self._active:
            self._assumed.add(key)
            return self._active[key]
        self._active[key] = typed
        outer, self._assumed = self._assumed, set()
        self._settle(key, typed)
        del self._active[key]
        self._assumed.discard(key)
        if not self._assumed:  # it hangs on no result that may still change
            self.done[key] = typed
        self._assumed |= outer
        return typed

    def _settle(self, key: CallKey, typed: Typed) -> None:
        """Solve until the result that recursive calls assumed is the one that is found."""
        for round_ in range(ROUNDS + 1):
            assumed = (typed.result, dict(typed.exit))
            _solve(typed, self)
            if key not in self._assumed or (typed.result, typed.exit) == assumed:
                return
            if round_ == ROUNDS - 1:
                typed.result = UNKNOWN
                typed.exit = {n: everywhere(unknown_items)(k) for n, k in typed.exit.items()}


# ---------------------------------------------------------------------------------------------
# One function


class _Inference(Forward[Env]):
    """The analysis of one function's body.

    A list or dict can be known by several names; writing to it by one changes what is known of
    it by the others. `names` gathers such names: each points to another of its group.
    """

    records = False

    def __init__(self, typed: Typed, calls: Calls, names: dict[str, str]) -> None:
        super().__init__()
        self.typed = typed
        self.calls = calls
        self.names = names
        self.met: dict[CallKey, Typed] = {}
        self.parts: dict[int, Stmt] = {}  # statements with kinds, blocks left as they were
        self.iterables: dict[int, Expr] = {}
        self.returned: Kind = NEVER
        self.wrote = False  # into a list or dict

    def start(self) -> Env:
        """The kinds on entry: locals have none, and what an argument's list becomes has a name."""
        env: Env = {}
        for stmt in statements(self.typed.function.body):
            env.update(dict.fromkeys(targets_of(stmt), NEVER))
        env.update(self.typed.kinds)
        for param in self.typed.function.params:
            if holds_container(env.get(param.name, UNKNOWN)):
                env[_entry(param.name)] = env[param.name]
                self._link(_entry(param.name), param.name)
        return env

    def finish(self) -> None:
        """The result, once the body has been run through."""
        typed, end = self.typed, self.result.end or {}
        body = _rebuild(typed.function.body, self.parts)
        typed.function = replace(typed.function, body=body)
        typed.calls = self.met
        returns = any(isinstance(stmt, Return) for stmt in statements(body))
        typed.result = self.returned if returns else NONE
        for param in typed.function.params:
            if _entry(param.name) in end:
                typed.exit[param.name] = end[_entry(param.name)]

    # -- states

    def join(self, a: Env, b: Env) -> Env:
        """Join the kinds of each name."""
        if a is b:
            return a
        return {name: join(kind, b.get(name, NEVER)) for name, kind in a.items()}

    def widen(self, old: Env, new: Env) -> Env:
        """Give up on the names that still change."""
        return {name: kind if kind == old[name] else UNKNOWN for name, kind in new.items()}

    def branch(self, stmt: If | While, state: Env, taken: bool) -> Env | None:
        """Leave out the branch that the kinds exclude."""
        test = self.parts[id(stmt)].test  # type: ignore[attr-defined]
        truth = truth_of(test)
        return state if truth is None or truth is taken else None

    # -- statements

    def simple(self, stmt: Stmt, state: Env) -> Env:
        """A statement without blocks."""
        env = dict(state)
        match stmt:
            case Assign():
                new: Stmt = self._assign(stmt, env)
            case Store():
                new = self._store(stmt, env)
            case Return(value=value):
                new = stmt if value is None else replace(stmt, value=self.expr(value, env))
                kind = NONE if value is None else new.value.kind  # type: ignore[attr-defined]
                self.returned = join(self.returned, kind)
            case Effect(value=value):
                new = replace(stmt, value=self.expr(value, env))
            case Assert(test=test, message=message):
                test = self.expr(test, env)
                new = replace(stmt, test=test, message=message and self.expr(message, env))
            case Raise(exc=exc, cause=cause):
                exc = exc and self.expr(exc, env)
                new = replace(stmt, exc=exc, cause=cause and self.expr(cause, env))
            case _:
                new = stmt
        self.parts[id(stmt)] = new
        return env

    def enter(self, loop: For, state: Env) -> Env:
        """The iterable is evaluated once."""
        env = dict(state)
        self.iterables[id(loop)] = self.expr(loop.iter, env)
        return env

    def header(self, stmt: If | For | While, state: Env) -> Env:
        """A test, or a loop's target."""
        env = dict(state)
        if isinstance(stmt, For):
            iterable = self.iterables[id(stmt)]
            item = element_kind(iterable)
            if holds_container(iterable.kind):  # the list may grow while it is run through
                item = join(item, element_kind(self.expr(stmt.iter, env)))
            target = self._bind(stmt.target, item, env, iterable)
            self.parts[id(stmt)] = replace(stmt, iter=iterable, target=target)
        else:
            self.parts[id(stmt)] = replace(stmt, test=self.expr(stmt.test, env))
        return env

    def _assign(self, stmt: Assign, env: Env) -> Assign:
        value = self.expr(stmt.value, env)
        if stmt.op is None:
            return replace(
                stmt, value=value, target=self._bind(stmt.target, value.kind, env, value)
            )
        target = self.expr(stmt.target, env)
        if not isinstance(target.kind, Array):  # an array is changed in place, its kind is not
            env[target.name] = kind_of_call(Op(stmt.op, (target, value)))  # type: ignore[attr-defined]
            self._write(target, augmented_write(stmt.op, target.kind, value), env)
            self._share(target.name, value)  # type: ignore[attr-defined]
        return replace(stmt, value=value, target=target)  # type: ignore[arg-type]

    def _bind(self, target: Expr, kind: Kind, env: Env, value: Expr) -> Expr:
        """Bind the names in `target`, of which `value` is or holds the value."""
        if isinstance(target, Var):
            env[target.name] = plain_bool(kind)
            self._share(target.name, value)
            return with_kind(target, env[target.name])
        assert isinstance(target, Tuple)
        exact = isinstance(kind, TupleOf) and len(kind.items) == len(target.items)
        kinds = kind.items if exact else (element_of(kind),) * len(target.items)  # type: ignore[attr-defined]
        pairs = zip(target.items, kinds, strict=True)
        items = tuple(self._bind(item, part, env, value) for item, part in pairs)
        return Tuple(items, kind=kind, origin=target.origin)

    def _store(self, stmt: Store, env: Env) -> Store:
        value = self.expr(stmt.value, env)
        place = self.expr(stmt.place, env)
        new = replace(stmt, place=place, value=value)  # type: ignore[arg-type]
        kind = value.kind
        if stmt.op is not None:
            kind = kind_of_call(Op(stmt.op, (place, value)))
        if isinstance(place, Attr):
            if place.name == "shape":
                _forget_shapes(env)
            return new
        change = store_write(new, kind)
        if change is not None:
            self._write(place.base, change, env)  # type: ignore[attr-defined]
            for name in _holders(place.base):  # type: ignore[attr-defined]
                self._share(name, value)
        return new

    # -- expressions

    def expr(self, expr: Expr, env: Env) -> Expr:
        """`expr` with kinds; `env` is changed by what a call in it does to lists and dicts."""
        parts = children(expr)
        if parts:
            expr = with_children(expr, tuple(self.expr(part, env) for part in parts))
        if isinstance(expr, Op):
            expr = _resolve(expr)
            expr = with_kind(expr, kind_of_call(expr, lambda op: self._call(op, env)))
            change = method_write(expr)
            if change is not None:
                self._write(expr.args[0], change, env)
                for name in _holders(expr.args[0]):
                    self._share(name, *expr.args[1:])
            return expr
        return with_kind(expr, expr_kind(expr, env))

    def _call(self, op: Op, env: Env) -> Kind:
        """A call of something without a rule."""
        typed = self.calls.typed(op) if isinstance(op.fn, FunctionType) else None
        arguments = (*op.args, *(value for _, value in op.kwargs))
        if typed is None:
            for arg in arguments:
                self._write(arg, everywhere(unknown_items), env)
            return UNKNOWN
        self.met[call_key(op)] = typed
        self._call_effects(op, typed, env)
        names = [name for arg in arguments for name in _holders(arg)]
        for name in names[1:]:
            self._link(names[0], name)
        return typed.result

    def _call_effects(self, op: Op, typed: Typed, env: Env) -> None:
        """What a call has done to the lists and dicts that it was given."""
        for name, arg in bind_arguments(op, typed.function).items():
            after = typed.exit.get(name, arg.kind)
            if after == arg.kind or not holds_container(arg.kind):
                continue
            if isinstance(arg, Var):
                env[arg.name] = join(arg.kind, after)
                for other in self._group(arg.name) - {arg.name}:
                    env[other] = everywhere(unknown_items)(env.get(other, NEVER))
            else:
                self._write(arg, everywhere(unknown_items), env)

    # -- names that share a list or dict

    def _write(self, base: Expr, change: Change, env: Env) -> None:
        """`change` has been made of the container `base`: note it under all names of it."""
        roots = set(_holders(base))
        self.wrote = self.wrote or bool(roots)
        group = {other for root in roots for other in self._group(root)}
        for name in group:
            if isinstance(base, Var) and name == base.name:
                env[name] = change(env.get(name, UNKNOWN))
            else:
                kind = env.get(name, NEVER)
                env[name] = join(kind, everywhere(change)(kind))

    def _share(self, name: str, *values: Expr) -> None:
        """`name` now reaches the lists and dicts in `values`."""
        for value in values:
            for other in _holders(value):
                self._link(name, other)

    def _find(self, name: str) -> str:
        while name in self.names:
            name = self.names[name]
        return name

    def _link(self, a: str, b: str) -> None:
        a, b = self._find(a), self._find(b)
        if a != b:
            self.names[a] = b

    def _group(self, name: str) -> set[str]:
        root = self._find(name)
        return {name, root, *(other for other in self.names if self._find(other) == root)}


def _entry(param: str) -> str:
    """The name that stands for the object which a parameter had on entry."""
    return f"%{param}"


def _holders(expr: Expr) -> Iterator[str]:
    """The variables whose lists or dicts the value of `expr` may reach."""
    if not (holds_container(expr.kind) or expr.kind == UNKNOWN):
        return
    if isinstance(expr, Var):
        yield expr.name
    for part in children(expr):
        yield from _holders(part)


def _resolve(op: Op) -> Op:
    """A call of a variable that is known to hold a certain function, as a call of that."""
    if isinstance(op.fn, Expr) and isinstance(op.fn.kind, ConstOf) and callable(op.fn.kind.value):
        return replace(op, fn=op.fn.kind.value)
    return op


def _forget_shapes(env: Env) -> None:
    """Some array was given another shape: any may be it."""
    for name, kind in env.items():
        env[name] = _shapeless(kind)


def _shapeless(kind: Kind) -> Kind:
    return Array(kind.dtype) if isinstance(kind, Array) else map_items(kind, _shapeless)


def _rebuild(block: Block, parts: dict[int, Stmt]) -> Block:
    """`block` with the statements that the analysis made; what it never reached stays."""
    return tuple(_rebuilt(stmt, parts) for stmt in block)


def _rebuilt(stmt: Stmt, parts: dict[int, Stmt]) -> Stmt:
    new = parts.get(id(stmt), stmt)
    found = {f.name: getattr(new, f.name) for f in fields(new)}
    changed = {n: _settled(e) for n, e in found.items() if isinstance(e, Expr)}
    new = replace(new, **changed)
    match new:
        case If(then=then, orelse=orelse):
            return replace(new, then=_rebuild(then, parts), orelse=_rebuild(orelse, parts))
        case For(body=body) | While(body=body):
            return replace(new, body=_rebuild(body, parts))
    return new


def _settled(expr: Expr) -> Expr:
    """`expr`, where "no value yet" has become "not known"."""
    if not any(isinstance(part.kind, Never) for part in walk(expr)):
        return expr
    return rewrite(expr, lambda part: with_kind(part, _certain(part.kind)))


def _certain(kind: Kind) -> Kind:
    return UNKNOWN if isinstance(kind, Never) else kind
