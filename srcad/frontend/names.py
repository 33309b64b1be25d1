"""What the names in a function mean: locals, and the objects behind all the others."""

from __future__ import annotations

import builtins
import functools
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gast

from srcad.frontend.imports import imported_names, names_of_imports
from srcad.names import Names

NOTHING: Any = object()  # "this expression has no value known before the program runs"


class NameNotFound(Exception):
    """A name or attribute that means nothing where the function was captured."""


@dataclass(frozen=True)
class Binding:
    """A name and the object that it meant when the function was captured."""

    name: str
    read: Callable[[], Any]
    value: Any

    def holds(self) -> bool:
        """Whether the name still means the same object."""
        try:
            now = self.read()
        except (AttributeError, KeyError, ValueError, NameNotFound):
            return False
        fresh_each_time = isinstance(now, types.MethodType | types.BuiltinMethodType)
        return now is self.value or (fresh_each_time and now == self.value)


class Scope:
    """The scope of one function. Resolving a name notes what it meant, in `bindings`."""

    def __init__(self, fn: types.FunctionType, node: Any) -> None:
        self.fn = fn
        self.parameters = tuple(_parameter_names(node.args))
        self.mentioned = mentioned(node)
        self.locals = frozenset(self.parameters) | assigned(node)
        body = node.body if isinstance(node.body, list) else []
        found = imported_names(body)
        self.imports = {name: read for name, read in found.items() if name not in self.locals}
        self.locals |= names_of_imports(body) - self.imports.keys()
        declared = {name for stmt in body for name in declared_global(stmt)}
        self.rebound = self.locals & declared
        self.locals -= declared
        names = {n.id for n in gast.walk(node) if isinstance(n, gast.Name)}
        self.fresh = Names(names | self.locals).fresh
        self.captures: dict[str, Any] = {}
        self.bindings: dict[str, Binding] = {}
        self.around: frozenset[str] = frozenset()  # what the functions around it have
        self.inner: dict[str, str] = {}  # the variables of the comprehensions around us

    def define(self, found: Mapping[str, Callable[[], Any]]) -> None:
        """Note names that mean something known in all of the function, as imported ones do."""
        self.imports.update(found)
        self.locals -= found.keys()

    def share(self, names: frozenset[str]) -> None:
        """Note names that are bound here and seen by others: they are no locals."""
        self.rebound |= names
        self.locals -= names

    def is_local(self, name: str) -> bool:
        return name in self.locals or name in self.inner or name in self.around

    def variable(self, name: str) -> str:
        """The core name of a local."""
        return self.inner.get(name, name)

    def value(self, name: str) -> Any:
        """The object that a name which is not local means."""
        return self._bind(name, self.imports.get(name) or _reader(self.fn, name))

    def attribute(self, base: Any, path: str, name: str) -> Any:
        """The object behind `path`, which reads the attribute `name` of `base`."""
        return self._bind(path, functools.partial(getattr, base, name))

    def capture(self, name: str) -> Any:
        """The object that a name which is read as a value means; noted in `captures`."""
        self.captures[name] = self.value(name)
        return self.captures[name]

    def _bind(self, path: str, read: Callable[[], Any]) -> Any:
        if path not in self.bindings:
            try:
                self.bindings[path] = Binding(path, read, read())
            except AttributeError as error:
                raise NameNotFound(str(error)) from None
        return self.bindings[path].value


def value_of(fn: types.FunctionType, name: str) -> Any:
    """What a free name of `fn` means; raises `NameNotFound`."""
    return _reader(fn, name)()


def _reader(fn: types.FunctionType, name: str) -> Callable[[], Any]:
    """How to read a free name of `fn`: from its closure, its module or the built-ins."""
    if name in fn.__code__.co_freevars:
        cell = (fn.__closure__ or ())[fn.__code__.co_freevars.index(name)]
        return functools.partial(_from_cell, cell, name)
    return functools.partial(_from_module, fn.__globals__, name)


