"""Generator functions: written into the loop that runs through them, else called for a list.

`yield` is lowered to a marker. A loop over a call of the generator becomes the generator's own
body with the loop's body at each `yield`, so that all happens in the user's order. Where that is
not possible the generator is a function that returns the list of what it yields.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import gast

from srcad.core import (
    Assign,
    Block,
    Break,
    Const,
    Effect,
    Expr,
    For,
    Function,
    If,
    List,
    Method,
    Op,
    Param,
    Return,
    Stmt,
    Store,
    Try,
    Var,
    Verbatim,
    While,
    With,
    blocks_of,
    bound_names,
    expressions_of,
    names_in,
    walk,
)
from srcad.errors import UnsupportedConstruct
from srcad.frontend import regions, streams
from srcad.frontend.closures import nested_of
from srcad.frontend.context import Context
from srcad.frontend.exits import LoopElse
from srcad.frontend.lower_expr import expression
from srcad.frontend.regions import Label, Leave
from srcad.frontend.source import read
from srcad.frontend.streams import Consume, Pattern, Stream, opened, steady_names
from srcad.frontend.wrappers import unwrap


def yielded(value: Any) -> Any:
    """Marks what a generator hands out; it exists between lowering and `as_list` only."""
    return value


@dataclass(frozen=True)
class Generator:
    """A generator function before its `yield`s mean anything; the body is not normalised."""

    fn: types.FunctionType
    params: tuple[Param, ...]
    body: Block
    captures: dict[str, Any]
    bindings: dict[str, Any]


# what reads a generator function; `capture` puts it here, as it needs all of lowering
READ: list[Callable[[types.FunctionType], Generator]] = []
_reading: list[types.FunctionType] = []  # those that are being read, outermost first


def is_generator(fn: Any) -> bool:
    """Whether `fn` is a generator function of the user's."""
    return isinstance(fn, types.FunctionType) and bool(fn.__code__.co_flags & inspect.CO_GENERATOR)


def refuse_generator(fn: Any) -> None:
    """Refuse a generator function as what is to be differentiated."""
    if is_generator(fn):
        source = read(fn)
        message = f"cannot differentiate `{source.header(source.node)}`: generators have no result"
        remedy = "Differentiate the function that runs through it"
        raise UnsupportedConstruct(message, remedy, source.origin(source.node))


def lower_yield(ctx: Context, node: Any) -> None:
    """A `yield` or `yield from` that is a statement of its own."""
    if isinstance(node, gast.Yield):
        value = Const(None) if node.value is None else expression(ctx, node.value)
        _emit_yield(ctx, value)
        return
    opened(ctx, node.value).run(None, lambda value, last: _emit_yield(ctx, value))


def _emit_yield(ctx: Context, value: Expr) -> None:
    ctx.emit(Effect(Op(yielded, (value,))))


def _is_yield(stmt: Stmt) -> bool:
    return isinstance(stmt, Effect) and isinstance(stmt.value, Op) and stmt.value.fn is yielded


# ---------------------------------------------------------------------------------------------
# A list of what is yielded


def as_list(generator: Generator, function: Function, fresh: Callable[[str], str]) -> Block:
    """The body of a function that returns the list of what the generator yields."""
    why = _not_at_once(generator)
    if why is not None:
        raise UnsupportedConstruct(
            f"cannot differentiate `{function.origin.text}` as a list of what it yields: {why}",
            "Run through it in a `for` loop, by a call of the function's own name",
            function.origin,
        )
    items = Var(fresh("items"))

    def change(stmt: Stmt) -> Stmt:
        if _is_yield(stmt):
            return Effect(Op(Method("append"), (items, _value(stmt))), origin=stmt.origin)
        return replace(stmt, value=items) if isinstance(stmt, Return) else stmt

    body = regions.each(generator.body, change)
    start = Assign(items, List(()), origin=function.origin)
    return (start, *body, Return(items, origin=function.origin))


def _value(stmt: Stmt) -> Expr:
    assert isinstance(stmt, Effect) and isinstance(stmt.value, Op)
    return stmt.value.args[0]


