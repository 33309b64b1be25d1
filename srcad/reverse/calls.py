"""The adjoint of a statement that calls one of the user's functions."""

from __future__ import annotations

from dataclasses import dataclass, replace

from srcad.analysis.calls import bind_arguments
from srcad.analysis.sharing import NO_NAMES, Names, holds_memory
from srcad.analysis.typed import Typed
from srcad.core import (
    Assign,
    Effect,
    Expr,
    FunctionRef,
    Op,
    Stmt,
    Tuple,
    Var,
    bound_names,
    names_in,
    targets_of,
)
from srcad.errors import UnsupportedConstruct
from srcad.kinds import NONE, UNKNOWN, Array, Kind, is_undecided
from srcad.reverse.accumulate import Accumulator
from srcad.reverse.context import Context, Retry, State, Wishes, base_var
from srcad.reverse.links import is_chain
from srcad.reverse.pairs import Pair, Pairs, Use
from srcad.reverse.steps import Leaf
from srcad.reverse.terms import Cotangent, Walk
from srcad.reverse.tracking import Tracking
from srcad.rules import vocabulary as words


@dataclass
class CallSteps:
    """Makes a `Leaf` of a statement whose value is a call of a user's function."""

    context: Context
    pairs: Pairs

    def leaf(self, stmt: Assign | Effect, state: State) -> Leaf | None:
        """The step of `stmt`, None if it calls no user's function."""
        op = stmt.value
        callee = self.context.memory.typed.callee(op) if isinstance(op, Op) else None
        if callee is None or not isinstance(op, Op):
            return None
        walk = Walk(self.context, self.context.varied_before(stmt), stmt)
        bound = bind_arguments(op, callee.function)
        self.pairs.note_defaults(callee, bound)
        active = frozenset(name for name, arg in bound.items() if walk.active(arg))
        written = self.context.memory.of(callee).effects.writes
        targets = [n for n in self._targets(stmt) if n in state]
        touched = [n for n in written if self._owner(bound[n]) in state]
        self._require_names([bound[n] for n in written], stmt, state)
        if not targets and not touched:
            return Leaf(stmt, [stmt])
        steady = set(targets) & self.context.steady
        lent = bool(steady) and holds_memory(callee.result)
        if steady and isinstance(stmt, Assign) and isinstance(stmt.target, Tuple):
            raise Retry(Wishes(apart=frozenset(bound_names(stmt.target))))
        if not active and not touched and not steady:
            for name in targets:
                del state[name]
            return Leaf(stmt, [stmt])
        use = self._use(callee, active, bound, bool(targets), lent)
        return self._leaf(stmt, op, self.pairs.of(callee, use), bound, walk, state)

    def _require_names(self, args: list[Expr], stmt: Stmt, state: State) -> None:
        """Refuse to write into active memory by an argument that has no shadow of its own."""
        for arg in args:
            names = self.context.memory.sources(arg)
            if not is_chain(arg) and any(self.context.owner(name) in state for name in names):
                raise _nameless(stmt)

    def _use(
        self, callee: Typed, active: Names, bound: dict[str, Expr], seeded: bool, lent: bool
    ) -> Use:
        """What sort of call it is."""
        effects = self.context.memory.of(callee).effects
        changed = effects.writes.union(*effects.links)
        grown = [
            name
            for name in changed
            if self._owner(bound[name]) in self.context.tracked
            and not isinstance(callee.param_kind(name), Array)
        ]
        reference = changed if grown or lent else effects.writes
        if lent:
            reference |= effects.returns
        return Use(active, reference, seeded, lent, frozenset(grown))

    def _targets(self, stmt: Assign | Effect) -> tuple[str, ...]:
        return bound_names(stmt.target) if isinstance(stmt, Assign) else ()

    def _owner(self, arg: Expr) -> str:
        return self.context.owner(base_var(arg).name) if is_chain(arg) else ""

    def _leaf(
        self,
        stmt: Assign | Effect,
        op: Op,
        pair: Pair,
        bound: dict[str, Expr],
        walk: Walk,
        state: State,
    ) -> Leaf:
        sink = Accumulator(self.context, state)
        bindings = self._bindings(stmt, pair)
        seed = self._seed(stmt, bindings, sink, state) if pair.seeded else []
        shadows = [self._shadow(stmt, bound[name], sink) for name in pair.by_reference]
        forward, saved = self._forward(stmt, op, pair, bound)
        forward += bindings
        passed = [walk.value_of(bound[name]) for name in pair.passed]
        args = (*passed, *([saved] if saved is not None else []), *seed, *shadows)
        call = Op(FunctionRef(pair.reverse_name), tuple(args))
        loose = [s for s in shadows if isinstance(s, Var) and self._is_loose(s)]
        sink.out += [Assign(shadow, words.boxed(shadow)) for shadow in loose]
        self._hand_on(call, pair, bound, walk, sink)
        sink.out += [Assign(shadow, words.taken(shadow, shadow.kind)) for shadow in loose]
        fresh = {saved.name} if saved is not None else set()
        fresh |= {n for s in bindings for n in targets_of(s)}
        fresh |= {n for s in walk.forward for n in targets_of(s)}
        written = self.context.memory.of(pair.callee).effects.writes
        fresh |= {base_var(bound[n]).name for n in pair.passed if n in written}
        sources = self.context.memory.sources
        held = NO_NAMES.union(*(sources(bound[name]) for name in pair.held))
        fresh |= NO_NAMES.union(*(sources(bound[n]) for n in pair.held if n in written))
        targets = set(self._targets(stmt))
        fresh = (fresh - targets) | (targets - names_in(op))
        if pair.lent:
            fresh -= targets
        inside = frozenset(f"{name}[]" for name in held)
        return Leaf(stmt, [*walk.forward, *forward], sink.out, fresh, is_call=True, held=inside)

    def _is_loose(self, shadow: Var) -> bool:
        """Whether an adjoint that is no shadow of the forward sweep may be that of a number."""
        if not is_undecided(shadow.kind):
            return False
        return all(shadow != self.context.adjoint(name) for name in self.context.steady)

    def _bindings(self, stmt: Assign | Effect, pair: Pair) -> list[Stmt]:
        """What binds the shadow of a tracked name to which a new result is bound."""
        if pair.lent or not isinstance(stmt, Assign) or not isinstance(stmt.target, Var):
            return []
        name = stmt.target.name
        if name not in self.context.tracked:
            return []
        shadow = self.context.adjoint(name)
        held = self.context.temporary(f"{shadow.name}_new", stmt.target.kind)
        self.context.hoisted[held.name] = stmt.target.kind
        return [Assign(shadow, Tracking(self.context).zero(name)), Assign(held, shadow)]

    def _seed(
        self, stmt: Assign | Effect, bindings: list[Stmt], sink: Accumulator, state: State
    ) -> list[Expr]:
        """The cotangent of the result, in its structure."""
        assert isinstance(stmt, Assign)
        if bindings:
            (fresh,) = targets_of(bindings[-1])
            return [words.taken(Var(fresh, kind=UNKNOWN), stmt.target.kind)]
        seed = self._pattern(stmt.target, state)
        if not isinstance(stmt.target, Tuple) and stmt.target.name in names_in(stmt.value):
            held = self.context.temporary(self.context.adjoint(stmt.target.name).name, seed.kind)
            sink.out.append(Assign(held, seed))
            seed = held
        for name in bound_names(stmt.target):
            state.pop(name, None)
        return [seed]

    def _pattern(self, target: Expr, state: State) -> Expr:
        if isinstance(target, Tuple):
            return Tuple(tuple(self._pattern(item, state) for item in target.items))
        assert isinstance(target, Var)
        if target.name in state:
            return self.context.adjoint(target.name)
        return words.zero_like(target, self.context.kind(target.name))

    def _shadow(self, stmt: Stmt, arg: Expr, sink: Accumulator) -> Expr:
        """The shadow of an argument that is passed by reference."""
        name = self._owner(arg)
        if not name:
            raise _nameless(stmt)
        sink.make_buffer(name)
        return self.context.shadow(arg)

    def _forward(
        self, stmt: Assign | Effect, op: Op, pair: Pair, bound: dict[str, Expr]
    ) -> tuple[list[Stmt], Var | None]:
        """The call in the forward sweep, and the name of what it saved."""
        if not pair.saves:
            return [stmt], None
        base = pair.callee.function.name.lstrip("_")
        saved = self.context.temporary(f"{base}_saved", UNKNOWN)
        self.context.hoisted[saved.name] = UNKNOWN
        args = tuple(bound[p.name] for p in pair.callee.function.params)
        args += tuple(self._early_shadow(bound[name]) for name in pair.forward_shadows)
        call = Op(FunctionRef(pair.forward_name), args, origin=op.origin)
        if pair.lent:
            assert isinstance(stmt, Assign) and isinstance(stmt.target, Var)
            lent = (stmt.target, self.context.adjoint(stmt.target.name), saved)
            return [Assign(Tuple(lent), call, origin=stmt.origin)], saved
        if pair.callee.result == NONE:
            return [Assign(saved, call, origin=stmt.origin)], saved
        result: Expr = stmt.target if isinstance(stmt, Assign) else Var("_")
        return [Assign(Tuple((result, saved)), call, origin=stmt.origin)], saved

    def _early_shadow(self, arg: Expr) -> Expr:
        """A shadow that the forward half needs: it has to be there in the forward sweep."""
        name = base_var(arg).name
        self.context.restructured = True
        if name in self.context.memory.typed.function.captures:
            return words.zero_like(arg, arg.kind)  # what is captured has no derivative
        if name not in self.context.steady:
            raise Retry(Wishes(tracked=frozenset((name,))))
        return self.context.shadow(arg)

    def _hand_on(
        self, call: Op, pair: Pair, bound: dict[str, Expr], walk: Walk, sink: Accumulator
    ) -> None:
        """Call the reverse half and hand on the adjoints that it returns."""
        if not pair.by_value:
            sink.out.append(Effect(call))
            sink.out += walk.reverse
            return
        returned = []
        for name in pair.by_value:
            kind = pair.callee.kinds.get(name, Kind())
            returned.append(self.context.temporary(f"d{name}_part", kind))
        target = returned[0] if len(returned) == 1 else Tuple(tuple(returned))
        whole = Assign(
            target, replace(call, kind=returned[0].kind if len(returned) == 1 else UNKNOWN)
        )
        sink.out.append(whole)
        for name, part in zip(pair.by_value, returned, strict=True):
            walk.descend(bound[name], Cotangent(part))
        sink.out += walk.reverse
        sink.add_terms(walk.terms)


def _nameless(stmt: Stmt) -> UnsupportedConstruct:
    return UnsupportedConstruct(
        f"cannot differentiate `{stmt.origin.text}`: the function writes into an argument "
        "that has no name",
        "Give the argument a name first",
        stmt.origin,
    )
