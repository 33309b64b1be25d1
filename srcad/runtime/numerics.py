"""Helpers for the derivatives of averages, interpolation, convolution and the like."""

from __future__ import annotations

from typing import Any

import numpy as np


def median_weights(x: Any, axis: int | None = None) -> Any:
    """The share of each element in the median over `axis`: 1 for the middle one, or 0.5 for two."""
    if axis is None:
        return median_weights(np.reshape(x, -1), 0).reshape(np.shape(x))
    size = np.shape(x)[axis]
    order = np.argsort(x, axis, kind="stable")
    weights = np.zeros(np.shape(x))
    for place in {(size - 1) // 2, size // 2}:
        middle = np.take(order, [place], axis)
        np.put_along_axis(weights, middle, 1.0 if size % 2 else 0.5, axis)
    return weights


def align_weights(weights: Any, x: Any, axis: int | None = None) -> Any:
    """Weights along one axis, shaped to broadcast against `x`."""
    if axis is None or np.ndim(weights) == np.ndim(x):
        return np.asarray(weights)
    return np.reshape(weights, [-1 if i == axis % np.ndim(x) else 1 for i in range(np.ndim(x))])


def trapezoid_weights(n: int, x: Any = None, dx: float = 1.0) -> Any:
    """The weight of each of the n values of `y` in `np.trapezoid(y, x, dx)`."""
    steps = np.full(n - 1, dx) if x is None else np.diff(x)
    return 0.5 * (np.append(steps, 0.0) + np.append(0.0, steps))


def gradient_pullback(g: Any, h: Any) -> Any:
    """The pullback of `np.gradient` of one axis with equal steps `h`."""
    result = np.zeros_like(g)
    result[2:] += 0.5 * g[1:-1]
    result[:-2] -= 0.5 * g[1:-1]
    result[1] += g[0]
    result[0] -= g[0]
    result[-1] += g[-1]
    result[-2] -= g[-1]
    return result / h


def _segment(x: Any, xp: Any) -> Any:
    """The segment of `xp` that each `x` lies in; the nearest one outside."""
    return np.clip(np.searchsorted(xp, x, side="right") - 1, 0, len(xp) - 2)


def interp_slope(x: Any, xp: Any, fp: Any) -> Any:
    """The slope of `np.interp` in `x`: 0 outside of the points."""
    xp, fp = np.asarray(xp), np.asarray(fp)
    i = _segment(x, xp)
    inside = (x >= xp[0]) & (x <= xp[-1])
    return np.where(inside, (fp[i + 1] - fp[i]) / (xp[i + 1] - xp[i]), 0.0)[()]


def interp_weights(x: Any, xp: Any) -> Any:
    """The matrix that `np.interp(x, xp, fp)` applies to `fp`; its last axis is over the points."""
    xp = np.asarray(xp)
    i = _segment(x, xp)
    share = np.clip((x - xp[i]) / (xp[i + 1] - xp[i]), 0.0, 1.0)[..., None]
    points = np.arange(len(xp))
    return np.where(points == i[..., None], 1.0 - share, 0.0) + np.where(
        points == i[..., None] + 1, share, 0.0
    )


def convolve_pullback(g: Any, other: Any, size: int, mode: str = "full") -> Any:
    """The cotangent of an operand with `size` elements of `np.convolve`, `other` being the other.

    Whatever the mode, the result is a part of the full one, which starts at `offset`.
    """
    small = min(size, len(other))
    offset = {"full": 0, "same": (small - 1) // 2, "valid": small - 1}[mode]
    full = np.zeros(size + len(other) - 1, np.asarray(g).dtype)
    full[offset : offset + len(g)] = g
    return np.convolve(full, other[::-1], "valid")


def meshgrid_pullback(g: Any, place: int, indexing: str = "xy") -> Any:
    """The cotangent of the operand at `place` of `np.meshgrid`, from that of its grid."""
    swapped = indexing == "xy" and np.ndim(g) > 1 and place < 2
    axis = 1 - place if swapped else place
    return np.sum(g, axis=tuple(i for i in range(np.ndim(g)) if i != axis))


def weave(t: Any, a: Any, n: int) -> Any:
    """The sum of `a**k @ t @ a**(n-1-k)` over k: how the n-th power of a matrix changes."""
    result = np.zeros_like(a @ t)
    left = np.eye(len(a))
    for k in range(n):
        result += left @ t @ np.linalg.matrix_power(a, n - 1 - k)
        left = left @ a
    return result


def multi_dot_pullback(g: Any, arrays: Any) -> tuple[Any, ...]:
    """The cotangent of each of the arrays of `np.linalg.multi_dot`."""
    first, last = np.ndim(arrays[0]) == 1, np.ndim(arrays[-1]) == 1
    shapes = [np.shape(a) for a in arrays]
    matrices = [*arrays[:-1], arrays[-1][:, None]] if last else list(arrays)
    matrices[0] = matrices[0].reshape(1, -1) if first else matrices[0]
    left = np.reshape(g, (len(matrices[0]), matrices[-1].shape[1]))
    result = []
    for i, shape in enumerate(shapes):
        # left is (a0 ... a[i-1])^T g
        rest = left
        for matrix in reversed(matrices[i + 1 :]):
            rest = rest @ matrix.T
        result.append(rest.reshape(shape))
        left = matrices[i].T @ left
    return tuple(result)


def multi_dot_pushforward(t: Any, arrays: Any) -> Any:
    """The tangent of `np.linalg.multi_dot`, from those of its arrays."""
    return sum(
        np.linalg.multi_dot([*arrays[:i], tangent, *arrays[i + 1 :]]) for i, tangent in enumerate(t)
    )


def kron_pullback_left(g: Any, a: Any, b: Any) -> Any:
    """The cotangent of `a` in `np.kron(a, b)`."""
    blocks, rank = _kron_blocks(g, a, b)
    spread = np.reshape(b, [n for m in _padded_shape(b, rank) for n in (1, m)])
    return np.sum(blocks * spread, axis=tuple(range(1, 2 * rank, 2))).reshape(np.shape(a))


def kron_pullback_right(g: Any, a: Any, b: Any) -> Any:
    """The cotangent of `b` in `np.kron(a, b)`."""
    blocks, rank = _kron_blocks(g, a, b)
    spread = np.reshape(a, [n for m in _padded_shape(a, rank) for n in (m, 1)])
    return np.sum(blocks * spread, axis=tuple(range(0, 2 * rank, 2))).reshape(np.shape(b))


def _kron_blocks(g: Any, a: Any, b: Any) -> tuple[Any, int]:
    """`g` with an axis of `a` and one of `b` in turn."""
    rank = max(np.ndim(a), np.ndim(b))
    pairs = zip(_padded_shape(a, rank), _padded_shape(b, rank), strict=True)
    return np.reshape(g, [n for pair in pairs for n in pair]), rank


def _padded_shape(x: Any, rank: int) -> tuple[int, ...]:
    shape: tuple[int, ...] = np.shape(x)
    return (1,) * (rank - len(shape)) + shape
