"""Step 5, reverse mode: from a function to its adjoint."""

from srcad.reverse.programs import Made, gradient, pullback

__all__ = ["Made", "gradient", "pullback"]
