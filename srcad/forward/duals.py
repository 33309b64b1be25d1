"""Expressions with their tangents: one walk gives the value, as it is to be written now, and how
it changes.

A sub-value that a derivative needs and that is dear gets a name in front of the statement, as
does a call of the user's function that returns its tangent along with its value.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, replace
from types import SimpleNamespace

from srcad.analysis.sharing import NO_NAMES, calls_in, sources, written_operands
from srcad.analysis.varied import varies
from srcad.core import (
    Assign,
    Attr,
    BoolOp,
    Choice,
    Const,
    Dict,
    Expr,
    Field,
    If,
    Item,
    List,
    Op,
    Record,
    Slice,
    Stmt,
    Tuple,
    Var,
    children,
    walk,
    with_children,
)
from srcad.errors import UnsupportedConstruct
from srcad.forward.scope import Scope, zero_of
from srcad.kinds import BOOL, Kind, Scalar, carries
from srcad.objects import is_slot
from srcad.rules import rule_for
from srcad.rules.vocabulary import spread_like

# Stands for the value of the whole expression until the statement has given it a name.
RESULT = "%result"


@dataclass(frozen=True, slots=True)
class Dual:
    """A value and its tangent: None for zero.

    `full` says that the tangent has the shape of the value and not merely one that broadcasts
    to it.
    """

    value: Expr
    tangent: Expr | None = None
    full: bool = True


def lent(place: Expr) -> bool:
    """Whether an attribute may be one that the object's class has for all its objects."""
    if not isinstance(place, Item) or not isinstance(place.index, Field):
        return False
    cls = getattr(place.base.kind, "cls", None)
    return hasattr(cls, str(place.index.value)) and not is_slot(cls, str(place.index.value))


