"""Gradient of `tests.exemplars.horner.primal` with respect to `c`, `x`.

Written by srcad 0.1.0.
"""

import numpy as np


def grad_primal(c, x):
    """Gradient of `primal` with respect to `c`, `x`.

    For c: float64 array of 1 dimension, x: float.
    """
    p = 0.0
    p_tape = []
    for i in range(len(c)):
        p_tape.append(p)
        p = p * x + c[i]

    # return p
    dp = 1.0
    dc = np.zeros_like(c)
    dx = 0.0
    for i in reversed(range(len(c))):
        p = p_tape.pop()
        # p = p * x + c[i]
        dx += p * dp
        dc[i] += dp
        dp = x * dp
    return dc, dx
