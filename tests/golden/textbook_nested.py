"""Value and gradient of `tests.textbook.nested` with respect to `w`.

Written by srcad 0.1.0.
"""

import math


def value_and_grad_nested(w):
    """Value and gradient of `nested` with respect to `w`.

    For w: float.
    """
    sin_w2 = math.sin(w)
    sin_w = math.sin(sin_w2)
    value = math.sin(sin_w)

    # return inner(inner(inner(w)))
    dw = math.cos(w) * math.cos(sin_w2) * math.cos(sin_w)
    return value, (dw,)
