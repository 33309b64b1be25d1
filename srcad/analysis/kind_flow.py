"""Kinds along the control flow of one function.

Kinds depend on the place in the program: a name has the kind of what was last assigned to it,
joined where paths meet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any

from srcad.analysis.annotate import (
    asks_for_form,
    expr_kind,
    infer_expr,
    kind_of_call,
    plain_bool,
    truth_of,
    with_kind,
    without_decided,
)
from srcad.analysis.attributes import as_item, as_stored
from srcad.analysis.calls import bind_arguments
from srcad.analysis.containers import (
    Change,
    augmented_write,
    element_kind,
    element_of,
    everywhere,
    holds_container,
    method_write,
    of_class,
    store_write,
    unknown_items,
    unknown_like,
)
from srcad.analysis.dataflow import Forward
from srcad.analysis.holding import Holding, may_hold
from srcad.analysis.inline import only_reads
from srcad.analysis.inside import changed_by_call, changed_by_write
from srcad.analysis.lookup import class_of, updating_call
from srcad.analysis.narrowing import narrowed, tests_by_name, widened
from srcad.analysis.resolution import iterable, lacks, resolved, undecided
from srcad.analysis.spreading import spread
from srcad.analysis.typed import CallKey, Typed, call_key
from srcad.blocks import with_blocks
from srcad.core import (
    Assign,
    Attr,
    Block,
    BoolOp,
    Choice,
    Const,
    Effect,
    Expr,
    Field,
    For,
    If,
    Item,
    Op,
    Return,
    Stmt,
    Store,
    Tuple,
    Var,
    While,
    With,
    blocks_of,
    children,
    expressions_of,
    rewrite,
    statements,
    targets_of,
    walk,
    with_children,
)
from srcad.kinds import (
    NEVER,
    NONE,
    UNKNOWN,
    Array,
    ConstOf,
    Kind,
    NamedOf,
    Never,
    ObjectOf,
    OneOf,
    TupleOf,
    join,
    with_inner,
)
from srcad.objects import is_users

Env = dict[str, Kind]
Callee = Callable[[Op], Typed | None]


class KindFlow(Forward[Env]):
    """The analysis of one function's body.

    `callee` says what is known of the function that a call calls; `holding` gathers which
    names share containers.
    """

    records = False

    def __init__(self, typed: Typed, callee: Callee, holding: Holding) -> None:
        super().__init__()
        self.typed = typed
        self.callee = callee
        self.holding = holding
        self.met: dict[CallKey, Typed] = {}
        self.parts: dict[int, Stmt] = {}  # statements with kinds, blocks left as they were
        self.iterables: dict[int, Expr] = {}
        self.returned: Kind = NEVER
        self.tests: dict[int, Expr] = {}  # what an `if` asks for by a name
        self.wrote = False  # into a list or dict

    def start(self) -> Env:
        """The kinds on entry: locals have none, and what an argument's list becomes has a name."""
        env: Env = {}
        for stmt in statements(self.typed.function.body):
            env.update(dict.fromkeys(targets_of(stmt), NEVER))
        env.update(self.typed.kinds)
        self.tests = tests_by_name(self.typed.function.body)
        for param in self.typed.function.params:
            if holds_container(env.get(param.name, UNKNOWN)):
                env[_entry(param.name)] = env[param.name]
                self.holding.enter(param.name, _entry(param.name))
        for name in self.typed.function.captures:
            self.holding.enter(name)
        return env

    def finish(self) -> None:
        """Write the result into `typed`, once the body has been run through."""
        typed, end = self.typed, self.result.end or {}
        typed.function = replace(typed.function, body=_rebuild(typed.function.body, self.parts))
        keys = [call_key(op) for op in _calls(typed.function.body)]
        typed.calls = {key: self.met[key] for key in keys if key in self.met}
        typed.links = any(map(self._links, statements(typed.function.body)))
        returns = any(isinstance(stmt, Return) for stmt in statements(typed.function.body))
        typed.result = self.returned if returns else NONE
        for param in typed.function.params:
            if _entry(param.name) in end:
                typed.exit[param.name] = end[_entry(param.name)]
        typed.last = {name: kind for name, kind in end.items() if holds_container(kind)}

    def _links(self, stmt: Stmt) -> bool:
        """Whether `stmt` may put a container into another."""
        if isinstance(stmt, Store) and may_hold(stmt.value.kind):
            return True
        ops = (n for e in expressions_of(stmt) for n in walk(e) if isinstance(n, Op))
        return any(self._links_operands(op) for op in ops)

    def _links_operands(self, op: Op) -> bool:
        held = [part for part in children(op) if may_hold(part.kind)]
        if is_users(op.fn) and call_key(op) in self.met:
            return bool(held) and self.met[call_key(op)].links
        if method_write(op) is not None or isinstance(op.fn, Expr):
            return bool(held[1:])
        return False

    # -- states

    def join(self, a: Env, b: Env) -> Env:
        """Join the kinds of each name."""
        if a is b:
            return a
        return {name: join(kind, b.get(name, NEVER)) for name, kind in a.items()}

    def widen(self, old: Env, new: Env) -> Env:
        """Give up on what still changes."""
        return {name: widened(old[name], kind) for name, kind in new.items()}

    def branch(self, stmt: If | While, state: Env, taken: bool) -> Env | None:
        """Leave out the branch that the kinds exclude."""
        header = self.parts[id(stmt)]
        assert isinstance(header, If | While)
        truth = truth_of(header.test)
        if truth is None:
            named = self.tests.get(id(stmt))
            test = header.test if named is None else infer_expr(named, state)
            return narrowed(test, state, taken)
        return state if truth is taken else None

    # -- statements

    def simple(self, stmt: Stmt, state: Env) -> Env:
        """A statement without blocks."""
        env = dict(state)
        self.holding.at = id(stmt)
        match stmt:
            case Assign():
                self.parts[id(stmt)] = self._assign(stmt, env)
            case Store():
                self.parts[id(stmt)] = self._store(stmt, env)
            case _:
                new = map_expressions(stmt, lambda expr: self.expr(expr, env))
                self.parts[id(stmt)] = new
                if isinstance(new, Return):
                    kind = NONE if new.value is None else new.value.kind
                    self.returned = join(self.returned, kind)
        return env

    def enter(self, loop: For, state: Env) -> Env:
        """The iterable is evaluated once."""
        env = dict(state)
        self.holding.at = id(loop)
        given = self.expr(loop.iter, env)
        self.iterables[id(loop)] = self._filled(iterable(given), env, (given,))
        return env

    def header(self, stmt: If | For | While | With, state: Env) -> Env:
        """A test, or a loop's target."""
        env = dict(state)
        self.holding.at = id(stmt)
        if isinstance(stmt, For):
            over = self.iterables[id(stmt)]
            item = element_kind(over)
            if holds_container(over.kind):  # the list may grow while it is run through
                item = join(item, element_kind(self.expr(stmt.iter, env)))
            target = self._bind_item(stmt.target, item, env, over)
            self.parts[id(stmt)] = replace(stmt, iter=over, target=target)
        elif isinstance(stmt, With):
            self.parts[id(stmt)] = replace(stmt, context=self.expr(stmt.context, env))
        else:
            self.parts[id(stmt)] = replace(stmt, test=self.expr(stmt.test, env))
        return env

    def _assign(self, stmt: Assign, env: Env) -> Assign:
        value = self.expr(stmt.value, env)
        if isinstance(stmt.target, Tuple) or stmt.op is None:
            target = self._bind(stmt.target, value.kind, env, value)
            return replace(stmt, value=value, target=target)
        updated = with_kind(stmt.target, env.get(stmt.target.name, UNKNOWN))
        call = updating_call(stmt.op, updated, value)
        if call is not None:
            whole = self._filled(replace(call, origin=stmt.origin), env, (updated, value))
            target = self._bind(stmt.target, whole.kind, env, whole)
            return replace(stmt, value=whole, target=target, op=None)
        if not isinstance(updated.kind, Array):  # an array is changed in place, its kind is not
            env[updated.name] = kind_of_call(Op(stmt.op, (updated, value)))
            self._write(updated, augmented_write(stmt.op, updated.kind, value), env)
            self.holding.put_items(updated, (value,))
        return replace(stmt, value=value, target=updated)

    def _bind_item(self, target: Var | Tuple, kind: Kind, env: Env, over: Expr) -> Var | Tuple:
        """Bind the target of a loop over `over`; of a `zip` each part has a source of its own."""
        beside = isinstance(over, Op) and over.fn is zip and isinstance(kind, TupleOf)
        if not beside or not isinstance(target, Tuple):
            return self._bind(target, kind, env, over, False)
        assert isinstance(over, Op) and isinstance(kind, TupleOf)
        patterns = [item for item in target.items if isinstance(item, Var | Tuple)]
        if not len(patterns) == len(kind.items) == len(over.args):
            return self._bind(target, kind, env, over, False)
        parts = zip(patterns, kind.items, over.args, strict=True)
        items = tuple(self._bind_item(item, part, env, arg) for item, part, arg in parts)
        return Tuple(items, kind=kind, origin=target.origin)

    def _bind(
        self, target: Var | Tuple, kind: Kind, env: Env, value: Expr, whole: bool = True
    ) -> Var | Tuple:
        """Bind the names in `target` to `value`, or to what is in it."""
        if isinstance(target, Var):
            env[target.name] = plain_bool(kind)
            if whole:
                self.holding.bind(target.name, value)
            else:
                self.holding.bind_item(target.name, value)
            return with_kind(target, env[target.name])
        if isinstance(kind, TupleOf) and len(kind.items) == len(target.items):
            kinds = kind.items
        else:
            kinds = (element_of(kind),) * len(target.items)
        patterns = [item for item in target.items if isinstance(item, Var | Tuple)]
        pairs = zip(patterns, kinds, strict=True)
        items = tuple(self._bind(item, part, env, value, False) for item, part in pairs)
        return Tuple(items, kind=kind, origin=target.origin)

    def _store(self, stmt: Store, env: Env) -> Store:
        value = self.expr(stmt.value, env)
        place = self._place(stmt.place, env)
        assert isinstance(place, Item | Attr)
        new = replace(stmt, place=place, value=value)
        kind = value.kind
        if stmt.op is not None:
            kind = self._whole(Op(stmt.op, (place, value)), env).kind
        if isinstance(place, Attr):
            if place.name == "shape":
                _forget_shapes(env)
            elif class_of(place.base.kind) is not None:  # a property
                self._write(place.base, everywhere(unknown_items), env)
            return new
        change = store_write(new, kind)
        if change is not None:
            self._write(place.base, of_class(place.base.kind, change), env)
            self.holding.put(place, (value,))
        return new

    def _place(self, place: Item | Attr, env: Env) -> Expr:
        if isinstance(place, Attr):
            stored = as_stored(replace(place, base=self.expr(place.base, env)))
            return with_kind(stored, expr_kind(stored, env))
        base, index = self.expr(place.base, env), self.expr(place.index, env)
        place = replace(place, base=base, index=index)
        if class_of(base.kind) is not None and not isinstance(index, Field):
            return with_kind(place, UNKNOWN)  # a call of `__setitem__`, once it is resolved
        return self._whole(place, env)

    # -- expressions

    def expr(self, expr: Expr, env: Env) -> Expr:
        """`expr` with kinds; `env` is changed by what a call in it does to lists and dicts."""
        if isinstance(expr, Choice):
            test = self.expr(expr.test, env)
            then = self._where(test, True, expr.then, env)
            orelse = self._where(test, False, expr.orelse, env)
            expr = replace(expr, test=test, then=then, orelse=orelse)
        elif isinstance(expr, BoolOp):
            expr = replace(expr, values=self._in_turn(expr, env))
        elif parts := children(expr):
            expr = with_children(expr, tuple(self.expr(part, env) for part in parts))
        return self._whole(expr, env)

    def _in_turn(self, expr: BoolOp, env: Env) -> tuple[Expr, ...]:
        """The operands of `and` or `or`: each is reached as those before have come out."""
        found: list[Expr] = []
        for value in expr.values:
            test = replace(expr, values=tuple(found)) if found else Const(expr.op == "and")
            found.append(self._where(test, expr.op == "and", value, env))
        return tuple(found)

    def _where(self, test: Expr, taken: bool, expr: Expr, env: Env) -> Expr:
        """`expr` with kinds where `test` has come out as `taken`."""
        within = narrowed(test, env, taken)
        before = dict(within)
        expr = self.expr(expr, within)
        env |= {n: join(env.get(n, NEVER), k) for n, k in within.items() if k is not before.get(n)}
        return expr

    def _filled(self, expr: Expr, env: Env, known: tuple[Expr, ...]) -> Expr:
        """`expr` with kinds, where those of the parts that are `known` are there already."""
        if expr.kind != UNKNOWN or any(expr is part for part in known):
            return expr
        parts = tuple(self._filled(part, env, known) for part in children(expr))
        return self._whole(with_children(expr, parts) if parts else expr, env)

    def _whole(self, expr: Expr, env: Env) -> Expr:
        """`expr`, whose parts have kinds, resolved and with a kind."""
        if isinstance(expr, Attr):
            expr = as_item(expr)
        if isinstance(expr, BoolOp):
            expr = without_decided(expr)
        found = resolved(with_kind(expr, UNKNOWN))  # what was known of it before may have changed
        if found is not None:
            return self._filled(found, env, children(expr))
        if any(isinstance(part.kind, _DECIDING) for part in children(expr)):
            choice = undecided(expr)
            if choice is not None:
                return with_kind(expr, self._either(expr, *choice, env))
        if not isinstance(expr, Op):
            return with_kind(expr, expr_kind(expr, env))
        fuller = spread(expr)
        if fuller is not expr and fuller != expr:
            return self._filled(fuller, env, children(expr))
        expr = with_kind(expr, kind_of_call(expr, lambda op: self._call(op, env)))
        change = method_write(expr)
        if change is not None:
            self._write(expr.args[0], of_class(expr.args[0].kind, change), env)
            self.holding.put_items(expr.args[0], expr.args[1:])
        return expr

    def _either(self, expr: Expr, position: int, choice: OneOf, env: Env) -> Kind:
        """The kind of an operation on one of several: of each of them."""
        parts = children(expr)
        result: Kind = NEVER
        for option in choice.options:
            if lacks(option, expr):
                continue  # it is an error of the user's if that option is met
            one = replace(parts[position], kind=option)
            changed = (*parts[:position], one, *parts[position + 1 :])
            result = join(result, self._whole(with_children(expr, changed), env).kind)
        return result

    def _call(self, op: Op, env: Env) -> Kind:
        """A call of something without a rule."""
        typed = self.callee(op) if is_users(op.fn) else None
        arguments = (*op.args, *(value for _, value in op.kwargs))
        if typed is None:
            for arg in () if only_reads(op) else arguments:
                self._write(arg, everywhere(unknown_like(arg.kind)), env)
            return UNKNOWN
        self.met[call_key(op)] = typed
        self._call_effects(op, typed, env)
        if typed.links:
            self.holding.mix(arguments)
        return typed.result

    def _call_effects(self, op: Op, typed: Typed, env: Env) -> None:
        """What a call has done to the lists, dicts and objects that it was given."""
        for name, arg in bind_arguments(op, typed.function).items():
            after = typed.exit.get(name, arg.kind)
            if after == arg.kind or not holds_container(arg.kind):
                continue
            for other, kind in changed_by_call(self.holding, arg, after, env).items():
                env[other] = kind

    # -- names that share a list or dict

    def _write(self, base: Expr, change: Change, env: Env) -> None:
        """`change` has been made of the container `base`: note it under all names of it."""
        self.wrote = self.wrote or bool(self.holding.sites(base))
        for name, kind in changed_by_write(self.holding, base, change, env).items():
            env[name] = kind


