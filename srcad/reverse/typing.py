"""Kinds for the expressions that the reverse mode builds."""

from __future__ import annotations

from collections.abc import Mapping

from srcad.analysis.annotate import infer_expr
from srcad.core import Expr
from srcad.kinds import Kind

_NOTHING: Mapping[str, Kind] = {}


def typed(expr: Expr) -> Expr:
    """`expr` with the kinds that follow from its variables' own."""
    return infer_expr(expr, _NOTHING)
