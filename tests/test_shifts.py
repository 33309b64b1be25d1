"""Shifts that cancel carry no derivative, and only those."""

import numpy as np
import pytest

import srcad
from tests import differences


def log_sum_exp(x):
    m = np.max(x)
    return m + np.log(np.sum(np.exp(x - m)))


def softmax_rows(x, w):
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    p = e / np.sum(e, axis=1, keepdims=True)
    return np.sum(p * w)


def softmax_columns(x, w):
    m = x.max(axis=0)
    e = np.exp(x - m)
    return np.sum(e / e.sum(axis=0) * w)


def new_axis(x, w):
    m = np.max(x, axis=1)
    shifted = x - m[:, None]
    return np.sum((m + np.log(np.sum(np.exp(shifted), axis=1))) * w[:, 0])


def in_a_loop(x, w):
    total = 0.0
    for i in range(len(x)):
        m = np.max(x[i])
        total += (m + np.log(np.sum(np.exp(x[i] - m)))) * w[i, 0]
    return total


def used_elsewhere(x):
    m = np.max(x)
    return m * m + np.log(np.sum(np.exp(x - m)))


def left_over(x):
    m = np.max(x)
    return np.log(np.sum(np.exp(x - m)))


def other_axis(x, w):
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return np.sum(e / np.sum(e, axis=0, keepdims=True) * w)


def changed_between(x, w):
    s = x - np.max(x, axis=1, keepdims=True)
    s[0, 0] += 1.0
    e = np.exp(s)
    s[:] = 2.0 * s
    return np.sum(e / np.sum(e, axis=1, keepdims=True) * w) + np.sum(s)


def carried(x, w):
    m = 0.0
    total = 0.0
    for i in range(len(x)):
        total += m * w[i, 0]
        m = np.max(x[i])
        total += m + np.log(np.sum(np.exp(x[i] - m)))
    return total


MATRIX = np.random.default_rng(3).normal(size=(3, 4))
WEIGHTS = np.random.default_rng(4).normal(size=(3, 4))

CANCELS = [log_sum_exp, softmax_rows, softmax_columns, new_axis, in_a_loop]
MATTERS = [used_elsewhere, left_over, other_axis, changed_between, carried]


def arguments(function):
    return (MATRIX, WEIGHTS)[: function.__code__.co_argcount]


@pytest.mark.parametrize("function", CANCELS + MATTERS, ids=lambda f: f.__name__)
def test_derivatives(function):
    differences.check(function, *arguments(function), argnums=0)


@pytest.mark.parametrize("function", CANCELS, ids=lambda f: f.__name__)
def test_nothing_flows_through_a_shift_that_cancels(function):
    text = srcad.grad(function).source_for(*arguments(function))
    assert "max_mask" not in text
    assert "dm" not in text


@pytest.mark.parametrize("function", MATTERS, ids=lambda f: f.__name__)
def test_other_shifts_carry_a_derivative(function):
    assert "max_mask" in srcad.grad(function).source_for(*arguments(function))
