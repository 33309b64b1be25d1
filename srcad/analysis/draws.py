"""What a generator of random numbers draws: a number, or an array of the size asked for."""

from __future__ import annotations

from srcad.core import Const, Expr, Method, Op, Tuple
from srcad.kinds import NONE, Array, Inert, Kind, Length, Scalar, TupleOf

# by the methods of NumPy's generators, which of the operands is the size
_SIZES = {
    **dict.fromkeys(("random", "standard_normal", "standard_exponential"), 0),
    **dict.fromkeys(("exponential", "rayleigh", "chisquare"), 1),
    **dict.fromkeys(("normal", "uniform", "lognormal", "laplace", "logistic", "gumbel"), 2),
    **dict.fromkeys(("gamma", "beta"), 2),
}


def drawn_kind(op: Op) -> Kind | None:
    """The kind of a draw from a generator; None of anything else, or if it is not known."""
    if not isinstance(op.fn, Method) or op.fn.name not in _SIZES or not op.args:
        return None
    receiver, *args = op.args
    given = dict(op.kwargs)
    if receiver.kind != Inert("Generator") or {"dtype", "out"} & given.keys():
        return None
    place = _SIZES[op.fn.name]
    size = given.pop("size", args[place] if place < len(args) else None)
    if any(not isinstance(arg.kind, Scalar) for arg in (*args[:place], *given.values())):
        return None
    if size is None or size.kind == NONE:
        return Scalar("float64", weak=True)
    lengths = _lengths(size)
    return None if lengths is None else Array("float64", lengths)


def _lengths(size: Expr) -> tuple[Length, ...] | None:
    if isinstance(size.kind, Scalar):
        return (_length(size),)
    if isinstance(size, Tuple):
        return tuple(map(_length, size.items))
    return (None,) * len(size.kind.items) if isinstance(size.kind, TupleOf) else None


def _length(size: Expr) -> Length:
    known = isinstance(size, Const) and isinstance(size.value, int)
    return size.value if known else None  # type: ignore[attr-defined]
