"""Errors, each by its text: where, what, why, what to do, and where to read on."""

import pathlib
import re

import numpy as np
import pytest

import srcad
from srcad import errors

DOCS = pathlib.Path(__file__).parents[1] / "docs"

CLASSES = [
    cls
    for cls in vars(errors).values()
    if getattr(cls, "__module__", "") == "srcad.errors" and cls is not errors.SrcadError
]


def message(caught):
    text = str(caught.value)
    anchor = type(caught.value).anchor
    assert text.endswith(f".  [docs/errors.md#{anchor}]")
    return text.removesuffix(f"  [docs/errors.md#{anchor}]")


def test_one_hierarchy():
    assert all(issubclass(cls, errors.SrcadError) for cls in CLASSES)
    assert all("Failing::" in cls.__doc__ and "Fix:" in cls.__doc__ for cls in CLASSES)


def test_every_class_has_a_section_in_the_documents():
    text = (DOCS / "errors.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    anchors = {heading.lower().replace(" ", "-") for heading in headings}
    assert {cls.anchor for cls in CLASSES} <= anchors


# ---------------------------------------------------------------------------------------------
# Source not available


@pytest.mark.parametrize("fn", [len, np.sin, np.linalg.norm.__call__, "x".join])
def test_built_in(fn):
    with pytest.raises(errors.SourceNotAvailable) as caught:
        srcad.grad(fn)(1.0)
    assert "it is built in or compiled, and has no Python source" in message(caught)


def test_text_that_is_gone():
    scope = {}
    exec("def f(x):\n    return x * x\n", scope)
    with pytest.raises(errors.SourceNotAvailable) as caught:
        srcad.grad(scope["f"])(1.0)
    assert message(caught) == (
        "cannot read `f`: its text in <string> is gone. Write it in a file or a notebook cell; "
        "text given to `exec` or typed at the prompt is not kept."
    )


def test_not_a_function():
    with pytest.raises(errors.SourceNotAvailable) as caught:
        srcad.grad(3.0)(1.0)
    assert "cannot read `3.0`: it is not a function" in message(caught)


# ---------------------------------------------------------------------------------------------
# Unsupported constructs: none is ever left out silently

REFUSED = {
    "try:\n    x = x * x\nfinally:\n    return x": "a jump in `finally`",
    "yield x": "generators",
    "y = [zip(x, x)]": "iterator",
    "y = yield x": "generators",
}


@pytest.mark.parametrize("body", REFUSED)
def test_refused_construct(program, body):
    lines = body.replace("\n", "\n    ")
    module = program(
        f"SCALE = 2.0\n\n\ndef f(x):\n    y = 2.0 * x\n    {lines}\n    return x * x\n"
    )
    with pytest.raises(errors.UnsupportedConstruct) as caught:
        srcad.grad(module.f)(1.5)
    text = message(caught)
    assert REFUSED[body] in text
    where, _, what = text.partition(": ")
    assert re.fullmatch(rf"{re.escape(module.__file__)}:\d+", where)
    assert what.startswith("cannot differentiate `")
    assert re.search(r"\. [A-Z].*\.$", what), "says what to do"


def test_async_function(program):
    module = program("async def f(x):\n    return x * x\n")
    with pytest.raises(errors.SrcadError, match="async"):
        srcad.grad(module.f)(1.5)


# ---------------------------------------------------------------------------------------------
# No derivative


def unknown_function(x):
    return np.sum(np.ndarray.byteswap(x) * x)


def no_rule(x):
    y = 2 * x
    return np.sum(np.bincount([0, 1, 1], y))


@pytest.mark.parametrize("f", [unknown_function, no_rule])
def test_no_derivative(f):
    with pytest.raises(errors.NoDerivative) as caught:
        srcad.grad(f)(np.ones(3))
    text = message(caught)
    assert text.startswith(f"{__file__}:{f.__code__.co_firstlineno + 1 + (f is no_rule)}: ")
    assert "derivative is known" in text


def test_function_without_rule_on_inactive_values_is_no_error():
    def f(x, n):
        return x * np.bincount(n)[1]

    assert srcad.grad(f)(2.0, np.array([0, 1, 1])) == 2.0


# ---------------------------------------------------------------------------------------------
# Not differentiable


def power(x, n):
    return x**n


def test_argument_that_carries_no_derivative():
    with pytest.raises(errors.NotDifferentiable) as caught:
        srcad.grad(power)(3, 2)
    assert message(caught) == (
        "`power`: the argument `x` is an int, which cannot carry a derivative. "
        "Pass a float (3.0), or choose another argument with argnums."
    )


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("a", "a str"),
        (None, "None"),
        (True, "a bool"),
        (np.arange(3), "an array of int64"),
        ([1, 2], "a list without floats"),
    ],
)
def test_described_arguments(value, what):
    with pytest.raises(errors.NotDifferentiable) as caught:
        srcad.grad(power, argnums="x")(value, 2)
    assert f"the argument `x` is {what}, which cannot carry a derivative" in message(caught)


