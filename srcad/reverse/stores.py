"""The adjoint of what writes into memory: stores, in-place calls, lists used as stacks."""

from __future__ import annotations

import operator
from dataclasses import replace

from srcad.analysis.references import is_rebinding, old_kind
from srcad.core import (
    Assign,
    Attr,
    Const,
    Dict,
    Effect,
    Expr,
    Field,
    Item,
    List,
    Method,
    Op,
    Stmt,
    Store,
    Tuple,
    Var,
    children,
    names_in,
    targets_of,
)
from srcad.core import walk as walk_expr
from srcad.kinds import (
    Array,
    DictOf,
    Kind,
    Scalar,
    carries,
    dims_of,
    is_buffer,
    is_undecided,
    is_unknown,
)
from srcad.reverse.accumulate import Accumulator, fresh_value
from srcad.reverse.context import OWNED, Retry, State, Wishes, base_var
from srcad.reverse.fit import fit
from srcad.reverse.leaves import named, refused
from srcad.reverse.links import is_chain
from srcad.reverse.places import may_repeat
from srcad.reverse.rebinding import Rebinding
from srcad.reverse.splices import Splices, is_splice
from srcad.reverse.steps import Leaf
from srcad.reverse.terms import Cotangent, Term, Walk
from srcad.reverse.typing import typed
from srcad.rules import rule_for
from srcad.rules import vocabulary as words
from srcad.simplify import simplify_expr


