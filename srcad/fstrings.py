"""The text of f-strings, which is kept as the user wrote it but for the names in it."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from functools import cache
from typing import Any


def with_names(text: str, changed: Mapping[str, Any]) -> str:
    """The f-string `text` with others, `(name,)`, or literals in the place of some names."""
    return ast.unparse(_Renamed(changed).visit(ast.parse(text, mode="eval")))


class _Renamed(ast.NodeTransformer):
    def __init__(self, changed: Mapping[str, Any]) -> None:
        self.changed = changed

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id not in self.changed:
            return node
        new = self.changed[node.id]
        return ast.Name(new[0], node.ctx) if isinstance(new, tuple) else ast.Constant(new)


def as_string(text: str) -> str | None:
    """What an f-string of literals gives; None if there is more in it."""
    tree = ast.parse(text, mode="eval").body
    parts = [_spelled(part) for part in getattr(tree, "values", [None])]
    return None if None in parts else "".join(part for part in parts if part is not None)


def _spelled(part: ast.expr | None) -> str | None:
    if isinstance(part, ast.FormattedValue) and part.conversion == -1 and not part.format_spec:
        part = part.value
    return str(part.value) if isinstance(part, ast.Constant) else None


@cache
def pattern(text: str) -> re.Pattern[str]:
    """What the strings that an f-string may give look like: `f"W_{k}"` begins with `W_`."""
    tree = ast.parse(text, mode="eval").body
    parts = tree.values if isinstance(tree, ast.JoinedStr) else [None]
    constant = (p.value if isinstance(p, ast.Constant) else None for p in parts)
    whole = "".join(".*" if part is None else re.escape(str(part)) for part in constant)
    return re.compile(whole, re.DOTALL)
