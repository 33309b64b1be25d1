"""Iterators of `itertools`, `map` and `filter`, in loops and used up at once."""

import functools
import itertools
import math
import operator

import numpy as np
import pytest

from tests.differences import check
from tests.samples import XS, YS, A, B, mul, square, table_of_cases

CASES, case = table_of_cases()


@case(XS, YS)
def it_product(xs, ys):
    t = 0.0
    for a, b in itertools.product(xs, ys):
        t += a * b * b
    return t


@case(XS, YS)
def it_product_break(xs, ys):
    t = 0.0
    for a, b in itertools.product(xs, ys):
        if a * b < -0.9:
            break
        if b < 0:
            continue
        t += a * b * b
    return t


@case(A, 0.4)
def it_product_range(a, k):
    t = 0.0
    for i, j in itertools.product(range(3), range(2)):
        t += a[i] * a[j] * k
    return t


@case(A, 0.4)
def it_product_repeat(a, k):
    t = 0.0
    for i, j in itertools.product(range(3), repeat=2):
        t += a[i] * a[j] * k
    return t


@case(XS, 0.4)
def it_product_repeat2(a, k):
    return sum(x * y * k for x, y in itertools.product(a, repeat=2))


@case(XS, 0.4)
def it_acc(xs, k):
    return sum(itertools.accumulate(xs)) * k


@case(XS, 0.4)
def it_acc_list(xs, k):
    c = list(itertools.accumulate(xs))
    return c[0] * c[1] * c[2] * k


@case(XS, 0.4)
def it_acc_func(xs, k):
    c = list(itertools.accumulate(xs, operator.mul))
    return c[1] * c[2] * k


@case(XS, 0.4)
def it_acc_initial(xs, k):
    c = list(itertools.accumulate(xs, lambda a, b: a * k + b, initial=k))
    return c[1] * c[3] * k


@case(XS, 0.4)
def it_acc_for(xs, k):
    t = 0.0
    for c in itertools.accumulate(xs, max):
        t = t * k + c * c
    return t


@case(A, 0.4)
def it_comb_idx(a, k):
    t = 0.0
    for i, j in itertools.combinations(range(len(a)), 2):
        t += (a[i] - a[j]) ** 2 * k
    return t


@case(XS, 0.4)
def it_comb(a, k):
    t = 0.0
    for x, y in itertools.combinations(a, 2):
        t += (x - y) ** 2 * k
    return t


@case(A, 0.4)
def it_comb_arr(a, k):
    return sum(x * y * k for x, y in itertools.combinations(a, 2))


@case(XS, 0.4)
def it_perm(a, k):
    t = 0.0
    for x, y in itertools.permutations(a, 2):
        t += x * y * y * k
    return t


@case(XS, 0.4)
def it_perm_all(a, k):
    t = 0.0
    for p in itertools.permutations(a):
        t += p[0] * p[1] ** 2 * k
    return t


@case(XS, 0.4)
def it_perm_det(a, k):
    m = [[a[0], k, a[1]], [a[2], 1.0, k], [k * k, a[0], 2.0]]
    t = 0.0
    for p in itertools.permutations(range(3)):
        sign = 1
        for i in range(3):
            for j in range(i):
                sign = -sign if p[j] > p[i] else sign
        t += sign * math.prod(m[i][p[i]] for i in range(3))
    return t


@case(XS, 0.4)
def it_cwr(a, k):
    return sum(x * y * k for x, y in itertools.combinations_with_replacement(a, 2))


@case(XS, 0.4)
def it_pairwise(xs, k):
    return sum((b - a) ** 2 for a, b in itertools.pairwise(xs)) * k


@case(XS, 0.4)
def it_pairwise_for(xs, k):
    t = 0.0
    for a, b in itertools.pairwise(xs):
        t += a * b * k
    return t


@case(A, 0.4)
def it_pairwise_arr(xs, k):
    t = 0.0
    for a, b in itertools.pairwise(xs):
        t += a * b * k
    return t