class Stores(Splices):
    """Stores into items, calls that write, `append` and `pop`."""

    # -- memory

    def store(self, stmt: Store, state: State, origin: Stmt | None = None) -> Leaf:
        place, value = stmt.place, stmt.value
        owner = self.context.owner(base_var(place).name)
        if owner not in state or not carries(self.context.kind(owner)):
            return Leaf(stmt, [stmt])
        if not isinstance(place, Item):
            raise refused(stmt, "attributes cannot be stored into yet", "Use a dict")
        if owner in self.context.tracked:
            if is_rebinding(stmt) or (stmt.op is None and self._may_be_new(place)):
                return Rebinding(self, stmt, self.walker(stmt)).leaf(state)
            place = self._in_place(stmt, place)
        if _is_turned(place.base):
            raise refused(stmt, "it writes through `.imag`", "Write into the array itself")
        if stmt.op is None and is_splice(place):
            return self.splice(stmt, place, state)
        walk = self.walker(origin or stmt)
        sink = Accumulator(self.context, state)
        sink.make_buffer(owner)
        shadow = self._place(place)
        if stmt.op in (operator.add, operator.sub) and not may_repeat(place):
            self._linear_update(stmt, shadow, walk, sink)
        else:
            old = place.base if place.index == words.EVERYTHING else place
            whole = value if stmt.op is None else typed(Op(stmt.op, (old, value)))
            walk.root = whole
            self._overwrite(whole, owner, place, walk, sink)
        forward: list[Stmt] = [*walk.forward, replace(stmt, value=walk.rewritten(value))]
        if stmt.op is None and owner in self.context.tracked and self._may_be_new(place):
            self.context.restructured = True
            forward.append(Store(shadow, words.ZERO))
        fresh = named(walk)
        return Leaf(stmt, forward, sink.out, fresh)

    def _may_be_new(self, place: Item) -> bool:
        """Whether a store may add a key to a dict, or an attribute to an object."""
        kind, key = place.base.kind, place.index
        if isinstance(key, Field):
            return not self.context.certain(place)
        if type(kind) is not DictOf:
            return is_unknown(kind) and not isinstance(key.kind, Scalar)
        known = dict(kind.items or ())
        return not isinstance(key, Const) or key.value not in known

    def _in_place(self, stmt: Store, place: Item) -> Item:
        """The place of an update: all of the array in it, which may be known elsewhere too."""
        if stmt.op is None or isinstance(place.base.kind, Array):
            return place
        if isinstance(place.kind, Array):
            return Item(place, words.EVERYTHING, kind=place.kind)
        if is_unknown(place.kind) and stmt.op not in (operator.add, operator.sub):
            why = "whether it updates an array in place is known only at run time"
            raise refused(stmt, why, "Write the update as a plain assignment")
        return place

    def _mine(self, stmt: Stmt, owner: str, value: Expr) -> bool:
        """Whether `value` reads memory that `owner` may share: its shadow may be the same."""
        sharing = self.context.memory.aliases.with_name(stmt, owner)
        return any(n in sharing or self.context.owner(n) == owner for n in names_in(value))

    def _place(self, place: Item) -> Item:
        """The shadow of a place; all of a view of a shadow is the view itself."""
        shadow = self.context.shadow(place)
        assert isinstance(shadow, Item)
        whole = shadow.index == words.EVERYTHING and isinstance(shadow.base, Item)
        if whole and isinstance(shadow.base, Item) and isinstance(shadow.base.base.kind, Array):
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
        fresh = named(walk)
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
        fresh = named(walk)
        return Leaf(stmt, [*walk.forward, stmt], sink.out, fresh)

    def _fitted(self, value: Expr, g: Expr, walk: Walk) -> Cotangent:
        """The cotangent of a stored value, summed back where the store broadcast it."""
        return Cotangent(simplify_expr(fit(g, value, walk.value_of)))

    def _overwrite(
        self, value: Expr, owner: str, place: Item, walk: Walk, sink: Accumulator
    ) -> None:
        """`u[i] = e`: take the place's cotangent, clear it, hand it on through e."""
        shadow = self._place(place)
        if not walk.active(value):
            sink.out.append(Store(shadow, self._zero(place, shadow, value.kind)))
            return
        mine = self._mine(walk.stmt, owner, value)
        repeated = may_repeat(shadow)
        g: Expr = shadow
        if repeated:
            g = words.stored_cotangent(shadow.base, shadow.index)
            g = walk.name_cotangent("d", replace(g, kind=shadow.kind))
        elif mine or not isinstance(shadow.kind, Scalar | Array):
            whole, base = shadow.index == words.EVERYTHING, shadow.base.kind
            written_into = whole or isinstance(base, Array) or is_unknown(base)
            g = walk.name_cotangent("d", _held(shadow) if written_into else shadow)
        walk.descend(value, self._fitted(value, g, walk))
        selves = [t for t in walk.terms if not repeated and self._same_place(t.place, shadow)]
        others = [t for t in walk.terms if t not in selves]
        sink.out += walk.reverse
        unchanged = len(selves) == 1 and selves[0].value == g
        zero = self._zero(place, shadow if mine else g, value.kind)
        clear: list[Stmt] = [] if unchanged else [self._cleared(shadow, selves, zero)]
        viewed = any(isinstance(s, Assign) and not fresh_value(s.value) for s in walk.reverse)
        if mine or repeated or not (viewed or _read_again(others, shadow)):
            sink.out += clear
            sink.add_terms(others)
        else:
            sink.add_terms([_kept(t, sink.state) for t in others])
            sink.out += clear

    def _zero(self, place: Item, shadow: Expr, new: Kind) -> Expr:
        """The zero of what stood in a place before a store: of its shape, if it is no element."""
        old = old_kind(place)
        if isinstance(place.base.kind, Array) or isinstance(old, Scalar) or not carries(old):
            return words.ZERO
        lengths = dims_of(old)
        if lengths is not None and None not in lengths and lengths == dims_of(new):
            return words.zero_like(shadow, old)
        there = words.old_item(place) if type(place.base.kind) is DictOf else place
        return words.zero_like(there, old)

    def _cleared(self, shadow: Item, selves: list[Term], zero: Expr) -> Stmt:
        """What the place's cotangent becomes: zero, or what the value hands back to it."""
        if not selves:
            return Store(shadow, zero)
        total = selves[0].value
        for term in selves[1:]:
            total = words.add(total, term.value)
        return Store(shadow, simplify_expr(typed(total)))

    # -- lists as stacks

    def popped(self, stmt: Assign, state: State) -> Leaf | None:
        """`x = xs.pop()`: the cotangent goes back on top."""
        value = stmt.value
        if not (isinstance(value, Op) and value.fn == Method("pop") and value.args):
            return None
        receiver = value.args[0]
        if isinstance(receiver.kind, Array) or not is_chain(receiver):
            return None
        owner = self.context.owner(base_var(receiver).name)
        assert isinstance(stmt.target, Var)
        if owner not in state and not self._wanted(stmt, owner, state):
            return Leaf(stmt, [stmt])
        if len(value.args) > 1 or value.kwargs:
            raise refused(stmt, "only the last item can be taken off", "Use `pop()`")
        sink = Accumulator(self.context, state)
        there = owner not in state  # a shadow made now is one of the list before it was taken off
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
            if is_undecided(self.context.kind(name)):
                top = words.taken(top, value.kind)
            sink.out[:] = []
        shadow = self.context.shadow(receiver)
        if self.tracking.tracks(owner) and not self.tracking.tracks(name):
            if not isinstance(value.kind, Scalar):
                raise Retry(Wishes(tracked=frozenset((name,))))
            self.context.restructured = True
            shadows.append(Effect(Op(Method("pop"), (shadow,))))
        last = Item(shadow, words.number(-1), kind=value.kind)
        back = Op(Method("append"), (shadow, top))
        sink.out.append(Store(last, top) if there else Effect(back))
        fresh = {name, *(n for s in shadows for n in targets_of(s))}
        return Leaf(stmt, [stmt, *shadows], sink.out, fresh)

    def _wanted(self, stmt: Assign, owner: str, state: State) -> bool:
        """Whether the cotangent of what is taken off a list, to which nothing else has been added
        so far, matters to what the list was made of. If not, it is dropped.
        """
        assert isinstance(stmt.target, Var)
        given = state.pop(stmt.target.name, None)
        if given is None or owner not in self.context.active_before(stmt):
            return False
        state[stmt.target.name] = given
        return True

    def effect(self, stmt: Effect, state: State) -> Leaf:
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
            others = self.context.memory.writes_of(stmt) - names_in(receiver)
            return self._writing_call(stmt, value, state) if others else Leaf(stmt, [stmt])
        if value.fn != Method("append") or len(value.args) != 2:
            return self._writing_call(stmt, value, state)
        walk = self.walker(stmt)
        sink = Accumulator(self.context, state)
        sink.make_buffer(owner)
        shadow = self.context.shadow(receiver)
        taken = typed(Op(Method("pop"), (shadow,)))
        tracks = self.tracking.tracks(owner)  # its shadow holds the shadows of its items
        shadows = self.tracking.append(stmt) if tracks else []
        new = value.args[1]
        made = isinstance(new, Tuple | List | Dict)  # some of its items may be references
        shared = tracks and self.shares(new) and not made
        if not walk.active(new) or (shared and self.tracking.handed_on(new, taken) is None):
            sink.out.append(Effect(taken))
            return Leaf(stmt, [stmt, *shadows], sink.out)
        g = walk.name_cotangent("d", replace(taken, kind=new.kind))
        if tracks and (made or shared):
            self.descend_items(walk, new, g)
        else:
            walk.descend(new, Cotangent(g))
        sink.out += walk.reverse
        sink.add_terms(walk.terms)
        args = (receiver, walk.rewritten(new))
        forward = [*walk.forward, replace(stmt, value=replace(value, args=args)), *shadows]
        fresh = named(walk)
        return Leaf(stmt, forward, sink.out, fresh)

    def _writing_call(self, stmt: Effect, value: Expr, state: State) -> Leaf:
        """A library call for its effect: known ones become stores, others are refused."""
        gone = self.deletion(stmt, state)
        if gone is not None:
            return gone
        added = words.scattered(value)
        if added is not None:
            leaf = self._scatter(stmt, *added, state)
            return replace(leaf, forward=[*leaf.forward, stmt])
        summed = words.accumulated(value)
        if summed is not None:
            return self._accumulate(stmt, *summed, state)
        written = self.context.memory.touched_by(stmt)
        if any(self.context.owner(name) in state for name in written):
            raise refused(stmt, *words.why_refused(value))
        if isinstance(value, Op) and isinstance(value.fn, Expr):
            self._refuse_unknown_call(stmt, value)
        return Leaf(stmt, [stmt])

    def _refuse_unknown_call(self, stmt: Effect, call: Op) -> None:
        """Refuse a call of who knows what with something active: it may keep that."""
        walk = self.walker(stmt)
        if any(map(walk.active, (*call.args, *(value for _, value in call.kwargs)))):
            why = "a function known only when the program runs is called with a varying value"
            raise refused(stmt, why, "Pass the function as an argument or name it at module level")


def _is_turned(expr: Expr) -> bool:
    """Whether a chain of views has one whose shadow is not the same view of the shadow."""
    while not isinstance(expr, Var):
        rule = rule_for(expr) if isinstance(expr, Op | Attr) else None
        if rule is not None and rule.turned:
            return True
        expr = children(expr)[0]
    return False


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
