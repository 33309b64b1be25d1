"""The reverse mode of one function: from its typed core form to the two sweeps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from srcad.analysis.aliases import kinds_of_names
from srcad.analysis.calls import captured_defaults
from srcad.analysis.dataflow import Result
from srcad.analysis.effects import Memory, memory
from srcad.analysis.infer import Calls, Typed, infer
from srcad.analysis.liveness import binding, liveness
from srcad.analysis.references import restructured
from srcad.analysis.sharing import calls_in
from srcad.analysis.shifts import shifts
from srcad.analysis.useful import useful
from srcad.analysis.varied import varied
from srcad.core import (
    Assign,
    Block,
    Const,
    Effect,
    Expr,
    Function,
    Method,
    Op,
    Return,
    Stmt,
    Var,
    expressions_of,
    names_in,
    names_of,
    statements,
    targets_of,
)
from srcad.errors import NonScalarResult, NotDifferentiable, UnsupportedConstruct
from srcad.kinds import Array, ConstOf, Inert, Kind, Scalar, counted, is_inexact, is_unknown, join
from srcad.names import Names
from srcad.reverse.accumulate import Accumulator
from srcad.reverse.assemble import Sweeps, forward_sweep, reverse_sweep
from srcad.reverse.bindings import written, written_in
from srcad.reverse.calls import CallSteps
from srcad.reverse.context import OWNED, Context, Retry, State, Wishes
from srcad.reverse.control import Control
from srcad.reverse.links import find_sharing, touched_names
from srcad.reverse.outside import with_outside_kept
from srcad.reverse.pairs import Pairs
from srcad.reverse.prepare import Prepare
from srcad.reverse.reads import Reads
from srcad.reverse.reasons import Reason, explain
from srcad.reverse.record import Recorder
from srcad.reverse.steps import Leaf, Loop, Section, Step
from srcad.reverse.terms import Cotangent, Walk
from srcad.reverse.told_apart import with_kinds_told_apart
from srcad.reverse.totals import as_sums, with_totals
from srcad.reverse.tracking import Tracking
from srcad.rules import vocabulary as words

TRIES = 32


@dataclass(frozen=True)
class Task:
    """What is wanted of a function: the active parameters, and how it will be used.

    `seed` is the cotangent of the result; None stands for 1.0, of a result that is one number,
    and `seeded` False for a result that does not matter. `pinned` are parameters whose shadows
    the caller gives, `grown` those of them that are there in the forward sweep; `returned` are
    those whose adjoints are to be there at the end, in the form of the arguments. `lent` says that
    the result's shadow is bound in the forward sweep, and is no seed. `linked` are pairs of
    parameters that may be given the same memory.
    """

    active: tuple[str, ...]
    seed: Expr | None = None
    want_value: bool = False
    pinned: tuple[str, ...] = ()
    seeded: bool = True
    returned: tuple[str, ...] = ()
    lent: bool = False
    grown: frozenset[str] = frozenset()
    linked: frozenset[frozenset[str]] = frozenset()


@dataclass
class Parts:
    """The sweeps of one function and what is known about them."""

    typed: Typed
    context: Context
    sweeps: Sweeps
    value: Expr | None
    lent: Expr | None  # the shadow of the value, where the task wants it
    seed: Expr | None
    gradients: list[Expr]
    pinned: tuple[str, ...]
    written: tuple[str, ...]
    reasons: list[Reason]


def prepared(
    typed: Typed,
    calls: Calls,
    names: Names,
    generated: set[str],
    task: Task,
    wishes: Wishes,
) -> Typed:
    """`typed` rewritten for the reverse mode, with its kinds filled in anew."""
    apart = with_kinds_told_apart(typed.function, names.fresh, task.pinned)
    if apart is not typed.function:
        typed = infer(apart, typed.kinds, calls)
    known = memory(typed)

    def writes(op: Op) -> bool:
        callee = typed.callee(op)
        return callee is not None and bool(known.of(callee).effects.writes)

    work = Prepare(names, lambda op: typed.callee(op) is not None, writes, generated, wishes)
    function = work.function(with_totals(typed.function, work.fresh))
    if task.lent:
        function = work.named_result(function)
    function, renamed = work.fixed_params(function, task.pinned)
    couples = (frozenset(renamed.get(name, name) for name in pair) for pair in task.linked)
    captures, shared = _captures(function, typed), frozenset(couples)
    function = replace(function, captures=captures, shared=shared)
    kinds = {renamed.get(name, name): kind for name, kind in typed.kinds.items()}
    return infer(function, kinds, calls, rewritten=True)


def _captures(function: Function, typed: Typed) -> dict[str, Any]:
    """The captures of a function, with those that stand for defaults in its calls."""
    found = dict(function.captures)
    for op in calls_in(expr for stmt in statements(function.body) for expr in expressions_of(stmt)):
        callee = typed.callee(op)
        if callee is not None:
            found |= captured_defaults(op, callee.function)
    return found


def transform(typed: Typed, task: Task, calls: Calls, pairs: Pairs) -> Parts:
    """The two sweeps of `typed`; made again where that shows what it takes."""
    wishes = Wishes()
    for _ in range(TRIES):
        try:
            parts = _transform(typed, task, calls, pairs, wishes)
            pairs.parts.append(parts)
            return parts
        except Retry as retry:
            wishes |= retry.wishes
    raise UnsupportedConstruct(
        f"cannot differentiate `{typed.function.name}`: the memory that its names share is too "
        "entangled",
        "Use copies in place of views",
        typed.function.origin,
    )


def _transform(typed: Typed, task: Task, calls: Calls, pairs: Pairs, wishes: Wishes) -> Parts:
    names = Names(names_of(typed.function))
    generated = pairs.generated
    seed = task.seed
    if isinstance(seed, Var):
        seed = replace(seed, name=names.fresh(seed.name))
    original = typed.function
    typed = prepared(typed, calls, names, generated, task, wishes)
    function = typed.function
    pairs.exact |= names_of(function) - names_of(original)
    order = [p.name for p in original.params]
    now = dict(zip(order, (p.name for p in function.params), strict=True))
    pinned = tuple(now[name] for name in task.pinned)
    active = tuple(now[name] for name in task.active)
    returned = tuple(now[name] for name in task.returned)
    mem = memory(typed)
    live = liveness(function, pinned)
    kinds = {**typed.kinds, **kinds_of_names(function.body)}
    for later in (typed.exit, typed.last):  # what a list holds may be known only then
        kinds |= {name: join(kinds[name], kind) for name, kind in later.items() if name in kinds}
    body, last = _split(function.body)
    result = last.value if task.lent else None
    wished = wishes.tracked | (frozenset(names_in(result)) - frozenset(pinned))
    grown = frozenset(now[name] for name in task.grown)
    sharing = find_sharing(mem, live, kinds, wished, grown)
    context = Context(
        names,
        kinds,
        mem,
        varied(mem, frozenset(active)),
        useful(function.body, mem, frozenset(pinned)),
        sharing.links,
        generated=generated,
        tracked=(sharing.tracked | grown) - mem.foreign,
        told_apart=wishes.told_apart,
        pinned=frozenset(pinned),
        ties=pairs.ties,
        bound=binding(function),
    )
    context.touched = touched_names(mem)
    context.shifts = shifts(function, context.touched)
    state: State = {name: OWNED for name in context.steady}
    control = Control(context, CallSteps(context, pairs))
    final, value = _final(context, last, seed, state, task.want_value, task.seeded)
    section = control.section(body, state)
    section.steps.append(final)
    grads = _finish(context, section, state, typed, returned)
    recorder = _record(context, section, function, live)
    _choose_headers(section, in_loop=False)
    params = [p.name for p in function.params]
    entry = Tracking(context).entry(params, context.pinned)
    unsure = [Assign(Var(name), Const(None)) for name in sorted(context.unsure)]
    reverse = with_outside_kept(context, recorder.restored, reverse_sweep(section))
    sweeps = Sweeps(as_sums([*unsure, *entry, *forward_sweep(section)]), as_sums(reverse))
    changed = _written_params(mem, function)
    reasons = explain(section, recorder.reads, recorder.provided)
    pairs.exact.update(context.hoisted)
    pairs.numbered.update(names.numbered)
    lent = context.shadow(result) if isinstance(result, Var) else None
    return Parts(typed, context, sweeps, value, lent, seed, grads, pinned, changed, reasons)


def _split(body: Block) -> tuple[Block, Return]:
    if body and isinstance(body[-1], Return):
        return body[:-1], body[-1]
    return body, Return(Const(None))


def _final(
    context: Context, last: Return, seed: Expr | None, state: State, want_value: bool, seeded: bool
) -> tuple[Leaf, Expr | None]:
    """The step of the `return`: what is returned, and how its cotangent is handed on."""
    value = last.value if last.value is not None else Const(None)
    walk = Walk(context, context.varied_before(last), last)
    walk.root = value
    forward: list[Stmt] = []
    result: Expr | None = None
    if want_value:
        walk.target = result = context.temporary("value", value.kind)
    if seeded:
        walk.descend(value, Cotangent(seed if seed is not None else _unit(value, last)))
    sink = Accumulator(context, state)
    sink.out += walk.reverse
    sink.add_terms(walk.terms)
    forward += walk.forward
    if want_value:
        assert isinstance(result, Var)
        forward.append(Assign(result, walk.rewritten(value), origin=last.origin))
        context.hoisted[result.name] = value.kind
    fresh = {name for s in forward for name in targets_of(s)}
    return Leaf(last, forward, sink.out, fresh), result


def _unit(value: Expr, stmt: Stmt) -> Expr:
    """The cotangent 1.0 of a result that is certainly one number; else checked at run time."""
    kind = value.kind
    if isinstance(kind, Scalar) or (isinstance(kind, Array) and kind.dims == ()):
        if kind.dtype.startswith("complex"):
            raise NotDifferentiable(
                "the result is complex, and `grad` is of a real function",
                "Return its real part, its imaginary part or its absolute value, or use `vjp`",
                stmt.origin,
            )
        if not is_inexact(kind.dtype) and kind.dtype != "object":
            raise NotDifferentiable(
                f"the result is of dtype {kind.dtype}, which carries no derivative",
                "Return a float",
                stmt.origin,
            )
        return words.ONE
    if is_unknown(kind):
        return words.unit(value)
    raise NonScalarResult(
        f"`grad` wants a function that returns one number, this one returns {_article(kind)}",
        "Reduce the result, as by `np.sum`, or use `vjp` for the gradient of a chosen combination",
        stmt.origin,
    )


def _article(kind: Kind) -> str:
    if isinstance(kind, Array):
        rank = "" if kind.rank is None else f" of {counted(kind.rank, 'dimension')}"
        return f"an array{rank}"
    if isinstance(kind, ConstOf):
        return repr(kind.value)
    if isinstance(kind, Inert):
        return f"a {kind.name}"
    return f"a {type(kind).__name__.removesuffix('Of').lower()}"


def _record(
    context: Context, section: Section, function: Function, live: Result[frozenset[str]]
) -> Recorder:
    managed = {n for s in _all_steps(section) if isinstance(s, Loop) for n in _managed(s)}
    forward = {name for name in names_of(function)} | set(context.hoisted) | managed
    shadows = {context.adjoint(name).name for name in context.tracked}
    forward |= shadows
    forward |= {n for s in _all_steps(section) for n in written(s) | written_in(s)}
    growing = restructured(context.memory)
    handed = shadows & {n for s in forward_sweep(section) for n in _deep_names(s)}
    reads = Reads(forward, managed, shadows, growing)
    recorder = Recorder(context, reads, live, managed, frozenset(handed))
    bound = frozenset(p.name for p in function.params) | frozenset(function.captures)
    bound |= context.unsure
    bound |= {context.adjoint(p.name).name for p in function.params if p.name in context.steady}
    recorder.section(section, frozenset(), bound, None)
    return recorder


def _managed(loop: Loop) -> list[str]:
    return [n for n in (loop.counter, loop.flag) if n is not None]


def _all_steps(section: Section) -> list[Step]:
    found: list[Step] = []
    for step in section.steps:
        found.append(step)
        if isinstance(step, Loop):
            found += _all_steps(step.body)
        elif not isinstance(step, Leaf):
            found += _all_steps(step.then) + _all_steps(step.orelse)
    return found


def _choose_headers(section: Section, in_loop: bool) -> None:
    """Let a tape's length count the trips where one tape gets one entry a trip."""
    for step in section.steps:
        if isinstance(step, Loop):
            if step.counter is not None and not in_loop:
                step.tape_test = _counting_tape(step)
            _choose_headers(step.body, True)
        elif not isinstance(step, Leaf):
            _choose_headers(step.then, in_loop)
            _choose_headers(step.orelse, in_loop)