@case(XS, YS)
def it_chain(xs, ys):
    t = 0.0
    for v in itertools.chain(xs, ys):
        t += v * v
    return t


@case(XS, YS)
def it_chain_big(xs, ys):
    t = 0.0
    for v in itertools.chain(xs, [2.0], ys):
        if v > 9:
            continue
        if v < -9:
            break
        w = v * t
        t += w * v + v
    return t


@case(XS, YS)
def it_chain_sum(xs, ys):
    return math.prod(itertools.chain(xs, ys))


@case([[0.3, 0.4], [0.6, 0.8, 0.1]], 0.4)
def it_from_iter(rows, k):
    return sum(v * v * k for v in itertools.chain.from_iterable(rows))


@case([[0.3, 0.4], [0.6, 0.8, 0.1]], 0.4)
def it_chain_star(rows, k):
    return sum(v * v * k for v in itertools.chain(*rows))


@case(XS, 0.4)
def it_islice(xs, k):
    return sum(itertools.islice(xs, 2)) * k


@case(A, 0.4)
def it_islice3(xs, k):
    return sum(v * k for v in itertools.islice(xs, 1, 4, 2))


@case(A, 0.4)
def it_islice_for(xs, k):
    t = 0.0
    for v in itertools.islice(xs, 1, None):
        if v < -1:
            continue
        t += v * v * k
    return t


@case(XS, 0.4)
def it_count_break(xs, k):
    t = 1.0
    for n in itertools.count(1):
        t += k**n * xs[0]
        if n >= 4:
            break
    return t


@case(XS, 0.4)
def it_count_value_break(xs, k):
    term, t = 1.0, 0.0
    for n in itertools.count():
        term *= k / (n + 1)
        t += term
        if abs(term) < 1e-3:
            break
    return t


@case(XS, 0.4)
def it_count_return(xs, k):
    t = 0.0
    for n in itertools.count(2, 3):
        t += k * n
        if n > 7:
            return t * k


@case(XS, 0.4)
def it_count_zip(xs, k):
    return sum(n * x * k for n, x in zip(itertools.count(1), xs))


@case(XS, 0.4)
def it_count_zip2(xs, k):
    t = 0.0
    for x, n in zip(xs, itertools.count(1)):
        t += x**n * k
    return t


@case(XS, 0.4)
def it_count_float(xs, k):
    return sum(s * x for s, x in zip(itertools.count(k, 0.5), xs))


@case(XS, 0.4)
def it_repeat(xs, k):
    return sum(map(operator.mul, xs, itertools.repeat(k)))


@case(XS, 0.4)
def it_repeat_n(xs, k):
    return math.prod(itertools.repeat(k, 3)) * xs[0]


@case(XS, 0.4)
def it_repeat_pow(xs, k):
    return sum(map(pow, [0.3, k], itertools.repeat(2)))


@case(XS, 0.4)
def it_repeat_for(xs, k):
    t = xs[0]
    for _ in itertools.repeat(None, 3):
        t = t * k + 1
    return t


@case(XS, 0.4)
def it_cycle_zip(xs, k):
    return sum(w * x * k for x, w in zip(xs, itertools.cycle([k, 2.0])))


@case(XS, 0.4)
def it_cycle_break(xs, k):
    t, n = 0.0, 0
    for x in itertools.cycle(xs):
        t = t * k + x
        n += 1
        if n == 5:
            break
    return t


@case(XS, 0.4)
def it_cycle_islice(xs, k):
    t = 0.0
    for x in itertools.islice(itertools.cycle(xs), 5):
        t = t * k + x
    return t


@case(XS, [0.5])
def it_longest(xs, ys):
    return sum(a * b for a, b in itertools.zip_longest(xs, ys, fillvalue=2.0))


@case(XS, [0.5])
def it_longest_none(xs, ys):
    t = 0.0
    for a, b in itertools.zip_longest(xs, ys):
        t += a if b is None else a * b
    return t


