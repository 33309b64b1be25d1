"""`try` and `with` in the reverse mode.

What is in a `with` is differentiated as if it stood around it; where the context decides only how
NumPy computes or warns, the reverse statements are put into it as well. What a `try` attempts has
a reverse half that is carried out where nothing was raised.
"""

from __future__ import annotations

import operator
from dataclasses import replace
from types import FunctionType

from srcad.analysis.liveness import names_read
from srcad.core import (
    Assign,
    Const,
    Effect,
    Expr,
    Method,
    Op,
    Raise,
    Stmt,
    Store,
    Try,
    Var,
    With,
    expressions_of,
    statements,
    targets_of,
    walk,
)
from srcad.errors import UnsupportedConstruct
from srcad.kinds import Array, Scalar
from srcad.reverse.context import Context, State
from srcad.reverse.steps import Branch, Leaf, Mark
from srcad.rules import vocabulary as words


def only_cleans_up(stmt: Try) -> bool:
    """Whether nothing that a `try` catches stays caught: it is there for a `finally`."""
    return all(handler and isinstance(handler[-1], Raise) for handler in stmt.handlers)


def marks(stmt: With | Try, context: Context, state: State) -> tuple[Mark, Mark]:
    """The marks at both ends of what is in a `with`, or in a `try` that only cleans up."""
    again = isinstance(stmt, With) and words.is_surrounding(stmt.context)
    if isinstance(stmt, With) and not again:
        written = {context.owner(name) for name in context.memory.touched_by(stmt)}
        if written & state.keys():
            name = min(written & state.keys())
            raise _refused(stmt, f"the context may change the active value `{name}`")
    first, last = Mark(stmt, [], opens=True, surrounds=again), Mark(stmt, [], surrounds=again)
    if again and isinstance(stmt, With):
        last.again = [Effect(stmt.context)]  # its operands are read again
    return first, last


def is_filter(stmt: Stmt) -> bool:
    """Whether a statement says which warnings are shown."""
    return isinstance(stmt, Effect) and words.is_filter(stmt.value)


def succeeded(stmt: Try) -> Expr:
    """The test, after a `try`, whether its body was carried out; see `Prepare.attempt`."""
    note = stmt.handlers[0][-1]
    assert isinstance(note, Assign) and isinstance(note.target, Var)
    if isinstance(note.value, Const) and note.value.value is True:
        return Op(operator.not_, (note.target,), kind=Scalar("bool"))
    return Op(operator.eq, (note.target, words.number(0)), kind=Scalar("bool"))


def noted_in(stmt: Try) -> set[str]:
    """The names in which the handlers of a `try`, each at its end, note that they were entered."""
    return {name for handler in stmt.handlers for name in targets_of(handler[-1])}


def check_all_or_nothing(stmt: Try, context: Context) -> None:
    """Refuse a `try` whose body, when it raises, may leave a part of its work behind.

    All but its last statement bind names that are read nowhere else, and the last one does what
    it does at once. What is written into memory that nobody else sees does not count.
    """
    inside = {id(s) for s in statements(stmt.body)}
    outside = [s for s in statements(context.memory.typed.function.body) if id(s) not in inside]
    elsewhere = {name for s in outside for name in (*targets_of(s), *names_read(s))}
    seen = (elsewhere | {p.name for p in context.memory.typed.function.params}) - set(stmt.own)
    seen |= set(context.memory.typed.function.captures)
    *before, last = stmt.body
    for part in statements(tuple(before)):
        left = sorted(set(targets_of(part)) & elsewhere - set(stmt.own))
        if left:
            raise _refused(part, f"`{left[0]}` may be bound when a later statement raises")
        if context.memory.touched_by(part) & seen:
            raise _refused(part, "it may be half done when an exception is caught")
    if context.memory.touched_by(last) & seen and not _at_once(last):
        raise _refused(last, "it may be half done when an exception is caught")
    if isinstance(last, With):
        check_all_or_nothing(replace(stmt, body=last.body or (last,)), context)


def _at_once(stmt: Stmt) -> bool:
    """Whether a statement that writes into memory does so completely or not at all."""
    if isinstance(stmt, Store):
        return stmt.op is None or not isinstance(stmt.place.kind, Array)
    if isinstance(stmt, Effect | Assign):
        calls = [n for e in expressions_of(stmt) for n in walk(e) if isinstance(n, Op)]
        return all(op.fn in _AT_ONCE or not isinstance(op.fn, Method) for op in calls) and not any(
            isinstance(op.fn, FunctionType) for op in calls
        )
    return False


_AT_ONCE = tuple(map(Method, ("append", "pop", "insert", "clear", "add", "setdefault")))


def _refused(stmt: Stmt, why: str) -> UnsupportedConstruct:
    return UnsupportedConstruct(
        f"cannot differentiate `{stmt.origin.text}`: {why}",
        "Do that outside of the `try`",
        stmt.origin,
    )


# ---------------------------------------------------------------------------------------------
# Records


def in_any_case(step: Branch, context: Context) -> None:
    """Keep tapes in step where an attempt may fail after something was saved.

    A name's value is saved before the `try` and restored on either path. What is inside of
    memory can be looked at only where the statement is attempted: it is taped when that is done.
    """
    for place, leaf in enumerate(step.then.steps):
        if not isinstance(leaf, Leaf):
            if leaf.saves or leaf.restores:
                raise _refused(leaf.stmt, "it may be half done when an exception is caught")
            continue
        for save in list(leaf.saves):
            if not (isinstance(save, Effect) and isinstance(save.value, Op)):
                continue
            tape, value = save.value.args
            assert isinstance(tape, Var)
            if isinstance(value, Var) and value.name in targets_of(leaf.stmt):
                leaf.saves.remove(save)
                step.saves.append(save)
                _move(leaf.restores, step.restores, tape.name)
                if place == 0:
                    _move(leaf.late, step.late, tape.name)
                else:  # what is before it may read the old value
                    _copy(leaf.late, step.orelse.leave, tape.name)
            else:
                kept = context.temporary("kept", value.kind)
                leaf.saves[leaf.saves.index(save)] = Assign(kept, value)
                append = replace(save.value, args=(tape, kept))
                leaf.after.insert(0, replace(save, value=append))


def _copy(some: list[Stmt], others: list[Stmt], tape: str) -> None:
    """Do what reads a tape on the other path as well."""
    others += [replace(s) for s in some if tape in names_read(s)]


def _move(some: list[Stmt], others: list[Stmt], tape: str) -> None:
    """Move the statements that read a tape."""
    for stmt in [s for s in some if tape in names_read(s)]:
        some.remove(stmt)
        others.append(stmt)
