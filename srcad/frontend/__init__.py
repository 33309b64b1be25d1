"""Steps 1 and 2: from a Python function to its core form."""

from srcad.frontend.capture import capture
from srcad.frontend.dump import dump
from srcad.frontend.inline import capture_inlined
from srcad.frontend.wrappers import unwrap

__all__ = ["capture", "capture_inlined", "dump", "unwrap"]
