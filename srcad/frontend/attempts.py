"""`try`: each statement in it that may raise is tried by itself, and what was caught is noted.

    try:                            caught = False
        y = x / z                   try: y = x / z
        y *= y              =>      except ZeroDivisionError: caught = True
    except ZeroDivisionError:       if caught: y = 0.0
        y = 0.0                     else: y *= y

So the derivative knows how far the body came: a statement that raised did nothing. What `finally`
holds is done after the rest, and once more where an exception passes that nobody catches.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import gast

from srcad.core import (
    CAUGHT,
    Assert,
    Assign,
    Block,
    Break,
    Const,
    Effect,
    Expr,
    For,
    If,
    Op,
    Raise,
    Return,
    Stmt,
    Store,
    Try,
    Tuple,
    Var,
    While,
    With,
    expressions_of,
    names_in,
    targets_of,
)
from srcad.frontend import deleted
from srcad.frontend.contained import (
    Leave,
    contained,
    has_leave,
    own_jumps,
    silent,
    without_leaves,
)
from srcad.frontend.context import Context
from srcad.frontend.exits import Always, LoopElse, every, inner_blocks, with_inner_blocks
from srcad.frontend.lower_expr import expression
from srcad.frontend.may_raise import classes_of, may_raise

Lower = Callable[[Context, list[Any]], Block]


def lower_try(ctx: Context, node: Any, block: Lower) -> None:
    """Emit a `try` statement; `block` lowers the statements in it."""
    if not node.finalbody:
        _excepting(ctx, node, block)
        return
    with ctx.collecting() as inner:
        if node.handlers:
            _excepting(ctx, node, block)
        else:
            ctx.block.extend(block(ctx, node.body))
    final = block(ctx, node.finalbody)
    if own_jumps(final):
        raise ctx.refusal(node.finalbody[0], "a jump in `finally`", "Jump after the `try`")
    emit_finally(ctx, tuple(inner), final)


def emit_finally(ctx: Context, inner: Block, final: Block) -> None:
    """Emit `inner`, and `final` after it, however it is left."""
    start, body, after = contained(inner, ctx.names.fresh)
    ctx.block.extend(start)
    if any(may_raise(stmt, (BaseException,)) for stmt in every(body)):
        again = (*map(copied, final), Raise(origin=replace(ctx.origin, comments=())))
        attempt = Try(body, (Const(BaseException),), (again,), origin=ctx.origin)
        ctx.emit(Always((attempt,), final))
    else:
        ctx.emit(Always(body, final))
    ctx.block.extend(after)


def copied(stmt: Stmt) -> Stmt:
    """The same statement once more: no object may stand in a function twice."""
    parts = tuple(tuple(map(copied, part)) for part in inner_blocks(stmt))
    return replace(with_inner_blocks(stmt, parts), origin=silent(stmt))


# ---------------------------------------------------------------------------------------------
# except


@dataclass(frozen=True)
class _Handlers:
    """The handlers of one `try`: what they catch, and how each is noted."""

    types: tuple[Expr, ...]
    classes: tuple[type, ...]  # those that they catch, as far as is known
    errors: tuple[Var | None, ...]  # the name of the exception in each
    caught: Var
    given: Var  # what the exception is called in an `except`

    def noted(self) -> tuple[Block, ...]:
        """The blocks that note which handler was entered."""
        blocks: list[Block] = []
        for number, error in enumerate(self.errors, 1):
            note = Assign(self.caught, Const(True if self.single else number))
            if error is None:
                blocks.append((note,))
            else:  # Python unbinds the name in `except ... as name` at the end
                blocks.append((Assign(self.given, Op(CAUGHT)), Assign(error, self.given), note))
        return tuple(blocks)

    @property
    def single(self) -> bool:
        return len(self.types) == 1

    @property
    def test(self) -> Expr:
        """Whether one was entered."""
        return self.caught if self.single else Op(operator.ne, (self.caught, Const(0)))

    def is_number(self, number: int) -> Expr:
        """Whether the one with this number was entered."""
        return self.caught if self.single else Op(operator.eq, (self.caught, Const(number)))


def _excepting(ctx: Context, node: Any, block: Lower) -> None:
    before = dict(ctx.deleted)
    body = block(ctx, node.body)
    at_error = deleted.joined([((), before), ((), ctx.deleted)])
    orelse = block(ctx, node.orelse)
    ends: list[tuple[Block, deleted.Deleted]] = [((), ctx.deleted)]
    types = [_types(ctx, handler) for handler in node.handlers]
    errors = tuple(_error(ctx, handler) for handler in node.handlers)
    caught = Var(ctx.names.fresh("caught"))
    given = Var(ctx.names.fresh("error")) if any(errors) else caught
    handlers = _Handlers(tuple(types), classes_of(tuple(types)), errors, caught, given)
    blocks = []
    for handler, error in zip(node.handlers, errors, strict=True):
        ctx.deleted = dict(at_error)
        blocks.append(_reraising(block(ctx, handler.body), error))
        ends.append((blocks[-1], ctx.deleted))
    ctx.deleted = deleted.joined(ends)
    elsewhere = _mentioned_besides(ctx.source.node, (*node.body, *node.orelse))
    emit_handled(ctx, handlers, body, orelse, blocks, elsewhere)


def _mentioned_besides(function: Any, nodes: tuple[Any, ...]) -> set[str]:
    """The names that a function mentions outside of some of its statements."""
    if any(function is node for node in nodes):
        return set()
    found = {function.id} if isinstance(function, gast.Name) else set()
    return found.union(*(_mentioned_besides(n, nodes) for n in gast.iter_child_nodes(function)))


def emit_suppressed(ctx: Context, types: tuple[Expr, ...], body: Block, nodes: list[Any]) -> None:
    """Emit `with contextlib.suppress(types): body`."""
    caught = Var(ctx.names.fresh("caught"))
    wanted = types[0] if len(types) == 1 else Tuple(types)
    handlers = _Handlers((wanted,), classes_of(types), (None,), caught, caught)
    elsewhere = _mentioned_besides(ctx.source.node, tuple(nodes))
    emit_handled(ctx, handlers, body, (), [()], elsewhere)


def emit_handled(
    ctx: Context,
    handlers: _Handlers,
    body: Block,
    orelse: Block,
    blocks: list[Block],
    elsewhere: set[str],
) -> None:
    """Emit a body whose exceptions are caught, and what follows where one was, or none.

    `elsewhere` are the names that the function mentions outside of `body` and `orelse`.
    """
    tried = _Tried(ctx, handlers, elsewhere).block(body)
    done = without_leaves((*tried, *orelse), handlers.test)
    if not any(isinstance(s, Try) for s in every(done)):
        ctx.block.extend(done)
        return
    ctx.emit(Assign(handlers.caught, Const(False if handlers.single else 0)))
    rest: Block = ()
    last = done[-1]
    skips = isinstance(last, If) and not last.orelse and last.test == _not(handlers.test)
    if isinstance(last, If) and skips and handlers.caught.name not in _bound(last.then):
        done, rest = done[:-1], last.then
    ctx.block.extend(done)
    here = replace(ctx.origin, comments=())
    for number, handler in reversed(list(enumerate(blocks, 1))):
        if handler or rest:
            rest = (If(handlers.is_number(number), handler, rest, origin=here),)
    ctx.block.extend(map(_tidy, rest))


def _tidy(stmt: Stmt) -> Stmt:
    if isinstance(stmt, If) and not stmt.then:
        return replace(stmt, test=_not(stmt.test), then=stmt.orelse, orelse=())
    return stmt


def _not(test: Expr) -> Expr:
    if isinstance(test, Op) and test.fn is operator.ne:
        return replace(test, fn=operator.eq)
    return Op(operator.not_, (test,))


def _bound(block: Block) -> set[str]:
    return {name for stmt in every(block) for name in targets_of(stmt)}


def _cleans_up(stmt: Try) -> bool:
    return all(handler and isinstance(handler[-1], Raise) for handler in stmt.handlers)


def _read(stmt: Stmt) -> set[str]:
    """The names that a statement and those in it read."""
    loops = (s.loop for s in every((stmt,)) if isinstance(s, LoopElse))
    found = (*every((stmt,)), *loops)
    return {name for inner in found for expr in expressions_of(inner) for name in names_in(expr)}


def _types(ctx: Context, handler: Any) -> Expr:
    return Const(BaseException) if handler.type is None else expression(ctx, handler.type)


def _error(ctx: Context, handler: Any) -> Var | None:
    """The name of the exception in a handler that reads it, or raises it again."""
    if handler.name is not None:
        name = handler.name if isinstance(handler.name, str) else handler.name.id
        ctx.deleted.pop(name, None)
        return Var(ctx.names.variable(name))
    again = any(isinstance(n, gast.Raise) and n.exc is None for n in gast.walk(handler))
    return Var(ctx.names.fresh("error")) if again else None


def _reraising(block: Block, error: Var | None) -> Block:
    """A handler's block with `raise` by itself raising the exception by its name."""
    done: list[Stmt] = []
    for stmt in block:
        if isinstance(stmt, Raise) and stmt.exc is None and error is not None:
            done.append(replace(stmt, exc=error))
        elif isinstance(stmt, Try):
            done.append(replace(stmt, body=_reraising(stmt.body, error)))
        else:
            parts = tuple(_reraising(part, error) for part in inner_blocks(stmt))
            done.append(with_inner_blocks(stmt, parts))
    return tuple(done)


