"""Shifts that do not matter: the largest element in a stable log-sum-exp or softmax.

In `s = x - m; s - np.log(np.sum(np.exp(s)))` it makes no difference what `m` is, so nothing flows
through it. To see that, let `m` become `m + c` and follow what each value becomes: `v + k * c` or
`v * exp(k * c)`. If all that leaves these statements has k = 0, `m` is a constant for derivatives.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, field, replace

from srcad.core import (
    Assign,
    Attr,
    Block,
    Const,
    Expr,
    Function,
    Item,
    Op,
    Return,
    Slice,
    Stmt,
    Tuple,
    Var,
    blocks_of,
    children,
    expressions_of,
    names_in,
    statements,
    targets_of,
    walk,
)
from srcad.kinds import Array, Kind, Scalar
from srcad.rules import rule_for
from srcad.rules import vocabulary as words

ADDS, SCALES = "adds", "scales"


@dataclass(frozen=True)
class Response:
    """What a shift by c does to a value: it adds k * c, or scales by exp(k * c).

    `axes` are those, counted from the last one, along which c varies.
    """

    how: str
    k: float
    axes: frozenset[int]


class Matters(Exception):
    """The shift cannot be shown to cancel."""


def shifts(function: Function, touched: frozenset[str]) -> dict[int, frozenset[Expr]]:
    """The expressions of each statement, by its `id`, that are constants for derivatives.

    `touched` are names whose memory is written somewhere; they are not followed.
    """
    found: dict[int, frozenset[Expr]] = {}
    if not any(_largest(e) for s in statements(function.body) for e in expressions_of(s)):
        return found
    bound = [name for stmt in statements(function.body) for name in targets_of(stmt)]
    bound += [param.name for param in function.params]
    steady = {name for name in bound if bound.count(name) == 1} - touched
    for block in _blocks(function.body):
        for position, stmt in enumerate(block):
            for shift in _candidates(stmt, steady):
                if _cancels(function, block[position:], shift, steady):
                    found[id(stmt)] = found.get(id(stmt), frozenset()) | {shift}
    return found


def _blocks(block: Block) -> list[Block]:
    return [block, *(b for stmt in block for inner in blocks_of(stmt) for b in _blocks(inner))]


def _largest(expr: Expr) -> list[Expr]:
    return [e for e in walk(expr) if isinstance(e, Op) and e.fn in words.EXTREMES]


def _candidates(stmt: Stmt, steady: set[str]) -> list[Expr]:
    if not isinstance(stmt, Assign | Return):
        return []
    found = [e for expr in expressions_of(stmt) for e in _largest(expr)]
    return [e for e in dict.fromkeys(found) if names_in(e) <= steady]


def _cancels(function: Function, block: Block, shift: Expr, steady: set[str]) -> bool:
    axes = _varying(shift)
    if axes is None:
        return False
    follower = _Follower(shift, Response(ADDS, 1, axes), steady)
    try:
        for position, stmt in enumerate(block):
            follower.statement(stmt, first=position == 0)
        follower.nothing_left(function, block)
    except Matters:
        return False
    return True


def _varying(reduction: Expr) -> frozenset[int] | None:
    """The axes along which the result of a reduction varies, as it broadcasts."""
    assert isinstance(reduction, Op)
    rank = _rank(reduction.kind)
    if rank is None:
        return None
    everywhere = frozenset(range(-rank, 0))
    if rank < (_rank(reduction.args[0].kind) or 0):
        return everywhere
    axis = _constant(reduction, "axis", 1)
    if not isinstance(axis, int):
        return None
    return everywhere - {axis if axis < 0 else axis - rank}


def _rank(kind: Kind) -> int | None:
    return 0 if isinstance(kind, Scalar) else kind.rank if isinstance(kind, Array) else None


def _constant(op: Op, name: str, position: int) -> object:
    named = dict(op.kwargs)
    given = named.get(name)
    if given is None and len(op.args) > position:
        given = op.args[position]
    if given is None:
        return None
    value = given.value if isinstance(given, Const) else NotImplemented
    if isinstance(given, Op) and given.fn is operator.neg and isinstance(given.args[0], Const):
        value = -given.args[0].value
    return value


@dataclass
class _Follower:
    """Follows a shift through the statements of a block."""

    shift: Expr
    response: Response
    steady: set[str]
    known: dict[str, Response] = field(default_factory=dict)

    def statement(self, stmt: Stmt, first: bool) -> None:
        if isinstance(stmt, Assign) and stmt.op is None and isinstance(stmt.target, Var):
            answer = self.of(stmt.value, first)
            if answer is not None:
                if stmt.target.name not in self.steady:
                    raise Matters
                self.known[stmt.target.name] = answer
        elif isinstance(stmt, Assign | Return):
            if stmt.value is not None and self.of(stmt.value, first) is not None:
                raise Matters
        else:
            used = {n for s in statements((stmt,)) for e in expressions_of(s) for n in names_in(e)}
            if used & self.known.keys():
                raise Matters

    def nothing_left(self, function: Function, block: Block) -> None:
        """Check that what the shift changes is not used outside of `block`."""
        own = {id(stmt) for stmt in statements(block)}
        for stmt in statements(function.body):
            if id(stmt) not in own:
                for expr in expressions_of(stmt):
                    if names_in(expr) & self.known.keys():
                        raise Matters

    def of(self, expr: Expr, first: bool) -> Response | None:
        """What the shift does to `expr`; None for nothing."""
        if first and expr == self.shift:
            return self.response
        if isinstance(expr, Var):
            return self.known.get(expr.name)
        if isinstance(expr, Op | Attr):
            rule = rule_for(expr)
            if rule is not None and rule.reads_shape_only:
                return None
        parts = [self.of(child, first) for child in children(expr)]
        if not any(parts):
            return None
        if isinstance(expr, Item):
            return _with_new_axes(expr, parts)
        if not isinstance(expr, Op):
            raise Matters
        return _of_operation(expr, parts)


def _of_operation(op: Op, parts: list[Response | None]) -> Response | None:
    part = parts[0]
    if op.fn in (operator.add, operator.sub):
        return _combined(parts, ADDS, -1 if op.fn is operator.sub else 1)
    if op.fn in (operator.mul, operator.truediv):
        return _combined(parts, SCALES, -1 if op.fn is operator.truediv else 1)
    if part is None or any(parts[1:]):
        raise Matters
    if op.fn is operator.neg and part.how == ADDS:
        return replace(part, k=-part.k)
    if op.fn in words.EXPONENTIALS and part.how == ADDS and len(op.args) == 1:
        return replace(part, how=SCALES)
    if op.fn in words.LOGARITHMS and part.how == SCALES and len(op.args) == 1:
        return replace(part, how=ADDS)
    if op.fn in words.SUMS and part.how == SCALES:
        return _summed(op, part)
    raise Matters


def _combined(parts: list[Response | None], how: str, sign: int) -> Response | None:
    left, right = parts
    given = [part for part in parts if part is not None]
    if any(part.how != how or part.axes != given[0].axes for part in given):
        raise Matters
    k = (left.k if left else 0) + sign * (right.k if right else 0)
    return replace(given[0], k=k) if k else None


def _summed(op: Op, part: Response) -> Response:
    """A sum over axes along which the shift is constant."""
    if len(op.args) > 2 or not {name for name, _ in op.kwargs} <= {"axis", "keepdims"}:
        raise Matters
    axis, rank = _constant(op, "axis", 1), _rank(op.args[0].kind)
    keep = _constant(op, "keepdims", 4)
    if not part.axes:
        return part
    if not isinstance(axis, int) or rank is None or not isinstance(keep, bool | None):
        raise Matters
    axis = axis if axis < 0 else axis - rank
    if axis in part.axes:
        raise Matters
    if keep:
        return part
    return replace(part, axes=frozenset(a + 1 if a < axis else a for a in part.axes))


def _with_new_axes(item: Item, parts: list[Response | None]) -> Response:
    """`m[:, None]`: the same values along other axes."""
    part, rank = parts[0], _rank(item.base.kind)
    index = item.index.items if isinstance(item.index, Tuple) else (item.index,)
    if part is None or any(parts[1:]) or rank is None:
        raise Matters
    new = [isinstance(p, Const) and p.value is None for p in index]
    if not all(n or p == Slice() for n, p in zip(new, index, strict=True)):
        raise Matters
    slots = [not n for n in new] + [True] * (rank - new.count(False))
    places = [at - len(slots) for at, is_old in enumerate(slots) if is_old]
    return replace(part, axes=frozenset(places[axis] for axis in part.axes))


__all__ = ["Response", "shifts"]
