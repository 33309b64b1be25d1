"""Where a function comes from: methods, partials, decorators, lambdas, cells, text at hand."""

import functools
import linecache
import textwrap

import numpy as np
import pytest

import srcad
from srcad.errors import SourceNotAvailable, SrcadError


class Spring:
    rate = 3.0

    def __init__(self, k):
        self.k = k
        self.weights = np.array([1.0, 2.0])

    def force(self, x):
        return self.k * x**2 + self.rate * x

    def energy(self, x):
        return np.sum(self.weights * x**2)

    def by_way_of(self, x):
        return self.scaled(x) * self.scaled(x)

    def scaled(self, x):
        return x * self.k

    @property
    def double(self):
        return 2 * self.k

    def of_a_property(self, x):
        return self.double * x * x

    @classmethod
    def of_the_class(cls, x):
        return cls.rate * x * x

    @staticmethod
    def plain(x):
        return x**3

    @functools.lru_cache  # noqa: B019
    def cached(self, x):
        return x * x * self.k

    def __call__(self, x):
        return self.k * x * x

    def with_factor(self, a, x):
        return a * x * x

    quadruple = functools.partialmethod(with_factor, 4.0)


SPRING = Spring(2.0)


def product(a, x, y=2.0, *, z=1.0):
    return a * x**2 * y * z


