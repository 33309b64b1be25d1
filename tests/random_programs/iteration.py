"""Iterating: the built-in and library iterators, generators, recursion over sequences."""

from __future__ import annotations

from tests.random_programs import expressions as ex
from tests.random_programs.closures import lambda_text, some_function
from tests.random_programs.scope import Lines, Piece, Scope, indented
from tests.random_programs.statements import bind_number, block, store_into


def numbers(scope: Scope) -> tuple[str, int]:
    """A sequence of numbers and its least length: a vector, a list, or a display."""
    known = {name: scope.shapes[name][0] for name in scope.vectors()} | scope.lists
    if known and scope.choices.chance(75):
        name = scope.choices.pick(list(known))
        return name, known[name]
    items = [ex.scalar(scope, 1) for _ in range(3)]
    return scope.choices.pick(["({})", "[{}]"]).format(", ".join(items)), len(items)


def over(scope: Scope, targets: list[str], iterator: str, most: int = 2) -> Lines:
    """A loop whose targets are numbers, and that adds them up."""
    total = scope.fresh("s")
    lines = [f"{total} = {ex.scalar(scope, 1)}"]
    inner = scope.inner(loop=True)
    for target in [total, *targets]:
        inner.bind(target, ())
    inner.frozen |= set(targets)
    body = block(inner, most) if scope.choices.chance(60) else []
    terms = " + ".join([f"0.5 * {total}", *targets, f"0.3 * {ex.scalar(inner, 1)}"])
    lines += [f"for {', '.join(targets)} in {iterator}:", *indented([*body, f"{total} = {terms}"])]
    scope.bind(total, ())
    return lines


def reduced(scope: Scope) -> Lines:
    xs, _ = numbers(scope)
    start = f", {ex.scalar(scope, 1)}" if scope.choices.chance(60) else ""
    return [bind_number(scope, f"functools.reduce({lambda_text(scope, 2, 1)}, {xs}{start})")]


def mapped(scope: Scope) -> Lines:
    xs, length = numbers(scope)
    kind = scope.choices.below(3)
    if kind == 0:
        return [bind_number(scope, f"sum(map({some_function(scope)}, {xs}))")]
    if kind == 1:
        return over(scope, [scope.fresh("e")], f"map({some_function(scope)}, {xs})")
    name = scope.fresh("xs")
    lines = [f"{name} = list(map({some_function(scope)}, {xs}))"]
    scope.lists[name] = length
    return lines


def filtered(scope: Scope) -> Lines:
    xs, _ = numbers(scope)
    u = scope.fresh("u")
    test = f"lambda {u}: {u} {scope.choices.pick('<>')} {ex.constant(scope)}"
    if scope.choices.chance(50):
        return [bind_number(scope, f"sum(filter({test}, {xs}))")]
    return over(scope, [scope.fresh("e")], f"filter({test}, {xs})")


def sorted_by_key(scope: Scope) -> Lines:
    xs, length = numbers(scope)
    key = scope.choices.pick(["", f", key={some_function(scope)}", ", key=abs"])
    order = scope.choices.pick(["", ", reverse=True"])
    name = scope.fresh("xs")
    lines = [f"{name} = sorted({xs}{key}{order})"]
    scope.lists[name] = length
    return lines


def extrema(scope: Scope) -> Lines:
    """`min` and `max` over iterables, of several arguments, and with a key."""
    xs, _ = numbers(scope)
    word = scope.choices.pick(["min", "max"])
    several = ", ".join(ex.scalar(scope, 1) for _ in range(3))
    e = scope.fresh("e")
    inner = scope.function()
    inner.bind(e, ())
    options = [xs, f"{several}", f"{xs}, key={some_function(scope)}"]
    options.append(f"{ex.scalar(inner, 1)} for {e} in {xs}")
    return [bind_number(scope, f"{word}({scope.choices.pick(options)})")]


def zipped_star(scope: Scope) -> Lines:
    """Pairs, taken apart again by `zip(*pairs)`."""
    pairs, p, q = scope.fresh("pairs"), scope.fresh("xs"), scope.fresh("xs")
    items = [f"({ex.scalar(scope, 1)}, {ex.scalar(scope, 1)})" for _ in range(2)]
    lines = [f"{pairs} = [{', '.join(items)}]", f"{p}, {q} = zip(*{pairs})"]
    return [*lines, bind_number(scope, f"sum({p}) * {q}[{ex.index(scope, 2)}]")]


