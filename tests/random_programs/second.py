"""Second order: the emitted gradient of a random program, differentiated again in both modes."""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from tests import differences
from tests.random_programs.judge import TRUST, Failure, Rejected, failure_of, loaded
from tests.random_programs.program import Program


def judge_second(program: Program) -> Failure | None:
    """None if both modes are right about the program's gradient; raises `Rejected` if that
    cannot be said.
    """
    with loaded(program.text) as module, warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        if not hasattr(module, "program"):
            raise Rejected("no program")
        return _judge(module.program, program)


def _judge(f: Callable[..., Any], program: Program) -> Failure | None:
    import srcad

    args = program.args()
    chosen = tuple(range(len(args)))
    tangents = differences.tangent_like(args, seed=5)
    try:
        emitted = [srcad.grad(f, argnums=chosen).source_for(*args)]
        df = srcad.grad(f, argnums=chosen).specialize(*args)
        want = expected(df, args, tangents)
    except Exception as error:  # a fault at first order is not for this judge
        raise Rejected(f"first order: {type(error).__name__}") from error
    for mode, product in (("forward", _forward), ("reverse", _reverse)):
        try:
            got = product(df, args, tangents)
            differences.close(got, want, 1e-6, f"{mode} over reverse against differences")
        except Exception as error:
            return failure_of(error, program, emitted)
    return None


def expected(df: Callable[..., Any], args: tuple, tangents: tuple) -> np.ndarray:
    """The gradient's derivative along a direction by differences, or `Rejected`."""
    estimate = differences.directional(df, args, tangents)
    scale = 1.0 + float(np.max(np.abs(estimate.value), initial=0.0))
    if not math.isfinite(estimate.error) or estimate.error > TRUST * scale:
        raise Rejected("differences")
    return estimate.value


def _forward(df: Callable[..., Any], args: tuple, tangents: tuple) -> np.ndarray:
    import srcad

    value, tangent = srcad.jvp(df, args, tangents)
    return differences.to_vector(differences.in_form(tangent, value, "the tangent"))


def _reverse(df: Callable[..., Any], args: tuple, tangents: tuple) -> np.ndarray:
    """The Hessian is symmetric: its product with a direction is what forward mode gives."""
    import srcad

    value, pullback = srcad.vjp(df, *copy.deepcopy(args))
    return differences.to_vector(differences.in_form(pullback(tangents), value, "the gradient"))
