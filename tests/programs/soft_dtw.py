"""Soft dynamic time warping (Cuturi and Blondel 2017) with a band, and a barycentre's loss."""

import math
from functools import cache

import numpy as np

INF = math.inf


def softmin(values, gamma):
    """-gamma log sum exp(-v / gamma), safe for infinite entries."""
    lowest = min(values)
    if lowest == INF:
        return INF
    return lowest - gamma * math.log(sum(math.exp((lowest - v) / gamma) for v in values))


def distances(x, y):
    """Squared distances of all points of x to all points of y."""
    return ((x[:, None, :] - y[None, :, :]) ** 2).sum(axis=2)


def in_band(i, j, n, m, width):
    return width is None or abs(i * m - j * n) <= width * max(n, m)


def soft_dtw(x, y, gamma=1.0, band=None):
    """Cost of the soft alignment of two series of points."""
    cost = distances(x, y)
    n, m = cost.shape
    table = np.full((n + 1, m + 1), INF)
    table[0, 0] = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            if not in_band(i, j, n, m, band):
                continue
            before = (table[i - 1, j - 1], table[i - 1, j], table[i, j - 1])
            table[i, j] = cost[i - 1, j - 1] + softmin(before, gamma)
    return table[n, m]


def soft_dtw_memoised(x, y, gamma=1.0):
    """The same by recursion, as it stands in the paper."""
    cost = distances(x, y)
    memo = {(0, 0): 0.0}

    def r(i, j):
        if (i, j) in memo:
            return memo[i, j]
        if i == 0 or j == 0:
            return INF
        memo[i, j] = cost[i - 1, j - 1] + softmin(
            [r(i - 1, j - 1), r(i - 1, j), r(i, j - 1)], gamma
        )
        return memo[i, j]

    return r(*cost.shape)


@cache
def delannoy(n, m):
    """The number of alignments there are."""
    if n == 0 or m == 0:
        return 1
    return delannoy(n - 1, m) + delannoy(n, m - 1) + delannoy(n - 1, m - 1)


def barycentre_loss(z, series, weights=None, gamma=0.5):
    """The weighted mean of the distances to several series, less that of z to itself."""
    if weights is None:
        weights = [1.0 / len(series)] * len(series)
    loss = 0.0
    for w, s in zip(weights, series):
        own = 0.5 * (soft_dtw(z, z, gamma) + soft_dtw(s, s, gamma))
        loss += w * (soft_dtw(z, s, gamma, band=3) - own) / math.log(delannoy(len(z), len(s)))
    return loss