def enumerated(scope: Scope) -> Lines:
    xs, _ = numbers(scope)
    total, i, e = scope.fresh("s"), scope.fresh("i"), scope.fresh("e")
    lines = [f"{total} = {ex.scalar(scope, 1)}"]
    inner = scope.inner(loop=True)
    inner.bind(total, ())
    inner.bind(e, ())
    start = scope.choices.pick(["start=1", "2"])
    lines += [f"for {i}, {e} in enumerate({xs}, {start}):"]
    lines += indented([f"{total} = 0.5 * {total} + {e} / {i} + 0.2 * {ex.scalar(inner, 1)}"])
    scope.bind(total, ())
    return lines


def product_loop(scope: Scope) -> Lines:
    if scope.choices.chance(50):
        xs, ys = numbers(scope)[0], numbers(scope)[0]
        return over(
            scope, [scope.fresh("e"), scope.fresh("e")], f"itertools.product({xs}, {ys})", 1
        )
    i, j, total = scope.fresh("i"), scope.fresh("j"), scope.fresh("s")
    lines = [f"{total} = {ex.scalar(scope, 1)}"]
    inner = scope.inner(loop=True)
    inner.indices |= {i: 2, j: 3}
    inner.bind(total, ())
    body = [*block(inner, 2), f"{total} = 0.7 * {total} + ({i} - {j}) * {ex.scalar(inner, 1)}"]
    scope.bind(total, ())
    header = f"for {i}, {j} in itertools.product(range(2), range(3)):"
    return [*lines, header, *indented(body)]


def accumulated(scope: Scope) -> Lines:
    xs, length = numbers(scope)
    how = scope.choices.pick(["", f", {lambda_text(scope, 2, 1)}"])
    first = scope.choices.pick(["", f", initial={ex.scalar(scope, 1)}"])
    iterator = f"itertools.accumulate({xs}{how}{first})"
    if scope.choices.chance(50):
        return over(scope, [scope.fresh("e")], iterator)
    name = scope.fresh("xs")
    scope.lists[name] = length
    return [f"{name} = list({iterator})"]


def combined(scope: Scope) -> Lines:
    xs, _ = numbers(scope)
    return over(scope, [scope.fresh("e"), scope.fresh("e")], f"itertools.combinations({xs}, 2)", 1)


def pairwise(scope: Scope) -> Lines:
    xs, _ = numbers(scope)
    return over(scope, [scope.fresh("e"), scope.fresh("e")], f"itertools.pairwise({xs})")


def chained_iterators(scope: Scope) -> Lines:
    xs, ys = numbers(scope)[0], numbers(scope)[0]
    return over(scope, [scope.fresh("e")], f"itertools.chain({xs}, {ys})", 1)


def stepped(scope: Scope) -> Lines:
    """`iter` and `next`: the first item is taken before the loop over the others."""
    xs, _ = numbers(scope)
    it = scope.fresh("it")
    first = bind_number(scope, f"next({it})")
    return [f"{it} = iter({xs})", first, *over(scope, [scope.fresh("e")], it)]


def generator_loop(scope: Scope) -> Lines:
    """A generator of the module, run through by a loop or a consumer."""
    name = scope.module.known.get("generator")
    if name is None:
        name = scope.module.known["generator"] = scope.module.fresh("states")
        step = scope.choices.pick(["u = math.sin(u) + 0.5", "u *= 0.7", "u = u / (1.2 + u * u)"])
        body = ["for _ in range(n):", "    yield u", f"    {step}"]
        if scope.choices.chance(40):
            body += ["yield 0.5 * u"]
        if scope.choices.chance(30):
            body += ["yield from (u, u * u)"]
        scope.module.parts.append([f"def {name}(u, n):", *indented(body)])
    iterator = f"{name}({ex.scalar(scope, 1)}, {scope.choices.between(1, 3)})"
    form = scope.choices.pick(["loop", "loop", f"sum({iterator})", "list"])
    if form == "list":
        xs = scope.fresh("xs")
        scope.lists[xs] = 1
        return [f"{xs} = list({iterator})"]
    if form != "loop":
        return [bind_number(scope, form)]
    return over(scope, [scope.fresh("e")], iterator)


def generator_expression(scope: Scope) -> Lines:
    xs, _ = numbers(scope)
    e = scope.fresh("e")
    inner = scope.function()
    inner.bind(e, ())
    test = f" if {e} > {ex.constant(scope)}" if scope.choices.chance(40) else ""
    return [bind_number(scope, f"sum({ex.scalar(inner, 1)} for {e} in {xs}{test})")]


