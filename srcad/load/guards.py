"""Checks of the arguments at each call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from srcad.errors import SharedMemory
from srcad.objects import attributes_of, is_record


def check_no_shared_memory(args: Mapping[str, Any], written: Iterable[str]) -> None:
    """Refuse arguments that share memory with one that is written into."""
    _check_no_shared_objects(args, set(written))
    arrays = [(name, array) for name, value in args.items() for array in _arrays(value)]
    if len(arrays) < 2:
        return
    into = set(written)
    for position, (name, array) in enumerate(arrays):
        for other, peer in arrays[position + 1 :]:
            if (name in into or other in into) and np.may_share_memory(array, peer):
                _refuse_shared(name, array, other, peer, into)


def _check_no_shared_objects(args: Mapping[str, Any], into: set[str]) -> None:
    """Refuse two arguments with one object in them: the derivative works on a copy of each."""
    owners: dict[int, str] = {}
    for name, value in args.items():
        for key in _objects(value, set()):
            other = owners.setdefault(key, name)
            if other != name and (name in into or other in into):
                raise SharedMemory(
                    f"the arguments `{other}` and `{name}` share an object, and the function "
                    f"writes into `{name if name in into else other}`",
                    "Pass a copy of one: `copy.deepcopy`",
                )


def _objects(value: Any, seen: set[int]) -> Iterator[int]:
    """The objects in an argument, by `id`."""
    if id(value) in seen:
        return
    if isinstance(value, list | tuple):
        parts = list(value)
    elif isinstance(value, dict):
        parts = list(value.values())
    elif is_record(value):
        yield id(value)
        parts = [part for _, part in attributes_of(value)]
    else:
        return
    seen.add(id(value))
    for part in parts:
        yield from _objects(part, seen)


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


def _arrays(value: Any, seen: set[int] | None = None) -> Iterator[Any]:
    """The arrays in an argument; those of an object once, however often it is met."""
    seen = set() if seen is None else seen
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _arrays(item, seen)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _arrays(item, seen)
    elif is_record(value) and id(value) not in seen:
        seen.add(id(value))
        for _, part in attributes_of(value):
            yield from _arrays(part, seen)
