"""Rules for functions that work element by element: NumPy's and those of `math` alike."""

from __future__ import annotations

import cmath
import math
from typing import Any

import numpy as np

from srcad import runtime
from srcad.core import Method
from srcad.kinds import FLOAT, INT, Array, Kind, Scalar
from srcad.rules.call import Call
from srcad.rules.registry import elementwise, inactive
from srcad.rules.result_kinds import always, elementwise_kind, part_kind, sampled_kind

_fn: Any

# Exponentials, logarithms, roots
elementwise(np.exp, math.exp, cmath.exp, "x", dx="out")
elementwise(np.expm1, math.expm1, "x", dx="out + 1")
elementwise(np.exp2, "x", dx="out * math.log(2.0)")
elementwise(np.log, cmath.log, "x", dx="g / x")
elementwise(np.log1p, math.log1p, "x", dx="g / (1 + x)")
elementwise(np.log2, math.log2, "x", dx="g / (x * math.log(2.0))")
elementwise(np.log10, math.log10, cmath.log10, "x", dx="g / (x * math.log(10.0))")
elementwise(np.sqrt, math.sqrt, cmath.sqrt, "x", dx="0.5 * g / out")
elementwise(np.cbrt, "x", dx="g / (3 * out**2)")
elementwise(np.square, "x", dx="2 * x", cost=1)
elementwise(np.reciprocal, "x", dx="-out * out", cost=1)
elementwise(np.logaddexp, "x, y", dx="np.exp(x - out)", dy="np.exp(y - out)")
elementwise(np.logaddexp2, "x, y", dx="np.exp2(x - out)", dy="np.exp2(y - out)")
for _name, _slope in [("exp2", "out * math.log(2.0)"), ("cbrt", "g / (3 * out**2)")]:
    if hasattr(math, _name):  # from Python 3.11 on
        elementwise(getattr(math, _name), "x", dx=_slope)

# Circular and hyperbolic functions
elementwise(np.sin, math.sin, cmath.sin, "x", dx="lib.cos(x)")
elementwise(np.cos, math.cos, cmath.cos, "x", dx="-lib.sin(x)")
elementwise(np.tan, math.tan, cmath.tan, "x", dx="1 + out**2")
elementwise(np.arcsin, math.asin, cmath.asin, "x", dx="g / lib.sqrt(1 - x**2)")
elementwise(np.arccos, math.acos, cmath.acos, "x", dx="-g / lib.sqrt(1 - x**2)")
elementwise(np.arctan, math.atan, cmath.atan, "x", dx="g / (1 + x**2)")
elementwise(np.sinh, math.sinh, cmath.sinh, "x", dx="lib.cosh(x)")
elementwise(np.cosh, math.cosh, cmath.cosh, "x", dx="lib.sinh(x)")
elementwise(np.tanh, math.tanh, cmath.tanh, "x", dx="1 - out**2")
elementwise(np.arcsinh, math.asinh, cmath.asinh, "x", dx="g / lib.sqrt(x**2 + 1)")
elementwise(np.arccosh, math.acosh, "x", dx="g / lib.sqrt(x**2 - 1)")
elementwise(cmath.acosh, "x", dx="g / (cmath.sqrt(x - 1) * cmath.sqrt(x + 1))")
elementwise(np.arctanh, math.atanh, cmath.atanh, "x", dx="g / (1 - x**2)")
elementwise(np.arctan2, math.atan2, "y, x", dy="g * x / (x**2 + y**2)", dx="-g * y / (x**2 + y**2)")
elementwise(np.hypot, "x, y", dx="g * x / out", dy="g * y / out")
elementwise(np.degrees, np.rad2deg, math.degrees, "x", dx="180 / math.pi", cost=1)
elementwise(np.radians, np.deg2rad, math.radians, "x", dx="math.pi / 180", cost=1)
elementwise(np.sinc, "x", dx="sinc_slope(x)")


# Choices: the element that was returned gets the derivative, the first at a tie
elementwise(np.maximum, np.fmax, "x, y", dx="x >= y", dy="y > x", cost=1)
elementwise(np.minimum, np.fmin, "x, y", dx="x <= y", dy="y < x", cost=1)
elementwise(np.maximum, np.fmax, "x, y", dx="x >= y", dy="y >= x", cost=1, ties_all=True)
elementwise(np.minimum, np.fmin, "x, y", dx="x <= y", dy="y <= x", cost=1, ties_all=True)


def _clip_dx(call: Call) -> str:
    """True where the element itself was returned; a bound that is None bounds nothing."""
    low, high = _clip_bounds(call)
    tests = [f"(x >= {low})"] if low else []
    tests += [f"(x <= {high})"] if high else []
    return " & ".join(tests) or "1"


def _clip_bounds(call: Call) -> tuple[str | None, str | None]:
    low = next((n for n in ("a_min", "min") if _is_bound(call, n)), None)
    high = next((n for n in ("a_max", "max") if _is_bound(call, n)), None)
    return low, high


def _is_bound(call: Call, name: str) -> bool:
    return name in call.given and call.constant(name) is not None


def _clip_kind(call: Call) -> Kind:
    """The kind that the bounds which are given lead to."""
    names = [name for name in _clip_bounds(call) if name]
    if call.given.get("out"):
        return call.kind("out")
    return sampled_kind(np.maximum if len(names) < 2 else np.clip, call, "x", *names)


