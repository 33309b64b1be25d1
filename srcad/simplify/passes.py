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
    Tuple,
    bound_names,
    names_of,
)
from srcad.names import Names as FreshNames
from srcad.simplify import blocks
from srcad.simplify.accumulate import accumulate
from srcad.simplify.algebra import simplify_expr
from srcad.simplify.branches import merge_branches, return_early
from srcad.simplify.cancel import cancel_quotients
from srcad.simplify.copies import drop_copies
from srcad.simplify.dce import remove_dead_code
from srcad.simplify.effects import Predicate, never
from srcad.simplify.known import Known
from srcad.simplify.places import add_in_place
from srcad.simplify.propagate import propagate
from srcad.simplify.shapes import shape_of_another
from srcad.simplify.share import Fresh, share
from srcad.simplify.signs import move_signs

Names = frozenset[str]
_ROUNDS = 10


def simplify(
    function: Function,
    *,
    generated: Names = frozenset(),
    exact: Names = frozenset(),
    value_first: bool = False,
    fresh: Fresh | None = None,
    pure: Predicate = never,
    effects_of: EffectsOf = no_calls,
) -> Function:
    """`function` with the same result, less work and fewer statements.

    `generated` are the names that srcad made up: statements that bind others are the user's own,
    which stay as they were written or go as a whole. Those that are `exact` hold values of the
    user's own expressions, which are kept to the last bit, as is the first item of what is returned
    where `value_first`. `fresh` gives a free name near the wished
    one. `pure` vouches for calls without a rule, `effects_of` says what they write and return.
    """
    fresh = fresh or FreshNames(names_of(function)).fresh
    known = Known(pure, effects_of)
    values = _Values(generated, known, exact, value_first)
    for _ in range(_ROUNDS):
        function = _reduced(function, values)
        before = function.body
        function, made = share(function, values.generated, fresh, known)
        values.generated |= made
        if function.body is before:
            break
    return return_early_if_short(function, values)


def _reduced(function: Function, values: _Values) -> Function:
    """`function` after the rewrites that only take away, to a fixpoint."""
    generated, known = values.generated, values.known
    for _ in range(_ROUNDS):
        before = function.body
        function = values.function(function)
        function = add_in_place(function)
        function = accumulate(function, generated, known)
        function = propagate(function, generated, known)
        function = cancel_quotients(function, generated, known)
        function = move_signs(function, generated, known)
        function = merge_branches(function, known)
        function = shape_of_another(function)
        function = remove_dead_code(function, known)
        function = drop_copies(function, known)
        if function.body == before:
            break
    return function


def return_early_if_short(function: Function, values: _Values) -> Function:
    """`function` returning from a first branch that does nothing else."""
    early = return_early(function, values.generated)
    return function if early is function else _reduced(early, values)


# ---------------------------------------------------------------------------------------------
# Algebra on a function


def simplify_values(function: Function, generated: Names, pure: Predicate = never) -> Function:
    """Simplify what is returned, stored in and assigned to generated names."""
    return _Values(generated, Known(pure)).function(function)


class _Values:
    """Simplifies values; what it gave is remembered, so that another round costs nothing."""

    def __init__(
        self,
        generated: Names,
        known: Known,
        exact: Names = frozenset(),
        value_first: bool = False,
    ) -> None:
        self.generated = generated
        self.known = known
        self.exact = exact
        self.value_first = value_first
        self.simple: dict[int, Expr] = {}  # by `id`; holding them keeps the `id`s theirs

    def function(self, function: Function) -> Function:
        body = blocks.map_statements(function.body, self.statement)
        return function if body is function.body else replace(function, body=body)

    def statement(self, stmt: Stmt) -> Stmt:
        if not isinstance(stmt, Assign | Store | Return) or stmt.value is None:
            return stmt
        if not self.is_generated(stmt) or id(stmt.value) in self.simple:
            return stmt
        if isinstance(stmt, Return) and self.value_first:
            value = self.after_first(stmt.value)
        else:
            value = self.same_owner(stmt.value)
        self.simple[id(value)] = value
        return stmt if value is stmt.value else replace(stmt, value=value)

    def is_generated(self, stmt: Assign | Store | Return) -> bool:
        match stmt:
            case Assign(target=target):
                names = set(bound_names(target))
                return names <= self.generated and not names & self.exact
            case Store(place=place):
                return _bottom(place) in self.generated
        return True

    def after_first(self, value: Expr) -> Expr:
        """What is returned, simplified but for the user's value in front."""
        if not isinstance(value, Tuple) or not value.items:
            return value
        first, *others = value.items
        items = (first, *map(self.same_owner, others))
        return value if items == value.items else replace(value, items=items)

    def same_owner(self, value: Expr) -> Expr:
        """`value` simplified, unless a fresh array would become another name for an old one."""
        simple = simplify_expr(value, self.known.pure)
        return simple if sources(simple) <= sources(value) else value


def _bottom(place: Expr) -> str:
    while hasattr(place, "base"):
        place = place.base
    return getattr(place, "name", "")
