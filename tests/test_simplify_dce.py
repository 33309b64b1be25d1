"""Dead code, before and after."""

import textwrap

import pytest

from srcad.kinds import FLOAT, INT, UNKNOWN, Array, Dim, ListOf
from srcad.simplify.dce import remove_dead_code
from tests.core_notation import read_function, write_function

VECTOR = Array("float64", (Dim("n", 0, True),))


def opaque(*args):
    """A user's function of which nothing is known."""


def check(before, after, **kinds):
    function = read_function(before, known={"opaque": opaque}, **kinds)
    got = write_function(remove_dead_code(function))
    assert got == textwrap.dedent(after).lstrip()


def test_assignments():
    check(
        """
        def f(x):
            y = x * x
            z = x + 1
            w = y + z
            return z
        """,
        """
        def f(x):
            z = x + 1
            return z
        """,
    )


def test_overwritten_before_use():
    check(
        """
        def f(x):
            y = x * x
            y = x + 1
            return y
        """,
        """
        def f(x):
            y = x + 1
            return y
        """,
    )


def test_a_variable_that_only_feeds_itself():
    check(
        """
        def f(x, n):
            k = 0
            for i in range(n):
                k = k + 1
                x = x * 2
            return x
        """,
        """
        def f(x, n):
            for i in range(n):
                x = x * 2
            return x
        """,
    )


def test_dead_loops_and_branches():
    check(
        """
        def f(x, n):
            y = x
            for i in range(n):
                y += x
                if y > 3:
                    break
            while n > 0:
                n = n - 1
            if x > 0:
                z = 1
            else:
                z = 2
            return x
        """,
        """
        def f(x, n):
            return x
        """,
        x=FLOAT,
        y=FLOAT,
        n=INT,
    )


def test_jumps_of_a_needed_loop_stay():
    check(
        """
        def f(x, n):
            for i in range(n):
                k = i
                if x > 9:
                    k = 2
                    break
                x = x * 2
            return x
        """,
        """
        def f(x, n):
            for i in range(n):
                if x > 9:
                    break
                else:
                    x = x * 2
            return x
        """,
    )


def test_the_target_of_a_loop():
    check(
        """
        def f(n):
            i = 0
            for i in range(n):
                k = i
            return i
        """,
        """
        def f(n):
            i = 0
            for i in range(n):
                pass
            return i
        """,
    )


def test_one_branch_dead():
    check(
        """
        def f(x):
            y = 1.0
            if x > 0:
                z = 1
            else:
                y = 2.0
            return y
        """,
        """
        def f(x):
            y = 1.0
            if not x > 0:
                y = 2.0
            return y
        """,
    )


def test_effects_stay():
    check(
        """
        def f(x):
            y = opaque(x)
            z = 1 + opaque(x)
            print(x)
            assert x > 0
            if opaque(x):
                z = 2
            if x > 3:
                raise ValueError('x')
            return x
        """,
        """
        def f(x):
            opaque(x)
            1 + opaque(x)
            print(x)
            assert x > 0
            opaque(x)
            if x > 3:
                raise ValueError('x')
            else:
                return x
        """,
    )


def test_stores_into_arrays_nobody_reads():
    check(
        """
        def f(x):
            u = np.zeros(3)
            u[0] = x
            u[1] += x
            u += 1
            v = u[1:]
            v[0] = 3.0
            y = np.zeros_like(u)
            return y
        """,
        """
        def f(x):
            u = np.zeros(3)
            y = np.zeros_like(u)
            return y
        """,
        u=VECTOR,
        v=VECTOR,
        y=VECTOR,
        x=FLOAT,
    )


def test_stores_through_aliases():
    text = """
        def f(x):
            u = np.zeros(3)
            v = u[1:]
            w = v
            w[0] = x
            return u
        """
    check(text, text, u=VECTOR, v=VECTOR, w=VECTOR, x=FLOAT)


def test_stores_into_arguments_stay():
    text = """
        def f(u, x):
            v = u[1:]
            v[0] = x
        """
    check(text, text, u=VECTOR, v=VECTOR, x=FLOAT)


def test_a_copy_on_entry_goes_with_the_stores_into_it():
    check(
        """
        def f(u, x):
            u = u.copy()
            u[0] = x
            return x
        """,
        """
        def f(u, x):
            return x
        """,
        u=VECTOR,
        x=FLOAT,
    )


def test_tapes_nobody_needs():
    check(
        """
        def f(x, n):
            y_tape = []
            z_tape = []
            for i in range(n):
                y_tape.append(x)
                z_tape.append(x)
                x = x * 2
            dx = 1.0
            for i in range(n):
                x = y_tape.pop()
                z = z_tape.pop()
                dx = dx * z
            return dx
        """,
        """
        def f(x, n):
            z_tape = []
            for i in range(n):
                z_tape.append(x)
                x = x * 2
            dx = 1.0
            for i in range(n):
                z = z_tape.pop()
                dx = dx * z
            return dx
        """,
        x=FLOAT,
        z=FLOAT,
        dx=FLOAT,
    )


def test_one_pop_keeps_the_others():
    check(
        """
        def f(x):
            t = []
            t.append(x)
            t.append(x + 1)
            a = t.pop()
            b = t.pop()
            return b
        """,
        """
        def f(x):
            t = []
            t.append(x)
            t.append(x + 1)
            t.pop()
            b = t.pop()
            return b
        """,
        x=FLOAT,
        a=FLOAT,
        b=FLOAT,
    )


def test_a_tape_that_counts_trips():
    text = """
        def f(x):
            t = []
            while x > 1:
                t.append(x)
                x = x / 2
            dx = 1.0
            while t:
                x = t.pop()
                dx = dx / 2
            return dx
        """
    check(text, text.replace("x = t.pop()", "t.pop()"), x=FLOAT, dx=FLOAT)


def test_a_tape_whose_loop_is_dead():
    check(
        """
        def f(x):
            t = []
            while x > 1:
                t.append(x)
                x = x / 2
            while t:
                x = t.pop()
                y = x
            return 1.0
        """,
        """
        def f(x):
            return 1.0
        """,
        x=FLOAT,
        y=FLOAT,
    )


def test_comments_go_with_their_statements():
    check(
        """
        def f(x):
            'y = x'
            y = x
            'z = x'
            z = x
            'two heads'
            'w = z'
            w = z + 1
            return w
        """,
        """
        def f(x):
            # z = x
            z = x
            # two heads
            # w = z
            w = z + 1
            return w
        """,
    )


def test_parts_of_tuples():
    check(
        """
        def f(x):
            a, b = x, x + 1
            c, d = divmod(x, 2)
            return a + c
        """,
        """
        def f(x):
            a = x
            (c, _) = divmod(x, 2)
            return a + c
        """,
    )


def test_lists_of_arrays_share_memory():
    text = """
        def f(x):
            u = np.zeros(3)
            kept = []
            kept.append(u)
            u[0] = x
            return kept
        """
    check(text, text, u=VECTOR, kept=ListOf(VECTOR), x=FLOAT)


@pytest.mark.parametrize("kind", [FLOAT, UNKNOWN, VECTOR])
def test_in_place_addition_to_a_name(kind):
    check(
        """
        def f(x):
            y = x * 2
            y += x
            z = x * 2
            z += y
            return y
        """,
        """
        def f(x):
            y = x * 2
            y += x
            return y
        """,
        x=kind,
        y=kind,
        z=kind,
    )
