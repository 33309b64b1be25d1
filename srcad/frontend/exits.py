"""Brings early exits into the normal form of the core language.

Lowering leaves `return` wherever the user wrote it and loops with an `else`. Three passes
over what can be reached:

1. a loop's `else` becomes `if not left: ...` after the loop, `left` being set at each `break`;
2. a `return` inside a loop becomes `exit_code = k; break`, and `if exit_code == k: return ...`
   after the outermost loop;
3. what follows an `if` one of whose branches always leaves moves into the other branch. Where
   a branch leaves on some of its paths only, the jump is put off till after the `if`, and a flag
   tells of it. So every jump ends up last on its path through the loop body or the function.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from srcad.blocks import leaves, with_blocks
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
    Try,
    Tuple,
    Var,
    While,
    With,
    blocks_of,
)

Fresh = Callable[[str], str]
Jump = Return | Break | Continue


@dataclass(frozen=True, slots=True)
class LoopElse(Stmt):
    """A loop with an `else`; it exists between lowering and here only."""

    loop: For | While
    orelse: Block


@dataclass(frozen=True, slots=True)
class Always(Stmt):
    """`first`, and `then` however it is left; it exists between lowering and here only."""

    first: Block
    then: Block


def inner_blocks(stmt: Stmt) -> tuple[Block, ...]:
    """The blocks directly inside a statement, those of the frontend included."""
    match stmt:
        case LoopElse(loop=loop, orelse=orelse):
            return (loop.body, orelse)
        case Always(first=first, then=then):
            return (first, then)
    return blocks_of(stmt)


def with_inner_blocks(stmt: Stmt, new: tuple[Block, ...]) -> Stmt:
    """`stmt` with the blocks in it replaced, in the order of `inner_blocks`."""
    match stmt:
        case LoopElse(loop=loop):
            return replace(stmt, loop=replace(loop, body=new[0]), orelse=new[1])
        case Always():
            return replace(stmt, first=new[0], then=new[1])
    return with_blocks(stmt, new)


def every(block: Block) -> Iterator[Stmt]:
    """All statements of `block`, those in nested blocks included."""
    for stmt in block:
        yield stmt
        for inner in inner_blocks(stmt):
            yield from every(inner)


def _in_sequence(block: Block) -> Block:
    """`block` with the statements of each `Always` one after the other."""
    done: list[Stmt] = []
    for stmt in block:
        parts = tuple(map(_in_sequence, inner_blocks(stmt)))
        done += [s for p in parts for s in p] if isinstance(stmt, Always) else []
        done += [] if isinstance(stmt, Always) else [with_inner_blocks(stmt, parts)]
    return tuple(done)


def normalise(body: Block, fresh: Fresh) -> Block:
    """The body of a function in normal form; `fresh` gives names that are not taken."""
    body = _reachable(_without_loop_else(_in_sequence(body), fresh))
    body = _without_returns_in_loops(body, fresh)
    gives_value = any(isinstance(s, Return) and s.value is not None for s in _all(body))
    if gives_value and not leaves(body):
        body = (*body, Return(None))
    return _in_tail_form(body, fresh)


def in_tail_form(block: Block, fresh: Fresh) -> Block:
    """Part of a body in normal form: its returns stand last on their paths through it."""
    block = _reachable(_without_loop_else(block, fresh))
    return _in_tail_form(_without_returns_in_loops(block, fresh), fresh)


def _all(block: Block) -> Iterator[Stmt]:
    for stmt in block:
        yield stmt
        for inner in _blocks(stmt):
            yield from _all(inner)


def _blocks(stmt: Stmt) -> tuple[Block, ...]:
    match stmt:
        case If(then=then, orelse=orelse):
            return (then, orelse)
        case For(body=body) | While(body=body):
            return (body,)
        case LoopElse(loop=loop, orelse=orelse):
            return (loop.body, orelse)
        case With() | Try():
            return blocks_of(stmt)
    return ()


def _reachable(block: Block) -> Block:
    """`block` without what stands behind a jump or an endless loop."""
    done: list[Stmt] = []
    for stmt in block:
        if isinstance(stmt, If):
            stmt = replace(stmt, then=_reachable(stmt.then), orelse=_reachable(stmt.orelse))
        elif isinstance(stmt, For | While):
            stmt = replace(stmt, body=_reachable(stmt.body))
        elif isinstance(stmt, With | Try):
            stmt = with_blocks(stmt, tuple(map(_reachable, blocks_of(stmt))))
        done.append(stmt)
        if leaves((stmt,)) or _never_ends_by_itself(stmt):
            break
    return tuple(done)


def _silent(stmt: Stmt) -> Origin:
    """The origin of a statement that is made up for `stmt`: without its comments."""
    return replace(stmt.origin, comments=())


# ---------------------------------------------------------------------------------------------
# 1: a loop's else


def _without_loop_else(block: Block, fresh: Fresh) -> Block:
    done: list[Stmt] = []
    for stmt in block:
        match stmt:
            case LoopElse(loop=loop, orelse=orelse):
                done.extend(_flattened(loop, orelse, fresh))
            case For(body=body) | While(body=body):
                done.append(replace(stmt, body=_without_loop_else(body, fresh)))
            case If(then=then, orelse=orelse):
                then, orelse = (_without_loop_else(branch, fresh) for branch in (then, orelse))
                done.append(replace(stmt, then=then, orelse=orelse))
            case With() | Try():
                parts = tuple(_without_loop_else(part, fresh) for part in blocks_of(stmt))
                done.append(with_blocks(stmt, parts))
            case _:
                done.append(stmt)
    return tuple(done)


def _flattened(loop: For | While, orelse: Block, fresh: Fresh) -> Block:
    """A loop with an `else`, as statements without."""
    body, after = (_without_loop_else(part, fresh) for part in (loop.body, orelse))
    if not any(isinstance(jump, Break) for jump in _own_jumps(body)):
        return (replace(loop, body=body), *after)
    here, left = _silent(loop), Var(fresh("left"))

    def note(jump: Stmt) -> Block:
        noted = Assign(left, Const(True), origin=jump.origin)
        return (noted, replace(jump, origin=_silent(jump))) if isinstance(jump, Break) else (jump,)

    return (
        Assign(left, Const(False), origin=loop.origin),
        replace(loop, body=_replace_own_jumps(body, note), origin=here),
        If(_not(left), after, origin=here),
    )


def _own_jumps(block: Block) -> Iterator[Jump]:
    """The jumps in `block` that are not `break` or `continue` of a loop inside it."""
    for stmt in block:
        if isinstance(stmt, Jump):
            yield stmt
        elif isinstance(stmt, For | While):
            yield from (jump for jump in _own_jumps(stmt.body) if isinstance(jump, Return))
        elif isinstance(stmt, If):
            yield from _own_jumps(stmt.then)
            yield from _own_jumps(stmt.orelse)


def _replace_own_jumps(block: Block, change: Callable[[Stmt], Block]) -> Block:
    """`block` with each of its own jumps (none in the loops inside it) replaced."""
    done: list[Stmt] = []
    for stmt in block:
        if isinstance(stmt, Jump):
            done.extend(change(stmt))
        elif isinstance(stmt, If):
            then = _replace_own_jumps(stmt.then, change)
            orelse = _replace_own_jumps(stmt.orelse, change)
            done.append(replace(stmt, then=then, orelse=orelse, tail=stmt.tail and leaves(then)))
        else:
            done.append(stmt)
    return tuple(done)


def _not(test: Expr) -> Expr:
    return Op(operator.not_, (test,))


# ---------------------------------------------------------------------------------------------
# 2: returns inside loops


def _without_returns_in_loops(block: Block, fresh: Fresh) -> Block:
    """`block`, which is outside of any loop, with the returns taken out of the loops in it."""
    done: list[Stmt] = []
    for stmt in block:
        if isinstance(stmt, If):
            then = _without_returns_in_loops(stmt.then, fresh)
            orelse = _without_returns_in_loops(stmt.orelse, fresh)
            done.append(replace(stmt, then=then, orelse=orelse))
        elif isinstance(stmt, For | While) and _returns(stmt.body):
            done.extend(_with_exit_code(stmt, fresh))
        else:
            done.append(stmt)
    return tuple(done)


def _returns(block: Block) -> list[Return]:
    return [jump for jump in _own_jumps(block) if isinstance(jump, Return)]


def _with_exit_code(loop: For | While, fresh: Fresh) -> Block:
    """An outermost loop with returns in it, and after it the returns."""
    returns = _returns(loop.body)
    endless = _never_ends_by_itself(loop)
    if endless and len(returns) == 1 and not _in_inner_loop(loop.body):
        body = _replace_own_jumps(loop.body, _break_for_return)
        return (replace(loop, body=body), replace(returns[0], origin=_silent(returns[0])))
    code = Var(fresh("exit_code"))
    leaving = _Leaving(code)
    body = leaving.block(loop.body)
    start = Assign(code, Const(0), origin=loop.origin)
    moved = replace(loop, body=body, origin=_silent(loop))
    return (start, moved, *_dispatch(code, leaving.exits, endless))


def _never_ends_by_itself(stmt: Stmt) -> bool:
    """Whether `stmt` is a loop that only a `return` (or an exception) ends."""
    if not isinstance(stmt, While) or not isinstance(stmt.test, Const) or not stmt.test.value:
        return False
    return not any(isinstance(jump, Break) for jump in _own_jumps(stmt.body))


def _in_inner_loop(block: Block) -> bool:
    inner = [stmt for stmt in _all(block) if isinstance(stmt, For | While)]
    return any(_returns(loop.body) for loop in inner)


def _break_for_return(jump: Stmt) -> Block:
    return (Break(origin=jump.origin),) if isinstance(jump, Return) else (jump,)


class _Leaving:
    """Replaces the returns in a loop by setting an exit code and breaking out."""

    def __init__(self, code: Var) -> None:
        self.code = code
        self.exits: list[Return] = []

    def block(self, block: Block) -> Block:
        done: list[Stmt] = []
        for stmt in block:
            if isinstance(stmt, Return):
                if stmt not in self.exits:  # equal ones give the same, wherever they stand
                    self.exits.append(stmt)
                number = Const(self.exits.index(stmt) + 1)
                done.append(Assign(self.code, number, origin=stmt.origin))
                done.append(Break(origin=_silent(stmt)))
            elif isinstance(stmt, If):
                then, orelse = self.block(stmt.then), self.block(stmt.orelse)
                done.append(replace(stmt, then=then, orelse=orelse))
            elif isinstance(stmt, For | While) and _returns(stmt.body):
                done.append(replace(stmt, body=self.block(stmt.body)))
                done.extend(self._pass_on(stmt))
            else:
                done.append(stmt)
        return tuple(done)

    def _pass_on(self, loop: Stmt) -> Block:
        """After an inner loop: leave the loop around it as well."""
        here = _silent(loop)
        out = Break(origin=here)
        if _never_ends_by_itself(loop):
            return (out,)
        return (If(Op(operator.ne, (self.code, Const(0))), (out,), origin=here),)


def _dispatch(code: Expr, exits: list[Return], endless: bool) -> Block:
    """`if code == 1: return ...`, and so on; the last one without a test if one must be taken."""
    done: list[Stmt] = []
    for number, leave in enumerate(exits, 1):
        leave = replace(leave, origin=_silent(leave))
        if endless and number == len(exits):
            return (*done, leave)
        test = Op(operator.eq, (code, Const(number)))
        done.append(If(test, (leave,), origin=leave.origin))
    return tuple(done)


# ---------------------------------------------------------------------------------------------
# 3: tail form


def _in_tail_form(block: Block, fresh: Fresh) -> Block:
    done: list[Stmt] = []
    for position, stmt in enumerate(block):
        if isinstance(stmt, If):
            tail = _if_in_tail_form(stmt, block[position + 1 :], fresh)
            if tail is not None:
                return (*done, *tail)
            stmt = _with_branches(stmt, stmt.then, stmt.orelse, fresh)
        elif isinstance(stmt, For | While):
            stmt = replace(stmt, body=_in_tail_form(stmt.body, fresh))
        elif isinstance(stmt, With | Try):
            parts = tuple(_in_tail_form(part, fresh) for part in blocks_of(stmt))
            stmt = with_blocks(stmt, parts)
        done.append(stmt)
        if leaves((stmt,)):
            return tuple(done)
    return tuple(done)


def _if_in_tail_form(stmt: If, rest: Block, fresh: Fresh) -> Block | None:
    """`stmt` and all that follows it in its block; None if they can stay as they are."""
    leaves_then, leaves_else = leaves(stmt.then), leaves(stmt.orelse)
    if not rest:
        return (_with_branches(stmt, stmt.then, stmt.orelse, fresh),)
    if leaves_then:
        return (_with_branches(stmt, stmt.then, (*stmt.orelse, *rest), fresh, tail=True),)
    if leaves_else:
        inverted = replace(stmt, test=negated(stmt.test))
        return (_with_branches(inverted, stmt.orelse, (*stmt.then, *rest), fresh, tail=True),)
    if not any(_own_jumps((stmt,))):
        return None
    if len(rest) == 1 and _is_small_jump(rest[0]):
        then, orelse = (*stmt.then, *rest), (*stmt.orelse, replace(rest[0]))
        return (_with_branches(stmt, then, orelse, fresh, tail=not stmt.orelse),)
    return _with_flag(stmt, rest, fresh)


def _with_branches(stmt: If, then: Block, orelse: Block, fresh: Fresh, tail: bool = False) -> If:
    then, orelse = _in_tail_form(then, fresh), _in_tail_form(orelse, fresh)
    return replace(stmt, then=then, orelse=orelse, tail=tail and leaves(then))


def negated(test: Expr) -> Expr:
    """`not test`, without two of them."""
    match test:
        case Op(fn=operator.not_, args=(inner,)):
            return inner
    return _not(test)


def _is_small_jump(stmt: Stmt) -> bool:
    """Whether `stmt` is a jump that may as well be written twice."""
    if isinstance(stmt, Return):
        parts = stmt.value.items if isinstance(stmt.value, Tuple) else (stmt.value,)
        return all(part is None or isinstance(part, Var | Const) for part in parts)
    return isinstance(stmt, Break | Continue)


def _with_flag(stmt: If, rest: Block, fresh: Fresh) -> Block:
    """Put off the jumps on some of the paths through `stmt` till after it."""
    stmt = _with_branches(stmt, stmt.then, stmt.orelse, fresh)
    exits = _distinct(_own_jumps((stmt,)))
    alone = len(exits) == 1
    flag = Var(fresh("left" if alone else "exit_code"))

    def note(jump: Stmt) -> Block:
        number = exits.index(jump) + 1  # type: ignore[arg-type]
        return (Assign(flag, Const(True if alone else number), origin=jump.origin),)

    (noting,) = _replace_own_jumps((stmt,), note)
    start = Assign(flag, Const(False if alone else 0), origin=stmt.origin)
    after = (*_guards(flag, exits, alone), *rest)
    return (
        start,
        replace(noting, origin=_silent(stmt)),
        *_in_tail_form(after, fresh),
    )


def _guards(flag: Var, exits: list[Jump], alone: bool) -> Block:
    done: list[Stmt] = []
    for number, jump in enumerate(exits, 1):
        test: Expr = flag if alone else Op(operator.eq, (flag, Const(number)))
        jump = replace(jump, origin=_silent(jump))
        done.append(If(test, (jump,), origin=jump.origin))
    return tuple(done)


def _distinct(jumps: Iterator[Jump]) -> list[Jump]:
    """The different jumps: equal ones give the same, wherever they stand."""
    found: list[Jump] = []
    for jump in jumps:
        if jump not in found:
            found.append(jump)
    return found
