"""Value and gradient of `tests.textbook.weighted_product` with respect to `W`, `X`, `G`.

Written by srcad 0.1.0.
"""

import numpy as np


def value_and_grad_weighted_product(W, X, G):
    """Value and gradient of `weighted_product` with respect to `W`, `X`, `G`.

    For W: float64 array of 2 dimensions, X: float64 array of 2 dimensions, G: float64 array of 2
    dimensions.
    """
    D = W.dot(X)
    value = np.sum(D * G)

    # return np.sum(D * G)
    # D = W.dot(X)
    dW = G.dot(X.T)
    dX = W.T.dot(G)
    dG = D.copy()
    return value, (dW, dX, dG)
