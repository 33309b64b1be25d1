"""Gradient of `tests.exemplars.while_loop.primal` with respect to `x`.

Written by srcad 0.1.0.
"""

import math


def grad_primal(x, n):
    """Gradient of `primal` with respect to `x`.

    For x: float, n: int.
    """
    s = 0.0
    s_tape = []
    while n > 0:
        s_tape.append(s)
        s = s + x * math.sin(s) + x
        n = n - 1

    # return s
    ds = 1.0
    dx = 0.0
    while s_tape:
        s = s_tape.pop()
        # s = s + x * math.sin(s) + x
        dx += (math.sin(s) + 1) * ds
        ds += math.cos(s) * x * ds
    return dx
