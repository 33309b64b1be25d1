"""How long an expression is on the page, near enough to say whether a line reads well."""

from __future__ import annotations

from srcad.core import Const, Expr, Item, Method, Op, Var, children

LINE = 80  # characters of a line, its indentation aside
SHORT = 25  # characters of an expression that is taken in at a glance


def width(expr: Expr) -> int:
    """About how many characters `expr` is printed with."""
    match expr:
        case Var(name=name):
            return len(name)
        case Const(value=value):
            return len(repr(value))
        case Item(base=base, index=index):
            return width(base) + width(index) + 2
    inner = children(expr)
    return _own(expr) + sum(map(width, inner)) + 2 * max(0, len(inner) - 1)


def _own(expr: Expr) -> int:
    if not isinstance(expr, Op):
        return 2
    fn = expr.fn
    if getattr(fn, "__module__", None) == "_operator":
        return 1
    name = fn.name if isinstance(fn, Method) else getattr(fn, "__name__", "")
    return len(name) + 5  # the module's name and the brackets
