"""The language: every construct that is accepted, alone and inside the others."""

import math

import numpy as np
import pytest

import srcad
from tests.differences import check

RNG = np.random.default_rng(5)
A = RNG.normal(size=4)
B = RNG.normal(size=4)
M = RNG.normal(size=(3, 4))

GAIN = 0.6
WEIGHTS = (0.5, -1.5, 2.0)
TABLE = np.array([0.3, 1.1, -0.4, 0.8])
SETTINGS = {"rate": 0.4}


# ---------------------------------------------------------------------------------------------
# Expressions


def arithmetic(x, y):
    return (x + y) * (x - 2 * y) / (1.5 + x**2) - -x + +y


def powers(x, y):
    return (1.5 + x * x) ** y + x**3 + 2.0**y + x**2.0 + x**-1


def modulo_and_floor(x, y):
    return (7.3 * x) % 2.0 + (x * y) // 0.25 + divmod(5.2 * x, 1.5)[1]


def chained_comparison(x, y):
    if -1 < x < y < 5:
        return x * y
    return x / y


def boolean_operators(x, y):
    if x > 0 and not y < 0 or x == y:
        return x * y * y
    return x


def boolean_value(x, y):
    z = (x > 5 and y) or x * y
    return z * z


def ternary(x, y):
    return (x * y if x > y else x - y) + (y if y > 10 else x * x)


def nested_ternary(x, y):
    return x if x > 3 else y * x if y > 0.1 else x / y


def names_of_derivatives(dx, x):
    """The names that an adjoint would like are the user's own."""
    d = dx * x
    x_tape = d * dx
    dd = x_tape + d
    return dd * x


def many_uses(x, y):
    s = math.sin(x)
    return s * s + s * y + y / (2 + s)


# ---------------------------------------------------------------------------------------------
# Assignments


def tuple_assignment(x, y):
    a, b = x * y, x + y
    a, b = b * b, a
    return a - b * x


def nested_unpacking(x, y):
    (a, b), c = (x * y, y), x
    return a * b + c


def swap_in_a_loop(x, y):
    for _ in range(3):
        x, y = y, x * y + 0.1
    return x - y * y


def chained_assignment(x, y):
    a = b = x * y
    a += x
    return a * b


def rebinding(x, y):
    x = x * y
    x = math.sin(x)
    y = x + y
    x = y * y
    return x


def augmented(x, y):
    x += y
    x *= y
    x -= y / 3
    x /= 1 + y * y
    x **= 2
    return x


def annotated(x: float, y: float) -> float:
    z: float = x * y
    return z * z


def unpacks_array(a, x):
    p, q, r, s = a
    return p * q - r * s * x


def unpacks_function_result(x, y):
    p, q = polar(x, y)
    return p * q


def tuple_indexed(x, y):
    pair = (x * y, x - y)
    return pair[0] * pair[1] + pair[-1]


def list_changed(x, y):
    items = [x, y, x * y]
    items[1] = items[0] * items[2]
    items.append(items[1] + x)
    total = 0.0
    for item in items:
        total += item * item
    return total


def item_of_a_slice_of_a_list(x, y):
    items = [x, x * y, y]
    pair = (y, x)
    return items[1:][0] * items[:2][1] * pair[1:][0]


def sequences_repeated(x, y):
    items = [x, x * y] * 3
    pair = 2 * (y, x)
    return items[0] * items[3] * items[5] + pair[1] * pair[2]


def dict_read_and_written(x, y):
    state = {"position": x, "speed": y}
    for _ in range(3):
        state["position"] += 0.1 * state["speed"]
        state["speed"] = state["speed"] - math.sin(state["position"])
    return state["position"] * state["speed"]


# ---------------------------------------------------------------------------------------------
# Branches and loops


def branches(x, y):
    if x > 1:
        z = x * y
    elif y > 0:
        z = x - y * y
    else:
        z = x
    return z * z


