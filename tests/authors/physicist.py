"""Programs as they might come from a physicist."""

import itertools
import logging
import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

log = logging.getLogger("phys")

G = 1.3


@dataclass
class Body:
    mass: float
    pos: np.ndarray
    vel: np.ndarray

    @property
    def kinetic(self):
        return 0.5 * self.mass * np.dot(self.vel, self.vel)

    def kick(self, acc, dt):
        self.vel += acc * dt

    def drift(self, dt):
        self.pos += self.vel * dt


def accelerations(bodies):
    acc = [np.zeros_like(b.pos) for b in bodies]
    for (i, a), (j, b) in itertools.combinations(enumerate(bodies), 2):
        r = b.pos - a.pos
        d3 = (np.sum(r**2) + 0.01) ** 1.5
        acc[i] += G * b.mass * r / d3
        acc[j] -= G * a.mass * r / d3
    return acc


def nbody(m1, m2, v):
    bodies = [
        Body(m1, np.array([0.0, 0.0]), np.array([0.0, 0.1])),
        Body(m2, np.array([1.0, 0.2]), v.copy()),
        Body(0.1, np.array([-1.0, 0.5]), np.array([0.3, -0.2])),
    ]
    dt = 0.05
    acc = accelerations(bodies)
    for step in range(4):
        for b, a in zip(bodies, acc):
            b.kick(a, dt / 2)
            b.drift(dt)
        acc = accelerations(bodies)
        for b, a in zip(bodies, acc):
            b.kick(a, dt / 2)
        if step % 2 == 0:
            log.info("step %d E=%.3f", step, sum(b.kinetic for b in bodies))
    return sum(b.kinetic for b in bodies)


class State(NamedTuple):
    x: float
    p: float


def leapfrog(h_grad, s, dt, n):
    x, p = s
    for _ in range(n):
        p = p - 0.5 * dt * h_grad(x)
        x = x + dt * p
        p = p - 0.5 * dt * h_grad(x)
    return State(x, p)


def pendulum(s, omega):
    force = lambda q: omega**2 * math.sin(q)  # noqa: E731
    end = leapfrog(force, s, 0.1, 10)
    return end.x**2 + end.p * s.p


class Lattice:
    def __init__(self, shape, beta):
        self.shape = shape
        self.beta = beta
        self.field = np.zeros(shape)
        self._neighbours = {}

    def neighbours(self, i):
        if i not in self._neighbours:
            n = self.shape[0]
            self._neighbours[i] = [(i - 1) % n, (i + 1) % n]
        return self._neighbours[i]

    def relax(self, source, sweeps=3):
        for _ in range(sweeps):
            for i in range(self.shape[0]):
                self.field[i] = (
                    self.beta * (source[i] + sum(self.field[j] for j in self.neighbours(i))) / 3
                )
        return self

    def action(self):
        return np.sum((self.field - np.roll(self.field, 1)) ** 2)


def lattice(beta, source):
    return Lattice((5,), beta).relax(source).action()


@dataclass(frozen=True)
class Vec:
    x: float
    y: float
    z: float = 0.0

    def __add__(self, o):
        return Vec(self.x + o.x, self.y + o.y, self.z + o.z)

    def __sub__(self, o):
        return Vec(self.x - o.x, self.y - o.y, self.z - o.z)

    def __mul__(self, k):
        return Vec(self.x * k, self.y * k, self.z * k)

    __rmul__ = __mul__

    def dot(self, o):
        return self.x * o.x + self.y * o.y + self.z * o.z

    def cross(self, o):
        return Vec(
            self.y * o.z - self.z * o.y, self.z * o.x - self.x * o.z, self.x * o.y - self.y * o.x
        )

    def __abs__(self):
        return math.sqrt(self.dot(self))


def boris(q, v, B):
    x = Vec(0.0, 0.0)
    dt = 0.1
    for k in range(5):
        t = 0.5 * q * dt * B
        s = 2 / (1 + t.dot(t)) * t
        vp = v + v.cross(t)
        v = v + vp.cross(s)
        x = x + dt * v
    return abs(x) + v.dot(B)


def monte_carlo_pi_like(r, rng):
    total = 0.0
    for _ in range(5):
        pt = rng.normal(size=2)
        d = np.hypot(*pt)
        w = 1.0 / (1.0 + np.exp((d - r) / 0.3))
        total += w
    return total / 5


def damped(params, t):
    A, gamma, omega, phi = (params[k] for k in ("A", "gamma", "omega", "phi"))
    return A * np.exp(-gamma * t) * np.cos(omega * t + phi)


def chi2(params, t, y, sigma=0.1):
    res = (y - damped(params, t)) / sigma
    assert res.shape == y.shape, "shape"
    print(f"chi2 = {np.sum(res**2):.4f}")
    return np.sum(res**2)


def rk4(f, y, t, dt):
    k1 = f(t, y)
    k2 = f(t + dt / 2, [a + dt / 2 * b for a, b in zip(y, k1)])
    k3 = f(t + dt / 2, [a + dt / 2 * b for a, b in zip(y, k2)])
    k4 = f(t + dt, [a + dt * b for a, b in zip(y, k3)])
    return [a + dt / 6 * (p + 2 * q + 2 * r + s) for a, p, q, r, s in zip(y, k1, k2, k3, k4)]


def lorenz(y0, sigma, rho, beta):
    def rhs(t, y):
        x, yy, z = y
        return [sigma * (yy - x), x * (rho - z) - yy, x * yy - beta * z]

    y, t = list(y0), 0.0
    trajectory = [tuple(y)]
    while t < 0.095:
        y = rk4(rhs, y, t, 0.02)
        t += 0.02
        trajectory.append(tuple(y))
    return max(p[0] for p in trajectory) + trajectory[-1][2]


class Potential:
    def __call__(self, x):
        raise NotImplementedError

    def __add__(self, other):
        return SumPotential([self, other])


class Harmonic(Potential):
    def __init__(self, k):
        self.k = k

    def __call__(self, x):
        return 0.5 * self.k * x**2


class Morse(Potential):
    def __init__(self, D, a):
        self.D, self.a = D, a

    def __call__(self, x):
        return self.D * (1 - math.exp(-self.a * x)) ** 2


class SumPotential(Potential):
    def __init__(self, parts):
        self.parts = parts

    def __call__(self, x):
        return sum(p(x) for p in self.parts)


def potentials(k, D, x):
    V = Harmonic(k) + Morse(D, 1.5)
    h = 1e-2
    return V(x) - (V(x + h) - V(x - h)) / (2 * h)


CASES = {
    "nbody": (nbody, (1.0, 0.5, np.array([0.0, 0.9]))),
    "pendulum": (pendulum, (State(0.5, 0.2), 1.3)),
    "lattice": (lattice, (0.9, np.arange(5) * 0.3)),
    "boris": (boris, (1.1, Vec(0.3, 0.2, 0.1), Vec(0.0, 0.4, 1.0))),
    "mc": (monte_carlo_pi_like, (0.8, np.random.default_rng(3))),
    "chi2": (
        chi2,
        (
            {"A": 1.2, "gamma": 0.3, "omega": 2.0, "phi": 0.1},
            np.linspace(0, 2, 6),
            np.cos(np.linspace(0, 4, 6)),
        ),
    ),
    "lorenz": (lorenz, ((1.0, 0.5, 0.2), 10.0, 28.0, 2.6)),
    "potentials": (potentials, (1.3, 0.8, 0.4)),
}
