"""Names for values that have none: what they are, in a few letters."""

from __future__ import annotations

import re
from types import FunctionType

from srcad.core import Attr, Const, Expr, Field, Item, Method, Op, Star, Var, children

LONGEST = 18


def describe(expr: Expr) -> str:
    """A short name for the value of `expr`, such as `exp_neg_x`; `value` where none is short."""
    words = list(dict.fromkeys(_words(expr)))  # `diff_u`, not `diff_u_u`
    text = re.sub(r"_+", "_", "_".join(words)).strip("_")
    if len(text) <= LONGEST and text.isidentifier():
        return text
    return words[0] if words[0].isidentifier() else "value"


def _words(expr: Expr) -> list[str]:
    match expr:
        case Var(name=name):
            return [name]
        case Const(value=value):
            text = re.sub(r"\W", "_", getattr(value, "__name__", str(value)))
            return [text]
        case Op(fn=fn):
            name = function_name(fn)
            return [name, *(w for child in children(expr) for w in _words(child))]
        case Attr(base=base, name=name):
            return [*_words(base), name]
        case Item(base=base, index=Field(value=name)):
            return [*_words(base), str(name)]
        case Item(base=base):
            return _words(base)
    return ["value"]


def function_name(fn: object) -> str:
    """The last part of a callable's name; of a method also its class."""
    if isinstance(fn, Method):
        return fn.name
    if isinstance(fn, FunctionType):
        owner, _, name = fn.__qualname__.rpartition(".")
        owner = owner.rpartition(".")[2]
        return f"{owner}_{name.strip('_')}" if owner.isidentifier() else name
    name = getattr(fn, "__name__", None) or getattr(fn, "name", None) or "call"
    return _SHORT.get(name, name)


_SHORT = {"sum": "sums", "truediv": "ratio", "mul": "product", "sub": "diff", "add": "total"}


def spelled(expr: Expr) -> str:
    """How messages call an operation."""
    if isinstance(expr, Op):
        return f"`{function_name(expr.fn)}`"
    if isinstance(expr, Attr):
        return f"`.{expr.name}`"
    return f"`{type(expr).__name__.lower()}`"


def why_unknown(expr: Expr) -> tuple[str, str]:
    """Why no derivative passes through an operation without a rule, and what to do."""
    if isinstance(expr, Op) and any(isinstance(arg, Star) for arg in expr.args):
        why = f"how many arguments {spelled(expr)} is given is known only when the program runs"
        return why, "Write the arguments out"
    if isinstance(expr, Op) and isinstance(expr.fn, Expr):
        why = "which function is called is known only when the program runs"
        return why, "Call the functions by their names, with `if` to decide between them"
    why = f"no derivative is known for {spelled(expr)}"
    return why, "Add a rule for it, or write it in Python"
