"""Statements with their tangents."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from srcad.analysis.varied import matched
from srcad.core import (
    Assert,
    Assign,
    Attr,
    Block,
    Const,
    Effect,
    Expr,
    For,
    If,
    Item,
    Op,
    Raise,
    Return,
    Stmt,
    Store,
    Tuple,
    Var,
    While,
    bound_names,
    expressions_of,
    names_in,
    substitute,
)
from srcad.forward.arithmetic import ONE
from srcad.forward.calls import as_statement
from srcad.forward.containers import tangent_of_place, zeros_display
from srcad.forward.duals import RESULT, Dual, Duals, refuse
from srcad.forward.iteration import mirrored, paired
from srcad.forward.ruled import by_rule
from srcad.forward.scope import Scope, zero_of
from srcad.kinds import Array, DictOf, ListOf, Scalar
from srcad.rules import rule_for
from srcad.rules.vocabulary import ZERO

Stmts = list[Stmt]


def tangent_block(scope: Scope, block: Block) -> Block:
    """The statements of `block`, each with its tangent."""
    return tuple(new for stmt in block for new in _tangent_stmt(scope, stmt))


def _tangent_stmt(scope: Scope, stmt: Stmt) -> Stmts:
    if not scope.varies.reached(stmt):
        return [stmt]
    duals = Duals(scope, stmt)
    match stmt:
        case Assign(op=None):
            made = _assign(duals, stmt)
        case Assign(target=Var() as target):
            made = _augmented(duals, stmt, target)
        case Store():
            made = _store(duals, stmt)
        case If():
            made = _if(duals, stmt)
        case For():
            made = _for(duals, stmt)
        case While():
            made = _while(duals, stmt)
        case Return():
            made = _return(duals, stmt)
        case Effect():
            made = _effect(duals, stmt)
        case Assert() | Raise():
            made = _guarded(duals, stmt)
        case _:
            made = [stmt]
    return _with_origin([*duals.front, *made], stmt)


def _with_origin(made: Stmts, stmt: Stmt) -> Stmts:
    """Let what was made of `stmt` stand for it: the user's comments go above the first."""
    silent = replace(stmt.origin, comments=())
    placed = [new if new.origin.line else replace(new, origin=silent) for new in made]
    own = [place for place, new in enumerate(placed) if new.origin.comments]
    if own and own[0] > 0:
        placed[own[0]] = replace(placed[own[0]], origin=silent)
        placed[0] = replace(placed[0], origin=stmt.origin)
    elif not own and placed and stmt.origin.comments:
        placed[0] = replace(placed[0], origin=stmt.origin)
    return placed


# ---------------------------------------------------------------------------------------------
# Assignment to names


def _assign(duals: Duals, stmt: Assign) -> Stmts:
    live = [name for name in bound_names(stmt.target) if duals.scope.live_after(stmt, name)]
    if not live and not duals.has_mirrored(stmt.value):
        return [stmt]
    if isinstance(stmt.target, Var):
        return _assign_name(duals, stmt, stmt.target, bool(live))
    return _assign_pattern(duals, stmt, stmt.target, frozenset(live))


def _assign_name(duals: Duals, stmt: Assign, target: Var, live: bool) -> Stmts:
    dual = duals.full(duals.dual(stmt.value, result=True))
    if not live:
        return [replace(stmt, value=_plain(duals, dual, target).value)]
    taken = _take_over(duals, stmt, dual, target)
    if taken is not None:
        return taken
    tangent = duals.scope.tangent(target.name, target.kind)
    if dual.tangent is None:
        zeros = zeros_display(stmt.value) or zero_of(target, target.kind)
        return [replace(stmt, value=dual.value), Assign(tangent, zeros)]
    reads_new = RESULT in names_in(dual.tangent)
    dual = _plain(duals, dual, target)
    assert dual.tangent is not None
    change = Assign(tangent, _own(duals, stmt, dual, target))
    primal = replace(stmt, value=dual.value)
    # with a name of its own for the new value, the tangent is computed before it is assigned
    before = isinstance(dual.value, Var) if reads_new else target.name in names_in(dual.tangent)
    return [change, primal] if before else [primal, change]


def _plain(duals: Duals, dual: Dual, target: Var) -> Dual:
    """`dual` with the name of the target, or one of its own, in place of `RESULT`."""
    read = names_in(dual.tangent)
    if RESULT not in read:
        return dual
    assert dual.tangent is not None
    if target.name not in read:
        return Dual(dual.value, substitute(dual.tangent, {RESULT: target}), dual.full)
    name = duals.named(dual.value)
    return Dual(name, substitute(dual.tangent, {RESULT: name}), dual.full)


