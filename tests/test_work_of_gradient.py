"""The value and gradient of straight-line code cost at most four times the function."""

import pytest

from tests.benchmarks import straight_line
from tests.benchmarks.work_of_gradient import measure
from tests.differences import check


@pytest.mark.parametrize("statements", [10, 30, 100, 300])
@pytest.mark.parametrize("seed", [0, 1])
def test_work(statements, seed):
    own, both, _ = measure(statements, seed)
    assert both <= 4 * own


@pytest.mark.parametrize("statements", [10, 100])
def test_derivatives(program, statements):
    check(program(straight_line.text(statements)).straight, *straight_line.ARGS)
