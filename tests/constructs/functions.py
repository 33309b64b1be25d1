"""Functions: nested, captured, passed on, stored, decorated, recursive; parameters and calls."""

from tests.constructs.construct import table

TABLE = table("""
== closure over an active value
def scaled(v):
    return v * x
y = scaled(2.0) + scaled(x)

== closure over a value computed later
def shifted(v):
    return v + offset
offset = math.sin(x)
y = shifted(x) * shifted(2.0)

== closure over a value that is rebound between calls
k = x
def times(v):
    return k * v
y = times(x)
k = y + 1.0
y = y + times(x)

== closure over an array (a)
def weighted(i):
    return a[i] * a[0]
y = weighted(1) + weighted(2) * weighted(3)

== closure two levels deep
def outer(u):
    def inner(v):
        return u * v * x
    return inner(u) + inner(2.0)
y = outer(x * x)

== closure returned by a function
def make(rate):
    def decay(t):
        return math.exp(-rate * t)
    return decay
--
decay = make(x)
y = decay(0.5) + decay(1.5) * x

== closure returned by a nested function
def line(slope):
    def at(t):
        return slope * t + x
    return at
first, second = line(x), line(2.0)
y = first(0.3) * second(x)

== nonlocal total
total = 0.0
def add(v):
    nonlocal total
    total += v * x
add(1.0)
add(x)
y = total * x

== nonlocal counter and active state
def integrator(rate):
    state, calls = 1.0, 0
    def step(dt):
        nonlocal state, calls
        state = state - dt * rate * state
        calls += 1
        return state / calls
    return step
--
step = integrator(x)
y = step(0.1) + step(0.2) + step(0.1)

== nested def without captured values
def square(v):
    return v * v
y = square(x) + square(square(x))

== nested def with a default of the moment
def power(v, k=x):
    return v * k
y = power(2.0) + power(x, 3.0)

== nested def that is recursive
def power(v, n):
    return 1.0 if n == 0 else v * power(v, n - 1)
y = power(x, 3) + power(0.5 * x, 2)

== nested defs that call each other
def even(v, n):
    return v if n == 0 else odd(v * x, n - 1)
def odd(v, n):
    return v if n == 0 else even(v + x, n - 1)
y = even(x, 3)

== def in a branch
if x > 0.4:
    def shape(v):
        return v * v
else:
    def shape(v):
        return math.sin(v)
y = shape(x) * 2.0

== def in a loop
y = 0.0
for n in range(1, 4):
    def term(v, n=n):
        return v**n / n
    y = y + term(x)

== lambda
square = lambda v: v * v
y = square(x) + square(2.0 * x)

== lambda with captured value
f = lambda v: v * x
y = f(x) + f(1.5)

== several lambdas on one line
f, g, h = lambda v: v * v, lambda v: math.sin(v), lambda v, w: v * w - x
y = f(x) + g(x) * h(x, 2.0)

== lambda called at once
y = (lambda v, w=2.0: v * w + x)(x * x)

== lambda returning a lambda
add = lambda u: lambda v: u * v + u
y = add(x)(2.0) + add(3.0)(x)

== lambdas made in a comprehension
fs = [lambda v, k=k: v**k for k in range(1, 4)]
y = sum(f(x) for f in fs)

== lambdas in a comprehension that bind late
fs = [lambda v: v * k for k in range(1, 4)]
y = sum(f(x) for f in fs)

== function as an argument
def integrate(rate, y0, steps):
    y = y0
    for _ in range(steps):
        y = y + 0.1 * rate(y)
    return y
def decay(y):
    return -y * y
--
y = integrate(decay, x, 4)

== nested function as an argument
def simpson(f, a, b):
    return (f(a) + 4.0 * f(0.5 * (a + b)) + f(b)) * (b - a) / 6.0
--
def integrand(t):
    return t * x + math.sin(x * t)
y = simpson(integrand, 0.0, x)

== lambda as an argument
def rk4(rhs, state, h):
    k1 = rhs(state)
    k2 = rhs(state + 0.5 * h * k1)
    k3 = rhs(state + 0.5 * h * k2)
    k4 = rhs(state + h * k3)
    return state + h / 6.0 * (k1 + 2 * k2 + 2 * k3 + k4)
--
y = rk4(lambda s: -x * s, 1.0, 0.3) * x

== function as an argument, for arrays (a)
def heun(rhs, u, h):
    k = rhs(u)
    return u + 0.5 * h * (k + rhs(u + h * k))
--
def rhs(u):
    return -u * a[0] + 0.1 * u**3
y = np.sum(heun(rhs, a, 0.1))

== function as a returned value
def chosen(name):
    if name == "sin":
        return math.sin
    return math.cos
--
y = chosen("sin")(x) * chosen("cos")(x)

== function composed of functions
def compose(*fs):
    def run(v):
        for f in fs:
            v = f(v)
        return v
    return run
--
y = compose(math.sin, lambda v: v * v, math.exp)(x)

== functions in a list
def double(v):
    return 2.0 * v
def square(v):
    return v * v
LAYERS = [double, square, math.sin]
--
y = x
for layer in LAYERS:
    y = layer(y)

== functions in a dict picked at run time
ACTIVATIONS = {"tanh": np.tanh, "square": lambda v: v * v, "sine": math.sin}
--
y = 0.0
for name in ("square", "tanh", "sine"):
    y += ACTIVATIONS[name](x) * len(name)

== function picked by a value
def low(v):
    return v * v
def high(v):
    return math.exp(v)
--
f = high if x > 0.6 else low
y = f(x) * x

== functions in a tuple picked by an index
def up(v):
    return v * 1.5
def down(v):
    return v - v * v
MOVES = (up, down)
--
y = x
for k in range(4):
    y = MOVES[k % 2](y)

== functools.partial
def affine(slope, v, shift=0.0):
    return slope * v + shift
--
f = functools.partial(affine, 2.0, shift=x)
y = f(x) * f(1.0)

== functools.partial of an active value
def affine(slope, v):
    return slope * v
--
f = functools.partial(affine, x)
y = f(x) + f(3.0)

== functools.partial at module level
def affine(slope, v, shift):
    return slope * v + shift
half = functools.partial(affine, 0.5, shift=1.0)
--
y = half(x) * half(v=x * x)

== functools.wraps decorator
def logged(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        LOG.append(f.__name__)
        return f(*args, **kwargs)
    return wrapper
@logged
def square(v):
    return v * v
--
y = square(x) * x

== decorator that changes the result
def halved(f):
    @functools.wraps(f)
    def wrapper(v):
        return 0.5 * f(v)
    return wrapper
@halved
def cube(v):
    return v**3
--
y = cube(x) + cube(2.0 * x)

== decorator with arguments
def scaled(by):
    def decorate(f):
        def wrapper(*args):
            return by * f(*args)
        return wrapper
    return decorate
@scaled(by=3.0)
def product(u, v):
    return u * v
--
y = product(x, x + 1.0)

== decorated function in a function
def twice(f):
    return lambda v: f(f(v))
--
@twice
def step(v):
    return v - 0.1 * v * x
y = step(x)

== functools.reduce
y = functools.reduce(lambda u, v: u * v + x, [x, 2.0, 0.5, x * x])

== functools.reduce with a start
y = functools.reduce(lambda acc, c: acc * x + c, (1.0, -2.0, 0.5), 0.0)

== functools.reduce of operator.mul
y = functools.reduce(operator.mul, [x, x + 1.0, 2.0])

== functools.lru_cache on a bystander
@functools.lru_cache(maxsize=None)
def binomial(n, k):
    return 1 if k in (0, n) else binomial(n - 1, k - 1) + binomial(n - 1, k)
--
y = sum(binomial(4, k) * x**k for k in range(5))

== map with a lambda
y = sum(map(lambda v: v * x, [1.0, x, 3.0]))

== map over two lists
y = sum(map(operator.mul, [x, 2.0, x * x], [0.5, x, 1.0]))

== map to a list
u, v = list(map(math.sin, (x, 2.0 * x)))
y = u * v

== filter
y = sum(filter(lambda v: v > 0.0, [x, -x, 2.0 * x, -1.0]))

== filter with None
y = sum(filter(None, [x, 0.0, x * x]))

== sum of a list
y = sum([x, x * x, 2.0]) + sum((x, 1.0), 5.0)

== sum of a generator
y = sum(x**k / (k + 1) for k in range(4))

== sum with start
y = sum((c * x for c in (1.0, 2.0)), x * x)

== min and max of several arguments
y = max(x, 0.2, x * x) + min(x, 3.0, 2.0 * x)

== min and max over iterables
values = [math.sin(k * x) for k in range(1, 5)]
y = max(values) * min(values)

== max of a generator
y = max(x * c - 0.3 * c * c for c in (0.0, 1.0, 2.5))

== min and max with key and default
values = [x - 1.0, 0.4 * x, -x * x]
y = max(values, key=abs) * min(values, key=lambda v: v * v) + max([], default=x)

== min and max of tuples
best = min((abs(x - c), c * x) for c in (0.1, 0.6, 2.0))
y = best[0] * best[1] + x

== sorted
u, v, w = sorted([x, 2.0 - x, x * x])
y = u + 2.0 * v * w

== sorted with key and reverse
ranked = sorted([x, -2.0 * x, x * x], key=abs, reverse=True)
y = ranked[0] * ranked[1] - ranked[2]

== sorted of tuples
pairs = sorted([(2, x), (0, x * x), (1, 3.0)])
y = sum(k * v for k, v in pairs) + pairs[0][1]

== sorted with key on active pairs
pairs = sorted([("b", x), ("a", x * x), ("c", 0.2)], key=lambda pair: pair[1])
y = pairs[0][1] + 2.0 * pairs[1][1] * pairs[2][1]

== abs, round, pow, divmod
y = abs(-x * 2.0) + pow(x, 3) + pow(x + 1.0, x) + divmod(5.3 * x, 1.5)[1] + round(x, 1) * x

== any, all
vs = [x, x * x, 2.0]
y = x * x if all(v > 0 for v in vs) and any(v > 1 for v in vs) else x

== zip of unpacked pairs
pairs = [(x, 1.0), (x * x, 2.0), (3.0, x)]
us, vs = zip(*pairs)
y = sum(u * v for u, v in zip(us, vs)) + us[0] * vs[2]

== enumerate with start
y = 0.0
for k, v in enumerate([x, x * x, 2.0], start=1):
    y += v**k

== star parameter
def total(first, *rest):
    for v in rest:
        first = first + v * v
    return first
--
y = total(x, x * x, 2.0) + total(x)

== star parameter indexed and measured
def mean(*values):
    return sum(values) / len(values) + values[0] * values[-1]
--
y = mean(x, 2.0 * x, 1.0)

== double star parameter
def model(v, **options):
    return v * options["gain"] + options.get("bias", 0.0)
--
y = model(x, gain=2.0, bias=x) + model(2.0, gain=x)

== star and double star passed on
def inner(u, v, w=1.0, s=0.0):
    return u * v * w + s
def outer(*args, **kwargs):
    return inner(*args, **kwargs)
--
y = outer(x, 2.0, w=x) + outer(x, x, s=x * x)

== call with a star
def poly(u, v, w):
    return u * v - w * w
--
args = [x, x * x, 1.5]
y = poly(*args) + poly(x, *(2.0, x))

== call with a double star
def poly(u, v=1.0, w=2.0):
    return u * v - w * w
--
options = {"v": x, "w": 0.5 * x}
y = poly(x, **options) + poly(**{"u": x * x})

== call with a star of an array (a)
def area(w, x, y, z):
    return w * x + y * z
--
y = area(*a) * a[0]

== keyword-only and positional-only parameters
def mixed(u, /, v, *, w=2.0, z):
    return u * v - w * z
--
y = mixed(x, v=2.0, z=x) + mixed(x, x, w=x, z=1.0)

== default that is an array (a)
WEIGHTS = np.array([0.5, 1.0, -2.0, 0.3])
def score(v, weights=WEIGHTS):
    return np.dot(v, weights)
--
y = score(a) * score(a * a, weights=a)

== default that is None
def norm(v, scale=None):
    if scale is None:
        scale = 2.0 * v
    return v * scale
--
y = norm(x) + norm(x, 3.0) + norm(2.0, scale=x)

== mutable default
def push(v, seen=[1.0, 2.0]):
    return v * sum(seen)
--
y = push(x) + push(x * x, [x, x])

== recursion
def power(v, n):
    if n == 0:
        return 1.0
    half = power(v, n // 2)
    return half * half * (v if n % 2 else 1.0)
--
y = power(x, 5)

== recursion over a list
def horner(cs, v):
    if not cs:
        return 0.0
    return cs[0] + v * horner(cs[1:], v)
--
y = horner([1.0, x, -2.0, 0.5], x)

== recursion with branching: quicksort
def quicksort(vs):
    if len(vs) < 2:
        return vs
    pivot = vs[0]
    below = [v for v in vs[1:] if v < pivot]
    above = [v for v in vs[1:] if v >= pivot]
    return quicksort(below) + [pivot] + quicksort(above)
--
y = 0.0
for k, v in enumerate(quicksort([x, x * x, 1.9 - x, 0.3, 2.5 * x])):
    y += (k + 1) * v

== recursion: Fourier transform by hand (a)
def fft(v):
    n = len(v)
    if n == 1:
        return v
    even, odd = fft(v[::2]), fft(v[1::2])
    factor = np.exp(-2j * np.pi * np.arange(n // 2) / n)
    return np.concatenate([even + factor * odd, even - factor * odd])
--
y = np.sum(np.abs(fft(a + 0j)) ** 2 * np.arange(4.0))

== recursion over a tree of tuples
def evaluate(tree, v):
    if isinstance(tree, tuple):
        op, left, right = tree
        u, w = evaluate(left, v), evaluate(right, v)
        return u + w if op == "+" else u * w
    return v if tree == "x" else tree
TREE = ("+", ("*", "x", ("+", "x", 2.0)), ("*", 3.0, "x"))
--
y = evaluate(TREE, x)

== mutual recursion
def ping(v, n):
    return v if n == 0 else pong(v * v, n - 1)
def pong(v, n):
    return v if n == 0 else ping(v + 0.5, n - 1)
--
y = ping(x, 4)

== function that returns several values
def polar(u, v):
    return math.hypot(u, v), math.atan2(v, u)
--
r, angle = polar(x, 2.0)
y = r * angle + polar(1.0, x)[1]

== function that returns nothing
def record(v):
    LOG.append("seen")
--
record(x)
y = x * x

== function that returns early from a loop
def first_above(vs, level):
    for v in vs:
        if v > level:
            return v * level
    return level
--
y = first_above([0.1, x, 2.0], 0.2) + first_above([x], 9.0)

== function attribute
def model(v):
    return v * model.gain
model.gain = 3.0
--
y = model(x) * x

== methods of functions and builtins by name
y = getattr(math, "sin")(x) * getattr(np, "exp")(x)

== operator functions
y = operator.add(x, operator.mul(x, 2.0)) - operator.truediv(operator.neg(x), 3.0)
y = operator.pow(y, 2)

== operator.itemgetter and attrgetter
second = operator.itemgetter(1)
y = second((2.0, x)) * second([1.0, x * x])
""")
