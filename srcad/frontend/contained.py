"""Takes the jumps out of what has to be left at its end: the bodies of `with` and `try`.

Inside of such a body `Leave` stands for "on to its end". A jump that leaves the body is noted in
names and becomes a `Leave`; after the body, the jump is made. Then each `Leave` goes: what follows
a statement that may leave is done only where it did not.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, replace

from srcad.blocks import leaves
from srcad.core import (
    Assign,
    Block,
    Break,
    Const,
    Continue,
    Expr,
    For,
    If,
    Op,
    Origin,
    Return,
    Stmt,
    Var,
    While,
)
from srcad.frontend.exits import (
    Always,
    Fresh,
    Jump,
    LoopElse,
    every,
    inner_blocks,
    with_inner_blocks,
)


@dataclass(frozen=True, slots=True)
class Leave(Stmt):
    """On to the end of the body around; it exists between lowering and here only."""


def silent(stmt: Stmt) -> Origin:
    """The origin of a statement that is made up for `stmt`: without its comments."""
    return replace(stmt.origin, comments=())


# ---------------------------------------------------------------------------------------------
# Jumps out of a body


def contained(body: Block, fresh: Fresh) -> tuple[Block, Block, Block]:
    """`body` without jumps out of it; what must come before it, and the jumps to make after it."""
    jumps = list(own_jumps(body))
    if not jumps:
        return (), body, ()
    work = _Contain(fresh, jumps)
    only = body[-1] if len(jumps) == 1 and body[-1] is jumps[0] else None
    if only is not None:
        return (), (*body[:-1], *work.value_of(only)), (work.jump(only),)
    inside = work.block(body)
    start = (Assign(work.code, Const(0), origin=silent(body[0])),)
    after = work.dispatch(all_leave=leaves(body))
    return start, without_leaves(inside, Op(operator.ne, (work.code, Const(0)))), after


def own_jumps(block: Block, in_loop: bool = False) -> list[Stmt]:
    """The jumps that leave `block`."""
    found: list[Stmt] = []
    for stmt in block:
        if isinstance(stmt, Return) or (isinstance(stmt, Break | Continue) and not in_loop):
            found.append(stmt)
        for part, loops in _parts(stmt):
            found += own_jumps(part, in_loop or loops)
    return found


def _parts(stmt: Stmt) -> list[tuple[Block, bool]]:
    """The blocks inside a statement, each with whether it is the body of a loop."""
    loops = isinstance(stmt, For | While | LoopElse)
    return [(part, loops and at == 0) for at, part in enumerate(inner_blocks(stmt))]


class _Contain:
    """Replaces jumps by a note of which it was; one name holds whatever is returned."""

    def __init__(self, fresh: Fresh, jumps: list[Stmt]) -> None:
        self.code = Var(fresh("exit_code"))
        self.result = Var(fresh("result"))
        self.kinds: list[Stmt] = []
        for jump in jumps:
            made = self.jump(jump)
            if made not in self.kinds:
                self.kinds.append(made)

    def jump(self, stmt: Stmt) -> Stmt:
        """The jump to make after the body."""
        if isinstance(stmt, Return) and stmt.value is not None:
            stmt = replace(stmt, value=self.result)
        return replace(stmt, origin=silent(stmt))

    def value_of(self, stmt: Stmt) -> Block:
        if isinstance(stmt, Return) and stmt.value is not None:
            return (Assign(self.result, stmt.value, origin=stmt.origin),)
        return ()

    def block(self, block: Block, in_loop: bool = False) -> Block:
        done: list[Stmt] = []
        for stmt in block:
            if isinstance(stmt, Return) or (isinstance(stmt, Break | Continue) and not in_loop):
                number = Const(self.kinds.index(self.jump(stmt)) + 1)
                done += [*self.value_of(stmt), Assign(self.code, number, origin=silent(stmt))]
                done.append(Leave(origin=silent(stmt)))
            else:
                parts = (self.block(part, in_loop or loops) for part, loops in _parts(stmt))
                done.append(with_inner_blocks(stmt, tuple(parts)))
        return tuple(done)

    def dispatch(self, all_leave: bool) -> Block:
        done: list[Stmt] = []
        for number, jump in enumerate(self.kinds, 1):
            if all_leave and number == len(self.kinds):
                return (*done, jump)
            test = Op(operator.eq, (self.code, Const(number)))
            done.append(If(test, (jump,), origin=jump.origin))
        return tuple(done)


# ---------------------------------------------------------------------------------------------
# Leave


def has_leave(block: Block) -> bool:
    """Whether there is a `Leave` in `block`."""
    return any(isinstance(stmt, Leave) for stmt in every(block))


def always_leaves(block: Block) -> bool:
    """Whether each path through `block` ends with a `Leave`, a jump or an exception."""
    if not block:
        return False
    last = block[-1]
    if isinstance(last, If):
        return always_leaves(last.then) and always_leaves(last.orelse)
    if isinstance(last, Always):
        return always_leaves(last.first) or always_leaves(last.then)
    return isinstance(last, Leave | Jump) or leaves((last,))


def without_leaves(block: Block, left: Expr) -> Block:
    """`block` without `Leave`; `left` is true where one was passed."""
    done: list[Stmt] = []
    for position, stmt in enumerate(block):
        rest = block[position + 1 :]
        if isinstance(stmt, Leave):
            return tuple(done)
        if not has_leave((stmt,)):
            done.append(stmt)
            continue
        if isinstance(stmt, If) and rest:
            if always_leaves(stmt.then):
                stmt, rest = replace(stmt, orelse=(*stmt.orelse, *rest)), ()
            elif always_leaves(stmt.orelse):
                stmt, rest = replace(stmt, then=(*stmt.then, *rest)), ()
        done.append(_inside(stmt, left))
        if rest:
            following = without_leaves(rest, left)
            if following:
                done.append(If(_not(left), following, origin=silent(rest[0])))
        return tuple(done)
    return tuple(done)


def _inside(stmt: Stmt, left: Expr) -> Stmt:
    """A statement with the `Leave`s in it gone; a loop is broken off."""
    match stmt:
        case LoopElse(loop=loop, orelse=orelse):
            loop = replace(loop, body=_breaking(loop.body, left))
            return replace(stmt, loop=loop, orelse=without_leaves(orelse, left))
        case For(body=body) | While(body=body):
            return replace(stmt, body=_breaking(body, left))
        case If(then=then, orelse=orelse):
            then, orelse = without_leaves(then, left), without_leaves(orelse, left)
            if not then:
                return replace(stmt, test=_not(stmt.test), then=orelse, orelse=(), tail=False)
            return replace(stmt, then=then, orelse=orelse, tail=False)
    return with_inner_blocks(stmt, tuple(without_leaves(p, left) for p in inner_blocks(stmt)))


def _breaking(block: Block, left: Expr) -> Block:
    """The body of a loop with each `Leave` as a `break`."""
    done: list[Stmt] = []
    for stmt in block:
        if isinstance(stmt, Leave):
            return (*done, Break(origin=stmt.origin))
        if not has_leave((stmt,)):
            done.append(stmt)
        elif isinstance(stmt, If):
            then, orelse = _breaking(stmt.then, left), _breaking(stmt.orelse, left)
            done.append(replace(stmt, then=then, orelse=orelse))
        else:
            done.append(_inside(stmt, left))
            done.append(If(left, (Break(origin=silent(stmt)),), origin=silent(stmt)))
    return tuple(done)


def _not(test: Expr) -> Expr:
    if isinstance(test, Op) and test.fn in (operator.ne, operator.eq):
        return replace(test, fn=operator.eq if test.fn is operator.ne else operator.ne)
    if isinstance(test, Op) and test.fn is operator.not_:
        return test.args[0]
    return Op(operator.not_, (test,))