_CLIP = "x, a_min=None, a_max=None, out=None, *, min=None, max=None"
for _ties, _above, _below in [(False, ">", "<"), (True, ">=", "<=")]:
    _bounds: dict[str, Any] = {"dmin": f"x {_below} min", "dmax": f"x {_above} max"}
    _old_bounds: dict[str, Any] = {"da_min": f"x {_below} a_min", "da_max": f"x {_above} a_max"}
    _options: dict[str, Any] = {"dx": _clip_dx, "kind": _clip_kind, "cost": 1, "ties_all": _ties}
    elementwise(np.clip, _CLIP, **_bounds, **_old_bounds, **_options)
    elementwise(Method("clip"), "x, min=None, max=None, out=None", **_bounds, **_options)


def _where_kind(call: Call) -> Kind:
    return elementwise_kind(call) if {"x", "y"} <= set(call.given) else Kind()


elementwise(
    np.where,
    "condition, x=None, y=None",
    dx="np.where(condition, g, 0.0)",
    dy="np.where(condition, 0.0, g)",
    kind=_where_kind,
    cost=1,
)


# Absolute value, sign, parts of complex numbers
def _is_real(call: Call) -> bool:
    kind = call.kind("x")
    return isinstance(kind, Array | Scalar) and np.dtype(kind.dtype).kind != "c"


def _abs_dx(call: Call) -> str:
    """The sign, 0 at 0; for complex numbers conj(x) / |x|."""
    kind = call.kind("x")
    if isinstance(kind, Scalar) and kind.weak and _is_real(call):
        return "(x > 0) - (x < 0)"
    return "np.sign(x)" if _is_real(call) else "np.conj(np.sign(x))"


def _abs_tx(call: Call) -> str:
    return _abs_dx(call) if _is_real(call) else "np.real(np.conj(np.sign(x)) * t)"


elementwise(abs, np.abs, np.absolute, "x", dx=_abs_dx, tx=_abs_tx, cost=1)
elementwise(np.fabs, math.fabs, "x", dx=_abs_dx, cost=1)
elementwise(np.copysign, math.copysign, "x, y", dx="lib.copysign(1.0, x * y)", cost=1)


def real_dx(call: Call) -> str:
    """The pullback through the real part: complex where the operand is, or may be."""
    return "1" if _is_real(call) else "g + 0j"


def imag_dx(call: Call) -> str | None:
    """The pullback through the imaginary part: d(im z) has the slope -i in z."""
    return None if _is_real(call) else "-1j * g"


def imag_tx(call: Call) -> str | None:
    """The pushforward through the imaginary part."""
    return None if _is_real(call) else "np.imag(t)"


def conj_dx(call: Call) -> str:
    """The pullback through the complex conjugate."""
    return "1" if _is_real(call) else "np.conj(g)"


elementwise(np.real, "x", dx=real_dx, tx="np.real(t)", kind=part_kind, cost=1, view=True)
elementwise(np.imag, "x", dx=imag_dx, tx=imag_tx, kind=part_kind, cost=1, view=True, turned=True)
elementwise(np.conj, np.conjugate, "x", dx=conj_dx, tx="np.conj(t)", cost=1)
elementwise(
    np.angle,
    "x",
    dx="-1j * g / x",
    tx="np.imag(t / x)",
)

# Remainders and rounding
elementwise(np.fmod, math.fmod, "x, y", dx="1", dy="-lib.trunc(x / y)", cost=1)
elementwise(math.remainder, "x, y", dx="1", dy="round((out - x) / y)", cost=1)
elementwise(np.ldexp, math.ldexp, "x, i", dx="lib.ldexp(g, i)", cost=1)
elementwise(np.nextafter, "x, y", dx="1", cost=1)
for _fn in (np.floor, np.ceil, np.rint, np.trunc, np.sign, np.isnan, np.isinf, np.isfinite):
    inactive(_fn, "x", kind=elementwise_kind, cost=1)
for _fn in (np.signbit, np.spacing, np.isposinf, np.isneginf, np.fix, np.isreal, np.iscomplex):
    inactive(_fn, "x", kind=elementwise_kind, cost=1)
inactive(np.heaviside, "x, y", kind=elementwise_kind, cost=1)
inactive(np.isclose, cost=2)


# What NumPy does not have or spells otherwise
def _log_dx(call: Call) -> str:
    return "g / (x * math.log(base))" if "base" in call.given else "g / x"


elementwise(math.log, "x, base=None", dx=_log_dx, dbase="-g * out / (base * math.log(base))")
elementwise(math.erf, "x", dx=f"{2 / math.sqrt(math.pi)!r} * math.exp(-x * x)")
elementwise(math.erfc, "x", dx=f"{-2 / math.sqrt(math.pi)!r} * math.exp(-x * x)")
elementwise(math.gamma, "x", dx="out * digamma(x)")
elementwise(math.lgamma, "x", dx="digamma(x)")
elementwise(runtime.digamma, "x", dx="polygamma(1, x)", kind=always(FLOAT))
elementwise(runtime.polygamma, "n, x", dx="polygamma(n + 1, x)", kind=always(FLOAT))
elementwise(runtime.log_or_zero, "x", dx="inverse_or_zero(x)")
elementwise(runtime.lowered, "y", dy="y != 0", cost=1)
elementwise(runtime.inverse_or_zero, "x", dx="-out * out")
elementwise(math.hypot, "*xs", dxs="g * each / out")
elementwise(math.nextafter, "x, y", dx="1", cost=1)
if hasattr(math, "fma"):  # from Python 3.13 on
    elementwise(math.fma, "x, y, z", dx="y", dy="x", dz="1", cost=1)
inactive(math.floor, math.ceil, math.trunc, kind=always(INT), cost=1)
inactive(math.isnan, math.isinf, math.isfinite, math.isclose, kind=always(Scalar("bool")), cost=1)
inactive(math.gcd, math.lcm, math.isqrt, math.factorial, math.perm, math.comb, kind=always(INT))
inactive(math.ulp, "x", kind=always(FLOAT), cost=1)
