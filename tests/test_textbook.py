"""Textbook cases: their values, and the source that is emitted for them."""

import math
import sys
from collections import Counter

import numpy as np
import pytest

import srcad
from tests import emitted, textbook
from tests.differences import check, check_second

W = np.array([2.0, -3.0, -3.0])
X = np.array([-1.0, -2.0])
RNG = np.random.default_rng(3)

CASES = {
    "expression": (2.0, 1.0),
    "circuit": (-2.0, 5.0, -4.0),
    "gates": (3.0, -4.0, 2.0, -1.0),
    "neuron": (W, X),
    "neuron_of_scalars": (*W.tolist(), *X.tolist()),
    "staged": (3.0, -4.0),
    "weighted_product": (RNG.normal(size=(5, 10)), RNG.normal(size=(10, 3)), np.ones((5, 3))),
    "cross_entropy": (np.array([0.1, -0.4, 1.2]), np.array([0.2, 0.5, 0.1])),
    "nested": (0.7,),
}
everywhere = pytest.mark.parametrize("name", CASES)


def gradient(name, args=None):
    f, args = getattr(textbook, name), args or CASES[name]
    return srcad.grad(f, argnums=tuple(range(len(args))))(*args)


@everywhere
def test_source(name, golden):
    f, args = getattr(textbook, name), CASES[name]
    text = srcad.value_and_grad(f, argnums=tuple(range(len(args)))).source_for(*args)
    golden(f"textbook_{name}", text)


@everywhere
def test_derivatives(name):
    check(getattr(textbook, name), *CASES[name])


@everywhere
def test_second_derivatives(name):
    check_second(getattr(textbook, name), *CASES[name])


def test_expression():
    assert gradient("expression") == (2.0, 5.0)


def test_circuit():
    assert gradient("circuit") == (-4.0, -4.0, 3.0)


def test_gates():
    assert gradient("gates") == (-8.0, 6.0, 2.0, 0.0)


def test_neuron():
    dw, dx = gradient("neuron")
    np.testing.assert_allclose(dw, [-0.19661193, -0.39322387, 0.19661193], atol=5e-9)
    np.testing.assert_allclose(dx, [0.39322387, -0.58983580], atol=5e-9)


@pytest.mark.parametrize("name", ["neuron", "neuron_of_scalars"])
def test_neuron_reuses_the_forward_sigmoid(name):
    f, args = getattr(textbook, name), CASES[name]
    text = srcad.grad(f, argnums=tuple(range(len(args)))).source_for(*args)
    assert "(1 - f) * f" in text or "f * (1 - f)" in text
    assert text.count("exp(") == text.count("# f = ") + 1


def test_staged():
    dx, dy = gradient("staged")
    assert abs(dx - 2.0595697955721652) < 1e-14
    assert abs(dy - 1.5922327514838093) < 1e-14


def test_product():
    w, x = RNG.normal(size=(5, 10)), RNG.normal(size=(10, 3))
    dD = RNG.normal(size=(5, 3))
    value, pullback = srcad.vjp(textbook.product, w, x)
    dW, dX = pullback(dD)
    assert np.array_equal(value, w.dot(x))
    np.testing.assert_allclose(dW, dD.dot(x.T), rtol=1e-13)
    np.testing.assert_allclose(dX, w.T.dot(dD), rtol=1e-13)


def test_weighted_product():
    w, x, _ = CASES["weighted_product"]
    g = RNG.normal(size=(5, 3))
    dw, dx, _ = gradient("weighted_product", (w, x, g))
    np.testing.assert_allclose(dw, g.dot(x.T), rtol=1e-13)
    np.testing.assert_allclose(dx, w.T.dot(g), rtol=1e-13)


def test_cross_entropy():
    z, p = CASES["cross_entropy"]
    q = np.exp(z) / np.sum(np.exp(z))
    dz, dp = gradient("cross_entropy")
    np.testing.assert_allclose(dz, q * np.sum(p) - p, rtol=1e-13)
    np.testing.assert_allclose(dp, -np.log(q), rtol=1e-13)


def test_nested_calls_compute_each_value_once():
    derivative = srcad.value_and_grad(textbook.nested).specialize(0.7)
    calls = Counter()

    def count(frame, event, function):
        if event == "c_call" and function in (math.sin, math.cos):
            calls[function.__name__] += 1

    sys.setprofile(count)
    try:
        derivative(0.7)
    finally:
        sys.setprofile(None)
    assert calls == {"sin": 3, "cos": 3}


def test_cost_grows_with_the_stages_not_with_the_paths(program):
    def counts(n):
        text = srcad.grad(program(textbook.stages(n)).staged).source_for(0.3)
        return np.array([emitted.operations(text), emitted.statements(text)])

    # each stage costs the same: there are 3 ** n paths
    four, eight, sixteen = counts(4), counts(8), counts(16)
    assert np.all(sixteen - eight <= 2 * (eight - four) + 2)
    assert np.all(sixteen <= 30 * 16)
