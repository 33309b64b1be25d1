"""Control: match, walrus, else of loops, try, with, assert, raise, del, imports, annotations."""

from tests.constructs.construct import table

TABLE = table("""
== match literals
y = 0.0
for mode in ("double", "square", 3, "other", None):
    match mode:
        case "double":
            y += 2.0 * x
        case "square" | "cube":
            y += x * x
        case 3:
            y += x**3
        case None:
            y += math.sin(x)
        case _:
            y += 1.0

== match sequences
y = 0.0
for shape in [("circle", x), ("rect", x, 2.0), [x], ("poly", x, 2.0, 3.0)]:
    match shape:
        case ("circle", r):
            y += 3.0 * r * r
        case ("rect", w, h):
            y += w * h
        case [only]:
            y += math.sin(only)
        case (_, first, *rest):
            y += first * len(rest) + sum(rest)

== match mappings
y = 0.0
for event in [{"kind": "gain", "by": x}, {"kind": "shift", "to": x * x, "n": 2}, {}]:
    match event:
        case {"kind": "gain", "by": k}:
            y += 2.0 * k
        case {"kind": "shift", **rest}:
            y += rest["to"] * rest["n"]
        case _:
            y += x

== match classes
@dataclass
class Ball:
    r: float
@dataclass
class Box:
    w: float
    h: float
--
y = 0.0
for body in (Ball(x), Box(x, 2.0), Box(1.0, h=x)):
    match body:
        case Ball(r=r):
            y += r**3
        case Box(1.0, h):
            y += h
        case Box(w, h):
            y += w * h

== match with guards
y = 0.0
for v in (x, -x, 3.0 * x):
    match v:
        case s if s < 0:
            y -= 2.0 * s
        case s if s > 1.5:
            y += s * s
        case s:
            y += s

== match of types and captures
y = 0.0
for v in (2, x, "name", [x, 1.0]):
    match v:
        case int(n):
            y += n * x
        case float() as s:
            y += s * s
        case str():
            y += x
        case [float(u), w] as pair:
            y += u * w * len(pair)

== match constants of a class
class Mode(enum.Enum):
    UP = 1
    DOWN = 2
--
y = x
for mode in (Mode.UP, Mode.DOWN):
    match mode:
        case Mode.UP:
            y = y * 2.0
        case Mode.DOWN:
            y = y - x * x

== match nested patterns
y = 0.0
for tree in [("+", ("x", 2.0), x), ("*", x, ("x", x))]:
    match tree:
        case ("+", ("x", k), b):
            y += k * x + b
        case (op, b, ("x", k)) if op == "*":
            y += b * k * x

== match that falls through
y = x * x
match y > 100.0:
    case True:
        y = 0.0

== walrus in a test
if (z := x * x) > 0.1:
    y = z * x
else:
    y = z

== walrus in a while test
total = x
while (total := total * 1.5) < 4.5:
    pass
y = total * x

== walrus in a comprehension
ys = [s for v in (x, 2.0, -1.0) if (s := v * x) > 0.0]
y = sum(ys) + s

== walrus in an expression
y = (u := math.sin(x)) * u + (u + 1.0) * x

== while with else
k, y = 0, x
while k < 3:
    y = y * x + 0.1
    k += 1
else:
    y = y + x

== while with break and else
k, y = 0, x
while k < 5:
    if y > 1.0:
        break
    y = y * 1.5
    k += 1
else:
    y = 10.0 * x

== for with else
y = x
for c in (0.5, 2.0):
    if c * x > 50.0:
        break
    y += c * x * x
else:
    y = y * 2.0

== for with break and else
y = 0.0
for c in (0.5, 2.0, 4.0):
    if c * x > 1.0:
        y += c * x
        break
    y += x
else:
    y = -x

== continue
y = 0.0
for k in range(5):
    if k % 2:
        continue
    y += x**k

== nested loops with break and continue
y = 0.0
for i in range(4):
    for j in range(4):
        if j > i:
            break
        if (i + j) % 3 == 0:
            continue
        y += x ** (i + 1) * (j + 1)

== while True with break
y, n = x, 0
while True:
    y = 0.5 * (y + x / y) + 0.1
    n += 1
    if n > 3:
        break

== del of a name
u = x * x
v = u * x
del u
y = v + x

== del and rebinding
u = x
y = u * u
del u
u = y + x
y = u * y

== global constants read
GAIN, TABLE_OF = 1.5, {"k": [0.5, 2.0]}
VECTOR = np.array([1.0, 2.0])
--
y = GAIN * x + TABLE_OF["k"][1] * x * x + VECTOR[0] * x

== global statement for a constant
GAIN = 2.5
def scaled(v):
    global GAIN
    return GAIN * v
--
y = scaled(x) * x

== chained assignment
u = v = x * x
u += 1.0
y = u * v

== chained assignment to items
items = [0.0, 0.0]
items[0] = items[1] = z = x * 2.0
y = items[0] * items[1] + z

== multiple targets evaluated in order
i, items = 0, [x, 2.0, x * x]
i, items[i] = 2, 5.0 * x
y = items[0] + items[i]

== unpacking swap
u, v, w = x, 2.0, x * x
u, v, w = w, u, v
y = u * 3.0 + v * w

== conditional import inside
if x > 0.0:
    from math import sin as s, exp
else:
    import math as s
y = s(x) * exp(0.1 * x)

== import inside
import math as m
import os.path
from operator import mul
y = mul(m.sin(x), x) + len(os.path.join("a", "b")) * x

== import guarded by try
try:
    import no_such_module_anywhere as fast
except ImportError:
    fast = None
y = x * x if fast is None else x

== type annotations everywhere
def scaled(v: float, k: "int | None" = None, *rest: float, flag: bool = True) -> float:
    out: float = v
    factor: typing.Optional[int]
    factor = k or 2
    return out * factor
--
total: "list[float]" = [x]
y: float
y = scaled(x) + scaled(x * x, 3) + total[0]

== TYPE_CHECKING and cast
if typing.TYPE_CHECKING:
    from nowhere import Thing
--
y = typing.cast(float, x * x) + x

== pass and ellipsis as statements
if x > 100.0:
    pass
else:
    ...
"a string as a comment"
y = x * x
y

== conditional expression
y = x * x if x > 0.2 else -x
y = y + (1.0 if y > 5.0 else x if y > 0.01 else 0.0)

== boolean operators with values
u = x or 5.0
v = x and x * x
w = None or x
y = u * v + w + (not x) * 1.0

== comparison chains and identity
y = x
if 0.0 < x <= 5.0 != 3.0 and x is not None and not (x is None) and x in (x, 2.0):
    y = x * x

== nested conditions by values
if x > 0.0:
    if x > 0.5:
        y = x * x
    elif x > 0.1:
        y = x * 3.0
    else:
        y = x
else:
    y = -x

== matrix multiplication and in-place operators (a)
m = np.outer(a, a)
v = m @ a
v -= a
v /= 2.0
v **= 2
m @= np.eye(4) * 0.5
y = np.sum(v) + m[0, 1]

== integer operators as bystanders
n = 13
k = (n // 4) % 3 + (n >> 2) - (n & 5) + (n | 2) ^ 1
k <<= 1
y = x * k + x ** (~k & 3) + x * -k

== augmented assignment evaluates its target once
calls = []
def index():
    calls.append(1)
    LOG.append("index")
    return 1
items = [x, x * x]
items[index()] += x
y = items[1] * len(calls)

== order of evaluation
def traced(name, v):
    LOG.append(name)
    return v
--
y = traced("a", x) + traced("b", x * x) * traced("c", 2.0)
items = [traced("d", 0.0)]
items[traced("e", 0)] = traced("f", x)
y = y + items[0]

== short circuit of side effects
def traced(name, v):
    LOG.append(name)
    return v
--
if traced("a", x > 0.0) or traced("b", True):
    y = traced("c", x) * x
y = y if traced("d", False) and traced("e", True) else y * 2.0

== loop variable used after the loop
for k in range(4):
    z = x * k
y = z * k + x

== loop over nothing
y = x
for v in []:
    y = y * v
for k in range(0):
    y = 0.0
else:
    y = y * x

== return of different forms by path
def split(v, both):
    if both:
        return v, v * v
    return v, None
--
u, w = split(x, True)
p, q = split(u, False)
y = u * w + p * (1.0 if q is None else q)
""")
