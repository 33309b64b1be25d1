"""Dicts, lists, lists of arrays, unpacking, names: made, changed and read in every usual way."""

from __future__ import annotations

from tests.random_programs import expressions as ex
from tests.random_programs.iteration import numbers
from tests.random_programs.scope import Lines, Piece, Scope, Shape, indented
from tests.random_programs.statements import augmented, bind_number, block, may_share


def make_dict(scope: Scope) -> Lines:
    """A dict of numbers, whose items are from then on names like others."""
    name = scope.fresh("state")
    keys = ("p", "q", "r")[: scope.choices.between(2, 3)]
    items = ", ".join(f'"{key}": {ex.scalar(scope, 1)}' for key in keys)
    return [f"{name} = {{{items}}}", *_bound(scope, name, keys)]


def _bound(scope: Scope, name: str, keys: tuple[str, ...]) -> Lines:
    scope.dicts[name] = keys
    for key in keys:
        scope.bind(f'{name}["{key}"]', ())
    return []


def _some_dict(scope: Scope) -> tuple[Lines, str]:
    """A dict that is there, or one made for the purpose."""
    lines = [] if scope.dicts else make_dict(scope)
    return lines, scope.choices.pick(list(scope.dicts))


def dict_items(scope: Scope) -> Lines:
    """A loop over the items, values or keys, that may write the values back."""
    lines, name = _some_dict(scope)
    total, key, value = scope.fresh("s"), scope.fresh("key"), scope.fresh("e")
    lines.append(f"{total} = {ex.scalar(scope, 1)}")
    inner = scope.inner(loop=True)
    inner.bind(total, ())
    kind = scope.choices.below(3)
    read = value if kind < 2 else f"{name}[{key}]"
    if kind < 2:
        inner.bind(value, ())
    body = [f"{total} = 0.5 * {total} + {read} * {ex.scalar(inner, 1)}"]
    if kind != 1 and scope.choices.chance(50):
        body.append(f"{name}[{key}] = 0.8 * {read} + 0.2 * {ex.scalar(inner, 1)}")
    headers = [f"{key}, {value} in {name}.items()", f"{value} in {name}.values()"]
    headers += [scope.choices.pick([f"{key} in {name}", f"{key} in sorted({name})"])]
    scope.bind(total, ())
    return [*lines, f"for {headers[kind]}:", *indented(body)]


def dict_get(scope: Scope) -> Lines:
    lines, name = _some_dict(scope)
    key = scope.choices.pick([*scope.dicts[name], "absent"])
    form = scope.choices.pick(['{d}.get("{k}", {e})', '({d}["{k}"] if "{k}" in {d} else {e})'])
    value = form.format(d=name, k=key, e=ex.scalar(scope, 1))
    return [*lines, bind_number(scope, f"{value} * {ex.scalar(scope, 1)}")]


def dict_merge(scope: Scope) -> Lines:
    lines, name = _some_dict(scope)
    keys, merged = scope.dicts[name], scope.fresh("state")
    value = ex.scalar(scope, 1)
    key = scope.choices.pick([keys[0], "z"])
    forms = ['{{**{d}, "{k}": {e}}}', '{d} | {{"{k}": {e}}}', "dict({d}, {k}={e})"]
    lines.append(f"{merged} = {scope.choices.pick(forms).format(d=name, k=key, e=value)}")
    return lines + _bound(scope, merged, keys if key in keys else (*keys, key))


def dict_comprehension(scope: Scope) -> Lines:
    lines, name = _some_dict(scope)
    made, key, value = scope.fresh("state"), scope.fresh("key"), scope.fresh("e")
    inner = scope.function()
    inner.bind(value, ())
    text = f"{{{key}: {ex.scalar(inner, 1)} for {key}, {value} in {name}.items()}}"
    lines.append(f"{made} = {text}")
    return lines + _bound(scope, made, scope.dicts[name])


