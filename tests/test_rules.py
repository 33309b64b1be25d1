"""Every rule, in both modes, against differences and against each other; and the kinds."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np
import pytest

from srcad import core, rules, runtime
from srcad.core import TOTAL, Const, Method, Op, Var
from srcad.errors import NoDerivative, UnsupportedConstruct
from srcad.kinds import FLOAT, INT, Array, Dim, Scalar, TupleOf
from srcad.rules.registry import Definition, function_name
from tests.core_interpreter import run
from tests.rule_cases import CASES
from tests.rule_checks import C, Example, check_kind, check_rule


def _label(case: Any) -> str:
    fn, args, kwargs = case
    name = fn if isinstance(fn, str) else function_name(fn)
    shapes = [str(np.shape(a)) if isinstance(a, np.ndarray) else type(a).__name__ for a in args]
    return f"{name}-{'-'.join([*shapes, *kwargs])}"


@pytest.mark.parametrize("case", CASES, ids=_label)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_rule(case):
    fn, args, kwargs = case
    check_rule(fn, *args, **kwargs)


def test_every_differentiable_rule_has_an_example():
    shown = {core_key(fn) for fn, _, _ in CASES}
    shown |= set(rules.added_rules())  # those that the documents' examples add
    missing = {key for key, rule in rules.all_rules().items() if passes(rule)} - shown
    missing -= {TOTAL}  # no function: what it stands for is checked with the sums it comes from
    assert not missing, missing


def core_key(fn: Any) -> Any:
    return rules.Attribute(fn) if isinstance(fn, str) else fn


def passes(rule: rules.Rule) -> bool:
    definition = getattr(rule.pullbacks, "__self__", None)
    return isinstance(definition, Definition) and bool(definition.derivatives)


# ---------------------------------------------------------------------------------------------
# Kinds of results without derivative

A = np.arange(12.0).reshape(3, 4)
INTEGERS = np.arange(5)


@pytest.mark.parametrize(
    "case",
    [
        *((fn, (1.5,), {}) for fn in (math.floor, math.ceil, math.trunc, round, int, bool)),
        *((fn, (A,), {}) for fn in (np.floor, np.ceil, np.rint, np.sign, np.isnan, np.isfinite)),
        *((fn, (1.5,), {}) for fn in (np.floor, np.trunc, np.isnan, np.sign)),
        *((fn, (A,), {}) for fn in (np.argmax, np.any, np.all, np.count_nonzero, np.argsort)),
        *((fn, (A,), {"axis": C(1)}) for fn in (np.argmax, np.argmin, np.any, np.count_nonzero)),
        *((fn, (A, 2.0), {}) for fn in (operator.lt, operator.eq, np.greater)),
        *((fn, (1, 2.0), {}) for fn in (operator.lt, operator.eq, np.greater, operator.floordiv)),
        *((fn, (True, np.float64(2.0)), {}) for fn in (operator.add, operator.lt, operator.mul)),
        *((fn, (INTEGERS, 2), {}) for fn in (operator.add, operator.truediv, operator.floordiv)),
        *((fn, (INTEGERS, 0.5), {}) for fn in (operator.mul, operator.pow, operator.mod)),
        *((fn, (3, 2), {}) for fn in (operator.pow, operator.truediv, operator.mod, operator.and_)),
        (operator.pow, (2, C(-1)), {}),
        (operator.pow, (2, C(3)), {}),
        (operator.and_, (A > 2, A < 7), {}),
        (operator.invert, (A > 2,), {}),
        (operator.not_, (1.0,), {}),
        (operator.add, ((1, 2.0), (3,)), {}),
        *((fn, (A,), {}) for fn in (len, "shape", "size", "ndim", np.shape, np.size, np.ndim)),
        *((fn, (A.T[0],), {}) for fn in (len, "shape", "size", np.size)),
        (np.size, (A, C(1)), {}),
        ("dtype", (A,), {}),
        *((fn, (C(4),), {}) for fn in (np.zeros, np.ones, np.empty, np.eye, np.arange, range)),
        *((fn, (C((3, 4)),), {}) for fn in (np.zeros, np.ones, np.empty)),
        (np.zeros, (C((3, 4)), C(int)), {}),
        (np.zeros, (C((3, 4)),), {"dtype": C(np.float32)}),
        (np.eye, (C(3), C(4)), {}),
        (np.arange, (C(1), C(9), C(2)), {}),
        (np.arange, (C(3.0),), {}),
        *((fn, (A,), {}) for fn in (np.zeros_like, np.ones_like, np.empty_like)),
        *((fn, (INTEGERS,), {}) for fn in (np.zeros_like, np.sum, np.mean, np.cumsum, np.max)),
        (np.zeros_like, (1.5,), {}),
        (np.zeros_like, (A,), {"dtype": C(np.float32)}),
        (np.zeros_like, (A, C(int)), {}),
        (np.sum, (A > 3,), {}),
        (np.sum, (A.astype(np.float32),), {"dtype": C(np.float64)}),
        (np.sum, (A,), {"axis": C(())}),
        (np.array, ([1, 2, 3],), {}),
        (np.array, ([1, 2.5],), {}),
        (np.array, ([[1.0, 2.0], [3.0, 4.0]],), {}),
        (np.where, (A > 3, 1, 0), {}),
        (np.where, (A > 3, 1, A), {}),
        (np.sqrt, (INTEGERS,), {}),
        (np.sin, (np.float32(0.5),), {}),
        (np.maximum, (np.float32(0.5), 1.0), {}),
        (np.add, (1, 2), {}),
        (np.mean, (np.float32(0.5),), {}),
        (Method("astype"), (A, C(int)), {}),
        (Method("round"), (A,), {}),
        (np.float32, (0.5,), {}),
        (np.int64, (0.5,), {}),
        (runtime.max_mask, (A, C(1)), {}),
        (runtime.zero_shadow, (A,), {}),
        (runtime.zeros_like_tree, ((1.0, A),), {}),
        (abs, (-3,), {}),
        (abs, (True,), {}),
        (max, (1, 2.0), {}),
        (max, (1, 2), {}),
        (sum, ([1, 2],), {}),
        (sum, (A,), {}),
        (sum, ((1.0, 2.0),), {}),
        (np.dot, (INTEGERS, INTEGERS), {}),
        (operator.matmul, (A.astype(np.float32), A.T), {}),
        (np.stack, ([INTEGERS, INTEGERS + 0.5],), {}),
        (np.concatenate, ((A, A),), {"axis": C(-1)}),
        (np.linspace, (0, 1, C(5)), {}),
        (np.full, (C(3), 1), {}),
        (np.full, (C(3), 1.0), {"dtype": C(np.float32)}),
        (np.squeeze, (A[None],), {}),
    ],
    ids=_label,
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_kind(case):
    fn, args, kwargs = case
    example = Example(fn, args, kwargs)
    check_kind(example.rule.kind(example.op), example.result(), example.namer.symbols)


N = Dim("n0", given=True)
LENGTH = Var("n", kind=Scalar("int64", True, N))


@pytest.mark.parametrize(
    "op, dims",
    [
        (Op(np.zeros, (LENGTH,)), (N,)),
        (Op(np.zeros, (core.Tuple((LENGTH, Const(2))),)), (N, 2)),
        (Op(np.arange, (LENGTH,)), (N,)),
        (Op(np.eye, (LENGTH,)), (N, N)),
        (Op(np.linspace, (Const(0.0), Const(1.0), LENGTH)), (N,)),
        (Op(np.full, (LENGTH, Const(1.0))), (N,)),
        (Op(np.zeros, (Var("shape", kind=TupleOf((LENGTH.kind, INT))),)), (N, None)),
    ],
)
def test_lengths_of_created_arrays(op, dims):
    kind = rules.result_kind(op)
    assert isinstance(kind, Array) and kind.dims == dims


def test_lengths_follow_integer_sums():
    shorter = rules.result_kind(Op(operator.sub, (LENGTH, Const(1))))
    assert isinstance(shorter, Scalar) and shorter.size.offset == -1
    again = rules.result_kind(Op(operator.add, (Var("m", kind=shorter), Const(1))))
    assert isinstance(again, Scalar) and again.size.offset == 0
    assert rules.result_kind(Op(operator.mul, (LENGTH, Const(2)))) == INT


# ---------------------------------------------------------------------------------------------
# Looking up and adding

SCALAR = Var("x", kind=FLOAT)
VECTOR = Var("v", kind=Array("float64", (N,)))


def test_methods_are_looked_up_on_arrays_and_the_unknown_only():
    assert rules.rule_for(Op(Method("sum"), (VECTOR,))) is not None
    assert rules.rule_for(Op(Method("sum"), (Var("x"),))) is not None
    assert rules.rule_for(Op(Method("copy"), (Var("x", kind=TupleOf(())),))) is None
    assert rules.rule_for(core.Attr(VECTOR, "T")) is not None
    assert rules.rule_for(core.Attr(VECTOR, "nothing")) is None


def test_out_is_written():
    whole = Op(np.add, (VECTOR, VECTOR, VECTOR))
    named = Op(np.dot, (VECTOR, VECTOR), (("out", VECTOR),))
    placed = Op(np.clip, (VECTOR, Const(0), Const(1), VECTOR))
    assert [rules.rule_for(op).writes for op in (whole, named, placed)] == [(2,), ("out",), (3,)]
    assert rules.rule_for(Op(np.add, (VECTOR, VECTOR))).writes == ()
    assert rules.result_kind(whole) == VECTOR.kind


def test_ties_all_gives_the_textbook_partials():
    op = Op(max, (SCALAR, Var("y", kind=FLOAT)))
    first, both = rules.rule_for(op), rules.rule_for(op, ties="all")
    assert first.pullbacks(op)[1].template.fn is operator.gt
    values = {"%0": 2.0, "%1": 2.0, "%out": 2.0}
    assert [evaluate(p.template, values) for p in both.pullbacks(op).values()] == [True, True]


def test_max_gives_all_to_the_first():
    op = Op(max, (SCALAR, SCALAR, SCALAR))
    values = {"%0": 1.0, "%1": 2.0, "%2": 2.0, "%out": 2.0}
    partials = rules.rule_for(op).pullbacks(op).values()
    assert [int(evaluate(p.template, values)) for p in partials] == [0, 1, 0]
    tied = np.array([1.0, 3.0, 3.0])
    assert runtime.max_mask(tied).tolist() == [False, True, False]


def evaluate(expr: core.Expr, values: dict[str, Any]) -> Any:
    return run(core.Function("template", (), (core.Return(expr),), values))


def test_power_at_zero():
    op = Op(operator.pow, (SCALAR, Var("y", kind=FLOAT)))
    partials = rules.rule_for(op).pullbacks(op)
    for x, y, slope in [(0.0, 0.0, 0.0), (0.0, 1.0, 1.0), (0.0, 2.0, 0.0)]:
        values = {"%0": x, "%1": y, "%out": x**y}
        assert evaluate(partials[0].template, values) == slope
        assert evaluate(partials[1].template, values) == 0.0


def test_where_leaks_no_nan():
    op = Op(np.where, (Var("c"), VECTOR, VECTOR))
    pull = rules.rule_for(op).pullbacks(op)[1]
    bad = np.array([np.nan, 2.0])
    assert evaluate(pull.template, {"%0": bad > 0, "%g": bad}).tolist() == [0.0, 2.0]


def test_absolute_value_at_zero():
    op = Op(abs, (SCALAR,))
    assert evaluate(rules.rule_for(op).pullbacks(op)[0].template, {"%0": 0.0}) == 0


def own_cube(x: float) -> float:
    return x * x * x


def own_slope(x: float) -> float:
    return 3 * x * x


def test_a_rule_of_the_users_own():
    rules.elementwise(own_cube, "x", dx="own_slope(x)")
    op = Op(own_cube, (SCALAR,))
    found = rules.rule_for(op)
    assert found is not None and found.kind(op) == FLOAT
    assert found.pullbacks(op)[0].template == Op(own_slope, (Var("%0"),))
    assert found.pullbacks(op)[0].factor


def own_norm(x: Any, scale: float = 1.0) -> Any:
    return scale * np.sum(x * x)


def test_a_rule_without_its_forward_half_says_so():
    rules.rule(own_norm, "x, scale=1.0", dx="2 * scale * x * g")
    op = Op(own_norm, (VECTOR,))
    found = rules.rule_for(op)
    expected = "2 * 1.0 * %0 * %g"
    assert str(expected) and core.names_in(found.pullbacks(op)[0].template) == {"%0", "%g"}
    with pytest.raises(NoDerivative, match="pushforward"):
        found.pushforwards(op)


def test_refusals():
    masked = Op(np.add, (VECTOR, VECTOR), (("where", Var("mask")),))
    with pytest.raises(UnsupportedConstruct, match="`add` with `where=`"):
        rules.rule_for(masked).pullbacks(masked)
    unknown = Op(np.prod, (VECTOR,), (("where", Var("mask")),))
    with pytest.raises(UnsupportedConstruct, match="argument `where`"):
        rules.rule_for(unknown).pullbacks(unknown)
    listed = Op(np.unique, (VECTOR,))
    with pytest.raises(NoDerivative, match="unique"):
        rules.rule_for(listed).pullbacks(listed)


def test_a_faulty_template_is_named():
    rules.elementwise(abs, "x", dx="unheard_of(x)", ties_all=True)
    op = Op(abs, (SCALAR,))
    with pytest.raises(NameError, match="'unheard_of' in the rule template"):
        rules.rule_for(op, ties="all").pullbacks(op)


def test_inactive_functions():
    assert rules.is_inactive(np.floor) and rules.is_inactive(len) and rules.is_inactive(print)
    assert not rules.is_inactive(np.sin) and not rules.is_inactive(own_slope)
    assert rules.rule_for(Op(print, (SCALAR,))).effect


# ---------------------------------------------------------------------------------------------
# Special functions and trees


def test_polygamma_against_known_values():
    assert math.isclose(runtime.digamma(1.0), -0.5772156649015329, rel_tol=1e-13)
    assert math.isclose(runtime.digamma(-1.5), 0.7031566406452432, rel_tol=1e-13)
    assert math.isclose(runtime.polygamma(1, 1.0), math.pi**2 / 6, rel_tol=1e-13)
    assert math.isclose(runtime.polygamma(2, 0.5), -16.8287966442343199, rel_tol=1e-12)
    assert math.isnan(runtime.digamma(-2.0))


def test_trees():
    x = {"a": [1.0, np.ones(2)], "b": (None, 3)}
    zero = runtime.zeros_like_tree(x)
    assert zero["a"][0] == 0.0 and zero["a"][1].tolist() == [0.0, 0.0] and zero["b"] == (None, 0.0)
    total = runtime.tree_add(x, x)
    assert total["a"][1].tolist() == [2.0, 2.0] and total["b"] == (None, 6)
    copy = runtime.copy_tree(x)
    assert copy["a"][1] is not x["a"][1] and copy["a"] is not x["a"]


def test_add_at_counts_repeated_indices():
    buffer = np.zeros(3)
    runtime.add_at(buffer, np.array([0, 0, 2]), np.array([1.0, 2.0, 4.0 + 1j]))
    assert buffer.tolist() == [3.0, 0.0, 4.0]
