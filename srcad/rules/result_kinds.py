"""The kinds of results: dtypes by asking the function itself about samples, lengths by rule."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from srcad import core
from srcad.kinds import (
    COMPLEX,
    FLOAT,
    INT,
    NEVER,
    UNKNOWN,
    Array,
    ConstOf,
    Dim,
    Inert,
    Kind,
    Length,
    ListOf,
    RangeOf,
    Scalar,
    TupleOf,
    broadcast_dims,
    dims_of,
    dtype_of,
    is_unknown,
    join,
    promote,
)
from srcad.rules.call import NOT_CONSTANT, Call, length_of, operand_kind
from srcad.value_kinds import kind_of

KindFunction = Callable[[Call], Kind]
Dims = tuple[Length, ...] | None


def always(kind: Kind) -> KindFunction:
    """A kind function for a result that is always of one kind."""
    return lambda call: kind


# ---------------------------------------------------------------------------------------------
# Sequences as arrays


def as_array_kind(kind: Kind) -> Kind:
    """What `np.asarray` makes of a value of this kind; a number stays a number."""
    match kind:
        case Array() | Scalar():
            return kind
        case TupleOf(items=items):
            return _stacked(items, len(items))
        case ListOf(item=item):
            return _stacked((item,), None)
        case RangeOf(length=length):
            return Array("int64", (length,))
    return UNKNOWN


def _stacked(items: tuple[Kind, ...], length: Length) -> Kind:
    parts = [as_array_kind(item) for item in items]
    dtypes = [dtype_of(part) for part in parts]
    if not parts or None in dtypes or "object" in dtypes:
        return UNKNOWN
    dtype = str(np.result_type(*[str(d) for d in dtypes]))
    dims = [dims_of(part) for part in parts]
    if any(d is None or len(d) != len(dims[0] or ()) for d in dims):
        return Array(dtype)
    known = [d for d in dims if d is not None]
    inner = tuple(_best(lengths) for lengths in zip(*known, strict=True))
    return Array(dtype, (length, *inner))


def _best(lengths: tuple[Length, ...]) -> Length:
    """One of several lengths that are equal at run time: the most telling."""
    known = [length for length in lengths if length is not None]
    return known[0] if known else None


def array_kind(call: Call, name: str) -> Kind:
    """The kind of the operand `name` taken as an array."""
    kind = call.kind(name)
    expr = call.expr(name)
    if isinstance(expr, core.List):
        return as_array_kind(TupleOf(tuple(operand_kind(item) for item in expr.items)))
    return as_array_kind(kind)


def is_sequence(kind: Kind) -> bool:
    """Whether the value is a tuple or a list."""
    return isinstance(kind, TupleOf | ListOf)


def item_kinds(call: Call, name: str) -> tuple[Kind, ...] | None:
    """The kinds of the items of a sequence operand, None where their number is not known."""
    expr = call.expr(name)
    if isinstance(expr, core.List | core.Tuple):
        return tuple(operand_kind(item) for item in expr.items)
    kind = call.kind(name)
    return kind.items if isinstance(kind, TupleOf) else None


# ---------------------------------------------------------------------------------------------
# Elementwise results


_PYTHON_SAMPLE: dict[str, Any] = {"b": True, "i": 1, "u": 1, "f": 1.0, "c": 1 + 1j}


def _sample(kind: Kind) -> Any:
    """What to show the function in place of an operand: (dtype, kind of box)."""
    if isinstance(kind, Scalar):
        return (kind.dtype, "weak" if kind.weak else "strong")
    assert isinstance(kind, Array)
    return (kind.dtype, "zero" if kind.dims == () else "array")


def _sample_value(dtype: str, box: str) -> Any:
    if box == "weak":
        return _PYTHON_SAMPLE[np.dtype(dtype).kind]
    value = np.ones((), dtype) if box == "zero" else np.ones(1, dtype)
    return value[0] if box == "strong" else value


@contextmanager
def _silent() -> Iterator[None]:
    """Samples leave no warnings behind."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@cache
