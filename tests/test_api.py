"""The public interface: what the transforms take, return, print and refuse."""

import copy
import functools
import inspect
import os
import pickle
import threading
import traceback

import numpy as np
import pytest

import srcad
from srcad import errors
from tests.differences import check

RATE = 2.0


def product(x, y):
    return x * y * y


def shifted(x, y=3.0, *, z=1.0):
    # the shift
    moved = x + y
    return moved * moved * z


def scaled(x):
    return RATE * x * x


@srcad.grad(argnums=("x", "y"))
def decorated(x, y):
    return x * y


@srcad.value_and_grad
def decorated_bare(x):
    """Cubed."""
    return x**3


@srcad.differentiable
def bowl(x, y):
    """A bowl."""
    return x**2 + 3.0 * y**2


# ---------------------------------------------------------------------------------------------
# grad and value_and_grad


def test_one_argument_and_several():
    assert srcad.grad(product)(2.0, 3.0) == 9.0
    assert srcad.grad(product, 1)(2.0, 3.0) == 12.0
    assert srcad.grad(product, (0, 1))(2.0, 3.0) == (9.0, 12.0)
    assert srcad.grad(product, (0,))(2.0, 3.0) == (9.0,)
    assert srcad.value_and_grad(product)(2.0, 3.0) == (18.0, 9.0)
    assert srcad.value_and_grad(product, ("y", 0))(2.0, 3.0) == (18.0, (12.0, 9.0))


@pytest.mark.parametrize("argnums", [-1, "y", 1])
def test_arguments_by_number_and_name(argnums):
    gradient = srcad.grad(product, argnums)
    assert gradient.argnums == ("y",)
    assert gradient(2.0, 3.0) == 12.0


def test_keywords_and_defaults():
    gradient = srcad.grad(shifted, ("x", "y", "z"))
    assert gradient(1.0) == (8.0, 8.0, 16.0)
    assert gradient(1.0, z=2.0) == (16.0, 16.0, 16.0)
    assert gradient(y=1.0, x=1.0) == (4.0, 4.0, 4.0)
    assert inspect.signature(gradient) == inspect.signature(shifted)


def test_decorators():
    assert decorated(2.0, 3.0) == (3.0, 2.0)
    assert decorated_bare(2.0) == (8.0, 12.0)
    assert decorated_bare.__name__ == "decorated_bare"
    assert decorated_bare.__doc__ == "Cubed."
    assert decorated.primal(2.0, 3.0) == 6.0


def test_second_derivative():
    def cubed(x):
        return x**3

    assert srcad.grad(srcad.grad(cubed))(2.0) == 12.0
    assert srcad.grad(srcad.grad(srcad.grad(cubed)))(2.0) == pytest.approx(6.0)


def test_second_derivative_reads_captured_values(monkeypatch):
    second = srcad.grad(srcad.grad(scaled))
    assert second(3.0) == 4.0
    monkeypatch.setitem(globals(), "RATE", 5.0)
    assert second(3.0) == 10.0


def test_cache_may_be_cleared_at_any_time():
    gradient = srcad.grad(product)
    second, plain = srcad.grad(gradient, "y"), gradient.specialize(2.0, 3.0)
    srcad.cache_clear()
    assert plain(2.0, 3.0) == 9.0
    assert second(2.0, 3.0) == 6.0
    srcad.cache_clear()
    assert second(2.0, 3.0) == 6.0
    assert srcad.grad(plain, "y")(2.0, 3.0) == 6.0


def test_a_method_and_a_bound_method():
    class Model:
        rate = 2.0

        def loss(self, x):
            return x * x

    gradient = srcad.grad(Model().loss)
    assert gradient.argnums == ("x",)
    assert gradient(3.0) == 6.0


def test_ties():
    def larger(x, y):
        return max(x, y)

    assert srcad.grad(larger, (0, 1))(1.0, 1.0) == (1.0, 0.0)
    assert srcad.grad(larger, (0, 1), ties="all")(1.0, 1.0) == (1.0, 1.0)
    with pytest.raises(ValueError, match='ties is "first" or "all", not \'none\''):
        srcad.grad(larger, ties="none")


def test_verbose_prints_once_what_it_generates(capsys):
    def halved(x):
        return x / 2

    gradient = srcad.grad(halved, verbose=True)
    gradient(1.0)
    gradient(2.0)
    assert capsys.readouterr().out == gradient.source + "\n"
    srcad.grad(halved)(1.0)
    assert capsys.readouterr().out == ""


