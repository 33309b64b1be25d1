"""Rules of conduct: kinds that change over a loop, sentinels, names bound on one path, errors."""

import inspect
import types

import numpy as np
import pytest

import srcad
from tests.differences import check

A = np.random.default_rng(3).normal(size=5)
GIVEN = {"a": A, "x": 0.7, "y": 1.3, "k": 3}


def weighted(a):
    return np.sum(np.sin(a) * np.arange(1.0, a.size + 1).reshape(a.shape))


def int_to_float(x, y):
    s = 0
    for k in range(4):
        s = s + x * k
    return s * y


def int_to_float2(x, y):
    s = 1
    for k in range(4):
        s *= x
    return s


def int_to_float_cond(x, k):
    s = 0
    for j in range(k):
        if j > 0:
            s = s * x + 1.5
    return s * x


def scalar_to_array(a, x):
    s = 0.0
    for k in range(3):
        s = s + a * x
    return weighted(s)


def scalar_to_array2(a, x):
    s = 1
    for k in range(3):
        s = s * np.sin(a) + x
    return weighted(s)


def scalar_iadd_array(a, x):
    s = 0.0
    for k in range(3):
        s += a * x
    return weighted(s)


def none_sentinel(a, x):
    best = None
    for v in a:
        if best is None or v * x > best:
            best = v * x
    return best * x


def none_sentinel_isnot(a, x):
    prev = None
    s = 0.0
    for v in a:
        if prev is not None:
            s += (v - prev) ** 2 * x
        prev = v
    return s


def none_ret(a, x):
    y = _maybe(x)
    if y is None:
        return x
    return y * x


def _maybe(x):
    if x > 5:
        return None
    for k in range(3):
        x = x * x
    return x


def list_becomes_array(a, x):
    v = [x, x * x]
    for k in range(2):
        v = np.array(v) * x
    return weighted(v)


def list_becomes_array2(a, x):
    v = []
    for k in range(3):
        v.append(a[k] * x)
    v = np.array(v)
    return weighted(v)


def array_becomes_scalar(a, x):
    v = a * x
    v = np.sum(v)
    v = v * v
    return v


def one_path(a, x):
    if x > 0:
        y = x * x
    return y * 2


def one_path_loop(a, x):
    for k in range(3):
        if k == 1:
            y = a[k] * x
    return y


def kind_by_branch(a, x):
    if x > 0:
        v = a * x
    else:
        v = x
    return np.sum(v * v)


def kind_by_branch2(a, x):
    v = x if x > 0 else a
    return np.sum(v * v)


def bool_flag(a, x):
    done = False
    n = 0
    while not done:
        x = x * 0.9
        n += 1
        done = n > 3
    return x * n


def complex_groweighted(a, x):
    z = 0.0
    for k in range(3):
        z = z * z + complex(x, a[k])
    return abs(z)


def reassoc(a, x):
    return x * a[0] + x * a[1] + (a[0] + a[1]) * x - x * 0.0 + (x - a[0]) + a[0] + x / 3.0 * 3.0


def int_div(x, y):
    return x * 7 // 2 * y + x % 0.3 * y


def augtuple(a, x):
    t = [0, 0]
    for k in range(3):
        t[0] += x * k
        t[1] = t[0] * x
    return t[1]


def none_in_list(a, x):
    t = [None, None, None]
    for k in range(3):
        t[k] = a[k] * x
    return t[0] * t[2]


def none_in_dict(a, x):
    d = {"a": None}
    for k in range(3):
        d["a"] = x * k if d["a"] is None else d["a"] * x + 1
    return d["a"]


def default_none(a, x):
    return _dn(a, x) + _dn(a, x, 2.0)


def _dn(a, x, k=None):
    if k is None:
        k = x
    s = 0.0
    for v in a:
        s += v * k * s + x
    return s


def single_precision(a, x):
    return np.sum(a.astype(np.float32) ** 2) * x


PROGRAMS = [
    f
    for name, f in list(vars().items())
    if isinstance(f, types.FunctionType)
    and f.__module__ == __name__
    and set(inspect.signature(f).parameters) <= set(GIVEN)
    and not name.startswith("_")
    and name not in ("weighted", "single_precision")
]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_value_and_derivatives(f):
    check(f, *(GIVEN[name] for name in inspect.signature(f).parameters))


def test_gradients_have_the_dtype_of_the_argument():
    da = srcad.grad(single_precision)(A, 0.7)
    assert da.dtype == np.float64
    np.testing.assert_allclose(da, 1.4 * A, rtol=1e-6)


def test_a_name_that_is_not_bound():
    by_value = srcad.value_and_grad(one_path, argnums="x")
    for call in (by_value, lambda *args: srcad.jvp(one_path, args, (A, 1.0))):
        with pytest.raises(NameError, match="'y'"):
            call(A, -1.0)


def test_errors_of_numpy_and_python_arrive_unchanged():
    def solved(a, x):
        return np.sum(np.linalg.solve(a * x, np.ones(2)))

    def looked_up(x, table):
        return x * table["rate"]

    def divided(x, y):
        return x / (y - y)

    with pytest.raises(np.linalg.LinAlgError, match="Singular"):
        srcad.grad(solved)(np.zeros((2, 2)), 1.0)
    with pytest.raises(KeyError) as caught:
        srcad.grad(looked_up)(1.0, {})
    assert caught.value.args == ("rate",)
    with pytest.raises(ZeroDivisionError):
        srcad.grad(divided)(1.0, 2.0)


def test_a_sum_of_a_sequence_and_of_something_unknown_is_refused():
    def grown(a, x):
        t = ()
        for k in range(3):
            t = t + (a[k] * x,)  # noqa: RUF005
        return t[0] * t[1] * t[2]

    with pytest.raises(srcad.errors.NoDerivative, match="joins two sequences"):
        srcad.grad(grown)(A, 0.7)
