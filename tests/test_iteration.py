"""Comprehensions, generator expressions, and the built-in functions that run through things."""

import functools
import math
import operator

import numpy as np
import pytest

from tests.differences import check
from tests.samples import XS, YS, A, M, mul, square, table_of_cases

CASES, case = table_of_cases()


# comprehensions
@case(XS, 0.6)
def c_two_for(xs, k):
    return sum([x * y * k for x in xs for y in xs])


@case(XS, 0.6)
def c_two_for_ifs(xs, k):
    return sum(
        [x * y * k for i, x in enumerate(xs) if i != 1 for j, y in enumerate(xs) if j > i if j < 9]
    )


@case(M, 0.6)
def c_nested(m, k):
    rows = [[v * k for v in row] for row in m]
    return rows[0][1] * rows[1][2]


@case(XS, YS)
def c_tuple_target(xs, ys):
    return sum([a * b for a, b in zip(xs, ys)])


@case(XS, YS)
def c_tuple_target2(xs, ys):
    return sum([i * a * b for i, (a, b) in enumerate(zip(xs, ys))])


@case({"a": 0.5, "b": 0.7}, 0.3)
def c_dict_items(d, k):
    e = {key: v * k for key, v in d.items()}
    return e["a"] * e["b"]


@case({"a": 0.5, "b": 0.7}, 0.3)
def c_dict_items2(d, k):
    e = {key: v * k for key, v in d.items() if key != "b"}
    return sum(e.values()) * d["b"]


@case(XS, 0.3)
def c_dict_int(xs, k):
    e = {i: x * k for i, x in enumerate(xs)}
    return e[0] * e[2]


@case({"a": 0.5, "b": 0.7}, 0.3)
def c_set_keys(d, k):
    s = {key for key in d}
    t = 0.0
    for key in sorted(s):
        t += d[key] ** 2 * k
    return t


@case(XS, 0.3)
def c_in_call(xs, k):
    return math.sqrt(sum([x * x for x in xs])) * max([x * k for x in xs])


@case(XS, 0.3)
def c_in_cond(xs, k):
    if sum([x for x in xs]) > 0.1:
        return k * sum(x * x for x in xs)
    return k


@case(XS, 0.3)
def c_in_while(xs, k):
    n = 0
    while sum([x * x for x in xs]) * k**n > 0.01 and n < 4:
        k = k * 0.9 * xs[0]
        n += 1
    return k


@case(XS, 0.3)
def c_in_choice(xs, k):
    return (sum([x * x for x in xs]) if k > 0 else k) * k


@case(XS, 0.3)
def c_in_boolop(xs, k):
    return (k < 0 and sum([x for x in xs])) or sum([x * x for x in xs])


@case(XS, 0.3)
def c_cond_elt(xs, k):
    return sum([x if x > 0 else k * x for x in xs])


@case(XS, 0.3)
def c_call_elt(xs, k):
    return sum([square(x) * k for x in xs])


@case(A, 0.3)
def c_np_array(a, k):
    return np.sum(np.array([x * x * k for x in a]) ** 2)


@case(A, 0.3)
def c_np_array2(a, k):
    return np.sum(np.array([[x * y * k for x in a] for y in a]) ** 2)


@case(A, 0.3)
def c_return_list(a, k):
    return [x * k for x in a]


@case(A, 0.3)
def c_shadow(a, k):
    x = k
    ys = [x * x for x in a]
    return x * ys[0]


@case(A, 0.3)
def c_of_comp(a, k):
    return sum([y * k for y in [x * x for x in a]])


@case(A, 0.3)
def c_iter_comp(a, k):
    t = 0.0
    for y in [x * x for x in a]:
        t += y * k
    return t


@case(A, 0.3)
def c_in_loop(a, k):
    t = 0.0
    for i in range(3):
        row = [x ** (i + 1) * k for x in a]
        t += row[0] * row[1]
    return t


@case(A, 0.3)
def c_transpose(a, k):
    m = [[a[0] * k, a[1]], [a[2], a[3] * k]]
    t = [[m[i][j] for i in range(2)] for j in range(2)]
    return t[0][1] * t[1][0] * t[1][1]


@case(A, 0.3)
def c_matmul(a, k):
    m = [[a[0] * k, a[1]], [a[2], a[3] * k]]
    p = [[sum(m[i][q] * m[q][j] for q in range(2)) for j in range(2)] for i in range(2)]
    return p[0][1] * p[1][0] * p[1][1]


# genexps
@case(XS, 0.3)
def g_sum(xs, k):
    return sum(x * k for x in xs)


@case(XS, 0.3)
def g_sum_start(xs, k):
    return sum((x * x for x in xs), k)


@case(XS, 0.3)
def g_min(xs, k):
    return min(x * k for x in xs) * k


