"""Value and gradient of `tests.textbook.neuron_of_scalars` with respect to `w0`, `w1`, `w2`, `x0`, `x1`.

Written by srcad 0.1.0.
"""

import math


def value_and_grad_neuron_of_scalars(w0, w1, w2, x0, x1):
    """Value and gradient of `neuron_of_scalars` with respect to `w0`, `w1`, `w2`, `x0`, `x1`.

    For w0: float, w1: float, w2: float, x0: float, x1: float.
    """
    dot = w0 * x0 + w1 * x1 + w2
    f = 1.0 / (1 + math.exp(-dot))

    # return f
    # f = 1.0 / (1 + math.exp(-dot))
    ddot = (1 - f) * f
    # dot = w0 * x0 + w1 * x1 + w2
    dw0 = x0 * ddot
    dx0 = w0 * ddot
    dw1 = x1 * ddot
    dx1 = w1 * ddot
    return f, (dw0, dw1, ddot, dx0, dx1)
