"""Derivatives from values alone, and the one check that every test of srcad goes through.

The differences are Ridders' (Press et al., Numerical Recipes, 5.7): central differences over a
ladder of steps, extrapolated to step zero, with the entry taken whose neighbours agree best. The
disagreement is the error estimate, so a program near a branch flip or a kink is seen as such.
"""

from __future__ import annotations

import copy
import enum
import math
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

FIRST_STEP = 0.02
SHRINK = 2.0
RUNGS = 6

# Modules whose instances are values to a program, not records of values
FOREIGN = ("builtins", "numpy", "functools", "collections", "datetime", "_random", "_thread")


# ---------------------------------------------------------------------------------------------
# Trees: what a derivative can be taken in


def is_leaf(value: Any) -> bool:
    """Whether the value is a number or array that can carry a derivative."""
    if isinstance(value, bool | np.bool_):
        return False
    if isinstance(value, float | complex | np.inexact):
        return True
    return isinstance(value, np.ndarray) and np.issubdtype(value.dtype, np.inexact)


def attributes_of(value: Any) -> dict[str, Any] | None:
    """What an instance of a class written in Python holds, by name; None for any other value."""
    kind = type(value)
    if kind.__module__.partition(".")[0] in FOREIGN or isinstance(
        value, type | enum.Enum | types.FunctionType
    ):
        return None
    slots = (name for base in kind.__mro__ for name in base.__dict__.get("__slots__", ()))
    held = {name: getattr(value, name) for name in slots if hasattr(value, name)}
    return {**held, **getattr(value, "__dict__", {})}


def leaves_of(tree: Any) -> list[Any]:
    """The numbers and arrays in a tree that can carry a derivative.

    A tree is made of tuples, lists, dicts and instances of classes written in Python.
    """
    if is_leaf(tree):
        return [tree]
    if isinstance(tree, tuple | list):
        return [leaf for item in tree for leaf in leaves_of(item)]
    if isinstance(tree, dict):
        return [leaf for key in tree for leaf in leaves_of(tree[key])]
    return leaves_of(attributes_of(tree) or ())


