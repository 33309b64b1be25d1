"""NumPy's functions that choose by conditions, or apply a Python function to parts of an array."""

import numpy as np
import pytest

import srcad
from tests.differences import check, check_second

RNG = np.random.default_rng(3)
A = RNG.normal(size=5)
M = RNG.normal(size=(3, 4))
S = RNG.normal(size=(3, 3))


def weighted(a):
    return np.sum(np.sin(a) * np.arange(1.0, a.size + 1).reshape(a.shape))


def bend(v):
    return np.sin(v) * v


def crooked(v):
    return v**3 if v > 0 else -v


def scaled(v, k):
    return v * k + v**2


def normalised(row):
    return row / np.sqrt(np.sum(row**2))


bent = np.vectorize(bend)
both = np.vectorize(scaled)


@np.vectorize
def decorated(v):
    return v**3


def vectorised(a, x):
    return weighted(bent(a * x))


def vectorised_in_a_loop(a, x):
    for _ in range(2):
        a = both(a, x) if x > 0 else a
    return weighted(a)


def vectorised_by_branches(a, x):
    f = np.vectorize(crooked)
    return weighted(f(a * x)) + weighted(decorated(a))


def vectorised_with_broadcast(m, x):
    return weighted(both(m, m[0] * x))


def along_rows(m, x):
    return weighted(np.apply_along_axis(np.cumsum, 1, m * x))


def along_columns(m, x):
    return weighted(np.apply_along_axis(normalised, 0, m * x))


def along_to_numbers(m, x):
    return weighted(np.apply_along_axis(lambda row: np.sum(row**2) * x, -1, m))


def from_function(x):
    return weighted(np.fromfunction(lambda i, j: np.sin(x * i + j), (3, 4)))


def pieces(a, x):
    c = a * x
    return weighted(np.piecewise(c, [c < -0.3, c > 0.4], [bend, lambda v: v**2 * x, 0.5]))


def pieces_of_numbers(a, x):
    c = a * x
    return weighted(np.piecewise(c, [c < 0], [-1.0, 1.0]) * c)


def selected(a, x):
    c = a * x
    return weighted(np.select([c < -0.5, c > 0.5], [c**2, np.sin(c)], default=x))


def selected_in_a_branch(a, x):
    c = a * x
    if x > 0:
        c = np.select([c > 0], [c * c], c)
    return weighted(c)


def chosen(a, x):
    return weighted(np.choose([0, 1, 0, 1, 1], [a * x, a**2]))


def compressed(m, x):
    rows = np.compress([True, False, True], m * x, axis=0)
    return weighted(rows) + weighted(np.extract(m > 0, m * x))


def enumerated(m, x):
    s = 0.0
    for (i, j), v in np.ndenumerate(m):
        s += np.sin(v) * x * (i + 1) * j
    for place, v in np.ndenumerate(m):
        s += v * m[place] * x
    return s


def padded(a, x):
    s = 0.0
    for mode in ("edge", "reflect", "symmetric", "wrap"):
        s += len(mode)
    s += weighted(np.pad(a * x, 2, mode="edge")) + weighted(np.pad(a, (1, 2), mode="reflect"))
    s += weighted(np.pad(a * x, 1, "symmetric")) + weighted(np.pad(a * x, 2, mode="wrap"))
    return s + weighted(np.pad(a, 2, constant_values=x))


def eigenvalues(s, x):
    v, q = np.linalg.eigh(s @ s.T + x * np.eye(3))
    return weighted(v) + np.sum(np.abs(q[:, 0]) * v)


def eigenvalues_of_a_triangle(s, x):
    found = np.linalg.eigh(s, "U")
    return weighted(found.eigenvalues * x) + np.sum(np.abs(found[1])) + np.linalg.eigvalsh(s)[0]


PROGRAMS = [
    (vectorised, A, 0.7),
    (vectorised_in_a_loop, A, 0.7),
    (vectorised_by_branches, A, 0.7),
    (vectorised_with_broadcast, M, 0.7),
    (along_rows, M, 0.7),
    (along_columns, M, 0.7),
    (along_to_numbers, M, 0.7),
    (from_function, 0.7),
    (pieces, A, 0.7),
    (pieces_of_numbers, A, 0.7),
    (selected, A, 0.7),
    (selected_in_a_branch, A, 0.7),
    (chosen, A, 0.7),
    (compressed, M, 0.7),
    (enumerated, M, 0.7),
    (padded, A, 0.7),
    (eigenvalues, S, 0.7),
    (eigenvalues_of_a_triangle, S, 0.7),
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program[0].__name__)
def test_derivatives(program):
    check(*program, first_step=1e-3)


# of these the derivatives themselves are differentiated with a refusal, or have helpers without one
ONCE = ("eigenvalues", "eigenvalues_of_a_triangle", "vectorised_in_a_loop", "enumerated")


@pytest.mark.parametrize(
    "program",
    [p for p in PROGRAMS if p[0].__name__ not in ONCE],
    ids=lambda program: program[0].__name__,
)
def test_second_order(program):
    check_second(*program, first_step=1e-3)


def test_structured_arrays_are_refused():
    def fields(a):
        table = np.zeros(5, dtype=[("u", float), ("v", float)])
        table["u"] = a * 2.0
        return np.sum(table["u"] ** 2)

    with pytest.raises(srcad.errors.SrcadError):
        srcad.grad(fields)(A)


def test_arrays_of_objects_are_refused():
    def objects(x):
        pair = np.array([x, x * x, None], dtype=object)
        return pair[0] * pair[1]

    with pytest.raises(srcad.errors.NoDerivative, match="an array of objects"):
        srcad.grad(objects)(2.0)
