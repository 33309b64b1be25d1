"""Examples for every rule: (function, operands, keyword operands)."""

from __future__ import annotations

import cmath
import math
import operator
from typing import Any

import numpy as np

from srcad import runtime
from srcad.core import Method
from tests.rule_checks import C

_rng = np.random.default_rng(3)


def _random(*shape: int) -> Any:
    return _rng.uniform(0.2, 0.9, shape)


V, W = _random(4), _random(4)
A, B, SQUARE = _random(3, 4), _random(4, 5), _random(3, 3) + 2 * np.eye(3)
CUBE = _random(2, 3, 4)
SIGNED = np.array([[-0.7, 0.3, 1.2, -1.6], [0.4, -2.1, 0.9, 0.1], [2.0, -0.2, -0.4, 0.6]])
Z = _random(4) + 1j * _random(4)
ZA = SIGNED + 1j * _random(3, 4)
ROW, COLUMN = _random(1, 4), _random(3, 1)
F32 = SIGNED.astype(np.float32)
X, Y = 0.6, 0.35
STRONG = np.float64(0.45)

Case = tuple[Any, tuple[Any, ...], dict[str, Any]]
CASES: list[Case] = []


def case(fn: Any, *args: Any, **kwargs: Any) -> None:
    CASES.append((fn, args, kwargs))


def each(functions: Any, *args: Any, **kwargs: Any) -> None:
    for fn in functions:
        case(fn, *args, **kwargs)


# Functions of one operand, on numbers and arrays
_UNARY = [
    *(np.exp, np.expm1, np.exp2, np.log, np.log1p, np.log2, np.log10, np.sqrt, np.cbrt),
    *(np.square, np.reciprocal, np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan),
    *(np.sinh, np.cosh, np.tanh, np.arcsinh, np.arctanh, np.degrees, np.rad2deg, np.radians),
    *(np.deg2rad, np.sinc, np.abs, np.fabs, np.negative, np.positive, np.real, np.imag),
    *(np.conj, np.angle, operator.neg, operator.pos, abs, np.copy, np.array, np.asarray),
    *(np.ascontiguousarray, np.asfortranarray, np.asanyarray, np.float64, np.longdouble),
    runtime.log_or_zero,
    runtime.inverse_or_zero,
    runtime.copy_tree,
    runtime.lowered,
]
for _fn in _UNARY:
    each([_fn], X)
    each([_fn], STRONG)
    each([_fn], A)
    if _fn not in (np.longdouble, np.float64):
        each([_fn], A.astype(np.float32))
