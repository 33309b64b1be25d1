"""What inferring kinds gives: a function with a kind for each expression."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from srcad.core import Function, Op
from srcad.kinds import NEVER, UNKNOWN, Kind, join
from srcad.objects import is_users
from srcad.rules.lengths import forget_lengths
from srcad.value_kinds import kind_of

CallKey = tuple[Any, tuple[Kind, ...], tuple[tuple[str, Kind], ...]]


@dataclass(eq=False, slots=True)
class Typed:
    """A function with the kind of every expression filled in.

    `kinds` are those of its parameters and captures, `result` that of what it returns. `calls`
    has a `Typed` for each call of a user's function, by `call_key`; `callee` looks it up. `exit`
    has the kinds of the lists and dicts among its arguments when it returns, `last` those of what
    its names then refer to.
    """

    function: Function
    kinds: dict[str, Kind]
    result: Kind = NEVER
    calls: dict[CallKey, Typed] = field(default_factory=dict)
    exit: dict[str, Kind] = field(default_factory=dict)
    links: bool = True  # whether it may put one of its arguments into another
    last: dict[str, Kind] = field(default_factory=dict)

    def callee(self, op: Op) -> Typed | None:
        """What is called by `op`, an operation of this function; None if it is not known."""
        return self.calls.get(call_key(op)) if is_users(op.fn) else None

    def param_kind(self, name: str) -> Kind:
        """The kind of a parameter, of a list or dict also as it is on return."""
        return join(self.kinds.get(name, UNKNOWN), self.exit.get(name, NEVER))


def call_key(op: Op) -> CallKey:
    """What a call's `Typed` is kept by: the function and the kinds of the arguments."""
    named = tuple((key, value.kind) for key, value in op.kwargs)
    return op.fn, tuple(arg.kind for arg in op.args), named


def capture_kinds(function: Function) -> dict[str, Kind]:
    """The kinds of a function's captures; the lengths of arrays are not counted on."""
    return {name: forget_lengths(kind_of(obj)) for name, obj in function.captures.items()}
