"""What is known of the calls in an emitted program, and what that lets the simplifier do."""

import numpy as np

import srcad
from srcad.analysis.infer import Calls, infer
from srcad.analysis.inline import capture_inlined
from srcad.analysis.program_effects import ProgramEffects
from srcad.core import (
    Effect,
    Function,
    FunctionRef,
    Op,
    Program,
    Return,
    Var,
    expressions_of,
    statements,
)
from srcad.value_kinds import kind_of
from tests.core_notation import read_function
from tests.differences import check


def program_of(*texts):
    functions = tuple(read_function(text) for text in texts)
    return Program(functions, functions[-1].name)


def call(name, *args):
    return Op(FunctionRef(name), tuple(map(Var, args)))


def test_functions_of_the_program():
    program = program_of(
        "def reads(u):\n    return u[0] * 2.0",
        "def writes(u, v):\n    u[0] = v[0]",
        "def passes(u, v):\n    return v",
    )
    effects = ProgramEffects(program, Calls())
    assert effects.pure(call("reads", "a"))
    assert not effects.pure(call("writes", "a", "b"))
    assert effects.of(call("writes", "a", "b")).written == (Var("a"),)
    assert effects.of(call("passes", "a", "b")).result == (Var("b"),)


def test_calls_among_them():
    inner = read_function("def inner(u):\n    u[0] = 1.0")
    outer = read_function("def outer(u, v):\n    return v")
    body = (Effect(Op(FunctionRef("inner"), (Var("v"),))), *outer.body)
    outer = Function("outer", outer.params, body)
    effects = ProgramEffects(Program((inner, outer), "outer"), Calls())
    assert effects.of(call("outer", "a", "b")).written == (Var("b"),)
    assert not effects.pure(call("outer", "a", "b"))


def test_a_call_that_does_not_fit_is_not_vouched_for():
    effects = ProgramEffects(program_of("def reads(u):\n    return u"), Calls())
    assert not effects.pure(call("reads"))


def loud(x):
    print(x)
    return x


def checked(x):
    if x > 5:
        raise ValueError("too much")
    return x


def quiet(x):
    total = 0.0
    for i in range(3):
        total = total + i * x
    return total


def calls_of(fn):
    typed = infer(capture_inlined(fn), {"x": kind_of(2.0)}, calls := Calls())
    program = Program((typed.function,), fn.__name__)
    effects = ProgramEffects(program, calls)
    nodes = [e for s in statements(typed.function.body[:-1]) for e in expressions_of(s)]
    assert isinstance(typed.function.body[-1], Return)
    return {node.fn.__name__: effects.pure(node) for node in nodes if isinstance(node, Op)}


def test_the_users_functions():
    def f(x):
        a = loud(x)
        b = checked(x)
        c = quiet(x)
        return a + b + c

    assert calls_of(f) == {"loud": False, "checked": False, "quiet": True}


def looped(x):
    y = x * 1.0
    for i in range(2):
        y = y * x
    return y


def test_a_call_that_nobody_needs_goes():
    def f(x, u):
        unused = quiet(u)  # noqa: F841
        return looped(x) * 3.0

    source = srcad.grad(f).source_for(2.0, 3.0)
    assert "quiet" not in source
    check(f, 2.0, 3.0, argnums=0)


def set_first(u, x):
    for i in range(1):
        u[i] = x


def test_a_call_that_writes_stays():
    def f(x, u):
        set_first(u, x)
        return np.sum(u * u)

    check(f, 2.0, np.array([1.0, 3.0]))
