"""Rewrites a typed function so that every statement is one that has an adjoint of its own.

Calls of the user's functions stand alone in their statement,
`and`/`or` between active values become conditional expressions, loops iterate over what can be
indexed, and the result is returned at the end only.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from srcad.analysis.containers import element_kind, is_iterator
from srcad.analysis.describe import describe, function_name
from srcad.analysis.passing import passing_names
from srcad.analysis.sharing import holds_memory, sources
from srcad.core import (
    NOWHERE,
    Assign,
    Block,
    BoolOp,
    Choice,
    Const,
    Dict,
    Effect,
    Expr,
    For,
    Function,
    If,
    Item,
    List,
    Method,
    Op,
    Origin,
    Return,
    Slice,
    Stmt,
    Store,
    Try,
    Tuple,
    Var,
    While,
    With,
    bound_names,
    children,
    expressions_of,
    names_in,
    rewrite,
    statements,
    targets_of,
    walk,
    with_children,
)
from srcad.kinds import (
    BOOL,
    NEVER,
    NONE,
    Array,
    Kind,
    ListOf,
    RangeOf,
    Scalar,
    carries,
    is_buffer,
    join,
)
from srcad.names import Names
from srcad.reverse import sequences
from srcad.reverse.asking import spelled_out
from srcad.reverse.attempts import noted_in, only_cleans_up
from srcad.reverse.changing import changes, is_known, reads_inside
from srcad.reverse.context import Wishes
from srcad.reverse.effects import gives_none, happens_once
from srcad.reverse.links import is_chain
from srcad.reverse.recompute import is_key_test
from srcad.reverse.trips import is_iterated_only, is_range, plan_trips
from srcad.reverse.typing import typed
from srcad.reverse.views import by_keys, unviewed
from srcad.reverse.wished import by_kind, opened
from srcad.rules import rule_for
from srcad.rules import vocabulary as words


@dataclass
class Prepare:
    """The rewriting of one function; `is_user_call` tells the calls of the user's functions."""

    names: Names
    is_user_call: Callable[[Op], bool]
    writes: Callable[[Op], bool]
    generated: set[str]
    wishes: Wishes = field(default_factory=Wishes)
    noted: Counter[str] = field(default_factory=Counter)  # how many `try` note in each name
    _origin: Origin = NOWHERE  # of the statement that is being rewritten

    def function(self, function: Function) -> Function:
        tries = [s for s in statements(function.body) if isinstance(s, Try)]
        self.noted = Counter(name for stmt in tries for name in noted_in(stmt))
        return replace(function, body=self.block(self.single_exit(function.body)))

    def block(self, block: Block) -> Block:
        return tuple(new for stmt in block for new in self.statement(stmt))

    def statement(self, stmt: Stmt) -> list[Stmt]:
        self._origin = stmt.origin
        lowered = sequences.lowered(stmt, self.fresh)
        if lowered is None:
            lowered = opened(stmt, self.wishes, self.fresh)
        if lowered is None:
            lowered = spelled_out(stmt, self._call_writes, self.fresh)
        if lowered is not None:
            return [new for one in lowered for new in self.statement(one)]
        match stmt:
            case If():
                before, test = self.expression(stmt.test)
                then, orelse = self.block(stmt.then), self.block(stmt.orelse)
                return [*before, *self._if(replace(stmt, test=test, then=then, orelse=orelse))]
            case While():
                return [replace(stmt, body=self.block(stmt.body))]
            case For():
                return self.loop(stmt)
            case With(context=context, body=body):
                before, context = self.arguments(context)
                return [*before, replace(stmt, context=context, body=self.block(body))]
            case Try():
                return self.attempt(stmt)
            case Assign(target=Tuple() as target, value=Tuple() as value) if self._apart(target):
                return self._sequence(stmt, target, value.items)
            case Assign(target=Tuple() as target, value=value) if self._apart(target):
                return self._item_by_item(stmt, target, value)
            case Assign(target=Var(name=name), op=op) if op and name in self.wishes.told_apart:
                before, new = self.expression(stmt.value)
                return [*before, by_kind(replace(stmt, value=new))]
            case Assign(target=Var(name=name), value=value) if self._made_of_new(name, value):
                return self._with_parts_named(stmt)
            case Assign(value=Op() as value) if stmt.op is None and gives_none(value):
                alone = self.statement(Effect(value, origin=stmt.origin))
                return [*alone, replace(stmt, value=Const(None, kind=NONE))]
            case Assign(value=value) if stmt.op is None and self.calls(value):
                before, args = self.arguments(value)
                return [*before, replace(stmt, value=args)]
            case Store(place=Item() as place, op=None):
                before, new = self.expression(stmt.value)  # what is stored comes before where
                more, index = self.index(place)
                stmt = replace(stmt, place=replace(place, index=index), value=new)
                return [*before, *more, stmt]
            case Store(place=Item() as place):
                return self._updated(stmt, place)
            case Assign(value=value) | Store(value=value) | Return(value=Expr() as value):
                before, new = self.expression(value)
                return [*before, replace(stmt, value=new)]
            case Effect(value=Op(fn=Method("pop")) as value) if self.calls(value):
                dropped = Var(self.fresh("dropped"), kind=value.kind)
                return self.statement(Assign(dropped, value, origin=stmt.origin))
            case Effect(value=Choice() | BoolOp() as value) if any(map(self.calls, walk(value))):
                before, _ = self.lazily(value)
                return before
            case Effect(value=value):
                before, new = self.arguments(value)
                return [*before, replace(stmt, value=new)]
        return [stmt]

    def _updated(self, stmt: Store, place: Item) -> list[Stmt]:
        """`place op= value`: where comes first, then what stands there, then the value."""
        first, index = self.index(place)
        place = replace(place, index=index)
        before, new = self.expression(stmt.value)
        old: list[Stmt] = []
        if stmt.op is not None and any(map(self._may_write, before)):
            new = Op(stmt.op, (self._as_it_was(place, old), new), kind=place.kind)
            stmt = replace(stmt, op=None)
        return [*first, *old, *before, replace(stmt, place=place, value=new)]

    def _if(self, stmt: If) -> list[Stmt]:
        """The statement, with its test named if what it reads changes in its arms."""
        arms = (*stmt.then, *stmt.orelse)
        if not changes(stmt.test, arms) and not any(map(is_key_test, walk(stmt.test))):
            return [stmt]
        test = stmt.test
        if not isinstance(test.kind, Scalar) and not is_key_test(test):
            test = Op(bool, (test,), kind=BOOL)  # a list, say, may be empty by then
        name = Var(self.fresh("taken"), kind=test.kind)
        return [Assign(name, test, origin=stmt.origin), replace(stmt, test=name)]

    def attempt(self, stmt: Try) -> list[Stmt]:
        """A `try` whose handlers note what happened in one name, which no other `try` shares."""
        stmt = replace(stmt, body=self.block(stmt.body))
        if only_cleans_up(stmt):
            return [stmt]
        names = noted_in(stmt)
        if len(names) == 1 and self.noted[min(names)] == 1:
            return [stmt]
        failed = Var(self.fresh("failed"), kind=BOOL)
        handlers = tuple((*handler, Assign(failed, Const(True))) for handler in stmt.handlers)
        return [Assign(failed, Const(False)), replace(stmt, handlers=handlers)]

    def _apart(self, target: Tuple) -> bool:
        return bool(self.wishes.apart & set(bound_names(target)))

    def _made_of_new(self, name: str, value: Expr) -> bool:
        """Whether a value such as `xs + [e]` needs a name for the list in it."""
        new = any(isinstance(part, Tuple | List | Dict) for part in words.regrouped(value))
        return new and name in self.wishes.apart

    def _with_parts_named(self, stmt: Assign) -> list[Stmt]:
        before: list[Stmt] = []
        values: list[Expr] = []
        parts = words.regrouped(stmt.value)
        for child in children(stmt.value):
            if child in parts:
                name = Var(self.fresh("items"), kind=child.kind)
                before += self.statement(Assign(name, child, origin=stmt.origin))
                child = name
            values.append(child)
        return [*before, replace(stmt, value=with_children(stmt.value, tuple(values)))]

    def _item_by_item(self, stmt: Assign, target: Tuple, value: Expr) -> list[Stmt]:
        """`a, b = pair` as `a = pair[0]` and `b = pair[1]`."""
        before: list[Stmt] = []
        if not isinstance(value, Var) or value.name in bound_names(target):
            name = Var(self.fresh("items"), kind=value.kind)
            before = self.statement(Assign(name, value, origin=stmt.origin))
            value = name
        count = len(target.items)
        parts = [typed(Item(value, words.number(k), origin=stmt.origin)) for k in range(count)]
        pairs = zip(target.items, parts, strict=True)
        single = [Assign(t, p, origin=stmt.origin) for t, p in pairs if isinstance(t, Var | Tuple)]
        return [*before, *(new for one in single for new in self.statement(one))]

    def _sequence(self, stmt: Assign, target: Tuple, items: tuple[Expr, ...]) -> list[Stmt]:
        """`a, b = e, f` as one assignment after the other, by way of new names."""
        held = [Var(self.fresh("item"), kind=item.kind) for item in items]
        first = [Assign(h, e, origin=stmt.origin) for h, e in zip(held, items, strict=True)]
        last = []
        for part, name in zip(target.items, held, strict=True):
            assert isinstance(part, Var | Tuple)
            last.append(Assign(part, name, origin=stmt.origin))
        return [new for part in (*first, *last) for new in self.statement(part)]

    def index(self, place: Item) -> tuple[list[Stmt], Expr]:
        """The index of a store; one that reads arrays is named, as the store may change them."""
        index = place.index
        parts = index.items if isinstance(index, Tuple) else (index,)
        before: list[Stmt] = []
        done: list[Expr] = []
        for part in parts:
            more, new = self.expression(part)
            before += more
            if isinstance(new, Slice):
                bounds = tuple(self._named_part(bound, before) for bound in children(new))
                new = with_children(new, bounds)
            else:
                new = self._named_part(new, before)
            done.append(new)
        return before, replace(index, items=tuple(done)) if isinstance(index, Tuple) else done[0]

    def _named_part(self, part: Expr, before: list[Stmt]) -> Expr:
        """A part of an index; one that a store may change has a name, bound in `before`."""
        if isinstance(part, Var) or not reads_inside(part):
            return part
        name = Var(self.fresh("where"), kind=part.kind)
        before.append(Assign(name, part, origin=part.origin))
        return name

    def fixed_params(
        self, function: Function, pinned: tuple[str, ...]
    ) -> tuple[Function, dict[str, str]]:
        """Give those of the parameters `pinned` that are bound anew another name."""
        rebound = {n for s in statements(function.body) for n in _plainly_bound(s)}
        renamed = {name: self.fresh(f"{name}_in") for name in pinned if name in rebound}
        first = tuple(Assign(Var(old), Var(new)) for old, new in renamed.items())
        params = tuple(replace(p, name=renamed.get(p.name, p.name)) for p in function.params)
        return replace(function, params=params, body=(*first, *function.body)), renamed

    # -- calls

    def calls(self, expr: Expr) -> bool:
        """Whether `expr` has to stand alone: a user's function, or what must happen once.

        The reverse sweep may read the value: a draw of a random number, an item taken off a list.
        """
        if not isinstance(expr, Op):
            return False
        taken = expr.fn == Method("pop") and bool(expr.args) and carries(expr.kind)
        taken = taken or sequences.is_taking(expr) or sequences.is_merge(expr)
        taken = taken or expr in self.wishes.named
        return taken or self.is_user_call(expr) or happens_once(expr) or gives_none(expr)

    def arguments(self, expr: Expr) -> tuple[list[Stmt], Expr]:
        """`expr` with the calls inside its operands named."""
        before: list[Stmt] = []
        parts: list[Expr] = []
        called = isinstance(expr, Op) and self.is_user_call(expr)
        for child in children(expr):
            more, new = self.expression(child)
            if any(map(self._may_write, more)):  # what is evaluated before must not see it
                parts = [self._as_it_was(part, before) for part in parts]
            before += more
            if called and self._needs_name(expr, new):
                name = Var(self.fresh(describe(new)), kind=new.kind)
                before.append(Assign(name, new, origin=expr.origin))
                new = name
            parts.append(new)
        return before, self.plain(with_children(expr, tuple(parts)))

    def _call_writes(self, op: Op) -> bool | None:
        return self.writes(op) if self.is_user_call(op) else None

    def _may_write(self, stmt: Stmt) -> bool:
        """Whether a statement put in front of an expression changes what other operands read."""
        if not isinstance(stmt, Assign):
            return True
        calls = [e for e in walk(stmt.value) if isinstance(e, Op)]
        return any(self.writes(op) if self.is_user_call(op) else not is_known(op) for op in calls)

    def _as_it_was(self, part: Expr, before: list[Stmt]) -> Expr:
        """An operand evaluated now, ahead of what follows it in its statement."""
        if isinstance(part, Var | Const | Slice) or not reads_inside(part):
            return part
        name = Var(self.fresh(describe(part)), kind=part.kind)
        before.append(Assign(name, part, origin=self._origin))
        return name

    def _needs_name(self, call: Expr, arg: Expr) -> bool:
        """Whether an argument has no shadow to be passed with it, or is changed by the call."""
        if isinstance(arg, Var | Const):
            return False
        if carries(arg.kind) and not isinstance(arg.kind, Scalar):
            return not is_chain(arg)
        assert isinstance(call, Op)
        if self.writes(call) and holds_memory(arg.kind) and not is_chain(arg):
            return True  # an empty list, say, comes to carry something
        return self.writes(call) and reads_inside(arg)

    def expression(self, expr: Expr) -> tuple[list[Stmt], Expr]:
        """`expr` with each call of a user's function in it given a name in front."""
        if not any(self.calls(e) for e in walk(expr)):
            return [], rewrite(expr, self.plain_or_none)
        if isinstance(expr, Choice | BoolOp):
            return self.lazily(expr)
        before, new = self.arguments(expr)
        if isinstance(new, Op) and gives_none(new):
            alone = self.statement(Effect(new, origin=self._origin))
            return [*before, *alone], Const(None, kind=NONE)
        if self.calls(new):
            assert isinstance(new, Op)
            name = self.fresh(function_name(new.fn).lstrip("_") + "_value")
            var = Var(name, kind=new.kind)
            origin = expr.origin if self.is_user_call(new) else self._origin
            named = Assign(var, new, origin=origin)
            lowered = sequences.lowered(named, self.fresh)
            if lowered is not None:
                return [*before, *(s for one in lowered for s in self.statement(one))], var
            return [*before, named], var
        return before, new

    def lazily(self, expr: Choice | BoolOp) -> tuple[list[Stmt], Expr]:
        """A conditional expression with calls in its parts, as an if statement."""
        name = Var(self.fresh("value"), kind=expr.kind)
        if isinstance(expr, Choice):
            before, test = self.expression(expr.test)
            then, orelse = self._bound(name, expr.then), self._bound(name, expr.orelse)
        else:
            first, *rest = expr.values
            before, test = list(self._bound(name, first)), name
            tail = rest[0] if len(rest) == 1 else replace(expr, values=tuple(rest))
            then, orelse = self._bound(name, tail), ()
            if expr.op == "or":
                test = Op(operator.not_, (name,), kind=BOOL, origin=expr.origin)
        return [*before, *self._if(If(test, then, orelse, origin=expr.origin))], name

    def _bound(self, name: Var, value: Expr) -> Block:
        before, new = self.expression(value)
        return (*before, Assign(name, new, origin=value.origin))

    def fresh(self, base: str) -> str:
        name = self.names.fresh(base)
        self.generated.add(name)
        return name

    # -- small rewrites

    def plain_or_none(self, expr: Expr) -> Expr | None:
        return self.plain(expr)

    def plain(self, expr: Expr) -> Expr:
        in_items = sequences.in_items(expr)
        if in_items is not None:
            return in_items
        taken = _taken_out(expr)
        if taken is not None:
            return taken
        if isinstance(expr, BoolOp) and carries(expr.kind) and passing_names(expr):
            return _as_choice(expr)
        return expr

    # -- loops

    def loop(self, stmt: For) -> list[Stmt]:
        opened = unviewed(stmt, self.temporary)
        if opened is not None:
            before, stmt = opened
            return [*before, *self.loop(stmt)]
        if not is_range(stmt.iter) and not _runs_once(stmt.iter) and self._written(stmt):
            return self._by_index(stmt)
        before, iterable = self.iterable(stmt, stmt.iter)
        body = self.block(stmt.body)
        assigned = {n for s in statements(body) for n in targets_of(s)}
        target, extra = stmt.target, []
        clash = set(bound_names(target)) & assigned
        for name in sorted(clash):
            own = self.fresh(f"{name}_item")
            target = _renamed(target, name, own)
            kind = next(v.kind for v in walk(stmt.target) if isinstance(v, Var) and v.name == name)
            extra.append(Assign(Var(name, kind=kind), Var(own, kind=kind), origin=stmt.origin))
        bound = {n for s in statements(body) for n in _plainly_bound(s)}
        if set(names_in(iterable)) & (bound | set(bound_names(target))):
            more, iterable = self.named_iterable(iterable, stmt, always=True)
            before += more
        return [*before, replace(stmt, target=target, iter=iterable, body=(*extra, *body))]

    def _written(self, stmt: For) -> bool:
        """Whether the loop may write into the items through its own target."""
        kinds = {v.name: v.kind for v in walk(stmt.target) if isinstance(v, Var)}
        names = {n for n, kind in kinds.items() if is_buffer(kind) and carries(kind)}
        if self.wishes.by_index & set(kinds):
            return True
        for inner in statements(stmt.body):
            if isinstance(inner, Store) and names & names_in(inner.place):
                return True
            if isinstance(inner, Assign):
                kept = names & sources(inner.value)
                if kept or (inner.op is not None and names & set(targets_of(inner))):
                    return True
            for expr in expressions_of(inner):
                for call in walk(expr):
                    if isinstance(call, Op) and not is_known(call) and names & names_in(call):
                        return True
        return False

    def _by_index(self, stmt: For) -> list[Stmt]:
        """`for row in m` as `for k in range(len(m)): row = m[k]`."""
        before, iterable = self.iterable(stmt, stmt.iter)
        bound = {n for s in statements(stmt.body) for n in _plainly_bound(s)}
        if set(names_in(iterable)) & (bound | set(bound_names(stmt.target))):
            more, iterable = self.named_iterable(iterable, stmt, always=True)
            before += more
        plan = plan_trips(replace(stmt, iter=iterable), self)
        assert isinstance(plan.target, Var) and plan.backward is not None
        body = (*plan.bindings, *stmt.body)
        counted = replace(stmt, target=plan.target, iter=plan.backward, body=body)
        return [*before, *self.loop(counted)]

    def temporary(self, base: str, kind: Kind) -> Var:
        return Var(self.fresh(base), kind=kind)

    def iterable(self, stmt: For, expr: Expr) -> tuple[list[Stmt], Expr]:
        """`expr` as a range, or `enumerate`/`zip`/`reversed` of named sequences."""
        if isinstance(expr, Op) and expr.fn in (enumerate, zip, reversed):
            before: list[Stmt] = []
            args = []
            mixed = expr.fn is zip and not all(map(_runs_once, expr.args))
            for position, arg in enumerate(expr.args):
                nested = expr.fn is not enumerate or position == 0
                if mixed and _runs_once(arg):  # beside what is indexed, it must be so too
                    arg = Op(list, (arg,), origin=arg.origin)
                more, new = self.iterable(stmt, arg) if nested else ([], arg)
                before += more
                args.append(new)
            return before, replace(expr, args=tuple(args))
        if is_range(expr) and isinstance(expr, Op):
            return self.arguments(expr)
        indexed = isinstance(expr, Var) and not by_keys(expr.kind)
        return self.named_iterable(expr, stmt, always=not indexed)

    def named_iterable(self, expr: Expr, stmt: Stmt, always: bool) -> tuple[list[Stmt], Expr]:
        if isinstance(expr, Op) and is_iterator(expr.fn):
            expr = Op(list, (expr,), kind=ListOf(element_kind(expr)), origin=expr.origin)
        before, new = self.expression(expr)
        if not always:
            return before, new
        if isinstance(new, Op) and new.fn in (enumerate, zip, reversed):
            parts = [self.named_iterable(arg, stmt, always=True) for arg in new.args]
            before += [s for more, _ in parts for s in more]
            return before, replace(new, args=tuple(arg for _, arg in parts))
        kind = RangeOf() if isinstance(new, Op) and new.fn is range else new.kind
        value = new
        if by_keys(new.kind) or (isinstance(new, Op) and _is_iterator(new) and not _runs_once(new)):
            kind = ListOf(element_kind(new))
            value = Op(list, (new,))
        name = Var(self.fresh("items"), kind=kind)
        return [*before, Assign(name, value, origin=stmt.origin)], name

    # -- one exit

    def single_exit(self, block: Block) -> Block:
        returns = [s for s in statements(block) if isinstance(s, Return)]
        if not returns or (len(returns) == 1 and block and block[-1] is returns[0]):
            return block
        name = self.fresh("result")
        kind = _joined([r.value for r in returns])
        return (*_with_result(block, name, kind), Return(Var(name, kind=kind)))

    def named_result(self, function: Function) -> Function:
        """`function` with a name for what it returns at its end."""
        *body, last = function.body
        if not isinstance(last, Return) or last.value is None or isinstance(last.value, Var):
            return function
        name = Var(self.fresh("result"), kind=last.value.kind)
        held = Assign(name, last.value, origin=last.origin)
        arms = self.statement(held) if name.name in self.wishes.opened else [held]
        return replace(function, body=(*body, *arms, replace(last, value=name)))


