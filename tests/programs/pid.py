"""A PID controller with saturation and anti-windup, holding a tank's temperature."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass


def clamp(value, low, high):
    return max(low, min(high, value))


class PID:
    def __init__(self, kp: float, ki: float, kd: float, limits=(0.0, 1.0), derivative_tau=0.5):
        self.kp, self.ki, self.kd = kp, ki, kd
        self.low, self.high = limits
        self.tau = derivative_tau
        self._integral = 0.0
        self._last_measured: float | None = None
        self._slope = 0.0
        self.saturated_for = 0

    def __call__(self, setpoint: float, measured: float, dt: float) -> float:
        error = setpoint - measured
        if self._last_measured is not None:
            # on the measurement, so that a step of the setpoint gives no kick; filtered
            raw = (measured - self._last_measured) / dt
            self._slope += dt / (self.tau + dt) * (raw - self._slope)
        self._last_measured = measured
        wanted = self.kp * error + self._integral - self.kd * self._slope
        output = clamp(wanted, self.low, self.high)
        if output == wanted:
            self._integral += self.ki * error * dt
            self.saturated_for = 0
        else:
            self.saturated_for += 1
            # conditional integration: only what leads out of saturation
            if (wanted - output) * error < 0:
                self._integral += self.ki * error * dt
        return output


@dataclass
class Tank:
    """A stirred tank with a heater, a dead time and losses to the room."""

    temperature: float = 20.0
    room: float = 20.0
    capacity: float = 40.0
    loss: float = 0.8
    power: float = 120.0
    delay: int = 3

    def __post_init__(self):
        self._pipe = deque([0.0] * self.delay)

    def step(self, heater: float, dt: float) -> float:
        self._pipe.append(heater)
        arriving = self._pipe.popleft()
        heat = self.power * arriving - self.loss * (self.temperature - self.room)
        self.temperature += dt * heat / self.capacity
        return self.temperature


def schedule(steps: int, dt: float) -> Iterator[tuple[float, float]]:
    """The operator's programme: warm up, hold, lower."""
    for k in range(steps):
        t = k * dt
        if t < 10.0:
            yield t, 50.0
        elif t < 25.0:
            yield t, 65.0
        else:
            yield t, 45.0


def closed_loop(controller: Callable, tank: Tank, steps: int, dt: float):
    trace = []
    measured = tank.temperature
    for t, setpoint in schedule(steps, dt):
        u = controller(setpoint, measured, dt)
        measured = tank.step(u, dt)
        trace.append((t, setpoint, measured, u))
    return trace


def tracking_cost(gains, loss, steps=70, dt=0.5, effort_weight=5.0):
    """Integrated squared error, and how hard the heater is moved."""
    kp, ki, kd = gains
    trace = closed_loop(PID(kp, ki, kd), Tank(loss=loss), steps, dt)
    cost = sum((sp - y) ** 2 for _, sp, y, _ in trace) * dt
    moves = sum((b[3] - a[3]) ** 2 for a, b in zip(trace, trace[1:]))
    overshoot = max(y - sp for _, sp, y, _ in trace)
    if overshoot > 0:
        cost += 10.0 * overshoot**2
    return cost / steps + effort_weight * moves
