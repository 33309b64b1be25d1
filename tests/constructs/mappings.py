"""Mappings and sets."""

from tests.constructs.construct import table

TABLE = table("""
== dict displayed and read
p = {"w": x, "b": 2.0}
y = p["w"] * p["b"] + p["w"]

== dict item assigned
p = {"w": x}
p["b"] = x * x
p["w"] = p["b"] * 2.0
y = p["w"] + p["b"]

== dict item updated in place
p = {"n": 0, "s": 0.0}
for k in range(3):
    p["s"] += x**k
    p["n"] += 1
y = p["s"] / p["n"]

== dict items
p = {"a": x, "b": x * x, "c": 3.0}
y = 0.0
for name, v in p.items():
    y += v * v if name != "c" else v * x

== dict keys and values
p = {"a": x, "b": x * x}
y = sum(p.values()) + sum(p[k] * len(k) for k in p.keys())
for k in p:
    y += p[k]

== dict get
p = {"a": x}
y = p.get("a") * 2.0 + p.get("b", x * x) + p.get("c", 1.0)

== dict get of a missing key
p = {"a": x}
b = p.get("b")
if b is None:
    b = 2.0 * x
y = b * p["a"]

== dict membership and len
p = {"a": x}
y = x * len(p)
if "a" in p and "z" not in p:
    y = y * p["a"]

== dict update
p = {"a": x, "b": 1.0}
p.update({"b": x * x, "c": 3.0})
p.update(d=2.0 * x)
y = p["a"] * p["b"] + p["c"] * p["d"]

== dict merge
base = {"lr": 0.1, "w": 1.0}
p = {**base, "w": x}
q = p | {"lr": x * x}
q |= {"z": x}
y = p["lr"] * q["w"] + q["lr"] + q["z"]

== dict pop and del
p = {"a": x, "b": x * x, "c": 1.0}
b = p.pop("b")
missing = p.pop("q", 2.0 * x)
del p["c"]
y = b * missing + len(p) * p["a"]

== dict setdefault
p = {}
for k in (0, 1, 0):
    p.setdefault(k, []).append(x * (k + 1))
y = sum(p[0]) * p[1][0]

== dict constructor and fromkeys
p = dict(a=x, b=2.0)
q = dict([("u", x), ("v", x * x)])
z = dict.fromkeys(["n", "m"], 1.0)
y = p["a"] * p["b"] + q["u"] * q["v"] + z["n"]

== dict from zip
names = ["u", "v", "w"]
p = dict(zip(names, [x, x * x, 2.0]))
y = p["u"] * p["v"] * p["w"]

== dict comprehension with items
p = {"u": x, "v": 2.0}
q = {k: v * v for k, v in p.items() if k != "z"}
y = q["u"] + q["v"] * p["u"]

== dict nested
p = {"layer": {"w": x, "b": [1.0, x * x]}}
p["layer"]["w"] *= 2.0
y = p["layer"]["w"] * p["layer"]["b"][1]

== dict with tuple and int keys
grid = {}
for i in range(2):
    for j in range(2):
        grid[i, j] = x ** (i + 1) * (j + 1)
y = grid[0, 1] * grid[(1, 0)] + grid[1, 1]

== dict of arrays (a)
p = {"w": a, "v": 2.0 * a}
y = 0.0
for k in p:
    y += np.dot(p[k], a)

== dict of functions and values
p = {"f": math.sin, "at": x}
y = p["f"](p["at"]) * p["at"]

== dict copied
p = {"a": x}
q = dict(p)
r = p.copy()
q["a"] = 2.0 * q["a"]
r["b"] = x * x
y = p["a"] * q["a"] + r["b"] * r["a"]

== dict aliased
p = {"a": x}
q = p
q["a"] = x * x
y = p["a"] * 2.0

== dict as options of a bystander
options = {"steps": 3, "verbose": False}
y = x
for _ in range(options["steps"]):
    y = y * x + 0.1
if options["verbose"]:
    print(y)

== dict with keys from active loop
best = {}
for k in range(3):
    best[f"k{k}"] = math.sin(x * (k + 1))
y = best["k0"] * best["k2"]

== defaultdict
acc = collections.defaultdict(float)
for k, v in [("a", x), ("b", x * x), ("a", 2.0)]:
    acc[k] += v
y = acc["a"] * acc["b"]

== defaultdict of lists
groups = collections.defaultdict(list)
for k in range(4):
    groups[k % 2].append(x**k)
y = sum(groups[0]) * sum(groups[1])

== Counter and OrderedDict as bystanders
counts = collections.Counter("abca")
order = collections.OrderedDict([("p", x), ("q", 2.0)])
y = order["p"] * counts["a"] + order["q"] * x

== dict that is sorted
p = {"b": x, "a": x * x}
y = 0.0
for rank, (k, v) in enumerate(sorted(p.items())):
    y += (rank + 1) * v

== dict min by key
cost = {"u": x, "v": x * x + 1.0, "w": 5.0}
name = min(cost, key=cost.get)
y = cost[name] * cost["v"]

== set of keys
seen = set()
y = 0.0
for k in [1, 2, 1, 3]:
    if k in seen:
        continue
    seen.add(k)
    y += x**k

== set operations
u, v = {1, 2, 3}, {2, 3, 4}
y = sum(x**k for k in sorted(u & v)) + len(u | v) * x + len(u - v) + (x if {2} <= u else 0.0)

== frozenset and set methods
keep = frozenset(["a", "b"])
drop = {"b"}
drop.discard("q")
y = x * len(keep.difference(drop)) + x * x * len(keep.union(drop))
""")