# kinds by which an operation is resolved
_DECIDING = (ObjectOf, NamedOf, OneOf, ConstOf)


def _entry(param: str) -> str:
    """The name that stands for the object which a parameter had on entry."""
    return f"%{param}"


def _forget_shapes(env: Env) -> None:
    """Some array was given another shape: any may be it."""
    for name, kind in env.items():
        env[name] = _shapeless(kind)


def _shapeless(kind: Kind) -> Kind:
    return Array(kind.dtype) if isinstance(kind, Array) else with_inner(kind, _shapeless)


def map_expressions(stmt: Stmt, change: Callable[[Expr], Expr]) -> Stmt:
    """`stmt` with `change` made of its own expressions, targets included."""
    parts = {field.name: getattr(stmt, field.name) for field in fields(stmt)}
    new: dict[str, Any] = {n: change(part) for n, part in parts.items() if isinstance(part, Expr)}
    return replace(stmt, **new)


def _calls(block: Block) -> Iterator[Op]:
    """The calls of Python functions in `block`."""
    for stmt in statements(block):
        for expr in expressions_of(stmt):
            for node in walk(expr):
                if isinstance(node, Op) and is_users(node.fn):
                    yield node


def _rebuild(block: Block, parts: dict[int, Stmt]) -> Block:
    """`block` with the statements that the analysis made; what it never reached stays."""
    return tuple(new for stmt in block for new in _taken(_rebuilt(stmt, parts)))


def _taken(stmt: Stmt) -> Block:
    """A statement, or the branch of it that is taken where a class or a length decides that.

    What is returned only for what it does, `return xs.append(x)`, is done first.
    """
    if isinstance(stmt, Return) and isinstance(stmt.value, Op) and stmt.value.kind == NONE:
        none = Const(None, kind=NONE)
        return (Effect(stmt.value, origin=stmt.origin), replace(stmt, value=none))
    if isinstance(stmt, If) and asks_for_form(stmt.test):
        truth = truth_of(stmt.test)
        if truth is not None:
            return stmt.then if truth else stmt.orelse
    return (stmt,)


def _rebuilt(stmt: Stmt, parts: dict[int, Stmt]) -> Stmt:
    new = map_expressions(parts.get(id(stmt), stmt), _settled)
    return with_blocks(new, tuple(_rebuild(block, parts) for block in blocks_of(new)))


def _settled(expr: Expr) -> Expr:
    """`expr`, where "no value yet" has become "not known"."""
    if not any(isinstance(part.kind, Never) for part in walk(expr)):
        return expr
    return rewrite(expr, _known)


def _known(expr: Expr) -> Expr | None:
    return with_kind(expr, UNKNOWN) if isinstance(expr.kind, Never) else None
