"""Shadows: the adjoints of things that are written into, in the same structure as the things."""

from __future__ import annotations

from typing import Any

import numpy as np

from srcad.errors import NonScalarResult


def zero_shadow(x: Any) -> Any:
    """A shadow of `x` filled with zeros; tuples become lists, so that items can be added to."""
    if isinstance(x, list | tuple):
        return [zero_shadow(item) for item in x]
    if isinstance(x, dict):
        return {key: zero_shadow(value) for key, value in x.items()}
    if isinstance(x, np.ndarray):
        inexact = np.issubdtype(x.dtype, np.inexact) or x.dtype == object
        return np.zeros_like(x) if inexact else np.zeros_like(x, dtype=float)
    return 0.0


def in_form_of(gradient: Any, x: Any) -> Any:
    """`gradient` in the argument's own form: its container, dtype and shape."""
    if isinstance(x, tuple | list):
        if not isinstance(gradient, tuple | list | np.ndarray):
            gradient = [gradient] * len(x)
        items = [in_form_of(g, item) for g, item in zip(gradient, x, strict=True)]
        if isinstance(x, list):
            return items
        return type(x)(*items) if hasattr(x, "_fields") else tuple(items)
    if isinstance(x, dict):
        return {key: in_form_of(gradient[key], value) for key, value in x.items()}
    if isinstance(x, np.ndarray) and np.issubdtype(x.dtype, np.inexact):
        if np.iscomplexobj(gradient) and not np.iscomplexobj(x):
            gradient = np.real(gradient)
        gradient = np.asarray(gradient, dtype=x.dtype)
        return gradient if gradient.shape == x.shape else np.broadcast_to(gradient, x.shape).copy()
    return gradient


def unit(value: Any) -> Any:
    """The cotangent 1 of a result that must be one real number."""
    if np.ndim(value) == 0 and np.isrealobj(value) and not isinstance(value, list | tuple | dict):
        return 1.0
    shape = f" of shape {np.shape(value)}" if isinstance(value, np.ndarray) else ""
    raise NonScalarResult(
        f"`grad` wants a function that returns one real number, this one returned a "
        f"{type(value).__name__}{shape}",
        "Reduce the result, as by `np.sum`, or use `vjp`",
    )


def stored_cotangent(shadow: Any, index: Any) -> Any:
    """`shadow[index]`, but 0 where a later occurrence of the same index overwrote the store."""
    if isinstance(shadow, list | dict) or np.ndim(shadow[index]) == 0:
        return shadow[index]
    order = np.full(np.shape(shadow), -1)
    taken = np.arange(np.size(shadow[index])).reshape(np.shape(shadow[index]))
    order[index] = taken
    return np.where(order[index] == taken, shadow[index], 0.0)


def accumulate(shadow: Any, value: Any) -> None:
    """Add `value` to `shadow`, item by item, in place."""
    if isinstance(shadow, np.ndarray):
        shadow += value
        return
    keys = shadow.keys() if isinstance(shadow, dict) else range(len(shadow))
    for key in keys:
        if isinstance(shadow[key], list | dict | np.ndarray):
            accumulate(shadow[key], value[key])
        else:
            shadow[key] = shadow[key] + value[key]


def as_shadow(cotangent: Any) -> Any:
    """A copy of a cotangent that can be written into: tuples become lists."""
    if isinstance(cotangent, list | tuple):
        return [as_shadow(item) for item in cotangent]
    if isinstance(cotangent, dict):
        return {key: as_shadow(value) for key, value in cotangent.items()}
    return cotangent.copy() if isinstance(cotangent, np.ndarray) else cotangent


def shadow_from(cotangent: Any, like: Any) -> Any:
    """A cotangent of the container `like`, however it was computed, as a shadow of its own."""
    if isinstance(like, list | tuple):
        parts = cotangent if np.ndim(cotangent) or isinstance(cotangent, list | tuple) else None
        given = [cotangent] * len(like) if parts is None else parts
        return [shadow_from(g, item) for g, item in zip(given, like, strict=True)]
    if isinstance(like, dict):
        return {key: shadow_from(cotangent[key], value) for key, value in like.items()}
    if isinstance(like, np.ndarray) and np.shape(cotangent) != like.shape:
        return np.broadcast_to(cotangent, like.shape).copy()
    return as_shadow(cotangent)


def stored_pullback(g: Any, shadow: Any, index: Any) -> Any:
    """The cotangent of `shadow` from that of `stored_cotangent(shadow, index)`."""
    result = zero_shadow(shadow)
    result[index] = g  # of the occurrences of one index the last one counts, as it did there
    return result


def is_copy(shadow: Any, base: Any) -> bool:
    """Whether `shadow`, made as a view of `base`, has memory of its own after all."""
    return not np.may_share_memory(shadow, base)
