"""Names that others see rebound: attributes of the module, contents of cells."""

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
    """Whether a target is declared `global`, or is a variable that functions share."""
    if not isinstance(target, gast.Name):
        return False
    return target.id in ctx.names.rebound or ctx.cell(target.id) is not None


def place(ctx: Context, target: Any) -> Attr | Item:
    """Where the value of the name is."""
    cell = ctx.cell(target.id)
    if cell is not None:
        return replace(cell, origin=ctx.source.origin(target))
    origin = ctx.source.origin(target)
    if _is_of_closure(ctx, target):
        return Attr(_closure_cell(ctx, target), "cell_contents", origin=origin)
    return Attr(_module(ctx, target), target.id, origin=origin)


def read(ctx: Context, node: Any) -> Expr:
    """The value of the name now: it is no constant for this function."""
    cell = ctx.cell(node.id)
    if cell is not None:
        return cell
    if _is_of_closure(ctx, node):
        return Op(runtime.cell_value, (_closure_cell(ctx, node), Const(node.id)))
    return Op(runtime.module_value, (_module(ctx, node), Const(node.id)))


def _is_of_closure(ctx: Context, node: Any) -> bool:
    """Whether a name is one of the functions around the one that is differentiated."""
    return node.id in ctx.source.fn.__code__.co_freevars


def _closure_cell(ctx: Context, node: Any) -> Var:
    """The cell that Python keeps the value of the name in."""
    fn = ctx.source.fn
    cell = (fn.__closure__ or ())[fn.__code__.co_freevars.index(node.id)]
    if node.id not in ctx.closure_cells:
        ctx.closure_cells[node.id] = ctx.names.fresh(f"{node.id}_cell")
        ctx.names.captures[ctx.closure_cells[node.id]] = cell
    return Var(ctx.closure_cells[node.id])


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
