"""Steps 1 and 2: from a Python function to its core form."""

from srcad.frontend import (  # noqa: F401  (each adds calls that have a lowering of their own)
    containers,
    iterating,
    itertools_streams,
    spellings,
)
from srcad.frontend.capture import capture
from srcad.frontend.dump import dump
from srcad.frontend.wrappers import unwrap

__all__ = ["capture", "dump", "unwrap"]
