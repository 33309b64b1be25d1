"""Writing into what outlives the call: arrays, lists and objects of the module or of a closure."""

import types

import numpy as np
import pytest

import srcad
from tests.differences import gradient, to_vector

WEIGHTS = np.zeros(5)
VALUES = np.zeros(5)
SEEN = []
LAST = {}
CACHE = {}


class Board:
    pass


BOARD = Board()


def reset():
    WEIGHTS[:] = [1.0, 2.0, 3.0, 4.0, 5.0]
    VALUES[:] = 0.0
    for kept in (SEEN, LAST, CACHE):
        kept.clear()
    BOARD.values, BOARD.total, BOARD.calls = np.ones(5), 0.0, 0


# ---------------------------------------------------------------------------------------------
# Differentiated


def weights_that_change(a, x):
    s = 0.0
    for k in range(3):
        s += np.sum(np.sin(a * WEIGHTS) * x)
        WEIGHTS[k] = k + 10.0
    return s + np.sum(np.cos(a * WEIGHTS))


def raise_weights(k):
    if k < 50:
        for j in range(2):
            WEIGHTS[j] += 1.0


def weights_changed_by_a_call(a, x):
    s = 0.0
    for k in range(3):
        s += np.sum(a * WEIGHTS) * x * s + x
        raise_weights(k)
    return s


def log_of_values(a, x):
    s = x
    for k in range(3):
        s = s * x + a[k]
        VALUES[k] = s
    return s


def log_by_another_name(a, x):
    values = VALUES
    values[1:3] = x * a[1:3]
    return np.sum(a * x)


def log_in_an_object(a, x):
    s = x
    for k in range(3):
        s = s * x + a[k]
        BOARD.total += s
        BOARD.calls += 1
        BOARD.values[k] = s
    return s


def log_in_lists(a, x):
    SEEN.append(x)
    LAST["x"] = x
    return x * x * a[0]


def closure():
    counts = np.zeros(3)

    def counted(a, x):
        counts[0] += 1
        counts[1] = x
        return x * x * a[0]

    return counted


log_in_a_closure = closure()
GOOD = [v for n, v in list(vars().items()) if n.startswith(("log", "weights"))]


def state():
    return repr((WEIGHTS, VALUES, SEEN, LAST, vars(BOARD)))


A = np.array([0.3, -0.2, 0.5, 0.7, -1.1])


@pytest.mark.parametrize("f", GOOD, ids=lambda f: f.__name__)
def test_left_as_the_function_leaves_it(f):
    def anew(a, x):
        reset()
        return f(a, x)

    value, left = anew(A.copy(), 0.7), state()
    want = gradient(anew, (A, 0.7)).value
    reset()
    got, grads = srcad.value_and_grad(f, argnums=(0, 1))(A.copy(), 0.7)
    assert (got, state()) == (value, left)
    np.testing.assert_allclose(to_vector(grads), want, rtol=1e-6, atol=1e-9)
    reset()
    got, tangent = srcad.jvp(f, (A.copy(), 0.7), (A + 1.0, 0.3))
    assert (got, state()) == (value, left)
    np.testing.assert_allclose(tangent, want @ [*(A + 1.0), 0.3], rtol=1e-6)


# ---------------------------------------------------------------------------------------------
# Refused: a derivative would have to pass through memory that outlives the call


def read_again(a, x):
    VALUES[0] = x
    return np.sum(a) * VALUES[0]


def read_by_another_name(a, x):
    values = VALUES
    values[0] = x
    return np.sum(a) * VALUES[0]


def fill_values(x):
    for k in range(3):
        if k:
            VALUES[k - 1] = x * k


def written_by_a_call(a, x):
    fill_values(x)
    return VALUES[0] * x


def weigh(a):
    s = 0.0
    for k in range(5):
        s += VALUES[k] * a[k]
    return s


def read_by_a_call(a, x):
    VALUES[0] = x
    return weigh(a)


def memoised(n, x):
    if n < 2:
        return x * n
    if n not in CACHE:
        CACHE[n] = memoised(n - 1, x) + memoised(n - 2, x) * x
    return CACHE[n]


def memory_of_calls(a, x):
    return memoised(6, x)


def read_in_an_object(a, x):
    BOARD.total = x * x
    return BOARD.total * x


def read_in_a_list(a, x):
    SEEN.append(x)
    return SEEN[-1] * x


def closure_read():
    counts = np.zeros(3)

    def counted(a, x):
        counts[1] = x
        return x * counts[1]

    return counted


read_in_a_closure = closure_read()


BAD = [
    v
    for n, v in list(vars().items())
    if n.startswith(("read_", "written", "memory")) and isinstance(v, types.FunctionType)
]


@pytest.mark.parametrize("f", BAD, ids=lambda f: f.__name__)
def test_refused(f):
    reset()
    for call in (srcad.grad(f, argnums="x"), lambda *args: srcad.jvp(f, args, (A, 1.0))):
        with pytest.raises(srcad.errors.UnsupportedConstruct, match="outlives"):
            call(A, 0.7)
