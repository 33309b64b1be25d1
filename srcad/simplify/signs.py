"""Signs and numbers moved through temporaries to where they cost nothing.

`t = -d` whose uses are all added, subtracted or multiplied is as well `t = d` with the signs of
the uses turned, and a number by which every use multiplies goes into the temporary itself.
"""

from __future__ import annotations

import operator
from dataclasses import replace
from functools import cached_property

from srcad.analysis.sharing import sources
from srcad.core import (
    Assign,
    Block,
    Const,
    Expr,
    Function,
    Item,
    Op,
    Stmt,
    Store,
    Var,
    bound_names,
    expressions_of,
    names_in,
    rewrite,
    substitute,
    walk,
)
from srcad.kinds import is_scalar
from srcad.simplify import blocks
from srcad.simplify.accumulate import opposite, sign_in_operator
from srcad.simplify.algebra import simplify_expr
from srcad.simplify.arithmetic import make, number_of, typed
from srcad.simplify.changes import Changes, changes
from srcad.simplify.effects import is_pure
from srcad.simplify.facts import BlockFacts, Memory, facts_of
from srcad.simplify.known import Known
from srcad.simplify.uses import Uses, UsesFinder

Names = frozenset[str]
_DEPTH = 3


def move_signs(
    function: Function,
    generated: Names,
    known: Known | None = None,
) -> Function:
    """`function` with fewer signs and products.

    Before: `t = -d; dx += a * t; dy -= b * t`. After: `t = d; dx -= a * t; dy += b * t`.
    """
    known = known or Known()
    finder = UsesFinder(function, Memory(function, known))

    since = changes(known, "move_signs", function.body)

    def change(block: Block) -> Block:
        places = candidates(block, generated, known)
        return _Moving(block, generated, finder, since).run(places) if places else block

    return replace(function, body=blocks.map_blocks(function.body, change))


def candidates(block: Block, generated: Names, known: Known) -> list[int]:
    """The places of temporaries with a sign, and of those multiplied by a number."""
    multiplied: set[str] = set().union(*(known.ask(_multiplied, stmt) for stmt in block))
    return [
        place
        for place, stmt in enumerate(block)
        if isinstance(stmt, Assign)
        and is_temporary(stmt, generated)
        and (
            multiplied.intersection(bound_names(stmt.target))
            or known.ask(_opposite, stmt.value) is not None
        )
    ]


def is_temporary(stmt: Stmt | None, generated: Names) -> bool:
    """Whether `stmt` gives a generated name its value."""
    if not (isinstance(stmt, Assign) and isinstance(stmt.target, Var) and stmt.op is None):
        return False
    return stmt.target.name in generated and is_pure(stmt.value)


