"""Exceptions and contexts: try, raise, assert, with."""

from tests.constructs.construct import table

TABLE = table("""
== try without an exception
try:
    y = math.sqrt(x) * x
except ValueError:
    y = 0.0

== try with an exception raised and handled
try:
    y = math.sqrt(-x)
except ValueError:
    y = x * x

== try that keeps what was done before the exception
u = x
try:
    u = u * x
    u = u + [1.0][3]
except IndexError:
    u = u * 2.0
y = u * x

== try with an exception in a loop
y = 0.0
for v in (x, -x, 2.0 * x):
    try:
        y += math.sqrt(v)
    except ValueError as error:
        y -= v * x

== try with an exception of a called function
class Diverged(Exception):
    pass
def solve(v):
    if v > 1.0:
        raise Diverged(f"at {v}")
    return v * v
--
try:
    y = solve(2.0 * x + 1.0)
except Diverged:
    y = solve(0.5 * x)

== try with a value in the exception
class Overflow(Exception):
    def __init__(self, value):
        super().__init__("overflow")
        self.value = value
--
try:
    if x > -5.0:
        raise Overflow(x * x)
    y = x
except Overflow as error:
    y = error.value * 2.0

== try with several handlers
y = 0.0
for key in ("u", "q", 7):
    try:
        y += {"u": x}[key] * len(key)
    except KeyError:
        y += 2.0 * x
    except (TypeError, IndexError) as error:
        y += x * x

== try with else
try:
    u = math.log(x + 1.0)
except ValueError:
    u = 0.0
else:
    u = u * x
y = u + x

== try with finally
u = x
try:
    u = u * x
finally:
    u = u + 0.5 * x
    LOG.append("done")
y = u

== try with all its parts
y = 0.0
for v in (x, -x):
    try:
        r = math.sqrt(v)
    except ValueError:
        r = 0.1 * v
    else:
        r = r * r * x
    finally:
        y += v * v
        LOG.append("tried")
    y += r

== try with a return in a function
def safe_root(v):
    try:
        return math.sqrt(v)
    except ValueError:
        return -v
    finally:
        LOG.append("rooted")
--
y = safe_root(x) + safe_root(-2.0 * x)

== try in a try
try:
    try:
        y = math.log(-x)
    except ZeroDivisionError:
        y = 1.0
except ValueError:
    y = x**3

== try that raises anew
def inner(v):
    try:
        return math.sqrt(-v)
    except ValueError as error:
        raise RuntimeError("bad") from error
--
try:
    y = inner(x)
except RuntimeError:
    y = 3.0 * x

== try with a bare raise
def inner(v):
    try:
        return {}[v]
    except KeyError:
        LOG.append("missed")
        raise
--
try:
    y = inner(x)
except LookupError:
    y = x * x

== try around a loop with break
y = x
try:
    for k in range(5):
        y = y * 1.2
        if y > 1.1:
            raise StopIteration
except StopIteration:
    y = y + x

== with a user context manager
class Scope:
    def __init__(self, name):
        self.name = name

    def __enter__(self):
        LOG.append("in " + self.name)
        return self

    def __exit__(self, kind, error, trace):
        LOG.append("out " + self.name)
        return False
--
with Scope("fit") as scope:
    y = x * x
y = y * len(scope.name)

== with a context manager that gives an active value
class Scaled:
    def __init__(self, k):
        self.k = k

    def __enter__(self):
        return self.k * 2.0

    def __exit__(self, *exc):
        LOG.append("left")
--
with Scaled(x) as k:
    y = k * x

== with contextlib.contextmanager
@contextlib.contextmanager
def timed(label):
    LOG.append("start " + label)
    yield len(label)
    LOG.append("stop " + label)
--
with timed("solve") as n:
    y = x**n

== with np.errstate
with np.errstate(divide="ignore", invalid="ignore"):
    y = np.log(x) * x + np.float64(1.0) / (x + 1.0)

== with contextlib.suppress
y = x
with contextlib.suppress(ValueError):
    y = y * x
    y = y + math.sqrt(-x)

== with several managers
with contextlib.nullcontext(2.0) as u, contextlib.nullcontext(x) as v:
    y = u * v * x

== with in a loop and a break
y = 0.0
for k in range(4):
    with np.errstate(all="ignore"):
        y += x**k
        if y > 1.5:
            break

== with that swallows an exception
class Guard:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        return kind is ZeroDivisionError
--
y = x
with Guard():
    y = x * x
    y = y / 0
y = y * 2.0

== with warnings.catch_warnings
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    y = x * math.sin(x)

== assert
assert x > -10.0, "too small"
assert isinstance(x, float)
y = x * x

== raise on a path not taken
if x > 100.0:
    raise ValueError(f"x is {x}")
y = x * x

== raise in a function not taken
def checked(v):
    if v < -5.0:
        raise RuntimeError("negative")
    return math.sqrt(v + 5.0)
--
y = checked(x) * x
""")
