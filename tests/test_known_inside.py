"""What is known of values inside of others: lists of objects, keys of dicts, attributes by name."""

import collections
import datetime as dt
import math
from dataclasses import asdict, dataclass, field, replace

import numpy as np
import pytest

import srcad
from tests.differences import check, check_second


def random(*shape, seed=0):
    return np.random.default_rng(seed).uniform(0.5, 1.5, shape)


@dataclass
class History:
    """Lists of different things, side by side."""

    times: list = field(default_factory=list)
    states: list = field(default_factory=list)

    def record(self, t, y):
        self.times.append(t)
        self.states.append(y)


def lists_side_by_side(x, t):
    history = History()
    for k in range(3):
        history.record(t * k, x * k)
    for y in history.states:
        y *= 2.0
    return np.sum(history.states[1] ** 2) + history.times[-1] ** 2


class Twice:
    def __init__(self):
        self.first = self.second = []

    def put(self, item):
        self.first.append(item)


def one_list_by_two_attributes(x):
    both = Twice()
    both.put(x)
    both.put(x * x)
    return np.sum(both.second[1] * both.second[0])


TABLEAU = ((), (0.5,), (0.25, 0.75))


def rows_of_many_lengths(x, h):
    slopes = []
    for row in TABLEAU:
        y = x + h * sum(a * k for a, k in zip(row, slopes, strict=False))
        slopes.append(np.sin(y))
    return np.sum(slopes[-1] * slopes[0])


def keys_of_a_pattern(params, x):
    for layer in range(2):
        x = np.tanh(params[f"W_{layer}"] @ x + params[f"b_{layer}"])
    return params["scale"] * np.sum(x)


class Compartments:
    names = ("s", "i")

    def __init__(self, s, i):
        self.s = s
        self.i = i
        self._weight_s = 2.0
        self._weight_i = 3.0

    def total(self):
        return sum(getattr(self, name) for name in self.names)

    def weighted(self):
        return sum(getattr(self, f"_weight_{name}") * getattr(self, name) for name in self.names)

    def scale(self, factor):
        for name in self.names:
            setattr(self, name, factor * getattr(self, name))

    def as_dict(self):
        return {name: getattr(self, name).sum() for name in self.names}


def attributes_by_name(x, y, factor):
    state = Compartments(x * x, y)
    state.scale(factor)
    record = {"day": 1, **state.as_dict(), "extra": factor**2}
    return np.sum(state.total() * state.weighted()) + record["i"] * record["extra"]


@dataclass
class Disease:
    beta: float = 0.4
    gamma: float = 2.0


def merged_defaults(theta):
    disease = Disease(**{**asdict(Disease()), **{k: math.exp(v) for k, v in theta.items()}})
    return disease.beta * disease.gamma**2


def merged_by_unknown_keys(x, keys):
    first = {key: x * k for k, key in enumerate(keys)}
    second = {key + "2": x**2 for key in keys}
    both = first | second
    return sum(both[key] * both[key + "2"] for key in keys)


def replaced_in_a_call(x):
    def made(y):
        return Disease(beta=y * y)

    return replace(made(x), gamma=x).beta * x


@dataclass
class Metre:
    length: float


@dataclass
class Foot:
    length: float

    def metres(self):
        return 0.3048 * self.length


def classes_of_the_same_fields(x):
    parts = [Metre(x), Foot(x * x)]
    return sum(p.length if isinstance(p, Metre) else p.metres() for p in parts)


class Sum:
    def __init__(self, *parts, scale=1.0):
        self.parts = parts
        self.scale = scale

    def __call__(self, x):
        return self.scale * sum(part * x for part in self.parts)


def classes_that_gather(x, y):
    return Sum(x, y, 2.0, scale=y)(x) + Sum(y)(y)


class Pipe:
    def __init__(self, delay):
        self.waiting = collections.deque([0.0] * delay)

    def push(self, x):
        self.waiting.append(x)
        return self.waiting.popleft()


def queue_in_an_object(x):
    pipe = Pipe(2)
    total = 0.0
    for k in range(5):
        total += (k + 1.0) * pipe.push(x**k)
    return total


TODAY = dt.date(2024, 3, 15)


def dates_in_a_list(rate):
    days = []
    day = TODAY
    while len(days) < 4:
        days.insert(0, day)
        day = day + dt.timedelta(days=90 * len(days))
    return sum(math.exp(-rate * (day - TODAY).days / 365.25) for day in days)


class Regular:
    def flows(self, x):
        for k in range(3):
            yield k, x


class Growing:
    def flows(self, x):
        yield 0, x
        yield 1, x * x


def one_of_several_generators(x, grows):
    which = {"a": Regular(), "b": Growing()}["b" if grows else "a"]
    return sum(amount * math.exp(-0.1 * x * t) for t, amount in which.flows(x))


