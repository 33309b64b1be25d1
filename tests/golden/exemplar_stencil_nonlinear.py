"""Gradient of `tests.exemplars.stencil_nonlinear.primal` with respect to `u`, `dt`.

Written by srcad 0.1.0.
"""

import numpy as np


def grad_primal(u, dt, steps):
    """Gradient of `primal` with respect to `u`, `dt`.

    For u: float64 array of 1 dimension, dt: float, steps: int.
    """
    u = u.copy()
    u_tape = []
    for n in range(steps):
        u_tape.append(u[1:-1].copy())
        u[1:-1] = u[1:-1] - dt * u[1:-1] * (u[2:] - u[:-2])

    # return np.sum(u**2)
    du = 2 * u
    ddt = 0.0
    for n in reversed(range(steps)):
        u[1:-1] = u_tape.pop()
        # u[1:-1] = u[1:-1] - dt * u[1:-1] * (u[2:] - u[:-2])
        d = du[1:-1].copy()
        d2 = (u[:-2] - u[2:]) * d
        ddiff_u = dt * u[1:-1] * d
        du[1:-1] = d + dt * d2
        ddt += np.sum(u[1:-1] * d2)
        du[2:] -= ddiff_u
        du[:-2] += ddiff_u
    return du, ddt
