"""Rules for products of arrays and for `np.linalg`."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from srcad import runtime
from srcad.core import Method
from srcad.errors import NoDerivative
from srcad.kinds import (
    UNKNOWN,
    Array,
    Kind,
    NamedOf,
    Scalar,
    broadcast_dims,
    dims_of,
    dtype_of,
)
from srcad.rules.call import NOT_CONSTANT, Call
from srcad.rules.reductions import spread_over
from srcad.rules.registry import linear, rule
from srcad.rules.result_kinds import Dims, array_kind, reduction_kind, shaped, total_length

_fn: Any

# ---------------------------------------------------------------------------------------------
# dot and matmul


def _product_dims(a: Dims, b: Dims, matmul: bool) -> Dims:
    if a is None or b is None:
        return None
    if not a or not b:
        return a + b
    rest = b[:-2] + b[-1:] if len(b) > 1 else ()
    if not matmul or (len(a) < 3 and len(b) < 3):
        return a[:-1] + rest
    batch = broadcast_dims(a[:-2], b[:-2])
    return None if batch is None else (*batch, *a[-2:-1], *(b[-1:] if len(b) > 1 else ()))


def _is_matmul(call: Call) -> bool:
    return call.fn in (operator.matmul, np.matmul)


def _product_kind(call: Call) -> Kind:
    if "out" in call.given:
        return call.kind("out")
    a, b = array_kind(call, "a"), array_kind(call, "b")
    dtypes = dtype_of(a), dtype_of(b)
    if None in dtypes or "object" in dtypes:
        return UNKNOWN
    dims = _product_dims(dims_of(a), dims_of(b), _is_matmul(call))
    if dims is None and not _is_surely_array(a, b):
        return UNKNOWN
    return shaped(str(np.result_type(*map(str, dtypes))), dims)


def _is_surely_array(a: Kind, b: Kind) -> bool:
    """Whether the product has axes even though the rank of one operand is not known."""
    return any(len(dims_of(kind) or ()) > 1 for kind in (a, b))


def _times(call: Call, a: str, b: str) -> str:
    """The product of two matrices, spelled as the user spelled theirs."""
    if call.fn is np.dot:
        return f"np.dot({a}, {b})"
    return f"{a}.dot({b})" if call.fn == Method("dot") else f"{a} @ {b}"


def _ranks(call: Call) -> tuple[int | None, int | None]:
    a, b = dims_of(array_kind(call, "a")), dims_of(array_kind(call, "b"))
    return (None if a is None else len(a), None if b is None else len(b))


def _product_da(call: Call) -> str:
    match _ranks(call):
        case (1, 1):
            return "g * b"
        case (2, 2):
            return _times(call, "g", "b.T")
        case (2, 1):
            return "np.outer(g, b)"
        case (1, 2):
            return _times(call, "b", "g")
        case (0, 0):
            return "g * b"
        case (0, _):
            return "np.sum(g * b)"
        case (_, 0):
            return "g * b"
    helper = "matmul_pullback_left" if _is_matmul(call) else "dot_pullback_left"
    return f"{helper}(g, a, b)"


def _product_db(call: Call) -> str:
    match _ranks(call):
        case (1, 1):
            return "g * a"
        case (2, 2) | (2, 1):
            return _times(call, "a.T", "g")
        case (1, 2):
            return "np.outer(a, g)"
        case (0, _):
            return "g * a"
        case (_, 0):
            return "np.sum(g * a)"
    helper = "matmul_pullback_right" if _is_matmul(call) else "dot_pullback_right"
    return f"{helper}(g, a, b)"


for _fn in (operator.matmul, np.matmul):
    linear(_fn, "a, b", da=_product_da, db=_product_db, kind=_product_kind, cost=3)
for _fn in (np.dot, Method("dot")):
    linear(_fn, "a, b, out=None", da=_product_da, db=_product_db, kind=_product_kind, cost=3)


# ---------------------------------------------------------------------------------------------
# Other products


def _outer_da(call: Call) -> str:
    return "g @ b" if _ranks(call) == (1, 1) else "np.reshape(g @ np.ravel(b), np.shape(a))"


def _outer_db(call: Call) -> str:
    return "a @ g" if _ranks(call) == (1, 1) else "np.reshape(np.ravel(a) @ g, np.shape(b))"


def _outer_kind(call: Call) -> Kind:
    a, b = array_kind(call, "a"), array_kind(call, "b")
    if not (isinstance(a, Array | Scalar) and isinstance(b, Array | Scalar)):
        return UNKNOWN
    dims = (total_length(dims_of(a)), total_length(dims_of(b)))
    return Array(str(np.result_type(a.dtype, b.dtype)), dims)


def _inner_da(call: Call) -> str:
    match _ranks(call):
        case (1, 1) | (0, 0):
            return "g * b"
        case (2, 2):
            return "g @ b"
    return "tensordot_pullback_left(g, a, b, (-1, -1))"


def _inner_db(call: Call) -> str:
    match _ranks(call):
        case (1, 1) | (0, 0):
            return "g * a"
        case (2, 2):
            return "g.T @ a"
    return "tensordot_pullback_right(g, a, b, (-1, -1))"


def _inner_kind(call: Call) -> Kind:
    a, b = array_kind(call, "a"), array_kind(call, "b")
    if not (isinstance(a, Array) and isinstance(b, Array)) or a.dims is None or b.dims is None:
        return UNKNOWN
    return shaped(str(np.result_type(a.dtype, b.dtype)), a.dims[:-1] + b.dims[:-1])


def _tensordot_kind(call: Call) -> Kind:
    a, b = array_kind(call, "a"), array_kind(call, "b")
    axes = call.constant("axes")
    if not (isinstance(a, Array) and isinstance(b, Array)) or a.dims is None or b.dims is None:
        return UNKNOWN
    dtype = str(np.result_type(a.dtype, b.dtype))
    if isinstance(axes, int):
        return Array(dtype, a.dims[: len(a.dims) - axes] + b.dims[axes:])
    return UNKNOWN


linear(np.outer, "a, b", da=_outer_da, db=_outer_db, kind=_outer_kind, cost=3)
linear(np.inner, "a, b", da=_inner_da, db=_inner_db, kind=_inner_kind, cost=3)
linear(
    np.tensordot,
    "a, b, axes=2",
    da="tensordot_pullback_left(g, a, b, axes)",
    db="tensordot_pullback_right(g, a, b, axes)",
    kind=_tensordot_kind,
    cost=3,
)


def _vdot_da(call: Call) -> str:
    return (
        "g * b"
        if _are_real(call, "a", "b") and _ranks(call) == (1, 1)
        else ("np.reshape(np.conj(g * np.ravel(b)), np.shape(a))")
    )


def _vdot_db(call: Call) -> str:
    return (
        "g * a"
        if _are_real(call, "a") and _ranks(call) == (1, 1)
        else ("np.reshape(g * np.conj(np.ravel(a)), np.shape(b))")
    )


def _are_real(call: Call, *names: str) -> bool:
    dtypes = [dtype_of(call.kind(name)) for name in names]
    return all(dtype is not None and np.dtype(dtype).kind == "f" for dtype in dtypes)


def _vdot_kind(call: Call) -> Kind:
    dtypes = [dtype_of(array_kind(call, name)) for name in "ab"]
    if None in dtypes or "object" in dtypes:
        return UNKNOWN
    return Scalar(str(np.result_type(*map(str, dtypes))), weak=False)


linear(np.vdot, "a, b", da=_vdot_da, db=_vdot_db, kind=_vdot_kind)


def _cross_kind(call: Call) -> Kind:
    a, b = call.kind("a"), call.kind("b")
    if isinstance(a, Array) and a.dims is not None and len(a.dims) > 1:
        return Array(a.dtype) if isinstance(b, Array) and a.dtype == b.dtype else UNKNOWN
    return UNKNOWN


# a x b for vectors of three: the pullbacks turn the product around
linear(
    np.cross,
    "a, b",
    da="unbroadcast(np.cross(b, g), a)",
    db="unbroadcast(np.cross(g, a), b)",
    kind=_cross_kind,
)


def _einsum_pullback(call: Call, place: int) -> str:
    """Another einsum, where every index of the operand is one of the result or of the others."""
    text = call.constant("subscripts")
    if isinstance(text, str) and "." not in text:
        inputs, arrow, output = text.replace(" ", "").partition("->")
        terms = inputs.split(",")
        others = terms[:place] + terms[place + 1 :]
        mine = terms[place]
        if arrow and len(set(mine)) == len(mine) and set(mine) <= set(output).union(*others):
            names = ", ".join(f"operands[{i}]" for i in range(len(terms)) if i != place)
            spec = ",".join([output, *others]) + "->" + mine
            return f"np.einsum({spec!r}, g, {names})" if names else f"np.einsum({spec!r}, g)"
    names = ", ".join(f"operands[{i}]" for i in range(len(call.rest)))
    return f"einsum_pullback(g, {place}, subscripts, {names})"


def _einsum_kind(call: Call) -> Kind:
    text = call.constant("subscripts")
    kinds = [expr.kind for _, expr in call.rest]
    if not isinstance(text, str) or "." in text or "->" not in text:
        return UNKNOWN
    if not all(isinstance(k, Array) and k.dims is not None for k in kinds):
        return UNKNOWN
    inputs, _, output = text.replace(" ", "").partition("->")
    length = {
        letter: dim
        for term, kind in zip(inputs.split(","), kinds, strict=True)
        for letter, dim in zip(term, dims_of(kind) or (), strict=True)
    }
    dtype = str(np.result_type(*[str(dtype_of(kind)) for kind in kinds]))
    return shaped(dtype, tuple(length[letter] for letter in output))


linear(np.einsum, "subscripts, *operands", doperands=_einsum_pullback, kind=_einsum_kind, cost=3)

linear(
    np.kron,
    "a, b",
    da="kron_pullback_left(g, a, b)",
    db="kron_pullback_right(g, a, b)",
    cost=3,
)

linear(
    runtime.kron_pullback_left,
    "y, a, b",
    dy="np.kron(g, b)",
    db="kron_pullback_right(y, g, b)",
    cost=3,
)
linear(
    runtime.kron_pullback_right,
    "y, a, b",
    dy="np.kron(a, g)",
    da="kron_pullback_left(y, a, g)",
    cost=3,
)

# ---------------------------------------------------------------------------------------------
# np.linalg


def _norm_parts(call: Call) -> str | None:
    """The slope of a vector norm in its elements, with `out` as `R`, before spreading."""
    order = call.constant("ord")
    if order is NOT_CONSTANT or order not in (None, 2, 1, "fro"):
        return None
    matrix = call.constant("axis") is None and _norm_rank(call) != 1
    if order == 1 and not matrix:
        return "np.sign(x)"
    return None if matrix and order in (1, 2) else "x / R"


def _norm_rank(call: Call) -> int | None:
    dims = dims_of(array_kind(call, "x"))
    return None if dims is None else len(dims)


def _refuse_norm(call: Call) -> str:
    raise NoDerivative(
        "no derivative is known for this order of `np.linalg.norm`",
        "Use the default norm, or write the norm with sums",
        call.op.origin,
    )


def _norm_dx(call: Call) -> str:
    slope = _norm_parts(call) or _refuse_norm(call)
    if not _are_real(call, "x"):
        slope = slope.replace("x", "np.conj(x)", 1)
    if slope.endswith("/ R"):
        spread = spread_over(call, "(g / out)")
        return type(spread)(f"{spread} * {slope[:-4]}")
    spread = spread_over(call)
    return type(spread)(f"{spread} * {slope}")


def _norm_tx(call: Call) -> str:
    slope = _norm_parts(call) or _refuse_norm(call)
    part = slope.removesuffix("/ R") + " * t"
    if not _are_real(call, "x"):
        part = f"np.real({part.replace('x', 'np.conj(x)', 1)})"
    total = f"np.sum({part}, axis=axis, keepdims=keepdims)"
    return total + " / out" if slope.endswith("/ R") else total


rule(
    np.linalg.norm,
    "x, ord=None, axis=None, keepdims=False",
    dx=_norm_dx,
    tx=_norm_tx,
    kind=reduction_kind(np.linalg.norm),
)


def _solve_da(call: Call) -> str:
    columns = _ranks(call)[1]
    if columns == 1:
        return "-np.outer(np.linalg.solve(a.T, g), out)"
    if columns == 2:
        return "-np.linalg.solve(a.T, g) @ out.T"
    return "-matmul_pullback_left(np.linalg.solve(a.T, g), a, out)"


def _solve_kind(call: Call) -> Kind:
    a, b = array_kind(call, "a"), array_kind(call, "b")
    if not (isinstance(a, Array) and isinstance(b, Array)) or a.rank != 2:
        return UNKNOWN
    dtype = np.linalg.solve(np.ones((1, 1), a.dtype), np.ones((1, 1), b.dtype)).dtype
    return Array(str(dtype), b.dims)


def _matrix_kind(call: Call) -> Kind:
    a = array_kind(call, "a")
    if not isinstance(a, Array) or a.dims is None:
        return UNKNOWN
    return Array(str(np.linalg.inv(np.ones((1, 1), a.dtype)).dtype), a.dims)


def _det_kind(call: Call) -> Kind:
    a = _matrix_kind(call)
    return shaped(a.dtype, a.dims[:-2]) if isinstance(a, Array) and a.dims else UNKNOWN


rule(
    np.linalg.solve,
    "a, b",
    da=_solve_da,
    db="np.linalg.solve(a.T, g)",
    ta="-np.linalg.solve(a, t @ out)",
    tb="np.linalg.solve(a, t)",
    kind=_solve_kind,
    cost=3,
)
rule(
    np.linalg.inv,
    "a",
    da="-(out.T @ g @ out.T)",
    ta="-(out @ t @ out)",
    kind=_matrix_kind,
    cost=3,
)
rule(
    np.linalg.det,
    "a",
    da="g * out * np.linalg.inv(a).T",
    ta="out * np.trace(np.linalg.inv(a) @ t)",
    kind=_det_kind,
    cost=3,
)
rule(
    np.linalg.matrix_power,
    "a, n",
    da="weave(g, a.T, n)",
    ta="weave(t, a, n)",
    kind=_matrix_kind,
    cost=3,
)
rule(
    np.linalg.multi_dot,
    "arrays",
    darrays="multi_dot_pullback(g, arrays)",
    tarrays="multi_dot_pushforward(t, arrays)",
    cost=3,
)
rule(
    np.linalg.slogdet,
    "a",
    da="g[1] * np.linalg.inv(a).T",
    ta="(0.0, np.trace(np.linalg.inv(a) @ t))",
    cost=3,
)


# ---------------------------------------------------------------------------------------------
# Eigenvalues of symmetric matrices


def _symmetric(text: str) -> Callable[[Call], str]:
    """A derivative that is known for real matrices."""

    def derivative(call: Call) -> str:
        if np.dtype(dtype_of(array_kind(call, "a")) or "float64").kind == "c":
            raise NoDerivative(
                "no derivative is known of the eigenvalues of complex matrices",
                "Write the matrix as a real one of twice the size",
                call.op.origin,
            )
        return text

    return derivative


def _eigenvalues_kind(call: Call) -> Kind:
    kind = array_kind(call, "a")
    if not isinstance(kind, Array) or not kind.dims or np.dtype(kind.dtype).kind != "f":
        return UNKNOWN
    return Array(kind.dtype, kind.dims[:-1])


_RESULT = type(np.linalg.eigh(np.eye(1)))


def _eigh_kind(call: Call) -> Kind:
    values = _eigenvalues_kind(call)
    return UNKNOWN if values == UNKNOWN else NamedOf((values, array_kind(call, "a")), _RESULT)


rule(
    np.linalg.eigh,
    "a, UPLO='L'",
    da=_symmetric("eigh_pullback(g[0], g[1], out[0], out[1], UPLO)"),
    ta=_symmetric("eigh_pushforward(t, out[0], out[1], UPLO)"),
    kind=_eigh_kind,
    cost=3,
)
rule(
    np.linalg.eigvalsh,
    "a, UPLO='L'",
    da=_symmetric("eigvalsh_pullback(g, a, UPLO)"),
    ta=_symmetric("eigvalsh_pushforward(t, a, UPLO)"),
    kind=_eigenvalues_kind,
    cost=3,
)
