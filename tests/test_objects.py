"""Objects in functions: attributes read and written, by reference, in both modes and twice."""

from __future__ import annotations

import math
import types
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest

import srcad
from tests.differences import check, check_second


class Body:
    def __init__(self, x, v, m=1.0):
        self.x = x
        self.v = v
        self.m = m


@dataclass
class Pair:
    a: float
    b: float


@dataclass(frozen=True)
class Frozen:
    a: float
    w: np.ndarray


@dataclass(slots=True)
class Slotted:
    a: float
    w: np.ndarray


class Weighted(NamedTuple):
    a: float
    w: np.ndarray


# ---------------------------------------------------------------------------------------------
# Programs


def reads(p):
    return p.a * math.sin(p.b)


def stores(p):
    p.a = p.a * p.b
    p.b += p.a
    return p.a * p.b


def stores_in_a_loop(b, n):
    for _ in range(n):
        b.v -= 0.1 * b.x
        b.x += 0.1 * b.v
    return b.x**2


def arrays_bound_anew(b, n):
    for _ in range(n):
        b.v = b.v - 0.1 * np.sin(b.x)
        b.x = b.x + 0.1 * b.v
    return np.sum(b.x**2 * b.m)


def arrays_updated_in_place(b, n):
    for _ in range(n):
        b.v -= 0.1 * np.sin(b.x)
        b.x += 0.1 * b.v
    return np.sum(b.x**2 * b.m)


def elements_of_arrays(b):
    b.x[0] = b.x[1] * b.v[0]
    b.x[1] += b.x[0] * b.v[1]
    return np.sum(b.x**2)


def a_name_for_an_attribute(b):
    x = b.x
    x[0] = x[1] * b.v[0]
    return np.sum(b.x**2)


def stores_in_branches(b):
    if b.x > 0:
        b.v = b.v * b.x
    else:
        b.v = -b.v
        b.x = b.x * 2
    return b.v * b.x


def objects_in_a_list(bs, n):
    for _ in range(n):
        for b in bs:
            b.v += -0.1 * b.x
        for b in bs:
            b.x += 0.1 * b.v
    total = 0.0
    for b in bs:
        total += b.m * b.v**2
    return total


def move(b, h):
    b.v -= h * b.x
    b.x += h * b.v


def energy(b):
    return 0.5 * b.v**2 + b.x**4


def called_functions(b, h):
    for _ in range(3):
        move(b, h)
    return energy(b)


def two_names(b):
    c = b
    c.x = c.x * 2
    b.v = b.x * c.v
    return c.v * b.x


def attributes_swapped(a, b):
    a.x, b.x = b.x, a.x
    return a.x**2 * b.x + a.v


def arrays_swapped(a, b):
    a.x, b.x = b.x, a.x
    a.x += 1.0
    a.x *= b.x
    return np.sum(a.x**2) + np.sum(b.x)


def names_swapped(a, b):
    a, b = b, a
    a.x = a.x * b.v
    return a.x**2 + b.x


def objects_in_objects(o):
    o.p.a = o.p.a * o.p.b
    return o.p.a**2 + o.p.b


def slots(s):
    s.a = s.a * np.sum(s.w)
    s.w[0] = s.a
    return np.sum(s.w**2)


def named_tuple(t):
    return t.a * np.sum(t.w**2)


def named_tuple_unpacked(t):
    a, w = t
    return a * np.sum(w**2) + t[0]


def frozen(f):
    return f.a * np.sum(f.w)


def none_at_first(b):
    if b.m is None:
        b.m = b.x * 2
    return b.m * b.v


def text_decides(b):
    if b.m == "quad":
        return b.x**2 * b.v
    return b.x * b.v


def objects_in_a_dict(d):
    for k in d:
        d[k].x *= 2.0
    return d["a"].x * d["b"].x


def chained(b):
    b.x = b.v
    b.x = b.x * b.v
    b.v = 3.0
    return b.x + b.v


def one_array_under_two_attributes(b):
    b.x = b.v
    b.x[0] = 2.0 * b.v[1]
    return np.sum(b.x * b.v)


