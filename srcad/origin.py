"""Where things stand in the user's program."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a node stands in the user's program.

    `text` is the user's own text of the statement's first line (its header for a compound one);
    `comments` are the comment lines that stand directly above it, each with its `#`.
    """

    file: str = "<srcad>"
    line: int = 0
    col: int = 0
    text: str = ""
    comments: tuple[str, ...] = ()


NOWHERE = Origin()
