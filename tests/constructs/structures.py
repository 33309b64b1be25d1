"""Arguments and results in structures: `f` above the line `--`, its arguments below it."""

from tests.constructs.construct import table

TABLE = table("""
== tuple argument
def f(p):
    u, v = p
    return u * v + u
--
((0.7, 2.0),)

== nested tuple and list argument
def f(p):
    (u, [v, w]), n = p
    return u * v * w**n
--
(((0.7, [2.0, 0.3]), 2),)

== list of arrays argument
def f(ws):
    y = 0.0
    for w in ws:
        y = y + np.sum(w * w) * np.sum(w)
    return y
--
([np.array([0.5, 1.0]), np.array([[2.0, -1.0]])],)

== dict argument
def f(p):
    return p["w"] * p["b"] + p["w"] ** p["n"]
--
({"w": 0.7, "b": 2.0, "n": 3},)

== dict of dicts of arrays argument
def f(p):
    h = np.tanh(p["l1"]["w"] @ p["x"] + p["l1"]["b"])
    return np.sum(p["l2"]["w"] * h)
--
({"l1": {"w": np.array([[0.1, 0.4], [0.3, -0.2]]), "b": np.array([0.1, 0.2])},
  "l2": {"w": np.array([1.0, -1.0])}, "x": np.array([0.5, 2.0])},)

== dict argument with a loop over items
def f(p):
    y = 0.0
    for name, v in p.items():
        y += v * v * len(name)
    return y
--
({"a": 0.7, "bb": 2.0},)

== NamedTuple argument
class Params(NamedTuple):
    w: np.ndarray
    b: float
def f(p):
    return np.sum(p.w * p.b) + p.b**2
--
(Params(np.array([1.0, 2.0]), 0.7),)

== dataclass argument
@dataclass
class Spring:
    k: float
    rest: float
def f(s, u):
    return 0.5 * s.k * (u - s.rest) ** 2
--
(Spring(2.0, 0.3), 0.7)

== frozen dataclass with method argument
@dataclass(frozen=True)
class Option:
    strike: float
    vol: float
    name: str = "call"

    def value(self, s):
        return math.log(s / self.strike) * self.vol + self.vol**2
def f(o, s):
    return o.value(s) * s
--
(Option(1.2, 0.3), 1.5)

== dataclass of arrays and dataclasses argument
@dataclass
class Layer:
    w: np.ndarray
    b: float
@dataclass
class Net:
    layers: list
    scale: float
def f(net, x):
    for layer in net.layers:
        x = np.tanh(layer.w @ x + layer.b)
    return net.scale * np.sum(x)
--
(Net([Layer(np.array([[0.1, 0.4], [0.3, -0.2]]), 0.1), Layer(np.array([[1.0, -1.0]]), 0.2)], 2.0),
 np.array([0.5, 0.7]))

== dataclass argument written into
@dataclass
class Body:
    pos: np.ndarray
    vel: np.ndarray
def f(b, h):
    for _ in range(3):
        b.vel = b.vel - h * b.pos
        b.pos += h * b.vel
    return np.sum(b.pos**2)
--
(Body(np.array([1.0, 0.5]), np.array([0.0, 0.3])), 0.1)

== instance of a user class argument
class Spring:
    def __init__(self, k, rest):
        self.k = k
        self.rest = rest

    def force(self, u):
        return -self.k * (u - self.rest)
def f(s, u):
    return s.force(u) * u
--
(Spring(2.0, 0.3), 0.7)

== list of instances argument
class Node:
    def __init__(self, x, m):
        self.x, self.m = x, m
def f(nodes):
    y = 0.0
    for p, q in zip(nodes, nodes[1:]):
        y += p.m * q.m * (p.x - q.x) ** 2
    return y
--
([Node(0.1, 1.0), Node(0.7, 2.0), Node(1.5, 0.5)],)

== instance with operators argument
class Vec:
    def __init__(self, u, v):
        self.u, self.v = u, v

    def __add__(self, o):
        return Vec(self.u + o.u, self.v + o.v)

    def __matmul__(self, o):
        return self.u * o.u + self.v * o.v
def f(p, q):
    return (p + q) @ p
--
(Vec(0.7, 1.0), Vec(2.0, -0.5))

== callable instance differentiated
class Poly:
    def __init__(self, *c):
        self.c = c

    def __call__(self, x):
        y = 0.0
        for c in self.c:
            y = y * x + c
        return y
f = Poly(1.0, -2.0, 0.5)
--
(0.7,)

== bound method differentiated
class Model:
    def __init__(self, k):
        self.k = k

    def loss(self, x):
        return self.k * x * x
f = Model(3.0).loss
--
(0.7,)

== partial differentiated
def affine(slope, x, shift):
    return slope * x * x + shift
f = functools.partial(affine, 2.0, shift=1.0)
--
(0.7,)

== decorated function differentiated
def logged(g):
    @functools.wraps(g)
    def wrapper(*args, **kwargs):
        LOG.append("called")
        return g(*args, **kwargs)
    return wrapper
@logged
def f(x, k=2.0):
    return x**3 * k
--
(0.7,)

== function made in a function differentiated
def make(k):
    def inner(x):
        return k * x * x
    return inner
f = make(3.0)
--
(0.7,)

== lambda differentiated
f = lambda x, y: x * y + math.sin(x)
--
(0.7, 2.0)

== star parameters differentiated
def f(x, *rest, **more):
    return x * sum(rest) + x * x
--
(0.7, 2.0, 3.0)

== static and class methods differentiated
class Model:
    scale = 2.0

    @classmethod
    def loss(cls, x):
        return cls.scale * x * cls.shifted(x)

    @staticmethod
    def shifted(x):
        return x + 1.0
f = Model.loss
--
(0.7,)

== returned tuple
def f(x, y):
    return x * y, (x - y, math.sin(x))
--
(0.7, 2.0)

== returned list
def f(x):
    out = []
    for k in range(3):
        out.append(x**k)
    return out
--
(0.7,)

== returned dict
def f(x):
    return {"loss": x * x, "parts": [x, 2.0 * x]}
--
(0.7,)

== returned array and number (a)
def f(a):
    m = np.outer(a, a)
    return m, np.sum(m)
--
(np.array([0.6, -1.1]),)

== returned NamedTuple
class Out(NamedTuple):
    loss: float
    grad: float
def f(x):
    return Out(x * x, 2.0 * x)
--
(0.7,)

== returned dataclass
@dataclass
class State:
    pos: float
    vel: float
def f(s, h):
    return State(s.pos + h * s.vel, s.vel - h * s.pos)
--
(State(0.7, 1.0), 0.1)

== returned instance of a user class
class Vec:
    def __init__(self, u, v):
        self.u, self.v = u, v
def f(x, y):
    return Vec(x * y, x + y)
--
(0.7, 2.0)

== returned argument
def f(x, p):
    p["w"] = p["w"] * x
    return p
--
(0.7, {"w": 2.0, "b": 1.0})

== returned None among values
def f(x, full):
    return x * x, (x if full else None)
--
(0.7, True)

== default that is an array, differentiated
W = np.array([0.5, 2.0])
def f(x, w=W):
    return np.sum(w * x**2)
--
(0.7,)

== keyword arguments that are structures
def f(x, *, scale=2.0, opts=None):
    opts = opts or {"p": 2}
    return scale * x ** opts["p"]
--
(0.7,)

== integer and boolean leaves stay
def f(p, n):
    return p["x"] ** n if p["flag"] else p["x"]
--
({"x": 0.7, "flag": True, "k": 3}, 3)
""")