def dict_changed(scope: Scope) -> Lines:
    """`update`, `setdefault`, `pop`, `del` and a key that is new on one path."""
    lines, name = _some_dict(scope)
    key, value = scope.dicts[name][0], ex.scalar(scope, 1)
    kind = scope.choices.below(5)
    if kind == 0:
        form = scope.choices.pick(["{k}={e}", '{{"{k}": {e}}}'])
        return [*lines, f"{name}.update({form.format(k=key, e=value)})"]
    if kind == 1:
        return [*lines, bind_number(scope, f'{name}.setdefault("{key}", {value})')]
    lines.append(f'{name}["z"] = {value}')
    if kind == 2:
        return [*lines, bind_number(scope, f'{name}.pop("z")')]
    if kind == 3:
        return [*lines, bind_number(scope, f"sum({name}.values())"), f'del {name}["z"]']
    test = ex.condition(scope)
    lines = [*lines, f"if {test}:", f'    {name}["z"] *= {ex.scalar(scope, 1)}']
    return [*lines, bind_number(scope, f'{name}.pop("z", 0.3)')]


def nested_dict(scope: Scope) -> Lines:
    name, w = scope.fresh("params"), scope.fresh("w")
    array = ex.array(scope, (3,), 1)
    lines = [f"{w} = 1.0 * ({array})"]
    scope.bind(w, (3,))
    items = f'"w": {w}, "deep": {{"k": {ex.scalar(scope, 1)}, "l": {ex.scalar(scope, 1)}}}'
    lines.append(f"{name} = {{{items}}}")
    scope.bind(f'{name}["w"]', (3,))
    scope.alias(f'{name}["w"]', w)
    for key in "kl":
        scope.bind(f'{name}["deep"]["{key}"]', ())
    return [*lines, f'{name}["deep"]["k"] {augmented(scope, ())}']


def memoised(scope: Scope) -> Lines:
    """A dict that keeps what has been computed."""
    cache, name, key = scope.fresh("cache"), scope.fresh("cached"), scope.fresh("key")
    inner = scope.function()
    test = scope.choices.pick([f"if {key} not in {cache}:", f"if {cache}.get({key}) is None:"])
    body = [test, f"    {cache}[{key}] = ({key} + 1) * {ex.scalar(inner)}"]
    if scope.choices.chance(50):
        lines = [f"{cache} = {{}}", f"def {name}({key}):"]
        lines += indented([*body, f"return {cache}[{key}]"])
        return [*lines, bind_number(scope, f"{name}(1) + {name}(2) * {name}(1)")]
    total = scope.fresh("s")
    lines = [f"{cache} = {{}}", f"{total} = 0.0", f"for {key} in (1, 2, 1):"]
    scope.bind(total, ())
    return [*lines, *indented([*body, f"{total} += {cache}[{key}]"])]


def key_set(scope: Scope) -> Lines:
    """A set of keys or indices decides what is added up."""
    name, i, total = scope.fresh("chosen"), scope.fresh("i"), scope.fresh("s")
    lines = [f"{name} = {{0, 2}}", f"{total} = {ex.scalar(scope, 1)}"]
    inner = scope.inner(loop=True)
    inner.bind(total, ())
    inner.indices[i] = 3
    if scope.choices.chance(50):
        header = [f"for {i} in sorted({name} | {{1}}):"]
        body = [*block(inner, 1), f"{total} = 0.6 * {total} + {ex.scalar(inner, 1)}"]
    else:
        header = [f"for {i} in range(3):", f"    if {i} not in {name}:", "        continue"]
        body = [f"{total} = 0.6 * {total} + {ex.scalar(inner, 1)}"]
    scope.bind(total, ())
    return [*lines, *header, *indented(body)]


# ---------------------------------------------------------------------------------------------
# Lists


