"""Keys that depend on the arguments: a memo is fine, reading them out again is refused."""

import pytest

import srcad
from srcad.errors import UnsupportedConstruct
from tests.differences import check


def keys_run_through(p):
    names = {v: n for n, v in p.items()}
    return sum(k * len(n) for k, n in names.items())


def keys_summed(p):
    seen = {}
    for n, v in p.items():
        seen[v] = n
    return sum(seen)


def keys_of_pairs(p):
    return max(dict(zip(p.values(), p)))


def memo(p):
    known = {}

    def square(v):
        if v not in known:
            known[v] = v * v
        return known[v]

    return square(p["a"]) * square(p["bb"]) + square(p["a"])


@pytest.mark.parametrize("f", [keys_run_through, keys_summed, keys_of_pairs])
def test_keys_are_no_values(f):
    with pytest.raises(UnsupportedConstruct, match="no derivative passes by keys"):
        srcad.grad(f)({"a": 0.3, "bb": 0.7})
    with pytest.raises(UnsupportedConstruct, match="no derivative passes by keys"):
        srcad.jvp(f, ({"a": 0.3, "bb": 0.7},), ({"a": 1.0, "bb": 0.0},))


def test_a_memo_may_have_any_keys():
    check(memo, {"a": 0.3, "bb": 0.7})
