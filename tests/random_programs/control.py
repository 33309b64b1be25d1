"""Control flow: `match`, walrus, `else` of loops, exceptions, contexts."""

from __future__ import annotations

from tests.random_programs import expressions as ex
from tests.random_programs.iteration import numbers
from tests.random_programs.scope import Lines, Piece, Scope, indented
from tests.random_programs.statements import assign_scalar, bind_number, block


def match_literal(scope: Scope) -> Lines:
    """Literals, alternatives, a guard and the rest."""
    subject = scope.choices.pick(list(scope.indices)) if scope.indices else None
    if subject is None:
        subject = scope.choices.pick(['"up"', '"down"', "2"])
    first = scope.choices.pick(["0", "1 | 2", '"up" | "left"'])
    lines = [f"match {subject}:", f"    case {first}:"]
    lines += indented(indented(block(scope.inner(), 2)))
    if scope.choices.chance(50):
        lines += [f"    case 3 | 1 if {ex.condition(scope, 0)}:"]
        lines += indented(indented(block(scope.inner(), 1)))
    return [*lines, "    case _:", *indented(indented(block(scope.inner(), 2)))]


def match_sequence(scope: Scope) -> Lines:
    """Patterns that take a tuple apart, with guards."""
    p, q, result = scope.fresh("s"), scope.fresh("s"), scope.fresh("s")
    subject = f"({ex.scalar(scope, 1)}, {ex.scalar(scope, 1)})"
    inner = scope.inner()
    inner.bind(p, ())
    inner.bind(q, ())
    lines = [f"match {subject}:", f"    case ({p}, {q}) if {p} {scope.choices.pick('<>')} {q}:"]
    lines += indented(indented([*block(inner, 1), f"{result} = {ex.scalar(inner)}"]))
    lines += [f"    case [{p}, *_]:", f"        {result} = {p} * {ex.scalar(scope, 1)}"]
    scope.bind(result, ())
    return lines


def match_mapping(scope: Scope) -> Lines:
    p, result, name = scope.fresh("s"), scope.fresh("s"), scope.fresh("event")
    kind = scope.choices.pick(["kick", "wait"])
    lines = [f'{name} = {{"kind": "{kind}", "by": {ex.scalar(scope, 1)}}}', f"match {name}:"]
    inner = scope.inner()
    inner.bind(p, ())
    lines += [f'    case {{"kind": "kick", "by": {p}}}:']
    lines += indented(indented([*block(inner, 1), f"{result} = {ex.scalar(inner)}"]))
    lines += ["    case _:", f"        {result} = {ex.scalar(scope, 1)}"]
    scope.bind(result, ())
    return lines


def match_class(scope: Scope) -> Lines | None:
    """A pattern of a class, by keywords, or of the kind of a number."""
    result, p = scope.fresh("s"), scope.fresh("s")
    inner = scope.inner()
    inner.bind(p, ())
    if scope.objects:
        name = scope.choices.pick(list(scope.objects))
        pattern = f"{scope.objects[name].name}(p={p})"
    else:
        name, pattern = f"float({ex.scalar(scope, 1)})", f"float({p})"
    lines = [f"match {name}:", f"    case {pattern} if {p} < 0.4:"]
    lines += [f"        {result} = {ex.scalar(inner)}"]
    lines += [f"    case {pattern}:", f"        {result} = {p} * {ex.scalar(scope, 1)}"]
    lines += ["    case _:", f"        {result} = 0.0"]
    scope.bind(result, ())
    return lines


def walrus(scope: Scope) -> Lines:
    kind = scope.choices.below(3)
    s, total = scope.fresh("s"), scope.fresh("s")
    if kind == 0:
        test = f"({s} := {ex.scalar(scope)}) {scope.choices.pick('<>')} {ex.constant(scope)}"
        scope.bind(s, ())
        return [f"if {test}:", *indented(block(scope.inner(), 2)), f"{s} *= 0.9"]
    if kind == 1:
        xs, _ = numbers(scope)
        e = scope.fresh("e")
        inner = scope.function()
        inner.bind(e, ())
        value = f"[({s} := 0.5 * {s} + {ex.scalar(inner, 1)}) for {e} in {xs}]"
        lines = [f"{s} = {ex.scalar(scope, 1)}", f"{total} = sum({value})"]
        scope.bind(s, ())
        scope.bind(total, ())
        return lines
    lines = [f"{total} = {ex.scalar(scope, 1)}", f"while ({s} := 0.6 * {total}) * {s} > 0.04:"]
    inner = scope.inner(loop=True)
    inner.bind(s, ())
    inner.frozen.add(s)
    scope.bind(total, ())
    return [*lines, *indented([*block(inner, 1), f"{total} = 0.5 * {s}"])]