def _some_list(scope: Scope) -> tuple[Lines, str]:
    if scope.lists:
        return [], scope.choices.pick(list(scope.lists))
    name = scope.fresh("xs")
    lines = [f"{name} = [{ex.scalar(scope, 1)}, {ex.scalar(scope, 1)}]"]
    scope.lists[name] = 2
    return lines, name


def list_methods(scope: Scope) -> Lines:
    """Methods after which the list is at least as long as before."""
    lines, name = _some_list(scope)
    e, s = ex.scalar(scope, 1), ex.scalar(scope, 1)
    kind = scope.choices.below(7)
    if kind < 2:
        return [*lines, f"{name}.append({e})"]
    if kind == 2:
        return [*lines, f"{name}.insert({scope.choices.pick(['0', '1', '-1'])}, {e})"]
    if kind == 3:
        form = f"{name}.extend([{e}, {s}])"
        return [*lines, form]
    if kind == 4:
        at = scope.choices.pick(["", "0", "1"])
        return [*lines, f"{name}.append({e})", bind_number(scope, f"{name}.pop({at})")]
    if kind == 5:
        return [*lines, scope.choices.pick([f"{name}.reverse()", f"{name}.sort()"])]
    guard = [f"if len({name}) > {scope.lists[name]}:", f"    {name}.pop()"]
    return [*lines, f"if {ex.condition(scope)}:", f"    {name}.append({e})", *guard]


def list_arithmetic(scope: Scope) -> Lines:
    """`+`, `*`, slices and stores into slices of lists."""
    lines, name = _some_list(scope)
    made, length = scope.fresh("xs"), scope.lists[name]
    e = ex.scalar(scope, 1)
    kind = scope.choices.below(5)
    if kind == 0:
        lines.append(f"{made} = {name} + [{e}]")
    elif kind == 1:
        lines.append(f"{made} = [{e}] * 2 + {name}")
    elif kind == 2:
        lines.append(f"{made} = {name}[{scope.choices.pick([':', '::-1'])}]")
    elif kind == 3:
        lines.append(f"{made} = [{e}, *{name}]")
    else:
        lines += [f"{made} = list({name})", f"{made}[:2] = [{e}, {ex.scalar(scope, 1)}]"]
    scope.lists[made] = length
    return lines


def nested_list(scope: Scope) -> Lines:
    name, i = scope.fresh("grid"), scope.fresh("i")
    rows = [f"[{ex.scalar(scope, 1)}, {ex.scalar(scope, 1)}]" for _ in range(2)]
    lines = [f"{name} = [{', '.join(rows)}]"]
    for row in range(2):
        for column in range(2):
            scope.bind(f"{name}[{row}][{column}]", ())
    if scope.choices.chance(40):
        return lines
    inner = scope.inner(loop=True)
    inner.indices[i] = 2
    body = [f"{name}[{i}][0] {augmented(inner, ())}", f"{name}[{i}].append({ex.scalar(inner, 1)})"]
    lines += [f"for {i} in range(2):", *indented(body)]
    return [*lines, bind_number(scope, f"sum(sum(row) for row in {name})")]


def unpacked(scope: Scope) -> Lines:
    """A target with a star."""
    xs, length = numbers(scope)
    first, rest = scope.fresh("s"), scope.fresh("xs")
    target = scope.choices.pick([f"{first}, *{rest}", f"*{rest}, {first}"])
    scope.bind(first, ())
    scope.lists[rest] = length - 1
    return [f"{target} = {xs}"] + ([] if length > 1 else [f"{rest}.append({first})"])


def chained(scope: Scope) -> Lines:
    """One value for several names, items or elements."""
    names = [scope.fresh("s"), scope.fresh("s")]
    others = scope.scalars(rebind=True)
    targets = [*names, scope.choices.pick(others)] if others else names
    line = f"{' = '.join(targets)} = {ex.scalar(scope)}"
    for name in names:
        scope.bind(name, ())
    return [line, f"{names[0]} {augmented(scope, ())}"]


