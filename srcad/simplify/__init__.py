"""Small rewrites on core: the same result, less work, fewer lines."""

from srcad.simplify.algebra import simplify_expr
from srcad.simplify.dce import remove_dead_code
from srcad.simplify.passes import simplify

__all__ = ["remove_dead_code", "simplify", "simplify_expr"]
