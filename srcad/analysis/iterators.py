"""Generators that only kinds tell: methods, `__iter__`, functions that are values."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from srcad.core import Block, Expr, For, Function, Op, names_of
from srcad.errors import UnsupportedConstruct
from srcad.frontend import exits
from srcad.frontend.context import Emitter
from srcad.frontend.generators import is_generator, open_call
from srcad.frontend.regions import Label, close, jumps_to, renamed
from srcad.frontend.streams import bind

# what uses up an iterator as a whole, before anything else happens
_USING_UP = (list, tuple, set, frozenset, dict, sum, min, max, sorted, any, all)
USING_UP = (*_USING_UP, math.fsum, math.prod)


class _Rewriting(Emitter):
    """Stands for the lowering of a function that is lowered already."""

    def __init__(self, function: Function, at: For, fresh: Callable[[str], str]) -> None:
        super().__init__(fresh, at.origin)
        taken = names_of(function) - set(function.captures)
        self.source = SimpleNamespace(fn=function.pyfunc, node=None)
        self.names = SimpleNamespace(fresh=fresh, locals=taken, inner={}, captures={}, bindings={})


def written_into(
    function: Function, loop: For, fresh: Callable[[str], str]
) -> tuple[Block, dict[str, Any]] | None:
    """A loop over a call of a generator, with the generator's body; and what that captures.

    None if it must be called for a list.
    """
    ctx: Any = _Rewriting(function, loop, fresh)
    assert isinstance(loop.iter, Op)
    with ctx.collecting() as whole:
        again = loop.iter.fn.__name__ in loop.iter.fn.__code__.co_names  # it may call itself
        known = function.pyfunc is not None and not again
        stream = open_call(ctx, loop.iter) if known else None
        if stream is None:
            return None
        left = Label()

        def item(value: Expr, last: bool) -> None:
            bind(ctx, loop.target, value)
            over = Label()
            body = jumps_to(renamed(loop.body, {}), left, None if last else over)
            ctx.block.extend(close(body, over, fresh))

        stream.run(loop.target, item)
    block = close(tuple(whole), left, fresh)
    return exits.in_tail_form(block, fresh), ctx.names.captures


def is_generator_call(expr: Expr) -> bool:
    """Whether `expr` is the call of a generator function of the user's."""
    return isinstance(expr, Op) and is_generator(expr.fn)


def as_list(call: Expr) -> Op:
    """A generator's call where all it yields is used up at once."""
    return Op(list, (call,), origin=call.origin)


def refused(call: Expr) -> UnsupportedConstruct:
    """The error for a generator whose iterator lives on."""
    return UnsupportedConstruct(
        f"cannot differentiate `{call.origin.text}`: it makes an iterator that lives on",
        "Put the items into a list, or run through it in a `for` loop",
        call.origin,
    )