def _counting_tape(loop: Loop) -> str | None:
    if loop.backward is not None:
        target = set(names_in(loop.target))
        read = {n for s in reverse_sweep(loop.body) for n in _deep_names(s)}
        if target & read:
            return None
    for step in loop.body.steps:
        for stmt in [*(step.saves if isinstance(step, Leaf | Loop) else []), *step.after]:
            tape = _appended_to(stmt)
            if tape is not None:
                return tape
    return None


def _appended_to(stmt: Stmt) -> str | None:
    match stmt:
        case Effect(value=Op(fn=Method("append"), args=(Var(name=name), *_))):
            return name
    return None


def _deep_names(stmt: Stmt) -> set[str]:
    return {n for s in statements((stmt,)) for e in expressions_of(s) for n in names_in(e)}


def _written_params(mem: Memory, function: Function) -> tuple[str, ...]:
    """The parameters whose memory the function writes into."""
    return tuple(p.name for p in function.params if p.name in mem.effects.writes)


def entry_copies(parts: Parts) -> list[Stmt]:
    """Copies of the parameters that the function writes into: the caller's stay as they are."""
    out: list[Stmt] = []
    for name in parts.written:
        kind = parts.typed.kinds.get(name, Kind())
        var = Var(name, kind=kind)
        out.append(Assign(var, words.copy_of(var, kind)))
    return out


