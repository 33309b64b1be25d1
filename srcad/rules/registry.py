"""The one table of rules, and the calls that add to it.

    elementwise(np.tanh, math.tanh, "x", dx="1 - out**2")
    elementwise(np.divide, "x, y", dx="g / y", dy="-g * out / y")
    linear(np.cumsum, "x, axis=None", dx="reverse_cumsum(g, axis)")
    inactive(np.floor, np.argmax)

First the functions, then their parameters, then for each parameter `x` that passes a derivative
on: `dx`, the pullback, in the parameters, the result `out` and its cotangent `g`, and `tx`, the
pushforward, in the parameters, `out` and the tangent `t` of `x`. `lib` means the library of the
function that is called, `np` or `math`, so that one rule serves both. The operands of `*xs` are
each called `each` in `dxs` and `txs`. Instead of a string a derivative may be a function of the
`Call` (and for `*xs` of the operand's place in it) that returns the string to use, or None where
nothing passes. Strings are parsed when a rule is first used.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np

from srcad import core, runtime
from srcad.errors import NoDerivative, UnsupportedConstruct
from srcad.kinds import UNKNOWN, Array, Kind, Scalar, is_unknown
from srcad.rules.call import Call, Signature, bind, signature, slot_of
from srcad.rules.result_kinds import elementwise_kind
from srcad.rules.rule import Key, Partial, Rule
from srcad.rules.template import parse


class Lazy(str):
    """A template that may be given a cotangent which merely broadcasts to the result's shape."""

    __slots__ = ()


Derivative = str | Callable[..., str | None]
KindFunction = Callable[[Call], Kind]
Operation = core.Op | core.Attr

_UFUNC_OPTIONS = "out=None, *, where=True, dtype=None, casting=None, order=None, subok=None"
_SCOPE = {
    "np": np,
    "math": math,
    "cmath": cmath,
    **{n: getattr(runtime, n) for n in runtime.__all__},
}


@dataclass(frozen=True, slots=True)
class Attribute:
    """The key of a rule for reading an attribute."""

    name: str


_RULES: dict[Any, Rule] = {}
_TIES_ALL: dict[Any, Rule] = {}
_OUT_PLACE: dict[Any, int] = {}  # where a function takes `out` by position
_BUILT_IN: dict[Any, Rule] = {}


@dataclass(frozen=True, slots=True)
class Definition:
    """What a rule for one function was given as; the functions of its `Rule` are methods here."""

    fn: Any
    signature: Signature
    operands: tuple[str, ...]
    kind_of: KindFunction
    derivatives: dict[str, Derivative] = field(default_factory=dict)
    style: str = "general"  # or "elementwise", "linear"
    parsed: dict[str, core.Expr] = field(default_factory=dict)

    def bind(self, op: Operation) -> Call:
        call = bind(op, self.signature, function_name(self.fn))
        call.operands = self.operands
        return call

    def kind(self, op: Operation) -> Kind:
        """The kind of the result; unusual arguments only make it unknown."""
        try:
            call = self.bind(op)
        except UnsupportedConstruct:
            return UNKNOWN
        return self.kind_of(call)

    def pullbacks(self, op: Operation) -> dict[Key, Partial]:
        return self._partials(op, "d")

    def pushforwards(self, op: Operation) -> dict[Key, Partial]:
        return self._partials(op, "t")

    def _partials(self, op: Operation, letter: str) -> dict[Key, Partial]:
        call = self.bind(op)
        refuse_masked(call)
        result: dict[Key, Partial] = {}
        for name, (key, _) in call.given.items():
            passed = self._partial(call, letter, name, key)
            if passed is not None:
                result[key] = passed
        for place, (key, _) in enumerate(call.rest):
            passed = self._partial(call, letter, str(call.variadic), key, place)
            if passed is not None:
                result[key] = passed
        return result

    def _partial(self, call: Call, letter: str, name: str, key: Key, *which: Any) -> Partial | None:
        given = self.derivatives.get(letter + name)
        if given is None and letter == "t" and "d" + name in self.derivatives:
            if self.style == "linear":
                return Partial(self._with_tangent(call.op, key))
            if self.style == "general":
                raise no_pushforward(self.fn, call.op)
            given = self.derivatives["d" + name]
        if given is None:
            return None
        text = given if isinstance(given, str) else given(call, *which)
        return None if text is None else self._fill(text, call, letter, key)

    def _fill(self, text: str, call: Call, letter: str, key: Key) -> Partial:
        template = self._parse(text)
        values = {name: call.slot(name) for name in self.signature.names}
        values |= {"out": core.Var("%out"), "each": slot_of(key)}
        values |= {"g": core.Var("%g"), "t": core.Var("%t")}
        if self.style == "elementwise" and letter == "t":
            values["g"] = core.Var("%t")  # one product serves both modes
        filled = core.rewrite(core.substitute(template, values), _item_of_display)
        if self.style != "elementwise":
            return Partial(filled, lazy=isinstance(text, Lazy))
        return Partial(filled, factor=not core.names_in(template) & {"g", "t"}, lazy=True)

    def _parse(self, text: str) -> core.Expr:
        if text not in self.parsed:
            scope = {**getattr(self.fn, "__globals__", {}), **_SCOPE, "lib": library(self.fn)}
            self.parsed[text] = parse(text, frozenset(self.signature.names), scope)
        return self.parsed[text]

    def _with_tangent(self, op: Operation, key: Key) -> core.Expr:
        """The operation itself with the tangent in place of the operand `key`."""
        tangent = core.Var("%t")
        if isinstance(op, core.Attr):
            return core.Attr(tangent, op.name)
        args = tuple(tangent if i == key else slot_of(i) for i in range(len(op.args)))
        names = (name for name, _ in op.kwargs)
        kwargs = tuple((n, tangent if n == key else slot_of(n)) for n in names if n != "out")
        return core.Op(op.fn, args, kwargs)


