"""Forward mode against differences: programs that mix what the core language has."""

from __future__ import annotations

import copy
import math

import numpy as np
import pytest

from srcad.analysis.infer import infer
from srcad.forward import tangent
from srcad.frontend import capture
from srcad.kinds import (
    carries,
)
from srcad.value_kinds import Namer, kind_of
from srcad.verifier import verify
from tests import differences
from tests.core_interpreter import run

A = np.array([0.3, 1.2, -0.7, 0.9])
M = np.arange(12.0).reshape(3, 4) / 7 + 0.1
CASES = []


def at(*args):
    """Add a program to `CASES` with the arguments to test it at."""

    def add(f):
        CASES.append(pytest.param(f, args, id=f.__name__))
        return f

    return add


def program_of(f, args):
    """The forward-mode program of `f` and the parameters that have tangents."""
    function, namer = capture(f), Namer()
    kinds = {p.name: kind_of(a, namer) for p, a in zip(function.params, args, strict=True)}
    active = tuple(name for name, kind in kinds.items() if carries(kind))
    return tangent(infer(function, kinds), active)[0], [name in active for name in kinds]


def vector(value):
    """The numbers of a result, in order."""
    parts = value if isinstance(value, list | tuple) else [value]
    if parts is value:
        return np.concatenate([vector(part) for part in parts])
    return np.ravel(np.asarray(value, dtype=float))


@at(0.7)
def f1(x):
    x = x * math.exp(x)
    x = x**x
    return x


@at(A)
def views(a):
    b = a * 1.0
    v = b[1:]
    v[0] = 5 * a[0]
    w = b.reshape(2, 2)
    w[1] *= a[3]
    return np.sum(b**2)


@at(A)
def late(a):
    b = np.zeros(4)
    v = b[1:3]
    s = np.sum(v)
    b[2] = a[1] ** 2
    c = b
    c[0] += a[0]
    return s + np.sum(v) * b[0]


@at(A, 0.5)
def branch(a, x):
    if x > 0:
        y = x * 2
    else:
        y = 1.0
    if a[0] > 10:
        z = a * x
    else:
        z = np.ones(4)
    return y + np.sum(z * a)


@at(A)
def swap(a):
    u = a.copy()
    v = np.zeros_like(a)
    for k in range(3):
        for i in range(1, len(u) - 1):
            v[i] = u[i - 1] + u[i + 1] * u[i]
        u, v = v, u
    return np.sum(u) + np.sum(v * v)


@at(A)
def lists(a):
    xs = []
    for v in a:
        xs.append(v * v)
    xs.append(3.0)
    y = xs.pop()
    z = xs.pop()
    return sum(xs) * y + z * xs[0]


@at([1.0, 2.0, 3.0])
def listparam(xs):
    s = 0.0
    for i, x in enumerate(xs):
        s += i * x * x
    xs.append(s)
    xs[0] = xs[-1] * 2
    return xs[0] * xs[1]


@at({"w": A, "b": 0.3}, A)
def dicts(p, x):
    y = p["w"] * x + p["b"]
    q = {"y": y, "n": 3}
    q["z"] = y**2
    return np.sum(q["y"] + q["z"]) * q["n"]


@at((1.5, (A, 2.0)))
def tuples(p):
    a, (b, c) = p
    r = (a * c, b, 7)
    return r[0] * np.sum(r[1]) * r[2]


def helper(u, f):
    for i in range(1, len(u)):
        u[i] += u[i - 1] * f


@at(A, 0.4)
def callee(a, f):
    u = a * 1
    helper(u, f)
    helper(u[1:], 2.0)
    return np.sum(u**2)


def hv(x, y=2.0):
    return x * y, x + y


@at(0.3)
def tupcall(x):
    a, b = hv(x)
    c, d = hv(a, y=b)
    return a * b * c * d + hv(x)[0]


def fact(x, n):
    return 1.0 if n == 0 else x * fact(x + 1, n - 1)


@at(0.3)
def rec(x):
    return fact(x, 4)


@at(A, 2.0)
def broadcast(a, x):
    y = x + a * 0
    z = np.array([1.0, 2.0, 3.0, 4.0]) + x
    w = np.zeros((2, 4)) + a
    return np.sum(z) + np.sum(w) + np.mean(y + np.ones((3, 1)))


@at(M)
def rows(m):
    s = 0.0
    for row in m:
        s += row[0] * np.sum(row)
    for i, row in enumerate(m[1:]):
        s += i * row[1] ** 2
    for r, q in zip(m, m[::-1]):
        s += r.dot(q)
    return s


@at(M)
def rowwrite(m):
    for row in m:
        row[1:] = row[:-1] * 2
    m.T[0] += 1.0
    m[0, :] *= m[1]
    m /= m[2, 2]
    return np.sum(m**2)


@at(A)
def outs(a):
    b = np.empty_like(a)
    np.multiply(a, 3.0, out=b)
    np.exp(b, out=b)
    np.add(b, a, b)
    return np.sum(b)


