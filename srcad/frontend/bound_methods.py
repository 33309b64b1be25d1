"""`push = out.append`, `sort(xs, key, out.append)`: a list's method that is taken and called later.

It is read as the function `lambda item: out.append(item)`, whose calls say what they do to the
list. That is the same where the name of the list is bound once only.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import gast

_METHODS = ("append", "extend")
_ITEM = "item"


def with_list_methods_as_functions(node: Any) -> Any:
    """The tree of a function in which methods of lists that are not called at once are lambdas."""
    bound = Counter(
        name.id
        for name in gast.walk(node)
        if isinstance(name, gast.Name) and isinstance(name.ctx, gast.Store)
    )
    return _Methods({name for name, count in bound.items() if count > 1}).visit(node)


class _Methods(gast.NodeTransformer):  # type: ignore[misc]  # gast has no types
    def __init__(self, rebound: set[str]) -> None:
        self.rebound = rebound

    def visit_Call(self, node: Any) -> Any:
        """What is called at once stays."""
        if isinstance(node.func, gast.Attribute):
            node.func.value = self.visit(node.func.value)
        else:
            node.func = self.visit(node.func)
        node.args = [self.visit(arg) for arg in node.args]
        for keyword in node.keywords:
            keyword.value = self.visit(keyword.value)
        return node

    def visit_Attribute(self, node: Any) -> Any:
        """`xs.append` as a function of the item."""
        plain = isinstance(node.value, gast.Name) and isinstance(node.ctx, gast.Load)
        if not plain or node.attr not in _METHODS or node.value.id in self.rebound:
            return self.generic_visit(node)
        item = gast.Name(_ITEM, gast.Load(), None, None)
        call = gast.Call(node, [item], [])
        parameter = gast.Name(_ITEM, gast.Param(), None, None)
        arguments = gast.arguments([parameter], [], None, [], [], None, [])
        made = gast.Lambda(arguments, call)
        for part in (made, call, item, parameter):
            gast.copy_location(part, node)
        return made
