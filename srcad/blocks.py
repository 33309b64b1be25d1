"""The blocks in statements: replaced, and whether control leaves them."""

from __future__ import annotations

from dataclasses import replace

from srcad.core import (
    Block,
    Break,
    Continue,
    For,
    If,
    Raise,
    Return,
    Stmt,
    Try,
    While,
    With,
    blocks_of,
)


def with_blocks(stmt: Stmt, new: tuple[Block, ...]) -> Stmt:
    """`stmt` with the blocks in it replaced, in the order of `blocks_of`."""
    if all(a is b for a, b in zip(blocks_of(stmt), new, strict=True)):
        return stmt
    match stmt:
        case If():
            return replace(stmt, then=new[0], orelse=new[1])
        case For() | While() | With():
            return replace(stmt, body=new[0])
        case Try(handlers=handlers):
            after = new[len(handlers) + 1 :] or ((), ())
            handlers = new[1 : len(handlers) + 1]
            return replace(stmt, body=new[0], handlers=handlers, orelse=after[0], final=after[1])
    return stmt


def leaves(block: Block) -> bool:
    """Whether control never reaches the end of `block`."""
    if not block:
        return False
    match block[-1]:
        case Return() | Break() | Continue() | Raise():
            return True
        case If(then=then, orelse=orelse):
            return leaves(then) and leaves(orelse)
        case With(body=body):
            return leaves(body)
        case Try(body=body, handlers=handlers):
            return leaves(body) and all(map(leaves, handlers))
    return False


class CoreError(AssertionError):
    """A step broke a promise of the core language: a fault of srcad, not of the user."""
