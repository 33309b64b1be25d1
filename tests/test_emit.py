"""Emission: the text is as a person writes it, reads back as the tree, and runs by itself."""

import ast
import inspect
import math
import operator
import textwrap

import numpy as np
import pytest

from srcad import core
from srcad.core import Assign, Comment, Const, Effect, If, Item, Op, Origin, Return, Slice, Var
from srcad.emit import emit
from srcad.emit.wrap import wrap
from srcad.frontend import capture
from srcad.request import Request

x, y = Var("x"), Var("y")


def program(*body, params="xy", name="f", **options):
    function = core.Function(name, tuple(core.Param(p) for p in params), body, **options)
    return core.Program((function,), name)


def body_of(text, name="f"):
    """The lines of a function's body, dedented, without its docstring."""
    (function,) = [n for n in ast.parse(text).body if getattr(n, "name", "") == name]
    lines = text.split("\n")[function.lineno : function.end_lineno]
    return textwrap.dedent("\n".join(lines))


def written(expr):
    """How an expression is written."""
    return body_of(emit(program(Return(expr))).text).removeprefix("return ")


def run(text, name):
    namespace = {}
    exec(compile(text, "<emitted>", "exec"), namespace)
    return namespace[name]


# ---------------------------------------------------------------------------------------------
# Expressions


def power(base, exponent):
    return Op(operator.pow, (base, exponent))


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (power(x, Const(2)), "x**2"),
        (power(Op(operator.neg, (x,)), Const(2)), "(-x) ** 2"),
        (Op(operator.neg, (power(x, Const(2)),)), "-x**2"),
        (power(Op(operator.sub, (x, y)), Const(2)), "(x - y) ** 2"),
        (power(core.Attr(x, "T"), Const(-0.5)), "x.T**-0.5"),
        (power(Item(x, Const(0)), Const(2)), "x[0] ** 2"),
        (Op(operator.sub, (x, Op(operator.sub, (y, x)))), "x - (y - x)"),
        (Op(operator.mul, (x, Op(operator.lt, (x, y)))), "x * (x < y)"),
        (core.Tuple((x, core.Tuple((y,)), core.Tuple(()))), "x, (y,), ()"),
        (core.Tuple((x,)), "(x,)"),
        (Const(-1.5), "-1.5"),
        (Const(-0.0), "-0.0"),
        (Const(1e-12), "1e-12"),
        (Const(2j), "2j"),
        (Const(1 - 2j), "complex(1.0, -2.0)"),
        (Const("it's"), '"it\'s"'),
        (Const('"'), "'\"'"),
        (Const(None), "None"),
        (Const(np.float32), "np.float32"),
        (Const(np.dtype("float64")), 'np.dtype("float64")'),
        (Const(np.float64(2.0)), "np.float64(2.0)"),
        (Const(math.inf), "math.inf"),
        (Const(-math.inf), "-math.inf"),
        (Item(x, core.Tuple((Slice(), Const(None), Const(...)))), "x[:, None, ...]"),
        (Item(x, Slice(Const(1), Const(-1))), "x[1:-1]"),
        (Item(x, Slice(None, None, Const(2))), "x[::2]"),
        (Item(x, Slice(Op(operator.add, (y, Const(1))))), "x[y + 1 :]"),
        (Op(operator.not_, (Op(operator.contains, (x, y)),)), "y not in x"),
        (Op(operator.not_, (core.BoolOp("or", (x, y)),)), "not (x or y)"),
        (core.Choice(Op(operator.gt, (x, y)), x, y), "x if x > y else y"),
        (Op(core.Method("sum"), (x,), (("axis", Const(0)),)), "x.sum(axis=0)"),
        (Op(core.FunctionRef("f"), (x, y)), "f(x, y)"),
        (Op(Item(x, Const(0)), (y,)), "x[0](y)"),
        (core.Dict((Const("a"),), (core.Tuple((x, y)),)), '{"a": (x, y)}'),
        (core.Attr(Const(1), "real"), "(1).real"),
        (core.Verbatim("f'{x:.3f} {y!r}'", ("x", "y")), 'f"{x:.3f} {y!r}"'),
        (Op(np.abs, (x,)), "np.abs(x)"),
        (Op(np.linalg.solve, (x, y)), "np.linalg.solve(x, y)"),
        (Op(np.add.at, (x, y, y)), "np.add.at(x, y, y)"),
        (Op(math.exp, (x,)), "math.exp(x)"),
        (Op(len, (x,)), "len(x)"),
    ],
)
def test_expression(expr, text):
    assert written(expr) == text


def test_chained_comparison_is_written_as_one():
    chain = core.BoolOp("and", (Op(operator.lt, (Const(0), x)), Op(operator.le, (x, y))))
    assert written(chain) == "0 < x <= y"
    apart = core.BoolOp("and", (Op(operator.lt, (x, y)), Op(operator.lt, (x, y))))
    assert written(apart) == "x < y and x < y"


