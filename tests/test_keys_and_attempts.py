"""Keys that a dict comes to have, and attempts in loops: what the reverse sweep puts back."""

import numpy as np
import pytest

import srcad
from tests.differences import check


def key_test_with_values(x):
    d = {}
    y = x
    for k in ["a", "b", "a", "c"]:
        y = y * x if k in d else y + x
        d[k] = y
    return sum(d.values())


def key_of_another(x):
    d = {}
    y = x
    for i in range(4):
        y = y * x if (i % 2) in d else y * 2
        d[i % 2] = y
        y = y + (x if 5 in d else 2 * x)
    return y


def key_in_copy(x):
    d = {"a": [x]}
    e = dict(d)
    e["a"].append(x * x)
    e["b"] = x
    return sum(d["a"]) * len(d) * e["b"]


def length_of_growing(x):
    d = {"a": [x]}
    e = dict(d)
    for k in ["b", "c", "b"]:
        e[k] = x * len(e)
        e["a"].append(e[k])
    return sum(d["a"]) * e["b"] + e["c"]


def items_of_growing(x):
    d = {}
    for i in range(4):
        for k, v in list(d.items()):
            d[k] = v * x
        d[i] = x + len(d)
    return sum(d.values())


def sums_over_growing(x):
    d = {}
    for i in range(4):
        s = 0.0
        for k in d:
            s += d[k] * x
        d[i] = s + x
    return d[3]


def memo(x):
    known = {}

    def fib(n):
        if n in known:
            return known[n]
        r = x if n < 2 else fib(n - 1) * x + fib(n - 2)
        known[n] = r
        return r

    return fib(5)


def deleted_and_stored(x):
    d = {"a": x}
    y = x
    for i in range(3):
        t = len(d)
        d[i] = y
        y = y * x + t
        d.pop("a", None)
    return y * d[1]


def loop_in_attempt(x):
    a = np.zeros(3)
    i = 0
    try:
        while True:
            a[i] = x * (i + 1)
            i += 1
    except IndexError:
        pass
    return np.sum(a * a)


def loop_in_attempt_in_loop(x):
    a = np.zeros(4)
    i = 0
    s = x
    while True:
        try:
            while True:
                a[i] = s * x
                i += 1
                s = s * x + i
        except IndexError:
            break
    return np.sum(a * a) * s


PROGRAMS = [
    *(key_test_with_values, key_of_another, key_in_copy, length_of_growing, items_of_growing),
    *(sums_over_growing, memo, deleted_and_stored, loop_in_attempt, loop_in_attempt_in_loop),
]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_put_back(f):
    check(f, 0.7)


@pytest.mark.parametrize("f", [key_test_with_values, sums_over_growing], ids=lambda f: f.__name__)
def test_second_order(f):
    check(f, 0.7, order=2)


def half_divided(x):
    a = np.array([x, 1.0, 2.0])
    try:
        with np.errstate(all="raise"):
            a /= np.array([x, 0.0, 2.0])
    except FloatingPointError:
        pass
    return np.sum(a * a)


def test_half_done_is_refused():
    with pytest.raises(srcad.errors.UnsupportedConstruct, match="half done"):
        srcad.grad(half_divided)(0.7)
    with pytest.raises(srcad.errors.UnsupportedConstruct, match="half done"):
        srcad.jvp(half_divided, (0.7,), (1.0,))
