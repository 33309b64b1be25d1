"""Prints the core language, for `srcad.steps`, tests and those who work on srcad."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from srcad import core
from srcad.core import Expr, Function, Program, Stmt

_SYMBOLS = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%",
    "pow": "**", "matmul": "@", "and_": "&", "or_": "|", "xor": "^", "lshift": "<<",
    "rshift": ">>", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!=",
    "is_": "is", "is_not": "is not", "neg": "-", "pos": "+", "invert": "~", "not_": "not ",
}  # fmt: skip


Note = Callable[[Stmt], str]


def no_note(stmt: Stmt) -> str:
    """The note that says nothing."""
    return ""


def dump(what: Function | Program, note: Note = no_note) -> str:
    """A function or program in core form as readable text; `note` adds a remark to statements."""
    if isinstance(what, Program):
        return "\n".join(dump(function, note) for function in what.functions)
    lines = [f"def {what.name}({_params(what)}):"]
    lines += [f"    # {name}: {_short(value)}" for name, value in what.captures.items()]
    return "\n".join([*lines, *_block(what.body, 1, note)]) + "\n"


def _params(function: Function) -> str:
    parts, previous = [], None
    for param in function.params:
        if previous == inspect.Parameter.POSITIONAL_ONLY != param.mode:
            parts.append("/")
        if previous != param.mode == inspect.Parameter.KEYWORD_ONLY:
            parts.append("*")
        default = "" if param.default is None else f"={text_of(param.default)}"
        parts.append(param.name + default)
        previous = param.mode
    if previous == inspect.Parameter.POSITIONAL_ONLY:
        parts.append("/")
    return ", ".join(parts)


def _short(value: Any) -> str:
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    text = name or repr(value).replace("\n", " ")
    return text if len(text) <= 60 else text[:57] + "..."


def _block(block: core.Block, depth: int, note: Note) -> Iterator[str]:
    indent = "    " * depth
    for stmt in block:
        for comment in stmt.origin.comments:
            yield indent + comment
        remark = note(stmt)
        yield f"{indent}{_header(stmt)}{'  # ' if remark else ''}{remark}".rstrip()
        if isinstance(stmt, core.If):
            yield from _block(stmt.then, depth + 1, note)
            if stmt.orelse:
                yield indent + ("else:  # tail" if stmt.tail else "else:")
            yield from _block(stmt.orelse, depth + 1, note)
        elif isinstance(stmt, core.For | core.While | core.With):
            yield from _block(stmt.body, depth + 1, note)
        elif isinstance(stmt, core.Try):
            yield from _block(stmt.body, depth + 1, note)
            for wanted, handler in zip(stmt.types, stmt.handlers, strict=True):
                yield f"{indent}except {text_of(wanted)}:"
                yield from _block(handler, depth + 1, note)


def _header(stmt: Stmt) -> str:
    t = text_of
    match stmt:
        case core.Assign(target=left, value=value, op=op) | core.Store(left, value, op):
            return f"{t(left)} {_symbol(op) if op else ''}= {t(value)}"
        case core.If(test=test):
            return f"if {t(test)}:"
        case core.For(target=target, iter=iterable):
            return f"for {t(target)} in {t(iterable)}:"
        case core.While(test=test):
            return f"while {t(test)}:"
        case core.With(context=context):
            return f"with {t(context)}:"
        case core.Try():
            return "try:"
        case core.Return(value=value):
            return "return" if value is None else f"return {t(value)}"
        case core.Raise(exc=exc, cause=cause):
            return f"raise {t(exc) if exc else ''}" + (f" from {t(cause)}" if cause else "")
        case core.Assert(test=test, message=message):
            return f"assert {t(test)}" + (f", {t(message)}" if message else "")
        case core.Effect(value=value):
            return t(value)
        case core.Comment(text=text):
            return f"# {text}" if text else ""
    return type(stmt).__name__.lower()


def _symbol(fn: Any) -> str:
    return _SYMBOLS.get(getattr(fn, "__name__", ""), _short(fn))


def text_of(expr: Expr) -> str:
    """An expression in core form as text; operations are fully bracketed."""
    t = text_of
    match expr:
        case core.Var(name):
            return name
        case core.Const(value):
            return "..." if value is ... else _short(value) if callable(value) else repr(value)
        case core.Op(fn=fn, args=args, kwargs=kwargs):
            return _call(fn, args, kwargs)
        case core.BoolOp(op=op, values=values):
            return "(" + f" {op} ".join(map(t, values)) + ")"
        case core.Choice(test=test, then=then, orelse=orelse):
            return f"({t(then)} if {t(test)} else {t(orelse)})"
        case core.Item(base=base, index=core.Field(name)):
            return f"{t(base)}.{name}"
        case core.Item(base=base, index=core.Tuple(items)) if items:
            return f"{t(base)}[{', '.join(map(t, items))}]"
        case core.Item(base=base, index=index):
            return f"{t(base)}[{t(index)}]"
        case core.Slice(start=start, stop=stop, step=step):
            ends = [t(end) if end else "" for end in (start, stop)]
            return ":".join([*ends, t(step)] if step else ends)
        case core.Attr(base=base, name=name):
            return f"{t(base)}.{name}"
        case core.Tuple(items=items):
            return "(" + ", ".join(map(t, items)) + ("," if len(items) == 1 else "") + ")"
        case core.List(items=items):
            return "[" + ", ".join(map(t, items)) + "]"
        case core.Dict(keys=keys, values=values):
            pairs = zip(map(t, keys), map(t, values), strict=True)
            return "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"
        case core.Verbatim(text=text):
            return text
        case core.Star(value=value, named=named):
            return f"{'**' if named else '*'}{t(value)}"
    return repr(expr)


def _call(fn: Any, args: tuple[Expr, ...], kwargs: tuple[tuple[str, Expr], ...]) -> str:
    operands = [text_of(arg) for arg in args]
    if getattr(fn, "__module__", None) == "_operator":
        return _operation(fn, operands)
    named = [f"{name}={text_of(value)}" for name, value in kwargs]
    if isinstance(fn, core.Method):
        return f"{operands[0]}.{fn.name}({', '.join([*operands[1:], *named])})"
    if isinstance(fn, core.FunctionRef):
        name = fn.name
    else:
        name = text_of(fn) if isinstance(fn, Expr) else _short(fn)
    return f"{name}({', '.join([*operands, *named])})"


def _operation(fn: Any, operands: list[str]) -> str:
    if len(operands) == 1:
        return _symbol(fn) + operands[0]
    left, right = operands
    if fn.__name__ == "contains":
        return f"({right} in {left})"
    return f"({left} {_symbol(fn)} {right})"
