"""Finding the text, the positions, the comments, and what the names mean."""

import functools
import gc
import importlib
import inspect
import math
import pickle
import sys
import types
import weakref

import numpy as np
import pytest

from srcad import core
from srcad.core import Attr, Const, Method, Op, Var
from srcad.errors import SourceNotAvailable
from srcad.frontend import capture, dump

RATE = 0.5
settings = types.SimpleNamespace(rate=2.0)


def helper(x):
    return x


def here(function):
    return inspect.getsourcelines(function)[1]


def value_of(fn):
    """The value that the one statement of `fn` returns."""
    (only,) = capture(fn).body
    return only.value


# ---------------------------------------------------------------------------------------------
# Positions and texts


# fmt: off
def commented(x):  # not of the body
    """Doc.

    More.
    """
    # above
    # and above

    y = x + 1  # beside
    if (y
            > 0):  # of the test
        z = (y *  # inside
             2)
        # at the end of a block
    elif  y < -1 :
        z = 3
    # before the return
    return z  # last
# fmt: on


def test_comments_and_texts():
    function = capture(commented)
    assert function.doc == "Doc.\n\nMore."
    first = here(commented)
    assign, branch, leave = function.body
    (then,), (other,) = branch.then, branch.orelse
    found = [(s.origin.line - first, s.origin.text) for s in (assign, branch, then, leave)]
    assert found == [
        (8, "y = x + 1"),
        (9, "if (y > 0)"),
        (11, "z = y * 2"),
        (17, "return z"),
    ]
    assert other.origin.text == "elif  y < -1"
    assert assign.origin.comments == ("# above", "# and above", "# beside")
    assert branch.origin.comments == ("# of the test",)
    assert then.origin.comments == ("# inside",)
    assert other.origin.comments == ("# at the end of a block",)
    assert leave.origin.comments == ("# before the return", "# last")
    assert function.origin.line == first
    assert function.origin.text == "def commented(x)"
    assert leave.origin.file == __file__


def test_expressions_have_their_own_origin():
    def f(x):
        return np.sin(x) + x[0]

    value = value_of(f)
    assert value.origin.text == "np.sin(x) + x[0]"
    assert [arg.origin.text for arg in value.args] == ["np.sin(x)", "x[0]"]
    assert value.args[1].origin.col == 27


def test_text_beyond_ascii():
    def f(μ):
        return "…é" and μ + 1

    assert value_of(f).values[1].origin.text == "μ + 1"


def test_several_lambdas_on_a_line():
    first, second, third = (lambda x: x + 1), (lambda x: x + 1.0), (lambda x: lambda: x)
    assert dump(capture(first)).endswith("return (x + 1)\n")
    assert dump(capture(second)).endswith("return (x + 1.0)\n")
    assert "partial(" in dump(capture(third))


def test_several_lambdas_that_call_imported_functions():
    first, second = (lambda x: np.sin(x)), (lambda x: math.sin(x) * RATE)
    assert value_of(first) == Op(np.sin, (Var("x"),))
    assert dump(capture(second)).endswith("return (sin(x) * RATE)\n")


def test_a_lambda_inside_a_call():
    functions = list(
        map(
            lambda k: lambda x: x * k,
            [1, 2],
        )
    )
    core_form = capture(functions[1])
    assert core_form.name == "function"
    assert core_form.captures == {"k": 2}
    assert core_form.body[0].origin.text == "return x * k"


def decorated_by(decorator):
    @decorator
    # a comment
    @functools.lru_cache
    def f(
        x,
        y=1,
    ):
        return x + y

    return f


def test_decorators_are_seen_through():
    function = capture(decorated_by(lambda f: f))
    assert dump(function) == "def f(x, y=1):\n    return (x + y)\n"


