"""Expressions: what each of Python's means in the core language, one short function for each.

Lowering an expression may emit statements that must run before it. Where that happens, what
Python evaluates earlier is put by first, so the order of evaluation stays.
"""

from __future__ import annotations

import builtins
import copy
import operator
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gast

from srcad import core
from srcad.core import (
    Assign,
    Attr,
    BoolOp,
    Choice,
    Const,
    Dict,
    Expr,
    If,
    Item,
    List,
    Method,
    Op,
    Slice,
    Stmt,
    Tuple,
    Var,
    Verbatim,
)
from srcad.frontend import refusals
from srcad.frontend.context import Context
from srcad.frontend.names import NOTHING, is_library, is_library_callable
from srcad.frontend.wrappers import called

OPERATORS: dict[type, Any] = {
    gast.Add: operator.add,
    gast.Sub: operator.sub,
    gast.Mult: operator.mul,
    gast.Div: operator.truediv,
    gast.FloorDiv: operator.floordiv,
    gast.Mod: operator.mod,
    gast.Pow: operator.pow,
    gast.MatMult: operator.matmul,
    gast.BitAnd: operator.and_,
    gast.BitOr: operator.or_,
    gast.BitXor: operator.xor,
    gast.LShift: operator.lshift,
    gast.RShift: operator.rshift,
    gast.USub: operator.neg,
    gast.UAdd: operator.pos,
    gast.Invert: operator.invert,
    gast.Not: operator.not_,
    gast.Lt: operator.lt,
    gast.LtE: operator.le,
    gast.Gt: operator.gt,
    gast.GtE: operator.ge,
    gast.Eq: operator.eq,
    gast.NotEq: operator.ne,
    gast.Is: operator.is_,
    gast.IsNot: operator.is_not,
}

# built-ins that look at the caller's frame or run text, neither of which the derivative has
_REFLECTIVE = (builtins.eval, builtins.exec, builtins.locals, builtins.globals, builtins.vars)

# functions whose calls have a lowering of their own; it gives None where it does not apply
SPECIAL: list[tuple[Any, Callable[[Context, Any], Expr | None]]] = []

# which calls make an iterator, and what becomes of one in an expression
STREAMS: list[tuple[Callable[[Context, Any], bool], Callable[[Context, Any], Expr]]] = []


def expression(ctx: Context, node: Any) -> Expr:
    """Lower an expression; statements that must come before it are emitted."""
    lower = TABLE.get(type(node))
    if lower is None:
        raise refusals.refuse(ctx, node)
    return replace(lower(ctx, node), origin=ctx.source.origin(node))


def expressions(ctx: Context, nodes: list[Any]) -> tuple[Expr, ...]:
    """Lower expressions that are evaluated one after the other."""
    done: list[Expr] = []
    for node in nodes:
        before, value = apart(ctx, node)
        if before:
            done = [ctx.hold(earlier) for earlier in done]
            ctx.block.extend(before)
        done.append(value)
    return tuple(done)


def apart(ctx: Context, node: Any) -> tuple[list[Stmt], Expr]:
    """Lower an expression; also give the statements that must come before it."""
    with ctx.collecting() as before:
        value = expression(ctx, node)
    return before, value


def _constant(ctx: Context, node: Any) -> Expr:
    return Const(node.value)


def _name(ctx: Context, node: Any) -> Expr:
    if ctx.names.is_local(node.id):
        return Var(ctx.names.variable(node.id))
    value = ctx.static(node)
    if is_library_callable(value) or value is Ellipsis:
        return Const(value)
    ctx.names.capture(node.id)
    return Var(node.id)


def _attribute(ctx: Context, node: Any) -> Expr:
    value = ctx.static(node)
    if value is not NOTHING:
        owner = ctx.static(node.value)
        of_library = is_library(getattr(owner, "__name__", None))
        plain = value is None or isinstance(value, bool | int | float | complex | str)
        if is_library_callable(value) or (of_library and plain):
            return Const(value)
    return Attr(expression(ctx, node.value), node.attr)


def _binary(ctx: Context, node: Any) -> Expr:
    return Op(OPERATORS[type(node.op)], expressions(ctx, [node.left, node.right]))


def _unary(ctx: Context, node: Any) -> Expr:
    operand = expression(ctx, node.operand)
    number = isinstance(operand, Const) and type(operand.value) in (int, float, complex)
    if isinstance(operand, Const) and number and isinstance(node.op, gast.USub):
        return Const(-operand.value)
    return Op(OPERATORS[type(node.op)], (operand,))


