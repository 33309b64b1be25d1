"""Quotients written out where they cancel, before and after."""

import textwrap

from srcad.kinds import FLOAT, Array, Dim
from srcad.simplify.cancel import cancel_quotients
from srcad.simplify.shapes import shape_of_another
from tests.core_notation import read_function, write_function

VECTOR = Array("float64", (Dim("n", 0, True),))
KINDS = dict.fromkeys(("x", "y", "dx", "dy", "d"), FLOAT)
KINDS |= dict.fromkeys(("u", "v", "du", "dv"), VECTOR)
GENERATED = frozenset({"dx", "dy", "d", "du", "dv"})


def check(simplify, before, after):
    function = read_function(before, **KINDS)
    assert write_function(simplify(function)) == textwrap.dedent(after).lstrip()


def cancelled(function):
    return cancel_quotients(function, GENERATED)


def test_a_quotient_cancels():
    check(
        cancelled,
        """
        def f(x, dx, dy):
            d = dy / (2 * x)
            dx += 2 * x * d
            return (dx, d)
        """,
        """
        def f(x, dx, dy):
            d = dy / (2 * x)
            dx += dy
            return (dx, d)
        """,
    )


def test_a_quotient_of_what_has_changed_stays():
    text = """
        def f(x, dx, dy):
            d = dy / (2 * x)
            x = x + 1.0
            dx += 2 * x * d
            return (dx, d)
        """
    check(cancelled, text, text)


def test_a_sum_that_takes_itself_away():
    check(
        cancelled,
        """
        def f(x, y, dx):
            dx -= dx + x * y
            return dx
        """,
        """
        def f(x, y, dx):
            dx = -x * y
            return dx
        """,
    )


def test_the_shape_of_another():
    check(
        shape_of_another,
        """
        def f(u):
            v = np.log(u)
            dv = np.zeros_like(v)
            return dv
        """,
        """
        def f(u):
            v = np.log(u)
            dv = np.zeros_like(u)
            return dv
        """,
    )


def test_a_value_that_is_read_lends_its_own_shape():
    text = """
        def f(u):
            v = np.log(u)
            dv = np.zeros_like(v)
            return (v, dv)
        """
    check(shape_of_another, text, text)
