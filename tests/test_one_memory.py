"""One array, list or object under several names at once: in a container twice, in two arguments."""

import math

import numpy as np
import pytest

from tests.differences import check


def list_of_one_array(x):
    row = np.array([x, 2 * x])
    m = [row, row]
    m[0][1] = x**3
    return np.sum(m[1]) * m[0][0]


def repeated_array(x):
    m = [np.array([x, 1.0]) * 1.0] * 2
    m[0][1] = x * x
    m[1][0] *= x
    return m[0][0] * m[1][1]


def repeated_list(x):
    row = [x, 2 * x]
    m = [row] * 2
    m[0].append(x * x)
    return sum(m[1]) * m[0][0]


def repeated_in_repeated(x):
    m = [[x] * 2] * 2
    m[0][0] = x * x
    return m[0][0] * m[1][0] * m[0][1]


def rows_of_zeros(x):
    m = [np.zeros(2)] * 2
    for i in range(2):
        for j in range(2):
            m[i][j] += x * (i + j)
    return m[0][0] * m[1][1] + m[0][1]


def dict_of_one_array(x):
    row = np.array([x, 2 * x])
    m = {"a": row, "b": row}
    m["a"][0] = x**3
    return np.sum(m["b"]) * m["a"][0]


def tuple_of_one_array(x):
    row = np.array([x, 2 * x])
    m = (row, row)
    m[0][0] = x**3
    return np.sum(m[1]) * m[0][0]


def views_side_by_side(x):
    row = np.array([x, 2 * x])
    m = [row[:1], row[:]]
    m[1][0] = x**3
    return np.sum(m[0]) * m[1][0]


def sum_of_lists(x):
    row = np.array([x, 2 * x])
    m = [row] + [row]  # noqa: RUF005
    for k in range(2):
        m[k][0] = m[k][0] * x + k
    return np.sum(m[0]) * m[1][0]


def nested(x):
    row = np.array([x, 2 * x])
    m = [[row, row], [row]]
    m[1][0][0] = x * x
    return np.sum(m[0][1]) * m[0][0][0]


def exchanged(x):
    xs = [np.array([x, 1.0]), np.array([2.0, x])]
    for a in xs:
        a *= x
        a[0] += x
    xs[0][:], xs[1][:] = xs[1].copy(), xs[0].copy()
    return np.sum(xs[0] * [1.0, 2.0]) * xs[1][0]


# ---------------------------------------------------------------------------------------------
# Arguments


def cross(u, v, x):
    u[0] = v[1] * x
    v[1] = u[0] ** 2
    return u[1] + v[0]


def scaled(u, v, x):
    for k in range(2):
        u[k] = v[k] * x
    return np.sum(v * u)


def added(u, v):
    u += v
    v *= u[0]


def same_array(x):
    a = np.array([x, x, x])
    return cross(a, a, x) + np.sum(a)


def array_and_view(x):
    a = np.array([x, x, x])
    return cross(a[1:], a, x) + np.sum(a)


def overlapping_views(x):
    a = np.array([x, 1.0, 2.0])
    return scaled(a[:2], a[1:], x) + np.sum(a)


def row_and_column(x):
    m = np.ones((2, 2)) * x
    return cross(m[0], m[1], x) + scaled(m[:, 0], m[0], x)


def chosen_argument(x):
    a = np.array([x, 1.0, 2.0])
    return scaled(a, a[1:] if x < 0 else a, x)


def updated_twice(x):
    a = np.array([x, 1.0, 2.0])
    added(a, a)
    added(a[1:], a[:-1])
    return np.sum(a * [1.0, 2.0, 3.0])


def passed_on(u, v, x):
    return cross(u, v, x) * scaled(v, u, x)


def through_two_calls(x):
    a = np.array([x, x, 2.0])
    return passed_on(a, a[:], x) + np.sum(a)


PROGRAMS = [
    *(list_of_one_array, repeated_array, repeated_list, repeated_in_repeated, rows_of_zeros),
    *(dict_of_one_array, tuple_of_one_array, views_side_by_side, sum_of_lists, nested, exchanged),
    *(same_array, array_and_view, overlapping_views, row_and_column, chosen_argument),
    *(updated_twice, through_two_calls),
]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_one_memory(f):
    check(f, 0.7)


def test_second_order():
    for f in (list_of_one_array, array_and_view, updated_twice):
        check(f, 0.7, order=2)


# ---------------------------------------------------------------------------------------------
# Lists where NumPy takes them for arrays


def made(x):
    return np.array([x, 1.0, x * x])


def product_with_list(x):
    return np.sum(made(x) * [1.0, 2.0, 3.0] - (1.0, 2.0, x)) + np.sum([1, 2, 3] / made(x))


def power_of_list(x):
    return np.sum(made(x) ** [1, 2, 3]) + np.sum(np.power(made(x), [1, 2, 3]))


def dot_with_list(x):
    return np.dot([1.0, 2.0, 3.0], made(x)) * np.dot(made(x), [1.0, x, 3.0])


def ufuncs_of_lists(x):
    return np.sum(np.multiply([1.0, 2.0, 3.0], made(x))) + np.sum(np.hypot([x, 1.0], [2.0, x]))


def solved(x):
    return np.sum(np.linalg.solve([[2.0, x], [1.0, 3.0]], made(x)[:2]))


def updated_by_list(x):
    a = made(x)
    a *= [1.0, 2.0, 3.0]
    a += (x, x, 1.0)
    return np.sum(a * a)


class Quantity:
    def __init__(self, x):
        self.x = x

    def __float__(self):
        return float(self.x)

    def __array__(self, dtype=None, copy=None):
        return np.array([self.x, 2 * self.x])

    def __pow__(self, n):
        return Quantity(self.x**n)

    def __divmod__(self, n):
        return self.x * n, self.x * 3


def object_as_number(x):
    return math.sin(Quantity(x)) * np.sqrt(np.float64(Quantity(x)))


def object_as_array(x):
    q = Quantity(x)
    return np.sum(np.asarray(q) ** 2) * np.dot(q, q) + np.array(q)[1]


def object_in_builtins(x):
    q, r = divmod(Quantity(x), 2)
    return pow(Quantity(x), 3).x * q * r


def quotients(x):
    q, r = divmod(5 * x, 0.4)
    s = r * q
    for i in range(5):
        a, b = divmod(i, 3)
        s = s * x + a + b
    return s


def array_passed_on(x):
    a = np.zeros(3)
    np.array(a, copy=False)[1] = x * x
    return a[1] * x


LISTS = [
    *(product_with_list, power_of_list, dot_with_list, ufuncs_of_lists, solved, updated_by_list),
    *(object_as_number, object_as_array, object_in_builtins, quotients, array_passed_on),
]


class Grown(list):
    pass


def list_of_a_class(x):
    xs = Grown()
    xs.append(x * x)
    return xs[0] * x


def test_list_of_a_class():
    check(list_of_a_class, 0.7)


@pytest.mark.parametrize("f", LISTS, ids=lambda f: f.__name__)
def test_lists_as_arrays(f):
    check(f, 0.7)
