"""Value and gradient of `tests.textbook.circuit` with respect to `x`, `y`, `z`.

Written by srcad 0.1.0.
"""


def value_and_grad_circuit(x, y, z):
    """Value and gradient of `circuit` with respect to `x`, `y`, `z`.

    For x: float, y: float, z: float.
    """
    f = (x + y) * z

    # return f
    # f = (x + y) * z
    dz = x + y
    return f, (z, z, dz)
