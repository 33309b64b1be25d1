"""Calls of the user's functions: of those with something that varies, the tangent function."""

from __future__ import annotations

from srcad.analysis.calls import bind_arguments, captured_defaults
from srcad.analysis.describe import spelled
from srcad.analysis.infer import Typed
from srcad.core import Assign, Effect, Expr, FunctionRef, Op, Tuple, Var
from srcad.errors import NoDerivative
from srcad.forward.duals import Dual, Duals, refuse
from srcad.frontend import capture
from srcad.kinds import carries
from srcad.objects import is_users
from srcad.rules import rule_for


def user_call(duals: Duals, op: Op) -> Dual | None:
    """The dual of a call of a user's function, made in front; None for any other operation."""
    callee = duals.scope.memory.typed.callee(op)
    if callee is None:
        _refuse_unknown(duals, op)
        return None
    bound = bind_arguments(op, callee.function)
    defaults = captured_defaults(op, callee.function)
    duals.scope.captures |= defaults
    parts = dict(zip(bound, duals.duals(tuple(bound.values())), strict=True))
    for name, arg in bound.items():
        if isinstance(arg, Var) and arg.name in defaults:
            parts[name] = Dual(arg)  # an object of the function's own, that does not vary
    tangents = _tangents(duals, callee, bound, parts)
    arguments = tuple(part.value for part in parts.values())
    if not tangents:
        return Dual(op)
    name = duals.scope.callee(callee, frozenset(tangents))
    call = Op(FunctionRef(name), (*arguments, *tangents.values()), kind=callee.result)
    return _called(duals, op, callee, call)


def _called(duals: Duals, op: Op, callee: Typed, call: Op) -> Dual:
    """The call in front, and the names of what it returns."""
    if not returns_tangent(callee):
        if duals.scope.memory.of(callee).effects.writes:
            result = Var(duals.scope.names.fresh(callee.function.name + "_value"), kind=op.kind)
            duals.precede(Assign(result, call))
            return Dual(result)
        return Dual(op)
    result = duals.scope.temporary(op)
    tangent = duals.scope.tangent(result.name, op.kind)
    duals.precede(Assign(Tuple((result, tangent)), call))
    return Dual(result, tangent)


def returns_tangent(callee: Typed) -> bool:
    """Whether the tangent function returns a tangent beside the value."""
    return carries(callee.result)


def _tangents(
    duals: Duals, callee: Typed, bound: dict[str, Expr], parts: dict[str, Dual]
) -> dict[str, Expr]:
    """The tangents to pass, by parameter."""
    effects = duals.scope.memory.of(callee).effects
    kept = effects.returns.union(*effects.links) if duals.scope.shadowed else frozenset()
    found: dict[str, Expr] = {}
    for name, expr in bound.items():
        part = duals.full(parts[name])
        parts[name] = part
        if part.tangent is None or not _may_carry(callee, name):
            continue
        found[name] = part.tangent
        if name in effects.writes | kept:
            found[name] = duals.scope.independent(part.tangent, expr.kind, expr, part.value)
    return found


def _may_carry(callee: Typed, name: str) -> bool:
    return carries(callee.kinds[name]) or name in callee.exit


def _refuse_unknown(duals: Duals, op: Op) -> None:
    """Refuse a call with something that varies of a function that is not known."""
    if isinstance(op.fn, Expr):
        raise refuse(
            "a function known only when the program runs is called with a varying value",
            "Pass the function as an argument or name it at module level",
            op,
            duals.stmt,
        )
    if is_users(op.fn) and rule_for(op) is None:
        capture(op.fn)  # which says best why it cannot be read
        origin = op.origin if op.origin.line else duals.stmt.origin
        what = f"cannot differentiate {spelled(op)}: its Python source cannot be read"
        raise NoDerivative(what, "Add a rule with `srcad.rules`", origin)


def as_statement(duals: Duals, dual: Dual) -> bool:
    """Turn a call that was put in front only for its effect into a plain statement."""
    last = duals.front[-1] if duals.front else None
    if not isinstance(last, Assign) or not isinstance(dual.value, Var):
        return False
    if isinstance(last.value, Op) and isinstance(last.value.fn, FunctionRef):
        duals.front[-1] = Effect(last.value)
        return True
    return False
