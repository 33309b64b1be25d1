"""What is captured means what the function means: core, interpreted, against the function."""

import copy
import math
import random
from math import exp

import numpy as np
import pytest

from srcad.frontend import capture
from tests.core_interpreter import run
from tests.random_programs.judge import loaded
from tests.random_programs.program import generate

SCALE = 1.5
LOG = []


class Box:
    def __init__(self, value):
        self.value = value


def note(value, log=LOG):
    log.append(value)
    return value


def double(x):
    return 2 * x


def arithmetic(x, y):
    return (x + y) * (x - y) / (1 + x * x) ** 2 // 0.01 % 7 - -x + +y


def integers(n, m):
    return (n & m) | (n ^ 5) << 2 >> 1, ~n, n // m, n % m


def matrix(a):
    return a @ a.T + a.sum(axis=0, keepdims=True)[..., None, :][0, ::-1][:, np.newaxis].mean()


def constants(x):
    return x * np.pi + math.e * SCALE - exp(-1) + -2.5 * 1j, None, True, "text", b"bytes"


def defaults(x, y=2.0, *, z=SCALE, w=(1, 2)):
    return x * y + z * w[1]


def positional_only(x, /, y, *, z=1):
    return x - y * z


def assignments(x):
    a = b = x + 1
    (a, c), d = (b, a * 2), [x, x]
    [e, f] = d
    a, b = b, a
    g: float = a * 2
    h: float
    h = g
    return a, b, c, d, e, f, h


def shared_list(n):
    a = b = []
    a.append(n)
    return b


def chained_stores(a):
    i = 0
    i = a[i] = 2
    a[0] = a[1] = i + 1
    return a, i


def item_swap(a):
    i, j = 0, 2
    a[i], a[j] = a[j], a[i]
    a[i + 1], i = i, 2
    return a, i


def rows_swap(a):
    a[0], a[1] = a[1], a[0]
    return a


def rotate(a, x):
    a[0], x, a[1] = x, a[1], a[0]
    a[2], y = a[:2].sum(), x
    return a, x, y


def rebinding_in_a_tuple(a, x):
    a[0], x, a[1] = 1, 5, x
    b = [0, 0]
    x, b[0] = 2, (x, x)
    return a, x, b


def unpack_into_places(a, box):
    a[0], box.value = divmod(7, 2)
    (a[1], i), a[2] = (1, 2), 3
    return a, box.value, i


def augmented(x, a, box):
    x += 1
    x *= x
    a[1] -= x
    a[:2] **= 2
    box.value //= 2
    a += 1
    return x, a, box.value


def comparisons(x, y):
    return [
        x < y,
        0 < x < y <= 9,
        x != y == y,
        x is None,
        x is not y,
        x in (1, 2),
        y not in [3.0],
        1 < note(x) < 3,
        note(4) < note(x),
        not x > y,
    ]


def chain_stops_early(x):
    return note(1) < note(0) < note(x)


def booleans(x, y):
    return (x and y, x or y, not x, x > 1 and y > 1 or x, x if y else -1)


def boolean_with_statements(x, n):
    return n > 0 and [note(i) for i in range(n)] or note("none") and [x for _ in range(2)]


def choice_with_statements(x, n):
    return [i * x for i in range(n)] if n > 1 else note("few")


def branches(x):
    if x > 2:
        y = 1
    elif x > 1:
        y = 2
    elif x > 0:
        pass
        y = 3
    else:
        y = 4
    return y


def no_value(a):
    a[0] = 1
    if a[1] > 0:
        return
    a[0] = 2


def falls_off(x):
    if x > 1:
        return x


def early_returns(x):
    if x > 3:
        return "a"
    if x > 2:
        if x > 2.5:
            return "b"
        y = 1
    elif x > 1:
        return "c"
    else:
        y = 2
    y += 10
    return y


def else_leaves(x):
    if x > 1:
        y = 1
    else:
        return -1
    y += 2
    return y


def guard(x):
    if x > 1:
        y = 1
    elif x > 0:
        y = 2
    else:
        raise ValueError(f"{x} is negative")
    return y * 2


def return_in_loop(n):
    for i in range(n):
        if i * i > 7:
            return i
    return -1


def returns_in_nested_loops(n):
    total = 0
    for i in range(n):
        for j in range(i):
            total += j
            if total > 20:
                return total, i, j
            if j > 3:
                break
            while True:
                total += 1
                if total % 5 == 0:
                    return "five", total
                if total % 3 == 0:
                    break
        else:
            total += 100
            continue
        total -= 50
    else:
        total += 0.5
    return total


def endless(n):
    while True:
        n = n // 2
        if n % 2:
            return n
        if n == 0:
            return "zero"


