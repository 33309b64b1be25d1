"""Names that come to mean a value of another kind, as in `xs = np.array(xs)`."""

import numpy as np
import pytest

from tests.differences import check


def gathered(x):
    q = []
    for v in x:
        q.append(v * v)
    q = np.array(q)
    return q @ q


def to_and_fro(x):
    q = [v * v for v in x]
    q = np.array(q)
    q[0] = q[1] * x[0]
    q = q.tolist()
    q.append(x[2])
    return sum(v * v for v in q)


def in_a_loop(x):
    total = 0.0
    for i in range(3):
        row = []
        for j in range(2):
            row.append(x[i] * (j + 1))
        row = np.array(row)
        row *= 2
        row = row.sum()
        total += row**2
    return total


def a_parameter(x):
    x = list(x)
    x.append(x[0] * x[1])
    x = np.array(x)
    x = tuple(x)
    return x[3] * x[2]


def to_dict(x):
    x = x[0], x[1]
    x = {"a": x[0], "b": x[1]}
    x = x["a"] * x["b"]
    return x


def on_two_paths(x):
    if x[0] > 0:
        x = [v * 2 for v in x]
        x.append(1.0)
    else:
        x = [0.0]
    x = np.asarray(x)
    return (x**2).sum()


def read_after_the_loop(x):
    out = []
    for k in range(2):
        out = [v * x[k] for v in (out or [1.0, 2.0])]
    out = np.array(out)
    return out.sum()


def carried_around(x):
    y = [x[0], x[1]]
    for _ in range(3):
        y = np.array(y) * x[2]
        y = [y[1], y[0]]
    return y[0] * 3 + y[1]


def left_early(x):
    total = 0.0
    for v in x:
        row = [v, v * v]
        if v > 1.5:
            total += row[0] * row[1]
            continue
        row = np.array(row)
        total += np.sum(row * 2)
    return total


FUNCTIONS = [
    gathered,
    to_and_fro,
    in_a_loop,
    a_parameter,
    to_dict,
    on_two_paths,
    read_after_the_loop,
    carried_around,
    left_early,
]


@pytest.mark.parametrize("f", FUNCTIONS)
def test_derivatives(f):
    check(f, np.array([2.0, 1.0, 0.3]))


def sentinel(x, ys):
    """The forward pass of a hidden Markov model, in miniature."""
    total, alpha, alphas = 0.0, None, []
    for y in ys:
        predicted = x[0] if alpha is None else alpha @ x
        alpha = predicted * y
        scale = alpha.sum()
        alpha /= scale
        alphas.append(alpha)
        total += np.log(scale)
    return total + np.array(alphas)[:, 0].sum()


def optional(x, bias=None, start=None):
    y = x @ (np.ones(2) if start is None else start)
    if bias is not None:
        y = y + bias
    best = None
    for v in y:
        best = v if best is None or v > best else best
    return best * y[0]


def turned(x):
    held = [np.ones(2)]
    for _ in range(2):
        held.append(x @ held[-1])
    return np.array(held[::-1])[:, 0].sum()


SQUARE = np.array([[0.8, 0.2], [0.3, 0.6]])


def test_none_until_there_is_a_value():
    check(sentinel, SQUARE, [1.0, 2.0, 3.0])
    check(optional, SQUARE)
    check(optional, SQUARE, np.array([0.1, 0.7]))
    check(optional, SQUARE, np.array([0.1, 0.7]), np.array([0.3, 0.2]))


def test_a_list_of_arrays_the_other_way_round():
    check(turned, SQUARE)


def greatest(xs):
    best = None
    for x in xs:
        if best is None or x > best:
            best = x
    return best


def last_row(m):
    row = None
    for row in m:
        pass
    return row


def test_results_that_could_be_none():
    check(greatest, [0.5, 1.7, 0.9])
    check(last_row, SQUARE)


def counted(q, edges):
    flow = {}
    for (i, j), w in edges.items():
        flow[i, j] = flow.get((i, j), 0.0) + q * w
        flow[j, i] = flow.get((j, i), q) - q * w * w
        if (i, i) not in flow:
            flow[i, i] = q * q * w
    return sum(v * (i + 2 * j) for (i, j), v in flow.items())


def test_keys_that_are_not_there_yet():
    check(counted, 0.7, {(0, 1): 1.5, (1, 2): -0.4, (1, 0): 0.3}, argnums=0)
