"""Random statements: a production binds, writes or nests, and returns its lines (or None)."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.random_programs import expressions as ex
from tests.random_programs.scope import Lines, Scope, Shape, indented

Production = Callable[[Scope], "Lines | None"]
MAX_DEPTH = 3


def block(scope: Scope, most: int, least: int = 1) -> Lines:
    """Up to `most` statements, at least one, as long as the budget lasts."""
    lines: Lines = []
    for _ in range(scope.choices.between(least, most)):
        if scope.fuel[0] <= 0:
            break
        lines += statement(scope)
    return lines or simple(scope)


def statement(scope: Scope) -> Lines:
    """One statement from a table; compound ones only while there is room."""
    scope.fuel[0] -= 1
    if scope.pieces and scope.depth < MAX_DEPTH and scope.choices.chance(60):
        lines = from_piece(scope)
        if lines is not None:
            return lines
    if scope.depth < MAX_DEPTH and scope.fuel[0] > 1 and scope.choices.chance(38):
        lines = scope.choices.weighted(COMPOUND)(scope)
        if lines is not None:
            return lines
    return simple(scope)


def from_piece(scope: Scope) -> Lines | None:
    """Statements of one of the constructs that this program is made of."""
    piece = scope.choices.pick(scope.pieces)
    lines = piece.make(scope)
    if lines is not None:
        scope.module.used.add(piece.name)
    return lines


def simple(scope: Scope) -> Lines:
    for _ in range(5):
        lines = scope.choices.weighted(SIMPLE)(scope)
        if lines is not None:
            return lines
    return assign_scalar(scope)


# ---------------------------------------------------------------------------------------------
# Names


def assign_scalar(scope: Scope) -> Lines:
    value = ex.scalar(scope)
    names = scope.scalars(rebind=True)
    if names and scope.choices.chance(55):
        return [f"{scope.choices.pick(names)} = {value}"]
    return [f"{scope.bind(scope.fresh('s'), ())} = {value}"]


def augment_scalar(scope: Scope) -> Lines | None:
    names = scope.scalars(rebind=True)
    if not names:
        return None
    name = scope.choices.pick(names)
    return [f"{name} {augmented(scope, ())}"]


def augmented(scope: Scope, shape: Shape) -> str:
    sign = scope.choices.pick(["+=", "+=", "+=", "-=", "*=", "/="])
    module = "np" if shape else "math"
    if sign == "*=":
        return f"*= 1.0 + 0.3 * {module}.tanh({ex.array(scope, shape, 1)})"
    if sign == "/=":
        return f"/= 1.5 + {ex.array_atom(scope, shape) if shape else ex._atom(scope)} ** 2"
    return f"{sign} {ex.array(scope, shape, 2)}"


def _some_shape(scope: Scope) -> Shape:
    shapes = [shape for shape in scope.shapes.values() if shape]
    if shapes and scope.choices.chance(75):
        return scope.choices.pick(shapes)
    return (scope.choices.between(2, 4),)


def assign_array(scope: Scope) -> Lines:
    shape = _some_shape(scope)
    value = ex.array(scope, shape)
    stem = "b" if len(shape) == 1 else "q"
    names = scope.named(lambda have: have == shape, rebind=True)
    name = scope.choices.pick(names) if names and scope.choices.chance(35) else scope.fresh(stem)
    scope.bind(name, shape)
    may_share(scope, name, value)
    return [f"{name} = {value}"]


def bind_number(scope: Scope, value: str) -> str:
    """A new name for a number."""
    return f"{scope.bind(scope.fresh('s'), ())} = {value}"


def may_share(scope: Scope, name: str, value: str) -> None:
    """A name, a view, or what a function returns may share memory with what it is made of."""
    for other in scope.arrays():
        direct = value == other or value.startswith((f"{other}[", f"{other}."))
        called = "helper" in value and re.search(rf"(?<!\w){re.escape(other)}(?!\w)", value)
        if other != name and (direct or called):
            scope.alias(name, other)


def augment_array(scope: Scope) -> Lines | None:
    names = scope.writable(scope.arrays())
    if not names:
        return None
    name = scope.choices.pick(names)
    if name in scope.frozen:
        return None
    return [f"{name} {augmented(scope, scope.shapes[name])}"]


def assign_view(scope: Scope) -> Lines | None:
    """A view or an alias gets a name, and is as a rule written through at once."""
    names = scope.arrays()
    if not names:
        return None
    base = scope.choices.pick(names)
    have = scope.shapes[base]
    options = [(base, have)]
    for shape in _view_shapes(have):
        only = Scope(scope.choices, {base: have}, scope.indices, counters=scope.counters)
        options += [(text, shape) for text in ex.views(only, shape)]
    text, shape = scope.choices.pick(options)
    name = scope.bind(scope.fresh("v" if len(shape) == 1 else "w"), shape)
    scope.alias(name, base)
    lines = [f"{name} = {text}"]
    if scope.writable([name]) and scope.choices.chance(70):
        lines += store_into(scope, name) or []
    return lines


def _view_shapes(have: Shape) -> list[Shape]:
    if len(have) == 1:
        return [(n,) for n in range(2, have[0] + 1)] or [have]
    rows, columns = have
    shapes: list[Shape] = [(rows,), (columns,), (rows * columns,), (columns, rows)]
    return [*shapes, (rows - 1, columns)] if rows > 1 else shapes


def copy_array(scope: Scope) -> Lines | None:
    names = scope.arrays()
    if not names:
        return None
    base = scope.choices.pick(names)
    name = scope.bind(scope.fresh("b"), scope.shapes[base])
    form = scope.choices.pick(["{a}.copy()", "np.zeros_like({a})", "np.array({a})", "np.copy({a})"])
    return [f"{name} = {form.format(a=base)}"]


def swap(scope: Scope) -> Lines | None:
    names = scope.scalars(rebind=True)
    if len(names) < 2:
        return None
    a = scope.choices.pick(names)
    b = scope.choices.pick([name for name in names if name != a])
    if scope.choices.chance(40):
        return [f"{a}, {b} = {b}, {a}"]
    return [f"{a}, {b} = {ex.scalar(scope, 1)}, {ex.scalar(scope, 1)}"]


def swap_arrays(scope: Scope) -> Lines | None:
    """Two buffers change places, as in a double-buffered sweep."""
    names = scope.named(bool, rebind=True)
    pairs = [(a, b) for a in names for b in names if a < b and scope.shapes[a] == scope.shapes[b]]
    if not pairs:
        return None
    a, b = scope.choices.pick(pairs)
    scope.alias(a, b)
    return [f"{a}, {b} = {b}, {a}"]


def choose_array(scope: Scope) -> Lines | None:
    """A name for one array or another, by a conditional expression."""
    names = scope.arrays()
    pairs = [(a, b) for a in names for b in names if a != b and scope.shapes[a] == scope.shapes[b]]
    if not pairs:
        return None
    a, b = scope.choices.pick(pairs)
    lines = [f"{{}} = {a} if {ex.condition(scope)} else {b}"]
    name = scope.bind(scope.fresh("v"), scope.shapes[a])
    scope.alias(name, a)
    scope.alias(name, b)
    return [lines[0].format(name)]


def unpack_array(scope: Scope) -> Lines | None:
    names = [name for name in scope.vectors() if scope.shapes[name][0] <= 3]
    if not names:
        return None
    array = scope.choices.pick(names)
    targets = [scope.bind(scope.fresh("s"), ()) for _ in range(scope.shapes[array][0])]
    return [f"{', '.join(targets)}{',' * (len(targets) == 1)} = {array}"]


def make_dict(scope: Scope) -> Lines:
    """A dict of two numbers, read and written at once and again later."""
    name = scope.fresh("state")
    lines = [f'{name} = {{"p": {ex.scalar(scope, 1)}, "q": {ex.scalar(scope, 1)}}}']
    lines.append(f'{name}["p"] {augmented(scope, ())}')
    first, second = scope.bind(scope.fresh("s"), ()), scope.bind(scope.fresh("s"), ())
    lines.append(f'{name}["q"] = math.sin({name}["p"]) * {name}["q"]')
    return [*lines, f'{first} = {name}["q"]', f'{second} = {name}["p"] * {first}']


def comprehension(scope: Scope) -> Lines:
    """A list by a comprehension over an array, a list or a range."""
    names = scope.vectors()
    inner = scope.inner()
    item = inner.bind(inner.fresh("e"), ())
    if names and scope.choices.chance(70):
        source = scope.choices.pick(names)
        length = scope.shapes[source][0]
    else:
        length = scope.choices.between(2, 3)
        source = f"({', '.join(ex.scalar(scope, 1) for _ in range(length))})"
    name = scope.fresh("xs")
    lines = [f"{name} = [{ex.scalar(inner, 1)} for {item} in {source}]"]
    scope.lists[name] = length
    return lines


def make_list(scope: Scope) -> Lines:
    items = [ex.scalar(scope, 1) for _ in range(scope.choices.between(2, 3))]
    name = scope.fresh("xs")
    scope.lists[name] = len(items)
    return [f"{name} = [{', '.join(items)}]"]


def change_list(scope: Scope) -> Lines | None:
    if not scope.lists:
        return None
    name = scope.choices.pick(list(scope.lists))
    at = ex.index(scope, scope.lists[name])
    sign = scope.choices.pick(["=", "=", "+=", "-="])
    return [f"{name}[{at}] {sign} {ex.scalar(scope, 1)}"]


def grow_list(scope: Scope) -> Lines | None:
    if not scope.lists:
        return None
    name = scope.choices.pick(list(scope.lists))
    return [f"{name}.append({ex.scalar(scope, 1)})"]


# ---------------------------------------------------------------------------------------------
# Stores


def store(scope: Scope) -> Lines | None:
    names = scope.writable(scope.arrays())
    return store_into(scope, scope.choices.pick(names)) if names else None


def store_into(scope: Scope, name: str) -> Lines | None:
    return scope.choices.weighted(STORE)(scope, name)


def store_element(scope: Scope, name: str) -> Lines:
    return [f"{ex.place(scope, name)} = {ex.scalar(scope)}"]


def augment_element(scope: Scope, name: str) -> Lines:
    return [f"{ex.place(scope, name)} {augmented(scope, ())}"]


def _part(scope: Scope, name: str) -> tuple[str, Shape]:
    """A slice of the array, as text, and its shape."""
    have = scope.shapes[name]
    wanted = scope.choices.between(1, have[0])
    part = ex.slice_of(scope, have[0], wanted) or ":"
    if len(have) == 1:
        return f"{name}[{part}]", (wanted,)
    kind = scope.choices.below(3)
    if kind == 0:
        return f"{name}[{ex.index(scope, have[0])}]", have[1:]
    if kind == 1:
        return f"{name}[:, {ex.index(scope, have[1])}]", have[:1]
    return f"{name}[{part}]", (wanted, have[1])


def store_slice(scope: Scope, name: str) -> Lines:
    target, shape = _part(scope, name)
    value = ex.array(scope, shape if scope.choices.chance(80) else (), 2)
    if ex.is_view(scope, value) and "::2" in target + value:
        value += ".copy()"  # NumPy is wrong on overlapping parts with different strides
    return [f"{target} = {value}"]


def augment_slice(scope: Scope, name: str) -> Lines:
    target, shape = _part(scope, name)
    return [f"{target} {augmented(scope, shape)}"]


def store_mask(scope: Scope, name: str) -> Lines:
    test = ex.array_atom(scope, scope.shapes[name])
    sign = scope.choices.pick(["=", "=", "+=", "*="])
    return [
        f"{name}[{test} {scope.choices.pick('<>')} {ex.constant(scope)}] {sign} "
        f"{ex.scalar(scope, 1)}"
    ]


def store_masked_array(scope: Scope, name: str) -> Lines:
    shape = scope.shapes[name]
    mask = scope.fresh("mask")
    value = ex.array(scope, shape, 1)
    value = value if value.isidentifier() else f"({value})"
    return [
        f"{mask} = {ex.array_atom(scope, shape)} > {ex.constant(scope)}",
        f"{name}[{mask}] = {value}[{mask}]",
    ]


def store_picked(scope: Scope, name: str) -> Lines:
    """A store through an integer array without repeats."""
    have = scope.shapes[name]
    picks = [i for i in range(have[0]) if scope.choices.chance(60)] or [0]
    if scope.choices.chance(50):
        picks.reverse()
    form = scope.choices.pick(["{i}", "np.array({i})"]).format(i=picks)
    sign = scope.choices.pick(["=", "+=", "-="])
    shape = (len(picks), *have[1:]) if scope.choices.chance(70) else ()
    return [f"{name}[{form}] {sign} {ex.array(scope, shape, 1)}"]


def fill_all(scope: Scope, name: str) -> Lines:
    shape = scope.shapes[name]
    dots = ":" if len(shape) == 1 else scope.choices.pick([":", "...", ":, :"])
    return [f"{name}[{dots}] = {ex.array(scope, shape)}"]


def out_argument(scope: Scope, name: str) -> Lines:
    shape = scope.shapes[name]
    a, b = ex.array_atom(scope, shape), ex.operand(scope, shape)
    form = scope.choices.pick(
        [
            "np.add({a}, {b}, out={o})",
            "np.multiply({a}, {b}, out={o})",
            "np.tanh({a}, out={o})",
            "np.sin({a}, {o})",
        ]
    )
    return [form.format(a=a, b=b, o=name)]


def copy_into(scope: Scope, name: str) -> Lines:
    shape = scope.shapes[name]
    if scope.choices.chance(40):
        return [f"{name}.fill({ex.scalar(scope, 1)})"]
    return [f"np.copyto({name}, {ex.array(scope, shape, 1)})"]


def scatter_add(scope: Scope, name: str) -> Lines:
    have = scope.shapes[name]
    picks = [scope.choices.below(have[0]) for _ in range(3)]
    value = ex.array(scope, (3, *have[1:]), 1)
    return [f"np.add.at({name}, {picks}, {value})"]


Writer = Callable[[Scope, str], "Lines | None"]
STORE: list[tuple[int, Writer]] = [
    (6, store_element),
    (5, augment_element),
    (5, store_slice),
    (4, augment_slice),
    (2, store_mask),
    (1, store_masked_array),
    (2, store_picked),
    (1, fill_all),
    (1, out_argument),
    (1, copy_into),
    (1, scatter_add),
]


# ---------------------------------------------------------------------------------------------
# Calls as statements


def call_procedure(scope: Scope) -> Lines | None:
    usable = [h for h in scope.helpers if h.writes or isinstance(h.result, list)]
    if not usable:
        return None
    helper = scope.choices.pick(usable)
    text = ex.call(scope, helper)
    if helper.result is None:
        return [text]
    if isinstance(helper.result, list):
        names = [scope.bind(scope.fresh("r"), shape) for shape in helper.result]
        return [f"{', '.join(names)} = {text}"]
    return [f"{scope.bind(scope.fresh('r'), helper.result)} = {text}"]


# ---------------------------------------------------------------------------------------------
# Compound statements


def if_else(scope: Scope) -> Lines:
    lines = [f"if {ex.condition(scope)}:", *indented(block(scope.inner(), 3))]
    while scope.choices.chance(20):
        lines += [f"elif {ex.condition(scope)}:", *indented(block(scope.inner(), 2))]
    if scope.choices.chance(55):
        lines += ["else:", *indented(block(scope.inner(), 3))]
    return lines


def branch_binding(scope: Scope) -> Lines:
    """A name that both branches bind, and that lives on."""
    name = scope.fresh("s")
    then, orelse = scope.inner(), scope.inner()
    lines = [f"if {ex.condition(scope)}:"]
    lines += indented([*block(then, 1), f"{name} = {ex.scalar(then)}"])
    lines += ["else:", *indented([f"{name} = {ex.scalar(orelse)}", *block(orelse, 1)])]
    scope.bind(name, ())
    return lines


def branch_alias(scope: Scope) -> Lines | None:
    """A name for one array or another, by a test at run time, written through."""
    names = scope.writable(scope.arrays())
    pairs = [(a, b) for a in names for b in names if a != b and scope.shapes[a] == scope.shapes[b]]
    if not pairs:
        return None
    a, b = scope.choices.pick(pairs)
    test = ex.condition(scope)
    name = scope.bind(scope.fresh("v"), scope.shapes[a])
    scope.alias(name, a)
    scope.alias(name, b)
    lines = [f"if {test}:", f"    {name} = {a}", "else:", f"    {name} = {b}"]
    return lines + (store_into(scope, name) or [])


def for_loop(scope: Scope) -> Lines:
    inner = scope.inner(loop=True)
    header = scope.choices.weighted(HEADERS)(scope, inner)
    while header is None:
        header = scope.choices.weighted(HEADERS)(scope, inner)
    return _finish_loop(scope, header, inner)


def _finish_loop(scope: Scope, header: str, inner: Scope) -> Lines:
    """The loop's body with its jumps, and sometimes an `else`."""
    inner.frozen |= set(inner.shapes) - set(scope.shapes)
    first = jump(inner) if scope.choices.chance(12) else None
    body = [*(first or []), *block(inner, 4)]
    if scope.choices.chance(12):
        body += jump(inner) or []
    lines = [header, *indented(body)]
    if scope.choices.chance(15):
        lines += ["else:", *indented(block(scope.inner(), 2))]
    return lines


