"""What the reverse mode makes of each statement, before the two sweeps are put together."""

from __future__ import annotations

from dataclasses import dataclass, field

from srcad.core import Const, Expr, For, If, Stmt, Try, While


@dataclass(eq=False)
class Leaf:
    """A simple statement: what it becomes in the forward and in the reverse sweep.

    The reverse statements read forward values as they were *before* the statement, but for the
    names in `fresh`, which the statement binds and which they read as it left them. `saves` and
    `restores` are added where values that are still needed would be lost; `late` restores come
    after the reverse statements because these read the new value. `again` computes what the
    reverse statements read from what is held when they run. `held` are locations that they read by
    what was saved of them.
    """

    stmt: Stmt
    forward: list[Stmt]
    reverse: list[Stmt] = field(default_factory=list)
    fresh: set[str] = field(default_factory=set)
    saves: list[Stmt] = field(default_factory=list)
    restores: list[Stmt] = field(default_factory=list)
    late: list[Stmt] = field(default_factory=list)
    again: list[Stmt] = field(default_factory=list)
    after: list[Stmt] = field(default_factory=list)
    implicit: bool = False
    is_call: bool = False
    held: frozenset[str] = frozenset()


@dataclass(eq=False)
class Mark(Leaf):
    """One end of what is in a `with` or `try`: the steps between belong to the block around.

    `surrounds` says that their reverse halves are put into the context again.
    """

    opens: bool = False
    surrounds: bool = False


@dataclass(eq=False)
class Section:
    """A block: its steps in forward order, and what its reverse half starts and ends with."""

    steps: list[Step] = field(default_factory=list)
    enter: list[Stmt] = field(default_factory=list)
    leave: list[Stmt] = field(default_factory=list)
    recovered: list[Stmt] = field(default_factory=list)


@dataclass(eq=False)
class Branch:
    """An `if`; `test` is what the reverse sweep decides by.

    Or a `try`: `then` is what it attempts, which was carried out if `test` holds; there are no
    steps in `orelse`. What it overwrites is saved and restored in any case.
    """

    stmt: If | Try
    test: Expr
    then: Section
    orelse: Section
    after: list[Stmt] = field(default_factory=list)
    saves: list[Stmt] = field(default_factory=list)
    restores: list[Stmt] = field(default_factory=list)
    late: list[Stmt] = field(default_factory=list)


@dataclass(eq=False)
class Loop:
    """A loop; `backward` is the header of the reverse loop (`For.iter`), None to count trips."""

    stmt: For | While
    target: Expr
    backward: Expr | None
    body: Section
    enter: list[Stmt] = field(default_factory=list)
    before: list[Stmt] = field(default_factory=list)
    counter: str | None = None
    flag: str | None = None
    no_exit: Const = field(default_factory=lambda: Const(False))
    saves: list[Stmt] = field(default_factory=list)
    restores: list[Stmt] = field(default_factory=list)
    after: list[Stmt] = field(default_factory=list)
    tape_test: str | None = None


Step = Leaf | Branch | Loop


@dataclass(eq=False)
class Scope:
    """A loop around the current step: the names that each trip binds for itself."""

    loop: Loop
    outermost: Loop
    own: frozenset[str]
    recompute_all: bool
