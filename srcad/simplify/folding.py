"""The last rewrite: `try` and `with` as a person writes them, where nothing speaks against it.

What comes after a `try` by what its handlers noted goes into the handlers; what is done once more
where an exception passes becomes `finally`. The result is for printing: jumps may leave it.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from srcad.blocks import leaves
from srcad.core import (
    CAUGHT,
    Assign,
    Block,
    Comment,
    Const,
    Expr,
    Function,
    If,
    Op,
    Raise,
    Return,
    Stmt,
    Try,
    Var,
    With,
    expressions_of,
    names_of,
    statements,
    targets_of,
    walk,
)
from srcad.names import Names
from srcad.simplify import blocks

Codes = dict[int, Block]  # what is done for each code that a handler notes, and for 0


def folded(function: Function) -> Function:
    """`function` with its `try` and `with` statements written out in full."""
    if not any(isinstance(stmt, Try | With) for stmt in statements(function.body)):
        return function
    step = _Folding(function)
    function = replace(function, body=blocks.map_blocks(function.body, step.block))
    names = _Errors(function)
    return replace(function, body=blocks.map_statements(function.body, names.statement))


class _Errors:
    """Sees to it that an exception which is read after its handler has a name that stays."""

    def __init__(self, function: Function) -> None:
        self.fresh = Names(names_of(function)).fresh
        self.reads = Counter(n for s in statements(function.body) for n in _read(s))

    def statement(self, stmt: Stmt) -> Stmt:
        if not isinstance(stmt, Try):
            return stmt
        return replace(stmt, handlers=tuple(map(self.handler, stmt.handlers)))

    def handler(self, handler: Block) -> Block:
        first = handler[0] if handler else None
        if not (isinstance(first, Assign) and isinstance(first.target, Var)):
            return handler
        if not (isinstance(first.value, Op) and first.value.fn == CAUGHT):
            return handler
        name = first.target.name
        inside = sum(name == n for s in statements(handler) for n in _read(s))
        if inside == self.reads[name]:
            return handler
        given = Var(self.fresh("exception"))
        return (replace(first, target=given), Assign(first.target, given), *handler[1:])


class _Folding:
    def __init__(self, function: Function) -> None:
        self.reads: Counter[str] = Counter()
        self.binds: Counter[str] = Counter()
        for stmt in statements(function.body):
            self.binds.update(targets_of(stmt))
            self.reads.update(_read(stmt))

    def block(self, block: Block) -> Block:
        out: list[Stmt] = []
        rest = list(block)
        while rest:
            stmt = rest.pop(0)
            if isinstance(stmt, Try):
                self.handled(stmt, out, rest)
            elif isinstance(stmt, With) and rest:
                out.append(self.returning(stmt, rest))
            else:
                out.append(stmt)
        return block if len(out) == len(block) and all(map(_same, out, block)) else tuple(out)

    # -- except

    def handled(self, stmt: Try, out: list[Stmt], rest: list[Stmt]) -> None:
        """Append `stmt` to `out`, with what `rest` has that belongs into it."""
        while rest and rest[0] == Comment(""):
            rest.pop(0)
        if _cleans_up(stmt):
            out.append(_with_final(stmt, rest))
            return
        code = _code(stmt)
        codes = _codes(rest[0], code, stmt) if rest and code is not None else None
        if codes is None or code is None or not self.starts_unset(code, stmt, out):
            out.append(stmt)
            return
        tests = Counter(_chain_reads(rest[0]))
        unread = self.reads[code] == tests[code]
        follows = rest.pop(0)
        handlers = tuple(
            self.handler(handler, codes.get(_noted(handler), ()), unread)
            for handler in stmt.handlers
        )
        if unread and out and _sets(out[-1], code):
            out.pop()
        if isinstance(follows, If) and follows.tail and all(map(leaves, handlers)):
            out.append(replace(stmt, handlers=handlers))
            rest[:0] = codes[0]
        else:
            out.append(replace(stmt, handlers=handlers, orelse=(*stmt.orelse, *codes[0])))

    def starts_unset(self, code: str, stmt: Try, out: list[Stmt]) -> bool:
        """Whether nothing can have been noted when a `try` is reached."""
        alone = self.binds[code] == 1 + len(stmt.handlers)
        return alone or (bool(out) and _sets(out[-1], code))

    def handler(self, handler: Block, block: Block, unread: bool) -> Block:
        """A handler with what is done after it; without its note, if nothing reads that."""
        *taken, note = handler
        if len(taken) == 2 and isinstance(taken[1], Assign):
            given, named = taken
            assert isinstance(given, Assign) and isinstance(named, Assign)
            name = named.target
            assert isinstance(name, Var)
            inside = Counter(n for s in statements(block) for n in _read(s))
            if inside[name.name] == self.reads[name.name]:
                taken = [replace(given, target=name)] if inside[name.name] else []
        return (*taken, *(() if unread else (note,)), *block)

    # -- with

    def returning(self, stmt: With, rest: list[Stmt]) -> With:
        """`with ...: result = e` and `return result` as a `return e` inside."""
        last = stmt.body[-1] if stmt.body else None
        following = rest[0]
        if not (isinstance(last, Assign) and isinstance(following, Return) and last.op is None):
            return stmt
        if last.target != following.value or not isinstance(last.target, Var):
            return stmt
        if self.reads[last.target.name] != 1 or self.binds[last.target.name] != 1:
            return stmt
        rest.pop(0)
        return replace(stmt, body=(*stmt.body[:-1], Return(last.value, origin=last.origin)))


def _same(a: Stmt, b: Stmt) -> bool:
    return a is b


def _read(stmt: Stmt) -> Iterator[str]:
    for expr in expressions_of(stmt):
        for node in walk(expr):
            if isinstance(node, Var):
                yield node.name


def _cleans_up(stmt: Try) -> bool:
    return all(handler and isinstance(handler[-1], Raise) for handler in stmt.handlers)


def _with_final(stmt: Try, rest: list[Stmt]) -> Try:
    """A `try` with the statements of its only handler as `finally`, if they follow it too."""
    if len(stmt.handlers) != 1 or stmt.types != (Const(BaseException),):
        return stmt
    final = tuple(s for s in stmt.handlers[0][:-1])
    if not final or tuple(rest[: len(final)]) != final:
        return stmt
    del rest[: len(final)]
    inner = stmt.body[0] if len(stmt.body) == 1 else None
    if isinstance(inner, Try) and not inner.final:
        return replace(inner, final=final)
    return replace(stmt, types=(), handlers=(), final=final)


def _code(stmt: Try) -> str | None:
    """The name in which all handlers note that they were entered."""
    if not all(stmt.handlers):
        return None
    names = {name for handler in stmt.handlers for name in targets_of(handler[-1])}
    noted = all(isinstance(handler[-1], Assign) for handler in stmt.handlers)
    return names.pop() if noted and len(names) == 1 else None


def _noted(handler: Block) -> int:
    note = handler[-1]
    assert isinstance(note, Assign) and isinstance(note.value, Const)
    return int(note.value.value)


def _codes(stmt: Stmt, code: str, attempt: Try) -> Codes | None:
    """What an `if` decides by the code: all of it, or None."""
    wanted = {_noted(handler) for handler in attempt.handlers}
    found: Codes = {}
    block: Block = (stmt,)
    while len(block) == 1 and isinstance(block[0], If):
        test, then, orelse = block[0].test, block[0].then, block[0].orelse
        number, equal = _tested(test, code)
        if number is None:
            break
        if not equal:
            then, orelse = orelse, then
        found.setdefault(number, then)
        block = orelse
        if not equal and number != 0 and len(wanted) > 1:
            return None
    if not found:
        return None
    rest = block
    missing = (wanted | {0}) - found.keys()
    if len(missing) > 1 and rest:
        return None
    return found | dict.fromkeys(missing, rest) | ({} if 0 in found or missing else {0: ()})


def _tested(test: Expr, code: str) -> tuple[int | None, bool]:
    """The number that a test compares the code with, and whether for being equal."""
    match test:
        case Var(name=name) if name == code:
            return 1, True
        case Op(fn=operator.not_, args=(Var(name=name),)) if name == code:
            return 1, False
        case Op(fn=operator.eq | operator.ne as fn, args=(Var(name=name), Const(value=int(n)))):
            return (int(n), fn is operator.eq) if name == code else (None, True)
    return None, True


def _chain_reads(stmt: Stmt) -> Iterator[str]:
    """The names that the tests of an `if`, `elif`, ... read."""
    while isinstance(stmt, If):
        yield from _read(stmt)
        if len(stmt.orelse) != 1:
            return
        stmt = stmt.orelse[0]


def _sets(stmt: Stmt, name: str) -> bool:
    return isinstance(stmt, Assign) and stmt.target == Var(name) and isinstance(stmt.value, Const)
