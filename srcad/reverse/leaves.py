"""What all makers of a statement's adjoint share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from srcad.core import Assign, Dict, Expr, Item, List, Stmt, Tuple, Var
from srcad.errors import UnsupportedConstruct
from srcad.kinds import Scalar
from srcad.reverse.calls import CallSteps
from srcad.reverse.context import Context
from srcad.reverse.terms import Cotangent, Walk
from srcad.reverse.tracking import Tracking
from srcad.rules import vocabulary as words


@dataclass
class Leaves:
    """Makes a `Leaf` of a simple statement.

    The `state` that its methods take and change is that of the reverse sweep after the statement.
    """

    context: Context
    in_loop: Callable[[], bool]
    calls: CallSteps | None = None

    @property
    def tracking(self) -> Tracking:
        """Who binds shadows in the forward sweep."""
        return Tracking(self.context)

    def walker(self, stmt: Stmt) -> Walk:
        """A walk down the expressions of `stmt`."""
        varied = self.context.varied_before(stmt)
        return Walk(self.context, varied, stmt, cheap_in_reverse=self.in_loop())

    def shares(self, item: Expr) -> bool:
        """Whether `item` refers to memory whose shadow is there all the time."""
        names = self.context.memory.sources(item)
        return bool(names & self.context.steady) and not isinstance(item.kind, Scalar)

    def descend_items(self, walk: Walk, value: Expr, held: Expr) -> None:
        """Hand the cotangent of a new value on; items that are references share their shadows."""
        match value:
            case Tuple(items=items) | List(items=items):
                keys: tuple[Expr, ...] = tuple(words.number(i) for i in range(len(items)))
            case Dict(keys=keys, values=items):
                pass
            case _:
                part = held if self.tracking.fresh(value) else self.tracking.handed_on(value, held)
                if part is not None:
                    walk.descend(value, Cotangent(part))
                return
        for key, item in zip(keys, items, strict=True):
            part = Item(held, key, kind=item.kind)
            if isinstance(item, Tuple | List | Dict) or self.shares(item):
                self.descend_items(walk, item, part)
            else:
                walk.descend(item, Cotangent(part))


def named(walk: Walk) -> set[str]:
    """The names that the walk made in the forward sweep."""
    return {
        s.target.name for s in walk.forward if isinstance(s, Assign) and isinstance(s.target, Var)
    }


def refused(stmt: Stmt, why: str, remedy: str) -> UnsupportedConstruct:
    """The error for a statement that cannot be differentiated."""
    return UnsupportedConstruct(
        f"cannot differentiate `{stmt.origin.text}`: {why}", remedy, stmt.origin
    )
