"""Values of which it is known only as the program runs whether they are numbers or arrays."""

from __future__ import annotations

import numpy as np
import pytest

import srcad
from srcad.errors import SrcadError
from tests.differences import check


def mixed_list(x, a):
    xs = [x, a, x * 2.0]
    s = 0.0
    for v in xs:
        s = s + np.sum(v) * 1.5
    xs[1][0] = 5.0
    xs[0] = xs[1]
    xs[0][1] = x
    return s + np.sum(xs[0]) * x + np.sum(xs[2])


def mixed_dict(x, a):
    d = {"p": x, "q": a}
    out = []
    for k in ["p", "q", "p"]:
        v = d[k]
        out.append(v)
        d[k] = v * x
    d["q"][0] = x * x
    w = out[1]
    w[1] = 3.0 * x
    return sum(np.sum(o * o) for o in out) + np.sum(d["p"]) * np.sum(d["q"])


def stack(x, a):
    stack = [x, a, x * a]
    t = 0.0
    a[0] = x * 3
    while stack:
        v = stack.pop()
        w = v
        w = w * 2.0
        t = t + np.sum(w * v)
    return t


def updated_in_place(x, a):
    xs = [x * 1.0, a]
    tot = 0.0
    for v in xs:
        w = v
        w += x
        tot = tot + np.sum(w * v)
    return tot + np.sum(a) * x


def _pick(v, a, flag):
    if flag > 1:
        return a
    return v


def lent_by_a_call(x, a):
    tot = 0.0
    xs = [x, a]
    for i in range(3):
        r = _pick(xs[0], xs[1], i)
        tot = tot + np.sum(r * r)
        xs[1][0] = tot * 0.1
        r = r * x
        tot = tot + np.sum(r)
    return tot


def put_together_anew(x, a):
    xs = [x, a, 2 * x]
    ys = xs[1:] + [x * x]  # noqa: RUF005
    ys[0][1] = x**3
    zs = list(ys)
    zs[1] = zs[1] * x
    return sum(np.sum(y) for y in ys) + np.sum(zs[1]) * np.sum(xs[1] * xs[1])


class Part:
    def __init__(self, a, b):
        self.a = a
        self.b = b

    def grow(self, x):
        self.a = self.a * x
        return self.b


def in_objects(x, a):
    ps = [Part(x, a), Part(a, x), Part(x * x, 2.0 * a)]
    t = 0.0
    for p in ps:
        b = p.grow(x)
        t = t + np.sum(b * p.a)
    a[0] = t
    return t + sum(np.sum(p.a * p.b) for p in ps) + np.sum(a)


def chosen(x, a):
    xs = [x, a]
    t = 0.0
    for k in range(3):
        v = xs[k % 2] if k < 2 else x * x
        w = v if k else xs[0]
        t = t + np.sum(w * v)
        xs[1][0] = t
    return t


def best_so_far(x, a):
    best = None
    for k, v in enumerate([x, 3.0 * x, 2.0 * x]):
        if best is None or v > best[0]:
            best = (v, a)
    a[0] = x
    return best[0] * np.sum(best[1])


def views_that_may_be_copies(x, a):
    rows = []
    m = np.outer(a, a) * x
    for k in range(2):
        rows.append(m.T.reshape(-1) if k else m.reshape(-1))
        m[0, k] = x
    rows[0][1] = 2.0 * x
    return np.sum(m) * np.sum(rows[0] * rows[1])


FUNCTIONS = (
    mixed_list,
    mixed_dict,
    stack,
    updated_in_place,
    lent_by_a_call,
    put_together_anew,
    in_objects,
    chosen,
    best_so_far,
    views_that_may_be_copies,
)


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_both_modes_agree_with_differences(f):
    check(f, 0.7, np.array([0.3, -1.2]))


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_in_a_loop_a_branch_and_a_called_function(f):
    def around(x, a):
        total = 0.0
        for k in range(2):
            if k:
                total = total + f(x * 1.1, a * x) * x
            else:
                total = total + f(x, a.copy())
        return total

    check(around, 0.7, np.array([0.3, -1.2]))


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_the_second_derivative_is_right_or_refused(f):
    h = 1e-5
    a = np.array([0.3, -1.2])
    try:
        got = srcad.grad(srcad.grad(f))(0.7, a)
    except SrcadError:
        return
    first = srcad.grad(f)
    want = (first(0.7 + h, a) - first(0.7 - h, a)) / (2 * h)
    assert got == pytest.approx(want, rel=1e-6)
