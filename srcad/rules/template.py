"""Templates: the short Python expressions in which rules are written, read into the core.

A template's names mean, in this order: the rule's parameters and the reserved names `out`, `g`,
`t`, `each`, which become variables; then whatever the scope of the rule holds (`np`, `math`,
`lib`, the functions of `srcad.runtime`, the globals of the function itself); then built-ins.
"""

from __future__ import annotations

import ast
import builtins
import operator
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from srcad import core

RESERVED = frozenset({"out", "g", "t", "each"})

_BINARY = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.MatMult: operator.matmul,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
}
_UNARY = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
    ast.Invert: operator.invert,
}
_COMPARE = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}


def parse(text: str, variables: frozenset[str], scope: Mapping[str, Any]) -> core.Expr:
    """The core expression that `text` spells, over `variables` and the reserved names."""
    reader = _Reader(text, variables | RESERVED, scope)
    return reader.read(ast.parse(text.strip(), mode="eval").body)


class _Reader:
    """Turns one template's syntax tree into core expressions."""

    def __init__(self, text: str, variables: frozenset[str], scope: Mapping[str, Any]) -> None:
        self.text = text
        self.variables = variables
        self.scope = scope

    def read(self, node: ast.expr) -> core.Expr:
        method = getattr(self, "read_" + type(node).__name__, None)
        if method is None:
            raise SyntaxError(f"{type(node).__name__} in the rule template {self.text!r}")
        result: core.Expr = method(node)
        return result

    def read_all(self, nodes: list[ast.expr]) -> tuple[core.Expr, ...]:
        return tuple(self.read(node) for node in nodes)

    def read_Constant(self, node: ast.Constant) -> core.Expr:
        return core.Const(node.value)

    def read_Name(self, node: ast.Name) -> core.Expr:
        if node.id in self.variables:
            return core.Var(node.id)
        return core.Const(self.meaning(node))

    def read_BinOp(self, node: ast.BinOp) -> core.Expr:
        return core.Op(_BINARY[type(node.op)], (self.read(node.left), self.read(node.right)))

    def read_UnaryOp(self, node: ast.UnaryOp) -> core.Expr:
        operand = self.read(node.operand)
        if isinstance(node.op, ast.USub) and isinstance(operand, core.Const):
            return core.Const(-operand.value)
        return core.Op(_UNARY[type(node.op)], (operand,))

    def read_Compare(self, node: ast.Compare) -> core.Expr:
        (op,), (right,) = node.ops, node.comparators
        return core.Op(_COMPARE[type(op)], (self.read(node.left), self.read(right)))

    def read_BoolOp(self, node: ast.BoolOp) -> core.Expr:
        word = "and" if isinstance(node.op, ast.And) else "or"
        return core.BoolOp(word, self.read_all(node.values))

    def read_IfExp(self, node: ast.IfExp) -> core.Expr:
        return core.Choice(self.read(node.test), self.read(node.body), self.read(node.orelse))

    def read_Tuple(self, node: ast.Tuple) -> core.Expr:
        return core.Tuple(self.read_all(node.elts))

    def read_List(self, node: ast.List) -> core.Expr:
        return core.List(self.read_all(node.elts))

    def read_Subscript(self, node: ast.Subscript) -> core.Expr:
        return core.Item(self.read(node.value), self.read(node.slice))

    def read_Slice(self, node: ast.Slice) -> core.Expr:
        parts = (node.lower, node.upper, node.step)
        return core.Slice(*(None if part is None else self.read(part) for part in parts))

    def read_Attribute(self, node: ast.Attribute) -> core.Expr:
        if self.is_module(node.value):
            return core.Const(self.meaning(node))
        return core.Attr(self.read(node.value), node.attr)

    def read_Call(self, node: ast.Call) -> core.Expr:
        kwargs = tuple((str(word.arg), self.read(word.value)) for word in node.keywords)
        args = self.read_all(node.args)
        if isinstance(node.func, ast.Attribute) and not self.is_module(node.func.value):
            method = core.Method(node.func.attr)
            return core.Op(method, (self.read(node.func.value), *args), kwargs)
        return core.Op(self.meaning(node.func), args, kwargs)

    def is_module(self, node: ast.expr) -> bool:
        """Whether `node` is a dotted name that means a module (`np`, `np.linalg`)."""
        root = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if not isinstance(root, ast.Name) or root.id in self.variables:
            return False
        return isinstance(self.meaning(node), ModuleType)

    def meaning(self, node: ast.expr) -> Any:
        """The object that a dotted name means in the rule's scope."""
        if isinstance(node, ast.Attribute):
            return getattr(self.meaning(node.value), node.attr)
        if isinstance(node, ast.Name):
            if node.id in self.scope:
                return self.scope[node.id]
            if hasattr(builtins, node.id):
                return getattr(builtins, node.id)
        raise NameError(f"{ast.unparse(node)!r} in the rule template {self.text!r} is not known")