def _compare(ctx: Context, node: Any) -> Expr:
    if len(node.ops) == 1:
        return _comparison(ctx, node.ops[0], *expressions(ctx, [node.left, *node.comparators]))
    values = _chain_operands(ctx, [node.left, *node.comparators])
    pairs = zip(node.ops, values, values[1:], strict=False)
    return BoolOp("and", tuple(_comparison(ctx, op, a, b) for op, a, b in pairs))


def _comparison(ctx: Context, op: Any, left: Expr, right: Expr) -> Expr:
    if isinstance(op, gast.In | gast.NotIn):
        if not _repeatable(right):  # `contains` evaluates the container first
            left = ctx.hold(left)
        found = Op(operator.contains, (right, left))
        return found if isinstance(op, gast.In) else Op(operator.not_, (found,))
    return Op(OPERATORS[type(op)], (left, right))


def _chain_operands(ctx: Context, nodes: list[Any]) -> tuple[Expr, ...]:
    """The operands of a chained comparison; the inner ones are such that may be read twice."""
    values: list[Expr] = []
    for position, node in enumerate(nodes):
        before, value = apart(ctx, node)
        inner = 0 < position < len(nodes) - 1
        once = inner and not _repeatable(value)
        if (before or once) and position > 1:
            why = "an operand far inside a chained comparison is not a plain value"
            raise ctx.refusal(node, why, "Write it as comparisons joined by `and`")
        if before or once:
            values = [ctx.hold(earlier) for earlier in values]
            ctx.block.extend(before)
        values.append(ctx.hold(value) if once else value)
    return tuple(values)


def _repeatable(value: Expr) -> bool:
    """Whether evaluating `value` twice is as good as once: no call and no display in it."""
    return all(
        not isinstance(part, core.List | core.Dict)
        and (not isinstance(part, Op) or is_operator(part.fn))
        for part in core.walk(value)
    )


def is_operator(fn: Any) -> bool:
    """Whether `fn` is one of the `operator` functions that stand for Python's operators."""
    return getattr(fn, "__module__", None) == "_operator"


def _bool_op(ctx: Context, node: Any) -> Expr:
    word = "and" if isinstance(node.op, gast.And) else "or"
    parts = [apart(ctx, value) for value in node.values]
    ctx.block.extend(parts[0][0])
    if not any(before for before, _ in parts[1:]):
        return BoolOp(word, tuple(value for _, value in parts))
    result = ctx.temporary("test", parts[0][1])
    _continue_bool_op(ctx, word, result, parts[1:])
    return result


def _continue_bool_op(ctx: Context, word: str, result: Var, parts: list[Any]) -> None:
    """Emit `if result: result = next` (or `if not result`) for the parts that are left."""
    if not parts:
        return
    (before, value), *rest = parts
    with ctx.collecting() as block:
        block.extend(before)
        ctx.emit(Assign(result, value))
        _continue_bool_op(ctx, word, result, rest)
    ctx.emit(If(result if word == "and" else Op(operator.not_, (result,)), tuple(block)))


def _choice(ctx: Context, node: Any) -> Expr:
    test = expression(ctx, node.test)
    (before_then, then), (before_else, orelse) = apart(ctx, node.body), apart(ctx, node.orelse)
    if not before_then and not before_else:
        return Choice(test, then, orelse)
    result = Var(ctx.names.fresh("value"))
    first = (*before_then, Assign(result, then, origin=ctx.origin))
    second = (*before_else, Assign(result, orelse, origin=ctx.origin))
    ctx.emit(If(test, first, second))
    return result


def _subscript(ctx: Context, node: Any) -> Expr:
    base, index = expressions(ctx, [node.value, node.slice])
    return Item(base, index)


def _slice(ctx: Context, node: Any) -> Expr:
    given = [part for part in (node.lower, node.upper, node.step) if part is not None]
    lowered = iter(expressions(ctx, given))
    parts = [p if p is None else next(lowered) for p in (node.lower, node.upper, node.step)]
    return Slice(*parts)


def _tuple(ctx: Context, node: Any) -> Expr:
    return Tuple(expressions(ctx, node.elts))


def _list(ctx: Context, node: Any) -> Expr:
    return List(expressions(ctx, node.elts))


def _set(ctx: Context, node: Any) -> Expr:
    return Op(set, (List(expressions(ctx, node.elts)),))