# ---------------------------------------------------------------------------------------------
# The source


def test_source_before_and_after_the_first_call():
    gradient = srcad.grad(shifted)
    before = gradient.source
    gradient(1.0)
    assert gradient.source == gradient.source_for(1.0)
    compile(before, "before", "exec")
    assert "# the shift\n    moved = x + y\n" in gradient.source


def test_source_from_annotations():
    def typed(x: float, a: np.ndarray, n: int):
        return x * n + np.sum(a)

    def untyped(x, a, n):
        return x * n + np.sum(a)

    source = srcad.grad(typed).source
    assert "x: float" in source
    assert "n: int" in source
    assert len(source) <= len(srcad.grad(untyped).source)


def test_specialize_is_a_plain_function():
    plain = srcad.grad(product, (0, 1)).specialize(2.0, 3.0)
    assert inspect.isfunction(plain)
    assert plain(2.0, 3.0) == (9.0, 12.0)
    assert plain(4.0, 5.0) == (25.0, 40.0)
    assert inspect.getsource(plain).startswith("def ")


def test_kinds_have_sources_of_their_own():
    gradient = srcad.grad(product)
    scalars = gradient.source_for(1.0, 2.0)
    assert gradient.source_for(2.5, -1.0) == scalars
    assert gradient.source_for(np.float32(1.0), 2.0) != scalars
    assert srcad.grad(product).source_for(1.0, 2.0) == scalars


def test_repr():
    assert repr(srcad.grad(product, (0, 1))) == "<srcad grad of product with respect to x, y>"
    assert repr(bowl) == "<srcad differentiable bowl>"


# ---------------------------------------------------------------------------------------------
# What is read from outside


def test_module_constant_is_read_at_each_call(monkeypatch):
    gradient = srcad.grad(scaled)
    assert gradient(3.0) == 12.0
    monkeypatch.setitem(globals(), "RATE", 5.0)
    assert gradient(3.0) == 30.0
    monkeypatch.setitem(globals(), "RATE", np.float64(1.0))
    assert gradient(3.0) == 6.0
    assert srcad.grad(scaled)(3.0) == 6.0


def test_captured_variable_is_read_at_each_call():
    rate = 1.0

    def local(x):
        return rate * x * x

    gradient = srcad.grad(local)
    assert gradient(3.0) == 6.0
    rate = 2.0
    assert gradient(3.0) == 12.0


def test_same_code_with_other_captured_values():
    def make(rate):
        def local(x):
            return rate * x * x

        return local

    one, two = srcad.grad(make(1.0)), srcad.grad(make(2.0))
    assert (one(3.0), two(3.0), one(3.0)) == (6.0, 12.0, 6.0)


def test_function_that_is_defined_anew(monkeypatch):
    gradient = srcad.grad(calls_helper)
    assert gradient(3.0) == 6.0
    monkeypatch.setitem(globals(), "helper", lambda v: v * v * v)
    assert gradient(3.0) == 27.0


def helper(v):
    return v * v


def calls_helper(x):
    return helper(x)


def test_captured_array_and_kind_change(monkeypatch):
    monkeypatch.setitem(globals(), "RATE", np.array([1.0, 2.0]))

    def summed(x):
        return np.sum(RATE * x * x)

    gradient = srcad.grad(summed)
    assert gradient(3.0) == 18.0
    monkeypatch.setitem(globals(), "RATE", 4.0)
    assert gradient(3.0) == 24.0


# ---------------------------------------------------------------------------------------------
# vjp and jvp


def test_vjp():
    def model(x, n, name, y):
        return x * y**n

    value, pullback = srcad.vjp(model, np.array([1.0, 2.0]), 2, "m", 3.0)
    assert np.array_equal(value, [9.0, 18.0])
    for _ in range(2):
        dx, dn, dname, dy = pullback(np.array([1.0, 10.0]))
        assert np.array_equal(dx, [9.0, 90.0])
        assert dn is None
        assert dname is None
        assert dy == 6.0 + 120.0


def test_vjp_of_some_arguments():
    value, pullback = srcad.vjp(product, 2.0, 3.0, argnums="y")
    assert (value, pullback(1.0)) == (18.0, (None, 12.0))
    assert srcad.vjp(product, 2.0, 3.0, argnums=(1, 0))[1](2.0) == (18.0, 24.0)