def test_chain_of_calls_is_not_joined():
    call = Op(math.sin, (x,))
    pair = core.BoolOp("and", (Op(operator.lt, (Const(0), call)), Op(operator.lt, (call, y))))
    assert " and " in written(pair)


# ---------------------------------------------------------------------------------------------
# Statements: what a person has written comes out as it was


def sweep(a, b=-1.0, *, n=3):
    # add up
    total = 0.0
    i, (j, k) = 0, (1, 2)
    for i in range(n):
        if a[i] < b:
            continue
        # the middle
        total += a[i] * b**2 - a[i + 1 :].sum() / (j + k)
    while total > 10.0 and not b == 0:
        total = total / 2
        if total < 1:
            break
    if total < 0:
        return -total
    if n == 1:
        total = total + 1
    elif n == 2:
        a[0] = total
    else:
        a[1:-1] *= 0.5
    assert total >= 0, "positive"
    print("total", total)
    return total, a[i]


def classify(v, low, /, high):
    if v < low:
        v = low
    # not low
    elif v < high:
        pass
    else:
        v = high if low else -v
    return np.maximum(v, low).T @ np.abs(v)


def numbers():
    return 1, -2, 3.5, 1e-05, "text", None, True, [], {}, ()


@pytest.mark.parametrize("function", [sweep, classify, numbers])
def test_written_as_the_user_wrote_it(function):
    text = emit(core.Program((capture(function),), function.__name__)).text
    assert text.endswith("\n\n\n" + inspect.getsource(function))


def test_runs_as_a_file_of_its_own():
    text = emit(core.Program((capture(sweep),), "sweep")).text
    a, b = np.arange(5.0), np.arange(5.0)
    assert run(text, "sweep")(a, 0.5) == sweep(b, 0.5)
    assert np.array_equal(a, b)


def test_tail_is_written_without_else():
    branch = If(Op(operator.lt, (x, y)), (Return(x),), (Return(y),), tail=True)
    assert body_of(emit(program(branch)).text) == "if x < y:\n    return x\nreturn y"


def test_comment_before_elif_keeps_the_chain():
    inner = If(y, (Return(y),), (), origin=Origin("m.py", 3, comments=("# else, y",)))
    text = body_of(emit(program(If(x, (Return(x),), (inner,)))).text)
    assert text == "if x:\n    return x\n# else, y\nelif y:\n    return y"


def test_blank_lines_stand_between_statements_only():
    blank = Comment("")
    body = (blank, Assign(y, x), blank, blank, If(x, (blank, Comment("why"), blank)), blank)
    text = body_of(emit(program(*body)).text)
    assert text == "y = x\n\nif x:\n    # why\n    pass"


def test_comments_of_one_statement_stay_together():
    stmt = Assign(y, x, origin=Origin("m.py", 7, comments=("# one", "#two", "#")))
    assert body_of(emit(program(stmt)).text) == "# one\n#two\n#\ny = x"


def test_docstring():
    made = program(Return(x), doc='First "line".\n\nSecond \\ line.')
    text = emit(made).text
    assert inspect.getdoc(run(text, "f")) == 'First "line".\n\nSecond \\ line.'
    assert '    """First "line".\n' in text


def test_two_functions_are_two_lines_apart():
    one = core.Function("one", (), (Return(Const(1)),))
    two = core.Function("two", (), (Return(Op(core.FunctionRef("one"))),))
    text = emit(core.Program((one, two), "two")).text
    assert "    return 1\n\n\ndef two():\n    return one()\n" in text
    assert run(text, "two")() == 1


# ---------------------------------------------------------------------------------------------
# Long lines

LONG = [
    "x = " + " + ".join(f"some_value_{i} * other_value_{i}" for i in range(8)),
    "    return some_function(" + ", ".join(f"argument_{i}=value_{i}" for i in range(12)) + ")",
    "x = outer(" + " * ".join(f"inner_function_{i}(a, b)[i, j]" for i in range(8)) + ")",
    "    if " + " and ".join(f"condition_{i} < limit_{i}" for i in range(8)) + ":",
    "return " + ", ".join(f"gradient_{i}" for i in range(15)),
    "some_array[some_index, another_index] += "
    + " - ".join(f"np.dot(a{i}, b{i})" for i in range(9)),
    "for some_name in enumerate(" + ", ".join(f"argument_{i}" for i in range(12)) + "):",
    "x = first if " + " or ".join(f"condition_{i}[i] > 0" for i in range(8)) + " else second",
    "x = [" + ", ".join(f"({i}, -{i}, 'text, {i}')" for i in range(12)) + "]",
    "from somewhere import " + ", ".join(f"name_{i}" for i in range(16)),
]


@pytest.mark.parametrize("line", LONG)
def test_long_line_is_broken(line):
    lines = wrap(line)
    assert len(lines) > 1
    assert max(map(len, lines)) <= 100
    filler = "\n        pass" if line.endswith(":") else ""
    whole, broken = (textwrap.dedent(text) + filler for text in (line, "\n".join(lines)))
    assert ast.dump(ast.parse(whole)) == ast.dump(ast.parse(broken))


