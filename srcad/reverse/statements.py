"""The adjoint of each simple statement."""

from __future__ import annotations

from dataclasses import dataclass, replace

from srcad.core import (
    Assign,
    Choice,
    Dict,
    Effect,
    Expr,
    If,
    Item,
    List,
    Op,
    Stmt,
    Store,
    Tuple,
    Var,
    bound_names,
    expressions_of,
    names_in,
    substitute,
)
from srcad.kinds import Array, ListOf, TupleOf, is_undecided
from srcad.reverse.accumulate import Accumulator, fresh_value
from srcad.reverse.context import BORROWED, OWNED, Retry, State, Wishes, base_var
from srcad.reverse.leaves import named, refused
from srcad.reverse.steps import Leaf
from srcad.reverse.stores import Stores
from srcad.reverse.terms import Cotangent, Term, Walk
from srcad.reverse.typing import typed
from srcad.rules import vocabulary as words


@dataclass
class Statements(Stores):
    """Makes a `Leaf` of each simple statement; `state` is that of the reverse sweep after it."""

    def leaf(self, stmt: Stmt, state: State) -> Leaf:
        """The step of `stmt`."""
        match stmt:
            case Assign(target=Var(), op=None):
                return self._assign(stmt, state)
            case Assign(target=Tuple()):
                return self._unpack(stmt, state)
            case Assign():
                return self._augmented(stmt, state)
            case Store():
                return self.store(stmt, state)
            case Effect():
                return self.effect(stmt, state)
        return Leaf(stmt, [stmt])

    # -- names

    def _assign(self, stmt: Assign, state: State) -> Leaf:
        assert isinstance(stmt.target, Var)
        name, value = stmt.target.name, stmt.value
        popped = self.popped(stmt, state)
        if popped is not None:
            return popped
        called = self.calls.leaf(stmt, state) if self.calls is not None else None
        if called is not None:
            return called
        if name in self.context.tracked:
            return self._tracked(stmt, state)
        if name in self.context.links or name not in state:
            self._refuse_writing(stmt, state)
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
        fresh = named(walk)
        return Leaf(stmt, forward, sink.out, fresh | ({name} if uses_result else set()))

    def _refuse_writing(self, stmt: Assign, state: State) -> None:
        """Refuse a value whose evaluation changes something active in a way that is not known."""
        written = self.context.memory.touched_by(stmt)
        if any(self.context.owner(name) in state for name in written):
            raise refused(stmt, *words.why_refused(stmt.value))

    def _walked(self, stmt: Assign, target: Var, own: bool, g: Cotangent) -> tuple[Walk, bool]:
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
            result: dict[str, Expr] = {"%result": target}
            walk.terms = [replace(t, value=substitute(t.value, result)) for t in walk.terms]
            walk.reverse = [_with_values(s, result) for s in walk.reverse]
            return walk, True
        walk = self.walker(stmt)
        walk.root = stmt.value
        walk.descend(stmt.value, g)
        return walk, False

    def _unaliased(self, walk: Walk, stmt: Assign) -> Expr:
        """The value in the forward sweep, apart from names made for the whole of it or a part."""
        return self._apart(stmt.target, walk.rewritten(stmt.value), stmt.value)

    def _apart(self, target: Expr, value: Expr, given: Expr) -> Expr:
        if isinstance(target, Tuple) and isinstance(given, Tuple | List):
            assert isinstance(value, Tuple | List)
            columns = zip(target.items, value.items, given.items, strict=True)
            return replace(value, items=tuple(self._apart(*column) for column in columns))
        whole = isinstance(value, Var) and value.name in self.context.hoisted
        if whole and isinstance(target, Var) and target.name in self.context.touched:
            return words.copy_in_order(value, given.kind)
        return value

    def _tracked(self, stmt: Assign, state: State) -> Leaf:
        """A name whose shadow is bound beside it: what is new hands its cotangent on."""
        assert isinstance(stmt.target, Var)
        name, value = stmt.target.name, stmt.value
        if any(isinstance(part, Tuple | List | Dict) for part in words.regrouped(value)):
            raise Retry(Wishes(apart=frozenset((name,))))
        if isinstance(value, Op) and words.place_of_extreme(value) and is_undecided(value.kind):
            raise Retry(Wishes(opened=frozenset((name,))))
        shadows = self.tracking.bind(stmt)
        if self.tracking.maybe_view(value):
            return self._maybe_view(stmt, shadows, state)
        if not self.tracking.fresh(value):
            return self._existing(stmt, shadows, state)
        held = self.context.temporary(f"{self.context.adjoint(name).name}_new", stmt.target.kind)
        self.context.hoisted[held.name] = stmt.target.kind
        shadows.append(Assign(held, self.context.adjoint(name)))
        walk = self.walker(stmt)
        undecided = is_undecided(self.context.kind(name))
        self.descend_items(walk, value, words.taken(held, value.kind) if undecided else held)
        sink = Accumulator(self.context, state)
        sink.out += walk.reverse
        sink.add_terms(walk.terms)
        forward = [*walk.forward, replace(stmt, value=self._unaliased(walk, stmt)), *shadows]
        fresh = named(walk)
        return Leaf(stmt, forward, sink.out, fresh | {held.name})

    def _maybe_view(self, stmt: Assign, shadows: list[Stmt], state: State) -> Leaf:
        """`b = a.reshape(...)`: a view shares its shadow, a copy hands its cotangent on."""
        assert isinstance(stmt.target, Var)
        name = stmt.target.name
        shadow = self.context.adjoint(name)
        if name in names_in(stmt.value):
            raise refused(stmt, "it may be a view or a copy", "Give the result a name of its own")
        walk = self.walker(stmt)
        walk.descend(stmt.value, Cotangent(shadow))
        sink = Accumulator(self.context, state)
        sink.out += walk.reverse
        sink.add_terms(walk.terms)
        base = self.context.adjoint(base_var(stmt.value).name)
        out: list[Stmt] = [If(words.is_copy(shadow, base), tuple(sink.out))] if sink.out else []
        forward = [*walk.forward, replace(stmt, value=walk.rewritten(stmt.value)), *shadows]
        fresh = named(walk)
        return Leaf(stmt, forward, out, fresh | {shadow.name})

    def _existing(self, stmt: Assign, shadows: list[Stmt], state: State) -> Leaf:
        """`c = a if test else b`, `c = xs[i]`: what is not new shares its shadow with what it is
        known by already; only what numbers have gathered is handed back.
        """
        assert isinstance(stmt.target, Var)
        name, value = stmt.target.name, stmt.value
        if isinstance(value, Choice) and any(map(self._alone, (value.then, value.orelse))):
            raise Retry(Wishes(opened=frozenset((name,))))
        forward = [*shadows, stmt] if _rebinding(stmt) else [stmt, *shadows]
        walk = self.walker(stmt)
        loose = self.tracking.loose(value)
        mixed = self.tracking.regroups(value) and self.tracking.handed_on(value, value) is not None
        if not walk.active(value) or not (loose or mixed):
            return Leaf(stmt, forward)
        held = self.context.adjoint(name)
        if _rebinding(stmt):
            held = self.context.temporary(f"{held.name}_new", stmt.target.kind)
            self.context.hoisted[held.name] = stmt.target.kind
            forward.append(Assign(held, self.context.adjoint(name)))
        if loose:
            place = self.context.shadow(value)
            assert isinstance(place, Item)
            back: list[Stmt] = [Store(place, words.handed_back(place, held))]
            return Leaf(stmt, forward, back, {held.name})
        sink = Accumulator(self.context, state)
        self.descend_items(walk, value, held)
        sink.out += walk.reverse
        sink.add_terms(walk.terms)
        return Leaf(stmt, [*walk.forward, *forward], sink.out, named(walk) | {held.name})

    def _alone(self, arm: Expr) -> bool:
        """Whether a part of an expression needs a statement of its own: it hands something on."""
        if self.tracking.fresh(arm) or self.tracking.loose(arm) or self.tracking.maybe_view(arm):
            return True
        return self.tracking.regroups(arm) and self.tracking.handed_on(arm, arm) is not None

    def _owner(self, place: Expr) -> str:
        return self.context.owner(base_var(place).name)

    def _moved(
        self,
        others: list[Term],
        selves: list[Term],
        adjoint: Var,
        ownership: str,
        sink: Accumulator,
    ) -> None:
        """Note who takes the adjoint's buffer over: a single `dy = dx` owns what dx owned."""
        takers = [t for t in others if isinstance(t.place, Var) and t.value == adjoint]
        if len(takers) == 1 and not selves and ownership == OWNED:
            (name,) = names_in(takers[0].place)
            uses = [t for t in others if adjoint.name in names_in(t.value)]
            free = name not in sink.state and name not in self.context.links
            if free and (len(uses) == 1 or uses[-1] is takers[0]):
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
        value = self._unaliased(walk, stmt)
        fresh = named(walk)
        return Leaf(stmt, [*walk.forward, replace(stmt, value=value)], sink.out, fresh)

    def _unpack_tracked(self, stmt: Assign, shadows: list[Stmt], state: State) -> Leaf:
        """`a, b = b, a` of tracked names: their shadows change places in the forward sweep."""
        value = stmt.value
        parts = value.items if isinstance(value, Tuple | List) else (value,)
        others = [n for n in bound_names(stmt.target) if n in state and not self.tracking.tracks(n)]
        if others or any(map(self._alone, parts)) or self._maybe_numbers(stmt):
            apart = isinstance(value, Tuple | List) or isinstance(value.kind, TupleOf)
            if apart and isinstance(stmt.target, Tuple):
                raise Retry(Wishes(apart=frozenset(bound_names(stmt.target))))
            raise refused(stmt, "it mixes views and new values", "Assign one name a statement")
        return Leaf(stmt, [*shadows, stmt])

    def _maybe_numbers(self, stmt: Assign) -> bool:
        """Whether tracked names get items that may be numbers, whose cotangents are handed back."""
        names = filter(self.tracking.tracks, bound_names(stmt.target))
        whole = not isinstance(stmt.value, Tuple | List)
        return whole and any(is_undecided(self.context.kind(name)) for name in names)

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
        undecided = target.name in self.context.steady and is_undecided(kind)
        if undecided and target.name not in self.context.told_apart:
            raise Retry(Wishes(told_apart=frozenset((target.name,))))
        sharing = self.context.memory.aliases.with_name(stmt, target.name)
        shared = isinstance(kind, Array) and len(sharing) > 1
        if shared or target.name in self.context.steady or target.name in self.context.links:
            place = Item(target, words.EVERYTHING, kind=target.kind)
            leaf = self.store(Store(place, stmt.value, stmt.op, origin=stmt.origin), state, stmt)
            *hoists, last = leaf.forward
            assert isinstance(last, Store)
            return replace(leaf, stmt=stmt, forward=[*hoists, replace(stmt, value=last.value)])
        value = typed(Op(stmt.op, (target, stmt.value)))
        if isinstance(kind, ListOf):
            raise refused(stmt, "the list grows in place", "Use `append`")
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


def _with_values(stmt: Stmt, values: dict[str, Expr]) -> Stmt:
    assert isinstance(stmt, Assign)
    return replace(stmt, value=substitute(stmt.value, values))


def _rebinding(stmt: Assign) -> bool:
    """Whether the value reads the target, so that its shadow must be bound before it."""
    return bool(set(bound_names(stmt.target)) & names_in(stmt.value))


def _renamed(expr: Expr, old: Var, new: Var) -> Expr:
    return substitute(expr, {old.name: new})


def _pattern(target: Expr, held: dict[str, Expr]) -> Expr:
    if isinstance(target, Tuple):
        return Tuple(tuple(_pattern(item, held) for item in target.items))
    assert isinstance(target, Var)
    return held.get(target.name, words.ZERO)
