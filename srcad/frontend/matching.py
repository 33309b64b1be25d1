"""`match`: an `if` for each case, whose test looks at the parts of the subject.

The names that a pattern captures are bound when all of it has matched, before its guard.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import gast

from srcad.core import (
    Assign,
    Attr,
    BoolOp,
    Choice,
    Const,
    Dict,
    Expr,
    For,
    If,
    Item,
    List,
    Method,
    Op,
    Slice,
    Stmt,
    Store,
    Tuple,
    Var,
    Verbatim,
    substitute,
    walk,
)
from srcad.frontend import deleted
from srcad.frontend.context import Context
from srcad.frontend.lower_expr import apart, expression, joined
from srcad.frontend.names import NOTHING

_NO_SEQUENCE = (str, bytes, bytearray)
_WHOLE = (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple)

Lower = Callable[[Context, list[Any]], Any]


@dataclass
class Matched:
    """What a pattern comes to: the tests it makes, in order, and what it binds.

    `rests` are names for a mapping's items, each with the keys of those that it does not get.
    """

    tests: list[Expr] = field(default_factory=list)
    bindings: list[tuple[str, Expr]] = field(default_factory=list)
    rests: list[tuple[str, Expr, Expr]] = field(default_factory=list)

    def test(self) -> Expr | None:
        """All the tests as one; None if the pattern always matches."""
        if len(self.tests) < 2:
            return self.tests[0] if self.tests else None
        return BoolOp("and", tuple(self.tests))


def lower_match(ctx: Context, node: Any, block: Lower) -> None:
    """Emit a `match` statement; `block` lowers the statements of a case."""
    captured = captured_by(node)
    subject = _held(ctx, expression(ctx, node.subject), captured)
    _cases(ctx, subject, node.cases, block)


def captured_by(node: Any) -> set[str]:
    """The names that the patterns in `node` bind."""
    names = {n.name for n in gast.walk(node) if isinstance(n, gast.MatchAs | gast.MatchStar)}
    names |= {n.rest for n in gast.walk(node) if isinstance(n, gast.MatchMapping)}
    return names - {None}


def _held(ctx: Context, part: Expr, captured: set[str]) -> Expr:
    """The subject, or each part of one that is written out, under a name that no case binds."""
    if isinstance(part, Tuple | List):
        return replace(part, items=tuple(_held(ctx, item, captured) for item in part.items))
    if isinstance(part, Const) or (isinstance(part, Var) and part.name not in captured):
        return part
    return ctx.temporary("subject", part)


def _cases(ctx: Context, subject: Expr, cases: list[Any], block: Lower) -> None:
    if not cases:
        return
    case, *others = cases
    found = Matched()
    _pattern(ctx, case.pattern, subject, found)
    before = dict(ctx.deleted)
    with ctx.collecting() as bound:
        _bind(ctx, found)
    test = found.test()
    if case.guard is not None:
        test, bound = _guarded(ctx, case, found, bound)
    body = (*bound, *block(ctx, case.body))
    if test is None:
        ctx.block.extend(body)
        return
    after, ctx.deleted = ctx.deleted, before
    with ctx.collecting() as rest:
        _cases(ctx, subject, others, block)
    ctx.deleted = deleted.joined([(body, after), (tuple(rest), ctx.deleted)])
    ctx.emit(If(test, body, tuple(rest)))


def _guarded(ctx: Context, case: Any, found: Matched, bound: list[Stmt]) -> tuple[Expr, list[Stmt]]:
    """The test of a case with a guard, and what is still to be bound where it holds.

    The names are bound before the guard is evaluated. Where nothing can see that, the guard looks
    at the parts of the subject instead.
    """
    test = found.test()
    more, value = apart(ctx, case.guard)
    if not more and not found.rests and _seen_only_in(ctx, case, found):
        parts = dict(found.bindings)
        if not any(isinstance(part, Verbatim) for part in walk(value)):
            value = substitute(value, parts)
            return (value if test is None else BoolOp("and", (*found.tests, value))), bound
    if test is None:
        ctx.block.extend((*bound, *more))
        return value, []
    return joined(ctx, "and", [([], test), ([*bound, *more], value)]), []


def _seen_only_in(ctx: Context, case: Any, found: Matched) -> bool:
    """Whether the names that a case binds are read nowhere but in cases that bind them."""
    names = {name for name, _ in found.bindings}
    inside: set[int] = set()
    for other in (n for n in gast.walk(ctx.source.node) if isinstance(n, gast.match_case)):
        if names <= captured_by(other.pattern):
            inside |= {id(n) for n in gast.walk(other)}
    every = (n for n in gast.walk(ctx.source.node) if isinstance(n, gast.Name))
    return all(id(n) in inside for n in every if n.id in names)


def _bind(ctx: Context, found: Matched) -> None:
    for name, value in found.bindings:
        ctx.deleted.pop(name, None)
        ctx.emit(Assign(Var(ctx.names.variable(name)), value))
    for name, subject, keys in found.rests:
        ctx.deleted.pop(name, None)
        _bind_rest(ctx, name, subject, keys)


# ---------------------------------------------------------------------------------------------
# Patterns


def _pattern(ctx: Context, node: Any, subject: Expr, found: Matched) -> None:
    """Add what the pattern `node` asks of `subject` to `found`."""
    _PATTERNS[type(node)](ctx, node, subject, found)


def _value(ctx: Context, node: Any, subject: Expr, found: Matched) -> None:
    found.tests.append(Op(operator.eq, (subject, expression(ctx, node.value))))


def _singleton(ctx: Context, node: Any, subject: Expr, found: Matched) -> None:
    found.tests.append(Op(operator.is_, (subject, Const(node.value))))


def _as(ctx: Context, node: Any, subject: Expr, found: Matched) -> None:
    if node.pattern is not None:
        _pattern(ctx, node.pattern, subject, found)
    if node.name is not None:
        found.bindings.append((node.name, subject))


def _or(ctx: Context, node: Any, subject: Expr, found: Matched) -> None:
    constants = [_literal(ctx, part) for part in node.patterns]
    if None not in constants:
        values = Tuple(tuple(c for c in constants if c is not None))
        found.tests.append(Op(operator.contains, (values, subject)))
        return
    ways = [Matched() for _ in node.patterns]
    for part, way in zip(node.patterns, ways, strict=True):
        _pattern(ctx, part, subject, way)
    if any(way.rests for way in ways):
        raise ctx.refusal(node, "alternatives with `**`", "Write a case for each")
    tests = [way.test() for way in ways]
    for name, _ in ways[0].bindings:
        found.bindings.append((name, _one_of(tests, [dict(way.bindings)[name] for way in ways])))
    if None not in tests:  # else one of the ways always matches
        found.tests.append(BoolOp("or", tuple(test for test in tests if test is not None)))


def _literal(ctx: Context, node: Any) -> Const | None:
    """The number or text that a pattern asks for, if it is one."""
    if not isinstance(node, gast.MatchValue):
        return None
    value = expression(ctx, node.value)
    plain = isinstance(value, Const) and isinstance(value.value, int | str)
    return value if isinstance(value, Const) and plain else None


def _one_of(tests: list[Expr | None], values: list[Expr]) -> Expr:
    """The value of the first way whose test holds."""
    *others, result = values
    for test, value in reversed(list(zip(tests, others, strict=False))):
        if value != result:
            result = value if test is None else Choice(test, value, result)
    return result


def _sequence(ctx: Context, node: Any, subject: Expr, found: Matched) -> None:
    stars = [n for n, item in enumerate(node.patterns) if isinstance(item, gast.MatchStar)]
    count = len(node.patterns) - len(stars)
    if isinstance(subject, Tuple | List):
        fits = len(subject.items) >= count if stars else len(subject.items) == count
        if not fits:
            found.tests.append(Const(False))
            return
    else:
        found.tests += [
            Op(isinstance, (subject, Const(Sequence))),
            Op(operator.not_, (Op(isinstance, (subject, Const(_NO_SEQUENCE))),)),
            Op(operator.ge if stars else operator.eq, (Op(len, (subject,)), Const(count))),
        ]
    for position, item in enumerate(node.patterns):
        behind = len(node.patterns) - 1 - position
        if stars and position == stars[0]:
            if item.name is not None:
                found.bindings.append((item.name, _between(subject, position, behind)))
        else:
            after = bool(stars) and position > stars[0]
            _pattern(ctx, item, _item(subject, -behind - 1 if after else position), found)


def _item(subject: Expr, index: int) -> Expr:
    if isinstance(subject, Tuple | List):
        return subject.items[index]
    return Item(subject, Const(index))


def _between(subject: Expr, start: int, behind: int) -> Expr:
    """The items that a `*rest` takes, as a list."""
    if isinstance(subject, Tuple | List):
        return List(subject.items[start : len(subject.items) - behind])
    stop = Const(-behind) if behind else None
    return Op(list, (Item(subject, Slice(Const(start) if start else None, stop)),))


def _mapping(ctx: Context, node: Any, subject: Expr, found: Matched) -> None:
    found.tests.append(Op(isinstance, (subject, Const(Mapping))))
    keys = [expression(ctx, key) for key in node.keys]
    found.tests += [Op(operator.contains, (subject, key)) for key in keys]
    for key, pattern in zip(keys, node.patterns, strict=True):
        _pattern(ctx, pattern, Item(subject, key), found)
    if node.rest is not None:
        found.rests.append((node.rest, subject, Tuple(tuple(keys))))


def _bind_rest(ctx: Context, name: str, subject: Expr, keys: Expr) -> None:
    """Bind `name` to the items of a mapping under other keys."""
    target = Var(ctx.names.variable(name))
    key, value = Var(ctx.names.fresh("key")), Var(ctx.names.fresh("value"))
    ctx.emit(Assign(target, Dict((), ())))
    keep = Store(Item(target, key), value, origin=ctx.origin)
    other = Op(operator.not_, (Op(operator.contains, (keys, key)),))
    body = (If(other, (keep,), origin=ctx.origin),)
    ctx.emit(For(Tuple((key, value)), Op(Method("items"), (subject,)), body))


def _class(ctx: Context, node: Any, subject: Expr, found: Matched) -> None:
    cls = ctx.static(node.cls)
    if not isinstance(cls, type):
        what = (
            "the class of the pattern is known only at run time" if cls is NOTHING else "no class"
        )
        raise ctx.refusal(node.cls, what, "Test with `isinstance` and `if`")
    found.tests.append(Op(isinstance, (subject, expression(ctx, node.cls))))
    if cls in _WHOLE and node.patterns:
        _pattern(ctx, node.patterns[0], subject, found)
    else:
        names = getattr(cls, "__match_args__", ())
        if len(node.patterns) > len(names):
            what = f"`{cls.__name__}` has {len(names)} positional sub-patterns"
            raise ctx.refusal(node, what, "Name the attributes")
        for name, pattern in zip(names, node.patterns, strict=False):
            _pattern(ctx, pattern, Attr(subject, name), found)
    for name, pattern in zip(node.kwd_attrs, node.kwd_patterns, strict=True):
        if not _declares(cls, name):
            found.tests.append(Op(hasattr, (subject, Const(name))))
        _pattern(ctx, pattern, Attr(subject, name), found)


def _declares(cls: Any, name: str) -> bool:
    """Whether all objects of a class have an attribute."""
    return hasattr(cls, name) or name in getattr(cls, "__match_args__", ())


_PATTERNS: dict[type, Callable[[Context, Any, Expr, Matched], None]] = {
    gast.MatchValue: _value,
    gast.MatchSingleton: _singleton,
    gast.MatchAs: _as,
    gast.MatchOr: _or,
    gast.MatchSequence: _sequence,
    gast.MatchMapping: _mapping,
    gast.MatchClass: _class,
}