class _Moving:
    """Works on one block; the statements change, what they read and bind does not."""

    def __init__(self, block: Block, generated: Names, finder: UsesFinder, since: Changes) -> None:
        self.block = block
        self.out = list(block)
        self.generated = generated
        self.finder = finder
        self.known = finder.memory.known
        self.since = since

    @cached_property
    def facts(self) -> BlockFacts:
        return BlockFacts(self.block, self.finder.memory)

    def run(self, places: list[int]) -> Block:
        if not self.since.everything:
            self.spread(self.since.read | self.since.bound)
        for place in places:
            if self.concerned(place):
                self.turned(place)
                self.scaled(place)
        same = all(a is b for a, b in zip(self.out, self.block, strict=True))
        return self.block if same else tuple(self.out)

    def concerned(self, place: int) -> bool:
        """Whether something that the temporary at `place` depends on is not as it was."""
        stmt = self.out[place]
        assert isinstance(stmt, Assign)
        assert isinstance(stmt.target, Var)
        value = set() if is_scalar(stmt.target.kind) else names_in(stmt.value)
        return self.since.concern(stmt, stmt.target.name, value)

    def spread(self, names: set[str]) -> None:
        """Note `names`, and the temporaries whose signs may be turned with theirs."""
        for _ in range(_DEPTH + 1):
            self.since.read |= names
            places = {at for name in names for at in self.facts.bound.get(name, ())}
            into = (at for at in places if is_temporary(self.out[at], self.generated))
            names = {name for at in into for name in self.facts.at[at].reads}
            names &= self.generated

    def changed(self, before: list[Stmt]) -> None:
        """Note what is not as it was `before`."""
        if self.since.everything:
            return
        ask = self.known.ask
        pairs = [(a, b) for a, b in zip(before, self.out, strict=True) if a is not b]
        facts = [ask(facts_of, stmt) for pair in pairs for stmt in pair]
        self.since.note(*facts)
        self.spread({name for each in facts for name in (*each.reads, *each.binds)})

    def uses(self, at: int) -> Uses | None:
        """All uses of the temporary at `at`, if they are in statements to be changed freely.

        Where the temporary is, or would become, another name for memory, that must not change.
        """
        stmt = self.out[at]
        assert isinstance(stmt, Assign)
        assert isinstance(stmt.target, Var)
        name, live = stmt.target.name, self.finder.live_at_end(self.block)
        turned = self.known.ask(_opposite, stmt.value)
        shared = sources(typed(stmt.value)) or (turned is not None and sources(typed(turned)))
        value = make(operator.neg, stmt.value) if shared else _UNCHANGING
        uses = self.finder.uses(self.facts, at, name, value, live)
        if uses is None or not all(self.is_free(self.out[place], name) for place in uses.places):
            return None
        return None if any(name in self.facts.at[p].written for p in uses.places) else uses

    def is_free(self, stmt: Stmt, name: str) -> bool:
        match stmt:
            case Assign(target=target):
                return names_in(target) <= self.generated and name not in names_in(target)
            case Store(place=Item(base=base, index=index)):
                return names_in(base) <= self.generated and name not in names_in(index)
        return False

    # -- signs

    def turned(self, at: int) -> None:
        """Turn the sign of the temporary at `at`, if there are fewer signs then."""
        stmt = self.out[at]
        if not isinstance(stmt, Assign) or self.known.ask(_opposite, stmt.value) is None:
            return
        before = list(self.out)
        saved = self.turn(at, _DEPTH)
        if saved is None or saved <= 0:
            self.out = before
        else:
            self.changed(before)

    def turn(self, at: int, depth: int) -> int | None:
        """Turn the sign, and return the number of signs saved; None if it cannot be done."""
        stmt, uses = self.out[at], self.uses(at)
        assert isinstance(stmt, Assign)
        value = self.known.ask(_opposite, stmt.value)
        if value is None or uses is None:
            return None
        self.out[at] = replace(stmt, value=value)
        saved = signs(stmt) - signs(self.out[at])
        for place in uses.places:
            saved += self.turn_use(place, uses.name, depth)
        return saved

    def turn_use(self, place: int, name: str, depth: int) -> int:
        """Turn the sign of `name` in the statement at `place`; return the signs saved."""
        user = self.out[place]
        self.out[place] = turned = _with_turned(user, name)
        saved = signs(user) - signs(turned)
        if saved >= 0 or depth == 0 or not is_temporary(turned, self.generated):
            return saved
        before = list(self.out)
        further = self.turn(place, depth - 1)
        if further is None or further <= 0:
            self.out, further = before, 0
        return saved + further

    # -- numbers

    def scaled(self, at: int) -> None:
        """Multiply the temporary at `at` by the number by which all its uses multiply it."""
        stmt = self.out[at]
        assert isinstance(stmt, Assign)
        assert isinstance(stmt.target, Var)
        name = stmt.target.name
        readers = self.facts.read[name]
        if not any(name in self.known.ask(_multiplied, self.out[p]) for p in readers):
            return
        uses = self.uses(at)
        if uses is None or uses.count < 2:
            return
        users = [self.out[place] for place in uses.places]
        found = {
            p for user in users for e in expressions_of(user) for p in _multiples(e, uses.name)
        }
        count = sum(_count(e, found) for user in users for e in expressions_of(user))
        if len(found) != 1 or count != uses.count:
            return
        (multiple,) = found
        before = list(self.out)
        self.out[at] = replace(
            stmt, value=simplify_expr(substitute(multiple, {uses.name: stmt.value}))
        )
        for place in uses.places:
            self.out[place] = blocks.map_expressions(
                self.out[place],
                lambda expr: rewrite(expr, lambda node: stmt.target if node == multiple else None),
            )
        self.changed(before)


_UNCHANGING = Const(None)


def _with_turned(stmt: Stmt, name: str) -> Stmt:
    def change(expr: Expr) -> Expr:
        if name not in names_in(expr):
            return expr
        variable = next(n for n in walk(expr) if isinstance(n, Var) and n.name == name)
        return simplify_expr(substitute(expr, {name: make(operator.neg, variable)}))

    turned = blocks.map_expressions(stmt, change)
    return sign_in_operator(turned) if isinstance(turned, Assign | Store) else turned


def signs(stmt: Stmt) -> int:
    """The number of signs in front of terms of `stmt`."""
    return sum(
        (isinstance(node, Op) and node.fn is operator.neg) or (number_of(node) or 0) < 0
        for expr in expressions_of(stmt)
        for node in walk(expr)
    )


def _multiples(expr: Expr, name: str) -> set[Expr]:
    """The products `number * name` in `expr`."""
    return {node for node in walk(expr) if name in _factor(node)}


def _multiplied(known: Known, stmt: Stmt) -> set[str]:
    """The names that `stmt` itself multiplies by a number."""
    return {n for expr in expressions_of(stmt) for node in walk(expr) for n in _factor(node)}


def _opposite(known: Known, expr: Expr) -> Expr | None:
    return opposite(expr)


def _factor(node: Expr) -> tuple[str, ...]:
    match node:
        case Op(fn=operator.mul, args=(Const() as number, Var(name=name))):
            return (name,) if number_of(number) is not None else ()
    return ()


def _count(expr: Expr, found: set[Expr]) -> int:
    return sum(node in found for node in walk(expr))
