"""The transforms: `grad`, `value_and_grad`, `vjp`, `jvp`, and the functions that they make."""

from __future__ import annotations

import functools
import inspect
import operator
import types
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, overload

import numpy as np

from srcad import runtime
from srcad.derivative import (
    Derivative,
    Function,
    forget,
    found_by_name,
    name_of,
    signature_of,
    target_of,
)
from srcad.errors import NotDifferentiable, WrongForm
from srcad.kinds import (
    carries,
)
from srcad.load import clear_files
from srcad.load.arguments import Argnums, bind, resolve_argnums
from srcad.load.module import Loaded
from srcad.objects import TRANSFORM
from srcad.request import Mode, parameter_of, parameters_of
from srcad.value_kinds import Namer, kind_of

_Decorator = Callable[[Function], Derivative]


def cache_clear() -> None:
    """Forget all that was generated, in memory and in the cache folder."""
    forget()
    _kept.cache_clear()
    clear_files()


# ---------------------------------------------------------------------------------------------
# grad and value_and_grad


@overload
def grad(
    f: Function, argnums: Argnums = 0, *, ties: str = ..., verbose: bool = ...
) -> Derivative: ...
@overload
def grad(
    f: None = None, argnums: Argnums = 0, *, ties: str = ..., verbose: bool = ...
) -> _Decorator: ...
def grad(
    f: Function | None = None, argnums: Argnums = 0, *, ties: str = "first", verbose: bool = False
) -> Derivative | _Decorator:
    """The gradient of a function whose result is one number.

    Parameters
    ----------
    f
        A plain Python function. Without it `grad` is a decorator: `@srcad.grad(argnums="w")`.
    argnums
        What to differentiate with respect to: the number or name of a parameter, or a tuple of
        them. With a tuple the gradient is a tuple.
    ties
        Who has the gradient of `max`, `min` or `clip` at a tie: `"first"`, the element that was
        returned, or `"all"` that are equal to it.
    verbose
        Print what is generated.

    Returns
    -------
    Derivative
        A function of the same arguments. A gradient has the form of its argument.

    Examples
    --------
    >>> srcad.grad(lambda x: x**3)(2.0)
    12.0

    """
    if f is None:
        return functools.partial(grad, argnums=argnums, ties=ties, verbose=verbose)
    return Derivative(f, "grad", argnums, ties=ties, verbose=verbose)


@overload
def value_and_grad(
    f: Function, argnums: Argnums = 0, *, ties: str = ..., verbose: bool = ...
) -> Derivative: ...
@overload
def value_and_grad(
    f: None = None, argnums: Argnums = 0, *, ties: str = ..., verbose: bool = ...
) -> _Decorator: ...
def value_and_grad(
    f: Function | None = None, argnums: Argnums = 0, *, ties: str = "first", verbose: bool = False
) -> Derivative | _Decorator:
    """The value and the gradient of a function whose result is one number, as a pair.

    Parameters and use are those of `grad`.

    Examples
    --------
    >>> srcad.value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)

    """
    if f is None:
        return functools.partial(value_and_grad, argnums=argnums, ties=ties, verbose=verbose)
    return Derivative(f, "value_and_grad", argnums, ties=ties, verbose=verbose)


# ---------------------------------------------------------------------------------------------
# vjp and jvp


_Place = tuple[int | str, ...]


class Pullback:
    """Takes a cotangent of a result to a cotangent of each argument; can be called again."""

    def __init__(self, loaded: Loaded, saved: Any, value: Any, places: Sequence[_Place]) -> None:
        self._loaded = loaded
        self._saved = saved
        self._value = value
        self._places = tuple(places)  # of each argument's cotangent in the gradient

    def __call__(self, cotangent: Any) -> tuple[Any, ...]:
        """An entry for each argument: its cotangent, or None where it has none."""
        _check_form("the cotangent", cotangent, "the result", self._value)
        reverse = self._loaded.namespace[self._entry + "_reverse"]
        try:
            places, found = self._places, reverse(self._saved, cotangent)
        except Exception as error:
            self._loaded.annotate(error)
            raise
        return tuple(functools.reduce(operator.getitem, p, found) if p else None for p in places)

    @property
    def _entry(self) -> str:
        return self._loaded.entry.removesuffix("_forward")

    @property
    def source(self) -> str:
        """The text of the generated module."""
        return self._loaded.text

    def __repr__(self) -> str:
        return f"<srcad pullback of {self._entry}>"


