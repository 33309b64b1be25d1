"""Recorded values explained: what the reverse sweep reads of the forward one, and where it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from srcad.core import Origin
from srcad.reverse.bindings import has_reverse
from srcad.reverse.reads import Reads
from srcad.reverse.steps import Branch, Leaf, Section

HELD = "still held"


@dataclass(frozen=True)
class Reason:
    """Why a forward value has to be there in the reverse sweep: the statements whose reverse
    halves read it; and how it is `provided`.
    """

    name: str
    readers: tuple[str, ...]
    provided: tuple[str, ...]

    def __str__(self) -> str:
        readers = ", ".join(f"`{text}`" for text in self.readers)
        return f"{self.name}: read by {readers}: {'; '.join(self.provided)}"


def explain(section: Section, reads: Reads, provided: Mapping[str, list[str]]) -> list[Reason]:
    """A reason for each name of the forward sweep that the reverse sweep reads."""
    readers: dict[str, list[str]] = {}
    for origin, locations in _readings(section, reads):
        text = origin.text or "the statements that srcad adds"
        for name in sorted({location.removesuffix("[]") for location in locations} - reads.shadows):
            known = readers.setdefault(name, [])
            if text not in known:
                known.append(text)
    return [
        Reason(name, tuple(texts), tuple(provided.get(name, [HELD])))
        for name, texts in readers.items()
    ]


def _readings(section: Section, reads: Reads) -> Iterator[tuple[Origin, frozenset[str]]]:
    """What the reverse half of each statement reads, in the order of the program."""
    for step in section.steps:
        if isinstance(step, Leaf):
            yield step.stmt.origin, reads.of(step.reverse)
        elif isinstance(step, Branch):
            if has_reverse(step.then) or has_reverse(step.orelse):
                yield step.stmt.origin, reads.of_expr(step.test)
            yield from _readings(step.then, reads)
            yield from _readings(step.orelse, reads)
        elif has_reverse(step.body):
            if step.backward is not None:
                yield step.stmt.origin, reads.of_expr(step.backward)
            yield from _readings(step.body, reads)