def _outcome(fn: Any, *samples: tuple[str, str]) -> Kind:
    """The kind of what `fn` gives for samples of its operands."""
    try:
        with _silent():
            return kind_of(fn(*(_sample_value(*sample) for sample in samples)))
    except (TypeError, ValueError, KeyError, ArithmeticError):
        return UNKNOWN


def elementwise_kind(call: Call) -> Kind:
    """The kind of an elementwise result: sampled dtype, broadcast lengths."""
    if "out" in call.given and call.constant("out") is not None:
        return call.kind("out")
    module = getattr(call.fn, "__module__", None)
    if module in _LIBRARY_KINDS:
        return _LIBRARY_KINDS[module]
    names = [name for name in call.operands if name != call.variadic]
    return _with_dtype(call, sampled_kind(call.fn, call, *names))


_OWN_PACKAGES = ("numpy", "_operator", "builtins", "srcad")
_LIBRARY_KINDS = {"math": FLOAT, "cmath": COMPLEX}


def sampled_kind(fn: Any, call: Call, *names: str) -> Kind:
    """The kind that `fn` gives for the operands called `names` and those of `*xs`."""
    kinds = [array_kind(call, name) for name in names]
    kinds += [as_array_kind(operand_kind(expr)) for _, expr in call.rest]
    if not all(isinstance(kind, Array | Scalar) for kind in kinds):
        return UNKNOWN
    if _is_users(fn):
        return _users_kind(kinds)
    return spread_outcome(_outcome(fn, *map(_sample, kinds)), kinds)


def _users_kind(kinds: list[Kind]) -> Kind:
    """What a user's elementwise function gives: Python's numbers for Python's numbers."""
    dtype, dims = promote(*kinds), broadcast_dims(*map(dims_of, kinds))
    if all(isinstance(kind, Scalar) for kind in kinds):
        return Scalar(dtype, all(kind.weak for kind in kinds if isinstance(kind, Scalar)))
    return Array(dtype, dims)


def part_kind(call: Call) -> Kind:
    """The kind of a real or imaginary part, which is no view for a number."""
    kind = array_kind(call, "x")
    if not isinstance(kind, Array | Scalar):
        return UNKNOWN
    sample = np.real(np.ones((), kind.dtype))
    return replace(kind, dtype=str(sample.dtype))


def spread_outcome(outcome: Kind, kinds: list[Kind]) -> Kind:
    """The kind of a sampled result with the lengths of the operands' broadcast."""
    if isinstance(outcome, Scalar):
        return outcome  # the samples of arrays of unknown rank have axes
    dtype = dtype_of(outcome)
    if dtype is None:
        return UNKNOWN
    dims = broadcast_dims(*map(dims_of, kinds))
    return Array(dtype, dims)


def _with_dtype(call: Call, outcome: Kind) -> Kind:
    """`outcome` with the dtype that the argument `dtype=` asks for."""
    if "dtype" not in call.given or not isinstance(outcome, Array | Scalar):
        return outcome
    name = dtype_name(call, "dtype")
    return UNKNOWN if name is None else replace(outcome, dtype=name)


def _is_users(fn: Any) -> bool:
    """Whether `fn` is not a library's own: it must not be called on samples."""
    module = (getattr(fn, "__module__", None) or "").partition(".")[0]
    return not isinstance(fn, np.ufunc) and module not in (
        "numpy",
        "_operator",
        "builtins",
        "srcad",
    )


def operator_kind(call: Call) -> Kind:
    """The kind of one of Python's operators, on sequences and lengths as well."""
    kinds = [call.kind(name) for name in call.operands]
    if any(isinstance(k, Inert) and k.name in ("str", "bytes") for k in kinds[:1]):
        return kinds[0]
    if any(is_sequence(kind) for kind in kinds):
        return _sequence_operator_kind(call, kinds)
    result = elementwise_kind(call)
    if isinstance(result, Scalar) and np.dtype(result.dtype).kind == "i":
        return replace(result, size=_size_of(call))
    return result


