"""Loops over something that varies: what is run through, and its tangent beside it."""

from __future__ import annotations

from dataclasses import dataclass

from srcad.core import Expr, Op, Tuple, Var
from srcad.forward.duals import Duals


@dataclass(frozen=True, slots=True)
class Step:
    """A loop's target and iterable; `tangents` says which names of it have got a tangent."""

    target: Expr
    iter: Expr
    tangents: frozenset[str] = frozenset()


def paired(duals: Duals, target: Expr, iterable: Expr) -> Step:
    """`for row in m` with the tangent: `for row, trow in zip(m, tm)`."""
    if isinstance(iterable, Op) and isinstance(target, Tuple) and not iterable.kwargs:
        if iterable.fn is enumerate and len(target.items) == 2:
            return _enumerated(duals, target, iterable)
        if iterable.fn is zip and len(iterable.args) == len(target.items):
            return _zipped(duals, target, iterable)
    dual = duals.full(duals.dual(iterable))
    if dual.tangent is None:
        return Step(target, dual.value)
    beside = mirrored(duals, target)
    names = frozenset(_names(target))
    return Step(Tuple((target, beside)), Op(zip, (dual.value, dual.tangent)), names)


def _enumerated(duals: Duals, target: Tuple, iterable: Op) -> Step:
    inner = paired(duals, target.items[1], iterable.args[0])
    rest = tuple(duals.dual(arg).value for arg in iterable.args[1:])
    counted = Tuple((target.items[0], inner.target))
    return Step(counted, Op(enumerate, (inner.iter, *rest)), inner.tangents)


def _zipped(duals: Duals, target: Tuple, iterable: Op) -> Step:
    """`for x, y in zip(xs, ys)`: `for x, y, tx, ty in zip(xs, ys, txs, tys)`."""
    steps = [paired(duals, t, e) for t, e in zip(target.items, iterable.args, strict=True)]
    targets: list[Expr] = []
    iterables: list[Expr] = []
    after: list[tuple[Expr, Expr]] = []
    for step in steps:
        if _is_pair(step):
            one, beside = step.target.items, step.iter.args  # type: ignore[attr-defined]
            targets.append(one[0])
            iterables.append(beside[0])
            after.append((one[1], beside[1]))
        else:
            targets.append(step.target)
            iterables.append(step.iter)
    names = frozenset[str]().union(*(step.tangents for step in steps))
    all_targets = Tuple((*targets, *(t for t, _ in after)))
    return Step(all_targets, Op(zip, (*iterables, *(e for _, e in after))), names)


def _is_pair(step: Step) -> bool:
    """Whether the step runs through values and tangents side by side."""
    if not step.tangents or not isinstance(step.iter, Op) or step.iter.fn is not zip:
        return False
    return isinstance(step.target, Tuple) and len(step.target.items) == len(step.iter.args) == 2


def mirrored(duals: Duals, target: Expr) -> Var | Tuple:
    """The tangents of the names in `target`, in the same pattern."""
    if isinstance(target, Var):
        return duals.scope.tangent(target.name, target.kind)
    assert isinstance(target, Tuple)
    return Tuple(tuple(mirrored(duals, item) for item in target.items))


def _names(target: Expr) -> list[str]:
    if isinstance(target, Var):
        return [target.name]
    assert isinstance(target, Tuple)
    return [name for item in target.items for name in _names(item)]