@at(A)
def masks(a):
    b = a.copy()
    b[b < 0] = 0.0
    b[[0, 0, 2]] *= 3
    np.add.at(b, [1, 1], a[0])
    b[a > 1] += a[a > 1] ** 2
    return np.sum(b * a[[0, 1, 1, 2]])


@at(0.5)
def exits(x):
    for i in range(10):
        if x > 3:
            return x * i
        if i == 7:
            break
        x = x + x * x
    else:
        x = x * 100
    return x + 1


@at(0.5)
def whiles(x):
    y = 1.0
    while y < 20:
        y = y * (1 + x)
        if y > 15:
            continue
        y += x
    return y


@at(A)
def alias_copy(a):
    b = a + 0.0
    c = +b
    c[0] = 7.0
    return np.sum(b * c)


@at(A)
def borrowed(a):
    b = a - 1.0
    b[1] = 0.0
    d = a.reshape(2, 2) + 1
    d[0, 0] = 9.0
    return np.sum(a * b) + np.sum(d * a.reshape(2, 2))


@at(A)
def ternary(a):
    s = np.sum(a)
    r = math.log(s) if s > 0 else math.exp(s)
    q = (fact(s, 2) if s > 100 else fact(s, 3)) + 1.0
    return r * q


@at(0.7, 1.2)
def bools(x, y):
    z = x and y
    w = (x < 0 and 1.0) or y * 2
    return z * w


@at(A)
def augscal(a):
    s = 1.0
    for v in a:
        s *= v + 2
        s /= 1.1 + v * v
        s -= v
        s **= 2
    return s


@at(A)
def augarr(a):
    b = np.ones(4)
    v = b
    b += a
    b *= a
    b /= a + 3
    b -= 2 * a
    b **= 2
    return np.sum(v * v)


@at(M)
def reduce_(m):
    return (
        np.sum(m, axis=0).dot(np.arange(4.0))
        + m.mean(axis=1, keepdims=True)[0, 0]
        + np.max(m)
        + m.std()
    )


@at(M)
def linalg(m):
    return np.sum(m @ m.T) + np.trace(np.outer(m[0], m[1])) + np.linalg.norm(m)


@at(A)
def stackcat(a):
    b = np.concatenate([a, a * 2])
    c = np.stack((a, a**2), axis=1)
    d = np.where(a > 0, a, a * a) + np.clip(a, 0.0, 1.0)
    return np.sum(b) * np.sum(c * c) + np.sum(d * np.cumsum(a))


@at(0.3, A)
def unused(x, a):
    y = x * a
    n = len(a)
    n += int(x * 10)
    z = np.sum(y) if n > 100 else x
    return z


@at(A)
def noteffect(a):
    return 3.0


@at(A)
def multi(a):
    return a * 2, np.sum(a), [a[0], 1.0]


@at(A)
def retalias(a):
    b = a
    b[0] = b[1] * b[2]
    return b


def ap(lst, v):
    lst.append(v * 2)
    return lst


@at(0.4)
def appendcall(x):
    xs = []
    for i in range(3):
        ap(xs, x * i)
    k = ap(xs, 1.0)
    k[0] = x**3
    return sum(xs)


def rowof(m, i):
    return m[i]


@at(M)
def viewcall(m):
    u = np.zeros((3, 4))
    r = rowof(u, 1)
    r[2] = m[0, 1] ** 2
    r += m[1]
    return np.sum(u * m)


G = [2.0, 3.0]
W = np.array([1.0, 2.0, 3.0, 4.0])


@at(A)
def captures(a):
    return np.sum(a * W) * G[1]


def hof(f, x):
    return f(x) * f(x + 1)


def sq(x):
    return x * x


@at(0.4)
def higher(x):
    return hof(sq, x) + hof(math.sin, x)


@at(A)
def comp(a):
    ys = [v * v for v in a if v > 0]
    return sum(ys) + max(ys) * min(ys)


@at(M)
def nested(m):
    grid = [[0.0] * 4 for _ in range(3)]
    for i in range(3):
        for j in range(4):
            grid[i][j] = m[i, j] ** 2 + (grid[i - 1][j] if i else 0.0)
    return grid[2][3] * grid[2][0]


@at(A)
def gather(a):
    idx = np.array([0, 0, 3])
    b = a[idx]
    b[0] = 1.0
    c = np.zeros(3)
    c[idx[:2]] = a[0]
    c[2] = a[1]
    return np.sum(b * c)


@at(A, 1)
def intpar(a, k):
    n = k * 2
    while n > 0:
        a = a * a + n
        n -= 1
    return a[k]


@at(A)
def popmid(a):
    st = [a[0], a[1], 2.0]
    s = 0.0
    while st:
        v = st.pop()
        if v > 1.1:
            st.append(v * 0.5)
        s += v * v
    return s


@at(A)
def fills(a):
    b = np.empty(4)
    b.fill(a[0])
    b[:2] = a[2:]
    c = np.full(4, a[1])
    c[0] = 0
    d = np.full_like(a, a[3])
    return np.sum(b * c * d)