class Duals:
    """Makes duals of the expressions of one statement; `front` is what has to precede it."""

    def __init__(self, scope: Scope, stmt: Stmt) -> None:
        self.scope = scope
        self.stmt = stmt
        # what a call in the statement writes into varies for what follows it there
        written = scope.memory.writes_of(stmt) & scope.shadowed
        self.varied = scope.varies.before(stmt) | (written & scope.varies.after(stmt))
        self.front: list[Stmt] = []
        self.known: dict[Expr, Var] = {}  # what the names in front hold

    # -- what needs a tangent

    def is_active(self, expr: Expr) -> bool:
        """Whether the value of `expr` has a tangent to be carried along."""
        if varies(expr, self.varied):
            return True
        return bool(sources(expr, self.scope.memory.effects_of) & self.scope.shadowed)

    def is_mirrored(self, op: Op) -> bool:
        """Whether the call `op` writes into memory that has a tangent."""
        effects_of = self.scope.memory.effects_of
        written = (sources(expr, effects_of) for expr in written_operands(op, effects_of))
        return any(names & self.scope.shadowed for names in written)

    def has_mirrored(self, *exprs: Expr) -> bool:
        """Whether evaluating the expressions writes into memory that has a tangent."""
        return any(self.is_mirrored(op) for op in calls_in(exprs))

    # -- the walk

    def dual(self, expr: Expr, result: bool = False) -> Dual:
        """`expr` and its tangent; `result` says that its value may be referred to as `RESULT`."""
        if not self.is_active(expr) and not self.has_mirrored(expr):
            return Dual(expr)
        match expr:
            case Var(name=name):
                return Dual(expr, self.scope.tangent(name, expr.kind))
            case Op():
                return self.operation(expr, result)
            case Attr():
                return self.attribute(expr)
            case Item(base=base, index=index):
                return self.item(expr, base, index)
            case Tuple(items=items) | List(items=items):
                return self.display(expr, items)
            case Dict():
                return self.dict_display(expr)
            case Choice():
                return self.choice(expr)
            case BoolOp():
                return self.bool_op(expr)
        return self.inactive_parts(expr)

    def duals(self, exprs: tuple[Expr, ...]) -> list[Dual]:
        """The duals of operands, evaluated from the left as in the program."""
        found = []
        for place, expr in enumerate(exprs):
            dual = self.dual(expr)
            if self.has_mirrored(*exprs[place + 1 :]):
                dual = self.held(dual)
            found.append(dual)
        return found

    def held(self, dual: Dual) -> Dual:
        """`dual` evaluated now, ahead of what follows it in the statement."""
        if isinstance(dual.value, Const | Var):
            return dual
        named = Dual(self.named(dual.value), dual.tangent, dual.full)
        if dual.tangent is None or isinstance(dual.tangent, Const | Var):
            return named
        return replace(named, tangent=self.named(dual.tangent, "t_" + named.value.name))  # type: ignore[attr-defined]

    def inactive_parts(self, expr: Expr) -> Dual:
        """An expression without a tangent of its own but with effects inside."""
        parts = self.duals(children(expr))
        return Dual(with_children(expr, tuple(part.value for part in parts)))

    # -- names in front

    def named(self, value: Expr, base: str = "") -> Var:
        """A variable that holds `value`, assigned in front of the statement."""
        scope = self.scope
        if value in self.known:
            return self.known[value]
        name = Var(scope.names.fresh(base), kind=value.kind) if base else scope.temporary(value)
        self.front.append(Assign(name, value))
        self.known[value] = name
        return name

    def precede(self, *stmts: Stmt) -> None:
        """Put statements in front that may write into memory: what is known may hold no more."""
        self.front += stmts
        self.known.clear()

    def handy(self, dual: Dual) -> Dual:
        """`dual` with a value that is cheap enough to be written twice."""
        return replace(dual, value=self._handy(dual.value))

    def _handy(self, value: Expr) -> Expr:
        if isinstance(value, Slice) or (isinstance(value, Tuple) and is_dear(value)):
            return with_children(value, tuple(map(self._handy, children(value))))
        return self.named(value) if is_dear(value) else value

    def full(self, dual: Dual) -> Dual:
        """`dual` with a tangent of the shape of its value."""
        if dual.full or dual.tangent is None:
            return dual
        value = dual.value
        if not isinstance(value, Var | Const):
            value = self.named(value)
        return Dual(value, spread_like(dual.tangent, value))

    def filled(self, dual: Dual, kind: Kind) -> Expr:
        """The tangent, zeros where there is none."""
        if dual.tangent is not None:
            return dual.tangent
        return zero_of(dual.value, kind)

    # -- kinds of expression

    def operation(self, op: Op, result: bool) -> Dual:
        """An operation: by the user's function, by its rule, or by what containers do."""
        from srcad.forward.calls import user_call
        from srcad.forward.containers import container_operation
        from srcad.forward.ruled import by_rule, into_operand

        called = user_call(self, op)
        if called is not None:
            return called
        contained = container_operation(self, op)
        if contained is not None:
            return contained
        rule = rule_for(op, self.scope.ties)
        if rule is not None and self.is_mirrored(op):
            return into_operand(self, op, rule)
        return by_rule(self, op, rule, result)

    def attribute(self, expr: Attr) -> Dual:
        """`base.name`: by its rule; of a tuple with names, the same item of the tangent."""
        from srcad.forward.ruled import by_rule

        rule = rule_for(expr, self.scope.ties)
        if rule is not None:
            return by_rule(self, expr, rule, False)
        base = self.dual(expr.base)
        value = replace(expr, base=base.value)
        if base.tangent is None:
            return Dual(value)
        return Dual(value, Attr(base.tangent, expr.name, kind=expr.kind))

    def item(self, expr: Expr, base: Expr, index: Expr) -> Dual:
        """`base[index]`: the same item of the tangent."""
        held, place = self.duals((base, index))
        held = self.full(held)
        if held.tangent is None or not self.is_active(expr):
            return Dual(Item(held.value, place.value, kind=expr.kind, origin=expr.origin))
        place = self.handy(place)
        value = Item(held.value, place.value, kind=expr.kind, origin=expr.origin)
        tangent = Item(held.tangent, place.value, kind=expr.kind)
        return Dual(value, self._of_object(tangent, value) if lent(expr) else tangent)

    def _of_object(self, tangent: Item, value: Expr) -> Expr:
        """The tangent of an attribute that is the class's until the object is given its own."""
        assert isinstance(tangent.index, Field)
        own = Op(hasattr, (tangent.base, Const(tangent.index.value)), kind=BOOL)
        return Choice(own, tangent, zero_of(value, tangent.kind), kind=tangent.kind)

    def display(self, expr: Tuple | List, items: tuple[Expr, ...]) -> Dual:
        """A tuple or list: one of the tangents of its items."""
        duals = [self.full(dual) for dual in self.duals(items)]
        value = replace(expr, items=tuple(dual.value for dual in duals))
        parts = zip(duals, items, strict=True)
        tangents = tuple(self.kept(dual, item) for dual, item in parts)
        return Dual(value, replace(expr, items=tangents))

    def dict_display(self, expr: Dict) -> Dual:
        """A dict or object: one of the tangents of its values, under the same keys."""
        duals = [self.full(dual) for dual in self.duals(expr.values)]
        value = replace(expr, values=tuple(dual.value for dual in duals))
        parts = zip(duals, expr.values, strict=True)
        tangents = tuple(self.kept(dual, item) for dual, item in parts)
        tangent = replace(expr, values=tangents)
        if isinstance(tangent, Record):
            tangent = replace(tangent, cls=SimpleNamespace)
        return Dual(value, tangent)

    def kept(self, dual: Dual, item: Expr, holder: Expr | None = None) -> Expr:
        """The tangent of an item that a container, `holder` if known, is to refer to."""
        tangent = self.filled(dual, item.kind)
        if dual.tangent is None:
            return tangent
        held_by = NO_NAMES if holder is None else self.scope.memory.sources(holder)
        if held_by & self.scope.changing or self.scope.borrowed(tangent) & self.scope.shadowed:
            return self.scope.independent(tangent, item.kind, item, dual.value)
        return tangent

    def choice(self, expr: Choice) -> Dual:
        """`then if test else orelse`; an `if` in front where a branch needs names of its own."""
        test = self.dual(expr.test).value
        then, then_front = self.branch(expr.then)
        orelse, orelse_front = self.branch(expr.orelse)
        if then_front or orelse_front:
            return self.choice_in_front(expr, test, (then, then_front), (orelse, orelse_front))
        if then.tangent is None and orelse.tangent is None:
            return Dual(replace(expr, test=test, then=then.value, orelse=orelse.value))
        test = self.named(test) if is_dear(test) else test
        value = replace(expr, test=test, then=then.value, orelse=orelse.value)
        tangents = self.filled(then, expr.then.kind), self.filled(orelse, expr.orelse.kind)
        return Dual(value, replace(expr, test=test, then=tangents[0], orelse=tangents[1]))

    def branch(self, expr: Expr) -> tuple[Dual, list[Stmt]]:
        """The dual of a branch and what has to precede it."""
        outer, known = self.front, self.known
        self.front, self.known = [], dict(known)
        dual = self.full(self.dual(expr))
        front, self.front, self.known = self.front, outer, known
        return dual, front

    def choice_in_front(
        self,
        expr: Choice,
        test: Expr,
        then: tuple[Dual, list[Stmt]],
        orelse: tuple[Dual, list[Stmt]],
    ) -> Dual:
        """A choice made by an `if` statement in front."""
        chosen = Var(self.scope.names.fresh("chosen"), kind=expr.kind)
        active = then[0].tangent is not None or orelse[0].tangent is not None
        tangent = self.scope.tangent(chosen.name, expr.kind) if active else None
        blocks = []
        for (dual, front), part in ((then, expr.then), (orelse, expr.orelse)):
            ending: list[Stmt] = [Assign(chosen, dual.value)]
            if tangent is not None:
                ending.append(Assign(tangent, self.filled(dual, part.kind)))
            blocks.append((*front, *ending))
        self.precede(If(test, blocks[0], blocks[1]))
        return Dual(chosen, tangent)

    def bool_op(self, expr: BoolOp) -> Dual:
        """`a and b`: `b if a else a`; `a or b`: `a if a else b`."""
        if not carries(expr.kind) and not self.has_mirrored(expr):
            return Dual(expr)
        first, *rest = expr.values
        if not rest:
            return self.dual(first)
        held = self.dual(first)
        if not isinstance(held.value, Var):
            held = replace(held, value=self.named(held.value))
        if held.tangent is not None and not isinstance(held.tangent, Var):
            held = replace(held, tangent=self.named(held.tangent, "tangent"))
        following = BoolOp(expr.op, tuple(rest), kind=expr.kind) if rest[1:] else rest[0]
        other, front = self.branch(following)
        branches = [(held, []), (other, front)]
        if expr.op == "and":
            branches.reverse()
        parts = Choice(held.value, branches[0][0].value, branches[1][0].value, kind=expr.kind)
        return self.choice_in_front(parts, held.value, *branches)


def is_dear(expr: Expr) -> bool:
    """Whether `expr` should not be written twice: it costs more than arithmetic, or is long."""
    operations = [node for node in walk(expr) if isinstance(node, Op)]
    return len(operations) > LONG or any(cost_of(op) > 1 for op in operations)


LONG = 6


def cost_of(op: Op) -> int:
    """What an operation costs, in the measure of `Rule.cost`."""
    if op.fn is operator.pow and isinstance(op.args[1], Const) and isinstance(op.kind, Scalar):
        return 1
    rule = rule_for(op)
    return 3 if rule is None else rule.cost


def refuse(what: str, remedy: str, expr: Expr, stmt: Stmt) -> UnsupportedConstruct:
    """The error for something that has no tangent here."""
    origin = expr.origin if expr.origin.line else stmt.origin
    return UnsupportedConstruct(what, remedy, origin)