def endless_with_one_return(n):
    while True:
        n += 1
        if n % 7 == 0:
            return n


def endless_inside(n):
    for i in range(n):
        while True:
            n -= 1
            if n < 3:
                return i, n
            if n % 2:
                return n
    return "none"


def loop_else(n):
    for i in range(n):
        if i == 3:
            break
    else:
        return "all"
    return "some"


def loop_else_without_break(n):
    for i in range(n):
        if i == 1:
            continue
        n += 1
    else:
        n = -n
    return n


def else_jumps_outward(n):
    found = []
    for i in range(n):
        for j in range(3):
            if i == j:
                break
        else:
            if i == 5:
                break
            continue
        found.append(i)
    return found


def while_else(n):
    while n > 0:
        n -= 2
        if n == 1:
            break
    else:
        n = 100
    return n


def while_with_statements(a):
    while sum([v for v in a]) < 10:
        a[0] += 1
        if a[0] == 3:
            continue
        if a[0] > 6:
            break
    else:
        a[0] = -1
    return a


def continue_deep(n):
    total = 0
    for i in range(n):
        if i % 2:
            if i % 3 == 0:
                continue
            total += i
        else:
            total += 1
            if i == 8:
                break
        total *= 2
        total += 1
    return total


def loops_over_things(a):
    out = []
    for i, (x, y) in enumerate(zip(a, a[::-1])):
        out.append((i, x, y))
    for key in {"b": 1, "a": 2}:
        out.append(key)
    for row in reversed(list(a)):
        out.append(row)
    for a[0] in range(3):
        out.append(a[0] * 2)
    return out, i, x, key


def list_comprehensions(xs):
    x = [x + 1 for x in xs if x > 0 if x < 9]
    grid = [(i, j) for i in range(3) for j in range(i)]
    named = {str(i): i * i for i in range(3)}
    nested = [[i * j for j in range(2)] for i in range(2)]
    total = sum(i * v for i, v in enumerate(xs)) + max(v for v in xs)
    return x, grid, named, nested, total, {1, 2} | set(i for i in x)


def searches(xs):
    i = any(note(v) > 2 for v in xs if v)
    j = all(note(v) < 3 for v in xs)
    return i, j, any(v for v in ()), {v % 2 for v in xs}, [f"{xs} {i:.1f}" for i in xs]


def order_of_evaluation(xs):
    return [note("first"), [note(x) for x in xs], note("last")]


def order_in_calls(xs):
    return divmod(note(7), len([note(x) for x in xs])), note(9), divmod(note(9), note(2))[1]


def order_in_stores(a):
    a[note(1)] = note(2.0)
    a[len([note(i) for i in range(2)])] = note(3.0)
    a[note(0)] += sum([note(i) for i in range(3)])
    return a


def calls(x):
    def_ = double
    return double(x) + def_(x) + note(x=x) if False else double(double(x))


def function_argument(f, x):
    return f(f(x)) + apply(double, x) + apply(np.sin, x)


def apply(f, x):
    return f(x)


def methods(a):
    b = a.copy()
    b.sort()
    return b.reshape(-1, 1).sum(axis=0), a.shape[0], a.T.ndim, a.dtype


def dtypes(n):
    return np.zeros(n, dtype=np.float32), np.array([1, 2], dtype=float), np.int64(n)


def strings(x, n):
    print(f"{x:.{n}f}", n, sep="-", end="")
    return f"{x!r} {SCALE:5.1f} {len('ab')} {np.ndim(x)}" + "ab"


def checks(x):
    """Doc."""
    assert x > 0, "positive"
    assert x < 10, x
    "a string by itself"
    ...
    assert x != 5, [v for v in "five"]
    return x


def raises(x):
    if x > 1:
        raise KeyError(x) from ValueError("cause")
    return x


def attributes(box):
    box.value = box.value + 1
    box.value, y = 3, box.value
    return box.value, y


def slices(a):
    a[1:] = a[:-1] * 2
    a[::2] += 1
    return a[-2:], a[...], a[a > 1], a[[0, 1]]


def recursion(n):
    if n <= 1:
        return 1
    return n * recursion(n - 1)


def dictionaries(x):
    d = {"a": x, "b": {"c": x + 1}}
    d["a"] += 1
    d["b"]["c"] *= 2
    return d


cube = lambda x: x**3  # noqa: E731
pair = (lambda x: x + 1, lambda x: x - 1)


def vector():
    return np.array([3.0, 1.0, 2.0])


