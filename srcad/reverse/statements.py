"""The adjoint of each simple statement."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, replace

from srcad.core import (
    Assign,
    Choice,
    Const,
    Effect,
    Expr,
    If,
    Item,
    List,
    Method,
    Op,
    Stmt,
    Store,
    Tuple,
    Var,
    bound_names,
    expressions_of,
    names_in,
    substitute,
    targets_of,
)
from srcad.core import walk as walk_expr
from srcad.errors import UnsupportedConstruct
from srcad.kinds import Array, ListOf, Scalar, carries, is_buffer
from srcad.reverse.accumulate import Accumulator, _may_repeat, add_into, fresh_value
from srcad.reverse.calls import CallSteps
from srcad.reverse.context import BORROWED, OWNED, Context, Retry, State, Wishes, base_var
from srcad.reverse.fit import fit
from srcad.reverse.steps import Leaf
from srcad.reverse.terms import Cotangent, Term, Walk
from srcad.reverse.tracking import Tracking
from srcad.reverse.typing import typed
from srcad.rules import vocabulary as words
from srcad.simplify import simplify_expr


@dataclass
class Statements:
    """Makes a `Leaf` of each simple statement; `state` is that of the reverse sweep after it."""

    context: Context
    in_loop: Callable[[], bool]
    calls: CallSteps | None = None

    @property
    def tracking(self) -> Tracking:
        return Tracking(self.context)

    def leaf(self, stmt: Stmt, state: State) -> Leaf:
        match stmt:
            case Assign(target=Var(), op=None):
                return self._assign(stmt, state)
            case Assign(target=Tuple()):
                return self._unpack(stmt, state)
            case Assign():
                return self._augmented(stmt, state)
            case Store():
                return self._store(stmt, state)
            case Effect():
                return self._effect(stmt, state)
        return Leaf(stmt, [stmt])

    # -- names

    def walker(self, stmt: Stmt) -> Walk:
        varied = self.context.varied_before(stmt)
        return Walk(self.context, varied, stmt, cheap_in_reverse=self.in_loop())

    def _assign(self, stmt: Assign, state: State) -> Leaf:
        assert isinstance(stmt.target, Var)
        name, value = stmt.target.name, stmt.value
        popped = self._popped(stmt, state)
        if popped is not None:
            return popped
        called = self.calls.leaf(stmt, state) if self.calls is not None else None
        if called is not None:
            return called
        if name in self.context.tracked:
            return self._tracked(stmt, state)
        if name in self.context.links or name not in state:
            return Leaf(stmt, [stmt])
        adjoint = self.context.adjoint(name)
        ownership = state.pop(name)
        own = name in names_in(value)
        walk, uses_result = self._walked(stmt, stmt.target, own, Cotangent(adjoint))
        selves = [t for t in walk.terms if self._owner(t.place) == name]
        others = [t for t in walk.terms if t not in selves]
        sink = Accumulator(self.context, state)
        sink.out += walk.reverse
        self._moved(others, selves, adjoint, ownership, sink)
        sink.add_terms(others)
        self._self_terms(stmt.target, selves, others, ownership, sink)
        forward: list[Stmt] = [*walk.forward, replace(stmt, value=self._unaliased(walk, stmt))]
        fresh = {s.target.name for s in walk.forward if isinstance(s, Assign)}  # type: ignore
        return Leaf(stmt, forward, sink.out, fresh | ({name} if uses_result else set()))

    def _walked(
        self, stmt: Assign, target: Var, own: bool, g: Cotangent
    ) -> tuple[Walk, bool]:
        """The walk down the value; and whether the target stands for the result in it."""
        walk = self.walker(stmt)
        walk.root, walk.target = stmt.value, target
        if not own:
            walk.descend(stmt.value, g)
            return walk, True
        # The name means the old value; it can stand for the result only if the old is not read.
        walk.target = replace(target, name="%result")
        walk.descend(stmt.value, g)
        read = {n for t in walk.terms for n in names_in(t.value)}
        read |= {n for t in walk.terms if not isinstance(t.place, Var) for n in names_in(t.place)}
        read |= {n for s in walk.reverse for e in expressions_of(s) for n in names_in(e)}
        if "%result" not in read:
            return walk, False
        if target.name not in read:
            result = {"%result": target}
            walk.terms = [replace(t, value=substitute(t.value, result)) for t in walk.terms]
            walk.reverse = [_with_values(s, result) for s in walk.reverse]
            return walk, True
        walk = self.walker(stmt)
        walk.root = stmt.value
        walk.descend(stmt.value, g)
        return walk, False

    def _unaliased(self, walk: Walk, stmt: Assign) -> Expr:
        """The value in the forward sweep, apart from a name made for the whole of it."""
        value = walk.rewritten(stmt.value)
        assert isinstance(stmt.target, Var)
        whole = isinstance(value, Var) and value.name in self.context.hoisted
        if whole and stmt.target.name in self.context.touched:
            return words.copy_of(value, stmt.value.kind)
        return value

    def _tracked(self, stmt: Assign, state: State) -> Leaf:
        """A name whose shadow is bound beside it: what is new hands its cotangent on."""
        assert isinstance(stmt.target, Var)
        name, value = stmt.target.name, stmt.value
        shadows = self.tracking.bind(stmt)
        if self.tracking.maybe_view(value):
            return self._maybe_view(stmt, shadows, state)
        if not self.tracking.fresh(value):
            return self._chosen(stmt, shadows, state)
        held = self.context.temporary(f"{self.context.adjoint(name).name}_new", stmt.target.kind)
        self.context.hoisted[held.name] = stmt.target.kind
        shadows.append(Assign(held, self.context.adjoint(name)))
        walk = self.walker(stmt)
        self._descend_items(walk, value, held)
        sink = Accumulator(self.context, state)
        sink.out += walk.reverse
        sink.add_terms(walk.terms)
        forward = [*walk.forward, replace(stmt, value=self._unaliased(walk, stmt)), *shadows]
        fresh = {s.target.name for s in walk.forward if isinstance(s, Assign)}  # type: ignore
        return Leaf(stmt, forward, sink.out, fresh | {held.name})

    def _maybe_view(self, stmt: Assign, shadows: list[Stmt], state: State) -> Leaf:
        """`b = a.reshape(...)`: a view shares its shadow, a copy hands its cotangent on."""
        assert isinstance(stmt.target, Var)
        name = stmt.target.name
        shadow = self.context.adjoint(name)
        if name in names_in(stmt.value):
            raise _refused(stmt, "it may be a view or a copy", "Give the result a name of its own")
        walk = self.walker(stmt)
        walk.descend(stmt.value, Cotangent(shadow))
        sink = Accumulator(self.context, state)
        sink.out += walk.reverse
        sink.add_terms(walk.terms)
        base = self.context.adjoint(base_var(stmt.value).name)
        out: list[Stmt] = [If(words.is_copy(shadow, base), tuple(sink.out))] if sink.out else []
        forward = [*walk.forward, replace(stmt, value=walk.rewritten(stmt.value)), *shadows]
        fresh = {s.target.name for s in walk.forward if isinstance(s, Assign)}  # type: ignore
        return Leaf(stmt, forward, out, fresh | {shadow.name})

    def _chosen(self, stmt: Assign, shadows: list[Stmt], state: State) -> Leaf:
        """`c = a if test else b`: views need nothing; an arm that is new is refused."""
        value = stmt.value
        if isinstance(value, Choice):
            for arm in (value.then, value.orelse):
                if self.tracking.fresh(arm) and self.walker(stmt).active(arm):
                    raise _refused(
                        stmt, "one arm is a view and the other one new", "Write an if statement"
                    )
        return Leaf(stmt, [*shadows, stmt] if _rebinding(stmt) else [stmt, *shadows])

    def _descend_items(self, walk: Walk, value: Expr, held: Expr) -> None:
        """Hand the cotangent of a new value on; items that are views share their shadows."""
        if not isinstance(value, Tuple | List):
            walk.descend(value, Cotangent(held))
            return
        for position, item in enumerate(value.items):
            if not self._shares(item):
                part = Item(held, words.number(position), kind=item.kind)
                walk.descend(item, Cotangent(part))

    def _shares(self, item: Expr) -> bool:
        names = self.context.memory.sources(item)
        return bool(names & self.context.steady) and not isinstance(item.kind, Scalar)

    def _owner(self, place: Expr) -> str:
        return self.context.owner(base_var(place).name)

    def _moved(
        self, others: list[Term], selves: list[Term], adjoint: Var, ownership: str,
        sink: Accumulator,
    ) -> None:
        """Note who takes the adjoint's buffer over: a single `dy = dx` owns what dx owned."""
        takers = [t for t in others if isinstance(t.place, Var) and t.value == adjoint]
        if len(takers) == 1 and not selves and ownership == OWNED:
            name = takers[0].place.name  # type: ignore[attr-defined]
            uses = [t for t in others if adjoint.name in names_in(t.value)]
            if name not in sink.state and name not in self.context.links:
                if len(uses) == 1 or uses[-1] is takers[0]:
                    sink.state[f"<moved>{name}"] = OWNED

    def _self_terms(
        self,
        target: Var,
        terms: list[Term],
        others: list[Term],
        ownership: str,
        sink: Accumulator,
    ) -> None:
        """What the statement's own target gets as an operand: `dx = partial * dx`."""
        for key in [k for k in sink.state if k.startswith("<moved>")]:
            del sink.state[key]
            if sink.state.get(key[7:]) == BORROWED:
                sink.state[key[7:]] = OWNED
        if not terms:
            return
        adjoint = self.context.adjoint(target.name)
        whole = [t for t in terms if t.place == target]
        parts = [t for t in terms if t.place != target]
        identity = [t for t in whole if t.value == adjoint]
        if parts:
            held = self.context.temporary("d", adjoint.kind)
            sink.out.append(Assign(held, adjoint))
            parts = [replace(t, value=_renamed(t.value, adjoint, held)) for t in parts]
            whole = [replace(t, value=_renamed(t.value, adjoint, held)) for t in whole]
            sink.add_terms([*whole, *parts])
            return
        if identity:
            lent = any(not fresh_value(t.value) for t in others)
            sink.state[target.name] = BORROWED if lent else ownership
            rest = [t for t in whole if t is not identity[0]]
        else:
            rest = whole
        if rest:
            sink.contribute(target, rest)

    def _unpack(self, stmt: Assign, state: State) -> Leaf:
        """`a, b = value`: all adjoints are taken at once, then handed on."""
        names = [n for n in bound_names(stmt.target) if n in state]
        called = self.calls.leaf(stmt, state) if self.calls is not None else None
        if called is not None:
            return called
        shadows = self.tracking.bind(stmt)
        if shadows:
            return self._unpack_tracked(stmt, shadows, state)
        if not names:
            return Leaf(stmt, [stmt])
        swap = self._permutation(stmt, state)
        if swap is not None:
            return swap
        walk = self.walker(stmt)
        sink = Accumulator(self.context, state)
        held: dict[str, Expr] = {}
        operands = names_in(stmt.value)
        for name in names:
            adjoint = self.context.adjoint(name)
            held[name] = adjoint
            if name in operands or len(names) > 1:
                taken = self.context.temporary(adjoint.name, adjoint.kind)
                sink.out.append(Assign(taken, adjoint))
                held[name] = taken
            del state[name]
        walk.descend(stmt.value, Cotangent(_pattern(stmt.target, held)))
        sink.out += walk.reverse
        sink.add_terms(walk.terms)
        value = walk.rewritten(stmt.value)
        fresh = {s.target.name for s in walk.forward if isinstance(s, Assign)}  # type: ignore
        return Leaf(stmt, [*walk.forward, replace(stmt, value=value)], sink.out, fresh)

    def _unpack_tracked(self, stmt: Assign, shadows: list[Stmt], state: State) -> Leaf:
        """`a, b = b, a` of tracked names: their shadows change places in the forward sweep."""
        value = stmt.value
        parts = value.items if isinstance(value, Tuple | List) else (value,)
        others = [n for n in bound_names(stmt.target) if n in state and not self.tracking.tracks(n)]
        if others or any(self.tracking.fresh(part) for part in parts):
            if isinstance(value, Tuple | List) and isinstance(stmt.target, Tuple):
                raise Retry(Wishes(apart=frozenset(bound_names(stmt.target))))
            raise _refused(stmt, "it mixes views and new values", "Assign one name a statement")
        return Leaf(stmt, [*shadows, stmt])

    def _permutation(self, stmt: Assign, state: State) -> Leaf | None:
        """`u, v = v, u`: the adjoints change places back."""
        target, value = stmt.target, stmt.value
        if not isinstance(value, Tuple | List) or not isinstance(target, Tuple):
            return None
        parts = (*target.items, *value.items)
        if not all(isinstance(p, Var) for p in parts):
            return None
        bound = [p.name for p in target.items if isinstance(p, Var)]
        read = [p.name for p in value.items if isinstance(p, Var)]
        if sorted(bound) != sorted(read) or len(set(bound)) != len(bound):
            return None
        if not all(name in state for name in bound):
            return None
        new = {r: state[b] for b, r in zip(bound, read, strict=True)}
        state.update(new)
        back = Assign(
            Tuple(tuple(self.context.adjoint(r) for r in read)),
            Tuple(tuple(self.context.adjoint(b) for b in bound)),
        )
        return Leaf(stmt, [stmt], [back])

    def _augmented(self, stmt: Assign, state: State) -> Leaf:
        """`x op= e`: as `x = x op e`, in place where x is an array that others can see."""
        target = stmt.target
        assert isinstance(target, Var)
        kind = self.context.kind(target.name)
        sharing = self.context.memory.aliases.with_name(stmt, target.name)
        shared = isinstance(kind, Array) and len(sharing) > 1
        if shared or target.name in self.context.steady or target.name in self.context.links:
            place = Item(target, words.EVERYTHING, kind=target.kind)
            leaf = self._store(Store(place, stmt.value, stmt.op, origin=stmt.origin), state, stmt)
            *hoists, last = leaf.forward
            assert isinstance(last, Store)
            return replace(leaf, stmt=stmt, forward=[*hoists, replace(stmt, value=last.value)])
        value = typed(Op(stmt.op, (target, stmt.value)))
        if isinstance(kind, ListOf):
            raise _refused(stmt, "the list grows in place", "Use `append`")
        plain = Assign(target, value, origin=stmt.origin)
        self.context.stands_in(plain, self.context.varied_before(stmt))
        leaf = self._assign(plain, state)
        rest = self._augmented_rest(leaf, stmt)
        return replace(leaf, stmt=stmt, forward=rest)

    def _augmented_rest(self, leaf: Leaf, stmt: Assign) -> list[Stmt]:
        *hoists, last = leaf.forward
        assert isinstance(last, Assign)
        value = last.value
        if isinstance(value, Op) and value.fn is stmt.op and value.args[:1] == (stmt.target,):
            return [*hoists, replace(stmt, value=value.args[1])]
        assert isinstance(stmt.target, Var)
        if isinstance(stmt.target.kind, Array):
            whole = Item(stmt.target, words.EVERYTHING, kind=stmt.target.kind)
            return [*hoists, Store(whole, last.value, origin=stmt.origin)]
        return [*hoists, last]

    # -- memory

    def _store(self, stmt: Store, state: State, origin: Stmt | None = None) -> Leaf:
        place, value = stmt.place, stmt.value
        owner = self.context.owner(base_var(place).name)
        if owner not in state or not carries(self.context.kind(owner)):
            return Leaf(stmt, [stmt])
        if not isinstance(place, Item):
            raise _refused(stmt, "attributes cannot be stored into yet", "Use a dict")
        walk = self.walker(origin or stmt)
        sink = Accumulator(self.context, state)
        sink.make_buffer(owner)
        shadow = self._place(place)
        if stmt.op in (operator.add, operator.sub) and not _may_repeat(place):
            self._linear_update(stmt, shadow, walk, sink)
        else:
            old = place.base if place.index == words.EVERYTHING else place
            whole = value if stmt.op is None else typed(Op(stmt.op, (old, value)))
            walk.root = whole
            self._overwrite(whole, owner, shadow, walk, sink)
        forward: list[Stmt] = [*walk.forward, replace(stmt, value=walk.rewritten(value))]
        fresh = {s.target.name for s in walk.forward if isinstance(s, Assign)}  # type: ignore
        return Leaf(stmt, forward, sink.out, fresh)

    def _mine(self, stmt: Stmt, owner: str, value: Expr) -> bool:
        """Whether `value` reads memory that `owner` may share: its shadow may be the same."""
        sharing = self.context.memory.aliases.with_name(stmt, owner)
        return any(n in sharing or self.context.owner(n) == owner for n in names_in(value))

    def _place(self, place: Item) -> Item:
        """The shadow of a place; all of a view of a shadow is the view itself."""
        shadow = self.context.shadow(place)
        assert isinstance(shadow, Item)
        if shadow.index == words.EVERYTHING and isinstance(shadow.base, Item):
            return shadow.base
        return shadow

    def _same_place(self, place: Expr, shadow: Item) -> bool:
        """Whether a term goes to the very place that is overwritten."""
        found = self.context.shadow(place)
        return found == shadow or (shadow.index == words.EVERYTHING and found == shadow.base)

    def _linear_update(self, stmt: Store, shadow: Item, walk: Walk, sink: Accumulator) -> None:
        """`u[i] += e`: the cotangent of e is that of the place, and nothing is cleared."""
        owner = self.context.owner(base_var(stmt.place).name)
        g: Expr = shadow
        if self._mine(walk.stmt, owner, stmt.value) and walk.active(stmt.value):
            g = walk.name_cotangent("d", _held(shadow))
        if stmt.op is operator.sub:
            g = typed(words.negative(g))
        walk.descend(stmt.value, self._fitted(stmt.value, g, walk))
        sink.out += walk.reverse
        # the shadow is written into further up, and must not take a borrower along
        sink.add_terms([_kept(term, sink.state) for term in walk.terms])

    def _scatter(self, stmt: Effect, place: Item, value: Expr, state: State) -> Leaf:
        """`np.add.at(u, index, value)`: linear, however often an index occurs."""
        owner = self.context.owner(base_var(place).name)
        if owner not in state:
            return Leaf(stmt, [])
        walk = self.walker(stmt)
        sink = Accumulator(self.context, state)
        sink.make_buffer(owner)
        shadow = self.context.shadow(place)
        assert isinstance(shadow, Item)
        self._linear_update(Store(place, value, operator.add), shadow, walk, sink)
        fresh = {s.target.name for s in walk.forward if isinstance(s, Assign)}  # type: ignore
        return Leaf(stmt, list(walk.forward), sink.out, fresh)

    def _accumulate(self, stmt: Effect, place: Expr, value: Expr, state: State) -> Leaf:
        """`accumulate(u, value)`: the cotangent of `u` is that of `value` as well."""
        owner = self.context.owner(base_var(place).name)
        if owner not in state:
            return Leaf(stmt, [stmt])
        walk = self.walker(stmt)
        sink = Accumulator(self.context, state)
        sink.make_buffer(owner)
        shadow = self.context.shadow(place)
        if walk.active(value):
            walk.descend(value, Cotangent(words.copy_of(shadow, shadow.kind)))
        sink.out += walk.reverse
        sink.add_terms(walk.terms)
        fresh = {s.target.name for s in walk.forward if isinstance(s, Assign)}  # type: ignore
        return Leaf(stmt, [*walk.forward, stmt], sink.out, fresh)

    def _fitted(self, value: Expr, g: Expr, walk: Walk) -> Cotangent:
        """The cotangent of a stored value, summed back where the store broadcast it."""
        return Cotangent(simplify_expr(fit(g, value, walk.value_of)))

    def _overwrite(
        self, value: Expr, owner: str, shadow: Item, walk: Walk, sink: Accumulator
    ) -> None:
        """`u[i] = e`: take the place's cotangent, clear it, hand it on through e."""
        clear = Store(shadow, words.ZERO)
        if not walk.active(value):
            sink.out.append(clear)
            return
        mine = self._mine(walk.stmt, owner, value)
        repeated = _may_repeat(shadow)
        g: Expr = shadow
        if repeated:
            g = words.stored_cotangent(shadow.base, shadow.index)
            g = walk.name_cotangent("d", replace(g, kind=shadow.kind))
        elif mine or not isinstance(shadow.kind, Scalar | Array):
            g = walk.name_cotangent("d", _held(shadow))
        walk.descend(value, self._fitted(value, g, walk))
        selves = [t for t in walk.terms if not repeated and self._same_place(t.place, shadow)]
        others = [t for t in walk.terms if t not in selves]
        sink.out += walk.reverse
        unchanged = len(selves) == 1 and selves[0].value == g
        clear = [] if unchanged else [self._cleared(shadow, selves)]
        viewed = any(isinstance(s, Assign) and not fresh_value(s.value) for s in walk.reverse)
        if mine or repeated or not (viewed or _read_again(others, shadow)):
            sink.out += clear
            sink.add_terms(others)
        else:
            sink.add_terms([_kept(t, sink.state) for t in others])
            sink.out += clear

    def _cleared(self, shadow: Item, selves: list[Term]) -> Stmt:
        """What the place's cotangent becomes: zero, or what the value hands back to it."""
        if not selves:
            return Store(shadow, words.ZERO)
        total = selves[0].value
        for term in selves[1:]:
            total = words.add(total, term.value)
        return Store(shadow, simplify_expr(typed(total)))

    # -- lists as stacks

    def _popped(self, stmt: Assign, state: State) -> Leaf | None:
        """`x = xs.pop()`: the cotangent goes back on top."""
        value = stmt.value
        if not (isinstance(value, Op) and value.fn == Method("pop") and value.args):
            return None
        receiver = value.args[0]
        if isinstance(receiver.kind, Array) or not isinstance(receiver, Var):
            return None
        owner = self.context.owner(receiver.name)
        if owner not in state:
            return None
        if len(value.args) > 1 or value.kwargs:
            raise _refused(stmt, "only the last item can be taken off", "Use `pop()`")
        assert isinstance(stmt.target, Var)
        sink = Accumulator(self.context, state)
        sink.make_buffer(owner)
        name = stmt.target.name
        shadows: list[Stmt] = []
        if carries(self.context.kind(name)) and name in state and not self.tracking.tracks(name):
            top: Expr = self.context.adjoint(name)
            if is_buffer(self.context.kind(name)) and state[name] != OWNED:
                top = words.copy_of(top, top.kind)
            del state[name]
        else:
            top = words.zero_like(stmt.target, self.context.kind(name))
        if self.tracking.tracks(name):
            top, shadows = self.context.adjoint(name), self.tracking.bind(stmt)
            sink.out[:] = []
        sink.out.append(Effect(words.append(self.context.adjoint(owner).name, top)))
        fresh = {name, *(n for s in shadows for n in targets_of(s))}
        return Leaf(stmt, [stmt, *shadows], sink.out, fresh)

    def _effect(self, stmt: Effect, state: State) -> Leaf:
        value = stmt.value
        called = self.calls.leaf(stmt, state) if self.calls is not None else None
        if called is not None:
            return called
        if isinstance(value, Op) and isinstance(value.fn, Method) and value.args:
            return self._method(stmt, value, state)
        return self._writing_call(stmt, value, state)

    def _method(self, stmt: Effect, value: Op, state: State) -> Leaf:
        receiver = value.args[0]
        owner = self.context.owner(base_var(receiver).name) if _reaches(receiver) else ""
        if owner not in state:
            return Leaf(stmt, [stmt])
        if value.fn != Method("append") or len(value.args) != 2:
            return self._writing_call(stmt, value, state)
        walk = self.walker(stmt)
        sink = Accumulator(self.context, state)
        sink.make_buffer(owner)
        shadow = self.context.shadow(receiver)
        taken = typed(Op(Method("pop"), (shadow,)))
        shadows = self.tracking.append(stmt) if self.tracking.tracks(owner) else []
        if not walk.active(value.args[1]) or self._shares(value.args[1]):
            sink.out.append(Effect(taken))
            return Leaf(stmt, [stmt, *shadows], sink.out)
        kind = value.args[1].kind
        g = walk.name_cotangent("d", replace(taken, kind=kind))
        walk.descend(value.args[1], Cotangent(g))
        sink.out += walk.reverse
        sink.add_terms(walk.terms)
        args = (receiver, walk.rewritten(value.args[1]))
        forward = [*walk.forward, replace(stmt, value=replace(value, args=args)), *shadows]
        fresh = {s.target.name for s in walk.forward if isinstance(s, Assign)}  # type: ignore
        return Leaf(stmt, forward, sink.out, fresh)

    def _writing_call(self, stmt: Effect, value: Expr, state: State) -> Leaf:
        """A library call for its effect: known ones become stores, others are refused."""
        added = words.scattered(value)
        if added is not None:
            leaf = self._scatter(stmt, *added, state)
            return replace(leaf, forward=[*leaf.forward, stmt])
        summed = words.accumulated(value)
        if summed is not None:
            return self._accumulate(stmt, *summed, state)
        written = self.context.memory.touched_by(stmt)
        if any(self.context.owner(name) in state for name in written):
            raise _refused(stmt, "it changes an active value in place", "Assign to items instead")
        return Leaf(stmt, [stmt])


