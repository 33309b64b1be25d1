"""Whether a function that is given another keeps it: then that may be called at any later time."""

from __future__ import annotations

import functools
import inspect
import types
from typing import Any

import gast

from srcad.errors import SourceNotAvailable
from srcad.frontend.names import NameNotFound, value_of
from srcad.frontend.scopes import Mentions, Use
from srcad.frontend.source import read
from srcad.libraries import is_library_callable


def is_called(use: Use) -> bool:
    """Whether what is used there is called at once."""
    return isinstance(use.parent, gast.Call) and use.parent.func is use.node


def keeps(target: Any, call: Any, node: Any, seen: tuple[Any, ...] = ()) -> bool:
    """Whether `target`, which `call` calls, may keep the argument `node` for later."""
    if is_library_callable(target):
        return target is functools.partial
    if not isinstance(target, types.FunctionType):
        return True
    if target in seen:
        return False
    name = _parameter(target, call, node)
    try:
        source = read(target)
    except SourceNotAvailable:
        return True
    uses = Mentions(source.node)
    if name is None:
        return True
    own = [use for use in uses.read if use.name == name]
    return any(_is_kept(target, uses, use, (*seen, target)) for use in own)


def _is_kept(fn: types.FunctionType, uses: Mentions, use: Use, seen: tuple[Any, ...]) -> bool:
    if is_called(use):
        return use.inner
    func = getattr(use.parent, "func", None)
    if use.inner or not isinstance(use.parent, gast.Call) or not isinstance(func, gast.Name):
        return True
    if func.id in uses.locals:
        return True
    try:
        target = value_of(fn, func.id)
    except NameNotFound:
        return True
    return keeps(target, use.parent, use.node, seen)


def _parameter(fn: types.FunctionType, call: Any, node: Any) -> str | None:
    """The parameter of `fn` that an argument of a call goes to, if that shows."""
    if any(isinstance(arg, gast.Starred) for arg in call.args):
        return None
    for keyword in call.keywords:
        if keyword.value is node:
            return str(keyword.arg)
    place = next((i for i, arg in enumerate(call.args) if arg is node), None)
    names = inspect.getfullargspec(fn).args
    return names[place] if place is not None and place < len(names) else None


# ---------------------------------------------------------------------------------------------
# Functions in displays


def calls_of_item(mentions: Mentions, made: Use) -> list[Use] | None:
    """All that is done with a function made in a display that has a name, if that is to call it:
    `ops = {"a": lambda ...}` and `ops[key](x)`.
    """
    match made.stmt:
        case gast.Assign(targets=[gast.Name(id=name)], value=value) if value is made.parent:
            pass
        case _:
            return None
    if not made.certain or sum(bound.name == name for bound in mentions.bound) > 1:
        return None
    found = [use for use in mentions.read if use.name == name]
    return found if all(map(_calls_an_item, found)) else None


def _calls_an_item(use: Use) -> bool:
    item = isinstance(use.parent, gast.Subscript) and use.parent.value is use.node
    call = use.around
    return item and not use.inner and isinstance(call, gast.Call) and call.func is use.parent


def may_be_called_after(bound: Use, made: Use, calls: list[Use] | None) -> bool:
    """Whether a function may be called after a variable has been bound anew since it was made."""
    if calls is None:
        return bound.may_follow(made)
    if bound.place < made.place:
        return False  # the function is made anew before it is called
    again = set(bound.loops) - set(made.loops)
    return any(call.place > bound.place or again & set(call.loops) for call in calls)
