"""Classes of the program's own: dataclasses, NamedTuples, inheritance, operators, methods."""

from __future__ import annotations

from collections.abc import Callable

from tests.random_programs import expressions as ex
from tests.random_programs.scope import Lines, Model, Piece, Scope, Shape, indented
from tests.random_programs.statements import bind_number, block, may_share, store_into


def _method_scope(scope: Scope, fields: tuple[tuple[str, Shape], ...], *, changes: bool) -> Scope:
    """The scope of a method: its instance's attributes, and one number."""
    inner = Scope(scope.choices, module=scope.module, pieces=[], fuel=[2])
    for name, shape in fields:
        inner.bind(f"self.{name}", shape)
    if not changes:
        inner.frozen = set(inner.shapes)
        inner.protected = set(inner.groups.values())
    inner.fresh("u")
    inner.bind("u", ())
    inner.result = lambda at: ex.scalar(at, 1)
    return inner


def _reading(scope: Scope, fields: tuple[tuple[str, Shape], ...], head: str) -> Lines:
    """A method that gives a number."""
    inner = _method_scope(scope, fields, changes=False)
    body = block(inner, 1) if scope.choices.chance(40) else []
    return [f"def {head}(self, u):", *indented([*body, f"return {ex.scalar(inner)}"]), ""]


def _changing(scope: Scope, fields: tuple[tuple[str, Shape], ...]) -> Lines:
    """A method that changes the instance."""
    inner = _method_scope(scope, fields, changes=True)
    inner.result = None
    arrays = [f"self.{name}" for name, shape in fields if shape]
    body = [f"self.{fields[0][0]} = 0.5 * self.{fields[0][0]} + {ex.scalar(inner)}"]
    if arrays:
        body += store_into(inner, arrays[0]) or []
    return ["def advance(self, u):", *indented([*body, *block(inner, 1)]), ""]


def _property(scope: Scope, fields: tuple[tuple[str, Shape], ...]) -> Lines:
    inner = _method_scope(scope, fields, changes=False)
    del inner.shapes["u"]
    return ["@property", "def size(self):", f"    return {ex.scalar(inner)}", ""]


def _fields(scope: Scope) -> tuple[tuple[str, Shape], ...]:
    fields: tuple[tuple[str, Shape], ...] = (("p", ()), ("q", ()))
    return (*fields, ("w", (3,))) if scope.choices.chance(45) else fields


def _init(fields: tuple[tuple[str, Shape], ...]) -> Lines:
    names = [name for name, _ in fields]
    body = [f"self.{name} = {name}" for name in names]
    return [f"def __init__(self, {', '.join(names)}):", *indented(body), ""]


def plain_class(scope: Scope) -> Model:
    """A class with methods, a property and `__call__`, perhaps with class and static methods."""
    name, fields = scope.module.fresh("Body"), _fields(scope)
    body = _init(fields) + _reading(scope, fields, "value") + _changing(scope, fields)
    methods = ["value"]
    if scope.choices.chance(50):
        body += _property(scope, fields)
    if scope.choices.chance(40):
        body += _reading(scope, fields, "__call__")
        methods.append("__call__")
    if scope.choices.chance(30):
        body += ["@staticmethod", "def turned(u):", "    return math.sin(u) + 0.5 * u", ""]
        methods.append("turned")
    readings = ("size",) if any("def size" in line for line in body) else ()
    scope.module.parts.append([f"class {name}:", *indented(body)])
    return Model(name, fields, False, readings, tuple(methods), ("advance",))


def child_class(scope: Scope) -> Model:
    """A class that extends another one, with `super()`."""
    parent = _known(scope, "plain", plain_class)
    name = scope.module.fresh("Child")
    given = [each for each, _ in parent.fields]
    body = [f"def __init__(self, {', '.join(given)}, r=0.4):"]
    body += [f"    super().__init__({', '.join(given)})", "    self.r = r", ""]
    factor = scope.choices.pick(["self.r", "math.cos(self.r)", "0.7"])
    body += ["def value(self, u):", f"    return {factor} * super().value(u) + self.r * u", ""]
    scope.module.parts.append([f"class {name}({parent.name}):", *indented(body)])
    fields = (*parent.fields, ("r", ()))
    return Model(name, fields, False, parent.readings, parent.methods, parent.changes)