each([np.arccosh, math.acosh], 1.7)
case(np.arccosh, A + 1)
each([np.complex128, complex], X)
case(np.complex128, A)
each([np.float32, np.float16, np.complex64], F32)
_NOT_HOLOMORPHIC = (np.exp, np.log, np.sin, np.cos, np.tan, np.tanh, np.sqrt, np.abs, np.conj)
each([*_NOT_HOLOMORPHIC, np.real, np.imag, np.angle, np.negative, np.square, abs], ZA)
each([np.arctan, np.arcsin, np.sinh, np.log10, np.reciprocal, np.expm1], ZA)
for _module in (math, cmath):
    for _name in (
        *("exp", "log", "log10", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan"),
        *("sinh", "cosh", "tanh", "asinh", "atanh"),
    ):
        case(getattr(_module, _name), X if _module is math else 0.3 + 0.4j)
case(cmath.acosh, 0.3 + 0.4j)
for _name in (
    *("expm1", "log1p", "log2", "exp2", "cbrt", "degrees", "radians", "erf", "erfc", "gamma"),
    *("lgamma", "fabs", "modf", "frexp"),
):
    if hasattr(math, _name):
        case(getattr(math, _name), 0.8)
each([math.gamma, math.lgamma, runtime.digamma], -1.3)
case(runtime.polygamma, C(2), 0.8)
case(runtime.digamma, 3.4)
each([abs, math.fabs, np.abs], -0.4)
case(float, X)
case(float, STRONG)
case(math.log, X, 3.0)
each([math.atan2, math.pow, math.hypot, math.copysign, math.fmod, math.remainder], 2.3, 0.7)
case(math.hypot, X, Y, 0.4)
case(math.ldexp, X, C(3))
case(math.nextafter, X, Y)
if hasattr(math, "fma"):
    case(math.fma, X, Y, 0.3)
if hasattr(math, "sumprod"):
    case(math.sumprod, [X, Y], [0.2, 0.3])
case(math.fsum, [X, Y])
case(sorted, [X, Y, 0.3])
case(sorted, V)
case(sorted, [X, Y, 0.3], reverse=C(True))
case(runtime.reordered, [X, Y, 0.3], C((2, 0, 1)))
case(runtime.reordered_back, [X, Y, 0.3], C((2, 0, 1)))
case(runtime.at_place, X, C(1), [X, Y, 0.3])
case(math.prod, [X, Y, 0.3])
case(math.dist, [X, Y], [0.3, 0.8])

# Functions of two operands, with every kind of broadcast
_BINARY = [
    *(operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, pow),
    *(np.add, np.subtract, np.multiply, np.divide, np.power, np.float_power, np.maximum),
    *(np.minimum, np.fmax, np.fmin, np.logaddexp, np.logaddexp2, np.arctan2, np.hypot),
    *(np.copysign, np.fmod, np.remainder, operator.mod),
]
for _fn in _BINARY:
    for _a, _b in [
        *((X, Y), (STRONG, Y), (A, X), (X, A), (A, V), (V, A), (A, SIGNED + 3), (ROW, COLUMN)),
        (COLUMN, A),
    ]:
        case(_fn, _a, _b)
    if _fn is not np.float_power:
        case(_fn, F32 + 3, 0.5)
        case(_fn, F32 + 3, F32 + 4)
each([operator.add, operator.mul, operator.sub, operator.truediv, operator.pow], Z, Z[::-1])
each([operator.add, operator.mul, operator.sub, operator.truediv], Z, X)
each([operator.add, operator.mul, operator.sub, operator.truediv], V, Z)
for _n in (0, 1, 2, 3, 0.5, -1, -2, 1.5, -0.5, 2.0):
    case(operator.pow, A, C(_n))
    case(operator.pow, X, C(_n))
case(operator.pow, A, 2)
case(operator.pow, X, 3)
case(operator.pow, X, 0)
case(operator.pow, C(2.0), X)
case(operator.pow, C(2), A)
case(operator.truediv, C(1.0), X)
case(operator.truediv, C(1), A)
case(operator.add, X, C(2))
case(operator.add, A.astype(int), X)
case(operator.mul, 3, A)
case(np.ldexp, A, C(2))
case(np.nextafter, A, X)
case(np.where, SIGNED > 0, A, SIGNED)
case(np.where, SIGNED > 0, A, C(0.0))
case(np.where, SIGNED > 0, X, F32)
case(np.where, True, X, Y)
for _a in (SIGNED, F32, 0.3):
    case(np.clip, _a, C(-0.5), C(0.8))
case(np.clip, SIGNED, -0.5, V)
case(np.clip, SIGNED, None, 0.8)
case(np.clip, SIGNED, a_min=C(-0.5), a_max=C(None))
case(Method("clip"), SIGNED, C(-0.5), C(0.8))
case(Method("clip"), SIGNED, min=-0.5)
case(max, X, Y)
case(min, X, Y)
case(max, X, C(0.0))
case(max, X, Y, 0.7)
case(min, X, Y, 0.7)
each([max, min], SIGNED[0])
each([max, min], [X, Y, 0.1])

# Reductions
_AXES: list[dict[str, Any]] = [
    *({}, {"axis": C(0)}, {"axis": C(1)}, {"axis": C(-1)}, {"axis": C(-2)}, {"axis": C((0, 1))}),
    {"axis": C(1), "keepdims": C(True)},
    {"keepdims": C(True)},
    {"axis": 1},
]
for _fn in (
    *(np.sum, np.mean, np.prod, np.var, np.std, np.max, np.min, np.ptp, np.amax, np.amin),
    *map(Method, ("sum", "mean", "prod", "var", "std", "max", "min")),
    np.nansum,
):
    each([_fn], V)
    for _options in _AXES:
        case(_fn, SIGNED, **_options)
        case(_fn, CUBE, **_options)
    case(_fn, F32)
    case(_fn, F32, axis=C(1))
each([np.sum, np.mean, np.prod, np.var, np.std, np.max, np.min], SIGNED, C(0))
each([np.sum, np.mean], CUBE, C((0, 2)))
each([np.sum, np.mean], X)
each([np.sum, np.mean, Method("sum")], ZA, axis=C(0))
each([np.sum, np.mean, np.max], [X, Y])
each([np.var, np.std], SIGNED, axis=C(0), ddof=C(1))
each([sum], V)
case(sum, A)
case(sum, [X, Y, 0.3])
case(sum, [X, Y], 0.5)
for _fn in (np.cumsum, np.cumprod, Method("cumsum"), Method("cumprod")):
    case(_fn, V)
    case(_fn, A)
    case(_fn, A, C(0))
    case(_fn, A, axis=C(-1))
case(np.diff, V)
case(np.diff, A)
case(np.diff, A, axis=C(0))
case(np.diff, A, C(2))
case(runtime.reverse_cumsum, A, C(1))

case(np.diff, V, prepend=0.3)
case(np.diff, V, prepend=C(0.0), append=C(0.0))
case(np.diff, A, axis=C(0), prepend=0.2, append=0.1)
case(np.diff, A, axis=C(1), append=0.1)
for _options in ({}, {"axis": C(1)}, {"axis": C((0, 1))}):
    case(runtime.prod_others, SIGNED, **_options)

# Products
_PAIRS = [(V, W), (A, B), (A, V), (V, B), (CUBE, B), (CUBE, V), (SQUARE, SQUARE)]
for _a, _b in _PAIRS:
    each([operator.matmul, np.matmul, np.dot], _a, _b)
    case(Method("dot"), _a, _b)
each([operator.matmul, np.matmul], CUBE, np.swapaxes(CUBE, 1, 2))
each([operator.matmul, np.matmul], A, np.swapaxes(CUBE, 1, 2))
each([operator.matmul, np.matmul], V, np.swapaxes(CUBE, 1, 2))
each([np.dot], A, np.swapaxes(CUBE, 1, 2))
each([np.dot], V, np.swapaxes(CUBE, 1, 2))
each([np.dot], X, V)
each([np.dot], A, X)
each([np.dot], X, Y)
each([operator.matmul, np.dot], ZA, Z)
each([operator.matmul, np.dot], A, Z)
case(operator.matmul, F32, V.astype(np.float32))
case(np.outer, V, A[:, 0])
case(np.outer, A, V)
case(np.inner, V, W)
case(np.inner, A, A + SIGNED)
case(np.inner, CUBE, A)
case(np.vdot, V, W)
case(np.vdot, Z, Z[::-1].copy())
case(np.vdot, A, SIGNED)
case(np.tensordot, CUBE, A, C(((1, 2), (0, 1))))
case(np.tensordot, A, B, C(1))
case(np.tensordot, A, SIGNED)
case(np.tensordot, CUBE, A, C((1, 0)))
case(np.cross, A[:, :3], SIGNED[:, :3])
case(np.cross, V[:3], SIGNED[0, :3])
for _spec, *_operands in [
    ("ij,jk->ik", A, B),
    ("ij,jk", A, B),
    ("ij->j", A),
    ("ij->", A),
    ("ij->ji", A),
    ("ii->i", SQUARE),
    ("ii", SQUARE),
    ("ij,ij->", A, SIGNED),
    ("i,j->ij", V, A[:, 0]),
    ("ijk,jk,k->i", CUBE, A, V),
]:
    case(np.einsum, C(_spec), *_operands)
each([np.linalg.norm], V)
each([np.linalg.norm], A)
case(np.linalg.norm, A, axis=C(1))
case(np.linalg.norm, A, axis=C(0), keepdims=C(True))
case(np.linalg.norm, V, C(1))
case(np.linalg.norm, V, C(2))
case(np.linalg.norm, Z)
case(np.linalg.solve, SQUARE, V[:3])
case(np.linalg.solve, SQUARE, A)
each([np.linalg.inv, np.linalg.det], SQUARE)
case(np.linalg.slogdet, SQUARE)
case(np.linalg.eigh, SQUARE)
case(np.linalg.eigvalsh, SQUARE)
case(np.linalg.eigvalsh, SQUARE, UPLO=C("U"))

# Shapes
case(np.reshape, A, C((2, 6)))
case(np.reshape, A, C(-1))
case(np.reshape, A, (4, 3))
case(Method("reshape"), A, C(2), C(6))
case(Method("reshape"), A, C((2, 6)))
case(Method("reshape"), A, C(-1))
case(Method("reshape"), A, C(2), C(-1))
case(Method("reshape"), A, (4, 3))
each([np.ravel, Method("ravel"), Method("flatten")], A)
each([np.squeeze, Method("squeeze")], ROW)
case(np.squeeze, COLUMN, axis=C(1))
case(np.expand_dims, A, C(1))
case(np.expand_dims, A, C((0, 2)))
each([np.atleast_1d, np.atleast_2d, np.atleast_3d], X)
each([np.atleast_1d, np.atleast_2d, np.atleast_3d], V)
each([np.transpose, Method("transpose"), "T", "real", "imag"], A)
each(["T", "real", "imag", Method("conj"), Method("conjugate")], ZA)
each(["real", "imag", Method("conjugate")], 0.3 + 0.4j)
each(["real", "imag"], X)
case(np.transpose, CUBE, C((2, 0, 1)))
case(np.transpose, CUBE, (2, 0, 1))
case(Method("transpose"), CUBE, C(2), C(0), C(1))
case(Method("transpose"), CUBE, C((2, 0, 1)))
case(Method("transpose"), CUBE, 2, 0, 1)
each([np.swapaxes, Method("swapaxes")], CUBE, C(0), C(2))
case(np.moveaxis, CUBE, C(0), C(-1))
case(np.flip, V)
case(np.flip, A, C(1))
each([np.flipud, np.fliplr, np.tril, np.triu], A)
case(np.roll, V, C(1))
case(np.roll, A, C(2), axis=C(1))
case(np.sort, V)
case(np.sort, A, axis=C(0))
case(np.sort, A, axis=C(None))
for _arrays in ([V, W], [V, V[:3], V[:1]], [A, SIGNED]):
    case(np.concatenate, _arrays)
    if len(_arrays) == 2:
        case(np.stack, _arrays)
        case(np.stack, _arrays, axis=C(1))
        case(np.column_stack, _arrays)
        case(np.vstack, _arrays)
    case(np.hstack, _arrays)
case(np.concatenate, [A, COLUMN], axis=C(1))
case(np.concatenate, [A, V[None]], C(0))
case(np.concatenate, [A, V], axis=C(None))
case(np.hstack, [A, COLUMN])
case(np.vstack, [A, V])
case(np.column_stack, [A, COLUMN[:, 0]])
case(np.array, [X, Y])
case(np.array, [V, W])
case(np.array, [X, 2.0], C(np.float32))
case(np.stack, [X, Y])
case(np.broadcast_to, V, C((3, 4)))
case(np.broadcast_to, X, C((3, 4)))
case(np.repeat, V, C(3))
case(np.repeat, A, C(2), axis=C(1))
case(Method("repeat"), A, C(2))
case(np.tile, V, C(2))
case(np.tile, A, C((2, 1, 2)))
each([np.take, Method("take")], V, np.array([0, 2, 2]))
case(np.take, A, np.array([[0, 2], [1, 1]]), axis=C(1))
case(np.take_along_axis, A, np.argsort(A, axis=1), axis=C(1))
case(np.pad, A, C(1))
case(np.pad, A, C(((1, 0), (2, 1))))
each([np.trace, Method("trace")], SQUARE)
case(np.trace, A)
case(np.diag, V)
case(np.diag, SQUARE)
case(np.diag, A, C(1))
case(Method("copy"), A)
case(Method("astype"), A, C(np.float32))
case(Method("astype"), F32, C(np.float64))
case(Method("item"), A[:1, 0])

each([list, tuple], [X, Y])
each([list], V)
case(operator.add, [X, Y], [0.1, 0.2, 0.3])

each([np.append], V, W)
case(np.append, V, X)
case(np.append, A, SIGNED, axis=C(1))
case(np.append, A, SIGNED)
case(np.dstack, [A, SIGNED])
case(np.split, V, C(2))
case(np.split, A, C(2), axis=C(1))
case(np.array_split, V, C(3))
case(np.insert, V, C(1), X)
case(np.insert, A, C(1), V, axis=C(0))
case(np.delete, V, C(1))
case(np.delete, A, C(1), axis=C(1))
case(np.rot90, A)
each([np.diagonal, Method("diagonal"), runtime.diagonal_view], SQUARE)
case(np.diagonal, A, C(1))
case(Method("item"), A, C(2))
case(Method("item"), A, C(1), C(2))
each([Method("tolist"), list, tuple], V)
case(divmod, 2.3, 0.7)
case(complex, X, Y)

# Averages, differences, interpolation
for _options in ({}, {"axis": C(0)}, {"axis": C(1)}):
    each([np.average, np.median, np.nanmean], SIGNED, **_options)
case(np.average, V, weights=W)
case(np.average, A, axis=C(1), weights=V)
case(np.average, A, axis=C(0), weights=V[:3])
case(np.median, _random(5))
case(np.sum, SIGNED, where=SIGNED > 0)
case(np.sum, SIGNED, axis=C(1), where=SIGNED > 0)
case(np.nan_to_num, SIGNED)
_TRAPEZOID: Any = getattr(np, "trapezoid", None) or np.trapz
case(_TRAPEZOID, V)
case(_TRAPEZOID, A, dx=0.3)
case(_TRAPEZOID, V, np.array([0, 1, 3, 4]))
case(np.gradient, V)
case(np.gradient, V, 0.5)
case(runtime.gradient_pullback, V, C(0.5))
each([np.ediff1d], V)
case(np.interp, 0.4, [0.0, 0.5, 1.0], [0.2, 0.7, 0.1])
case(np.interp, _random(6), np.array([0.0, 0.5, 1.0]), _random(3))
for _mode in ("full", "same", "valid"):
    case(np.convolve, V, V[:3], C(_mode))
    case(np.convolve, V[:2], V, mode=C(_mode))
case(np.meshgrid, V, V[:3])
case(np.meshgrid, V, V[:3], W, indexing=C("ij"))
case(np.kron, V, W)
case(np.kron, A, SQUARE)
case(np.kron, A, V)
case(runtime.kron_pullback_left, _random(16), V, W)
case(runtime.kron_pullback_right, _random(16), V, W)
case(runtime.convolve_pullback, _random(6), V, C(3))
case(np.linalg.matrix_power, SQUARE, C(3))
case(np.linalg.multi_dot, [A, B, _random(5, 2)])
case(np.linalg.multi_dot, [V, B, _random(5)])

# Creation
case(np.full, C((2, 3)), X)
case(np.full, C(4), X)
case(np.full, C((3, 4)), V)
case(np.full_like, A, X)
case(np.full_like, A, V)
case(np.arange, X, C(5.0), C(0.5))
case(np.linspace, X, Y, C(7))
case(np.linspace, X, 2.0, num=C(5), endpoint=C(False))

# Helpers
case(runtime.unbroadcast, A, V)
case(runtime.unbroadcast, V, A)
case(runtime.unbroadcast, A, COLUMN)
case(runtime.unbroadcast, A, X)
case(runtime.unbroadcast, Z, V)
case(runtime.spread, X, A)
case(runtime.spread, V, A)
case(runtime.split_like, _random(7), [V, V[:3]])
case(runtime.repeat_pullback, _random(8), V, C(2))
case(runtime.tile_pullback, _random(8), V, C(2))
case(runtime.take_pullback, _random(3), V, np.array([0, 2, 2]))
case(runtime.take_along_pullback, A, SIGNED, np.argsort(SIGNED, axis=1), C(1))
case(runtime.unpad, _random(5, 6), C(1))
case(runtime.unsort, _random(4), V)
case(np.resize, V, C(7))
case(np.resize, A, C((2, 3)))
case(runtime.resize_pullback, _random(7), V)
case(np.pad, V, C(2), mode=C("edge"))
case(np.pad, A, C(((1, 2), (0, 1))), mode=C("reflect"))
case(np.pad, A, C(1), mode=C("symmetric"))
case(np.pad, V, C((2, 1)), mode=C("wrap"))
case(np.pad, V, C(2), constant_values=X)
case(runtime.pad_pullback, _random(8), V, C(2), C("edge"))
case(np.partition, V, C(2))
case(runtime.put_together, _random(4, 2), A, C(0))
case(runtime.put_together, _random(3), A, C(1))
case(runtime.taken_apart, _random(2, 4), _random(4, 2), A, C(0))
case(runtime.with_imag, Z, V)
case(np.partition, SIGNED, C(1), axis=C(0))
case(runtime.unorder, _random(4), V, np.sort(V))
case(runtime.diff_pullback, V, C(1))
case(runtime.diag_pullback, V[:3], SQUARE)
case(runtime.matmul_pullback_left, _random(3, 5), A, B)
case(runtime.matmul_pullback_right, _random(3, 5), A, B)
case(runtime.dot_pullback_left, _random(3, 5), A, B)
case(runtime.dot_pullback_right, _random(3, 5), A, B)
case(runtime.tensordot_pullback_left, _random(3, 5), A, B, C(1))
case(runtime.tensordot_pullback_right, _random(3, 5), A, B, C(1))
case(runtime.tree_add, A, SIGNED)
case(runtime.repeats_summed, [0.3, 0.7, 1.1, 1.3], [X, X])
case(runtime.in_form_of, A, SIGNED)

# Shadows
case(runtime.as_shadow, A)
case(runtime.shadow_from, A, A + 1)
case(runtime.spread_back, A, A + 1)
case(runtime.unspread, A, A + 1)
case(runtime.in_form_of, A, A + 1)
case(runtime.stored_cotangent, V, np.array([0, 2, 2]))
case(runtime.stored_pullback, V[:3], V, np.array([0, 2, 2]))
case(runtime.tree_add, A, SIGNED)
