"""Keys of a dict that depend on the arguments, and are read out of it as values again.

No derivative passes by keys. A memo of what was computed for a key is fine; what runs through the
keys is refused.
"""

from __future__ import annotations

from srcad.analysis.effects import Memory, memory
from srcad.analysis.sharing import NO_NAMES, Names
from srcad.analysis.typed import Typed
from srcad.analysis.varied import Varied, varied, varies
from srcad.core import (
    Dict,
    Expr,
    Field,
    For,
    Item,
    Method,
    Op,
    Stmt,
    Store,
    Var,
    expressions_of,
    statements,
    targets_of,
    walk,
)
from srcad.errors import UnsupportedConstruct
from srcad.kinds import DictOf, ObjectOf, Scalar, TupleOf, is_unknown

_READERS = (list, tuple, sorted, set, sum, max, min, iter, enumerate, zip, reversed, next, any, all)


def refuse_keys(typed: Typed, active: tuple[str, ...]) -> None:
    """Raise where keys that depend on the arguments are read out of a dict."""
    root = memory(typed)
    members = [root]
    for member in members:
        known = {id(m.typed) for m in members}
        members += [root.of(c) for c in member.typed.calls.values() if id(c) not in known]
    for member in members:
        if any(map(_puts_key, statements(member.typed.function.body))):
            names = (
                active if member is root else tuple(p.name for p in member.typed.function.params)
            )
            _refuse_in(member, varied(member, frozenset(names)))


def _puts_key(stmt: Stmt) -> bool:
    place = isinstance(stmt, Store) and isinstance(stmt.place, Item)
    return place or any(isinstance(e, Dict) for x in expressions_of(stmt) for e in walk(x))


def _refuse_in(member: Memory, known: Varied) -> None:
    body = member.typed.function.body
    found = NO_NAMES
    for stmt in statements(body):
        found |= _with_keys(member, stmt, known.before(stmt))
    if not found:
        return
    pairs = member.aliases.everywhere()
    found |= {name for pair in pairs if pair & found for name in pair}
    for stmt in statements(body):
        read = [stmt.iter] if isinstance(stmt, For) else []
        read += [arg for e in _parts(stmt) if isinstance(e, Op) for arg in _read_by(e)]
        if any(isinstance(e, Var) and e.name in found and _is_dict(e) for e in read):
            raise UnsupportedConstruct(
                f"cannot differentiate `{stmt.origin.text}`: it reads keys that depend on the "
                "arguments, and no derivative passes by keys",
                "Keep the values in a list",
                stmt.origin,
            )


def _parts(stmt: Stmt) -> list[Expr]:
    return [part for expr in expressions_of(stmt) for part in walk(expr)]


def _with_keys(member: Memory, stmt: Stmt, state: Names) -> Names:
    """The names of dicts into which `stmt` puts keys that vary."""
    if isinstance(stmt, Store) and isinstance(stmt.place, Item):
        place = stmt.place
        if not isinstance(place.index, Field) and _is_dict(place.base):
            return member.sources(place.base) if _is_varied(place.index, state) else NO_NAMES
    displays = (part for part in _parts(stmt) if isinstance(part, Dict))
    keyed = any(_is_varied(key, state) for display in displays for key in display.keys)
    return frozenset(targets_of(stmt)) if keyed else NO_NAMES


def _is_varied(key: Expr, state: Names) -> bool:
    """Whether a key certainly is, or holds, a number that depends on the arguments."""
    return isinstance(key.kind, Scalar | TupleOf) and varies(key, state)


def _read_by(op: Op) -> tuple[Expr, ...]:
    """The operands whose keys an operation reads."""
    if isinstance(op.fn, Method):
        return op.args[:1] if op.fn.name in ("items", "keys", "popitem") else ()
    return op.args if any(op.fn is reader for reader in _READERS) else ()


def _is_dict(expr: Expr) -> bool:
    kind = expr.kind
    return is_unknown(kind) or (isinstance(kind, DictOf) and not isinstance(kind, ObjectOf))
