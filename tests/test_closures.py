"""Functions inside functions: what they capture, how they are called, what they leave behind."""

import dataclasses
import functools
import math

import numpy as np
import pytest

import srcad
from srcad.errors import UnsupportedConstruct
from tests.differences import check

OFFSET = 0.25


def captured(x):
    a = np.sin(x)

    def inner(y):
        return a * np.exp(y)

    return inner(x) + inner(0.3)


def read_when_called(x):
    a = x

    def inner(y):
        return math.sin(a * y)

    first = inner(x)
    a = 2.5 * x
    return first + inner(x)


def lambdas_on_a_line(x):
    wave, damp = (lambda t: math.sin(t)), lambda t: math.exp(-t * x)
    return wave(x) * damp(0.7)


def of_lambdas(x):
    wave = lambda t: math.sin(t + OFFSET)  # noqa: E731
    both = lambda t: wave(t) * math.cos(t)  # noqa: E731
    return both(x) + (lambda s, t: s / t)(wave(x), 1.7)


def recursive(x, n):
    def power(k):
        if k == 0:
            return 1.0
        return math.sin(x) * power(k - 1)

    return power(n)


def mutually_recursive(x, n):
    def even(k):
        if k == 0:
            return math.sin(x)
        return odd(k - 1) * x

    def odd(k):
        if k == 0:
            return 1.0
        return even(k - 1) + math.cos(x)

    return even(n)


def with_defaults(x):
    total = 0.0
    for i in range(4):

        def term(y, k=i * x, *, shift=0.5):
            return y * k + math.sin(shift * y)

        total += term(x) + term(x, 2.0, shift=x)
    return total


def default_of_once(x):
    scale = math.exp(x)

    def term(y, k=scale):
        return y * k

    scale = 10.0
    return term(x) * scale


def in_a_branch(x):
    if x > 1.0:

        def inner(y):
            return math.sin(x * y)

        return inner(x) * inner(0.4)
    return x


def shadowing(x):
    a = math.exp(x)

    def h(y):
        return a * math.sin(y)

    def g(a):
        return h(a) / a

    return g(3.0 * x)


def in_a_function_in_a_function(x, n):
    def around(y):
        total = 0.0
        for i in range(n):

            def term(k):
                if k > 2:
                    return math.sin(y) * k * x
                return y

            total += term(i)
        return total

    return around(x) * 2.0


def in_comprehensions(x):
    def weight(i):
        return math.sin(x * i)

    items = [weight(i) * weight(j) for i in range(3) for j in range(2)]
    return sum(items)


def comprehension_inside(x):
    def total(n):
        return sum([math.sin(x * i) for i in range(n)])

    return total(3) * total(2)


def branches_in_a_loop(x):
    def step(y, up):
        if up:
            return y + math.sin(x)
        for _ in range(2):
            y = y * math.cos(x)
        return y

    y = x
    for i in range(5):
        y = step(y, i % 2 == 0)
    return y


def accumulates(x):
    total = 0.0

    def add(y):
        nonlocal total
        total += y * math.sin(y)

    for i in range(4):
        add(x * i)
    return total


def counts(x):
    count, result = 0, x

    def step(y):
        nonlocal count, result
        count += 1
        result = result * math.sin(y) + count

    for _ in range(3):
        step(x)
    return result / count


def rebinds_a_parameter(x, y):
    def smooth():
        nonlocal x
        x = math.sin(x) * y

    smooth()
    if x > 0.0:
        smooth()
    return x * y


def deeper_nonlocal(x):
    best = x

    def outer(y):
        def inner(z):
            nonlocal best
            best = best * math.sin(z)

        inner(y)
        inner(2.0 * y)

    outer(x)
    return best


def writes_captured_array(x):
    out = np.zeros(4)

    def put(i, value):
        out[i] = value * math.sin(value)

    for i in range(4):
        put(i, x * i)
    return np.sum(out * out)


def writes_captured_list(x):
    seen = []

    def note(value):
        seen.append(value * value)
        return math.sin(value)

    y = note(x)
    y = note(y)
    return y + sum(seen)


def arrays(x):
    mean = np.mean(x)

    def centred(power):
        return np.sum((x - mean) ** power)

    return centred(2) + np.tanh(centred(4))


def imports(x):
    import math as m

    def inner(y):
        return m.sin(y)

    return inner(x) * (lambda t: m.cos(t))(x)


