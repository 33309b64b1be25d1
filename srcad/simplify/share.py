"""Sharing: what several statements of the reverse sweep compute is computed once.

A name that already holds the value is used; else the value gets one, if it costs more than
arithmetic or is written three times. What is evaluated only under a condition is left there.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from srcad.core import (
    Assign,
    Block,
    BoolOp,
    Choice,
    Comment,
    Const,
    Expr,
    Function,
    Item,
    Method,
    Op,
    Return,
    Slice,
    Stmt,
    Store,
    Var,
    children,
    expressions_of,
    names_in,
    rewrite,
    walk,
)
from srcad.kinds import is_buffer
from srcad.simplify import blocks
from srcad.simplify.arithmetic import typed
from srcad.simplify.effects import is_pure, rule_of
from srcad.simplify.facts import BlockFacts, Memory
from srcad.simplify.known import Known

Names = frozenset[str]
Fresh = Callable[[str], str]
_NOTHING = Comment("")


def share(
    function: Function,
    generated: Names,
    fresh: Fresh,
    known: Known | None = None,
) -> tuple[Function, Names]:
    """`function` computing common subexpressions once, and the names that were made for them.

    Before: `dx = np.exp(x) * dz; dy = np.exp(x) * dw`.
    After: `exp_x = np.exp(x); dx = exp_x * dz; dy = exp_x * dw`.
    """
    step = _Sharing(generated, fresh, Memory(function, known or Known()))
    body = blocks.map_blocks(function.body, step.block)
    return replace(function, body=body), frozenset(step.made)


@dataclass(slots=True)
class _Common:
    """An expression with the places that evaluate it, while its value stays the same.

    `holder` is the name that one of the places, `held_at`, gives to the value. If that is not
    the first, the statement can be moved there.
    """

    expr: Expr
    places: list[int]
    count: int
    holder: Var | None
    held_at: int = -1

    @property
    def saved(self) -> int:
        """How much is evaluated less."""
        return (self.count - 1) * _size(self.expr)


class _Sharing:
    def __init__(self, generated: Names, fresh: Fresh, memory: Memory) -> None:
        self.generated = generated
        self.fresh = fresh
        self.memory = memory
        self.made: list[str] = []

    def block(self, block: Block) -> Block:
        found = self.occurrences(block)
        repeated = {expr: sorted(at) for expr, at in found.items() if len(at) > 1}
        if not repeated:
            return block
        facts = BlockFacts(block, self.memory)
        common = [c for expr, at in repeated.items() for c in self.stretches(facts, expr, at)]
        common.sort(key=lambda c: (-c.saved, c.places))
        return self.rewritten(block, common)

    def rewritten(self, block: Block, common: list[_Common]) -> Block:
        """Share the best of `common`, each in statements that are not touched yet."""
        out: list[Stmt | None] = list(block)
        before: dict[int, Stmt] = {}
        touched: set[int] = set()
        for each in common:
            if not touched.isdisjoint(each.places):
                continue
            touched.update(each.places)
            first = each.places[0]
            if each.holder is None:
                name = self.fresh(name_for(each.expr))
                self.made.append(name)
                each.holder = Var(name, kind=each.expr.kind)
                before[first] = Assign(each.holder, each.expr, origin=block[first].origin)
            elif each.held_at > first:
                before[first], out[each.held_at] = block[each.held_at], None
            for place in each.places:
                if place != each.held_at:
                    change = _replacing(each.expr, each.holder)
                    out[place] = blocks.map_expressions(block[place], change)
        if not touched:
            return block
        return tuple(s for at, stmt in enumerate(out) for s in (before.get(at), stmt) if s)

    # -- finding what is common

    def occurrences(self, block: Block) -> dict[Expr, list[int]]:
        """The places of each expression, as often as it is evaluated for certain."""
        found: dict[Expr, list[int]] = {}
        for place, stmt in enumerate(block):
            nodes: list[Expr] = []
            if self.is_reverse(stmt):
                for expr in expressions_of(stmt):
                    nodes += _certain(typed(expr), kept=True)
            whole = _named_value(stmt)
            if whole is not None and (not nodes or nodes[0] != whole):
                nodes.append(whole)
            for node in nodes:
                found.setdefault(node, []).append(place)
        return found

    def is_reverse(self, stmt: Stmt) -> bool:
        match stmt:
            case Assign(target=target):
                return names_in(target) <= self.generated
            case Store(place=place):
                return names_in(place.base) <= self.generated
        return isinstance(stmt, Return)

    def stretches(self, facts: BlockFacts, expr: Expr, places: list[int]) -> Iterator[_Common]:
        """The stretches of `places` over which the value of `expr` stays the same."""
        if not is_pure(expr, self.memory.known.pure):
            return
        rest, last = places, len(facts.at) - 1
        while rest:
            first = rest[0]
            end = max(first, facts.first_change(expr, first - 1, last))
            stretch = [place for place in rest if place <= end]
            if not self.memory.reads_first(facts.at[end].stmt if end <= last else _NOTHING):
                stretch = [place for place in stretch if place != end]
            common = self.common(facts, expr, stretch) if len(stretch) > 1 else None
            if common is not None:
                yield common
            taken = common.count if common is not None else max(1, len(stretch))
            rest = rest[taken:]

    def common(self, facts: BlockFacts, expr: Expr, stretch: list[int]) -> _Common | None:
        """What can be shared of a stretch, if that is worth it."""
        expr = typed(expr)
        holders = [at for at in stretch if self.holder(facts.at[at].stmt, expr) is not None]
        held_at = next((at for at in holders if self.is_movable(facts, at, stretch[0])), -1)
        holder = None if held_at < 0 else self.holder(facts.at[held_at].stmt, expr)
        if holder is not None:
            end = self.held_until(facts, holder, held_at, stretch[-1])
            stretch = [place for place in stretch if place <= end]
        stretch = [at for at in stretch if at == held_at or self.is_reverse(facts.at[at].stmt)]
        if is_buffer(expr.kind):  # another holder of the same array must stay one of its own
            stretch = [at for at in stretch if at == held_at or at not in holders]
        if not self.is_worthwhile(expr, len(stretch), holder):
            return None
        return _Common(expr, sorted(set(stretch)), len(stretch), holder, held_at)

    def is_movable(self, facts: BlockFacts, at: int, first: int) -> bool:
        """Whether the assignment at place `at` may stand before the statement at `first`."""
        if at == first:
            return True
        (name,) = facts.at[at].binds
        between = facts.at[first:at]
        return name in self.generated and not any(
            name in other.reads or name in other.binds or other.jumps for other in between
        )

    def holder(self, stmt: Stmt, expr: Expr) -> Var | None:
        """The name that `stmt` gives to the value of `expr`."""
        match stmt:
            case Assign(target=Var(name=name) as target, value=value, op=None):
                return target if value == expr and name not in names_in(expr) else None
        return None

    def held_until(self, facts: BlockFacts, holder: Var, first: int, last: int) -> int:
        """The first place at which the name no longer holds what it was given."""
        end = facts.next_binding(holder.name, first)
        if is_buffer(holder.kind):
            for place in facts.writing:
                if place > first and self.memory.touches(facts.at[place], {holder.name}):
                    return place if end is None else min(end, place)
        return last + 1 if end is None else end

    def is_worthwhile(self, expr: Expr, count: int, holder: Var | None) -> bool:
        if count < 2:
            return False
        costly = any(_cost(node) >= 2 for node in walk(expr))
        if holder is not None or costly:
            return costly or _size(expr) >= 2
        return count >= 3 and _size(expr) >= 2


def _named_value(stmt: Stmt) -> Op | None:
    """The operation to whose value `stmt` gives a name."""
    match stmt:
        case Assign(value=Op() as value, op=None):
            return value
    return None


def _certain(expr: Expr, kept: bool) -> Iterator[Op]:
    """The operations in `expr` that are evaluated whenever it is.

    `kept` says that something may keep the object which is the value: if that can be written
    into, it is not to be shared.
    """
    if isinstance(expr, Op) and not (kept and is_buffer(expr.kind)) and names_in(expr):
        yield expr
    match expr:
        case Choice(test=test):
            yield from _certain(test, kept=False)
        case BoolOp(values=values):
            yield from _certain(values[0], kept=True)
        case _:
            for child in children(expr):
                yield from _certain(child, _keeps(expr))


def _keeps(expr: Expr) -> bool:
    """Whether the value of `expr` may be, hold or share the object of an operand."""
    rule = rule_of(expr)
    return rule is None or rule.view or bool(rule.writes)


def _replacing(expr: Expr, name: Var) -> Callable[[Expr], Expr]:
    return lambda whole: rewrite(whole, lambda node: name if node == expr else None)


def _cost(expr: Expr) -> int:
    rule = rule_of(expr)
    return 0 if rule is None else rule.cost


def _size(expr: Expr) -> int:
    """The number of operations in `expr` that cost something."""
    return sum(_cost(node) > 0 for node in walk(expr))


# ---------------------------------------------------------------------------------------------
# Names

_WORDS = {
    operator.add: "total",
    operator.sub: "diff",
    operator.mul: "product",
    operator.matmul: "product",
    operator.truediv: "ratio",
    operator.pow: "power",
}
_LONGEST = 20


def name_for(expr: Expr) -> str:
    """A name that says what `expr` is: `exp_neg_x`, `diff`."""
    if not isinstance(expr, Op):
        return "value"
    for fn, word in _WORDS.items():
        if expr.fn is fn:
            return word
    own = expr.fn.name if isinstance(expr.fn, Method) else getattr(expr.fn, "__name__", "value")
    parts = [_part(arg) for arg in expr.args]
    full = "_".join([own, *parts])
    return full if all(parts) and len(full) <= _LONGEST else own


def _part(expr: Expr) -> str:
    match expr:
        case Var(name=name):
            return name
        case Const(value=int() as value) if value >= 0:
            return str(value)
        case Op(fn=operator.neg, args=(operand,)):
            inner = _part(operand)
            return inner and f"neg_{inner}"
        case Item(base=Var(name=name), index=index) if not isinstance(index, Slice):
            return name
    return ""
