"""Loops over containers while things are written; deques, heaps, sorted lists; own iterators."""

import bisect
import heapq
from collections import Counter, OrderedDict, defaultdict, deque

import numpy as np
import pytest

from tests.differences import check
from tests.samples import XS, A, M, table_of_cases

CASES, case = table_of_cases()


@case(M, 0.4)
def rows_views(m, k):
    m = m * k
    for row in m:
        row *= 2.0
    return np.sum(m * m)


@case(M, 0.4)
def rows_views2(m, k):
    m = m.copy()
    for i, row in enumerate(m):
        row[0] = row[1] * k * i
    return np.sum(m**2)


@case({"a": 0.5, "b": 0.7}, 0.4)
def dict_iter(d, k):
    t = 0.0
    for key in d:
        t = t * k + d[key]
    return t


@case({"a": 0.5, "b": 0.7}, 0.4)
def dict_items_write(d, k):
    out = {}
    for i, (key, v) in enumerate(d.items()):
        out[key] = v * k + i
    return out["a"] * out["b"]


@case({"a": 0.5, "b": 0.7}, 0.4)
def dict_values_update(d, k):
    d = dict(d)
    for key in d:
        d[key] *= k
    return sum(d.values()) * d["a"]


@case({"a": 0.5, "b": 0.7}, 0.4)
def dict_zip(d, k):
    return sum(v * w for v, w in zip(d.values(), [k, k * k]))


@case(XS, 0.4)
def strings(xs, k):
    t = 0.0
    for i, c in enumerate("aba"):
        t += xs[i] * (k if c == "a" else 1.0)
    return t


@case(XS, 0.4)
def sets(xs, k):
    t = 0.0
    for i in {2, 0, 1}:
        t = t * k + xs[i]
    return t


@case(XS, 0.4)
def range_neg(xs, k):
    t = 0.0
    for i in range(len(xs) - 1, -1, -1):
        t = t * k + xs[i]
    return t


@case(0.3, 0.4)
def tuple_of(a, k):
    t = 0.0
    for x in (a, k, a * k):
        t = t * a + x
    return t


@case(A, 0.4)
def tuple_kinds(a, k):
    t = 0.0
    for x in (a, k, 2.0):
        t = t + np.sum(x * k)
    return t


@case(XS, 0.4)
def queue_pop0(xs, k):
    queue = [x * k for x in xs]
    t = 0.0
    while queue:
        v = queue.pop(0)
        t = t * k + v
        if v > 0.5:
            queue.append(v * 0.3)
    return t


@case(XS, 0.4)
def deque_basic(xs, k):
    q = deque()
    for x in xs:
        q.append(x * k)
    t = 0.0
    while q:
        v = q.popleft()
        t = t * k + v
    return t


@case(XS, 0.4)
def deque_left(xs, k):
    q = deque(xs)
    q.appendleft(k)
    q.append(k * k)
    a = q.pop()
    b = q.popleft()
    return a * b + sum(q) * k


@case(XS, 0.4)
def deque_rotate(xs, k):
    q = deque(xs)
    q.rotate(1)
    return q[0] * k + q[1] ** 2


@case(XS, 0.4)
def ddict(xs, k):
    d = defaultdict(float)
    for i, x in enumerate(xs):
        d[i % 2] += x * k
    return d[0] * d[1]


@case(XS, 0.4)
def ddict_list(xs, k):
    d = defaultdict(list)
    for i, x in enumerate(xs):
        d["a" if i % 2 else "b"].append(x * k)
    return sum(d["b"]) * d["a"][0]


@case(XS, 0.4)
def ordered(xs, k):
    d = OrderedDict()
    for i, x in enumerate(xs):
        d[i] = x * k
    t = 0.0
    for key, v in d.items():
        t = t * k + v
    return t


@case(XS, 0.4)
def counter(xs, k):
    c = Counter("aab")
    return sum(n * xs[i] * k for i, n in enumerate(c.values()))


