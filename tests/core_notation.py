"""Core written and read as Python text, for tests of steps that work on core alone."""

import ast
import builtins
import math
import operator
import textwrap

import numpy as np

from srcad import core
from srcad.kinds import UNKNOWN
from srcad.verifier import verify

MODULES = {"np": np, "math": math}
BINARY = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.MatMult: operator.matmul,
}
UNARY = {ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Not: operator.not_}
COMPARE = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}


class Reader:
    """Python text to core; `kinds` are the kinds of the variables, `known` are user functions."""

    def __init__(self, kinds=None, known=None):
        self.kinds = kinds or {}
        self.known = known or {}

    def expr(self, node):
        match node:
            case ast.Constant(value=value):
                return core.Const(value)
            case ast.Name(id=name):
                return core.Var(name, kind=self.kinds.get(name, UNKNOWN))
            case ast.BinOp(left=left, op=op, right=right):
                return core.Op(BINARY[type(op)], (self.expr(left), self.expr(right)))
            case ast.UnaryOp(op=op, operand=operand):
                return core.Op(UNARY[type(op)], (self.expr(operand),))
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return core.Op(COMPARE[type(op)], (self.expr(left), self.expr(right)))
            case ast.BoolOp(op=op, values=values):
                name = "and" if isinstance(op, ast.And) else "or"
                return core.BoolOp(name, tuple(map(self.expr, values)))
            case ast.IfExp(test=test, body=then, orelse=orelse):
                return core.Choice(self.expr(test), self.expr(then), self.expr(orelse))
            case ast.Subscript(value=base, slice=index):
                return core.Item(self.expr(base), self.expr(index))
            case ast.Slice(lower=lower, upper=upper, step=step):
                parts = [None if part is None else self.expr(part) for part in (lower, upper, step)]
                return core.Slice(*parts)
            case ast.Tuple(elts=items):
                return core.Tuple(tuple(map(self.expr, items)))
            case ast.List(elts=items):
                return core.List(tuple(map(self.expr, items)))
            case ast.Attribute(value=base, attr=name):
                return core.Attr(self.expr(base), name)
            case ast.Call():
                return self.call(node)
        raise NotImplementedError(ast.dump(node))

    def call(self, node):
        args = tuple(map(self.expr, node.args))
        kwargs = tuple((k.arg, self.expr(k.value)) for k in node.keywords)
        match node.func:
            case ast.Name(id=name):
                fn = self.known.get(name) or getattr(builtins, name)
                return core.Op(fn, args, kwargs)
            case ast.Attribute(value=ast.Name(id=module), attr=name) if module in MODULES:
                return core.Op(getattr(MODULES[module], name), args, kwargs)
            case ast.Attribute(value=base, attr=name):
                return core.Op(core.Method(name), (self.expr(base), *args), kwargs)
        raise NotImplementedError(ast.dump(node))

    def block(self, nodes):
        return tuple(map(self.stmt, nodes))

    def stmt(self, node):
        match node:
            case ast.Assign(targets=[target], value=value):
                return self.assign(self.expr(target), self.expr(value), None)
            case ast.AugAssign(target=target, op=op, value=value):
                return self.assign(self.expr(target), self.expr(value), BINARY[type(op)])
            case ast.If(test=test, body=body, orelse=orelse):
                then = self.block(body)
                return core.If(self.expr(test), then, self.block(orelse))
            case ast.For(target=target, iter=iterable, body=body):
                return core.For(self.expr(target), self.expr(iterable), self.block(body))
            case ast.While(test=test, body=body):
                return core.While(self.expr(test), self.block(body))
            case ast.Return(value=value):
                return core.Return(None if value is None else self.expr(value))
            case ast.Expr(value=ast.Constant(value=str(text))):
                return core.Comment(text)
            case ast.Expr(value=value):
                return core.Effect(self.expr(value))
            case ast.Assert(test=test):
                return core.Assert(self.expr(test))
            case ast.Raise(exc=exc):
                return core.Raise(None if exc is None else self.expr(exc))
            case ast.Break():
                return core.Break()
            case ast.Continue():
                return core.Continue()
        raise NotImplementedError(ast.dump(node))

    def assign(self, target, value, op):
        if isinstance(target, core.Item | core.Attr):
            return core.Store(target, value, op)
        return core.Assign(target, value, op)


def read_expr(text, **kinds):
    """The expression `text`, with kinds for its variables."""
    return Reader(kinds).expr(ast.parse(text, mode="eval").body)


def read_function(text, known=None, **kinds):
    """The function `text`; a string standing alone in it is a comment."""
    node = ast.parse(textwrap.dedent(text)).body[0]
    body = Reader(kinds, known).block(_with_tails(node.body))
    params = tuple(core.Param(arg.arg) for arg in node.args.args)
    return verify(core.Function(node.name, params, body))


