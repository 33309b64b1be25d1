"""Checks one rule on one example: both modes against differences and each other, and its kind."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from srcad import core, runtime
from srcad.errors import NoDerivative
from srcad.kinds import (
    UNKNOWN,
    Array,
    ConstOf,
    Dim,
    Inert,
    Kind,
    ListOf,
    RangeOf,
    Scalar,
    TupleOf,
    is_inexact,
)
from srcad.rules import rule_for
from srcad.rules.result_kinds import joined
from srcad.rules.rule import Key, Partial
from srcad.value_kinds import Namer, kind_of
from tests.core_interpreter import run


@dataclass(frozen=True)
class C:
    """An operand that is written in the program as a constant."""

    value: Any


class Example:
    """An operation on actual operands."""

    def __init__(self, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any], known: bool = True):
        self.fn = fn
        self.known = known
        self.namer = Namer()
        self.values: dict[Key, Any] = {}
        exprs = tuple(self.operand(i, value) for i, value in enumerate(args))
        named = tuple((name, self.operand(name, value)) for name, value in kwargs.items())
        self.op: Any = core.Attr(exprs[0], fn) if isinstance(fn, str) else core.Op(fn, exprs, named)
        found = rule_for(self.op)
        assert found is not None, f"no rule for {fn}"
        self.rule = found

    def operand(self, key: Key, value: Any) -> core.Expr:
        if isinstance(value, C):
            self.values[key] = value.value
            return _written(value.value)
        self.values[key] = value
        if isinstance(value, list):
            parts = tuple(
                core.Var(f"%{key}[{i}]", kind=self.kind(item)) for i, item in enumerate(value)
            )
            return core.List(parts, kind=self.kind(value))
        return core.Var(f"%{key}", kind=self.kind(value))

    def kind(self, value: Any) -> Kind:
        if isinstance(value, list):
            return ListOf(joined([self.kind(item) for item in value]))
        carrier = _inexact(value)
        return kind_of(value, self.namer) if self.known or not carrier else UNKNOWN

    def evaluate(self, expr: core.Expr, **extra: Any) -> Any:
        slots = {f"%{key}": value for key, value in self.values.items()}
        slots |= {f"%{name}": value for name, value in extra.items()}
        function = core.Function("example", (), (core.Return(expr),), slots)
        return run(function)

    def result(self, key: Key | None = None, value: Any = None) -> Any:
        """The operation's result, with another value for one operand."""
        values = {**self.values, key: value} if key is not None else self.values
        args = [values[i] for i in sorted(k for k in values if isinstance(k, int))]
        kwargs = {k: v for k, v in values.items() if isinstance(k, str)}
        if isinstance(self.fn, str):
            return getattr(args[0], self.fn)
        if isinstance(self.fn, core.Method):
            return getattr(args[0], self.fn.name)(*args[1:], **kwargs)
        return self.fn(*args, **kwargs)


def _written(value: Any) -> core.Expr:
    if isinstance(value, tuple):
        return core.Tuple(tuple(_written(item) for item in value))
    return core.Const(value)


# ---------------------------------------------------------------------------------------------
# Kinds


def check_kind(kind: Kind, value: Any, lengths: dict[int, str]) -> None:
    """Whether `kind` is true of `value`; `lengths` are the operands' with their symbols."""
    match kind:
        case Scalar(dtype=dtype, weak=weak, size=size):
            assert isinstance(value, bool | int | float | complex | np.generic), (kind, value)
            actual = kind_of(value)
            assert actual == Scalar(dtype, weak), (kind, type(value))
            _check_length(size, value, lengths)
        case Array(dtype=dtype, dims=dims):
            assert isinstance(value, np.ndarray), (kind, type(value))
            assert str(value.dtype) == dtype, (kind, value.dtype)
            if dims is not None:
                assert len(dims) == value.ndim, (kind, value.shape)
                for length, actual_length in zip(dims, value.shape, strict=True):
                    _check_length(length, actual_length, lengths)
        case TupleOf(items=items):
            assert isinstance(value, tuple) and len(value) == len(items), (kind, value)
            for item, part in zip(items, value, strict=True):
                check_kind(item, part, lengths)
        case ListOf(item=item):
            assert isinstance(value, list), (kind, value)
            for part in value:
                check_kind(item, part, lengths)
        case ConstOf(value=known):
            assert value == known
        case RangeOf(length=length):
            _check_length(length, len(value), lengths)
        case Inert():
            assert not isinstance(value, float | np.ndarray)


def _check_length(length: Any, actual: int, lengths: dict[int, str]) -> None:
    if isinstance(length, Dim):
        named = {symbol: n for n, symbol in lengths.items()}
        assert named[length.symbol] + length.offset == actual, (length, actual, lengths)
    elif length is not None:
        assert length == actual, (length, actual)


# ---------------------------------------------------------------------------------------------
# Derivatives


def check_rule(fn: Any, *args: Any, **kwargs: Any) -> None:
    """Check the kind, and each operand's derivative with kinds known and unknown."""
    example = Example(fn, args, kwargs)
    out = example.result()
    check_kind(example.rule.kind(example.op), out, example.namer.symbols)
    for known in (True, False):
        example = Example(fn, args, kwargs, known)
        try:
            pullbacks = example.rule.pullbacks(example.op)
        except NoDerivative:
            assert not known
            return
        pushforwards = example.rule.pushforwards(example.op)
        assert set(pullbacks) == set(pushforwards), (set(pullbacks), set(pushforwards))
        for key in pullbacks:
            if _inexact(example.values[key]):
                check_partial(example, key, pullbacks[key], pushforwards[key], out)