@case(XS, 0.4)
def heap_basic(xs, k):
    h = []
    for x in xs:
        heapq.heappush(h, x * k)
    a = heapq.heappop(h)
    b = heapq.heappop(h)
    return a * k + b * b


@case(XS, 0.4)
def heap_tuples(xs, k):
    h = []
    for i, x in enumerate(xs):
        heapq.heappush(h, (x * k, i))
    t = 0.0
    while h:
        v, i = heapq.heappop(h)
        t = t * k + v * (i + 1)
    return t


@case([[(1, 0.5), (2, 1.2)], [(2, 0.4)], []], 0.4)
def dijkstra(graph, k):
    dist = {0: 0.0}
    h = [(0.0, 0)]
    while h:
        d, u = heapq.heappop(h)
        if d > dist[u]:
            continue
        for v, w in graph[u]:
            nd = d + w * k
            if v not in dist or nd < dist[v]:
                dist[v] = nd
                heapq.heappush(h, (nd, v))
    return dist[2] ** 2 + dist[1]


@case(XS, 0.4)
def heapify_(xs, k):
    h = [x * k for x in xs]
    heapq.heapify(h)
    return heapq.heappop(h) * k + h[0]


@case(XS, 0.4)
def nlargest(xs, k):
    return sum(heapq.nlargest(2, xs)) * k + sum(heapq.nsmallest(1, xs))


@case(XS, 0.4)
def bis(xs, k):
    s = sorted(xs)
    i = bisect.bisect_left(s, 0.5)
    return s[i] * k


@case(XS, 0.4)
def bis_interp(xs, k):
    grid = [0.0, 1.0, 2.0]
    i = bisect.bisect(grid, k) - 1
    return xs[i] + (xs[i + 1] - xs[i]) * (k - grid[i]) / (grid[i + 1] - grid[i])


@case(XS, 0.4)
def insort_(xs, k):
    s = []
    for x in xs:
        bisect.insort(s, x * k)
    return s[0] * k + s[2]


@case(XS, 0.4)
def unpack_nested(xs, k):
    t = 0.0
    for i, ((a, b), c) in enumerate(zip(zip(xs, xs[1:]), xs[2:])):
        t += a * b * c * k + i
    return t


@case(XS, 0.4)
def starred_for(xs, k):
    t = 0.0
    for a, *rest in [xs, xs[::-1]]:
        t += a * rest[0] * rest[1] * k + a
    return t


@case(XS, 0.4)
def grow_list(xs, k):
    ys = list(xs)
    for y in ys:
        if y > 0.5 and len(ys) < 6:
            ys.append(y * k)
    return sum(y * y for y in ys)


@case(XS, 0.4)
def list_of_dicts(xs, k):
    ds = [{"v": x * k, "n": i} for i, x in enumerate(xs)]
    return sum(d["v"] * d["n"] for d in ds)


@case(XS, 0.4)
def sort_dicts(xs, k):
    ds = [{"v": x * k, "n": i} for i, x in enumerate(xs)]
    best = max(ds, key=lambda d: d["v"])
    return best["v"] ** 2


@case(XS, 0.4)
def walrus_comp(xs, k):
    return sum(y * y for x in xs if (y := x * k) > 0)


@case(XS, 0.4)
def comp_default(xs, k):
    def f(v, w=sum([x for x in xs])):  # noqa: B008
        return v * w

    return f(k)


@case(XS, 0.4)
def flat_unpack(xs, k):
    (a, b), c = [(x, y) for x, y in zip(xs, [k, k])][0], k  # noqa: RUF015
    return a * b * c


@case(A, 0.4)
def flat_arr(a, k):
    m = np.outer(a, a)
    t = 0.0
    for v in m.flat:
        t = t * k + v
    return t


@case(A, 0.4)
def nditer_enum(a, k):
    t = 0.0
    for i, v in np.ndenumerate(a):
        t += i[0] * v * k
    return t


@case(A, 0.4)
def ndindex(a, k):
    m = np.outer(a, a)
    t = 0.0
    for i, j in np.ndindex(m.shape):
        t += m[i, j] * (i + 2 * j) * k
    return t


