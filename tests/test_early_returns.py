"""The halves of functions that return early: each path hands over what its reverse half reads."""

import math

import numpy as np
import pytest

import srcad
from tests import differences


def power(x, n):
    if n == 0:
        return 1.0 + 0.0 * x
    half = power(x, n // 2)
    if n % 2:
        return half * half * x
    return half * half


def of_power(x):
    return power(x, 5)


def rebound(x, n):
    if n == 0:
        y = 2.0 * x
    else:
        y = x * x
    n = n - 1
    if n == 0:
        return y
    return rebound(math.sin(y), n)


def of_rebound(x):
    return rebound(x, 3)


def shrinking(x):
    if len(x) == 1:
        return x[0]
    inner = shrinking(x[1:])
    return inner * math.cos(inner) + x[0]


def by_value(x, limit):
    if x > limit:
        return x
    y = by_value(2.0 * x + 0.1, limit)
    return y * math.exp(-y)


def of_by_value(x):
    return by_value(x, 3.0)


def partly(x, n):
    if n < 1:
        if n == 0:
            z = x * x
            return z * math.sin(z)
        return x
    r = partly(x, n - 1)
    if r > 0.0:
        w = r * r
    else:
        w = -r
    return w * x + r


def of_partly(x):
    return partly(x, 3) + partly(x, -1)


def descend(x, n):
    if n == 0:
        return x * x
    return descend(x * x, n - 1) * x


def of_descend(x):
    return descend(x, 3)


CASES = [
    (of_power, 1.3),
    (of_rebound, 0.4),
    (shrinking, np.array([0.3, 0.5, 0.7])),
    (of_by_value, 0.2),
    (of_partly, 0.8),
    (of_descend, 0.9),
]


def named(value):
    return getattr(value, "__name__", "")


@pytest.mark.parametrize("function, x", CASES, ids=named)
def test_derivatives(function, x):
    differences.check(function, x)


@pytest.mark.parametrize("function, x", CASES[:1] + CASES[2:4], ids=named)
def test_second_derivatives(function, x):
    differences.check_second(function, x)


def test_a_path_that_saves_nothing_hands_over_none():
    text = srcad.grad(of_by_value).source_for(0.2)
    assert "return x, None" in text
    assert "if saved is None:" in text
