"""All constructs beyond the core, each a piece that goes with the others."""

from __future__ import annotations

from tests.random_programs import closures, containers, control, iteration, memory, objects
from tests.random_programs.scope import Piece

PIECES: list[Piece] = [
    *closures.PIECES,
    *iteration.PIECES,
    *containers.PIECES,
    *objects.PIECES,
    *control.PIECES,
    *memory.PIECES,
]
