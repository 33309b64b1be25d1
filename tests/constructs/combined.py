"""Two or three constructs in one."""

from tests.constructs.construct import table

TABLE = table("""
== closure in a dict in a loop
ops = {"scale": lambda v: v * x, "shift": lambda v: v + x}
y = 1.0
for name in ("scale", "shift", "scale"):
    y = ops[name](y)

== generator over objects
class Bond:
    def __init__(self, coupon, years):
        self.coupon, self.years = coupon, years

    def flows(self):
        for k in range(1, self.years + 1):
            yield k, self.coupon
        yield self.years, 1.0
--
y = 0.0
for bond in (Bond(0.05, 2), Bond(0.1 * x, 3)):
    for t, c in bond.flows():
        y += c * math.exp(-x * t)

== method that appends to an attribute in a loop with break
class Solver:
    def __init__(self):
        self.trace = []

    def run(self, v):
        for k in range(10):
            self.trace.append(v)
            v = 0.5 * v + 0.1 * v * v
            if v < 0.2:
                break
        return v
--
s = Solver()
y = s.run(x) * sum(s.trace)

== recursion with a dict cache and a dataclass
@dataclass
class Node:
    weight: float
    children: list
def score(node, seen):
    if id(node) in seen:
        return seen[id(node)]
    total = node.weight
    for child in node.children:
        total = total + 0.5 * score(child, seen)
    seen[id(node)] = total
    return total
--
shared = Node(x, [])
root = Node(x * x, [shared, Node(2.0, [shared])])
y = score(root, {}) * x

== try in a method in a loop
class Guarded:
    def __init__(self, k):
        self.k, self.fails = k, 0

    def root(self, v):
        try:
            return math.sqrt(v) * self.k
        except ValueError:
            self.fails += 1
            return v * v
--
g = Guarded(x)
y = sum(g.root(v) for v in (x, -x, 2.0)) + g.fails

== match on dataclasses in recursion
@dataclass
class Num:
    v: float
@dataclass
class Add:
    l: object
    r: object
@dataclass
class Mul:
    l: object
    r: object
def evaluate(e):
    match e:
        case Num(v):
            return v
        case Add(l, r):
            return evaluate(l) + evaluate(r)
        case Mul(l, r):
            return evaluate(l) * evaluate(r)
--
y = evaluate(Mul(Add(Num(x), Num(2.0)), Num(x)))

== match with walrus and early return
def price(kind, v):
    match kind:
        case ("call", k) if (p := v - k) > 0.0:
            return p * p
        case ("put", k):
            return max(k - v, 0.0)
    return 0.1 * v
--
y = price(("call", 0.1), x + 1.0) + price(("put", 3.0), x) + price(("call", 9.0), x)

== with and try and return in a function
class Tx:
    def __enter__(self):
        LOG.append("begin")
        return self

    def __exit__(self, kind, error, trace):
        LOG.append("rollback" if kind else "commit")
        return False
def guarded(v):
    try:
        with Tx():
            if v < 0.0:
                raise ValueError("negative")
            return math.sqrt(v)
    except ValueError:
        return v * v
--
y = guarded(x) + guarded(-x)

== closure that writes into an array in a nested loop (a)
grid = np.zeros((4, 4))
def relax(i, j):
    grid[i, j] = 0.5 * (grid[i - 1, j] + a[j]) + 0.1 * a[i]
for sweep in range(2):
    for i, j in itertools.product(range(1, 4), range(4)):
        relax(i, j)
y = np.sum(grid * grid)

== list of states from an integrator given a lambda
def trajectory(rhs, state, h, n):
    states = [state]
    for k in range(n):
        state = [s + h * d for s, d in zip(state, rhs(k * h, *state))]
        states.append(state)
    return states
--
states = trajectory(lambda t, p, v: (v, -x * p - 0.1 * v), [1.0, x], 0.1, 3)
y = states[-1][0] * states[-1][1] + sum(s[0] for s in states)

== partial of a method stored in a list
class Filter:
    def __init__(self, k):
        self.k = k

    def run(self, gain, v):
        return self.k * gain * v + v * v
--
f = Filter(x)
stages = [functools.partial(f.run, g) for g in (0.5, x)]
y = x
for stage in stages:
    y = stage(y)

== reduce over objects with operators
class Mat:
    def __init__(self, a, b, c, d):
        self.e = (a, b, c, d)

    def __matmul__(self, o):
        a, b, c, d = self.e
        p, q, r, s = o.e
        return Mat(a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s)
--
factors = [Mat(1.0, x, 0.0, 1.0), Mat(1.0, 0.0, x, 1.0), Mat(x, 1.0, 2.0, x)]
m = functools.reduce(operator.matmul, factors)
y = m.e[0] * m.e[3] - m.e[1]

== decorated recursive function with keyword defaults
def counted(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        LOG.append(len(args))
        return f(*args, **kwargs)
    return wrapper
@counted
def bisect(g, lo, hi, *, depth=3):
    mid = 0.5 * (lo + hi)
    if depth == 0:
        return mid
    if g(mid) > 0.0:
        return bisect(g, lo, mid, depth=depth - 1)
    return bisect(g, mid, hi, depth=depth - 1)
--
y = bisect(lambda v: v * v - 0.3, 0.0, 2.0 * x + 1.0)

== dict of lists of arrays updated in place (a)
state = {"m": [np.zeros(4)], "w": [a.copy()]}
for step in range(1, 3):
    for m, w in zip(state["m"], state["w"]):
        g = 2.0 * w * a
        m[:] = 0.9 * m + 0.1 * g
        w -= 0.1 * m
y = np.sum(state["w"][0] ** 2)

== heap of events
import heapq
--
events = [(0.3, "b"), (0.1, "a"), (0.2, "c")]
heapq.heapify(events)
y = x
while events:
    t, kind = heapq.heappop(events)
    y = y * (1.0 + t * x) if kind != "c" else y + t * x

== priority queue with active times
import heapq
--
queue = []
heapq.heappush(queue, (x, 0))
heapq.heappush(queue, (2.0 * x, 1))
y = 0.0
for _ in range(4):
    t, k = heapq.heappop(queue)
    y += t * (k + 1)
    heapq.heappush(queue, (t + 0.3 * x + 0.01, k))

== bisect into a table
import bisect
KNOTS = [0.0, 0.5, 1.0, 2.0]
VALUES = [1.0, 2.0, 1.5, 3.0]
--
k = min(max(bisect.bisect_right(KNOTS, x) - 1, 0), 2)
t = (x - KNOTS[k]) / (KNOTS[k + 1] - KNOTS[k])
y = VALUES[k] * (1.0 - t) + VALUES[k + 1] * t * t

== class with generator method and dict attribute
class Graph:
    def __init__(self):
        self.edges = {}

    def add(self, u, v, w):
        self.edges.setdefault(u, []).append((v, w))

    def neighbours(self, u):
        yield from self.edges.get(u, [])
--
g = Graph()
g.add("a", "b", x)
g.add("a", "c", x * x)
g.add("b", "c", 2.0)
y = 0.0
for v, w in g.neighbours("a"):
    y += w
    for _, w2 in g.neighbours(v):
        y += w * w2

== nested functions sharing a nonlocal array and a flag (a)
buf, n = np.zeros(4), 0
def push(v):
    nonlocal n
    buf[n % 4] += v
    n += 1
for v in a:
    push(v * v)
    push(v * a[0])
y = np.sum(buf * a) + n

== star arguments through a method and a comprehension
class Mixer:
    def __init__(self, *gains, bias=0.0):
        self.gains, self.bias = gains, bias

    def mix(self, *signals):
        return sum(g * s for g, s in zip(self.gains, signals)) + self.bias
--
y = Mixer(0.5, x, bias=x * x).mix(*[x, 2.0])

== while with walrus over an iterator
source = iter([x, 0.5, x * x, None])
y = 1.0
while (v := next(source)) is not None:
    y = y * v + 0.2

== while and else in a function with finally
def search(v):
    n = 0
    try:
        while n < 4:
            if v < 0.2:
                return v * n
            v = v * v + 0.05
            n += 1
        else:
            v = v + 0.5
        return v
    finally:
        LOG.append(n)
--
y = search(x) + search(2.0 * x - 0.5)

== operators of a class on arrays (a)
class Vec:
    def __init__(self, data):
        self.data = np.asarray(data)

    def __add__(self, o):
        return Vec(self.data + o.data)

    def __rmul__(self, k):
        return Vec(k * self.data)

    def __getitem__(self, i):
        return self.data[i]

    def dot(self, o):
        return self.data @ o.data
--
p = Vec(a)
q = 2.0 * p + Vec(a * a)
y = q.dot(p) + q[1]

== state machine with dict of methods
class Machine:
    def __init__(self, v):
        self.v, self.state = v, "warm"
        self.table = {"warm": self.warm, "cool": self.cool}

    def warm(self):
        self.v *= 1.5
        return "cool" if self.v > 1.0 else "warm"

    def cool(self):
        self.v -= 0.2 * self.v
        return "warm"

    def run(self, n):
        for _ in range(n):
            self.state = self.table[self.state]()
        return self.v
--
y = Machine(x).run(4)

== sorted by an attribute and rebuilt
@dataclass
class Hit:
    t: float
    colour: float
--
hits = [Hit(x + 1.0, x), Hit(x * x, 2.0), Hit(3.0, x)]
hits = sorted((h for h in hits if h.t < 2.9), key=lambda h: h.t)
nearest = hits[0] if hits else None
y = nearest.colour * nearest.t if nearest is not None else 0.0

== conditional list building then array (a)
rows = []
for i, v in enumerate(a):
    row = [v * v, 1.0]
    if i % 2:
        row[1] = v
    rows.append(row)
m = np.array(rows)
y = np.sum(m @ np.array([1.0, -2.0]) * a)

== loop over dict of closures with defaults
kernels = {k: (lambda r, k=k: math.exp(-k * r * x)) for k in (1, 2)}
y = 0.0
for k, kernel in kernels.items():
    y += kernel(0.5) * k

== lambda with a conditional inside sorted inside sum
ranked = sorted([x, x * x, 1.37], key=lambda v: -v if v < 1.0 else v)
y = sum((i + 1) * v for i, v in enumerate(ranked))

== early exit from nested loops by an exception
class Done(Exception):
    pass
--
y = 0.0
try:
    for i in range(3):
        for j in range(3):
            y += x ** (i + 1) * (j + 1)
            if y > 2.0:
                raise Done
except Done:
    y = y * 0.5

== in-place update of attribute arrays by a list of objects (a)
class Node:
    def __init__(self, p):
        self.p = p
        self.f = np.zeros(2)
--
nodes = [Node(a[:2] * 1.0), Node(a[2:] * 1.0), Node(np.array([0.5, -0.5]))]
for p, q in itertools.combinations(nodes, 2):
    d = q.p - p.p
    f = d * (1.0 - 1.0 / np.sqrt(d @ d + 0.1))
    p.f += f
    q.f -= f
for n in nodes:
    n.p += 0.1 * n.f
y = sum(n.p @ n.p for n in nodes)
""")