def _with_values(stmt: Stmt, values: dict[str, Expr]) -> Stmt:
    assert isinstance(stmt, Assign)
    return replace(stmt, value=substitute(stmt.value, values))


def _rebinding(stmt: Assign) -> bool:
    """Whether the value reads the target, so that its shadow must be bound before it."""
    return bool(set(bound_names(stmt.target)) & names_in(stmt.value))


def _reaches(expr: Expr) -> bool:
    try:
        base_var(expr)
    except IndexError:
        return False
    return True


def _held(shadow: Item) -> Expr:
    """The value of a place in a shadow, safe from later changes of the shadow."""
    if isinstance(shadow.kind, Scalar):
        return shadow
    return words.copy_of(shadow, shadow.kind)


def _read_again(terms: list[Term], shadow: Item) -> bool:
    """Whether a term still reads the place itself (its cotangent has no name of its own)."""
    return any(part == shadow for term in terms for part in walk_expr(term.value))


def _kept(term: Term, state: State) -> Term:
    """`term`, safe from the clearing of the place that it may be a view of."""
    first = isinstance(term.place, Var) and term.place.name not in state
    if first and not fresh_value(term.value):
        return replace(term, value=words.copy_of(term.value, term.value.kind))
    return term


def _renamed(expr: Expr, old: Var, new: Var) -> Expr:
    return substitute(expr, {old.name: new})


def _pattern(target: Expr, held: dict[str, Expr]) -> Expr:
    if isinstance(target, Tuple):
        return Tuple(tuple(_pattern(item, held) for item in target.items))
    assert isinstance(target, Var)
    return held.get(target.name, words.ZERO)


def _refused(stmt: Stmt, why: str, remedy: str) -> UnsupportedConstruct:
    return UnsupportedConstruct(
        f"cannot differentiate `{stmt.origin.text}`: {why}", remedy, stmt.origin
    )


__all__ = ["Const", "Statements", "add_into", "fresh_value"]
