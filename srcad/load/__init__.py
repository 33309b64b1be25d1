"""Step 8: from text to a function: the cache of files, live modules, and which one to call."""

from srcad.load.cache import clear as clear_files
from srcad.load.specialise import Shared, Specialisations

__all__ = ["Shared", "Specialisations", "clear_files"]
