"""Dormand-Prince 5(4) with adaptive steps, fitted to counts of hares and lynxes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

NODES = (0.0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0, 1.0)
COEFFICIENTS = (
    (),
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
FIFTH = (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84, 0.0)
FOURTH = (5179 / 57600, 0.0, 7571 / 16695, 393 / 640, -92097 / 339200, 187 / 2100, 1 / 40)

Rhs = Callable[[float, np.ndarray], np.ndarray]


class StepTooSmall(RuntimeError):
    """The step fell below what the arithmetic can carry."""


@dataclass
class Solution:
    """The accepted steps of one run."""

    times: list[float] = field(default_factory=list)
    states: list[np.ndarray] = field(default_factory=list)
    slopes: list[np.ndarray] = field(default_factory=list)
    rejected: int = 0

    def accept(self, t: float, y: np.ndarray, slope: np.ndarray) -> None:
        self.times.append(t)
        self.states.append(y)
        self.slopes.append(slope)

    def __len__(self) -> int:
        return len(self.times)

    def __call__(self, t: float) -> np.ndarray:
        """The state at t, by cubic Hermite interpolation."""
        for i in range(1, len(self)):
            if t <= self.times[i]:
                break
        h = self.times[i] - self.times[i - 1]
        s = (t - self.times[i - 1]) / h
        left, right = self.states[i - 1], self.states[i]
        chord = right - left
        bend = (1 - 2 * s) * chord + h * ((s - 1) * self.slopes[i - 1] + s * self.slopes[i])
        return (1 - s) * left + s * right + s * (s - 1) * bend


def stages(rhs: Rhs, t: float, y: np.ndarray, h: float) -> list[np.ndarray]:
    k = []
    for node, row in zip(NODES, COEFFICIENTS):
        y_stage = y + h * sum(a * slope for a, slope in zip(row, k))
        k.append(rhs(t + node * h, y_stage))
    return k


def integrate(rhs: Rhs, y0, t_end, rtol=1e-6, atol=1e-9, first_step=None, max_steps=500):
    """Integrate y' = rhs(t, y) from 0 to t_end."""
    t, y = 0.0, np.array(y0, dtype=float)
    slope = rhs(t, y)
    if first_step is None:
        h = 0.01 * np.linalg.norm(y) / (np.linalg.norm(slope) + 1e-12)
    else:
        h = first_step
    solution = Solution()
    solution.accept(t, y, slope)
    for _ in range(max_steps):
        if t >= t_end:
            break
        if h < 1e-14 * max(abs(t), 1.0):
            raise StepTooSmall(f"h = {h:.3e} at t = {t}")
        last = t + h >= t_end
        if last:
            h = t_end - t
        k = stages(rhs, t, y, h)
        y_new = y + h * sum(b * slope for b, slope in zip(FIFTH, k))
        difference = h * sum((b - c) * slope for b, c, slope in zip(FIFTH, FOURTH, k))
        scale = atol + rtol * np.maximum(np.abs(y), np.abs(y_new))
        error = np.sqrt(np.mean((difference / scale) ** 2))
        if error <= 1.0:
            t = t_end if last else t + h
            y = y_new
            solution.accept(t, y, k[-1])
        else:
            solution.rejected += 1
        h *= min(5.0, max(0.2, 0.9 * error ** (-0.2)))
    else:
        raise StepTooSmall(f"no end after {max_steps} steps")
    return solution


def lotka_volterra(growth, predation, death, gain):
    """The right-hand side for these rates."""

    def rhs(t, y):
        hares, lynxes = y
        return np.array([hares * (growth - predation * lynxes), lynxes * (gain * hares - death)])

    return rhs


def misfit(rates, start, times, counts):
    """How far the model with these rates is from the counts, in logarithms."""
    solution = integrate(lotka_volterra(*rates), start, times[-1], first_step=0.1)
    total = 0.0
    for t, seen in zip(times, counts):
        total += np.sum((np.log(solution(t)) - np.log(seen)) ** 2)
    return total / len(times)
