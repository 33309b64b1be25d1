"""Programs whose kinds are inferred and held against what happens when they run."""

# ruff: noqa: RUF005, F841, F821
import math

import numpy as np

ROW = np.linspace(0.5, 2.0, 5)
TABLE = np.arange(12.0).reshape(4, 3)

SCALE = 3.0
WEIGHTS = np.array([0.5, 0.25, 0.25])
OFFSETS = [1, 2, 3]


def straight(x, y):
    z = x * y + 1
    w = -z / 2
    return w**2


def int_becomes_float(x):
    s = 0
    for i in range(3):
        s = s + x * i
    return s


def scalar_becomes_array(x):
    s = 0.0
    for i in range(3):
        s = s + x
    return s


def branches(x, flag):
    if flag > 0:
        y = x
    else:
        y = 2
    return y * 2


def late_binding(x):
    for i in range(4):
        if i > 0:
            x = x + previous
        previous = x * 0.5
    return x


def shrinking(x):
    while len(x) > 1:
        x = x[1:] + x[:-1]
    return x[0]


def stencil(x):
    out = np.zeros_like(x)
    out[1:-1] = x[:-2] + x[1:-1] + x[2:]
    return out


def by_length(x):
    n = len(x)
    out = np.zeros(n)
    for i in range(1, n - 1):
        out[i] = x[i - 1] + x[i + 1]
    return out[1 : n - 1] + x[:-2]


def differences(x):
    n = x.shape[0]
    d = np.empty(n - 1)
    d[:] = x[1:] - x[:-1]
    return d * x[: n - 1]


def rows(m):
    total = 0.0
    for row in m:
        for v in row:
            total += v * v
    return total


def columns(m):
    out = []
    for j in range(m.shape[1]):
        out.append(m[:, j])
    return np.stack(out)


def indexing(m):
    a = m[0]
    b = m[:, 1]
    c = m[1:, :-1]
    d = m[None, 0]
    e = m[..., 0]
    f = m[0, 1]
    g = m[..., None, :]
    return a, b, c, d, e, f, g, m[-1], m[::2], m[::-1], m[1:2], m[()]


def advanced(m, idx):
    mask = m > 3.0
    a = m[mask]
    b = m[idx]
    c = m[idx, 0]
    d = m[:, idx]
    e = m[idx, :, None]
    f = m[[0, 1], [1, 2]]
    g = m[mask[:, 0]]
    h = m[np.arange(len(idx)), idx]
    k = m[[2]]
    return a, b, c, d, e, f, g, h, k, m[m[:, 0] > 1.0, 1]


def separated(t, idx):
    return t[idx, :, 0], t[0, :, idx], t[:, idx, idx], t[idx, ..., idx], t[idx[:, None], idx]


def lists(x):
    items = []
    for i in range(3):
        items.append(x * i)
    items.extend([1.0, 2.0])
    items.insert(0, x)
    last = items.pop()
    return items[0] + last + len(items), items[1:], items + [x], items * 2


def list_of_lists(n):
    grid = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            grid[i][j] = i * j * 0.5
    return grid


def aliased_list(x):
    a = []
    b = a
    b.append(x)
    c = (a, 1)
    c[0].append(x * 2)
    return a[0] * a[1]


def list_in_dict(x):
    d = {"items": []}
    d["items"].append(x)
    d["n"] = 1
    return d["items"][0] * d["n"], d


def int_keys(x):
    d = {}
    for i in range(3):
        d[i] = x * i
    return d[1] + d[2], d


def dicts(x):
    d = {"a": x, "b": 2}
    total = 0.0
    for k in d:
        total += d[k]
    for v in d.values():
        total += v
    for k, v in d.items():
        total += v
    d["c"] = x**2
    d["a"] = 1
    return total + d["c"], d.get("a"), d.get("zzz"), d


def tuples(x, y):
    t = (x, y, 1)
    a, b, c = t
    (p, q), r = (a, b), c
    p, q = q, p
    return t[0] + t[-1] + p * q + r, t[1:], t + (x,)


def iterators(x, m):
    s = 0.0
    for i, v in enumerate(x):
        s += i * v
    for a, b in zip(x, m):
        s += a * b[0]
    for v in reversed(x):
        s = s * 0.5 + v
    for i, (a, b) in enumerate(zip(x, x)):
        s += a * b * i
    return s


def fill(target, x):
    target.append(x)


def callee_appends(x):
    out = []
    fill(out, x)
    fill(out, x * 2)
    return out[0] + out[1]


def square(x, scale=1):
    return x * x * scale


def calls_helpers(x, v):
    return square(x) + square(v, scale=2.0).sum() + square(scale=x, x=3)


def power(x, n):
    if n == 0:
        return 1
    return x * power(x, n - 1)


def is_even(n, x):
    if n == 0:
        return x
    return is_odd(n - 1, x * 2)


def is_odd(n, x):
    if n == 0:
        return 0
    return is_even(n - 1, x + 1)


def halves(x):
    if len(x) <= 2:
        return x.sum()
    n = len(x) // 2
    return halves(x[:n]) + halves(x[n:])


def nested(x, depth):
    if depth == 0:
        return [x]
    return [nested(x, depth - 1)]


def apply_to(f, x):
    return f(x) + 1


def higher_order(x):
    return apply_to(square, x) + apply_to(np.sin, x) + apply_to(math.sin, x)


