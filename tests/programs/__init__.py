"""Twenty programs as their authors write them, and where each is to be differentiated.

The modules know nothing of derivatives and make no concession to them. `CASES` names the functions
to differentiate, with arguments at which the result is smooth: no tie, and no step of an adaptive
loop on the edge between accepted and rejected.
"""

import importlib
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tests.programs import hmm, lstm, ray_tracer, sir, transformer


class Case(NamedTuple):
    """A function of a program and what it is differentiated at."""

    program: str
    function: str
    arguments: Callable[[], tuple]
    argnums: int | tuple[int, ...] | None = None
    first_step: float = 0.02

    @property
    def f(self) -> Callable[..., Any]:
        """The function itself."""
        return getattr(importlib.import_module(f"tests.programs.{self.program}"), self.function)

    @property
    def name(self) -> str:
        """What the tests call it."""
        return f"{self.program}.{self.function}"


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1.0, 1.0, shape)


def definite(n: int) -> np.ndarray:
    a = random(n, n, seed=n)
    return a @ a.T + n * np.eye(n)


def track() -> list:
    rng = np.random.default_rng(4)
    path = [np.array([0.6 * k, 0.1 * k**2]) + rng.normal(0.0, 0.3, 2) for k in range(6)]
    path[2] = None
    return path


def bodies() -> tuple:
    rng = np.random.default_rng(1)
    return rng.uniform(-1, 1, (7, 2)), rng.uniform(-0.2, 0.2, (7, 2)), rng.uniform(0.5, 1.5, 7)


def a_scene() -> ray_tracer.Scene:
    ball = ray_tracer.Sphere(ray_tracer.Vec3(0.3, 0.8, 0.2), 0.75, ray_tracer.Material(mirror=0.4))
    return ray_tracer.Scene([ball, ray_tracer.Floor(ray_tracer.Material(albedo=0.6, mirror=0.1))])


def regimes() -> hmm.HMM:
    return hmm.HMM(
        np.array([0.6, 0.4]),
        np.array([[0.8, 0.2], [0.3, 0.7]]),
        np.array([-0.5, 1.0]),
        np.array([0.6, 0.9]),
    )


def unconstrained() -> dict:
    return {
        "initial": random(2, seed=1),
        "transition": random(2, 2, seed=2),
        "means": random(2, seed=3),
        "log_stds": 0.3 * random(2, seed=4),
    }


CONTACTS = np.array([[1.2, 0.4], [0.4, 0.8]])
POPULATION = np.array([400.0, 600.0])
INFECTED = np.array([4.0, 9.0])
NETWORK = [(0, 1), (1, 2), (2, 3), (0, 2), (1, 3)]
OBSERVED = [-0.3, 0.8, float("nan"), 1.4, -0.9, 0.2]