def _with_tails(nodes):
    """Statements after an `if` that leaves moved into its `else`, as core has them."""
    out = []
    for position, node in enumerate(nodes):
        for name in ("body", "orelse"):
            if getattr(node, name, None):
                setattr(node, name, _with_tails(getattr(node, name)))
        out.append(node)
        rest = nodes[position + 1 :]
        jumps = (ast.Return, ast.Break, ast.Continue, ast.Raise)
        if isinstance(node, ast.If) and isinstance(node.body[-1], jumps) and rest:
            node.orelse = [*node.orelse, *_with_tails(rest)]
            break
    return out


# ---------------------------------------------------------------------------------------------
# Core to text

_SYMBOLS = {
    operator.add: "+",
    operator.sub: "-",
    operator.mul: "*",
    operator.truediv: "/",
    operator.floordiv: "//",
    operator.mod: "%",
    operator.pow: "**",
    operator.matmul: "@",
}
_AST_OF = {fn: kind for table in (BINARY, UNARY, COMPARE) for kind, fn in table.items()}


def write_expr(expr):
    """The expression as text."""
    return ast.unparse(_tree(expr))


def _tree(expr):
    match expr:
        case None:
            return None
        case core.Const(value=value):
            return ast.Constant(value)
        case core.Var(name=name):
            return ast.Name(name)
        case core.Op(fn=fn, args=args) if _AST_OF.get(fn) in BINARY:
            return ast.BinOp(_tree(args[0]), _AST_OF[fn](), _tree(args[1]))
        case core.Op(fn=fn, args=(operand,)) if _AST_OF.get(fn) in UNARY:
            return ast.UnaryOp(_AST_OF[fn](), _tree(operand))
        case core.Op(fn=fn, args=args) if _AST_OF.get(fn) in COMPARE:
            return ast.Compare(_tree(args[0]), [_AST_OF[fn]()], [_tree(args[1])])
        case core.Op(fn=core.Method(name=name), args=(base, *args), kwargs=kwargs):
            return _call(ast.Attribute(_tree(base), name), args, kwargs)
        case core.Op(fn=fn, args=args, kwargs=kwargs):
            return _call(_callee(fn), args, kwargs)
        case core.BoolOp(op=op, values=values):
            return ast.BoolOp(ast.And() if op == "and" else ast.Or(), list(map(_tree, values)))
        case core.Choice(test=test, then=then, orelse=orelse):
            return ast.IfExp(_tree(test), _tree(then), _tree(orelse))
        case core.Item(base=base, index=index):
            return ast.Subscript(_tree(base), _tree(index))
        case core.Slice(start=start, stop=stop, step=step):
            return ast.Slice(_tree(start), _tree(stop), _tree(step))
        case core.Attr(base=base, name=name):
            return ast.Attribute(_tree(base), name)
        case core.Tuple(items=items):
            return ast.Tuple(list(map(_tree, items)))
        case core.List(items=items):
            return ast.List(list(map(_tree, items)))
    raise NotImplementedError(repr(expr))


def _call(callee, args, kwargs):
    named = [ast.keyword(key, _tree(value)) for key, value in kwargs]
    return ast.Call(callee, list(map(_tree, args)), named)


def _callee(fn):
    for name, module in MODULES.items():
        if getattr(module, getattr(fn, "__name__", ""), None) is fn:
            return ast.Attribute(ast.Name(name), fn.__name__)
    return ast.Name(fn.__name__)


def write_block(block, indent=""):
    """The statements as lines of text."""
    lines = []
    for stmt in block:
        lines += [indent + line for line in _lines(stmt)]
    return lines or [indent + "pass"]


def _lines(stmt):
    match stmt:
        case (
            core.Assign(target=place, value=value, op=op)
            | core.Store(place=place, value=value, op=op)
        ):
            sign = "=" if op is None else _SYMBOLS[op] + "="
            return [f"{write_expr(place)} {sign} {write_expr(value)}"]
        case core.If(test=test, then=then, orelse=orelse):
            lines = [f"if {write_expr(test)}:", *write_block(then, "    ")]
            return lines + (["else:", *write_block(orelse, "    ")] if orelse else [])
        case core.For(target=target, iter=iterable, body=body):
            header = f"for {write_expr(target)} in {write_expr(iterable)}:"
            return [header, *write_block(body, "    ")]
        case core.While(test=test, body=body):
            return [f"while {write_expr(test)}:", *write_block(body, "    ")]
        case core.Return(value=value):
            return ["return" if value is None else f"return {write_expr(value)}"]
        case core.Effect(value=value):
            return [write_expr(value)]
        case core.Assert(test=test):
            return [f"assert {write_expr(test)}"]
        case core.Raise(exc=exc):
            return [f"raise {write_expr(exc)}"]
        case core.Break():
            return ["break"]
        case core.Continue():
            return ["continue"]
        case core.Comment(text=text):
            return [f"# {text}"]
    raise NotImplementedError(repr(stmt))


def write_function(function):
    """The function as text."""
    params = ", ".join(param.name for param in function.params)
    return (
        "\n".join([f"def {function.name}({params}):", *write_block(function.body, "    ")]) + "\n"
    )


def runnable(function, known=None):
    """The function itself."""
    space = {"np": np, "math": math, **(known or {})}
    exec(compile(write_function(function), function.name, "exec"), space)
    return space[function.name]
