"""Fresh names that read well: the wished-for one, then a spelling beside it, then numbers."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Iterable

_RESERVED = frozenset(keyword.kwlist) | frozenset(dir(builtins)) | {"np", "math"}


class Names:
    """The names in use in one function (or file), and new ones that clash with none."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = set(taken)
        self.numbered: dict[str, str] = {}  # the names that had to be numbered, with the wish

    def fresh(self, *wishes: str) -> str:
        """The first of `wishes` that is free, else the last of them numbered; now taken."""
        for wish in wishes:
            if self._free(wish):
                return self._take(wish)
        number = 2
        while not self._free(f"{wishes[-1]}{number}"):
            number += 1
        name = f"{wishes[-1]}{number}"
        self.numbered[name] = wishes[-1]
        return self._take(name)

    def derived(self, letter: str, name: str) -> str:
        """The name that goes with the user's `name`: `dx`, or `d_x` where `dx` is the user's."""
        return self.fresh(letter + name, f"{letter}_{name}")

    def _free(self, name: str) -> bool:
        return name not in self.taken and name not in _RESERVED

    def _take(self, name: str) -> str:
        self.taken.add(name)
        return name
