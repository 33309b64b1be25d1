"""Early returns in the halves of a function: each path returns, with what it has to hand over.

A path whose reverse half reads nothing that was saved hands over None, and that is what tells it
apart in the reverse sweep.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, replace

from srcad.core import (
    Assign,
    Comment,
    Const,
    Expr,
    If,
    Op,
    Return,
    Stmt,
    Tuple,
    Var,
    names_in,
    statements,
    targets_of,
)
from srcad.kinds import NONE, Scalar
from srcad.simplify.layout import LINE, width

LiveAtStart = Callable[[list[Stmt]], list[str]]


@dataclass(frozen=True)
class Fork:
    """The `if` that the reverse half of a function decides by, with what is around it."""

    before: list[Stmt]
    branch: If
    after: list[Stmt]

    def remaining(self) -> list[Stmt]:
        """What runs where the test fails."""
        return [*self.before, *self.branch.orelse, *self.after]


def nothing_saved(
    forward: list[Stmt],
    reverse: list[Stmt],
    result: Expr | None,
    wanted: set[str],
    live: LiveAtStart,
) -> Fork | None:
    """The `if` of the reverse half whose first branch reads nothing of `wanted`, if the forward
    half ends with the same one, and so can hand over None instead.
    """
    last, _ = _ending(forward, result)
    forks = [at for at, stmt in enumerate(reverse) if isinstance(stmt, If)]
    if last is None or len(forks) != 1:
        return None
    at = forks[0]
    branch = reverse[at]
    assert isinstance(branch, If)
    fork = Fork(reverse[:at], branch, reverse[at + 1 :])
    twins = [s for s in forward if isinstance(s, If) and s.test == branch.test]
    alike = twins == [last] and names_in(branch.test) & wanted
    if not alike or not branch.orelse or not set(live(fork.remaining())) & wanted:
        return None
    quiet = [*fork.before, *branch.then, *fork.after]
    return None if set(live(quiet)) & wanted else fork


def reverse_paths(fork: Fork, bundle: str, unpacked: list[Stmt]) -> list[Stmt]:
    """The body of a reverse half that decides by whether something was saved."""
    none = Const(None, kind=NONE)
    test = Op(operator.is_, (Var(bundle), none), kind=Scalar("bool"))
    branch = replace(fork.branch, test=test, orelse=(*unpacked, *fork.branch.orelse), tail=False)
    return returning_early([*fork.before, branch, *fork.after])


def returning_early(block: list[Stmt]) -> list[Stmt]:
    """`block` with the `return` after an `if` in both of its branches."""
    if len(block) < 2 or not isinstance(block[-1], Return) or not isinstance(block[-2], If):
        return block
    last, branch = block[-1], block[-2]
    if not branch.then or not branch.orelse:
        return block
    then, orelse = (*branch.then, last), (*branch.orelse, replace(last))
    return [*block[:-2], replace(branch, then=then, orelse=orelse, tail=True)]


def forward_paths(
    forward: list[Stmt],
    result: Expr | None,
    saved: list[str],
    known: set[str],
    quiet: bool,
    keep: Callable[[str], Expr],
) -> list[Stmt] | None:
    """The body of a forward half in which each path of a last `if` returns; None if there is none.

    `known` are names that always have a value; `quiet` says that the first path saves nothing.
    """
    branch, given = _ending(forward, result)
    if branch is None or given is None:
        return None
    if isinstance(result, Var) and result.name != given and result.name in saved:
        return None
    start = forward[: next(i for i, s in enumerate(forward) if s is branch)]
    paths = []
    for block in (branch.then, branch.orelse):
        made = _path(list(block), start, given, saved, known, keep)
        if made is None:
            return None
        paths.append(made)
    if quiet:
        end = paths[0][-1]
        assert isinstance(end, Return) and isinstance(end.value, Tuple)
        pair = Tuple((end.value.items[0], Const(None, kind=NONE)))
        paths[0][-1] = replace(end, value=pair)
    then, orelse = map(tuple, paths)
    return [*start, replace(branch, then=then, orelse=orelse, tail=True)]


def _path(
    block: list[Stmt],
    start: list[Stmt],
    given: str,
    saved: list[str],
    known: set[str],
    keep: Callable[[str], Expr],
) -> list[Stmt] | None:
    """One path with its own `return`; None if it binds something only perhaps."""
    certain = {n for s in (*start, *block) for n in targets_of(s)} | known
    bound = {n for s in statements((*start, *block)) for n in targets_of(s)}
    if any(name in bound - certain for name in saved):
        return None
    kept = Tuple(tuple(keep(n) if n in certain else Const(None, kind=NONE) for n in saved))
    last = block[-1]
    assert isinstance(last, Assign)
    if given in saved or width(last.value) + width(kept) > LINE:
        return [*block, Return(Tuple((last.target, kept)))]
    return [*block[:-1], Return(Tuple((last.value, kept)), origin=last.origin)]


def _ending(forward: list[Stmt], result: Expr | None) -> tuple[If | None, str | None]:
    """The `if` that a forward sweep ends with, and the result's name, bound last in both."""
    if not isinstance(result, Var) or not forward:
        return None, None
    name, last = result.name, forward[-1]
    if isinstance(last, Assign) and last.target == result and isinstance(last.value, Var):
        forward, name = forward[:-1], last.value.name
    branch = forward[-1] if forward else None
    if not isinstance(branch, If):
        return None, None
    ends = [block[-1] if block else Comment("") for block in (branch.then, branch.orelse)]
    for end in ends:
        if not (isinstance(end, Assign) and end.op is None and end.target == Var(name)):
            return None, None
    return branch, name