def named_in_text(x):
    count = 0

    def step(y):
        nonlocal count
        count += 1
        label = f"step {count}"
        return y * math.sin(x) + len(label)

    y = step(step(x))
    return y * len(f"{count} steps")


CASES = [
    (captured, 1.3),
    (read_when_called, 1.3),
    (of_lambdas, 1.3),
    (recursive, 1.3, 3),
    (with_defaults, 1.3),
    (default_of_once, 1.3),
    (in_a_branch, 1.3),
    (shadowing, 0.4),
    (in_comprehensions, 1.3),
    (accumulates, 1.3),
    (imports, 1.3),
    (named_in_text, 1.3),
    (counts, 1.3),
    (rebinds_a_parameter, 1.3, 0.6),
    (deeper_nonlocal, 1.3),
    (writes_captured_array, 1.3),
    (writes_captured_list, 1.3),
    (arrays, np.array([0.3, -0.4, 1.1])),
]


FIRST_ORDER_ONLY = [  # their gradients are programs that are not differentiated yet
    (mutually_recursive, 1.3, 4),
    (in_a_function_in_a_function, 1.3, 5),
    (comprehension_inside, 1.3),
    (branches_in_a_loop, 1.3),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0].__name__)
def test_inside(case):
    check(*case, order=2)


@pytest.mark.parametrize("case", FIRST_ORDER_ONLY, ids=lambda case: case[0].__name__)
def test_inside_once(case):
    check(*case)


def called_in_a_loop(inner, *others):
    def looped(x, n):
        total = 0.0
        for i in range(n):
            if i != 1:
                total = total + inner(x * (1.0 + 0.1 * i), *others)
        return total

    return looped


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0].__name__)
def test_in_a_called_function(case):
    inner, x, *others = case
    if not others:
        check(_looped(inner), x, 3)


def _looped(inner):
    def looped(x, n):
        total = 0.0
        for i in range(n):
            if i != 1:
                total = total + inner(x * (1.0 + 0.1 * i))
        return total

    return looped


def inert(x, n):
    scale = 3

    def count(k):
        # how many
        if k > 2:
            return k * scale
        return helper(k)

    def helper(k):
        return count(k + 1) + 1

    return x * count(n)


def test_inert_functions_are_in_the_text():
    check(inert, 1.3, 1)
    text = srcad.grad(inert).source_for(1.3, 1)
    assert "def helper(scale, k):\n    return count(scale, k + 1) + 1\n" in text
    space = {}
    exec(text, space)
    assert space["grad_inert"](1.3, 1) == srcad.grad(inert)(1.3, 1)


def test_text():
    text = srcad.grad(captured).source_for(1.3)
    assert "def grad_captured" in text


def picked_from_a_dict(x):
    for i in range(3):
        ops = {"scale": lambda v: v * x, "shift": lambda v: v + x}  # noqa: B023
        y = 1.0
        for name in ("scale", "shift", "scale"):
            y = ops[name](y)
        x = math.sin(y)
    return x


def made_once_called_later(x):
    y = x
    for i in range(3):
        x = x * 1.1
        if i == 0:
            ops = [lambda v: v * x]  # noqa: B023
        y = ops[0](y)
    return y


def rk4(rhs, y, t, h):
    k1 = rhs(t, y)
    k2 = rhs(t + h / 2, y + h * k1 / 2)
    k3 = rhs(t + h / 2, y + h * k2 / 2)
    k4 = rhs(t + h, y + h * k3)
    return y + h * (k1 + 2 * k2 + 2 * k3 + k4) / 6


def integrated(x):
    rate = math.exp(-x)

    def rhs(t, y):
        return -rate * y + math.sin(t * x)

    y = x
    for i in range(3):
        y = rk4(rhs, y, 0.1 * i, 0.1)
        y = rk4(lambda t, u: -u * x * i * t, y, 0.1 * i, 0.1)  # noqa: B023
    return y


def scaled_sine(k):
    def f(y):
        return k * math.sin(y)

    return f


def compose(f, g):
    return lambda t: f(g(t))


def composed(x):
    first = compose(scaled_sine(x), math.exp)
    second = compose(first, lambda t: t * x)
    return second(x) + first(0.3)