def _sequence_operator_kind(call: Call, kinds: list[Kind]) -> Kind:
    if call.fn is operator.add and all(map(is_sequence, kinds)):
        match kinds:
            case [TupleOf(items=a), TupleOf(items=b)]:
                return TupleOf(a + b)
            case [ListOf(item=c), ListOf(item=d)]:
                return ListOf(join(c, d))
        return UNKNOWN
    if call.fn is operator.mul:
        for sequence, other in (kinds, kinds[::-1]):
            if isinstance(sequence, ListOf) and not isinstance(other, Array):
                return sequence
        if not any(isinstance(kind, Array) for kind in kinds):
            return UNKNOWN
    return elementwise_kind(call)


def _size_of(call: Call) -> Length:
    """The length that `n + 1`, `n - 1` or `-n` says."""
    if call.fn not in (operator.add, operator.sub) or len(call.operands) != 2:
        return None
    left, right = (length_of(call.expr(name)) for name in call.operands)
    if isinstance(right, int) and left is not None:
        return shifted(left, right if call.fn is operator.add else -right)
    if isinstance(left, int) and right is not None and call.fn is operator.add:
        return shifted(right, left)
    return None


def shifted(length: Length, by: int) -> Length:
    """The length `length + by`; with a symbol, only the symbol itself is sure not to be 1."""
    if isinstance(length, Dim):
        offset = length.offset + by
        return replace(length, offset=offset, given=offset == 0)
    return None if length is None or length + by < 0 else length + by


def comparison_kind(call: Call) -> Kind:
    """The kind of `a < b` and the like: booleans of the broadcast shape."""
    kinds = [call.kind(name) for name in call.operands]
    if any(isinstance(kind, Array) for kind in kinds):
        return elementwise_kind(call)
    if any(is_unknown(kind) for kind in kinds):
        return UNKNOWN
    if all(isinstance(kind, Scalar) for kind in kinds):
        return elementwise_kind(call)
    return Scalar("bool")


def power_kind(call: Call) -> Kind:
    """The kind of `x ** y`; an int to a variable int power may be either int or float."""
    result = operator_kind(call)
    if isinstance(result, Scalar) and result.weak and np.dtype(result.dtype).kind == "i":
        exponent = call.constant("y")
        if exponent is NOT_CONSTANT:
            return UNKNOWN
        return FLOAT if exponent < 0 else result
    return result


# ---------------------------------------------------------------------------------------------
# Arrays from parts


def shaped(dtype: str | None, dims: Dims) -> Kind:
    """An array of these lengths, or NumPy's number where there are none."""
    if dtype is None:
        return UNKNOWN
    return Scalar(dtype, weak=False) if dims == () else Array(dtype, dims)


def dtype_name(call: Call, name: str) -> str | None:
    """The dtype that an operand names, None where it is not known."""
    value = call.constant(name)
    if value is NOT_CONSTANT:
        return dtype_from(call.expr(name))
    try:
        dtype = np.dtype(value)
    except TypeError:
        return None
    return None if dtype.kind == "V" else str(dtype)


def dtype_from(expr: core.Expr) -> str | None:
    """The dtype that `x.dtype` is."""
    if isinstance(expr, core.Attr) and expr.name == "dtype":
        return dtype_of(operand_kind(expr.base))
    return str(expr.kind.value) if isinstance(expr.kind, ConstOf) else None


def shape_of_operand(call: Call, name: str) -> Dims:
    """The lengths that a shape operand (`3`, `(n, m)`, `x.shape`) says."""
    expr = call.expr(name)
    if isinstance(expr, core.Tuple | core.List):
        return tuple(length_of(item) for item in expr.items)
    kind = operand_kind(expr)
    if isinstance(kind, TupleOf):
        sizes = [item.size if isinstance(item, Scalar) else None for item in kind.items]
        return tuple(sizes)
    if isinstance(kind, Scalar):
        return (length_of(expr),)
    value = call.constant(name)
    if isinstance(value, tuple | list):
        return tuple(v if isinstance(v, int) else None for v in value)
    return None


