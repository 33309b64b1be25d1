"""The emitted adjoints of the exemplars against the ones that an expert wrote by hand."""

import copy
import inspect

import numpy as np
import pytest

import srcad
from tests import differences, emitted, exemplars

everywhere = pytest.mark.parametrize("name", exemplars.NAMES)


def as_tuple(gradient):
    return gradient if isinstance(gradient, tuple) else (gradient,)


def is_generated(name):
    return name == "adjoint" or name.endswith(("_forward", "_reverse"))


def handwritten_statements(module):
    """The statements of the hand-written adjoint and the halves of functions that it calls."""
    return emitted.statements(inspect.getsource(module), is_generated, functions_only=True)


def emitted_statements(module):
    """The statements of the emitted text, copies of the user's functions aside."""
    own = {name for name, value in vars(module).items() if inspect.isfunction(value)}
    text = srcad.grad(module.primal, argnums=module.ARGNUMS).source_for(*module.ARGS)
    return emitted.statements(text, lambda name: name not in own or is_generated(name)), text


@everywhere
def test_handwritten_adjoint_is_right(name):
    module = exemplars.load(name)
    args = copy.deepcopy(module.ARGS)
    chosen = as_tuple(module.ARGNUMS)
    some = tuple(args[i] for i in chosen)
    got = differences.in_form(as_tuple(module.adjoint(*args)), some, name)
    assert differences.same(args, module.ARGS)

    def primal(*moved):
        full = list(copy.deepcopy(args))
        for i, value in zip(chosen, moved, strict=True):
            full[i] = value
        return module.primal(*full)

    want = differences.gradient(primal, some).value
    differences.close(differences.to_vector(got), want, 1e-7, name)


@everywhere
def test_values(name):
    module = exemplars.load(name)
    args = copy.deepcopy(module.ARGS)
    got = srcad.grad(module.primal, argnums=module.ARGNUMS)(*args)
    want = module.adjoint(*copy.deepcopy(module.ARGS))
    assert differences.same(args, module.ARGS)
    for g, w in zip(as_tuple(got), as_tuple(want), strict=True):
        np.testing.assert_allclose(g, w, rtol=1e-12, atol=1e-13)


@everywhere
def test_no_more_statements_than_by_hand(name):
    module = exemplars.load(name)
    count, text = emitted_statements(module)
    assert count <= handwritten_statements(module), text


@everywhere
def test_source(name, golden):
    module = exemplars.load(name)
    text = srcad.grad(module.primal, argnums=module.ARGNUMS).source_for(*module.ARGS)
    golden(f"exemplar_{name}", text)


@everywhere
def test_against_differences(name):
    module = exemplars.load(name)
    differences.check(module.primal, *module.ARGS, argnums=module.ARGNUMS)


@everywhere
def test_second_derivatives(name):
    module = exemplars.load(name)
    differences.check_second(module.primal, *module.ARGS, argnums=module.ARGNUMS)