def _range_header(scope: Scope, inner: Scope) -> str:
    name, trips = inner.fresh("i"), scope.choices.between(1, 4)
    inner.indices[name] = trips
    forms = ["for {i} in range({n}):"] * 4
    forms += ["for {i} in reversed(range({n})):", "for {i} in range({m}, -1, -1):"]
    forms += ["for {i} in range(0, {n}, 2):"]
    longs = [a for a in scope.arrays() if scope.shapes[a][0] == trips]
    if longs:
        forms += [f"for {{i}} in range(len({longs[0]})):"] * 2
        forms += [f"for {{i}} in range({longs[0]}.shape[0]):"]
    return scope.choices.pick(forms).format(i=name, n=trips, m=trips - 1)


def _offset_header(scope: Scope, inner: Scope) -> str | None:
    names = [a for a in scope.vectors() if scope.shapes[a][0] > 2]
    if not names:
        return None
    a = scope.choices.pick(names)
    name = inner.fresh("i")
    inner.indices[name] = scope.shapes[a][0] - 1
    return f"for {name} in range(1, len({a}) - 1):"


def _element_header(scope: Scope, inner: Scope) -> str | None:
    names = scope.vectors()
    if not names:
        return None
    a = scope.choices.pick(names)
    e = inner.bind(inner.fresh("e"), ())
    kind = scope.choices.below(4)
    if kind == 0:
        i = inner.fresh("i")
        inner.indices[i] = scope.shapes[a][0]
        return f"for {i}, {e} in enumerate({a}):"
    if kind == 1:
        other = scope.choices.pick(scope.vectors(scope.shapes[a][0]))
        second = inner.bind(inner.fresh("e"), ())
        return f"for {e}, {second} in zip({a}, {other}):"
    if kind == 2:
        return f"for {e} in reversed({a}):"
    return f"for {e} in {a}:"