def inc(v):
    v += 1.0
    return v


@at(A)
def mutarg_alias(a):
    b = inc(a * 1.0)
    c = inc(b)
    return np.sum(b * c)


@at(A)
def outconflict(a):
    b = a.copy()
    np.multiply(b, b, out=b)
    np.sqrt(b, out=b)
    np.power(b, 3.0, out=b)
    np.copyto(b[:2], a[2:])
    return np.sum(b * b)


@at(A)
def outbranch(a):
    b = np.zeros(4)
    if a[0] > 0:
        c = b
    else:
        c = a
    c[1] = a[0]
    return np.sum(b)


@at(A, 3)
def cond_alias(a, n):
    b = a
    for i in range(n):
        if i == 1:
            b = b.copy()
        b[i] = b[i - 1] * 2 + i
    return np.sum(a * b)


@at(A)
def dblbuf(a):
    bufs = [a.copy(), np.zeros(4)]
    for k in range(3):
        src = bufs[k % 2]
        dst = bufs[1 - k % 2]
        dst[1:-1] = src[:-2] * src[2:]
    return np.sum(bufs[0]) + np.sum(bufs[1])


def even(x, n):
    return x if n == 0 else odd(x * x, n - 1)


def odd(x, n):
    return x + 1.0 if n == 0 else even(x * 0.5, n - 1)


@at(1.3)
def mutual(x):
    return even(x, 5) * odd(x, 2)


@at(A)
def varkind(a):
    s = 0
    for v in a:
        s = s + v
    m = None
    for v in a:
        if m is None or v > m:
            m = v
    return s * m


@at(M)
def dimsred(m):
    x = m - m.mean(axis=0)
    y = x / x.std(axis=0)
    return np.sum(y**3) + np.prod(m[0]) + np.sum(m[:, None, :] * m[None])


@at(0.5, A)
def scal_arr(x, a):
    z = np.zeros(4)
    z[:] = x
    z[1:3] += a[:2]
    z *= x
    q = np.ones((2, 4)) * x
    q[0] = a
    k = x
    k = k + np.arange(4.0)
    return np.sum(z * q) + np.sum(k)


@at(A)
def dset(a):
    d = {}
    for i in range(3):
        d[i] = a[i] * a[i + 1]
    d.update({7: a[0]})
    s = 0.0
    for k, v in d.items():
        s += k * v
    for v in d.values():
        s += v * v
    return s + d.get(9, a[1]) + d.pop(7)


@at(0.4)
def loopelse(x):
    for i in range(4):
        x = x * 1.5
        if x > 50:
            break
    else:
        x = x + 1
    while x < 30:
        x *= x + 1
    return x


def outproc(res, x):
    res[0] = x * x
    res[1:] = res[0] + 1


@at(1.7)
def outp(x):
    r = np.empty(3)
    outproc(r, x)
    return np.sum(r) * r[0]


def early(x, n):
    if n > 3:
        return None
    if x > 2:
        return x
    return early(x * 1.5, n + 1)


@at(0.9)
def maybe_none(x):
    r = early(x, 0)
    return r if r is not None else x


def side(u, x):
    u[0] = x
    return x * 2


@at(A, 0.3)
def order(a, x):
    u = a * 1
    y = u[0] * a[1] + side(u, x) + u[0]
    z = np.sum(u) * side(u, 2 * x)
    return y * z


@at(A, 0.3)
def params_reb(a, x):
    for i in range(3):
        if i > 1:
            x = x * a[i]
        a = a * x
    return np.sum(a)


@at(A)
def inactive_path(a):
    w = np.ones(4)
    for i in range(3):
        w = w / np.sum(w)
        if i == 1:
            w = w + a
    return np.sum(w * w)


def outerparam(buf, a):
    for i in range(4):
        buf[i] += a[i] ** 2
    return buf


@at(
    np.zeros(
        4,
    ),
    A,
)
def bufparam(buf, a):
    r = outerparam(buf, a)
    return np.sum(r) + buf[1]


@at(1.2)
def sorts(x):
    xs = sorted([3, 1, 2])
    return x * xs[0]


@at(A)
def sortarr(a):
    b = np.sort(a)
    i = np.argsort(a)
    return np.sum(b * np.arange(4.0)) + a[i[0]] + a[np.argmax(a)]


@pytest.mark.parametrize(("f", "args"), CASES)
def test_tangent(f, args):
    program, chosen = program_of(f, args)
    for function in program.functions:
        verify(function)
    tangents = [t for t, c in zip(differences.tangent_like(args), chosen, strict=True) if c]
    before = copy.deepcopy(args)
    value, got = run(program.functions[-1], *args, *tangents, program=program)
    assert differences.same(args, before)
    want = differences.directional(f, args, differences.tangent_like(args))
    np.testing.assert_allclose(vector(value), vector(f(*copy.deepcopy(args))), rtol=1e-14)
    np.testing.assert_allclose(vector(got), want.value, rtol=1e-6, atol=1e-7)
