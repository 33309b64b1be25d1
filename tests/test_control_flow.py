"""Assignment in all its forms, `del`, imports, `global`, `match`: alone, in loops and branches."""

import enum
import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

import srcad
from srcad.errors import UnsupportedConstruct
from tests.differences import check

A = np.array([0.3, 1.2, -0.4, 0.8])

# ---------------------------------------------------------------------------------------------
# Walrus


def walrus_in_tests(x, y):
    if (z := x * y) > 0.1 and (w := z + x) > 0.2:
        return w * z
    return x


def walrus_in_while(x, y):
    s, k = 0.0, 0
    while (r := x * y - k) > 0:
        s += r * x
        k += 0.3
    return s + r


def walrus_among_operands(x, y):
    return x + (x := y * x) * x


def walrus_in_comprehension(a, x):
    t = 0.0
    ys = [t := t + v * x for v in a]
    return ys[2] * t


def walrus_in_index(a, x):
    i = 1
    return a[i] * a[(i := 2)] * a[i] * x


def while_else_that_jumps(x, y):
    s = 0.0
    for k in range(3):
        while (r := s - k) < 0.5:
            s += x
            if s > 5:
                break
        else:
            if k == 1:
                continue
            s += y * x
    return s * x + r


# ---------------------------------------------------------------------------------------------
# Stars


def star_of_display(x, y):
    a, *r = [x, y, x * y]
    return a * r[0] + r[1]


def star_of_array(a, x):
    f, *m, last = a
    return f * m[0] * x + last * m[1]


def star_nested(x, y):
    (a, *b), c = (x, y, x * y), y
    return a * b[1] * c


def star_in_for(x, y):
    t = 0.0
    for a, *b in [(x, y, 1.0), (y, x, 2.0)]:
        t += a * b[0] * b[1]
    return t


def star_in_front(a, x):
    *r, last = a
    s = 0.0
    for v in r:
        s += v * last
    return s * x


def star_exchanged(x, y):
    a, b = b, *c = x, y
    return a * b + c[0]


def starred_displays(x, y):
    xs = [x, y]
    zs = [*xs, x * y, *xs]
    ts = (*xs, 2.0 * x)
    return zs[2] * zs[4] + ts[0] * ts[2] + len({*zs, 1.0})


def star_in_called(x, y):
    return head_times_rest([x, y, x + y]) * x


def head_times_rest(items):
    head, *rest = items
    return head * rest[1]


# ---------------------------------------------------------------------------------------------
# Chained comparisons, f-strings


def chained_with_calls(x, y):
    return x if 0 < math.sin(x) < math.exp(y) < abs(math.exp(5 * x)) else y


def chained_with_walrus(x, y):
    if 0 < x < x + y * y < (z := x + 9) < 20:
        return z * x
    return x


def f_strings_with_scopes(x, y):
    text = f"{[v for v in (1, 2)]} {(lambda q: q + 1)(3)} {x:.{2}f}"
    return x * y * len(text)


# ---------------------------------------------------------------------------------------------
# del, import


def deletes_names(x, y):
    t = x * y
    u = t * t
    del t
    t = u * x
    del u, x
    return t * y


def deletes_in_loop(a, x):
    s = 0.0
    for v in a:
        q = v * x
        s += q * q
        del q
    return s


def deletes_items(x, y):
    d = {"a": 1, "b": 2}
    del d["a"]
    numbers = [1, 2, 3]
    del numbers[0], numbers[0]
    return x * y * len(d) * numbers[0]


def imports_inside(x, y):
    import os.path
    from math import cos
    from math import sin as s

    import numpy as numeric

    if x > 0:
        import math

        return s(x) * cos(y) + numeric.exp(x) * math.pi * (os.path.sep == "/")
    return x


# ---------------------------------------------------------------------------------------------
# match


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Pair(NamedTuple):
    a: float
    b: float


@dataclass
class Point:
    x: float
    y: float


def match_literals(x, y):
    total = 0.0
    for mode in ("double", "square", "sq", None, "other"):
        match mode:
            case "double":
                total += 2 * x * y
            case "square" | "sq":
                total += x * x * y
            case None:
                total *= y
            case _:
                total -= x
    return total


def match_display(x, y):
    match (x, 0 if y > 0.5 else 1):
        case (v, 0) if v > 100:
            return v
        case (v, 0):
            return v * v * y
        case _:
            return x


def match_sequences(x, y):
    total = x
    for items in ([], [x], [x, y], [x, y, x * y], (y, x), "no"):
        match items:
            case []:
                total = total * 2.0
            case [a]:
                total += a * y
            case [a, b]:
                total += a / (3.0 + b)
            case [a, *_, b] if a > 50:
                total += a - b
            case [a, *r]:
                total += a * r[0] * r[1]
            case str():
                total += 1.0
    return total


def match_tagged(x, y):
    s = 0.0
    for item in [("add", x), ("mul", y), ("neg",), 3.0]:
        match item:
            case ("add", v):
                s += v
            case ("mul", v):
                s = s * v + x
            case ("neg",):
                s = -s
            case float(v) | int(v):
                s += v * x
    return s


def match_nested(x, y):
    match x:
        case float():
            z = x * y
        case int():
            z = 1.0
    match [x, [y, (x * y, 2.0)]]:
        case [a, [b, (c, d) as e]] as whole:
            return a * b * c * d + z * e[0] * len(whole)


def match_guards_that_bind(x, y):
    v = y
    match x:
        case v if v > 50:
            return v
        case w if (q := w * y) > 0.1:
            return q * v * w
    return v


