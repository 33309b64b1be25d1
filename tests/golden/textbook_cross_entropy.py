"""Value and gradient of `tests.textbook.cross_entropy` with respect to `z`, `p`.

Written by srcad 0.1.0.
"""

import numpy as np


def value_and_grad_cross_entropy(z, p):
    """Value and gradient of `cross_entropy` with respect to `z`, `p`.

    For z: float64 array of 1 dimension, p: float64 array of 1 dimension.
    """
    e = np.exp(z)
    sums_e = np.sum(e)
    q = e / sums_e
    log_q = np.log(q)
    J = -np.sum(p * log_q)

    # return J
    # J = -np.sum(p * np.log(q))
    dp = -log_q
    dq = p / q
    # q = e / np.sum(e)
    de = (np.sum(dq * q) - dq) / sums_e
    # e = np.exp(z)
    dz = e * de
    return J, (dz, dp)