CASES = (
    Case(
        "adaptive_rk",
        "misfit",
        lambda: (
            [0.9, 0.5, 0.7, 0.4],
            [1.5, 1.0],
            [1.0, 2.5],
            [np.array([2.0, 1.2]), np.array([1.4, 1.9])],
        ),
        (0, 1),
        1e-3,
    ),
    Case(
        "kalman",
        "negative_log_likelihood",
        lambda: (np.array([-0.2, -0.8]), np.zeros(2), track()),
        (0, 1),
    ),
    Case("kalman", "final_spread", lambda: (np.array([-0.2, -0.8]), np.zeros(2), track())),
    Case(
        "lu",
        "dissipated",
        lambda: ([1.0, 2.0, 1.5, 0.7, 3.0], NETWORK, np.array([1.0, -0.5, 0.3])),
        (0, 2),
    ),
    Case("lu", "gaussian_log_density", lambda: (random(4), random(4, seed=1), definite(4))),
    Case("lu", "refine", lambda: (random(5, 5, seed=9), random(5))),
    Case(
        "conjugate_gradient",
        "compliance",
        lambda: (0.3 * random(7), 1.0 + random(6, seed=1) ** 2, random(6, seed=2)),
    ),
    Case("conjugate_gradient", "stopped_short", lambda: (0.3 * random(7), random(6, seed=2), 3)),
    Case("barnes_hut", "spread", bodies, None, 1e-3),
    # not in gamma: the partial of exp(-inf / gamma) is 0 * inf, whoever computes it
    Case("soft_dtw", "soft_dtw", lambda: (random(4, 2), random(5, 2, seed=1))),
    Case("soft_dtw", "soft_dtw_memoised", lambda: (random(3, 2), random(4, 2, seed=1))),
    Case(
        "soft_dtw",
        "barycentre_loss",
        lambda: (random(3, 1), [random(4, 1, seed=1), random(3, 1, seed=2)]),
        (0, 1),
    ),
    Case(
        "lstm",
        "loss",
        lambda: (
            lstm.init_params(np.random.default_rng(0), 3, 2, layers=2),
            [0, 2, 1, 1, 0],
            1e-2,
            True,
        ),
        0,
    ),
    Case("american_option", "greeks_target", lambda: (1.0, 0.25, 0.04), None, 1e-6),
    Case("ray_tracer", "mean_brightness", lambda: ([0.3, 0.8, 0.2], 0.75, 0.4), None, 1e-3),
    Case("ray_tracer", "exposure", lambda: (a_scene(),), None, 1e-3),
    Case("spring_network", "lowest_point", lambda: (40.0, 0.3)),
    Case("spring_network", "swing", lambda: (np.array([0.5, 2.0]), 30.0)),
    Case("pid", "tracking_cost", lambda: ([0.05, 0.008, 0.06], 0.8), None, 1e-5),
    Case("hmm", "objective", lambda: (unconstrained(), [OBSERVED, [0.1, 0.6, -1.0]]), 0),
    Case("hmm", "regime_weight", lambda: (regimes(), OBSERVED), 0),
    Case("bouncing_ball", "landing", lambda: (3.0, 0.7, 0.8, 2.2), None, 1e-3),
    Case("bouncing_ball", "time_of_bounce", lambda: (2.5, 0.6, 1), (0, 1), 1e-3),
    Case(
        "spline",
        "fit_loss",
        lambda: (
            random(6),
            np.array([0.0, 0.7, 1.5, 2.0, 3.1, 4.0]),
            np.linspace(0.1, 3.9, 9),
            random(9, seed=1),
            0.05,
        ),
        (0, 3, 4),
    ),
    Case("spline", "arc_length", lambda: (random(6), np.array([0.0, 0.7, 1.5, 2.0, 3.1, 4.0])), 0),
    Case(
        "spline", "knot_sensitivity", lambda: (np.array([0.0, 0.7, 1.5, 2.0, 3.1, 4.0]), random(6))
    ),
    Case("power_flow", "losses", lambda: (0.9, 0.3, 0.4)),
    Case(
        "sir",
        "policy_cost",
        lambda: (sir.Disease(), CONTACTS, 0.4, 12.0, POPULATION, INFECTED),
        None,
        1e-3,
    ),
    Case(
        "sir",
        "log_likelihood",
        lambda: (
            {"beta": -0.8, "infectious": 1.9},
            CONTACTS,
            POPULATION,
            INFECTED,
            np.array([1.0, 2.0, 2.0, 4.0, 5.0]),
        ),
        (0, 1, 2, 3),
    ),
    Case(
        "fft",
        "equaliser_loss",
        lambda: (random(3), random(8, seed=1), random(5, seed=2)),
        None,
        1e-3,
    ),
    Case("fft", "spectral_centroid", lambda: (list(random(8)),)),
    Case("fft", "fft", lambda: (random(8) + 1j * random(8, seed=1),)),
    Case("quadtree", "total_energy", lambda: (random(9, 2, seed=3), random(9, seed=4)), None, 1e-3),
    Case("quadtree", "direct_energy", lambda: (random(5, 2, seed=3), random(5, seed=4))),
    Case(
        "bonds",
        "book_value",
        lambda: (
            [0.02, 0.025, 0.03, 0.035],
            [100.0, 200.0, 150.0],
            0.04,
            {"note": 0.01, "mortgage": 0.015},
        ),
        None,
        1e-3,
    ),
    Case("bonds", "note_yield", lambda: ([0.02, 0.025, 0.03], 0.04, 0.5), None, 1e-3),
    Case(
        "transformer",
        "loss",
        lambda: (transformer.init_params(np.random.default_rng(0), 4, 3, 3), [0, 2, 1, 1]),
        0,
    ),
)
