"""`*args` and `**kwargs`: parameters that gather arguments, calls that unpack them."""

import math

import numpy as np
import pytest

import srcad
from srcad.errors import NotDifferentiable, SharedMemory
from tests.differences import check


def total(*xs):
    s = 0.0
    for x in xs:
        s = s + math.sin(x)
    return s


def scaled(a, *rest, scale=1.0, **more):
    for r in rest:
        a = math.sin(a) * r
    if "shift" in more:
        a = a + more["shift"] * scale
    return a


def two(a, b):
    return math.sin(a) * math.exp(b)


def gathered(x):
    return total(x, 2.0 * x, 3.0) + total()


def by_name(x):
    return scaled(x) * scaled(x, 2.0, x, scale=x, shift=x * x)


def unpacked_pair(x):
    pair = (x, math.cos(x))
    return math.hypot(*pair) + max(*pair) + two(*pair)


def unpacked_list(x):
    xs = [math.sin(x * i) for i in range(1, 4)]
    return total(*xs) * scaled(*xs[:2]) + two(0.3, *xs[:1])


def unpacked_argument(x):
    return two(*x) * two(*x[::-1])


def unpacked_dict(x):
    d = {"a": x, "b": math.sin(x)}
    return two(**d) + scaled(2.0, x, scale=x, **{"shift": x})


def passed_on(x):
    def inner(*args, **kw):
        return two(*args, **kw) * x

    return inner(x, b=2.0) + inner(x, 1.5 * x)


def in_a_loop(x):
    s = 0.0
    for i in range(4):
        if i != 1:
            s = s + scaled(*(x, s, 2.0), shift=x)
    return s


def lambdas(x):
    def add(*ys):
        return sum(ys)

    weighted = lambda *a, **k: add(*a) * k["w"]  # noqa: E731
    return weighted(x, x * x, w=math.sin(x))


def arrays(x, y):
    def norm(*vs):
        return sum([np.sum(v * v) for v in vs])

    return norm(x, y, x * y)


CASES = [
    (gathered, 1.3),
    (unpacked_pair, 1.3),
    (unpacked_argument, [1.3, 0.6]),
    (unpacked_argument, np.array([1.3, 0.6])),
    (passed_on, 1.3),
    (lambdas, 1.3),
]
FIRST_ORDER_ONLY = [  # their gradients are programs that are not differentiated yet
    (by_name, 1.3),
    (unpacked_dict, 1.3),
    (unpacked_list, 1.3),
    (in_a_loop, 1.3),
    (arrays, np.array([1.3, 0.6]), np.array([0.2, -0.5])),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0].__name__)
def test_calls(case):
    check(*case, order=2)


@pytest.mark.parametrize("case", FIRST_ORDER_ONLY, ids=lambda case: case[0].__name__)
def test_calls_once(case):
    check(*case)


def test_gradient_of_a_gathering_function():
    assert srcad.grad(total)(1.0, 2.0) == math.cos(1.0)
    assert srcad.grad(total, argnums=1)(1.0, 2.0) == math.cos(2.0)
    assert srcad.grad(total, argnums=(1, 0))(1.0, 2.0) == (math.cos(2.0), math.cos(1.0))
    assert srcad.grad(total, argnums="xs")(1.0, 2.0) == (math.cos(1.0), math.cos(2.0))
    assert srcad.grad(total, argnums="xs")(1.0) == (math.cos(1.0),)


def test_gradient_of_named_arguments():
    given = {"scale": 2.0, "shift": 3.0}
    assert srcad.grad(scaled, argnums="more")(1.0, **given) == {"shift": 2.0}
    assert srcad.grad(scaled, argnums=("shift", "scale"))(1.0, **given) == (2.0, 3.0)
    assert srcad.grad(scaled)(1.0, **given) == 1.0


def test_other_transforms_of_a_gathering_function():
    value, pullback = srcad.vjp(total, 1.0, 2.0)
    assert value == total(1.0, 2.0)
    assert pullback(1.0) == (math.cos(1.0), math.cos(2.0))
    assert srcad.vjp(total, 1.0, 2.0, argnums=1)[1](1.0) == (None, math.cos(2.0))
    assert srcad.jvp(total, (1.0, 2.0), (None, 1.0)) == (value, math.cos(2.0))
    assert srcad.jvp(scaled, (1.0, 2.0), (1.0, 0.0))[1] == 2.0 * math.cos(1.0)
    assert srcad.value_and_grad(total)(1.0, 2.0) == (value, math.cos(1.0))


def test_an_argument_that_is_not_given():
    with pytest.raises(NotDifferentiable, match="was given no argument of that number"):
        srcad.grad(total, argnums=2)(1.0, 2.0)
    with pytest.raises(NotDifferentiable, match="was given no argument `speed`"):
        srcad.grad(scaled, argnums="speed")(1.0)
    with pytest.raises(NotDifferentiable, match="has no argument number -1"):
        srcad.grad(total, argnums=-1)(1.0)


def written(x, *ys):
    ys[0][0] = x[0]
    return ys[0][0] * ys[0][1] * x[1]


def test_what_is_written_into_is_a_copy():
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    check(written, x, y)
    with pytest.raises(SharedMemory):
        srcad.grad(written)(x, x)


def inert_count(*args):
    return len(args)


def counted(x):
    ones = [1] * 3
    return x * inert_count(*ones) * inert_count(1, 2)


def test_inert_calls_are_written_as_by_the_user():
    check(counted, 1.3)
    assert "inert_count(*ones)" in srcad.grad(counted).source_for(1.3)
