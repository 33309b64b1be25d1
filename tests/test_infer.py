"""Kinds: every value that a program computes is held against the kind inferred for it."""

import copy
import importlib
import math
import pathlib
import random

import numpy as np
import pytest

from srcad import core, kinds, value_kinds
from srcad.analysis.infer import Calls, infer, infer_expr
from srcad.frontend import capture
from srcad.kinds import FLOAT, INT, NEVER, UNKNOWN, Array, ConstOf, Dim, ListOf, Scalar, TupleOf
from srcad.rules.lengths import forget_lengths
from srcad.verifier import verify
from tests.kind_checker import CheckedMachine, Checker
from tests.kind_programs import (
    PROGRAMS,
    ROW,
    WEIGHTS,
    aliased_list,
    by_length,
    callee_appends,
    calls_helpers,
    captured,
    differences,
    early,
    halves,
    higher_order,
    int_becomes_float,
    is_even,
    nothing,
    optional,
    power,
    scalar_becomes_array,
    shrinking,
    square,
    stencil,
    types_tested,
)
from tests.kind_puzzles import PUZZLES
from tests.random_programs.judge import loaded
from tests.random_programs.program import generate

N = Dim("n", 0, True)
VEC = Array("float64", (N,))
MAT = Array("float64", (N, Dim("m", 0, True)))

EXEMPLARS = sorted(
    path.stem
    for path in (pathlib.Path(__file__).parent / "exemplars").glob("*.py")
    if path.stem not in ("check", "__init__")
)


def typed_for(function, args, weaken=lambda kind: kind):
    """`function` inferred for `args`, and what each symbol of a length stands for."""
    namer = value_kinds.Namer()
    core_form = verify(capture(function))
    names = [param.name for param in core_form.params]
    pairs = zip(names, args, strict=False)
    known = {name: weaken(value_kinds.kind_of(arg, namer)) for name, arg in pairs}
    for param in core_form.params[len(args) :]:
        known[param.name] = infer_expr(param.default, {}).kind
    return infer(core_form, known), {symbol: length for length, symbol in namer.symbols.items()}


def run(function, *args, **options):
    """Run `function` with all kinds checked; returns the checker and the inferred function."""
    typed, lengths = typed_for(function, args, **options)
    verify(typed.function)
    checker = Checker(lengths)
    values = dict(zip((p.name for p in typed.function.params), copy.deepcopy(args), strict=False))
    for param in typed.function.params[len(args) :]:
        values[param.name] = CheckedMachine(typed, checker).value(param.default)
    np.testing.assert_equal(checker.call(typed, values), function(*copy.deepcopy(args)))
    return checker, typed


def result_kind(function, *arg_kinds):
    """The kind of the result for arguments of the given kinds."""
    core_form = capture(function)
    names = [param.name for param in core_form.params]
    return infer(core_form, dict(zip(names, arg_kinds, strict=True))).result


@pytest.mark.parametrize("name", EXEMPLARS)
def test_exemplars_are_known_throughout(name, monkeypatch):
    monkeypatch.syspath_prepend(str(pathlib.Path(__file__).parent / "exemplars"))
    module = importlib.import_module(name)
    checker, _ = run(module.primal, *module.ARGS)
    assert not checker.unknown


@pytest.mark.parametrize("program", PROGRAMS + PUZZLES, ids=lambda program: program[0].__name__)
def test_kinds_admit_what_happens(program):
    function, *args = program
    run(function, *args)


def without_rank(kind):
    return Array(kind.dtype) if isinstance(kind, Array) else kind


@pytest.mark.parametrize("weaken", [lambda kind: UNKNOWN, forget_lengths, without_rank])
@pytest.mark.parametrize("program", PROGRAMS + PUZZLES, ids=lambda program: program[0].__name__)
def test_less_may_be_known(program, weaken):
    function, *args = program
    run(function, *args, weaken=weaken)


@pytest.mark.parametrize("start", range(0, 200, 50))
def test_kinds_admit_what_happens_in_random_programs(start):
    for seed in range(start, start + 50):
        program = generate(random.Random(seed), names=())
        with loaded(program.text) as module, np.errstate(all="ignore"):
            try:
                module.program(*program.args())
            except (ArithmeticError, ValueError, IndexError, TypeError, NameError):
                continue  # it fails by itself
            run(module.program, *program.args())


# ---------------------------------------------------------------------------------------------
# How much is known


def test_int_becomes_float():
    assert result_kind(int_becomes_float, FLOAT) == FLOAT
    assert result_kind(int_becomes_float, INT) == INT


