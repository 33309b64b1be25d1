"""Objects: dataclasses, instances of user classes, operator overloading."""

from tests.constructs.construct import table

TABLE = table("""
== dataclass
@dataclass
class Spring:
    k: float
    rest: float = 1.0
--
s = Spring(x)
y = s.k * (x - s.rest) ** 2

== dataclass with a method
@dataclass
class Spring:
    k: float
    rest: float = 0.3

    def energy(self, u):
        return 0.5 * self.k * (u - self.rest) ** 2
--
s = Spring(k=x, rest=x * x)
y = s.energy(2.0) + s.energy(x)

== dataclass frozen with replace
@dataclass(frozen=True)
class State:
    pos: float
    vel: float
--
s = State(x, 1.0)
for _ in range(3):
    s = dataclasses.replace(s, pos=s.pos + 0.1 * s.vel, vel=s.vel - 0.2 * s.pos)
y = s.pos * s.vel

== dataclass attribute assigned
@dataclass
class Body:
    pos: float
    vel: float = 0.0
--
b = Body(x)
for _ in range(3):
    b.vel -= 0.1 * b.pos
    b.pos += 0.1 * b.vel * x
y = b.pos + b.vel

== dataclass with default_factory
@dataclass
class Trace:
    points: list = dataclasses.field(default_factory=list)

    def add(self, v):
        self.points.append(v)
--
t = Trace()
t.add(x)
t.add(x * x)
y = t.points[0] * t.points[1]

== dataclass with __post_init__
@dataclass
class Circle:
    radius: float
    area: float = dataclasses.field(init=False)

    def __post_init__(self):
        self.area = math.pi * self.radius**2
--
y = Circle(x).area * Circle(2.0 * x).radius

== dataclass that holds dataclasses
@dataclass
class Vec:
    u: float
    v: float
@dataclass
class Ray:
    origin: Vec
    direction: Vec

    def at(self, t):
        return Vec(self.origin.u + t * self.direction.u, self.origin.v + t * self.direction.v)
--
p = Ray(Vec(x, 1.0), Vec(2.0, x * x)).at(x)
y = p.u * p.v

== dataclass inherited
@dataclass
class Shape:
    scale: float
@dataclass
class Square(Shape):
    side: float = 1.0

    def area(self):
        return (self.scale * self.side) ** 2
--
y = Square(x, 2.0).area() + Square(scale=2.0, side=x).area()

== dataclass slots and eq (3.10)
@dataclass(slots=True, order=True)
class Item:
    rank: int
    value: float = 0.0
--
items = sorted([Item(2, x), Item(1, x * x)])
y = items[0].value * 2.0 + items[1].value * (items[0] == items[1])

== dataclass of arrays (a)
@dataclass
class Layer:
    w: np.ndarray
    b: float

    def __call__(self, v):
        return np.tanh(self.w * v + self.b)
--
layer = Layer(a, a[0])
y = np.sum(layer(a * a))

== instance of a user class
class Spring:
    def __init__(self, k, rest):
        self.k = k
        self.rest = rest

    def force(self, u):
        return -self.k * (u - self.rest)
--
s = Spring(x, 0.5)
y = s.force(2.0) * s.force(x)

== instance at module level with constant attributes
class Spring:
    def __init__(self, k):
        self.k = k

    def force(self, u):
        return -self.k * u
SPRING = Spring(3.0)
--
y = SPRING.force(x) * x

== attribute written outside
class Box:
    pass
--
b = Box()
b.value = x
b.value = b.value * x
b.other = 2.0 * b.value
y = b.value + b.other

== attribute updated in a method
class Counter:
    def __init__(self):
        self.total = 0.0
        self.n = 0

    def add(self, v):
        self.total += v
        self.n += 1
        return self

    def mean(self):
        return self.total / self.n
--
c = Counter()
c.add(x).add(x * x)
for k in range(2):
    c.add(k * x)
y = c.mean() * c.n

== attribute aliased
class Cell:
    def __init__(self, v):
        self.v = v
--
p = Cell(x)
q = p
q.v = x * x
y = p.v * q.v

== property
class Circle:
    def __init__(self, r):
        self.r = r

    @property
    def area(self):
        return 3.0 * self.r**2
--
c = Circle(x)
y = c.area * c.r

== property setter
class Tank:
    def __init__(self, level):
        self._level = level

    @property
    def level(self):
        return self._level

    @level.setter
    def level(self, value):
        self._level = min(value, 5.0)
--
t = Tank(x)
t.level = t.level * 2.0
t.level += x
y = t.level ** 2

== cached_property
class Model:
    def __init__(self, w):
        self.w = w

    @functools.cached_property
    def norm(self):
        return math.sqrt(self.w * self.w + 1.0)
--
m = Model(x)
y = m.norm * m.norm + m.w

== class attribute and constant
class Gas:
    R = 8.3
    gamma: float = 1.4

    def pressure(self, t):
        return self.R * t / Gas.gamma
--
y = Gas().pressure(x) * Gas.R

== class method and static method
class Temp:
    def __init__(self, kelvin):
        self.kelvin = kelvin

    @classmethod
    def from_celsius(cls, c):
        return cls(cls.offset() + c)

    @staticmethod
    def offset():
        return 2.7
--
t = Temp.from_celsius(x)
y = t.kelvin * Temp(x * x).kelvin + Temp.offset() * x

== static method called by an instance
class Units:
    @staticmethod
    def to_si(v, k=2.0):
        return v * k
--
y = Units().to_si(x) * Units.to_si(x, k=x)

== inheritance
class Shape:
    def area(self):
        return 0.0

    def twice(self):
        return 2.0 * self.area()
class Square(Shape):
    def __init__(self, side):
        self.side = side

    def area(self):
        return self.side**2
--
y = Square(x).twice() + Shape().twice()

== super
class Base:
    def __init__(self, k):
        self.k = k

    def value(self, u):
        return self.k * u
class Derived(Base):
    def __init__(self, k, shift):
        super().__init__(k)
        self.shift = shift

    def value(self, u):
        return super().value(u) + self.shift * u * u
--
y = Derived(x, 2.0).value(x) * Derived(1.0, x).value(2.0)

== multiple inheritance
class Scaled:
    scale = 2.0

    def apply(self, v):
        return self.scale * v
class Shifted:
    def apply(self, v):
        return v + 1.0
class Both(Scaled, Shifted):
    def apply(self, v):
        return super().apply(v) * Shifted.apply(self, v)
--
y = Both().apply(x)

== abstract base and override
import abc
class Option(abc.ABC):
    def __init__(self, strike):
        self.strike = strike

    @abc.abstractmethod
    def payoff(self, s): ...

    def value(self, s):
        return 0.9 * self.payoff(s)
class Call(Option):
    def payoff(self, s):
        return max(s - self.strike, 0.0)
--
y = Call(0.1 * x).value(x + 1.0) * x

== class defined in the function
class Scale:
    def __init__(self, k):
        self.k = k

    def of(self, v):
        return self.k * v
y = Scale(x).of(x) + Scale(2.0).of(x)

== instances in a list
class Node:
    def __init__(self, v):
        self.v = v
        self.force = 0.0
--
nodes = [Node(x * k) for k in range(1, 4)]
for p, q in zip(nodes, nodes[1:]):
    f = q.v - p.v - 0.1
    p.force += f
    q.force -= f * x
y = sum(n.force * n.v for n in nodes)

== instances in a dict
class Account:
    def __init__(self, balance):
        self.balance = balance

    def grow(self, rate):
        self.balance *= 1.0 + rate
--
book = {"a": Account(1.0), "b": Account(x)}
for name, account in book.items():
    account.grow(x if name == "a" else 0.1)
y = book["a"].balance * book["b"].balance

== instances linked
class Node:
    def __init__(self, v, after=None):
        self.v, self.after = v, after
--
chain = Node(x, Node(x * x, Node(2.0)))
y = 1.0
node = chain
while node is not None:
    y = y * 0.5 + node.v * x
    node = node.after

== tree of instances with recursion
class Leaf:
    def __init__(self, v):
        self.v = v

    def total(self, k):
        return self.v * k
class Fork:
    def __init__(self, left, right):
        self.left, self.right = left, right

    def total(self, k):
        return self.left.total(0.5 * k) + self.right.total(k * k)
--
y = Fork(Leaf(x), Fork(Leaf(2.0), Leaf(x * x))).total(x)

== instance picked by type
class Ball:
    def __init__(self, r):
        self.r = r
class Cube:
    def __init__(self, s):
        self.s = s
--
y = 0.0
for body in (Ball(x), Cube(x * x)):
    if isinstance(body, Ball):
        y += 4.0 * body.r**3
    else:
        y += body.s**3

== method passed as a function
class Field:
    def __init__(self, k):
        self.k = k

    def rate(self, v):
        return -self.k * v
def euler(f, v, n):
    for _ in range(n):
        v = v + 0.1 * f(v)
    return v
--
y = euler(Field(x).rate, x, 3)

== method called through the class
class Field:
    def __init__(self, k):
        self.k = k

    def rate(self, v):
        return self.k * v
--
f = Field(x)
y = Field.rate(f, 2.0) * f.rate(x)

== method with a loop and state
class Filter:
    def __init__(self, gain):
        self.gain = gain
        self.state = 0.0

    def update(self, z):
        self.state = self.state + self.gain * (z - self.state)
        return self.state
--
f = Filter(x)
y = 0.0
for z in (1.0, 0.5, 2.0):
    y += f.update(z) ** 2

== attribute that holds an array (a)
class Net:
    def __init__(self, w):
        self.w = w
        self.steps = 0

    def step(self, v):
        self.w = self.w - 0.1 * v * self.w
        self.steps += 1
        return np.sum(self.w)
--
n = Net(a)
y = n.step(a) * n.step(a * a) + n.steps
""")
