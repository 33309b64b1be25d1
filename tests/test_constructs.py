"""Each construct of Python by itself, in loops, in branches and in called functions."""

import contextlib

import pytest

from tests.constructs import CONSTRUCTS, TABLES
from tests.constructs.construct import NAMES
from tests.constructs.judge import hold, verdict
from tests.constructs.not_yet import NOT_YET

CASES = [
    pytest.param(construct, context, id=f"{context}: {construct.name}")
    for construct in CONSTRUCTS.values()
    for context in ("alone", "together")
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("construct", "context"), CASES)
def test_construct(construct, context):
    if (context, construct.name) in NOT_YET:
        with pytest.raises(Exception):  # noqa: B017
            hold(construct, context)
        return
    with told_by_context(construct, context):
        hold(construct, context)


@contextlib.contextmanager
def told_by_context(construct, context):
    """Where all contexts together fail, say which of them does by itself."""
    try:
        yield
    except Exception as error:
        if context == "alone":
            raise
        parts = [f"{name}: {' '.join(verdict(construct, name))}" for name in NAMES]
        raise AssertionError("\n".join(parts)) from error


def test_names_are_told_apart():
    assert len(CONSTRUCTS) == sum(len(part.TABLE) for part in TABLES)


def test_what_does_not_hold_yet_is_in_the_tables():
    assert {name for _, name in NOT_YET} <= set(CONSTRUCTS)
