"""Propagation and accumulation, before and after."""

import textwrap

from srcad.kinds import FLOAT, INT, Array, Dim
from srcad.simplify.accumulate import accumulate
from srcad.simplify.propagate import propagate
from tests.core_notation import read_function, write_function

VECTOR = Array("float64", (Dim("n", 0, True),))


def opaque(*args):
    """A user's function of which nothing is known."""


def generated(function):
    """In these tests srcad's own names start with d or t."""
    text = write_function(function)
    words = "".join(c if c.isalnum() or c == "_" else " " for c in text).split()
    return frozenset(w for w in words if w[0] in "dt")


def check(change, before, after, **kinds):
    kinds = {name: FLOAT for name in "xyzw"} | {"dx": FLOAT, "dy": FLOAT, "dz": FLOAT} | kinds
    kinds |= {"t": kinds.get("t", FLOAT), "du": VECTOR, "u": VECTOR, "dv": VECTOR}
    function = read_function(before, known={"opaque": opaque}, **kinds)
    got = write_function(change(function, generated(function)))
    assert got == textwrap.dedent(after).lstrip()


def test_another_name():
    check(
        propagate,
        """
        def f(x, dz):
            dy = dz
            dx = x * dy
            dw = dy + x
            return (dx, dw)
        """,
        """
        def f(x, dz):
            dx = x * dz
            dw = dz + x
            return (dx, dw)
        """,
    )


def test_into_loops_and_branches():
    check(
        propagate,
        """
        def f(x, n, dz):
            dy = dz
            dx = 0.0
            for i in range(n):
                if x > i:
                    dx += x * dy
            return dx
        """,
        """
        def f(x, n, dz):
            dx = 0.0
            for i in range(n):
                if x > i:
                    dx += x * dz
            return dx
        """,
    )


def unchanged(change, text, **kinds):
    check(change, text, text.replace("'y = x * x'", "# y = x * x"), **kinds)


def test_not_over_a_change_of_the_other_name():
    unchanged(
        propagate,
        """
        def f(x, dz):
            dy = dz
            dz = 2 * dz
            dx = dy * dz * dy
            return (dx, dx)
        """,
    )
    unchanged(
        propagate,
        """
        def f(x, n, dz):
            dy = dz
            dx = 0.0
            for i in range(n):
                dx += x * dy
                dz = 2 * dz
            return (dx, dz)
        """,
    )


def test_the_users_own_statements_stay():
    unchanged(
        propagate,
        """
        def f(x):
            y = x
            z = 2 * y
            return z
        """,
    )


def test_a_value_used_once():
    check(
        propagate,
        """
        def f(x, dz):
            t = x * dz
            dx = t + 1
            return dx
        """,
        """
        def f(x, dz):
            return x * dz + 1
        """,
    )


def test_a_call_only_into_the_next_statement():
    check(
        propagate,
        """
        def f(x, dz):
            t = opaque(x)
            dx = t
            dy = opaque(dz)
            dx += x
            dx += dy
            t = opaque(dx)
            return t
        """,
        """
        def f(x, dz):
            dx = opaque(x)
            dy = opaque(dz)
            dx += x
            dx += dy
            return opaque(dx)
        """,
    )


def test_not_into_a_loop_nor_out_of_its_group():
    unchanged(
        propagate,
        """
        def f(x, n, dz):
            t = x * dz
            dx = 0.0
            for i in range(n):
                dx += t
            return dx
        """,
    )
    unchanged(
        propagate,
        """
        def f(x, y, dz):
            'y = x * x'
            dy = x * dz
            'y = x * x'
            dx = 2 * x * dy
            return (dx, dx)
        """,
    )


def test_not_over_a_write_into_what_it_reads():
    unchanged(
        propagate,
        """
        def f(du):
            t = 2.0 * du[1]
            du[1] = 0.0
            du[0] += t
            return du
        """,
    )
    check(
        propagate,
        """
        def f(du):
            t = 2.0 * du[1]
            du[1] = t + 1
            return du
        """,
        """
        def f(du):
            du[1] = 2.0 * du[1] + 1
            return du
        """,
    )
    unchanged(
        propagate,
        """
        def f(u, dv):
            dv = u[1:]
            t = 2.0 * u
            dv[0] = 0.0
            dx = t + 1
            return (dx, dx)
        """,
        t=VECTOR,
    )
    unchanged(
        propagate,
        """
        def f(u):
            t = 2.0 * u
            opaque(u)
            dx = t + 1
            return (dx, dx)
        """,
        t=VECTOR,
    )


def test_not_where_an_object_is_written_into():
    unchanged(
        propagate,
        """
        def f(u):
            t = 2.0 * u
            t[0] = 1.0
            return t
        """,
        t=VECTOR,
    )


def test_not_what_a_loop_reads_again():
    unchanged(
        propagate,
        """
        def f(x, n):
            dx = 0.0
            dy = x
            for i in range(n):
                dx += dy
                dy = dx
            return dx
        """,
    )


def test_a_first_contribution():
    check(
        accumulate,
        """
        def f(x, dz):
            dx = 0.0
            dy = 2 * dz
            dx += x * dy
            dx -= -dy
            return dx
        """,
        """
        def f(x, dz):
            dy = 2 * dz
            dx = x * dy
            dx += dy
            return dx
        """,
    )


def test_a_first_contribution_inside_a_loop_is_not_the_first():
    unchanged(
        accumulate,
        """
        def f(x, n):
            dx = 0.0
            for i in range(n):
                dx += x
            return dx
        """,
    )


def test_a_first_contribution_to_an_array():
    check(
        accumulate,
        """
        def f(u, x):
            du = np.zeros_like(u)
            dv = np.zeros_like(u)
            du += u * x
            dv += u
            return (du, dv)
        """,
        """
        def f(u, x):
            dv = np.zeros_like(u)
            du = u * x
            dv += u
            return (du, dv)
        """,
    )


def test_an_integer_does_not_start_a_float():
    unchanged(
        accumulate,
        """
        def f(k):
            dx = 0.0
            dx += k
            return dx
        """,
        k=INT,
    )


def test_signs():
    check(
        accumulate,
        """
        def f(x, y, dz):
            dx = dz
            dx += -x * dz
            dx = dx + y
            dx -= -x - y
            du[0] += -x
            return dx
        """,
        """
        def f(x, y, dz):
            dx = dz
            dx -= x * dz
            dx += y
            dx += x + y
            du[0] -= x
            return dx
        """,
    )