def vjp(
    f: Function, *args: Any, argnums: Argnums | None = None, ties: str = "first"
) -> tuple[Any, Pullback]:
    """The value of a function, and its pullback: the product of a vector with the Jacobian.

    Parameters
    ----------
    f
        A plain Python function with any result that can carry a derivative.
    *args
        Its arguments.
    argnums
        What to differentiate with respect to, as in `grad`; if not given, every argument that can
        carry a derivative.
    ties
        As in `grad`.

    Returns
    -------
    value
        The result of the function.
    pullback
        `pullback(cotangent)` gives a tuple with an entry for each argument, None for one that
        cannot carry a derivative. It can be called again.

    Examples
    --------
    >>> value, pullback = srcad.vjp(lambda x, y: x * y, 2.0, 3.0)
    >>> pullback(1.0)
    (3.0, 2.0)

    """
    names = _names_of(f, args)
    if argnums is None:
        chosen = _names_that_carry(f, names, args)
    else:
        chosen = resolve_argnums(name_of(f), tuple(_parameters(f).values()), argnums)
    parameters = parameters_of(chosen)
    derivative = _derivative(f, "vjp", parameters, ties)
    loaded = derivative.find(args, {})
    value, saved = derivative.run(loaded, args, {})
    whole = {name for name in names if name in chosen or parameter_of(name)[0] in chosen}
    places = [_place(name, parameters) if name in whole else () for name in names]
    return value, Pullback(loaded, saved, value, places)


def _place(selected: str, parameters: Sequence[str]) -> _Place:
    """Where the cotangent of an argument is among those of the parameters."""
    name, place = parameter_of(selected)
    first = parameters.index(name)
    return (first,) if place is None else (first, place)


def jvp(
    f: Function, args: Sequence[Any], tangents: Sequence[Any], *, ties: str = "first"
) -> tuple[Any, Any]:
    """The value of a function, and its derivative along tangents of its arguments.

    Parameters
    ----------
    f
        A plain Python function with any result that can carry a derivative.
    args
        Its arguments, as a tuple.
    tangents
        A tangent for each argument, of the argument's form; None for one that does not move or
        cannot carry a derivative.
    ties
        As in `grad`.

    Returns
    -------
    value, tangent
        The result of the function and its directional derivative.

    Examples
    --------
    >>> srcad.jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 0.0))
    (6.0, 3.0)

    """
    args, tangents = tuple(args), tuple(tangents)
    names = _names_of(f, args)
    if len(tangents) != len(args):
        raise WrongForm(
            f"`{name_of(f)}` was given {len(args)} arguments and {len(tangents)} tangents",
            "Give each argument a tangent, None for one that has none",
        )
    moving = {n: t for n, t in zip(names, tangents, strict=True) if t is not None}
    if not moving:
        raise NotDifferentiable(f"`{name_of(f)}`: every tangent is None", "Give one a value")
    for name, value in zip(names, args, strict=True):
        if name in moving:
            _check_form(f"the tangent of `{name}`", moving[name], "the argument", value)
    directions = _by_parameter(moving, names, args)
    derivative = _derivative(f, "jvp", tuple(directions), ties)
    loaded = derivative.find(args, {})
    given, named = _filled(f, args)
    named |= zip(_tangent_names(loaded, len(directions)), directions.values(), strict=True)
    value, tangent = derivative.run(loaded, given, named)
    return value, tangent


def _derivative(f: Any, mode: Mode, argnums: tuple[str, ...], ties: str) -> Derivative:
    if not isinstance(f, Hashable):  # an object of a class with `__eq__`; its method is hashable
        f = types.MethodType(type(f).__call__, f)
    return _kept(f, mode, argnums, ties)


@functools.lru_cache(maxsize=256)
def _kept(f: Function, mode: Mode, argnums: tuple[str, ...], ties: str) -> Derivative:
    return Derivative(f, mode, argnums, ties=ties)


def _parameters(f: Function) -> Mapping[str, inspect.Parameter]:
    return signature_of(f).parameters


def _names_of(f: Function, args: Sequence[Any]) -> tuple[str, ...]:
    """The parameters that positional arguments go to."""
    bind(f, signature_of(f), args, {})
    return tuple(_selected(f, number) for number in range(len(args)))


def _selected(f: Function, number: int) -> str:
    """The parameter that an argument goes to, or its place in `*args`."""
    return resolve_argnums(name_of(f), tuple(_parameters(f).values()), number)[0]


def _by_parameter(
    moving: Mapping[str, Any], names: Sequence[str], args: Sequence[Any]
) -> dict[str, Any]:
    """The tangents of parameters; the arguments in `*args` have one together."""
    found: dict[str, Any] = {}
    for selected, value in zip(names, args, strict=True):
        name, place = parameter_of(selected)
        if place is None and selected in moving:
            found[name] = moving[selected]
        elif place is not None and any(parameter_of(each)[0] == name for each in moving):
            tangent = moving[selected] if selected in moving else runtime.zero_shadow(value)
            found[name] = (*found.get(name, ()), tangent)
    return found


def _names_that_carry(f: Function, names: Sequence[str], args: Sequence[Any]) -> tuple[str, ...]:
    namer = Namer()
    found = tuple(n for n, v in zip(names, args, strict=True) if carries(kind_of(v, namer)))
    if not found:
        raise NotDifferentiable(
            f"`{name_of(f)}`: none of its arguments can carry a derivative", "Pass floats"
        )
    return found


