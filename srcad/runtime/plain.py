"""What Python's functions do, in Python: differentiated like functions of the user's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


def sum_from(items: Sequence[Any], start: Any) -> Any:
    """`sum(items, start)` of objects."""
    total = start
    for item in items:
        total = total + item
    return total


def sum_of(items: Sequence[Any]) -> Any:
    """`sum(items)` of one object or more."""
    total = 0 + items[0]
    for item in items[1:]:
        total = total + item
    return total


def dict_of(pairs: Iterable[Any]) -> dict[Any, Any]:
    """`dict(pairs)`."""
    table = {}
    for key, value in pairs:
        table[key] = value
    return table


def move_to_end(table: dict[Any, Any], key: Any, last: bool = True) -> None:
    """`OrderedDict.move_to_end`."""
    table[key] = table.pop(key)
    if not last:
        for other in list(table)[:-1]:
            table[other] = table.pop(other)


def pop_first(table: dict[Any, Any]) -> Any:
    """`OrderedDict.popitem(last=False)`."""
    key = next(iter(table))
    return key, table.pop(key)
