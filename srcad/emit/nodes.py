"""From core to gast: the one builder of nodes.

Every call makes new nodes, so that no node is ever shared between two places.
"""

from __future__ import annotations

import ast
import inspect
import math
import operator
import textwrap
import types
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import gast

from srcad import core
from srcad.core import Block, Expr, Origin, Stmt
from srcad.emit.names import Names
from srcad.emit.printer import CommentText
from srcad.emit.wrap import WIDTH
from srcad.frontend.gathering import LISTED, gathered_of

BINARY: dict[Any, type] = {
    operator.add: gast.Add,
    operator.sub: gast.Sub,
    operator.mul: gast.Mult,
    operator.truediv: gast.Div,
    operator.floordiv: gast.FloorDiv,
    operator.mod: gast.Mod,
    operator.pow: gast.Pow,
    operator.matmul: gast.MatMult,
    operator.and_: gast.BitAnd,
    operator.or_: gast.BitOr,
    operator.xor: gast.BitXor,
    operator.lshift: gast.LShift,
    operator.rshift: gast.RShift,
}
UNARY: dict[Any, type] = {
    operator.neg: gast.USub,
    operator.pos: gast.UAdd,
    operator.invert: gast.Invert,
    operator.not_: gast.Not,
}
COMPARE: dict[Any, type] = {
    operator.lt: gast.Lt,
    operator.le: gast.LtE,
    operator.gt: gast.Gt,
    operator.ge: gast.GtE,
    operator.eq: gast.Eq,
    operator.ne: gast.NotEq,
    operator.is_: gast.Is,
    operator.is_not: gast.IsNot,
    operator.contains: gast.In,
}


def is_operator(fn: Any) -> bool:
    """Whether `fn` is written as an operator."""
    try:
        return fn in BINARY or fn in UNARY or fn in COMPARE
    except TypeError:
        return False


