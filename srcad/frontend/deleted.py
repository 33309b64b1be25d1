"""`del x`: nothing is left of it but what reading `x` afterwards does.

Where `x` is certainly deleted, reading it raises what Python raises. Where it may be deleted or
not, the function is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import gast

from srcad.blocks import leaves
from srcad.core import Block, Const, Op, Raise

if TYPE_CHECKING:
    from srcad.frontend.context import Context

Deleted = dict[str, bool]  # names that are deleted here, True for those that certainly are


def delete(ctx: Context, target: Any) -> None:
    """Note that a name is deleted, after it was read: it must have been there."""
    ctx.deleted[target.id] = True


def check_read(ctx: Context, node: Any, name: str) -> None:
    """What comes before a read of `name`, if it was deleted."""
    if name not in ctx.deleted:
        return
    if not ctx.deleted[name]:
        why = f"`{name}` may have been deleted before"
        raise ctx.refusal(node, why, "Leave out the `del`: locals end with the function")
    ctx.emit(Raise(Op(UnboundLocalError, (Const(_message(name)),))))


def _message(name: str) -> str:
    """The text of Python's own error."""
    scope: dict[str, Any] = {}
    exec(f"def read():\n    {name}\n    {name} = 0", scope)
    try:
        scope["read"]()
    except UnboundLocalError as error:
        return str(error)
    raise AssertionError(name)


def joined(states: list[tuple[Block, Deleted]]) -> Deleted:
    """What is deleted after several paths, each with its block and what is deleted at its end."""
    reached = [state for block, state in states if not leaves(block)]
    names = {name for state in reached for name in state}
    return {name: all(state.get(name, False) for state in reached) for name in names}


@contextmanager
def repeated(ctx: Context, nodes: list[Any]) -> Iterator[None]:
    """Lower the body of a loop in here: it may run never, or after itself."""
    before = dict(ctx.deleted)
    found = (node for stmt in nodes for node in gast.walk(stmt) if isinstance(node, gast.Name))
    for node in found:
        if isinstance(node.ctx, gast.Del):
            ctx.deleted.setdefault(node.id, False)
    yield
    ctx.deleted = joined([((), before), ((), ctx.deleted)])
