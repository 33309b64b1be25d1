"""Aliases, effects on memory, and what varies."""

from __future__ import annotations

import numpy as np
import pytest

from srcad.analysis.effects import memory
from srcad.analysis.infer import infer
from srcad.analysis.varied import varied
from srcad.core import Return, statements
from srcad.frontend import capture
from srcad.value_kinds import kind_of

A = np.ones(4)


def known(f, *args):
    """The memory analysis of `f` and its last statement."""
    function = capture(f)
    kinds = {p.name: kind_of(a) for p, a in zip(function.params, args, strict=True)}
    found = memory(infer(function, kinds))
    *_, last = statements(found.typed.function.body)
    return found, last


def with_name(f, name, *args):
    found, last = known(f, *args)
    return "".join(sorted(found.aliases.with_name(last, name)))


def swap(u, v):
    u, v = v, u
    return u


def swap_after_view(u, v):
    w = u[1:]
    u, v = v, u
    return w


def copies(a):
    b = a.copy()
    c = a[[0, 1]]
    d = a + 0
    return b, c, d


def views(a):
    b = a[1:]
    c = b.T
    d = a.reshape(2, 2)
    return b, c, d


def rebound(a):
    b = a
    b = b * 2
    return b


def one_path(a, n):
    b = a * 2
    if n > 3:
        b = a
    return b


def held(a, b):
    xs = [a]
    xs.append(b)
    c = xs[0]
    return c


def rows(m):
    for r in m:
        s = r
    return s


def numbers(a):
    x = a[0]
    for v in a:
        x = v
    return x


@pytest.mark.parametrize(
    ("f", "name", "args", "want"),
    [
        (swap, "u", (A, A), "u"),
        (swap_after_view, "w", (A, A), "vw"),
        (copies, "a", (A,), "a"),
        (views, "c", (A,), "abcd"),
        (rebound, "b", (A,), "b"),
        (one_path, "b", (A, 1), "ab"),
        (held, "c", (A, A), ["a", "b", "c", "xs"]),
        (held, "a", (A, A), ["a", "c", "xs"]),
        (rows, "s", (np.ones((2, 2)),), "mrs"),
        (numbers, "x", (A,), "x"),
    ],
)
def test_aliases(f, name, args, want):
    assert with_name(f, name, *args) == "".join(want)


def writes_view(a):
    v = a[1:]
    v[0] = 0.0


def writes_copy(a):
    a = a.copy()
    a += 1


def writes_by_call(a, b):
    writes_view(b)
    return a


def recursive(a, n):
    if n > 0:
        recursive(a[1:], n - 1)
        a[0] = 1.0
    return a


def keeps(xs, a):
    xs.append(a)


def writes_out(a, b):
    np.exp(a, out=b)
    return b


@pytest.mark.parametrize(
    ("f", "args", "writes", "returns", "links"),
    [
        (writes_view, (A,), "a", "", []),
        (writes_copy, (A,), "", "", []),
        (writes_by_call, (A, A), "b", "a", []),
        (recursive, (A, 2), "a", "a", []),
        (keeps, ([A], A), ["xs"], "", [{"xs", "a"}]),
        (writes_out, (A, A), "b", "b", []),
    ],
)
def test_effects(f, args, writes, returns, links):
    found, _ = known(f, *args)
    assert found.effects.writes == set(writes)
    assert found.effects.returns == set(returns)
    assert found.effects.links == {frozenset(pair) for pair in links}


def inactive_then_written(x, a):
    b = np.zeros_like(a)
    v = b[1:]
    n = len(a) + np.floor(x)
    b[0] = x
    y = n * x
    y = n
    return v, y


def grows(x):
    s = 1.0
    t = 2.0
    for _ in range(3):
        t = s
        s = x
    return t


@pytest.mark.parametrize(
    ("f", "args", "active", "want"),
    [
        (inactive_then_written, (1.0, A), "x", "bvx"),
        (grows, (1.0,), "x", "stx"),
        (one_path, (A, 1), "a", "ab"),
    ],
)
def test_varied(f, args, active, want):
    found, last = known(f, *args)
    assert isinstance(last, Return)
    assert varied(found, frozenset(active)).before(last) == set(want)
