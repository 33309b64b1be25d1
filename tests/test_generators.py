"""Generator functions, and iterators that are kept in variables."""

import functools
import itertools
import math

import numpy as np
import pytest

import srcad
from srcad.errors import NoDerivative, UnsupportedConstruct
from tests.differences import check
from tests.samples import XS, YS, A, square, table_of_cases

CASES, case = table_of_cases()


GAIN = 0.8


def squares(xs):
    for x in xs:
        yield x * x


def powers(x, n):
    p = 1.0
    for _ in range(n):
        yield p
        p = p * x


def forever(x):
    p = 1.0
    while True:
        yield p
        p *= x


def halving(x):
    while x > 0.05:
        yield x
        x = x / 2


def both(xs, ys):
    yield from xs
    yield from ys


def branchy(xs, k):
    for i, x in enumerate(xs):
        if i == 1:
            continue
        if x > 9:
            return
        if x > 0:
            yield x * k
        else:
            yield x * x
    yield k


def three(x):
    yield x
    yield x * x
    yield x * x * x


def pairs(xs):
    for i in range(len(xs)):
        for j in range(i):
            yield xs[i], xs[j]


def gained(xs):
    for x in xs:
        yield x * GAIN


def nested_gen(xs, k):
    for v in squares(xs):
        yield v * k


def delegating(xs, k):
    yield k
    yield from squares(xs)


def with_default(xs, k=2.0, *, m=1.0):
    for x in xs:
        yield x * k * m


def sliding(xs, n):
    for i in range(len(xs) - n + 1):
        yield xs[i : i + n]


@case(XS, 0.4)
def y_for(xs, k):
    t = 0.0
    for v in squares(xs):
        t += v * k
    return t


@case(XS, 0.4)
def y_sum(xs, k):
    return sum(squares(xs)) * k


@case(XS, 0.4)
def y_list(xs, k):
    ps = list(powers(k, 4))
    return ps[2] * ps[3] + ps[1]


@case(XS, 0.4)
def y_tuple(xs, k):
    ps = tuple(powers(k, 4))
    return ps[2] * ps[3] + ps[1]


@case(XS, 0.4)
def y_comp(xs, k):
    return sum([p * x for p, x in zip(powers(k, 5), xs)])


@case(XS, 0.4)
def y_zip2(xs, k):
    t = 0.0
    for x, p in zip(xs, powers(k, 5)):
        t += x * p
    return t


@case(XS, 0.4)
def y_zip_forever(xs, k):
    return sum(p * x for p, x in zip(forever(k), xs))


@case(XS, 0.4)
def y_zip_forever2(xs, k):
    return sum(p * x for x, p in zip(xs, forever(k)))


@case(XS, 0.4)
def y_break(xs, k):
    t = 0.0
    for p in forever(k):
        if p < 0.02:
            break
        t += p * xs[0]
    return t


@case(XS, 0.4)
def y_break_else(xs, k):
    for p in powers(k, 6):
        if p < 0.1:
            break
    else:
        p = p * 3
    return p * xs[1]


@case(XS, 0.4)
def y_else(xs, k):
    for p in powers(k, 3):
        if p < 0.01:
            break
    else:
        p = p * 3
    return p * xs[1]


@case(XS, 0.4)
def y_continue(xs, k):
    t = 0.0
    for i, p in enumerate(powers(k, 6)):
        if i % 2:
            continue
        t += p * xs[0]
    return t


@case(XS, 0.4)
def y_return(xs, k):
    for p in forever(k):
        if p < 0.1:
            return p * xs[0]


@case(XS, 0.4)
def y_islice(xs, k):
    return sum(itertools.islice(forever(k), 4)) * xs[0]


@case(XS, 0.4)
def y_takewhile(xs, k):
    return sum(itertools.takewhile(lambda p: p > 0.05, forever(k))) * xs[0]


@case(XS, 0.45)
def y_halving(xs, k):
    return sum(halving(k)) * xs[0]


@case(XS, 0.45)
def y_halving_for(xs, k):
    t = 1.0
    for h in halving(k):
        t *= h + xs[0]
    return t


@case(XS, YS)
def y_both(xs, ys):
    t = 1.0
    for v in both(xs, ys):
        t = t * 0.5 + v * v
    return t


@case(XS, YS)
def y_both_big(xs, ys):
    t = 1.0
    for v in both(xs, ys):
        w = v * t
        if w > 5:
            break
        if v < -0.5:
            continue
        t = t * 0.5 + w * v
    return t


@case(XS, 0.4)
def y_branchy(xs, k):
    return sum(v * v for v in branchy(xs, k))