def deleted(scope: Scope) -> Lines:
    """A name that is gone after its use."""
    name = scope.fresh("temporary")
    shape: Shape = (3,) if scope.choices.chance(40) else ()
    inner = scope.inner()
    lines = [f"{name} = {ex.array(scope, shape, 1)}"]
    inner.bind(name, shape)
    value = f"np.sum({name} * {name})" if shape else name
    return [*lines, *block(inner, 1), bind_number(scope, f"0.7 * {value}"), f"del {name}"]


# ---------------------------------------------------------------------------------------------
# Lists of arrays


def make_rows(scope: Scope) -> Lines:
    """A list of arrays, whose items are from then on names like others."""
    name, shape = scope.fresh("hs"), scope.choices.pick([(3,), (4,)])
    values = [ex.array(scope, shape, 1) for _ in range(2)]
    values = [f"{value}.copy()" if ex.is_view(scope, value) else value for value in values]
    known = scope.named(lambda have: have == shape)
    if known and scope.choices.chance(40):
        values[0] = scope.choices.pick(known)
    scope.rows[name] = (2, shape)
    for n, value in enumerate(values):
        scope.bind(f"{name}[{n}]", shape)
        may_share(scope, f"{name}[{n}]", value)
    return [f"{name} = [{', '.join(values)}]"]


def rows_by_index(scope: Scope) -> Lines:
    """A loop over the indices of a list of arrays, which changes and reads them."""
    lines = [] if scope.rows else make_rows(scope)
    name = scope.choices.pick(list(scope.rows))
    count, shape = scope.rows[name]
    i = scope.fresh("i")
    inner = scope.inner(loop=True)
    inner.indices[i] = count
    item = inner.bind(f"{name}[{i}]", shape)
    for n in range(count):
        inner.alias(item, f"{name}[{n}]")
    return [*lines, f"for {i} in range({count}):", *indented(block(inner, 2))]


def rows_grown(scope: Scope) -> Lines:
    """States collected in a list, joined at the end."""
    name, i, joined = scope.fresh("history"), scope.fresh("i"), scope.fresh("q")
    shape: Shape = (3,)
    first = ex.array(scope, shape, 1)
    lines = [f"{name} = [1.0 * ({first})]"]
    inner = scope.inner(loop=True)
    inner.indices[i] = 2
    last = inner.bind(f"{name}[-1]", shape)
    inner.frozen.add(last)
    body = [*block(inner, 1), f"{name}.append(0.5 * {last} + 0.3 * {ex.array(inner, shape, 1)})"]
    lines += [f"for {i} in range(2):", *indented(body)]
    form = scope.choices.pick(["np.array({})", "np.stack({})", "np.vstack({})"])
    lines.append(f"{joined} = {form.format(name)}")
    scope.bind(joined, (3, *shape))
    return lines


def rows_swapped(scope: Scope) -> Lines:
    lines = [] if scope.rows else make_rows(scope)
    name = scope.choices.pick(list(scope.rows))
    scope.alias(f"{name}[0]", f"{name}[1]")
    return [*lines, f"{name}[0], {name}[1] = {name}[1], {name}[0]", f"{name}[0][0] *= 0.7"]


PIECES = [
    Piece("dict", make_dict),
    Piece("dict items", dict_items),
    Piece("dict get", dict_get),
    Piece("dict merge", dict_merge),
    Piece("dict comprehension", dict_comprehension),
    Piece("dict changed", dict_changed),
    Piece("nested dict with arrays", nested_dict),
    Piece("cache dict", memoised),
    Piece("set of keys", key_set),
    Piece("list methods", list_methods),
    Piece("list arithmetic", list_arithmetic),
    Piece("nested list", nested_list),
    Piece("star unpacking", unpacked),
    Piece("chained assignment", chained),
    Piece("del", deleted),
    Piece("list of arrays", make_rows),
    Piece("list of arrays by index", rows_by_index),
    Piece("list of arrays grown", rows_grown),
    Piece("references swapped", rows_swapped),
]
