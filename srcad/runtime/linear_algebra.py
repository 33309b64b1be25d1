"""Pullbacks of products whose operands have ranks that are known only at run time."""

from __future__ import annotations

from typing import Any

import numpy as np

from srcad.runtime.shapes import unbroadcast


def matmul_pullback_left(g: Any, a: Any, b: Any) -> Any:
    """The cotangent of `a` in `a @ b`, for any ranks."""
    if np.ndim(b) == 1:
        return unbroadcast(np.expand_dims(g, -1) * b, a)
    rows = np.expand_dims(g, -2) if np.ndim(a) == 1 else g
    result = rows @ np.swapaxes(b, -1, -2)
    return unbroadcast(result[..., 0, :] if np.ndim(a) == 1 else result, a)


def matmul_pullback_right(g: Any, a: Any, b: Any) -> Any:
    """The cotangent of `b` in `a @ b`, for any ranks."""
    if np.ndim(a) == 1:
        if np.ndim(b) == 1:
            return unbroadcast(np.expand_dims(g, -1) * a, b)
        return unbroadcast(np.expand_dims(a, -1) * np.expand_dims(g, -2), b)
    columns = np.expand_dims(g, -1) if np.ndim(b) == 1 else g
    result = np.swapaxes(a, -1, -2) @ columns
    return unbroadcast(result[..., 0] if np.ndim(b) == 1 else result, b)


def dot_pullback_left(g: Any, a: Any, b: Any) -> Any:
    """The cotangent of `a` in `np.dot(a, b)`, for any ranks."""
    rank = np.ndim(b)
    if rank == 0 or np.ndim(a) == 0:
        return unbroadcast(g * b, a)
    rows = np.expand_dims(g, -1) * b if rank == 1 else _contract(g, b, rank)
    return unbroadcast(rows, a)


def _contract(g: Any, b: Any, rank: int) -> Any:
    """Sum over the axes of `g` that came from `b`, all but its last but one."""
    rest = [axis for axis in range(rank) if axis != rank - 2]
    return np.tensordot(g, b, (range(np.ndim(g) - len(rest), np.ndim(g)), rest))