def _item_of_display(expr: core.Expr) -> core.Expr | None:
    """`(a, b)[1]`, as a template's `xs[1]` becomes, is b."""
    match expr:
        case core.Item(base=core.Tuple(items=items), index=core.Const(value=int() as place)):
            return items[place]
    return None


def library(fn: Any) -> Any:
    """The library whose functions go with `fn`: its own, math for built-ins, else NumPy."""
    module = getattr(fn, "__module__", None)
    return {"math": math, "builtins": math, "cmath": cmath}.get(str(module), np)


def function_name(fn: Any) -> str:
    """How a message calls the function."""
    if isinstance(fn, core.Method | Attribute):
        return "." + fn.name
    return str(getattr(fn, "__name__", fn))


def no_pushforward(fn: Any, op: Operation) -> NoDerivative:
    """The error for a rule that was given without its forward half."""
    name = function_name(fn)
    remedy = "Give the rule its pushforward, `tx` beside `dx`, or use reverse mode"
    return NoDerivative(f"the rule for `{name}` says no pushforward", remedy, op.origin)


def refuse_masked(call: Call) -> None:
    """Refuse a ufunc's `where=`: what is not computed there is left as it was."""
    if "where" in call.given and isinstance(call.fn, np.ufunc):
        if call.constant("where") is True:
            return
        raise UnsupportedConstruct(
            f"`{function_name(call.fn)}` with `where=` has no derivative here",
            "Use `np.where`, or a masked store `a[mask] = ...`",
            call.op.origin,
        )


# ---------------------------------------------------------------------------------------------
# Adding rules


def elementwise(*spec: Any, kind: KindFunction | None = None, **options: Any) -> None:
    """Add a function that works element by element and broadcasts.

    A derivative without `g` is the partial derivative, by which cotangent and tangent are
    multiplied; one with `g` is the product itself and serves both modes.
    """
    _add(spec, "elementwise", kind or elementwise_kind, options)


def linear(*spec: Any, kind: KindFunction | None = None, **options: Any) -> None:
    """Add a function that is linear in each operand that has a derivative here.

    Its pushforward is the function itself with the tangent in the operand's place.
    """
    _add(spec, "linear", kind or unknown_kind, options)


def rule(*spec: Any, kind: KindFunction | None = None, **options: Any) -> None:
    """Add any function: `dx` gives the pullback and `tx` the pushforward through `x`."""
    _add(spec, "general", kind or unknown_kind, options)


def inactive(*functions: Any, kind: KindFunction | None = None, **options: Any) -> None:
    """Add functions through which no derivative passes: it is zero wherever it exists."""
    if isinstance(functions[-1], str):
        _add(functions, "general", kind or unknown_kind, {**options, "inactive": True})
        return
    for fn in functions:
        _RULES[fn] = _any_arguments(fn, kind or unknown_kind, options)


def opaque(*functions: Any, kind: KindFunction | None = None, **options: Any) -> None:
    """Add functions that may be called but through which no derivative is known to pass."""
    for fn in functions:
        plain = _any_arguments(fn, kind or unknown_kind, options)
        refuse = partial(_refuse_derivative, fn)
        _RULES[fn] = replace(plain, inactive=False, pullbacks=refuse, pushforwards=refuse)


def _refuse_derivative(fn: Any, op: Operation) -> dict[Key, Partial]:
    raise NoDerivative(
        f"no derivative is known of `{function_name(fn)}`",
        "Write it with functions that have one, or add a rule with `srcad.rules`",
        op.origin,
    )


def unknown_kind(call: Call) -> Kind:
    """Nothing is known of the result."""
    return UNKNOWN


