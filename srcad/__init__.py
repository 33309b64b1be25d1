"""Automatic differentiation by source transformation: the derivative is source you can read."""

from srcad import errors
from srcad.api import (
    Differentiable,
    Pullback,
    cache_clear,
    differentiable,
    grad,
    jvp,
    value_and_grad,
    vjp,
)
from srcad.derivative import Derivative
from srcad.steps import Steps, steps
from srcad.version import VERSION as __version__

__all__ = [
    "Derivative",
    "Differentiable",
    "Pullback",
    "Steps",
    "__version__",
    "cache_clear",
    "differentiable",
    "errors",
    "grad",
    "jvp",
    "steps",
    "value_and_grad",
    "vjp",
]