def map_leaves(change: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """`tree` with `change` applied to its leaves (and the same places of `others`)."""
    if isinstance(tree, tuple | list):
        columns = zip(tree, *others, strict=True)
        items = [map_leaves(change, *column) for column in columns]
        if hasattr(tree, "_fields"):
            return type(tree)(*items)
        return type(tree)(items)
    if isinstance(tree, dict):
        return {k: map_leaves(change, tree[k], *(other[k] for other in others)) for k in tree}
    if is_leaf(tree):
        return change(tree, *others)
    held = attributes_of(tree)
    return tree if held is None else _map_attributes(change, tree, held, others)


def _map_attributes(
    change: Callable[..., Any], tree: Any, held: dict[str, Any], others: tuple
) -> Any:
    mapped = copy.copy(tree)
    for name, value in held.items():
        changed = map_leaves(change, value, *(getattr(other, name) for other in others))
        # also where the class is frozen
        object.__setattr__(mapped, name, changed)
    return mapped


def to_vector(tree: Any) -> np.ndarray:
    """All entries of a tree's leaves in one array; the real and imaginary parts of complex ones."""
    parts = [_real_view(leaf) for leaf in leaves_of(tree)]
    return np.concatenate(parts) if parts else np.zeros(0)


def _real_view(leaf: Any) -> np.ndarray:
    flat = np.ravel(np.asarray(leaf))
    if np.iscomplexobj(flat):
        return np.stack([flat.real, flat.imag], axis=-1).astype(float).ravel()
    return flat.astype(float)


def from_vector(tree: Any, vector: np.ndarray) -> Any:
    """The inverse of `to_vector`, in the form of `tree`."""
    position = 0

    def take(leaf: Any) -> Any:
        nonlocal position
        array = np.asarray(leaf)
        count = array.size * (2 if np.iscomplexobj(array) else 1)
        part = vector[position : position + count]
        position += count
        if np.iscomplexobj(array):
            part = part[::2] + 1j * part[1::2]
        return _like(leaf, part)

    return map_leaves(take, tree)


def _like(leaf: Any, flat: np.ndarray) -> Any:
    if isinstance(leaf, np.ndarray):
        # a copy in the array's own memory order, so that a transposed argument stays one
        shaped = np.empty_like(leaf)
        shaped[...] = flat.reshape(leaf.shape)
        return shaped
    return type(leaf)(flat[0])


def random_like(tree: Any, seed: int = 0) -> Any:
    """A tree of the same form with random leaves; a leaf that cannot carry a derivative stays."""
    rng = np.random.default_rng(seed)
    return from_vector(tree, rng.uniform(-1.0, 1.0, to_vector(tree).size))


def tangent_like(tree: Any, seed: int = 0) -> Any:
    """A random tangent for each argument of the tuple `tree`: None where there can be none."""
    return tuple(
        random_like(item, seed + i) if leaves_of(item) else None for i, item in enumerate(tree)
    )


def dot(a: Any, b: Any) -> float:
    """The real inner product of two trees of the same form, under srcad's complex convention.

    For complex leaves the pairing is Re(a * b): a gradient is df/dx - i df/dy.
    """
    pairs = zip(leaves_of(a), leaves_of(b), strict=True)
    return float(sum(np.sum(np.real(np.multiply(x, y))) for x, y in pairs))


# ---------------------------------------------------------------------------------------------
# Differences


@dataclass(frozen=True)
class Estimate:
    """A derivative from differences and how far it can be trusted (infinite: not at all)."""

    value: np.ndarray
    error: float


def ridders(curve: Callable[[float], np.ndarray], first_step: float = FIRST_STEP) -> Estimate:
    """The derivative of `curve` at 0, by extrapolated central differences."""
    with np.errstate(all="ignore"):
        return _ridders(curve, first_step)


def _ridders(curve: Callable[[float], np.ndarray], first_step: float) -> Estimate:
    center = curve(0.0)
    best = Estimate(np.zeros_like(center), math.inf)
    previous: list[np.ndarray] = []
    bends = []
    for rung in range(RUNGS):
        step = first_step / SHRINK**rung
        ahead, behind = curve(step), curve(-step)
        if not (np.all(np.isfinite(ahead)) and np.all(np.isfinite(behind))):
            return Estimate(center, math.inf)
        bends.append(_largest(ahead - 2 * center + behind) / step)
        row = [(ahead - behind) / (2 * step)]
        factor = SHRINK**2
        for coarser in previous:
            row.append((factor * row[-1] - coarser) / (factor - 1))
            factor *= SHRINK**2
        for column in range(1, len(row)):
            error = max(
                _largest(row[column] - row[column - 1]),
                _largest(row[column] - previous[column - 1]),
            )
            if error <= best.error:
                best = Estimate(row[column], error)
        previous = row
    return Estimate(best.value, math.inf) if _is_kinked(bends) else best


def _largest(values: np.ndarray) -> float:
    return float(np.max(np.abs(values), initial=0.0))


def _is_kinked(bends: list[float]) -> bool:
    """Whether the second difference fails to vanish with the step, as it does at a tie.

    A tie is symmetric, so the central differences agree with each other and are all wrong.
    """
    return bends[-1] > 1e-5 and bends[-1] > 0.25 * bends[0]


def directional(f: Callable[..., Any], args: tuple, tangents: tuple, **how: float) -> Estimate:
    """The derivative of `f` along `tangents`, as the vector of its result's entries."""
    filled = tuple(_no_tangent(a) if t is None else t for a, t in zip(args, tangents, strict=True))
    base, direction = to_vector(args), to_vector(filled)

    def curve(t: float) -> np.ndarray:
        return to_vector(f(*from_vector(copy.deepcopy(args), base + t * direction)))

    return ridders(curve, **how)


def _no_tangent(arg: Any) -> Any:
    return map_leaves(lambda leaf: leaf * 0, arg)


def gradient(f: Callable[..., Any], args: tuple, cotangent: Any = 1.0, **how: float) -> Estimate:
    """The gradient of <cotangent, f> in every entry of every argument, as one vector.

    For complex entries the second of the pair is minus the derivative in the imaginary part.
    """
    base = to_vector(args)
    weights = _real_view_of_cotangent(cotangent)
    values, errors = np.zeros_like(base), [0.0]
    for index in range(base.size):

        def curve(t: float, index: int = index) -> np.ndarray:
            moved = base.copy()
            moved[index] += t
            result = to_vector(f(*from_vector(copy.deepcopy(args), moved)))
            return np.array([np.dot(weights, result)])

        estimate = ridders(curve, **how)
        values[index] = estimate.value[0]
        errors.append(estimate.error)
    return Estimate(values * _complex_signs(args), max(errors))


def _real_view_of_cotangent(cotangent: Any) -> np.ndarray:
    # <c, y> = Re(c * y) = Re c Re y - Im c Im y
    return to_vector(cotangent) * _complex_signs(cotangent)


def _complex_signs(tree: Any) -> np.ndarray:
    parts = [
        np.tile([1.0, -1.0], np.size(leaf)) if np.iscomplexobj(leaf) else np.ones(np.size(leaf))
        for leaf in leaves_of(tree)
    ]
    return np.concatenate(parts) if parts else np.ones(0)


def complex_step(f: Callable[..., Any], args: tuple, tangents: tuple, step: float = 1e-30) -> float:
    """The derivative of an analytic `f` along `tangents`, exact to rounding."""

    def shifted(arg: Any, tangent: Any) -> Any:
        return arg + 1j * step * tangent

    moved = tuple(
        a if t is None else map_leaves(shifted, a, t) for a, t in zip(args, tangents, strict=True)
    )
    return float(np.imag(f(*moved)) / step)


# ---------------------------------------------------------------------------------------------
# The check


class Mismatch(AssertionError):
    """Two derivatives that should agree do not."""


def check(
    f: Callable[..., Any],
    *args: Any,
    argnums: int | tuple[int, ...] | None = None,
    order: int = 1,
    tol: float = 1e-6,
    first_step: float = FIRST_STEP,
    **options: Any,
) -> None:
    """Hold srcad's derivatives of `f` at `args` to differences and to each other.

    `argnums` None takes every argument that can carry a derivative. The value must be `f`'s bit
    for bit and the arguments unchanged. `order=2` sends the emitted gradient through again.
    """
    chosen = _chosen(args, argnums)
    before = copy.deepcopy(args)
    value = f(*copy.deepcopy(args))
    got = _reverse(f, args, value, chosen, options)
    _same_bits(args, before, "the caller's arguments were changed")
    _compare_with_differences(f, args, value, chosen, got, tol, first_step)
    _compare_modes(f, args, value, chosen, got, options)
    _same_bits(args, before, "the caller's arguments were changed by jvp")
    if order == 2:
        check_second(f, *args, argnums=argnums, first_step=first_step, **options)


def _chosen(args: tuple, argnums: int | tuple[int, ...] | None) -> tuple[int, ...]:
    if argnums is None:
        return tuple(i for i, arg in enumerate(args) if leaves_of(arg))
    return argnums if isinstance(argnums, tuple) else (argnums,)


def _seed(value: Any) -> Any:
    return 1.0 if is_real_number(value) else random_like(value, seed=7)


def is_real_number(value: Any) -> bool:
    """Whether `grad` applies to a function with this result."""
    return is_leaf(value) and np.shape(value) == () and not np.iscomplexobj(value)


def _reverse(f: Any, args: tuple, value: Any, chosen: tuple[int, ...], options: dict) -> list:
    """The reverse-mode gradients of the chosen arguments, checked for value and form."""
    import srcad

    if is_real_number(value):
        got_value, grads = srcad.value_and_grad(f, argnums=chosen, **options)(*args)
    else:
        got_value, pullback = srcad.vjp(f, *args, **options)
        pulled = pullback(_seed(value))
        _same_bits(pulled, pullback(_seed(value)), "a second call of the pullback differs")
        grads = tuple(pulled[i] for i in chosen)
    _same_value(got_value, value, "the value is not the function's")
    _own_memory(grads, args)
    pairs = zip(chosen, grads, strict=True)
    return [in_form(g, args[i], f"the gradient of argument {i}") for i, g in pairs]


def _compare_with_differences(
    f: Any, args: tuple, value: Any, chosen: tuple, got: list, tol: float, first_step: float
) -> None:
    want = gradient(_only(f, args, chosen), _at(args, chosen), _seed(value), first_step=first_step)
    scale = 1.0 + _largest(want.value)
    if not want.error < tol * scale:
        raise ValueError(f"the differences are not to be trusted here: error {want.error:.1e}")
    close(to_vector(tuple(got)), want.value, tol, "reverse mode against differences", want.error)


def _compare_modes(
    f: Any, args: tuple, value: Any, chosen: tuple, got: list, options: dict
) -> None:
    import srcad

    tangents = tuple(
        t if i in chosen else None if t is None else _no_tangent(t)
        for i, t in enumerate(tangent_like(args, seed=3))
    )
    given = copy.deepcopy(tangents)
    forward_value, tangent = srcad.jvp(f, args, tangents, **options)
    _same_bits(tangents, given, "the caller's tangents were changed")
    _same_value(forward_value, value, "the value under jvp is not the function's")
    tangent = in_form(tangent, value, "the tangent")
    forward = dot(_seed(value), tangent)
    reverse = dot(tuple(got), _at(tangents, chosen))
    # rounding scales with the terms of the sum, not with what is left of it
    scale = float(np.abs(to_vector(tuple(got))) @ np.abs(to_vector(_at(tangents, chosen))))
    close(forward, reverse, 1e-10, "forward against reverse mode", scale * 1e-12)


def check_second(
    f: Any,
    *args: Any,
    argnums: int | tuple[int, ...] | None = None,
    first_step: float = FIRST_STEP,
    tol: float = 1e-6,
    **options: Any,
) -> None:
    """Differentiate the emitted gradient of `f` again, in both modes."""
    import srcad

    chosen = _chosen(args, argnums)
    df = srcad.grad(f, argnums=chosen, **options).specialize(*args)
    value = df(*copy.deepcopy(args))
    got = _reverse(df, args, value, chosen, options)
    _compare_modes(df, args, value, chosen, got, options)
    tangents = tuple(
        t if i in chosen else None if t is None else _no_tangent(t)
        for i, t in enumerate(tangent_like(args, seed=5))
    )
    want = directional(df, args, tangents, first_step=first_step)
    if not want.error < tol * (1.0 + _largest(want.value)):
        raise ValueError(f"the differences are not to be trusted here: error {want.error:.1e}")
    tangent = in_form(srcad.jvp(df, args, tangents, **options)[1], value, "the tangent")
    close(to_vector(tangent), want.value, tol, "jvp of the gradient", want.error)


def _only(f: Any, args: tuple, chosen: tuple[int, ...]) -> Callable[..., Any]:
    """`f` as a function of the chosen arguments, the others fixed."""

    def restricted(*some: Any) -> Any:
        full = list(copy.deepcopy(args))
        for i, value in zip(chosen, some, strict=True):
            full[i] = value
        return f(*full)

    return restricted


def _at(items: tuple, chosen: tuple[int, ...]) -> tuple:
    return tuple(items[i] for i in chosen)


def close(got: Any, want: Any, tol: float, what: str, slack: float = 0.0) -> None:
    """Fail with both values unless they agree to `tol` of the largest, plus some `slack`."""
    got, want = np.asarray(got), np.asarray(want)
    bound = tol * (1.0 + _largest(want)) + 10 * slack
    if got.shape != want.shape or not _largest(got - want) <= bound:
        raise Mismatch(f"{what}:\n  got  {got}\n  want {want}\n  within {bound:.1e}")


def _same_bits(got: Any, want: Any, what: str) -> None:
    if not same(got, want):
        raise Mismatch(f"{what}:\n  got  {got!r}\n  want {want!r}")


def _same_value(got: Any, want: Any, what: str) -> None:
    """As `_same_bits`, but NumPy's complex products depend on where their operands lie."""
    if any(np.iscomplexobj(leaf) for leaf in leaves_of(want)):
        close(to_vector(got), to_vector(want), 1e-15, what)
    else:
        _same_bits(got, want, what)


def same(a: Any, b: Any) -> bool:
    """Whether two trees are equal bit for bit (NaN equals itself)."""
    if isinstance(a, tuple | list):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return isinstance(b, dict) and list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, float | complex | np.ndarray | np.generic):
        return np.shape(a) == np.shape(b) and np.array_equal(a, b, equal_nan=is_leaf(a))
    held = attributes_of(a)
    if held is not None:
        return type(a) is type(b) and same(held, attributes_of(b))
    held = attributes_of(a)
    if held is not None:
        return type(a) is type(b) and same(held, attributes_of(b))
    return bool(a == b)


