"""The gradients of functions whose gradients call run-time helpers can be differentiated again."""

import math

import numpy as np
import pytest

from tests.differences import check


def of_tuple(p):
    w, b = p
    return np.sum(np.tanh(w * b) * w)


def of_tuple_items(p):
    return np.sum(p[0] ** 2 * p[1]) + p[1] ** 3


def of_list(xs):
    total = 0.0
    for x in xs:
        total = total + x * x * x
    return total


def of_arrays(xs):
    total = 0.0
    for x in xs:
        total = total + np.sum(np.sin(x) * x)
    return total


def of_dict(d):
    return np.sum(d["w"] ** 2 * d["b"]) + math.sin(d["b"]) * d["b"]


def of_nested(d):
    (w, b), c = d["layers"], d["c"]
    return np.sum(np.exp(w * c)) * b + c**3


def over_pairs(pairs):
    total = 0.0
    for w, b in pairs:
        total = np.tanh(total * w + b) + w * b
    return total


def gathers(x, i):
    return np.sum(x[i] ** 3)


def stores(x, i):
    y = np.zeros(4)
    y[i] = x * x
    return np.sum(y**2 * np.arange(4.0))


def stores_at_mask(x, m):
    y = x * 2.0
    y[m] = y[m] ** 2
    return np.sum(y * x)


def fills_list(x):
    ys = []
    for i in range(3):
        ys.append(x * x * i)
    total = 0.0
    for y in ys:
        total = total + y * x
    return total


def list_store(xs):
    ys = [x * x for x in xs]
    ys[0] = ys[1] * ys[0]
    return ys[0] * ys[1] + ys[2]


def pairs_of(x):
    t = (x * x, np.sum(x))
    a, b = t
    return np.sum(a * b)


def either(x, flag):
    t = (x, x * x) if flag else (x * x, x)
    return np.sum(t[0] * t[1] ** 2)


def rows(m):
    total = 0.0
    for row in m:
        total = total + np.sum(row**3) * row[0]
    return total


def writes(x):
    x[1:] *= x[:-1]
    x[0] = x[0] ** 2
    return np.sum(x**2)


A = np.array([0.3, -0.7, 1.1])
CASES = {
    of_tuple: ((A, 0.4),),
    of_tuple_items: ((A, 0.4),),
    of_list: ([0.3, 0.5, 0.7],),
    of_arrays: ([A, A * 2],),
    of_dict: ({"w": A, "b": 0.3},),
    of_nested: ({"layers": (A, 0.7), "c": 0.2},),
    over_pairs: (((0.3, 0.4), (0.2, -0.5)),),
    gathers: (A, np.array([0, 2, 2, 1])),
    stores: (A, np.array([0, 2, 2])),
    stores_at_mask: (A, np.array([True, False, True])),
    fills_list: (0.7,),
    list_store: ([0.3, 0.5, 0.7],),
    pairs_of: (A,),
    either: (A, True),
    rows: (np.outer(A, A) + 1.0,),
    writes: (A,),
}


@pytest.mark.parametrize("f", CASES)
def test_twice(f):
    check(f, *CASES[f], argnums=0, order=2)
