"""Functions whose derivatives stand in textbooks."""

import math

import numpy as np


def expression(a, b):
    e = (a + b) * (b + 1)
    return e


def circuit(x, y, z):
    f = (x + y) * z
    return f


def gates(x, y, z, w):
    f = 2 * (x * y + max(z, w))
    return f


def neuron(w, x):
    dot = w[0] * x[0] + w[1] * x[1] + w[2]
    f = 1.0 / (1 + math.exp(-dot))
    return f


def neuron_of_scalars(w0, w1, w2, x0, x1):
    dot = w0 * x0 + w1 * x1 + w2
    f = 1.0 / (1 + math.exp(-dot))
    return f


def staged(x, y):
    sigy = 1.0 / (1 + math.exp(-y))
    num = x + sigy
    sigx = 1.0 / (1 + math.exp(-x))
    xpy = x + y
    xpysqr = xpy**2
    den = sigx + xpysqr
    invden = 1.0 / den
    f = num * invden
    return f


def product(W, X):
    D = W.dot(X)
    return D


def weighted_product(W, X, G):
    D = W.dot(X)
    return np.sum(D * G)


def cross_entropy(z, p):
    e = np.exp(z)
    q = e / np.sum(e)
    J = -np.sum(p * np.log(q))
    return J


def inner(x):
    return math.sin(x)


def nested(w):
    return inner(inner(inner(w)))


def stages(n):
    """The text of a function of n stages, each of which uses the one before in three ways."""
    lines = ["import math", "", "", "def staged(x):"]
    lines += ["    x = 0.3 * x + math.sin(x) + x * x"] * n
    return "\n".join([*lines, "    return x", ""])
