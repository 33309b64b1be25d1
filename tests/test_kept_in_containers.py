"""What is put into containers, run through or indexed twice while memory is written into."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from tests.differences import check


class Point:
    def __init__(self, p):
        self.p = np.array([p, 1.0])


class Net:
    def __init__(self):
        self.points = []
        self.named = {}


def attribute_extended(x, a):
    net = Net()
    chain = [Point(x * i) for i in range(1, 4)]
    net.points += chain
    chain[2].p = a[:2] * x
    t = 0.0
    for m in net.points:
        m.p += x
        t += m.p @ m.p
    return t


def attribute_merged(x, a):
    net = Net()
    net.named["q"] = a * 1.0
    more = {"r": a * x, "s": x * x}
    net.named |= more
    more["r"][0] = x
    net.named["q"] += x
    return sum(np.sum(v) * k for k, v in enumerate(net.named.values(), 1))


def item_extended(x, a):
    rows = [[x], [a]]
    rows[0] += [x * 2, a * x]
    rows[0][2][1] = x**2
    return rows[0][1] * np.sum(rows[0][2]) + sum(np.sum(r) for row in rows for r in row)


def kept_with_a_tangent_of_its_own(x, a):
    kept = []
    kept.append(a * 1.0)
    kept.append(x)
    for k in range(2):
        kept[k] += x
    return sum(np.sum(v) * k for k, v in enumerate(kept, 1))


def written_while_it_is_run_through(x, a):
    b = a * x
    for e in a:
        a, b = b, a
        a[:] = np.tanh(e)
    return np.sum(a)


def _halved(a):
    if len(a) == 1:
        return a.copy()
    half = _halved(a[::2])
    return np.concatenate([half, half])


def repeated_index_of_what_changes(x, a):
    b = _halved(a[[2, 1, 2, 2]])
    a = b
    return np.sum(a) * x


def chained_as_it_was(x, a):
    y = x * 2
    t = 0.0
    for e in itertools.chain((x, math.cos(y)), [y, a[0] * y], [3.0]):
        y = y + e
        t = t + y * e
    return t


def chained_before_a_call(x, a):
    total = x

    def bump(u):
        nonlocal total
        total *= 0.3
        return u[1]

    s = a[0]
    for e in itertools.chain([a[1], total, x], (a[0], bump(a), total)):
        s = s + e
    return s


def list_of_what_may_be_an_array(x, a):
    b = _halved(np.array([x, a[0]]) * (x * np.ones(2)))
    t = 0.0
    for u, v in itertools.product(b, b):
        t = 0.5 * t + u * v
    return t


class Chain:
    def __init__(self, *blocks):
        self.blocks = blocks

    def __call__(self, x):
        for block in self.blocks:
            x = block(x)
        return x

    def __or__(self, other):
        return Chain(*self.blocks, other)


class LowPass:
    def __init__(self, alpha):
        self.alpha = alpha
        self.y = 0.0

    def __call__(self, x):
        self.y = self.y + self.alpha * (x - self.y)
        return self.y


def taken_out_of_what_was_just_made(x, a):
    chain = Chain(LowPass(x)) | LowPass(0.5)
    return sum(chain(s) ** 2 for s in a)


@pytest.mark.parametrize(
    "f",
    [
        attribute_extended,
        attribute_merged,
        item_extended,
        kept_with_a_tangent_of_its_own,
        written_while_it_is_run_through,
        repeated_index_of_what_changes,
        chained_as_it_was,
        chained_before_a_call,
        list_of_what_may_be_an_array,
        taken_out_of_what_was_just_made,
    ],
    ids=lambda f: f.__name__,
)
def test_both_modes_agree_with_differences(f):
    check(f, 0.7, np.array([0.3, -1.2, 0.8]))
