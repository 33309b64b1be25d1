"""What `np.where` does not take contributes exactly zero, also where it is no number."""

import numpy as np
import pytest

from tests.differences import check

A = np.array([0.7, -0.4, 2.0])


def root(a, x):
    return np.sum(np.where(a > 0, np.sqrt(a), x * a))


def power(a, x):
    return np.sum(np.where(a > 0, a**0.5 * x, np.abs(a) ** 1.5))


def nested(a, x):
    inner = np.where(a > 0, np.sqrt(a), -a)
    return np.sum(np.where(a > 1.0, np.log(a - 1.0) ** 2, x * a) * inner)


def quotient(a, x):
    b = a + 0.4
    return np.sum(np.where(b > 0.1, 1.0 / b, b)) * x


@pytest.mark.filterwarnings("ignore:invalid value", "ignore:divide by zero")
@pytest.mark.parametrize("f", [root, power, nested, quotient], ids=lambda f: f.__name__)
def test_no_leak(f):
    check(f, A, 0.7)