def match_alternatives_that_bind(x, y):
    total = 0.0
    for item in ((1, x), ("b", y, 2.0), (1, y)):
        match item:
            case (1, v) | ("b", v, _):
                total += v * v * x
    return total


def match_mapping(d, x):
    total = 0.0
    for extra in (1, 2):
        match d:
            case {"kind": "a", "val": v} if extra == 1:
                total += v * x
            case {"val": v, **rest}:
                total += v * v * x + len(rest)
            case _:
                total += x
    return total


def match_named_tuple(p, x):
    match p:
        case Pair(a, b=b) if a > b:
            return a * b * x
        case (a, b):
            return a * x


def match_dotted(x, color):
    match color:
        case Color.RED:
            return x * x
        case Color.BLUE:
            return 3 * x


def match_in_called(x, y):
    return one_of(("sin", x)) * one_of(("scale", y, x))


def one_of(step):
    match step:
        case ("sin", v):
            return math.sin(v)
        case ("scale", v, by):
            return v * by


SCALARS = [
    *(walrus_in_tests, walrus_in_while, walrus_among_operands, while_else_that_jumps),
    *(star_of_display, star_nested, star_in_for, star_exchanged, starred_displays, star_in_called),
    *(chained_with_calls, chained_with_walrus, f_strings_with_scopes),
    *(deletes_names, deletes_items, imports_inside),
    *(match_literals, match_display, match_sequences, match_nested),
    *(match_guards_that_bind, match_alternatives_that_bind, match_in_called),
]
ARRAYS = [
    *(walrus_in_comprehension, walrus_in_index, star_of_array, star_in_front, deletes_in_loop),
]


@pytest.mark.parametrize("f", SCALARS, ids=lambda f: f.__name__)
def test_scalars(f):
    check(f, 1.1, 0.7)


@pytest.mark.parametrize("f", ARRAYS, ids=lambda f: f.__name__)
def test_arrays(f):
    check(f, A, 0.7)


@pytest.mark.parametrize("f", SCALARS, ids=lambda f: f.__name__)
def test_in_loop_and_branch(f):
    def looped(x, y):
        total = 0.0
        for k in range(3):
            if k != 1:
                total += f(x + 0.1 * k, y) * x
            else:
                x = x * 1.1
        return total

    check(looped, 1.1, 0.7)


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (match_named_tuple, (Pair(2.0, 1.0), 0.3)),
        (match_named_tuple, (Pair(1.0, 2.0), 0.3)),
        (match_dotted, (1.1, Color.RED)),
        (match_dotted, (1.1, Color.BLUE)),
    ],
)
def test_patterns(f, args):
    check(f, *args)


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (match_tagged, (1.1, 0.7)),
        (match_mapping, ({"kind": "a", "val": 2.0}, 0.3)),
        (match_mapping, ({"kind": "b", "val": 2.0}, 0.3)),
    ],
)
def test_parts_that_may_be_numbers_or_arrays(f, args):
    check(f, *args)


def test_too_few_to_unpack():
    def f(xs):
        a, *_b, c = xs
        return a * c

    with pytest.raises(ValueError, match="not enough values to unpack"):
        srcad.grad(f)([1.0])


def test_deleted_name_is_gone():
    def f(x):
        t = x * x
        if x < 0:
            return t
        del t
        return t * x  # noqa: F821

    with pytest.raises(UnboundLocalError) as caught:
        srcad.grad(f)(2.0)
    with pytest.raises(UnboundLocalError) as wanted:
        f(2.0)
    assert str(caught.value) == str(wanted.value)


def test_name_that_may_be_deleted_is_refused():
    def f(x):
        t = x * x
        if x > 0:
            del t
        return t * x

    with pytest.raises(UnsupportedConstruct, match="`t` may have been deleted before"):
        srcad.grad(f)(2.0)


def test_missing_module_raises_in_its_place():
    def f(x):
        if x > 0:
            import no_such_module

            return no_such_module.f(x)
        return x * x

    assert srcad.grad(f)(-2.0) == -4.0
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        srcad.grad(f)(2.0)


# ---------------------------------------------------------------------------------------------
# global

calls = 0
last = None
gain = 2.0


def counts(a, x):
    global calls, last
    s = 0.0
    for v in a:
        calls = calls + 1
        s += v * x * calls
    last = "done"
    return s


def tick():
    global calls
    calls += 1


def ticks(x, y):
    tick()
    return x * y * gain


def keeps_a_value(x):
    global last
    last = x * x
    return x


def reads_what_another_binds(x):
    tick()
    return x * calls


@pytest.mark.parametrize("wrap", [srcad.value_and_grad, lambda f: lambda *a: (f(*a), None)])
def test_global_is_rebound_once(wrap):
    global calls, last
    calls, last = 0, None
    assert wrap(counts)(A, 0.7)[0] == pytest.approx(0.7 * (0.3 + 2.4 - 1.2 + 3.2))
    assert (calls, last) == (4, "done")


def test_gradient_with_rebound_global():
    global calls
    calls = 0
    np.testing.assert_allclose(srcad.grad(counts)(A, 0.7), [0.7, 1.4, 2.1, 2.8])
    calls = 0
    assert srcad.jvp(counts, (A, 0.7), (np.ones(4), 0.0))[1] == pytest.approx(7.0)
    assert calls == 4


def test_global_rebound_by_a_called_function():
    global calls
    calls = 0
    assert srcad.grad(ticks)(2.0, 3.0) == 6.0
    assert calls == 1


@pytest.mark.parametrize("f", [keeps_a_value, reads_what_another_binds])
def test_global_that_would_be_wrong_is_refused(f):
    with pytest.raises(UnsupportedConstruct):
        srcad.grad(f)(2.0)
