"""All rewrites on one function, to a fixpoint."""

from __future__ import annotations

from dataclasses import replace

from srcad.analysis.sharing import EffectsOf, no_calls, sources
from srcad.core import (
    Assign,
    Expr,
    Function,
    Return,
    Stmt,
    Store,
    bound_names,
)
from srcad.simplify import blocks
from srcad.simplify.accumulate import accumulate
from srcad.simplify.algebra import simplify_expr
from srcad.simplify.dce import remove_dead_code
from srcad.simplify.effects import Predicate, never
from srcad.simplify.propagate import propagate

Names = frozenset[str]
_ROUNDS = 10


def simplify(
    function: Function,
    *,
    generated: Names = frozenset(),
    pure: Predicate = never,
    effects_of: EffectsOf = no_calls,
) -> Function:
    """`function` with the same result, less work and fewer statements.

    `generated` are the names that srcad made up: statements that bind others are the user's own,
    which stay as they were written or go as a whole. `pure` vouches for calls without a rule.
    """
    for _ in range(_ROUNDS):
        before = function.body
        function = simplify_values(function, generated, pure)
        function = accumulate(function, generated)
        function = propagate(function, generated, pure, effects_of)
        function = remove_dead_code(function, pure, effects_of)
        if function.body == before:
            break
    return function


# ---------------------------------------------------------------------------------------------
# Algebra on a function


def simplify_values(function: Function, generated: Names, pure: Predicate = never) -> Function:
    """Simplify what is returned, stored in and assigned to generated names."""

    def change(stmt: Stmt) -> Stmt:
        match stmt:
            case Assign(target=target, value=value) if generated.issuperset(bound_names(target)):
                return replace(stmt, value=_same_owner(value, pure))
            case Store(place=place, value=value) if _bottom(place) in generated:
                return replace(stmt, value=_same_owner(value, pure))
            case Return(value=value) if value is not None:
                return replace(stmt, value=_same_owner(value, pure))
        return stmt

    return replace(function, body=blocks.map_statements(function.body, change))


def _same_owner(value: Expr, pure: Predicate) -> Expr:
    """`value` simplified, unless a fresh array would become another name for an old one."""
    simple = simplify_expr(value, pure)
    return simple if sources(simple) <= sources(value) else value


def _bottom(place: Expr) -> str:
    while hasattr(place, "base"):
        place = place.base
    return getattr(place, "name", "")