def _not_at_once(generator: Generator) -> str | None:
    """Why the items cannot be made before the first is used; None if they can."""
    if any(isinstance(stmt, While) for stmt in _all(generator.body)):
        return "its `while` loop may have no end"
    local = _bound(generator.body) - {param.name for param in generator.params}
    for stmt in _all(generator.body):
        if isinstance(stmt, Store) and not names_in(_root(stmt.place)) <= local:
            return "it writes into what others can see"
        if isinstance(stmt, Effect) and not _is_yield(stmt) and not _is_local(stmt.value, local):
            return "it does something besides"
        for expr in expressions_of(stmt):
            if any(isinstance(e, Op) and _speaks(e.fn) for e in walk(expr)):
                return "it calls something that prints"
    return None


def _root(place: Expr) -> Expr:
    while hasattr(place, "base"):
        place = place.base
    return place


def _is_local(value: Expr, local: set[str]) -> bool:
    """Whether a call changes a local of the generator, as `items.append(x)` does."""
    method = isinstance(value, Op) and isinstance(value.fn, Method)
    return method and names_in(_root(value.args[0])) <= local  # type: ignore[attr-defined]


def _speaks(fn: Any) -> bool:
    return fn is print or (isinstance(fn, types.FunctionType) and "print" in fn.__code__.co_names)


def _all(block: Block) -> Iterator[Stmt]:
    for stmt in block:
        yield stmt
        match stmt:
            case If(then=then, orelse=orelse):
                yield from _all((*then, *orelse))
            case For(body=body) | While(body=body):
                yield from _all(body)
            case LoopElse(loop=loop, orelse=orelse):
                yield from _all((loop, *orelse))
            case With() | Try():
                for inner in blocks_of(stmt):
                    yield from _all(inner)


def _bound(block: Block) -> set[str]:
    """The names that the statements bind."""
    found: set[str] = set()
    for stmt in _all(block):
        if isinstance(stmt, Assign | For):
            found.update(bound_names(stmt.target))
    return found


# ---------------------------------------------------------------------------------------------
# Written into a loop


def open_call(ctx: Context, op: Op) -> Stream | None:
    """Open a call of a generator function; None if it is none, or must be called for a list."""
    if not is_generator(op.fn) or op.fn in _reading:
        return None
    _reading.append(op.fn)
    try:
        generator = READ[0](op.fn)
    finally:
        _reading.pop()
    for stmt in _all(generator.body):
        if isinstance(stmt, With | Try) and any(map(_is_yield, _all((stmt,)))):
            raise UnsupportedConstruct(
                f"cannot differentiate `{stmt.origin.text}`: there is a `yield` in it",
                "Collect the values inside, and yield them after it",
                stmt.origin,
            )
    if not _captures_fit(ctx, generator):
        return None
    bound = _bind(ctx, generator, op)
    endless = _endless(generator.body)
    count = sum(_is_yield(stmt) for stmt in _all(generator.body))

    def run(target: Pattern | None, consume: Consume) -> None:
        streams.with_end(ctx, lambda done: _Inline(ctx, generator, bound, consume, done).emit())

    return Stream(run, endless=endless, copies=max(count, 1), whole=_not_at_once(generator))


def _captures_fit(ctx: Context, generator: Generator) -> bool:
    """Whether the generator's captured names mean the same in the function being lowered."""
    own, other = ctx.source.fn, generator.fn
    if not generator.captures:
        return True
    if own.__globals__ is not other.__globals__:
        return False
    cells = set(own.__code__.co_freevars) | set(other.__code__.co_freevars)
    taken = cells | set(ctx.names.locals) | set(ctx.names.inner.values())
    return not set(generator.captures) & taken


def _bind(ctx: Context, generator: Generator, op: Op) -> dict[str, Expr]:
    """The arguments by parameter, evaluated here."""
    given = [ctx.hold(arg) for arg in op.args]
    named = {key: ctx.hold(value) for key, value in op.kwargs}
    bound: dict[str, Expr] = {}
    positional = [p for p in generator.params if p.mode is not inspect.Parameter.KEYWORD_ONLY]
    if len(given) > len(positional):
        raise _mismatch(op, generator)
    for param, value in zip(positional, given, strict=False):
        bound[param.name] = value
    for param in generator.params:
        if param.name in named and param.name not in bound:
            bound[param.name] = named.pop(param.name)
        elif param.name not in bound:
            if param.default is None:
                raise _mismatch(op, generator)
            bound[param.name] = param.default
    if named:
        raise _mismatch(op, generator)
    return bound


