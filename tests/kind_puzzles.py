"""Programs that are hard on the inference of kinds; see `kind_programs`."""

# ruff: noqa: RUF005, E741, B006, UP031
import math

import numpy as np

from tests.kind_programs import ROW, TABLE


def default_list(x, acc=[]):
    acc.append(x)
    return len(acc) * 0 + acc[-1]


def net(params, x):
    h = np.tanh(params["W"] @ x + params["b"])
    s = 0.0
    for k, v in params.items():
        s += np.sum(v)
    return h.sum() + s


def layers(x, ws):
    for w, b in ws:
        x = np.maximum(w @ x + b, 0)
    return x


def varargs(*xs, scale=2.0, **more):
    t = 0.0
    for x in xs:
        t += x * scale
    for k in more:
        t += more[k]
    return t


def use_varargs(x):
    return varargs(x, 1, 2.5, scale=3, a=x, b=1) + varargs()


def same(l):
    return l


def through(x):
    a = []
    b = same(a)
    b.append(x)
    c = [a, [2]]
    c[0].append(x * 1j)
    d = c[0] if x > 0 else None
    d.append(x)
    return a[0], a[-1], c


def nested_append(x):
    grid = [[] for _ in range(3)]
    for i in range(3):
        grid[i].append(x * i)
    row = grid[0]
    row.append("text")
    return grid


def store_list(x):
    l = [1, 2, 3]
    m = l
    m[0] = x
    l[1:] = [x, "a"]
    return l[0], m


def swap_lists(x):
    a, b = [x], ["s"]
    a, b = b, a
    b.append(x)
    return a, b


def tower(x):
    y = 1
    for i in range(3):
        if i == 1:
            y = y * x
        if i == 2:
            y = y * 1j
    return y


def shrink_for(x):
    for i in range(2):
        x = x[1:]
    return x * x[::-1]


def different_returns(x):
    if x > 1:
        return x, 1
    if x > 0:
        return x
    return None


def methods(x, m):
    y = x.copy()
    y.fill(2.0)
    y.sort()
    return (
        y.item(0),
        x.tolist(),
        m.flatten(),
        m.ravel().astype(int),
        m.max(axis=1),
        m.argmax(),
        x.astype("float32"),
        m.dot(x[:3]),
        m.T.shape,
        x.cumsum(),
        m.any(),
        m.sum(),
        m.std(axis=0),
        m.swapaxes(0, 1),
        m.squeeze(),
        m.nonzero(),
    )


def text(x):
    s = "a" + "b"
    parts = s.split("b")
    return s.upper(), parts, len(parts), f"{x}", s[0], "%s" % x


HISTORY = []


def remembers(x):
    HISTORY.clear()
    HISTORY.append(x)
    return HISTORY[0] * 2


def chained(x):
    return 0 < x < 5, (x if x > 0 else -x), not (x > 1 or x < 0)


def creation(x, n):
    return (
        np.zeros(n),
        np.zeros((n, 2)),
        np.arange(n),
        np.arange(0.0, 1.0, 0.5),
        np.linspace(0, 1, n),
        np.eye(n),
        np.ones_like(x),
        np.empty((2, n)).shape,
        np.full(n, 2),
        np.full((2, 2), x[0]),
        np.array([1, 2]),
        np.array([x, x]),
        np.array(3.0),
        np.asarray([x[0], 1]),
        np.zeros(x.shape),
        np.zeros(x.shape, dtype=int),
        np.zeros(len(x) + 1),
        np.array([[1, 2], [3, 4.5]]),
        np.identity(3),
        np.diag(x),
        np.tri(3),
    )


def ops(x, m):
    return (
        np.dot(x[:3], m[0]),
        np.outer(x, x),
        m.T @ m,
        np.concatenate([x, x]),
        np.stack([x, x], axis=1),
        np.where(x > 1, x, 0),
        np.clip(x, 0, 1),
        np.cumsum(m, axis=1),
        np.diff(x),
        np.sum(m, axis=(0, 1)),
        np.mean(m),
        np.maximum(x, 0),
        np.sort(x),
        np.argsort(x),
        np.einsum("ij,ij->i", m, m),
        np.trace(m),
        np.linalg.norm(x),
        np.tensordot(m, m.T, 1),
        np.hstack([x, x]),
        np.vstack([x, x]),
        np.expand_dims(x, 0),
        np.repeat(x, 2),
        np.tile(x, 2),
        np.roll(x, 1),
        np.flip(x),
        np.split(x, [2]),
        np.prod(x),
        np.var(x),
        np.ptp(x),
        np.any(x > 0),
        np.isnan(x),
        np.floor(x),
        np.sign(x),
        np.abs(x),
        np.exp(2),
        np.sqrt(2.0),
        np.max(m, axis=0, keepdims=True),
        np.unique(x),
        np.meshgrid(x, x),
        np.broadcast_to(x, (3, 5)),
        np.moveaxis(m, 0, 1),
        np.interp(0.5, x, x),
        np.convolve(x, x),
        np.median(x),
        np.searchsorted(x, 1.0),
        np.count_nonzero(x),
        np.polyval([1, 2], x),
        np.kron(x, x),
        np.cross(m[0], m[1]),
        np.inner(x, x),
        np.vdot(x, x),
        np.average(x),
        np.minimum.reduce(x),
        np.add.outer(x, x),
        np.add.reduce(m, axis=1),
    )