def in_form(got: Any, like: Any, what: str) -> Any:
    """`got` with the numbers of `like`; fails where the form, a shape or a dtype differs."""

    def compare(expected: Any, value: Any) -> Any:
        if np.shape(value) != np.shape(expected):
            raise Mismatch(f"{what} has shape {np.shape(value)}, not {np.shape(expected)}")
        if isinstance(expected, np.ndarray | np.generic):
            found = np.asarray(value).dtype
            if found != expected.dtype:
                raise Mismatch(f"{what} has dtype {found}, not {expected.dtype}")
        if np.shape(expected) and not isinstance(value, np.ndarray):
            raise Mismatch(f"{what} is a {type(value).__name__}, not an array")
        # the gradient of a Python float may be an int, as in `dz = 2 * (z >= w)`
        return value if isinstance(expected, np.ndarray) else type(expected)(value)

    try:
        return map_leaves(compare, like, got)
    except (TypeError, ValueError, KeyError) as error:
        raise Mismatch(f"{what} has another form: {got!r} for {like!r}") from error


def _own_memory(grads: tuple, args: tuple) -> None:
    """A returned gradient shares memory with no argument and no other gradient."""
    arrays = [leaf for leaf in leaves_of(grads) if isinstance(leaf, np.ndarray)]
    given = [leaf for leaf in leaves_of(args) if isinstance(leaf, np.ndarray)]
    for i, array in enumerate(arrays):
        for other in arrays[i + 1 :] + given:
            if np.shares_memory(array, other):
                raise Mismatch("a gradient shares memory with an argument or another gradient")
