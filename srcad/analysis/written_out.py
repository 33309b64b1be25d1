"""Loops over the names of attributes, written out: one copy of the body for each.

    for name in ("s", "i", "r"):        total += self.s
        total += getattr(self, name)    total += self.i
                                        total += self.r

Which attribute is meant is then known, as everywhere else. So are loops over the entries of a dict
where a call is given arguments by the keys of a dict, `f(**{k: g(v) for k, v in d.items()})`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from srcad.blocks import with_blocks
from srcad.core import (
    Assign,
    Attr,
    Block,
    Break,
    Const,
    Continue,
    Dict,
    Effect,
    Expr,
    For,
    Function,
    Item,
    List,
    Method,
    Op,
    Record,
    Star,
    Stmt,
    Store,
    Tuple,
    Var,
    Verbatim,
    While,
    blocks_of,
    bound_names,
    expressions_of,
    names_in,
    rewrite,
    statements,
    targets_of,
    walk,
)
from srcad.frontend.regions import renamed
from srcad.fstrings import as_string
from srcad.kinds import DictOf

MOST = 32  # copies of a body
_BY_NAME = (getattr, setattr, hasattr, delattr)


def written_out(function: Function) -> Function:
    """`function` with its loops over names of attributes written out; else itself."""
    work = _WrittenOut(function)
    body = work.block(function.body)
    return replace(function, body=body) if work.changed else function


class _WrittenOut:
    """The work on one function."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.changed = False
        self.spreads = _spreads(function)

    def block(self, block: Block) -> Block:
        out: list[Stmt] = []
        for stmt in block:
            new = self.statement(stmt)
            if new != (stmt,) and isinstance(stmt, For):
                new = tuple(each for each in new if not _is_collected(out, each))
            out += new
        return tuple(out)

    def statement(self, stmt: Stmt) -> Block:
        stmt = with_blocks(stmt, tuple(map(self.block, blocks_of(stmt))))
        if not isinstance(stmt, For) or _is_left(stmt.body):
            return (stmt,)
        bound = set(bound_names(stmt.target))
        rebound = {name for inner in statements(stmt.body) for name in targets_of(inner)}
        trips = None if bound & rebound else self.trips(stmt, bound)
        if trips is None:
            return (stmt,)
        self.changed = True
        copies = [self.copy(stmt, values) for values in trips]
        last = [
            Assign(Var(name), value, origin=stmt.origin)
            for name, value in trips[-1].items()
            if _reads(name, self.function.body) > _reads(name, stmt.body)
        ]
        return (*(new for copy in copies for new in copy), *last)

    def copy(self, loop: For, values: dict[str, Expr]) -> list[Stmt]:
        """The body of one trip, with what is no literal under its name if it is read often."""
        at_once = len(loop.body) == 1
        named = {
            name: value
            for name, value in values.items()
            if not isinstance(value, Const) and not (at_once and _reads(name, loop.body) == 1)
        }
        first = [Assign(Var(n), value, origin=loop.origin) for n, value in named.items()]
        plain = {name: value for name, value in values.items() if name not in named}
        return [*first, *map(_settled, renamed(loop.body, plain))]

    def trips(self, loop: For, bound: set[str]) -> list[dict[str, Expr]] | None:
        """What the target's names are in each trip, if that tells which attribute is meant."""
        if _asks_by(bound, loop.body):
            items = self.items(loop.iter)
            trips = [_matched(loop.target, item) for item in items or ()]
        elif self.spreads:
            trips = list(_entries(loop.target, loop.iter))
        else:
            return None
        found = [trip for trip in trips if trip is not None]
        return found if 0 < len(found) == len(trips) <= MOST else None

    def items(self, over: Expr) -> list[Any] | None:
        """What is run through, if that is a tuple of literals that cannot change."""
        match over:
            case Tuple():
                known = tuple(_literal(item) for item in over.items)
                value: Any = None if None in known else tuple(each for (each,) in known)  # type: ignore[misc]
            case Var(name=name):
                value = self.function.captures.get(name)
            case Attr(base=Const(value=cls), name=name) if isinstance(cls, type):
                value = getattr(cls, name, None)
            case _:
                return None
        return list(value) if type(value) is tuple else None


def _entries(target: Expr, over: Expr) -> Iterator[dict[str, Expr] | None]:
    """What the names in a loop's target are for each entry of a dict whose keys are known."""
    match over, target:
        case Op(fn=Method("items"), args=(Var() as base,)), Tuple(items=(Var() as k, Var() as v)):
            names = (k.name, v.name)
        case Op(fn=Method("keys"), args=(Var() as base,)), Var(name=name):
            names = (name, "")
        case Op(fn=Method("values"), args=(Var() as base,)), Var(name=name):
            names = ("", name)
        case Var() as base, Var(name=name):
            names = (name, "")
        case _:
            return
    if type(base.kind) is not DictOf or not base.kind.items:
        return
    for key, _ in base.kind.items:
        parts = (Const(key), Item(base, Const(key)))
        yield {name: part for name, part in zip(names, parts, strict=True) if name}