def _row_header(scope: Scope, inner: Scope) -> str | None:
    names = scope.matrices()
    if not names:
        return None
    m = scope.choices.pick(names)
    row = inner.bind(inner.fresh("row"), scope.shapes[m][1:])
    inner.alias(row, m)
    return f"for {row} in {m}:"


def _display_header(scope: Scope, inner: Scope) -> str:
    if scope.lists and scope.choices.chance(50):
        return f"for {inner.bind(inner.fresh('e'), ())} in {scope.choices.pick(list(scope.lists))}:"
    if scope.choices.chance(20):
        return f"for {inner.bind(inner.fresh('e'), ())} in WEIGHTS:"
    items = ", ".join(ex.scalar(scope, 1) for _ in range(scope.choices.between(2, 3)))
    form = scope.choices.pick(["({})", "[{}]"]).format(items)
    return f"for {inner.bind(inner.fresh('e'), ())} in {form}:"


Header = Callable[[Scope, Scope], "str | None"]
HEADERS: list[tuple[int, Header]] = [
    (8, _range_header),
    (3, _offset_header),
    (3, _element_header),
    (2, _row_header),
    (2, _display_header),
]


def while_loop(scope: Scope) -> Lines:
    """A while loop that ends after few trips, whatever its test says."""
    count, most = scope.fresh("k"), scope.choices.between(1, 4)
    test = f" and {ex.condition(scope, 0)}" if scope.choices.chance(60) else ""
    inner = scope.inner(loop=True)
    inner.indices[count] = most
    lines = _finish_loop(scope, "", inner)
    if scope.choices.chance(50) and not any("continue" in line for line in lines):
        # counted at the end of the body, where nothing jumps past it
        stop = next((n for n, line in enumerate(lines) if line == "else:"), len(lines))
        lines.insert(stop, f"    {count} += 1")
        return [f"{count} = 0", f"while {count} < {most}{test}:", *lines[1:]]
    header = f"while {count} < {most - 1}{test}:"
    return [f"{count} = -1", header, f"    {count} += 1", *lines[1:]]


