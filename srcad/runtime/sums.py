"""What `sum` does to objects, in Python: differentiated like functions of the user's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def sum_from(items: Sequence[Any], start: Any) -> Any:
    """`sum(items, start)`."""
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