@case(XS, 0.4)
def y_branchy_for(xs, k):
    t = 0.0
    for v in branchy(xs, k):
        if v < 0:
            continue
        t = t * k + v
    return t


@case(XS, 0.4)
def y_three(xs, k):
    t = 0.0
    for v in three(k):
        t += v
    return t


@case(XS, 0.4)
def y_unpack(xs, k):
    a, b, c = three(k)
    return a * b * c * xs[0]


@case(XS, 0.4)
def y_pairs(xs, k):
    t = 0.0
    for a, b in pairs(xs):
        t += (a - b) ** 2 * k
    return t


@case(XS, 0.4)
def y_pairs_break(xs, k):
    t = 0.0
    for a, b in pairs(xs):
        if a > 1.2:
            break
        t += (a - b) ** 2 * k
    return t


@case(XS, 0.4)
def y_gained(xs, k):
    return sum(gained(xs)) * k


@case(XS, 0.4)
def y_nested(xs, k):
    return sum(nested_gen(xs, k))


@case(XS, 0.4)
def y_delegating(xs, k):
    return math.prod(delegating(xs, k))


@case(XS, 0.4)
def y_default(xs, k):
    return sum(with_default(xs)) + sum(with_default(xs, k, m=k))


@case(A, 2)
def y_sliding(a, n):
    return sum(np.prod(w) for w in sliding(a, n))


@case(XS, 0.4)
def y_twice(xs, k):
    return sum(squares(xs)) * sum(squares([k]))


@case(XS, 0.4)
def y_nested_for(xs, k):
    t = 0.0
    for a in squares(xs):
        for b in powers(k, 3):
            t += a * b
    return t


@case(XS, 0.4)
def y_var(xs, k):
    g = squares(xs)
    return sum(g) * k


@case(XS, 0.4)
def y_var_for(xs, k):
    g = powers(k, 4)
    t = 0.0
    for p in g:
        t += p * xs[0]
    return t


@case(XS, 0.4)
def y_next(xs, k):
    g = powers(k, 4)
    a = next(g)
    b = next(g)
    c = next(g)
    return a * b * c * xs[0]


def consume(it):
    t = 0.0
    for v in it:
        t += v * v
    return t


@case(XS, 0.4)
def y_passed(xs, k):
    return consume(squares(xs)) * k


@case(XS, 0.4)
def y_max(xs, k):
    return max(squares(xs)) * k


@case(XS, 0.4)
def y_dict(xs, k):
    d = dict(enumerate(squares(xs)))
    return d[0] * d[1] * k


@case(XS, 0.4)
def y_inner(xs, k):
    def scaled(n):
        for x in xs:
            yield x * k * n

    return sum(scaled(2.0)) * sum(scaled(k))


@case(XS, 0.4)
def y_inner_for(xs, k):
    def scaled(n):
        for x in xs:
            yield x * k * n

    t = 1.0
    for v in scaled(2.0):
        if v > 9:
            break
        t *= v
    return t


@case(XS, 0.4)
def y_args_changed(xs, k):
    t = 0.0
    for v in powers(k, 4):
        k = k * 0.9
        t += v * k
    return t * xs[0]


@case(A, 0.4)
def y_array_rows(a, k):
    m = np.outer(a, a)
    t = 0.0
    for r in sliding(m, 1):
        t += np.sum(r * r) * k
    return t


@case(XS, 0.4)
def y_enumerate(xs, k):
    t = 0.0
    for i, v in enumerate(squares(xs), 1):
        t += i * v * k
    return t


@case(XS, 0.4)
def y_map(xs, k):
    return sum(map(square, squares(xs))) * k


@case(XS, 0.4)
def y_in_branch(xs, k):
    if k > 0:
        t = sum(squares(xs))
    else:
        t = k
    return t * k


@case(XS, 0.4)
def y_reduce(xs, k):
    return functools.reduce(lambda a, b: a * k + b, squares(xs))


@case(XS, 0.4)
def y_sorted(xs, k):
    s = sorted(squares(xs))
    return s[0] * k + s[1]


# iterators in variables
@case(XS, 0.4)
def v_iter_next(xs, k):
    it = iter(xs)
    first = next(it)
    t = first * k
    for x in it:
        t = t * k + x * first
    return t


@case(XS, 0.4)
def v_iter_next2(xs, k):
    it = iter(xs)
    a = next(it)
    b = next(it)
    return a * b * k + next(it)


