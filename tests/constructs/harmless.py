"""What is not differentiable but harmless: printing, logging, timing, counters, checks, draws."""

from tests.constructs.construct import table

TABLE = table('''
== print
print("x is", round(x, 2), sep=" ", end="!\\n")
y = x * x
print(f"y = {y:.4f}")

== print in a loop
y = x
for k in range(3):
    y = y * x + 0.1
    if k % 2 == 0:
        print(k, y)

== logging
logger = logging.getLogger("model")
--
logger.debug("x %s", x)
y = x * x
logging.getLogger(__name__).info("y %f", y)

== logging through a global list
LOG.append(("start", 1))
y = x * x
LOG.append(("stop", round(y, 3)))

== progress bar of the user
def progress(items, width=10):
    for n, item in enumerate(items):
        LOG.append("." * n)
        yield item
--
y = x
for k in progress(range(3)):
    y = y * x + 0.1

== timing
start = time.perf_counter()
y = x * math.sin(x)
elapsed = time.perf_counter() - start
assert elapsed >= 0.0

== counter in a global dict
COUNTS = {"calls": 0}
--
COUNTS["calls"] += 1
y = x * x

== counter attribute of a global object
class Stats:
    calls = 0
STATS = Stats()
--
STATS.calls += 1
LOG.append(1)
y = x * x

== assertions and shape checks (a)
assert a.ndim == 1 and a.shape == (4,), a.shape
if a.shape[0] != 4:
    raise ValueError(f"expected 4, got {a.shape}")
assert np.all(np.isfinite(a))
assert len(a) == a.size and a.dtype == np.float64
y = np.sum(a * a)

== isinstance and type checks
if not isinstance(x, (int, float)):
    raise TypeError(type(x).__name__)
y = x * x if type(x) is float or callable(x) else x * x

== random draws from a seeded generator
rng = np.random.default_rng(3)
y = 0.0
for _ in range(3):
    y += x * rng.normal() + 0.1 * x * x * rng.uniform(0.5, 1.5)

== random draws of arrays (a)
rng = np.random.default_rng(7)
noise = rng.standard_normal(4)
order = rng.permutation(4)
y = np.sum((a + 0.1 * noise) ** 2 * a[order])

== random draws from the standard library
import random
--
r = random.Random(5)
y = x * r.random() + x * x * r.gauss(0.0, 1.0) + r.choice([1.0, 2.0]) * x

== random choice of a branch
rng = np.random.default_rng(11)
y = x
for _ in range(4):
    if rng.random() < 0.5:
        y = y * x
    else:
        y = y + x

== random dropout mask (a)
rng = np.random.default_rng(0)
keep = rng.random(4) < 0.7
y = np.sum(np.where(keep, a, 0.0) ** 2 / 0.7)

== file written
import io
FILE = io.StringIO()
--
FILE.write("called\\n")
FILE.write(f"{x:.2f}\\n")
y = x * x

== file written in a with block
import os, tempfile
--
path = os.path.join(tempfile.gettempdir(), "srcad_construct.txt")
with open(path, "w") as file:
    file.write(f"{x}\\n")
y = x * x

== history of floats for plotting
history = []
y = x
for _ in range(3):
    y = 0.5 * y + x * y
    history.append(float(y))
LOG.append(len(history))

== history of values that is returned to nobody (a)
trace = {"loss": [], "step": []}
b = a.copy()
for k in range(3):
    b = b - 0.1 * b * a
    trace["loss"].append(np.sum(b * b))
    trace["step"].append(k)
y = trace["loss"][-1]

== warnings.warn on a path not taken
if x > 50.0:
    warnings.warn("large x")
y = x * x

== docstrings and comments
def model(v):
    """A model.

    Of one line.
    """
    # the square
    return v * v  # squared
--
y = model(x)

== debug flag
DEBUG = False
--
if DEBUG:
    print("debug", x)
if __debug__:
    y = x * x

== environment read
import os
--
n = int(os.environ.get("SRCAD_NO_SUCH_VARIABLE", "2"))
y = x**n

== comparison of arrays as a check (a)
if np.any(np.isnan(a)) or not np.allclose(a, a) or np.array_equal(a, a * 2.0):
    raise RuntimeError("bad")
y = np.sum(a**2)

== formatting numbers into a table
rows = []
for k in range(3):
    rows.append("{:>5}|{:8.3f}".format(k, x * k))
table_text = "\\n".join(rows)
LOG.append(len(table_text))
y = x * x

== timing with a decorator
def timed(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        start = time.perf_counter()
        result = f(*args, **kwargs)
        LOG.append(time.perf_counter() - start >= 0.0)
        return result
    return wrapper
@timed
def model(v, k=2.0):
    return v * k * v
--
y = model(x, k=x)

== convergence test on detached values
y = x
for _ in range(20):
    new = 0.5 * (y + (x + 1.0) / y)
    if abs(float(new) - float(y)) < 1e-12:
        break
    y = new

== index of the largest (a)
i = int(np.argmax(a))
j = min(range(4), key=lambda k: a[k])
y = a[i] * a[j] + a[np.argsort(a)[1]]

== sign and rounding (a)
y = np.sum(np.sign(a) * a**2) + math.floor(a[2]) * a[0] + np.round(a[1]) * a[3] + int(a[2]) * a[2]
''')
