"""Rules for the helpers that pick items of sequences."""

from __future__ import annotations

from srcad import runtime
from srcad.kinds import INT
from srcad.rules.registry import inactive, linear
from srcad.rules.result_kinds import always

inactive(runtime.shortest, "rows", kind=always(INT), cost=1, reads_shape_only=True)
inactive(runtime.first_max, runtime.first_min, kind=always(INT))
linear(runtime.at_place, "y, place, x", dy="g[place]")
