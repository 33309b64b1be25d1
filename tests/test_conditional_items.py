"""Items in the arms of a conditional expression: what is not there is not touched."""

import math

import numpy as np
import pytest

from tests.differences import check


def boundary(x):
    total, n = 0.0, len(x)
    for i in range(n):
        right = x[i + 1] if i + 1 < n else 0.0
        left = x[i - 1] if i > 0 else x[n - 1]
        total += (right - left) ** 2 * x[i]
    return total


def padded(x):
    total = 0.0
    for i in range(5):
        total += (x[i] ** 2 if i < len(x) else 1.0) * (i + 1)
    return total


def logs(x):
    total = 0.0
    for i in range(4):
        total += x[0] * math.log(x[i]) if i < len(x) and x[i] > 0 else 0.5 * x[1]
    return total


def keys(x):
    held = {"a": x[0]}
    return (held["b"] if "b" in held else x[1]) * (held["a"] if "a" in held else 2.0)


def emptied(x):
    held = [x[0], x[1]]
    total = 0.0
    for i in range(3):
        first = held[0] if held else 2.0
        last = (held and held[-1]) or x[2]
        total += first * (i + 1) * last
        if held:
            held.pop()
    return total


def nested(x, n):
    return (x[n] if n < 3 else x[n - 3] if n < 6 else x[0]) * (x[-n] if 0 < n < 4 else 1.0)


def rows(m, i):
    row = m[i] if i < len(m) else np.zeros(2)
    return np.sum(row * (m[i - 1] if i else m[-1])) + (m[i, 0] if i < 2 else m[0, 1])


POINT = np.array([2.0, 1.0, 0.3])


@pytest.mark.parametrize("f", [boundary, padded, logs, keys, emptied])
def test_places_that_may_be_missing(f):
    check(f, POINT)


@pytest.mark.parametrize("n", range(8))
def test_nested(n):
    check(nested, POINT, n) if n < 6 else check(nested, POINT, n, first_step=1e-3)


@pytest.mark.parametrize("i", range(3))
def test_rows(i):
    check(rows, np.array([[0.5, -1.0], [2.0, 0.3]]), i)


def drain(heap):
    last = heap.pop()
    if heap:
        first = heap[0]
        heap[0] = last
        return first
    return last


def drained(x):
    heap, total = [x[0], 2 * x[1], 3 * x[2]], 0.0
    while heap:
        total = 0.5 * total + drain(heap)
    return total


def test_a_list_that_is_tested_and_emptied_later():
    check(drained, POINT)