def _own(duals: Duals, stmt: Stmt, dual: Dual, target: Var) -> Expr:
    """The tangent, in memory of its own where the value is and something is written into."""
    assert dual.tangent is not None
    scope = duals.scope
    if ({target.name} | scope.borrowed(dual.tangent)) & scope.shadowed:
        return scope.independent(dual.tangent, target.kind, stmt.value, dual.value)  # type: ignore[attr-defined]
    return dual.tangent


def _take_over(duals: Duals, stmt: Assign, dual: Dual, target: Expr) -> Stmts | None:
    """A call in front whose result is just what is assigned: let it assign the names itself."""
    call = _call_in_front(duals, dual)
    if call is None:
        return _taken_in_front(duals, stmt, dual, target)
    return [replace(stmt, target=Tuple((target, mirrored(duals, target))), value=call)]


def _taken_in_front(duals: Duals, stmt: Assign, dual: Dual, target: Expr) -> Stmts | None:
    """`x = xs.pop()`: the two names that were made for the item are not needed."""
    taken = _item_in_front(duals, dual)
    if taken is None:
        return None
    return [replace(stmt, value=taken.value), Assign(mirrored(duals, target), _given(taken))]


def _item_in_front(duals: Duals, dual: Dual) -> Dual | None:
    """What was assigned to the two names that `dual` is, taken back from the front."""
    match duals.front[-2:]:
        case [Assign(target=Var() as item, value=value), Assign(target=Var() as beside) as last]:
            if (item, beside) == (dual.value, dual.tangent):
                del duals.front[-2:]
                duals.scope.forget(item.name)
                return Dual(value, last.value)
    return None


def _given(dual: Dual) -> Expr:
    assert dual.tangent is not None
    return dual.tangent


def _call_in_front(duals: Duals, dual: Dual) -> Expr | None:
    """The call whose value and tangent `dual` is, taken back from the front."""
    last = duals.front[-1] if duals.front else None
    if not isinstance(last, Assign) or not isinstance(last.target, Tuple):
        return None
    if dual.tangent is None or last.target.items != (dual.value, dual.tangent):
        return None
    duals.front.pop()
    duals.scope.forget(last.target.items[0].name)  # type: ignore[attr-defined]
    return last.value


def _assign_pattern(duals: Duals, stmt: Assign, target: Tuple, live: frozenset[str]) -> Stmts:
    """`a, b = ...`: the tangents first, all at once, for they read what is overwritten."""
    dual = duals.full(duals.dual(stmt.value))
    taken = _take_over(duals, stmt, dual, target)
    if taken is not None:
        return taken
    primal = replace(stmt, value=dual.value)
    if dual.tangent is None:
        parts = [v for v in _variables(target) if v.name in live]
        zeros = [Assign(duals.scope.tangent(v.name, v.kind), zero_of(v, v.kind)) for v in parts]
        return [primal, *zeros]
    pairs = matched(target, dual.tangent)
    if not all(isinstance(item, Var) for item, _ in pairs):
        return [Assign(mirrored(duals, target), dual.tangent), primal]
    kept = [(item, part) for item, part in pairs if item.name in live]  # type: ignore[attr-defined]
    names = tuple(mirrored(duals, item) for item, _ in kept)
    tangents = tuple(_independent_item(duals, stmt, item, part) for item, part in kept)
    if len(kept) == 1:
        return [Assign(names[0], tangents[0]), primal]
    return [Assign(Tuple(names), Tuple(tangents)), primal]


def _independent_item(duals: Duals, stmt: Assign, item: Expr, part: Expr) -> Expr:
    value = dict(matched(stmt.target, stmt.value)).get(item, stmt.value)
    assert isinstance(item, Var)
    if ({item.name} | duals.scope.borrowed(part)) & duals.scope.shadowed:
        return duals.scope.independent(part, item.kind, value)
    return part


def _variables(target: Expr) -> list[Var]:
    if isinstance(target, Var):
        return [target]
    assert isinstance(target, Tuple)
    return [var for item in target.items for var in _variables(item)]


# ---------------------------------------------------------------------------------------------
# Augmented assignment and stores

_SUMS = (operator.add, operator.sub)


def _augmented(duals: Duals, stmt: Assign, target: Var) -> Stmts:
    """`x += e`."""
    scope = duals.scope
    in_place = not isinstance(target.kind, Scalar)
    needed = scope.live_after(stmt, target.name) or (
        in_place and target.name in scope.varies.after(stmt) | scope.shadowed
    )
    if not needed and not duals.has_mirrored(stmt.value):
        return [stmt]
    assert stmt.op is not None
    if isinstance(target.kind, ListOf):
        return _extended(duals, stmt, target)
    tangent = scope.tangent(target.name, target.kind)
    if not in_place and stmt.op not in _SUMS:
        return _recomputed(duals, stmt, target, tangent)
    update = _update(duals, stmt.op, target, stmt.value)
    return [*update.changes(Assign, tangent), replace(stmt, value=update.value)]


