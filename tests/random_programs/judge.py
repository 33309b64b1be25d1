"""What is asked of a random program, and how it is loaded."""

from __future__ import annotations

import ast
import copy
import importlib.util
import io
import itertools
import math
import re
import signal
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from tests import differences
from tests.random_programs.program import Program

BOUND = 1e3  # values and derivatives beyond are not of order one
TRUST = 1e-7  # the relative error that the differences may have
_numbers = itertools.count()
# what a program itself may raise, above all one that has been made smaller
_OF_THE_PROGRAM = (
    ArithmeticError,
    AttributeError,
    LookupError,
    NameError,
    RecursionError,
    TypeError,
    ValueError,
)


class Rejected(Exception):
    """The program says nothing: it fails itself, or its differences cannot be trusted."""


@dataclass(frozen=True)
class Failure:
    """A disagreement or an exception. `cluster` is the same for failures that look alike."""

    cluster: str
    detail: str
    program: Program
    emitted: str = ""

    def report(self) -> str:
        lines = ["", "program:", self.program.text, f"arguments: {self.program.args()!r}", ""]
        if self.emitted:
            lines += ["emitted:", self.emitted]
        return "\n".join([self.cluster, *lines, self.detail])


@contextmanager
def loaded(text: str) -> Iterator[ModuleType]:
    """A module made of the text in a real file, which is gone afterwards."""
    name = f"random_program_{next(_numbers)}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.py"
        path.write_text(text)
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            _execute(spec.loader.exec_module, module)
            yield module
        finally:
            del sys.modules[name]


def _execute(execute: Callable[[ModuleType], None], module: ModuleType) -> None:
    try:
        execute(module)
    except _OF_THE_PROGRAM as error:
        raise Rejected(f"{type(error).__name__}: {error}") from error


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """A loop whose counting was deleted does not end by itself."""

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def quiet() -> Iterator[io.StringIO]:
    """What is printed goes nowhere, nor do warnings."""
    with (
        np.errstate(all="ignore"),
        warnings.catch_warnings(),
        redirect_stdout(io.StringIO()) as out,
    ):
        warnings.simplefilter("ignore")
        yield out


def expected(f: Callable[..., Any], args: tuple) -> np.ndarray:
    """The gradient by differences, or `Rejected`."""
    try:
        with quiet():
            value = f(*copy.deepcopy(args))
            _require(np.shape(value) == () and abs(value) < BOUND, "value")
            estimate = differences.gradient(f, args)
    except _OF_THE_PROGRAM as error:
        # NameError: the loop or branch that binds a name was not entered
        raise Rejected(f"{type(error).__name__}: {error}") from error
    scale = 1.0 + float(np.max(np.abs(estimate.value), initial=0.0))
    _require(math.isfinite(estimate.error) and estimate.error < TRUST * scale, "differences")
    _require(scale < BOUND, "derivative")
    return estimate.value


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise Rejected(what)


def judge(program: Program) -> Failure | None:
    """None if every derivative of the program is right; raises `Rejected` if it says nothing."""
    with loaded(program.text) as module:
        _require(hasattr(module, "program"), "no program")
        args = program.args()
        want = expected(module.program, args)
        emitted = []
        try:
            with quiet():
                compare(Recorded(module), args, want, program.seed, emitted)
        except Exception as error:
            return failure_of(error, program, emitted)
    return None


class Recorded:
    """A program's function with the traces that calls leave: what is printed, and in the module."""

    def __init__(self, module: ModuleType) -> None:
        self.f = module.program
        self.module = module

    def traces(self, call: Callable[[], Any]) -> tuple[Any, tuple]:
        """The result of a call, and the traces of that one call."""
        for name in ("LOG", "COUNTS"):
            if hasattr(self.module, name):
                getattr(self.module, name).clear()
        self.module.trips = 0
        with redirect_stdout(io.StringIO()) as out:
            result = call()
        kept = {name: getattr(self.module, name, None) for name in ("LOG", "COUNTS", "trips")}
        return result, (out.getvalue(), copy.deepcopy(kept))

    def check(self, call: Callable[[], Any], args: tuple, want: tuple, what: str) -> Any:
        """The result of a call of a derivative, which changes nothing and does all once."""
        before = copy.deepcopy(args)
        result, traces = self.traces(call)
        if not differences.same(args, before):
            raise differences.Mismatch(f"{what} changed the caller's arguments")
        if traces != want:
            raise differences.Mismatch(f"{what} leaves other traces:\n{traces}\n{want}")
        return result