def test_name_of_no_parameter():
    with pytest.raises(errors.NotDifferentiable) as caught:
        srcad.grad(power, argnums="y")(3.0, 2)
    assert message(caught) == "`power` has no parameter `y`. Its parameters are `x`, `n`."


def test_number_of_no_parameter():
    with pytest.raises(errors.NotDifferentiable) as caught:
        srcad.grad(power, argnums=2)(3.0, 2)
    assert "`power` has no argument number 2" in message(caught)


def test_argument_asked_for_twice():
    with pytest.raises(errors.NotDifferentiable) as caught:
        srcad.grad(power, argnums=(0, "x"))(3.0, 2)
    assert "selects an argument twice" in message(caught)


def test_wrong_arguments_are_a_type_error():
    with pytest.raises(TypeError, match=r"power\(\)"):
        srcad.grad(power)(3.0)


# ---------------------------------------------------------------------------------------------
# Non-scalar results


def doubled(x):
    return 2.0 * x


def pair(x):
    return x, x * x


def nothing(x):
    x[0] = 1.0


def text_of(x):
    return f"{x}"


def test_array_result():
    with pytest.raises(errors.NonScalarResult) as caught:
        srcad.grad(doubled)(np.ones(3))
    text = message(caught)
    assert "`grad` wants a function that returns one" in text
    assert "array" in text
    assert "vjp" in text


def test_tuple_result():
    with pytest.raises(errors.NonScalarResult) as caught:
        srcad.grad(pair)(2.0)
    assert "tuple" in message(caught)
    assert "vjp" in message(caught)


@pytest.mark.parametrize(("f", "what"), [(nothing, "None"), (text_of, "a str")])
def test_result_that_is_no_number(f, what):
    with pytest.raises(errors.SrcadError, match="`grad` wants a function that returns") as caught:
        srcad.grad(f)(np.ones(3))
    assert what in message(caught)


# ---------------------------------------------------------------------------------------------
# Shared memory


def shifted(a, b):
    a[0] = 2.0 * b[0]
    return np.sum(a * b)


def read_only(a, b):
    return np.sum(a * b)


def test_shared_memory():
    a = np.array([1.0, 2.0, 3.0])
    for b in (a, a[::-1]):
        with pytest.raises(errors.SharedMemory) as caught:
            srcad.grad(shifted)(a, b)
        assert message(caught) == (
            "the arguments `a` and `b` share memory, and the function writes into `a`. "
            "Pass a copy of one: `b.copy()`."
        )


def test_shared_memory_that_is_only_read():
    a = np.array([1.0, 2.0])
    np.testing.assert_array_equal(srcad.grad(read_only)(a, a), a)


def test_parts_of_one_array_that_do_not_overlap():
    a = np.arange(6.0)
    np.testing.assert_array_equal(srcad.grad(shifted)(a[:3], a[3:]), [0.0, 4.0, 5.0])
