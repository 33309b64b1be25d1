"""Puts the two sweeps together from the steps."""

from __future__ import annotations

import operator
from dataclasses import dataclass, replace

from srcad.core import (
    Assign,
    Block,
    Comment,
    Const,
    Expr,
    For,
    If,
    Item,
    Op,
    Slice,
    Stmt,
    Try,
    Var,
    While,
    With,
)
from srcad.kinds import Scalar
from srcad.reverse.attempts import is_filter
from srcad.reverse.bindings import has_reverse, raises
from srcad.reverse.steps import Branch, Leaf, Loop, Mark, Section
from srcad.rules import vocabulary as words


def forward_sweep(section: Section) -> list[Stmt]:
    """The statements of the forward sweep."""
    out: list[Stmt] = []
    around: list[list[Stmt]] = []
    for step in section.steps:
        out += step.saves
        if isinstance(step, Mark):
            if step.opens:
                around.append(out)
                out = []
            else:
                assert isinstance(step.stmt, With | Try)
                out = [*around.pop(), replace(step.stmt, body=tuple(out))]
        elif isinstance(step, Leaf):
            out += step.forward
        elif isinstance(step, Branch) and isinstance(step.stmt, Try):
            out.append(replace(step.stmt, body=tuple(forward_sweep(step.then))))
        elif isinstance(step, Branch):
            assert isinstance(step.stmt, If)
            then, orelse = forward_sweep(step.then), forward_sweep(step.orelse)
            out.append(
                If(
                    step.stmt.test,
                    tuple(then),
                    tuple(orelse),
                    step.stmt.tail,
                    origin=step.stmt.origin,
                )
            )
        else:
            out += _forward_loop(step)
        out += step.after
    return out


def _forward_loop(step: Loop) -> list[Stmt]:
    body = forward_sweep(step.body)
    out = list(step.before)
    if step.flag is not None:
        out.append(Assign(Var(step.flag), step.no_exit))
    if step.counter is not None and step.tape_test is None:
        counter = Var(step.counter, kind=Scalar("int64"))
        out.append(Assign(counter, words.number(0)))
        body.insert(0, Assign(counter, words.number(1), operator.add))
    stmt = step.stmt
    if isinstance(stmt, For):
        out.append(For(stmt.target, stmt.iter, tuple(body), origin=stmt.origin))
    else:
        out.append(While(stmt.test, tuple(body), origin=stmt.origin))
    return out


def reverse_sweep(section: Section) -> list[Stmt]:
    """The statements of the reverse sweep, each group under the statement it belongs to."""
    out = [*section.enter, *section.recovered]
    around: list[list[Stmt]] = []
    for step in reversed(section.steps):
        if isinstance(step, Mark):
            if not step.opens:
                around.append(out)
                out = []
            else:
                out = [*around.pop(), *_surrounded(step, out)]
        elif isinstance(step, Leaf):
            out += _reverse_leaf(step)
        elif isinstance(step, Branch):
            out += _reverse_branch(step)
        else:
            out += _reverse_loop(step)
    return out + section.leave


def _surrounded(mark: Mark, block: list[Stmt]) -> list[Stmt]:
    """The reverse statements of what was in a `with`, in the same context where that matters."""
    if not mark.surrounds or not block:
        return block
    assert isinstance(mark.stmt, With)
    filters = [replace(s) for s in mark.stmt.body if is_filter(s)]
    return [With(mark.stmt.context, (*filters, *block))]


def _reverse_leaf(step: Leaf) -> list[Stmt]:
    if not step.reverse:
        return [*step.restores, *step.late]
    head: list[Stmt] = []
    if step.stmt.origin.text and not step.implicit:
        head.append(Comment(step.stmt.origin.text))
    return [*step.restores, *head, *step.again, *step.reverse, *step.late]


def _reverse_branch(step: Branch) -> list[Stmt]:
    then, orelse = reverse_sweep(step.then), reverse_sweep(step.orelse)
    if isinstance(step.stmt, If) and raises(step.stmt.then):
        return orelse
    if isinstance(step.stmt, If) and raises(step.stmt.orelse):
        return then
    return [*step.restores, *_decided(step, then, orelse), *step.late]


def _decided(step: Branch, then: list[Stmt], orelse: list[Stmt]) -> list[Stmt]:
    if not has_reverse(step.then) and not has_reverse(step.orelse):
        return []
    if not then:
        return [If(_negated(step.test), tuple(orelse))]
    return [If(step.test, tuple(then), tuple(orelse))]


_OPPOSITES = {
    operator.lt: operator.ge,
    operator.ge: operator.lt,
    operator.gt: operator.le,
    operator.le: operator.gt,
    operator.eq: operator.ne,
    operator.ne: operator.eq,
    operator.is_: operator.is_not,
    operator.is_not: operator.is_,
}


def _negated(test: Expr) -> Expr:
    """`not test`. (An ordering's opposite is not its negation where NaN may occur.)"""
    if isinstance(test, Op) and test.fn is operator.not_:
        return test.args[0]
    exact = (operator.eq, operator.ne, operator.is_, operator.is_not)
    if isinstance(test, Op) and test.fn in exact:
        return Op(_OPPOSITES[test.fn], test.args, kind=test.kind)
    return Op(operator.not_, (test,), kind=Scalar("bool"))


def _reverse_loop(step: Loop) -> list[Stmt]:
    out = list(step.enter)
    if has_reverse(step.body):
        body = tuple(reverse_sweep(step.body))
        if step.tape_test is not None:
            out.append(While(Var(step.tape_test, kind=words.LIST), body))
        elif step.backward is not None:
            out.append(For(_target(step), _backwards(step), body))
        else:
            count = words.count_up(Var(step.counter or "", kind=Scalar("int64")))
            out.append(For(Var("_"), count, body))
    return [*out, *step.restores]


def _target(step: Loop) -> Var:
    assert isinstance(step.target, Var)
    return step.target


def _backwards(step: Loop) -> Expr:
    trips = step.backward
    assert trips is not None
    if isinstance(trips, Op) and trips.fn is reversed:
        if step.counter is None:
            return trips.args[0]
        trips = Item(trips.args[0], Slice(None, None, Const(-1)))
    if step.counter is not None:
        trips = Item(trips, Slice(None, Var(step.counter)))
    return words.backwards(trips)


@dataclass
class Sweeps:
    """Both halves of one function."""

    forward: list[Stmt]
    reverse: list[Stmt]

    def joint(self) -> Block:
        """One body: forward sweep, a blank line, reverse sweep."""
        return (*self.forward, Comment(""), *self.reverse)
