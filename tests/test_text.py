"""Numbers that go through text are refused, never constants in silence."""

from __future__ import annotations

import pytest

import srcad
from srcad.errors import UnsupportedConstruct


def through_a_format(x):
    text = f"{x}"
    return float(text) * x


def through_str(x):
    return float(str(x * x))


def in_a_called_function(x):
    total = 0.0
    for _ in range(2):
        total += looped(x)
    return total


def looped(x):
    for _ in range(2):
        x = float(f"{x}")
    return x


def only_printed(x):
    print(f"x is {x}")
    return float("1.5") * x


@pytest.mark.parametrize("f", [through_a_format, through_str, in_a_called_function])
def test_refused(f):
    with pytest.raises(UnsupportedConstruct, match="written as text and read back"):
        srcad.grad(f)(1.3)


def test_text_that_is_only_shown(capsys):
    assert srcad.grad(only_printed)(2.0) == 1.5
    assert capsys.readouterr().out == "x is 2.0\n"