@case(XS, 0.3)
def g_max(xs, k):
    return max(x * k for x in xs) * k


@case(XS, 0.3)
def g_max_default(xs, k):
    return max((x * k for x in xs if x > 9), default=k * 2)


@case(XS, 0.3)
def g_any(xs, k):
    return k * k if any(x * k > 0.2 for x in xs) else k


@case(XS, 0.3)
def g_any2(xs, k):
    return k * k if any(x * y > 0.2 for x in xs for y in xs) else k


@case(XS, 0.3)
def g_all(xs, k):
    return k * k if all(x * k < 5 for x in xs if x > 0) else k


@case(XS, 0.3)
def g_list(xs, k):
    return list(x * k for x in xs)


@case(XS, 0.3)
def g_tuple(xs, k):
    t = tuple(x * k for x in xs)
    return t[0] * t[1]


@case(XS, 0.3)
def g_dict(xs, k):
    d = dict((i, x * k) for i, x in enumerate(xs))
    return d[0] * d[1]


@case(XS, 0.3)
def g_sorted(xs, k):
    s = sorted(x * k for x in xs)
    return s[0] * s[1] + s[2]


@case(XS, 0.3)
def g_fsum(xs, k):
    return math.fsum(x * k * x for x in xs)


@case(XS, 0.3)
def g_prod(xs, k):
    return math.prod(x * k for x in xs)


@case(XS, 0.3)
def g_nparray(xs, k):
    return np.sum(np.array(list(x * k for x in xs)) ** 2)


@case(XS, 0.3)
def g_fromiter(xs, k):
    return np.sum(np.fromiter((x * k for x in xs), float) ** 2)


@case(XS, 0.3)
def g_fromiter2(xs, k):
    return np.sum(np.fromiter((x * k for x in xs), dtype=np.float64, count=len(xs)) ** 2)


@case(XS, 0.3)
def g_join(xs, k):
    name = ",".join(str(i) for i in range(3))
    return k * xs[0] * len(name)


def total(it):
    t = 0.0
    for v in it:
        t = t + v * v
    return t


@case(XS, 0.3)
def g_user(xs, k):
    return total(x * k for x in xs)


@case(XS, 0.3)
def g_var(xs, k):
    g = (x * k for x in xs)
    return sum(g) * k


@case(XS, 0.3)
def g_var_for(xs, k):
    g = (x * k for x in xs)
    t = 1.0
    for v in g:
        t *= v
    return t


@case(XS, 0.3)
def g_for(xs, k):
    t = 1.0
    for v in (x * k for x in xs if x != 0):
        if v > 9:
            continue
        t *= v
        if t > 100:
            break
    return t


@case(XS, 0.3)
def g_nested(xs, k):
    return sum(v * v for v in (x * k for x in xs))


@case(XS, 0.3)
def g_zip(xs, k):
    return sum(v * w for v, w in zip((x * k for x in xs), xs))


@case(XS, 0.3)
def g_sum_sum(xs, k):
    return sum(sum(x * y * k for x in xs) for y in xs)


@case(XS, YS)
def z_three(xs, ys):
    t = 0.0
    for a, b, c in zip(xs, ys, xs):
        t += a * b * c
    return t


@case(XS, YS)
def z_strict(xs, ys):
    t = 0.0
    for a, b in zip(xs, ys, strict=True):
        t += a * b * b
    return t


@case(XS, YS)
def z_strict_comp(xs, ys):
    return sum(a * b * b for a, b in zip(xs, ys, strict=True))


@case([[0.3, 0.4], [0.6, 0.8]], 0.3)
def z_star(rows, k):
    t = 0.0
    for a, b in zip(*rows):
        t += a * b * k
    return t


@case([[0.3, 0.4], [0.6, 0.8]], 0.3)
def z_star_comp(rows, k):
    cols = [sum(c) for c in zip(*rows)]
    return cols[0] * cols[1] * k


@case([[0.3, 0.4], [0.6, 0.8]], 0.3)
def z_star_list(rows, k):
    cols = list(zip(*rows))
    return cols[0][1] * cols[1][0] * k


@case([(0.3, 0.4), (0.6, 0.8), (0.1, 0.2)], 0.3)
def z_star_unpack(pts, k):
    xs, ys = zip(*pts)
    return sum(xs) * sum(y * y for y in ys) * k


@case([0.3, 0.4], 0.3)
def z_dict(xs, k):
    d = dict(zip(["a", "b"], xs))
    return d["a"] * d["b"] ** 2 * k


@case([0.3, 0.4], 0.3)
def z_dictlit(xs, k):
    d = dict(zip("ab", xs))
    return d["a"] * d["b"] ** 2 * k


