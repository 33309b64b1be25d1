"""Algebra, before and after."""

import math
import random

import numpy as np
import pytest

from srcad.kinds import BOOL, FLOAT, INT, Array, Dim
from srcad.simplify import simplify_expr
from tests.core_notation import read_expr, write_expr

N = Dim("n", 0, True)
M = Dim("m", 0, True)
VECTOR = Array("float64", (N,))
MATRIX = Array("float64", (M, N))
SCALARS = {name: FLOAT for name in "abcgxyz"}
NUMBERS = [
    ("x * 1", "x"),
    ("1 * x", "x"),
    ("1.0 * x", "x"),
    ("x + 0", "x"),
    ("x - 0.0", "x"),
    ("0 + x", "x"),
    ("0 - x", "-x"),
    ("x / 1", "x"),
    ("x ** 1", "x"),
    ("3 * x ** (2 - 1)", "3 * x"),
    ("x ** (3 - 1)", "x ** 2"),
    ("x ** 0", "1.0"),
    ("-(-x)", "x"),
    ("x * 0", "0.0"),
    ("0 * x + y", "y"),
    ("-1 * x", "-x"),
    ("-a * b", "-a * b"),
    ("a * (-b)", "-a * b"),
    ("-(a * b)", "-a * b"),
    ("a * -b * -c", "a * b * c"),
    ("a + (-b)", "a - b"),
    ("a - (-b)", "a + b"),
    ("-a + b", "b - a"),
    ("-(a - b)", "b - a"),
    ("-(a - b) * c", "(b - a) * c"),
    ("-(a + b)", "-(a + b)"),
    ("g * (1 / x)", "g / x"),
    ("g * (1.0 / x)", "g / x"),
    ("x * x", "x * x"),
    ("2 * (3 * x)", "6 * x"),
    ("1.0 * 2 * x", "2 * x"),
    ("2 * 1.0 * x / y", "2 * x / y"),
    ("0.5 * (2 * x)", "x"),
    ("2 * x / 2", "x"),
    ("3 * x / 2", "1.5 * x"),
    ("2 * x / 4", "0.5 * x"),
    ("x / 2", "x / 2"),
    ("x / 3", "x / 3"),
    ("2 * x / 3", "2 * x / 3"),
    ("x / 2 / y", "x / (2 * y)"),
    ("x * 3 * g", "3 * x * g"),
    ("c * (g / c)", "g"),
    ("a * b / a", "b"),
    ("x / x", "1"),
    ("x + x", "2 * x"),
    ("x + y + x", "2 * x + y"),
    ("a * b + b * a", "2 * a * b"),
    ("x - x + y", "y"),
    ("2 * x - x", "x"),
    ("1 + x + 2", "3 + x"),
    ("0.1 * 3 * x", "0.3 * x"),
    ("4.0 * x + 4.0 * x - 4.0", "8.0 * x - 4.0"),
    ("4.0 * x + 4.0 * y - 4.0 * z", "4.0 * (x + y - z)"),
    ("math.sin(x) * g + g", "(math.sin(x) + 1) * g"),
    ("g + x * g", "(1 + x) * g"),
    ("g * x + g * y", "g * (x + y)"),
    ("-a * g - b * g", "-(a + b) * g"),
    ("a / x + b / x", "(a + b) / x"),
    ("-g * x * x * 1.0", "-g * x * x"),
    ("1 / x", "1 / x"),
    ("-1.0 / (x * x) * g", "-g / (x * x)"),
    ("1.0 * math.cos(1 * x)", "math.cos(x)"),
    ("x if True else y", "x"),
    ("not (x is None)", "x is not None"),
    ("not x < y", "not x < y"),
    ("True and x < y", "x < y"),
    ("x - (a + b)", "x - a - b"),
    ("out * (1 - out) * g", "out * (1 - out) * g"),
]


@pytest.mark.parametrize(("before", "after"), NUMBERS)
def test_numbers(before, after):
    got = simplify_expr(read_expr(before, **SCALARS, out=FLOAT))
    assert write_expr(got) == after


