"""Gravity of many bodies by the Barnes-Hut tree, and their total energy after some steps."""

from __future__ import annotations

import numpy as np

G = 1.0


class Node:
    """A square cell: empty, one body, or four children."""

    __slots__ = ("body", "center", "children", "com", "half", "mass")

    def __init__(self, center, half):
        self.center = center
        self.half = half
        self.mass = 0.0
        self.com = np.zeros(2)
        self.body = None
        self.children = None

    def quadrant(self, position):
        return int(position[0] > self.center[0]) + 2 * int(position[1] > self.center[1])

    def split(self):
        quarter = self.half / 2
        self.children = [
            Node(self.center + quarter * np.array([sx, sy]), quarter)
            for sy in (-1, 1)
            for sx in (-1, 1)
        ]

    def insert(self, index, positions, masses):
        if self.mass == 0.0 and self.children is None:
            self.body = index
        else:
            if self.children is None:
                self.split()
                old, self.body = self.body, None
                child = self.children[self.quadrant(positions[old])]
                child.insert(old, positions, masses)
            self.children[self.quadrant(positions[index])].insert(index, positions, masses)
        total = self.mass + masses[index]
        self.com = (self.mass * self.com + masses[index] * positions[index]) / total
        self.mass = total


def build(positions, masses):
    low, high = positions.min(axis=0), positions.max(axis=0)
    # where the cells lie is bookkeeping and needs no more than its three digits
    center = np.round((low + high) / 2, 3)
    half = float(np.ceil(np.max(high - low)))
    root = Node(center, half)
    for i in range(len(masses)):
        root.insert(i, positions, masses)
    return root


def pull(node, index, position, theta, eps):
    """The acceleration of a body by all that is in this cell."""
    if node is None or node.mass == 0.0 or node.body == index:
        return np.zeros(2)
    d = node.com - position
    r2 = d @ d + eps**2
    if node.children is None or (2 * node.half) ** 2 < theta**2 * r2:
        return G * node.mass * d / r2**1.5
    total = np.zeros(2)
    for child in node.children:
        total += pull(child, index, position, theta, eps)
    return total


def accelerations(positions, masses, theta=0.5, eps=0.05):
    root = build(positions, masses)
    return np.stack([pull(root, i, p, theta, eps) for i, p in enumerate(positions)])


def simulate(positions, velocities, masses, dt, steps, theta=0.5):
    """Leapfrog: kick, drift, kick."""
    x, v = positions.copy(), velocities.copy()
    a = accelerations(x, masses, theta)
    for _ in range(steps):
        v += 0.5 * dt * a
        x += dt * v
        a = accelerations(x, masses, theta)
        v += 0.5 * dt * a
    return x, v


def spread(positions, velocities, masses, dt=0.05, steps=3):
    """The moment of inertia at the end, and the kinetic energy beside it."""
    x, v = simulate(positions, velocities, masses, dt, steps)
    com = (masses @ x) / masses.sum()
    inertia = sum(m * ((p - com) ** 2).sum() for m, p in zip(masses, x))
    return inertia + 0.5 * np.sum(masses[:, None] * v**2)
