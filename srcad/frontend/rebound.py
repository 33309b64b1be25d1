"""Names that others see rebound: attributes of the module, items of the cells of variables."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import gast

from srcad import runtime
from srcad.core import Attr, Const, Expr, Item, Op, Var
from srcad.frontend.context import Context

_REMEDY = "Pass the value as an argument and return the new one"


def is_rebound(ctx: Context, target: Any) -> bool:
    """Whether a target is a name that the function declares `global`, or lives in a cell."""
    if not isinstance(target, gast.Name):
        return False
    return target.id in ctx.names.rebound or ctx.cell(target.id) is not None


def place(ctx: Context, target: Any) -> Attr | Item:
    """Where the value of the name is."""
    cell = ctx.cell(target.id)
    if cell is not None:
        return replace(cell, origin=ctx.source.origin(target))
    return Attr(_module(ctx, target), target.id, origin=ctx.source.origin(target))


def read(ctx: Context, node: Any) -> Expr:
    """The value of the name now: it is no constant for this function."""
    cell = ctx.cell(node.id)
    if cell is not None:
        return cell
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