def _spreads(function: Function) -> bool:
    """Whether a call is given arguments by the keys of a dict that are not known."""
    nodes = (n for s in statements(function.body) for e in expressions_of(s) for n in walk(e))
    stars = (node for node in nodes if isinstance(node, Star) and node.named)
    return any(isinstance(s.value.kind, DictOf) and s.value.kind.items is None for s in stars)


def _reads(name: str, block: Block) -> int:
    """How often `name` is read in `block`."""
    nodes = (node for s in statements(block) for e in expressions_of(s) for node in walk(e))
    return sum(
        node == Var(name) or (isinstance(node, Verbatim) and name in node.names) for node in nodes
    )


def _literal(expr: Expr) -> tuple[Any] | None:
    """The value of a literal, in a tuple of its own."""
    if isinstance(expr, Const):
        return (expr.value,)
    if type(expr) is Tuple:
        parts = [_literal(item) for item in expr.items]
        return None if None in parts else (tuple(part[0] for part in parts if part),)
    return None


def _is_collected(before: list[Stmt], stmt: Stmt) -> bool:
    """Put what `stmt` adds to the list or dict of the last statement into its display."""
    last = before[-1] if before else None
    if not isinstance(last, Assign) or last.op is not None or not isinstance(last.target, Var):
        return False
    whole, display = last.target, last.value
    match stmt:
        case Effect(value=Op(fn=Method("append"), args=(base, value))) if base == whole:
            if not isinstance(display, List) or whole.name in names_in(value):
                return False
            before[-1] = replace(last, value=List((*display.items, value)))
            return True
        case Store(place=Item(base=base, index=Const() as key), value=value, op=None):
            if not isinstance(display, Dict) or isinstance(display, Record):
                return False
            if base != whole or key in display.keys or whole.name in names_in(value):
                return False
            new = Dict((*display.keys, key), (*display.values, value))
            before[-1] = replace(last, value=new)
            return True
    return False


def _is_left(body: Block) -> bool:
    """Whether a jump in `body` leaves the loop that it is the body of, or the trip."""
    for stmt in body:
        if isinstance(stmt, Break | Continue):
            return True
        inner = () if isinstance(stmt, For | While) else blocks_of(stmt)
        if any(map(_is_left, inner)):
            return True
    return False


def _asks_by(names: set[str], body: Block) -> bool:
    """Whether something in `body` asks for an attribute by one of `names`."""
    nodes = (node for s in statements(body) for e in expressions_of(s) for node in walk(e))
    return any(
        isinstance(node, Op) and node.fn in _BY_NAME and _tells(node.args[1:2], names)
        for node in nodes
        if not isinstance(node, Op) or getattr(type(node.fn), "__hash__", None)
    )


def _tells(key: tuple[Expr, ...], names: set[str]) -> bool:
    match key:
        case (Var(name=name),):
            return name in names
        case (Verbatim(names=read),):
            return bool(names & set(read))
    return False


def _matched(target: Expr, value: Any) -> dict[str, Expr] | None:
    """A literal for each name in the target of a loop; None if some value is none."""
    if isinstance(target, Var):
        plain = value is None or type(value) in (bool, int, float, complex, str)
        return {target.name: Const(value)} if plain else None
    if not isinstance(target, Tuple) or type(value) is not tuple:
        return None
    if len(target.items) != len(value):
        return None
    parts = [_matched(*pair) for pair in zip(target.items, value, strict=True)]
    if any(part is None for part in parts):
        return None
    return {name: new for part in parts for name, new in (part or {}).items()}


def _settled(stmt: Stmt) -> Stmt:
    """`stmt` with f-strings that read nothing any more as the strings that they are."""
    parts = {name: getattr(stmt, name) for name in stmt.__dataclass_fields__}
    new: dict[str, Any] = {
        name: rewrite(part, _string) for name, part in parts.items() if isinstance(part, Expr)
    }
    inner = tuple(tuple(map(_settled, block)) for block in blocks_of(stmt))
    return with_blocks(replace(stmt, **new), inner)


def _string(expr: Expr) -> Expr | None:
    if not isinstance(expr, Verbatim) or expr.names:
        return None
    whole = as_string(expr.text)
    return None if whole is None else Const(whole)
