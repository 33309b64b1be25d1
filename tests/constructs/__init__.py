"""The constructs of Python that numerical programmers write, each as text (see construct.py)."""

from tests.constructs import (
    combined,
    control,
    exceptions,
    functions,
    harmless,
    iteration,
    kinds,
    mappings,
    mutation,
    objects,
    operators,
    sequences,
)

TABLES = (
    functions,
    iteration,
    sequences,
    mappings,
    objects,
    operators,
    control,
    exceptions,
    mutation,
    harmless,
    kinds,
    combined,
)
CONSTRUCTS = {construct.name: construct for part in TABLES for construct in part.TABLE}
