"""Objects: operator overloading, special methods, attributes by name, generic classes."""

from tests.constructs.construct import table

TABLE = table("""
== __call__
class Poly:
    def __init__(self, *coeffs):
        self.coeffs = coeffs

    def __call__(self, v):
        r = 0.0
        for c in self.coeffs:
            r = r * v + c
        return r
--
p = Poly(1.0, x, -2.0)
y = p(x) + p(0.5)

== operators of a vector class
class Vec:
    def __init__(self, u, v):
        self.u, self.v = u, v

    def __add__(self, other):
        return Vec(self.u + other.u, self.v + other.v)

    def __sub__(self, other):
        return Vec(self.u - other.u, self.v - other.v)

    def __mul__(self, k):
        return Vec(self.u * k, self.v * k)

    __rmul__ = __mul__

    def __neg__(self):
        return Vec(-self.u, -self.v)

    def __matmul__(self, other):
        return self.u * other.u + self.v * other.v

    def __abs__(self):
        return math.sqrt(self @ self)
--
p, q = Vec(x, 1.0), Vec(2.0, x * x)
r = 2.0 * p + q * x - (-q)
y = r @ p + abs(r)

== operators in place
class Acc:
    def __init__(self, v):
        self.v = v

    def __iadd__(self, other):
        self.v += other
        return self

    def __imul__(self, k):
        self.v *= k
        return self
--
acc = Acc(x)
acc += x * x
acc *= 2.0
alias = acc
alias += x
y = acc.v

== operators of comparison and truth
class Money:
    def __init__(self, v):
        self.v = v

    def __lt__(self, other):
        return self.v < other.v

    def __eq__(self, other):
        return self.v == other.v

    def __bool__(self):
        return self.v != 0.0
--
p, q = Money(x), Money(x * x)
low = p if p < q else q
y = low.v * 2.0 if low and p != q else x

== __getitem__, __setitem__, __len__, __iter__, __contains__
class Grid:
    def __init__(self, vs):
        self.vs = list(vs)

    def __getitem__(self, i):
        return self.vs[i]

    def __setitem__(self, i, v):
        self.vs[i] = v

    def __len__(self):
        return len(self.vs)

    def __iter__(self):
        return iter(self.vs)

    def __contains__(self, i):
        return 0 <= i < len(self.vs)
--
g = Grid([x, 2.0, x * x])
g[1] = g[0] * g[2]
g[0] += x
y = sum(v for v in g) * len(g) if 1 in g else x

== iterator class with __next__
class Halving:
    def __init__(self, v, n):
        self.v, self.n = v, n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n == 0:
            raise StopIteration
        self.n -= 1
        self.v *= 0.5
        return self.v
--
y = 0.0
for v in Halving(x, 3):
    y += v * x

== reflected and mixed operators
class Poly:
    def __init__(self, c):
        self.c = c

    def __add__(self, other):
        return Poly(self.c + (other.c if isinstance(other, Poly) else other))

    __radd__ = __add__

    def __truediv__(self, k):
        return Poly(self.c / k)

    def __rtruediv__(self, k):
        return Poly(k / self.c)

    def __pow__(self, n):
        return Poly(self.c**n)
--
p = 1.0 + Poly(x) + 2.0
q = 3.0 / p + p**2 / 2.0
y = (sum([p, q])).c

== dual numbers of the user
@dataclass
class Dual:
    v: float
    d: float = 0.0

    def __add__(self, o):
        o = o if isinstance(o, Dual) else Dual(o)
        return Dual(self.v + o.v, self.d + o.d)

    __radd__ = __add__

    def __mul__(self, o):
        o = o if isinstance(o, Dual) else Dual(o)
        return Dual(self.v * o.v, self.v * o.d + self.d * o.v)

    __rmul__ = __mul__

    def sin(self):
        return Dual(math.sin(self.v), math.cos(self.v) * self.d)
--
u = Dual(x, 1.0)
w = (u * u + 2.0 * u).sin() * u
y = w.v + w.d

== getattr, setattr, hasattr, vars
class Params:
    def __init__(self, u, v):
        self.u, self.v = u, v
--
p = Params(x, 2.0)
setattr(p, "w", x * x)
y = 0.0
for name in ("u", "v", "w"):
    y += getattr(p, name) * len(name)
y += getattr(p, "z", 1.0) * x + (x if hasattr(p, "u") else 0.0) + sum(vars(p).values())

== SimpleNamespace
import types
--
p = types.SimpleNamespace(k=x, n=2)
p.k = p.k * x
y = p.k * p.n

== enum members
class Mode(enum.Enum):
    LINEAR = 1
    SQUARE = 2
--
y = 1.0
for mode in Mode:
    y *= x * x if mode is Mode.SQUARE else x + mode.value

== __slots__
class Point:
    __slots__ = ("u", "v")

    def __init__(self, u, v):
        self.u = u
        self.v = v
--
p = Point(x, 1.0)
p.v = p.u * p.v + x
y = p.u * p.v

== __getattr__ and descriptors
class Lazy:
    def __init__(self, base):
        self.base = base

    def __getattr__(self, name):
        if name == "double":
            return 2.0 * self.base
        raise AttributeError(name)
--
y = Lazy(x).double * x

== generic container class
T = typing.TypeVar("T")
class Stack(typing.Generic[T]):
    def __init__(self) -> None:
        self.items: list[T] = []

    def push(self, item: T) -> None:
        self.items.append(item)

    def pop(self) -> T:
        return self.items.pop()
--
s = Stack()
s.push(x)
s.push(x * x)
y = s.pop() * 2.0 + s.pop()

== Protocol and annotations of classes
class Potential(typing.Protocol):
    def __call__(self, v: float) -> float: ...
class Harmonic:
    def __call__(self, v: float) -> float:
        return 0.5 * v * v
def total(p: Potential, vs: "list[float]") -> float:
    return sum(p(v) for v in vs)
--
y = total(Harmonic(), [x, 2.0 * x])
""")
