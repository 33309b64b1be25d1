"""What the methods of lists and dicts do to the numbers in them."""

import numpy as np
import pytest

from tests.differences import check

X = np.array([0.3, 0.7, 0.4])


def inserted(x):
    xs = [x[0], x[1]]
    xs.insert(1, x[2] * x[0])
    xs.insert(0, x[1])
    return xs[2] * xs[1] + xs[0] * xs[3]


def popped_from_the_front(x):
    xs = [x[0], x[1] * x[0], x[2]]
    s = 0.0
    while xs:
        s = s * x[0] + xs.pop(0) * xs[-1] if len(xs) > 1 else s + xs.pop(0)
    return s


def popped_inside(x):
    xs = [x[0], x[1] * x[0], x[2]]
    y = xs.pop(-2)
    return y * xs[1]


def turned(x):
    xs = [x[0], x[1] * x[0], x[2]]
    xs.reverse()
    return xs[0] * xs[1] ** 2


def sorted_in_place(x):
    xs = [x[0] * 2, x[1] * x[0], x[2]]
    xs.sort()
    return xs[0] * xs[1] ** 2 + 3 * xs[2]


def sorted_by_a_key(x):
    xs = [x[0] * 2, x[1] * x[0], x[2]]
    xs.sort(key=abs, reverse=True)
    return xs[0] * xs[1] ** 2 + 3 * xs[2]


def sorted_anew(x):
    ys = sorted([x[0] * 2, x[1] * x[0], x[2]], reverse=True)
    return ys[0] * ys[1] ** 2 + 3 * ys[2]


def sorted_pairs(x):
    ys = [(x[0] * 2, 1.0), (x[1] * x[0], 2.0), (x[2], x[0])]
    ys.sort(key=first)
    return ys[0][0] * ys[1][0] ** 2 + 3 * ys[2][1]


def first(p):
    return p[0]


def extended(x):
    xs = [x[0]]
    xs.extend([x[1] * x[0], x[2]])
    xs += [xs[0] * xs[1]]
    xs.extend(x * 2)
    return xs[1] * xs[3] * xs[4] * xs[2]


def cleared(x):
    xs = [x[0]]
    t = xs[0] * x[1]
    xs.clear()
    xs.append(t * x[2])
    return xs[0] * t


def removed(x):
    xs = [x[0], x[1], x[2]]
    xs.remove(x[1])
    return xs[0] * xs[1]


def deleted(x):
    xs = [x[0], x[1], x[2]]
    del xs[1]
    ys = [x[0], x[1], x[2] * x[1]]
    del ys[0:1]
    return xs[0] * xs[1] * ys[1]


def sliced(x):
    xs = [x[0], x[1], x[2]]
    xs[1:] = [x[0] * x[1], x[2], x[1]]
    xs[::2] = [xs[1], xs[0]]
    return xs[0] * xs[1] * xs[2] * xs[3]


def searched(x):
    xs = [x[0], x[1], x[2]]
    k = xs.index(x[1])
    c = xs.count(x[1])
    return xs[k] * c * xs[0]


def repeated(x):
    xs = [x[0], x[1]] * 2 + [x[2]]
    xs = xs + xs
    return xs[2] * xs[4] * xs[6]


def copied(x):
    xs = [x[0], x[1]]
    ys = xs.copy()
    ys[0] = x[2] * x[0]
    return xs[0] * ys[0] * ys[1]


def dict_methods(x):
    d = {"a": x[0], "b": x[1]}
    d.update({"b": x[2] * x[0], "c": x[1]})
    e = d | {"a": x[2]}
    e |= {"f": d["a"] * 2}
    v = e.pop("b")
    w = e.setdefault("g", x[1] * x[2])
    u = e.setdefault("a", x[1] * x[2])
    s = 0.0
    for k, q in e.items():
        s += q * q
    for q in d.values():
        s += q
    for k in d:
        s += d[k] ** 3
    return s * v * w * u + e.get("zz", x[0])


def key_deleted(x):
    d = {"a": x[0], "b": x[1]}
    t = d["a"] * x[2]
    del d["a"]
    for k, v in d.items():
        t += v * t
    d["a"] = t * x[0]
    return d["a"] * d["b"]


def last_item_taken(x):
    d = {"a": x[0], "b": x[1]}
    _, v = d.popitem()
    d2 = d.copy()
    d.clear()
    return v * x[2] * d2["a"]


def keys_while_it_grows(x):
    d = {0: x[0]}
    s = 0.0
    for n in range(3):
        for k in d:
            s += d[k] * x[1] * (k + 1)
        d[n + 1] = s * x[2]
    return s * d[2]


def breadth_first(x):
    q = [(0, x[0])]
    s = 0.0
    while q:
        lev, v = q.pop(0)
        s += v * v * (lev + 1)
        if lev < 3:
            q.append((lev + 1, v * x[1]))
            q.append((lev + 1, v * x[2]))
    return s


LISTS = [
    inserted,
    popped_inside,
    turned,
    sorted_in_place,
    sorted_by_a_key,
    sorted_anew,
    extended,
    cleared,
    removed,
    deleted,
    sliced,
    searched,
    repeated,
    copied,
]
FIRST_ORDER = [
    popped_from_the_front,
    sorted_pairs,
    dict_methods,
    key_deleted,
    last_item_taken,
    keys_while_it_grows,
    breadth_first,
]


@pytest.mark.parametrize("f", LISTS, ids=lambda f: f.__name__)
def test_lists(f):
    check(f, X, order=2)


@pytest.mark.parametrize("f", FIRST_ORDER, ids=lambda f: f.__name__)
def test_first_order(f):
    check(f, X)