def shape_kind(dims: Dims) -> Kind:
    """The kind of `x.shape`: a tuple of lengths."""
    if dims is None:
        return UNKNOWN
    return TupleOf(tuple(Scalar("int64", True, length) for length in dims))


def size_kind(length: Length) -> Kind:
    """The kind of `len(x)`."""
    return replace(INT, size=length)


def total_length(dims: Dims) -> Length:
    """The number of elements, where it is known."""
    if dims is None:
        return None
    rest = [length for length in dims if length != 1]
    if all(isinstance(length, int) for length in rest):
        return int(np.prod([length for length in rest if isinstance(length, int)], dtype=int))
    return rest[0] if len(rest) == 1 else None


def sum_lengths(lengths: list[Length]) -> Length:
    """The length of pieces put together: at most one of them symbolic."""
    fixed = sum(length for length in lengths if isinstance(length, int))
    symbolic = [length for length in lengths if not isinstance(length, int)]
    if not symbolic:
        return fixed
    only = symbolic[0]
    return shifted(only, fixed) if len(symbolic) == 1 and isinstance(only, Dim) else None


def joined(kinds: list[Kind]) -> Kind:
    """The join of several kinds."""
    result: Kind = NEVER
    for kind in kinds:
        result = join(result, kind)
    return result


@cache
def sampled_dtype(fn: Callable[[Any], Any], dtype: str) -> str | None:
    """The dtype of what `fn` makes of an array of `dtype`."""
    try:
        with _silent():
            return str(np.asarray(fn(np.ones(1, dtype))).dtype)
    except (TypeError, ValueError):
        return None


def axes_of(call: Call, rank: int, name: str = "axis") -> tuple[int, ...] | None:
    """The axes that an operand names, from 0; all for None; None where they are not known."""
    value = call.constant(name)
    if value is None:
        return tuple(range(rank))
    values = value if isinstance(value, tuple) else (value,)
    if not all(isinstance(v, int) and -rank <= v < rank for v in values):
        return None
    return tuple(v % rank for v in values)


def reduced_dims(call: Call, name: str = "x") -> Dims:
    """The lengths left by a reduction over `axis`, with `keepdims`."""
    dims = dims_of(array_kind(call, name))
    if dims is None:
        return () if _reduces_all(call) else None
    axes = axes_of(call, len(dims))
    keep = call.constant("keepdims") if "keepdims" in call.defaults else False
    if axes is None or keep is NOT_CONSTANT:
        return None
    if keep:
        return tuple(1 if i in axes else length for i, length in enumerate(dims))
    return tuple(length for i, length in enumerate(dims) if i not in axes)


def _reduces_all(call: Call) -> bool:
    keep = call.constant("keepdims") if "keepdims" in call.defaults else False
    return call.constant("axis") is None and keep is False


def reduction_kind(sample: Callable[[Any], Any]) -> KindFunction:
    """The kind of a reduction whose dtype `sample` shows."""

    def kind(call: Call) -> Kind:
        if "out" in call.given and call.constant("out") is not None:
            return call.kind("out")
        operand = array_kind(call, "x")
        dtype = dtype_of(operand)
        if dtype is not None:
            dtype = sampled_dtype(sample, dtype)
        if "dtype" in call.given and call.constant("dtype") is not None:
            dtype = dtype_name(call, "dtype")
        dims = reduced_dims(call)
        if dims is None:  # it may be a number as well
            return UNKNOWN
        return shaped(dtype, dims)

    return kind


def same_kind(name: str = "x") -> KindFunction:
    """A result of the same dtype and lengths as an array operand."""

    def kind(call: Call) -> Kind:
        return array_kind(call, name)

    return kind


def with_dims(dims: Callable[[Call, tuple[Length, ...]], Dims], name: str = "x") -> KindFunction:
    """A result with the operand's dtype and with lengths computed from the operand's."""

    def kind(call: Call) -> Kind:
        operand = array_kind(call, name)
        if not isinstance(operand, Array | Scalar):
            return UNKNOWN
        known = dims_of(operand)
        return Array(operand.dtype, None if known is None else dims(call, known))

    return kind
