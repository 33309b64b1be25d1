"""Which variables are still read after a statement, and which are certainly bound before it.

Liveness is about names, not memory: a store into `x[i]` reads the name `x`. Whether the memory
is reached by another name is for `aliases` to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from srcad import runtime
from srcad.analysis.dataflow import Backward, Forward, Result
from srcad.core import (
    Attr,
    Expr,
    For,
    Function,
    If,
    Item,
    Op,
    Raise,
    Return,
    Stmt,
    Store,
    Var,
    While,
    With,
    blocks_of,
    children,
    expressions_of,
    names_in,
    targets_of,
)
from srcad.kinds import Array, DictOf, ListOf, is_unknown
from srcad.rules import rule_for

Names = frozenset[str]


def live_after(function: Function, at_end: Iterable[str] = ()) -> dict[int, Names]:
    """For each statement (by `id`) the names that may be read when it is done.

    `at_end` are read by whoever comes after the function. For a loop it is what is live when
    the loop has been left; see `live_at_loops` for its body.
    """
    return _Live(names_read).run(function.body, frozenset(at_end)).after


def live_at_ends(function: Function) -> dict[int, Names]:
    """As `live_after`, for jumps and the last statement of each block: all that most ask for."""
    body = function.body
    if any(blocks_of(stmt) for stmt in body):
        return live_after(function)
    ends = (stmt for stmt in body if stmt is body[-1] or isinstance(stmt, Return | Raise))
    return {id(stmt): frozenset() for stmt in ends}


def live_at_loops(function: Function, at_end: Iterable[str] = ()) -> dict[int, Names]:
    """For each loop (by `id`) the names that may be read after the end of a trip."""
    return _Live(names_read).run(function.body, frozenset(at_end)).body_end


def liveness(function: Function, at_end: Iterable[str] = ()) -> Result[Names]:
    """The names that may be read at each point."""
    return _Live(names_read).run(function.body, frozenset(at_end))


def contents_live_after(function: Function, at_end: Iterable[str] = ()) -> dict[int, Names]:
    """As `live_after`, but of arrays only those whose elements may be read, not just the shape."""
    return _Live(contents_read).run(function.body, frozenset(at_end)).after


def bound_before(function: Function) -> dict[int, Names]:
    """For each statement that is reached (by `id`) the names that certainly have a value."""
    given = frozenset(param.name for param in function.params) | frozenset(function.captures)
    return _Bound().run(function.body, given).before


def binding(function: Function) -> Result[Names]:
    """The names that certainly have a value at each point that is reached."""
    given = frozenset(param.name for param in function.params) | frozenset(function.captures)
    return _Bound().run(function.body, given)


def names_read(stmt: Stmt) -> Names:
    """The names that `stmt` itself reads."""
    return frozenset().union(*(names_in(expr) for expr in expressions_of(stmt)))


def contents_read(stmt: Stmt) -> Names:
    """The names of which `stmt` itself reads more than the shape and dtype."""
    exprs = expressions_of(stmt)
    if isinstance(stmt, Store) and stmt.op is None and isinstance(stmt.place.base, Var):
        exprs = exprs[1:]
    return frozenset(name for expr in exprs for name, content in reads(expr) if content)


def reads(expr: Expr, content: bool = True) -> Iterator[tuple[str, bool]]:
    """The names that `expr` reads, each with whether more than its shape is read."""
    if isinstance(expr, Var):
        yield expr.name, content
    inner = content and not _shape_only(expr)
    for position, part in enumerate(children(expr)):
        # what an index selects, and with that its shape, depends on the index's value
        is_index = isinstance(expr, Item) and position == 1
        # what stands in a list, dict or object is there because it was put there
        is_held = isinstance(expr, Item) and not isinstance(part.kind, Array)
        yield from reads(part, inner or is_index or is_held)


def _shape_only(expr: Expr) -> bool:
    rule = rule_for(expr) if isinstance(expr, Op | Attr) else None
    # the length of a list changes with what is appended to it
    grows = any(
        isinstance(part.kind, DictOf | ListOf)
        or (is_unknown(part.kind) and isinstance(expr, Op) and expr.fn in _OF_CONTAINERS)
        for part in children(expr)
    )
    return rule is not None and rule.reads_shape_only and not grows


# what of the functions that read the form of an operand takes containers too
_OF_CONTAINERS = (len, runtime.zeros_like_tree, runtime.zero_shadow, runtime.new_shadow)


class _Live(Backward[Names]):
    def __init__(self, reads_of: Callable[[Stmt], Names]) -> None:
        super().__init__()
        self.reads_of = reads_of

    def join(self, a: Names, b: Names) -> Names:
        return a | b

    def nothing(self) -> Names:
        return frozenset()

    def simple(self, stmt: Stmt, state: Names) -> Names:
        return (state - frozenset(targets_of(stmt))) | self.reads_of(stmt)

    def enter(self, loop: For, state: Names) -> Names:
        return state | self.reads_of(loop)

    def header(self, stmt: If | For | While | With, state: Names) -> Names:
        if isinstance(stmt, For):
            return state - frozenset(targets_of(stmt))
        return state | self.reads_of(stmt)


class _Bound(Forward[Names]):
    def join(self, a: Names, b: Names) -> Names:
        return a & b

    def simple(self, stmt: Stmt, state: Names) -> Names:
        return state.union(targets_of(stmt))

    def header(self, stmt: If | For | While | With, state: Names) -> Names:
        return state.union(targets_of(stmt))


def bound_at_end(function: Function) -> Names:
    """The names that certainly have a value where the function ends."""
    given = frozenset(param.name for param in function.params) | frozenset(function.captures)
    return _Bound().run(function.body, given).end or frozenset()