def _finish(
    context: Context, section: Section, state: State, typed: Typed, names: tuple[str, ...]
) -> list[Expr]:
    """End the reverse sweep with gradients in the form of their arguments, each in memory of its
    own; they read the arguments as they were on entry.
    """
    sink = Accumulator(context, state)
    gradients: list[Expr] = []
    for name in names:
        entry = typed.kinds.get(name, Kind())
        adjoint = context.adjoint(name)
        if name in context.tracked:  # its shadow on entry, whatever the name is bound to later
            own = context.temporary(adjoint.name, adjoint.kind)
            number = isinstance(entry, Scalar)
            sink.out.append(Assign(own, words.taken(adjoint, entry) if number else adjoint))
            adjoint = own
        elif name not in state:
            sink.out.append(Assign(adjoint, words.zero_like(Var(name, kind=entry), entry)))
        elif state[name] != OWNED and not isinstance(entry, Scalar):
            sink.out.append(Assign(adjoint, words.copy_of(adjoint, adjoint.kind)))
        if _needs_form(entry, context.kind(name)):
            form = words.in_form_of(adjoint, Var(name, kind=entry))
            sink.out.append(Assign(adjoint, form))
        gradients.append(adjoint)
    section.leave += sink.out
    return gradients


def _needs_form(entry: Kind, kind: Kind) -> bool:
    if isinstance(entry, Scalar):
        return False
    return not isinstance(entry, Array) or not isinstance(kind, Array) or entry.dtype != kind.dtype
