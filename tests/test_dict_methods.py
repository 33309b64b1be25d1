"""`get` and `update` of dicts, and what a write into one container says of others."""

import pytest

from tests.differences import check


def keys_that_are_known(x):
    p = {"a": x}
    return p.get("a") * 2.0 + p.get("b", x * x) + p.get("c", 1.0)


def a_key_that_may_be_missing(x):
    p = {"a": x}
    y = 0.0
    for k in ("a", "b"):
        v = p.get(k)
        if v is None:
            v = 2.0 * x * x
        y += v * x
    return y


def a_cache(x):
    cache = {}

    def fib(n):
        got = cache.get(n)
        if got is not None:
            return got
        r = x if n < 2 else fib(n - 1) * x + fib(n - 2)
        cache[n] = r
        return r

    return fib(6)


def a_cache_asked_by_key(x):
    cache = {}

    def fib(n):
        if n in cache:
            return cache[n]
        cache[n] = x if n < 2 else fib(n - 1) * 0.5 + fib(n - 2) * x
        return cache[n]

    return fib(5) * x


def updated_from_what_it_holds(x):
    p = {"a": x}
    p.update(a=2.0 * x * x, b=p["a"])
    p.update({"a": x * p["a"]}, c=p["a"])
    return p["b"] * p["a"] * p["c"]


def counted(x):
    p = {}
    for k in range(4):
        p[k % 2] = p.get(k % 2, 0.0) + x**k
    return p[0] * p[1]


def rows_made_in_a_loop(x):
    states = [[1.0, x]]
    state = states[0]
    for _ in range(3):
        state = [s + 0.1 * d for s, d in zip(state, (state[1], -x * state[0]), strict=True)]
        states.append(state)
    return states[-1][0] * states[-1][1] + sum(s[0] for s in states)


def rows_that_are_one(x):
    a = []
    rows = [a]
    a.append(x)
    rows.append([x * x])
    b = rows[0]
    b.append(2.0 * x)
    return sum(sum(r) for r in rows) * len(a)


def every_second_item_deleted(x):
    items = [x, 5.0, x * x, 7.0, 2.0 * x]
    del items[1::2]
    del items[::-2]
    return items[0] * len(items) * x


PROGRAMS = (
    keys_that_are_known,
    a_key_that_may_be_missing,
    a_cache,
    a_cache_asked_by_key,
    updated_from_what_it_holds,
    counted,
    rows_made_in_a_loop,
    rows_that_are_one,
    every_second_item_deleted,
)


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_program(f):
    check(f, 0.7)