@case(XS, YS)
def z_list(xs, ys):
    ps = list(zip(xs, ys))
    return ps[0][0] * ps[1][1]


@case(XS, YS)
def z_shifted(xs, ys):
    return sum((b - a) * (y + z) for a, b, y, z in zip(xs, xs[1:], ys, ys[1:]))


@case(XS, 0.3)
def z_range(xs, k):
    t = 0.0
    for i, x in zip(range(1, 9), xs):
        t += k**i * x
    return t


@case(XS, 0.3)
def z_one_name(xs, k):
    t = 0.0
    for p in zip(xs, xs):
        t += p[0] * p[1] * k
    return t


@case(XS, 0.3)
def z_zip_zip(xs, k):
    t = 0.0
    for (a, b), c in zip(zip(xs, xs), xs):
        t += a * b * c * k
    return t


@case(XS, 0.3)
def e_start(xs, k):
    t = 0.0
    for i, x in enumerate(xs, start=2):
        t += x**i * k
    return t


@case(XS, 0.3)
def e_one_name(xs, k):
    t = 0.0
    for p in enumerate(xs):
        t += p[0] * p[1] * k
    return t


@case(XS, 0.3)
def e_list(xs, k):
    p = list(enumerate(xs))
    return p[1][1] * k


@case(XS, 0.3)
def e_genexp(xs, k):
    return sum(i * x for i, x in enumerate(x * k for x in xs))


@case(XS, 0.3)
def r_list(xs, k):
    ys = list(reversed(xs))
    return ys[0] * k + ys[1] ** 2


@case(XS, 0.3)
def r_comp(xs, k):
    return sum([x * k**i for i, x in enumerate(reversed(xs))])


@case(XS, 0.3)
def r_zip(xs, k):
    return sum(x * y for x, y in zip(xs, reversed(xs))) * k


@case(XS, 0.3)
def r_enum(xs, k):
    return sum(i * y for i, y in reversed(list(enumerate(xs)))) * k


@case(XS, 0.3)
def m_list(xs, k):
    return sum(list(map(square, xs))) * k


@case(XS, 0.3)
def m_sum(xs, k):
    return sum(map(square, xs)) * k


@case(XS, YS)
def m_two(xs, ys):
    return sum(map(operator.mul, xs, ys))


@case(XS, YS)
def m_lib(xs, ys):
    return sum(map(math.sin, xs)) * sum(map(abs, ys))


@case(XS, YS)
def m_for(xs, ys):
    t = 0.0
    for v in map(mul, xs, ys):
        t += v * v
    return t


@case(XS, YS)
def m_unpack(xs, ys):
    a, b, c = map(square, xs)
    return a * b * ys[0] + c


@case(XS, YS)
def m_float(xs, ys):
    a, b, c = map(float, xs)
    return a * b * ys[0] + c


@case(XS, 0.3)
def m_lambda(xs, k):
    return sum(map(lambda v: v * v * k, xs))


@case(XS, 0.3)
def m_inner(xs, k):
    def f(v):
        return v * k * v

    return max(map(f, xs))


@case(XS, 0.3)
def m_max(xs, k):
    return max(map(abs, xs)) * k


@case(XS, 0.3)
def f_list(xs, k):
    return sum(filter(lambda v: v > 0, xs)) * k


@case(XS, 0.3)
def f_none(xs, k):
    return sum(filter(None, xs)) * k


def positive(v):
    return v > 0


@case(XS, 0.3)
def f_for(xs, k):
    t = 1.0
    for v in filter(positive, xs):
        t *= v * k
    return t


@case(XS, 0.3)
def f_mapped(xs, k):
    return sum(map(square, filter(positive, xs))) * k


@case(XS, 0.3)
def red(xs, k):
    return functools.reduce(operator.mul, xs) * k


@case(XS, 0.3)
def red_init(xs, k):
    return functools.reduce(operator.mul, xs, k)


@case(XS, 0.3)
def red_lambda(xs, k):
    return functools.reduce(lambda a, b: a * k + b, xs)


@case(XS, 0.3)
def red_user(xs, k):
    return functools.reduce(mul, xs, 1.0) * k


@case(XS, 0.3)
def red_max(xs, k):
    return functools.reduce(max, xs) * k


@case(A, 0.3)
def red_np(a, k):
    return functools.reduce(np.add, [a * k, a * a, a])[0]


@case(A, 0.3)
def red_dot(a, k):
    ms = [np.outer(a, a) * k, np.outer(a, a) + np.eye(4) * k]
    return functools.reduce(np.dot, ms)[0, 1]


@case(XS, 0.3)
def red_gen(xs, k):
    return functools.reduce(operator.add, (x * x * k for x in xs))


