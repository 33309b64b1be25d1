"""Values made of numbers and arrays: tuples, lists and dicts of them, as a whole."""

from __future__ import annotations

import ctypes
from functools import partial
from numbers import Number
from types import MethodType, SimpleNamespace
from typing import Any

import numpy as np
from numpy.lib.array_utils import byte_bounds

from srcad.objects import attributes_of, blank, is_record
from srcad.runtime.shadows import accumulate


def zeros_like_tree(x: Any) -> Any:
    """A zero gradient in the form of `x`: 0.0 for a number, zeros for an array, None for None."""
    return _zeros_like(x, {})


def _zeros_like(x: Any, made: dict[int, Any]) -> Any:
    if isinstance(x, bool | int | float | complex | np.generic):
        return 0.0
    if isinstance(x, list | tuple):
        return _rebuilt(x, [_zeros_like(item, made) for item in x])
    if isinstance(x, dict):
        return {key: _zeros_like(value, made) for key, value in x.items()}
    if is_record(x):
        if id(x) not in made:
            made[id(x)] = own = SimpleNamespace()
            for name, part in attributes_of(x):
                setattr(own, name, _zeros_like(part, made))
        return made[id(x)]
    if hasattr(x, "dtype"):
        floating = np.issubdtype(x.dtype, np.inexact) or x.dtype == object
        return np.zeros_like(x) if floating else np.zeros_like(x, dtype=float)
    return None


def tree_add(a: Any, b: Any) -> Any:
    """The sum of two gradients of one form; None counts as zero, and so does a number that is 0.

    Of an attribute that is neither number, array nor made of them the first one's is taken.
    """
    return _added(a, b, {})


def _added(a: Any, b: Any, made: dict[int, Any]) -> Any:
    if a is None or b is None:
        return b if a is None else a
    if (_is_tree(a) and _is_zero(b)) or (_is_tree(b) and _is_zero(a)):
        return copy_tree(a if _is_tree(a) else b)
    if isinstance(a, list | tuple):
        return _rebuilt(a, [_added(x, y, made) for x, y in zip(a, b, strict=True)])
    if isinstance(a, dict):
        return {key: _added(value, b[key], made) for key, value in a.items()}
    if is_record(a) or is_record(b):
        return _added_objects(a, b, made)
    if isinstance(b, list | tuple):
        return _added(b, a, made)  # an array added to a list of numbers
    return a + b if _is_numeric(a) and _is_numeric(b) else a


def _is_numeric(x: Any) -> bool:
    return isinstance(x, Number) or hasattr(x, "dtype")


def _added_objects(a: Any, b: Any, made: dict[int, Any]) -> Any:
    if not is_record(a) or not is_record(b):
        return a if is_record(a) else b  # the other one is the zero of something inert
    if isinstance(a, MethodType | partial):
        return a
    if id(a) not in made:
        made[id(a)] = own = SimpleNamespace()
        other = dict(attributes_of(b))
        for name, part in attributes_of(a):
            setattr(own, name, _added(part, other.pop(name, None), made))
        for name, part in other.items():
            setattr(own, name, part)
    return made[id(a)]


def _is_tree(g: Any) -> bool:
    return isinstance(g, list | tuple | dict | SimpleNamespace)


def _is_zero(g: Any) -> bool:
    return isinstance(g, int | float) and g == 0


def repeats_summed(g: Any, x: Any) -> Any:
    """The cotangent of the sequence `x` from that of its repetition `x * n`."""
    sums = [zeros_like_tree(item) for item in x]
    for i, part in enumerate(g):
        sums[i % len(sums)] = tree_add(sums[i % len(sums)], part)
    return _rebuilt(x, sums)


def copy_tree(x: Any) -> Any:
    """A copy that shares no memory with `x`; what is shared within `x` is so in the copy.

    What is neither container, object nor array is kept.
    """
    return _copied(x, _array_copies(_arrays_in(x, {}, set())))


def _arrays_in(x: Any, found: dict[int, Any], seen: set[int]) -> dict[int, Any]:
    """The arrays in a tree, by `id`."""
    if id(x) in seen:
        return found
    if isinstance(x, np.ndarray) or (hasattr(x, "dtype") and hasattr(x, "copy")):
        found[id(x)] = x
        return found
    parts = _parts(x)
    if parts:
        seen.add(id(x))
        for part in parts:
            _arrays_in(part, found, seen)
    return found


def _parts(x: Any) -> list[Any]:
    if isinstance(x, list | tuple):
        return list(x)
    if isinstance(x, dict):
        return list(x.values())
    return [part for _, part in attributes_of(x)] if is_record(x) else []


def _array_copies(arrays: dict[int, Any]) -> dict[int, Any]:
    """A copy of each array; of arrays that overlap, views of one copied block of memory."""
    copies = {key: x.copy() for key, x in arrays.items() if not _is_plain(x)}
    spans = [(*byte_bounds(x), key) for key, x in arrays.items() if _is_plain(x)]
    for group in _overlapping(sorted(spans)):
        start, stop = group[0][0], max(stop for _, stop, _ in group)
        if len(group) == 1:
            copies[group[0][2]] = arrays[group[0][2]].copy()
            continue
        bytes_ = memoryview((ctypes.c_char * (stop - start)).from_address(start))
        block = np.frombuffer(bytes_, np.int8).copy()
        for _, _, key in group:
            x = arrays[key]
            offset = x.__array_interface__["data"][0] - start
            copies[key] = np.ndarray(x.shape, x.dtype, block, offset, x.strides)
    return copies