def test_jvp():
    assert srcad.jvp(product, (2.0, 3.0), (1.0, 0.5)) == (18.0, 15.0)
    assert srcad.jvp(product, (2.0, 3), (1.0, None)) == (18.0, 9.0)
    assert srcad.jvp(shifted, (1.0,), (1.0,)) == (16.0, 8.0)


def test_transforms_of_a_derivative():
    assert srcad.jvp(srcad.grad(product), (2.0, 3.0), (0.0, 1.0)) == (9.0, 6.0)
    value, pullback = srcad.vjp(srcad.grad(product), 2.0, 3.0)
    assert (value, pullback(1.0)) == (9.0, (0.0, 6.0))


@pytest.mark.parametrize(
    ("tangents", "text"),
    [
        ((np.ones(2), 1.0), "the tangent of `x` has the shape (2,) and the argument has ()"),
        ((1.0,), "`product` was given 2 arguments and 1 tangents"),
    ],
)
def test_tangents_of_the_wrong_form(tangents, text):
    with pytest.raises(errors.WrongForm) as caught:
        srcad.jvp(product, (2.0, 3.0), tangents)
    assert text in str(caught.value)


def test_cotangent_of_the_wrong_form():
    _, pullback = srcad.vjp(product, np.ones(3), 2.0)
    with pytest.raises(errors.WrongForm, match="cotangent has the shape"):
        pullback(1.0)


def test_nothing_to_differentiate():
    with pytest.raises(errors.NotDifferentiable, match="none of its arguments"):
        srcad.vjp(product, 1, 2)
    with pytest.raises(errors.NotDifferentiable, match="every tangent is None"):
        srcad.jvp(product, (1.0, 2.0), (None, None))


# ---------------------------------------------------------------------------------------------
# differentiable


def test_differentiable():
    assert bowl(1.0, 2.0) == 13.0
    assert bowl.__name__ == "bowl"
    assert bowl.__doc__ == "A bowl."
    assert bowl.grad(1.0, 2.0) == 2.0
    assert bowl.grad(1.0, 2.0, argnums=("x", "y")) == (2.0, 12.0)
    assert bowl.value_and_grad(1.0, y=2.0, argnums="y") == (13.0, 12.0)
    assert bowl.vjp(1.0, 2.0)[1](1.0) == (2.0, 12.0)
    assert bowl.jvp((1.0, 2.0), (0.0, 1.0)) == (13.0, 12.0)
    assert bowl.source(1.0, 2.0) == srcad.grad(bowl).source_for(1.0, 2.0)
    assert srcad.grad(bowl, "y")(1.0, 2.0) == 12.0


def test_call_of_a_differentiable():
    cached = functools.cache(product)

    def both(x):
        return bowl(x, x) * cached(x, 2.0)

    assert srcad.grad(both)(3.0) == 8 * 3.0 * 12.0 + 36.0 * 4.0


def cube(x):
    return x**3


slope = srcad.grad(cube)


def loss(w, b, x):
    return np.sum((w * x + b) ** 2)


def calls_a_derivative(x):
    return slope(x) * slope(2.0 * x)


def makes_a_derivative(x):
    return srcad.grad(cube)(x) * x


def makes_one_of_a_lambda(x):
    value, gradient = srcad.value_and_grad(lambda y: y**3 * x)(x * x)
    return value * gradient


def makes_one_of_a_closure(x):
    def inner(y):
        return y**3 * x

    gradient = srcad.grad(inner)
    return gradient(x) * gradient(2.0 * x)


def trains(x):
    w, b = x, x * x
    for _ in range(3):
        dw, db = srcad.grad(loss, argnums=(0, 1))(w, b, 2.0)
        w = w - 0.1 * dw
        b = b - 0.1 * db
    return w * b


def newton(f, x):
    df = srcad.grad(f)
    for _ in range(5):
        x = x - f(x) / df(x)
    return x


def solves(x):
    return newton(lambda y: y * y - x, x)


def second_inside(x):
    return srcad.grad(slope)(x) * x


def of_a_differentiable(x):
    return bowl(x, x) * bowl.grad(x, 2.0 * x)


