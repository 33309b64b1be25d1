"""Small straight functions are written into place, and mean there what they meant."""

import math

import pytest

import srcad
from srcad.analysis.inline import capture_inlined
from srcad.core import Op, expressions_of, statements, walk
from srcad.frontend import dump
from srcad.verifier import verify
from tests.core_interpreter import run
from tests.differences import check

RATE = 3.0
log = []


def calls_left(fn):
    """The names of the user's functions that are still called."""
    body = capture_inlined(fn).body
    nodes = [n for s in statements(body) for e in expressions_of(s) for n in walk(e)]
    return {n.fn.__name__ for n in nodes if isinstance(n, Op) and type(n.fn) is type(half)}


def agree(fn, *args):
    """Whether a function means the same with its calls in place."""
    function = verify(capture_inlined(fn))
    copies = [[*a] if isinstance(a, list) else a for a in args]
    assert run(function, *args) == fn(*copies), dump(function)
    assert args == tuple(copies)


def half(x):
    return x / 2


def hyp(x, y):
    s = x * x
    t = y * y
    return math.sqrt(s + t)


def two_names(s, t):
    u = hyp(s, t)
    return u + hyp(t + s, t) * s


def last(xs):
    t = xs.pop()
    return t


def add_one(xs):
    xs[0] = xs[0] + 1.0


def bumped(xs):
    xs[0] = xs[0] + 1.0
    return xs[0]


def minus(a, b):
    return b - a


def second(a, b):
    return b


def chosen(a, b, c):
    return b if a else c


def scaled(x, by=2.0):
    return by * x


def at_rate(x):
    return RATE * x


def rebinds(x):
    x = x * 2
    x = x + 1
    return x


def test_a_call_becomes_the_value():
    def f(x):
        return half(x) + half(3 * x)

    assert not calls_left(f)
    assert "return ((x / 2) + ((3 * x) / 2))" in dump(capture_inlined(f))
    agree(f, 4.0)


def test_names_that_clash_get_others():
    assert not calls_left(two_names)
    agree(two_names, 3.0, 4.0)


def test_a_parameter_that_is_bound_again_gets_a_name():
    def f(x):
        y = rebinds(x)
        return y + rebinds(y) + x

    assert not calls_left(f)
    agree(f, 4.0)


def test_a_capture_is_no_local_of_another_callee():
    def f(x):
        return local_rate(x) + at_rate(x)

    agree(f, 4.0)


def local_rate(x):
    RATE = x + 1
    return RATE * RATE


@pytest.mark.parametrize(
    "fn",
    [
        lambda xs: last(xs) - last(xs),
        lambda xs: xs[-1] - last(xs),
        lambda xs: xs.pop() - hyp(xs[-1], xs[0]),
        lambda xs: minus(xs.pop(), xs.pop()),
        lambda xs: minus(xs[-1], xs.pop()),
        lambda xs: minus(b=xs.pop(), a=xs[-1]),
        lambda xs: second(xs.pop(), xs[-1]),
        lambda xs: chosen(xs[0] > 0, xs.pop(), xs.pop()),
        lambda xs: bumped(xs) + xs[0],
        lambda xs: xs[0] + bumped(xs),
        lambda xs: hyp(bumped(xs), xs[0]) + hyp(xs[0], bumped(xs)),
        lambda xs: hyp(xs[0], 1.0) if bumped(xs) > 3 else hyp(xs[1], 1.0),
    ],
)
def test_effects_happen_in_order(fn):
    for start in ([1.0, 5.0, 7.0], [4.0, 2.0, 9.0]):
        function = verify(capture_inlined(fn))
        mine, theirs = [*start], [*start]
        assert run(function, mine) == fn(theirs), dump(function)
        assert mine == theirs


def test_what_a_callee_writes_is_written():
    def f(xs):
        add_one(xs)
        y = bumped(xs)
        add_one(xs)
        return y * xs[0]

    assert not calls_left(f)
    agree(f, [1.0, 2.0])


