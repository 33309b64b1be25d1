"""Programs (`primal`) with the adjoint that an expert wrote by hand (`adjoint`).

The emitted gradient is to be as good: the same values, no more statements, no slower. `ARGS` are
the arguments, `ARGNUMS` the ones that the adjoint is for.
"""

import importlib
import pkgutil

NAMES = sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(name):
    """The exemplar of that name, a module."""
    return importlib.import_module(f"{__name__}.{name}")
