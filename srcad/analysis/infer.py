"""What is known of each value: the kinds of a function's expressions, from its arguments' kinds.

Calls of the user's functions are followed, once for each combination of kinds, recursion to a
fixpoint.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from srcad.analysis.annotate import infer_expr, kind_of_call
from srcad.analysis.calls import bind_arguments
from srcad.analysis.containers import everywhere, unknown_items
from srcad.analysis.holding import Holding
from srcad.analysis.inline import called, capture_inlined, inline
from srcad.analysis.iterators import run_through
from srcad.analysis.kind_flow import KindFlow
from srcad.analysis.progress import beside_bars
from srcad.analysis.resolve import resolve
from srcad.analysis.typed import Typed, call_key, capture_kinds
from srcad.analysis.writing import as_stores
from srcad.analysis.written_out import written_out
from srcad.core import Function, Op
from srcad.errors import SrcadError, UnsupportedConstruct
from srcad.frontend.gathering import fitted_constructor
from srcad.kinds import UNKNOWN, Array, Kind, Never, join
from srcad.objects import keeps_attributes
from srcad.rules.item_kinds import any_item
from srcad.rules.lengths import forget_lengths

__all__ = ["Calls", "Typed", "call_key", "capture_kinds", "infer", "infer_expr", "kind_of_call"]

Key = tuple[Any, tuple[tuple[str, Kind], ...]]  # a function and the kinds it is solved for

ROUNDS_OF_CALLS = 20  # in which calls are resolved: one more for each `a.f().g().h()`
FORMS = 3  # of one function inside another: for an array, for each of its rows, for a number
DEPTH_OF_GENERATORS = 5  # that run through others; one that runs through itself has no end
ROUNDS = 4  # tries to find the kind of a recursive call's result before it is given up


def _require_plain_attributes(op: Op) -> None:
    if isinstance(op.fn, type) and keeps_attributes(op.fn):
        raise UnsupportedConstruct(
            f"cannot differentiate `{op.origin.text}`: `{op.fn.__name__}` has code of its own for "
            "what its attributes are",
            "Use properties",
            op.origin,
        )


def infer(
    function: Function,
    kinds: Mapping[str, Kind],
    calls: Calls | None = None,
    rewritten: bool = False,
) -> Typed:
    """`function` with all kinds filled in, given those of its parameters and captures.

    `calls` remembers what was found of called functions from one `infer` to the next;
    `rewritten` says that the function is not as it was lowered any more.
    """
    typed = Typed(function, {**capture_kinds(function), **kinds})
    _solve(typed, Calls() if calls is None else calls, rewritten)
    if isinstance(typed.result, Never):
        typed.result = UNKNOWN
    return typed


def _solve(typed: Typed, calls: Calls, rewritten: bool = False) -> None:
    """Fill in `typed`; what it calls and what it writes is made plain on the way."""
    own = (typed.function.pyfunc,)
    kept = frozenset(called(typed.function))  # they were not written into place before
    for round_ in range(ROUNDS_OF_CALLS):
        _flow(typed, calls)
        before = typed.function
        function = resolve(written_out(beside_bars(before)))
        if not rewritten and round_ < DEPTH_OF_GENERATORS:
            function = run_through(function)
        typed.function = as_stores(inline(function, own, kept))
        if typed.function is before:
            return
        kept |= called(typed.function)


def _flow(typed: Typed, calls: Calls) -> None:
    holding = Holding()
    while True:
        flow = KindFlow(typed, calls.typed, holding)
        known = len(holding)
        flow.run(typed.function.body, flow.start())
        if len(holding) == known or not flow.wrote:
            return flow.finish()
        # names were found to share a list that is written into: all is seen anew with that


class Calls:
    """What is known of the user's functions that were met so far."""

    def __init__(self) -> None:
        self._functions: dict[Any, Function | None] = {}
        self._done: dict[Key, Typed] = {}
        self._active: dict[Key, Typed] = {}  # being solved now, outermost first
        self._assumed: set[Key] = set()  # those of them whose result so far was made use of
        self._wider: dict[Key, dict[str, Kind]] = {}  # with what kinds those call themselves

    def typed(self, op: Op) -> Typed | None:
        """What the call `op` of a user's function comes to; None if that is not known."""
        _require_plain_attributes(op)
        function = self._function(op.fn)
        if function is None:
            return None
        if isinstance(op.fn, type):
            function = fitted_constructor(function, op)
        captured = capture_kinds(function)
        try:
            bound = bind_arguments(op, function)
        except SrcadError:
            return None
        defaults = {param.name: param.default for param in function.params}
        kinds = {}
        for name, arg in bound.items():
            env = captured if arg is defaults[name] else {}
            kinds[name] = infer_expr(arg, env).kind
        return self._solved(op.fn, function, {**self._recurring(op.fn, kinds), **captured})

    def _function(self, fn: Any) -> Function | None:
        """The core form of a user's function; None where it has none."""
        if fn not in self._functions:
            try:
                self._functions[fn] = capture_inlined(fn)
            except SrcadError:
                self._functions[fn] = None
        return self._functions[fn]

    def _recurring(self, fn: Any, kinds: dict[str, Kind]) -> dict[str, Kind]:
        """The kinds to solve a call with: less exact ones if a recursion comes with ever others."""
        above = [key for key in self._active if key[0] is fn]
        if not above or (len(above) < FORMS and all(_differ(kinds, dict(k[1])) for k in above)):
            return kinds
        wider = {}
        for name, kind in kinds.items():
            before = any_item(tuple(dict(key[1])[name] for key in above))
            wider[name] = kind if kind == before else forget_lengths(join(before, kind))
        if len(above) > ROUNDS:
            wider = dict.fromkeys(kinds, UNKNOWN)
        if wider != {name: dict(above[0][1])[name] for name in kinds}:
            self._wider[above[0]] = wider
        return wider

    def _solved(self, fn: Any, function: Function, kinds: dict[str, Kind]) -> Typed:
        key = (fn, tuple(kinds.items()))
        if key in self._done:
            return self._done[key]
        if key in self._active:
            self._assumed.add(key)
            return self._active[key]
        typed = self._active[key] = Typed(function, kinds)
        outer, self._assumed = self._assumed, set()
        self._settle(key, typed)
        del self._active[key]
        self._assumed.discard(key)
        if key in self._wider:  # one form of it serves the outermost call and those inside
            typed = self._solved(fn, function, {**kinds, **self._wider.pop(key)})
        if not self._assumed:  # it hangs on no result that may still change
            self._done[key] = typed
        self._assumed |= outer
        return typed

    def _settle(self, key: Key, typed: Typed) -> None:
        """Solve until the result that recursive calls assumed is the one that is found."""
        function = typed.function
        for round_ in range(ROUNDS + 1):
            typed.function = function  # calls are resolved by what is assumed now
            assumed = (typed.result, dict(typed.exit))
            _solve(typed, self)
            if key not in self._assumed or (typed.result, typed.exit) == assumed:
                return
            if round_ == ROUNDS - 1:
                typed.result = UNKNOWN
                typed.exit = {n: everywhere(unknown_items)(k) for n, k in typed.exit.items()}


def _differ(kinds: dict[str, Kind], others: dict[str, Kind]) -> bool:
    """Whether an argument is of another sort altogether: a number where an array was."""
    return any(_form(kind) != _form(others[name]) for name, kind in kinds.items())


def _form(kind: Kind) -> Any:
    if isinstance(kind, Array):
        return Array, kind.rank
    return type(kind)
