"""Called functions: a forward half that hands over what is recorded, and a reverse half.

What can be written into (arrays, lists, dicts) is passed with its shadow, to which the reverse
half adds; the adjoints of numbers are returned. A function that need not record anything is
called as it is in the forward sweep.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from srcad.analysis.typed import Typed
from srcad.core import Expr, Function, Record, expressions_of, names_in, statements, walk
from srcad.errors import UnsupportedConstruct
from srcad.kinds import Array, DictOf, ListOf, TupleOf, carries

if TYPE_CHECKING:
    from srcad.reverse.adjoint import Parts

Key = tuple[object, ...]


@dataclass(frozen=True)
class Use:
    """A sort of call: the parameters that vary, those whose memory matters to the caller even if
    they do not, and whether the result matters. See `Pair` for the rest.
    """

    active: frozenset[str]
    by_reference: frozenset[str]
    seeded: bool
    lent: bool = False
    grown: frozenset[str] = frozenset()


@dataclass(eq=False)
class Pair:
    """A called function's two halves, and how they are called.

    `by_reference` are the parameters passed with their shadows, `by_value` those whose adjoints
    the reverse half returns, `passed` those whose values it gets from the caller. `forward` is
    None where the function is called as it is. `recursive` says that the pair was asked for while
    it was made: then all that the reverse half reads is in what the forward half saved.

    `lent` says that the result may share memory with an argument, or come to, and is written into:
    then the forward half gives the shadow of the result beside it, to which the caller adds, and
    the reverse half is given no cotangent. `grown` are parameters whose shadows are there while
    the forward half runs, so that it lets them grow with what they are shadows of. Into `held`
    the reverse half looks by references that the forward half saved.
    """

    callee: Typed
    active: frozenset[str]
    seeded: bool
    by_reference: tuple[str, ...]
    by_value: tuple[str, ...]
    forward_name: str
    reverse_name: str
    forward: Function | None = None
    reverse: Function | None = None
    passed: tuple[str, ...] = ()
    forward_shadows: tuple[str, ...] = ()  # those whose shadows the forward half needs as well
    lent: bool = False
    grown: frozenset[str] = frozenset()
    held: tuple[str, ...] = ()
    recursive: bool = False
    done: bool = False
    public: bool = False  # the halves of a user's `vjp`: called by anyone, again and again

    @property
    def saves(self) -> bool:
        """Whether the forward half hands something over."""
        return self.lent or (self.recursive if not self.done else self.forward is not None)


@dataclass
class Pairs:
    """The pairs of one program; `make` fills one in."""

    make: Callable[[Pair], None]
    fresh: Callable[[str], str]
    ties: str = "first"
    defaults: dict[str, Any] = field(default_factory=dict)  # captured, of called functions
    table: dict[Key, Pair] = field(default_factory=dict)
    functions: list[Function] = field(default_factory=list)
    generated: set[str] = field(default_factory=set)
    exact: set[str] = field(default_factory=set)  # of those, what holds the user's own values
    numbered: dict[str, str] = field(default_factory=dict)  # see `Names`
    parts: list[Parts] = field(default_factory=list)  # of each function, called ones first

    def note_defaults(self, callee: Typed, bound: dict[str, Expr]) -> None:
        """Note the captured values that are given to parameters of `callee` by default."""
        for param in callee.function.params:
            if param.default is not None and bound[param.name] is param.default:
                for name in names_in(param.default):
                    self._note(name, callee.function)

    def _note(self, name: str, function: Function) -> None:
        value = function.captures[name]
        if self.defaults.setdefault(name, value) is not value:
            raise UnsupportedConstruct(
                f"cannot differentiate a call of `{function.name}`: another function has a "
                f"default of another value called `{name}` here",
                "Give the argument in the call",
                function.origin,
            )

    def of(self, callee: Typed, use: Use) -> Pair:
        """The pair for calls of `callee` of this sort."""
        kinds = tuple(callee.kinds.items())
        key = (callee.function.pyfunc, _makes(callee.function), kinds, use)
        known = self.table.get(key)
        if known is not None:
            known.recursive = known.recursive or not known.done
            return known
        params = [p.name for p in callee.function.params]
        reference: list[str] = []
        value: list[str] = []
        for name in params:
            kind = callee.param_kind(name)
            if not carries(kind) or name not in use.active | use.by_reference:
                continue
            has_inside = isinstance(kind, Array | ListOf | DictOf | TupleOf)
            (reference if has_inside or name in use.by_reference else value).append(name)
        base = callee.function.name.lstrip("_")
        pair = Pair(
            callee,
            use.active,
            use.seeded and not use.lent,
            tuple(reference),
            tuple(value),
            self.fresh(f"{base}_forward"),
            self.fresh(f"{base}_reverse"),
            lent=use.lent,
            grown=use.grown,
        )
        self.table[key] = pair
        self._fill(pair)
        for function in (pair.forward, pair.reverse):
            if function is not None:
                self.functions.append(function)
        return pair

    def _fill(self, pair: Pair) -> None:
        """Make the halves; again, if they call themselves with other shadows than they need."""
        needed = None
        while needed != pair.forward_shadows:
            needed = pair.forward_shadows
            self.make(pair)
            if not pair.recursive:
                break
        pair.done = True


def _makes(function: Function) -> tuple[type, ...]:
    """The classes of the objects that it makes: what calls of them do may be one function."""
    exprs = (e for stmt in statements(function.body) for e in expressions_of(stmt))
    return tuple(part.cls for e in exprs for part in walk(e) if isinstance(part, Record))
