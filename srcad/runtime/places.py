"""Where NumPy's functions that write into an array by places of their own write."""

from __future__ import annotations

from typing import Any

import numpy as np


def flat_index(a: Any, index: Any) -> tuple[Any, ...]:
    """The index of `a` for what `a.flat[index]` is: a place in the order of C for each axis."""
    if not isinstance(index, int | np.integer):
        index = np.arange(np.size(a))[index]
    elif index < 0:
        index += np.size(a)
    return np.unravel_index(index, np.shape(a))


def diagonal_index(a: Any, wrap: bool = False) -> tuple[Any, ...]:
    """The index of what `np.fill_diagonal(a, value, wrap)` writes into."""
    rows, columns = np.shape(a)[0], np.shape(a)[-1]
    if np.ndim(a) > 2:
        return (np.arange(rows),) * np.ndim(a)
    end = None if wrap else columns * columns
    return flat_index(a, slice(None, end, columns + 1))


def along_index(a: Any, indices: Any, axis: int | None = -1) -> tuple[Any, ...]:
    """The index of `a` for what `np.take_along_axis(a, indices, axis)` takes."""
    if axis is None:
        return flat_index(a, indices)
    axis = axis % np.ndim(a)
    ranges = list(np.ogrid[tuple(slice(n) for n in np.shape(indices))])
    # an axis of length 1 in `indices` stands for all of `a`
    lengths = zip(np.shape(indices), np.shape(a), strict=True)
    shape = [-1] + [1] * np.ndim(a)
    for i, (given, wanted) in enumerate(lengths):
        if i != axis and given != wanted:
            ranges[i] = np.arange(wanted).reshape(shape[: np.ndim(a) - i])
    return (*ranges[:axis], np.asarray(indices), *ranges[axis + 1 :])


def flat_places(a: Any, index: Any) -> Any:
    """The places that `a[index]` is made of, each by its number in the order of C."""
    return np.ravel(np.arange(np.size(a)).reshape(np.shape(a))[index])


def turns(places: Any) -> list[Any]:
    """The positions in `places`, in as many lists as it takes for none to have one place twice.

    The first list has the first occurrence of each place, the second the second, and so on.
    """
    order = np.argsort(places, kind="stable")
    ordered = places[order]
    starts = np.flatnonzero(np.diff(ordered, prepend=ordered[:1] - 1))
    lengths = np.diff(starts, append=len(places))
    occurrence = np.empty(len(places), int)
    occurrence[order] = np.arange(len(places)) - np.repeat(starts, lengths)
    return [np.flatnonzero(occurrence == n) for n in range(np.max(lengths, initial=0))]


def resize_pullback(g: Any, x: Any) -> Any:
    """The pullback of `np.resize`: what an element was repeated as adds up."""
    size = np.size(x)
    if size == 0:
        return np.zeros(np.shape(x))
    g = np.ravel(g)
    whole = -(-len(g) // size) * size
    padded = np.concatenate([g, np.zeros(whole - len(g), g.dtype)])
    return np.sum(padded.reshape(-1, size), axis=0).reshape(np.shape(x))


def unorder(g: Any, x: Any, ordered: Any, axis: int | None = -1) -> Any:
    """`g` put back from the order of `ordered` to that of `x`, of which it is a permutation."""
    if axis is None:
        return unorder(g, np.reshape(x, -1), np.reshape(ordered, -1), 0).reshape(np.shape(x))
    result = np.zeros_like(g)
    rank = np.take_along_axis(g, np.argsort(ordered, axis, kind="stable"), axis)
    np.put_along_axis(result, np.argsort(x, axis, kind="stable"), rank, axis)
    return result


def with_imag(z: Any, imag: Any) -> Any:
    """`z` with other imaginary parts."""
    result = np.array(z)
    result.imag = imag
    return result[()]


def pad_pullback(g: Any, x: Any, pad_width: Any, mode: str) -> Any:
    """The pullback of `np.pad` in a mode that repeats elements of `x`: they add up."""
    places = np.pad(np.arange(np.size(x)).reshape(np.shape(x)), pad_width, mode=mode)  # type: ignore[call-overload]
    result = np.zeros(np.size(x), np.asarray(g).dtype)
    np.add.at(result, places, g)
    return result.reshape(np.shape(x))


def put_together(values: Any, x: Any, axis: int) -> Any:
    """What a function gave for each row of `x` along `axis`, in the place of the row."""
    shape = list(np.shape(x))
    axis = axis % len(shape)
    del shape[axis]
    inner = np.shape(values)[1:]
    result = np.reshape(values, (*shape, *inner))
    source = tuple(range(len(shape), len(shape) + len(inner)))
    return np.moveaxis(result, source, tuple(range(axis, axis + len(inner))))


def taken_apart(g: Any, values: Any, x: Any, axis: int) -> Any:
    """The pullback of `put_together`."""
    axis = axis % np.ndim(x)
    count = np.ndim(values) - 1
    rest = np.ndim(g) - count
    back = np.moveaxis(g, tuple(range(axis, axis + count)), tuple(range(rest, rest + count)))
    return np.reshape(back, np.shape(values))


def put_item(held: dict[Any, Any], key: Any, value: Any) -> None:
    """Let a dict have under a key what it had there before: nothing, if that is None."""
    if value is None:
        held.pop(key, None)
    else:
        held[key] = value
