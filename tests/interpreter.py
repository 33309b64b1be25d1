"""The core language executed directly, with every value held against the kind inferred for it."""

import operator
from types import FunctionType

import numpy as np

from srcad import kinds
from srcad.analysis.calls import bind_arguments
from srcad.core import (
    Assert,
    Assign,
    Attr,
    BoolOp,
    Break,
    Choice,
    Const,
    Continue,
    Dict,
    Effect,
    Expr,
    For,
    If,
    Item,
    List,
    Method,
    Op,
    Raise,
    Return,
    Slice,
    Store,
    Tuple,
    Var,
    Verbatim,
    While,
)

_IN_PLACE = {
    getattr(operator, name): getattr(operator, "i" + name.strip("_"))
    for name in "add sub mul truediv floordiv mod pow matmul and_ or_ xor lshift rshift".split()
}
_RANK = "biufc"


class Jump(Exception):
    """A break, continue or return on its way."""

    def __init__(self, stmt, value=None):
        self.stmt, self.value = stmt, value


class Interpreter:
    """Runs a `Typed` function; `lengths` gives the number that each symbol stands for.

    `seen` counts the expressions met by whether anything was known of them.
    """

    def __init__(self, lengths=None):
        self.lengths = lengths or {}
        self.seen = {"known": 0, "unknown": 0}
        self.unknown = set()

    def call(self, typed, values):
        """The result of `typed` for the values of its parameters."""
        env = {**typed.function.captures, **values}
        try:
            self.block(typed.function.body, env, typed)
        except Jump as jump:
            result = jump.value
        else:
            result = None
        self.check(typed.result, result, typed.function.name)
        return result

    # -- statements

    def block(self, block, env, typed):
        for stmt in block:
            self.stmt(stmt, env, typed)

    def stmt(self, stmt, env, typed):
        def ev(expr):
            return self.expr(expr, env, typed)

        match stmt:
            case Assign(target=target, value=value, op=None):
                self.bind(target, ev(value), env)
            case Assign(target=Var(name=name) as target, value=value, op=op):
                env[name] = _IN_PLACE[op](ev(target), ev(value))
            case Store(place=place, value=value, op=op):
                self.store(place, value, op, ev)
            case If(test=test, then=then, orelse=orelse):
                self.block(then if ev(test) else orelse, env, typed)
            case For(target=target, iter=iterable, body=body):
                self.loop((self.bind(target, item, env) for item in ev(iterable)), body, env, typed)
            case While(test=test, body=body):
                self.loop(iter(lambda: bool(ev(test)), False), body, env, typed)
            case Return(value=value):
                raise Jump(stmt, None if value is None else ev(value))
            case Break() | Continue():
                raise Jump(stmt)
            case Raise(exc=exc):
                raise ev(exc)
            case Assert(test=test):
                assert ev(test)
            case Effect(value=value):
                ev(value)

    def loop(self, trips, body, env, typed):
        for _ in trips:
            try:
                self.block(body, env, typed)
            except Jump as jump:
                if isinstance(jump.stmt, Return):
                    raise
                if isinstance(jump.stmt, Break):
                    return

    def bind(self, target, value, env):
        self.check(target.kind, value, target)
        if isinstance(target, Var):
            env[target.name] = value
        else:
            for part, item in zip(target.items, value, strict=True):
                self.bind(part, item, env)

    def store(self, place, value, op, ev):
        base = ev(place.base)
        if isinstance(place, Attr):
            setattr(base, place.name, ev(value))
            return
        index = ev(place.index)
        base[index] = ev(value) if op is None else _IN_PLACE[op](base[index], ev(value))

    # -- expressions

    def expr(self, expr, env, typed):
        value = self.value(expr, env, typed, lambda part: self.expr(part, env, typed))
        self.check(expr.kind, value, expr)
        return value

    def value(self, expr, env, typed, ev):
        match expr:
            case Var(name=name):
                return env[name]
            case Const(value=value):
                return value
            case Op():
                return self.op(expr, env, typed, ev)
            case BoolOp(op=op, values=values):
                for value in map(ev, values):
                    if bool(value) is (op == "or"):
                        break
                return value
            case Choice(test=test, then=then, orelse=orelse):
                return ev(then) if ev(test) else ev(orelse)
            case Item(base=base, index=index):
                return ev(base)[ev(index)]
            case Slice(start=start, stop=stop, step=step):
                return slice(*(None if part is None else ev(part) for part in (start, stop, step)))
            case Attr(base=base, name=name):
                return getattr(ev(base), name)
            case Tuple(items=items):
                return tuple(ev(item) for item in items)
            case List(items=items):
                return [ev(item) for item in items]
            case Dict(keys=keys, values=values):
                return {ev(key): ev(value) for key, value in zip(keys, values, strict=True)}
            case Verbatim(text=text):
                return text
        raise TypeError(expr)

    def op(self, op, env, typed, ev):
        callee = typed.callee(op)
        if callee is not None:
            return self.user_call(op, callee, ev)
        args = [ev(arg) for arg in op.args]
        named = {key: ev(value) for key, value in op.kwargs}
        if isinstance(op.fn, Method):
            return getattr(args[0], op.fn.name)(*args[1:], **named)
        fn = ev(op.fn) if isinstance(op.fn, Expr) else op.fn
        return fn(*args, **named)

    def user_call(self, op, callee, ev):
        assert isinstance(op.fn, FunctionType)
        given = {id(part) for part in (*op.args, *(value for _, value in op.kwargs))}
        values = {}
        for name, arg in bind_arguments(op, callee.function).items():
            if id(arg) in given or isinstance(arg, Tuple | Dict):
                values[name] = ev(arg)
            else:  # a default, in terms of the callee's captures
                values[name] = self.value(arg, callee.function.captures, callee, None)
            self.check(callee.kinds[name], values[name], f"{callee.function.name}: {name}")
        return self.call(callee, values)

    # -- kinds

    def check(self, kind, value, where):
        self.seen["unknown" if kind == kinds.UNKNOWN else "known"] += 1
        if kind == kinds.UNKNOWN:
            self.unknown.add(str(where))
        assert self.admits(kind, value), f"{where}: {kind} does not admit {value!r}"

    def admits(self, kind, value):
        match kind:
            case kinds.Scalar():
                return self.admits_scalar(kind, value)
            case kinds.Array(dtype=dtype, dims=dims):
                ok = isinstance(value, np.ndarray) and fits(value.dtype, dtype)
                if ok and dims is not None:
                    ok = len(dims) == value.ndim
                    ok = ok and all(map(self.admits_length, dims, value.shape))
                return ok
            case kinds.TupleOf(items=items):
                ok = isinstance(value, tuple) and len(items) == len(value)
                return ok and all(map(self.admits, items, value))
            case kinds.ListOf(item=item):
                return isinstance(value, list) and all(self.admits(item, v) for v in value)
            case kinds.DictOf(items=None, value=item):
                return isinstance(value, dict) and all(self.admits(item, v) for v in value.values())
            case kinds.DictOf(items=items):
                ok = isinstance(value, dict) and list(value) == [key for key, _ in items]
                return ok and all(self.admits(k, value[key]) for key, k in items)
            case kinds.RangeOf(length=length):
                return isinstance(value, range) and self.admits_length(length, len(value))
            case kinds.ConstOf(value=const):
                return value is const or value == const
            case kinds.Inert(name=name):
                return name == type(value).__name__ or not kinds.carries(kinds.kind_of(value))
            case kinds.Never():
                return False
        return True

    def admits_scalar(self, kind, value):
        if isinstance(value, bool | int | float | complex) and not isinstance(value, np.generic):
            dtype = np.dtype(type(value)) if not isinstance(value, int) else np.dtype("int64")
            dtype = np.dtype(bool) if isinstance(value, bool) else dtype
        elif isinstance(value, np.generic) and not kind.weak:
            dtype = value.dtype
        else:
            return False
        python = not isinstance(value, np.generic)
        ok = fits(dtype, kind.dtype) or (python and _rank(dtype) <= _rank(np.dtype(kind.dtype)))
        return ok and (kind.size is None or self.admits_length(kind.size, value, False))

    def admits_length(self, length, number, clamp=True):
        if length is None:
            return True
        if isinstance(length, int):
            return number == length
        wanted = self.lengths[length.symbol] + length.offset
        if length.given and (length.offset != 0 or number == 1):
            return False
        return number == (max(wanted, 0) if clamp else wanted)


def _rank(dtype):
    return _RANK.index(dtype.kind)


def fits(dtype, known):
    """Whether values of `dtype` are covered by what is known to be `known`."""
    return np.dtype(known) == object or np.promote_types(dtype, known) == np.dtype(known)
