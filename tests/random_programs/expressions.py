"""Random expressions of a wanted shape, smooth and of order one.

A production takes the scope and a depth that bounds nesting, and returns text, or None where
the scope has not what it needs. Values stay bounded because products are few and functions with
poles or fast growth are only applied to arguments that keep away from both.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.random_programs.scope import Helper, Scope, Shape

Production = Callable[[Scope, int], "str | None"]


def constant(scope: Scope) -> str:
    if scope.choices.chance(3):
        return f"WEIGHTS[{scope.choices.below(2)}]"
    return repr(scope.choices.between(1, 19) / 10 * (-1 if scope.choices.chance(30) else 1))


def positive(scope: Scope) -> str:
    return repr(scope.choices.between(1, 19) / 10)


def index(scope: Scope, length: int) -> str:
    """A subscript that is in range for `length`: a number, from the end, or an index variable."""
    usable = [f"{name}" for name, bound in scope.indices.items() if bound <= length]
    usable += [f"{name} + 1" for name, bound in scope.indices.items() if bound < length]
    usable += [f"{name} - 1" for name, bound in scope.indices.items() if bound <= length]
    if usable and scope.choices.chance(65):
        return scope.choices.pick(usable)
    return str(scope.choices.between(-length, length - 1))


def place(scope: Scope, array: str) -> str:
    """`array` subscripted to one element."""
    return f"{array}[{', '.join(index(scope, n) for n in scope.shapes[array])}]"


def slice_of(scope: Scope, length: int, wanted: int) -> str | None:
    """A slice that takes `wanted` of `length` elements."""
    options = []
    if wanted == length:
        options += [":", "::-1"]
    if wanted < length:
        start = scope.choices.between(0, length - wanted)
        left = str(start) if start else ""
        right = str(start + wanted - length) if start + wanted < length else ""
        options += [f"{left}:{right}", f"{start}:{start + wanted}"]
    if wanted == (length + 1) // 2 and length > 1:
        options.append("::2")
    return scope.choices.pick(options) if options else None


# ---------------------------------------------------------------------------------------------
# Conditions


def condition(scope: Scope, depth: int = 1) -> str:
    kind = scope.choices.below(10)
    if depth and kind == 0:
        return f"not {_atom(scope)} > {constant(scope)}"
    if depth and kind in (1, 2):
        word = scope.choices.pick(["and", "or"])
        return f"{condition(scope, 0)} {word} {condition(scope, 0)}"
    if kind == 3:
        return f"-{positive(scope)} < {_atom(scope)} < {positive(scope)}"
    if kind in (4, 5) and scope.indices:
        name = scope.choices.pick(list(scope.indices))
        return f"{name} {scope.choices.pick(['==', '!=', '<', '>='])} {scope.choices.below(3)}"
    if kind == 6 and scope.indices:
        return f"{scope.choices.pick(list(scope.indices))} % 2 == 0"
    sign = scope.choices.pick(["<", ">", "<=", ">="])
    return f"{scalar(scope, 1)} {sign} {constant(scope)}"


# ---------------------------------------------------------------------------------------------
# Scalars


def _atom(scope: Scope) -> str:
    names = scope.scalars()
    arrays = scope.arrays()
    if names and (not arrays or scope.choices.chance(65)):
        return scope.choices.pick(names)
    return place(scope, scope.choices.pick(arrays)) if arrays else constant(scope)


def _name(scope: Scope, depth: int) -> str:
    return _atom(scope)


def _constant(scope: Scope, depth: int) -> str:
    return constant(scope)


def _sum(scope: Scope, depth: int) -> str:
    sign = scope.choices.pick("+-")
    return f"({scalar(scope, depth - 1)} {sign} {scalar(scope, depth - 1)})"


def _product(scope: Scope, depth: int) -> str:
    return f"{_atom(scope)} * {scalar(scope, depth - 1)}"


def _scaled(scope: Scope, depth: int) -> str:
    return f"{constant(scope)} * {scalar(scope, depth - 1)}"


def _quotient(scope: Scope, depth: int) -> str:
    below = _atom(scope)
    return f"{scalar(scope, depth - 1)} / (1.5 + {below} * {below})"


def _negative(scope: Scope, depth: int) -> str:
    return f"-{_atom(scope)}"


def _power(scope: Scope, depth: int) -> str:
    if scope.choices.chance(30):
        return f"(1.2 + math.tanh({_atom(scope)}) ** 2) ** {_atom(scope)}"
    return f"{_atom(scope)} ** {scope.choices.pick(['2', '3', '2.0'])}"


SMOOTH = [
    "{m}.sin({e})",
    "{m}.cos({e})",
    "{m}.tanh({e})",
    "{m}.exp(-{a} * {a})",
    "{m}.exp({m}.sin({e}))",
    "{m}.sqrt(1.0 + {a} ** 2)",
    "{m}.log(2.0 + {a} * {a})",
    "1.0 / (1.0 + {m}.exp(-{a}))",
]
SMOOTH_SCALAR = ["math.atan({e})", "math.atan2({a}, 2.5)", "math.hypot({a}, 1.5)", "math.erf({e})"]
SMOOTH_ARRAY = ["np.arctan({e})", "np.square({a})", "np.logaddexp({a}, {b})", "np.hypot({a}, 1.5)"]


def _smooth(scope: Scope, depth: int) -> str:
    form = scope.choices.pick(SMOOTH + SMOOTH_SCALAR)
    return form.format(
        m=scope.choices.pick(["math", "math", "np"]), e=scalar(scope, depth - 1), a=_atom(scope)
    )


def _ternary(scope: Scope, depth: int) -> str:
    return f"({scalar(scope, depth - 1)} if {condition(scope)} else {scalar(scope, depth - 1)})"


def _extremum(scope: Scope, depth: int) -> str:
    word = scope.choices.pick(["max", "min"])
    return f"{word}({_atom(scope)}, {scalar(scope, depth - 1)})"


def _absolute(scope: Scope, depth: int) -> str:
    word = scope.choices.pick(["abs", "abs", "np.abs", "math.fabs"])
    return f"{word}({scalar(scope, depth - 1)})"


def _reduction(scope: Scope, depth: int) -> str | None:
    names = scope.arrays()
    if not names:
        return None
    a = scope.choices.pick(names)
    if scope.choices.chance(30):
        a = array(scope, scope.shapes[a], depth - 1)
    forms = ["np.sum({a})", "np.mean({a})", "np.sum({a} ** 2)", "np.max({a})", "np.sum({a} * {a})"]
    if a in names:
        forms += ["{a}.sum()", "{a}.mean()", "{a}.max()"]
    return scope.choices.pick(forms).format(a=a)


def _inner(scope: Scope, depth: int) -> str | None:
    names = scope.vectors()
    if not names:
        return None
    a = scope.choices.pick(names)
    b = scope.choices.pick(scope.vectors(scope.shapes[a][0]))
    return scope.choices.pick(["np.dot({a}, {b})", "{a} @ {b}", "{a}.dot({b})"]).format(a=a, b=b)


def _list_item(scope: Scope, depth: int) -> str | None:
    if not scope.lists:
        return None
    name = scope.choices.pick(list(scope.lists))
    if scope.choices.chance(20):
        return f"sum({name})"
    return f"{name}[{index(scope, scope.lists[name])}]"


def _local_call(scope: Scope, depth: int) -> str | None:
    if not scope.functions:
        return None
    name = scope.choices.pick(list(scope.functions))
    given = [scalar(scope, min(depth - 1, 1)) for _ in range(scope.functions[name])]
    return f"{name}({', '.join(given)})"


def _method_call(scope: Scope, depth: int) -> str | None:
    if not scope.objects:
        return None
    name = scope.choices.pick(list(scope.objects))
    methods = scope.objects[name].methods
    if not methods:
        return None
    method = scope.choices.pick(methods)
    given = scalar(scope, min(depth - 1, 1))
    return f"{name}({given})" if method == "__call__" else f"{name}.{method}({given})"


def _scalar_call(scope: Scope, depth: int) -> str | None:
    usable = [h for h in scope.helpers if h.result == () and not h.writes]
    return call(scope, scope.choices.pick(usable), depth) if usable else None


def _from_index(scope: Scope, depth: int) -> str | None:
    if not scope.indices:
        return None
    name = scope.choices.pick(list(scope.indices))
    return scope.choices.pick([f"0.3 * {name}", f"1.0 / ({name} + 1)", f"{_atom(scope)} * {name}"])


SCALAR: list[tuple[int, Production]] = [
    (8, _name),
    (1, _constant),
    (5, _sum),
    (4, _product),
    (3, _scaled),
    (2, _quotient),
    (2, _negative),
    (2, _power),
    (7, _smooth),
    (2, _ternary),
    (1, _extremum),
    (1, _absolute),
    (3, _reduction),
    (2, _inner),
    (2, _list_item),
    (3, _scalar_call),
    (3, _local_call),
    (2, _method_call),
    (1, _from_index),
]


def scalar(scope: Scope, depth: int = 2) -> str:
    """A scalar expression."""
    if depth <= 0:
        return _atom(scope)
    return _produce(scope, SCALAR, depth) or _atom(scope)


# ---------------------------------------------------------------------------------------------
# Arrays of a wanted shape; their productions take the shape as well


def array(scope: Scope, shape: Shape, depth: int = 2) -> str:
    """An array expression of the shape (it may broadcast inside)."""
    if shape == ():
        return scalar(scope, depth)
    if depth <= 0:
        return array_atom(scope, shape)
    for _ in range(3):
        text = scope.choices.weighted(ARRAY)(scope, shape, depth)
        if text is not None:
            return text
    return array_atom(scope, shape)


def array_atom(scope: Scope, shape: Shape) -> str:
    """A name, view or display of the shape: always possible."""
    options = [*scope.named(lambda s: s == shape), *views(scope, shape)]
    if options and not scope.choices.chance(5):
        return scope.choices.pick(options)
    return _display(scope, shape)


def views(scope: Scope, shape: Shape) -> list[str]:
    """Texts of views of the arrays in scope that have the shape."""
    found = []
    for name, have in scope.shapes.items():
        if len(shape) == 1 and len(have) == 1:
            part = slice_of(scope, have[0], shape[0])
            if part and part != ":":
                found.append(f"{name}[{part}]")
        if len(have) == 2:
            found += _views_of_matrix(scope, name, have, shape)
    return found


def is_view(scope: Scope, text: str) -> bool:
    """Whether the text is a name or a view of one, nothing computed."""
    part = r"(\[[^\[\]]*\]|\.T|\.ravel\(\)|\.reshape\(-1\))*"
    return any(re.fullmatch(re.escape(name) + part, text) for name in scope.arrays())


def _views_of_matrix(scope: Scope, name: str, have: Shape, shape: Shape) -> list[str]:
    rows, columns = have
    found = []
    if shape == (columns,):
        found.append(f"{name}[{index(scope, rows)}]")
    if shape == (rows,):
        found.append(f"{name}[:, {index(scope, columns)}]")
    if shape == (rows * columns,):
        found += [f"{name}.reshape(-1)", f"{name}.ravel()"]
    if shape == (columns, rows):
        found.append(f"{name}.T")
    if len(shape) == 2 and shape[0] <= rows and shape[1] <= columns and shape != have:
        a, b = slice_of(scope, rows, shape[0]), slice_of(scope, columns, shape[1])
        found.append(f"{name}[{a}, {b}]")
    return found


def _display(scope: Scope, shape: Shape) -> str:
    if len(shape) == 1 and shape[0] <= 4 and scope.choices.chance(50):
        return f"np.array([{', '.join(_atom(scope) for _ in range(shape[0]))}])"
    size = repr(shape) if len(shape) > 1 else str(shape[0])
    form = scope.choices.pick(["{e} * np.ones({n})", "np.full({n}, {e})", "np.zeros({n}) + {e}"])
    return form.format(n=size, e=_atom(scope))


def operand(scope: Scope, shape: Shape) -> str:
    """Something that broadcasts to the shape."""
    options = [array_atom(scope, shape)] * 4 + [_atom(scope)] * 3
    if len(shape) == 2:
        options += [array_atom(scope, shape[1:])]
        options += [f"{array_atom(scope, shape[:1])}[:, None]"]
    return scope.choices.pick(options)


def _a_atom(scope: Scope, shape: Shape, depth: int) -> str:
    return array_atom(scope, shape)


def _a_binary(scope: Scope, shape: Shape, depth: int) -> str:
    left, right = array(scope, shape, depth - 1), operand(scope, shape)
    if scope.choices.chance(40):
        left, right = right, array(scope, shape, depth - 1)
    form = scope.choices.pick(["({a} + {b})", "({a} - {b})", "{b} * {a}", "{a} * {b}"])
    if " " in left and "*" in form:
        left = f"({left})"
    return form.format(a=left, b=right if right.startswith("(") else f"({right})")


def _a_scaled(scope: Scope, shape: Shape, depth: int) -> str:
    return f"{constant(scope)} * {array(scope, shape, depth - 1)}"


def _a_quotient(scope: Scope, shape: Shape, depth: int) -> str:
    return f"{array(scope, shape, depth - 1)} / (2.0 + {operand(scope, shape)} ** 2)"


def _a_smooth(scope: Scope, shape: Shape, depth: int) -> str:
    form = scope.choices.pick(SMOOTH + SMOOTH_ARRAY)
    a = array_atom(scope, shape)
    inside = array(scope, shape, depth - 1)
    return form.format(m="np", e=inside, a=a, b=array_atom(scope, shape))


def _a_where(scope: Scope, shape: Shape, depth: int) -> str:
    test = f"{array_atom(scope, shape)} > {constant(scope)}"
    return f"np.where({test}, {array(scope, shape, depth - 1)}, {operand(scope, shape)})"


def _a_extremum(scope: Scope, shape: Shape, depth: int) -> str:
    a = array_atom(scope, shape)
    forms = [
        "np.maximum({a}, {b})",
        "np.minimum({a}, {b})",
        "np.clip({a}, -0.83, 0.91)",
        "abs({a})",
    ]
    return scope.choices.pick(forms).format(a=a, b=operand(scope, shape))


def _a_matmul(scope: Scope, shape: Shape, depth: int) -> str | None:
    options = []
    for name in scope.matrices():
        rows, columns = scope.shapes[name]
        if len(shape) == 1 and shape[0] == rows:
            options += [f"{name} @ {array_atom(scope, (columns,))}"]
            options += [f"np.dot({name}, {array_atom(scope, (columns,))})"]
        if len(shape) == 1 and shape[0] == columns:
            options += [f"{array_atom(scope, (rows,))} @ {name}"]
        if len(shape) == 2 and shape[0] == rows:
            options += [f"{name} @ {array_atom(scope, (columns, shape[1]))}"]
    if len(shape) == 2:
        a, b = array_atom(scope, shape[:1]), array_atom(scope, shape[1:])
        options.append(f"np.outer({a}, {b})")
    return scope.choices.pick(options) if options else None


def _a_partial_sum(scope: Scope, shape: Shape, depth: int) -> str | None:
    options = []
    for name in scope.matrices():
        rows, columns = scope.shapes[name]
        if shape == (rows,):
            options += [f"np.sum({name}, axis=1)", f"{name}.mean(axis=1)"]
        if shape == (columns,):
            options += [f"{name}.sum(axis=0)", f"np.max({name}, axis=0)"]
        if shape == (rows, columns):
            options += [f"{name} / np.sum({name} ** 2 + 0.5, axis=1, keepdims=True)"]
    return scope.choices.pick(options) if options else None


def _a_running(scope: Scope, shape: Shape, depth: int) -> str | None:
    if len(shape) == 2:
        a = array_atom(scope, shape)
        return scope.choices.pick([f"np.cumsum({a}, axis=0)", f"np.cumsum({a}, axis=1)"])
    longer = scope.vectors(shape[0] + 1)
    if longer and scope.choices.chance(50):
        return f"np.diff({scope.choices.pick(longer)})"
    return f"np.cumsum({array_atom(scope, shape)})"


def _a_joined(scope: Scope, shape: Shape, depth: int) -> str | None:
    if len(shape) == 2:
        rows = ", ".join(array_atom(scope, shape[1:]) for _ in range(shape[0]))
        return f"np.stack([{rows}])"
    if shape[0] < 2:
        return None
    cut = scope.choices.between(1, shape[0] - 1)
    parts = f"{array_atom(scope, (cut,))}, {array_atom(scope, (shape[0] - cut,))}"
    return f"np.concatenate({scope.choices.pick(['[{}]', '({})']).format(parts)})"


def _a_gather(scope: Scope, shape: Shape, depth: int) -> str | None:
    names = scope.arrays()
    if not names or (len(shape) == 2 and not scope.matrices()):
        return None
    name = scope.choices.pick(names if len(shape) == 1 else scope.matrices())
    have = scope.shapes[name]
    if have[1:] != shape[1:]:
        return None
    picks = [scope.choices.below(have[0]) for _ in range(shape[0])]
    form = scope.choices.pick(["{a}[{i}]", "{a}[np.array({i})]"])
    return form.format(a=name, i=picks)


def _a_call(scope: Scope, shape: Shape, depth: int) -> str | None:
    usable = [h for h in scope.helpers if h.result == shape and not h.writes]
    return call(scope, scope.choices.pick(usable), depth) if usable else None


def _a_zeros_like(scope: Scope, shape: Shape, depth: int) -> str:
    return f"np.zeros_like({array_atom(scope, shape)}) + {operand(scope, shape)}"


ArrayProduction = Callable[[Scope, Shape, int], "str | None"]
ARRAY: list[tuple[int, ArrayProduction]] = [
    (6, _a_atom),
    (8, _a_binary),
    (3, _a_scaled),
    (2, _a_quotient),
    (6, _a_smooth),
    (2, _a_where),
    (1, _a_extremum),
    (3, _a_matmul),
    (2, _a_partial_sum),
    (2, _a_running),
    (2, _a_joined),
    (2, _a_gather),
    (3, _a_call),
    (1, _a_zeros_like),
]


# ---------------------------------------------------------------------------------------------
# Calls


def call(scope: Scope, helper: Helper, depth: int = 1) -> str:
    """A call of the helper; what it writes into is given by name, each array once."""
    given: list[str] = []
    for want in helper.params:
        if want == "count":
            given.append(str(scope.choices.between(1, 3)))
        elif helper.writes and want != ():
            given.append(_writable(scope, want, given))
        else:
            given.append(array(scope, want, min(depth - 1, 1)))
    if helper.optional and scope.choices.chance(60):
        given = [*given[:-1], *([f"{helper.optional}={given[-1]}"] * scope.choices.below(2))]
    return f"{helper.name}({', '.join(given)})"


def _writable(scope: Scope, shape: Shape, taken: list[str]) -> str:
    used = {scope.groups[name] for name in taken if name in scope.groups}
    names = scope.writable(scope.named(lambda s: s == shape))
    names = [name for name in names if scope.groups[name] not in used]
    if names:
        return scope.choices.pick(names)
    return f"{_display(scope, shape)}"


def _produce(scope: Scope, table: list[tuple[int, Production]], depth: int) -> str | None:
    for _ in range(3):
        text = scope.choices.weighted(table)(scope, depth)
        if text is not None:
            return text
    return None
