"""Gradient of `tests.exemplars.pair_energy.primal` with respect to `pos`.

Written by srcad 0.1.0.
"""

import numpy as np


def grad_primal(pos):
    """Gradient of `primal` with respect to `pos`.

    For pos: float64 array of 2 dimensions.
    """
    n = pos.shape[0]

    # return energy
    dpos = np.zeros_like(pos)
    for i in reversed(range(n)):
        for j in reversed(range(i)):
            r = pos[i] - pos[j]
            dot_r = np.dot(r, r)
            inv6 = 1.0 / dot_r**3
            # energy += 4.0 * (inv6 * inv6 - inv6)
            dinv6 = 8.0 * inv6 - 4.0
            # inv6 = 1.0 / np.dot(r, r) ** 3
            dr = 6 * dot_r**2 * inv6 * inv6 * dinv6 * r
            # r = pos[i] - pos[j]
            dpos[i] -= dr
            dpos[j] += dr
    return dpos
