"""Small rewrites on core: the same result, less work, fewer lines."""

from srcad.simplify.algebra import simplify_expr
from srcad.simplify.dce import remove_dead_code
from srcad.simplify.numbering import renumber
from srcad.simplify.passes import simplify

__all__ = ["remove_dead_code", "renumber", "simplify", "simplify_expr"]
