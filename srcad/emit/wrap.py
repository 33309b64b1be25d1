"""Long lines: a logical line that is too wide is broken inside brackets.

The breaks are those that formatters of Python make: first after the last opening bracket, then
at the loosest delimiter, commas before operators, an operator at the head of its line.
"""

from __future__ import annotations

import io
import tokenize
from dataclasses import dataclass
from itertools import pairwise

WIDTH = 100
STEP = "    "

_OPEN, _CLOSE = "([{", ")]}"
_LOOSENESS = [
    {","},
    {"if", "else"},
    {"or"},
    {"and"},
    {"<", ">", "<=", ">=", "==", "!=", "in", "is"},
    {"|"},
    {"^"},
    {"&"},
    {"<<", ">>"},
    {"+", "-"},
    {"*", "/", "//", "%", "@"},
]
_LEVEL = {sign: level for level, signs in enumerate(_LOOSENESS) for sign in signs}
_ASSIGNS = {"=", "+=", "-=", "*=", "/=", "//=", "%=", "@=", "**=", "|=", "^=", "&=", "<<=", ">>="}
_LEADS = {"return", "if", "elif", "while", "raise"}
_WHOLE = ("#", "assert", "except ", "with ", '"', "'")  # lines that stay as they are


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    start: int
    end: int
    depth: int  # of brackets around it
    binary: bool  # stands after an operand


def wrap(line: str, width: int = WIDTH) -> list[str]:
    """`line`, a whole logical line with its indentation, in lines of at most `width` if it can."""
    if len(line) <= width or line.lstrip().startswith(_WHOLE):
        return [line]
    source = line.lstrip()
    indent = line[: len(line) - len(source)]
    try:
        tokens = _tokens(source)
    except (tokenize.TokenError, IndentationError):
        return [line]
    return _Wrapper(source, width).statement(tokens, indent)


def _tokens(source: str) -> list[_Token]:
    found: list[_Token] = []
    depth = 0
    operand = False
    for kind, text, start, end, _ in tokenize.generate_tokens(io.StringIO(source).readline):
        if kind in (tokenize.NEWLINE, tokenize.NL, tokenize.ENDMARKER):
            continue
        if text in _CLOSE and text:
            depth -= 1
        found.append(_Token(text, start[1], end[1], depth, operand))
        if text in _OPEN and text:
            depth += 1
        word = kind != tokenize.OP and text not in _LEVEL and text != "not"
        operand = word or text in _CLOSE
    return found


class _Wrapper:
    """Breaks one logical line; a run of its tokens is a piece."""

    def __init__(self, source: str, width: int) -> None:
        self.source = source
        self.width = width

    def text(self, piece: list[_Token]) -> str:
        return self.source[piece[0].start : piece[-1].end] if piece else ""

    def statement(self, tokens: list[_Token], indent: str) -> list[str]:
        suffix = ""
        if tokens[-1].text == ":":
            tokens, suffix = tokens[:-1], ":"
        start = _value_start(tokens)
        prefix = self.source[: tokens[start].start]
        value = tokens[start:]
        if any(token.text == "from" for token in value) and tokens[0].text == "raise":
            return [indent + self.source]
        if _opener(value) is not None:
            return self.piece(value, indent, prefix, suffix)
        return [indent + prefix + "(", *self.inside(value, indent + STEP), indent + ")" + suffix]

    def piece(self, tokens: list[_Token], indent: str, prefix: str, suffix: str) -> list[str]:
        whole = indent + prefix + self.text(tokens) + suffix
        opener = _opener(tokens)
        if len(whole) <= self.width or opener == len(tokens) - 2:
            return [whole]
        if opener is None:
            return self.cut(tokens, indent, prefix, suffix)
        head = prefix + self.text(tokens[: opener + 1])
        body = self.inside(tokens[opener + 1 : -1], indent + STEP)
        return [indent + head, *body, indent + tokens[-1].text + suffix]

    def inside(self, tokens: list[_Token], indent: str) -> list[str]:
        """The lines of what stands between two brackets."""
        if len(indent) + len(self.text(tokens)) <= self.width:
            return [indent + self.text(tokens)]
        return self.cut(tokens, indent, "", "")

    def cut(self, tokens: list[_Token], indent: str, prefix: str, suffix: str) -> list[str]:
        """The lines of a piece inside brackets, cut at its loosest delimiters."""
        cuts = _loosest(tokens)
        if not cuts:
            if _opener(tokens) is None:
                return [indent + prefix + self.text(tokens) + suffix]
            return self.piece(tokens, indent, prefix, suffix)
        lines: list[str] = []
        bounds = [-1, *cuts, len(tokens)]
        commas = tokens[cuts[0]].text == ","
        for before, after in pairwise(bounds):
            part = tokens[before + 1 : after]
            if before >= 0:
                prefix = "" if commas else tokens[before].text + " "
            end = "," if commas else suffix if after == len(tokens) else ""
            if part:
                lines += self.piece(part, indent, prefix, end)
        return lines


def _value_start(tokens: list[_Token]) -> int:
    """Where the part of a statement begins that may be put into parentheses."""
    first = tokens[0].text
    for position, token in enumerate(tokens):
        if token.depth == 0 and token.text in _ASSIGNS:
            return position + 1
        if first in ("for", "from") and token.text in ("in", "import"):
            return position + 1
    return 1 if first in _LEADS and len(tokens) > 1 else 0


def _opener(tokens: list[_Token]) -> int | None:
    """The position of the bracket that the piece's last token closes, if it is one operand."""
    if len(tokens) < 2 or tokens[-1].text not in _CLOSE or _loosest(tokens):
        return None
    depth = tokens[-1].depth
    for position in range(len(tokens) - 2, -1, -1):
        if tokens[position].depth == depth and tokens[position].text in _OPEN:
            return position
    return None


def _loosest(tokens: list[_Token]) -> list[int]:
    """The positions of the loosest delimiters of a piece, in which it may be cut."""
    outer = min((token.depth for token in tokens), default=0)
    best: list[int] = []
    level = len(_LOOSENESS)
    for position, token in enumerate(tokens):
        at = _LEVEL.get(token.text) if token.depth == outer else None
        if at is None or not (token.binary or token.text in (",", "if", "else")):
            continue
        if at < level:
            best, level = [position], at
        elif at == level:
            best.append(position)
    return best
