"""Signs and numbers moved through temporaries, before and after."""

import textwrap

from srcad.kinds import FLOAT, Array, Dim
from srcad.simplify.signs import move_signs
from tests.core_notation import read_function, write_function

VECTOR = Array("float64", (Dim("n", 0, True),))
KINDS = dict.fromkeys(("x", "y", "dx", "dy", "dz", "t"), FLOAT)
KINDS |= dict.fromkeys(("u", "du", "d", "d2", "d3"), VECTOR)
GENERATED = frozenset({"dx", "dy", "dz", "du", "d", "d2", "d3", "t"})


def check(before, after):
    function = read_function(before, **KINDS)
    assert write_function(move_signs(function, GENERATED)) == textwrap.dedent(after).lstrip()


def test_signs():
    check(
        """
        def f(x, y, dz, dx, dy):
            t = -dz
            dx += x * t
            dy -= y * t
            return (dx, dy)
        """,
        """
        def f(x, y, dz, dx, dy):
            t = dz
            dx -= x * t
            dy += y * t
            return (dx, dy)
        """,
    )


def test_signs_through_further_temporaries():
    check(
        """
        def f(u, x, dx, du):
            d = du[1:] * 1.0
            d2 = -d
            d3 = u[1:] * d2
            du[1:] = d + x * d3
            dx += np.sum(d3)
            du[1:] += d2
            return (du, dx)
        """,
        """
        def f(u, x, dx, du):
            d = du[1:] * 1.0
            d2 = d
            d3 = u[1:] * d2
            du[1:] = d - x * d3
            dx -= np.sum(d3)
            du[1:] -= d2
            return (du, dx)
        """,
    )


def test_a_sign_stays_where_it_would_come_back():
    text = """
        def f(x, y, dz):
            t = -dz
            dx = x * t
            dy = y * t
            return (dx, dy)
        """
    check(text, text)


def test_no_other_name_for_an_array_that_changes():
    text = """
        def f(u, d, dx, dy):
            d2 = -d
            d[0] = 1.0
            dx += np.sum(d2)
            dy += np.sum(u * d2)
            return (dx, dy)
        """
    check(text, text)


def test_numbers():
    check(
        """
        def f(du):
            t = du[1]
            du[1] = 0.0
            du[0] += 0.5 * t
            du[2] += 0.5 * t
            return du
        """,
        """
        def f(du):
            t = 0.5 * du[1]
            du[1] = 0.0
            du[0] += t
            du[2] += t
            return du
        """,
    )
    text = """
        def f(du):
            t = du[1]
            du[0] += 0.5 * t
            du[2] += 0.25 * t
            return du
        """
    check(text, text)
