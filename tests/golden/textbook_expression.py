"""Value and gradient of `tests.textbook.expression` with respect to `a`, `b`.

Written by srcad 0.1.0.
"""


def value_and_grad_expression(a, b):
    """Value and gradient of `expression` with respect to `a`, `b`.

    For a: float, b: float.
    """
    e = (a + b) * (b + 1)

    # return e
    # e = (a + b) * (b + 1)
    d = b + 1
    db = d + a + b
    return e, (d, db)