def recursion(scope: Scope) -> Lines:
    """Recursion that branches: over halves of an array, or by a pivot as in quicksort."""
    kind = scope.choices.pick(["halves", "quicksort", "interleaved"])
    name = scope.module.known.get(kind)
    if name is None:
        name = scope.module.known[kind] = scope.module.fresh(kind)
        scope.module.parts.append([f"def {name}(a):", *indented(_RECURSIONS[kind](scope, name))])
    if kind == "halves":
        return [bind_number(scope, f"{name}({ex.array(scope, (3,), 1)})")]
    if kind == "quicksort":
        xs, length = numbers(scope)
        ys = scope.fresh("xs")
        scope.lists[ys] = length
        return [f"{ys} = {name}([0.7 * e for e in {xs}])"]
    target = scope.fresh("b")
    lines = [f"{target} = {name}({ex.array(scope, (4,), 1)})"]
    scope.bind(target, (4,))
    return lines


def _halves(scope: Scope, name: str) -> Lines:
    join = scope.choices.pick(["left * right + 0.3 * left", "math.tanh(left) - right"])
    body = ["if len(a) == 1:", "    return math.sin(a[0])", "middle = len(a) // 2"]
    return [*body, f"left, right = {name}(a[:middle]), {name}(a[middle:])", f"return {join}"]


def _quicksort(scope: Scope, name: str) -> Lines:
    body = ["if len(a) <= 1:", "    return a", "pivot = a[0]"]
    body += ["low = [v for v in a[1:] if v < pivot]", "high = [v for v in a[1:] if v >= pivot]"]
    return [*body, f"return {name}(low) + [pivot] + {name}(high)"]


def _interleaved(scope: Scope, name: str) -> Lines:
    """The steps of a fast transform, with real weights."""
    body = ["n = len(a)", "if n == 1:", "    return a.copy()"]
    body += [f"even, odd = {name}(a[::2]), {name}(a[1::2])"]
    weight = scope.choices.pick(["np.cos(np.arange(n // 2))", "0.6"])
    body += [f"turned = {weight} * odd"]
    return [*body, "return 0.7 * np.concatenate([even + turned, even - turned])"]


_RECURSIONS = {"halves": _halves, "quicksort": _quicksort, "interleaved": _interleaved}


def rows_written(scope: Scope) -> Lines:
    """A loop over rows of an array or a list of arrays, which writes through its variable."""
    names = scope.writable(scope.matrices())
    sources = {name: scope.shapes[name][1:] for name in names}
    sources |= {name: shape for name, (_, shape) in scope.rows.items()}
    lines: Lines = []
    if not sources:
        made = scope.fresh("q")
        lines = [f"{made} = 1.0 * ({ex.array(scope, (2, 3), 1)})"]
        scope.bind(made, (2, 3))
        sources = {made: (3,)}
    source = scope.choices.pick(list(sources))
    inner = scope.inner(loop=True)
    row = inner.bind(inner.fresh("row"), sources[source])
    for other in [other for other in scope.arrays() if other.startswith(source)]:
        inner.alias(row, other)
    inner.frozen |= {name for name in inner.shapes if name.startswith(source)}
    i = scope.fresh("i")
    header = scope.choices.pick(
        [f"for {row} in {source}:", f"for {i}, {row} in enumerate({source}):"]
    )
    whole = [f"{row} *= {ex.scalar(inner, 1)}", f"{row}[:] = {ex.array(inner, sources[source], 1)}"]
    body = [scope.choices.pick(whole)] if scope.choices.chance(50) else store_into(inner, row) or []
    if scope.choices.chance(40):
        body += block(inner, 1)
    return [*lines, header, *indented(body)]


PIECES = [
    Piece("reduce", reduced),
    Piece("map", mapped),
    Piece("filter", filtered),
    Piece("sorted with a key", sorted_by_key),
    Piece("min and max", extrema),
    Piece("zip of a star", zipped_star),
    Piece("enumerate from a start", enumerated),
    Piece("product", product_loop),
    Piece("accumulate", accumulated),
    Piece("combinations", combined),
    Piece("pairwise", pairwise),
    Piece("chain", chained_iterators),
    Piece("iter and next", stepped),
    Piece("generator", generator_loop),
    Piece("generator expression", generator_expression),
    Piece("recursion that branches", recursion),
    Piece("rows written through a loop", rows_written),
]
