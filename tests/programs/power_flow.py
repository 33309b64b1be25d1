"""Newton's method for the power flow of a small grid, and what the losses cost."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import Enum

import numpy as np


class BusType(Enum):
    SLACK = "slack"
    PV = "pv"
    PQ = "pq"


@dataclass
class Bus:
    name: str
    type: BusType
    p: float = 0.0
    q: float = 0.0
    v: float = 1.0
    angle: float = 0.0


@dataclass(frozen=True)
class Line:
    start: str
    end: str
    r: float
    x: float
    charging: float = 0.0

    @property
    def admittance(self) -> complex:
        return 1.0 / complex(self.r, self.x)


class NoConvergence(RuntimeError):
    """Newton's method has not reached the tolerance."""


@dataclass
class Grid:
    buses: list[Bus] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    def index(self, name):
        for i, bus in enumerate(self.buses):
            if bus.name == name:
                return i
        raise KeyError(name)

    def admittance_matrix(self):
        y = np.zeros((len(self.buses), len(self.buses)), dtype=complex)
        for line in self.lines:
            i, j = self.index(line.start), self.index(line.end)
            y[i, i] += line.admittance + 0.5j * line.charging
            y[j, j] += line.admittance + 0.5j * line.charging
            y[i, j] -= line.admittance
            y[j, i] -= line.admittance
        return y

    def where(self, *types):
        return [i for i, bus in enumerate(self.buses) if bus.type in types]


def mismatch(grid, ybus, v, angle):
    phasors = v * np.exp(1j * angle)
    s = phasors * np.conj(ybus @ phasors)
    wanted_p = np.array([bus.p for bus in grid.buses])
    wanted_q = np.array([bus.q for bus in grid.buses])
    return s.real - wanted_p, s.imag - wanted_q


def jacobian(ybus, v, angle, free, loads):
    phasors = v * np.exp(1j * angle)
    current = ybus @ phasors
    by_angle = 1j * np.diag(phasors) @ np.conj(np.diag(current) - ybus @ np.diag(phasors))
    unit = phasors / v
    by_v = np.diag(phasors) @ np.conj(ybus @ np.diag(unit)) + np.diag(np.conj(current) * unit)
    return np.block(
        [
            [by_angle.real[np.ix_(free, free)], by_v.real[np.ix_(free, loads)]],
            [by_angle.imag[np.ix_(loads, free)], by_v.imag[np.ix_(loads, loads)]],
        ]
    )


def solve(grid, tol=1e-10, max_iterations=20):
    """Voltages and angles that give every bus the power it wants."""
    ybus = grid.admittance_matrix()
    free = grid.where(BusType.PV, BusType.PQ)
    loads = grid.where(BusType.PQ)
    v = np.array([bus.v for bus in grid.buses])
    angle = np.array([bus.angle for bus in grid.buses])
    for _ in range(max_iterations):
        dp, dq = mismatch(grid, ybus, v, angle)
        f = np.concatenate([dp[free], dq[loads]])
        if np.max(np.abs(f)) < tol:
            break
        step = np.linalg.solve(jacobian(ybus, v, angle, free, loads), f)
        angle[free] -= step[: len(free)]
        v[loads] -= step[len(free) :]
    else:
        raise NoConvergence(f"mismatch {np.max(np.abs(f)):.2e} after {max_iterations} iterations")
    return v, angle


def three_bus(load_p, load_q, generation):
    return Grid(
        buses=[
            Bus("plant", BusType.SLACK, v=1.02),
            Bus("wind", BusType.PV, p=generation, v=1.01),
            Bus("town", BusType.PQ, p=-load_p, q=-load_q),
        ],
        lines=[
            Line("plant", "wind", 0.02, 0.06, 0.03),
            Line("plant", "town", 0.08, 0.24, 0.025),
            Line("wind", "town", 0.06, 0.18, 0.02),
        ],
    )


def losses(load_p, load_q, generation):
    """The active power that heats the lines."""
    grid = three_bus(load_p, load_q, generation)
    v, angle = solve(grid)
    phasors = [vi * complex(math.cos(a), math.sin(a)) for vi, a in zip(v, angle)]
    total = 0.0
    for line in grid.lines:
        drop = phasors[grid.index(line.start)] - phasors[grid.index(line.end)]
        total += line.r * abs(drop * line.admittance) ** 2
    return total
