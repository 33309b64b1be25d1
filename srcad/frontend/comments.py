"""Which of the user's comments belongs to which statement."""

from __future__ import annotations

import bisect
import tokenize
from typing import Any

import gast


def comments_of(lines: tuple[str, ...], function: Any) -> dict[int, tuple[str, ...]]:
    """The comments of each statement of `function`, by the line where the statement starts.

    A statement has the comment lines above it, then those on its own lines. A comment that ends
    a block goes to the statement after it.
    """
    if not isinstance(function.body, list):
        return {}
    statements = sorted(_statements(function), key=lambda node: node.lineno)
    starts = [node.lineno for node in statements]
    found: dict[int, list[str]] = {}
    for line, text, alone in _comments(lines, function.body[0].lineno, function):
        place = bisect.bisect_right(starts, line) - 1
        if place >= 0 and not alone and line <= _header_end(statements[place]):
            found.setdefault(starts[place], []).append(text)
        elif place + 1 < len(starts):
            found.setdefault(starts[place + 1], []).append(text)
    return {line: tuple(texts) for line, texts in found.items()}


def _statements(function: Any) -> list[Any]:
    inside = [node for stmt in function.body for node in gast.walk(stmt)]
    return [node for node in inside if isinstance(node, gast.stmt)]


def _header_end(stmt: Any) -> int:
    body = getattr(stmt, "body", None)
    if not isinstance(body, list):
        return int(stmt.end_lineno)
    return max(int(stmt.lineno), int(body[0].lineno) - 1)


def _comments(lines: tuple[str, ...], first: int, function: Any) -> list[tuple[int, str, bool]]:
    """(line, text, whether it stands alone) of each comment inside a function's body."""
    start = function.lineno
    text = iter(lines[start - 1 : function.end_lineno])
    found = []
    try:
        for token in tokenize.generate_tokens(lambda: next(text, "")):
            if token.type == tokenize.COMMENT:
                line = start + token.start[0] - 1
                alone = token.line[: token.start[1]].strip() == ""
                if line >= first or (alone and line > start):
                    found.append((line, token.string, alone))
    except (tokenize.TokenError, IndentationError):  # a lambda's line ends in mid-bracket
        pass
    return found
