"""Operations, each as a one-line program through the whole of srcad, in both modes.

The names in an expression say its arguments: x, y positive numbers; s, t arrays of length 4;
m, n 3 by 4; r a row (4), c a column (3, 1); k 4 by 3; q 3 by 3; b 2 by 3 by 4; z, w complex.
"""

import re

import numpy as np
import pytest

import srcad
from srcad.errors import NoDerivative, UnsupportedConstruct
from tests.differences import check

RNG = np.random.default_rng(8)


def positive(*shape):
    # apart from each other, so that neither maxima nor sorts are near a tie
    size = int(np.prod(shape))
    spaced = (RNG.permutation(size) + RNG.uniform(0.3, 0.7, size)) / size
    return (0.15 + 0.7 * spaced).reshape(shape)


def signed(*shape):
    return positive(*shape) * RNG.choice([-1.0, 1.0], shape)


ARGS = {
    "x": 0.63,
    "y": 0.37,
    "s": positive(4),
    "t": signed(4),
    "m": positive(3, 4),
    "n": signed(3, 4),
    "r": signed(4),
    "c": signed(3, 1),
    "k": signed(4, 3),
    "q": signed(3, 3) + 2 * np.eye(3),
    "b": signed(2, 3, 4),
    "z": 0.4 + 0.3j,
    "w": np.array([0.3 - 0.2j, 1.1 + 0.4j, -0.6 + 0.5j]),
}

OPERATORS = """
x + y; x - y; x * y; x / y; x ** y; -x; +x; x ** 2; x ** 3; 2 ** x; x ** -2; x ** 0.5; x % 0.4
x // 0.4; abs(x); 1 / x; x - 1; 1 - x; 3 % x; pow(x, y); max(x, y); min(x, y); max(x, y, 0.5)
min(x, 1); round(x); int(x) * x; float(x) * y; sum([x, y, x * y]); bool(x) * y; s + t; s - t
s * t; s / t; s ** t; s ** 2; t ** 3; -t; abs(t); s + x; x - s; x * t; x / s; s / x; s ** x
x ** t; m + r; r - m; m * c; c / m; m ** r; m + x; c + r; c * r; n * n; n % 0.3; m // r; m @ k
k @ m; m @ r; c.T @ m; r @ k; r @ s; b @ k; b @ r; 2 * m - n / 3; (m > n) * m; b + m; b * r
b - c; np.float64(2.0) * x; max(s[0], s[1]) * s
"""

MATH = """
math.sin(x); math.cos(x); math.tan(x); math.asin(x); math.acos(x); math.atan(x)
math.atan2(x, y); math.sinh(x); math.cosh(x); math.tanh(x); math.asinh(x); math.acosh(1 + x)
math.atanh(x); math.exp(x); math.expm1(x); math.log(x); math.log(x, 2.5); math.log(x, y)
math.log2(x); math.log10(x); math.log1p(x); math.sqrt(x); math.pow(x, y); math.pow(x, 3)
math.hypot(x, y); math.hypot(x, y, 0.3); math.fabs(x); math.erf(x); math.erfc(x); math.gamma(x)
math.lgamma(x); math.fmod(2.3, x); math.fmod(x, 0.4); math.copysign(x, -y); math.degrees(x)
math.radians(x); math.floor(x) * x; math.ceil(x) * x; math.trunc(x) * x; math.fsum([x, y, x])
math.prod([x, y, x]); math.dist([x, y], [y, 0.3]); math.ldexp(x, 3); math.modf(x)[0]
math.remainder(x, 0.5); math.pi * x; math.isfinite(x) * x; math.inf > x; math.isclose(x, y) * x
"""

