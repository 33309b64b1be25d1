"""Stores that mean something else than they say: into cells, by methods, in place of a name."""

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


def multiplied_in_place(a):
    m = np.outer(a, a)
    m @= np.outer(a, np.sin(a))
    k = m
    k @= m + np.eye(3)
    b = np.outer(a, a * a)
    m @= b
    return np.sum(k * m) + m[0, 1]


class Shelf:
    def __init__(self, *items):
        self.items = dict(enumerate(items))

    def __getitem__(self, key):
        return self.items[key]

    def __setitem__(self, key, value):
        self.items[key] = value

    def __delitem__(self, key):
        del self.items[key]


def items_of_a_class(a):
    shelf = Shelf(a[0], 2.0, a[1])
    del shelf[1]
    shelf[5] = shelf[0] * a[2]
    return shelf[0] * shelf[2] + shelf[5]


class Machine:
    def __init__(self, v):
        self.v, self.state = v, "warm"
        self.table = {"warm": self.warm, "cool": self.cool}

    def warm(self):
        self.v *= 1.5
        return "cool" if self.v > 1.0 else "warm"

    def cool(self):
        self.v -= 0.2 * self.v
        return "warm"


def stored_by_one_of_several(a):
    machine = Machine(a[0])
    for _ in range(4):
        machine.state = machine.table[machine.state]()
    return machine.v * a[1]


PROGRAMS = (
    first_item_of_what_is_shared,
    shared_in_a_with_and_a_try,
    multiplied_in_place,
    items_of_a_class,
    stored_by_one_of_several,
)


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_program(f):
    check(f, A)
