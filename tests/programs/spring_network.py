"""A cloth of masses and springs, stepped symplectically, with pinned corners."""

from __future__ import annotations

import numpy as np


class Mass:
    """A point that moves under the forces gathered on it."""

    count = 0

    def __init__(self, position, mass=1.0, pinned=False):
        self.position = np.array(position, dtype=float)
        self.velocity = np.zeros(2)
        self.force = np.zeros(2)
        self.mass = mass
        self.pinned = pinned

    def add_force(self, f):
        self.force += f

    def clear(self):
        self.force[:] = 0.0

    def advance(self, dt):
        if self.pinned:
            return
        self.velocity += dt * self.force / self.mass
        self.position += dt * self.velocity

    @property
    def kinetic(self):
        return 0.5 * self.mass * (self.velocity @ self.velocity)


class Spring:
    def __init__(self, a: Mass, b: Mass, stiffness: float, damping: float = 0.1):
        self.a, self.b = a, b
        self.stiffness = stiffness
        self.damping = damping
        self.rest_length = self.length

    @property
    def length(self):
        return np.linalg.norm(self.b.position - self.a.position)

    def apply(self):
        along = self.b.position - self.a.position
        length = np.sqrt(along @ along)
        along = along / length
        closing = (self.b.velocity - self.a.velocity) @ along
        f = (self.stiffness * (length - self.rest_length) + self.damping * closing) * along
        self.a.add_force(f)
        self.b.add_force(-f)

    @property
    def energy(self):
        return 0.5 * self.stiffness * (self.length - self.rest_length) ** 2


class BreakableSpring(Spring):
    """Gives way beyond a strain."""

    def __init__(self, *args, limit=0.5, **kwargs):
        super().__init__(*args, **kwargs)
        self.limit = limit
        self.broken = False

    def apply(self):
        if self.broken:
            return
        if self.length > (1 + self.limit) * self.rest_length:
            self.broken = True
        else:
            super().apply()


class Network:
    def __init__(self, gravity=(0.0, -9.81)):
        self.masses: list[Mass] = []
        self.springs: list[Spring] = []
        self.gravity = np.array(gravity)
        self.time = 0.0

    @classmethod
    def grid(cls, rows, columns, stiffness, mass, spacing=1.0):
        net = cls()
        grid = {}
        for r in range(rows):
            for c in range(columns):
                pinned = r == 0 and c in (0, columns - 1)
                grid[r, c] = Mass((c * spacing, -r * spacing), mass, pinned)
        net.masses.extend(grid.values())
        for (r, c), m in grid.items():
            for neighbour in ((r, c + 1), (r + 1, c)):
                if neighbour in grid:
                    net.springs.append(Spring(m, grid[neighbour], stiffness))
            if (r + 1, c + 1) in grid:
                net.springs.append(BreakableSpring(m, grid[r + 1, c + 1], stiffness / 4, limit=2.0))
        return net

    def step(self, dt):
        for m in self.masses:
            m.clear()
            m.add_force(m.mass * self.gravity)
        for s in self.springs:
            s.apply()
        for m in self.masses:
            m.advance(dt)
        self.time += dt

    def energy(self):
        kinetic = sum(m.kinetic for m in self.masses)
        potential = -sum(m.mass * (self.gravity @ m.position) for m in self.masses)
        return kinetic + potential + sum(s.energy for s in self.springs)


def lowest_point(stiffness, mass, steps=20, dt=0.01):
    """How far the cloth sags."""
    net = Network.grid(2, 3, stiffness, mass)
    while net.time < steps * dt - 1e-12:
        net.step(dt)
    return min(m.position[1] for m in net.masses)


def swing(kick, stiffness):
    """Energy after a kick to the middle of a hanging chain of three."""
    net = Network()
    chain = [Mass((float(i), 0.0), pinned=i == 0) for i in range(4)]
    net.masses += chain
    net.springs += [Spring(a, b, stiffness) for a, b in zip(chain, chain[1:])]
    chain[2].velocity = kick
    for _ in range(15):
        net.step(0.01)
    return net.energy() + 10.0 * chain[-1].position @ chain[-1].position
