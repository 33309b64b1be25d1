"""Rules of conduct: kinds that change, sentinels, names bound on one path, evaluation order."""

from tests.constructs.construct import table

TABLE = table("""
== int that becomes a float
total = 0
for k in range(3):
    total = total + x * k
    total += x
y = total

== int that becomes a float in a branch
n = 1
if x > 0.1:
    n = n * x
y = n * x

== int power that becomes a float
p = 1
for _ in range(3):
    p *= x
y = p + 1

== float that becomes a NumPy scalar
y = x
for _ in range(3):
    y = np.sin(y) + x

== scalar that becomes an array (a)
s = 0.0
for k in range(3):
    s = s + a * k
y = np.sum(s * a)

== scalar that becomes an array by += (a)
s = 0
for k in range(1, 3):
    s += a**k
y = np.sum(s)

== array that becomes a scalar (a)
v = a
for _ in range(2):
    v = np.sum(v * v) * 0.3
y = v + 1.0

== array whose rank changes (a)
v = a
for k in range(2):
    v = np.outer(v, a[:2]).ravel() if k == 0 else v.reshape(2, 4)
y = np.sum(v * v)

== array whose length changes (a)
v = a
while len(v) > 1:
    v = 0.5 * (v[1:] + v[:-1] * v[0])
y = v[0]

== None as a sentinel
best = None
for c in (0.2, 1.5, 0.7):
    v = c * x - 0.4 * c * c
    if best is None or v > best:
        best = v
y = best * x

== None as a sentinel for an array (a)
acc = None
for k in range(1, 4):
    term = a**k / k
    acc = term if acc is None else acc + term
y = np.sum(acc * a)

== None as a sentinel that stays
found = None
for c in (0.2, 0.5):
    if c * x > 50.0:
        found = c * x
y = x * x if found is None else found

== None returned
def find(vs, level):
    for v in vs:
        if v > level:
            return v
    return None
--
u, w = find([0.1, x], 0.2), find([x], 60.0)
y = (u if u is not None else 1.0) * (x if w is None else w)

== None in a list
slots = [None] * 3
slots[1] = x * x
slots[2] = x
y = sum(s for s in slots if s is not None)

== infinity as a sentinel
best, arg = math.inf, None
for k in range(3):
    v = (x - k) ** 2 + k
    if v < best:
        best, arg = v, k
y = best * (arg + 1)

== name bound on one path only
if x > 0.1:
    extra = x * x
y = x
if x > 0.1:
    y = y + extra

== name bound in a loop only
for k in range(3):
    if k == 1:
        z = x * k
    if k > 1:
        y = z * x

== name bound in a try only
try:
    z = x * x
    ok = True
except ValueError:
    ok = False
y = z * 2.0 if ok else x

== name with two kinds by path
if x > 0.3:
    v = x
else:
    v = 1
y = v * v * x

== name with a function or a number
def square(v):
    return v * v
--
f = square
y = f(x)
f = y * 2.0
y = f * x

== names of builtins shadowed
sum = x * x
list = [sum, x]
max = lambda u, v: u * v
y = max(list[0], list[1]) + sum

== names that an adjoint would use
dx = x * x
dy = dx * x
x_tape, _x, g, out = dy, x, dx, 1.0
total = x_tape * g + _x
y = total * dy + out

== names that are not ASCII
β = x * x
größe = β + x
y = β * größe

== parameter rebound and reused
def twisted(v, w):
    v = v * w
    w = v + w
    v, w = w, v
    return v * w
--
y = twisted(x, 2.0) * twisted(2.0, x)

== float32 among float64 (a)
b = np.float32(1.5) * a
c = np.ones(4, dtype=np.float32)
y = np.sum(b * c)

== complex in the middle
z = complex(x, 1.0)
w = z * z + 1j * x
y = w.real * w.imag + abs(z)

== complex of arrays (a)
z = np.exp(1j * a)
y = np.sum((z * np.conj(z)).real * a) + np.sum(z.imag)

== integers that do not carry a derivative
n = int(round(x * 10))
k = n % 3
y = x * n + k

== bool of an active value
flag = x > 0.3
count = flag + (x > 5.0)
y = x * flag + count * x * x

== 0-d array (a)
s = np.array(a[0] * a[1])
t = np.asarray(2.0)
y = float(s) * t + s * s

== empty array and empty sum (a)
e = a[4:]
y = np.sum(e) + a[0] * a[1] + len(e)

== string or number by path
v = "none"
if x > 0.1:
    v = x * x
y = v * x if not isinstance(v, str) else x

== list that becomes a tuple
vs = [x, x * x]
vs = tuple(vs)
vs = vs + (2.0,)
y = vs[0] * vs[1] * vs[2]

== deep nesting of data
data = {"layers": [{"w": (x, [x * x, {"k": 2.0 * x}])}]}
y = data["layers"][0]["w"][1][1]["k"] * data["layers"][0]["w"][1][0]

== inf and nan constants on a branch
y = x * x if x < math.inf and x == x else math.nan
y = np.where(x > 0.0, y, np.nan) * 1.0
""")
