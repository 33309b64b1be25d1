"""A small ray tracer: spheres and a floor, Phong shading, shadows and mirrors."""

from __future__ import annotations

import math
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Vec3:
    x: float
    y: float
    z: float

    def __add__(self, other: Vec3) -> Vec3:
        return Vec3(self.x + other.x, self.y + other.y, self.z + other.z)

    def __sub__(self, other: Vec3) -> Vec3:
        return Vec3(self.x - other.x, self.y - other.y, self.z - other.z)

    def __mul__(self, s: float) -> Vec3:
        return Vec3(self.x * s, self.y * s, self.z * s)

    __rmul__ = __mul__

    def __neg__(self) -> Vec3:
        return self * -1.0

    def __matmul__(self, other: Vec3) -> float:
        return self.x * other.x + self.y * other.y + self.z * other.z

    def norm(self) -> float:
        return math.sqrt(self @ self)

    def unit(self) -> Vec3:
        return self * (1.0 / self.norm())

    def reflect(self, normal: Vec3) -> Vec3:
        return self - 2.0 * (self @ normal) * normal


@dataclass(frozen=True)
class Ray:
    origin: Vec3
    direction: Vec3

    def at(self, t: float) -> Vec3:
        return self.origin + t * self.direction


@dataclass
class Material:
    albedo: float = 0.8
    shininess: float = 20.0
    mirror: float = 0.0


class Shape:
    def __init__(self, material: Material) -> None:
        self.material = material

    def hit(self, ray: Ray) -> float | None:
        raise NotImplementedError

    def normal(self, point: Vec3) -> Vec3:
        raise NotImplementedError


class Sphere(Shape):
    def __init__(self, center: Vec3, radius: float, material: Material) -> None:
        super().__init__(material)
        self.center = center
        self.radius = radius

    def hit(self, ray: Ray) -> float | None:
        oc = ray.origin - self.center
        b = oc @ ray.direction
        discriminant = b * b - (oc @ oc - self.radius**2)
        if discriminant < 0:
            return None
        root = math.sqrt(discriminant)
        for t in (-b - root, -b + root):
            if t > 1e-4:
                return t
        return None

    def normal(self, point: Vec3) -> Vec3:
        return (point - self.center) * (1.0 / self.radius)


class Floor(Shape):
    def hit(self, ray: Ray) -> float | None:
        if abs(ray.direction.y) < 1e-9:
            return None
        t = -ray.origin.y / ray.direction.y
        return t if t > 1e-4 else None

    def normal(self, point: Vec3) -> Vec3:
        return Vec3(0.0, 1.0, 0.0)


@dataclass
class Scene:
    shapes: list[Shape] = field(default_factory=list)
    light: Vec3 = Vec3(5.0, 8.0, -5.0)
    ambient: float = 0.1

    def nearest(self, ray: Ray) -> tuple[float, Shape] | None:
        best = None
        for shape in self.shapes:
            t = shape.hit(ray)
            if t is not None and (best is None or t < best[0]):
                best = (t, shape)
        return best

    def trace(self, ray: Ray, depth: int = 2) -> float:
        """The brightness that comes along the ray."""
        found = self.nearest(ray)
        if found is None:
            return 0.2 + 0.3 * max(ray.direction.y, 0.0)
        t, shape = found
        point = ray.at(t)
        normal = shape.normal(point)
        to_light = (self.light - point).unit()
        material = shape.material
        brightness = self.ambient
        blocked = self.nearest(Ray(point, to_light))
        if blocked is None:
            brightness += material.albedo * max(normal @ to_light, 0.0)
            highlight = (-to_light).reflect(normal) @ -ray.direction
            if highlight > 0.0:
                brightness += highlight**material.shininess
        if material.mirror > 0.0 and depth > 0:
            bounce = Ray(point, ray.direction.reflect(normal).unit())
            reflected = self.trace(bounce, depth - 1)
            brightness = (1 - material.mirror) * brightness + material.mirror * reflected
        return brightness


def render(
    scene: Scene, width: int = 4, height: int = 3, eye: Vec3 = Vec3(0.0, 1.0, -4.0)
) -> list[list[float]]:
    image = []
    for row in range(height):
        line = []
        for column in range(width):
            u = (column + 0.5) / width - 0.5
            v = 0.5 - (row + 0.5) / height
            line.append(scene.trace(Ray(eye, Vec3(u, v, 1.0).unit())))
        image.append(line)
    return image


def mean_brightness(center: list[float], radius: float, mirror: float) -> float:
    """The exposure of a picture of one moving ball before another."""
    ball = Sphere(Vec3(*center), radius, Material(mirror=mirror))
    other = Sphere(Vec3(-1.2, 0.7, 1.5), 0.7, Material(albedo=0.5))
    image = render(Scene([ball, other, Floor(Material(albedo=0.6))]))
    return sum(sum(line) for line in image) / sum(map(len, image))


def exposure(scene: Scene) -> float:
    return sum(value**2 for line in render(scene) for value in line)
