"""Gradient of `tests.exemplars.helper_calls.primal` with respect to `x`.

Written by srcad 0.1.0.
"""

import math


def chain_forward(x, depth):
    if depth == 0:
        return x, None
    inner, chain_saved = chain_forward(x, depth - 1)
    exp = math.exp(-0.1 * inner)
    return inner * exp + inner, (chain_saved, exp, inner)


def chain_reverse(saved, dout):
    if saved is None:
        # return x
        return dout
    chain_saved, exp, inner = saved
    # return damp(inner, 0.1) + inner
    dinner = (exp - 0.1 * exp * inner + 1) * dout
    # inner = chain(x, depth - 1)
    return chain_reverse(chain_saved, dinner)


def grad_primal(x, depth):
    """Gradient of `primal` with respect to `x`.

    For x: float, depth: int.
    """
    _, chain_saved = chain_forward(x, depth)

    # return chain(x, depth)
    return chain_reverse(chain_saved, 1.0)
