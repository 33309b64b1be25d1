"""Called functions: a forward half that hands over what is recorded, and a reverse half.

What can be written into (arrays, lists, dicts) is passed with its shadow, to which the reverse
half adds; the adjoints of numbers are returned. A function that need not record anything is
called as it is in the forward sweep.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from srcad.analysis.typed import Typed
from srcad.core import Function
from srcad.kinds import Array, DictOf, Kind, ListOf, TupleOf, carries

if TYPE_CHECKING:
    from srcad.reverse.adjoint import Parts

Key = tuple[object, ...]


@dataclass(eq=False)
class Pair:
    """A called function's two halves, and how they are called.

    `by_reference` are the parameters passed with their shadows, `by_value` those whose adjoints
    the reverse half returns, `passed` those whose values it gets from the caller. `forward` is
    None where the function is called as it is. `recursive` says that the pair was asked for while
    it was made: then all that the reverse half reads is in what the forward half saved.
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
    recursive: bool = False
    done: bool = False
    public: bool = False  # the halves of a user's `vjp`: called by anyone, again and again

    @property
    def saves(self) -> bool:
        """Whether the forward half hands something over."""
        return self.recursive if not self.done else self.forward is not None


@dataclass
class Pairs:
    """The pairs of one program; `make` fills one in."""

    make: Callable[[Pair], None]
    fresh: Callable[[str], str]
    ties: str = "first"
    table: dict[Key, Pair] = field(default_factory=dict)
    functions: list[Function] = field(default_factory=list)
    generated: set[str] = field(default_factory=set)
    exact: set[str] = field(default_factory=set)  # of those, what holds the user's own values
    numbered: dict[str, str] = field(default_factory=dict)  # see `Names`
    parts: list[Parts] = field(default_factory=list)  # of each function, called ones first

    def of(
        self, callee: Typed, active: frozenset[str], written: frozenset[str], seeded: bool
    ) -> Pair:
        """The pair for calls where the parameters `active` vary and, if `seeded`, the result
        matters.
        """
        kinds = tuple(callee.kinds.items())
        key = (callee.function.pyfunc, kinds, active, seeded)
        known = self.table.get(key)
        if known is not None:
            known.recursive = known.recursive or not known.done
            return known
        params = [p.name for p in callee.function.params]
        reference: list[str] = []
        value: list[str] = []
        for name in params:
            kind = callee.kinds.get(name, Kind())
            after = callee.exit.get(name, kind)  # an empty list carries nothing before
            if not (carries(kind) or carries(after)) or name not in active | written:
                continue
            has_inside = isinstance(kind, Array | ListOf | DictOf | TupleOf)
            (reference if has_inside or name in written else value).append(name)
        base = callee.function.name.lstrip("_")
        pair = Pair(
            callee,
            active,
            seeded,
            tuple(reference),
            tuple(value),
            self.fresh(f"{base}_forward"),
            self.fresh(f"{base}_reverse"),
        )
        self.table[key] = pair
        self.make(pair)
        pair.done = True
        for function in (pair.forward, pair.reverse):
            if function is not None:
                self.functions.append(function)
        return pair
