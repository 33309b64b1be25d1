"""Shadows: the adjoints of things that are written into, in the same structure as the things."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import partial
from types import MethodType, SimpleNamespace
from typing import Any

import numpy as np

from srcad.errors import NonScalarResult, UnsupportedConstruct
from srcad.objects import attributes_of, blank, is_record


class Gathered:
    """A box in which the cotangent of a number is gathered, which may have several names."""

    __slots__ = ("value",)

    def __init__(self, value: Any = 0.0) -> None:
        self.value = value


def zero_shadow(x: Any) -> Any:
    """A shadow of `x` filled with zeros; tuples become lists, so that items can be added to.

    Objects become namespaces; one object, list or dict has one shadow, wherever in `x` it is met.
    """
    return _zeros(x, {})


def _zeros(x: Any, made: dict[int, Any]) -> Any:
    if isinstance(x, np.ndarray):
        if x.dtype.names:
            raise UnsupportedConstruct(
                "no derivative passes through a structured array", "Keep an array for each field"
            )
        inexact = np.issubdtype(x.dtype, np.inexact) or x.dtype == object
        return np.zeros_like(x) if inexact else np.zeros_like(x, dtype=float)
    if isinstance(x, tuple):
        return [_zeros(item, made) for item in x]
    if id(x) in made:
        return made[id(x)]
    if isinstance(x, list):
        items = made[id(x)] = []
        items.extend(_zeros(item, made) for item in x)
        return items
    if isinstance(x, dict):
        named = made[id(x)] = _empty_shadow(x)
        named.update({key: _zeros(value, made) for key, value in x.items()})
        return named
    if not is_record(x):
        return 0.0
    made[id(x)] = SimpleNamespace()
    vars(made[id(x)]).update({name: _zeros(part, made) for name, part in attributes_of(x)})
    return made[id(x)]


def _empty_shadow(x: dict[Any, Any]) -> dict[Any, Any]:
    """An empty dict for the shadows of the values of `x`, which makes defaults where `x` does."""
    factory = x.default_factory if isinstance(x, defaultdict) else None
    return {} if factory is None else defaultdict(partial(_zeros_of_new, factory))


def _zeros_of_new(factory: Callable[[], Any]) -> Any:
    return zero_shadow(factory())


def in_form_of(gradient: Any, x: Any) -> Any:
    """`gradient` in the argument's own form: its container or class, dtype and shape.

    An attribute that is no number, array or structure of them is that of the argument.
    """
    return _formed(gradient, x, {})


def _formed(gradient: Any, x: Any, made: dict[int, Any]) -> Any:
    if isinstance(x, tuple | list):
        if not isinstance(gradient, tuple | list | np.ndarray):
            gradient = [gradient] * len(x)
        items = [_formed(g, item, made) for g, item in zip(gradient, x, strict=True)]
        if isinstance(x, list):
            return items
        return type(x)(*items) if hasattr(x, "_fields") else tuple(items)
    if isinstance(x, dict):
        return {key: _formed(_part(gradient, key), value, made) for key, value in x.items()}
    if is_record(x):
        return _formed_object(gradient, x, made)
    if isinstance(x, np.ndarray) and np.issubdtype(x.dtype, np.inexact):
        if np.iscomplexobj(gradient) and not np.iscomplexobj(x):
            gradient = np.real(gradient)
        gradient = np.asarray(gradient, dtype=x.dtype)
        return gradient if gradient.shape == x.shape else np.broadcast_to(gradient, x.shape).copy()
    real = isinstance(x, float | np.floating) and isinstance(gradient, complex | np.complexfloating)
    return gradient.real if real else gradient


def _part(gradient: Any, key: Any) -> Any:
    """The gradient of one entry; 0.0 of one that the gradient does not have."""
    return gradient.get(key, 0.0) if isinstance(gradient, dict) else gradient


def _formed_object(gradient: Any, x: Any, made: dict[int, Any]) -> Any:
    if isinstance(x, partial | MethodType):
        return x
    if id(x) not in made:
        made[id(x)] = result = new_object(type(x))
        for name, part in attributes_of(x):
            own = part if _is_static(part) else _formed(_attribute(gradient, name), part, made)
            object.__setattr__(result, name, own)
    return made[id(x)]


def _attribute(gradient: Any, name: str) -> Any:
    return getattr(gradient, name, 0.0) if is_record(gradient) else gradient


def _is_static(part: Any) -> bool:
    """Whether a value has no gradient, not even zero."""
    return not isinstance(part, _MOVING) and not is_record(part)


_MOVING = (bool, int, float, complex, np.number, np.ndarray, list, tuple, dict)


def new_object(cls: Any, **attributes: Any) -> Any:
    """An object of `cls` with these attributes; nothing of the class itself is run."""
    result = blank(cls)
    for name, value in attributes.items():
        object.__setattr__(result, name, value)
    return result


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
    _accumulate(shadow, value, set())


def _accumulate(shadow: Any, value: Any, seen: set[int]) -> None:
    if isinstance(shadow, np.ndarray):
        shadow += value
        return
    if isinstance(shadow, Gathered):
        shadow.value = shadow.value + value
        return
    if value is None or (isinstance(value, int | float) and value == 0):
        return  # of any form
    if isinstance(shadow, SimpleNamespace):
        if id(shadow) in seen:
            return
        seen.add(id(shadow))
        shadow, value = vars(shadow), _attributes(value)
    keyed = isinstance(shadow, dict)
    for key in value if keyed else range(len(shadow)):
        if keyed and key not in shadow:
            shadow[key] = as_shadow(value[key])  # of a number, which has had none so far
        elif isinstance(shadow[key], list | dict | np.ndarray | SimpleNamespace):
            _accumulate(shadow[key], value[key], seen)
        elif not _is_static(shadow[key]) and not _is_static(value[key]):
            shadow[key] = shadow[key] + value[key]


def _attributes(value: Any) -> dict[str, Any]:
    return dict(attributes_of(value))


def as_shadow(cotangent: Any) -> Any:
    """A copy of a cotangent that can be written into: tuples become lists."""
    return _as_shadow(cotangent, {})


def _as_shadow(cotangent: Any, made: dict[int, Any]) -> Any:
    if isinstance(cotangent, list | tuple):
        return [_as_shadow(item, made) for item in cotangent]
    if isinstance(cotangent, dict):
        return {key: _as_shadow(value, made) for key, value in cotangent.items()}
    if is_record(cotangent):
        if id(cotangent) not in made:
            made[id(cotangent)] = own = SimpleNamespace()
            for name, part in attributes_of(cotangent):
                setattr(own, name, _as_shadow(part, made))
        return made[id(cotangent)]
    if isinstance(cotangent, np.ndarray):
        return cotangent.copy()
    return 0.0 if _is_static(cotangent) else cotangent


def shadow_from(cotangent: Any, like: Any) -> Any:
    """A cotangent of the container `like`, however it was computed, as a shadow of its own."""
    return _shadow_from(cotangent, like, {})


def _shadow_from(cotangent: Any, like: Any, made: dict[int, Any]) -> Any:
    if isinstance(like, list | tuple):
        parts = cotangent if isinstance(cotangent, list | tuple) or np.ndim(cotangent) else None
        given = [cotangent] * len(like) if parts is None else parts
        return [_shadow_from(g, item, made) for g, item in zip(given, like, strict=True)]
    if isinstance(like, dict):
        pairs = like.items()
        return {key: _shadow_from(_part(cotangent, key), part, made) for key, part in pairs}
    if is_record(like):
        if id(like) not in made:
            made[id(like)] = own = SimpleNamespace()
            for name, part in attributes_of(like):
                setattr(own, name, _shadow_from(_attribute(cotangent, name), part, made))
        return made[id(like)]
    if isinstance(like, np.ndarray):
        if np.shape(cotangent) != like.shape:
            return np.broadcast_to(cotangent, like.shape).copy()
        return np.array(cotangent)
    return as_shadow(cotangent)


def stored_pullback(g: Any, shadow: Any, index: Any) -> Any:
    """The cotangent of `shadow` from that of `stored_cotangent(shadow, index)`."""
    result = zero_shadow(shadow)
    result[index] = g  # of the occurrences of one index the last one counts, as it did there
    return result


def of_copy(cotangent: Any, shadow: Any) -> Any:
    """`cotangent`, but zeros where it is a view of `shadow`: there it is shared."""
    return cotangent if is_copy(cotangent, shadow) else np.zeros_like(cotangent)


def is_copy(shadow: Any, base: Any) -> bool:
    """Whether `shadow`, made as a view of `base`, has memory of its own after all."""
    return not np.may_share_memory(shadow, base)
