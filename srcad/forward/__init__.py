"""Step 5, forward mode: from a function to the one that carries tangents along."""

from srcad.forward.functions import tangent

__all__ = ["tangent"]