def while_loop(b):
    n = 0
    while n < 4:
        b.x = b.x * b.v
        n += 1
    return b.x


def by_index(bs):
    for i in range(len(bs)):
        for j in range(len(bs)):
            if i != j:
                bs[i].v += (bs[j].x - bs[i].x) * bs[j].m
    return sum([b.v**2 for b in bs])


def by_constant_names(b):
    b.x = b.x * 2
    return b.x * b.v if hasattr(b, "v") else b.x


def dict_refers_to_array(d, y):
    d["x"] = y
    y[0] = 3 * y[1]
    return np.sum(d["x"] * y)


def dict_refers_to_itself(d):
    d["x"] = d["v"]
    d["x"][0] = 2.0 * d["v"][1]
    return np.sum(d["x"] * d["v"])


def dicts_swap_arrays(a, b):
    a["x"], b["x"] = b["x"], a["x"]
    a["x"] += 1.0
    a["x"] *= b["x"]
    return np.sum(a["x"] ** 2) + np.sum(b["x"])


def entry_read_before_it_is_bound_anew(d):
    y = d["x"][1]
    d["x"] = np.ones(2) * d["v"]
    d["v"] = 2 * d["x"]
    return y**2 + np.sum(d["v"])


def entry_known_by_a_name(d):
    x = d["x"]
    d["x"] += d["v"]
    y = np.sum(x**2)
    d["x"] *= 3.0
    return y + np.sum(x * d["x"])


def list_swaps_arrays(xs):
    xs[0], xs[1] = xs[1], xs[0]
    xs[0] *= 2.0
    xs[1][0] = xs[0][1] ** 2
    return np.sum(xs[0] * xs[1])


def list_item_replaced(xs):
    t = xs[0]
    xs[0] = xs[1]
    t[0] = 5.0 * xs[1][0]
    xs[1] *= 2.0
    return np.sum(xs[0]) + np.sum(t**2)


def list_as_history(xs, n):
    for _ in range(n):
        new = xs[0] * xs[1]
        xs[1] = xs[0]
        xs[0] = new
        xs[1] += 0.1 * new
    return np.sum(xs[0]) + np.sum(xs[1] ** 2)


def list_of_list_items(xs):
    ys = [xs[1], xs[0]]
    ys[0][0] = ys[1][1] ** 2
    xs[0][1] *= ys[0][0]
    return np.sum(xs[0] * xs[1])


def list_appended_to(xs):
    ys = []
    for x in xs:
        ys.append(x)
    ys[0][0] = 3 * xs[1][0]
    return np.sum(xs[0] * xs[1])


def tuple_refers_to_array(a):
    t = (a, 2.0)
    y = np.sum(t[0] ** 2)
    a[0] = 5 * a[1]
    return y + a[0]


def dict_grows(a, b):
    d = {"p": a}
    d["q"] = b
    d["p"][0] = d["q"][0] * a[1]
    b[1] *= d["p"][0]
    return np.sum(a * b)


def dict_from_nothing(a, b):
    d = {}
    d["q"] = b
    b[1] *= a[0]
    return np.sum(a * b * d["q"])


def list_written_while_iterated(xs):
    n = 0
    for x in xs:
        xs[n] = x * 2.0
        n += 1
    return np.sum(xs[0] * xs[1])


def entries_rotate(d, n):
    for i in range(n):
        t = d["x"]
        d["x"] = d["v"]
        d["v"] = t
        d["x"][0] *= 1.5
        t[1] += d["x"][0]
    return np.sum(d["x"] * d["v"] ** 2)


def done_in_an_expression(x):
    xs = []
    y = (xs.append(x), 2.0)[1]
    if xs.append(x * x) is None:
        y = y * 3.0
    return xs[0] * xs[1] * y


def done_by_what_is_returned(x):
    xs = []

    def put(v):
        return xs.append(v * v)

    put(x)
    put(2 * x)
    return xs[0] * xs[1]