def _recomputed(duals: Duals, stmt: Assign, target: Var, tangent: Var) -> Stmts:
    """`x *= e` on a number: the tangent of `x = x * e`."""
    whole = Op(stmt.op, (target, stmt.value), kind=target.kind, origin=stmt.value.origin)
    dual = duals.dual(whole)
    change = Assign(tangent, duals.filled(dual, target.kind))
    match dual.value:
        case Op(args=(Var(name=name), value)) if name == target.name:
            return [change, replace(stmt, value=value)]
    return [change, replace(stmt, value=dual.value, op=None)]


def _extended(duals: Duals, stmt: Assign, target: Var) -> Stmts:
    """`xs += ys` on a list."""
    dual = duals.full(duals.dual(stmt.value))
    tangent = duals.scope.tangent(target.name, target.kind)
    change = Assign(tangent, duals.filled(dual, stmt.value.kind), stmt.op)
    return [change, replace(stmt, value=dual.value)]


@dataclass(frozen=True, slots=True)
class _Update:
    """How the tangent of a place changes when the place is updated by an operator.

    `value` is the right side as it is to be written now. The old tangent is multiplied by `kept`
    (or divided, `by`), then `added` is added; None where there is nothing to do.
    """

    value: Expr
    kept: Expr | None
    added: Expr | None
    by: Callable[..., Any] = operator.mul

    def changes(self, make: Callable[..., Stmt], tangent: Expr) -> Stmts:
        """The statements that change the tangent `tangent`."""
        made = [] if self.kept in (None, ONE) else [make(tangent, self.kept, self.by)]
        match self.added:
            case None:
                return made
            case Op(fn=operator.neg, args=(subtracted,)):
                return [*made, make(tangent, subtracted, operator.sub)]
        return [*made, make(tangent, self.added, operator.add)]


def _update(duals: Duals, op: Any, place: Expr, value: Expr) -> _Update:
    """The two terms of the tangent of `place op value`, the old values still at hand."""
    dual = duals.dual(value)
    if op in _SUMS:
        subtracts = op is operator.sub and dual.tangent is not None
        added = Op(operator.neg, (dual.tangent,)) if subtracts else dual.tangent  # type: ignore[arg-type]
        return _Update(dual.value, None, added)
    dual = duals.handy(dual)
    whole = Op(op, (place, dual.value), kind=place.kind, origin=place.origin)
    rule = rule_for(whole, duals.scope.ties)
    pushes = rule.pushforwards(whole) if rule is not None else {}
    if not all(partial.factor or partial.lazy for partial in pushes.values()) or not pushes:
        what = "this augmented assignment has no tangent here"
        raise refuse(what, "Write it as a plain assignment", place, duals.stmt)
    kept, by = dual.value, op
    if op not in (operator.mul, operator.truediv):
        kept = _term(duals, whole, rule, {0: Dual(place, ONE)})
        by = operator.mul
    if dual.tangent is None:
        return _Update(dual.value, kept, None, by)
    added = _term(duals, whole, rule, {1: dual})
    return _Update(dual.value, kept, duals.named(added, "change"), by)


def _term(duals: Duals, whole: Op, rule: Any, parts: dict[int, Dual]) -> Expr:
    """The tangent of an update by way of one of its operands."""
    tangent = by_rule(_Split(duals, parts), whole, rule, False).tangent
    assert tangent is not None
    return tangent


class _Split(Duals):
    """Duals of the two operands of an update, only one of which is taken to vary."""

    def __init__(self, duals: Duals, parts: dict[int, Dual]) -> None:
        super().__init__(duals.scope, duals.stmt)
        self.front = duals.front
        self.known = duals.known
        self.parts = parts

    def is_active(self, expr: Expr) -> bool:
        return True

    def duals(self, exprs: tuple[Expr, ...]) -> list[Dual]:
        return [self.parts.get(place, Dual(expr)) for place, expr in enumerate(exprs)]


def _store(duals: Duals, stmt: Store) -> Stmts:
    """`x[i] = e` and `x[i] += e`: the same store into the tangent."""
    place = stmt.place
    if not _is_shadowed(duals, place.base):
        return _untouched(duals, stmt)
    base = duals.dual(place.base)
    into = tangent_of_place(duals, place.base) if base.tangent is None else base.tangent
    new, beside = _places(duals, place, base.value, into)
    if stmt.op is not None:
        update = _update(duals, stmt.op, new, stmt.value)
        return [*update.changes(Store, beside), replace(stmt, place=new, value=update.value)]
    dual = duals.dual(stmt.value)
    dual = _item_in_front(duals, dual) or dual
    container = not isinstance(place.base.kind, Array)
    if container:
        dual = duals.full(dual)
    tangent = duals.kept(dual, stmt.value) if container else dual.tangent or ZERO
    return [Store(beside, tangent), replace(stmt, place=new, value=dual.value)]  # type: ignore[arg-type]


