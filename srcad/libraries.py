"""Libraries: installed code, whose functions and constants are what they are in every module."""

from __future__ import annotations

import functools
import sys
import sysconfig
from typing import Any


@functools.cache
def is_library(module_name: Any) -> bool:
    """Whether a module belongs to Python or to an installed package."""
    if module_name is not None and not isinstance(module_name, str):
        return True  # a descriptor: of a class that is compiled
    top = (module_name or "").partition(".")[0]
    if top in sys.stdlib_module_names and top != "__main__":
        return True
    file = getattr(sys.modules.get(top), "__file__", None) or ""
    paths = sysconfig.get_paths()
    return bool(file) and file.startswith((paths["purelib"], paths["platlib"]))


def is_library_callable(value: Any) -> bool:
    """Whether `value` is a function or class of a library: it is the same in every module."""
    if not callable(value) or not hasattr(value, "__name__"):
        return False
    home = getattr(value, "__module__", None)
    return is_library(home if isinstance(home, str) else type(value).__module__)