@case(XS, YS)
def it_starmap(xs, ys):
    return sum(map(mul, xs, ys))


@case(XS, YS)
def it_starmap_pow(xs, k):
    return sum(itertools.starmap(pow, [(xs[0], 2), (k[0], 3)]))


@case([(0.3, 0.4), (0.6, 0.8)], 0.4)
def it_starmap_lambda(ps, k):
    return sum(itertools.starmap(lambda a, b: a * b * k, ps))


@case(XS, 0.4)
def it_takewhile(xs, k):
    return sum(itertools.takewhile(lambda v: v > 0, xs)) * k


@case(XS, 0.4)
def it_takewhile_for(xs, k):
    t = 0.0
    for v in itertools.takewhile(lambda v: v < 1, xs):
        if v < 0:
            continue
        t += v * v * k
    return t


@case(XS, 0.4)
def it_takewhile_count(xs, k):
    return sum(k**n for n in itertools.takewhile(lambda n: n < 4, itertools.count()))


@case(XS, 0.4)
def it_dropwhile(xs, k):
    return math.prod(itertools.dropwhile(lambda v: v > 0, xs)) * k


@case(XS, 0.4)
def it_filterfalse(xs, k):
    return sum(itertools.filterfalse(lambda v: v > 0, xs)) * k


@case(XS, 0.4)
def it_compress(xs, k):
    return sum(itertools.compress(xs, [1, 0, 1])) * k


@case(XS, 0.4)
def it_groupby(xs, k):
    t = 0.0
    for sign, group in itertools.groupby(sorted(xs), key=lambda v: v > 0):
        s = sum(group)
        t += s * s if sign else s * k
    return t


@case(XS, 0.4)
def it_groupby_names(xs, k):
    names = ["a", "a", "b"]
    t = 1.0
    for name, group in itertools.groupby(zip(names, xs), key=lambda p: p[0]):
        t *= sum(v for _, v in group) + k
    return t


@case(XS, 0.4)
def it_in_branch(xs, k):
    if k > 0:
        t = 0.0
        for a, b in itertools.combinations(xs, 2):
            t += a * b
    else:
        t = sum(itertools.accumulate(xs))
    return t * k


def helper(xs, k):
    return sum(itertools.accumulate(map(lambda v: v * k, xs)))


@case(XS, 0.4)
def it_in_callee(xs, k):
    return helper(xs, k) * helper([k, xs[0]], 2.0)


@case(XS, 0.4)
def it_in_loop(xs, k):
    t = 0.0
    for n in range(3):
        t += sum(x**n for x in itertools.islice(xs, n)) * k
    return t


@case(XS, 0.4)
def it_map_enum(xs, k):
    return sum(map(lambda p: p[0] * p[1] * k, enumerate(xs)))


@case(XS, 0.4)
def it_enum_filter(xs, k):
    t = 0.0
    for i, v in enumerate(filter(lambda v: v > 0, xs), 1):
        t += i * v * k
    return t


@case(XS, 0.4)
def it_zip_filter(xs, k):
    t = 0.0
    for i, v in zip(range(5), filter(lambda v: v > 0, xs)):
        t += i * v * k + v
    return t


@case(XS, 0.4)
def it_zip_filter2(xs, k):
    t = 0.0
    for v, w in zip(filter(lambda v: v > 0, xs), xs):
        t += v * w * k + v
    return t


@case(XS, 0.4)
def it_zip_filter3(xs, k):
    t = 0.0
    for v, w in zip(filter(lambda v: v > 0, xs), filter(lambda v: v < 1, xs)):
        t += v * w * k + v
    return t


@case(XS, 0.4)
def for_else(xs, k):
    for v in map(square, xs):
        if v > 9:
            break
    else:
        k = k * xs[0]
    return k * v


@case(XS, 0.4)
def for_else_break(xs, k):
    for v in filter(lambda v: v < 0, xs):
        if v < 0:
            break
    else:
        k = k * xs[0]
    return k * v


