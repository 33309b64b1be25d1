"""Expressions: what each of Python's means in the core language, one short function for each.

Lowering an expression may emit statements that must run before it. Where that happens, what
Python evaluates earlier is put by first, so the order of evaluation stays.
"""

from __future__ import annotations

import builtins
import copy
import functools
import itertools
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
    Star,
    Stmt,
    Store,
    Tuple,
    Var,
    Verbatim,
)
from srcad.frontend import rebound, refusals
from srcad.frontend.closures import Nested, computed_defaults
from srcad.frontend.context import Context
from srcad.frontend.deleted import check_read
from srcad.frontend.names import NOTHING, free_names
from srcad.frontend.wrappers import called
from srcad.libraries import is_library, is_library_callable
from srcad.objects import is_record

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

# calls of methods that have a lowering of their own; it gives None where it does not apply
METHODS: list[tuple[Callable[[Context, Any], bool], Callable[[Context, Any], Expr | None]]] = []

# which calls make an iterator, and what becomes of one in an expression
STREAMS: list[tuple[Callable[[Context, Any], bool], Callable[[Context, Any], Expr]]] = []

# what reads a variable that holds an iterator
CURSOR: list[Callable[[Context, Any], Expr]] = []

Part = tuple[list[Stmt], Expr]  # an expression and the statements that come before it


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
            done = [ctx.hold(earlier, before) for earlier in done]
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
    if node.id in ctx.cursors:
        return CURSOR[0](ctx, node)
    nested = ctx.frame.function(ctx, node)
    if nested is not None:
        return nested.value(ctx)
    if rebound.is_rebound(ctx, node):
        return rebound.read(ctx, node)
    if ctx.names.is_local(node.id):
        check_read(ctx, node, node.id)
        return Var(ctx.names.variable(node.id))
    value = ctx.static(node)
    # `__debug__` is a constant that cannot be assigned to
    if is_library_callable(value) or value is Ellipsis or node.id == "__debug__":
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
    return _chain(ctx, [node.left, *node.comparators], node.ops)


def _comparison(ctx: Context, op: Any, left: Expr, right: Expr) -> Expr:
    if isinstance(op, gast.In | gast.NotIn):
        if not _repeatable(right):  # `contains` evaluates the container first
            left = ctx.hold(left)
        found = Op(operator.contains, (right, left))
        return found if isinstance(op, gast.In) else Op(operator.not_, (found,))
    return Op(OPERATORS[type(op)], (left, right))


def _chain(ctx: Context, nodes: list[Any], ops: list[Any]) -> Expr:
    """A chained comparison: each operand is evaluated once, and only as far as is needed."""
    left, right = expressions(ctx, nodes[:2])
    if not _repeatable(right):
        left = ctx.hold(left)
        right = ctx.hold(right)
    parts: list[Part] = [([], _comparison(ctx, ops[0], left, right))]
    for position, node in enumerate(nodes[2:], 2):
        with ctx.collecting() as before:
            more, value = apart(ctx, node)
            left = ctx.hold(right, more) if more else right
            ctx.block.extend(more)
            right = value
            if position < len(nodes) - 1 and not _repeatable(right):
                right = ctx.hold(right)
            test = _comparison(ctx, ops[position - 1], left, right)
        parts.append((before, test))
    return joined(ctx, "and", parts)


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
    return joined(ctx, word, [apart(ctx, value) for value in node.values])


def joined(ctx: Context, word: str, parts: list[Part]) -> Expr:
    """`a and b and c` (or `or`) of expressions, each with the statements that come before it."""
    ctx.block.extend(parts[0][0])
    if not any(before for before, _ in parts[1:]):
        return BoolOp(word, tuple(value for _, value in parts))
    result = ctx.temporary("test", parts[0][1])
    _continue_bool_op(ctx, word, result, parts[1:])
    return result


def _continue_bool_op(ctx: Context, word: str, result: Var, parts: list[Part]) -> None:
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


def _walrus(ctx: Context, node: Any) -> Expr:
    value = expression(ctx, node.value)
    if rebound.is_rebound(ctx, node.target):
        value = ctx.hold(value)
        ctx.emit(Store(rebound.place(ctx, node.target), value))
        return value
    name = Var(ctx.names.variable(node.target.id), origin=ctx.source.origin(node.target))
    ctx.deleted.pop(node.target.id, None)
    ctx.emit(Assign(name, value))
    return name


def _subscript(ctx: Context, node: Any) -> Expr:
    base, index = expressions(ctx, [node.value, node.slice])
    return Item(base, index)


def _slice(ctx: Context, node: Any) -> Expr:
    given = [part for part in (node.lower, node.upper, node.step) if part is not None]
    lowered = iter(expressions(ctx, given))
    parts = [p if p is None else next(lowered) for p in (node.lower, node.upper, node.step)]
    return Slice(*parts)


def _tuple(ctx: Context, node: Any) -> Expr:
    if any(isinstance(item, gast.Starred) for item in node.elts):
        return Op(tuple, (_list(ctx, node),))
    return Tuple(expressions(ctx, node.elts))


