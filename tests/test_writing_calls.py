"""NumPy's functions and methods that write into an array: each in a loop, a branch, a call, a view.

The programs are written out around one statement, which writes into the array `c` and may read
the argument `a`, the number `x` and the array `c` itself.
"""

import importlib.util
import itertools

import numpy as np
import pytest

from tests.differences import check, check_second

RNG = np.random.default_rng(5)

# what writes into an array `c` of 5 elements
OF_ROWS = [
    "np.copyto(c, x * a)",
    "np.copyto(c, np.sin(c[::-1]), where=c > 0.1)",
    "np.copyto(c, x, where=a > 0)",
    "np.copyto(c[1:], x * c[:-1], where=[True, False, True, True])",
    "np.put(c, [0, 3], x * a[:2])",
    "np.put(c, [0, -1, 2], c[1] * x)",
    "np.put(c, [0, 6], x * a[1:3], mode='wrap')",
    "np.put(c, [-9, 9], x * a[1:3], mode='clip')",
    "np.put(c, np.array([1, 2, 4]), a[:2] ** 2)",
    "np.put(c, 2, x * c[0])",
    "c.put([4, 0], x * c[1:3])",
    "np.place(c, c > 0.1, [x, x * x])",
    "np.place(c, a > 0, x)",
    "np.putmask(c, c > 0.1, x * a)",
    "np.putmask(c, a > 0, x)",
    "np.putmask(c, a > 0, a[:2] * x)",
    "np.put_along_axis(c, np.array([0, 3]), x * a[:2], axis=0)",
    "np.put_along_axis(c, np.array([0, 3]), x * a[:2], axis=None)",
    "np.add.at(c, [0, 0, 2], x * a[:3])",
    "np.add.at(c, np.array([1, 1, 4]), x)",
    "np.subtract.at(c, [0, 0, 2], x * a[:3])",
    "np.multiply.at(c, [0, 0, 2], np.cos(x * a[:3]))",
    "np.multiply.at(c, [0, 0, 0], x)",
    "np.divide.at(c, [4, 4, 2], 1.5 + a[:3] ** 2)",
    "np.maximum.at(c, [0, 0, 2], a[:3])",
    "np.minimum.at(c, [0, 0, 2, 0], x * a[:4])",
    "np.negative.at(c, [0, 2])",
    "np.sin.at(c, [0, 0, 3])",
    "np.multiply.at(c, 2, x)",
    "np.multiply.at(c, slice(1, 3), x * a[:2])",
    "np.add(c, x * a, out=c)",
    "np.multiply(c, a, c)",
    "np.exp(0.1 * c, out=(c,))",
    "np.sin(c[1:], out=c[:-1])",
    "np.sqrt(c, out=c, where=c > 0.1)",
    "np.divide(x, c, out=c, where=np.abs(c) > 0.3)",
    "np.multiply(c[:3], x, out=c[1:4], where=a[1:4] > 0)",
    "np.cumsum(x * c, out=c)",
    "np.clip(c, -0.4, 0.8, out=c)",
    "c.clip(-0.4, 0.8, out=c)",
    "np.dot(np.outer(a, a), 0.2 * c, out=c)",
    "np.matmul(np.outer(a, a), 0.2 * c, out=c)",
    "np.cos(c, out=c)[1:] * x",
    "c.fill(x * c[0])",
    "c.sort()",
    "c[1:4].sort(kind='stable')",
    "c.partition(2)",
    "np.random.RandomState(0).shuffle(c)",
    "np.random.default_rng(0).shuffle(c)",
    "c.flat[2] = x * c.flat[0]",
    "c.flat[-1] += x * c.flat[1]",
    "c.flat[::2] = a[:3] * x",
    "c.flat[[0, 4]] *= x",
    "c.flat = x * a",
    "c.flat = a[:2]",
    "c[...] = x * c",
    "c[:, None][1:, 0] = x * a[:4]",
    "c[None, :][0, ::2] *= x",
    "c[[0, 0, 1]] = x * a[:3]",
    "c[[0, 0, 1]] += x * a[:3]",
    "c[[1, 3]] = c[[3, 1]] * x",
    "c[0], c[1] = c[1] * x, c[0]",
    "c[c > 0] *= x",
    "c[(c > 0) & (a < 0.5)] -= x * x",
    "c[np.array([True, False, True, False, True])] = x * a[:3]",
    "c[np.argsort(a)] = c * x",
    "c[np.nonzero(a > 0)] **= 2",
    "c += np.multiply(c, x, out=c)",
    "c[0] += np.sum(np.multiply(c, x, out=c))",
]
# what writes into an array `c` of 3 rows and 4 columns, with `a` of its shape
OF_MATRICES = [
    "np.fill_diagonal(c, x * c[0, 1])",
    "np.fill_diagonal(c, x * a[0, :3])",
    "np.fill_diagonal(c.T, x, wrap=True)",
    "np.put(c, [0, 5, -1], x * a[0, :3])",
    "np.put_along_axis(c, np.argmax(a, axis=1)[:, None], x * a[:, :1], axis=1)",
    "np.put_along_axis(c, np.argsort(a, axis=0)[:2], x * c[1:], axis=0)",
    "np.put_along_axis(c, np.array([[2]]), x, axis=0)",
    "np.add.at(c, ([0, 0, 1], [1, 1, 2]), x * a[0, :3])",
    "np.add.at(c, (slice(None), [1, 1]), x * a[:, :2])",
    "np.multiply.at(c, ([0, 0, 1], [1, 1, 2]), x * a[0, :3])",
    "np.multiply.at(c, [0, 0], x * a[1])",
    "np.maximum.at(c.T, (slice(None), [1, 1]), a.T[:, :2] * x)",
    "np.sum(a * x, axis=0, out=c[1])",
    "np.sum(c, 1, None, c[:, 2])",
    "np.mean(x * c, axis=1, out=c[:, 0])",
    "np.exp(0.1 * c[:, 1], out=c[:, 2])",
    "np.multiply(c, x, out=c, where=a[1] > 0)",
    "np.copyto(c[1:], x * c[:-1], where=a[1:] > 0)",
    "np.copyto(c, a[0], where=(a > 0)[:, :1])",
    "np.putmask(c, a > 0, a[0] * x)",
    "np.place(c, a > 0, a[0] * x)",
    "c.sort()",
    "c.sort(axis=0)",
    "c[1].sort()",
    "c[:, 2].sort()",
    "c.partition(1, axis=0)",
    "c[1].fill(c[0, 0] * x)",
    "np.random.RandomState(0).shuffle(c)",
    "np.random.default_rng(0).shuffle(c.T)",
    "np.random.RandomState(0).shuffle(c[:, 1])",
    "c.flat[7] = x * c.flat[2]",
    "c.flat[::5] = a[0, :3] * x",
    "c.flat[1:3] *= c.flat[4:6]",
    "c.T[...] = x * c.T",
    "c.T[1:, 0] *= x",
    "c[[0, 1]] = c[[1, 0]] * x",
    "c[:, [0, 1]] = c[:, [1, 0]] * x",
    "c[0], c[1] = c[1].copy(), x * c[0]",
    "c[[0, 0, 1], [1, 1, 2]] -= x * a[0, :3]",
    "c[np.ix_([0, 2], [1, 3])] *= x",
    "c[np.tril_indices(3)] *= x",
    "c[a > 0] = x * a[a > 0]",
]

