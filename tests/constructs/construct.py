"""A construct: a snippet as its user would write it, and the programs that are made of it.

The tables of this package are text. A heading `== name` begins a construct; `(a)` at its end says
that the snippet computes from an array `a`, else it is from a number `x`. The statements leave
their result, a number, in `y`. What the module holds (classes, helpers, imports) comes first, and
a line `--` ends it::

    == a method
    class Spring:
        def force(self, x):
            return -3.0 * x
    --
    y = Spring().force(x)
"""

from __future__ import annotations

import itertools
import linecache
import re
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

IMPORTS = """\
import collections
import contextlib
import dataclasses
import enum
import functools
import itertools
import logging
import math
import operator
import time
import typing
import warnings
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

LOG = []
"""

# What surrounds the snippet. All together: a loop that feeds back, a function called twice, and a
# loop in a called function around a branch that one call takes and the other does not.
CONTEXTS = """
def alone(x):
    BODY
    return y


def looped(x):
    for _round in range(3):
        BODY
        x = 0.5 * x + 0.3 * y / (1.0 + y * y)
    return NUMBER * x


def branched(x):
    y = NUMBER * 2.0
    for _round in range(2):
        if NUMBER > 0.5:
            BODY
        x = 0.9 * x + 0.1 * y / (1.0 + y * y)
    return y * NUMBER


def called(x):
    return alone(x) * (1.0 + NUMBER) + alone(0.9 * x)


def together(x):
    _given = x
    for _round in range(2):
        BODY
        x = 0.5 * x + 0.3 * y / (1.0 + y * y)
    return y + alone(x) * alone(0.9 * x) + branched(_given + 0.5) * branched(0.3 * _given)
"""
NAMES = ("alone", "looped", "branched", "called", "together")
_numbers = itertools.count()


@dataclass(frozen=True)
class Construct:
    """One entry of a table."""

    name: str
    setup: str
    body: str
    of: str  # the name of the argument: "x" or "a"

    def args(self) -> tuple[Any, ...]:
        """Where the programs are differentiated."""
        return (0.7,) if self.of == "x" else (np.array([0.6, -1.1, 1.7, 0.4]),)

    def text(self) -> str:
        """A module that holds the snippet in all its contexts."""
        number = "a[0]" if self.of == "a" else "x"
        contexts = re.sub(r"\bx\b", self.of, CONTEXTS).replace("NUMBER", number)
        return self.module() + _insert(self.body, contexts)

    def module(self) -> str:
        """What the snippet needs around it."""
        return IMPORTS + self.setup


def _insert(body: str, contexts: str) -> str:
    return re.sub(
        r"^( +)BODY\n", lambda found: textwrap.indent(body, found[1]), contexts, flags=re.MULTILINE
    )


def table(text: str) -> list[Construct]:
    """The constructs of a text in the form that this module's docstring describes."""
    entries = re.split(r"^== (.*)\n", text, flags=re.MULTILINE)[1:]
    return [_entry(*pair) for pair in zip(entries[::2], entries[1::2], strict=True)]


def _entry(heading: str, text: str) -> Construct:
    name, array = re.fullmatch(r"(.*?)( \(a\))?", heading).groups()
    setup, _, body = text.rpartition("--\n")
    return Construct(name, setup, body.strip("\n") + "\n", "a" if array else "x")


@contextmanager
def loaded(text: str) -> Iterator[ModuleType]:
    """A module made of a text that stands in no file, as one made by a tool would."""
    name = f"construct_{next(_numbers)}"
    file = f"<{name}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    module = sys.modules[name] = ModuleType(name)
    try:
        exec(compile(text, file, "exec"), module.__dict__)
        yield module
    finally:
        del sys.modules[name], linecache.cache[file]