def mixed_strength(x):
    y = np.float64(2.0)
    z = x if x > 100 else y
    w = z * 2
    return (
        w,
        x + y,
        np.float32(1) * x,
        np.float32(1) * y,
        int(y),
        float(y),
        y.item(),
        abs(y),
        y**2,
        -y,
        np.int64(3) / 2,
        np.int64(3) * 2,
        True + 1,
        np.bool_(True) & True,
    )


def unknowns(x, table):
    y = table["f"](x)
    y += 1
    z = y[0] if hasattr(y, "shape") else y
    items = []
    table["g"](items)
    return z, items[0], y * 2, -y, [y], (y, x)


def g_append(l):
    l.append("s")


def star_arrays(t):
    a, b = t
    for r in (a, b):
        r[0] += 1.0
    (c, d), e = (a, b), 3
    return c, d, e


def object_arr(x):
    o = np.array([x, None], dtype=object)
    return o[0], o


def zero_dim(x):
    a = np.array(x)
    b = a[()]
    c = a + 1
    a[...] = 2.0
    return b, c, a * 2, np.sum(a), a[None]


def mutual_list(x):
    l = []
    for i in range(3):
        l = l + [x * i]
        if len(l) > 1:
            x = l[-1] + x
    return l, x


def tuple_state(x):
    state = (x, 0)
    for i in range(3):
        a, b = state
        state = (a * 2, b + 1)
    return state


def deep_state(x):
    s = None
    for i in range(6):
        s = (s, x)
    return s


def while_none(x):
    best = None
    for v in x:
        if best is None or v > best:
            best = v
    return best * 2


def masks(x):
    y = x.copy()
    y[y > 1] = 0
    y[[0, 1]] += 1
    y[np.array([True, False, True, False, True])] *= 2
    i = np.where(x > 1)[0]
    k = np.nonzero(x > 1)
    return y, x[i], x[k], x[~(x > 1)], x[(x > 1) & (x < 2)], i


def recursion_sizes(x, n):
    if n == 0:
        return x
    return recursion_sizes(x[:-1] + x[1:], n - 1)


def ack(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ack(m - 1, 1)
    return ack(m - 1, ack(m, n - 1))


def compose(f, n, x):
    if n == 0:
        return x
    return compose(f, n - 1, f(x))


def use_compose(x):
    return compose(math.sin, 3, x) + compose(np.cos, 2, x)


def shape_set(x):
    y = x.copy()
    y.shape = (5, 1)
    return y, x


def step_slices(x, k):
    return (
        x[k:],
        x[:k],
        x[-k:],
        x[1:-1][::2],
        x[len(x) - 2 :],
        x[: len(x) - 2],
        x[1 : len(x)],
        x[-3:-1],
        x[: x.shape[0] // 2],
        x[: x.size - 1],
        x[5:],
        x[:100],
        x[-100:],
    )


def fixed(x):
    a = np.zeros(6)
    return (
        a[1:],
        a[:-1][1:],
        a[::2],
        a[7:],
        a[-2:],
        a[2:4] + 1,
        np.zeros((3, 4))[1:, -1],
        a[: len(a) - 1],
        range(2, 5),
        [i for i in range(3)],
    )


def same_name(n, x):
    x = x * n
    n = x
    for n in range(2):
        x = x + n
    return n, x


PUZZLES = [
    (default_list, 1.5),
    (net, {"W": TABLE, "b": TABLE[:, 0]}, TABLE[0]),
    (layers, ROW[:3], [(np.ones((4, 3)), np.ones(4)), (np.ones((2, 4)), np.ones(2))]),
    (use_varargs, 1.5),
    (use_varargs, ROW),
    (through, 1.5),
    (nested_append, 1.5),
    (store_list, 1.5),
    (swap_lists, 1.5),
    (tower, 2),
    (tower, 1.5),
    (tower, ROW),
    (shrink_for, ROW),
    (different_returns, 2),
    (different_returns, 0.5),
    (different_returns, -1.0),
    (methods, ROW, TABLE),
    (text, 1.5),
    (remembers, 1.5),
    (chained, 1.5),
    (creation, ROW, 4),
    (ops, ROW, TABLE),
    (mixed_strength, 1.5),
    (unknowns, 1.5, {"f": math.sin, "g": g_append}),
    (unknowns, ROW, {"f": np.sin, "g": g_append}),
    (star_arrays, (ROW, ROW + 1)),
    (object_arr, 1.5),
    (zero_dim, 1.5),
    (mutual_list, 1.5),
    (tuple_state, 1.5),
    (tuple_state, ROW),
    (deep_state, 1.5),
    (while_none, ROW),
    (masks, ROW),
    (recursion_sizes, ROW, 2),
    (ack, 2, 2),
    (use_compose, 1.5),
    (shape_set, ROW),
    (step_slices, ROW, 2),
    (fixed, 1.0),
    (same_name, 3, 1.5),
    (same_name, 3, ROW),
]
