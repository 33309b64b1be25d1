"""Helpers that bring a cotangent back to the shape of the operand it belongs to."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from srcad.objects import attributes_of, is_record


def unbroadcast(g: Any, like: Any) -> Any:
    """`g` summed to the shape of `like`, where `like` was broadcast; real if `like` is real.

    A `g` that is itself yet to be spread over `like` is spread.
    """
    if isinstance(g, list | tuple | dict):
        return spread_back(g, like)
    shape = np.shape(like)
    if np.shape(g) != shape:
        extra = np.ndim(g) - len(shape)
        if extra > 0:
            g = np.sum(g, axis=tuple(range(extra)))
        given = (1,) * -extra + np.shape(g)
        stretched = tuple(i for i, n in enumerate(shape) if n == 1 and given[i] != 1)
        if stretched:
            g = np.sum(g, axis=stretched, keepdims=True)
        if np.shape(g) != shape:
            g = np.broadcast_to(g, shape).copy()
    if np.iscomplexobj(g) and not np.iscomplexobj(like):
        g = np.real(g)
    return g


def spread_back(g: Any, cotangent: Any) -> Any:
    """The cotangent of what was spread over the items of a container, or over an array, as `g`."""
    return _spread_back(g, cotangent, {})


def _spread_back(g: Any, cotangent: Any, made: dict[int, Any]) -> Any:
    if is_record(cotangent) and is_record(g):
        if id(cotangent) not in made:
            made[id(cotangent)] = own = SimpleNamespace()
            for name, part in attributes_of(cotangent):
                setattr(own, name, _spread_back(getattr(g, name, 0.0), part, made))
        return made[id(cotangent)]
    if g is None or isinstance(g, str | bytes) or callable(g):
        return 0.0  # an attribute that is as in the argument
    if isinstance(g, dict):
        if isinstance(cotangent, dict):
            return {key: _spread_back(g[key], value, made) for key, value in cotangent.items()}
        g = list(g.values())
    if isinstance(g, list | tuple):
        if isinstance(cotangent, list | tuple):
            return [_spread_back(part, item, made) for part, item in zip(g, cotangent, strict=True)]
        if np.ndim(cotangent) == 0:
            return sum(_spread_back(part, cotangent, made) for part in g)
        rows = zip(g, cotangent, strict=True)
        g = np.stack([_spread_back(part, row, made) for part, row in rows])
    return g if isinstance(cotangent, list | tuple | dict) else unbroadcast(g, cotangent)


def spread(g: Any, like: Any) -> Any:
    """`g` once for each element of the array, or each item of the list, `like`."""
    if isinstance(like, list | tuple) and not any(np.ndim(item) for item in like):
        return [g] * len(like) if isinstance(like, list) else (g,) * len(like)
    wide = np.broadcast_to(g, np.shape(like))
    known = getattr(like, "dtype", None)
    if known is None or not np.issubdtype(known, np.inexact):
        return wide.copy()
    return wide.astype(np.result_type(wide.dtype, known))


def unspread(g: Any, like: Any) -> Any:
    """The cotangent of `like` from that of what it was spread over: of an array or of each item."""
    if not isinstance(g, list | tuple):
        return unbroadcast(g, like)
    return sum((unspread(item, like) for item in g), np.zeros_like(like, dtype=float))


def split_like(g: Any, arrays: Any, axis: int | None = 0) -> tuple[Any, ...]:
    """`g` cut along `axis` into pieces of the shapes of `arrays`: undoes `np.concatenate`."""
    if axis is None:
        g, axis = np.reshape(g, -1), 0
        sizes = [np.size(a) for a in arrays]
    else:
        # an item of fewer axes was one row or column of the result
        sizes = [np.shape(a)[axis] if np.ndim(a) == np.ndim(g) else 1 for a in arrays]
    pieces = np.split(g, np.cumsum(sizes)[:-1], axis)
    return tuple(np.reshape(p, np.shape(a)) for p, a in zip(pieces, arrays, strict=True))


def repeat_pullback(g: Any, x: Any, repeats: Any, axis: int | None = None) -> Any:
    """The pullback of `np.repeat`."""
    shape = np.shape(x)
    if axis is None:
        return repeat_pullback(g, np.reshape(x, -1), repeats, 0).reshape(shape)
    result = np.zeros(shape, np.asarray(g).dtype)
    where = np.repeat(np.arange(shape[axis]), repeats)
    np.add.at(np.moveaxis(result, axis, 0), where, np.moveaxis(g, axis, 0))
    return result


def tile_pullback(g: Any, x: Any, reps: Any) -> Any:
    """The pullback of `np.tile`."""
    reps = (reps,) if np.ndim(reps) == 0 else tuple(reps)
    shape = np.shape(x)
    rank = max(len(reps), len(shape))
    reps = (1,) * (rank - len(reps)) + reps
    full = (1,) * (rank - len(shape)) + shape
    blocks = np.reshape(g, [n for pair in zip(reps, full, strict=True) for n in pair])
    return np.sum(blocks, axis=tuple(range(0, 2 * rank, 2))).reshape(shape)


def take_pullback(g: Any, x: Any, indices: Any, axis: int | None = None) -> Any:
    """The pullback of `np.take`: repeated indices add up."""
    result = np.zeros(np.shape(x), np.asarray(g).dtype)
    if axis is None:
        np.add.at(result.reshape(-1), indices, g)
        return result
    axis = axis % result.ndim
    source = tuple(range(axis, axis + np.ndim(indices)))
    target = tuple(range(np.ndim(indices)))
    np.add.at(np.moveaxis(result, axis, 0), indices, np.moveaxis(g, source, target))
    return result


def unpad(g: Any, pad_width: Any) -> Any:
    """`g` without the margins that `np.pad` added."""
    widths = np.broadcast_to(pad_width, (np.ndim(g), 2))
    return g[tuple(slice(a, n - b) for (a, b), n in zip(widths, np.shape(g), strict=True))]


def unsort(g: Any, x: Any, axis: int | None = -1) -> Any:
    """`g` put back from the order of `np.sort(x, axis)` to that of `x`."""
    if axis is None:
        return unsort(g, np.reshape(x, -1), 0).reshape(np.shape(x))
    result = np.zeros_like(g)
    np.put_along_axis(result, np.argsort(x, axis, kind="stable"), g, axis)
    return result


def diff_pullback(g: Any, n: int, axis: int = -1) -> Any:
    """The pullback of `np.diff(x, n, axis)`."""
    for _ in range(n):
        g = -np.diff(g, axis=axis, prepend=0.0, append=0.0)
    return g


def take_along_pullback(g: Any, x: Any, indices: Any, axis: int = -1) -> Any:
    """The pullback of `np.take_along_axis`: repeated indices add up."""
    result = np.zeros(np.shape(x), np.asarray(g).dtype)
    index = np.ogrid[tuple(slice(n) for n in np.shape(indices))]
    np.add.at(result, (*index[: axis % result.ndim], indices, *index[axis % result.ndim + 1 :]), g)
    return result
