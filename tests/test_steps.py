"""What `srcad.steps` prints of each step."""

import math
import textwrap

import numpy as np
import pytest

import srcad


def newton(a, steps):
    x = 1.0
    for _ in range(steps):
        x = 0.5 * (x + a / x)
    return x


def squares(v):
    y = v * v
    v = np.exp(y)
    return np.sum(v * y)


def half(x):
    return x / 2


def halved(x):
    return half(x) + 1.0


def overwritten(u, n):
    v = u[1:]
    for _ in range(n):
        u[1:-1] = u[1:-1] * u[2:]
        v[0] += u[0]
    return np.sum(u * v[0])


def down(x, n):
    if n == 0:
        return x
    return math.sin(down(x, n - 1))


def recursive(x):
    return down(x, 3)


def text(block):
    return textwrap.dedent(block).lstrip("\n")


@pytest.fixture
def steps(capsys):
    def quiet(f, *args, **options):
        found = srcad.steps(f, *args, **options)
        assert capsys.readouterr().out == str(found)
        return found

    return quiet


def test_all_steps_in_order(steps):
    found = steps(newton, 2.0, 4)
    names = "captured inlined typed prepared activity recorded ownership transformed simplified"
    heads = [line for line in str(found).splitlines() if line.startswith("== ")]
    assert [head.split()[1] for head in heads] == [*names.split(), "emitted"]
    assert repr(found).startswith("<srcad steps of grad_newton: captured, inlined, typed,")


def test_captured_and_inlined(steps):
    found = steps(halved, 1.0)
    assert found["captured"] == text("""
        def halved(x):
            return (half(x) + 1.0)
    """)
    assert found["inlined"] == text("""
        def halved(x):
            return ((x / 2) + 1.0)
    """)
    assert steps(newton, 2.0, 4)["inlined"] == "as before\n"


def test_kinds(steps):
    assert steps(squares, np.ones(3))["typed"] == text("""
        # v: float64 array of 1 dimension
        # result: float64
        def squares(v):
            y = (v * v)  # float64 array of 1 dimension
            v = exp(y)  # float64 array of 1 dimension
            return sum((v * y))  # float64
    """)


def test_activity_and_aliases(steps):
    assert steps(newton, 2.0, 4)["activity and aliases"] == text("""
        def newton(a, steps):
            x = 1.0  # active: a
            for _ in range(steps):  # active: a
                x = (0.5 * (x + (a / x)))  # active: a, x
            return x  # active: x
    """)
    shared = steps(overwritten, np.ones(4), 2)["activity and aliases"]
    assert "v[0] += u[0]  # active: u; may share memory: u~v" in shared


def test_recorded_values_and_why(steps):
    assert steps(newton, 2.0, 4)["recorded values"] == text("""
        steps: read by `for _ in range(steps)`: still held
        a: read by `x = 0.5 * (x + a / x)`: still held
        x: read by `x = 0.5 * (x + a / x)`: tape `x_tape`, before {itself} binds it anew
    """).format(itself="`x = 0.5 * (x + a / x)`")
    assert "second name `v_0`, before `v = np.exp(y)` binds it anew" in str(
        steps(squares, np.ones(3))["recorded values"]
    )
    recorded = steps(overwritten, np.ones(4), 2)["recorded values"]
    assert "tape `u_tape`, for what `u[1:-1] = u[1:-1] * u[2:]` overwrites" in recorded


def test_computed_again(steps):
    def scaled(x, n):
        total = 0.0
        for i in range(n):
            y = i * x
            total = total + math.sin(y)
        return total

    assert "y: read by `total = total + math.sin(y)`: computed again in each trip\n" in str(
        steps(scaled, 1.0, 3)["recorded values"]
    )


def test_ownership(steps):
    assert steps(newton, 2.0, 4)["ownership"] == "dx: a number\nda: a number\n"
    owned = steps(overwritten, np.ones(4), 2)["ownership"]
    assert "adjoint of v: linked, `du[1:]`\n" in owned
    assert "du: owned, set " in owned


def test_called_functions_have_their_own(steps):
    found = steps(recursive, 1.0)
    assert "def down(x, n):" in found["typed"]
    assert "x: read by" in found["recorded values `down`"] or "down" in found["transformed"]
    assert "def down_reverse(" in found["emitted"]


def test_core_and_text_of_the_derivative(steps):
    found = steps(newton, 2.0, 4)
    assert "x_tape.append(x)" in found["transformed"]
    assert "x_tape.append(x)" in found["simplified"]
    assert found["emitted"] == srcad.grad(newton).source_for(2.0, 4)


@pytest.mark.parametrize("mode", ["value_and_grad", "vjp", "jvp"])
def test_other_modes(steps, mode):
    found = steps(squares, np.ones(3), mode=mode)
    assert "np.exp(" in found["emitted"]
    assert ("recorded values" in found.sections) == (mode != "jvp")


def test_options(steps):
    def scaled(x, *, by):
        return x * by

    assert "dby" in steps(scaled, 2.0, by=3.0, argnums="by")["transformed"]
    with pytest.raises(srcad.errors.NotDifferentiable, match="cannot carry a derivative"):
        srcad.steps(newton, 2.0, 4, argnums=1)


def test_a_derivative_has_steps_too(steps):
    assert "def grad_newton(a, steps)" in steps(srcad.grad(newton), 2.0, 4)["captured"]
