"""Statements with their tangents."""

from __future__ import annotations

from dataclasses import replace

from srcad.analysis.inline import quiet
from srcad.analysis.varied import matched
from srcad.core import (
    Assert,
    Assign,
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
    Try,
    Tuple,
    Var,
    While,
    With,
    bound_names,
    expressions_of,
    names_in,
    statements,
    substitute,
    targets_of,
    walk,
)
from srcad.errors import UnsupportedConstruct
from srcad.forward.calls import as_statement
from srcad.forward.containers import taken_in_front, zeros_display
from srcad.forward.duals import RESULT, Dual, Duals, refuse
from srcad.forward.iteration import mirrored, paired
from srcad.forward.scope import Scope, zero_of
from srcad.forward.updates import augmented, store

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
            made = augmented(duals, stmt, target)
        case Store():
            made = store(duals, stmt)
        case If():
            made = _if(duals, stmt)
        case For():
            made = _for(duals, stmt)
        case While():
            made = _while(duals, stmt)
        case With(body=body):
            made = [replace(stmt, body=tangent_block(scope, body))]
        case Try():
            made = _try(duals, stmt)
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
    taken = taken_in_front(duals, dual)
    if taken is None:
        return None
    return [replace(stmt, value=taken.value), Assign(mirrored(duals, target), _given(taken))]


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


def _try(duals: Duals, stmt: Try) -> Stmts:
    """What is tried is the function's own statements: no formula for a tangent may be caught.

    Where a tangent has to be computed before what follows, those that it needs are as well.
    """
    if all(handler and isinstance(handler[-1], Raise) for handler in stmt.handlers):
        return [replace(stmt, body=tangent_block(duals.scope, stmt.body))]
    if len(stmt.types) > 1 and any(_raises_twice(inner) for inner in stmt.body):
        # which of them it is depends on the order of evaluation, which is another here
        if _may_be_done_again(stmt.body):
            again = tangent_block(duals.scope, (*stmt.body, *stmt.orelse))
            return [replace(stmt, body=tuple(map(replace, stmt.body)), orelse=again)]
        raise UnsupportedConstruct(
            f"`{stmt.origin.text}` has several handlers, which forward mode cannot tell apart",
            "Use reverse mode, or one `try` for each exception",
            stmt.origin,
        )
    made = [(inner, _tangent_stmt(duals.scope, inner)) for inner in stmt.body]
    early = any(duals.scope.memory.touched_by(inner) for inner in stmt.body[:-1])
    early = early or any(_first_tangents(duals, new, inner) for inner, new in made)
    early = early or _is_rebound_later(duals, [new for _, new in made])
    tried: Stmts = []
    rest: Stmts = []
    for inner, new in made:
        if early and inner is not stmt.body[-1]:
            tried += new
        else:
            _split(duals, inner, new, tried, rest)
    orelse = (*rest, *tangent_block(duals.scope, stmt.orelse))
    return [replace(stmt, body=tuple(tried), orelse=orelse)]


def _is_rebound_later(duals: Duals, made: list[Stmts]) -> bool:
    """Whether a tangent reads what a later one of the statements binds anew."""
    for place, stmts in enumerate(made):
        tangents = [s for s in stmts if _is_tangent(duals, s)]
        read = {n for s in tangents for e in expressions_of(s) for n in names_in(e)}
        if read & {n for later in made[place + 1 :] for s in later for n in _bound_in(s)}:
            return True
    return False


def _bound_in(stmt: Stmt) -> set[str]:
    return {name for inner in statements((stmt,)) for name in targets_of(inner)}


def _is_operator(op: Op) -> bool:
    return getattr(op.fn, "__module__", None) == "_operator"


def _raises_twice(stmt: Stmt) -> bool:
    """Whether more than one operation in `stmt` may raise something other than arithmetic does."""
    nodes = [node for expr in expressions_of(stmt) for node in walk(expr)]
    calls = [n for n in nodes if isinstance(n, Op) and not _is_operator(n)]
    return len(calls) + sum(isinstance(node, Item) for node in nodes) > 1


def _may_be_done_again(body: Block) -> bool:
    """Whether the statements, done a second time, give what they gave: they only bind names."""
    if not all(isinstance(s, Assign) and s.op is None and quiet(s.value) for s in body):
        return False
    known: set[str] = set()
    for stmt in reversed(body):
        known = (known - set(targets_of(stmt))).union(*map(names_in, expressions_of(stmt)))
    return known.isdisjoint(name for stmt in body for name in targets_of(stmt))


def _split(duals: Duals, stmt: Stmt, made: Stmts, tried: Stmts, rest: Stmts) -> None:
    """Put the tangents' new values into `rest`; they are computed where they were."""
    first = _first_tangents(duals, made, stmt)
    for new in made:
        if not _is_tangent(duals, new):
            tried.append(new)
        elif any(new is one for one in first):
            assert isinstance(new, Assign | Store)
            kept = Var(duals.scope.names.fresh("change"), kind=new.value.kind)
            tried.append(Assign(kept, new.value))
            rest.append(replace(new, value=kept))
        else:
            rest.append(new)


def _first_tangents(duals: Duals, made: Stmts, stmt: Stmt) -> Stmts:
    """The tangents among the statements made of `stmt` that come before itself."""
    own = [at for at, new in enumerate(made) if _does_same(new, stmt)]
    return [new for new in made[: own[-1] if own else len(made)] if _is_tangent(duals, new)]


def _does_same(new: Stmt, stmt: Stmt) -> bool:
    """Whether `new` is what was made of `stmt` itself."""
    if isinstance(new, Store) and isinstance(stmt, Store):
        return new.place == stmt.place
    return isinstance(new, Assign) and isinstance(stmt, Assign) and new.target == stmt.target


def _is_tangent(duals: Duals, stmt: Stmt) -> bool:
    """Whether all that a statement does is give a tangent its value."""
    if isinstance(stmt, Assign) and isinstance(stmt.target, Var):
        return bool(duals.scope.owner(stmt.target.name))
    if isinstance(stmt, Store):
        return any(duals.scope.owner(name) for name in names_in(stmt.place.base))
    return False


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