def _is_shadowed(duals: Duals, base: Expr) -> bool:
    """Whether a store into `base` must be made in the tangent too."""
    scope = duals.scope
    names = scope.memory.sources(base) | (names_in(base) if isinstance(base, Var) else set())
    if not names & scope.shadowed:
        return False
    if isinstance(base.kind, ListOf | DictOf) or not isinstance(base.kind, Array):
        return True
    return bool(names & (scope.varies.before(duals.stmt) | scope.varies.after(duals.stmt)))


def _untouched(duals: Duals, stmt: Store) -> Stmts:
    if not duals.has_mirrored(*expressions_of(stmt)):
        return [stmt]
    return [replace(stmt, value=duals.dual(stmt.value).value)]


def _places(
    duals: Duals, place: Item | Attr, base: Expr, tangent: Expr
) -> tuple[Item | Attr, Item | Attr]:
    """The place stored into, and the one in the tangent."""
    if isinstance(place, Attr):
        if not isinstance(place.base.kind, Array):
            what = f"a varying value is stored into the attribute `{place.name}`"
            raise refuse(what, "Keep it in a variable, list or dict", place, duals.stmt)
        return replace(place, base=base), replace(place, base=tangent)
    index = duals.handy(duals.dual(place.index)).value
    return replace(place, base=base, index=index), Item(tangent, index, kind=place.kind)


# ---------------------------------------------------------------------------------------------
# Control flow


def _if(duals: Duals, stmt: If) -> Stmts:
    test = duals.dual(stmt.test).value
    then = tangent_block(duals.scope, stmt.then)
    return [replace(stmt, test=test, then=then, orelse=tangent_block(duals.scope, stmt.orelse))]


def _for(duals: Duals, stmt: For) -> Stmts:
    scope = duals.scope
    start = scope.live.body_start.get(id(stmt), frozenset())
    wanted = [v for v in _variables(stmt.target) if v.name in start]
    body = tangent_block(scope, stmt.body)
    if not wanted:
        mirrors = duals.has_mirrored(stmt.iter)
        iterable = duals.dual(stmt.iter).value if mirrors else stmt.iter
        return [replace(stmt, iter=iterable, body=body)]
    step = paired(duals, stmt.target, stmt.iter)
    missing = [v for v in wanted if v.name not in step.tangents]
    zeros = [Assign(scope.tangent(v.name, v.kind), zero_of(v, v.kind)) for v in missing]
    return [replace(stmt, target=step.target, iter=step.iter, body=(*zeros, *body))]  # type: ignore[arg-type]


def _while(duals: Duals, stmt: While) -> Stmts:
    duals.varied = duals.scope.varies.head(stmt)
    if duals.has_mirrored(stmt.test):
        what = "the test of a `while` writes into varying memory"
        raise refuse(what, "Do that in the loop's body", stmt.test, stmt)
    return [replace(stmt, body=tangent_block(duals.scope, stmt.body))]


def _return(duals: Duals, stmt: Return) -> Stmts:
    scope = duals.scope
    value = Const(None) if stmt.value is None else stmt.value
    if not scope.returns_tangent:
        return [replace(stmt, value=stmt.value and duals.dual(value).value)]
    dual = duals.full(duals.dual(value, result=True))
    call = _call_in_front(duals, dual)
    if call is not None:
        return [replace(stmt, value=call)]
    if dual.tangent is None:
        zeros = zeros_display(value) or zero_of(dual.value, value.kind)
        return [replace(stmt, value=Tuple((dual.value, zeros)))]
    if RESULT in names_in(dual.tangent):
        name = Var(scope.names.fresh("value"), kind=value.kind)
        duals.front.append(Assign(name, dual.value))
        dual = Dual(name, substitute(dual.tangent, {RESULT: name}))
    assert dual.tangent is not None
    tangent = scope.independent(dual.tangent, value.kind, value, dual.value)
    return [replace(stmt, value=Tuple((dual.value, tangent)))]


def _effect(duals: Duals, stmt: Effect) -> Stmts:
    if not duals.has_mirrored(stmt.value):
        return [stmt]
    dual = duals.dual(stmt.value)
    if as_statement(duals, dual) or isinstance(dual.value, Const | Var):
        return []
    return [replace(stmt, value=dual.value)]


def _guarded(duals: Duals, stmt: Stmt) -> Stmts:
    if not duals.has_mirrored(*expressions_of(stmt)):
        return [stmt]
    what = "an `assert` or `raise` writes into varying memory"
    raise refuse(what, "Do that in a statement before it", expressions_of(stmt)[0], stmt)
