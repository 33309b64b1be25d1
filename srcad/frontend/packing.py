"""Functions as called with functions that hold values: `solve(partial(f, k), x)`.

For such a call `solve` is a function that takes `k` in place of the partial function, which it
puts together at its start, where all can see what is called. The text that calls it as it is
calls the user's function, with the partial function.
"""

from __future__ import annotations

import functools
import types
import weakref
from dataclasses import dataclass, replace
from typing import Any

from srcad.core import Assign, Const, Expr, Function, Op, Origin, Param, Stmt, Var, names_of
from srcad.names import Names

_PACKED = "__srcad_packed__"  # the attribute of a function object that was made here
_MADE = "__srcad_packing__"  # the attribute of a function with those that were made from it


@dataclass(frozen=True)
class Held:
    """A partial function: what it calls, and for each value that it holds None or, if that is a
    function as well, what this holds.
    """

    target: Any
    args: tuple[Held | None, ...] = ()
    named: tuple[tuple[str, Held | None], ...] = ()

    @property
    def depth(self) -> int:
        inner = [part.depth for part in self.parts if part is not None]
        return 1 + max(inner, default=0)

    @property
    def parts(self) -> tuple[Held | None, ...]:
        return (*self.args, *(part for _, part in self.named))


Pattern = tuple[tuple[str, Held], ...]  # the parameters that are given such functions


@dataclass(frozen=True)
class Packed:
    """The user's function, and what the functions hold that it is given."""

    fn: types.FunctionType
    pattern: Pattern


def packed_of(fn: Any) -> Packed | None:
    """What a function that was made here was made from."""
    found = vars(fn).get(_PACKED) if isinstance(fn, types.FunctionType) else None
    return found if isinstance(found, Packed) else None


def for_functions(fn: types.FunctionType, pattern: Pattern) -> types.FunctionType:
    """The function object that stands for `fn` where it is given such functions."""
    made = vars(fn).setdefault(_MADE, weakref.WeakValueDictionary())
    known: types.FunctionType | None = made.get(pattern)
    if known is not None:
        return known
    new = types.FunctionType(
        fn.__code__, fn.__globals__, fn.__name__, fn.__defaults__, fn.__closure__
    )
    new.__kwdefaults__, new.__qualname__ = fn.__kwdefaults__, fn.__qualname__
    new.__module__ = fn.__module__
    vars(new)[_PACKED] = Packed(fn, pattern)
    made[pattern] = new
    return new


def taking_values(function: Function, of: Packed, fn: types.FunctionType) -> Function:
    """The core form of `fn`: that of the user's function, its functions put together first."""
    params: list[Param] = []
    first: list[Stmt] = []
    for param, put in _putting(function, of):
        params += [param] if put is None else put.params
        first += [] if put is None else put.first
    return replace(function, params=tuple(params), body=(*first, *function.body), pyfunc=fn)


def places_of_values(function: Function, of: Packed) -> dict[str, tuple[str, ...]]:
    """The parameters that come in place of each that is a function."""
    made = {p.name: put for p, put in _putting(function, of) if put is not None}
    return {name: tuple(param.name for param in put.params) for name, put in made.items()}


def put_together(held: Held, values: list[Expr]) -> Expr:
    """The function value that holds `values`, which are used up."""
    if not held.parts:
        return Const(held.target)
    parts = [values.pop(0) if p is None else put_together(p, values) for p in held.parts]
    count = len(held.args)
    named = zip((key for key, _ in held.named), parts[count:], strict=True)
    return Op(functools.partial, (Const(held.target), *parts[:count]), tuple(named))


def _putting(function: Function, of: Packed) -> list[tuple[Param, _Putting | None]]:
    """What is done for each parameter of the user's function."""
    names, patterns = Names(names_of(function)), dict(of.pattern)
    origin = replace(function.origin, text="", comments=())
    found: list[tuple[Param, _Putting | None]] = []
    for param in function.params:
        held = patterns.get(param.name)
        found.append((param, None if held is None else _Putting(names, param, held, origin)))
    return found


@dataclass
class _Putting:
    """The parameters and statements for one parameter that is a function."""

    names: Names
    param: Param
    held: Held
    origin: Origin

    def __post_init__(self) -> None:
        self.params: list[Param] = []
        self.first: list[Stmt] = []
        self._assign(self.param.name, self.held)

    def _assign(self, name: str, held: Held) -> None:
        wishes = _parameter_names(held)
        parts = [self._part(p, wish) for p, wish in zip(held.parts, wishes, strict=True)]
        value = put_together(_flat(held), parts)
        self.first.append(Assign(Var(name), value, origin=self.origin))

    def _part(self, held: Held | None, wish: str) -> Expr:
        name = self.names.fresh(wish)
        if held is None:
            self.params.append(Param(name, mode=self.param.mode))
        else:
            self._assign(name, held)
        return Var(name)


def _flat(held: Held) -> Held:
    """The same function, which holds any values."""
    named = tuple((key, None) for key, _ in held.named)
    return Held(held.target, (None,) * len(held.args), named)


def _parameter_names(held: Held) -> list[str]:
    """Names for what a function holds: those of its parameters."""
    code = getattr(held.target, "__code__", None)
    known = code.co_varnames[: code.co_argcount] if code is not None else ()
    names = [*known[: len(held.args)]]
    names += [f"value{n + 1}" for n in range(len(names), len(held.args))]
    return [*names, *(key for key, _ in held.named)]
