"""Step 7: from a program in core form to the text of a module."""

from srcad.emit.module import Emitted, Line, Need, emit
from srcad.emit.printer import EmissionError

__all__ = ["EmissionError", "Emitted", "Line", "Need", "emit"]
