"""Iteration: generators, iter and next, itertools, rows of arrays, comprehensions."""

from tests.constructs.construct import table

TABLE = table("""
== generator consumed in a loop
def powers(v, n):
    p = 1.0
    for _ in range(n):
        p = p * v
        yield p
--
y = 0.0
for p in powers(x, 4):
    y += p

== generator with state and a break
def newton(v):
    r = 1.0
    while True:
        r = 0.5 * (r + v / r)
        yield r
--
for k, r in enumerate(newton(x)):
    if k == 3:
        break
y = r * x

== generator of pairs
def segments(vs):
    for i in range(len(vs) - 1):
        yield i, vs[i + 1] - vs[i]
--
y = 0.0
for i, d in segments([x, x * x, 2.0, math.sin(x)]):
    y += (i + 1) * d * d

== generator that is nested
def terms():
    for k in range(3):
        yield x**k
y = sum(terms()) + max(terms())

== generator summed
def halves(v):
    while v > 0.1:
        yield v
        v = 0.5 * v
--
y = sum(halves(x)) * x

== generator with yield from
def inner(v):
    yield v
    yield v * v
def outer(v):
    yield 1.0
    yield from inner(v)
    yield from (2.0 * v, v)
--
y = 1.0
for v in outer(x):
    y = y * (v + 0.5)

== generator with an early return
def until(vs, limit):
    for v in vs:
        if v > limit:
            return
        yield v * v
--
y = x
for v in until([0.1, x, 5.0, 0.2], 3.0):
    y += v

== generator turned to a list
def scaled(vs, k):
    for v in vs:
        yield k * v
--
vs = list(scaled([1.0, x, 2.0], x))
y = vs[0] * vs[1] + vs[2]

== generator expression
squares = (v * v for v in [x, 2.0, x + 1.0])
y = 0.0
for s in squares:
    y += s * x

== generator stepped with next
def count(v, step):
    while True:
        yield v
        v = v + step
--
steps = count(1.0, x)
first = next(steps)
second = next(steps)
y = first * second + next(steps)

== iter and next
items = iter([x, x * x, 3.0])
first = next(items)
second = next(items)
y = first * second

== next with a default
items = iter([x])
u = next(items, 0.0)
v = next(items, x * x)
y = u + 2.0 * v

== next of a filtered generator
y = next(v for v in (0.1, x, 2.0 * x) if v > 0.2) * 3.0

== iter goes on where a loop stopped
items = iter([x, 2.0, x * x, 0.5])
for v in items:
    if v > 1.0:
        break
y = x
for v in items:
    y += v * x

== iter over the same list twice
items = [x, x * x]
y = 0.0
for u in items:
    for v in items:
        y += u * v

== iteration over rows of an array (a)
m = np.outer(a, a)
y = 0.0
for row in m:
    y += row[0] * np.sum(row)

== iteration over an array (a)
y = 0.0
for v in a:
    y = 0.9 * y + v * v

== iteration over an array with enumerate (a)
y = 0.0
for i, v in enumerate(a):
    y += v**i

== iteration over rows with zip (a)
m = np.outer(a, np.array([1.0, 2.0]))
y = 0.0
for row, v in zip(m, a):
    y += row @ row * v

== iteration over an unpacked row (a)
m = a.reshape(2, 2)
y = 0.0
for p, q in m:
    y += p * q * q

== iteration with ndindex and ndenumerate (a)
m = a.reshape(2, 2)
y = 0.0
for i, j in np.ndindex(2, 2):
    y += (i + 2 * j) * m[i, j] ** 2
for (i, j), v in np.ndenumerate(m):
    y += v * (i - j)

== iteration over the flat of an array (a)
y = 0.0
for v in a.reshape(2, 2).flat:
    y += v * v * a[0]

== iteration in reverse
y = 0.0
for c in reversed([1.0, x, -0.5]):
    y = y * x + c

== iteration over a range with step
y = 0.0
for k in range(7, 0, -3):
    y += x**k / k

== iteration over a string
y = 1.0
for letter in "aba":
    y = y * x if letter == "a" else y + x

== iteration over a set of keys
y = 0.0
for k in sorted({3, 1, 2}):
    y += x**k

== iteration while a list shrinks
stack = [x, x * x, 2.0]
y = 1.0
while stack:
    y = y * 0.5 + stack.pop() * x

== iteration over a list that grows
work = [x]
y = 0.0
for v in work:
    y += v
    if len(work) < 5:
        work.append(v * x)

== zip of unequal lengths
y = 0.0
for u, v in zip([x, x * x, 5.0], (1.0, x)):
    y += u * v

== zip of three with enumerate
y = 0.0
for i, (u, v, w) in enumerate(zip([x, 1.0], [2.0, x], [x, x])):
    y += (i + 1) * u * v * w

== zip strict
y = sum(u * v for u, v in zip([x, 2.0], [3.0, x], strict=True))

== itertools.product
y = 0.0
for u, v in itertools.product([x, 2.0], [1.0, x * x]):
    y += u * v

== itertools.product with repeat over indices (a)
y = 0.0
for i, j in itertools.product(range(3), repeat=2):
    y += a[i] * a[j + 1] * (i - j)

== itertools.accumulate
y = 0.0
for s in itertools.accumulate([x, x * x, 1.0]):
    y += s * s

== itertools.accumulate with a function
values = list(itertools.accumulate([1.0, 2.0, x], lambda u, v: u * x + v))
y = values[-1] * values[1]

== itertools.accumulate with initial
y = sum(itertools.accumulate([x, 2.0], operator.mul, initial=x))

== itertools.combinations (a)
y = 0.0
for u, v in itertools.combinations(a, 2):
    y += (u - v) ** 2

== itertools.combinations of indices (a)
y = 0.0
for i, j in itertools.combinations(range(4), 2):
    y += a[i] * a[j] / (1 + i + j)

== itertools.permutations
y = sum(u - 0.5 * v * w for u, v, w in itertools.permutations([x, 1.0, x * x]))

== itertools.pairwise
y = 0.0
for u, v in itertools.pairwise([x, x * x, 2.0 * x, 1.0]):
    y += (v - u) ** 2

== itertools.chain
y = 0.0
for v in itertools.chain([x, 2.0], (x * x,)):
    y += v * v
y += sum(itertools.chain.from_iterable([[x], [2.0, x]]))

== itertools.islice
y = sum(itertools.islice([x, x * x, 4.0, 8.0], 1, 3))
y += sum(itertools.islice((x**k for k in itertools.count()), 4))

== itertools.count and takewhile
terms = (x**k / math.factorial(k) for k in itertools.count(1))
y = sum(itertools.takewhile(lambda v: v > 0.05, terms))

== itertools.zip_longest
y = 0.0
for u, v in itertools.zip_longest([x, x * x], [2.0], fillvalue=x):
    y += u * v

== itertools.repeat and cycle
y = 0.0
for u, s in zip([x, 2.0, x * x], itertools.cycle([1.0, -0.5])):
    y += s * u
for v in itertools.repeat(x, 3):
    y = 0.5 * y + v

== itertools.groupby
y = 1.0
for key, group in itertools.groupby([1, 1, 2, 2, 2, 1]):
    y = y * x + key * len(list(group))

== itertools.starmap
y = sum(itertools.starmap(lambda u, v: u * v, [(x, 2.0), (x, x)]))

== list comprehension
y = sum([v * x for v in (1.0, 2.0, x)])

== list comprehension with a condition
vs = [v * v for v in [x, -x, 2.0 * x] if v > 0]
y = vs[0] * vs[-1] + len(vs)

== list comprehension nested
m = [[x**i * j for j in range(1, 3)] for i in range(3)]
y = m[1][1] * m[2][0] + m[0][0]

== list comprehension with two loops
y = sum([u * v for u in (x, 2.0) for v in (u, x) if v > 0.1])

== list comprehension that unpacks
y = sum([u / v for u, v in [(x, 2.0), (1.0, x + 1.0)]])

== list comprehension that shadows a name
v = x
vs = [v * v for v in (1.0, x)]
y = v * vs[1] + vs[0]

== dict comprehension
table = {k: x**k for k in range(4)}
y = table[3] * table[1] + table[2]

== set comprehension of keys
keys = {k % 2 for k in range(5)}
y = sum(x ** (k + 1) for k in sorted(keys))

== comprehension over rows (a)
m = np.outer(a, a)
y = sum([np.max(row) * row[0] for row in m])

== comprehension that calls a nested function
def f(v):
    return v * x
y = sum([f(v) for v in (x, 2.0)])

== array from a comprehension (a)
b = np.array([v * v for v in a])
y = np.sum(b * a)

== array from a generator of rows (a)
b = np.stack([k * a for k in range(1, 4)])
y = np.sum(b @ a)
""")
