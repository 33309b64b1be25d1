"""Find a projectile's air drag from where it lands.

    python examples/projectile.py

The flight is simulated as anyone would write it: a while loop that ends when the projectile is
below the ground, with arrays updated in place. srcad differentiates the simulation, the stopping
event and the updates included; the gradient is printed, and the drag is recovered from measured
distances by following the gradient to zero.
"""

import math

import numpy as np

import srcad

TRUE_DRAG = 0.0125  # per metre


def distance(drag, angle, speed=60.0, dt=0.01):
    """How far a shot flies, in metres: quadratic drag, semi-implicit Euler steps."""
    position = np.zeros(2)
    velocity = np.empty(2)
    velocity[0] = speed * math.cos(angle)
    velocity[1] = speed * math.sin(angle)
    while True:
        before = position.copy()
        velocity *= 1.0 - dt * drag * np.sqrt(velocity @ velocity)
        velocity[1] -= dt * 9.81
        position += dt * velocity
        if position[1] < 0.0:
            break
    # the last step is cut where it meets the ground, so that the distance is smooth in the drag
    fraction = before[1] / (before[1] - position[1])
    return before[0] + fraction * (position[0] - before[0])


def misfit(drag, angles, measured):
    """Mean squared difference between simulated and measured distances."""
    total = 0.0
    for i in range(len(angles)):
        total += (distance(drag, angles[i]) - measured[i]) ** 2
    return total / len(angles)


def measurements():
    """What a field test with a tape measure would give: distances with an error of 5 cm."""
    angles = np.radians([20.0, 30.0, 40.0, 50.0, 60.0, 70.0])
    exact = np.array([distance(TRUE_DRAG, angle) for angle in angles])
    return angles, exact + np.random.default_rng(0).normal(scale=0.05, size=angles.size)


def recover(gradient, angles, measured, first=0.005, second=0.006):
    """The drag at which the gradient of the misfit is zero, by the secant method."""
    slope, next_slope = (gradient(drag, angles, measured) for drag in (first, second))
    while abs(second - first) > 1e-9:
        first, second = second, second - next_slope * (second - first) / (next_slope - slope)
        slope, next_slope = next_slope, gradient(second, angles, measured)
        print(f"drag {second:.6f}   misfit {misfit(second, angles, measured):.6f} m²")
    return second


def main():
    angles, measured = measurements()
    gradient = srcad.grad(misfit, argnums="drag")
    print(gradient.source_for(0.005, angles, measured))
    drag = recover(gradient, angles, measured)
    print(f"recovered drag {drag:.5f} per metre; the true one is {TRUE_DRAG:.5f}")


if __name__ == "__main__":
    main()