@case(XS, 0.4)
def v_next_default(xs, k):
    it = iter(xs)
    t = 0.0
    for _ in range(5):
        t = t * k + next(it, k)
    return t


@case([0.3, 0.4, 0.5, 0.6], 0.4)
def v_chunks(xs, k):
    it = iter(xs)
    t = 0.0
    for a, b in zip(it, it):
        t += a * b * k
    return t


@case([0.3, 0.4, 0.5, 0.6, 0.7], 0.4)
def v_chunks_odd(xs, k):
    it = iter(xs)
    t = 0.0
    for a, b in zip(it, it):
        t += a * b * k
    return t


@case(XS, 0.4)
def v_genexp(xs, k):
    g = (x * k for x in xs)
    a = next(g)
    return a * sum(g)


@case(XS, 0.4)
def v_zip(xs, k):
    it = zip(xs, xs[1:])
    t = 0.0
    for a, b in it:
        t += a * b * k
    return t


@case(XS, 0.4)
def v_map(xs, k):
    it = map(square, xs)
    return sum(it) * k


@case(XS, 0.4)
def v_count(xs, k):
    c = itertools.count(1)
    t = 0.0
    for x in xs:
        t += x * k ** next(c)
    return t


@case(XS, 0.4)
def v_cycle(xs, k):
    c = itertools.cycle([k, 2.0])
    t = 0.0
    for x in xs:
        t += x * next(c)
    return t


@case(XS, 0.4)
def v_while_next(xs, k):
    it = iter(xs)
    t = 0.0
    x = next(it, None)
    while x is not None:
        t = t * k + x
        x = next(it, None)
    return t


@case(XS, 0.4)
def v_break_resume(xs, k):
    it = iter(xs)
    t = 0.0
    for x in it:
        if x < 0:
            break
        t += x
    for x in it:
        t += x * k
    return t


@case(XS, 0.4)
def v_arr(xs, k):
    it = iter(np.array(xs))
    first = next(it)
    return first * sum(it) * k


@case(XS, 0.4)
def v_passed(xs, k):
    g = (x * k for x in xs)
    return consume(g)


@case(XS, 0.4)
def v_in_loop(xs, k):
    t = 0.0
    for i in range(3):
        g = (x * i for x in xs)
        t += sum(g) * k
    return t


@case({"a": 0.5, "b": 0.7}, 0.3)
def v_dict_iter(d, k):
    it = iter(d.values())
    return next(it) * next(it) * k


@case(XS, 0.4)
def read_late(xs, k):
    g = (x * k for x in xs)
    k = k * k
    return sum(g)


@case(XS, 0.4)
def as_a_value(xs, k):
    make = squares
    return sum(make(xs)) * k


@pytest.mark.parametrize("f", CASES, ids=lambda f: f.__name__)
def test_derivatives(f):
    check(f, *CASES[f])


# ---------------------------------------------------------------------------------------------
# What happens besides, and what is refused


def aloud(xs):
    for x in xs:
        print("made", x)
        yield x


def speaks_in_turn(xs):
    t = 0.0
    for v in aloud(xs):
        print("used", v)
        t += v * v
    return t


def test_effects_stay_in_order(capsys):
    speaks_in_turn([1.0, 2.0])
    said = capsys.readouterr().out
    assert srcad.grad(speaks_in_turn)([1.0, 2.0]) == [2.0, 4.0]
    assert capsys.readouterr().out == said


def endless_list(x):
    return sum(forever(x))


def endless_comprehension(x):
    return sum([p for p in forever(x)])


def used_twice(x):
    g = (x * i for i in range(3))
    pair = [g, g]
    return pair


def twice(it):
    return sum(it) + sum(it)


def handed_to_one_that_looks_twice(x):
    return twice(x * i for i in range(3))


def changed_meanwhile(x):
    xs = [x, x * x]
    g = (v * v for v in xs)
    xs = [1.0, x]
    return sum(g) * xs[1]


def speaking_in_step(x):
    return sum(a * b for a, b in zip(aloud([x, x]), aloud([x, x])))


def sent(x):
    y = yield x
    yield y


def of_sent(x):
    return sum(sent(x))


def in_a_list(x):
    return [map(square, [x])]


@pytest.mark.parametrize(
    "f",
    [
        endless_list,
        endless_comprehension,
        used_twice,
        handed_to_one_that_looks_twice,
        changed_meanwhile,
        speaking_in_step,
        of_sent,
        in_a_list,
    ],
    ids=lambda f: f.__name__,
)
def test_refused(f):
    with pytest.raises((UnsupportedConstruct, NoDerivative)):
        srcad.grad(f)(0.5)