def _filled(f: Function, args: Sequence[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments with the defaults of those left out, so that tangents can follow them."""
    bound = signature_of(f).bind(*args)
    bound.apply_defaults()
    gathers = any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in _parameters(f).values())
    if gathers:  # what is generated has plain parameters
        return (), dict(bound.arguments)
    return bound.args, dict(bound.kwargs)


def _tangent_names(loaded: Loaded, count: int) -> tuple[str, ...]:
    """The last parameters of a forward-mode function; they may be keyword-only."""
    code = loaded.function.__code__
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount][-count:]


def _check_form(what: str, given: Any, whose: str, like: Any) -> None:
    """Refuse a tangent or cotangent that does not have the form of its value."""
    if isinstance(like, tuple | list | dict):
        inside = list(like.values()) if isinstance(like, dict) else like
        parts = list(given.values()) if isinstance(given, dict) else given
        same = type(given) is type(like) and len(given) == len(like)
        if not same or (isinstance(like, dict) and given.keys() != like.keys()):
            raise WrongForm(
                f"{what} is a {type(given).__name__} and {whose} a {type(like).__name__}, "
                "or they differ in length",
                "Give both the same structure",
            )
        for part, value in zip(parts, inside, strict=True):
            if part is not None:
                _check_form(what, part, whose, value)
    elif _is_numeric(like) and np.shape(given) != np.shape(like):
        raise WrongForm(
            f"{what} has the shape {np.shape(given)} and {whose} has {np.shape(like)}",
            "Give both the same shape",
        )


def _is_numeric(value: Any) -> bool:
    return isinstance(value, np.ndarray | np.number | float | complex)


# ---------------------------------------------------------------------------------------------
# differentiable


class Differentiable:
    """A function with the transforms as methods; calling it calls the function."""

    def __init__(self, f: Function) -> None:
        target_of(f)  # refuses what is no function
        self.primal = f
        self.__qualname__ = name_of(f)
        functools.update_wrapper(self, f)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The function itself."""
        return self.primal(*args, **kwargs)

    def grad(self, *args: Any, argnums: Argnums = 0, ties: str = "first", **kwargs: Any) -> Any:
        """The gradient at these arguments; options as in `srcad.grad`."""
        return _derivative_of(self.primal, "grad", argnums, ties)(*args, **kwargs)

    def value_and_grad(
        self, *args: Any, argnums: Argnums = 0, ties: str = "first", **kwargs: Any
    ) -> Any:
        """The value and the gradient at these arguments; options as in `srcad.grad`."""
        return _derivative_of(self.primal, "value_and_grad", argnums, ties)(*args, **kwargs)

    def vjp(
        self, *args: Any, argnums: Argnums | None = None, ties: str = "first"
    ) -> tuple[Any, Pullback]:
        """The value at these arguments and the pullback there; see `srcad.vjp`."""
        return vjp(self.primal, *args, argnums=argnums, ties=ties)

    def jvp(
        self, args: Sequence[Any], tangents: Sequence[Any], *, ties: str = "first"
    ) -> tuple[Any, Any]:
        """The value and its derivative along tangents; see `srcad.jvp`."""
        return jvp(self.primal, args, tangents, ties=ties)

    def source(
        self,
        *args: Any,
        argnums: Argnums = 0,
        mode: Mode = "grad",
        ties: str = "first",
        **kwargs: Any,
    ) -> str:
        """The text of a derivative for arguments of these kinds.

        Without arguments it is the text for the kinds that the annotations say, and for unknown
        ones where they say nothing.
        """
        derivative = Derivative(self.primal, mode, argnums, ties=ties)
        return derivative.source_for(*args, **kwargs) if args or kwargs else derivative.source

    def __get__(self, instance: Any, owner: type | None = None) -> Differentiable:
        return self if instance is None else Differentiable(self.primal.__get__(instance, owner))

    def __repr__(self) -> str:
        return f"<srcad differentiable {name_of(self.primal)}>"

    def __reduce__(self) -> Any:
        if found_by_name(self):
            return self.__qualname__
        return Differentiable, (self.primal,)

    def generated_for(self, args: Any, kwargs: Any) -> Any:
        """The function that a call runs, for arguments of these kinds; as of a derivative."""
        return self.primal if isinstance(self.primal, types.FunctionType) else None

    def derivative(self, mode: Mode, argnums: Argnums = 0, ties: str = "first") -> Derivative:
        """The derivative that a method of this name computes."""
        return _derivative_of(self.primal, mode, argnums, ties)


def _derivative_of(f: Function, mode: Mode, argnums: Argnums, ties: str) -> Derivative:
    chosen = argnums if isinstance(argnums, int | str) else tuple(argnums)
    return _by_argnums(f, mode, chosen, ties)


@functools.lru_cache(maxsize=256)
def _by_argnums(f: Function, mode: Mode, argnums: Argnums, ties: str) -> Derivative:
    return Derivative(f, mode, argnums, ties=ties)


def differentiable(f: Function) -> Differentiable:
    """Add the transforms to a function: `f(x)` stays as it is, `f.grad(x)` is its gradient.

    Examples
    --------
    >>> @srcad.differentiable
    ... def f(x):
    ...     return x**3
    >>> f(2.0), f.grad(2.0)
    (8.0, 12.0)

    """
    return Differentiable(f)


for _transform, _inside in ((grad, True), (value_and_grad, True), (vjp, False), (jvp, False)):
    setattr(_transform, TRANSFORM, _inside)