@dataclass
class Builder:
    """Builds the nodes of one module, spelling objects as `names` says.

    The `lineno` of a statement's node is its mark: `origins[mark - 1]` is where it came from.
    """

    names: Names
    origins: list[Origin] = field(default_factory=list)

    # -- functions and blocks

    def function(self, function: core.Function) -> gast.FunctionDef:
        body = self.block(function.body, top=True)
        if function.doc:
            body.insert(0, gast.Expr(_constant(_indented(function.doc))))
            body = [stmt for stmt in body if not isinstance(stmt, gast.Pass)] if body[1:] else body
        node = gast.FunctionDef(
            function.name, self.arguments(function.params), body, [], None, None, []
        )
        return self.marked(node, function.origin)

    def arguments(self, params: Iterable[core.Param]) -> gast.arguments:
        kinds = inspect.Parameter
        groups: dict[Any, list[core.Param]] = {}
        for param in params:
            groups.setdefault(param.mode, []).append(param)
        only = groups.get(kinds.POSITIONAL_ONLY, [])
        plain = groups.get(kinds.POSITIONAL_OR_KEYWORD, [])
        named = groups.get(kinds.KEYWORD_ONLY, [])
        starred = [
            next((_parameter(p.name) for p in groups.get(mode, [])), None)
            for mode in (kinds.VAR_POSITIONAL, kinds.VAR_KEYWORD)
        ]
        return gast.arguments(
            [_parameter(p.name) for p in plain],
            [_parameter(p.name) for p in only],
            starred[0],
            [_parameter(p.name) for p in named],
            [None if p.default is None else self.expr(p.default) for p in named],
            starred[1],
            [self.expr(p.default) for p in (*only, *plain) if p.default is not None],
        )

    def block(self, block: Block, top: bool = False) -> list[Any]:
        """The statements of a block; at least one, blank lines only between others."""
        made = [node for stmt in block for node in self.statements(stmt)]
        tidy: list[Any] = []
        for node in made:
            if not (_is_blank(node) and (not tidy or _is_blank(tidy[-1]))):
                tidy.append(node)
        while tidy and _is_blank(tidy[-1]):
            tidy.pop()
        if all(_is_comment(node) for node in tidy):
            tidy.append(gast.Pass())
        return tidy

    def marked(self, node: Any, origin: Origin) -> Any:
        if origin.line:
            self.origins.append(origin)
            node.lineno = len(self.origins)
            node.col_offset = 0
        return node

    # -- statements

    def statements(self, stmt: Stmt) -> list[Any]:
        """The nodes of one statement, its comments first."""
        above = [comment(line.strip()) for line in stmt.origin.comments]
        if isinstance(stmt, core.Comment):
            return [comment(stmt.text)]
        if isinstance(stmt, core.If) and stmt.tail:
            test = gast.If(self.expr(stmt.test), self.block(stmt.then), [])
            after = [node for inner in stmt.orelse for node in self.statements(inner)]
            return [*above, self.marked(test, stmt.origin), *after]
        return [*above, self.marked(self.statement(stmt), stmt.origin)]

    def statement(self, stmt: Stmt) -> Any:
        match stmt:
            case core.Assign(target=target, value=value, op=op):
                return self.assign(self.target(target), value, op)
            case core.Store(place=core.Item(base=base), value=core.Op() as value) if (
                _is_written_by_out(stmt)
            ):
                call = replace(value, kwargs=(*value.kwargs, ("out", base)))
                return gast.Expr(self.expr(call))
            case core.Store(place=place, value=value, op=op):
                return self.assign(self.expr(place, gast.Store()), value, op)
            case core.If(test=test, then=then, orelse=orelse):
                rest = self.block(orelse) if orelse else []
                return gast.If(self.expr(test), self.block(then), rest)
            case core.For(target=target, iter=iterable, body=body):
                return gast.For(
                    self.target(target), self.expr(iterable), self.block(body), [], None
                )
            case core.While(test=test, body=body):
                return gast.While(self.expr(test), self.block(body), [])
            case core.Effect(value=core.Op(fn=operator.delitem, args=(base, index))):
                return gast.Delete([self.expr(core.Item(base, index), gast.Del())])
            case core.Effect(value=value):
                return gast.Expr(self.expr(value))
            case core.With():
                return self.with_context(stmt)
            case core.Try():
                return self.guarded(stmt)
        return self.leaf(stmt)

    def with_context(self, stmt: core.With) -> Any:
        target, body = given(stmt.body, core.ENTERED)
        item = gast.withitem(self.expr(stmt.context), target and self.target(target))
        return gast.With([item], self.block(body), None)

    def guarded(self, stmt: core.Try) -> Any:
        handlers = []
        for wanted, block in zip(stmt.types, stmt.handlers, strict=True):
            target, block = given(block, core.CAUGHT)
            name = target and self.expr(target, gast.Store())
            handlers.append(gast.ExceptHandler(self.expr(wanted), name, self.block(block)))
        orelse, final = (self.block(part) if part else [] for part in (stmt.orelse, stmt.final))
        return gast.Try(self.block(stmt.body), handlers, orelse, final)

    def leaf(self, stmt: Stmt) -> Any:
        match stmt:
            case core.Return(value=value):
                return gast.Return(self.maybe(value))
            case core.Break():
                return gast.Break()
            case core.Continue():
                return gast.Continue()
            case core.Raise(exc=exc, cause=cause):
                return gast.Raise(self.maybe(exc), self.maybe(cause))
            case core.Assert(test=test, message=message):
                return gast.Assert(self.expr(test), self.maybe(message))
        raise TypeError(f"not a statement of the core language: {stmt!r}")

    def assign(self, target: Any, value: Expr, op: Callable[..., Any] | None) -> Any:
        if op is None:
            return gast.Assign([target], self.expr(value), None)
        return gast.AugAssign(target, BINARY[op](), self.expr(value))

    def target(self, target: Expr) -> Any:
        if isinstance(target, core.Tuple):
            return gast.Tuple([self.target(item) for item in target.items], gast.Store())
        return self.expr(target, gast.Store())

    # -- expressions

    def maybe(self, expr: Expr | None) -> Any:
        return None if expr is None else self.expr(expr)

    def all(self, exprs: Iterable[Expr]) -> list[Any]:
        return [self.expr(expr) for expr in exprs]

    def expr(self, expr: Expr, ctx: Any = None) -> Any:
        load = ctx or gast.Load()
        match expr:
            case core.Var(name=name):
                return gast.Name(name, load, None, None)
            case core.Const(value=value):
                return self.constant(value)
            case core.Op():
                return self.operation(expr)
            case core.Item(base=base, index=index):
                return gast.Subscript(self.expr(base), self.expr(index), load)
            case core.Attr(base=base, name=name):
                return gast.Attribute(self.expr(base), name, load)
        return self.display(expr)

    def display(self, expr: Expr) -> Any:
        match expr:
            case core.BoolOp(op=op, values=values):
                return self.chain(op, values) or gast.BoolOp(
                    gast.And() if op == "and" else gast.Or(), self.all(values)
                )
            case core.Choice(test=test, then=then, orelse=orelse):
                return gast.IfExp(self.expr(test), self.expr(then), self.expr(orelse))
            case core.Slice(start=start, stop=stop, step=step):
                return gast.Slice(self.maybe(start), self.maybe(stop), self.maybe(step))
            case core.Tuple(items=items):
                return gast.Tuple(self.all(items), gast.Load())
            case core.List(items=items):
                return gast.List(self.all(items), gast.Load())
            case core.Dict(keys=keys, values=values):
                return gast.Dict(self.all(keys), self.all(values))
            case core.Star(value=value):
                return gast.Starred(self.expr(value), gast.Load())
            case core.Verbatim(text=text):
                return gast.parse(text.strip(), mode="eval").body
        raise TypeError(f"not an expression of the core language: {expr!r}")

    def chain(self, op: str, values: tuple[Expr, ...]) -> Any:
        """`a < b and b < c` as `a < b < c`, where reading `b` twice is reading it once."""
        pairs = [_comparison(value) for value in values]
        if op != "and" or not all(pairs):
            return None
        links = [pair for pair in pairs if pair is not None]
        for (_, _, right), (left, _, _) in pairwise(links):
            if right != left or not isinstance(left, core.Var | core.Const):
                return None
        signs = [COMPARE[fn]() for _, fn, _ in links]
        return gast.Compare(self.expr(links[0][0]), signs, self.all(right for _, _, right in links))

    def operation(self, expr: core.Op) -> Any:
        fn, args = expr.fn, expr.args
        if not expr.kwargs and is_operator(fn):
            if len(args) == 2 and fn in BINARY:
                return gast.BinOp(self.expr(args[0]), BINARY[fn](), self.expr(args[1]))
            if len(args) == 2 and fn in COMPARE:
                left, right = args if fn is not operator.contains else args[::-1]
                return gast.Compare(self.expr(left), [COMPARE[fn]()], [self.expr(right)])
            if len(args) == 1 and fn in UNARY:
                return self.unary(fn, args[0])
        if isinstance(fn, core.Method):
            head = gast.Attribute(self.expr(args[0]), fn.name, gast.Load())
            args = args[1:]
        elif isinstance(fn, core.FunctionRef):
            head = gast.Name(fn.name, gast.Load(), None, None)
        else:
            head = self.expr(fn) if isinstance(fn, Expr) else self.named(fn)
        named = [gast.keyword(name, self.expr(value)) for name, value in expr.kwargs]
        for arg in args:
            if isinstance(arg, core.Star) and arg.named:
                named.append(gast.keyword(None, self.expr(arg.value)))
        plain = [a for a in _as_sequence(fn, args) if not (isinstance(a, core.Star) and a.named)]
        call = gast.Call(head, self.all(plain), named)
        # what it yields is a list to all that comes before emission
        return gast.Call(self.named(list), [call], []) if _yields(fn) else call

    def unary(self, fn: Any, operand: Expr) -> Any:
        negated = isinstance(operand, core.Op) and operand.fn is operator.contains
        if fn is operator.not_ and negated and isinstance(operand, core.Op):
            container, item = operand.args
            return gast.Compare(self.expr(item), [gast.NotIn()], [self.expr(container)])
        return gast.UnaryOp(UNARY[fn](), self.expr(operand))

    def named(self, value: Any) -> Any:
        """An object by the dotted name that `names` spells it with."""
        first, *rest = self.names.spelled(value).split(".")
        node = gast.Name(first, gast.Load(), None, None)
        for part in rest:
            node = gast.Attribute(node, part, gast.Load())
        return node

    def constant(self, value: Any) -> Any:
        if value is None or value is Ellipsis or isinstance(value, bool | str | bytes):
            return _constant(value)
        if type(value) is tuple:
            return gast.Tuple([self.constant(item) for item in value], gast.Load())
        if type(value) in (int, float, complex):
            return self.number(value)
        spelling = self.names.literal(value)
        if spelling is None:
            return self.named(value)
        head, argument = spelling
        return gast.Call(self.named(head), [self.constant(argument)], [])

    def number(self, value: Any) -> Any:
        if isinstance(value, complex):
            imaginary = self.number(value.imag)
            if not math.isfinite(value.imag) or math.copysign(1, value.imag) < 0:
                return gast.Call(self.named(complex), [self.number(value.real), imaginary], [])
            imaginary = _constant(complex(0.0, value.imag))
            if value.real == 0 and math.copysign(1, value.real) > 0:
                return imaginary
            return gast.BinOp(self.number(value.real), gast.Add(), imaginary)
        if not math.isfinite(value) if isinstance(value, float) else False:
            name = self.names.module_constant("nan" if math.isnan(value) else "inf")
            node = self.dotted(name)
            return gast.UnaryOp(gast.USub(), node) if value < 0 else node
        if value < 0 or (isinstance(value, float) and math.copysign(1, value) < 0):
            return gast.UnaryOp(gast.USub(), _constant(-value))
        return _constant(value)

    def dotted(self, name: str) -> Any:
        first, last = name.split(".")
        return gast.Attribute(gast.Name(first, gast.Load(), None, None), last, gast.Load())