def branch_without_else(x, y):
    z = x
    if y > 0:
        z = z * y
    return z * x


def nested_branches(x, y):
    if x > 0:
        if y > x:
            x = y * x
        else:
            y = x * x
    return x * y


def early_return(x, y):
    if x > 10:
        return x
    if y > 0.2:
        z = x * y
        return z * z
    return x + y


def returns_in_both(x, y):
    if x > y:
        return x * x
    else:
        return y * x


def range_loop(x, y):
    for i in range(1, 8, 2):
        x = x * math.cos(y) + i * 0.1
    return x


def range_backwards(x, y):
    for i in range(4, 0, -1):
        x = math.sin(x * y) + i
    return x


def empty_range(x, y):
    for i in range(0):
        x = x * y * i
    return x * y


def loop_variable_afterwards(a, x):
    for i in range(len(a)):
        x = x * a[i]
    return x * a[i]


def loop_over_array(a, x):
    for v in a:
        x = x * v + 0.5
    return x


def loop_over_rows(m, x):
    s = 0.0
    for row in m:
        s = s * x + np.dot(row, row)
    return s


def loop_over_tuple(x, y):
    for v in (x, y, x * y):
        x = x + v * v
    return x


def loop_over_list(x, y):
    s = 0.0
    for v in [x, 2 * y, x * y]:
        s = s * x + v
    return s


def loop_over_constants(x, y):
    for w in WEIGHTS:
        x = math.tanh(w * x) + y
    return x


def loop_enumerated(a, x):
    s = 0.0
    for i, v in enumerate(a):
        s += x**i * v
    return s


def loop_enumerated_from_one(a, x):
    s = 0.0
    for i, v in enumerate(a, 1):
        s += x**i * v
    return s


def loop_zipped(a, b):
    s = 1.0
    for p, q in zip(a, b):
        s = s * (1 + p * q)
    return s


def loop_zipped_and_enumerated(a, b):
    s = 1.0
    for i, (p, q) in enumerate(zip(a, b)):
        s = s * (i + p * q)
    return s


def loop_reversed(a, x):
    p = 0.0
    for v in reversed(a):
        p = p * x + v
    return p


def loop_reversed_range(a, x):
    p = 0.0
    for i in reversed(range(len(a))):
        p = p * x + a[i]
    return p


def loop_nested(a, b):
    s = 0.0
    for i in range(len(a)):
        t = a[i]
        for j in range(i):
            t = t * b[j] + a[i]
        s = s + t * t
    return s


def triangular_nest(m, x):
    s = 0.0
    for i in range(m.shape[0]):
        for j in range(i, m.shape[1]):
            if i == j:
                continue
            s += m[i, j] ** 2 * x
            if s > 2.5:
                break
    return s


def while_loop(x, y):
    n = 0
    while n < 4:
        x = x * math.cos(x) + y
        n += 1
    return x


def while_on_value(x, y):
    while x < 5:
        x = x * 1.7 + y
    return x


def while_true(x, y):
    while True:
        x = x * 1.3 + y
        if x > 9:
            break
    return x * y


def while_nested(x, y):
    n = 0
    while n < 3:
        k = n
        while k > 0:
            x = math.sin(x) + y
            k -= 1
        n += 1
    return x


def broken(a, x):
    s = 0.0
    for v in a:
        s = s + v * x
        if s > 0.05:
            break
        s = s * 2
    return s * x


def break_in_nested_branch(x, y):
    for i in range(10):
        if i > 1:
            x = x + y
            if x > 2.0:
                x = x * y
                break
            x = x * 1.1
        else:
            x = x + 0.1 * y
    return x


def continued(x, y):
    for i in range(6):
        if i % 2:
            continue
        x = x * y + math.sin(x)
    return x


def continue_on_value(a, x):
    s = 1.0
    for v in a:
        if v < 0:
            s = s - v
            continue
        s = s * v + x
    return s