def jump(scope: Scope) -> Lines | None:
    """A guarded break or continue, alone or after some statements."""
    if not scope.loops:
        return None
    inner = scope.inner()
    word = scope.choices.pick(["break", "break", "continue"])
    body = [*(block(inner, 1) if scope.choices.chance(40) else []), word]
    lines = [f"if {ex.condition(scope)}:", *indented(body)]
    if scope.choices.chance(15):
        lines += ["else:", *indented(block(scope.inner(), 1))]
    return lines


def early_return(scope: Scope) -> Lines | None:
    if scope.result is None:
        return None
    inner = scope.inner()
    body = block(inner, 1) if scope.choices.chance(35) else []
    return [f"if {ex.condition(scope)}:", *indented([*body, f"return {scope.result(inner)}"])]


SIMPLE: list[tuple[int, Production]] = [
    (7, assign_scalar),
    (4, augment_scalar),
    (6, assign_array),
    (3, augment_array),
    (5, assign_view),
    (2, copy_array),
    (2, swap),
    (1, swap_arrays),
    (1, make_list),
    (1, make_dict),
    (1, comprehension),
    (1, choose_array),
    (1, unpack_array),
    (2, change_list),
    (9, store),
    (5, call_procedure),
]

COMPOUND: list[tuple[int, Production]] = [
    (6, if_else),
    (2, branch_binding),
    (1, branch_alias),
    (8, for_loop),
    (4, while_loop),
    (4, jump),
    (2, early_return),
]
