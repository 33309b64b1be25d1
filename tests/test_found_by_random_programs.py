"""What random programs have found: constructs that are right alone and were wrong together."""

import functools
import itertools
import math

import numpy as np
import pytest

import srcad.errors
from tests.differences import check

A = np.array([0.3, 0.7, 1.1, -0.6])

# ---------------------------------------------------------------------------------------------
# Results that the reverse sweep reads again, known to it by the container they are in


class Holder:
    def __init__(self, p, w):
        self.p = p
        self.w = w

    def double(self):
        self.p *= 2.0
        return self.p


class Child(Holder):
    def __init__(self, p, w, r=0.4):
        super().__init__(p, w)
        self.r = r


def shifted(w):
    w[1:] = w[:-1] * 2.0
    return np.sum(w)


def result_in_a_list(x, a):
    hs = [np.exp(a), a * x]
    for h in hs:
        h[:] = h[::-1]
    return shifted(hs[0]) * hs[1][0]


def result_in_a_dict(x, a):
    state = {"w": np.exp(a), "v": a * a / x}
    return shifted(state["w"]) * shifted(state["v"])


def result_stored(x, a):
    o = Holder(x, a)
    o.w = np.exp(a) * x
    hs = [a]
    hs.append(np.sqrt(a * a + x))
    hs.insert(0, np.tanh(a))
    return shifted(o.w) * shifted(hs[2]) * shifted(hs[0])


def number_or_array(x, a):
    items = [a * 2.0, a[0], np.outer(a, a)]
    v, m = items[0], items[2]
    v[1:] = v[:-1] * x
    m[1] = a * m[0]
    m[0] = x
    m[:, 1] = a * m[:, 0]
    items[0][0] = x
    return np.sum(items[0]) * np.sum(items[2])


# ---------------------------------------------------------------------------------------------
# Iterators over what is written meanwhile


def combinations_of_what_changes(x, a):
    s = x
    for e, f in itertools.combinations(a, 2):
        a[::-1] = a * 1.1
        s += e * f
    return s + np.sum(a)


def pairs_of_what_changes(x, a):
    s = x
    for e, f in itertools.pairwise(a):
        if e > 0.6:
            continue
        a += x * s
        s = e * f + s
    return s


def iterator_of_what_changes(x, a):
    it = iter(a)
    s = next(it)
    for e in it:
        a *= 0.7 * x
        s = s * e + e
    return s


def product_of_what_changes(x, a):
    s = x
    for e, f in itertools.product(a, [a[0], x]):
        a[:] = a * 0.5 + s
        s = 0.5 * e * f + 0.1 * s
    return s


def chain_of_what_changes(x, a):
    s = x
    for e in itertools.chain(a, [x, s, a[1]]):
        a[1:] += x * a[:-1]
        s = s * 0.5 + e
        x = x + 0.1 * s
        if s > 3.0:
            break
        s += 0.1 * a[0] * e
    return s * a[0]


# ---------------------------------------------------------------------------------------------
# Tests and texts that write


def text_that_writes(x, a):
    o = Holder(x, a)
    print(f"{o.double():.3f} {len(a)}")
    return o.p * a[0]


# ---------------------------------------------------------------------------------------------
# Objects, functions


def children(x, a):
    o = Child(x * x, a * 2.0, x)
    o.p = o.w[1] ** 2
    return o.p * o.r + np.sum(o.w)


def handed_on(u, n):
    return u * 2.0 if n > 5 else u


def kept_by_a_callee(x, a):
    v = a * 2.0
    o = Child(x, v[:-1] + 0.7)
    b = handed_on(v + 0.7, 2)
    v[v < 0.8] = x
    b[1] = x
    return np.sum(o.w) * x + np.sum(v) + np.sum(b * b)


def shared_by_functions_in_a_loop(x, a):
    for k in range(2):
        total = math.log(2.0 + x * x) * (k + 1)

        def bump(u):
            nonlocal total
            total *= 1.0 + 0.3 * math.tanh(a[-2] / (1.5 + total * total))
            return u / (1.5 + x * total)

        s = total + bump(x**3)
    return s + total


def first_item_of_a_shared_variable(x, a):
    f, g = (lambda u: a[1] * u, lambda u: a[0] ** 3 - a[-2] * u)
    s = g(0.8 * x)
    a = a * x
    return s * f(a[0])


def closures_in_a_list(x, a):
    state = {"p": a[2] * a[1]}
    s = abs(a[3])
    y = 2.0 * x
    for f in [
        lambda u: state["p"] * u,
        lambda u: np.cos(s) * u,
        math.atan,
        functools.partial(pow, x),
    ]:
        y = f(y)
    return y


def damped(u, **options):
    rate = options.get("rate", 0.4)
    return math.exp(-rate * rate) * u


def named_like_a_local(x, a):
    return damped(x, rate=a[0]) * damped(2.0 * x) * damped(x, **{"rate": x})


def gathered(*values, scale=0.8):
    s = 0.1
    for v in values:
        s = scale * s + v
    return s


def one_and_a_sequence(x, a):
    return gathered(x, *a) * gathered(*a, scale=x)


def dict_of_a_dict(x, a):
    state = {"p": x, "q": a[0]}
    other = dict(state, p=x**3)
    other["q"] *= x
    return other["p"] * other["q"] * state["q"]


def sum_of_lists_of_numbers(x, a):
    xs = [x, x * x]
    ys = [*xs, a[0], *xs]
    more = [x / (1.5 + x * x)]
    zs = ys + more
    xs[0] *= 2.0
    zs[1] *= 3.0
    return ys[0] * zs[1] * zs[5] * xs[0]


def drawn(x, a):
    rng = np.random.default_rng(3)
    s = x
    for _ in range(2):
        s = 0.7 * s + 0.2 * rng.normal() * a[0]
    s *= rng.random()
    return s * np.sum(rng.standard_normal((2, 4)) @ a) * np.sum(rng.uniform(0.1, 2.0, len(a)) * a)


PROGRAMS = [f for f in list(globals().values()) if getattr(f, "__code__", None)]
PROGRAMS = [f for f in PROGRAMS if f.__code__.co_varnames[: f.__code__.co_argcount] == ("x", "a")]


def test_a_while_that_writes():
    def popped(x):
        xs = [x, 0.3, x * x]
        y = 1.0
        while xs and xs.pop() > -5.0:
            y *= 0.3 * x
        return y

    got = srcad.value_and_grad(popped)(1.3)
    np.testing.assert_allclose(got, (popped(1.3), 3 * popped(1.3) / 1.3))
    with pytest.raises(srcad.errors.UnsupportedConstruct, match="the test of a `while` writes"):
        srcad.jvp(popped, (1.3,), (1.0,))


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_derivatives(f):
    check(f, 1.3, A)


def test_the_list_is_not_empty():
    assert len(PROGRAMS) == 20
