"""What the parts of the reverse mode share while they work on one function."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from srcad.analysis.dataflow import Result
from srcad.analysis.effects import Memory
from srcad.analysis.references import certain_attributes
from srcad.analysis.varied import Varied
from srcad.core import Expr, Field, Item, Stmt, Var, children, replace_kind, with_children
from srcad.kinds import UNKNOWN, Kind, ObjectOf, carries
from srcad.names import Names
from srcad.rules.vocabulary import shadow_kind, view_of_shadow

OWNED = "owned"
BORROWED = "borrowed"

# The state of each adjoint that is set at a point of the reverse sweep. A name that is not in it
# has an adjoint of zero that no variable holds.
State = dict[str, str]


@dataclass(frozen=True)
class Wishes:
    """What is found out about a function only while its reverse mode is made.

    `tracked` are names whose shadows have to be bound in the forward sweep, `by_index` loop
    targets that have to be bound by an index, `apart` names that cannot be bound together with
    others in one statement, `opened` names that cannot be bound to a conditional expression,
    `told_apart` names of which numbers are not updated in the statement that updates arrays,
    `named` values that need names of their own.
    """

    tracked: frozenset[str] = frozenset()
    by_index: frozenset[str] = frozenset()
    apart: frozenset[str] = frozenset()
    opened: frozenset[str] = frozenset()
    told_apart: frozenset[str] = frozenset()
    named: frozenset[Expr] = frozenset()

    def __or__(self, other: Wishes) -> Wishes:
        both = {f.name: getattr(self, f.name) | getattr(other, f.name) for f in fields(self)}
        return Wishes(**both)


class Retry(Exception):
    """The reverse mode of a function has to be made again, with these wishes as well."""

    def __init__(self, wishes: Wishes) -> None:
        self.wishes = wishes


@dataclass
class Context:
    """One function's analyses and the names made for its derivative."""

    names: Names
    kinds: dict[str, Kind]
    memory: Memory
    varied: Varied
    useful: Result[frozenset[str]]
    links: dict[str, Expr] = field(default_factory=dict)
    varied_at: dict[int, frozenset[str]] = field(default_factory=dict)
    adjoints: dict[str, str] = field(default_factory=dict)
    generated: set[str] = field(default_factory=set)
    hoisted: dict[str, Kind] = field(default_factory=dict)
    tracked: frozenset[str] = frozenset()  # names whose shadows the forward sweep binds
    told_apart: frozenset[str] = frozenset()  # names whose updates are of arrays only
    pinned: frozenset[str] = frozenset()  # parameters whose shadows belong to the caller
    restructured: bool = False  # the forward sweep changes what shadows are made of
    touched: frozenset[str] = frozenset()  # names whose memory is written somewhere
    bound: Result[frozenset[str]] = field(default_factory=Result)  # certainly bound names
    unsure: set[str] = field(default_factory=set)  # names given a None first, to be there at all
    shifts: dict[int, frozenset[Expr]] = field(default_factory=dict)  # constants, by statement
    ties: str = "first"
    _attributes: dict[type, frozenset[str]] | None = None
    kept: list[Stmt] = field(default_factory=list)
    ownership: dict[str, list[str]] = field(default_factory=dict)  # of adjoints, in words

    def adjoint(self, name: str) -> Var:
        """The variable that holds the adjoint (or the shadow) of `name`."""
        if name not in self.adjoints:
            self.adjoints[name] = self.names.derived("d", name)
            self.generated.add(self.adjoints[name])
        return Var(self.adjoints[name], kind=shadow_kind(self.kind(name)))

    def kind(self, name: str) -> Kind:
        return self.kinds.get(name, UNKNOWN)

    @property
    def steady(self) -> frozenset[str]:
        """The names whose shadows are there all the time, and are only ever added to in place."""
        return self.pinned | self.tracked

    def certain(self, place: Item) -> bool:
        """Whether an object, whose attribute the place is, certainly has it."""
        kind = place.base.kind
        if not isinstance(kind, ObjectOf) or not isinstance(place.index, Field):
            return True
        if self._attributes is None:
            self._attributes = certain_attributes(self.memory.typed)
        return place.index.value in self._attributes.get(kind.cls, ())

    def temporary(self, base: str, kind: Kind) -> Var:
        """A new name of the generated code, called after `base`."""
        name = self.names.fresh(base)
        self.generated.add(name)
        self.kinds[name] = kind
        return Var(name, kind=kind)

    def varied_before(self, stmt: Stmt) -> frozenset[str]:
        """The names that vary just before `stmt` (which may be one that stands in for another)."""
        known = self.varied_at.get(id(stmt))
        return self.varied.before(stmt) if known is None else known

    def stands_in(self, new: Stmt, varied: frozenset[str]) -> None:
        """Note what varies before a statement that the user's function does not have."""
        self.varied_at[id(new)] = varied
        self.kept.append(new)

    def active_before(self, stmt: Stmt) -> frozenset[str]:
        """Names whose adjoint matters just before `stmt`."""
        return self._owners(self.varied.before(stmt), self.useful.before.get(id(stmt)))

    def active_at_end(self, loop: Stmt) -> frozenset[str]:
        """Names whose adjoint matters at the end of some trip of `loop`.

        What a `break` carries out of a loop that never ends by its test is not useful at its head.
        """
        at_head = self._owners(self.varied.head(loop), self.useful.head.get(id(loop)))
        return at_head | self._owners(self.varied.after(loop), self.useful.after.get(id(loop)))

    def _owners(
        self, varied: frozenset[str] | None, useful: frozenset[str] | None
    ) -> frozenset[str]:
        names = (varied or frozenset()) & (useful or frozenset())
        return frozenset(self.owner(n) for n in names if carries(self.kind(n)))

    def owner(self, name: str) -> str:
        """The name whose shadow holds the adjoint of `name`: itself, unless it is a linked view."""
        while name in self.links:
            name = base_var(self.links[name]).name
        return name

    def shadow(self, expr: Expr) -> Expr:
        """The place in the shadows that corresponds to `expr`, a chain of views of a variable."""
        if isinstance(expr, Var):
            if expr.name in self.links:
                return self.shadow(self.links[expr.name])
            return self.adjoint(expr.name)
        first, *rest = children(expr)
        view = view_of_shadow(with_children(expr, (self.shadow(first), *rest)))
        return replace_kind(view, expr.kind)


def base_var(expr: Expr) -> Var:
    """The variable at the bottom of a chain of items, attributes and view operations."""
    while not isinstance(expr, Var):
        expr = children(expr)[0]
    return expr
