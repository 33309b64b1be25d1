"""Views that may be copies, as `.ravel()` of a slice is, wherever they are put."""

import numpy as np
import pytest

from tests.differences import check


class Patch:
    def __init__(self, image):
        self.weights = image[:2, :2].ravel()


def window(x, i):
    return x[i : i + 2, i : i + 2].ravel()


def part_of_one(x):
    v = x.ravel()[1:]
    v[0] = x[0, 0] * 3
    return np.sum(x**2)


def in_a_dict(x):
    d = {}
    d["k"] = x.reshape(-1)
    d["t"] = x.T.reshape(-1)
    d["k"][0] *= 2.0
    d["t"][1] *= 3.0
    return np.sum(x**2) + d["k"][1] + np.sum(d["t"] ** 2)


def in_a_display(x):
    both = [x.T.ravel(), x.ravel()]
    both[0][0] *= 2.0
    both[1][1] *= 2.0
    return np.sum(x**2) + np.sum(both[0] ** 3)


def updated_in_a_list(x):
    x = x.copy()
    rows = [r.reshape(1, -1) for r in x]
    rows[0] *= 2
    return np.sum(x**2) + np.sum(np.concatenate(rows) ** 3)


def windows(x):
    rows = []
    for i in range(2):
        rows.append(x[:, i : i + 2].ravel())
    rows[0][0] = x[1, 1] * 2
    return np.sum(x**2) + np.sum(np.stack(rows) ** 3)


def columns(x):
    patches = np.array([window(x, i) for i in range(2)])
    parts = [np.ravel(x[i : i + 2, i : i + 2])[1:] for i in range(2)]
    return np.sum(patches**3) + np.sum(np.array(parts) ** 2)


def unpacked(x):
    x = x.copy()
    a, b = x[:, 1:].ravel(), x.ravel()
    b[0] = a[1] * 2
    a[0] = b[1] * 3
    return np.sum(x**2) + np.sum(a**3)


def in_objects(x):
    p = Patch(x)
    more = [Patch(x.T)]
    return np.sum(p.weights**2) + np.sum(more[0].weights ** 3)


def extended(x):
    out = []
    for i in range(2):
        out.extend([x[i : i + 2, :2].ravel(), x[i].reshape(3, 1)])
    return sum(np.sum(o**3) for o in out)


def under_another_name(x):
    best = None
    for i in range(2):
        w = x[i : i + 2, :2].ravel()
        if best is None or w[0] > best[0]:
            best = w
    best[0] = 2 * x[0, 1]
    return np.sum(best**2) + np.sum(x**3)


EXAMPLES = (
    part_of_one,
    in_a_dict,
    in_a_display,
    updated_in_a_list,
    windows,
    columns,
    unpacked,
    in_objects,
    extended,
    under_another_name,
)


@pytest.mark.parametrize("f", EXAMPLES)
def test_derivatives_are_right(f):
    x = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0], [0.4, 0.5, 0.1]])

    check(f, x)
