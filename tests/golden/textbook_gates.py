"""Value and gradient of `tests.textbook.gates` with respect to `x`, `y`, `z`, `w`.

Written by srcad 0.1.0.
"""


def value_and_grad_gates(x, y, z, w):
    """Value and gradient of `gates` with respect to `x`, `y`, `z`, `w`.

    For x: float, y: float, z: float, w: float.
    """
    f = 2 * (x * y + max(z, w))

    # return f
    # f = 2 * (x * y + max(z, w))
    dx = 2 * y
    dy = 2 * x
    dz = 2.0 * (z >= w)
    dw = 2.0 * (w > z)
    return f, (dx, dy, dz, dw)