def return_in_loop(x, y):
    for i in range(10):
        x = x * 1.5 + y
        if x > 8:
            return x * i
    return x


def return_in_nested_loop(a, x):
    s = 0.0
    for i in range(4):
        for j in range(4):
            s = s + a[i] * a[j] * x
            if s * s > 0.4:
                return s * a[i]
        s = s * 0.5
    return s


def loop_else(x, y):
    for i in range(4):
        x = x * y
        if x > 100:
            break
    else:
        x = x + y
    for i in range(4):
        x = x + y
        if x > 3:
            break
    else:
        x = x * 100
    return x


def while_else(x, y):
    n = 3
    while n:
        n -= 1
        x = x * y
        if x > 50:
            break
    else:
        x = math.sin(x)
    return x


def newton(a, x):
    for _ in range(30):
        step = (x * x - a[0] * a[0] - 1.0) / (2 * x)
        x = x - step
        if abs(step) < 1e-13:
            break
    return x


# ---------------------------------------------------------------------------------------------
# Calls


def square(v):
    return v * v


def scaled(v, *, by=2.0):
    return v * by


def of_generator(x, y):
    return sum(w * x * y for w in WEIGHTS) + max(v * y for v in (x, 2 * x))


def of_comprehension(a, x):
    powers = [v**i * x for i, v in enumerate(a) if v > -5]
    return sum(powers) * powers[1]


def polar(x, y):
    return math.sqrt(x * x + y * y), math.atan2(y, x)


def looped(v, n):
    for _ in range(n):
        v = math.sin(v) * 1.2
    return v


def factorial_like(x, n):
    if n == 0:
        return x
    return (n + x) * factorial_like(x, n - 1)


def is_even(x, n):
    if n == 0:
        return x
    return is_odd(x * x + 0.1, n - 1)


def is_odd(x, n):
    if n == 0:
        return -x
    return is_even(math.sin(x), n - 1)


def fibonacci(x, n):
    if n < 2:
        return x + n
    return fibonacci(x, n - 1) * 0.5 + fibonacci(x * x, n - 2)


def apply(f, x):
    return f(x) + f(2 * x)


def helper(x, y):
    return square(x) + square(square(y) * x)


def keyword_call(x, y):
    return scaled(x, by=y) + scaled(v=y) + scaled(by=x, v=y)


def helper_with_loop(x, y):
    return looped(x, 3) * looped(y, 2)


def recursion(x, y):
    return factorial_like(x, 4) * y


def mutual_recursion(x, y):
    return is_even(x, 5) * y


def double_recursion(x, y):
    return fibonacci(x, 5) * y


def function_as_argument(x, y):
    return apply(square, x) * apply(math.sin, y)


def call_in_condition(x, y):
    if square(x) > 0.1:
        x = square(y)
    return x * y


def call_in_loop(x, y):
    for _ in range(3):
        x = square(x) + looped(y, 2)
    return x


def constants(x, y):
    return GAIN * x + WEIGHTS[1] * y + TABLE[2] * x * y + SETTINGS["rate"] * y * y


def array_constant(a, x):
    return np.sum(TABLE * a) * x


def math_constants(x, y):
    return math.pi * x * y + np.e * x + math.sqrt(2) * y


# ---------------------------------------------------------------------------------------------
# Attributes, methods, statements without derivative


def attributes(m, x):
    n = m.shape[0] * m.ndim + m.size
    rows, columns = m.shape
    z = np.zeros(m.shape, dtype=m.dtype)
    z[0] = m.T[:, 1] * x
    return np.sum(z * z) * n + rows * columns * x + len(m) * x


def methods(m, x):
    flat = m.reshape(-1).copy()
    flat = flat.reshape((4, 3)).T
    return m.sum() * m.mean() + (m * x).sum(axis=0).max() + flat.dot(m.T).sum() + m.ravel()[2]


def asserts(x, y):
    assert y > 0, "y must be positive"
    assert x == x
    return x * y


