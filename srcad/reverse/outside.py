"""Memory of the function's surroundings, which the derivative leaves as the function leaves it."""

from __future__ import annotations

from srcad.core import Assign, Item, Stmt, Store, Var
from srcad.kinds import Array
from srcad.reverse.context import Context
from srcad.reverse.leaves import refused
from srcad.rules import vocabulary as words


def with_outside_kept(
    context: Context, restored: dict[str, Stmt], reverse: list[Stmt]
) -> list[Stmt]:
    """The reverse sweep, at the end of which captured arrays that it put back are as before it.

    `restored` are the names whose insides it puts back, with what had changed them.
    """
    captures = context.memory.foreign
    first: list[Stmt] = []
    last: list[Stmt] = []
    for name in sorted(captures):
        changes = [s for n, s in restored.items() if n == name or _shares(context, n, name)]
        if not changes:
            continue
        var = Var(name, kind=context.kind(name))
        if not isinstance(var.kind, Array):
            why = f"the derivative needs what it overwrites in `{name}`, which outlives the call"
            raise refused(changes[0], why, f"Pass `{name}` as an argument, or write into a copy")
        kept = context.temporary(f"{name}_end", var.kind)
        first.append(Assign(kept, words.copy_of(var, var.kind)))
        last.append(Store(Item(var, words.EVERYTHING, kind=var.kind), kept))
    return [*first, *reverse, *last]


def _shares(context: Context, name: str, captured: str) -> bool:
    return frozenset((name, captured)) in context.memory.aliases.everywhere()
