"""Gradient of `tests.exemplars.callee_writes.primal` with respect to `f`.

Written by srcad 0.1.0.
"""

import numpy as np


def relax(u, f, sweeps):
    for _ in range(sweeps):
        for i in range(1, len(u) - 1):
            u[i] = 0.5 * (u[i - 1] + u[i + 1] + f[i])


def relax_reverse(sweeps, u, du, df):
    for _ in reversed(range(sweeps)):
        for i in reversed(range(1, len(u) - 1)):
            # u[i] = 0.5 * (u[i - 1] + u[i + 1] + f[i])
            d = 0.5 * du[i]
            du[i] = 0.0
            du[i - 1] += d
            du[i + 1] += d
            df[i] += d


def grad_primal(f):
    """Gradient of `primal` with respect to `f`.

    For f: float64 array of 1 dimension.
    """
    u = np.zeros_like(f)
    relax(u, f, 20)

    # return np.sum((u - 1.0) ** 2)
    du = 2 * (u - 1.0)
    # relax(u, f, 20)
    df = np.zeros_like(f)
    relax_reverse(20, u, du, df)
    return df
