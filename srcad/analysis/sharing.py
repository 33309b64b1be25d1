"""What the value of an expression may share memory with, and what an expression writes into."""

from __future__ import annotations

import bisect
import heapq
import operator
import random
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import FunctionType

import numpy as np

from srcad import kinds
from srcad.analysis.outside import NO_OBJECTS, Objects, outside_of
from srcad.core import (
    Attr,
    BoolOp,
    Choice,
    Const,
    Dict,
    Expr,
    Item,
    List,
    Method,
    Op,
    Slice,
    Star,
    Tuple,
    Var,
    children,
    walk,
)
from srcad.kinds import (
    Array,
    ConstOf,
    DictOf,
    Inert,
    Kind,
    ListOf,
    Never,
    OneOf,
    RangeOf,
    Scalar,
    TupleOf,
)
from srcad.objects import is_users
from srcad.rules import Key, rule_for
from srcad.rules.vocabulary import MAY_PASS_THROUGH
from srcad.runtime import tree_add

Names = frozenset[str]
NO_NAMES: Names = frozenset()


@dataclass(frozen=True, slots=True)
class CallEffects:
    """What one call of a user's function does, in terms of its operands.

    `result` are the operands whose memory the result may share, `written` those written into,
    `links` the pairs of operands that may share memory afterwards though they did not before;
    `apart` says that the items of a tuple which is the result share nothing with each other;
    `outside` are the objects of the callee's surroundings that it writes into. What it writes into,
    somewhere in `written`, is of the kinds `forms`. The result may share the memory of `hands` too,
    which are names of what is in the surroundings.
    """

    result: tuple[Expr, ...] = ()
    written: tuple[Expr, ...] = ()
    links: tuple[tuple[Expr, Expr], ...] = ()
    apart: bool = True
    outside: Objects = NO_OBJECTS
    forms: frozenset[Kind] = frozenset((kinds.UNKNOWN,))
    hands: Names = NO_NAMES


# Says what a call does if it is one of a user's function, else None.
EffectsOf = Callable[[Op], CallEffects | None]


def no_calls(op: Op) -> CallEffects | None:
    """The `EffectsOf` that knows no user's function."""
    return None


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Containers' methods that write into their receiver; NumPy's are known by their rules as well.
_WRITERS = _words(
    "append pop extend insert remove sort reverse clear update setdefault popitem fill put "
    "partition resize itemset byteswap add discard __setitem__ __delitem__"
)
# Functions that write into their first operand.
_LIBRARY_WRITERS = (
    *(random.shuffle, bisect.insort, bisect.insort_left, bisect.insort_right, operator.setitem),
    *(heapq.heappush, heapq.heappop, heapq.heapify, heapq.heapreplace, heapq.heappushpop),
    *(operator.delitem, operator.iadd, operator.isub, operator.imul, operator.itruediv, setattr),
)
# Those after which the receiver holds their operands.
_KEEPERS = _words("append extend insert update setdefault __setitem__ add")
# Methods whose result may be (part of) their receiver.
_HANDERS = _words(
    "pop get setdefault popitem items values copy __getitem__ __iter__ view reshape ravel "
    "transpose swapaxes squeeze diagonal"
)
# Methods of containers, arrays and texts that leave all as it is, and those that only report.
_READERS = _words(
    "get index count most_common copy keys values items format join split strip startswith "
    "endswith replace "
    "reshape astype dot transpose swapaxes take repeat conj conjugate tolist item searchsorted "
    "difference union intersection symmetric_difference issubset issuperset isdisjoint "
    "write writelines writerow writerows iterencode encode print plot scatter add_scalar "
    "set_postfix set_postfix_str set_description set_description_str "
    "getLogger debug info warning error exception critical log read readline readlines flush close"
)
_ARITHMETIC = frozenset(
    fn
    for name, fn in vars(operator).items()
    if callable(fn) and not name.startswith("_") and name not in ("itemgetter", "attrgetter")
)
_CONTAINERS = (ListOf, TupleOf, DictOf)
# Built-in functions that pass their operands' items on.
_PASSERS = (list, tuple, dict, sorted, reversed, zip, enumerate, iter, next, max, min, map, filter)


# what cannot be written into
_SEALED = ("str", "key", "bytes", "slice", "bool", "int", "frozenset", "date", "timedelta", "Enum")


