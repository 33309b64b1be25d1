"""Checks of the arguments at each call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from srcad.errors import SharedMemory


def check_no_shared_memory(args: Mapping[str, Any], written: Iterable[str]) -> None:
    """Refuse arguments that share memory with one that is written into."""
    arrays = [(name, array) for name, value in args.items() for array in _arrays(value)]
    if len(arrays) < 2:
        return
    into = set(written)
    for position, (name, array) in enumerate(arrays):
        for other, peer in arrays[position + 1 :]:
            if (name in into or other in into) and np.may_share_memory(array, peer):
                _refuse_shared(name, array, other, peer, into)


def _refuse_shared(name: str, array: Any, other: str, peer: Any, into: set[str]) -> None:
    enough: Any = 10_000  # of work, after which we had better say no
    try:
        shared = np.shares_memory(array, peer, max_work=enough)
    except np.exceptions.TooHardError:
        shared = True
    if not shared:
        return
    which = name if name in into else other
    if name == other:
        raise SharedMemory(
            f"arrays inside the argument `{name}` share memory, and the function writes into it",
            "Pass a copy of one",
        )
    raise SharedMemory(
        f"the arguments `{name}` and `{other}` share memory, and the function writes into "
        f"`{which}`",
        f"Pass a copy of one: `{other}.copy()`",
    )


def _arrays(value: Any) -> Iterator[Any]:
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _arrays(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _arrays(item)
