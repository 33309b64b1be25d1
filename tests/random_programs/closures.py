"""Functions inside the program: closures, lambdas, `nonlocal`, functions as values."""

from __future__ import annotations

from tests.random_programs import expressions as ex
from tests.random_programs.scope import Lines, Piece, Scope, indented
from tests.random_programs.statements import augmented, bind_number, block, store_into


def local_function(scope: Scope) -> Lines:
    """A nested `def` of one or two numbers, which reads what is around it."""
    name, params = scope.fresh("inner_f"), [scope.fresh("u")]
    if scope.choices.chance(35):
        params.append(scope.fresh("u"))
    inner = scope.function()
    for param in params:
        inner.bind(param, ())
    inner.result = lambda at: ex.scalar(at, 1)
    body = block(inner, 2) if scope.choices.chance(60) else []
    lines = [f"def {name}({', '.join(params)}):"]
    lines += indented([*body, f"return {ex.scalar(inner)}"])
    scope.functions[name] = len(params)
    return [*lines, bind_number(scope, f"{call(scope, name)}")]


def call(scope: Scope, name: str) -> str:
    given = [ex.scalar(scope, 1) for _ in range(scope.functions[name])]
    return f"{name}({', '.join(given)})"


def lambda_text(scope: Scope, count: int = 1, depth: int = 2) -> str:
    """A lambda of `count` numbers."""
    inner = scope.function()
    params = [inner.bind(scope.fresh("u"), ()) for _ in range(count)]
    body = ex.scalar(inner, depth)
    if count > 1:
        body = f"{' + '.join(f'0.6 * {p}' for p in params)} + 0.3 * {body}"
    return f"lambda {', '.join(params)}: {body}"


def some_function(scope: Scope) -> str:
    """A function of one number: of the program, of the library, or a lambda."""
    known = [name for name, count in scope.functions.items() if count == 1]
    if known and scope.choices.chance(50):
        return scope.choices.pick(known)
    return scope.choices.pick(["math.sin", "math.tanh", "math.atan", f"({lambda_text(scope)})"])


def named_lambdas(scope: Scope) -> Lines:
    """One lambda, or several on a line."""
    names = [scope.fresh("f") for _ in range(scope.choices.between(1, 2))]
    values = [f"({lambda_text(scope)})" for _ in names]
    lines = [f"{', '.join(names)} = {', '.join(values)}"]
    scope.functions.update(dict.fromkeys(names, 1))
    return [*lines, bind_number(scope, f"{call(scope, names[-1])}")]


def with_nonlocal(scope: Scope) -> Lines:
    """A function that rebinds a variable around it, called in a loop or an expression."""
    total, name, param = scope.fresh("total"), scope.fresh("bump"), scope.fresh("u")
    lines = [f"{total} = {ex.scalar(scope, 1)}"]
    scope.bind(total, ())
    inner = scope.function()
    inner.bind(param, ())
    lines += [f"def {name}({param}):", f"    nonlocal {total}"]
    lines += [f"    {total} {augmented(inner, ())}", f"    return {ex.scalar(inner, 1)}"]
    scope.functions[name] = 1
    if scope.choices.chance(50):
        return [*lines, bind_number(scope, f"{total} + {call(scope, name)}")]
    i = scope.fresh("i")
    within = scope.inner(loop=True)
    within.indices[i] = 3
    return [*lines, f"for {i} in range(3):", *indented([*block(within, 1), call(within, name)])]


def writes_captured(scope: Scope) -> Lines | None:
    """A function that writes into an array of the function around it."""
    names = scope.writable(scope.arrays())
    if not names:
        return None
    target, name, param = scope.choices.pick(names), scope.fresh("put"), scope.fresh("u")
    inner = scope.function()
    inner.bind(param, ())
    inner.protected = set(scope.protected)
    body = store_into(inner, target) or []
    lines = [f"def {name}({param}):", *indented([*body, f"return {ex.scalar(inner, 1)}"])]
    first = f"{name}({ex.scalar(scope, 1)})"
    return [*lines, first, bind_number(scope, f"{name}({ex.scalar(scope, 1)})")]


