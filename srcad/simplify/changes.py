"""What has changed in a function since a pass last looked at it.

A pass that found nothing to do for a name need not try again while the statements which read and
bind it are the same objects: of a long function, each round then looks at what the round before
has changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain

from srcad.core import Assign, Block, Comment, Return, Stmt, statements
from srcad.simplify.facts import Facts, facts_of
from srcad.simplify.known import Known


@dataclass(slots=True)
class Changes:
    """The names that changed statements, the old and the new ones, read and bind.

    `everything` says that no name is certain to be untouched. `moved` are the statements, by
    `id`, that are new or followed by another one than before.
    """

    everything: bool = True
    read: set[str] = field(default_factory=set)
    bound: set[str] = field(default_factory=set)
    moved: set[int] = field(default_factory=set)

    def note(self, *changed: Facts) -> None:
        """Note that statements with these facts came or went."""
        for facts in changed:
            self.read.update(facts.reads, facts.quoted)
            self.bound |= facts.binds
            simple = isinstance(facts.stmt, Assign | Return | Comment)
            if not simple or facts.opaque or facts.written:
                self.everything = True

    def concern(self, stmt: Stmt, name: str, value: set[str]) -> bool:
        """Whether something changed for what `stmt` binds, which was made of the names `value`."""
        if self.everything or id(stmt) in self.moved:
            return True
        return name in self.read or name in self.bound or not self.bound.isdisjoint(value)


def changes(known: Known, observer: str, body: Block) -> Changes:
    """What changed since `observer` last asked; everything at first."""
    now = _followed(body)
    before: dict[int, tuple[Stmt, Stmt | None]] | None = known.seen.get(observer)
    known.seen[observer] = now
    if before is None:
        return Changes()
    found = Changes(everything=False)
    gone = (stmt for at, (stmt, _) in before.items() if at not in now)
    come = (stmt for at, (stmt, _) in now.items() if at not in before)
    for stmt in chain(gone, come):
        if isinstance(stmt, Comment):
            found.everything = True  # what stands under it may be moved, or no longer
        found.note(known.ask(facts_of, stmt))
    for at, (_, follower) in now.items():
        if at not in before or before[at][1] is not follower:
            found.moved.add(at)
    return found


def _followed(body: Block) -> dict[int, tuple[Stmt, Stmt | None]]:
    """Each statement, by `id`, with the next one in text order."""
    stmts = list(statements(body))
    following = [*stmts[1:], None][: len(stmts)]
    return {id(stmt): (stmt, after) for stmt, after in zip(stmts, following, strict=True)}
