"""Loops over dicts: by a list of the keys, which can be run through backwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from srcad.core import Assign, Expr, For, Item, Method, Op, Stmt, Tuple, Var, statements, targets_of
from srcad.kinds import UNKNOWN, DictOf, Inert, Kind, carries
from srcad.reverse.typing import typed

Temporary = Callable[[str, Kind], Var]


def by_keys(kind: Kind) -> bool:
    """Whether the value is run through, but not indexed by the number of the trip."""
    return isinstance(kind, DictOf) or (
        isinstance(kind, Inert) and kind.name in ("set", "frozenset")
    )


def unviewed(stmt: For, temporary: Temporary) -> tuple[list[Stmt], For] | None:
    """`for key, value in d.items()` as `for key in list(d): value = d[key]`; None if it is none."""
    work = _Views(stmt, temporary)
    target, iterable = work.opened(stmt.target, stmt.iter)
    if iterable is stmt.iter:
        return None
    assert isinstance(target, Var | Tuple)
    return work.before, replace(stmt, target=target, iter=iterable, body=(*work.first, *stmt.body))


@dataclass
class _Views:
    """The work on one loop: statements before it, and at the start of its body."""

    stmt: For
    temporary: Temporary
    before: list[Stmt] = field(default_factory=list)
    first: list[Stmt] = field(default_factory=list)

    def opened(self, target: Expr, iterable: Expr) -> tuple[Expr, Expr]:
        if isinstance(iterable.kind, DictOf) and carries(iterable.kind):
            return target, typed(Op(list, (self._held(iterable),)))
        if not isinstance(iterable, Op):
            return target, iterable
        if iterable.fn in (zip, enumerate) and isinstance(target, Tuple):
            return self._inside(target, iterable)
        view = isinstance(iterable.fn, Method) and len(iterable.args) == 1
        if not view or not isinstance(iterable.args[0].kind, DictOf):
            return target, iterable
        name = iterable.fn.name
        if name not in ("items", "keys", "values") or not carries(iterable.args[0].kind):
            return target, iterable
        return self._view(target, name, self._held(iterable.args[0]))

    def _inside(self, target: Tuple, iterable: Op) -> tuple[Expr, Expr]:
        """The views among the operands of `zip`, or in `enumerate`."""
        skip = 1 if iterable.fn is enumerate else 0
        targets, args = list(target.items), list(iterable.args)
        for place in range(len(targets) - skip):
            pair = self.opened(targets[place + skip], args[place])
            targets[place + skip], args[place] = pair
        if all(a is b for a, b in zip(args, iterable.args, strict=True)):
            return target, iterable
        return replace(target, items=tuple(targets)), replace(iterable, args=tuple(args))

    def _view(self, target: Expr, name: str, table: Var) -> tuple[Expr, Expr]:
        keys = typed(Op(list, (table,)))
        if name == "keys":
            return target, keys
        parts = target.items if isinstance(target, Tuple) else ()
        both = name == "items" and len(parts) == 2
        wish = parts[0] if both else None
        key = wish if isinstance(wish, Var) else self.temporary("key", UNKNOWN)
        value = typed(Item(table, key))
        self._bind(
            parts[1] if both else target, value if both or name == "values" else Tuple((key, value))
        )
        if both and not isinstance(wish, Var):
            self._bind(parts[0], key)
        return key, keys

    def _bind(self, target: Expr, value: Expr) -> None:
        assert isinstance(target, Var | Tuple)
        self.first.append(Assign(target, typed(value), origin=self.stmt.origin))

    def _held(self, table: Expr) -> Var:
        """The dict under a name that the loop does not bind to another one."""
        bound = {n for s in statements((self.stmt,)) for n in targets_of(s)}
        if isinstance(table, Var) and table.name not in bound:
            return table
        name = self.temporary("table", table.kind)
        self.before.append(Assign(name, table, origin=self.stmt.origin))
        return name
