"""Preconditioned conjugate gradients with early exit, for heat in a rod of varying material."""

import logging
import time
from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np

log = logging.getLogger(__name__)


class Timer:
    """Logs how long its block took."""

    def __init__(self, label):
        self.label = label

    def __enter__(self):
        self.start = time.perf_counter()
        return self

    def __exit__(self, *exc):
        self.seconds = time.perf_counter() - self.start
        log.debug("%s took %.2g s", self.label, self.seconds)
        return False


class LinearOperator(ABC):
    """Something that can be applied to a vector."""

    @abstractmethod
    def apply(self, x): ...

    def __matmul__(self, x):
        return self.apply(x)

    def __add__(self, other):
        return Sum(self, other)


class Sum(LinearOperator):
    def __init__(self, *parts):
        self.parts = parts

    def apply(self, x):
        return sum(part @ x for part in self.parts)


class Diagonal(LinearOperator):
    def __init__(self, d):
        self.d = d

    def apply(self, x):
        return self.d * x

    def inverse(self):
        return Diagonal(1.0 / self.d)


class Conduction(LinearOperator):
    """-(k u')' with zero at both ends; k sits between the nodes."""

    def __init__(self, k):
        self.k = k
        self.applications = 0

    def apply(self, x):
        self.applications += 1
        flux = self.k * np.diff(x, prepend=0.0, append=0.0)
        return -np.diff(flux)

    @property
    def diagonal(self):
        return self.k[:-1] + self.k[1:]


class Result(NamedTuple):
    x: np.ndarray
    iterations: int
    converged: bool
    residuals: list


def cg(A, b, x0=None, preconditioner=None, tol=1e-10, maxiter=None, callback=None):
    """Solve A x = b for a symmetric positive definite A."""
    x = np.zeros_like(b) if x0 is None else x0.copy()
    maxiter = maxiter or 10 * len(b)
    r = b - A @ x
    z = r if preconditioner is None else preconditioner @ r
    p = z.copy()
    rz = r @ z
    residuals = [np.sqrt(r @ r)]
    for iteration in range(1, maxiter + 1):
        Ap = A @ p
        alpha = rz / (p @ Ap)
        x += alpha * p
        r -= alpha * Ap
        residuals.append(np.sqrt(r @ r))
        if callback is not None:
            callback(iteration, residuals[-1])
        if residuals[-1] < tol * residuals[0]:
            log.info("converged after %d iterations", iteration)
            return Result(x, iteration, True, residuals)
        z = r if preconditioner is None else preconditioner @ r
        rz_next = r @ z
        p *= rz_next / rz
        p += z
        rz = rz_next
    log.warning("no convergence: residual %g", residuals[-1])
    return Result(x, maxiter, False, residuals)


def temperature(log_k, loss, heating):
    """The steady temperature of a rod that is heated and loses heat along its length."""
    conduction = Conduction(np.exp(log_k))
    A = conduction + Diagonal(loss)
    preconditioner = Diagonal(conduction.diagonal + loss).inverse()
    with Timer("solve"):
        result = cg(A, heating, preconditioner=preconditioner, tol=1e-13)
    assert result.converged, f"residual {result.residuals[-1]:g} after {result.iterations}"
    return result.x


def compliance(log_k, loss, heating):
    """What a designer of heat sinks makes small."""
    return heating @ temperature(log_k, loss, heating)


def stopped_short(log_k, heating, iterations):
    """The residual after a fixed number of iterations, as smoother analysis wants it."""
    history = []
    A = Conduction(np.exp(log_k))
    cg(A, heating, maxiter=iterations, tol=0.0, callback=lambda i, res: history.append(res / i))
    return sum(history)