def curried(x):
    def curry(f):
        return lambda a: lambda b: f(a, b)

    return curry(lambda a, b: a * math.sin(b * x))(x)(2.0)


def picked_by_name(x, name):
    ops = {"sin": math.sin, "scaled": lambda t: t * x, "made": scaled_sine(x)}
    return ops[name](x) * 2


def of_a_list(x):
    s = 0.0
    for f in [math.sin, math.cos, lambda t: t * x]:
        s = s + f(x)
    return s


def partial_of_lambda(x):
    damp = functools.partial(lambda a, t: math.exp(-a * t), x)
    return damp(0.7) * damp(t=x)


def of_either_branch(x, up):
    if up:

        def f(y):
            return y * x
    else:
        f = lambda y: y + x  # noqa: E731
    return f(x) * f(2.0)


def bound_early_by_default(x):
    fs = []
    for i in range(3):
        fs.append(lambda t, i=i: math.sin(t * i * x))
    return sum([f(x) for f in fs])


def twice(f):
    def g(x):
        return f(f(x))

    return g


def repeated(count):
    def outer(f):
        @functools.wraps(f)
        def wrapper(*args, **kwargs):
            y = 0.0
            for _ in range(count):
                y = y + f(*args, **kwargs)
            return y

        return wrapper

    return outer


def decorated_inside(x):
    @twice
    def step(y):
        return math.sin(y) * x

    @repeated(3)
    def other(y, k=1.0):
        return math.sin(y) * k

    return step(x) * other(x, k=x)


half = functools.partial(lambda slope, v, shift: slope * v + shift, 0.5, shift=1.0)


def partial_of_the_module(x):
    return half(x) * half(v=x * x)


def state_of_a_maker(x):
    def integrator(rate):
        state, calls = 1.0, 0

        def step(dt):
            nonlocal state, calls
            state = state - dt * rate * state
            calls += 1
            return state / calls

        return step

    step = integrator(x)
    return step(0.1) + step(0.2) * step(0.1)


def simpson(f, a, b, n=4):
    h = (b - a) / n
    s = f(a) + f(b)
    for i in range(1, n):
        s += (4 if i % 2 else 2) * f(a + i * h)
    return s * h / 3


def adaptive(f, a, b, tol):
    m = (a + b) / 2
    whole = simpson(f, a, b, 2)
    halves = simpson(f, a, m, 2) + simpson(f, m, b, 2)
    if abs(halves - whole) < tol:
        return halves
    return adaptive(f, a, m, tol / 2) + adaptive(f, m, b, tol / 2)


def recursion_with_a_function(x):
    return adaptive(lambda t: math.exp(-x * t * t), 0.0, 1.0, 1e-4)


def integral_in_integral(x):
    inner = lambda u: simpson(lambda t: math.sin(t * u * x), 0.0, u)  # noqa: E731
    return simpson(inner, 0.0, x)


VALUES = [
    (picked_from_a_dict, 1.3),
    (integrated, 1.3),
    (composed, 1.3),
    (curried, 1.3),
    (picked_by_name, 1.3, "scaled"),
    (picked_by_name, 1.3, "made"),
    (of_a_list, 1.3),
    (partial_of_lambda, 1.3),
    (of_either_branch, 1.3, True),
    (of_either_branch, 1.3, False),
    (bound_early_by_default, 1.3),
    (decorated_inside, 1.3),
    (partial_of_the_module, 1.3),
    (state_of_a_maker, 1.3),
    (recursion_with_a_function, 1.3),
    (integral_in_integral, 1.3),
    (lambdas_on_a_line, 1.3),
]


@pytest.mark.parametrize("case", VALUES, ids=lambda case: case[0].__name__)
def test_function_values(case):
    check(*case)


@pytest.mark.parametrize("case", VALUES, ids=lambda case: case[0].__name__)
def test_function_values_in_a_called_function(case):
    inner, x, *others = case

    def looped(x, n):
        total = 0.0
        for i in range(n):
            if i != 1:
                total = total + inner(x * (1.0 + 0.1 * i), *others)
        return total

    check(looped, x, 3)


@pytest.mark.parametrize(
    "function", [integrated, composed, curried, decorated_inside, partial_of_lambda]
)
def test_second_order_of_function_values(function):
    check(function, 1.3, order=2)


def test_a_function_that_sees_later_values_is_refused_or_right():
    try:
        check(made_once_called_later, 1.3)
    except UnsupportedConstruct as error:
        assert "decided only at run time" in str(error)


