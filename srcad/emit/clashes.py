"""Captured values of one name: functions of different modules may mean different things by it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

from srcad import core
from srcad.core import Block, Expr, Function, Program, Stmt, Var
from srcad.emit.names import mentioned_names


def untangled(program: Program) -> tuple[Program, dict[str, str]]:
    """The program with a name of its own for each captured value, and what those renamed were."""
    meanings: dict[str, Any] = {function.name: function for function in program.functions}
    taken = set(meanings).union(*map(mentioned_names, program.functions))
    renamed: dict[str, str] = {}
    functions = []
    for function in program.functions:
        changes: dict[str, str] = {}
        for name in sorted(mentioned_names(function) & set(function.captures)):
            value = function.captures[name]
            if meanings.setdefault(name, value) is not value:
                changes[name] = _another(name, value, meanings, taken)
        renamed |= {new: old for old, new in changes.items()}
        functions.append(_with_names(function, changes) if changes else function)
    return (replace(program, functions=tuple(functions)), renamed) if renamed else (program, {})


def _another(name: str, value: Any, meanings: dict[str, Any], taken: set[str]) -> str:
    for number in itertools.count(2):
        wish = f"{name}{number}"
        if meanings.get(wish) is value or wish not in taken:
            break
    taken.add(wish)
    meanings[wish] = value
    return wish


def _with_names(function: Function, changes: dict[str, str]) -> Function:
    values: dict[str, Expr] = {old: Var(new) for old, new in changes.items()}
    captures = {changes.get(name, name): value for name, value in function.captures.items()}
    defaults = tuple(
        param if param.default is None else replace(param, default=_in(param.default, values))
        for param in function.params
    )
    return replace(function, params=defaults, body=_block(function.body, values), captures=captures)


def _block(block: Block, values: dict[str, Expr]) -> Block:
    return tuple(_statement(stmt, values) for stmt in block)


def _statement(stmt: Stmt, values: dict[str, Expr]) -> Stmt:
    """A statement with its expressions changed; captured names are no targets."""
    changes: dict[str, Any] = {}
    for name in type(stmt).__dataclass_fields__:
        part = getattr(stmt, name)
        if isinstance(part, Expr):
            changes[name] = _in(part, values)
        elif name in ("then", "orelse", "body", "final"):
            changes[name] = _block(part, values)
        elif name == "handlers":
            changes[name] = tuple(_block(handler, values) for handler in part)
        elif name == "types":
            changes[name] = tuple(_in(one, values) for one in part)
    return replace(stmt, **changes)


def _in(expr: Expr, values: dict[str, Expr]) -> Expr:
    return core.substitute(expr, values)