def two_taken_off(x):
    xs = [x, x * x]
    z = xs.pop()
    y = xs.pop()
    return y * z


def list_of_an_object(x):
    b = types.SimpleNamespace(items=[], n=0)
    for i in range(3):
        b.items.append(x * i)
        b.n += 1
    y = b.items[1] * b.items[2]
    b.items.append(x)
    b.items = []
    return y * x


def appended_after_the_last_use(x):
    xs = []
    xs.append(x)
    y = xs[0] * 2
    xs.append(5.0 * x)
    return y * len(xs)


def list_grows_and_shrinks(x):
    xs = [x, x * 2]
    for i in range(3):
        y = xs[i] * xs[i + 1]
        xs.append(y)
    z = xs[-1] * 2
    for i in range(2):
        xs.pop()
    xs.append(1.0)
    return z * len(xs)


def list_by_two_names(x):
    xs = [x, x * x, 3 * x]
    ys = xs
    ys.append(2 * x)
    a = xs.pop()
    b = ys.pop()
    xs.append(a * b)
    return ys[-1] * ys[0]


def stack_in_a_dict(x):
    d = {"s": [x, 2 * x]}
    s = d["s"]
    while len(s) > 0:
        v = d["s"].pop()
        if v < 10:
            s.append(v * v * 10)
        else:
            x = x + v
    return x


class Counter:
    def __init__(self, v):
        self.v = v

    def bump(self, k):
        for _ in range(2):
            self.v = self.v * k
        return self.v


class Meter:
    def __init__(self, v):
        self.v = v
        self.w = v

    def bump(self, k):
        for _ in range(2):
            self.v = self.v * k
        return self.v * 3

    def go(self, k):
        self.v += self.bump(k)
        self.w *= self.bump(k)


def read_before_it_is_taken_off(x):
    xs = [x, 2 * x]
    return xs[-1] * xs.pop()


def counted_before_it_is_taken_off(x):
    xs = [x, 2 * x, 3 * x]
    return len(xs) * xs.pop() * x + xs[-1]


def read_before_a_method_changes_it(x):
    c = Counter(x)
    return c.v * c.bump(x) + c.v


def listed_while_a_method_changes_it(x):
    c = Counter(x)
    ys = [c.v, c.bump(2.0), c.v]
    return ys[0] * ys[1] * ys[2]


def updated_by_a_method_that_changes_it(x):
    c = Meter(x)
    c.go(x)
    return c.v * c.w


def stored_by_what_is_taken_off(x):
    xs = [x, 2 * x, 3 * x]
    xs[len(xs) - 1] = xs.pop() * x
    return xs[0] * xs[1]


# ---------------------------------------------------------------------------------------------
# Tests


def arrays() -> dict[str, Any]:
    return {"x": np.array([1.0, 2.0]), "v": np.array([0.5, 0.1])}


def body() -> Body:
    return Body(**arrays(), m=2.0)


def pair() -> list[np.ndarray]:
    return list(arrays().values())


def bodies() -> list[Body]:
    return [Body(1.0, 0.5), Body(0.3, 0.2, 2.0)]