def optional(x, w=None):
    if w is None:
        w = np.ones_like(x)
    return x * w


def types_tested(x):
    if isinstance(x, np.ndarray):
        y = x.sum()
    else:
        y = x
    return y * 2


def captured(x):
    return SCALE * x[:3] @ WEIGHTS + OFFSETS[0] + math.pi


def early(x):
    for v in x:
        if v > 1.0:
            return v
    return 0


def nothing(x):
    x[0] = 1.0


def logic(x, y):
    a = x and y
    b = x > 0 and y > 0
    c = x if x > y else 0
    d = not x
    return a, b, c, d, x is None, x == y


def augmented(x, m):
    x += 1
    x *= 2.0
    n = 1
    n += 2
    n /= 2
    t = (1,)
    t += (2.0,)
    items = [1]
    items += [2.0]
    m[0] += x[:3]
    return x, n, t, items, m


def broadcasting(x, m, c):
    return x[:, None] * m, m + x[:, None] * c, m.sum(axis=0), m.mean(axis=1, keepdims=True), m * 2


def reshaping(m):
    v = m.reshape(-1)
    w = m.T
    n, k = m.shape
    return v * 2, w @ m, m.reshape(k, n), np.concatenate([m, m]), m.size * 2, m.ndim, m.dtype


def float32(x):
    y = x * 2.0
    z = y + 1
    return z.sum() * 0.5, y[0] * 2, np.float32(3) * x[1]


def integers(k):
    a = k * 2
    b = k / 2
    c = k // 2
    d = k * 1.5
    e = k[0] + 1
    return a, b, c, d, e, k > 1, k.sum(), k.mean(), k[0] / 2


def complexes(z):
    return z * z.conjugate(), abs(z), z.real, z + 1, z * 1j


def numbers(x, n):
    return (
        round(x),
        int(x),
        float(n),
        abs(n),
        max(x, n),
        min(n, 2),
        divmod(n, 2),
        n**2,
        n**-1,
        n % 2,
    )


def while_break(x):
    n = 0
    while True:
        n = n + 1
        x = x * 0.5
        if x < 0.1:
            break
    return x, n


def double_buffer(x):
    new = np.empty_like(x)
    for _ in range(3):
        new[:] = x * 0.5
        x, new = new, x
    return x


def comprehension(x):
    squares = [v * v for v in x]
    pairs = [(v, i) for i, v in enumerate(x) if v > 1.0]
    return sum(squares) + pairs[0][0], max(squares), sorted(squares), [0] * 3


def strings(x, mode="sin"):
    label = f"{mode}!"
    if mode == "sin":
        return np.sin(x)
    return np.cos(x), label


def windows(x, k):
    total = 0.0
    for i in range(len(x) - k):
        total = total + x[i : i + k].sum()
    return total


def unknown_callable(x, table):
    return table["f"](x)


PROGRAMS = [
    (straight, 2.0, 3.0),
    (straight, 2, 3.0),
    (straight, np.float32(2), 3.0),
    (straight, ROW, 3.0),
    (straight, ROW, ROW),
    (int_becomes_float, 1.5),
    (int_becomes_float, ROW),
    (scalar_becomes_array, ROW),
    (branches, 1.5, 1),
    (branches, 1.5, -1),
    (branches, ROW, -1),
    (late_binding, 1.5),
    (shrinking, ROW),
    (stencil, ROW),
    (stencil, np.ones(1)[:0]),
    (by_length, ROW),
    (differences, ROW),
    (rows, TABLE),
    (columns, TABLE),
    (indexing, TABLE),
    (indexing, TABLE[:1] * np.ones((2, 3))),
    (advanced, TABLE, np.array([0, 2])),
    (separated, np.arange(27.0).reshape(3, 3, 3), np.array([0, 2])),
    (lists, 1.5),
    (list_of_lists, 3),
    (aliased_list, 1.5),
    (list_in_dict, 1.5),
    (int_keys, 1.5),
    (dicts, 1.5),
    (tuples, 1.5, 2),
    (iterators, TABLE[:, 0], TABLE),
    (callee_appends, 1.5),
    (calls_helpers, 1.5, ROW),
    (power, 1.5, 3),
    (power, ROW, 3),
    (is_even, 5, 1.5),
    (is_even, 4, 1),
    (halves, np.arange(9.0)),
    (nested, 1.5, 3),
    (higher_order, 1.5),
    (optional, ROW),
    (optional, ROW, 2.0),
    (types_tested, ROW),
    (types_tested, 2.0),
    (captured, ROW),
    (early, ROW),
    (nothing, ROW),
    (logic, 1.5, 2),
    (logic, 0.0, 2),
    (augmented, ROW, TABLE),
    (broadcasting, TABLE[:, 0], TABLE, np.ones((1, 1))),
    (reshaping, TABLE),
    (float32, ROW.astype("float32")),
    (integers, np.arange(4)),
    (complexes, 1 + 2j),
    (complexes, np.array([1 + 2j, 3])),
    (numbers, 1.5, 2),
    (numbers, 1.5, 4),
    (while_break, 1.5),
    (double_buffer, ROW),
    (comprehension, ROW),
    (strings, 1.5),
    (strings, ROW, "cos"),
    (windows, ROW, 2),
    (unknown_callable, 1.5, {"f": math.sin}),
]
