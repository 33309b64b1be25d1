"""Views that must share their shadow with what they are views of.

A name whose memory is written while another name for the same memory is still in use is *shared*.
A shared name that is defined once, as a chain of views of a variable (`v = a[1:]`, `row = m[i]`,
`b = a.T`), is *linked*: its adjoint is that same view of the variable's shadow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from srcad.analysis.dataflow import Result
from srcad.analysis.effects import Memory
from srcad.analysis.references import entangled, holds_object, rebinds, repeated
from srcad.core import (
    Assign,
    Attr,
    Block,
    Const,
    Expr,
    Field,
    For,
    Item,
    Op,
    Stmt,
    Var,
    names_in,
    statements,
    targets_of,
)
from srcad.kinds import (
    NONE,
    UNKNOWN,
    Array,
    Kind,
    Scalar,
    carries,
    is_object,
    is_undecided,
    is_unknown,
    may_be_number,
)
from srcad.reverse.context import base_var
from srcad.reverse.terms import is_view_item
from srcad.rules import rule_for
from srcad.rules import vocabulary as words

Names = frozenset[str]


@dataclass
class Sharing:
    """How the shadows of names that share memory are kept together.

    `links` has a chain of views of another name for each linked one. Where the memory that a name
    stands for is decided at run time, all names that may have to do with it are `tracked`: their
    shadows are bound in the forward sweep, each beside the name itself.
    """

    links: dict[str, Expr] = field(default_factory=dict)
    tracked: Names = frozenset()


def find_sharing(
    memory: Memory,
    live: Result[Names],
    kinds: dict[str, Kind],
    wished: Names,
    grown: Names = frozenset(),
) -> Sharing:
    """Decide for each name that shares written memory how its shadow is found.

    The shadows of parameters in `grown` are bound in the forward sweep, of the caller.
    """
    body = memory.typed.function.body
    # what is captured carries no derivative: one that is written into it is refused
    kinds = {**kinds, **dict.fromkeys(memory.foreign, NONE)}
    groups = shared_groups(memory, live, kinds)
    # an object is never taken for its value: it may be of any size, and refer to itself
    objects = {name for name, kind in kinds.items() if carries(kind) and holds_object(kind)}
    shared = frozenset(objects).union(*groups)
    params = {param.name for param in memory.typed.function.params}
    links: dict[str, Expr] = {}
    mixed = entangled(memory, wished | grown) | repeated(memory)
    failed = set(wished) | {n for n in mixed if _carrier(kinds, n)}
    waiting = sorted(shared)
    for name in waiting:
        defs = [s for s in statements(body) if name in targets_of(s) and not _in_place(s)]
        borrowing = [s for s in defs if _borrows(s, name, memory, shared)]
        if not borrowing:
            continue
        first = borrowing[0]
        if len(defs) > 1 or name in params or not _is_chained(first):
            failed.add(name)
        else:
            assert isinstance(first, Assign)
            links[name] = first.value
            base = base_var(first.value).name
            if base not in waiting:
                waiting.append(base)
    failed |= {name for name in links if not _stable(name, links, memory, live)}
    for group in groups:  # what came to share memory by other ways than views
        if len({_root(name, links) for name in group}) > 1:
            failed |= group
    if not failed:
        return Sharing(links)
    tracked = _component(failed, memory, kinds)
    return Sharing({n: e for n, e in links.items() if n not in tracked}, tracked)


def _is_chained(stmt: Stmt) -> bool:
    return isinstance(stmt, Assign) and isinstance(stmt.target, Var) and is_chain(stmt.value)


def _component(names: set[str], memory: Memory, kinds: dict[str, Kind]) -> Names:
    """The names of active memory that may have to do with that of `names`, directly or not.

    What was captured has no shadow.
    """
    outside = memory.foreign
    own = names - outside
    return _connected(own, memory, lambda n: n not in outside and _carrier(kinds, n))


def touched_names(memory: Memory) -> Names:
    """The names that may refer, at some point, to memory that is written at some point."""
    body = memory.typed.function.body
    found = {name for stmt in statements(body) for name in memory.touched_by(stmt)}
    return _connected(found, memory, lambda name: True)


def _connected(names: set[str], memory: Memory, wanted: Callable[[str], bool]) -> Names:
    """The names that what one of `names` refers to may have come from, or may have gone to."""
    pairs = memory.aliases.everywhere() | _flows(memory)
    found = set(names)
    while True:
        more = {n for pair in pairs if pair & found for n in pair if wanted(n)} - found
        if not more:
            return frozenset(found)
        found |= more


def _flows(memory: Memory) -> frozenset[frozenset[str]]:
    """The pairs of names of which one is given what the other one refers to."""
    found: set[frozenset[str]] = set()
    for stmt in statements(memory.typed.function.body):
        if isinstance(stmt, Assign) and stmt.op is None:
            origins = memory.sources(stmt.value)
            found |= {frozenset((n, o)) for n in targets_of(stmt) for o in origins}
    return frozenset(found)


def _carrier(kinds: dict[str, Kind], name: str) -> bool:
    kind = kinds.get(name, UNKNOWN)
    return carries(kind) and not isinstance(kind, Scalar)


def _root(name: str, links: dict[str, Expr]) -> str:
    while name in links:
        name = base_var(links[name]).name
    return name


def shared_groups(memory: Memory, live: Result[Names], kinds: dict[str, Kind]) -> frozenset[Names]:
    """The names in use that share memory with what some statement writes into, that included;
    where there are more than one.
    """
    found: set[Names] = set()
    body = memory.typed.function.body
    run_through = _run_through(body)
    for stmt in statements(body):
        for name in memory.writes_of(stmt):
            using = live.after.get(id(stmt), frozenset()) | run_through.get(id(stmt), frozenset())
            group = memory.aliases.with_name(stmt, name) & (using | {name})
            group = frozenset(n for n in group if _carrier(kinds, n))
            if len(group) > 1:
                found.add(group)
    return frozenset(found)


def _run_through(block: Block) -> dict[int, Names]:
    """For the statements in loops, by `id`: the names of what the loops around run through."""
    found: dict[int, Names] = {}
    for loop in statements(block):
        if isinstance(loop, For):
            names = frozenset(names_in(loop.iter))
            for stmt in statements(loop.body):
                found[id(stmt)] = found.get(id(stmt), frozenset()) | names
    return found


def is_chain(expr: Expr) -> bool:
    """Whether `expr` is a variable, or views of one: basic items, attributes, view operations."""
    return _is_chain(expr, False)


def may_be_chain(expr: Expr) -> bool:
    """Whether `expr` is made of views of a variable, but for operations that may make a copy."""
    return _is_chain(expr, True) and not is_chain(expr)


def _is_chain(expr: Expr, copies: bool) -> bool:
    while not isinstance(expr, Var):
        if isinstance(expr, Item):
            # what of unknown kind may be a number, which no store reaches
            if not is_view_item(expr) or may_be_number(expr.kind):
                return False
            expr = expr.base
        elif isinstance(expr, Attr | Op):
            rule = rule_for(expr)
            if rule is None or not rule.view or rule.turned:
                return False
            if words.may_copy(expr) and not copies:
                return False
            expr = expr.base if isinstance(expr, Attr) else expr.args[0]
        else:
            return False
    return True


def is_loose(expr: Expr) -> bool:
    """Whether `expr` is a place in what is referred to, of which it is decided at run time whether
    there is a number in it or something that has a shadow of its own.
    """
    if not isinstance(expr, Item) or not is_undecided(expr.kind) or not is_view_item(expr):
        return False
    if is_unknown(expr.base.kind) and not _is_plain(expr.index):
        return False  # as by a mask, of what may be an array
    if is_object(expr.base.kind) and not isinstance(expr.index, Field):
        return False
    return is_chain(expr.base)


def _is_plain(index: Expr) -> bool:
    """Whether an index is one number or key."""
    return isinstance(index, Const | Field) or isinstance(index.kind, Scalar)


def _borrows(stmt: Stmt, name: str, memory: Memory, shared: Names) -> bool:
    """Whether `stmt` gives `name` memory that another shared name has."""
    partners = memory.aliases.with_name_after(stmt, name) - {name}
    if isinstance(stmt, For):
        return bool(memory.sources(stmt.iter) & shared)
    return bool(partners & shared) and isinstance(stmt, Assign) and stmt.op is None


def _stable(name: str, links: dict[str, Expr], memory: Memory, live: Result[Names]) -> bool:
    """Whether nothing that a view is made from gets another value while it is in use."""
    read: set[str] = set()
    waiting = [name]
    for link in waiting:
        more = names_in(links[link]) - read
        read |= more
        waiting += [n for n in sorted(more) if n in links and n not in waiting]
    for stmt in statements(memory.typed.function.body):
        using = live.after.get(id(stmt), frozenset())
        if isinstance(stmt, For):
            using = live.body_start.get(id(stmt), frozenset())
        elif isinstance(stmt, Assign) and stmt.value is links[name]:
            continue
        if name not in using:
            continue
        if set(targets_of(stmt)) & read and not _in_place(stmt):
            return False
        if any(rebinds(stmt, links[link], memory) for link in waiting):
            return False
    return True


def _in_place(stmt: Stmt) -> bool:
    return isinstance(stmt, Assign) and stmt.op is not None and isinstance(stmt.target.kind, Array)