def _add(spec: tuple[Any, ...], style: str, kind: KindFunction, options: dict[str, Any]) -> None:
    *functions, text = spec
    if not isinstance(text, str) or not functions:
        raise TypeError("a rule is given as: functions, then their parameters as a string")
    table = _TIES_ALL if options.pop("ties_all", False) else _RULES
    names = signature(text).names
    derivatives = {k: v for k, v in options.items() if k[1:] in names and k[0] in "dt"}
    rest = {k: v for k, v in options.items() if k not in derivatives}
    rest["elementwise"] = style == "elementwise"
    for fn in functions:
        full = signature(f"{text}, {_UFUNC_OPTIONS}" if isinstance(fn, np.ufunc) else text)
        positional = [name for name, _ in full.positional]
        if "out" in positional:
            _OUT_PLACE[fn] = positional.index("out")
        made = Definition(fn, full, names, kind, derivatives, style)
        table[fn] = _rule(function_name(fn), made.kind, made.pullbacks, made.pushforwards, rest)


def _any_arguments(fn: Any, kind: KindFunction, options: dict[str, Any]) -> Rule:
    """An inactive rule that takes whatever arguments its function takes."""

    def kind_of(op: core.Op) -> Kind:
        return kind(_free_call(op))

    return _rule(function_name(fn), kind_of, _none, _none, {**options, "inactive": True})


def _free_call(op: Operation) -> Call:
    """A call bound to no signature: all positional operands in `rest`, keywords by name."""
    args = op.args if isinstance(op, core.Op) else (op.base,)
    kwargs = op.kwargs if isinstance(op, core.Op) else ()
    given: dict[str, tuple[Key, core.Expr]] = {name: (name, expr) for name, expr in kwargs}
    return Call(op, given, {}, "operands", tuple(enumerate(args)), ("operands",))


def _none(op: Operation) -> dict[Key, Partial]:
    return {}


def _rule(name: str, kind: Any, pullbacks: Any, pushforwards: Any, options: Any) -> Rule:
    return Rule(name, kind, pullbacks, pushforwards, **options)


def seal() -> None:
    """Let the rules that there are be the built-in ones."""
    _BUILT_IN.update(_RULES)


def added_rules() -> dict[Any, Rule]:
    """The rules that were added to the built-in ones, or in the place of one."""
    return {fn: found for fn, found in _RULES.items() if _BUILT_IN.get(fn) is not found}


# ---------------------------------------------------------------------------------------------
# Looking rules up


def rule_for(expr: core.Op | core.Attr, ties: str = "first") -> Rule | None:
    """The rule of an operation or attribute, None where there is none.

    A method's rule is found by its name, if the receiver is an array or a number or may be.
    `ties="all"` gives max, min and clip their textbook partials.
    """
    if isinstance(expr, core.Attr):
        return _RULES.get(Attribute(expr.name)) if _may_be_array(expr.base) else None
    try:
        found = _RULES.get(expr.fn)
        if ties == "all":
            found = _TIES_ALL.get(expr.fn, found)
    except TypeError:  # an unhashable callable
        return None
    if found is None or (isinstance(expr.fn, core.Method) and not _may_be_array(expr.args[0])):
        return None
    if any(isinstance(arg, core.Star) for arg in expr.args):  # who knows what is what
        return None
    if found.view_of is not None:
        found = replace(found, view=found.view_of(expr))
    key = out_key(expr)
    return found if key is None else replace(found, writes=(key,))


def _may_be_array(receiver: core.Expr) -> bool:
    return isinstance(receiver.kind, Array | Scalar) or is_unknown(receiver.kind)


def out_key(op: core.Op) -> Key | None:
    """The key of the operand that a NumPy function is to write its result into."""
    if not _takes_out(op):
        return None
    for name, value in op.kwargs:
        if name == "out" and value != core.Const(None):
            return name
    place = _OUT_PLACE.get(op.fn, len(op.args))
    given = place < len(op.args) and op.args[place] != core.Const(None)
    return place if given else None


def _takes_out(op: core.Op) -> bool:
    if isinstance(op.fn, core.Method):
        return bool(op.args) and isinstance(op.args[0].kind, Array)
    try:
        return op.fn in _RULES
    except TypeError:
        return False


def result_kind(expr: core.Op | core.Attr) -> Kind:
    """What is known of the operation's result from its rule; `UNKNOWN` without one."""
    found = rule_for(expr)
    return UNKNOWN if found is None else found.kind(expr)  # type: ignore[arg-type]


def is_inactive(fn: Any) -> bool:
    """Whether the function has a rule which says that no derivative passes through it."""
    try:
        found = _RULES.get(fn)
    except TypeError:
        return False
    return found is not None and found.inactive


def all_rules() -> MappingProxyType[Any, Rule]:
    """The whole table, for tests and the documentation."""
    return MappingProxyType(_RULES)
