"""What `heapq` and `deque` do to lists, in Python: differentiated like functions of the user's.

The heaps are those of `heapq`, item by item, as both may be used on one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def heappush(heap: list[Any], item: Any) -> None:
    """Put an item into a heap."""
    heap.append(item)
    towards_root(heap, 0, len(heap) - 1)


def heappop(heap: list[Any]) -> Any:
    """Take the smallest item out of a heap."""
    last = heap.pop()
    if not heap:
        return last
    first = heap[0]
    heap[0] = last
    towards_leaves(heap, 0)
    return first


def heapreplace(heap: list[Any], item: Any) -> Any:
    """Take the smallest item out of a heap, then put one in."""
    first = heap[0]
    heap[0] = item
    towards_leaves(heap, 0)
    return first


def heappushpop(heap: list[Any], item: Any) -> Any:
    """Put an item into a heap, then take the smallest one out."""
    if heap and heap[0] < item:
        return heapreplace(heap, item)
    return item


def heapify(items: list[Any]) -> None:
    """Put the items of a list in the order of a heap."""
    for place in range(len(items) // 2 - 1, -1, -1):
        towards_leaves(items, place)


def towards_root(heap: list[Any], start: int, place: int) -> None:
    """Move an item up to where it belongs."""
    item = heap[place]
    while place > start:
        parent = (place - 1) >> 1
        if not item < heap[parent]:
            break
        heap[place] = heap[parent]
        place = parent
    heap[place] = item


def towards_leaves(heap: list[Any], place: int) -> None:
    """Move an item down to a leaf by the smaller child, then up to where it belongs."""
    end, start = len(heap), place
    item = heap[place]
    child = 2 * place + 1
    while child < end:
        right = child + 1
        if right < end and not heap[child] < heap[right]:
            child = right
        heap[place] = heap[child]
        place = child
        child = 2 * place + 1
    heap[place] = item
    towards_root(heap, start, place)


def rotate(items: list[Any], count: int = 1) -> None:
    """Move the last items to the front."""
    if items:
        count = count % len(items)
        items[:] = items[len(items) - count :] + items[: len(items) - count]


def extendleft(items: list[Any], more: Iterable[Any]) -> None:
    """Put items in front, one after the other."""
    for item in more:
        items.insert(0, item)


HEAPS = (heappush, heappop, heapreplace, heappushpop, heapify)