# ---------------------------------------------------------------------------------------------
# The body


@dataclass
class _Tried:
    """Rewrites the body of a `try`, so that each statement that may raise is tried by itself.

    Or together with those before it, where these only bind names that nothing reads once the next
    one has raised: no name of `elsewhere`, nor one that was `read` before.
    """

    ctx: Context
    handlers: _Handlers
    elsewhere: set[str]
    read: set[str] = field(default_factory=set)

    def block(self, block: Block) -> Block:
        done: list[Stmt] = []
        group: list[Stmt] = []
        for stmt in block:
            if group and not self.may_join(stmt, group):
                done += self.grouped(group)
                group = []
            if self.is_private(stmt):
                group.append(stmt)
            elif group:
                done += self.grouped([*group, stmt])
                group = []
            else:
                done += self.statement(stmt)
            self.read |= _read(stmt)
        return (*done, *self.grouped(group))

    def always(self, stmt: Always, final: Block) -> list[Stmt]:
        """All that `finally` holds is done, whatever was noted before; what it raises is last."""
        caught = Var(self.ctx.names.fresh("caught"))
        handlers = replace(self.handlers, caught=caught)
        tried = _Tried(self.ctx, handlers, self.elsewhere, self.read).block(final)
        if not has_leave(tried):
            return [replace(stmt, then=tried)]
        here = silent(stmt)
        none = Const(False if handlers.single else 0)
        last = (Assign(self.handlers.caught, caught, origin=here),)
        then = (
            Assign(caught, none, origin=here),
            *without_leaves(tried, handlers.test),
            If(handlers.test, last, origin=here),
        )
        leave = If(self.handlers.test, (Leave(origin=here),), origin=here)
        return [replace(stmt, then=then), leave]

    def may_join(self, stmt: Stmt, group: list[Stmt]) -> bool:
        """Whether a statement may be tried together with others before it: it changes nothing
        of what these read or bind.
        """
        if not isinstance(stmt, Assign | Assert | Raise):
            return False
        used = {name for other in group for name in (*_read(other), *targets_of(other))}
        return not used & set(targets_of(stmt))

    def is_private(self, stmt: Stmt) -> bool:
        """Whether all that a statement does is bind names that nothing reads if the next raises."""
        if not isinstance(stmt, Assign) or stmt.op is not None:
            return False
        return not set(targets_of(stmt)) & (self.elsewhere | self.read | _read(stmt))

    def grouped(self, group: list[Stmt]) -> list[Stmt]:
        """Statements of which all but the last are private, in one `try`."""
        last = max((n for n, stmt in enumerate(group) if self.raises(stmt)), default=-1)
        if last < 0:
            return group
        *tried, leave = self.tried(group[last])
        (attempt,) = tried
        assert isinstance(attempt, Try)
        own = tuple(name for stmt in group[:last] for name in targets_of(stmt))
        whole = replace(attempt, body=(*group[:last], *attempt.body), own=own)
        return [whole, leave, *group[last + 1 :]]

    def raises(self, *parts: Expr | Stmt) -> bool:
        """Whether one of the exceptions that are caught may come from here."""
        return any(may_raise(part, self.handlers.classes) for part in parts)

    def tried(self, stmt: Stmt) -> list[Stmt]:
        """A statement by itself in a `try`, after which the body is left if it raised."""
        here = silent(stmt)
        body: Block = (stmt,)
        if isinstance(stmt, Store) and self.raises(stmt.value):  # all or nothing
            value = Var(self.ctx.names.fresh("value"), origin=stmt.value.origin)
            body = (Assign(value, stmt.value, origin=here), replace(stmt, value=value))
        attempt = Try(body, self.handlers.types, self.handlers.noted(), origin=here)
        leave = Leave(origin=here)
        if isinstance(stmt, Raise):
            return [attempt, leave]
        return [attempt, If(self.handlers.test, (leave,), origin=here)]

    def statement(self, stmt: Stmt) -> list[Stmt]:
        match stmt:
            case Assign() | Store() | Effect() | Assert() | Raise() | With():
                return self.tried(stmt) if self.raises(stmt) else [stmt]
            case Return(value=Expr() as value) if self.raises(value):
                before, held = self.held("result", value, stmt)
                return [*before, replace(stmt, value=held)]
            case If(test=test, then=then, orelse=orelse):
                before, test = self.held("test", test, stmt)
                new = replace(stmt, test=test, then=self.block(then), orelse=self.block(orelse))
                return [*before, new]
            case For(iter=iterable, body=body):
                before, iterable = self.held("items", iterable, stmt)
                return [*before, replace(stmt, iter=iterable, body=self.block(body))]
            case While():
                return [self.loop(stmt)]
            case LoopElse(loop=loop):
                return self.loop_with_else(stmt, loop)
            case Try():
                return self.nested(stmt)
            case Always(first=first, then=then):
                return self.always(replace(stmt, first=self.block(first)), then)
        return [stmt]

    def held(self, base: str, value: Expr, stmt: Stmt) -> tuple[list[Stmt], Expr]:
        """What a compound statement evaluates, tried in front of it where it may raise."""
        if not self.raises(value):
            return [], value
        name = Var(self.ctx.names.fresh(base), origin=value.origin)
        return self.tried(Assign(name, value, origin=stmt.origin)), name

    def loop(self, stmt: While) -> Stmt:
        body = self.block(stmt.body)
        before, test = self.held("test", stmt.test, stmt)
        if not before:
            return replace(stmt, body=body)
        stop = If(Op(operator.not_, (test,)), (Break(origin=stmt.origin),), origin=stmt.origin)
        return replace(stmt, test=Const(True), body=(*before, stop, *body))

    def loop_with_else(self, stmt: LoopElse, loop: For | While) -> list[Stmt]:
        if isinstance(loop, For):
            *before, new = self.statement(loop)
        elif self.raises(loop.test):
            raise self.ctx.refusal(
                self.ctx.source.node, "a `while` with `else` whose test may raise", "Use a flag"
            )
        else:
            before, new = [], self.loop(loop)
        assert isinstance(new, For | While)
        return [*before, replace(stmt, loop=new, orelse=self.block(stmt.orelse))]

    def nested(self, stmt: Try) -> list[Stmt]:
        """A `try` inside: what it does not catch may be caught here."""
        if _cleans_up(stmt):
            return [replace(stmt, body=self.block(stmt.body))]
        if not any(self.raises(inner) for inner in stmt.body):
            return [stmt]
        types = (*stmt.types, *self.handlers.types)
        both = replace(stmt, types=types, handlers=(*stmt.handlers, *self.handlers.noted()))
        here = silent(stmt)
        return [both, If(self.handlers.test, (Leave(origin=here),), origin=here)]
