"""Writing into memory by other names, kinds that change, names that may be unset, bystanders."""

from __future__ import annotations

from tests.random_programs import expressions as ex
from tests.random_programs.scope import Lines, Piece, Scope, indented
from tests.random_programs.statements import bind_number, block, store_into


def at_method(scope: Scope) -> Lines | None:
    """`np.add.at` and friends, also with repeated indices."""
    names = scope.writable(scope.vectors())
    if not names:
        return None
    name = scope.choices.pick(names)
    picks = [scope.choices.below(scope.shapes[name][0]) for _ in range(3)]
    word = scope.choices.pick(["add", "add", "subtract"])
    return [f"np.{word}.at({name}, {picks}, {ex.array(scope, (3,), 1)})"]


def copied_into(scope: Scope) -> Lines | None:
    names = scope.writable(scope.arrays())
    if not names:
        return None
    name = scope.choices.pick(names)
    shape = scope.shapes[name]
    value = ex.array(scope, shape if scope.choices.chance(70) else (), 1)
    return [f"np.copyto({name}, {value})"]


def put_along(scope: Scope) -> Lines:
    """`np.put_along_axis` and `np.take_along_axis`."""
    name = scope.fresh("q")
    lines = [f"{name} = 1.0 * ({ex.array(scope, (2, 3), 1)})"]
    scope.bind(name, (2, 3))
    places = scope.choices.pick(
        [
            "np.array([[0], [2]])",
            f"np.argmax({name}, axis=1)[:, None]",
            "np.array([[1, 0], [0, 2]])",
        ]
    )
    value = ex.scalar(scope, 1)
    lines.append(f"np.put_along_axis({name}, {places}, {value}, axis=1)")
    taken = f"np.take_along_axis({name}, {places}, axis=1)"
    return [*lines, bind_number(scope, f"np.sum({taken} ** 2)")]


def method_in_place(scope: Scope) -> Lines:
    """Methods that change the array they are called on."""
    name = scope.fresh("b")
    lines = [f"{name} = 1.0 * ({ex.array(scope, (4,), 1)})"]
    scope.bind(name, (4,))
    e, f = ex.scalar(scope, 1), ex.scalar(scope, 1)
    calls = [f"{name}.sort()", f"{name}[1:3].fill({e})", f"{name}.put([0, 2], [{e}, {f}])"]
    return [*lines, scope.choices.pick(calls), *block(scope, 1)]


def view_of_view(scope: Scope) -> Lines | None:
    names = [name for name in scope.writable(scope.vectors()) if scope.shapes[name][0] > 2]
    if not names:
        return None
    base = scope.choices.pick(names)
    length = scope.shapes[base][0]
    first, second = scope.fresh("v"), scope.fresh("v")
    lines = [f"{first} = {base}[1:]", f"{second} = {first}[{scope.choices.pick(['1:', '::-1'])}]"]
    scope.bind(first, (length - 1,))
    scope.bind(second, (length - 2,) if "[1:]" in lines[1] else (length - 1,))
    scope.alias(first, base)
    scope.alias(second, base)
    return [*lines, *(store_into(scope, second) or []), *block(scope, 1)]


def sentinel(scope: Scope) -> Lines:
    """None as long as nothing has been found."""
    best, i, s = scope.fresh("best"), scope.fresh("i"), scope.fresh("s")
    inner = scope.inner(loop=True)
    inner.indices[i] = 3
    body = [*block(inner, 1), f"{s} = {ex.scalar(inner)}"]
    inner.bind(s, ())
    better = f"{s} {scope.choices.pick('<>')} {best}"
    body += [f"if {best} is None or {better}:", f"    {best} = {ex.scalar(inner, 1)} + {s}"]
    lines = [f"{best} = None", f"for {i} in range(3):", *indented(body)]
    if any("break" in line or "continue" in line for line in body):
        lines += [f"if {best} is None:", f"    {best} = {ex.scalar(scope, 1)}"]
    scope.bind(best, ())
    return lines


def unset_sentinel(scope: Scope) -> Lines:
    """A value or None, by a test at run time."""
    name, s = scope.fresh("maybe"), scope.fresh("s")
    lines = [f"{name} = None", f"if {ex.condition(scope)}:", f"    {name} = {ex.scalar(scope)}"]
    inner = scope.inner()
    inner.bind(name, ())
    lines += [f"if {name} is not None:", f"    {s} = {ex.scalar(inner)} * {name}", "else:"]
    lines += indented([*block(scope.inner(), 1), f"{s} = {ex.scalar(scope, 1)}"])
    scope.bind(s, ())
    return lines