def holds_memory(kind: Kind) -> bool:
    """Whether a value of this kind has, or may have, an inside that can be written into."""
    match kind:
        case Array() | ListOf() | DictOf():
            return True
        case TupleOf(items=items):
            return any(holds_memory(item) for item in items)
        case Inert(name=name):
            return name not in _SEALED
        case OneOf(options=options):
            return any(holds_memory(option) for option in options)
        case Scalar() | ConstOf() | RangeOf() | Never():
            return False
    return True


def holds_references(kind: Kind) -> bool:
    """Whether a value of this kind may refer to other values with an inside."""
    match kind:
        case Array(dtype=dtype):
            return dtype == "object"
        case ListOf(item=item):
            return holds_memory(item)
        case DictOf(items=items, value=value):
            return holds_memory(value) if items is None else any(holds_memory(k) for _, k in items)
        case TupleOf():
            return holds_memory(kind)
    return kinds.is_unknown(kind) or kinds.is_object(kind) or isinstance(kind, Inert)


def is_advanced(index: Expr) -> bool:
    """Whether an array indexed by this is certainly copied (an index of arrays or masks)."""
    parts = index.items if isinstance(index, Tuple) else (index,)
    return any(isinstance(p.kind, Array | ListOf) or isinstance(p, List) for p in parts)


def sources(expr: Expr, effects_of: EffectsOf = no_calls) -> Names:
    """The names whose memory the value of `expr` may share."""
    if isinstance(expr, Const) or not holds_memory(expr.kind):
        return NO_NAMES
    match expr:
        case Var(name=name):
            return frozenset((name,))
        case Item():
            return _item_sources(expr, effects_of)
        case Attr(base=base):
            outside = outside_of(expr)
            if outside is not None:
                return frozenset((outside,))
            rule = rule_for(expr)
            return sources(base, effects_of) if rule is None or rule.view else NO_NAMES
        case Star(value=value):
            return sources(value, effects_of)
        case Choice(then=then, orelse=orelse):
            return _union((then, orelse), effects_of)
        case BoolOp(values=values):
            return _union(values, effects_of)
        case Tuple(items=items) | List(items=items):
            return _union(items, effects_of)
        case Dict(values=values):
            return _union(values, effects_of)
        case Op():
            return _call_sources(expr, effects_of)
    return NO_NAMES


def _union(exprs: Iterable[Expr], effects_of: EffectsOf) -> Names:
    return NO_NAMES.union(*(sources(expr, effects_of) for expr in exprs))


def _item_sources(expr: Item, effects_of: EffectsOf) -> Names:
    base, index = expr.base, expr.index
    if isinstance(base.kind, Array) and is_advanced(index):
        return NO_NAMES
    listing = isinstance(base.kind, ListOf | TupleOf) and isinstance(index, Slice)
    if listing and not holds_references(base.kind):
        return NO_NAMES  # a slice of a list is a new list
    return sources(base, effects_of)


def _call_sources(op: Op, effects_of: EffectsOf) -> Names:
    called = effects_of(op)
    if called is not None:
        return _union(called.result, effects_of) | called.hands
    if _is_one_of(op.fn, _ARITHMETIC) and any(map(_is_container, op.args)):
        # `+`, `*` and `|` hand items on, in a new container
        hands = holds_references(op.kind) or _is_one_of(op.fn, _LIBRARY_WRITERS)
        return _union(op.args, effects_of) if hands else NO_NAMES
    if _is_one_of(op.fn, _PASSERS) or (op.fn == Method("copy") and _is_container(op.args[0])):
        hands = holds_references(op.kind) and not isinstance(op.kind, Array)
        if op.fn in (list, tuple, sorted):  # the items of one operand, whatever is known of them
            hands = hands and any(_has_parts(arg.kind) for arg in op.args)
        return _union(_operands(op), effects_of) if hands else NO_NAMES
    if op.fn is np.einsum and len(op.args) == 2:  # it may be a view, as of the diagonal
        return sources(op.args[1], effects_of)
    rule = rule_for(op)
    if rule is not None:
        shared = written_by_rule(op)
        array = isinstance(op.kind, Array)
        passed = rule.view or (array and _is_one_of(op.fn, MAY_PASS_THROUGH))
        passed_on = op.args if op.fn is tree_add else op.args[:1]
        return _union((*shared, *(passed_on if passed else ())), effects_of)
    if isinstance(op.fn, Method):
        return sources(op.args[0], effects_of) if op.fn.name in _HANDERS else NO_NAMES
    if _is_one_of(op.fn, _ARITHMETIC):
        return NO_NAMES  # of two unknown values they are taken as sums
    return _union(children(op), effects_of)


