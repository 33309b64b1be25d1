"""Short programs as people of different trades write them, several features in each."""

import contextlib
import copy
import importlib
import io
import logging

import numpy as np
import pytest

import srcad
from tests import differences

AUTHORS = (
    "physicist",
    "quant",
    "engineer_of_learning",
    "teacher",
    "control_engineer",
    "biologist",
    "graphics",
)
FIRST_STEP = 1e-3


def cases():
    for author in AUTHORS:
        module = importlib.import_module(f"tests.authors.{author}")
        for name, (f, args, *options) in module.CASES.items():
            how = options[0] if options else {}
            yield pytest.param(f, args, how.get("argnums"), id=f"{author}-{name}")


@contextlib.contextmanager
def heard():
    """What is printed and logged."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with contextlib.redirect_stdout(out):
            yield out
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def is_generator(value):
    return isinstance(value, np.random.Generator)


@pytest.mark.parametrize(("f", "args", "argnums"), [*cases()])
def test_reverse_mode(f, args, argnums):
    chosen = differences._chosen(args, argnums)
    with heard() as once:
        value = f(*copy.deepcopy(args))
    given = copy.deepcopy(args)
    with heard() as again:
        got_value, got = (
            srcad.value_and_grad(f, argnums=chosen)(*given)
            if real(value)
            else pulled(f, given, value, chosen)
        )
    assert once.getvalue() == again.getvalue()
    differences._same_value(got_value, value, "the value is not the function's")
    for before, after in zip(args, given, strict=True):
        if not is_generator(before):
            differences._same_bits(after, before, "an argument was changed")
    got = [differences.in_form(g, args[i], "gradient") for i, g in zip(chosen, got, strict=True)]
    with heard():
        differences._compare_with_differences(f, args, value, chosen, got, 1e-6, FIRST_STEP)


def real(value):
    return differences.is_real_number(value)


def pulled(f, args, value, chosen):
    got_value, pullback = srcad.vjp(f, *args)
    cotangents = pullback(differences._seed(value))
    return got_value, tuple(cotangents[i] for i in chosen)


@pytest.mark.parametrize(("f", "args", "argnums"), [*cases()])
def test_forward_mode(f, args, argnums):
    tangents = differences.tangent_like(args, seed=3)
    with heard() as once:
        value = f(*copy.deepcopy(args))
    with heard() as again:
        got_value, tangent = srcad.jvp(f, copy.deepcopy(args), tangents)
    assert once.getvalue() == again.getvalue()
    differences._same_value(got_value, value, "the value is not the function's")
    with heard():
        want = differences.directional(f, args, tangents, first_step=FIRST_STEP)
    tangent = differences.in_form(tangent, value, "the tangent")
    differences.close(differences.to_vector(tangent), want.value, 1e-6, "forward", want.error)