ELEMENTWISE = """
np.sin(t); np.cos(t); np.tan(t); np.arcsin(t); np.arccos(t); np.arctan(t); np.arctan2(s, t)
np.sinh(t); np.cosh(t); np.tanh(t); np.arcsinh(t); np.arccosh(1 + s); np.arctanh(t); np.exp(t)
np.exp2(t); np.expm1(t); np.log(s); np.log2(s); np.log10(s); np.log1p(s); np.sqrt(s); np.cbrt(s)
np.square(t); np.reciprocal(s); np.abs(t); np.absolute(t); np.fabs(t); np.negative(t)
np.positive(t); np.add(s, t); np.subtract(s, t); np.multiply(s, t); np.divide(s, t)
np.true_divide(s, t); np.power(s, t); np.power(s, 3); np.float_power(s, t); np.maximum(s, t)
np.minimum(s, t); np.fmax(s, t); np.fmin(s, t); np.hypot(s, t); np.logaddexp(s, t)
np.logaddexp2(s, t); np.mod(s, 0.3); np.remainder(s, 0.3); np.fmod(s, 0.3); np.copysign(s, t)
np.sign(t) * t; np.floor(t) * t; np.ceil(t) * t; np.round(t) * t; np.trunc(t) * t
np.rint(t) * t; np.deg2rad(t); np.rad2deg(t); np.degrees(t); np.radians(t); np.sinc(t)
np.heaviside(t, 0.5) * t; np.clip(t, -0.5, 0.5); np.clip(t, x - 1, x); np.clip(t, None, 0.4)
t.clip(-0.5, 0.5); np.where(t > 0, s, t); np.where(m > r, c, n); np.where(x > y, s, t)
np.where(t > 0, 1.0, t); np.maximum(m, r); np.minimum(x, t); np.maximum(t, 0.0)
np.maximum(m, c) * x; np.arctan2(c, m); np.sin(x); np.exp(x) * y; np.maximum(x, y)
np.where(x > y, x, y); np.add(m, c); np.floor_divide(s, 0.3) * s; np.isnan(t) * t
np.logical_and(t > 0, s > 0.5) * t; np.isfinite(t) * t
"""

REDUCTIONS = """
np.sum(t); np.sum(n); np.sum(n, axis=0); np.sum(n, axis=1); np.sum(n, axis=-1, keepdims=True)
np.sum(b, axis=(0, 2)); np.sum(b, axis=(0, 2), keepdims=True); n.sum(); n.sum(axis=0); n.sum(0)
np.mean(t); np.mean(n, axis=0); np.mean(n, axis=1, keepdims=True); n.mean(); n.mean(axis=1)
np.prod(t); np.prod(n, axis=0); n.prod(axis=1); np.max(t); np.max(n, axis=0); n.max(axis=1)
np.min(t); np.min(n, axis=1, keepdims=True); n.min(); np.amax(n, axis=1); np.amin(n, axis=0)
np.var(t); np.var(n, axis=0); np.var(t, ddof=1); n.var(axis=1); np.std(t); np.std(n, axis=1)
n.std(); np.ptp(t); np.linalg.norm(t); np.linalg.norm(n); np.linalg.norm(n, axis=1)
np.cumsum(t); np.cumsum(n); np.cumsum(n, axis=0); np.cumsum(n, axis=1); t.cumsum()
np.cumprod(t); np.cumprod(n, axis=1); np.diff(t); np.diff(n); np.diff(n, axis=0)
np.diff(t, n=2); np.trace(q); np.diag(q); np.diag(t); np.sort(t); np.sort(n, axis=0)
s[np.argsort(t)]; s[np.argmax(t)] * t; np.argmin(n) * x; np.count_nonzero(t) * x
np.any(t > 0) * x; np.all(t > 0) * x + y; np.sum(t > 0) * x; np.sum(n * r, axis=1) / np.sum(s)
max(t) * x; sum(t); np.nansum(t); np.sum(n, axis=0, keepdims=True) * n
np.sum(t, dtype=np.float64)
"""