def _dict(ctx: Context, node: Any) -> Expr:
    if any(key is None for key in node.keys):
        raise ctx.refusal(node, "`**` in a dict display", "Write the items out")
    parts = [part for pair in zip(node.keys, node.values, strict=True) for part in pair]
    lowered = expressions(ctx, parts)
    return Dict(lowered[::2], lowered[1::2])


# ---------------------------------------------------------------------------------------------
# Calls


def _call(ctx: Context, node: Any) -> Expr:
    if any(keyword.arg is None for keyword in node.keywords):
        raise ctx.refusal(node, "`**` in a call", "Write the arguments out")
    target = ctx.static(node.func)
    special = _special(ctx, node, target)
    if special is not None:
        return special
    if any(target is function for function in _REFLECTIVE):
        raise ctx.refusal(node, "it depends on the caller's frame", "Write it without")
    operands = [*node.args, *(keyword.value for keyword in node.keywords)]
    if target is divmod and len(node.args) == len(operands) == 2:
        return _divided(ctx, *expressions(ctx, operands))
    if target is not NOTHING:
        return _op(node, called(target), expressions(ctx, operands))
    if isinstance(node.func, gast.Attribute):
        values = expressions(ctx, [node.func.value, *operands])
        return _op(node, Method(node.func.attr), values, extra=1)
    values = expressions(ctx, [node.func, *operands])
    return _op(node, values[0], values[1:])


def _divided(ctx: Context, a: Expr, b: Expr) -> Expr:
    """`divmod(a, b)`, each operand evaluated once."""
    a, b = ctx.hold(a), ctx.hold(b)
    return Tuple((Op(operator.floordiv, (a, b)), Op(operator.mod, (a, b))))


def _special(ctx: Context, node: Any, target: Any) -> Expr | None:
    """The lowering of a call that makes an iterator or uses one up; None if it is neither."""
    if target is NOTHING:
        return None
    for function, lower in SPECIAL:
        if target is function:
            found = lower(ctx, node)
            if found is not None:
                return found
    for makes_one, lower_stream in STREAMS:
        if makes_one(ctx, node):
            return lower_stream(ctx, node)
    return None


def _op(node: Any, fn: Any, values: tuple[Expr, ...], extra: int = 0) -> Op:
    """The `Op` of a call whose lowered operands are `values`, those by keyword last."""
    positional = extra + len(node.args)
    names = [keyword.arg for keyword in node.keywords]
    return Op(fn, values[:positional], tuple(zip(names, values[positional:], strict=True)))


# ---------------------------------------------------------------------------------------------
# f-strings


def _f_string(ctx: Context, node: Any) -> Expr:
    names = sorted({n.id for n in gast.walk(node) if isinstance(n, gast.Name)})
    scopes = gast.Lambda | gast.ListComp | gast.GeneratorExp | gast.SetComp | gast.DictComp
    if any(isinstance(n, scopes | gast.NamedExpr) for n in gast.walk(node)):
        raise ctx.refusal(node, "it binds names of its own", "Compute the value before")
    read = [name for name in names if ctx.names.is_local(name) or _captured(ctx, node, name)]
    new = {name: ctx.names.variable(name) for name in read}
    renamed = any(name != other for name, other in new.items())
    text = _renamed(node, new) if renamed else ctx.source.segment(node)
    return Verbatim(text, tuple(new.values()))


def _renamed(node: Any, new: dict[str, str]) -> str:
    """The text of an f-string inside a comprehension whose variables have other names here."""
    node = copy.deepcopy(node)
    for part in gast.walk(node):
        if isinstance(part, gast.Name):
            part.id = new.get(part.id, part.id)
    return str(gast.unparse(node)).strip()


def _captured(ctx: Context, node: Any, name: str) -> bool:
    """Note a free name of an f-string as captured, unless it is a built-in."""
    value = ctx.static(gast.copy_location(gast.Name(name, gast.Load(), None, None), node))
    if getattr(builtins, name, NOTHING) is value:
        return False
    ctx.names.capture(name)
    return True


TABLE: dict[type, Callable[[Context, Any], Expr]] = {
    gast.Constant: _constant,
    gast.Name: _name,
    gast.Attribute: _attribute,
    gast.BinOp: _binary,
    gast.UnaryOp: _unary,
    gast.Compare: _compare,
    gast.BoolOp: _bool_op,
    gast.IfExp: _choice,
    gast.Subscript: _subscript,
    gast.Slice: _slice,
    gast.Tuple: _tuple,
    gast.List: _list,
    gast.Set: _set,
    gast.Dict: _dict,
    gast.Call: _call,
    gast.JoinedStr: _f_string,
}