def passing_on(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return f(*args, **kwargs)

    return wrapper


def doubling(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return 2 * f(*args, **kwargs)

    return wrapper


def shifting(f):
    @functools.wraps(f)
    def wrapper(x):
        return f(x + 1.0)

    return wrapper


def counting(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        COUNTS.append(f.__name__)
        return f(*args, **kwargs)

    return wrapper


def times(k):
    def decorator(f):
        @functools.wraps(f)
        def wrapper(*args, **kwargs):
            return k * f(*args, **kwargs)

        return wrapper

    return decorator


class Tripled:
    def __init__(self, f):
        functools.update_wrapper(self, f)
        self.f = f

    def __call__(self, *args):
        return 3 * self.f(*args)


COUNTS = []


@passing_on
def plain(x):
    return x * x


@doubling
def doubled(x):
    return x * x


@shifting
def shifted(x):
    return x * x


@counting
def counted(x):
    return x * x


@times(5.0)
def five_times(x):
    return x * x


@doubling
@passing_on
# a comment
@shifting
def stacked(x):
    # another
    return x * x


@Tripled
def tripled(x):
    return x * x


@functools.cache
def cached(x):
    return x * x


def all_of_them(x):
    return doubled(x) + shifted(x) + five_times(x) + cached(x) + tripled(x)


powers = [lambda x: x * x, lambda x: x * x * x, lambda x: x + 2 * x]
longer = [lambda x:
    x * x
    + 3 * x][0]  # fmt: skip
square, cube = (lambda x: x**2), (lambda x: x**3)
table = {"a": lambda x, k=2: k * x * x, "b": lambda x: x}


def power(n):
    return lambda x: x**n


CASES = [
    (SPRING.force, 9.0),
    (SPRING.by_way_of, 12.0),
    (SPRING.of_a_property, 12.0),
    (SPRING.of_the_class, 9.0),
    (Spring.of_the_class, 9.0),
    (SPRING.plain, 6.75),
    (Spring.plain, 6.75),
    (SPRING.cached, 6.0),
    (SPRING, 6.0),
    (SPRING.quadruple, 12.0),
    (functools.partial(product, 3.0), 18.0),
    (functools.partial(product, 3.0, y=4.0, z=0.5), 18.0),
    (functools.partial(functools.partial(product, 3.0), z=2.0), 36.0),
    (functools.partial(SPRING.force), 9.0),
    (functools.partial(lambda a, x: a * x * x, 3.0), 9.0),
    (plain, 3.0),
    (doubled, 6.0),
    (shifted, 5.0),
    (counted, 3.0),
    (five_times, 15.0),
    (stacked, 10.0),
    (tripled, 9.0),
    (cached, 3.0),
    (all_of_them, 38.0),
    (powers[0], 3.0),
    (powers[1], 6.75),
    (powers[2], 3.0),
    (longer, 6.0),
    (square, 3.0),
    (cube, 6.75),
    (table["a"], 6.0),
    (power(2), 3.0),
    (power(3), 6.75),
]


@pytest.mark.parametrize(("f", "want"), CASES)
def test_gradient(f, want):
    assert srcad.grad(f)(1.5) == pytest.approx(want)
    assert srcad.jvp(f, (1.5,), (1.0,)) == (f(1.5), pytest.approx(want))
    assert srcad.vjp(f, 1.5)[1](1.0) == (pytest.approx(want),)


def test_a_wrapper_runs_once():
    COUNTS.clear()
    srcad.value_and_grad(counted)(1.5)
    assert COUNTS == ["counted"]


def test_attributes_are_read_at_each_call():
    spring = Spring(2.0)
    slope = srcad.grad(spring.force)
    assert slope(1.5) == 9.0
    spring.k = 5.0
    assert slope(1.5) == 18.0
    np.testing.assert_array_equal(srcad.grad(spring.energy)(np.ones(2)), [2.0, 4.0])


def test_second_derivative_of_a_method():
    assert srcad.grad(srcad.grad(SPRING.force))(1.5) == 4.0


def test_keyword_arguments_of_a_partial():
    part = functools.partial(product, 3.0, y=4.0)
    assert srcad.grad(part)(1.5, y=5.0) == 45.0
    assert srcad.grad(functools.partial(product, 3.0, z=0.5), argnums="y")(1.5, 2.0) == 3.375


# ---------------------------------------------------------------------------------------------
# Text at hand: cells of a notebook, generated code


def run(text, namespace, file, kept=True):
    """Run text as a notebook does: under a name of its own, its lines kept for tracebacks."""
    text = textwrap.dedent(text)
    if kept:
        linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    exec(compile(text, file, "exec"), namespace)


def test_cells_of_a_notebook():
    cells = {"np": np}
    run("def h(x):\n    return x * x\ndef f(x):\n    return 2 * h(x)\n", cells, "<cell 1>")
    first = cells["f"]
    slope = srcad.grad(first)
    assert slope(2.0) == 8.0
    run("def h(x):\n    return x * x * x\n", cells, "<cell 2>")
    assert slope(2.0) == 24.0
    run("def f(x):\n    return 7 * x\n", cells, "<cell 3>")
    assert srcad.grad(cells["f"])(2.0) == 7.0
    assert srcad.grad(first)(2.0) == 24.0


def test_a_cell_that_is_run_again_under_its_name():
    cells = {}
    run("def f(x):\n    return x * x\n", cells, "<cell again>")
    old = srcad.grad(cells["f"])
    assert old(2.0) == 4.0
    run("def f(x):\n    return x * x * x\n", cells, "<cell again>")
    assert srcad.grad(cells["f"])(2.0) == 12.0
    assert old(3.0) == 6.0


def test_constants_of_cells():
    cells = {"rate": 2.0}
    run("def f(x):\n    return rate * x\n", cells, "<cell constants>")
    slope = srcad.grad(cells["f"])
    assert slope(2.0) == 2.0
    cells["rate"] = 5.0
    assert slope(2.0) == 5.0
    cells["rate"] = np.array([1.0, 2.0])
    np.testing.assert_array_equal(srcad.jvp(cells["f"], (2.0,), (1.0,))[1], [1.0, 2.0])


@pytest.mark.parametrize("file", ["<string>", "<gone>"])
def test_text_that_is_not_at_hand(file):
    names = {}
    run("def f(x):\n    return x * x\n", names, file, kept=False)
    with pytest.raises(SourceNotAvailable, match="cannot read `f`"):
        srcad.grad(names["f"])(2.0)


@pytest.mark.parametrize("f", [abs, np.sin, len])
def test_compiled_functions_have_no_source(f):
    with pytest.raises(SourceNotAvailable):
        srcad.grad(f)(2.0)


def test_async_functions_are_refused():
    async def later(x):
        return x

    with pytest.raises(SrcadError):
        srcad.grad(later)(2.0)


def test_interactive_shell():
    shells = pytest.importorskip("IPython.core.interactiveshell")
    shell = shells.InteractiveShell.instance()
    shell.run_cell("import srcad\ndef f(x):\n    return x * x\ndf = srcad.grad(f)\na = df(2.0)")
    assert shell.user_ns["a"] == 4.0
    shell.run_cell("def f(x):\n    return x ** 3\nb = srcad.grad(f)(2.0)")
    assert shell.user_ns["b"] == 12.0