PRODUCTS = """
np.dot(s, t); np.dot(m, k); np.dot(m, r); np.dot(r, k); np.dot(x, t); np.dot(b, k); s.dot(t)
m.dot(k); np.matmul(m, k); np.matmul(m, r); np.matmul(b, k); np.matmul(r, k); np.inner(s, t)
np.inner(m, n); np.inner(m, r); np.outer(s, t); np.outer(r, c); np.vdot(s, t); np.cross(q, q[0])
np.tensordot(m, k, axes=1); np.tensordot(m, n, axes=([0, 1], [0, 1]))
np.einsum("ij,jk->ik", m, k); np.einsum("ij->j", m); np.einsum("ij,ij->", m, n)
np.linalg.inv(q); np.linalg.det(q); np.linalg.solve(q, c)
"""

SHAPES = """
n.reshape(-1); n.reshape(2, 6); n.reshape((4, 3)); np.reshape(n, (2, 6)); n.ravel(); n.flatten()
np.ravel(n); n.T; n.transpose(); np.transpose(n); np.transpose(b, (2, 0, 1))
b.transpose(1, 0, 2); np.swapaxes(b, 0, 1); b.swapaxes(0, 2); np.moveaxis(b, 0, 2)
np.squeeze(c); c.squeeze(); c.squeeze(1); np.expand_dims(t, 0); np.expand_dims(t, 1); t[None]
t[:, None]; t[np.newaxis, :]; np.atleast_1d(x); np.atleast_2d(t); np.broadcast_to(r, (3, 4))
np.broadcast_to(x, (3,)); np.concatenate([s, t]); np.concatenate((m, n))
np.concatenate([m, n], axis=1); np.concatenate([m, c], 1); np.stack([s, t])
np.stack([s, t], axis=1); np.vstack([s, t]); np.hstack([s, t]); np.hstack([m, c])
np.vstack([m, r]); np.column_stack([s, t]); np.tile(t, 2); np.tile(t, (2, 3)); np.repeat(t, 2)
np.repeat(n, 2, axis=0); np.roll(t, 1); np.roll(n, 1, axis=0); np.flip(t); np.flip(n, 0)
np.fliplr(n); np.flipud(n); np.pad(t, 1); np.pad(n, ((1, 0), (0, 2))); np.triu(q)
np.tril(q, -1); np.array([x, y, x * y]); np.array([[x, y], [y, 1.0]]); np.asarray([x, y])
np.array(t); np.array([s, t]); np.asarray(t); np.copy(t); t.copy(); t.astype(np.float64)
t.astype(float); np.full(3, x); np.full((2, 3), x * y); np.full_like(t, x); np.zeros(3) + x
np.ones((2, 3)) * x; np.eye(3) * x; np.identity(3) @ q; np.zeros_like(t) + x
np.ones_like(m) * x; np.empty(4) * 0 + t; np.arange(4) * x; np.arange(4.0) * t
np.linspace(0, 1, 4) * t; np.linspace(0.0, x, 5); np.take(t, [0, 2]); np.take(n, [0, 2], axis=1)
np.take_along_axis(n, np.array([[0], [2], [1]]), 1); np.outer(t, np.arange(3))
np.zeros(t.shape) + t; len(t) * x; n.shape[0] * x; n.size * x; n.ndim * x; np.shape(n)[1] * x
np.size(n) * x; float(t[0]) * x; list(t)[2]; tuple(t)[1]; np.real(t); np.imag(t); t.real
np.conj(t)
"""