def passing_on(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        """Pass on."""
        result = f(*args, **kwargs)
        return result

    return wrapper


def passing_on_directly(f):
    return functools.wraps(f)(lambda *args: f(*args))


def doing_more(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        print(args)
        return f(*args, **kwargs)

    return wrapper


def changing_the_result(f):
    @functools.wraps(f)
    def wrapper(*args):
        return 2 * f(*args)

    return wrapper


def changing_the_result_in_place(f):
    @functools.wraps(f)
    def wrapper(*args):
        result = f(*args)
        result *= 2
        return result

    return wrapper


def changing_the_arguments(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        kwargs["x"] = 3
        return f(*args, **kwargs)

    return wrapper


def changing_all_arguments(f):
    @functools.wraps(f)
    def wrapper(*args):
        args = args[::-1]
        return f(*args)

    return wrapper


def printing(f):
    @functools.wraps(f)
    def wrapper(*args):
        print(args)
        return f(*args)

    return wrapper


@pytest.mark.parametrize("decorator", [passing_on, passing_on_directly, functools.cache])
def test_a_decorator_that_passes_on_is_looked_through(decorator):
    assert capture(decorator(helper)).pyfunc is helper


@pytest.mark.parametrize(
    "decorator",
    [
        doing_more,
        changing_the_result,
        changing_the_result_in_place,
        changing_the_arguments,
        changing_all_arguments,
        printing,
    ],
)
def test_a_decorator_that_changes_the_function_is_not(decorator):
    assert capture(decorator(helper)).pyfunc is not helper


def test_a_wrapper_with_named_parameters_is_what_is_meant():
    @functools.wraps(helper)
    def wrapper(x):
        return 2 * helper(x)

    assert "2 * helper(x)" in dump(capture(wrapper))


def test_objects_around_a_function_are_seen_through():
    class Derivative:
        primal = staticmethod(helper)

    assert capture(Derivative()).pyfunc is helper
    dispatcher = types.SimpleNamespace(py_func=helper)
    assert capture(dispatcher).pyfunc is helper


# ---------------------------------------------------------------------------------------------
# Names


def test_what_names_become():
    def f(x, f2):
        return [
            RATE, math.pi, np.newaxis, np.float64, float, settings.rate, x.rate, np.linalg.norm(x),
            helper(x), f2(x), len(x), x.sum(axis=0), np.add.reduce(x), functools, np.inf, helper,
            np.sin, math.tau,
        ]  # fmt: skip

    x = Var("x")
    function = capture(f)
    (leave,) = function.body
    assert leave.value.items == (
        Var("RATE"), Const(math.pi), Const(None), Const(np.float64), Const(float),
        Attr(Var("settings"), "rate"), Attr(x, "rate"), Op(np.linalg.norm, (x,)),
        Op(helper, (x,)), Op(Var("f2"), (x,)), Op(len, (x,)),
        Op(Method("sum"), (x,), (("axis", Const(0)),)),
        Op(np.add.reduce, (x,)), Var("functools"), Const(math.inf),
        Var("helper"), Const(np.sin), Const(math.tau),
    )  # fmt: skip
    assert set(function.captures) == {"RATE", "settings", "functools", "helper"}
    assert leave.value.items[1].origin.text == "math.pi"


def test_parameters():
    def f(a, /, b, c=-1.5, *, d=helper, e="s", g=RATE, h=len) -> int:
        return a

    function = capture(f)
    names = [(p.name, p.mode.name, p.default) for p in function.params]
    assert names == [
        ("a", "POSITIONAL_ONLY", None),
        ("b", "POSITIONAL_OR_KEYWORD", None),
        ("c", "POSITIONAL_OR_KEYWORD", Const(-1.5)),
        ("d", "KEYWORD_ONLY", Var("f_d")),
        ("e", "KEYWORD_ONLY", Const("s")),
        ("g", "KEYWORD_ONLY", Const(0.5)),
        ("h", "KEYWORD_ONLY", Const(len)),
    ]
    assert function.captures == {"f_d": helper}
    assert dump(function).startswith("def f(a, /, b, c=-1.5, *, d=f_d, e='s', g=0.5, h=len)")


def test_annotations():
    def f(a: float, b: "np.ndarray", c: "nowhere.to.be.found", d): ...  # noqa: F821

    found = [p.annotation for p in capture(f).params]
    assert found == [float, np.ndarray, None, None]


def test_names_of_temporaries_avoid_the_users():
    value = 1.0

    def f(a, items):
        a[0], a[1] = a[value:], items
        return [a for a in items]

    text = dump(capture(f))
    assert "value2 = a[value:]" in text
    assert "items2 = []" in text
    assert "for a2 in items:" in text


# ---------------------------------------------------------------------------------------------
# The second call


def test_the_second_capture_is_the_first():
    assert capture(helper) is capture(helper)


def test_a_changed_name_is_seen(monkeypatch):
    def f(x):
        return helper(x) * RATE * settings.rate

    before = capture(f)
    settings.rate = 3.0  # read when the derivative is called: no part of the capture
    assert capture(f) is before
    monkeypatch.setattr(sys.modules[__name__], "RATE", 0.25)
    assert capture(f).captures["RATE"] == 0.25
    monkeypatch.setattr(sys.modules[__name__], "helper", abs)
    assert any(e.fn is abs for e in core.walk(value_of(f)) if isinstance(e, Op))


def test_a_changed_closure_is_seen():
    k = 1

    def f(x):
        return x * k

    assert capture(f).captures == {"k": 1}
    k = 2
    assert capture(f).captures == {"k": 2}
    f.__defaults__ = (5,)
    assert capture(f).params[0].default == Const(5)


def test_nothing_is_kept_alive():
    def f(x):
        return f(x)  # noqa: F821

    capture(f)
    watch = weakref.ref(f)
    del f
    gc.collect()
    assert watch() is None


def test_a_captured_function_is_pickled_as_before():
    capture(helper)
    assert pickle.loads(pickle.dumps(helper)) is helper
    assert pickle.loads(pickle.dumps(vars(helper))) == {"__srcad_capture__": None}


# ---------------------------------------------------------------------------------------------
# No source


WAYS_OUT = ("a notebook cell", "Move it out", "Write what calling it does", "as a `lambda`")


class Callable_:
    def __call__(self, x):
        return x

    def __repr__(self):
        return "Callable_()"


def test_source_not_available():
    namespace = {}
    exec("def gone(x):\n    return x\n", namespace)
    cases = [
        (len, "cannot read `len`: it is built in or compiled, and has no Python source."),
        (np.sin, "cannot read `sin`: it is built in or compiled"),
        (int, "cannot read `int`: it is a class."),
        (3, "cannot read `3`: it is not a function."),
        ([].append, "cannot read `list.append`: it is built in or compiled"),
        (weakref.WeakSet().add, "cannot read `WeakSet.add`: it is a method."),
        (namespace["gone"], "cannot read `gone`: its text in <string> is gone. Write it in a file"),
    ]
    for value, text in cases:
        with pytest.raises(SourceNotAvailable) as caught:
            capture(value)
        assert str(caught.value).startswith(text)
        assert any(way in str(caught.value) for way in WAYS_OUT)
        assert str(caught.value).endswith("[docs/errors.md#source-not-available]")


def test_a_file_whose_text_has_changed_in_place(tmp_path, monkeypatch):
    file = tmp_path / "edited.py"
    file.write_text("def make(k):\n    def f(x):\n        return x * k * 2.5\n    return f\n")
    monkeypatch.syspath_prepend(tmp_path)
    f = importlib.import_module("edited").make(2)
    assert dump(capture(f)).endswith("return ((x * k) * 2.5)\n")
    vars(f).clear()
    file.write_text("def make(k):\n    def f(x):\n        return x * k * 3.5\n    return f\n")
    with pytest.raises(SourceNotAvailable, match="reload the module"):
        capture(f)


def test_a_file_that_has_changed(tmp_path, monkeypatch):
    file = tmp_path / "changing.py"
    file.write_text("def f(x):\n    return x\n")
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("changing")
    file.write_text("import math\n\n\n# longer than before\ndef f(x):\n    return x\n")
    with pytest.raises(SourceNotAvailable, match=r"line 1 of .*changing.py does not define it"):
        capture(module.f)
    file.write_text("def f(x:\n")
    with pytest.raises(SourceNotAvailable, match="reload the module"):
        capture(module.f)
