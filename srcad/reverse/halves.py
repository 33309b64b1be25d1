"""The two halves of a called function: the forward one that records, the reverse one."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from srcad.analysis.effects import memory
from srcad.analysis.infer import Calls, infer
from srcad.analysis.liveness import bound_at_end, liveness
from srcad.analysis.sharing import holds_memory
from srcad.core import (
    Assign,
    Block,
    Comment,
    Const,
    Expr,
    Function,
    Param,
    Return,
    Stmt,
    Tuple,
    Var,
    expressions_of,
    names_in,
    statements,
    targets_of,
)
from srcad.kinds import NONE, UNKNOWN, Kind
from srcad.reverse.adjoint import Parts, Task, entry_copies, transform
from srcad.reverse.pairs import Pair, Pairs
from srcad.reverse.paths import Fork, forward_paths, nothing_saved, reverse_paths
from srcad.reverse.reads import Reads
from srcad.rules import vocabulary as words


def make_pair(pair: Pair, calls: Calls, pairs: Pairs) -> None:
    """Fill in the halves of `pair`."""
    callee = pair.callee
    gives = callee.result != NONE
    seed = Var("dout", kind=callee.result)
    active = tuple(p.name for p in callee.function.params if p.name in pair.active)
    task = Task(
        active,
        seed,
        gives,
        pair.by_reference,
        pair.seeded,
        pair.by_value,
        pair.lent,
        pair.grown,
        pair.linked,
    )
    parts = transform(callee, task, calls, pairs)
    adjoints = parts.gradients
    reverse = list(parts.sweeps.reverse)
    if adjoints or pair.public:
        single = len(adjoints) == 1 and not pair.public
        reverse.append(Return(adjoints[0] if single else Tuple(tuple(adjoints))))
    shadows = [parts.context.adjoint(name).name for name in parts.pinned]
    known = {*shadows, *([parts.seed.name] if isinstance(parts.seed, Var) else [])}
    wanted = [n for n in _live_at_start(reverse) if n not in known]
    params = [p.name for p in parts.typed.function.params]
    rebound = {n for s in statements(parts.typed.function.body) for n in targets_of(s)}
    if not pair.recursive and not pair.public:
        pair.passed = tuple(n for n in wanted if n in params and n not in rebound)
    saved = [n for n in wanted if n not in pair.passed and n not in parts.typed.function.captures]
    pair.held = _held(pair, parts, reverse) if saved else ()
    fork, fewer = _fork(pair, parts, reverse, saved)
    saved = fewer if fork is not None else saved
    given = _shadows_read(parts, shadows)
    by_shadow = dict(zip(shadows, pair.by_reference, strict=True))
    pair.forward_shadows = tuple(by_shadow[name] for name in given)
    hands_over = bool(saved or given) or pair.lent or pair.recursive or pair.public
    pair.reverse = _reverse_function(pair, parts, reverse, saved, shadows, fork, hands_over)
    if hands_over:
        pair.forward = _forward_function(pair, parts, saved, gives, given, fork is not None)


def _held(pair: Pair, parts: Parts, reverse: list[Stmt]) -> tuple[str, ...]:
    """The parameters into which the reverse half looks by references that were saved."""
    mem = memory(parts.typed)
    shadows = {parts.context.adjoint(name).name for name in parts.context.steady}
    names = {n for s in statements(tuple(reverse)) for e in expressions_of(s) for n in names_in(e)}
    read = Reads(names, set(), shadows).of(reverse)
    looked = {location.removesuffix("[]") for location in read if location.endswith("[]")}
    sharing = {name for pair in mem.aliases.everywhere() if pair & looked for name in pair}
    params = zip(pair.callee.function.params, parts.typed.function.params, strict=True)
    return tuple(
        given.name
        for given, own in params
        if own.name in sharing - {*pair.passed} and holds_memory(pair.callee.param_kind(given.name))
    )


def _shadows_read(parts: Parts, shadows: list[str]) -> list[str]:
    """The shadows that are needed in the forward half already."""
    read = names_in(parts.lent)
    for stmt in statements(tuple(parts.sweeps.forward)):
        read |= {n for e in expressions_of(stmt) for n in names_in(e)}
    return [name for name in shadows if name in read]


def _fork(
    pair: Pair, parts: Parts, reverse: list[Stmt], saved: list[str]
) -> tuple[Fork | None, list[str]]:
    """Where the reverse half can decide by whether anything was saved; and what is, if so."""
    forward, value = parts.sweeps.forward, parts.value
    if pair.public or pair.lent:
        return None, saved
    fork = nothing_saved(forward, reverse, value, set(saved), _live_at_start)
    if fork is None:
        return None, saved
    fewer = [n for n in _live_at_start(fork.remaining()) if n in saved]
    split = forward_paths(forward, value, fewer, _given(parts), True, partial(_safe, parts))
    return (None, saved) if split is None else (fork, fewer)


def _given(parts: Parts) -> set[str]:
    """The names that always have a value in the forward half, but for shadows."""
    function = parts.typed.function
    return {p.name for p in function.params} | set(function.captures)


def _live_at_start(block: list[Stmt]) -> list[str]:
    """The names that a block reads before it binds them."""
    probe = Function("probe", (), tuple(block))
    real = [s for s in block if not isinstance(s, Comment)]
    if not real:
        return []
    before = liveness(probe).before[id(block[0])]
    return sorted(before)


def _reverse_function(
    pair: Pair,
    parts: Parts,
    body: list[Stmt],
    saved: list[str],
    shadows: list[str],
    fork: Fork | None,
    hands_over: bool,
) -> Function:
    params = list(pair.passed)
    bundle = parts.context.temporary("saved", UNKNOWN)
    names = tuple(Var(n, kind=parts.context.kind(n)) for n in saved)
    head = [Assign(Tuple(names), bundle)] if saved else []
    if hands_over:
        params.append(bundle.name)
        if fork is not None:
            head, body = [], reverse_paths(fork, bundle.name, list(head))
    if pair.seeded:
        assert isinstance(parts.seed, Var)
        params.append(parts.seed.name)
    params += shadows
    made = replace(
        parts.typed.function,
        name=pair.reverse_name,
        params=tuple(Param(name) for name in params),
        body=(*head, *body),
        doc=None,
        shared=_shared(pair, parts, shadows, params),
    )
    return replace(made, body=_unharmed(made, bundle, names)) if pair.public else made


def _forward_function(
    pair: Pair, parts: Parts, saved: list[str], gives: bool, given: list[str], quiet: bool
) -> Function:
    forward = parts.sweeps.forward
    function = parts.typed.function
    known = _given(parts) | set(given)
    body: list[Stmt] | None = None
    if not pair.public and not pair.lent and gives:
        keep = partial(_safe, parts)
        body = forward_paths(forward, parts.value, saved, known, quiet, keep)
    if body is None:
        body = _with_one_return(parts, saved, known, gives, quiet)
    params = function.params
    if pair.public:
        body = [*entry_copies(parts), *body]
    else:
        params = tuple(Param(p.name) for p in params)  # the call gives all by position
        params += tuple(Param(name) for name in given)
    return replace(
        function,
        name=pair.forward_name,
        params=params,
        body=tuple(body),
        doc=None,
        shared=_shared(pair, parts, given, [p.name for p in params]),
    )


def _shared(
    pair: Pair, parts: Parts, shadows: list[str], params: list[str]
) -> frozenset[frozenset[str]]:
    """The parameters of a half that may be given the same memory: arguments, or their shadows."""
    found = {couple for couple in parts.typed.function.shared if couple <= set(params)}
    for couple in pair.linked:
        own = frozenset(parts.context.adjoint(name).name for name in couple)
        if own <= set(shadows):
            found.add(own)
    return frozenset(found)


def _with_one_return(
    parts: Parts, saved: list[str], known: set[str], gives: bool, quiet: bool
) -> list[Stmt]:
    forward, function = parts.sweeps.forward, parts.typed.function
    certain = bound_at_end(Function("probe", function.params, tuple(forward)))
    unsure = [n for n in saved if n not in certain and n not in known]
    first = [Assign(Var(n, kind=Kind()), Const(None)) for n in unsure]
    bundle: Expr = Tuple(tuple(_safe(parts, n) for n in saved))
    result: Expr = bundle
    if gives:
        assert parts.value is not None
        shadow = () if parts.lent is None else (parts.lent,)
        result = Tuple((parts.value, *shadow, bundle))
    return [*first, *forward, Return(result)]


def _safe(parts: Parts, name: str) -> Expr:
    return Var(name, kind=parts.context.kind(name))


def _unharmed(function: Function, bundle: Var, saved: tuple[Var, ...]) -> Block:
    """The body of a reverse half that changes nothing of what was saved: it may be run again."""
    typed = infer(function, dict.fromkeys(function.captures, UNKNOWN), rewritten=True)
    mem = memory(typed)
    touched = {n for s in statements(typed.function.body) for n in mem.touched_by(s)}
    copied = [var for var in saved if var.name in touched]
    if len(copied) > 1:  # what shares memory must do so in the copy
        return (Assign(bundle, words.copy_of(bundle, UNKNOWN)), *function.body)
    after = [Assign(var, words.copy_of(var, var.kind)) for var in copied]
    return (*function.body[:1], *after, *function.body[1:])