INDEXING = """
t[0]; t[-1]; t[1:3]; t[::2]; t[::-1]; t[:-1] * t[1:]; n[0]; n[1, 2]; n[1][2]; n[:, 0]; n[1:, :2]
n[::2, ::-1]; n[..., 0]; n[0, ...]; n[None, 1]; n[:, None, 2]; b[0, :, 1]; b[..., 1:]; b[:, 0]
t[[0, 2]]; t[[1, 1, 1]]; t[np.array([3, 0])]; n[[0, 2]]; n[[0, 1], [2, 3]]; n[:, [0, 2]]
n[[0, 2], 1:]; n[np.array([[0, 1], [2, 0]])]; n[np.arange(3), np.array([0, 2, 0])]; t[t > 0]
n[n > 0]; n[n[:, 0] > 0]; n[:, t > 0]; t[np.nonzero(t > 0)]; t[np.where(s > 0.4)]
t[slice(1, 3)]; n[1, np.array([0, 0, 2])]; n[np.ix_([0, 2], [1, 3])]; t[np.int64(1)]
s[int(3 * x)]; (s * t)[1]; np.sin(n)[0, 1:]; n.T[2]; n.T[0][1]
"""

COMPLEX = """
z * z; z * x; z + 1j; z / (z + 2); z ** 2; abs(z); z.real; z.imag; z.conjugate(); np.exp(z)
np.sin(z); abs(z) ** 2; np.real(z * z); np.imag(np.exp(z)); np.conj(z) * z; np.abs(w)
np.sum(w * w); w * z; np.exp(1j * x); np.real(np.exp(1j * x)); np.sum(np.abs(w) ** 2)
np.sqrt(z); np.log(z); w.real * x; w.conj() * w; np.angle(z); x + 1j * y; np.dot(w, w)
np.vdot(w, w); np.outer(w, w)
"""

NUMERICS = """
np.concatenate([s, t]) ** 2; np.stack([s, t]) ** 3 * t
np.nan_to_num(t); np.average(t); np.average(t, weights=s); np.median(t); np.diagonal(q)
np.trapezoid(t); np.trapezoid(t, dx=0.3); np.nanmean(t); np.gradient(t); np.ediff1d(t)
np.kron(s, t); np.linalg.multi_dot([m, k, q]); np.linalg.matrix_power(q, 3); np.dstack([m, n])
np.append(s, t); np.append(s, x); np.rot90(n); np.split(t, 2)[0]; np.array_split(t, 3)[1]
np.delete(t, 1); np.insert(t, 1, x); np.convolve(s, t)
np.interp(x, [0.0, 0.5, 1.0], [y, x * y, 2.0]); np.meshgrid(s, t)[0]; t.tolist()[1]; t.item(0)
complex(x, y); np.sum(t, where=s > 0.4); divmod(x, 0.4)[1]
"""

# what is refused so far, with an error that says so
LATER = """
np.unique(t); np.histogram(t, 2)[0] * x; np.bincount([0, 1], t[:2])
"""

SECTIONS = {
    "operators": OPERATORS,
    "math": MATH,
    "elementwise": ELEMENTWISE,
    "reductions": REDUCTIONS,
    "products": PRODUCTS,
    "shapes": SHAPES,
    "numerics": NUMERICS,
    "indexing": INDEXING,
    "complex": COMPLEX,
}


def split(text):
    return [part.strip() for part in re.split(r"[;\n]", text) if part.strip()]


def expressions(section):
    return split(SECTIONS[section])


EXPRESSIONS = [
    pytest.param(text, id=f"{section}: {text}")
    for section in SECTIONS
    for text in expressions(section)
]


def build(program, text):
    """The one-line function of the expression and its arguments."""
    names = [name for name in ARGS if re.search(rf"(?<![\w.\"]){name}(?![\w\"(=])", text)]
    source = f"import math\nimport numpy as np\n\ndef f({', '.join(names)}):\n    return {text}\n"
    return program(source).f, [ARGS[name] for name in names]


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_derivatives(program, text):
    f, args = build(program, text)
    check(f, *args, tol=1e-5)


@pytest.mark.parametrize("text", split(LATER))
def test_what_is_not_known_is_refused(program, text):
    f, args = build(program, text)
    with pytest.raises((NoDerivative, UnsupportedConstruct)):
        srcad.vjp(f, *args)