def failure_of(error: Exception, program: Program, emitted: list[str]) -> Failure:
    """The failure that an exception stands for."""
    detail = "".join(traceback.format_exception(error))
    return Failure(cluster_of(error), detail, program, "\n".join(emitted))


def compare(
    program: Recorded, args: tuple, want: np.ndarray, seed: int, emitted: list[str]
) -> None:
    """Raise unless reverse mode gives `want` and forward mode the same to rounding.

    The seed says what is asked for: the gradient alone or with the value, in all arguments or in
    one, since both change what is active and what is dead.
    """
    given = copy.deepcopy(args)
    primal = program.traces(lambda: program.f(*given))
    chosen = tuple(range(len(args)))
    if seed // 2 % 3 == 0:
        chosen = (seed // 6 % len(args),)
        want = differences.to_vector((differences.from_vector(args, want)[chosen[0]],))
    got = reverse(program, args, chosen, primal, bool(seed % 2), emitted)
    differences.close(got, want, 1e-6, "reverse mode against differences")
    compare_forward(program, args, chosen, primal, got)


def reverse(
    program: Recorded, args: tuple, chosen: tuple, primal: tuple, valued: bool, emitted: list[str]
) -> np.ndarray:
    """The gradient by reverse mode, as one vector; with the value, or without."""
    import srcad

    value, traces = primal
    derivative = (srcad.value_and_grad if valued else srcad.grad)(program.f, argnums=chosen)
    emitted.append(derivative.source_for(*args))
    grads = program.check(lambda: derivative(*args), args, traces, "the gradient")
    if valued:
        got_value, grads = grads
        if not differences.same(got_value, value):
            raise differences.Mismatch(f"another value:\n  got  {got_value!r}\n  want {value!r}")
    given = tuple(args[i] for i in chosen)
    return differences.to_vector(differences.in_form(grads, given, "the gradient"))


def compare_forward(
    program: Recorded, args: tuple, chosen: tuple, primal: tuple, got: np.ndarray
) -> None:
    """Raise unless the derivative along a random direction is the gradient's part along it."""
    import srcad

    value, traces = primal
    random = differences.tangent_like(args)
    tangents = tuple(t if i in chosen else None for i, t in enumerate(random))
    forward_value, tangent = program.check(
        lambda: srcad.jvp(program.f, args, tangents), (args, tangents), traces, "jvp"
    )
    if not differences.same(forward_value, value):
        raise differences.Mismatch(f"another value:\n  got  {forward_value!r}\n  want {value!r}")
    along = differences.to_vector(tuple(tangents[i] for i in chosen))
    terms = 1e-12 * float(np.abs(got) @ np.abs(along))
    differences.close(tangent, got @ along, 1e-10, "forward against reverse mode", terms)


def cluster_of(error: Exception) -> str:
    """Where an exception came from, without the names and numbers of the one program."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f for f in frames if "/srcad/" in f.filename] or frames[-1:]
    inner = places[-1]
    if isinstance(error, differences.Mismatch):
        return f"Mismatch: {str(error).splitlines()[0]}"
    message = re.sub(r"^.*?:\d+: |`[^`]*`", "", str(error).split("\n")[0])
    generated = re.search(r"_[0-9a-f]{24}", inner.filename)
    where = "generated code" if generated else f"{Path(inner.filename).name}:{inner.name}"
    message = re.sub(r"\d+", "#", message)[:90]
    return f"{type(error).__name__} in {where}: {message}"


def size(program: Program) -> int:
    """The number of statements of the program."""
    tree = ast.parse(program.text)
    return sum(isinstance(node, ast.stmt) for node in ast.walk(tree))
