"""`try` and `with`: what is caught, what passes, what is done on the way, in both modes."""

import contextlib
import io
import math
import os
import threading
import traceback
import warnings

import numpy as np
import pytest

import srcad
from srcad.errors import SrcadError, UnsupportedConstruct
from tests.differences import check

A = np.array([0.3, 1.2, -0.4, 0.8])
LOG = []


class Timer:
    """A context that notes what happens to it."""

    def __init__(self, name="timer"):
        self.name = name

    def __enter__(self):
        LOG.append(f"enter {self.name}")
        return self

    def __exit__(self, kind, error, where):
        LOG.append(f"leave {self.name} {kind and kind.__name__}")


class Swallowing(Timer):
    def __exit__(self, kind, error, where):
        return True


@contextlib.contextmanager
def noted(name):
    LOG.append(name)
    try:
        yield len(name)
    finally:
        LOG.append(f"{name} done")


def inverse(x):
    if x > 1:
        raise ValueError("too big")
    return 1 / x


# ---------------------------------------------------------------------------------------------
# try


def caught_or_not(x, y):
    try:
        z = math.sqrt(x - 1.0)
    except ValueError:
        z = y
    return z * x


def returns_inside(x, y):
    try:
        return math.sqrt(x - 1.0) * y
    except ValueError:
        return x * y * y


def several_statements(x, y):
    try:
        r = x / y
        s = math.sqrt(r - 1.2)
        out = s * r
    except (ZeroDivisionError, ValueError):
        out = x * x
    return out * y


def in_a_loop(x, y):
    s = 0.0
    for k in range(-1, 3):
        try:
            r = x / k
            s += r * y
            q = math.log(s)
        except ZeroDivisionError:
            s += x
            continue
        except ValueError as e:
            s = s * s + len(str(e)) * 0.1
        else:
            s += q
        s = s * x
    return s


def else_and_finally(x, y):
    try:
        z = inverse(x)
    except ValueError:
        return x * y
    else:
        z = z * y
    finally:
        LOG.append("finally")
    return z * x


def active_finally(x, y):
    try:
        z = x * y
        if z > 100:
            return z
    finally:
        y = y * x
    return z * y


def raises_itself(x, y):
    try:
        if x > 0.5:
            raise KeyError("k")
        z = x * y
    except KeyError as error:
        z = x * x * y + len(error.args)
    return z * x


def nested(x, y):
    try:
        try:
            z = inverse(x * 2)
        except ZeroDivisionError:
            z = 0.0
        except ValueError as e:
            raise TypeError("t") from e
    except TypeError:
        z = y * x * x
    return z * x


def raised_again(x, y):
    try:
        try:
            z = inverse(x)
        except ValueError:
            y = y * y
            raise
        finally:
            y = y * x
    except ValueError:
        z = x * y
    return z * y


def jumps(x, y):
    s = 0.0
    for k in range(4):
        try:
            if k == 2:
                break
            s += inverse(x) * k
        except ValueError:
            s += x * y * k
        finally:
            s = s * y
    return s


def until_the_end(x, y):
    i, total = 0, 0.0
    while True:
        try:
            total += 1.0 / (x - i * 0.5)
            i += 1
            if i > 3:
                raise StopIteration
        except StopIteration:
            break
    return total * y


def look_ups(x, y):
    try:
        v = {"a": x}["b"]
    except LookupError:
        v = y
    try:
        u = [x, y][5]
    except:  # noqa: E722
        u = x * v
    return u * v


def asserts(x, y):
    try:
        assert x < 1, "no"
        return x * y
    except AssertionError as e:
        return x * x * y * len(e.args)


def rebinding(x, y):
    z = x
    try:
        z = z * y
        z = math.sqrt(z - 0.5)
        z = z * z
    except ValueError:
        z = z * z * z
    return z * x


def appends(x, y):
    items = []
    for k in range(3):
        try:
            items.append(inverse(x * k) * y)
        except (ValueError, ZeroDivisionError):
            items.append(x)
    return items[0] * items[1] * items[2]


def of_called(x, y):
    return safe(x, y) * safe(y, x)


def safe(a, b):
    try:
        return inverse(a) * b
    except ValueError:
        return a * b * b


def suppressed(x, y):
    with Timer(), contextlib.suppress(ValueError, ZeroDivisionError):
        y = inverse(x) * y
        x = x * y
    return x * y


def missing_file(x, y):
    try:
        with open("/no/such/file") as file:
            x = x * len(file.read())
    except FileNotFoundError:
        x = x * y
    return x


# ---------------------------------------------------------------------------------------------
# with


def ignored_division(x, y):
    with np.errstate(divide="ignore"):
        z = np.log(x) * y
        return z * z


