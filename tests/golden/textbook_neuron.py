"""Value and gradient of `tests.textbook.neuron` with respect to `w`, `x`.

Written by srcad 0.1.0.
"""

import math

import numpy as np


def value_and_grad_neuron(w, x):
    """Value and gradient of `neuron` with respect to `w`, `x`.

    For w: float64 array of 1 dimension, x: float64 array of 1 dimension.
    """
    dot = w[0] * x[0] + w[1] * x[1] + w[2]
    f = 1.0 / (1 + math.exp(-dot))

    # return f
    # f = 1.0 / (1 + math.exp(-dot))
    ddot = (1 - f) * f
    # dot = w[0] * x[0] + w[1] * x[1] + w[2]
    dw = np.zeros_like(w)
    dw[0] += x[0] * ddot
    dx = np.zeros_like(x)
    dx[0] += w[0] * ddot
    dw[1] += x[1] * ddot
    dx[1] += w[1] * ddot
    dw[2] += ddot
    return f, (dw, dx)
