"""Steps 1 and 2: from a Python function to its core form."""

from srcad.frontend.capture import capture
from srcad.frontend.dump import dump
from srcad.frontend.wrappers import unwrap

__all__ = ["capture", "dump", "unwrap"]
