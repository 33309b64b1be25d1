"""Names that may reach the same list or dict, so that writing by one of them changes what is
known of the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from srcad.analysis.containers import holds_container
from srcad.core import Expr, Op, Var, children
from srcad.kinds import is_unknown
from srcad.rules import rule_for
from srcad.rules.vocabulary import MAY_PASS_THROUGH


class NameGroups:
    """The groups that are known so far; they only ever grow."""

    def __init__(self) -> None:
        self._next: dict[str, str] = {}  # from each name to another of its group, up to its root

    def __len__(self) -> int:
        return len(self._next)

    def link(self, names: Iterable[str]) -> None:
        """All of `names` may reach one container."""
        roots = [self._root(name) for name in names]
        for root in roots[1:]:
            if self._root(root) != self._root(roots[0]):
                self._next[self._root(root)] = self._root(roots[0])

    def group(self, name: str) -> set[str]:
        """The names that may reach what `name` reaches, itself included."""
        root = self._root(name)
        return {name, root, *(other for other in self._next if self._root(other) == root)}

    def _root(self, name: str) -> str:
        while name in self._next:
            name = self._next[name]
        return name


def holders(*exprs: Expr) -> Iterator[str]:
    """The variables whose lists or dicts the values of `exprs` may reach."""
    for expr in exprs:
        if (holds_container(expr.kind) or is_unknown(expr.kind)) and not _is_new(expr):
            if isinstance(expr, Var):
                yield expr.name
            yield from holders(*children(expr))


def _is_new(expr: Expr) -> bool:
    """Whether an operation certainly gives a value that it has made."""
    rule = rule_for(expr) if isinstance(expr, Op) else None
    if rule is None or not isinstance(expr, Op):
        return False
    return not rule.view and expr.fn not in MAY_PASS_THROUGH
