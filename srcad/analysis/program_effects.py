"""What the calls in a program of srcad's own do: calls of its functions, and of the user's."""

from __future__ import annotations

from srcad.analysis.aliases import may_share
from srcad.analysis.effects import Effects, bound_effects, memory, summarised, writes_of
from srcad.analysis.infer import Calls
from srcad.analysis.sharing import CallEffects
from srcad.analysis.typed import Typed
from srcad.core import (
    Assert,
    Function,
    FunctionRef,
    Method,
    Op,
    Program,
    Raise,
    expressions_of,
    statements,
    targets_of,
    walk,
)
from srcad.errors import SrcadError
from srcad.objects import is_users
from srcad.rules import rule_for
from srcad.rules import vocabulary as words

_HARMLESS = frozenset(("append", "pop", "copy", "items", "keys", "values", "get"))


class ProgramEffects:
    """The effects of the calls in the functions of `program`."""

    def __init__(self, program: Program, calls: Calls) -> None:
        self._calls = calls
        self._functions = {function.name: function for function in program.functions}
        self._effects = {name: Effects() for name in self._functions}
        self._called: dict[int, Effects] = {}
        self._kept: list[Typed] = []  # so that no `id` in `_called` is used again
        self._quiet: dict[Function, bool] = {}
        settled = False
        while not settled:
            found = {n: summarised(f, self.of) for n, f in self._functions.items()}
            settled = found == self._effects
            self._effects = found

    def of(self, op: Op) -> CallEffects | None:
        """What a call does; None if it is none of a function that is known."""
        if isinstance(op.fn, FunctionRef):
            return bound_effects(op, self._functions[op.fn.name], self._effects[op.fn.name])
        callee = self._callee(op)
        if callee is None:
            return None
        if id(callee) not in self._called:
            self._called[id(callee)] = memory(callee).effects
            self._kept.append(callee)
        return bound_effects(op, callee.function, self._called[id(callee)])

    def pure(self, op: Op) -> bool:
        """Whether nobody notices if a call is made never, once or twice."""
        try:
            effects = self.of(op)
        except SrcadError:  # the arguments do not fit the parameters
            return False
        if effects is None or effects.written or effects.outside:
            return False
        return self._is_quiet(self._function(op))

    def _callee(self, op: Op) -> Typed | None:
        if not is_users(op.fn) or rule_for(op) is not None:
            return None
        return self._calls.typed(op)

    def _function(self, op: Op) -> Function:
        if isinstance(op.fn, FunctionRef):
            return self._functions[op.fn.name]
        callee = self._callee(op)
        assert callee is not None
        return callee.function

    def _is_quiet(self, function: Function) -> bool:
        """Whether a function raises nothing by itself and does nothing but compute.

        What it writes into is its own or an argument's, not its module's.
        """
        known = self._quiet.get(function)
        if known is None:
            self._quiet[function] = True  # what it calls of itself is no reason against it
            known = self._quiet[function] = self._look(function)
        return known

    def _writes_outside(self, function: Function) -> bool:
        """Whether a function writes into what it captures."""
        own = {param.name for param in function.params}
        own.update(name for stmt in statements(function.body) for name in targets_of(stmt))
        aliases = may_share(function, self.of)
        for stmt in statements(function.body):
            written = writes_of(stmt, self.of)
            if not own.issuperset(written.union(*(aliases.with_name(stmt, n) for n in written))):
                return True
        return False

    def _look(self, function: Function) -> bool:
        if self._writes_outside(function):
            return False
        for stmt in statements(function.body):
            if isinstance(stmt, Raise | Assert):
                return False
            nodes = [node for expr in expressions_of(stmt) for node in walk(expr)]
            if not all(self._quiet_op(node) for node in nodes if isinstance(node, Op)):
                return False
        return True

    def _quiet_op(self, op: Op) -> bool:
        rule = rule_for(op)
        if rule is not None:
            return not rule.effect or bool(words.scattered(op) or words.accumulated(op))
        if isinstance(op.fn, Method):
            return op.fn.name in _HARMLESS
        if self.of(op) is None:
            return getattr(op.fn, "__module__", None) in ("builtins", "_operator")
        return self._is_quiet(self._function(op))
