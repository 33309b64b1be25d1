"""Helpers for what picks items: `sorted`, `min` and `max` with a key, `zip(*rows)`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from srcad.objects import RESOLVED
from srcad.runtime.shadows import zero_shadow

Key = Callable[[Any], Any] | None


def shortest(rows: Iterable[Any]) -> int:
    """The length of the shortest of the rows, 0 if there is none."""
    return min((len(row) for row in rows), default=0)


def first_max(x: Iterable[Any], key: Key = None) -> int:
    """The place in `x` of the item that `max(x, key=key)` returns."""
    keys = list(x) if key is None else [key(item) for item in x]
    return max(range(len(keys)), key=keys.__getitem__)


def first_min(x: Iterable[Any], key: Key = None) -> int:
    """The place in `x` of the item that `min(x, key=key)` returns."""
    keys = list(x) if key is None else [key(item) for item in x]
    return min(range(len(keys)), key=keys.__getitem__)


def at_place(g: Any, place: int, x: Any) -> Any:
    """The cotangent of the sequence `x` of which only the item at `place` has one, `g`."""
    result = zero_shadow(x)
    result[place] = g
    return result


def sequence_of(items: Iterable[Any]) -> Any:
    """What an iterator over `items` takes them from, by their numbers."""
    return items if isinstance(items, list | tuple | np.ndarray) else list(items)


setattr(sequence_of, RESOLVED, True)
