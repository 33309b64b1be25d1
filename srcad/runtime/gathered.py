"""Shadows of names that stand for a number, or for what has an inside, as the program runs.

What has an inside shares its shadow with all that refer to it. A number has nothing to share:
its cotangent is gathered in a box of the name's own, and handed back to the place that the number
came from. A place in a container holds a plain number as the shadow of a number.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from srcad.runtime.shadows import Gathered, zero_shadow

_NUMBERS = (int, float, complex, np.number)


def new_shadow(value: Any) -> Any:
    """A shadow filled with zeros for a name that stands for `value`, which is new."""
    return Gathered() if isinstance(value, _NUMBERS) else zero_shadow(value)


def shadow_of_item(shadow: Any, value: Any) -> Any:
    """The shadow of a name that stands for `value`, where `shadow` is that of its place."""
    return Gathered() if isinstance(value, _NUMBERS) else shadow


def kept_item(shadow: Any, index: Any) -> Any:
    """What stands in a place of a shadow, safe from later stores into an array."""
    item = shadow[index]
    return item.copy() if isinstance(shadow, np.ndarray) and isinstance(item, np.ndarray) else item


def place_shadow(shadow: Any) -> Any:
    """What stands in a container's shadow for something whose own shadow is `shadow`."""
    return 0.0 if isinstance(shadow, Gathered) else shadow


def taken(shadow: Any) -> Any:
    """The cotangent that a name's shadow holds: of a number, the number."""
    return shadow.value if isinstance(shadow, Gathered) else shadow


def boxed(cotangent: Any) -> Any:
    """A cotangent in a form that can be added to in place."""
    return Gathered(cotangent) if isinstance(cotangent, _NUMBERS) else cotangent


def of_number(cotangent: Any) -> Any:
    """The cotangent of a place that holds a number; 0.0 of one whose shadow is shared."""
    return cotangent if isinstance(cotangent, _NUMBERS) else 0.0


def of_numbers(cotangents: Any) -> Any:
    """The cotangents of those places of a container that hold numbers, 0.0 for the others."""
    if isinstance(cotangents, dict):
        return {key: of_number(part) for key, part in cotangents.items()}
    return [of_number(part) for part in cotangents]


def handed_back(place: Any, shadow: Any) -> Any:
    """The shadow of a place after what the name that was bound to it has gathered."""
    return place + shadow.value if isinstance(shadow, Gathered) else place


def is_number(value: Any) -> bool:
    """Whether `value` is a number, which an update in place binds anew."""
    return isinstance(value, _NUMBERS)