def _is_plain(x: Any) -> bool:
    return type(x) is np.ndarray and not x.dtype.hasobject


def _overlapping(spans: list[tuple[int, int, int]]) -> list[list[tuple[int, int, int]]]:
    """Sorted spans of memory in groups that have bytes in common."""
    groups: list[list[tuple[int, int, int]]] = []
    end = -1
    for span in spans:
        if span[0] < end:
            groups[-1].append(span)
        else:
            groups.append([span])
        end = max(end, span[1])
    return groups


def _copied(x: Any, copies: dict[int, Any]) -> Any:
    """The copy of `x`; `copies` has those of arrays, and gets those of all else, by `id`."""
    if id(x) in copies:
        return copies[id(x)]
    if isinstance(x, tuple):
        return _rebuilt(x, [_copied(item, copies) for item in x])
    if isinstance(x, list):
        items: list[Any] = []
        copies[id(x)] = items
        items.extend(_copied(item, copies) for item in x)
        return items
    if isinstance(x, dict):
        named: dict[Any, Any] = {}
        copies[id(x)] = named
        named.update({key: _copied(value, copies) for key, value in x.items()})
        return named
    if not is_record(x) or isinstance(x, MethodType | partial):
        return x
    copies[id(x)] = made = blank(type(x))
    for name, part in attributes_of(x):
        object.__setattr__(made, name, _copied(part, copies))
    return made


def slice_start(start: int, size: int) -> int:
    """Where the slice `start:` of a list of `size` items begins."""
    return slice(start, None).indices(size)[0]


def sort_order(values: Any, key: Any = None, reverse: bool = False) -> list[int]:
    """The positions of the items in the order in which sorting puts them."""
    keys = list(values) if key is None else [key(value) for value in values]
    return sorted(range(len(keys)), key=keys.__getitem__, reverse=reverse)


def reordered(values: Any, order: list[int]) -> list[Any]:
    """The items at the positions `order`."""
    return [values[k] for k in order]


def reordered_back(g: Any, order: list[int]) -> list[Any]:
    """The pullback of `reordered`, of an order with each position once."""
    items = [None] * len(order)
    for k, part in zip(order, g, strict=True):
        items[k] = part
    return items


def snapshot(x: Any) -> list[tuple[Any, Any]]:
    """All lists, dicts, objects and arrays in `x`, each with a copy of what it holds now."""
    found: dict[int, tuple[Any, Any]] = {}
    waiting = [x]
    while waiting:
        part = waiting.pop()
        if id(part) in found:
            continue
        if isinstance(part, list | dict | np.ndarray):
            found[id(part)] = (part, part.copy())
        elif is_record(part):
            found[id(part)] = (part, dict(attributes_of(part)))
        waiting += _parts(part)
    return list(found.values())


def put_back(saved: list[tuple[Any, Any]]) -> None:
    """Give all that is in a snapshot what it held then; who refers to it sees that."""
    for part, held in saved:
        if isinstance(part, dict):
            part.clear()
            part.update(held)
        elif is_record(part):
            _put_back_attributes(part, held)
        else:
            part[... if isinstance(part, np.ndarray) else slice(None)] = held


def _put_back_attributes(part: Any, held: dict[str, Any]) -> None:
    if isinstance(part, MethodType | partial):
        return  # they have no others
    for name, _ in list(attributes_of(part)):
        if name not in held:
            object.__delattr__(part, name)
    for name, value in held.items():
        object.__setattr__(part, name, value)


def _fits(value: Any, array: np.ndarray[Any, Any]) -> bool:
    """Whether `value` can be added to an array in place."""
    same = np.shape(value) in ((), array.shape)
    return same and bool(np.can_cast(np.result_type(value), array.dtype, "same_kind"))


def add_at(buffer: Any, index: Any, value: Any) -> None:
    """`buffer[index] += value`, each occurrence of a repeated index counted.

    Of an object it is the attribute called `index`.
    """
    if isinstance(buffer, list) and isinstance(index, slice):
        for place, part in zip(range(len(buffer))[index], value, strict=True):
            add_at(buffer, place, part)
        return
    if isinstance(buffer, list | dict):
        buffer[index] = _summed(buffer[index], value)
        return
    if is_record(buffer):
        setattr(buffer, index, _summed(getattr(buffer, index, None), value))
        return
    if np.iscomplexobj(value) and not np.iscomplexobj(buffer):
        value = np.real(value)
    np.add.at(buffer, index, value)


def _summed(old: Any, value: Any) -> Any:
    """`old + value`, in place where others may refer to `old`."""
    if isinstance(old, np.ndarray) and _fits(value, old):
        old += value
        return old
    if isinstance(old, list | dict | SimpleNamespace):
        accumulate(old, value)
        return old
    return tree_add(old, value)


def _rebuilt(like: Any, items: list[Any]) -> Any:
    """`items` as a list, tuple or named tuple, whichever `like` is."""
    if isinstance(like, list):
        return items
    return type(like)(*items) if hasattr(like, "_fields") else tuple(items)