def check_partial(example: Example, key: Key, pull: Partial, push: Partial, out: Any) -> None:
    """Check one operand's derivative."""
    rng = np.random.default_rng(7)
    x = example.values[key]
    t, g = random_like(rng, x), random_like(rng, out)
    tangent = _passed(example, push, "t", t, out)
    loose = max(map(_precision, (x, out, *example.values.values())))
    expected = difference(example, key, x, t, 1e-2 if loose > 1e-6 else 1e-6)
    if loose < 1e-6:
        assert_close(spread_tree(tangent, out), expected, 1e-6)
    cotangent = _passed(example, pull, "g", g, out)
    whole = to_operand(cotangent, x)
    left, right = pairing(g, spread_tree(tangent, out)), pairing(whole, t)
    assert math.isclose(left, right, rel_tol=loose, abs_tol=loose), (left, right)
    check_dtype(whole, x, g)
    if not pull.lazy and not pull.factor and isinstance(x, np.ndarray):
        assert np.shape(cotangent) == x.shape  # what is not lazy is whole
    if pull.lazy and isinstance(out, np.ndarray) and out.size:
        check_lazy(example, pull, x, out)
    check_templates(pull)
    check_templates(push)


def check_lazy(example: Example, pull: Partial, x: Any, out: Any) -> None:
    """A lazy pullback may be given a number for an array."""
    few = to_operand(_passed(example, pull, "g", 0.7, out), x)
    full = to_operand(_passed(example, pull, "g", np.full_like(out, 0.7), out), x)
    if example.rule.name not in ("unbroadcast",) and not _collapses(few, full):
        assert_close(few, full, 1e-6)


def _collapses(few: Any, full: Any) -> bool:
    """Whether the operand was broadcast: then the generator spreads the cotangent first."""
    return bool(np.all(np.asarray(few).shape == np.asarray(full).shape)) and not np.allclose(
        few, full
    )


def check_templates(partial: Partial) -> None:
    """Every operation in a template has a rule itself, so that derivatives have derivatives."""
    for node in core.walk(partial.template):
        if isinstance(node, core.Op | core.Attr):
            assert rule_for(node) is not None or _from_source(node), node


def _from_source(node: Any) -> bool:
    """Helpers that are differentiated through their own source."""
    return getattr(node.fn, "__module__", "").startswith("srcad.runtime")


def _passed(example: Example, partial: Partial, letter: str, value: Any, out: Any) -> Any:
    result = example.evaluate(partial.template, out=out, **{letter: value})
    return result * value if partial.factor else result


def check_dtype(cotangent: Any, x: Any, g: Any) -> None:
    """Single precision stays single."""
    if isinstance(x, np.ndarray) and x.dtype == np.float32 and not np.iscomplexobj(g):
        got = np.asarray(cotangent)
        assert got.dtype == np.float32 or np.asarray(g).dtype != np.float32, got.dtype


def _inexact(x: Any) -> bool:
    return bool(np.issubdtype(_dtype(x), np.inexact))


def _dtype(x: Any) -> Any:
    return np.asarray(x[0] if isinstance(x, list | tuple) and x else x).dtype


def _precision(x: Any) -> float:
    return 1e-2 if str(_dtype(x)) in ("float16", "float32", "complex64") else 1e-9


def _like(x: Any, items: list[Any]) -> Any:
    return items if isinstance(x, list) else tuple(items)


def random_like(rng: Any, x: Any) -> Any:
    """A random value of the form of `x`."""
    if isinstance(x, list | tuple):
        return _like(x, [random_like(rng, item) for item in x])
    dtype = np.asarray(x).dtype
    if not is_inexact(str(dtype)):
        return 0.0
    value = rng.normal(size=np.shape(x))
    if np.iscomplexobj(x):
        value = value + 1j * rng.normal(size=np.shape(x))
    if isinstance(x, np.ndarray):
        return value.astype(dtype)
    return complex(value) if np.iscomplexobj(x) else float(value)


def difference(example: Example, key: Key, x: Any, t: Any, h: float) -> Any:
    """The central difference of the result in the direction `t` of one operand."""
    above, below = (example.result(key, moved(x, t, s * h)) for s in (1, -1))
    if isinstance(above, tuple | list):
        return tuple((a - b) / (2 * h) for a, b in zip(above, below, strict=True))
    return (np.asarray(above) - np.asarray(below)) / (2 * h)


def moved(x: Any, t: Any, by: float) -> Any:
    if isinstance(x, list | tuple):
        return _like(x, [moved(item, part, by) for item, part in zip(x, t, strict=True)])
    return x + by * t


def spread_tree(tangent: Any, out: Any) -> Any:
    """A tangent that broadcasts to the result's shape, at that shape."""
    if isinstance(out, tuple | list):
        return tuple(spread_tree(a, b) for a, b in zip(tangent, out, strict=True))
    return np.broadcast_to(tangent, np.shape(out))


def to_operand(cotangent: Any, x: Any) -> Any:
    """A cotangent in the form of its operand, as the generator brings it there."""
    if isinstance(x, list | tuple):
        return _like(x, [to_operand(cotangent[i], item) for i, item in enumerate(x)])
    return runtime.unbroadcast(cotangent, x)


def pairing(a: Any, b: Any) -> float:
    """The sum of the products, real part: what both modes agree on."""
    if isinstance(b, list | tuple):
        return sum(pairing(x, y) for x, y in zip(a, b, strict=True))
    return float(np.real(np.sum(np.asarray(a) * np.asarray(b))))


def assert_close(a: Any, b: Any, tolerance: float) -> None:
    if isinstance(a, tuple | list):
        for x, y in zip(a, b, strict=True):
            assert_close(x, y, tolerance)
        return
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)