# the programs around the statement
HEAD = """import numpy as np


def weighted(c):
    return np.sum(np.sin(c) * np.arange(1.0, c.size + 1).reshape(c.shape))
"""
FORMS = {
    "argument": """
def argument(c, a, x):
    {statement}
    return weighted(c * x)
""",
    "looped": """
def looped(a, x):
    c = a * x
    for k in range(3):
        {statement}
        c *= 0.9
        x = np.cos(x)
    return weighted(c)
""",
    "branched": """
def branched(a, x):
    c = np.cos(a)
    if x > 0.5:
        {statement}
    else:
        c = c * x
    return weighted(c)
""",
    "called": """
def write(c, a, x):
    if x < 9.0:
        {statement}


def called(a, x):
    c = a * x
    for k in range(2):
        write(c, a, x)
        c = np.tanh(c)
    return weighted(c)
""",
    "viewed": """
def viewed(a, x):
    whole = np.zeros({double})
    part = whole[1:]
    c = part[{every_other}]
    c += a * x
    {statement}
    return weighted(whole) + weighted(part[::2])
""",
}
STATEMENTS = [*((s, (5,)) for s in OF_ROWS), *((s, (3, 4)) for s in OF_MATRICES)]


def spread_out(*shape):
    """Numbers with a distance from each other, so that no order changes in the differences."""
    steps = np.arange(np.prod(shape)) / np.prod(shape) * 3.2 - 1.55
    return (RNG.permutation(steps) + RNG.uniform(-0.02, 0.02, steps.size)).reshape(shape)


ARRAYS = {shape: (spread_out(*shape), spread_out(*shape)) for shape in [(5,), (3, 4)]}
count = itertools.count()


def program(tmp_path, form, statement, shape):
    """The function of one form around one statement, from a file of its own."""
    path = tmp_path / f"written_{next(count)}.py"
    double = tuple(2 * n + 1 for n in shape)
    every_other = "::2" if len(shape) == 1 else "::2, 1::2"
    text = FORMS[form].format(statement=statement, double=double, every_other=every_other)
    path.write_text(HEAD + "\n" + text)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, form)


def arguments(form, shape):
    a, c = ARRAYS[shape]
    return (c, a, 0.7) if form == "argument" else (a, 0.7)


@pytest.mark.parametrize(("statement", "shape"), STATEMENTS)
@pytest.mark.parametrize("form", FORMS)
def test_written_in_place(tmp_path, form, statement, shape):
    if form == "viewed" and any(word in statement for word in REFUSED_BY_NUMPY):
        pytest.skip("NumPy wants whole arrays here")
    check(program(tmp_path, form, statement, shape), *arguments(form, shape), first_step=1e-3)


REFUSED_BY_NUMPY = ("np.dot(", "axis=None")


@pytest.mark.parametrize(("statement", "shape"), STATEMENTS[::4])
def test_second_order(tmp_path, statement, shape):
    check_second(
        program(tmp_path, "looped", statement, shape), *arguments("looped", shape), first_step=1e-3
    )