def dot_pullback_right(g: Any, a: Any, b: Any) -> Any:
    """The cotangent of `b` in `np.dot(a, b)`, for any ranks."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return unbroadcast(g * a, b)
    kept = list(range(np.ndim(a) - 1))
    result = np.tensordot(a, g, (kept, kept))  # the summed axis first, then those of b
    return np.moveaxis(result, 0, max(np.ndim(b) - 2, 0))


def einsum_pullback(g: Any, place: int, subscripts: str, *operands: Any) -> Any:
    """The cotangent of the operand at `place` of `np.einsum`, for any subscripts without dots.

    An index that only this operand has is spread by a vector of ones; a repeated index
    (`ii`) writes to the diagonal.
    """
    inputs, _, output = subscripts.replace(" ", "").partition("->")
    terms = inputs.split(",")
    if "->" not in subscripts:
        letters = sorted(set(inputs) - {","})
        output = "".join(c for c in letters if inputs.count(c) == 1)
    mine = "".join(dict.fromkeys(terms[place]))
    shape = np.shape(operands[place])
    length = dict(zip(terms[place], shape, strict=True))
    known = set(output).union(*(terms[:place] + terms[place + 1 :]))
    lone = [c for c in mine if c not in known]
    others = [operand for i, operand in enumerate(operands) if i != place]
    names = [output, *(term for i, term in enumerate(terms) if i != place), *lone]
    ones = [np.ones(length[c]) for c in lone]
    result = np.einsum(",".join(names) + "->" + mine, g, *others, *ones)
    if mine == terms[place]:
        return result
    full = np.zeros(shape, result.dtype)
    index = np.ogrid[tuple(slice(length[c]) for c in mine)]
    full[tuple(index[mine.index(c)] for c in terms[place])] = result
    return full


def tensordot_pullback_left(g: Any, a: Any, b: Any, axes: Any) -> Any:
    """The cotangent of `a` in `np.tensordot(a, b, axes)`."""
    summed_a, summed_b = _summed_axes(a, b, axes)
    kept_a = [i for i in range(np.ndim(a)) if i not in summed_a]
    kept_b = [i for i in range(np.ndim(b)) if i not in summed_b]
    result = np.tensordot(g, b, (range(len(kept_a), np.ndim(g)), kept_b))
    # its axes: those a kept, then b's summed ones in b's order
    order = kept_a + [summed_a[summed_b.index(i)] for i in sorted(summed_b)]
    return np.transpose(result, np.argsort(order))


def tensordot_pullback_right(g: Any, a: Any, b: Any, axes: Any) -> Any:
    """The cotangent of `b` in `np.tensordot(a, b, axes)`."""
    summed_a, summed_b = _summed_axes(a, b, axes)
    kept_a = [i for i in range(np.ndim(a)) if i not in summed_a]
    kept_b = [i for i in range(np.ndim(b)) if i not in summed_b]
    result = np.tensordot(a, g, (kept_a, range(len(kept_a))))
    # its axes: a's summed ones in a's order, then those b kept
    order = [summed_b[summed_a.index(i)] for i in sorted(summed_a)] + kept_b
    return np.transpose(result, np.argsort(order))


def _summed_axes(a: Any, b: Any, axes: Any) -> tuple[list[int], list[int]]:
    """The axes of `a` and of `b` that `np.tensordot` sums over, in pairs, counted from 0."""
    if np.ndim(axes) == 0:
        rank = np.ndim(a)
        return list(range(rank - axes, rank)), list(range(axes))
    left, right = (np.atleast_1d(part).tolist() for part in axes)
    return [i % np.ndim(a) for i in left], [i % np.ndim(b) for i in right]


def diagonal_view(a: Any, offset: int = 0) -> Any:
    """The diagonal of a matrix, which can be written into."""
    found = np.diagonal(a, offset)
    found.flags.writeable = True
    return found


def diag_pullback(g: Any, x: Any, k: int = 0) -> Any:
    """The pullback of `np.diag(x, k)`, for a vector and for a matrix."""
    if np.ndim(x) == 1:
        return np.diag(g, k)
    result = np.zeros(np.shape(x), np.asarray(g).dtype)
    rows = np.arange(len(g)) + max(-k, 0)
    result[rows, rows + k] = g
    return result


def _gaps(w: Any) -> Any:
    """1 / (w_j - w_i), 0 where the two are equal."""
    difference = w[..., None, :] - w[..., :, None]
    return np.divide(1.0, difference, out=np.zeros_like(difference), where=difference != 0)


def _transposed(a: Any) -> Any:
    return np.swapaxes(a, -1, -2)


def _diagonal(values: Any) -> Any:
    return values[..., None] * np.eye(values.shape[-1])


def eigh_pullback(gw: Any, gv: Any, w: Any, v: Any, triangle: str = "L") -> Any:
    """The pullback of `np.linalg.eigh`, which reads one triangle (Giles 2008, 3.1)."""
    inner = _diagonal(gw + np.zeros_like(w))
    if np.ndim(gv):
        inner = inner + _gaps(w) * (_transposed(v) @ gv)
    full = v @ inner @ _transposed(v)
    both = full + _transposed(full)
    half = np.tril(both, -1) if triangle.upper() == "L" else np.triu(both, 1)
    return half + _diagonal(np.diagonal(full, axis1=-2, axis2=-1))


def eigh_pushforward(t: Any, w: Any, v: Any, triangle: str = "L") -> tuple[Any, Any]:
    """The pushforward of `np.linalg.eigh`."""
    half = np.tril(t, -1) if triangle.upper() == "L" else np.triu(t, 1)
    whole = half + _transposed(half) + _diagonal(np.diagonal(t, axis1=-2, axis2=-1))
    inner = _transposed(v) @ whole @ v
    return np.diagonal(inner, axis1=-2, axis2=-1).copy(), v @ (_gaps(w) * inner)


def eigvalsh_pullback(g: Any, a: Any, triangle: str = "L") -> Any:
    """The pullback of `np.linalg.eigvalsh`."""
    w, v = np.linalg.eigh(a, triangle)  # type: ignore[call-overload]
    return eigh_pullback(g, 0.0, w, v, triangle)


def eigvalsh_pushforward(t: Any, a: Any, triangle: str = "L") -> Any:
    """The pushforward of `np.linalg.eigvalsh`."""
    w, v = np.linalg.eigh(a, triangle)  # type: ignore[call-overload]
    return eigh_pushforward(t, w, v, triangle)[0]