def _set(ctx: Context, node: Any) -> Expr:
    return Op(set, (_list(ctx, node),))


def _list(ctx: Context, node: Any) -> Expr:
    """A list display: `[a, *b, c]` is `[a] + list(b) + [c]`."""
    starred = [isinstance(item, gast.Starred) for item in node.elts]
    pairs = zip(node.elts, starred, strict=True)
    values = expressions(ctx, [item.value if star else item for item, star in pairs])
    if not any(starred):
        return List(values)
    parts: list[Expr] = []
    for star, group in itertools.groupby(zip(starred, values, strict=True), lambda pair: pair[0]):
        items = tuple(value for _, value in group)
        parts += [Op(list, (item,)) for item in items] if star else [List(items)]
    return functools.reduce(lambda a, b: Op(operator.add, (a, b)), parts)


def _dict(ctx: Context, node: Any) -> Expr:
    if None in node.keys:
        return _merged_dict(ctx, node)
    parts = [part for pair in zip(node.keys, node.values, strict=True) for part in pair]
    lowered = expressions(ctx, parts)
    return Dict(lowered[::2], lowered[1::2])


def _merged_dict(ctx: Context, node: Any) -> Expr:
    """`{**a, "k": b}` as `a | {"k": b}`."""
    pairs = list(zip(node.keys, node.values, strict=True))
    flat = [part for pair in pairs for part in pair if part is not None]
    values = iter(expressions(ctx, flat))
    parts: list[Expr] = []
    for star, group in itertools.groupby(pairs, lambda pair: pair[0] is None):
        if star:
            parts += [next(values) for _ in group]
        else:
            items = [(next(values), next(values)) for _ in group]
            parts.append(Dict(tuple(k for k, _ in items), tuple(v for _, v in items)))
    if len(parts) == 1:
        parts.insert(0, Dict((), ()))
    return functools.reduce(lambda a, b: Op(operator.or_, (a, b)), parts)


# ---------------------------------------------------------------------------------------------
# Calls


def _lambda(ctx: Context, node: Any) -> Expr:
    nested = defined(ctx, node, "function")
    late = ctx.frame.bound_late(ctx, nested)
    if late is not None:
        why = f"called after the comprehension, it would read the last `{late}`"
        raise ctx.refusal(node, why, f"Give it a parameter `{late}={late}`")
    return nested.value(ctx)


def defined(ctx: Context, node: Any, name: str) -> Nested:
    """The function that a `def` or a lambda makes; its defaults are evaluated here."""
    nested = ctx.frame.lift(ctx, node, name)
    set_defaults(ctx, nested)
    return nested


def set_defaults(ctx: Context, nested: Nested) -> None:
    """Evaluate the defaults of a function that are no literals."""
    for name, default in computed_defaults(nested.node):
        ctx.emit(Assign(ctx.frame.read(nested.defaults[name]), expression(ctx, default)))


def _call(ctx: Context, node: Any) -> Expr:
    special = _special(ctx, node)
    return plain_call(ctx, node) if special is None else special


def plain_call(ctx: Context, node: Any) -> Expr:
    """A call that neither makes an iterator nor uses one up."""
    nested = ctx.frame.function(ctx, node.func)
    if nested is not None:
        return _nested_call(ctx, nested, node)
    target = ctx.static(node.func)
    if any(target is function for function in _REFLECTIVE):
        raise ctx.refusal(node, "it depends on the caller's frame", "Write it without")
    if target is super and not node.args:
        return _super(ctx, node)
    if target is divmod and len(node.args) == 2 and not node.keywords:
        return _divided(ctx, *expressions(ctx, node.args))
    if isinstance(target, functools.partial):
        return _partial_call(ctx, target, _op(node, None, _operands(ctx, node)))
    if target is not NOTHING and not (is_record(target) and is_record(called(target))):
        return _op(node, called(target), _operands(ctx, node))
    if target is NOTHING and isinstance(node.func, gast.Attribute):
        values = _operands(ctx, node, node.func.value)
        return _op(node, Method(node.func.attr), values, extra=1)
    values = _operands(ctx, node, node.func)
    return _op(node, values[0], values[1:])


def _partial_call(ctx: Context, partial: Any, op: Op) -> Op:
    """The call of a partial function that is known now; what it holds is captured."""
    early = [ctx.constant(f"argument{n}", value) for n, value in enumerate(partial.args, 1)]
    named = {key: ctx.constant(key, value) for key, value in partial.keywords.items()}
    named.update(op.kwargs)
    return Op(called(partial.func), (*early, *op.args), tuple(named.items()))


def _operands(ctx: Context, node: Any, *first: Any) -> tuple[Expr, ...]:
    """The operands of a call, in the order of its text; what is unpacked has a name."""
    nodes = [*first, *node.args, *(keyword.value for keyword in node.keywords)]
    plain = [n.value if isinstance(n, gast.Starred) else n for n in nodes]
    values = expressions(ctx, plain)
    named = [keyword.arg is None for keyword in node.keywords]
    unpacked = [isinstance(n, gast.Starred) for n in nodes[: len(nodes) - len(named)]] + named
    if any(unpacked):
        displays = core.Tuple | core.List | core.Dict
        values = tuple(v if isinstance(v, displays) else ctx.hold(v) for v in values)
    return values


