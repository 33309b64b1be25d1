"""Taking out what has been found dead: what is left of statements, blocks and comments."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, replace

from srcad.blocks import leaves
from srcad.core import (
    Assign,
    Block,
    Break,
    Comment,
    Continue,
    Effect,
    Expr,
    For,
    If,
    Op,
    Raise,
    Stmt,
    Try,
    Tuple,
    Var,
    While,
    With,
    bound_names,
)


@dataclass(frozen=True, slots=True)
class Sweep:
    """Rebuilds blocks from the statements marked as needed.

    `unused` says that the name `_` is free for the parts of a result that nobody reads; `forced`
    are statements that are needed whole, for what they may raise.
    """

    marked: set[int]
    live_after: Callable[[Stmt], frozenset[str]]
    is_pure: Callable[[Expr], bool]
    unused: bool
    forced: frozenset[int] = frozenset()

    def block(self, block: Block) -> Block:
        """What is left of `block`; a comment goes with the last of the statements under it."""
        out: list[Stmt] = []
        group = _Group()
        for stmt in block:
            if isinstance(stmt, Comment):
                if group.at is not None and stmt.text and stmt == out[group.at]:
                    continue  # more of the same statement
                group.close(out)
                if out and _part_of(stmt, out[-1]):
                    continue
                group = _Group(len(out) if stmt.text else None)
                out.append(stmt)
            else:
                left = self.statement(stmt)
                group.had, group.has = True, group.has or bool(left)
                out += left
                if leaves(left):
                    break  # what was in a `try` may now be seen to end here
        group.close(out)
        return _without_stray_blanks(out)

    def statement(self, stmt: Stmt) -> Block:
        """What is left of `stmt`."""
        if isinstance(stmt, Break | Continue):
            return (stmt,)
        if id(stmt) not in self.marked:
            return ()
        match stmt:
            case If(test=test, then=then, orelse=orelse):
                return self.branches(stmt, test, self.block(then), self.block(orelse))
            case For(body=body) | While(body=body):
                return (replace(stmt, body=self.block(body)),)
            case With():
                return (replace(stmt, body=self.block(stmt.body)),)
            case Try():
                body, orelse = self.block(stmt.body), self.block(stmt.orelse)
                handlers = tuple(map(self.block, stmt.handlers))
                if all(handler == (Raise(),) for handler in handlers):
                    return (*body, *orelse)
                if not body:
                    return orelse
                return (replace(stmt, body=body, handlers=handlers, orelse=orelse),)
            case Assign():
                return (self.assignment(stmt),)
        return (stmt,)

    def branches(self, stmt: If, test: Expr, then: Block, orelse: Block) -> Block:
        then, orelse = _unless_comments(then), _unless_comments(orelse)
        if then:
            return (replace(stmt, then=then, orelse=orelse),)
        if orelse:
            return (replace(stmt, test=negation(test), then=orelse, orelse=(), tail=False),)
        return () if self.is_pure(test) else (Effect(test, origin=stmt.origin),)

    def assignment(self, stmt: Assign) -> Stmt:
        live = self.live_after(stmt)
        parts = live_parts(stmt, live, self.is_pure)
        if parts is not None and id(stmt) not in self.forced:
            return _of_parts(stmt, parts)
        names = bound_names(stmt.target)
        if not live.intersection(names) and stmt.op is None:
            return Effect(stmt.value, origin=stmt.origin)
        if isinstance(stmt.target, Tuple) and isinstance(stmt.value, Op) and self.unused:
            return replace(stmt, target=_only(stmt.target, live))
        return stmt


@dataclass(slots=True)
class _Group:
    """The statements under a comment: its place, whether there were any, whether any is left."""

    at: int | None = None
    had: bool = False
    has: bool = False

    def close(self, out: list[Stmt]) -> None:
        if self.at is not None and self.had and not self.has:
            del out[self.at]


def _part_of(comment: Comment, before: Stmt) -> bool:
    """Whether a comment quotes a part of the statement that the comment before it quotes."""
    return isinstance(before, Comment) and comment.text != "" and comment.text in before.text


def live_parts(
    stmt: Assign, live: frozenset[str], is_pure: Callable[[Expr], bool]
) -> list[tuple[Var, Expr]] | None:
    """For `a, b = e, f`: the names that are live, with their values; else None."""
    if not (isinstance(stmt.target, Tuple) and isinstance(stmt.value, Tuple)):
        return None
    kept: list[tuple[Var, Expr]] = []
    for name, value in zip(stmt.target.items, stmt.value.items, strict=True):
        if not isinstance(name, Var) or not is_pure(value):
            return None
        if name.name in live:
            kept.append((name, value))
    return kept


def _of_parts(stmt: Assign, parts: list[tuple[Var, Expr]]) -> Assign:
    if len(parts) == 1:
        return replace(stmt, target=parts[0][0], value=parts[0][1])
    assert isinstance(stmt.target, Tuple)
    if len(parts) == len(stmt.target.items):
        return stmt
    names, values = zip(*parts, strict=True)
    return replace(stmt, target=Tuple(names), value=Tuple(values))


def _only(target: Expr, live: frozenset[str]) -> Tuple:
    """The pattern with `_` for the names that are not live."""
    assert isinstance(target, Tuple)
    items = tuple(
        _only(item, live)
        if isinstance(item, Tuple)
        else item
        if live.intersection(bound_names(item))
        else Var("_")
        for item in target.items
    )
    return replace(target, items=items)


def _unless_comments(block: Block) -> Block:
    return () if all(isinstance(stmt, Comment) for stmt in block) else block


def _without_stray_blanks(out: list[Stmt]) -> Block:
    """`out` without blank lines at its ends or next to another."""
    kept: list[Stmt] = []
    for stmt in out:
        blank = isinstance(stmt, Comment) and not stmt.text
        if not (blank and (not kept or kept[-1] == stmt)):
            kept.append(stmt)
    while kept and kept[-1] == Comment(""):
        kept.pop()
    return tuple(kept)


_OPPOSITE = {
    operator.is_: operator.is_not,
    operator.is_not: operator.is_,
}


def negation(test: Expr) -> Expr:
    """`not test`; `not a < b` stays as it is, for where one is NaN it is not `a >= b`."""
    if isinstance(test, Op):
        if test.fn is operator.not_:
            return test.args[0]
        if test.fn in (operator.is_, operator.is_not):
            return replace(test, fn=_OPPOSITE[test.fn])
    return Op(operator.not_, (test,), origin=test.origin)
