"""What names and functions that are values mean at the moment."""

from __future__ import annotations

import types
from typing import Any


def module_value(module: types.ModuleType, name: str) -> Any:
    """What `name` means in `module` now; raises NameError where it means nothing."""
    try:
        return getattr(module, name)
    except AttributeError:
        raise NameError(f"name {name!r} is not defined") from None


def cell_value(cell: types.CellType, name: str) -> Any:
    """What a variable of a function around means now; raises NameError where it has no value."""
    try:
        return cell.cell_contents
    except ValueError:
        raise NameError(f"cannot access free variable {name!r}") from None


def function_of(value: Any) -> Any:
    """The function that a partial function calls; None of anything else."""
    return getattr(value, "func", None)