CASES = [
    (arithmetic, [(1.5, 2.0), (0.3, -1.0)]),
    (integers, [(6, 3), (13, 4)]),
    (matrix, [(np.eye(3) + 1,)]),
    (constants, [(2.0,)]),
    (defaults, [(1.0,), (1.0, 3.0)]),
    (assignments, [(2.0,)]),
    (shared_list, [(1,)]),
    (chained_stores, [([0, 0, 0],)]),
    (item_swap, [(vector(),)]),
    (rows_swap, [(np.arange(6.0).reshape(3, 2),)]),
    (rotate, [(vector(), 9.0)]),
    (rebinding_in_a_tuple, [(vector(), 9.0)]),
    (unpack_into_places, [(vector(), Box(1))]),
    (augmented, [(2.0, vector(), Box(7))]),
    (comparisons, [(1, 2), (2, 3.0), (5, 4)]),
    (chain_stops_early, [(3,)]),
    (booleans, [(0, 1), (2, 0), (3, 4)]),
    (boolean_with_statements, [(1, 0), (1, 2)]),
    (choice_with_statements, [(1, 0), (1, 3)]),
    (branches, [(k,) for k in range(4)]),
    (no_value, [([0, 1],), ([0, -1],)]),
    (falls_off, [(0,), (2,)]),
    (early_returns, [(k,) for k in (0, 1.5, 2.2, 2.7, 4)]),
    (else_leaves, [(0,), (2,)]),
    (guard, [(0.5,), (2,), (-1,)]),
    (return_in_loop, [(2,), (9,)]),
    (returns_in_nested_loops, [(k,) for k in range(8)]),
    (endless, [(k,) for k in range(1, 9)]),
    (endless_with_one_return, [(3,)]),
    (endless_inside, [(k,) for k in range(8)]),
    (loop_else, [(2,), (5,)]),
    (loop_else_without_break, [(3,)]),
    (else_jumps_outward, [(9,), (4,)]),
    (while_else, [(4,), (5,)]),
    (while_with_statements, [([1, 2],), ([1, 20],), ([0, -30],)]),
    (continue_deep, [(12,), (5,)]),
    (loops_over_things, [(vector(),)]),
    (list_comprehensions, [([1, -2, 3, 10],)]),
    (searches, [([1, 2, 3, 4],), ([0, 1],), ([],)]),
    (order_of_evaluation, [([1, 2],)]),
    (order_in_calls, [([1, 2],)]),
    (order_in_stores, [(vector(),)]),
    (calls, [(2,)]),
    (function_argument, [(math.cos, 0.5)]),
    (methods, [(vector(),)]),
    (dtypes, [(3,)]),
    (strings, [(2.5, 2)]),
    (checks, [(1,), (-1,), (11,), (5,)]),
    (raises, [(1,), (2,)]),
    (attributes, [(Box(1),)]),
    (slices, [(vector(),)]),
    (recursion, [(5,)]),
    (dictionaries, [(1.0,)]),
    (cube, [(3,)]),
    (pair[0], [(3,)]),
    (pair[1], [(3,)]),
]


def outcome(call, args):
    """What a call gives or raises, what it noted, and what it left in its arguments."""
    args = copy.deepcopy(args)
    LOG.clear()
    try:
        result = call(*args)
    except Exception as error:
        text = str(error).partition("\n")[0]  # pytest adds to the message of an assertion
        result = (type(error).__name__, text, type(error.__cause__).__name__)
    return comparable((result, args, list(LOG)))


def comparable(value):
    if isinstance(value, np.ndarray):
        return ("array", str(value.dtype), value.shape, value.tolist())
    if isinstance(value, tuple | list):
        return (type(value).__name__, [comparable(item) for item in value])
    if isinstance(value, Box):
        return ("Box", comparable(value.value))
    return (type(value).__name__, value)


@pytest.mark.parametrize(("fn", "calls"), CASES, ids=lambda c: getattr(c, "__name__", ""))
def test_core_means_what_the_function_means(fn, calls):
    core = capture(fn)
    for args in calls:
        assert outcome(lambda *a, core=core: run(core, *a), args) == outcome(fn, args)


def test_keyword_arguments():
    assert run(capture(defaults), 1.0, z=5, y=3.0) == defaults(1.0, z=5, y=3.0)
    assert run(capture(positional_only), 5, y=2, z=3) == positional_only(5, y=2, z=3)


def test_closures():
    def make(k):
        return lambda x: x * k + SCALE

    twice, thrice = make(2), make(3)
    assert run(capture(twice), 5) == twice(5)
    assert run(capture(thrice), 5) == thrice(5)


@pytest.mark.parametrize("seed", range(60))
def test_random_programs(seed):
    program = generate(random.Random(seed), names=())
    with loaded(program.text) as module, np.errstate(all="ignore"):
        core = capture(module.program)
        got = outcome(lambda *args: run(core, *args), program.args())
        np.testing.assert_equal(got, outcome(module.program, program.args()))
