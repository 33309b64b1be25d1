"""Names of the module that a function declares `global` and binds: attributes of the module."""

from __future__ import annotations

import sys
from typing import Any

import gast

from srcad import runtime
from srcad.core import Attr, Const, Expr, Op, Var
from srcad.frontend.context import Context

_REMEDY = "Pass the value as an argument and return the new one"


def is_rebound(ctx: Context, target: Any) -> bool:
    """Whether a target is a name that the function declares `global`."""
    return isinstance(target, gast.Name) and target.id in ctx.names.rebound


def place(ctx: Context, target: Any) -> Attr:
    """The attribute of the module that the name is."""
    return Attr(_module(ctx, target), target.id, origin=ctx.source.origin(target))


def read(ctx: Context, node: Any) -> Expr:
    """The value of the name now: it is no constant for this function."""
    return Op(runtime.module_value, (_module(ctx, node), Const(node.id)))


def _module(ctx: Context, node: Any) -> Var:
    namespace = ctx.source.fn.__globals__
    module = sys.modules.get(namespace.get("__name__", ""))
    if module is None or vars(module) is not namespace:
        why = f"`{node.id}` is a name of a module that is not there under its name"
        raise ctx.refusal(node, why, _REMEDY)
    if ctx.rebinding is None:
        ctx.rebinding = ctx.names.fresh("module")
        ctx.names.captures[ctx.rebinding] = module
    return Var(ctx.rebinding)