def _mismatch(op: Op, generator: Generator) -> UnsupportedConstruct:
    names = ", ".join(param.name for param in generator.params)
    name = generator.fn.__name__
    message = f"the call of `{name}` does not fit its parameters"
    return UnsupportedConstruct(message, f"Call it as `{name}({names})`", op.origin)


def _endless(block: Block) -> bool:
    """Whether the generator certainly yields forever."""
    return any(
        isinstance(stmt, While)
        and isinstance(stmt.test, Const)
        and bool(stmt.test.value)
        and not any(isinstance(inner, Break | Return) for inner in _all(stmt.body))
        for stmt in _all(block)
    )


@dataclass
class _Inline:
    """The writing of one generator into one loop; `done` is left where the generator returns."""

    ctx: Context
    generator: Generator
    bound: dict[str, Expr]
    consume: Consume
    done: Label

    def emit(self) -> None:
        ctx, generator = self.ctx, self.generator
        ctx.names.captures.update(generator.captures)
        for path, binding in generator.bindings.items():
            ctx.names.bindings[f"{generator.fn.__qualname__}: {path}"] = binding
        body = regions.renamed(generator.body, self._names())
        self.block(body, False)

    def _names(self) -> dict[str, Expr]:
        """New names for the generator's own; a parameter that stays as given is its argument."""
        rebound = _bound(self.generator.body)
        quoted = {n for s in _all(self.generator.body) for n in _quoted(s)}
        values: dict[str, Expr] = {}
        for name in sorted(rebound - set(self.bound)):
            values[name] = Var(self.ctx.names.fresh(name))
        nested = nested_of(self.generator.fn)
        late = set() if nested is None else set(nested.parameters.values())
        for name, value in self.bound.items():
            if name in late and name not in rebound:
                values[name] = value  # a variable around it, read when the generator gets there
                continue
            steady = isinstance(value, Const) and name not in quoted
            steady = steady or (isinstance(value, Var) and value.name in steady_names(self.ctx))
            if steady and name not in rebound:
                values[name] = value
                continue
            values[name] = Var(self.ctx.names.fresh(name))
            self.ctx.emit(Assign(values[name], value))  # type: ignore[arg-type]
        return values

    def block(self, block: Block, tail: bool) -> None:
        """Emit statements; `tail` says that the innermost loop goes on right after them."""
        for position, stmt in enumerate(block):
            self.statement(stmt, tail and position == len(block) - 1)

    def statement(self, stmt: Stmt, tail: bool) -> None:
        if _is_yield(stmt):
            self.consume(_value(stmt), tail)
        elif isinstance(stmt, Return):
            self.ctx.block.append(Leave(self.done, origin=stmt.origin))
        else:
            self.ctx.block.append(self.inside(stmt, tail))

    def inside(self, stmt: Stmt, tail: bool) -> Stmt:
        """A statement with what stands in its blocks."""
        match stmt:
            case If(then=then, orelse=orelse):
                new = self.collected(then, tail), self.collected(orelse, tail)
                return replace(stmt, then=new[0], orelse=new[1])
            case For(body=body) | While(body=body):
                return replace(stmt, body=self.collected(body, True))
            case LoopElse(loop=loop, orelse=orelse):
                inner = self.inside(loop, False)
                assert isinstance(inner, For | While)
                return replace(stmt, loop=inner, orelse=self.collected(orelse, tail))
        return stmt

    def collected(self, block: Block, tail: bool) -> Block:
        with self.ctx.collecting() as found:
            self.block(block, tail)
        return tuple(found)


def _quoted(stmt: Stmt) -> set[str]:
    """The names that f-strings read, which only variables can replace."""
    parts = [part for expr in expressions_of(stmt) for part in walk(expr)]
    return {name for part in parts if isinstance(part, Verbatim) for name in part.names}


def _is_call(ctx: Context, node: Any) -> bool:
    """Whether a node is the call of a generator function."""
    nested = ctx.frame.function(ctx, node.func)
    return is_generator(unwrap(ctx.static(node.func)) if nested is None else nested.fn)


streams.CALLS.append(open_call)
streams.CALLERS.append(_is_call)
