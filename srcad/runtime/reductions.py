"""Helpers for the derivatives of reductions and running sums."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Axis = int | tuple[int, ...] | None


def count(x: Any, axis: Axis = None) -> int:
    """How many elements of `x` a reduction over `axis` combines into one."""
    shape = np.shape(x)
    if axis is None:
        return int(np.prod(shape, dtype=int))
    axes = axis if isinstance(axis, tuple) else (axis,)
    return int(np.prod([shape[a] for a in axes], dtype=int))


def max_mask(x: Any, axis: Axis = None) -> Any:
    """True at the element that a maximum over `axis` returns, the first at a tie."""
    return _mask(x, np.argmax, axis)


def min_mask(x: Any, axis: Axis = None) -> Any:
    """True at the element that a minimum over `axis` returns, the first at a tie."""
    return _mask(x, np.argmin, axis)


def _mask(x: Any, choose: Callable[..., Any], axis: Axis) -> Any:
    mask = np.zeros(np.shape(x), dtype=bool)
    if axis is None:
        mask.reshape(-1)[choose(x)] = True
    elif isinstance(axis, int | np.integer):
        np.put_along_axis(mask, np.expand_dims(choose(x, axis), axis), True, axis)
    else:
        last = tuple(range(-len(axis), 0))
        moved = np.moveaxis(mask, axis, last)
        kept = moved.shape[: moved.ndim - len(axis)]
        flat = np.zeros((*kept, count(x, axis)), dtype=bool)
        best = choose(np.moveaxis(x, axis, last).reshape(flat.shape), -1)
        np.put_along_axis(flat, best[..., None], True, -1)
        moved[...] = flat.reshape(moved.shape)
    return mask


def prod_others(x: Any, axis: Axis = None) -> Any:
    """For each element of `x` the product of the others along `axis`: right at zeros as well."""
    x = np.asarray(x)
    if axis is None:
        return prod_others(x.reshape(-1), 0).reshape(x.shape)
    if isinstance(axis, tuple):
        last = tuple(range(-len(axis), 0))
        moved = np.moveaxis(x, axis, last)
        flat = moved.reshape(*moved.shape[: moved.ndim - len(axis)], -1)
        return np.moveaxis(prod_others(flat, -1).reshape(moved.shape), last, axis)
    rows = np.moveaxis(x, axis, -1)
    one = np.ones_like(rows[..., :1])
    before = np.cumprod(np.concatenate([one, rows[..., :-1]], axis=-1), axis=-1)
    after = np.cumprod(np.concatenate([one, rows[..., :0:-1]], axis=-1), axis=-1)[..., ::-1]
    return np.moveaxis(before * after, -1, axis)


def prod_pairs(v: Any, x: Any, axis: Axis = None) -> Any:
    """How `prod_others(x, axis)` changes when `x` does by `v`; symmetric, so both its modes.

    For each element the sum over the others of `v` there times the product of all the rest.
    """
    x = np.asarray(x)
    if axis is None or isinstance(axis, tuple):
        axes = tuple(range(x.ndim)) if axis is None else axis
        last = tuple(range(-len(axes), 0))
        rows, tangents = np.moveaxis(x, axes, last), np.moveaxis(v, axes, last)
        flat = (*rows.shape[: x.ndim - len(axes)], -1)
        pairs = prod_pairs(tangents.reshape(flat), rows.reshape(flat), -1)
        return np.moveaxis(pairs.reshape(rows.shape), last, axes)
    rows, tangents = np.moveaxis(x, axis, 0), np.moveaxis(v, axis, 0)
    result = np.zeros_like(rows * tangents)
    for k in range(len(rows)):
        changed = rows.astype(result.dtype)
        changed[k] = tangents[k]
        others = prod_others(changed, 0)
        others[k] = 0.0
        result += others
    return np.moveaxis(result, 0, axis)


def reverse_cumsum(g: Any, axis: int) -> Any:
    """The running sum from the end: the transpose of `np.cumsum`."""
    return np.flip(np.cumsum(np.flip(g, axis), axis), axis)


def cumprod_pullback(g: Any, x: Any, axis: int | None = None) -> Any:
    """The pullback of `np.cumprod`, without division, so that zeros do no harm."""
    shape = np.shape(x)
    if axis is None:
        return cumprod_pullback(g, np.reshape(x, -1), 0).reshape(shape)
    rows, cotangents = np.moveaxis(x, axis, 0), np.moveaxis(g, axis, 0)
    before = np.cumprod(np.concatenate([np.ones_like(rows[:1]), rows[:-1]]), axis=0)
    result = np.zeros_like(cotangents * rows)
    carry = np.zeros_like(result[0])
    for i in reversed(range(len(rows))):
        # out[i] = out[i - 1] * x[i], and carry holds what reaches out[i] from later ones
        total = cotangents[i] + carry
        result[i] = total * before[i]
        carry = total * rows[i]
    return np.moveaxis(result, 0, axis)


def cumprod_pushforward(t: Any, x: Any, axis: int | None = None) -> Any:
    """The pushforward of `np.cumprod`, without division."""
    if axis is None:
        return cumprod_pushforward(np.reshape(t, -1), np.reshape(x, -1), 0)
    rows, tangents = np.moveaxis(x, axis, 0), np.moveaxis(t, axis, 0)
    result = np.zeros_like(tangents * rows)
    value, slope = np.ones_like(rows[0]), np.zeros_like(result[0])
    for i in range(len(rows)):
        slope = slope * rows[i] + value * tangents[i]
        value = value * rows[i]
        result[i] = slope
    return np.moveaxis(result, 0, axis)
