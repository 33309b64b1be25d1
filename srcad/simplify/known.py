"""What has been found out about statements and expressions, kept from one pass to the next.

Nodes never change, so what is true of one stays true: a round of passes that changes ten
statements of a thousand has to look at ten again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

from srcad.analysis.sharing import EffectsOf, no_calls
from srcad.core import Expr
from srcad.simplify.effects import Predicate, is_pure, never

Node = TypeVar("Node")
Answer = TypeVar("Answer")


class Memo(Generic[Node, Answer]):
    """A function of nodes that remembers, by identity, what it gave."""

    def __init__(self, ask: Callable[[Node], Answer]) -> None:
        self.ask = ask
        self.found: dict[int, tuple[Node, Answer]] = {}  # the nodes held, their `id`s stay theirs

    def __call__(self, node: Node) -> Answer:
        entry = self.found.get(id(node))
        if entry is None:
            entry = self.found[id(node)] = (node, self.ask(node))
        return entry[1]


class Known:
    """What passes over one function have in common: its calls' effects, and questions answered."""

    def __init__(self, pure: Predicate = never, effects_of: EffectsOf = no_calls) -> None:
        self.pure = pure
        self.effects_of = effects_of
        self.is_pure = Memo[Expr, bool](lambda expr: is_pure(expr, pure))
        self.seen: dict[str, Any] = {}  # see `changes`
        self._answers: dict[Callable[..., Any], Memo[Any, Any]] = {}

    def ask(self, question: Callable[[Known, Node], Answer], node: Node) -> Answer:
        """What `question` says of `node`; it may depend on nothing else."""
        memo = self._answers.get(question)
        if memo is None:
            memo = self._answers[question] = Memo(lambda asked: question(self, asked))
        return cast(Answer, memo(node))