def dataclass(scope: Scope) -> Model:
    """A dataclass, frozen or not, with a method."""
    frozen = scope.choices.chance(50)
    name, fields = scope.module.fresh("State"), _fields(scope)
    kinds = {(): "float", (3,): "np.ndarray"}
    body = [f"{each}: {kinds[shape]}" for each, shape in fields] + [""]
    body += _reading(scope, fields, "value")
    if not frozen:
        body += _changing(scope, fields)
    head = "@dataclasses.dataclass(frozen=True)" if frozen else "@dataclasses.dataclass"
    scope.module.parts.append([head, f"class {name}:", *indented(body)])
    return Model(name, fields, frozen, (), ("value",), () if frozen else ("advance",))


def named_tuple(scope: Scope) -> Model:
    name, fields = scope.module.fresh("Pair"), _fields(scope)
    kinds = {(): "float", (3,): "np.ndarray"}
    body = [f"{each}: {kinds[shape]}" for each, shape in fields] + [""]
    body += _reading(scope, fields, "value")
    scope.module.parts.append([f"class {name}(NamedTuple):", *indented(body)])
    return Model(name, fields, True, (), ("value",))


def vector_class(scope: Scope) -> Model:
    """A vector or dual number of the user's, with operators."""
    name, fields = scope.module.fresh("Vec"), (("p", ()), ("q", ()))
    make = f"return {name}({{}}, {{}})"
    product = scope.choices.pick(
        [("self.p * k", "self.q * k"), ("0.5 * self.p * k", "self.q + 0.1 * k")]
    )
    body = _init(fields)
    body += ["def __add__(self, other):"]
    body += ["    " + make.format("self.p + other.p", "self.q + other.q"), ""]
    body += ["def __sub__(self, other):"]
    body += ["    " + make.format("self.p - other.p", "self.q - 0.5 * other.q"), ""]
    body += ["def __mul__(self, k):", "    " + make.format(*product), "", "__rmul__ = __mul__", ""]
    body += ["def __neg__(self):", "    " + make.format("-self.p", "-self.q"), ""]
    body += ["def __matmul__(self, other):", "    return self.p * other.p + self.q * other.q", ""]
    body += ["def __getitem__(self, i):", "    return (self.p, self.q)[i]", ""]
    body += _reading(scope, fields, "value")
    scope.module.parts.append([f"class {name}:", *indented(body)])
    forms = ("{a} + {b}", "{a} - {b}", "{a} * {e}", "{k} * {a}", "-{a}", "{a} + {b} * {k}")
    return Model(name, fields, False, (), ("value",), (), forms)


# ---------------------------------------------------------------------------------------------
# Instances


def bind_object(scope: Scope, name: str, model: Model) -> None:
    """Its attributes are from now on names like others."""
    scope.objects[name] = model
    for each, shape in model.fields:
        scope.bind(f"{name}.{each}", shape)
        if model.frozen:
            scope.frozen.add(f"{name}.{each}")
    for each in model.readings:
        scope.frozen.add(scope.bind(f"{name}.{each}", ()))


def construct(scope: Scope, model: Model) -> tuple[str, list[str]]:
    """A call of the constructor, and what its arrays are given."""
    values, arrays = [], []
    for _, shape in model.fields:
        value = ex.array(scope, shape, 1)
        values.append(value)
        arrays += [value] if shape else []
    return f"{model.name}({', '.join(values)})", arrays


def make(scope: Scope, model: Model) -> tuple[Lines, str]:
    name = scope.fresh("o")
    text, arrays = construct(scope, model)
    bind_object(scope, name, model)
    for value in arrays:
        may_share(scope, f"{name}.w", value)
    return [f"{name} = {text}"], name


Definition = Callable[[Scope], Model]


def _known(scope: Scope, kind: str, definition: Definition) -> Model:
    """The program's class of a kind; it has one of each."""
    if kind not in scope.module.known:
        scope.module.known[kind] = definition(scope)
    model: Model = scope.module.known[kind]
    return model


def _of(kind: str, definition: Definition) -> Callable[[Scope], Lines]:
    """A piece: an instance of a class of the kind, and a use of it."""

    def piece(scope: Scope) -> Lines:
        model = _known(scope, kind, definition)
        lines, name = make(scope, model)
        used = scope.choices.pick(["method", "change", "attribute"])
        if used == "change" and model.changes:
            return [*lines, f"{name}.advance({ex.scalar(scope, 1)})"]
        if used == "attribute" and not model.frozen:
            return [*lines, f"{name}.p = {ex.scalar(scope)}"]
        value = f"{name}.value({ex.scalar(scope, 1)})"
        return [*lines, bind_number(scope, value)]

    return piece


def _some_object(scope: Scope, test: Callable[[Model], bool]) -> tuple[Lines, str] | None:
    """An instance in scope whose class passes the test."""
    names = [name for name, model in scope.objects.items() if test(model)]
    return ([], scope.choices.pick(names)) if names else None