def test_a_call_in_a_branch_not_taken_is_not_made():
    def f(x):
        return x if x < 0 else hyp(x, math.sqrt(x))

    assert calls_left(f) == {"hyp"}
    agree(f, -1.0)
    agree(f, 4.0)


def test_a_loop_test_is_evaluated_each_time():
    def f(x):
        n = 0
        while hyp(x, 1.0) < 10 and half(x) < 100:
            x = x * 2
            n = n + 1
        return x + n

    assert calls_left(f) == {"hyp"}
    agree(f, 1.0)


def test_defaults_and_keywords():
    def f(x):
        return scaled(x) + scaled(x, 5.0) + scaled(by=x, x=3.0)

    assert not calls_left(f)
    agree(f, 4.0)


def test_a_default_that_is_an_object_stays_with_its_function():
    weights = [1.0, 2.0]

    def weighted(x, w=weights):
        return w[1] * x

    def f(x):
        return weighted(x)

    assert calls_left(f) == {"weighted"}


def test_captured_values_of_one_module_go_along():
    def f(x):
        return at_rate(x) + RATE

    assert not calls_left(f)
    assert capture_inlined(f).captures["RATE"] is RATE


def test_captured_values_that_mean_something_else_here_do_not():
    def f(x):
        RATE = 10.0
        return at_rate(x) + RATE

    def g(x, RATE):
        return at_rate(x) + RATE

    assert calls_left(f) == calls_left(g) == {"at_rate"}
    agree(f, 4.0)


def made(rate):
    def inner(x):
        return rate * x

    return inner


double, triple = made(2.0), made(3.0)


def test_closures_keep_their_cells():
    def f(x):
        return double(x) + triple(x)

    assert calls_left(f) == {"inner"}
    assert srcad.grad(f)(1.0) == 5.0


def even(n, x):
    return x if n == 0 else odd(n - 1, x * 2)


def odd(n, x):
    return -x if n == 0 else even(n - 1, x * 3)


def power(x, n):
    return 1.0 if n == 0 else x * power(x, n - 1)


def test_recursion_ends():
    def f(x):
        return power(x, 3) + even(4, x)

    assert calls_left(f) & {"power", "even", "odd"}
    assert srcad.grad(f)(2.0) == 12.0 + 36.0


def stage0(x):
    return x * 1.1


def stage1(x):
    return stage0(x) + stage0(x * 2)


def stage2(x):
    return stage1(x) + stage1(x * 2)


def test_calls_inside_calls():
    def f(x):
        return stage2(x)

    assert not calls_left(f)
    agree(f, 4.0)


class Model:
    rate = 2.0

    def scaled(self, x):
        return self.rate * x


model = Model()


def test_methods_are_left_alone():
    def f(x):
        return model.scaled(x)

    function = capture_inlined(f)
    assert "model.scaled(x)" in dump(function)


def test_a_branching_function_is_left_alone():
    def f(x):
        return chosen_by_if(x)

    assert calls_left(f) == {"chosen_by_if"}


def chosen_by_if(x):
    if x > 0:
        return x
    return -x


def labelled(x):
    text = f"{x:8.2f}"
    return len(text) * x


def test_an_f_string_keeps_its_names():
    def f(x):
        s = half(x)
        t = f"{s:8.1f}|{x:>8.2f}"
        return hyp(s, len(t)) + labelled(x)

    agree(f, 4.0)
    check(f, 4.0)


def sums(xs):
    return sum([k * k for k in xs])


def test_loop_variables_of_comprehensions():
    def f(xs):
        total = 0.0
        for k in xs:
            total = total + k * sums(xs)
        return total + sum([sums([k, s]) for k in xs for s in xs])

    agree(f, [1.0, 2.0])
    check(lambda x: f([x, 2 * x, x * x]), 1.5)


def printed(x):
    log.append(x)
    return x * 2


def test_a_call_with_another_effect_stays_in_order():
    def f(x):
        return printed(x) - hyp(printed(half(x)), 2.0)

    log.clear()
    run(capture_inlined(f), 4.0)
    assert log == [4.0, 2.0]