def quiet(x, y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        z = np.log(np.array([x, -1.0]))[0] * y
    return z * x


def several_contexts(x, y):
    with Timer("a") as t, noted("abc") as n:
        z = x * y * n
        if z > 5.0:
            return z * len(t.name)
        z = z * x
    return z


def locks_and_files(x, y):
    lock = threading.Lock()
    with lock:
        z = x * y
    with open(os.devnull, "w") as file:
        print("hello", z, file=file)
        z = z * x
    return z


def contexts_in_a_loop(x, y):
    s = 0.0
    for k in range(4):
        with np.errstate(all="ignore"):
            if k == 1:
                continue
            v = np.exp(x * k)
            if v > 30:
                break
            s += v * y
    else:
        s = s * 2.0
    return s * x


def null_context(x, y):
    with contextlib.nullcontext(x * y) as z:
        z = z * x
    with contextlib.redirect_stdout(io.StringIO()):
        print(z)
    return z


TRIES = [
    *(caught_or_not, returns_inside, several_statements, in_a_loop, else_and_finally),
    *(active_finally, raises_itself, nested, raised_again, jumps, until_the_end, look_ups),
    *(asserts, rebinding, appends, of_called, suppressed, missing_file),
]
CONTEXTS = [
    *(ignored_division, quiet, several_contexts, locks_and_files, contexts_in_a_loop),
    null_context,
]


@pytest.mark.parametrize("x", [0.4, 1.1])
@pytest.mark.parametrize("f", [*TRIES, *CONTEXTS], ids=lambda f: f.__name__)
def test_derivatives(f, x):
    check(f, x, 0.7)


@pytest.mark.parametrize("f", [*TRIES, *CONTEXTS], ids=lambda f: f.__name__)
def test_in_loop_and_branch(f):
    def looped(x, y):
        total = 0.0
        for k in range(3):
            if k != 1:
                total += f(x + 0.4 * k, y) * x
            else:
                x = x * 1.1
        return total

    check(looped, 0.4, 0.7)


def arrays_in_place(a, x):
    out = np.zeros(4)
    for k in range(6):
        try:
            out[k] = a[k] * x
            out[k] = out[k] * inverse(out[k] + 0.7)
        except (IndexError, ValueError):
            out[0] += x * x
    return np.sum(out * a)


def retries(a, x):
    step, v = x, 1.0
    for k in range(5):
        try:
            w = math.log(v - step)
        except ValueError:
            step = step * 0.5
            continue
        v = v + w * step * a[k % 4]
    return v * step


def grows_until_it_ends(a, x):
    k, s = 0, 0.0
    while True:
        try:
            s += a[k] * x
        except IndexError:
            break
        k += 1
    return s * s


def missing_key(d, x):
    try:
        v = d["q"]
    except KeyError:
        v = x * x
    return v * d["p"]


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (arrays_in_place, (A, 0.7)),
        (retries, (A, 1.7)),
        (grows_until_it_ends, (A, 0.7)),
        (missing_key, ({"p": 1.0, "q": 2.0}, 0.7)),
        (missing_key, ({"p": 1.0}, 0.7)),
    ],
)
def test_containers(f, args):
    check(f, *args)


# ---------------------------------------------------------------------------------------------
# What is seen from outside


@pytest.mark.parametrize("f", [else_and_finally, several_contexts, suppressed])
@pytest.mark.parametrize("x", [0.4, 1.1])
def test_effects_happen_once_and_in_order(f, x):
    def log_of(call):
        LOG.clear()
        call()
        return list(LOG)

    wanted = log_of(lambda: f(x, 0.7))
    assert wanted
    assert log_of(lambda: srcad.value_and_grad(f)(x, 0.7)) == wanted
    assert log_of(lambda: srcad.jvp(f, (x, 0.7), (1.0, 1.0))) == wanted


def passes(x):
    with Timer("outer"):
        try:
            try:
                y = inverse(x)
            except KeyError:
                y = 0.0
            return y * x
        finally:
            LOG.append("cleaned up")


def test_an_exception_that_nobody_catches_is_the_users_own():
    for call in (passes, srcad.grad(passes)):
        LOG.clear()
        with pytest.raises(ValueError, match="too big") as caught:
            call(2.0)
        assert LOG == ["enter outer", "cleaned up", "leave outer ValueError"]
    frames = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert any("inverse" in name for name in frames)


def test_try_reads_as_it_was_written():
    text = srcad.grad(caught_or_not).source_for(2.0, 3.0)
    assert (
        "    try:\n        z = math.sqrt(x - 1.0)\n    except ValueError:\n"
        "        caught = True\n        z = y\n" in text
    )


def test_a_context_that_swallows_is_refused():
    def f(x):
        with Swallowing():
            x = inverse(x)
        return x

    with pytest.raises(UnsupportedConstruct, match="`Swallowing` may swallow an exception"):
        srcad.grad(f)(2.0)


def test_a_context_that_swallows_unseen_is_found_out():
    def f(x, context):
        with context:
            x = inverse(x)
        return x

    assert srcad.grad(f)(0.5, contextlib.nullcontext()) == -4.0
    with pytest.raises(RuntimeError, match="a context has swallowed an exception"):
        srcad.grad(f)(2.0, contextlib.suppress(ValueError))


def half_done(x):
    a = np.zeros(2)
    try:
        fill(a, x)
    except ValueError:
        a[1] = x * x
    return a[0] * a[1]


def fill(a, x):
    a[0] = x
    if x > 1:
        raise ValueError
    a[1] = x


def test_a_call_that_may_be_half_done_is_refused():
    with pytest.raises(SrcadError, match="it may be half done when an exception is caught"):
        srcad.grad(half_done)(2.0)


def finally_is_done_whole(x, y):
    s, t = x, y
    try:
        try:
            raise KeyError("k")
        except LookupError:
            try:
                t = inverse(s)
            except ZeroDivisionError:
                t = 0.0
            finally:
                s = s * 0.3
                t = y * y
            raise
    except (ValueError, KeyError):
        return s * t
    return s


def raises_in_a_loop_with_else(x, y):
    total = 0.0
    try:
        for k in range(3):
            total += inverse(x - 0.1 * k)
        else:
            total += [x, y][k] * x
    except (ValueError, IndexError):
        total = total * y + x * x
    return total


def perhaps_bound_before(x, y):
    s = x
    if y > 100:
        w = x * y
        s = w * w
    w = s * x
    return w * w


@pytest.mark.parametrize("x", [0.4, 1.1])
@pytest.mark.parametrize(
    "f", [finally_is_done_whole, raises_in_a_loop_with_else, perhaps_bound_before]
)
def test_derivatives_of_entangled_ones(f, x):
    check(f, x, 0.7)
