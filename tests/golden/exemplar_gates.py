"""Gradient of `tests.exemplars.gates.primal` with respect to `x`, `y`, `z`, `w`.

Written by srcad 0.1.0.
"""


def grad_primal(x, y, z, w):
    """Gradient of `primal` with respect to `x`, `y`, `z`, `w`.

    For x: float, y: float, z: float, w: float.
    """
    # return 2 * (x * y + max(z, w))
    dx = 2.0 * y
    dy = 2.0 * x
    dz = 2.0 * (z >= w)
    dw = 2.0 * (w > z)
    return dx, dy, dz, dw
