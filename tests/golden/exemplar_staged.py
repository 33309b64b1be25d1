"""Gradient of `tests.exemplars.staged.primal` with respect to `x`, `y`.

Written by srcad 0.1.0.
"""

import math


def grad_primal(x, y):
    """Gradient of `primal` with respect to `x`, `y`.

    For x: float, y: float.
    """
    sigy = 1.0 / (1 + math.exp(-y))
    num = x + sigy
    sigx = 1.0 / (1 + math.exp(-x))
    xpy = x + y
    xpysqr = xpy**2
    den = sigx + xpysqr
    invden = 1.0 / den

    # return f
    # f = num * invden
    # invden = 1.0 / den
    dden = -invden * invden * num
    # den = sigx + xpysqr
    # xpysqr = xpy**2
    dxpy = 2 * xpy * dden
    # xpy = x + y
    dx = dxpy
    dy = dxpy
    # sigx = 1.0 / (1 + math.exp(-x))
    dx += (1 - sigx) * sigx * dden
    # num = x + sigy
    dx += invden
    # sigy = 1.0 / (1 + math.exp(-y))
    dy += (1 - sigy) * sigy * invden
    return dx, dy
