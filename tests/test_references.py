"""Lists, tuples and dicts that refer to arrays, which are written into by either name."""

import numpy as np
import pytest

from tests.differences import check

X = np.array([0.3, 0.7, 0.4])
Y = np.array([0.5, -0.2, 0.9])


def appended(x):
    xs = []
    v = np.sin(x)
    xs.append(v)
    v[0] = x[1] * 2
    xs[0][1] *= 3.0
    return np.sum(xs[0] * v)


def stored_in_a_list(x):
    xs = [x, x]
    v = np.sin(x)
    xs[1] = v
    v[0] = x[1] * 2
    xs[1][1] *= 3.0
    return np.sum(xs[1] * v)


def stored_in_a_dict(x):
    d = {}
    v = np.sin(x)
    d["v"] = v
    v[0] = x[1] * 2
    d["v"][1] *= 3.0
    return np.sum(d["v"] * v)


def stored_then_replaced(x):
    xs = [np.cos(x), x]
    v = np.sin(x)
    for i in range(3):
        v[i] = xs[0][i] * v[0]
        xs[0] = v * xs[1]
        xs[1] = v
        xs[1][0] *= 1.5
    return np.sum(xs[0] * xs[1] * v)


def stored_in_a_slice(x):
    xs = [x * 2, x]
    v = np.sin(x)
    xs[0:1] = [v, v, x * 3]
    v[0] = x[1] * 2
    xs[1][1] *= 3.0
    xs[2][0] = v[2]
    return np.sum(xs[1] * v * xs[2]) + xs[3][0]


def shown_in_a_dict(x):
    v = np.sin(x)
    d = {"v": v, "w": v * 2.0}
    v[0] = x[1] * 2
    d["v"][1] *= 3.0
    d["w"][2] = v[1]
    return np.sum(d["v"] * v * d["w"])


def lists_added(x):
    v = np.sin(x)
    xs = [x * 2, v]
    v[0] = x[1] * 2
    xs[1][1] *= 3.0
    xs[0][0] = v[2]
    return np.sum(xs[1] * v * xs[0])


def list_repeated(x):
    v = np.sin(x)
    xs = [v] * 2
    v[0] = x[1] * 2
    xs[0][1] *= 3.0
    return np.sum(xs[1] * v)


def list_copied(x):
    v = np.sin(x)
    xs = [v]
    ys = xs[:]
    zs = list(ys)
    us = zs.copy()
    v[0] = x[1] * 2
    us[0][1] *= 3.0
    ys[0] = x
    return np.sum(xs[0] * v) + ys[0][0]


def dict_copied(x):
    d = {"v": np.sin(x)}
    e = d.copy()
    e["v"][0] = x[1] * 2
    e["w"] = e["v"] * d["v"]
    return np.sum(e["w"]) + d["v"][0]


def last_appended_again(x):
    xs = []
    v = np.sin(x)
    xs.append(v)
    for _ in range(2):
        xs.append(xs[-1])
    xs[0][1] *= 3.0
    return np.sum(xs[2] * v)


def rows_that_grow(x):
    xs = []
    for i in range(3):
        row = [x[i] * j for j in range(2)]
        xs.append(row)
    xs[1][0] = x[2] * xs[0][1]
    xs[2].append(x[0] * x[1])
    return xs[1][0] * xs[2][2] + xs[1][1]


def memory_that_changes_names(x, y):
    q = y / x
    y, q = q, y
    w = y
    w[1] /= 1.5
    return np.sum(q) + np.sum(np.sin(w))


def push(xs, v, n):
    for _ in range(n):
        xs.append(v)


def appended_by_a_call(x):
    xs = []
    v = np.sin(x)
    push(xs, v, 2)
    v[0] = x[1] * 2
    xs[1][1] *= 3.0
    return np.sum(xs[0] * v)


# ---------------------------------------------------------------------------------------------
# Functions that return what they were given


def scaled(a, n):
    for _ in range(n):
        a[0] *= 1.5
    return a


def returned_argument(x):
    b = np.sin(x)
    r = scaled(b, 2)
    r[1] = r[0] * r[1]
    return np.sum(b * b)


def pick(a, b, k):
    if k > 2:
        return a
    for _ in range(k):
        b = b * a
    return b


def returned_one_of_two(x, y):
    u, v = np.sin(x), np.cos(y)
    total = 0.0
    for k in range(4):
        r = pick(u, v, k)
        r[1] = r[0] * u[1]
        r *= 2.0
        total += np.sum(r * u)
    return np.sum(u * v) + total


def both(a, s):
    for i in range(2):
        s = s * a[i]
    return s, a


def returned_in_a_tuple(x, y):
    u = np.sin(x)
    t, r = both(u, y[0])
    r[0] = t * r[1]
    return np.sum(u**2) + t


def grown(xs, n, x):
    if n == 0:
        return xs
    xs.append(x * n)
    return grown(xs, n - 1, x)


def grown_by_recursion(x):
    r = grown([], 4, x[0])
    r[1] = r[2] * x[1]
    return r[0] + r[1] * r[3]


ONE = [
    grown_by_recursion,
    appended,
    stored_in_a_list,
    stored_in_a_dict,
    stored_then_replaced,
    stored_in_a_slice,
    shown_in_a_dict,
    lists_added,
    list_repeated,
    list_copied,
    dict_copied,
    last_appended_again,
    rows_that_grow,
    appended_by_a_call,
    returned_argument,
]
TWO = [memory_that_changes_names, returned_one_of_two, returned_in_a_tuple]


FIRST_ORDER = [grown_by_recursion, rows_that_grow, returned_one_of_two, returned_in_a_tuple]


@pytest.mark.parametrize("f", ONE + TWO, ids=lambda f: f.__name__)
def test_references(f):
    order = 1 if f in FIRST_ORDER else 2
    check(f, *((X, Y) if f in TWO else (X,)), order=order)
