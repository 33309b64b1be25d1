"""What a module's names mean at the moment, for functions that rebind them."""

from __future__ import annotations

import types
from typing import Any


def module_value(module: types.ModuleType, name: str) -> Any:
    """What `name` means in `module` now; raises NameError where it means nothing."""
    try:
        return getattr(module, name)
    except AttributeError:
        raise NameError(f"name {name!r} is not defined") from None
