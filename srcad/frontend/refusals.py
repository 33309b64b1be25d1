"""What is not lowered: why, and what to write instead."""

from __future__ import annotations

from typing import Any

import gast

from srcad.errors import UnsupportedConstruct
from srcad.frontend.context import Context

_SENT = "what is sent to generators is not supported"
_PLAIN = "Differentiate a plain function that computes the value"
_COMPREHENSION = "Write it as a list comprehension or a loop"

_WHY: dict[type, tuple[str, str]] = {
    gast.AsyncFunctionDef: ("async code is not supported", _PLAIN),
    gast.ClassDef: (
        "a class that reads variables of the function around it",
        "Define it at module level and pass it what it reads",
    ),
    gast.AsyncWith: ("async code is not supported", _PLAIN),
    gast.AsyncFor: ("async code is not supported", _PLAIN),
    gast.Await: ("async code is not supported", _PLAIN),
    gast.Yield: (_SENT, "Write `yield` as a statement of its own"),
    gast.YieldFrom: (_SENT, "Write `yield from` as a statement of its own"),
    gast.Nonlocal: (
        "a function that rebinds its surroundings' names is not supported",
        "Pass the value as an argument and return the new one",
    ),
    gast.Starred: ("`*` is not supported here", "Write the items out"),
    gast.GeneratorExp: ("it makes a generator that lives on", _COMPREHENSION),
}
_LATER: dict[str, tuple[str, str]] = {
    "TryStar": ("`except*` is not supported", "Catch the exceptions with `except`"),
    "TypeAlias": ("a type alias inside a function", "Define it at module level"),
}


def refuse(ctx: Context, node: Any) -> UnsupportedConstruct:
    """The error for a construct that has no lowering, to be raised."""
    name = type(node).__name__
    unknown = (f"srcad does not know the construct {name}", "Write it in another way")
    why, remedy = _WHY.get(type(node)) or _LATER.get(name, unknown)
    return ctx.refusal(node, why, remedy)