def _operands(op: Op) -> tuple[Expr, ...]:
    return (*op.args, *(value for _, value in op.kwargs))


def _is_container(expr: Expr) -> bool:
    return isinstance(expr, List | Tuple | Dict) or isinstance(expr.kind, _CONTAINERS)


_DELETERS = (operator.delitem, delattr)


def _has_parts(kind: Kind) -> bool:
    """Whether items of such a value may be part of it, or what it refers to."""
    rows = isinstance(kind, Array) and kind.rank != 1
    return rows or holds_references(kind)


def _is_one_of(fn: object, known: Iterable[object]) -> bool:
    return any(fn is other for other in known)


# ---------------------------------------------------------------------------------------------
# Writing


def calls_in(exprs: Iterable[Expr]) -> Iterator[Op]:
    """All operations in the expressions."""
    for expr in exprs:
        yield from (node for node in walk(expr) if isinstance(node, Op))


def written_by_rule(op: Op) -> tuple[Expr, ...]:
    """The operands that an operation with a rule writes into: `out=` and what the rule says."""
    rule = rule_for(op)
    if rule is None:  # of NumPy's `add.at` and its like only some have a rule
        keys: tuple[Key, ...] = (0,) if getattr(op.fn, "__name__", "") == "at" else ()
    else:
        keys = rule.writes
    named = dict(op.kwargs)
    found = [named.get(k) if isinstance(k, str) else _positional(op, k) for k in keys]
    return tuple(expr for expr in found if expr is not None)


def _positional(op: Op, key: int) -> Expr | None:
    return op.args[key] if key < len(op.args) else None


def written_operands(op: Op, effects_of: EffectsOf = no_calls) -> tuple[Expr, ...]:
    """The operands that a call writes into."""
    called = effects_of(op)
    if called is not None:
        return called.written
    if isinstance(op.fn, Method) and op.fn.name in _WRITERS:
        return (op.args[0], *written_by_rule(op))
    if isinstance(op.fn, Method) and op.fn.name == "shuffle":  # of a generator of random numbers
        return op.args[1:2]
    if _is_one_of(op.fn, _LIBRARY_WRITERS):
        return op.args[:1]
    if _is_one_of(op.fn, _DELETERS):
        return op.args[:1]
    if isinstance(op.fn, Expr) or (is_users(op.fn) and rule_for(op) is None):
        # what is known only at run time, or cannot be read, may write into all it is given, and
        # into what it has captured
        return children(op)
    if rule_for(op) is None and "out" in dict(op.kwargs):
        return (dict(op.kwargs)["out"],)
    if _may_keep(op):
        return op.args[:1]
    return written_by_rule(op)


_PLAIN = (str, bytes, list, tuple, dict, set, frozenset, int, float, complex, slice, range)
# methods of Python's and NumPy's own classes: without operands they change nothing else
_METHODS = frozenset(name for cls in (*_PLAIN, np.ndarray, np.generic) for name in dir(cls))
_GENERATORS = (random.Random, np.random.Generator, np.random.RandomState)
_DRAWS = frozenset(name for cls in _GENERATORS for name in dir(cls)) - {"shuffle"}


def _may_keep(op: Op) -> bool:
    """Whether a method of what is not known may leave its operands in the object, or change it."""
    if not isinstance(op.fn, Method) or rule_for(op) is not None:
        return False
    if op.fn.name in _READERS or op.fn.name in _DRAWS:
        return False
    told = len(children(op)) > 1 or op.fn.name not in _METHODS
    return told and kinds.is_unknown(op.args[0].kind)


def _is_reader(fn: FunctionType) -> bool:
    """Whether the function is one of Python's library, which writes into no operand of its own.

    Those that do are known by name.
    """
    top = (fn.__module__ or "").partition(".")[0]
    return top in sys.stdlib_module_names and top != "__main__"


def kept_operands(op: Op) -> tuple[Expr, ...]:
    """The operands that the receiver of a container's method refers to afterwards."""
    if isinstance(op.fn, Method) and op.fn.name in _KEEPERS:
        return op.args[1:]
    return ()
