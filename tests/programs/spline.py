"""A natural cubic spline and its smoothing fit, with the tridiagonal solver by hand."""

import bisect

import numpy as np


def solve_tridiagonal(lower, diagonal, upper, rhs):
    """Thomas's algorithm; works on copies."""
    diagonal, rhs = diagonal.copy(), rhs.copy()
    n = len(diagonal)
    for i in range(1, n):
        w = lower[i - 1] / diagonal[i - 1]
        diagonal[i] -= w * upper[i - 1]
        rhs[i] -= w * rhs[i - 1]
    x = np.empty_like(rhs)
    x[-1] = rhs[-1] / diagonal[-1]
    for i in range(n - 2, -1, -1):
        x[i] = (rhs[i] - upper[i] * x[i + 1]) / diagonal[i]
    return x


class CubicSpline:
    """The natural cubic spline through points with increasing abscissae."""

    def __init__(self, x, y):
        if len(x) != len(y):
            raise ValueError(f"{len(x)} abscissae and {len(y)} ordinates")
        if np.any(np.diff(x) <= 0):
            raise ValueError("the abscissae must increase")
        self.x, self.y = x, y
        self.h = np.diff(x)
        self._curvature = self._solve()

    def _solve(self):
        h, y = self.h, self.y
        slopes = np.diff(y) / h
        inner = solve_tridiagonal(h[1:-1], 2 * (h[:-1] + h[1:]), h[1:-1], 6 * np.diff(slopes))
        return np.concatenate(([0.0], inner, [0.0]))

    def _interval(self, t):
        i = bisect.bisect_right(self.x, t) - 1
        return min(max(i, 0), len(self.h) - 1)

    def __call__(self, t):
        if isinstance(t, np.ndarray):
            return np.array([self(s) for s in t])
        i = self._interval(t)
        h = self.h[i]
        a = (self.x[i + 1] - t) / h
        b = 1 - a
        m = self._curvature
        bend = ((a**3 - a) * m[i] + (b**3 - b) * m[i + 1]) * h**2 / 6
        return a * self.y[i] + b * self.y[i + 1] + bend

    def roughness(self):
        """The integral of the squared second derivative, exactly."""
        m = self._curvature
        return np.sum(self.h * (m[:-1] ** 2 + m[:-1] * m[1:] + m[1:] ** 2)) / 3

    def integral(self):
        h, m, y = self.h, self._curvature, self.y
        return np.sum(h * (y[:-1] + y[1:]) / 2 - h**3 * (m[:-1] + m[1:]) / 24)


def fit_loss(y, knots, t, data, smoothing):
    """Penalised least squares in the ordinates at the knots."""
    spline = CubicSpline(knots, y)
    residuals = spline(t) - data
    return residuals @ residuals / len(t) + smoothing * spline.roughness()


def arc_length(y, knots, samples=20):
    spline = CubicSpline(knots, y)
    t = np.linspace(knots[0], knots[-1], samples)
    points = list(zip(t, spline(t)))
    length = 0.0
    for (t0, y0), (t1, y1) in zip(points, points[1:]):
        length += np.hypot(t1 - t0, y1 - y0)
    return length


def knot_sensitivity(knots, y):
    return CubicSpline(knots, y).integral()
