"""The examples are run whole, as a user runs them, and do what their texts say."""

import importlib
import os
import pathlib
import re
import subprocess
import sys

import pytest

import srcad

EXAMPLES = pathlib.Path(__file__).parents[1] / "examples"


def run(name, cache, *arguments):
    done = subprocess.run(
        [sys.executable, EXAMPLES / name, *arguments],
        env={**os.environ, "SRCAD_CACHE_DIR": str(cache), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def printed_functions(text):
    return re.findall(r"^def (\w+)\(", text, re.MULTILINE)


@pytest.mark.slow
def test_digits_reaches_its_accuracy(tmp_path):
    pytest.importorskip("sklearn")
    printed = run("digits.py", tmp_path)
    assert printed_functions(printed)
    epochs = re.findall(
        r"^epoch +\d+ +loss (\S+) +held-out accuracy (\S+)%$", printed, re.MULTILINE
    )
    assert len(epochs) == 30
    losses, accuracies = zip(*[map(float, epoch) for epoch in epochs], strict=True)
    assert losses[-1] < 0.2 * losses[0]
    assert accuracies[-1] >= 97.0
    (error,) = re.findall(r"^srcad +\d+ µs +largest difference (\S+)$", printed, re.MULTILINE)
    assert float(error) < 1e-12


@pytest.mark.slow
def test_projectile_recovers_the_drag(tmp_path):
    printed = run("projectile.py", tmp_path)
    assert printed_functions(printed)
    (drag,) = re.findall(r"^recovered drag (\S+) per metre", printed, re.MULTILINE)
    assert float(drag) == pytest.approx(0.0125, rel=1e-3)


def test_the_gradient_of_the_flight_agrees_with_differences(monkeypatch):
    monkeypatch.syspath_prepend(EXAMPLES)
    projectile = importlib.import_module("projectile")
    angles, measured = projectile.measurements()
    gradient = srcad.grad(projectile.misfit, argnums="drag")
    for drag, step in (0.005, 1e-6), (0.012, 1e-6):
        above = projectile.misfit(drag + step, angles, measured)
        below = projectile.misfit(drag - step, angles, measured)
        want = (above - below) / (2 * step)
        assert gradient(drag, angles, measured) == pytest.approx(want, rel=1e-5)


def test_every_example_is_tested():
    names = {path.name for path in EXAMPLES.glob("*.py")}
    assert names == {"digits.py", "projectile.py"}
