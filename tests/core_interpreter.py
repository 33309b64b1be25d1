"""Runs the core language on Python values: what a `core.Function` means, without emitting it."""

from __future__ import annotations

import builtins
import inspect
from typing import Any

from srcad import core


class _Jump(Exception):
    pass


class _Break(_Jump):
    pass


class _Continue(_Jump):
    pass


class _Return(_Jump):
    def __init__(self, value: Any) -> None:
        self.value = value


def run(
    function: core.Function, *args: Any, program: core.Program | None = None, **kwargs: Any
) -> Any:
    """Call `function` on Python values; `program` has the functions that it refers to."""
    return _Machine(function, program).call(args, kwargs)


def as_callable(function: core.Function, program: core.Program | None = None) -> Any:
    """`function` as something to call."""
    return lambda *args, **kwargs: run(function, *args, program=program, **kwargs)


class _Machine:
    def __init__(self, function: core.Function, program: core.Program | None) -> None:
        self.function = function
        self.functions = {f.name: f for f in program.functions} if program else {}
        self.program = program
        self.env: dict[str, Any] = dict(function.captures)

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        empty = inspect.Parameter.empty
        params = [
            inspect.Parameter(
                p.name, p.mode, default=empty if p.default is None else self.value(p.default)
            )
            for p in self.function.params
        ]
        bound = inspect.Signature(params).bind(*args, **kwargs)
        bound.apply_defaults()
        self.env.update(bound.arguments)
        try:
            self.block(self.function.body)
        except _Return as leaving:
            return leaving.value
        return None

    def block(self, block: core.Block) -> None:
        for stmt in block:
            self.statement(stmt)

    def statement(self, stmt: core.Stmt) -> None:
        match stmt:
            case core.Assign(target=target, value=value, op=None):
                self.bind(target, self.value(value))
            case core.Assign(target=core.Var(name), value=value, op=op):
                self.env[name] = _in_place(op, self.env[name], self.value(value))
            case core.Store():
                self.store(stmt)
            case core.If(test=test, then=then, orelse=orelse):
                self.block(then if self.value(test) else orelse)
            case core.For() | core.While():
                self.loop(stmt)
            case core.Return(value=value):
                raise _Return(None if value is None else self.value(value))
            case core.Break():
                raise _Break
            case core.Continue():
                raise _Continue
            case core.Raise(exc=exc, cause=None):
                raise self.value(exc)
            case core.Raise(exc=exc, cause=cause):
                raise self.value(exc) from self.value(cause)
            case core.Assert(test=test, message=message):
                if not self.value(test):
                    raise AssertionError(*(() if message is None else (self.value(message),)))
            case core.Effect(value=value):
                self.value(value)
            case core.Comment():
                pass
            case _:
                raise TypeError(f"not a statement: {stmt!r}")

    def loop(self, stmt: core.For | core.While) -> None:
        if isinstance(stmt, core.For):
            trips = iter(self.value(stmt.iter))
        while True:
            if isinstance(stmt, core.For):
                try:
                    item = next(trips)
                except StopIteration:
                    return
                self.bind(stmt.target, item)
            elif not self.value(stmt.test):
                return
            try:
                self.block(stmt.body)
            except _Break:
                return
            except _Continue:
                continue

    def bind(self, target: core.Expr, value: Any) -> None:
        if isinstance(target, core.Tuple):
            for part, item in zip(target.items, value, strict=True):
                self.bind(part, item)
        else:
            assert isinstance(target, core.Var)
            self.env[target.name] = value

    def store(self, stmt: core.Store) -> None:
        new = self.value(stmt.value) if stmt.op is None else None
        match stmt.place:
            case core.Item(base=base, index=index):
                place, key = self.value(base), self.value(index)
                read, write = (lambda: place[key]), place.__setitem__
            case core.Attr(base=base, name=name):
                place, key = self.value(base), name
                read = lambda: getattr(place, key)  # noqa: E731

                def write(key: Any, value: Any) -> None:
                    setattr(place, key, value)

        if stmt.op is None:
            write(key, new)
        else:
            old = read()
            write(key, _in_place(stmt.op, old, self.value(stmt.value)))

    def value(self, expr: core.Expr) -> Any:
        match expr:
            case core.Var(name):
                return self.env[name]
            case core.Const(value):
                return value
            case core.Op():
                return self.operation(expr)
            case core.BoolOp(op=word, values=values):
                for part in values[:-1]:
                    found = self.value(part)
                    if bool(found) == (word == "or"):
                        return found
                return self.value(values[-1])
            case core.Choice(test=test, then=then, orelse=orelse):
                return self.value(then) if self.value(test) else self.value(orelse)
            case core.Item(base=base, index=index):
                found = self.value(base)
                return found[self.value(index)]
            case core.Slice(start=start, stop=stop, step=step):
                return slice(*(None if p is None else self.value(p) for p in (start, stop, step)))
            case core.Attr(base=base, name=name):
                return getattr(self.value(base), name)
            case core.Tuple(items=items):
                return tuple(self.value(item) for item in items)
            case core.List(items=items):
                return [self.value(item) for item in items]
            case core.Dict(keys=keys, values=values):
                return {self.value(k): self.value(v) for k, v in zip(keys, values, strict=True)}
            case core.Verbatim(text=text):
                return eval(text, {"__builtins__": builtins, **self.env})
        raise TypeError(f"not an expression: {expr!r}")

    def operation(self, op: core.Op) -> Any:
        fn = self.value(op.fn) if isinstance(op.fn, core.Expr) else op.fn
        args = [self.value(arg) for arg in op.args]
        kwargs = {name: self.value(value) for name, value in op.kwargs}
        if isinstance(fn, core.Method):
            return getattr(args[0], fn.name)(*args[1:], **kwargs)
        if isinstance(fn, core.FunctionRef):
            return run(self.functions[fn.name], *args, program=self.program, **kwargs)
        return fn(*args, **kwargs)


def _in_place(op: Any, old: Any, value: Any) -> Any:
    import operator

    return getattr(operator, "i" + op.__name__.strip("_"))(old, value)
