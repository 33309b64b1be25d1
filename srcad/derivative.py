"""The derivative of a function as an object that is called like the function."""

from __future__ import annotations

import functools
import inspect
import sys
import types
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from srcad import core
from srcad.frontend import unwrap
from srcad.frontend.source import require_function
from srcad.kinds import Kind
from srcad.load import Shared, Specialisations
from srcad.load.annotations import annotated_kinds
from srcad.load.arguments import Argnums, resolve_argnums
from srcad.load.guards import check_no_shared_memory
from srcad.load.module import Loaded
from srcad.objects import is_record
from srcad.request import Mode, Request
from srcad.value_kinds import kind_of

Function = Callable[..., Any]
_shared = Shared()


def _build(request: Request, kinds: dict[str, Kind]) -> core.Program:
    """The transformation; imported when something is first generated, not with srcad."""
    from srcad.pipeline import build

    return build(request, kinds)


def forget() -> None:
    """Forget all that was generated in this process."""
    _shared.clear()


class Derivative:
    """A derivative of a function, generated when it is first called with arguments of some kinds.

    Later calls look up by the kinds of the arguments and run the generated function. `primal` is
    the function that was differentiated, `argnums` are the names of the parameters selected.
    """

    def __init__(
        self,
        f: Function,
        mode: Mode,
        argnums: Argnums = 0,
        *,
        ties: str = "first",
        verbose: bool = False,
    ) -> None:
        if ties not in ("first", "all"):
            raise ValueError(f'ties is "first" or "all", not {ties!r}')
        self._target, self._before, self._named = target_of(f)
        self.primal = f
        self.verbose = verbose
        self.__signature__ = signature_of(f)
        parameters = tuple(self.__signature__.parameters.values())
        self.argnums = resolve_argnums(name_of(f), parameters, argnums)
        self._given_argnums = argnums
        single = isinstance(argnums, int | str)
        self._request = Request(self._target, mode, self.argnums, single, ties)
        plain = not isinstance(self._target, Derivative)
        self._own = _shared.of(self._request, _build) if plain else None
        # what scalars' types alone decide; a verbose derivative must see each use
        bound = bool(self._before or self._named)
        self._by_types = self._own.by_types if self._own and not verbose and not bound else {}
        self._last: Loaded | None = None
        self._printed: list[Loaded] = []
        self.__name__ = name_of(f)
        self.__qualname__ = getattr(f, "__qualname__", self.__name__)
        self.__module__ = getattr(f, "__module__", None) or "__main__"
        self.__doc__ = getattr(f, "__doc__", None)

    # -- calling

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The derivative at these arguments, which are those of the function."""
        loaded = self._by_types.get(tuple(map(type, args)))
        if loaded is None or kwargs:
            loaded = self.find(args, kwargs)
        return self.run(loaded, args, kwargs)

    def find(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Loaded:
        """The generated module for these arguments."""
        own, args, kwargs = self._places(args, kwargs)
        found = own.table.get(own.key(args, kwargs)) or own.make(args, kwargs)
        if self.verbose and not any(found is printed for printed in self._printed):
            self._printed.append(found)
            print(found.text)
        return found

    def asked(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> tuple[Request, dict[str, Kind]]:
        """What is asked of the pipeline for these arguments."""
        own, args, kwargs = self._places(args, kwargs)
        return own.request, own.kinds(args, kwargs)[1]

    def _places(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> tuple[Specialisations, tuple[Any, ...], Mapping[str, Any]]:
        """Where the modules for these arguments are kept, and the arguments with bound ones."""
        bound, named = (*self._before, *args), {**self._named, **kwargs}
        own = self._own or self._derived_from(self._target.find(args, kwargs))
        return own, bound, named

    def run(self, loaded: Loaded, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Call the generated function with these arguments."""
        self._last = loaded
        if self._before or self._named:
            args, kwargs = (*self._before, *args), {**self._named, **kwargs}
        try:
            if loaded.checked:
                _prepare(loaded, args, kwargs)
            return loaded.function(*args, **kwargs)
        except Exception as error:
            loaded.annotate(error)
            raise

    def _derived_from(self, inner: Loaded) -> Specialisations:
        """The specialisations of this derivative of a function that was itself generated."""
        inner.refresh()
        inner.restore_file()
        return _shared.of(replace(self._request, fn=inner.function), _build)

    # -- looking at it

    @property
    def mode(self) -> Mode:
        """What is computed: "grad", "value_and_grad", "vjp" or "jvp"."""
        return self._request.mode

    @property
    def source(self) -> str:
        """The text of the generated module that was used last.

        Before the first call it is the text for the kinds that the annotations of the function
        say, and for unknown ones where they say nothing.
        """
        return self._from_annotations().text if self._last is None else self._last.text

    def source_for(self, *args: Any, **kwargs: Any) -> str:
        """The text of the module for arguments of these kinds."""
        return self.find(args, kwargs).text

    def specialize(self, *args: Any, **kwargs: Any) -> types.FunctionType:
        """The plain generated function for arguments of these kinds.

        It does without what a call of the derivative does first: the look-up by kinds, the
        reading of captured values, the check for shared memory.
        """
        loaded = self.find(args, kwargs)
        loaded.refresh()
        return loaded.function

    def generated_for(
        self, args: tuple[Kind, ...], kwargs: Mapping[str, Kind]
    ) -> types.FunctionType | None:
        """The function for arguments of these kinds; None where others are bound already."""
        if self._before or self._named:
            return None
        bound = self.__signature__.bind(*args, **kwargs).arguments
        parameters = self.__signature__.parameters.values()
        kinds = {p.name: bound.get(p.name) or kind_of(p.default) for p in parameters}
        return self._specialised(kinds).function

    def _specialised(self, kinds: dict[str, Kind]) -> Loaded:
        own = self._own or self._derived_from(self._target._specialised(kinds))
        loaded = own.specialise(kinds)
        loaded.refresh()
        loaded.restore_file()
        return loaded

    def _from_annotations(self) -> Loaded:
        if self._own is None:
            inner = self._target._from_annotations()
            own = self._derived_from(inner)
            return own.specialise(annotated_kinds(inner.function))
        return self._own.specialise(annotated_kinds(self._target))

    def __repr__(self) -> str:
        names = ", ".join(self.argnums)
        return f"<srcad {self.mode} of {name_of(self.primal)} with respect to {names}>"

    # -- as a method, copied, pickled

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    def __reduce__(self) -> Any:
        if found_by_name(self):
            return self.__qualname__
        options = {"ties": self._request.ties, "verbose": self.verbose}
        return _rebuilt, (self.primal, self.mode, self._given_argnums, options)


