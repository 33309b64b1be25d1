"""Sequences: tuples, lists, strings, named tuples."""

from tests.constructs.construct import table

TABLE = table("""
== tuple displayed and indexed
pair = (x, x * x, 2.0)
y = pair[0] * pair[1] + pair[-1]

== tuple sliced and added
t = (x, 2.0) + (x * x,)
y = sum(t[1:]) * t[:1][0] + len(t)

== tuple repeated
t = (x, 1.0) * 2
y = t[0] * t[2] + t[3]

== tuple compared and searched
t = (1, 2, 3)
y = x * t.index(2) + x * x * t.count(3) if 2 in t and t < (2,) else x

== tuple nested and unpacked
(u, (v, w)), z = (x, (x * x, 2.0)), 3.0
y = u * v + w * z

== tuple from a generator
t = tuple(x**k for k in range(3))
y = t[1] * t[2] + t[0]

== list append
items = []
for k in range(3):
    items.append(x**k)
y = items[1] * items[2] + items[0]

== list extend
items = [x]
items.extend([x * x, 2.0])
items.extend(v * x for v in (1.0, 3.0))
y = sum(items) * items[1]

== list += list
items = [x]
items += [2.0 * x, 1.0]
y = items[0] * items[1] + items[2]

== list pop
items = [x, x * x, 3.0]
last = items.pop()
first = items.pop(0)
y = last * first + items[0]

== list insert
items = [x, 2.0]
items.insert(1, x * x)
items.insert(0, 0.5 * x)
y = items[0] * items[2] + items[1] * items[3]

== list remove, index, count of bystanders
names = ["a", "b", "c"]
names.remove("b")
y = x ** (names.index("c") + 1) * names.count("a")

== list reverse
items = [x, 2.0, x * x]
items.reverse()
y = items[0] + 2.0 * items[2]

== list sort
items = [x, 2.0 - x, x * x]
items.sort()
y = items[0] + 2.0 * items[1] * items[2]

== list sort with key and reverse
items = [x, -2.0 * x, x * x]
items.sort(key=lambda v: v * v, reverse=True)
y = items[0] * items[1] - items[2]

== list clear and copy
items = [x, x * x]
kept = items.copy()
items.clear()
y = kept[0] + kept[1] * (len(items) + 2)

== list sliced
items = [x, x * x, 2.0, 3.0 * x]
y = sum(items[1:3]) + items[::-1][0] * items[::2][1]

== list slice assigned
items = [x, x * x, 2.0]
items[0:2] = [3.0 * x, 1.0, x]
y = items[0] * items[2] + items[3] + len(items)

== list slice assigned from active items
items = [x, x * x, 2.0, 1.0]
items[1:3] = [items[2] * x, items[1]]
y = items[1] * items[2] + items[0]

== list item deleted
items = [x, 5.0, x * x]
del items[1]
y = items[0] * items[1]

== list slice deleted
items = [x, 5.0, x * x, 7.0]
del items[1::2]
y = items[0] * items[1] + len(items)

== list plus and times
items = [x] + [2.0, x * x] * 2
y = items[0] * items[2] + items[4]

== list preallocated by multiplication
items = [0.0] * 4
for k in range(4):
    items[k] = x * k
y = items[3] * items[1]

== list of lists
m = [[x, 1.0], [2.0, x * x]]
m[0][1] = m[1][1] * x
y = m[0][0] * m[0][1] + m[1][0]

== list of lists that are one list
row = [x, 1.0]
m = [row, row]
m[0][1] = x * x
y = m[1][1] * m[1][0] + m[0][1]

== list of arrays (a)
items = [a, 2.0 * a]
items.append(a * a)
y = np.sum(items[0] * items[2]) + items[1][0]

== list items swapped
items = [x, x * x, 2.0]
items[0], items[2] = items[2], items[0]
y = items[0] * items[1] + items[2] ** 2

== list item updated in place
items = [x, 2.0]
for k in range(3):
    items[k % 2] *= x + 0.5
    items[0] += items[1]
y = items[0] + items[1]

== list negative index and len
items = [x, x * x, 3.0]
y = items[-2] * items[len(items) - 1] * items[-3]

== list as a stack of pairs
stack = [(x, 0)]
y = 0.0
while stack:
    v, depth = stack.pop()
    y += v
    if depth < 2:
        stack.append((v * x, depth + 1))
        stack.append((v * 0.5, depth + 1))

== list membership and comparison
modes = ["fast", "exact"]
y = x * x if "exact" in modes and modes != [] else x

== list unpacked into a display
items = [x, x * x]
more = [*items, 2.0, *(x, 1.0)]
y = more[1] * more[2] + more[3]

== star unpacking
first, *rest = [x, x * x, 2.0]
y = first * rest[0] + rest[1]

== star unpacking in the middle and at the start
u, *mid, v = (x, 2.0, x * x, 3.0 * x)
*init, w = [x, 1.0]
y = u * v + mid[0] * mid[1] + init[0] * w + len(mid)

== star unpacking of an array (a)
first, *rest = a
y = first * rest[0] + rest[1] * rest[2]

== star unpacking in a for target
y = 0.0
for k, *vs in [(1, x, 2.0), (2, x * x, x)]:
    y += k * vs[0] * vs[1]

== deque
queue = collections.deque([x, 2.0], maxlen=3)
queue.append(x * x)
queue.appendleft(3.0 * x)
y = queue[0] * queue.popleft() + sum(queue)

== strings and f-strings as bystanders
name = "gain"
label = f"{name}={2:03d}" + "!".upper()
y = x * len(label) if label.startswith("gain") else x

== f-string of an active value
text = f"value {x:.3f} of {x!r}"
y = x * x + 0.0 * len("text")

== string that picks
mode = "-".join(["a", "b"]).split("-")[1]
y = {"a": x, "b": x * x}[mode]

== bytes, ellipsis, complex and int literals (a)
raw = b"ab"
y = np.sum(a[...] * raw[0]) / 0x60 + abs(a[0] * 1j) * 1_000 / 2e3

== NamedTuple
class Point(NamedTuple):
    u: float
    v: float = 2.0
--
p = Point(x)
q = Point(p.v * x, v=p.u)
y = p.u * q.u + q.v

== NamedTuple unpacked and replaced
class State(NamedTuple):
    pos: float
    vel: float
--
s = State(x, 1.0)
for _ in range(2):
    pos, vel = s
    s = s._replace(pos=pos + 0.1 * vel, vel=vel - 0.1 * pos)
y = s.pos * s[1]

== NamedTuple with a method
class Vec(NamedTuple):
    u: float
    v: float

    def dot(self, other):
        return self.u * other.u + self.v * other.v

    @property
    def norm(self):
        return math.sqrt(self.dot(self))
--
p = Vec(x, 2.0)
y = p.dot(Vec(1.0, x)) + p.norm

== collections.namedtuple
Pair = collections.namedtuple("Pair", ["left", "right"])
--
p = Pair(left=x, right=x * x)
y = p.left * p.right + sum(p)

== NamedTuple of arrays (a)
class Params(NamedTuple):
    w: np.ndarray
    b: float
--
p = Params(w=a, b=a[0])
y = np.tanh(np.dot(p.w, p.w) * 0.1 + p.b)

== range objects
r = range(2, 8, 2)
y = sum(x**k for k in r) + x * len(r) + r[1] * x

== slice object (a)
s = slice(1, 3)
y = np.sum(a[s] * a[s]) + a[slice(None, None, -1)][0]

== conversions float, int, bool
n = int(2.9)
y = float(x) * n + x * bool(n) + float("0.5") * x
""")
