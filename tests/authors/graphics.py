"""Programs as they might come from a graphics."""

import itertools
import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class Vec3:
    __slots__ = ("x", "y", "z")

    def __init__(self, x=0.0, y=0.0, z=0.0):
        self.x, self.y, self.z = x, y, z

    def __add__(self, o):
        return Vec3(self.x + o.x, self.y + o.y, self.z + o.z)

    def __sub__(self, o):
        return Vec3(self.x - o.x, self.y - o.y, self.z - o.z)

    def __mul__(self, k):
        if isinstance(k, Vec3):
            return Vec3(self.x * k.x, self.y * k.y, self.z * k.z)
        return Vec3(self.x * k, self.y * k, self.z * k)

    def __rmul__(self, k):
        return self * k

    def __truediv__(self, k):
        return self * (1.0 / k)

    def __neg__(self):
        return Vec3(-self.x, -self.y, -self.z)

    def __matmul__(self, o):
        return self.x * o.x + self.y * o.y + self.z * o.z

    def __iter__(self):
        yield self.x
        yield self.y
        yield self.z

    def __getitem__(self, i):
        return (self.x, self.y, self.z)[i]

    def __eq__(self, o):
        return tuple(self) == tuple(o)

    def norm(self):
        return math.sqrt(self @ self)

    def unit(self):
        return self / self.norm()

    def reflect(self, n):
        return self - 2 * (self @ n) * n

    def __repr__(self):
        return f"Vec3({self.x}, {self.y}, {self.z})"


@dataclass
class Material:
    color: Vec3
    diffuse: float = 0.8
    mirror: float = 0.2


@dataclass
class Sphere:
    center: Vec3
    radius: float
    material: Material

    def hit(self, o, d):
        oc = o - self.center
        b = oc @ d
        disc = b * b - (oc @ oc - self.radius**2)
        if disc < 0:
            return None
        t = -b - math.sqrt(disc)
        return t if t > 1e-4 else None

    def normal(self, p):
        return (p - self.center) / self.radius


def trace(o, d, scene, light, depth=0):
    nearest, obj = math.inf, None
    for s in scene:
        t = s.hit(o, d)
        if t is not None and t < nearest:
            nearest, obj = t, s
    if obj is None:
        return Vec3(0.1, 0.1, 0.2)
    p = o + d * nearest
    n = obj.normal(p)
    shade = max(0.0, n @ (light - p).unit())
    col = obj.material.color * (obj.material.diffuse * shade)
    if depth < 1 and obj.material.mirror > 0:
        col = col + obj.material.mirror * trace(p, d.reflect(n), scene, light, depth + 1)
    return col


def render(radius, light_y, red):
    scene = [
        Sphere(Vec3(0.0, 0.0, 3.0), radius, Material(Vec3(red, 0.3, 0.2))),
        Sphere(Vec3(0.5, 0.8, 2.5), 0.5, Material(Vec3(0.2, 0.9, 0.2), mirror=0.5)),
    ]
    total = 0.0
    for i, j in itertools.product(range(2), repeat=2):
        d = Vec3(-0.2 + 0.3 * i, -0.1 + 0.4 * j, 1.0).unit()
        c = trace(Vec3(), d, scene, Vec3(2.0, light_y, 0.0))
        total += c.x + 0.5 * c.y + 0.25 * c.z
    return total


def vec_arg(v, w):
    r = v.reflect(w.unit())
    x, y, z = r
    return x * y + z * r[0]


class Quaternion(NamedTuple):
    w: float
    x: float
    y: float
    z: float

    def __mul__(self, o):
        return Quaternion(
            self.w * o.w - self.x * o.x - self.y * o.y - self.z * o.z,
            self.w * o.x + self.x * o.w + self.y * o.z - self.z * o.y,
            self.w * o.y - self.x * o.z + self.y * o.w + self.z * o.x,
            self.w * o.z + self.x * o.y - self.y * o.x + self.z * o.w,
        )

    def conj(self):
        return Quaternion(self.w, -self.x, -self.y, -self.z)

    @classmethod
    def about(cls, axis, angle):
        h = angle / 2
        return cls(math.cos(h), *(math.sin(h) * a for a in axis))


def rotate_q(q, v):
    p = q * Quaternion(0.0, *v) * q.conj()
    return p.x + 2 * p.y + 3 * p.z


def sdf(shape, p):
    match shape:
        case {"type": "sphere", "r": r}:
            return np.linalg.norm(p) - r
        case {"type": "box", "half": half}:
            q = np.abs(p) - half
            return np.linalg.norm(np.maximum(q, 0)) + min(np.max(q), 0.0)
        case {"type": "union", "parts": [first, *rest]}:
            d = sdf(first, p)
            for s in rest:
                d = min(d, sdf(s, p))
            return d
        case {"type": "move", "by": by, "shape": inner}:
            return sdf(inner, p - by)
        case _:
            raise ValueError(f"unknown {shape!r}")


def march(r, by, direction):
    scene = {
        "type": "union",
        "parts": [
            {"type": "sphere", "r": r},
            {"type": "move", "by": by, "shape": {"type": "sphere", "r": 0.5}},
        ],
    }
    p = np.array([-3.0, 0.1, 0.0])
    t = 0.0
    for _ in range(6):
        d = sdf(scene, p + t * direction)
        if d < 1e-3:
            break
        t += d
    return t


@dataclass
class Particle:
    pos: np.ndarray
    vel: np.ndarray
    alive: bool = True


def emitter(v0, drag):
    ps = [Particle(np.array([0.0, 1.0]), np.array([0.3 * k, v0])) for k in range(3)]
    for step in range(5):
        for p in ps:
            if not p.alive:
                continue
            p.vel = p.vel * (1 - drag) + np.array([0.0, -1.0]) * 0.2
            p.pos = p.pos + 0.2 * p.vel
            if p.pos[1] < 0.9:
                p.alive = False
        ps = [p for p in ps if p.alive] or ps[:1]
    return sum(p.pos @ p.pos for p in ps)


CASES = {
    "render": (render, (1.0, 2.0, 0.7)),
    "vec_arg": (vec_arg, (Vec3(0.3, 0.2, 0.9), Vec3(1.0, 0.1, 0.2))),
    "rotate_q": (rotate_q, (Quaternion(0.9, 0.1, 0.2, 0.3), (1.0, 0.5, 0.2))),
    "march": (march, (1.0, np.array([0.5, 0.5, 0.0]), np.array([1.0, 0.05, 0.0]))),
    "emitter": (emitter, (0.5, 0.1)),
}