def _rebuilt(f: Function, mode: Mode, argnums: Argnums, options: dict[str, Any]) -> Derivative:
    return Derivative(f, mode, argnums, **options)


def found_by_name(value: Any) -> bool:
    """Whether the object is what its module has under its name, as a decorator leaves it."""
    found: Any = sys.modules.get(value.__module__)
    for part in value.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is value


def _prepare(loaded: Loaded, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    loaded.refresh()
    if loaded.written:
        check_no_shared_memory(_given(loaded.function, args, kwargs), loaded.written)


def _given(
    function: types.FunctionType, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    """The arguments by the names of the parameters."""
    code = function.__code__
    given = {**dict(zip(code.co_varnames[: code.co_argcount], args, strict=False)), **kwargs}
    if code.co_flags & inspect.CO_VARARGS:
        name = code.co_varnames[code.co_argcount + code.co_kwonlyargcount]
        given[name] = args[code.co_argcount :]
    return given


# ---------------------------------------------------------------------------------------------
# What is to be differentiated


def target_of(f: Any) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """The function behind `f`, plain or itself a derivative, and the arguments bound to it."""
    if isinstance(f, Derivative):
        return f, f._before, f._named
    if isinstance(f, types.MethodType):
        inner, before, named = target_of(f.__func__)
        return inner, (*before, f.__self__), named
    if isinstance(f, functools.partial):
        inner, before, named = target_of(f.func)
        return inner, (*before, *f.args), {**named, **f.keywords}
    inside = unwrap(f)  # a differentiable, a cache, a function compiled by Numba
    if inside is not f:
        return target_of(inside)
    if is_record(f) and callable(f) and isinstance(type(f).__call__, types.FunctionType):
        return type(f).__call__, (f,), {}
    return require_function(f), (), {}


def name_of(f: Any) -> str:
    """How messages call the function."""
    if isinstance(f, functools.partial):
        return name_of(f.func)
    plain = type(f).__name__ if is_record(f) else repr(f)
    return str(getattr(f, "__name__", None) or plain)


def signature_of(f: Any) -> inspect.Signature:
    """The parameters that a call of `f` gives."""
    if isinstance(f, functools.partial):
        return inspect.signature(f, follow_wrapped=False)
    target, before, _ = target_of(f)
    if isinstance(target, Derivative):
        return target.__signature__
    signature = inspect.signature(target, follow_wrapped=False)
    return signature.replace(parameters=list(signature.parameters.values())[len(before) :])