@case(XS, 0.4)
def stack_of_pairs(xs, k):
    h = []
    for i, x in enumerate(xs):
        h.append((x * k, i))
    t = 0.0
    while h:
        v, i = h.pop()
        t = t * k + v * (i + 1)
    return t


class Chain:
    def __init__(self, xs, k):
        self.xs = xs
        self.k = k

    def scaled(self, n):
        for x in self.xs:
            yield x * self.k * n

    def endless(self):
        p = 1.0
        while True:
            yield p
            p = p * self.k

    def __iter__(self):
        for x in self.xs:
            if x < 0:
                continue
            yield x + self.k

    @staticmethod
    def pairs(xs):
        for a in xs:
            for b in xs:
                yield a, b


@case(XS, 0.4)
def o_for(xs, k):
    c = Chain(xs, k)
    t = 0.0
    for v in c.scaled(2.0):
        if v > 9:
            break
        t = t * k + v
    return t


@case(XS, 0.4)
def o_sum(xs, k):
    c = Chain(xs, k)
    return sum(c.scaled(k))


@case(XS, 0.4)
def o_list(xs, k):
    c = Chain(xs, k)
    vs = list(c.scaled(k))
    return vs[0] * vs[1]


@case(XS, 0.4)
def o_endless(xs, k):
    c = Chain(xs, k)
    t = 0.0
    for p in c.endless():
        if p < 0.02:
            break
        t += p * xs[0]
    return t


@case(XS, 0.4)
def o_iter(xs, k):
    c = Chain(xs, k)
    t = 1.0
    for v in c:
        t *= v
    return t


@case(XS, 0.4)
def o_static(xs, k):
    t = 0.0
    for a, b in Chain.pairs(xs):
        t += a * b * k
    return t


@case(XS, 0.4)
def o_zip(xs, k):
    c = Chain(xs, k)
    t = 0.0
    for v, x in zip(c.scaled(1.0), xs):
        t += v * x
    return t


@case(XS, 0.4)
def o_enum(xs, k):
    c = Chain(xs, k)
    t = 0.0
    for i, v in enumerate(c.scaled(1.0)):
        t += v * i
    return t


def squares(xs):
    for x in xs:
        yield x * x


def run(make, xs):
    t = 0.0
    for v in make(xs):
        t += v
    return t


@case(XS, 0.4)
def o_value(xs, k):
    return run(squares, xs) * k


@case(XS, 0.4)
def late_closure(xs, k):
    def gen():
        for x in xs:
            yield x * k

    t = 0.0
    for v in gen():
        t += v
        k = k * 0.5
    return t


@case({0: 0.5, 1: 0.7}, 0.4)
def int_keys(d, k):
    t = 0.0
    for v, key in zip(filter(lambda v: v > 0, [k, k * k]), d):
        t += v * (key + 2) * d[key]
    return t


@case(XS, 0.4)
def body_writes_operand(xs, k):
    xs = list(xs)
    t = 0.0
    for v in map(lambda v: v * k, xs):
        t += v
        if len(xs) < 5:
            xs.append(v)
    return t


@case(XS, 0.4)
def rebinds_operand(xs, k):
    t = 0.0
    for v in map(lambda v: v * k, xs):
        xs = [v]
        t += v
    return t + xs[0]


@case(XS, 0.4)
def gen_arg_rebound(xs, k):
    def scaled(ys, c):
        for y in ys:
            yield y * c

    t = 0.0
    for v in scaled(xs, k):
        k = k * v
        xs = [k]
        t += v
    return t * k


def writes(out, xs):
    for i, x in enumerate(xs):
        out[i] = x * 2
        yield x


@case(np.array(XS), 0.4)
def gen_writes(a, k):
    out = np.zeros(3)
    t = 0.0
    for v in writes(out, a):
        t += v * out.sum() * k
    return t


@pytest.mark.parametrize("f", CASES, ids=lambda f: f.__name__)
def test_derivatives(f):
    check(f, *CASES[f])
