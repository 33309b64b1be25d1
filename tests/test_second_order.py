"""The gradients of functions whose gradients call run-time helpers can be differentiated again."""

import math

import numpy as np
import pytest

from srcad.runtime import copy_tree
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


def dict_of_lists(d):
    total = 0.0
    for x in d["xs"]:
        total = total + np.sum(x**2) * d["s"]
    return total * total


def helper(p, x):
    w, b = p
    return np.tanh(w * x + b)


def layers(params, x):
    for p in params:
        x = helper(p, x)
    return np.sum(x * x)


def layer_loop(params, x):
    for w, b in params:
        x = np.tanh(w @ x + b)
    return np.sum(x * x)


def update_list(xs, n):
    for _ in range(n):
        for i in range(len(xs) - 1):
            xs[i] = xs[i] * xs[i + 1]
    return xs[0] * xs[1] + xs[2]


def list_arg_item_write(xs):
    xs[0][1:] = xs[1][1:] * xs[0][:-1]
    return np.sum(xs[0] ** 2)


def set_dict(d):
    d["y"] = d["x"] ** 2
    return np.sum(d["y"] * d["x"])


def stores_repeated(x, i):
    y = np.zeros((4, 2))
    y[i] = np.outer(x, x[:2])
    return np.sum(y**2)


def whole_tuple(p):
    q = (p[0] * 2.0, p[1] * p[0])
    return fold(q)


def fold(q):
    a, b = q
    if np.sum(a) > 100.0:
        return np.sum(a)
    return np.sum(a * b * b)


def maximum_of(xs):
    return max(xs) ** 2 * min(xs)


def sums(xs):
    return sum(xs) ** 2 + sum([x**3 for x in xs])


def array_of(xs):
    a = np.array(xs)
    return np.sum(a**3)


def stacked(xs):
    a = np.stack(xs)
    b = np.concatenate([xs[0], xs[1] ** 2])
    return np.sum(a**3) * np.sum(b)


def zipped(xs, ys):
    total = 0.0
    for x, y in zip(xs, ys):
        total = total + math.sin(x * y)
    return total


def enumerated(xs):
    total = 1.0
    for i, x in enumerate(xs):
        total = total * (x + i)
    return total


def aliases(xs):
    ys = xs
    a = ys[0]
    a[1] = a[0] * a[2]
    return np.sum(xs[0] ** 2) * np.sum(ys[1])


def passes_on(q, n):
    if n == 0:
        return fold(q)
    r = q
    return passes_on(r, n - 1) * 2.0


def whole(q):
    return passes_on(q, 2) + passes_on((q[1], q[0]), 1)


def keep(q, flag):
    r = q if flag else (q[1], q[0])
    return fold(r) * fold(q)


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
    dict_of_lists: ({"xs": [A, A * 2], "s": 0.3},),
    layers: (((0.3, 0.2), (0.5, -0.2)), A),
    layer_loop: (((np.outer(A, A), A), (np.outer(A, A) * 0.5, -A)), A * 1.5),
    update_list: ([0.3, 0.5, 0.7], 2),
    list_arg_item_write: ([A, A * 2],),
    set_dict: ({"x": A, "y": A * 2},),
    stores_repeated: (A, np.array([0, 2, 2])),
    whole_tuple: ((A, 0.4),),
    maximum_of: ([0.3, 0.5, 0.7],),
    sums: ([0.3, 0.5, 0.7],),
    array_of: ([0.3, 0.5, 0.7],),
    stacked: ([A, A * 2],),
    zipped: ([0.3, 0.5, 0.7], [0.1, 0.2, 0.3]),
    enumerated: ([0.3, 0.5, 0.7],),
    aliases: ([A, A * 2],),
    whole: ((A, A * 2),),
    keep: ((A, A * 2), True),
}


@pytest.mark.parametrize("f", CASES)
def test_twice(f):
    check(f, *CASES[f], argnums=0, order=2)


def test_a_copy_shares_memory_as_the_original_does():
    a = np.arange(6.0)
    view, other = a[1:4], np.zeros(2)
    copied = copy_tree({"a": a, "more": [view, other, (a, other)]})
    (b, seen, apart, (same, also)) = copied["a"], *copied["more"]
    assert b is same and apart is also and not np.shares_memory(a, b)
    seen[:] = 7.0
    assert b.tolist() == [0.0, 7.0, 7.0, 7.0, 4.0, 5.0]
    assert a.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