@case(XS, 0.4)
def for_return(xs, k):
    for v in map(square, xs):
        if v < 0.2:
            return v * k
    return k


@case(XS, 0.4)
def nested_streams(xs, k):
    t = 0.0
    for a in map(square, xs):
        for b in filter(lambda v: v > a, xs):
            if b > 9:
                break
            t += a * b * k
        else:
            t += k
    return t


@case(XS, 0.4)
def inner_f(xs, k):
    def f(v):
        return v * k * v

    return sum(map(f, xs))


@case(XS, 0.4)
def var_lambda(xs, k):
    def f(v):
        return v * v * k

    return sum(map(f, xs))


@case(XS, 0.4)
def partial_map(xs, k):
    return sum(map(functools.partial(mul, k), xs))


@case(XS, 0.4)
def method_map(xs, k):
    xs = [np.array([v, 2 * v]) for v in xs]
    return sum(map(np.sum, xs)) * k


@case(A, 0.4)
def np_map(a, k):
    return sum(map(np.sin, a)) * k


@case([A, B], 0.4)
def np_map2(rows, k):
    return np.sum(sum(map(np.sin, rows))) * k


@case([A, B], 0.4)
def np_zip_rows(rows, k):
    return sum(np.dot(a, b) for a, b in zip(rows, reversed(rows))) * k


@case(XS, 0.4)
def sentinel(xs, k):
    it = [0.5 * k, 0.3 * k]
    return sum(it)


# names that clash, jumps out of several loops


def squared(xs):
    for x in xs:
        yield x * x


@case(XS, 0.4)
def shadowing(xs, k):
    x = 2.0 * k
    s = sum(map(lambda x: x * k, xs))
    return s * x


@case(XS, 0.4)
def same_name(xs, k):
    v = k
    for v in map(lambda v: v * k, xs):
        pass
    return v * k


@case(XS, 0.4)
def gen_name_clash(xs, k):
    x = k * 3
    t = 0.0
    for v in squared(xs):
        t += v * x
    return t


@case(XS, 0.4)
def two_runs(xs, k):
    t = 0.0
    for v in squared(xs):
        for w in squared(xs):
            t += v * w * k
    return t


@case(XS, 0.4)
def lambda_in_comp(xs, k):
    return sum(sum(map(lambda b: a * b * k, xs)) for a in xs)


@case(XS, 0.4)
def comp_in_lambda(xs, k):
    return sum(map(lambda a: sum(a * b for b in xs) * k, xs))


@case(XS, 0.4)
def red_lambda_names(xs, k):
    acc = k
    r = functools.reduce(lambda acc, x: acc * x + k, xs, 1.0)
    return r * acc


@case(XS, 0.4)
def loop_var_after(xs, k):
    for i, v in enumerate(filter(lambda v: v > 0, xs)):
        t = v * k
    return t * i * v


@case(XS, 0.4)
def break_in_chain(xs, k):
    t = 0.0
    for v in itertools.chain(xs, [k, k * k]):
        if v > 1:
            break
        t += v * k
    else:
        t = t * 9
    return t


@case(XS, 0.4)
def nested_break(xs, k):
    t = 0.0
    for i in range(3):
        for v in map(lambda v: v * (i + 1), xs):
            if v > 2:
                break
            if v < 0:
                continue
            t += v * k
        t *= k
    return t


@case(XS, 0.4)
def ret_nested(xs, k):
    for i in range(3):
        for v in map(lambda v: v * (i + 1), xs):
            if v > 2:
                return v * k * i
    return k


@case(XS, 0.4)
def while_gen(xs, k):
    t = 0.0
    n = 0
    while sum(x * k for x in xs) > t and n < 4:
        t += k * xs[0] * 0.3
        n += 1
    return t


@pytest.mark.parametrize("f", CASES, ids=lambda f: f.__name__)
def test_derivatives(f):
    check(f, *CASES[f])
