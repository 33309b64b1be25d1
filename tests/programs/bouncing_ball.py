"""An event-driven ball on a staircase: the times of impact are found, not stepped over."""

import heapq
import math
from dataclasses import dataclass, field
from enum import Enum, auto


class Kind(Enum):
    BOUNCE = auto()
    WALL = auto()
    EDGE = auto()
    END = auto()


@dataclass(order=True)
class Event:
    time: float
    kind: Kind = field(compare=False)


@dataclass
class Ball:
    x: float
    y: float
    vx: float
    vy: float

    def fly(self, dt, g, drag):
        """Free flight, with linear drag along x only."""
        if drag > 0:
            self.x += self.vx * (1 - math.exp(-drag * dt)) / drag
            self.vx *= math.exp(-drag * dt)
        else:
            self.x += self.vx * dt
        self.y += self.vy * dt - 0.5 * g * dt**2
        self.vy -= g * dt

    def energy(self, g):
        return 0.5 * (self.vx**2 + self.vy**2) + g * self.y


class TooManyBounces(Exception):
    pass


def stair_below(x, steps=5, depth=1.0, drop=0.3):
    """Height of the stair under x, and where it ends (None for the ground floor)."""
    for i in range(steps):
        if x < (i + 1) * depth:
            return -i * drop, (i + 1) * depth
    return -steps * drop, None


def impact_time(ball, height, g):
    """When the ball next meets the height: the later root of its parabola."""
    discriminant = ball.vy**2 + 2 * g * (ball.y - height)
    if discriminant < 0:
        return math.inf
    return (ball.vy + math.sqrt(discriminant)) / g


def wall_time(ball, wall, drag):
    if ball.vx <= 0:
        return math.inf
    try:
        return -math.log(1 - drag * (wall - ball.x) / ball.vx) / drag
    except ZeroDivisionError:
        return (wall - ball.x) / ball.vx
    except ValueError:
        return math.inf


def simulate(ball, duration, restitution=0.8, g=9.81, drag=0.1, wall=3.4, max_events=100):
    """Move the ball for the duration; returns the events in their order."""
    now, log = 0.0, []
    while True:
        height, edge = stair_below(ball.x)
        queue = [
            Event(now + impact_time(ball, height, g), Kind.BOUNCE),
            Event(now + wall_time(ball, wall, drag), Kind.WALL),
            Event(duration, Kind.END),
        ]
        if edge is not None:
            queue.append(Event(now + wall_time(ball, edge, drag), Kind.EDGE))
        heapq.heapify(queue)
        event = heapq.heappop(queue)
        ball.fly(event.time - now, g, drag)
        now = event.time
        log.append((event.kind.name, now))
        match event.kind:
            case Kind.BOUNCE:
                ball.vy = -restitution * ball.vy
                # set down exactly, else rounding lets it fall through
                ball.y = height
            case Kind.WALL:
                ball.vx = -restitution * ball.vx
            case Kind.EDGE:
                ball.x = edge
            case Kind.END:
                return log
        if len(log) > max_events:
            raise TooManyBounces(f"{len(log)} events by t = {now:.3f}")


def landing(speed, angle, restitution, duration=1.6):
    """Where the ball is at the end."""
    ball = Ball(0.0, 1.0, speed * math.cos(angle), speed * math.sin(angle))
    simulate(ball, duration, restitution)
    return ball.x + 0.5 * ball.y


def time_of_bounce(speed, angle, number):
    ball = Ball(0.0, 1.0, speed * math.cos(angle), speed * math.sin(angle))
    bounces = [t for name, t in simulate(ball, 3.0) if name == "BOUNCE"]
    return bounces[number] * ball.energy(9.81)
