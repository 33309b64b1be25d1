"""Calls that write into an operand, as stores: `np.add(x, y, out=c)` as `c[...] = np.add(x, y)`.

What each of them means is said in `rules.in_place`. Here they are taken out of the expressions
that they stand in; what Python evaluates before them is put by first.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, replace

from srcad.core import (
    Assert,
    Assign,
    Attr,
    Block,
    BoolOp,
    Choice,
    Const,
    Effect,
    Expr,
    For,
    Function,
    If,
    Item,
    Method,
    Op,
    Raise,
    Return,
    Slice,
    Stmt,
    Store,
    Tuple,
    Var,
    While,
    children,
    expressions_of,
    names_of,
    statements,
    walk,
    with_children,
)
from srcad.errors import UnsupportedConstruct
from srcad.kinds import Array, DictOf, ListOf, carries
from srcad.names import Names
from srcad.rules import in_place
from srcad.rules.applied import over_positions


def as_stores(function: Function) -> Function:
    """`function`, whose kinds are known, with stores in place of calls that write."""
    if not any(_is_concerned(stmt) for stmt in statements(function.body)):
        return function
    return replace(function, body=_Rewrite(Names(names_of(function))).block(function.body))


def _is_concerned(stmt: Stmt) -> bool:
    if isinstance(stmt, Store) and (_into_memory(stmt) is not stmt or _as_growth(stmt)):
        return True
    if isinstance(stmt, For) and over_positions(stmt) is not stmt:
        return True
    return any(_writes(e) or _is_flat(e) for expr in expressions_of(stmt) for e in walk(expr))


def _writes(expr: Expr) -> bool:
    return isinstance(expr, Op) and in_place.meaning(expr, Var) is not None


def _is_flat(expr: Expr) -> bool:
    """Whether `expr` is `x.flat` of a float array."""
    if not isinstance(expr, Attr) or expr.name != "flat":
        return False
    return isinstance(expr.base.kind, Array) and carries(expr.base.kind)


def _is_part(expr: Expr) -> bool:
    """Whether `expr` is the real or imaginary part of an array."""
    if not isinstance(expr, Attr) or expr.name not in ("real", "imag"):
        return False
    return isinstance(expr.base.kind, Array)


def _into_memory(stmt: Store) -> Store:
    """A store into `x.flat`, `x.real` or `x.imag` as one into the array."""
    place, value = stmt.place, stmt.value
    match place:
        case Item(base=Attr(base=base) as flat, index=index) if _is_flat(flat):
            new = value if stmt.op else in_place.flat_value(base, index, value)
            return replace(stmt, place=Item(base, in_place.flat_place(base, index)), value=new)
        case Attr(base=base) if _is_flat(place):
            new = in_place.flat_whole(base, value)
            return replace(stmt, place=Item(base, in_place.EVERYTHING), value=new)
        case Item(base=Attr(base=base, name="imag") as part, index=index) if _is_part(part):
            place = Item(base, index)
            return replace(stmt, place=place, value=in_place.other_imag(place, stmt), op=None)
        case Attr(base=base, name="imag") if _is_part(place):
            place = Item(base, in_place.EVERYTHING)
            return replace(stmt, place=place, value=in_place.other_imag(place, stmt), op=None)
        case Attr(name="real") if _is_part(place):
            return replace(stmt, place=Item(place, in_place.EVERYTHING))
    return stmt


def _as_growth(stmt: Store) -> Effect | None:
    """`place += values` of a list and `place |= items` of a dict, by their methods."""
    kind, method = type(stmt.place.kind), None
    if kind is ListOf and stmt.op is operator.add:
        method = Method("extend")
    elif kind is DictOf and stmt.op is operator.or_:
        method = Method("update")
    if method is None:
        return None
    return Effect(Op(method, (stmt.place, stmt.value), origin=stmt.origin), origin=stmt.origin)


@dataclass
class _Rewrite:
    names: Names

    def fresh(self, name: str) -> Var:
        return Var(self.names.fresh(name))

    def block(self, block: Block) -> Block:
        return tuple(new for stmt in block for new in self.statement(stmt))

    def statement(self, stmt: Stmt) -> list[Stmt]:
        before: list[Stmt] = []
        new = self._statement(stmt, before)
        made = [*before, *([new] if new is not None else [])]
        if len(made) > 1:
            silent = replace(stmt.origin, comments=())
            made = [replace(part, origin=silent) for part in made]
            made[0] = replace(made[0], origin=stmt.origin)
        return made

    def _statement(self, stmt: Stmt, before: list[Stmt]) -> Stmt | None:
        match stmt:
            case If():
                test = self.expression(stmt.test, before)
                then, orelse = self.block(stmt.then), self.block(stmt.orelse)
                return replace(stmt, test=test, then=then, orelse=orelse)
            case While():
                self.refuse_in(stmt.test, stmt)
                return replace(stmt, body=self.block(stmt.body))
            case For():
                stmt = over_positions(stmt)
                iterable = stmt.iter
                if isinstance(iterable, Attr) and _is_flat(iterable):
                    iterable = in_place.flat_items(iterable.base)
                iterable = self.expression(iterable, before)
                return replace(stmt, iter=iterable, body=self.block(stmt.body))
            case Store():
                return self._store(stmt, before)
            case Effect(value=Op() as call):
                value = self.expression(call, before)
                made = before and not isinstance(value, Op)
                return None if made else replace(stmt, value=value)
            case Assign() | Return(value=Expr()):
                assert stmt.value is not None
                value = self.expression(stmt.value, before)
                return replace(stmt, value=value)
            case Assert() | Raise():
                for expr in expressions_of(stmt):
                    self.refuse_in(expr, stmt)
        return stmt

    def _store(self, stmt: Store, before: list[Stmt]) -> Stmt:
        for part in children(stmt.place):
            self.refuse_in(part, stmt)
        grown = _as_growth(stmt)
        if grown is not None:
            assert isinstance(grown.value, Op)
            return replace(grown, value=self.expression(grown.value, before))
        stmt = _into_memory(stmt)
        if stmt.op is not None and any(map(_writes, walk(stmt.value))):
            # Python reads the place first
            old = replace(self.fresh("value"), kind=stmt.place.kind)
            before.append(Assign(old, stmt.place, origin=stmt.origin))
            new = self.expression(stmt.value, before)
            before.append(Assign(old, new, stmt.op, origin=stmt.origin))
            return replace(stmt, value=old, op=None)
        return replace(stmt, value=self.expression(stmt.value, before))

    def refuse_in(self, expr: Expr, stmt: Stmt) -> None:
        """Refuse a call that writes where it cannot be taken out."""
        for node in walk(expr):
            if _writes(node):
                raise UnsupportedConstruct(
                    f"cannot differentiate `{stmt.origin.text}`: it writes into an array in the "
                    "midst of an expression",
                    "Make the call that writes a statement of its own",
                    stmt.origin,
                )

    # -- expressions

    def expression(self, expr: Expr, before: list[Stmt]) -> Expr:
        """`expr` without calls that write; what they mean goes to `before`."""
        if not any(_writes(node) or _is_flat(node) for node in walk(expr)):
            return expr
        if isinstance(expr, Choice | BoolOp):
            return self._lazily(expr, before)
        if isinstance(expr, Item) and _is_flat(expr.base):
            assert isinstance(expr.base, Attr)
            base, index = self._operands((expr.base.base, expr.index), before)
            return in_place.flat_item(base, index)
        expr = with_children(expr, self._operands(children(expr), before))
        meaning = in_place.meaning(expr, self.fresh) if isinstance(expr, Op) else None
        if meaning is None:
            return expr
        before += meaning.steps
        return meaning.value

    def _operands(self, operands: tuple[Expr, ...], before: list[Stmt]) -> tuple[Expr, ...]:
        """Operands that are evaluated one after the other."""
        done: list[Expr] = []
        for operand in operands:
            steps: list[Stmt] = []
            new = self.expression(operand, steps)
            if steps:
                done = [self._held(earlier, before) for earlier in done]
            before += steps
            done.append(new)
        return tuple(done)

    def _held(self, value: Expr, before: list[Stmt]) -> Expr:
        """The value that an operand has now."""
        if isinstance(value, Var | Const | Slice | Tuple):
            return value
        name = replace(self.fresh("value"), kind=value.kind)
        before.append(Assign(name, value, origin=value.origin))
        return name

    def _lazily(self, expr: Choice | BoolOp, before: list[Stmt]) -> Expr:
        """An expression whose parts are evaluated as far as needed, as an if statement."""
        name = replace(self.fresh("value"), kind=expr.kind)
        if isinstance(expr, Choice):
            test = self.expression(expr.test, before)
            arms = [self._arm(name, arm) for arm in (expr.then, expr.orelse)]
            before.append(If(test, arms[0], arms[1], origin=expr.origin))
            return name
        first, *rest = expr.values
        before.append(Assign(name, self.expression(first, before), origin=expr.origin))
        tail = rest[0] if len(rest) == 1 else replace(expr, values=tuple(rest))
        arm = self._arm(name, tail)
        test = name if expr.op == "and" else Op(operator.not_, (name,))
        before.append(If(test, arm, (), origin=expr.origin))
        return name

    def _arm(self, name: Var, value: Expr) -> Block:
        inner: list[Stmt] = []
        new = self.expression(value, inner)
        return (*inner, Assign(name, new, origin=value.origin))
