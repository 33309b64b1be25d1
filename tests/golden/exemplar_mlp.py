"""Gradient of `tests.exemplars.mlp.primal` with respect to `W1`, `b1`, `W2`, `b2`.

Written by srcad 0.1.0.
"""

import numpy as np


def grad_primal(W1, b1, W2, b2, X, labels):
    """Gradient of `primal` with respect to `W1`, `b1`, `W2`, `b2`.

    For W1: float64 array of 2 dimensions, b1: float64 array of 1 dimension, W2: float64 array of 2
    dimensions, b2: float64 array of 1 dimension, X: float64 array of 2 dimensions, labels: int64
    array of 1 dimension.
    """
    total = X @ W1 + b1
    hidden = np.maximum(total, 0.0)
    logits = hidden @ W2 + b2
    shifted = logits - np.max(logits, axis=1, keepdims=True)
    exp_shifted = np.exp(shifted)
    sums = np.sum(exp_shifted, axis=1, keepdims=True)

    # return loss + 0.01 * (np.sum(W1**2) + np.sum(W2**2))
    dW1 = 0.02 * W1
    dW2 = 0.02 * W2
    # loss = -np.mean(log_probs[np.arange(len(labels)), labels])
    dlog_probs = np.zeros_like(shifted)
    dlog_probs[np.arange(len(labels)), labels] -= 1.0 / len(shifted)
    # log_probs = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    dshifted = dlog_probs - exp_shifted * (np.sum(dlog_probs, axis=1, keepdims=True) / sums)
    # shifted = logits - np.max(logits, axis=1, keepdims=True)
    # logits = hidden @ W2 + b2
    dhidden = dshifted @ W2.T
    dW2 += hidden.T @ dshifted
    db2 = np.sum(dshifted, axis=0)
    # hidden = np.maximum(X @ W1 + b1, 0.0)
    dtotal = (total >= 0.0) * dhidden
    dW1 += X.T @ dtotal
    db1 = np.sum(dtotal, axis=0)
    return dW1, db1, dW2, db2
