"""Gradient of `tests.exemplars.newton.primal` with respect to `a`.

Written by srcad 0.1.0.
"""


def grad_primal(a):
    """Gradient of `primal` with respect to `a`.

    For a: float.
    """
    if a <= 0.0:
        return 0.0
    x = a
    x_tape = []
    for _ in range(50):
        step = (x * x - a) / (2 * x)
        x_tape.append(x)
        x = x - step
        if abs(step) < 1e-12:
            break

    # return x
    dx = 1.0
    da = 0.0
    while x_tape:
        x = x_tape.pop()
        # x = x - step
        # step = (x * x - a) / (2 * x)
        d = dx / (2 * x)
        dx = dx * (x * x - a) / (2 * x * x)
        da += d
    # x = a
    da += dx
    return da
