"""Arguments and results of every form: the gradient has the form of the argument."""

import pytest

import srcad
from tests.constructs.construct import loaded
from tests.constructs.not_yet import STRUCTURES_NOT_YET
from tests.constructs.structures import TABLE
from tests.differences import check, is_real_number


@pytest.mark.parametrize("structure", TABLE, ids=lambda structure: structure.name)
def test_structure(structure):
    if structure.name in STRUCTURES_NOT_YET:
        with pytest.raises(Exception):  # noqa: B017
            hold(structure)
        return
    hold(structure)


def hold(structure):
    with loaded(structure.module()) as module:
        args = eval(structure.body, vars(module))
        check(module.f, *args)
        if is_real_number(module.f(*args)) and not isinstance(args[0], float):
            assert type(srcad.grad(module.f)(*args)) is type(args[0])