def raises(x, y):
    if y < 0:
        raise ValueError(f"negative: {y}")
    return math.sqrt(y) * x


def prints(x, y):
    """Computes a product, aloud."""
    z = x * y
    print("z is", z)
    print(f"{z:.3f} and {x!r}")
    return z * x


def passes(x, y):
    if x > 0:
        pass
    else:
        ...
    return x * y


def dead_code(x, y):
    unused = x * y
    unused = unused + 1
    return x * x * y


def constant_in_x(x, y):
    return y * 2.0


def nothing_to_do(x, y):
    return x


PAIR = (0.7, 0.4)
FIRST_ARRAY = (A, 0.7)
CASES = {
    unpacks_array: FIRST_ARRAY,
    loop_variable_afterwards: FIRST_ARRAY,
    loop_over_array: FIRST_ARRAY,
    loop_over_rows: (M, 0.7),
    loop_enumerated: FIRST_ARRAY,
    loop_enumerated_from_one: FIRST_ARRAY,
    loop_zipped: (A, B),
    loop_zipped_and_enumerated: (A, B),
    loop_reversed: FIRST_ARRAY,
    loop_reversed_range: FIRST_ARRAY,
    loop_nested: (A, B),
    triangular_nest: (M, 0.7),
    broken: FIRST_ARRAY,
    continue_on_value: FIRST_ARRAY,
    return_in_nested_loop: FIRST_ARRAY,
    newton: FIRST_ARRAY,
    of_comprehension: FIRST_ARRAY,
    array_constant: FIRST_ARRAY,
    attributes: (M, 0.7),
    methods: (M, 0.7),
    **dict.fromkeys(
        [
            arithmetic,
            powers,
            modulo_and_floor,
            chained_comparison,
            boolean_operators,
            boolean_value,
            ternary,
            nested_ternary,
            names_of_derivatives,
            many_uses,
            tuple_assignment,
            nested_unpacking,
            swap_in_a_loop,
            chained_assignment,
            rebinding,
            augmented,
            annotated,
            unpacks_function_result,
            tuple_indexed,
            list_changed,
            item_of_a_slice_of_a_list,
            sequences_repeated,
            dict_read_and_written,
            branches,
            branch_without_else,
            nested_branches,
            early_return,
            returns_in_both,
            range_loop,
            range_backwards,
            empty_range,
            loop_over_tuple,
            of_generator,
            loop_over_list,
            loop_over_constants,
            while_loop,
            while_on_value,
            while_true,
            while_nested,
            break_in_nested_branch,
            continued,
            return_in_loop,
            loop_else,
            while_else,
            helper,
            keyword_call,
            helper_with_loop,
            recursion,
            mutual_recursion,
            double_recursion,
            function_as_argument,
            call_in_condition,
            call_in_loop,
            constants,
            math_constants,
            asserts,
            raises,
            prints,
            passes,
            dead_code,
            constant_in_x,
            nothing_to_do,
        ],
        PAIR,
    ),
}


@pytest.mark.parametrize("f", CASES, ids=lambda f: f.__name__)
def test_derivatives(f):
    check(f, *CASES[f])


@pytest.mark.parametrize("f", CASES, ids=lambda f: f.__name__)
def test_derivatives_in_one_argument(f):
    check(f, *CASES[f], argnums=0)
    check(f, *CASES[f], argnums=1)


# ---------------------------------------------------------------------------------------------
# Parameters


def positional_only(x, y, /, z=0.5):
    return x * y * z


def keyword_only(x, *, y, z=0.5):
    return x * y * z


def test_positional_only_parameters():
    assert srcad.grad(positional_only)(2.0, 3.0) == 1.5
    assert srcad.grad(positional_only, argnums=(0, "z"))(2.0, 3.0, z=4.0) == (12.0, 6.0)


def test_keyword_only_parameters():
    assert srcad.grad(keyword_only)(2.0, y=3.0) == 1.5
    assert srcad.grad(keyword_only, argnums=("x", "y"))(2.0, y=3.0, z=4.0) == (12.0, 8.0)