ARRAYS = [
    ("s * (t * v)", "s * t * v"),
    ("v * (s / t)", "s / t * v"),
    ("v * s", "s * v"),
    ("v / s", "v / s"),
    ("1 / s * v", "v / s"),
    ("2 * v / s", "2 / s * v"),
    ("0 * v", "0 * v"),
    ("0 * v + w", "w"),
    ("0 * A + v", "0 * A + v"),
    ("0 * s + v", "v"),
    ("v - v", "0 * v"),
    ("v * A / A", "v * A / A"),
    ("A * v / v", "A * v / v"),
    ("v * w / v", "w"),
    ("v + v", "2 * v"),
    ("v + (s + t)", "v + (s + t)"),
    ("v * s + v * t", "(s + t) * v"),
    ("A * (v / w)", "A * (v / w)"),
    ("v ** 0", "v ** 0"),
    ("g * (v > 0)", "g * (v > 0)"),
    ("-(v > 0) * g", "-g * (v > 0)"),
    ("-1 * (v > 0)", "-1 * (v > 0)"),
    ("1 * (v > 0)", "1 * (v > 0)"),
    ("1.0 * m", "1.0 * m"),
    ("1.0 * (2 * m)", "2.0 * m"),
    ("1.0 * 2 * (v > 0)", "2.0 * (v > 0)"),
    ("1.0 * 2 * unknown", "2.0 * unknown"),
    ("1 * m", "m"),
    ("m + 0.0", "m + 0.0"),
    ("m + 0", "m"),
    ("m * 4 / 2", "2.0 * m"),
    ("-(A @ v)", "-(A @ v)"),
    ("np.sum(-v)", "-np.sum(v)"),
    ("np.sum(2 * v * s * w)", "2 * s * np.sum(v * w)"),
    ("v + np.sum(-A, axis=0, keepdims=True) * s", "v - s * np.sum(A, axis=0, keepdims=True)"),
    ("A * (-v / w)", "-A * (v / w)"),
    ("B + -v * A", "B - v * A"),
    ("np.dot(-v, 2 * w)", "-2 * np.dot(v, w)"),
    ("-A @ (v / s)", "-(A @ v) / s"),
    ("np.where(m > 0, -v, w)", "np.where(m > 0, -v, w)"),
    ("np.exp(-v)", "np.exp(-v)"),
    ("[1] * 1", "[1] * 1"),
    ("[1] + [1]", "[1] + [1]"),
]


@pytest.mark.parametrize(("before", "after"), ARRAYS)
def test_arrays(before, after):
    names = {
        "v": VECTOR,
        "w": VECTOR,
        "A": MATRIX,
        "s": FLOAT,
        "t": FLOAT,
        "m": INT,
        "g": VECTOR,
        "B": MATRIX,
    }
    assert write_expr(simplify_expr(read_expr(before, **names))) == after


EFFECTS = [
    ("tape.pop() * 1", "tape.pop()"),
    ("tape.pop() * (2 * (3 * x))", "tape.pop() * (6 * x)"),
    ("2 * tape.pop() * tape.pop()", "2 * tape.pop() * tape.pop()"),
    ("0 * tape.pop()", "0 * tape.pop()"),
    ("tape.pop() + tape.pop()", "tape.pop() + tape.pop()"),
]


@pytest.mark.parametrize(("before", "after"), EFFECTS)
def test_calls_with_effects_stay_as_many_and_in_order(before, after):
    assert write_expr(simplify_expr(read_expr(before, x=FLOAT))) == after


def test_kind_and_origin_stay():
    expr = read_expr("2 * (3 * x)", x=FLOAT)
    got = simplify_expr(expr)
    assert got.kind == FLOAT
    assert simplify_expr(read_expr("1.0 * v", v=VECTOR)).kind == VECTOR


def test_simplified_twice_is_simplified_once():
    for before, _ in NUMBERS + ARRAYS:
        once = simplify_expr(read_expr(before, v=VECTOR, b=BOOL))
        assert simplify_expr(once) == once, before


def random_expr(rng, depth):
    if depth == 0 or rng.random() < 0.1:
        return rng.choice(["x", "y", "z", "v", "w", "A", "1", "2", "0.5", "1.0", "0", "3"])
    a, b = random_expr(rng, depth - 1), random_expr(rng, depth - 1)
    op = rng.choice(["+", "-", "*", "*", "/", "neg"])
    if op == "neg":
        return f"-({a})"
    return f"({a}) {op} ({b})"


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("seed", range(300))
def test_random_expressions_keep_value_shape_and_dtype(seed, known):
    rng = random.Random(seed)
    text = random_expr(rng, 4)
    names = {"x": FLOAT, "y": FLOAT, "z": FLOAT, "v": VECTOR, "w": VECTOR, "A": MATRIX}
    values = {"x": 0.7, "y": -1.3, "z": 2.1, "v": np.array([0.3, -2.0, 1.7])}
    values |= {"w": np.array([1.3, 0.4, -0.9]), "A": np.arange(1.0, 7.0).reshape(2, 3)}
    try:
        with np.errstate(all="raise"):
            want = eval(text, dict(values))
    except (ArithmeticError, FloatingPointError):
        return
    after = write_expr(simplify_expr(read_expr(text, **(names if known else {}))))
    got = eval(after, dict(values))
    assert np.shape(got) == np.shape(want), (text, after)
    assert np.allclose(got, want, rtol=1e-9, atol=1e-9), (text, after)


def test_time_grows_with_size():
    terms = " + ".join(f"x{i} * math.sin(x{i} * 1.0) * g" for i in range(200))
    got = simplify_expr(read_expr(terms))
    assert write_expr(got).endswith("* g")
    assert math.isfinite(len(write_expr(got)))