def inserted_amid(x, pair):
    def combined(a, b, c, d):
        return a * b + c * d

    return combined(x, *(pair * x), 3.0 * x)


CASES = {
    lists_side_by_side: (random(3), 0.7),
    one_list_by_two_attributes: (random(3),),
    rows_of_many_lengths: (random(2), 0.3),
    keys_of_a_pattern: (
        {
            "W_0": random(2, 2),
            "b_0": random(2, seed=1),
            "W_1": random(2, 2, seed=2),
            "b_1": random(2, seed=3),
            "scale": 0.7,
        },
        random(2, seed=4),
    ),
    attributes_by_name: (random(2), random(2, seed=1), 0.8),
    merged_defaults: ({"gamma": 0.3},),
    merged_by_unknown_keys: (0.7, ["a", "b"]),
    replaced_in_a_call: (0.7,),
    classes_of_the_same_fields: (0.7,),
    classes_that_gather: (0.7, 1.3),
    queue_in_an_object: (0.7,),
    dates_in_a_list: (0.05,),
    one_of_several_generators: (0.7, True),
    inserted_amid: (0.7, random(2)),
}


@pytest.mark.parametrize("f", CASES, ids=lambda f: f.__name__)
def test_derivative(f):
    check(f, *CASES[f])


@pytest.mark.parametrize("f", [attributes_by_name, rows_of_many_lengths], ids=lambda f: f.__name__)
def test_second_derivative(f):
    check_second(f, *CASES[f])


def test_attributes_are_written_out():
    def total(s, i):
        return np.sum(Compartments(s, i).total() ** 2)

    derivative = srcad.grad(total, argnums=(0, 1))
    derivative(random(2), random(2))
    code = [line for line in derivative.source.splitlines() if "# " not in line]
    assert not any("getattr" in line for line in code)


# ---------------------------------------------------------------------------------------------
# Diagonals, which are views


def diagonal_of_what_changes(a):
    d = np.diag(a)
    a[0, 0] = 5.0 * a[1, 1]
    return np.sum(d**3)


def diagonal_method(a):
    b = 2.0 * a
    d = b.diagonal()
    b[1] *= b[0]
    return np.sum(d**3)


def diagonals_twice(a):
    u = a @ a
    return np.sum(np.diag(u) * np.diag(u @ u)) + np.sum(np.diag(u))


def matrix_of_a_diagonal(x):
    d = np.diag(x)
    d[0, 1] = x[0]
    return np.sum(d @ d)


def blocks(a, b):
    whole = np.block([[a, b[:, None]], [b, np.sum(b)]])
    return np.sum(whole @ whole) + np.sum(np.block([b, 2.0 * b]) ** 2)


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (diagonal_of_what_changes, (random(3, 3),)),
        (diagonal_method, (random(3, 3),)),
        (diagonals_twice, (random(3, 3),)),
        (matrix_of_a_diagonal, (random(3),)),
        (blocks, (random(2, 2), random(2))),
    ],
    ids=lambda part: getattr(part, "__name__", ""),
)
def test_diagonals_and_blocks(f, args):
    check(f, *args)


def split_and_merged(x):
    parts = [part.reshape(2, -1, 2).transpose(1, 0, 2) for part in np.split(x, 2, axis=1)]
    first, second = parts
    return np.sum(first**2 * second)


def test_views_of_what_may_be_a_copy():
    check(split_and_merged, random(4, 4))


# ---------------------------------------------------------------------------------------------
# What is attempted


def squared(a, limit):
    for i in range(len(a)):
        if a[i] > limit:
            raise ValueError(i)
        a[i] = a[i] * a[i]
    return a


def half_done_in_a_copy(x, limit):
    total = 0.0
    for k in range(3):
        try:
            y = squared(x * (k + 1.0), limit)
            total += np.sum(y)
        except ValueError:
            total += 3.0 * x[0]
    return total


@pytest.mark.parametrize("limit", [10.0, 1.5, 0.9, 0.5])
def test_half_done_in_memory_of_its_own(limit):
    check(half_done_in_a_copy, np.array([0.4, 0.6, 0.8]), limit, argnums=0)


def several_handlers(x, y):
    try:
        return -math.log(1.0 - x / y) / x
    except ZeroDivisionError:
        return 2.0 * x + y
    except ValueError:
        return x * y**2


@pytest.mark.parametrize("args", [(0.5, 2.0), (0.5, 0.0), (0.0, 0.5), (2.0, 0.5)])
def test_several_handlers(args):
    got = srcad.grad(several_handlers, argnums=(0, 1))(*args)
    for place, partial in enumerate(got):
        tangents = [0.0, 0.0]
        tangents[place] = 1.0
        value, tangent = srcad.jvp(several_handlers, args, tuple(tangents))
        assert value == several_handlers(*args)
        assert math.isclose(tangent, partial, abs_tol=1e-14)
