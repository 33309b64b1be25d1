"""Variables that functions share, and that are rebound: each use is of the one item of a cell."""

import contextlib

import numpy as np
import pytest

from tests.differences import check

A = np.array([0.6, -1.1, 1.7])


def first_item_of_what_is_shared(a):
    total = 0.0
    for _ in range(2):
        j = min(range(3), key=lambda k: a[k])
        if a[0] > 0.2:
            total += a[j] * a[0]
        a = 0.5 * a + 0.1 * a[0]
    return total + a[0]


def shared_in_a_with_and_a_try(a):
    total = 0.0
    for _ in range(2):
        j = max(range(3), key=lambda k: a[k])
        with np.errstate(all="ignore"):
            total += a[0] * a[j]
        try:
            a = a * (1.0 + a[0])
        except IndexError:
            total = -a[1]
        with contextlib.suppress(KeyError):
            total *= a[0]
    return total


@pytest.mark.parametrize("f", (first_item_of_what_is_shared, shared_in_a_with_and_a_try))
def test_program(f):
    check(f, A)
