"""Special functions that derivatives need and `math` does not have."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

# The Bernoulli numbers B2, B4, ..., B16.
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)


def digamma(x: float) -> float:
    """The logarithmic derivative of the gamma function."""
    return polygamma(0, x)


def polygamma(n: int, x: float) -> float:
    """The n-th derivative of `digamma`: by recurrence up to large x, then the asymptotic series.

    Abramowitz & Stegun 6.3.5, 6.3.18, 6.4.6, 6.4.11.
    """
    sign = 1 if n % 2 else -1
    total = 0.0
    while x < 12 + n:
        if x <= 0 and x == math.floor(x):
            return math.nan
        total += sign * math.factorial(n) / x ** (n + 1)
        x += 1.0
    if n == 0:
        series = math.log(x) - 0.5 / x
        for k, b in enumerate(_BERNOULLI, 1):
            series -= b / (2 * k * x ** (2 * k))
        return total + series
    series = math.factorial(n - 1) / x**n + math.factorial(n) / (2 * x ** (n + 1))
    for k, b in enumerate(_BERNOULLI, 1):
        series += b * math.factorial(2 * k + n - 1) / (math.factorial(2 * k) * x ** (2 * k + n))
    return total + sign * series


def log_or_zero(x: Any) -> Any:
    """The logarithm, and 0 at 0: the slope of `x**y` in `y` is `x**y` times this."""
    if isinstance(x, float | int) and not isinstance(x, np.generic):
        if x > 0:
            return math.log(x)
        return 0.0 if x == 0 else math.nan
    return np.log(np.where(x == 0, 1.0, x)[()])


def inverse_or_zero(x: Any) -> Any:
    """`1 / x`, and 0 at 0: the slope of `log_or_zero`."""
    if isinstance(x, float | int) and not isinstance(x, np.generic):
        return 1.0 / x if x else 0.0
    return np.where(x == 0, 0.0, 1.0 / np.where(x == 0, 1.0, x))[()]


def lowered(y: Any) -> Any:
    """`y - 1`, and 1 where `y` is 0: the slope of `x**y` in `x` is `y * x**lowered(y)`."""
    if isinstance(y, np.ndarray):
        return np.where(y == 0, 1, y - 1)
    return y - 1 if y else 1


def sinc_slope(x: Any) -> Any:
    """The derivative of `np.sinc`, sin(pi x) / (pi x), at 0 as well."""
    safe = np.where(x == 0, 1.0, x)
    return np.where(x == 0, 0.0, (np.cos(np.pi * safe) - np.sinc(safe)) / safe)[()]
