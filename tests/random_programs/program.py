"""Whole random programs: constants, helpers and the function to differentiate, with arguments."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.random_programs import expressions as ex
from tests.random_programs.pieces import PIECES
from tests.random_programs.scope import (
    Choices,
    Helper,
    Lines,
    Module,
    Piece,
    Scope,
    Shape,
    indented,
)
from tests.random_programs.statements import block, store_into

HEADER = """\
import math

import numpy as np

SCALE = 0.7
WEIGHTS = (0.3, -0.8)
"""

# where there are pieces
LONG_HEADER = """\
import contextlib
import dataclasses
import functools
import itertools
import logging
import math
import time
from typing import NamedTuple

import numpy as np

SCALE = 0.7
WEIGHTS = (0.3, -0.8)
LOG = []
COUNTS = {}
trips = 0
logger = logging.getLogger("random_program")


class Timer:
    def __enter__(self):
        self.started = time.perf_counter()
        return self

    def __exit__(self, *error):
        LOG.append(len(LOG))
"""


@dataclass(frozen=True)
class Program:
    """Source text that defines `program`, and the seed and shapes that its arguments come from."""

    text: str
    shapes: tuple[Shape, ...]
    seed: int
    pieces: frozenset[str] = frozenset()  # the constructs beyond the core that occur

    def args(self) -> tuple[Any, ...]:
        rng = np.random.default_rng(self.seed)
        return tuple(_argument(rng, shape) for shape in self.shapes)


class Maker:
    """What the functions of one program share while they are made."""

    def __init__(self, choices: Choices, pieces: list[Piece]) -> None:
        self.choices = choices
        self.pieces = pieces
        self.module = Module()
        self.helpers: list[Helper] = []
        self.helpers_text: list[Lines] = []

    def scope(self, fuel: int) -> Scope:
        """The scope of a function of the module."""
        return Scope(
            self.choices,
            helpers=list(self.helpers),
            fuel=[fuel],
            pieces=self.pieces,
            module=self.module,
        )

    def helper(self, number: int) -> None:
        make = self.choices.weighted(HELPERS)
        helper, text = make(self, f"helper{number}")
        self.helpers.append(helper)
        self.helpers_text.append(text)

    def main(self, shapes: tuple[Shape, ...]) -> Lines:
        scope = self.scope(self.choices.between(4, 13))
        names = _named(shapes, scope)
        if self.choices.chance(30):
            scope.bind("SCALE", ())
            scope.frozen.add("SCALE")
        scope.result = _everything
        body = block(scope, 9, least=5)
        body.append(f"return {_everything(scope)}")
        return [f"def program({', '.join(names)}):", *indented(body)]


def _argument(rng: np.random.Generator, shape: Shape) -> Any:
    values = rng.uniform(0.2, 1.3, shape) * rng.choice([-1.0, 1.0, 1.0], shape)
    return values if shape else float(values)


def generate(source: random.Random, names: tuple[str, ...] | None = None) -> Program:
    """A random program; equal randomness gives an equal program.

    `names` are those of the pieces that it may be made of; None leaves them to chance, as a rule
    a few, so that each of them occurs more than once, around and inside of others.
    """
    choices = Choices(source)
    maker = Maker(choices, _some_pieces(choices, names))
    for number in range(choices.weighted([(4, 0), (4, 1), (2, 2)])):
        maker.helper(number)
    shapes = _main_shapes(choices)
    main = maker.main(shapes)
    lines = (LONG_HEADER if maker.pieces else HEADER).splitlines()
    for part in [*maker.module.parts, *maker.helpers_text]:
        lines += ["", "", *part]
    lines += ["", "", *main]
    text = "\n".join(lines) + "\n"
    return Program(text, shapes, choices.below(10_000), frozenset(maker.module.used))


def _some_pieces(choices: Choices, names: tuple[str, ...] | None) -> list[Piece]:
    if names is not None:
        return [piece for piece in PIECES if piece.name in names]
    if choices.chance(20):
        return []
    return [choices.pick(PIECES) for _ in range(choices.between(3, 8))]


def _main_shapes(choices: Choices) -> tuple[Shape, ...]:
    shapes: list[Shape] = [() for _ in range(choices.between(1, 2))]
    length = choices.between(3, 4)
    shapes += [(length,) for _ in range(choices.between(0, 2))]
    if choices.chance(35):
        shapes.append((choices.between(2, 3), choices.pick([2, length])))
    return tuple(shapes)


def _named(shapes: tuple[Shape | str, ...], scope: Scope) -> list[str]:
    """Parameters bound in the scope: x, y for scalars, a, c for vectors, m for matrices."""
    names = []
    for shape in shapes:
        if shape == "count":
            name = scope.fresh("n")
            scope.indices[name] = 100  # an int, but no subscript
        else:
            stem = {0: "x", 1: "a", 2: "m"}[len(shape)]
            name = scope.bind(scope.fresh(stem), shape)
        names.append(name)
    return names


def _everything(scope: Scope) -> str:
    """A number that depends on most of what is in scope, so that little is dead."""
    parts = [name for name in scope.scalars() if name != "SCALE"]
    for n, name in enumerate(scope.arrays()):
        forms = ["np.sum({a})", "np.sum({a} ** 2)", "{a}.sum()", "np.sum(np.sin({a}))"]
        parts.append(f"{n + 1} * {forms[scope.choices.below(4)].format(a=name)}")
    parts += [f"{name}[0]" for name in scope.lists]
    kept = [part for part in parts if scope.choices.chance(75)] or parts
    return " + ".join(kept)


# ---------------------------------------------------------------------------------------------
# Helpers


def _value_helper(maker: Maker, name: str) -> tuple[Helper, Lines]:
    """A function without side effects, of scalars or of arrays."""
    choices = maker.choices
    shape = choices.pick([(), (), (3,), (4,)])
    params: tuple[Shape | str, ...] = (shape, *([()] if choices.chance(60) else []))
    result = choices.pick([(), shape])
    scope = maker.scope(choices.between(0, 4))
    names = _named(params, scope)
    scope.protected = {scope.groups[n] for n in names if scope.shapes[n]}
    scope.result = lambda inner: ex.array(inner, result)
    body = block(scope, 3) if scope.fuel[0] else []
    body.append(f"return {ex.array(scope, result)}")
    lines = [f"def {name}({', '.join(names)}):", *indented(body)]
    return Helper(name, params, result, writes=False), lines


def _procedure(maker: Maker, name: str) -> tuple[Helper, Lines]:
    """A function that writes into its arguments and returns nothing, or something."""
    choices = maker.choices
    shape = choices.pick([(3,), (4,), (2, 3)])
    params: tuple[Shape | str, ...] = (shape, *choices.pick([(), ((),), (shape,), (shape, ())]))
    scope = maker.scope(choices.between(2, 5))
    names = _named(params, scope)
    body = [*block(scope, 2), *(store_into(scope, names[0]) or []), *block(scope, 2)]
    result = () if choices.chance(25) else None
    if result is not None:
        body.append(f"return {ex.scalar(scope)}")
    lines = [f"def {name}({', '.join(names)}):", *indented(body)]
    return Helper(name, params, result, writes=True), lines


def _recursion(maker: Maker, name: str) -> tuple[Helper, Lines]:
    """A function that calls itself a few times, on a scalar or on an array."""
    choices = maker.choices
    shape = choices.pick([(), (), (3,)])
    params: tuple[Shape | str, ...] = (shape, "count")
    scope = maker.scope(choices.between(0, 2))
    x, n = _named(params, scope)
    del scope.indices[n]
    scope.protected = {scope.groups[x]} if shape else set()
    deeper = f"{name}({ex.array(scope, shape, 1)}, {n} - 1)"
    inner = scope.bind("inner", shape)
    scope.alias(inner, x)
    body = [f"if {n} <= 0:", f"    return {x}", f"{inner} = {deeper}"]
    body += block(scope, 2) if scope.fuel[0] else []
    body.append(f"return 0.6 * {inner} + {ex.array(scope, shape, 1)}")
    lines = [f"def {name}({', '.join([x, n])}):", *indented(body)]
    return Helper(name, params, shape, writes=False), lines


def _pair_helper(maker: Maker, name: str) -> tuple[Helper, Lines]:
    """A function that returns a tuple, and whose last parameter has a default."""
    choices = maker.choices
    shape = choices.pick([(), (3,)])
    results: list[Shape] = [(), shape]
    scope = maker.scope(choices.between(0, 3))
    x, y = _named((shape, ()), scope)
    scope.protected = {scope.groups[x]} if shape else set()
    body = block(scope, 2) if scope.fuel[0] else []
    value = ex.array(scope, shape)
    if shape:
        # a tuple that holds the argument's own memory, written into later, is refused
        value = f"{value}.copy()" if ex.is_view(scope, value) else f"1.0 * ({value})"
    body.append(f"return {ex.scalar(scope)}, {value}")
    lines = [f"def {name}({x}, {y}=0.4):", *indented(body)]
    return Helper(name, (shape, ()), results, writes=False, optional=y), lines


HELPERS = [(5, _value_helper), (5, _procedure), (2, _recursion), (2, _pair_helper)]