def test_known_functions_leave_no_partial_behind():
    text = srcad.grad(integrated).source_for(1.3)
    assert "partial" not in text
    assert "lambda" not in "".join(line for line in text.splitlines() if "#" not in line)


def test_late_binding_in_a_comprehension_is_refused():
    def late(x):
        fs = [lambda v: v * k for k in range(3)]  # noqa: B023
        return fs[0](x)

    with pytest.raises(UnsupportedConstruct, match="it would read the last `k`"):
        srcad.grad(late)(1.3)


def counter():
    count, log = 0, []

    def f(x):
        nonlocal count
        count += 1
        log.append(count)
        return math.sin(x) * count

    def hidden(x):
        nonlocal count
        count = 2.0 * x
        return x * count

    def inner_counts(x):
        def step(y):
            nonlocal count
            count += 1
            return y * math.sin(x)

        return step(step(x))

    return f, hidden, inner_counts, lambda: (count, log)


def test_counters_around_the_differentiated_function_count_once():
    f, _, inner_counts, state = counter()
    assert srcad.grad(f)(2.0) == pytest.approx(math.cos(2.0))
    assert state() == (1, [1])
    assert srcad.value_and_grad(f)(2.0) == pytest.approx((2 * math.sin(2.0), 2 * math.cos(2.0)))
    assert state() == (2, [1, 2])
    assert srcad.jvp(f, (2.0,), (1.0,)) == pytest.approx((3 * math.sin(2.0), 3 * math.cos(2.0)))
    srcad.grad(inner_counts)(2.0)
    assert state() == (5, [1, 2, 3])


def test_what_varies_is_not_hidden_around_the_function():
    with pytest.raises(UnsupportedConstruct, match="it binds a name of its surroundings"):
        srcad.grad(counter()[1])(2.0)


def with_a_class(x):
    @dataclasses.dataclass
    class Pair:
        u: float
        v: float

        def norm(self):
            return math.sqrt(self.u**2 + self.v**2)

    class Double(Pair):
        def norm(self):
            return 2 * super().norm()

    return Pair(x, 2 * x).norm() * Double(x * x, x).norm()


def test_a_class_in_the_function():
    check(with_a_class, 1.3)


def test_a_class_that_reads_variables_is_refused():
    def reading(x):
        class Reader:
            def value(self):
                return x

        return Reader().value()

    with pytest.raises(UnsupportedConstruct, match="reads variables of the function around it"):
        srcad.grad(reading)(1.3)


def one_list_twice(x):
    cell = [x * 2]
    pair = (cell, cell)
    return pair[0][0] * pair[1][0]


def one_list_twice_deeper(x):
    cell = [x]
    for _ in range(2):
        held = {"a": (cell,), "b": (cell, 2)}
        y = held["a"][0][0] * held["b"][0][0]
        cell[0] = y * 0.3
    return cell[0]


@pytest.mark.parametrize("function", [one_list_twice, one_list_twice_deeper])
def test_a_list_that_is_held_twice_counts_once(function):
    check(function, 1.3)


class Filter:
    def __init__(self, k):
        self.k = k

    def run(self, gain, v):
        return self.k * gain * v + v * v


def partials_of_a_method(x):
    f = Filter(x)
    first = functools.partial(f.run, x)
    stages = [functools.partial(f.run, g) for g in (0.5, x)]
    y = first(x)
    for stage in stages:
        y = stage(y)
    return math.sin(y)


def pairs_that_share_a_list(x):
    f = [x]
    pairs = []
    for g in (0.5, x):
        pairs.append((f, g))
    y = x
    for pair in pairs:
        y = pair[0][0] * pair[1] * y + y * y
    return math.sin(y)


@pytest.mark.parametrize("function", [partials_of_a_method, pairs_that_share_a_list])
def test_what_is_held_beside_shared_values(function):
    check(function, 0.8)


def read_before_a_call_that_writes(x):
    state = [x]

    def shrink(y):
        state[0] = 0.5 * state[0] * y
        return math.sin(state[0])

    return state[0] * 2.0 + shrink(0.9) * state[0] - math.cos(state[0]) * shrink(x)


def test_operands_are_evaluated_in_order():
    check(read_before_a_call_that_writes, 0.7)