def given(block: Block, marker: core.Marker) -> tuple[Expr | None, Block]:
    """What a block binds first to what the statement around it gives, and the rest of it."""
    first = block[0] if block else None
    if isinstance(first, core.Assign | core.Effect):
        value = first.value
        if isinstance(value, core.Op) and value.fn == marker:
            return getattr(first, "target", None), block[1:]
    return None, block


def _yields(fn: Any) -> bool:
    """Whether a function of the user's is a generator."""
    return isinstance(fn, types.FunctionType) and bool(fn.__code__.co_flags & inspect.CO_GENERATOR)


def _as_sequence(fn: Any, args: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """The operands of a call of the user's function, `*xs` where its `*args` is a sequence."""
    gathered = gathered_of(fn)
    if gathered is None or gathered.count != LISTED:
        return args
    return (*args[:-1], core.Star(args[-1]))


def comment(text: str) -> gast.Expr:
    """A comment line, given with its `#` or without; with "" a blank line."""
    return gast.Expr(gast.Constant(CommentText(text), None))


def expression(text: str) -> Any:
    """The tree of an expression that is given as text."""
    return gast.ast_to_gast(ast.parse(text, mode="eval").body)


def _comparison(value: Expr) -> tuple[Expr, Any, Expr] | None:
    plain = isinstance(value, core.Op) and is_operator(value.fn) and value.fn in COMPARE
    if not plain or not isinstance(value, core.Op) or value.fn is operator.contains:
        return None
    return value.args[0], value.fn, value.args[1]


def _constant(value: Any) -> gast.Constant:
    return gast.Constant(value, None)


def _parameter(name: str) -> gast.Name:
    return gast.Name(name, gast.Param(), None, None)


def _comment_value(node: Any) -> CommentText | None:
    value = getattr(getattr(node, "value", None), "value", None)
    return value if isinstance(value, CommentText) else None


def _is_comment(node: Any) -> bool:
    return _comment_value(node) is not None


def _is_blank(node: Any) -> bool:
    return _comment_value(node) == ""


def _filled(line: str) -> list[str]:
    """A line of a docstring, in several if it is too long."""
    return textwrap.wrap(line, WIDTH - 4, break_long_words=False) or [line]


def _indented(doc: str) -> str:
    """A docstring's text with its later lines at the depth of a function's body."""
    lines = [part for line in inspect.cleandoc(doc).split("\n") for part in _filled(line)]
    first, _, rest = "\n".join(lines).partition("\n")
    if not rest:
        return first
    return first + "\n" + textwrap.indent(rest, "    ") + "\n    "


def _is_written_by_out(stmt: Stmt) -> bool:
    """Whether a store is one of all of an array by a function that takes `out=`."""
    match stmt:
        case core.Store(place=core.Item(index=index), value=core.Op(fn=fn), op=None, by_out=True):
            return index == core.Const(Ellipsis) and getattr(fn, "__module__", "") != "_operator"
    return False
