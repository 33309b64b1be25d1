"""Mutation of everything mutable: arrays, views, containers of arrays, captured arrays."""

from tests.constructs.construct import table

TABLE = table("""
== array item assigned (a)
b = a.copy()
b[1] = b[0] * b[2]
b[-1] = a[3] ** 2
y = np.sum(b * a)

== array item updated (a)
b = a * 1.0
for i in range(1, 4):
    b[i] += b[i - 1] * 0.5
    b[i] *= 0.9
y = b[3] * b[1]

== argument written into (a)
a[0] = a[1] * a[2]
a[1:3] *= 2.0
y = np.sum(a * a)

== argument updated as a whole (a)
a *= 0.5
a += a[0]
y = np.sum(a**3)

== slice assigned (a)
b = np.zeros(6)
b[1:5] = a
b[::2] = a[1:]
y = np.dot(b, b) + b[0]

== slice shifted onto itself (a)
b = a.copy()
b[1:] = b[:-1]
b[:2] = b[2:] * b[:2]
y = np.sum(b * np.arange(4.0))

== mask assigned (a)
b = a * a
b[a < 0.0] = 0.5 * a[0]
b[b > 2.0] *= 0.1
y = np.sum(b)

== index array assigned (a)
b = np.zeros(4)
b[np.array([2, 0])] = a[:2]
b[[1, 3]] += a[2:] ** 2
y = np.sum(b * a)

== rows and columns assigned (a)
m = np.zeros((4, 4))
m[0] = a
m[:, 1] = a * a
m[2, 2:] = a[:2]
m[1, :] += m[0, :]
y = np.sum(m @ a)

== list of arrays written into (a)
items = [a.copy(), np.zeros(4)]
items[0][1] = a[0] * 2.0
items[1][:] = items[0] * a
items[1] += items[0]
y = np.sum(items[0] * items[1])

== arrays in a dict written into (a)
p = {"w": a.copy(), "v": np.zeros(4)}
for _ in range(2):
    p["v"] += 0.1 * p["w"]
    p["w"][:] -= p["v"] * a
y = np.sum(p["w"] * p["v"])

== array in a dict and by its name (a)
w = a.copy()
p = {"w": w}
w[0] = a[1] ** 2
p["w"][1] *= a[2]
y = np.sum(p["w"] * w)

== attribute that holds an array written into (a)
class Field:
    def __init__(self, n):
        self.u = np.zeros(n)

    def deposit(self, i, v):
        self.u[i] += v
--
f = Field(4)
for i in range(4):
    f.deposit(i, a[i] ** 2)
    f.deposit(0, a[i])
f.u *= 0.5
y = np.sum(f.u**2)

== array of arrays (a)
m = np.zeros((2, 4))
m[0][1] = a[0]
m[1][:2] = a[2:] * a[0]
m[0] += m[1] * a
y = np.sum(m * m)

== object array of arrays (a)
cells = np.empty(2, dtype=object)
cells[0] = a * 2.0
cells[1] = a[:2]
y = np.sum(cells[0]) * cells[1][0]

== cache dict that memoises active values
cache = {}
def fib(n):
    if n in cache:
        return cache[n]
    v = x if n < 2 else fib(n - 1) * 0.5 + fib(n - 2) * x
    cache[n] = v
    return v
y = fib(6)

== cache dict passed along
def power(v, n, cache):
    if n not in cache:
        cache[n] = v * power(v, n - 1, cache)
    return cache[n]
--
cache = {0: 1.0}
y = power(x, 3, cache) + power(x, 5, cache) + cache[2]

== references swapped (a)
old, new = a.copy(), np.zeros(4)
for _ in range(3):
    new[1:-1] = 0.5 * (old[:-2] + old[2:]) * a[0]
    new[0], new[-1] = old[0], old[-1]
    old, new = new, old
y = np.sum(old * old)

== views of views (a)
b = a.copy()
inner = b[1:]
last = inner[1:]
last[0] = b[0] * b[1]
inner[0] += last[1]
b *= 2.0
y = np.sum(inner * inner) + last[0]

== view by reshape and transpose (a)
m = (a * a).reshape(2, 2)
t = m.T
t[0, 1] = a[0]
m[0, 0] += t[1, 0]
y = np.sum(m * np.array([[1.0, 2.0], [3.0, 4.0]]))

== ravel and flat written into (a)
m = np.outer(a[:2], a[2:])
v = m.ravel()
v[1] = a[0] * 3.0
m.flat[2] = a[1]
y = np.sum(m * m)

== writing through a loop variable (a)
m = np.outer(a, a)
for row in m:
    row *= 2.0
    row[0] = row[1] * row[2]
y = np.sum(m * m)

== writing through a loop variable of a list (a)
items = [a.copy(), 2.0 * a]
for item in items:
    item[1:] *= a[0]
    item += 0.1
y = np.sum(items[0] * items[1])

== writing through zip (a)
m = np.zeros((4, 2))
for row, v in zip(m, a):
    row[:] = v
    row[1] *= v
y = np.sum(m**2)

== rebinding a loop variable writes nothing
items = [x, x * x]
for v in items:
    v *= 2.0
y = items[0] * items[1] + v

== sort in place (a)
b = a * 1.0
b.sort()
y = np.sum(b * np.arange(4.0) * b)

== sort along an axis in place (a)
m = np.stack([a, a[::-1] * 2.0])
m.sort(axis=0)
y = np.sum(m[0] * m[1])

== fill (a)
b = np.empty(4)
b.fill(a[0] * a[1])
b[1] = a[2]
y = np.sum(b * a)

== put (a)
b = a.copy()
b.put([0, 2], [a[1] * a[1], 3.0])
np.put(b, [3], a[0])
y = np.sum(b * a)

== np.add.at (a)
b = np.zeros(3)
np.add.at(b, np.array([0, 2, 0, 1]), a * a)
y = np.sum(b * b)

== np.subtract.at and np.multiply.at (a)
b = np.ones(3)
np.subtract.at(b, [0, 0, 1], a[:3])
np.multiply.at(b, [0, 2], a[2:])
y = np.sum(b * b)

== np.copyto (a)
b = np.zeros(4)
np.copyto(b, a * a)
np.copyto(b, a, where=np.array([True, False, True, False]))
y = np.sum(b * a)

== np.put_along_axis (a)
m = np.outer(a, a)
i = np.array([[1], [0], [3], [2]])
np.put_along_axis(m, i, a.reshape(4, 1), axis=1)
y = np.sum(m * np.arange(16.0).reshape(4, 4))

== np.fill_diagonal (a)
m = np.outer(a, a)
np.fill_diagonal(m, a[0] * 2.0)
y = np.sum(m @ a)

== out argument (a)
b = np.empty(4)
np.multiply(a, a, out=b)
np.add(b, a, out=b)
np.exp(b * 0.1, out=b)
y = np.sum(b)

== reversed in place and swapped rows (a)
b = a * a
b[:] = b[::-1]
m = np.outer(b, a)
m[[0, 2]] = m[[2, 0]]
y = np.sum(m[0] * a) + b[0]

== swap of array items (a)
b = a.copy()
b[0], b[2] = b[2], b[0]
b[1], b[1] = b[0] * b[2], b[3]
y = np.sum(b * np.arange(1.0, 5.0))

== captured array written into by a nested function (a)
b = np.zeros(4)
def put(i, v):
    b[i] += v * a[i]
put(0, 2.0)
put(1, a[0])
put(0, a[3])
y = np.sum(b * b)

== captured list changed by a nested function
history = []
def note(v):
    history.append(v * x)
note(1.0)
note(x)
y = history[0] * history[1]

== array written into by a called function (a)
def smooth(u, k):
    u[1:-1] += k * (u[2:] - 2.0 * u[1:-1] + u[:-2])
--
b = a.copy()
smooth(b, 0.1)
smooth(b, a[0])
y = np.sum(b * b)

== array returned by the function that wrote it (a)
def normalised(v):
    v /= np.sqrt(np.sum(v * v))
    return v
--
b = a * 2.0
c = normalised(b)
c[0] *= 3.0
y = np.sum(b * a)

== list written into by a called function
def push(items, v):
    items.append(v)
    items[0] *= v
--
items = [x]
push(items, 2.0)
push(items, x * x)
y = items[0] + items[2] * items[1]

== object changed by a called function
class State:
    def __init__(self, v):
        self.v = v
def advance(state, k):
    state.v = state.v * k + 0.1
--
s = State(x)
for k in (0.5, x):
    advance(s, k)
y = s.v * x

== augmented assignment keeps the alias (a)
b = a * 1.0
c = b
b += a[0]
c[0] = 0.0
y = np.sum(b * c)

== assignment breaks the alias (a)
b = a * 1.0
c = b
b = b + a[0]
c[0] = 0.0
y = np.sum(b * c)

== copy breaks the alias (a)
b = a.copy()
c = np.array(b)
d = b[:2].copy()
b[0] = 5.0 * a[1]
c[1] = a[2]
d[1] = 2.0
y = np.sum(b * c) + d[0] * d[1]

== growing with np.append and concatenate (a)
b = np.array([])
for v in a:
    b = np.append(b, v * v)
b = np.concatenate([b, a[:1]])
y = np.sum(b * np.arange(5.0))

== array allocated in a loop (a)
y = 0.0
for k in range(3):
    w = np.zeros(4)
    w[k] = a[k] * a[3]
    w += y
    y = np.sum(w * a) * 0.3

== matrix filled entry by entry (a)
n = len(a)
m = np.zeros((n, n))
for i in range(n):
    for j in range(i + 1):
        m[i, j] = a[i] * a[j] if i != j else 2.0 + a[i] ** 2
        m[j, i] = m[i, j]
y = m[0, 1] * m[2, 2] + np.trace(m)

== integer array written as a bystander (a)
order = np.zeros(4, dtype=int)
for k in range(4):
    order[k] = (k * 3) % 4
y = np.sum(a[order] * np.arange(4.0))

== list in a tuple changed
pair = ([x], 2.0)
pair[0].append(x * x)
pair[0][0] *= pair[1]
y = pair[0][0] * pair[0][1]

== copy.copy and copy.deepcopy
import copy
--
p = {"w": [x, 1.0]}
q = copy.deepcopy(p)
r = copy.copy(p)
q["w"][0] = x * x
r["w"][1] = 3.0 * x
y = p["w"][0] * p["w"][1] + q["w"][0]
""")
