"""Values made of numbers and arrays: tuples, lists and dicts of them, as a whole."""

from __future__ import annotations

from typing import Any

import numpy as np


def zeros_like_tree(x: Any) -> Any:
    """A zero gradient in the form of `x`: 0.0 for a number, zeros for an array, None for None."""
    if isinstance(x, bool | int | float | complex | np.generic):
        return 0.0
    if isinstance(x, list | tuple):
        return _rebuilt(x, [zeros_like_tree(item) for item in x])
    if isinstance(x, dict):
        return {key: zeros_like_tree(value) for key, value in x.items()}
    if hasattr(x, "dtype"):
        floating = np.issubdtype(x.dtype, np.inexact) or x.dtype == object
        return np.zeros_like(x) if floating else np.zeros_like(x, dtype=float)
    return None


def tree_add(a: Any, b: Any) -> Any:
    """The sum of two gradients of one form; None counts as zero."""
    if a is None or b is None:
        return b if a is None else a
    if isinstance(a, list | tuple):
        return _rebuilt(a, [tree_add(x, y) for x, y in zip(a, b, strict=True)])
    if isinstance(a, dict):
        return {key: tree_add(value, b[key]) for key, value in a.items()}
    if isinstance(b, list | tuple):
        return tree_add(b, a)  # an array added to a list of numbers
    return a + b


def repeats_summed(g: Any, x: Any) -> Any:
    """The cotangent of the sequence `x` from that of its repetition `x * n`."""
    sums = [zeros_like_tree(item) for item in x]
    for i, part in enumerate(g):
        sums[i % len(sums)] = tree_add(sums[i % len(sums)], part)
    return _rebuilt(x, sums)


def copy_tree(x: Any) -> Any:
    """A copy that shares no memory with `x`; what is neither container nor array is kept."""
    if isinstance(x, list | tuple):
        return _rebuilt(x, [copy_tree(item) for item in x])
    if isinstance(x, dict):
        return {key: copy_tree(value) for key, value in x.items()}
    return x.copy() if hasattr(x, "dtype") and hasattr(x, "copy") else x


def add_at(buffer: Any, index: Any, value: Any) -> None:
    """`buffer[index] += value`, each occurrence of a repeated index counted."""
    if isinstance(buffer, list | dict):
        buffer[index] = tree_add(buffer[index], value)
        return
    if np.iscomplexobj(value) and not np.iscomplexobj(buffer):
        value = np.real(value)
    np.add.at(buffer, index, value)


def _rebuilt(like: Any, items: list[Any]) -> Any:
    """`items` as a list, tuple or named tuple, whichever `like` is."""
    if isinstance(like, list):
        return items
    return type(like)(*items) if hasattr(like, "_fields") else tuple(items)
