"""Runs a `Typed` function and holds every value against the kind that was inferred for it."""

import numpy as np

from srcad import kinds, value_kinds
from srcad.analysis.calls import bind_arguments
from tests.core_interpreter import _Machine, _Return

_RANK = "biufc"


class Checker:
    """`lengths` gives each symbol's number; `unknown` gathers what nothing is known of."""

    def __init__(self, lengths):
        self.lengths = lengths
        self.unknown = set()

    def call(self, typed, values):
        """The result of `typed` for the values of its parameters."""
        machine = CheckedMachine(typed, self)
        machine.env.update(values)
        result = None
        try:
            machine.block(typed.function.body)
        except _Return as leaving:
            result = leaving.value
        self.check(typed.result, result, typed.function.name)
        return result

    def check(self, kind, value, where):
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
            case kinds.Inert(name="iterator"):
                return hasattr(value, "__next__")
            case kinds.Inert(name=name):
                return name == type(value).__name__ or not kinds.carries(value_kinds.kind_of(value))
            case kinds.Never():
                return False
        return True

    def admits_scalar(self, kind, value):
        python = type(value) in (bool, int, float, complex)
        if not python and (kind.weak or not isinstance(value, np.generic)):
            return False
        dtype = np.result_type(type(value)) if python else value.dtype
        lower = python and _RANK.index(dtype.kind) <= _RANK.index(np.dtype(kind.dtype).kind)
        sized = kind.size is None or self.admits_length(kind.size, value, clamp=False)
        return sized and (lower or fits(dtype, kind.dtype))

    def admits_length(self, length, number, clamp=True):
        if length is None:
            return True
        if isinstance(length, int):
            return number == length
        wanted = self.lengths[length.symbol] + length.offset
        if length.given and (length.offset != 0 or number == 1):
            return False
        return number == (max(wanted, 0) if clamp else wanted)


class CheckedMachine(_Machine):
    """The interpreter, with a look at each value."""

    def __init__(self, typed, checker):
        super().__init__(typed.function, None)
        self.typed, self.checker = typed, checker

    def value(self, expr):
        value = super().value(expr)
        self.checker.check(expr.kind, value, expr)
        return value

    def bind(self, target, value):
        self.checker.check(target.kind, value, target)
        super().bind(target, value)

    def operation(self, op):
        callee = self.typed.callee(op)
        if callee is None:
            return super().operation(op)
        inner = CheckedMachine(callee, self.checker)
        given = {id(part) for part in (*op.args, *(value for _, value in op.kwargs))}
        values = {}
        for name, arg in bind_arguments(op, callee.function).items():
            default = not (id(arg) in given or inner.is_rest(name))
            values[name] = _Machine.value(inner, arg) if default else self.value(arg)
            self.checker.check(callee.kinds[name], values[name], name)
        return self.checker.call(callee, values)

    def is_rest(self, name):
        """Whether the parameter takes what is left of the arguments."""
        modes = {param.name: param.mode for param in self.function.params}
        return modes[name] in (modes[name].VAR_POSITIONAL, modes[name].VAR_KEYWORD)


def fits(dtype, known):
    """Whether values of `dtype` are covered by what is known to be `known`."""
    return np.dtype(known) == object or np.promote_types(dtype, known) == np.dtype(known)
