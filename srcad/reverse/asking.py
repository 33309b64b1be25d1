"""Tests that write into memory, as statements of their own: `while heap.pop() > x`."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import replace

from srcad.analysis.sharing import written_operands
from srcad.core import Assert, Assign, Break, Const, Expr, If, Op, Stmt, Var, While, walk
from srcad.kinds import BOOL


def spelled_out(
    stmt: Stmt, writes: Callable[[Op], bool | None], fresh: Callable[[str], str]
) -> list[Stmt] | None:
    """The statement with its test as one before it; None where the test writes nothing.

    `writes` says whether a call of a user's function writes, None of any other operation.
    """
    if not isinstance(stmt, While | Assert) or not _writes(stmt.test, writes):
        return None
    name = Var(fresh("goes_on"), kind=stmt.test.kind)
    asked = Assign(name, stmt.test, origin=stmt.origin)
    if isinstance(stmt, Assert):
        return [asked, replace(stmt, test=name)]
    stop = If(Op(operator.not_, (name,), kind=BOOL), (Break(),), origin=stmt.origin)
    return [replace(stmt, test=Const(True, kind=BOOL), body=(asked, stop, *stmt.body))]


def _writes(test: Expr, writes: Callable[[Op], bool | None]) -> bool:
    for op in walk(test):
        if isinstance(op, Op):
            known = writes(op)
            if bool(written_operands(op)) if known is None else known:
                return True
    return False
