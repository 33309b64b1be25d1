"""Gradient of `tests.exemplars.stencil_linear.primal` with respect to `A`, `B`.

Written by srcad 0.1.0.
"""

import numpy as np


def grad_primal(steps, A, B):
    """Gradient of `primal` with respect to `A`, `B`.

    For steps: int, A: float64 array of 1 dimension, B: float64 array of 1 dimension.
    """
    # return np.sum(A)
    dA = np.ones_like(A)
    dB = np.zeros_like(B)
    for t in reversed(range(1, steps)):
        # A[1:-1] = 0.33333 * (B[:-2] + B[1:-1] + B[2:])
        d = 0.33333 * dA[1:-1]
        dA[1:-1] = 0.0
        dB[:-2] += d
        dB[1:-1] += d
        dB[2:] += d
        # B[1:-1] = 0.33333 * (A[:-2] + A[1:-1] + A[2:])
        d2 = 0.33333 * dB[1:-1]
        dB[1:-1] = 0.0
        dA[:-2] += d2
        dA[1:-1] += d2
        dA[2:] += d2
    return dA, dB