def bound_on_one_path(scope: Scope) -> Lines:
    """A name that only one branch binds, read under the same test."""
    test, name, s = scope.fresh("flag"), scope.fresh("only"), scope.fresh("s")
    lines = [f"{test} = {ex.condition(scope)}", f"if {test}:"]
    inner = scope.inner()
    lines += indented([*block(inner, 1), f"{name} = {ex.scalar(inner)}"])
    between = block(scope, 1)
    inner = scope.inner()
    inner.bind(name, ())
    lines += [*between, f"{s} = {ex.scalar(scope, 1)}", f"if {test}:"]
    scope.bind(s, ())
    return [*lines, *indented([f"{s} = {name} * {ex.scalar(inner, 1)}"])]


def changing_kind(scope: Scope) -> Lines:
    """An int that becomes a float, or a number that becomes an array, in a loop."""
    name, i = scope.fresh("acc"), scope.fresh("i")
    start = scope.choices.pick(["0", "1", "0.0"])
    shape = (3,) if scope.choices.chance(50) else ()
    inner = scope.inner(loop=True)
    inner.indices[i] = 3
    value = ex.array(inner, shape, 1)
    step = scope.choices.pick([f"0.5 * {name} + {value}", f"{name} + {value}"])
    body = [*block(inner, 1), f"{name} = {step}"]
    scope.bind(name, shape)
    return [f"{name} = {start}", f"for {i} in range(3):", *indented(body)]


def annotated(scope: Scope) -> Lines:
    """Names with types."""
    name, array = scope.fresh("s"), scope.fresh("b")
    value = ex.scalar(scope)
    lines = [f"{name}: float = {value}", f"{array}: np.ndarray = 1.0 * {ex.array(scope, (3,), 1)}"]
    scope.bind(name, ())
    scope.bind(array, (3,))
    return lines


def imported(scope: Scope) -> Lines:
    """An import in the function, perhaps under a condition."""
    name = scope.fresh("wave")
    e = ex.scalar(scope, 1)
    if scope.choices.chance(60):
        return [f"from math import sin as {name}", bind_number(scope, f"{name}({e})")]
    lines = [f"if {ex.condition(scope)}:", f"    from math import sin as {name}", "else:"]
    lines.append(f"    from math import cos as {name}")
    return [*lines, bind_number(scope, f"{name}({e})")]


def bystander(scope: Scope) -> Lines:
    """What leaves the derivative alone, and must happen exactly as often as in the primal."""
    name = scope.choices.pick(scope.scalars() or ["math.pi"])
    forms = [
        [f'print("at", {name})'],
        [f'print(f"{{{name}:.6f}}", end=" ")'.replace('"]', "']").replace('["', "['")],
        ["LOG.append(len(LOG))"],
        [f'logger.debug("value %s", {name})'],
        ['COUNTS["calls"] = COUNTS.get("calls", 0) + 1'],
        [f"assert math.isfinite({name})"],
        ["started = time.perf_counter()", "print(time.perf_counter() >= started)"],
        ["global trips", "trips += 1"],
    ]
    usable = forms if scope.depth == 0 and "global" not in scope.counters else forms[:-1]
    lines = scope.choices.pick(usable)
    if lines[0].startswith("global"):
        scope.counters["global"] = 1
    return lines


def counted(scope: Scope) -> Lines:
    """A counter that a loop carries, and that is reported."""
    count, i = scope.fresh("count"), scope.fresh("i")
    inner = scope.inner(loop=True)
    inner.indices[i] = 3
    body = block(inner, 2)
    body += [f"if {ex.condition(inner)}:", f"    {count} += 1"]
    lines = [f"{count} = 0", f"for {i} in range(3):", *indented(body)]
    return [*lines, bind_number(scope, f"{ex.scalar(scope, 1)} * (1 + {count})")]


def drawn(scope: Scope) -> Lines:
    """Draws of a generator made in the program: the same in both sweeps."""
    rng, i, total = scope.fresh("rng"), scope.fresh("i"), scope.fresh("s")
    lines = [f"{rng} = np.random.default_rng(3)", f"{total} = {ex.scalar(scope, 1)}"]
    inner = scope.inner(loop=True)
    inner.bind(total, ())
    body = [f"{total} = 0.7 * {total} + 0.2 * {rng}.normal() * {ex.scalar(inner, 1)}"]
    scope.bind(total, ())
    return [*lines, f"for {i} in range(2):", *indented(body)]


PIECES = [
    Piece("np.add.at", at_method),
    Piece("np.copyto", copied_into),
    Piece("np.put_along_axis", put_along),
    Piece("methods in place", method_in_place),
    Piece("view of a view", view_of_view),
    Piece("None as a sentinel in a loop", sentinel),
    Piece("None or a value", unset_sentinel),
    Piece("name bound on one path", bound_on_one_path),
    Piece("kind that changes in a loop", changing_kind),
    Piece("annotations", annotated),
    Piece("import inside", imported),
    Piece("bystander", bystander),
    Piece("counter", counted),
    Piece("random draws", drawn),
]
