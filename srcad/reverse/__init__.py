"""Step 5, reverse mode: from a function to its adjoint."""

from srcad.reverse.adjoint import gradient, pullback

__all__ = ["gradient", "pullback"]