@pytest.mark.parametrize(
    "line", ["# " + "word " * 40, "x = " + "y" * 120, "x = '" + "text " * 30 + "'"]
)
def test_line_that_cannot_be_broken_keeps_its_words(line):
    words = " ".join(wrap(line)).replace("(", "").replace(")", "").split()
    assert words == line.split()


# ---------------------------------------------------------------------------------------------
# Names and what is needed from outside

RATE = 0.1
TABLE = np.arange(3.0)
LIMITS = (1.0, "a", None)


def scaled(v):
    """Scale."""
    return v * RATE * math.pi  # by the rate


def twice(v):
    return 2 * scaled(v)


squared = lambda v: v * v  # noqa: E731


def uses_outside(v):
    return twice(v) + squared(v) * RATE + TABLE[0] + LIMITS[0]


def test_what_is_used_from_outside_is_in_the_text():
    emitted = emit(core.Program((capture(uses_outside),), "uses_outside"))
    text = emitted.text
    assert "\nRATE = 0.1\n" in text
    assert f"\nfrom {__name__} import TABLE\n" in text
    assert "LIMITS = (1.0, 'a', None)\n" in text
    assert "return v * RATE * math.pi  # by the rate" in text
    assert "squared = lambda v: v * v\n" in text
    assert run(text, "uses_outside")(2.0) == uses_outside(2.0)
    assert {need.name for need in emitted.needs if need.captured} == {"RATE", "TABLE", "LIMITS"}
    assert {need.name: need.value for need in emitted.needs}["twice"] is twice


def test_value_that_text_cannot_hold_is_none():
    table = np.ones(2)

    def inside(v):
        return v * table

    text = emit(core.Program((capture(inside),), "inside")).text
    assert "table = None  # set by srcad when loaded\n" in text


def test_only_what_is_used_is_imported():
    text = emit(core.Program((capture(twice),), "twice")).text
    assert "numpy" not in text
    assert "import math\n" in text


def test_captured_values_of_one_name_are_told_apart():
    def function(name, value):
        body = (Assign(y, Op(operator.add, (x, Var("K")))), Return(y))
        return core.Function(name, (core.Param("x"),), body, {"K": value})

    functions = (function("one", 1.5), function("two", 2.5), function("K", 2.5))
    emitted = emit(core.Program(functions, "one"))
    assert run(emitted.text, "one")(1.0) == 2.5
    assert run(emitted.text, "two")(1.0) == 3.5
    assert run(emitted.text, "K")(1.0) == 3.5
    assert {need.original for need in emitted.needs} == {"K"}


def test_alias_where_the_users_names_clash():
    body = (Assign(Var("np"), x), Assign(Var("len"), y))
    value = Op(np.sin, (Op(len, (Var("np"),)), Op(scaled, (Var("scaled"),))))
    text = emit(program(*body, Return(value), params=("x", "y", "scaled"))).text
    assert "import numpy as _np\n" in text
    assert "_np.sin(builtins.len(np), _scaled(scaled))" in text


def test_users_word_for_a_function_is_kept():
    origin = Origin("m.py", 2, text="y = np.absolute(x)")
    assert "np.absolute(x)" in emit(program(Assign(y, Op(np.abs, (x,)), origin=origin))).text


def test_library_function_is_imported_from_where_people_find_it():
    special = pytest.importorskip("scipy.special")
    text = emit(program(Return(Op(special.expit, (Op(operator.itemgetter, (x,)),))))).text
    assert "from scipy.special import expit\n" in text
    assert "operator.itemgetter(x)" in text


def test_runtime_helpers_are_imported_by_name():
    from srcad import runtime

    helper = getattr(runtime, runtime.__all__[0])
    text = emit(program(Effect(Op(helper, (x, y))))).text
    assert f"from srcad.runtime import {helper.__name__}\n" in text


# ---------------------------------------------------------------------------------------------
# Header, line map, determinism


def test_header_says_what_from_what():
    request = Request(scaled, "value_and_grad", ("v",), True)
    text = emit(core.Program((capture(scaled),), "scaled"), request).text
    first = text.split("\n")[0]
    assert first == f'"""Value and gradient of `{__name__}.scaled` with respect to `v`.'


def test_line_map():
    emitted = emit(core.Program((capture(sweep),), "sweep"))
    lines = emitted.text.split("\n")
    start = inspect.getsourcelines(sweep)[1]
    source = inspect.getsource(sweep).split("\n")
    assert len(emitted.line_map) > 10
    for line in emitted.line_map[1:]:
        assert line.file == __file__
        assert lines[line.number - 1].strip() == source[line.line - start].strip()


def test_equal_programs_give_equal_text():
    texts = {emit(core.Program((capture(uses_outside),), "uses_outside")).text for _ in range(2)}
    assert len(texts) == 1