def _taken_out(expr: Expr) -> Expr | None:
    """The item that `{"a": x, "b": y}["a"]`, of an object that was just made say, is: x."""
    if not isinstance(expr, Item) or not isinstance(expr.base, Dict):
        return None
    if not isinstance(expr.index, Const) or not all(isinstance(k, Const) for k in expr.base.keys):
        return None
    found = None
    for key, value in zip(expr.base.keys, expr.base.values, strict=True):
        if isinstance(key, Const) and key.value == expr.index.value:
            found = value
        elif not isinstance(value, Var | Const):
            return None
    return found


def _plainly_bound(stmt: Stmt) -> tuple[str, ...]:
    """The names that `stmt` binds to something else (`x += e` leaves an array where it is)."""
    if isinstance(stmt, Assign) and stmt.op is not None:
        return ()
    return targets_of(stmt)


def _joined(values: list[Expr | None]) -> Kind:
    result: Kind = NEVER
    for value in values:
        result = join(result, NONE if value is None else value.kind)
    return result


def _with_result(block: Block, name: str, kind: Kind) -> Block:
    out: list[Stmt] = []
    for stmt in block:
        if isinstance(stmt, Return):
            value = stmt.value if stmt.value is not None else Const(None)
            out.append(Assign(Var(name, kind=value.kind), value, origin=stmt.origin))
        elif isinstance(stmt, If) and any(isinstance(s, Return) for s in statements((stmt,))):
            then, orelse = (
                _with_result(stmt.then, name, kind),
                _with_result(stmt.orelse, name, kind),
            )
            keeps = stmt.tail and not any(isinstance(s, Return) for s in statements(stmt.then))
            out.append(replace(stmt, then=then, orelse=orelse, tail=keeps))
        else:
            out.append(stmt)
    return tuple(out)


