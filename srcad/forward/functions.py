"""Whole functions: the tangent of the one asked for, and of those that it calls."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from srcad.analysis.effects import Memory, memory
from srcad.analysis.infer import Typed
from srcad.analysis.sharing import Names
from srcad.core import Assign, Function, Param, Program, Stmt, Var, names_of
from srcad.forward.calls import returns_tangent
from srcad.forward.scope import Scope, scope_of, zero_of
from srcad.forward.statements import tangent_block
from srcad.kinds import UNKNOWN
from srcad.names import Names as NameTable
from srcad.rules.vocabulary import copy_of


@dataclass
class NewNames:
    """The names that the program of a tangent has and the user's functions have not."""

    tangents: set[str] = field(default_factory=set)
    values: set[str] = field(default_factory=set)  # what holds the user's own values


def tangent(typed: Typed, active: tuple[str, ...], ties: str = "first") -> tuple[Program, NewNames]:
    """The program of `jvp_<f>`: the parameters of `f` and then the tangents of those in `active`
    to the value and its tangent.
    What the function writes into is copied first: the caller's data stays as it is.
    """
    known = memory(typed)
    assembly = _Assembly(known, ties)
    name = assembly.names.fresh(f"jvp_{_plain_name(typed.function.name)}")
    entry = assembly.entry(known, active, name)
    functions = (*assembly.finish(), entry)
    program = Program(functions, name, written=tuple(sorted(known.effects.writes)))
    return program, assembly.new


def _plain_name(name: str) -> str:
    return name if name.isidentifier() else "function"


class _Assembly:
    """The functions of one program; each callee once for the parameters that have tangents."""

    def __init__(self, root: Memory, ties: str) -> None:
        self.root = root
        self.ties = ties
        self.names = NameTable()
        self.new = NewNames()
        self._named: dict[tuple[int, Names], str] = {}
        self._waiting: list[tuple[Typed, Names, str]] = []

    def tangents(self, callee: Typed, active: Names) -> str:
        """The name of the tangent function of `callee`, to be made."""
        key = (id(callee), active)
        if key not in self._named:
            base = _plain_name(callee.function.name)
            self._named[key] = self.names.fresh(f"{base}_tangent")
            self._waiting.append((callee, active, self._named[key]))
        return self._named[key]

    def finish(self) -> list[Function]:
        """The tangent functions of all that is called, a callee before its caller."""
        made: list[Function] = []
        while self._waiting:
            callee, active, name = self._waiting.pop(0)
            made.append(self.callee(self.root.of(callee), active, name))
        return made[::-1]

    def entry(self, known: Memory, active: tuple[str, ...], name: str) -> Function:
        """The function to call."""
        scope = scope_of(known, active, self.tangents, self.ties)
        copies = _copies(scope, sorted(known.effects.writes))
        doc = known.typed.function.doc
        return replace(self.function(scope, name, copies), doc=doc)

    def callee(self, known: Memory, active: Names, name: str) -> Function:
        """The tangent function of one that is called."""
        order = tuple(p.name for p in known.typed.function.params if p.name in active)
        scope = scope_of(known, order, self.tangents, self.ties)
        scope.returns_tangent = returns_tangent(known.typed)
        return self.function(scope, name, [])

    def function(self, scope: Scope, name: str, first: list[Stmt]) -> Function:
        """The tangent function that `scope` is for."""
        made = _function(scope, name, first)
        tangents = set(scope.tangent_names())
        self.new.tangents |= tangents
        self.new.values |= names_of(made) - names_of(scope.memory.typed.function) - tangents
        return made


def _function(scope: Scope, name: str, first: list[Stmt]) -> Function:
    function = scope.memory.typed.function
    params = [Param(param.name) for param in function.params]
    tangents = [_tangent_of(scope, name) for name in scope.active]
    zeros = _zeros_on_entry(scope)
    body = tangent_block(scope, function.body)
    return Function(
        name,
        (*params, *(Param(var.name) for var in tangents)),
        (*first, *zeros, *body),
        captures={**function.captures, **scope.captures},
        origin=function.origin,
    )


def _tangent_of(scope: Scope, name: str) -> Var:
    return scope.tangent(name, scope.memory.typed.kinds.get(name, UNKNOWN))


def _copies(scope: Scope, written: Iterable[str]) -> list[Stmt]:
    """Copies of the parameters written into, and of their tangents."""
    made: list[Stmt] = []
    for name in written:
        kind = scope.memory.typed.kinds.get(name, UNKNOWN)
        made.append(Assign(Var(name, kind=kind), copy_of(Var(name, kind=kind), kind)))
        if name in scope.active:
            own = _tangent_of(scope, name)
            made.append(Assign(own, copy_of(own, kind)))
    return made


def _zeros_on_entry(scope: Scope) -> list[Stmt]:
    """Tangents of zero for parameters that have none and come to vary."""
    first = scope.memory.typed.function.body[:1]
    live = scope.live.before.get(id(first[0]), frozenset()) if first else frozenset()
    made: list[Stmt] = []
    for param in scope.memory.typed.function.params:
        if param.name in live and param.name not in scope.active:
            var = Var(param.name, kind=scope.memory.typed.kinds.get(param.name, UNKNOWN))
            made.append(Assign(scope.tangent(param.name, var.kind), zero_of(var, var.kind)))
    return made
