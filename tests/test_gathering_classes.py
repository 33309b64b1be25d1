"""Classes whose `__init__` has `*args` and `**kwargs`."""

import pytest

import srcad
from tests.differences import check


class Base:
    def __init__(self, k, *, scale=1.0):
        self.k, self.scale = k, scale

    def run(self, v):
        return self.k * v * self.scale


class Derived(Base):
    def __init__(self, *args, extra=0.0, **kwargs):
        super().__init__(*args, **kwargs)
        self.extra = extra

    def run(self, v):
        return super().run(v) + self.extra


class Many:
    def __init__(self, first, *rest, **named):
        self.total = first
        for r in rest:
            self.total = self.total + r * first
        self.named = named
        for k in named:
            self.total += named[k] * len(k)


class Pair:
    def __init__(self, *, a, b):
        self.a, self.b = a, b


class Tail:
    def __init__(self, x, *ys):
        self.x, self.ys = x, ys


class Account:
    def __init__(self):
        self.total = 0.0

    def place(self, v):
        self.total += v


def handed_up(x):
    return Derived(x, scale=x * x, extra=3 * x).run(x)


def gathered_and_named(x):
    m = Many(x, 2.0, x * x, p=x, qq=x * x * x)
    return m.total + m.named["p"]


def by_name_alone(x):
    one, other = Pair(a=x, b=x * x), Pair(b=x, a=2.0)
    return one.a * one.b + other.a * other.b


def given_a_list(x):
    t = Tail(*[x, x * x, 2.0])
    return t.x * t.ys[0] * t.ys[1]


def made_in_loops(x):
    made = [Tail(x * k, x, x + n) for n in (1, 2) for k in range(n)]
    return sum(t.x * t.ys[1] for t in made)


def class_in_a_variable(x):
    args, cls = (x, x * x), Tail
    t = cls(*args, 1.0)
    p = Pair(**{"a": x, "b": t.ys[0]})
    return p.a * p.b * t.x


def one_of_two_classes(x):
    cls = Tail if x > 0.5 else Many
    return cls(x, 2.0).x


PROGRAMS = (
    handed_up,
    gathered_and_named,
    by_name_alone,
    given_a_list,
    made_in_loops,
    class_in_a_variable,
    one_of_two_classes,
)


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_classes_that_gather(f):
    check(f, 0.7)


def kept_where_nobody_sees(x):
    things = [Account(), [1.0]]
    account = things[0]
    account.place(x)
    return account.total * x


def kept_by_a_call_with_a_result(x):
    things = [Account(), [1.0]]
    account = things[0]
    ignored = account.place(x)  # noqa: F841
    return account.total * x


@pytest.mark.parametrize("f", (kept_where_nobody_sees, kept_by_a_call_with_a_result))
def test_a_method_of_who_knows_what_is_no_zero(f):
    with pytest.raises(srcad.errors.UnsupportedConstruct, match="changes an active value"):
        srcad.grad(f)(0.7)
