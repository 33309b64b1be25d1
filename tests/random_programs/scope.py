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


@dataclass(frozen=True)
class Model:
    """A class whose instances the program makes.

    `fields` are the attributes with their shapes, in the order of the constructor; `readings` the
    attributes that are computed; `methods` take a number and give one; `changes` take a number
    and change the instance; `operators` are forms over `{a}`, `{b}` (instances) and `{e}`.
    """

    name: str
    fields: tuple[tuple[str, Shape], ...]
    frozen: bool = False
    readings: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()


@dataclass
class Module:
    """What the program's file holds besides the helpers and the function to differentiate."""

    parts: list[Lines] = field(default_factory=list)
    known: dict[str, Any] = field(default_factory=dict)  # definitions that can be used again
    counters: dict[str, int] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)  # the pieces that occur

    def fresh(self, stem: str) -> str:
        """A name not used before at the top of the module: `stem0`, `stem1`, ..."""
        count = self.counters.get(stem, 0)
        self.counters[stem] = count + 1
        return f"{stem}{count}"


@dataclass(frozen=True)
class Piece:
    """A construct of the language, by the statements that a program may use it in.

    `make` returns lines that bind what they need and leave their values in the scope, so that
    other pieces go on with them; None where the scope has not what it takes.
    """

    name: str
    make: Callable[[Scope], Lines | None]


@dataclass
class Scope:
    """Names that are bound, with their shapes; the budget that keeps programs small.

    A scope of an inner block shares the counters and helpers of the outer one; what it binds is
    forgotten at its end, since the block may not be executed. Attributes and items that are known
    by a constant (`state["p"]`, `body.mass`, `rows[0]`) are names like others.
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
    functions: dict[str, int] = field(default_factory=dict)  # of that many numbers
    dicts: dict[str, tuple[str, ...]] = field(default_factory=dict)  # of numbers, by their keys
    rows: dict[str, tuple[int, Shape]] = field(default_factory=dict)  # lists of arrays
    objects: dict[str, Model] = field(default_factory=dict)
    pieces: list[Piece] = field(default_factory=list)  # what this program is made of
    module: Module = field(default_factory=Module)

    def inner(self, *, loop: bool = False) -> Scope:
        """The scope of a nested block."""
        return replace(
            self,
            shapes=dict(self.shapes),
            indices=dict(self.indices),
            lists=dict(self.lists),
            functions=dict(self.functions),
            dicts=dict(self.dicts),
            rows=dict(self.rows),
            objects=dict(self.objects),
            frozen=set(self.frozen),
            depth=self.depth + 1,
            loops=self.loops + loop,
        )

    def function(self) -> Scope:
        """The scope of a function inside this one: it reads what is around it, binds its own."""
        inner = self.inner()
        inner.frozen |= set(inner.shapes)
        inner.protected = set(self.groups.values())
        inner.loops, inner.result = 0, None
        return inner

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

    def forget(self, prefix: str) -> None:
        """The names that begin so are no longer to be used."""
        for name in [name for name in self.shapes if name.startswith(prefix)]:
            del self.shapes[name]

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