def loop_with_else(scope: Scope) -> Lines:
    """A search by `for` or `while` that leaves by `break`, or ends in `else`."""
    result = scope.fresh("s")
    if scope.choices.chance(60):
        e = scope.fresh("e")
        inner = scope.inner(loop=True)
        inner.bind(e, ())
        header = [f"for {e} in {numbers(scope)[0]}:"]
        found = f"if {e} {scope.choices.pick('<>')} {ex.constant(scope)}:"
        step = block(inner, 1)
    else:
        k = scope.fresh("k")
        inner = scope.inner(loop=True)
        inner.indices[k] = 4
        header = [f"{k} = -1", f"while {k} < 2:"]
        step = [f"{k} += 1"]
        found = f"if {ex.condition(inner, 0)}:"
    body = [*step, found, f"    {result} = {ex.scalar(inner)}", "    break"]
    orelse = [*block(scope.inner(), 1), f"{result} = {ex.scalar(scope)}"]
    scope.bind(result, ())
    return [*header, *indented(body), "else:", *indented(orelse)]


# ---------------------------------------------------------------------------------------------
# Exceptions and contexts


def _checked(scope: Scope) -> str:
    """A function of the module that may raise."""
    name = scope.module.known.get("checked")
    if name is None:
        name = scope.module.known["checked"] = scope.module.fresh("checked")
        error = scope.choices.pick(["ValueError", "Rejected"])
        bound = scope.choices.pick(["0.3", "-0.2", "0.9"])
        body = [f"if v > {bound}:", f'    raise {error}(f"{{v}} is beyond")']
        body += [scope.choices.pick(["return math.sin(v)", "return 0.5 * v * v - v"])]
        scope.module.parts.append(["class Rejected(ValueError):", '    """Of the user\'s own."""'])
        scope.module.parts.append([f"def {name}(v):", *indented(body)])
    return str(name)


def try_call(scope: Scope) -> Lines:
    """An exception of a function that is called, handled here."""
    s = scope.fresh("s")
    lines = ["try:"]
    if scope.choices.chance(30):
        lines += indented(assign_scalar(scope.inner()))
    lines += [f"    {s} = {_checked(scope)}({ex.scalar(scope)})"]
    lines += [scope.choices.pick(["except ValueError:", "except (ValueError, KeyError) as error:"])]
    if "as error" in lines[-1]:
        lines.append("    LOG.append(str(error)[:2])")
    lines += indented([*block(scope.inner(), 1), f"{s} = {ex.scalar(scope)}"])
    return _finished(scope, lines, s)


def try_raise(scope: Scope) -> Lines:
    """An exception that is raised in the statement itself."""
    s = scope.fresh("s")
    lines = ["try:", f"    {s} = {ex.scalar(scope, 1)}"]
    inner = scope.inner()
    inner.bind(s, ())
    lines += [f"    if {s} > {ex.constant(scope)}:", f'        raise ValueError("{s}")']
    lines += [f"    {s} = {s} * {ex.scalar(inner, 1)}", "except ValueError:"]
    lines += indented([*block(scope.inner(), 1), f"{s} = 0.7 * {ex.scalar(scope, 1)}"])
    return _finished(scope, lines, s)


def try_lookup(scope: Scope) -> Lines:
    """An error of the language: a key that is not there."""
    s, name = scope.fresh("s"), scope.fresh("known")
    key = scope.choices.pick(["a", "b"])
    lines = [f'{name} = {{"a": {ex.scalar(scope, 1)}}}', "try:"]
    lines += [f'    {s} = {name}["{key}"] * {ex.scalar(scope, 1)}', "except KeyError:"]
    return _finished(scope, [*lines, f"    {s} = {ex.scalar(scope)}"], s)


def _finished(scope: Scope, lines: Lines, bound: str) -> Lines:
    """Perhaps with `else` and `finally`."""
    scope.bind(bound, ())
    if scope.choices.chance(40):
        lines += ["else:", *indented(block(scope.inner(), 1))]
    if scope.choices.chance(40):
        lines += ["finally:", *indented(assign_scalar(scope.inner()))]
    return lines


def context(scope: Scope) -> Lines:
    """`np.errstate`, `contextlib.suppress` around what raises nothing, or the user's own."""
    forms = ['np.errstate(divide="ignore")', "contextlib.nullcontext()", "Timer()", "Timer() as t"]
    return [f"with {scope.choices.pick(forms)}:", *indented(block(scope.inner(), 2))]


def suppressed(scope: Scope) -> Lines:
    s = scope.fresh("s")
    lines = [f"{s} = {ex.scalar(scope, 1)}", "with contextlib.suppress(ValueError):"]
    lines.append(f"    {s} = {_checked(scope)}({ex.scalar(scope, 1)})")
    scope.bind(s, ())
    return lines


def guarded(scope: Scope) -> Lines:
    """A check that never fails here, with the user's own message."""
    s = bind_number(scope, ex.scalar(scope, 1))
    name = s.split(" = ")[0]
    check = [f"if abs({name}) > 1e6:", f'    raise RuntimeError(f"no convergence: {{{name}}}")']
    return [s, *scope.choices.pick([check, [f'assert abs({name}) < 1e6, f"{{{name}}} is large"']])]


PIECES = [
    Piece("match of literals", match_literal),
    Piece("match of sequences", match_sequence),
    Piece("match of mappings", match_mapping),
    Piece("match of classes", match_class),
    Piece("walrus", walrus),
    Piece("else of a loop", loop_with_else),
    Piece("try around a call", try_call),
    Piece("try around a raise", try_raise),
    Piece("try around a lookup", try_lookup),
    Piece("with", context),
    Piece("suppress", suppressed),
    Piece("raise and assert", guarded),
]
