"""Notes on exceptions: which line of the user's an error in generated code belongs to."""

from __future__ import annotations

import bisect
import sys
from collections.abc import Sequence

from srcad.emit import Line


def annotate(error: BaseException, path: str, lines: Sequence[Line]) -> None:
    """Note on `error` the user's line for the innermost generated line that it passed through."""
    number = _last_line(error, path)
    if number is None:
        return
    place = bisect.bisect_right([line.number for line in lines], number) - 1
    if place < 0:
        return
    line = lines[place]
    statement = f": {line.text}" if line.text else ""
    _add_note(error, f"In the derivative of {line.file}:{line.line}{statement}")


def _last_line(error: BaseException, path: str) -> int | None:
    found = None
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == path:
            found = step.tb_lineno
        step = step.tb_next
    return found


def _add_note(error: BaseException, note: str) -> None:
    notes: list[str] = getattr(error, "__notes__", [])
    if note in notes:
        return
    if sys.version_info >= (3, 11):
        error.add_note(note)
    else:
        error.__notes__ = [*notes, note]  # type: ignore[attr-defined]  # plain attribute in 3.10
