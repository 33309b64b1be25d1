"""Sums over many sources by a quadtree with expansions: the potential of charges in the plane."""

from __future__ import annotations

import itertools
import math

import numpy as np


class Cell:
    """A square with its sources, and a multipole expansion about its centre."""

    max_sources = 2
    order = 8

    def __init__(self, center: complex, size: float, level: int = 0):
        self.center = center
        self.size = size
        self.level = level
        self.sources: list[tuple[complex, float]] = []
        self.children: dict[tuple[int, int], Cell] = {}
        self.multipole: list[complex] | None = None

    @property
    def is_leaf(self) -> bool:
        return not self.children

    def place(self, z: complex, charge: float) -> None:
        if not self.is_leaf:
            self._child(z).place(z, charge)
            return
        self.sources.append((z, charge))
        if len(self.sources) > self.max_sources and self.level < 10:
            waiting, self.sources = self.sources, []
            for source in waiting:
                self._child(source[0]).place(*source)

    def _child(self, z: complex) -> Cell:
        key = (int(z.real > self.center.real), int(z.imag > self.center.imag))
        if key not in self.children:
            quarter = self.size / 4
            offset = complex((2 * key[0] - 1) * quarter, (2 * key[1] - 1) * quarter)
            self.children[key] = Cell(self.center + offset, self.size / 2, self.level + 1)
        return self.children[key]

    def upward(self) -> list[complex]:
        """Expansions from the leaves to the root (Greengard and Rokhlin 1987, 2.3)."""
        a = [0j] * (self.order + 1)
        if self.is_leaf:
            for z, q in self.sources:
                d = z - self.center
                a[0] += q
                power = 1.0
                for k in range(1, self.order + 1):
                    power *= d
                    a[k] -= q * power / k
        else:
            for child in self.children.values():
                b = child.upward()
                d = child.center - self.center
                a[0] += b[0]
                for k in range(1, self.order + 1):
                    a[k] -= b[0] * d**k / k
                    for j in range(1, k + 1):
                        a[k] += b[j] * d ** (k - j) * math.comb(k - 1, j - 1)
        self.multipole = a
        return a

    def potential(self, z: complex, theta: float) -> float:
        d = z - self.center
        if self.is_leaf:
            return sum(q * math.log(abs(z - s)) for s, q in self.sources if s != z)
        if self.size < theta * abs(d):
            a0, *rest = self.multipole
            series = sum(a / d**k for k, a in enumerate(rest, start=1))
            return (a0 * np.log(d) + series).real
        return sum(child.potential(z, theta) for child in self.children.values())

    def __iter__(self):
        yield self
        for child in self.children.values():
            yield from child


def build(points, charges, size=2.0):
    root = Cell(0j, size)
    for (x, y), q in zip(points, charges):
        root.place(complex(x, y), q)
    root.upward()
    return root


def total_energy(points, charges, theta=0.7):
    """The energy of the charges in each other's field."""
    root = build(points, charges)
    depth = max(cell.level for cell in root)
    assert depth <= 10, f"two charges too close: {depth} levels"
    return 0.5 * sum(q * root.potential(complex(*p), theta) for p, q in zip(points, charges))


def direct_energy(points, charges):
    """The same without the tree."""
    pairs = itertools.combinations(zip(points, charges), 2)
    return sum(q * r * math.log(math.dist(a, b)) for (a, q), (b, r) in pairs)
