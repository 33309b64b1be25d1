"""The verifier: what is true of the core language between all steps."""

from __future__ import annotations

from srcad.blocks import CoreError, leaves
from srcad.core import (
    Assign,
    Block,
    Break,
    Comment,
    Continue,
    Expr,
    For,
    Function,
    If,
    Raise,
    Return,
    Try,
    Tuple,
    Var,
    While,
    With,
    blocks_of,
    expressions_of,
)


def verify(function: Function) -> Function:
    """Check what is true of the core language after every step, and return `function`.

    Jumps stand last in their block, `break` and `continue` inside a loop, `return` outside of
    any; targets are names or patterns of names; a `tail` follows a branch that leaves.
    """
    _verify_block(function.body, function.name, in_loop=False)
    return function


def _verify_block(block: Block, where: str, in_loop: bool) -> None:
    for position, stmt in enumerate(block):
        spot = f"{where}, line {stmt.origin.line}: {type(stmt).__name__}"
        leaves_here = isinstance(stmt, Return | Break | Continue | Raise)
        if leaves_here and not all(isinstance(s, Comment) for s in block[position + 1 :]):
            raise CoreError(f"{spot} is followed by statements that are never reached")
        if isinstance(stmt, Break | Continue) and not in_loop:
            raise CoreError(f"{spot} outside of a loop")
        if isinstance(stmt, Return) and in_loop:
            raise CoreError(f"{spot} inside a loop")
        if isinstance(stmt, Assign | For):
            _verify_target(stmt.target, spot, whole=getattr(stmt, "op", None) is not None)
        if isinstance(stmt, If) and stmt.tail and not leaves(stmt.then):
            raise CoreError(f"{spot} has a tail but its branch does not leave")
        if not all(isinstance(expr, Expr) for expr in expressions_of(stmt)):
            raise CoreError(f"{spot} holds something that is not an expression")
        if isinstance(stmt, Try | With):
            _verify_contained(blocks_of(stmt), spot)
        inside = in_loop or isinstance(stmt, For | While)
        for inner in blocks_of(stmt):
            _verify_block(inner, where, inside)


def _verify_contained(inner: tuple[Block, ...], spot: str) -> None:
    """No jump leaves a `with` or `try`."""
    for block in inner:
        for stmt in block:
            if isinstance(stmt, Return | Break | Continue):
                raise CoreError(f"{spot} is left by a jump")
            _verify_contained(blocks_of(stmt) if not isinstance(stmt, For | While) else (), spot)


def _verify_target(target: Expr, spot: str, whole: bool) -> None:
    if isinstance(target, Tuple) and not whole:
        for item in target.items:
            _verify_target(item, spot, whole)
    elif not isinstance(target, Var):
        raise CoreError(f"{spot} assigns to {type(target).__name__}")
