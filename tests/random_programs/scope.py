"""What is in scope at a point of a program under construction, and the choices made there."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

T = TypeVar("T")
Shape = tuple[int, ...]
Lines = list[str]

INDENT = "    "


class Choices:
    """Every decision of the generator, drawn from one source of randomness."""

    def __init__(self, source: random.Random) -> None:
        self.source = source

    def below(self, stop: int) -> int:
        return self.source.randrange(stop)

    def between(self, low: int, high: int) -> int:
        return low + self.below(high - low + 1)

    def chance(self, percent: int) -> bool:
        return self.below(100) < percent

    def pick(self, options: Sequence[T]) -> T:
        return options[self.below(len(options))]

    def weighted(self, table: Sequence[tuple[int, T]]) -> T:
        at = self.below(sum(weight for weight, _ in table))
        for weight, option in table:
            at -= weight
            if at < 0:
                return option
        raise AssertionError("the weights do not add up")


@dataclass(frozen=True)
class Helper:
    """A function that the program may call. `params` are shapes, or "count" for a small int.

    `result` is the shape of what it returns, a list of shapes for a tuple, None where it leaves
    its result in an argument. `optional` says that the last parameter has a default.
    """

    name: str
    params: tuple[Shape | str, ...]
    result: Shape | list[Shape] | None
    writes: bool
    optional: str = ""


@dataclass
class Scope:
    """Names that are bound, with their shapes; the budget that keeps programs small.

    A scope of an inner block shares the counters and helpers of the outer one; what it binds is
    forgotten at its end, since the block may not be executed.
    """

    choices: Choices
    shapes: dict[str, Shape] = field(default_factory=dict)
    indices: dict[str, int] = field(default_factory=dict)  # ints in [0, bound)
    lists: dict[str, int] = field(default_factory=dict)  # lists of floats, with their length
    helpers: list[Helper] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)
    fuel: list[int] = field(default_factory=lambda: [12])
    depth: int = 0
    loops: int = 0  # how many loops are around
    result: Any = None  # a function that writes an expression to return, where return is allowed
    frozen: set[str] = field(default_factory=set)  # names that must not be bound again
    groups: dict[str, int] = field(default_factory=dict)  # names that may share memory
    protected: set[int] = field(default_factory=set)  # groups that must not be written into

    def inner(self, *, loop: bool = False) -> Scope:
        """The scope of a nested block."""
        return replace(
            self,
            shapes=dict(self.shapes),
            indices=dict(self.indices),
            lists=dict(self.lists),
            frozen=set(self.frozen),
            depth=self.depth + 1,
            loops=self.loops + loop,
        )

    def fresh(self, stem: str) -> str:
        """A name not used before in this function: `s`, `s1`, `s2`, ..."""
        count = self.counters.get(stem, 0)
        self.counters[stem] = count + 1
        return stem if count == 0 else f"{stem}{count}"

    def bind(self, name: str, shape: Shape) -> str:
        """Bind a name to a value; what it may share memory with is said by `alias`."""
        self.shapes[name] = shape
        self.groups.setdefault(name, len(self.groups))
        return name

    def alias(self, name: str, other: str) -> None:
        """Note that the two names may share memory, wherever in the function."""
        old, new = self.groups[name], self.groups[other]
        for each, group in self.groups.items():
            if group == old:
                self.groups[each] = new
        if old in self.protected:
            self.protected.add(new)

    def writable(self, names: list[str]) -> list[str]:
        return [name for name in names if self.groups[name] not in self.protected]

    def named(self, test: Callable[[Shape], bool], *, rebind: bool = False) -> list[str]:
        """The bound names whose shapes pass the test; `rebind`: only those that may be bound."""
        return [
            name
            for name, shape in self.shapes.items()
            if test(shape) and not (rebind and name in self.frozen)
        ]

    def scalars(self, *, rebind: bool = False) -> list[str]:
        return self.named(lambda shape: shape == (), rebind=rebind)

    def arrays(self) -> list[str]:
        return self.named(lambda shape: shape != ())

    def vectors(self, length: int | None = None) -> list[str]:
        return self.named(lambda shape: len(shape) == 1 and length in (None, shape[0]))

    def matrices(self) -> list[str]:
        return self.named(lambda shape: len(shape) == 2)


def indented(lines: Lines) -> Lines:
    return [INDENT + line for line in lines]
