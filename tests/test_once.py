"""What a program does besides computing: it happens as often and in the order that it says."""

import copy

import numpy as np
import pytest

import srcad
from tests import differences

calls = []


def noted(x):
    calls.append(x)
    return x * x


def one_draw(x, rng):
    return x * rng.uniform()


def index_drawn(x, rng):
    total = 0.0
    for _ in range(4):
        total += x[rng.integers(len(x))] ** 2
    return total


def branch_drawn(x, rng):
    if rng.random() < 0.5 and x[0] > 0:
        return 2.0 * x[1]
    return x[0] * x[1]


def arm_drawn(x, rng):
    return (x[0] if rng.random() < 0.5 else x[1]) ** 2 * rng.normal()


def loop_drawn(x, rng):
    total = 0.0
    while rng.random() < 0.8:
        total += np.sum(np.sin(x * rng.normal(size=x.shape)) * rng.random(x.shape))
        x = x + 0.1 * rng.standard_normal()
    return total


def callee_drawn(x, rng):
    return one_draw(x[0], rng) * one_draw(x[1], rng) + index_drawn(x, rng)


DRAWING = [one_draw, index_drawn, branch_drawn, arm_drawn, loop_drawn, callee_drawn]
drawing = pytest.mark.parametrize("f", DRAWING)
seeded = pytest.mark.parametrize("seed", range(3))


def point(f):
    return 0.7 if f is one_draw else np.array([0.7, -1.2, 0.4])


@drawing
@seeded
def test_draws(f, seed):
    x, rng = point(f), np.random.default_rng(seed)
    want = differences.gradient(lambda at: f(at, copy.deepcopy(rng)), (x,)).value
    value, dx = srcad.value_and_grad(f)(x, copy.deepcopy(rng))
    assert value == f(x, copy.deepcopy(rng))
    differences.close(differences.to_vector(dx), want, 1e-6, "reverse mode")
    tangent = differences.random_like(x)
    value, out = srcad.jvp(f, (x, copy.deepcopy(rng)), (tangent, None))
    assert value == f(x, copy.deepcopy(rng))
    differences.close(out, differences.dot(want, np.ravel(tangent)), 1e-6, "forward mode")


@drawing
@seeded
def test_as_many_draws_as_in_the_primal(f, seed):
    drawn, want = np.random.default_rng(seed), np.random.default_rng(seed)
    srcad.value_and_grad(f)(point(f), drawn)
    f(point(f), want)
    assert drawn.bit_generator.state == want.bit_generator.state


def both_sides(x, y):
    if noted(x) > 0.1 and y < 3 or noted(y) > 2:
        return x * y
    return x + y


def chain_of_and(x, y):
    return (noted(x) and noted(y) and x) * (0.0 * y or noted(y))


def either(x, y):
    return (noted(x) > 100 or noted(y)) * x


@pytest.mark.parametrize("f", [both_sides, chain_of_and, either])
@pytest.mark.parametrize("args", [(1.0, 2.0), (0.1, 2.0), (0.1, 1.0)])
def test_calls_in_conditions(f, args):
    differences.check(f, *args)
    calls.clear()
    f(*copy.deepcopy(args))
    want = calls[:]
    calls.clear()
    srcad.value_and_grad(f)(*args)
    assert calls == want


def order_drawn(x, rng):
    order = np.arange(len(x))
    total = 0.0
    for _ in range(2):
        rng.shuffle(order)
        total += np.sin(x[order[0]]) * x[order[1]]
    return total


@seeded
def test_an_order_that_is_shuffled(seed):
    x, rng = point(order_drawn), np.random.default_rng(seed)
    want = differences.gradient(lambda at: order_drawn(at, copy.deepcopy(rng)), (x,)).value
    differences.close(srcad.grad(order_drawn)(x, copy.deepcopy(rng)), want, 1e-6, "order")


WEIGHTS = np.array([0.2, 0.5, 0.3])


def weighted(x, w=WEIGHTS, scale=2.0, seen=[]):  # noqa: B006
    seen.append(len(seen))
    if scale > 100.0:
        return x
    return scale * w * x


def defaults_used(x):
    return np.sum(weighted(x) * weighted(x, scale=3.0) + weighted(x, x))


def test_defaults_are_those_that_the_function_has():
    differences.check(defaults_used, np.array([0.7, -1.2, 0.4]))
    before = len(weighted.__defaults__[2])
    srcad.value_and_grad(defaults_used)(WEIGHTS)
    assert len(weighted.__defaults__[2]) == before + 3


said = []


def when_needed(x):
    held = []
    for i in range(3):
        i % 2 and said.append(i)
        i % 2 and held.append(i * x)
        held.append(x) if i < 1 else held.extend([x * x, x])
        noted(x) if i == 2 else None
    [held.append(x**i) for i in range(2)]
    return sum(k * v for k, v in enumerate(held))


def test_calls_in_statements_that_are_expressions():
    differences.check(when_needed, 1.3)
    calls.clear()
    said.clear()
    srcad.value_and_grad(when_needed)(1.3)
    assert (said, calls) == ([1], [1.3])


def handed_on(held, v):
    return held.append(v)


def given_none(x):
    held = []
    first = handed_on(held, x * x)
    second = held.append(x)
    return 2 * sum(held) if first is None and second is None else 0.0


def test_calls_that_give_none():
    differences.check(given_none, 1.3)


def taken_and_called_later(x):
    held = []
    push = held.append
    for i in range(3):
        push(x**i)
    more = [x]
    both(more.extend, [x * x, 2.0 * x])
    return sum(k * v for k, v in enumerate(held + more))


def both(take, values):
    take(values)


def test_methods_of_lists_that_are_called_later():
    differences.check(taken_and_called_later, 1.3)