def test_scalar_becomes_array():
    assert result_kind(scalar_becomes_array, VEC) == UNKNOWN


def test_lengths_of_slices():
    assert result_kind(stencil, VEC) == VEC
    assert result_kind(differences, VEC) == Array("float64", (Dim("n", -1),))
    assert result_kind(by_length, VEC) == Array("float64", (Dim("n", -2),))
    assert result_kind(lambda x: x[2:-2][1:], VEC) == Array("float64", (Dim("n", -5),))
    assert result_kind(lambda x: x[::2], VEC) == Array("float64", (None,))
    assert result_kind(lambda x: x[::-1], VEC) == VEC


def test_a_length_that_changes_is_forgotten():
    assert result_kind(shrinking, VEC) == Scalar("float64", weak=False)


def test_recursion():
    assert result_kind(power, FLOAT, INT) == FLOAT
    assert result_kind(power, INT, INT) == INT
    assert result_kind(is_even, INT, FLOAT) == FLOAT
    assert result_kind(halves, VEC) == Scalar("float64", weak=False)


def endless(x):
    return endless(x + 1)


def test_recursion_without_end_is_unknown():
    assert result_kind(endless, FLOAT) == UNKNOWN


def test_lists_grow_through_all_their_names():
    assert result_kind(aliased_list, FLOAT) == FLOAT
    assert result_kind(callee_appends, FLOAT) == FLOAT


def test_branches_that_kinds_decide():
    assert result_kind(optional, VEC, kinds.NONE) == VEC
    assert result_kind(optional, VEC, VEC) == VEC
    assert result_kind(types_tested, FLOAT) == FLOAT


def test_a_function_argument_becomes_the_function():
    typed, _ = typed_for(higher_order, (1.5,))
    unknown = [
        op
        for callee in typed.calls.values()
        for stmt in core.statements(callee.function.body)
        for expr in core.expressions_of(stmt)
        for op in core.walk(expr)
        if isinstance(op, core.Op) and isinstance(op.fn, core.Expr)
    ]
    assert typed.calls
    assert not unknown
    assert typed.result == Scalar("float64", weak=False)


def test_early_returns_join():
    assert result_kind(early, VEC) == Scalar("float64", weak=False)
    assert result_kind(nothing, VEC) == kinds.NONE


def test_callees_are_found_by_the_call():
    typed, _ = typed_for(calls_helpers, (1.5, ROW))
    ops = [
        node
        for stmt in core.statements(typed.function.body)
        for expr in core.expressions_of(stmt)
        for node in core.walk(expr)
        if isinstance(node, core.Op) and node.fn is square
    ]
    assert len(ops) == 3
    assert all(typed.callee(op).function.name == "square" for op in ops)
    assert typed.callee(ops[0]).kinds == {"x": FLOAT, "scale": INT}


def test_calls_are_remembered():
    calls = Calls()
    first = infer(capture(calls_helpers), {"x": FLOAT, "v": VEC}, calls)
    second = infer(capture(calls_helpers), {"x": FLOAT, "v": VEC}, calls)
    assert list(first.calls.values()) == list(second.calls.values())


def test_infer_expr_keeps_what_is_known():
    x = core.Var("x", kind=VEC)
    expr = infer_expr(core.Op(np.sin, (core.Item(x, core.Var("i")),)), {"i": INT, "x": FLOAT})
    assert expr.kind == Scalar("float64", weak=False)
    assert expr.args[0].base is x


def test_infer_expr_never_raises():
    for expr in (
        core.Op(np.sin, ()),
        core.Op(np.sum, (core.Const("a"), core.Const(3))),
        core.Item(core.Const(3), core.Const("a")),
        core.Attr(core.Const(None), "shape"),
        core.Op(len, ()),
        core.Op(core.Method("append"), ()),
        core.Op(core.Var("f"), (core.Var("x"),)),
        core.Item(core.Tuple(()), core.Const(3)),
        core.Op(range, (core.Var("n"),)),
    ):
        infer_expr(expr, {})


def test_empty_lists_stay_so():
    assert result_kind(lambda: []) == ListOf(NEVER)


def test_constants():
    assert result_kind(lambda: (None, 1, 2.0, np.float64)) == TupleOf(
        (kinds.NONE, INT, FLOAT, ConstOf(np.float64))
    )
    assert result_kind(lambda: math.pi) == FLOAT
    assert result_kind(captured, VEC) == Scalar("float64", weak=False)


def test_no_symbol_is_invented():
    assert result_kind(lambda: WEIGHTS) == Array("float64", (None,))