CASES = [
    (reads, Pair(1.2, 0.7)),
    (stores, Pair(1.2, 0.7)),
    (stores_in_a_loop, Body(1.0, 0.5), 3),
    (arrays_bound_anew, body(), 3),
    (arrays_updated_in_place, body(), 3),
    (elements_of_arrays, body()),
    (a_name_for_an_attribute, body()),
    (stores_in_branches, Body(1.0, 0.5)),
    (stores_in_branches, Body(-1.0, 0.5)),
    (objects_in_a_list, bodies(), 3),
    (called_functions, Body(1.0, 0.5), 0.1),
    (two_names, Body(1.0, 0.5)),
    (attributes_swapped, Body(1.0, 0.5), Body(0.3, 0.2)),
    (arrays_swapped, body(), Body(np.array([0.3, 0.1]), 0.2)),
    (names_swapped, Body(1.0, 0.5), Body(0.3, 0.2)),
    (objects_in_objects, types.SimpleNamespace(p=Pair(1.2, 0.3))),
    (slots, Slotted(1.1, np.array([1.0, 2.0]))),
    (named_tuple, Weighted(1.1, np.array([1.0, 2.0]))),
    (named_tuple_unpacked, Weighted(1.1, np.array([1.0, 2.0]))),
    (frozen, Frozen(1.1, np.array([1.0, 2.0]))),
    (none_at_first, Body(1.0, 0.5, None)),
    (text_decides, Body(1.0, 0.5, "quad")),
    (objects_in_a_dict, {"a": Body(1.0, 0.5), "b": Body(2.0, 0.5)}),
    (chained, Body(1.0, 0.5)),
    (one_array_under_two_attributes, Body(**arrays())),
    (while_loop, Body(1.0, 0.5)),
    (by_index, bodies()),
    (by_constant_names, Body(1.0, 0.5)),
    (dict_refers_to_array, arrays(), np.array([0.3, 0.4])),
    (dict_refers_to_itself, arrays()),
    (dicts_swap_arrays, arrays(), arrays()),
    (entry_read_before_it_is_bound_anew, arrays()),
    (entry_known_by_a_name, arrays()),
    (list_swaps_arrays, pair()),
    (list_item_replaced, pair()),
    (list_as_history, pair(), 3),
    (list_of_list_items, pair()),
    (list_appended_to, pair()),
    (tuple_refers_to_array, np.array([1.0, 2.0])),
    (dict_grows, *pair()),
    (dict_from_nothing, *pair()),
    (list_written_while_iterated, pair()),
    (entries_rotate, arrays(), 3),
    (done_in_an_expression, 1.3),
    (done_by_what_is_returned, 1.3),
    (read_before_it_is_taken_off, 1.3),
    (counted_before_it_is_taken_off, 1.3),
    (read_before_a_method_changes_it, 1.3),
    (listed_while_a_method_changes_it, 1.3),
    (updated_by_a_method_that_changes_it, 1.3),
    (stored_by_what_is_taken_off, 1.3),
    (two_taken_off, 1.3),
    (list_of_an_object, 1.3),
    (appended_after_the_last_use, 1.3),
    (list_grows_and_shrinks, 1.3),
    (list_by_two_names, 1.3),
    (stack_in_a_dict, 1.3),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0].__name__)
def test_derivatives(case):
    check(*case)


# what a call overwrites is put back as a whole, and that has no derivative yet
ONCE = (updated_by_a_method_that_changes_it,)
TWICE = [case for case in CASES if case[0] not in ONCE]


@pytest.mark.parametrize("case", TWICE, ids=lambda case: case[0].__name__)
def test_second_derivatives(case):
    check_second(*case)


def test_the_shadow_reads_as_the_object_does():
    text = srcad.grad(stores_in_a_loop).source_for(Body(1.0, 0.5), 3)
    assert "db.x -= 0.1 * db.v" in text or "db.x += -0.1 * db.v" in text, text


def test_a_gradient_is_of_the_class_of_the_argument():
    found = srcad.grad(frozen)(Frozen(1.1, np.array([1.0, 2.0])))
    assert type(found) is Frozen
    found = srcad.grad(text_decides)(Body(1.0, 0.5, "quad"))
    assert type(found) is Body and found.m == "quad"


def moves_both(a, b):
    a.x = a.x * b.v
    b.x += a.x
    return a.x * b.x


def test_arguments_that_share_an_object_are_refused():
    shared = Body(1.0, 2.0)
    with pytest.raises(srcad.errors.SharedMemory, match="share an object"):
        srcad.grad(moves_both)(shared, shared)


def test_arguments_that_share_an_array_inside_objects_are_refused():
    def fills(a, b):
        a.x[0] = a.x[1] * 2
        return np.sum(b.x * a.x)

    w = np.array([1.0, 2.0])
    with pytest.raises(srcad.errors.SharedMemory):
        srcad.grad(fills)(Body(w, 1.0), Body(w, 1.0))