def test_default_parameters():
    assert srcad.grad(positional_only, argnums="y")(2.0, 3.0) == 1.0


def test_arguments_by_keyword():
    assert srcad.grad(early_return)(y=0.1, x=2.0) == srcad.grad(early_return)(2.0, 0.1)


def test_closures():
    def make(k):
        def f(x):
            return k * x * x

        return f

    assert srcad.grad(make(3.0))(1.0) == 6.0
    assert srcad.grad(make(5.0))(1.0) == 10.0


def test_raises_as_the_function_does():
    with pytest.raises(ValueError, match=r"negative: -1\.0"):
        srcad.grad(raises)(1.0, -1.0)
    with pytest.raises(AssertionError, match="y must be positive"):
        srcad.grad(asserts)(1.0, -1.0)


def test_prints_once(capsys):
    srcad.grad(prints)(0.5, 3.0)
    assert capsys.readouterr().out == "z is 1.5\n1.500 and 0.5\n"


# ---------------------------------------------------------------------------------------------
# Arguments and results of other forms


def of_tuple(p):
    (x, y), a = p
    return x * y * np.sum(a)


def of_list(items):
    total = 0.0
    for item in items:
        total += item * item
    return total * items[0]


def of_dict(params, x):
    hidden = np.tanh(params["w"] * x + params["b"])
    return np.sum(hidden * hidden)


def of_list_of_arrays(layers, x):
    for w, b in layers:
        x = np.tanh(w @ x + b)
    return np.sum(x)


def two_results(x, y):
    return x * y, x - y


def array_result(a, x):
    return np.sin(a) * x


def dict_result(x, y):
    return {"p": x * y, "q": [x, y * y]}


W1, W2 = RNG.normal(size=(3, 4)), RNG.normal(size=(2, 3))
TREES = {
    of_tuple: (((0.7, 0.4), A),),
    of_list: ([0.7, 0.2, -0.4],),
    of_dict: ({"w": A, "b": 0.3}, 0.7),
    of_list_of_arrays: ([(W1, A[:3]), (W2, B[:2])], A),
    two_results: PAIR,
    array_result: FIRST_ARRAY,
    dict_result: PAIR,
}


@pytest.mark.parametrize("f", TREES, ids=lambda f: f.__name__)
def test_trees(f):
    check(f, *TREES[f])


def test_arguments_that_carry_no_derivative():
    def f(x, n, mode):
        return x**n if mode == "power" else x * n

    assert srcad.grad(f)(2.0, 3, "power") == 12.0
    assert srcad.grad(f)(2.0, 3, "product") == 3.0
    _, pullback = srcad.vjp(f, 2.0, 3, "power")
    assert pullback(1.0) == (12.0, None, None)


def test_single_precision_stays_single():
    def f(a, x):
        return np.sum(np.exp(a) * x)

    a32 = A.astype(np.float32)
    da, dx = srcad.grad(f, argnums=(0, 1))(a32, np.float32(0.5))
    assert da.dtype == np.float32
    assert np.asarray(dx).dtype == np.float32
    np.testing.assert_allclose(da, 0.5 * np.exp(a32), rtol=1e-6)


def test_a_branch_that_only_restores_knows_its_test():
    def f(a, x):
        first = a[0] / (1.5 + x * x)
        k = -1
        while k < 3:
            k += 1
            if k >= 2:
                a[2:] *= 1.0 + 0.3 * np.tanh(a[:-2] / 2.0)
        return first * a[0]

    check(f, A.copy(), 0.7)


def test_a_name_bound_on_some_paths_keeps_its_value_in_a_loop():
    def f(x, y):
        if x < 0:
            if y < 0:
                return x * y
            s = y * y
        else:
            s = x * y
        for _ in range(2):
            s, y = y, s * y
        return s * y

    check(f, 0.8, 0.7)
