"""Sharing and branches, before and after."""

import textwrap

from srcad.kinds import FLOAT, Array, Dim
from srcad.names import Names
from srcad.simplify.branches import merge_branches, return_early
from srcad.simplify.copies import drop_copies
from srcad.simplify.share import share
from tests.core_notation import read_function, write_function

VECTOR = Array("float64", (Dim("n", 0, True),))
NUMBERS = {name: FLOAT for name in ("x", "y", "dx", "dy", "dz")}
ARRAYS = {name: VECTOR for name in ("u", "du", "dv")}
GENERATED = frozenset({"dx", "dy", "dz", "du", "dv"})


def check(change, before, after):
    function = read_function(before, **NUMBERS, **ARRAYS)
    assert write_function(change(function)) == textwrap.dedent(after).lstrip()


def shared(function):
    return share(function, GENERATED, Names({"x", "y", "u"}).fresh)[0]


def early(function):
    return return_early(function, GENERATED)


def test_a_costly_value():
    check(
        shared,
        """
        def f(x, dz):
            dx = math.exp(-x) * dz
            dy = 2 + math.exp(-x)
            return (dx, dy)
        """,
        """
        def f(x, dz):
            exp_neg_x = math.exp(-x)
            dx = exp_neg_x * dz
            dy = 2 + exp_neg_x
            return (dx, dy)
        """,
    )


def test_a_value_that_has_a_name():
    check(
        shared,
        """
        def f(x, dz):
            y = math.exp(x)
            dx = math.exp(x) * dz
            return (dx, y)
        """,
        """
        def f(x, dz):
            y = math.exp(x)
            dx = y * dz
            return (dx, y)
        """,
    )


def test_a_later_name_moves_up():
    check(
        shared,
        """
        def f(u, dz):
            dx = np.sum(np.exp(u)) * dz
            du = np.exp(u)
            dy = np.sum(du)
            return (dx, dy)
        """,
        """
        def f(u, dz):
            du = np.exp(u)
            dx = np.sum(du) * dz
            dy = np.sum(du)
            return (dx, dy)
        """,
    )


def test_the_users_own_statements_stay():
    check(
        shared,
        """
        def f(x, dz):
            dx = math.exp(x) * dz
            y = math.exp(x)
            dy = math.exp(x) + y
            return (dx, dy)
        """,
        """
        def f(x, dz):
            exp_x = math.exp(x)
            dx = exp_x * dz
            y = math.exp(x)
            dy = exp_x + y
            return (dx, dy)
        """,
    )


def test_arithmetic_only_where_it_is_written_three_times():
    text = """
        def f(x, dz):
            dx = x * dz + 1 + 2 * y
            dy = x * dz + 1 + 3 * y
            return (dx, dy)
        """
    check(shared, text, text)
    check(
        shared,
        """
        def f(x, dz):
            dx = 2 * (x * dz + 1)
            dy = 3 * (x * dz + 1)
            dy += 4 * (x * dz + 1)
            return (dx, dy)
        """,
        """
        def f(x, dz):
            total = x * dz + 1
            dx = 2 * total
            dy = 3 * total
            dy += 4 * total
            return (dx, dy)
        """,
    )


def test_not_over_a_change():
    text = """
        def f(x, dz):
            dx = math.exp(x) * dz
            x = x + 1
            dy = math.exp(x) * dz
            return (dx, dy)
        """
    check(shared, text, text)
    text = """
        def f(u, dz):
            dx = np.sum(u) * dz
            u[0] = 1.0
            dy = np.sum(u) * dz
            return (dx, dy)
        """
    check(shared, text, text)


def test_not_what_is_evaluated_under_a_condition():
    text = """
        def f(x, dz):
            dx = math.log(x) if x > 0 else 1.0
            dy = math.log(x) if x > 0 else 2.0
            return (dx, dy)
        """
    check(shared, text, text)


def test_not_one_array_under_two_names():
    text = """
        def f(u):
            du = np.exp(u)
            dv = np.exp(u)
            dv[0] = 0.0
            return (du, dv)
        """
    check(shared, text, text)


def test_neighbouring_branches():
    check(
        merge_branches,
        """
        def f(x, y):
            if not x > 0:
                y = 2 * x
            if x > 0:
                dx = 1.0
            else:
                dx = y
            return dx
        """,
        """
        def f(x, y):
            if not x > 0:
                y = 2 * x
                dx = y
            else:
                dx = 1.0
            return dx
        """,
    )
    text = """
        def f(x, y):
            if x > 0:
                x = 2 * x
            if x > 0:
                y = 1.0
            return y
        """
    check(merge_branches, text, text)


def test_a_test_whose_object_changes():
    text = """
        def f(x, t):
            if t:
                t.pop()
            if t:
                x = t.pop()
            return x
        """
    check(merge_branches, text, text)


def test_a_branch_that_only_sets_constants():
    check(
        early,
        """
        def f(x):
            if x > 0:
                dx = 0.0
            else:
                dx = x
                dx += 1
            return dx
        """,
        """
        def f(x):
            if x > 0:
                dx = 0.0
                return dx
            else:
                dx = x
                dx += 1
                return dx
        """,
    )


def test_a_copy_that_protects_nothing():
    check(
        drop_copies,
        """
        def f(u, x):
            u = u.copy()
            dx = np.sum(u) * x
            du = np.ones_like(u)
            return (dx, du)
        """,
        """
        def f(u, x):
            dx = np.sum(u) * x
            du = np.ones_like(u)
            return (dx, du)
        """,
    )


def test_copies_that_protect():
    for line in ("u[0] = 1.0", "u += 1.0", "du = u[1:]\n            du[0] = 1.0", "return u[1:]"):
        text = f"""
        def f(u, x):
            u = u.copy()
            {line}
        """
        check(drop_copies, text, text)