def _as_choice(expr: Choice | BoolOp) -> Choice:
    """`a and b` as `b if a else a`, `a or b` as `a if a else b`."""
    if isinstance(expr, Choice):
        return expr
    first, *rest = expr.values
    tail = rest[0] if len(rest) == 1 else replace(expr, values=tuple(rest))
    if isinstance(tail, BoolOp):
        tail = _as_choice(tail)
    arms = (tail, first) if expr.op == "and" else (first, tail)
    return Choice(first, *arms, kind=expr.kind, origin=expr.origin)


def _renamed(target: Var | Tuple, old: str, new: str) -> Var | Tuple:
    def change(node: Expr) -> Expr | None:
        return replace(node, name=new) if isinstance(node, Var) and node.name == old else None

    result = rewrite(target, change)
    assert isinstance(result, Var | Tuple)
    return result


def _is_iterator(op: Op) -> bool:
    """Whether the items come from an iterator, which cannot be indexed."""
    return not isinstance(op.kind, Array) and rule_for(op) is None


def _runs_once(expr: Expr) -> bool:
    """Whether a loop runs over an iterator that nothing which varies goes into."""
    if not isinstance(expr, Op) or not _is_iterator(expr) or not is_iterated_only(expr):
        return False
    operands = (*expr.args, *(value for _, value in expr.kwargs))
    return not any(carries(arg.kind) and not isinstance(arg, Const) for arg in operands)