@case(XS, 0.3)
def s_start(xs, k):
    return sum(xs, k) * k


@case([[0.1, 0.2], [0.3]], 0.3)
def s_lists(ll, k):
    flat = sum(ll, [])  # noqa: RUF017
    return flat[0] * flat[2] * k


@case(XS, 0.3)
def mm_args(xs, k):
    return max(xs[0], xs[1], k) * min(xs[2], k, 2.0)


@case(XS, 0.3)
def mm_key(xs, k):
    return max(xs, key=abs) * k


@case(XS, 0.3)
def mm_key_lambda(xs, k):
    return min(xs, key=lambda v: (v - k) ** 2) * k


@case([(0.3, 1.2), (0.6, 0.8)], 0.3)
def mm_key_tuple(ps, k):
    best = max(ps, key=lambda p: p[0] * p[1])
    return best[0] * k + best[1]


@case([(0.3, 1.2), (0.6, 0.8)], 0.3)
def mm_key_getter(ps, k):
    best = max(ps, key=operator.itemgetter(1))
    return best[0] * k + best[1]


@case(XS, 0.3)
def mm_range_key(xs, k):
    i = max(range(len(xs)), key=lambda i: xs[i])
    return xs[i] * k


@case(XS, 0.3)
def mm_range_key2(xs, k):
    i = max(range(len(xs)), key=xs.__getitem__)
    return xs[i] * k


@case({"a": 0.5, "b": 0.7}, 0.3)
def mm_dict_key(d, k):
    best = max(d, key=d.get)
    return d[best] * k


@case(XS, 0.3)
def mm_default(xs, k):
    return max([], default=k) * xs[0] + max(xs, default=0.0)


@case(XS, 0.3)
def mm_args_key(xs, k):
    return max(xs[0], xs[1], k, key=abs)


@case(XS, 0.3)
def so_plain(xs, k):
    s = sorted(xs)
    return s[0] * k + s[1] ** 2


@case(XS, 0.3)
def so_rev(xs, k):
    s = sorted(xs, reverse=True)
    return s[0] * k + s[1] ** 2


@case(XS, 0.3)
def so_key(xs, k):
    s = sorted(xs, key=abs)
    return s[0] * k + s[1] ** 2


@case(XS, 0.3)
def so_key_lambda(xs, k):
    s = sorted(xs, key=lambda v: -v * k, reverse=True)
    return s[0] * k + s[1] ** 2


@case([(0.3, 1.2), (0.6, 0.8)], 0.3)
def so_tuples(ps, k):
    s = sorted(ps, key=lambda p: p[1])
    return s[0][0] * k + s[1][1] ** 2


@case([(0.3, 1.2), (0.6, 0.8)], 0.3)
def so_tuples2(ps, k):
    t = 0.0
    for i, (a, b) in enumerate(sorted(ps)):
        t += a * b * (i + 1) * k
    return t


@case(XS, 0.3)
def so_idx(xs, k):
    order = sorted(range(len(xs)), key=lambda i: xs[i])
    return xs[order[0]] * k


@case({"b": 0.5, "a": 0.7}, 0.3)
def so_dict(d, k):
    t = 0.0
    for i, key in enumerate(sorted(d)):
        t += d[key] * (i + 1) * k
    return t


@case({"b": 0.5, "a": 0.7}, 0.3)
def so_items(d, k):
    t = 0.0
    for key, v in sorted(d.items(), key=lambda kv: kv[1]):
        t = t * k + v
    return t


@case({"b": 0.5, "a": 0.7}, 0.3)
def so_items2(d, k):
    t = 0.0
    for key, v in sorted(d.items()):
        t = t * k + v
    return t


@case(XS, 0.3)
def so_zip(xs, k):
    t = 0.0
    for w, x in sorted(zip([3, 1, 2], xs)):
        t = t * k + x
    return t


@case(XS, 0.3)
def an_list(xs, k):
    return k * xs[0] if any([x > 1 for x in xs]) and not all([x > 0 for x in xs]) else k


@case(XS, 0.3)
def next_gen(xs, k):
    v = next(x for x in xs if x < 0)
    return v * k


@case(XS, 0.3)
def next_gen_default(xs, k):
    v = next((x for x in xs if x > 9), k * k)
    return v * k


@case(XS, 0.3)
def next_gen_none(xs, k):
    v = next((x for x in xs if x > 9), None)
    return k * k if v is None else v


@case(XS, 0.3)
def next_iter(xs, k):
    return next(iter(xs)) * k


@case({"b": 0.5, "a": 0.7}, 0.3)
def next_dict(d, k):
    return next(iter(d.values())) * k


@pytest.mark.parametrize("f", CASES, ids=lambda f: f.__name__)
def test_derivatives(f):
    check(f, *CASES[f])
