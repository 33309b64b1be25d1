"""From text to a live module: a real file, compiled and run in a namespace of its own."""

from __future__ import annotations

import builtins
import types
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from srcad.emit import Line
from srcad.emit.reads import ABSENT, Read
from srcad.load.notes import annotate


@dataclass(frozen=True, slots=True)
class Bound:
    """A name that the live module has from the user's: a value, or what to read at each call."""

    name: str
    value: Any
    read: Read | None = None


class _Loader:
    """Gives the text to `linecache`, so that tracebacks have it even when the file is gone."""

    def __init__(self, text: str) -> None:
        self.text = text

    def get_source(self, name: str) -> str:
        return self.text


@dataclass(slots=True)
class Loaded:
    """A generated module that is ready to be called."""

    path: Path
    text: str
    entry: str
    lines: Sequence[Line]
    written: tuple[str, ...]
    namespace: dict[str, Any]
    live: tuple[tuple[str, Read], ...]
    function: types.FunctionType  # the entry
    checked: bool  # something is to be done before each call

    def refresh(self) -> None:
        """Read the captured values as the user's functions would read them now."""
        for name, read in self.live:
            value = read.value()
            if value is ABSENT:
                raise NameError(f"name '{name}' is not defined")
            self.namespace[name] = value

    def annotate(self, error: BaseException) -> None:
        """Note the user's line on an exception that came out of the generated code."""
        annotate(error, str(self.path), self.lines)

    def restore_file(self) -> None:
        """Write the file again if the cache was cleared, for those who read its source."""
        if not self.path.exists():
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.write_text(self.text, encoding="utf-8")


def load(
    path: Path,
    text: str,
    entry: str,
    lines: Sequence[Line],
    written: tuple[str, ...],
    bound: Sequence[Bound],
    home: str,
) -> Loaded:
    """Run a module's text. Where it copies a user's function, the user's own object is used."""
    namespace: dict[str, Any] = {
        "__name__": home,
        "__file__": str(path),
        "__builtins__": builtins,
        "__loader__": _Loader(text),
    }
    exec(compile(text, str(path), "exec"), namespace)
    namespace.update((item.name, item.value) for item in bound)
    live = tuple((item.name, item.read) for item in bound if item.read is not None)
    checked = bool(live or written)
    return Loaded(path, text, entry, lines, written, namespace, live, namespace[entry], checked)