@pytest.mark.parametrize(
    "f",
    [
        *(calls_a_derivative, makes_a_derivative, makes_one_of_a_lambda, makes_one_of_a_closure),
        *(trains, solves, second_inside, of_a_differentiable),
    ],
)
def test_derivatives_inside_of_a_function(f):
    check(f, 1.3)


def test_other_transforms_inside_of_a_function_are_refused():
    def pushed(x):
        return srcad.jvp(cube, (x,), (1.0,))[1]

    with pytest.raises(errors.UnsupportedConstruct, match="`jvp` of srcad inside"):
        srcad.grad(pushed)(2.0)


def test_differentiable_method():
    class Model:
        @srcad.differentiable
        def loss(self, x):
            return x * x

    model = Model()
    assert model.loss(3.0) == 9.0
    assert model.loss.grad(3.0) == 6.0


# ---------------------------------------------------------------------------------------------
# Arguments that are refused


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (
            (3, 2.0),
            "`product`: the argument `x` is an int, which cannot carry a derivative. "
            "Pass a float (3.0), or choose another argument with argnums.",
        ),
        ((True, 2.0), "the argument `x` is a bool"),
        (("a", 2.0), "the argument `x` is a str"),
        ((None, 2.0), "the argument `x` is None"),
        ((np.arange(3), 2.0), "the argument `x` is an array of int64"),
        (((1, 2), 2.0), "the argument `x` is a tuple without floats"),
    ],
)
def test_argument_without_derivative(args, text):
    with pytest.raises(errors.NotDifferentiable) as caught:
        srcad.grad(product)(*args)
    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("argnums", "text"),
    [
        ("w", "`product` has no parameter `w`. Its parameters are `x`, `y`."),
        (2, "`product` has no argument number 2."),
        (-3, "`product` has no argument number -3."),
        ((0, "x"), "selects an argument twice"),
        ((0, 1.5), "argnums of `product` holds 1.5"),
        (True, "argnums of `product` holds True"),
    ],
)
def test_argnums_that_select_nothing(argnums, text):
    with pytest.raises(errors.NotDifferentiable) as caught:
        srcad.grad(product, argnums)
    assert text in str(caught.value)


def test_wrong_arguments():
    with pytest.raises(TypeError, match=r"product\(\): missing a required argument: 'y'"):
        srcad.grad(product)(1.0)
    with pytest.raises(TypeError, match="too many positional"):
        srcad.grad(product)(1.0, 2.0, 3.0)


# ---------------------------------------------------------------------------------------------
# Copies, pickles, threads


def test_pickle_and_copy():
    gradient = srcad.grad(product, ("x", 1), ties="all")
    for other in (
        pickle.loads(pickle.dumps(gradient)),
        copy.copy(gradient),
        copy.deepcopy(gradient),
    ):
        assert other(2.0, 3.0) == (9.0, 12.0)
        assert repr(other) == repr(gradient)
    assert pickle.loads(pickle.dumps(decorated)) is decorated
    assert pickle.loads(pickle.dumps(bowl)) is bowl


def test_threads_generate_once(monkeypatch):
    import srcad.derivative

    calls = []
    build = srcad.derivative._build
    monkeypatch.setattr(
        srcad.derivative, "_build", lambda *args: calls.append(args) or build(*args)
    )

    def fresh(x):
        return x * x * 7.0

    gradient, results = srcad.grad(fresh), []
    threads = [threading.Thread(target=lambda: results.append(gradient(1.0))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [14.0] * 8
    assert len(calls) == 1


def test_derivatives_of_one_function_share_what_is_generated():
    one, two = srcad.grad(product), srcad.grad(product)
    assert one.specialize(1.0, 2.0) is two.specialize(1.0, 2.0)


# ---------------------------------------------------------------------------------------------
# Exceptions


def test_exception_names_the_users_line():
    def positive(x):
        y = x * x
        if x < 0:
            raise ValueError("negative")
        return y * x

    with pytest.raises(ValueError, match="negative") as caught:
        srcad.grad(positive)(-1.0)
    start = inspect.getsourcelines(positive)[1]
    (note,) = caught.value.__notes__
    assert note == f'In the derivative of {__file__}:{start + 3}: raise ValueError("negative")'
    frames = [frame.filename for frame in inspect.getinnerframes(caught.value.__traceback__)]
    assert frames[-1].startswith(os.environ["SRCAD_CACHE_DIR"])
    shown = "".join(traceback.format_exception(caught.value))
    assert '    raise ValueError("negative")\n' in shown