def _super(ctx: Context, node: Any) -> Expr:
    """`super()` with the arguments that it finds by itself: the method's class and object."""
    parameters = ctx.names.parameters
    if not parameters or "__class__" not in ctx.names.fn.__code__.co_freevars:
        raise ctx.refusal(node, "it stands outside of a method", "Call it in a method of a class")
    return Op(super, (Const(ctx.names.value("__class__")), Var(parameters[0])))


def _nested_call(ctx: Context, nested: Nested, node: Any) -> Op:
    """A call of a function that is defined in this one or in one around it."""
    if isinstance(node.func, gast.Lambda):
        set_defaults(ctx, nested)
    return nested.call(ctx, _op(node, nested.fn, _operands(ctx, node)))


def _divided(ctx: Context, a: Expr, b: Expr) -> Expr:
    """`divmod(a, b)`, each operand evaluated once: what it is depends on their kinds."""
    return Op(divmod, (ctx.hold(a), ctx.hold(b)))


def _special(ctx: Context, node: Any) -> Expr | None:
    """The lowering of a call that makes an iterator or uses one up; None if it is neither."""
    target = ctx.static(node.func)
    unpacked = any(isinstance(arg, gast.Starred) for arg in node.args)
    unpacked = unpacked or any(keyword.arg is None for keyword in node.keywords)
    for function, lower in SPECIAL:
        if target is function and not unpacked:
            found = lower(ctx, node)
            if found is not None:
                return found
    for concerns, lower in METHODS if not unpacked else ():
        if concerns(ctx, node):
            return lower(ctx, node)
    for makes_one, lower_stream in STREAMS:
        if makes_one(ctx, node):
            return lower_stream(ctx, node)
    return None


def _op(node: Any, fn: Any, values: tuple[Expr, ...], extra: int = 0) -> Op:
    """The `Op` of a call whose lowered operands are `values`, those by keyword last."""
    positional = extra + len(node.args)
    stars = [False] * extra + [isinstance(arg, gast.Starred) for arg in node.args]
    pairs = zip(values[:positional], stars, strict=True)
    args = [Star(value) if star else value for value, star in pairs]
    named = list(zip((k.arg for k in node.keywords), values[positional:], strict=True))
    args += [Star(value, named=True) for name, value in named if name is None]
    return Op(fn, tuple(args), tuple((name, value) for name, value in named if name is not None))


# ---------------------------------------------------------------------------------------------
# f-strings


def _f_string(ctx: Context, node: Any) -> Expr:
    node, held = _calls_first(ctx, node)
    names = sorted(free_names(node) - set(held))
    own = {n.id for n in gast.walk(node) if isinstance(n, gast.Name)} - set(names) - set(held)
    bound = {n.target.id for n in gast.walk(node) if isinstance(n, gast.NamedExpr)}
    if bound or any(ctx.names.variable(name) in own for name in names):
        raise ctx.refusal(node, "it binds names of its own", "Compute the value before")
    if ctx.names.rebound & set(names):
        raise ctx.refusal(node, "it reads a name that the function rebinds", "Use a local for it")
    read = [name for name in names if ctx.names.is_local(name) or _captured(ctx, node, name)]
    for name in read:
        check_read(ctx, node, name)
    new = {name: _held_name(ctx, node, name) for name in read}
    renamed = bool(held) or any(name != other for name, other in new.items())
    text = _renamed(node, new) if renamed else ctx.source.segment(node)
    return Verbatim(text, (*new.values(), *held))


def _calls_first(ctx: Context, node: Any) -> tuple[Any, list[str]]:
    """The f-string with the calls in it that may do something made before it, under names."""
    held: list[str] = []
    values = list(node.values)
    for place, part in enumerate(values):
        inner = gast.walk(part.value) if isinstance(part, gast.FormattedValue) else ()
        calls = [each for each in inner if isinstance(each, gast.Call)]
        if all(is_library_callable(ctx.static(call.func)) for call in calls):
            continue
        held.append(ctx.temporary("shown", expression(ctx, part.value)).name)
        name = gast.copy_location(gast.Name(held[-1], gast.Load(), None, None), part)
        values[place] = gast.FormattedValue(name, part.conversion, part.format_spec)
    return (gast.copy_location(gast.JoinedStr(values), node) if held else node), held


def _held_name(ctx: Context, node: Any, name: str) -> str:
    """The variable in which an f-string finds what the user's `name` means."""
    value = _name(ctx, gast.copy_location(gast.Name(name, gast.Load(), None, None), node))
    return (value if isinstance(value, Var) else ctx.temporary(name, value)).name


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
    gast.NamedExpr: _walrus,
    gast.Subscript: _subscript,
    gast.Slice: _slice,
    gast.Tuple: _tuple,
    gast.List: _list,
    gast.Set: _set,
    gast.Dict: _dict,
    gast.Call: _call,
    gast.JoinedStr: _f_string,
    gast.Lambda: _lambda,
}