def operators(scope: Scope) -> Lines:
    """Arithmetic with instances."""
    model = _known(scope, "vector", vector_class)
    names = [name for name, each in scope.objects.items() if each is model]
    lines: Lines = []
    while len(names) < 2:
        made, name = make(scope, model)
        lines, names = lines + made, [*names, name]
    a, b = scope.choices.pick(names), scope.choices.pick(names)
    result = scope.fresh("o")
    k, form = ex.constant(scope), scope.choices.pick(model.operators)
    text = form.format(a=a, b=b, e=f"({ex.scalar(scope, 1)})", k=k)
    lines.append(f"{result} = {text}")
    bind_object(scope, result, model)
    return [*lines, bind_number(scope, scope.choices.pick([f"{a} @ {result}", f"{result}[1]"]))]


def replaced(scope: Scope) -> Lines | None:
    """`dataclasses.replace`, or `_replace` of a named tuple."""
    found = _some_object(scope, lambda model: model.name.startswith(("State", "Pair")))
    if found is None:
        kind, make_class = scope.choices.pick([("dataclass", dataclass), ("tuple", named_tuple)])
        model = _known(scope, kind, make_class)
        found = make(scope, model)
    lines, name = found
    model = scope.objects[name]
    value, new = f"p={ex.scalar(scope, 1)}", scope.fresh("o")
    pair = model.name.startswith("Pair")
    text = f"{name}._replace({value})" if pair else f"dataclasses.replace({name}, {value})"
    bind_object(scope, new, model)
    if len(model.fields) > 2:
        scope.alias(f"{new}.w", f"{name}.w")
    return [*lines, f"{new} = {text}"]


def changed_in_loop(scope: Scope) -> Lines:
    """An instance that a loop changes by its method and its attributes."""
    found = _some_object(scope, lambda model: bool(model.changes))
    if found is None:
        model = _known(scope, "plain", plain_class)
        found = make(scope, model)
    lines, name = found
    i = scope.fresh("i")
    inner = scope.inner(loop=True)
    inner.indices[i] = 3
    body = [*block(inner, 1), f"{name}.advance({ex.scalar(inner, 1)})"]
    if scope.choices.chance(50):
        body += block(inner, 1)
    return [*lines, f"for {i} in range({scope.choices.between(1, 3)}):", *indented(body)]


def in_list(scope: Scope) -> Lines:
    """Instances in a list, run through, changed and summed."""
    model = _known(scope, "plain", plain_class)
    name, o = scope.fresh("bodies"), scope.fresh("o")
    items = [construct(scope, model)[0] for _ in range(2)]
    lines = [f"{name} = [{', '.join(items)}]"]
    inner = scope.inner(loop=True)
    bind_object(inner, o, model)
    if f"{o}.w" in inner.shapes:  # it may be any array
        inner.protected = set(inner.groups.values())
    body = [f"{o}.p = 0.5 * {o}.p + {ex.scalar(inner, 1)}", *block(inner, 1)]
    if scope.choices.chance(50):
        body.append(f"{o}.advance({ex.scalar(inner, 1)})")
    lines += [f"for {o} in {name}:", *indented(body)]
    each = scope.choices.pick(["each.p * each.q", "each.value(0.4)"])
    return [*lines, bind_number(scope, f"sum({each} for each in {name})")]


def swapped(scope: Scope) -> Lines | None:
    """Two names change their instances, or an instance its array."""
    pairs = [(a, b) for a in scope.objects for b in scope.objects if a < b]
    pairs = [(a, b) for a, b in pairs if scope.objects[a] is scope.objects[b]]
    if scope.depth:
        return None
    lines: Lines = []
    if not pairs:
        model = _known(scope, "plain", plain_class)
        (first, a), (second, b) = make(scope, model), make(scope, model)
        lines, pairs = first + second, [(a, b)]
    a, b = scope.choices.pick(pairs)
    for each, shape in scope.objects[a].fields:
        if shape:
            scope.alias(f"{a}.{each}", f"{b}.{each}")
    return [*lines, f"{a}, {b} = {b}, {a}"]


PIECES = [
    Piece("class", _of("plain", plain_class)),
    Piece("inheritance and super", _of("child", child_class)),
    Piece("dataclass", _of("dataclass", dataclass)),
    Piece("NamedTuple", _of("tuple", named_tuple)),
    Piece("operators of a class", operators),
    Piece("replace", replaced),
    Piece("instance changed in a loop", changed_in_loop),
    Piece("instances in a list", in_list),
    Piece("instances swapped", swapped),
]