def function_argument(scope: Scope) -> Lines:
    """A function of the module that is given a function."""
    name = scope.module.known.get("apply")
    if name is None:
        name = scope.module.known["apply"] = scope.module.fresh("apply")
        form = scope.choices.pick(["f(v)", "v + 0.3 * f(v)", "0.5 * (v + f(f(v)))"])
        body = ["for _ in range(n):", f"    v = {form}", "return v"]
        scope.module.parts.append([f"def {name}(f, v, n=2):", *indented(body)])
    f, value = some_function(scope), ex.scalar(scope, 1)
    count = scope.choices.pick(["", ", 3", ", n=1"])
    return [bind_number(scope, f"{name}({f}, {value}{count})")]


def function_returned(scope: Scope) -> Lines:
    """A function made by another one, that holds what it was made with."""
    maker = scope.module.known.get("maker")
    if maker is None:
        maker = scope.module.known["maker"] = scope.module.fresh("make")
        value = scope.choices.pick(["k * u + math.sin(k)", "math.tanh(k * u)", "u / (1.5 + k * k)"])
        inner = ["def made(u):", f"    return {value}", "", "return made"]
        short = [f"return lambda u: {value}"]
        body = scope.choices.pick([inner, short])
        scope.module.parts.append([f"def {maker}(k):", *indented(body)])
    name = scope.fresh("f")
    lines = [f"{name} = {maker}({ex.scalar(scope, 1)})"]
    scope.functions[name] = 1
    return [*lines, bind_number(scope, f"{call(scope, name)}")]


def functions_in_list(scope: Scope) -> Lines:
    """A list of functions, one of which is picked at run time, or all of which are called."""
    name, s = scope.fresh("fs"), scope.fresh("s")
    fs = [some_function(scope) for _ in range(scope.choices.between(2, 3))]
    lines = [f"{name} = [{', '.join(fs)}]"]
    kind = scope.choices.below(3)
    if kind == 0:
        f, value = scope.fresh("f"), ex.scalar(scope, 1)
        scope.bind(s, ())
        return [*lines, f"{s} = {value}", f"for {f} in {name}:", f"    {s} = {f}({s})"]
    at = ex.index(scope, len(fs))
    if kind == 1:
        at = f"0 if {ex.condition(scope)} else -1"
    value = f"{name}[{at}]({ex.scalar(scope, 1)})"
    return [*lines, f"{scope.bind(s, ())} = {value}"]


def functions_in_dict(scope: Scope) -> Lines:
    name, s = scope.fresh("table"), scope.fresh("s")
    items = [f'"{key}": {some_function(scope)}' for key in "pq"]
    lines = [f"{name} = {{{', '.join(items)}}}"]
    value = ex.scalar(scope, 1)
    if scope.choices.chance(50):
        lines.append(f'{s} = {name}["p" if {ex.condition(scope)} else "q"]({value})')
    else:
        f = scope.fresh("f")
        loop = scope.choices.pick([f"{f} in {name}.values()", f"_, {f} in {name}.items()"])
        lines += [f"{s} = {value}", f"for {loop}:", f"    {s} = 0.5 * {s} + {f}({s})"]
    scope.bind(s, ())
    return lines


def partial_function(scope: Scope) -> Lines:
    """`functools.partial` of a function of the module, with positions or names given."""
    blend = _blend(scope)
    name = scope.fresh("f")
    form = scope.choices.pick(["{f}, {e}", "{f}, v={e}", "{f}, w={e}, v=0.4"])
    lines = [f"{name} = functools.partial({form.format(f=blend, e=ex.scalar(scope, 1))})"]
    scope.functions[name] = 1
    return [*lines, bind_number(scope, f"{call(scope, name)}")]


def _blend(scope: Scope) -> str:
    name = scope.module.known.get("blend")
    if name is None:
        name = scope.module.known["blend"] = scope.module.fresh("blend")
        value = scope.choices.pick(["w * u + (1.0 - w) * v", "math.sin(u) * v + w", "u - w * v"])
        scope.module.parts.append([f"def {name}(u, v, w=0.5):", f"    return {value}"])
    return str(name)