def _from_cell(cell: types.CellType, name: str) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        raise NameNotFound(f"`{name}` has no value yet") from None


def _from_module(namespace: dict[str, Any], name: str) -> Any:
    if name in namespace:
        return namespace[name]
    known = namespace.get("__builtins__", builtins)
    known = known if isinstance(known, dict) else vars(known)
    if name not in known:
        raise NameNotFound(f"`{name}` is not defined")
    return known[name]


# ---------------------------------------------------------------------------------------------
# Names in the text

_COMPREHENSIONS = gast.ListComp | gast.SetComp | gast.DictComp | gast.GeneratorExp
_SCOPES = gast.FunctionDef | gast.AsyncFunctionDef | gast.Lambda | gast.ClassDef


def _parameter_names(args: Any) -> list[str]:
    every = [*args.posonlyargs, *args.args, args.vararg, *args.kwonlyargs, args.kwarg]
    return [arg.id for arg in every if arg is not None]


def assigned(function: Any) -> frozenset[str]:
    """The names that a function's own body binds (not those of scopes inside it)."""
    body = function.body if isinstance(function.body, list) else [function.body]
    return frozenset(name for node in body for name in _assigned(node))


def _assigned(node: Any) -> set[str]:
    if isinstance(node, gast.Lambda):
        return set()
    if isinstance(node, _COMPREHENSIONS):  # `:=` in it binds in the function
        return {n.target.id for n in gast.walk(node) if isinstance(n, gast.NamedExpr)}
    if isinstance(node, gast.FunctionDef | gast.AsyncFunctionDef | gast.ClassDef):
        return {node.name}
    if isinstance(node, gast.Name):
        return {node.id} if isinstance(node.ctx, gast.Store | gast.Del) else set()
    bound = gast.ExceptHandler | gast.MatchAs | gast.MatchStar
    found = {node.name} if isinstance(node, bound) and node.name else set()
    if isinstance(node, gast.MatchMapping) and node.rest:
        found.add(node.rest)
    for child in gast.iter_child_nodes(node):
        found |= _assigned(child)
    return found


def declared_global(node: Any) -> set[str]:
    """The names that a statement declares `global`, not counting scopes inside."""
    if isinstance(node, gast.Global):
        return set(node.names)
    if isinstance(node, _SCOPES):
        return set()
    return {name for child in gast.iter_child_nodes(node) for name in declared_global(child)}


def mentioned(node: Any) -> set[str]:
    """The names that `node` mentions outside of the comprehensions that bind them."""
    if isinstance(node, gast.Name):
        return {node.id}
    found: set[str] = set()
    for child in gast.iter_child_nodes(node):
        found |= mentioned(child)
    if isinstance(node, _COMPREHENSIONS):
        found -= bound_by(node)
        found |= mentioned(node.generators[0].iter)
    return found


def free_names(node: Any) -> set[str]:
    """The names that `node` reads, outside of the comprehensions and lambdas that bind them."""
    if isinstance(node, gast.Lambda):
        defaults = (*node.args.defaults, *(d for d in node.args.kw_defaults if d is not None))
        outer = set().union(*map(free_names, defaults))
        return outer | (free_names(node.body) - set(_parameter_names(node.args)))
    if isinstance(node, gast.Name):
        return {node.id}
    found: set[str] = set()
    for child in gast.iter_child_nodes(node):
        found |= free_names(child)
    if isinstance(node, _COMPREHENSIONS):
        found -= bound_by(node)
        found |= free_names(node.generators[0].iter)
    return found


def bound_by(comprehension: Any) -> set[str]:
    """The variables of a comprehension."""
    targets = [generator.target for generator in comprehension.generators]
    names = [n for target in targets for n in gast.walk(target) if isinstance(n, gast.Name)]
    return {name.id for name in names if isinstance(name.ctx, gast.Store)}
