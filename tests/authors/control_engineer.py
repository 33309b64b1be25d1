"""Programs as they might come from a control engineer."""

import enum
import logging
from dataclasses import dataclass

import numpy as np

log = logging.getLogger("control")


class PID:
    def __init__(self, kp, ki, kd, dt, limits=(None, None)):
        self.kp, self.ki, self.kd, self.dt = kp, ki, kd, dt
        self.lo, self.hi = limits
        self.reset()

    def reset(self):
        self.integral = 0.0
        self.last_error = None
        self.saturated = 0

    def __call__(self, error):
        if self.last_error is None:
            derivative = 0.0
        else:
            derivative = (error - self.last_error) / self.dt
        self.last_error = error
        candidate = self.integral + error * self.dt
        u = self.kp * error + self.ki * candidate + self.kd * derivative
        if self.hi is not None and u > self.hi:
            self.saturated += 1
            return self.hi
        if self.lo is not None and u < self.lo:
            self.saturated += 1
            return self.lo
        self.integral = candidate
        return u


def step_response(kp, ki, kd):
    pid = PID(kp, ki, kd, 0.1, limits=(-2.0, 2.0))
    y = v = 0.0
    cost = 0.0
    for k in range(12):
        u = pid(1.0 - y)
        v += 0.1 * (u - 0.5 * v)
        y += 0.1 * v
        cost += 0.1 * (k + 1) * (1.0 - y) ** 2
    log.debug("saturated %d times", pid.saturated)
    return cost


@dataclass
class Gaussian:
    mean: np.ndarray
    cov: np.ndarray

    def predict(self, F, Q):
        return Gaussian(F @ self.mean, F @ self.cov @ F.T + Q)

    def update(self, z, H, R):
        y = z - H @ self.mean
        S = H @ self.cov @ H.T + R
        K = self.cov @ H.T @ np.linalg.inv(S)
        return Gaussian(self.mean + K @ y, (np.eye(len(self.mean)) - K @ H) @ self.cov), y, S


def kalman_ll(q, r, zs):
    F = np.array([[1.0, 0.1], [0.0, 1.0]])
    H = np.array([[1.0, 0.0]])
    Q = q * np.eye(2)
    R = np.array([[r]])
    belief = Gaussian(np.zeros(2), np.eye(2))
    ll = 0.0
    for z in zs:
        if z is None:
            belief = belief.predict(F, Q)
            continue
        belief, y, S = belief.predict(F, Q).update(np.array([z]), H, R)
        ll += -0.5 * (np.log(np.linalg.det(S)) + y @ np.linalg.solve(S, y))
    return ll


class Mode(enum.Enum):
    IDLE = "idle"
    HEAT = "heat"
    COOL = "cool"


def thermostat(gain, T0):
    mode, T = Mode.IDLE, T0
    energy = 0.0
    for k in range(8):
        match mode:
            case Mode.IDLE if T < 19.0:
                mode = Mode.HEAT
            case Mode.IDLE if T > 22.0:
                mode = Mode.COOL
            case Mode.HEAT if T > 20.5:
                mode = Mode.IDLE
            case Mode.COOL if T < 21.0:
                mode = Mode.IDLE
            case _:
                pass
        power = {Mode.IDLE: 0.0, Mode.HEAT: gain, Mode.COOL: -gain}[mode]
        T += power - 0.05 * (T - 15.0)
        energy += abs(power)
    return T + 0.1 * energy


class LowPass:
    def __init__(self, alpha):
        self.alpha = alpha
        self.y = None

    def __call__(self, x):
        self.y = x if self.y is None else self.alpha * x + (1 - self.alpha) * self.y
        return self.y


class MovingAverage:
    def __init__(self, n):
        self.n = n
        self.buf = []

    def __call__(self, x):
        self.buf.append(x)
        if len(self.buf) > self.n:
            self.buf.pop(0)
        return sum(self.buf) / len(self.buf)


class Chain:
    def __init__(self, *blocks):
        self.blocks = blocks

    def __call__(self, x):
        for b in self.blocks:
            x = b(x)
        return x

    def __or__(self, other):
        return Chain(*self.blocks, other)


def filters_or(alpha, signal):
    chain = Chain(LowPass(alpha)) | MovingAverage(2)
    return sum(chain(s) ** 2 for s in signal)


class Logger:
    def __init__(self):
        self.rows = []

    def record(self, **kw):
        self.rows.append(kw)

    def column(self, name):
        return [r[name] for r in self.rows]


def logged(k, n=4):
    lg = Logger()
    x = 1.0
    for t in range(n):
        u = -k * x
        lg.record(t=t, x=x, u=u)
        x = x + 0.1 * u
    return sum(v**2 for v in lg.column("u")) + lg.column("x")[-1]


def fsm(k, signal):
    state = "wait"
    start = None
    acc = 0.0
    for t, s in enumerate(signal):
        if state == "wait" and s > 0.5:
            state, start = "run", t
        elif state == "run":
            acc += k * s * (t - start)
            if s < 0.2:
                state = "done"
        elif state == "done":
            break
    return acc


CASES = {
    "pid": (step_response, (3.0, 0.7, 0.2)),
    "kalman": (kalman_ll, (0.1, 0.2, [0.1, 0.3, None, 0.2]), dict(argnums=(0, 1))),
    "thermostat": (thermostat, (1.3, 17.0)),
    "filters_or": (filters_or, (0.4, [0.1, 0.9, 0.5, 0.7])),
    "logged": (logged, (0.7,)),
    "fsm": (fsm, (0.7, [0.1, 0.6, 0.8, 0.9, 0.1, 0.4])),
}