def decorated(scope: Scope) -> Lines:
    """A function with a decorator of the user's."""
    name = scope.module.known.get("decorated")
    if name is None:
        wrap = scope.module.fresh("wrap")
        inner = ["@functools.wraps(f)", "def wrapped(*args, **kwargs):"]
        result = scope.choices.pick(["2.0 * f(*args, **kwargs)", "math.tanh(f(*args, **kwargs))"])
        inner += [f"    return {result}", "", "return wrapped"]
        scope.module.parts.append([f"def {wrap}(f):", *indented(inner)])
        name = scope.module.known["decorated"] = scope.module.fresh("decorated")
        lines = [f"@{wrap}", f"def {name}(u, v=0.3):", "    return u * v + math.cos(u)"]
        scope.module.parts.append(lines)
    given = scope.choices.pick(["{a}", "{a}, {b}", "{a}, v={b}"])
    text = given.format(a=ex.scalar(scope, 1), b=ex.scalar(scope, 1))
    return [bind_number(scope, f"{name}({text})")]


def star_arguments(scope: Scope) -> Lines:
    """`*args` in a definition, and calls with lists, arrays and numbers."""
    name = scope.module.known.get("gather")
    if name is None:
        name = scope.module.known["gather"] = scope.module.fresh("gather")
        step = scope.choices.pick(["s + v * v", "math.sin(s) + scale * v", "scale * s + v"])
        body = ["s = 0.1", "for v in values:", f"    s = {step}", "return s"]
        scope.module.parts.append([f"def {name}(*values, scale=0.8):", *indented(body)])
    forms = ["{a}, {b}", "{a}", "{a}, {b}, scale={c}"]
    sequences = [*scope.vectors(), *scope.lists]
    if sequences:
        xs = scope.choices.pick(sequences)
        forms += [f"*{xs}", f"{{a}}, *{xs}", f"*{xs}, scale={{c}}"]
    values = {key: ex.scalar(scope, 1) for key in "abc"}
    given = scope.choices.pick(forms).format(**values)
    return [bind_number(scope, f"{name}({given})")]


def keyword_arguments(scope: Scope) -> Lines:
    """`**options` in a definition, and calls with names and dicts."""
    name = scope.module.known.get("damped")
    if name is None:
        name = scope.module.known["damped"] = scope.module.fresh("damped")
        read = scope.choices.pick(['options.get("rate", 0.4)', 'options["rate"]'])
        body = [f"rate = {read}", "return math.exp(-rate * rate) * u"]
        scope.module.parts.append([f"def {name}(u, **options):", *indented(body)])
    rate, s = ex.scalar(scope, 1), scope.fresh("s")
    if scope.choices.chance(50):
        lines = [f"{s} = {name}({ex.scalar(scope, 1)}, rate={rate})"]
    else:
        options = scope.fresh("options")
        lines = [f'{options} = {{"rate": {rate}}}']
        lines.append(f"{s} = {name}({ex.scalar(scope, 1)}, **{options})")
    scope.bind(s, ())
    return lines


def array_default(scope: Scope) -> Lines:
    """A parameter whose default is an array."""
    name = scope.module.known.get("weighted")
    if name is None:
        name = scope.module.known["weighted"] = scope.module.fresh("weighted")
        head = f"def {name}(u, w=np.array([0.3, -0.6, 0.9])):"
        scope.module.parts.append([head, "    return np.sum(w * u) + u * w[0]"])
    other = ex.array(scope, (3,), 1)
    given = scope.choices.pick(["{a}", "{a}, {b}", "{a}, w={b}"])
    text = given.format(a=ex.scalar(scope, 1), b=other)
    return [bind_number(scope, f"{name}({text})")]


PIECES = [
    Piece("nested def", local_function),
    Piece("lambda", named_lambdas),
    Piece("nonlocal", with_nonlocal),
    Piece("captured array written", writes_captured),
    Piece("function as an argument", function_argument),
    Piece("function returned", function_returned),
    Piece("functions in a list", functions_in_list),
    Piece("functions in a dict", functions_in_dict),
    Piece("partial", partial_function),
    Piece("decorator", decorated),
    Piece("*args", star_arguments),
    Piece("**kwargs", keyword_arguments),
    Piece("default that is an array", array_default),
]
