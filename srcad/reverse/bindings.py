"""What the steps of a block bind, and where."""

from __future__ import annotations

from typing import TypeGuard

from srcad.core import (
    Assign,
    Block,
    Break,
    Continue,
    For,
    If,
    Raise,
    Stmt,
    Try,
    Var,
    bound_names,
    statements,
    targets_of,
)
from srcad.kinds import Array
from srcad.reverse.steps import Branch, Leaf, Loop, Mark, Section, Step


def has_reverse(section: Section) -> bool:
    """Whether the reverse half of a block does anything."""
    if section.leave:
        return True
    for step in section.steps:
        if isinstance(step, Leaf):
            if step.reverse or step.restores or step.late:
                return True
        elif isinstance(step, Branch):
            if has_reverse(step.then) or has_reverse(step.orelse) or step.restores or step.late:
                return True
        elif has_reverse(step.body) or step.enter:
            return True
    return False


def written(step: Step) -> set[str]:
    """The names that a step itself binds."""
    if isinstance(step, Leaf):
        found = {n for s in step.forward if not in_place(s) for n in targets_of(s)}
        return found | set(targets_of(step.stmt)) if step.implicit else found
    if isinstance(step, Branch):
        return written_in(step.then, certain=True) & written_in(step.orelse, certain=True)
    return {n for n in (step.counter, step.flag) if n is not None}


def handled(step: Branch) -> set[str]:
    """The names that the handlers of a `try` bind."""
    handlers = step.stmt.handlers if isinstance(step.stmt, Try) else ()
    return {name for handler in handlers for s in statements(handler) for name in targets_of(s)}


def raises(block: Block) -> bool:
    """Whether the block always ends in an exception, so that no reverse sweep follows it."""
    if not block:
        return False
    last = block[-1]
    if isinstance(last, If):
        return raises(last.then) and raises(last.orelse)
    return isinstance(last, Raise)


def comes_from_one(step: Branch) -> bool:
    """Whether the reverse sweep is reached by one way through an `if` only."""
    stmt = step.stmt
    return isinstance(stmt, If) and (raises(stmt.then) or raises(stmt.orelse))


def in_place(stmt: Stmt) -> bool:
    """Whether an assignment certainly leaves its name bound to the same array."""
    if not isinstance(stmt, Assign) or stmt.op is None:
        return False
    return isinstance(stmt.target.kind, Array)


def written_in(part: Step | Section, certain: bool = False) -> set[str]:
    """The names that are bound somewhere in a step's blocks (or certainly, by a block)."""
    if isinstance(part, Section):
        found: set[str] = set()
        for step in part.steps:
            found |= written(step) if certain else written(step) | written_in(step)
        return found
    if isinstance(part, Branch):
        return written_in(part.then) | written_in(part.orelse) | handled(part)
    if isinstance(part, Loop):
        targets = bound_names(part.stmt.target) if isinstance(part.stmt, For) else ()
        return written_in(part.body) | set(targets) | set(bound_names(part.target)) | written(part)
    return set()


def definitions(section: Section) -> list[tuple[str, Assign | None]]:
    """The names that a block binds directly, in order; with the one assignment that does it."""
    found: dict[str, Assign | None] = {}
    surrounded = 0
    for step in section.steps:
        if isinstance(step, Mark) and step.surrounds:
            surrounded += 1 if step.opens else -1
        if isinstance(step, Leaf):
            stmts = [step.stmt, *step.forward] if step.implicit else step.forward
            for stmt in stmts:
                for name in targets_of(stmt):
                    alone = name not in found and _sets_alone(stmt, name) and not surrounded
                    found[name] = stmt if alone else None  # type: ignore[assignment]
        else:
            for name in written(step) | written_in(step):
                found[name] = None
    return list(found.items())


def _sets_alone(stmt: Stmt, name: str) -> TypeGuard[Assign]:
    """Whether a statement is `name = ...`."""
    return isinstance(stmt, Assign) and stmt.op is None and stmt.target == Var(name)


def settled(section: Section, name: str) -> bool:
    """Whether the block certainly binds `name` before all that may change it, and is not left
    between: then its last value can be recorded at the end of what binds it.
    """
    first = next((s for s in section.steps if name in written(s) or name in written_in(s)), None)
    if first is None or name not in written(first):
        return False
    last = last_writer(section, name)
    return isinstance(last, Leaf) or not _jumps(last)


def _jumps(step: Step) -> bool:
    if isinstance(step, Leaf):
        return isinstance(step.stmt, Break | Continue)
    if isinstance(step, Branch):
        return any(_jumps(s) for s in (*step.then.steps, *step.orelse.steps))
    return False


def last_writer(section: Section, name: str) -> Step:
    """The last step of a block that binds `name`."""
    return [s for s in section.steps if name in written(s) or name in written_in(s)][-1]
