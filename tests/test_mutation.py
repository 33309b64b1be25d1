"""Writing in place: every way to do it, straight, in loops, in branches and through calls."""

import numpy as np
import pytest

from tests.differences import check

RNG = np.random.default_rng(11)
A = RNG.normal(size=5)
B = RNG.normal(size=5)
M = RNG.normal(size=(3, 4))
N = RNG.normal(size=(3, 4))
S = RNG.normal(size=(3, 3))


def weighted(a):
    """A sum in which every element counts differently and nonlinearly."""
    return np.sum(np.sin(a) * np.arange(1.0, a.size + 1).reshape(a.shape))


# ---------------------------------------------------------------------------------------------
# Elements and slices


def store_element(a, x):
    a[2] = x * a[1]
    return weighted(a)


def store_element_twice(a, x):
    a[2] = x * a[1]
    a[2] = a[2] * a[2] + a[3]
    return weighted(a)


def store_element_of_matrix(m, x):
    m[1, -1] = x * m[0, 0]
    m[2][1] = x
    return weighted(m)


def augment_element_of_matrix(m, x):
    m[0, 1] += x
    m[1, 1] *= m[0, 1]
    m[2, 3] -= np.sin(m[1, 1])
    m[0, 0] /= 1.5 + x * x
    m[1, 2] **= 2
    return weighted(m)


def store_slice(a, x):
    a[1:3] = x * a[2:4]
    a[::2] = a[::2] ** 2
    return weighted(a)


def store_overlapping_slice(a, x):
    a[1:] = a[:-1] * x
    return weighted(a)


def store_number_into_slice(a, x):
    a[1:4] = x * x
    return weighted(a)


def store_broadcast_into_matrix(m, a):
    m[:, 1:] = a[:3]
    m[0] = m[1] * a[0]
    return weighted(m)


def augment_slice(a, x):
    a[1:4] *= x
    a[:2] += a[2:4]
    a[-2:] -= a[0] * x
    a[::2] /= 1.0 + x * x
    return weighted(a)


def augment_reversed_overlap(a, x):
    a += x * a[::-1]
    return weighted(a)


def fill_with_ellipsis(m, x):
    m[...] = x * m
    m[:] = np.tanh(m)
    return weighted(m)


def augment_whole_array(a, b):
    a += b
    a *= b
    a -= 0.5
    a /= 1.5 + b * b
    a **= 2
    return weighted(a)


def augmented_local_is_no_argument(a, x):
    c = a * x
    c += a
    c *= c
    return weighted(c) + weighted(a)


def augmented_scalar_is_rebound(a, x):
    y = x
    y += a[0]
    y *= y
    return x * y


def fill_new_array(a, x):
    c = np.zeros(4)
    d = np.empty_like(c)
    for i in range(4):
        c[i] = a[i] * a[i + 1]
        d[i] = c[i] * x
    return weighted(d) + weighted(c)


def matrix_of_outer_products(a, x):
    c = np.zeros((3, 3))
    for i in range(3):
        for j in range(i + 1):
            c[i, j] = a[i] * a[j] * x
            c[j, i] += c[i, j]
    return weighted(c)


# ---------------------------------------------------------------------------------------------
# Views and aliases


def write_through_slice(a, x):
    v = a[1:]
    v[0] = x * a[0]
    v[1:] *= v[0]
    return weighted(a)


def write_through_view_of_view(a, x):
    v = a[1:]
    w = v[::2]
    w[0] = x * a[3]
    return weighted(a) + weighted(v)


def write_below_a_view(a, x):
    v = a[1:4]
    a[2] = x
    return weighted(v) * a[0]


def write_through_row(m, x):
    row = m[1]
    row[2] = x * m[0, 0]
    row += m[2]
    return weighted(m)


def write_through_column(m, x):
    column = m[:, 1]
    column *= x
    column[0] = m[2, 2]
    return weighted(m)


def write_through_transpose(m, x):
    t = m.T
    t[1, 0] = x * m[2, 2]
    t[2] = t[0] * x
    return weighted(m)


def write_through_reshape(m, x):
    flat = m.reshape(-1)
    flat[5] = x * flat[1]
    flat[::3] += x
    return weighted(m)


def write_through_ravel(m, x):
    flat = m.ravel()
    flat[5] = x * m[0, 1]
    return weighted(m) * flat[5]


def write_into_copy(a, x):
    c = a.copy()
    c[0] = x * a[1]
    a[1] = c[0] * c[2]
    return weighted(a) * weighted(c)


def write_into_ravel_of_transpose(m, x):
    flat = m.T.ravel()  # a copy
    flat[5] = x * m[0, 1]
    return weighted(m) + weighted(flat)


def alias(a, x):
    b = a
    b[0] = x * a[1]
    a[1] = b[0] * b[2]
    return weighted(b)


def alias_then_rebound(a, x):
    b = a
    a = a * x
    b[1] = a[0]
    a[2] = b[1]
    return weighted(a) + weighted(b)


def alias_chosen_by_branch(a, b, x):
    c = a if x > 0.1 else b
    c[1] = x * a[2]
    if x > 2.0:
        d = a
    else:
        d = b
    d[2] *= x
    return weighted(a) + 2.0 * weighted(b)


def rows_in_a_loop(m, x):
    for row in m:
        row[1:] += x * row[:-1]
        row[0] = row[1] * row[2]
    return weighted(m)


def rows_enumerated(m, a):
    for i, row in enumerate(m):
        row *= a[i]
    return weighted(m)


# ---------------------------------------------------------------------------------------------
# Loops, branches, buffers


def recurrence(a, x):
    for i in range(1, len(a)):
        a[i] = np.sin(a[i - 1]) * x + a[i]
    return weighted(a)


def sweeps(a, x):
    for _ in range(3):
        for i in range(1, len(a) - 1):
            a[i] = 0.5 * (a[i - 1] * a[i + 1] + x * a[i])
    return weighted(a)


def store_in_branch(a, x):
    for i in range(len(a)):
        if a[i] > 0.1:
            a[i] = a[i] * x
        elif i % 2 == 0:
            a[i] -= x
    return weighted(a)


def store_before_break(a, x):
    for i in range(len(a)):
        a[i] = a[i] * x + 0.1
        if i == 2:
            a[i + 1] = a[i] * a[0]
            break
        a[0] += a[i]
    return weighted(a)


def store_before_return(a, x):
    for i in range(1, len(a)):
        a[i] *= a[i - 1]
        if a[i] * x < -0.3:
            a[0] = x
            return weighted(a) * x
    return weighted(a)


def double_buffer(a, x):
    b = np.zeros_like(a)
    for _ in range(3):
        b[1:-1] = x * (a[:-2] * a[1:-1] + a[2:])
        a, b = b, a
    return weighted(a)


def double_buffer_of_arguments(a, b, x):
    for i in range(3):
        b[1:] = x * a[1:] * a[:-1]
        b[0] = a[i]
        a, b = b, a
    return weighted(a) + 2.0 * weighted(b)


def while_with_stores(a, x):
    i = 0
    while i < len(a) and a[0] < 40.0:
        a[i] = a[i] * a[i] + x
        a[0] += a[i]
        i += 1
    return weighted(a)


def overwritten_operand(a, x):
    c = a[1] * x
    a[1] = c * c
    c = a[1] + a[2]
    a[2] = c * a[1]
    return weighted(a) + c


def prefix_products(a, x):
    p = np.empty(len(a) + 1)
    p[0] = x
    for i in range(len(a)):
        p[i + 1] = p[i] * a[i]
    return weighted(p)


# ---------------------------------------------------------------------------------------------
# Masks and integer arrays


def store_by_mask(a, x):
    a[a > 0.2] = x
    return weighted(a)


def augment_by_mask(a, x):
    mask = a < 0.3
    a[mask] *= x
    a[~mask] += x * x
    return weighted(a)


def store_array_by_mask(a, b):
    mask = a > b
    a[mask] = b[mask] * a[mask]
    return weighted(a)


def store_by_integers(a, x):
    index = np.array([3, 0, 2])
    a[index] = x * a[1:4]
    a[[4, 1]] += a[[0, 2]]
    return weighted(a)


def store_by_pairs_of_integers(m, x):
    m[[0, 2], [1, 3]] = x * m[1, :2]
    m[np.arange(3), np.array([0, 1, 2])] *= x
    return weighted(m)


def gather_with_repeats(a, x):
    index = np.array([1, 1, 3, 1])
    return weighted(a[index] * x)


def scatter_with_repeats(a, b):
    np.add.at(a, [0, 0, 2], b[:3] * b[1:4])
    return weighted(a)


# ---------------------------------------------------------------------------------------------
# out=, copyto and the like


def out_argument(a, b):
    c = np.empty_like(a)
    np.multiply(a, b, out=c)
    np.sin(c, out=c)
    np.add(c, a, out=a)
    return weighted(a) + weighted(c)


def positional_out(a, b):
    c = np.zeros_like(a)
    np.multiply(a, b, c)
    return weighted(c)


def copyto(a, b):
    np.copyto(a, b * b)
    return weighted(a) * b[0]


def fill(a, x):
    b = a * a
    b.fill(x)
    a[1:] += b[1:]
    return weighted(a)


# ---------------------------------------------------------------------------------------------
# Mutation inside a called function


def scale(a, x):
    a *= x


def scale_first(a, x):
    a[0] = a[0] * x
    return a[0] * a[1]


def relax(a, b, sweeps):
    for _ in range(sweeps):
        for i in range(1, len(a) - 1):
            a[i] = 0.5 * (a[i - 1] * b[i] + a[i + 1])


def rebinds_its_argument(a, x):
    a = a * x
    a[0] = 3.0
    return a


def returns_its_argument(a, x):
    a[1] = x * a[0]
    return a


def fills(out, a):
    for i in range(len(out)):
        out[i] = a[i] * a[i + 1]


def fills_by_way_of(out, a):
    fills(out, a)
    out *= 2.0


def halves(a, depth):
    if depth == 0:
        return
    a[:2] *= a[1:3]
    halves(a[1:], depth - 1)


def procedure(a, x):
    scale(a, x)
    scale(a, a[1])
    return weighted(a)


def procedure_on_a_view(a, x):
    scale(a[1:3], x)
    v = a[2:]
    scale(v, a[0])
    return weighted(a)


def procedure_on_rows(m, x):
    for i in range(len(m)):
        scale(m[i], x + m[i, 0])
    return weighted(m)


def procedure_in_a_branch(a, x):
    if x > 0:
        scale(a, x)
    else:
        a[0] = x
    return weighted(a)


def writes_and_returns(a, x):
    y = scale_first(a, x)
    z = scale_first(a, y)
    return y * z + weighted(a)


def looped_procedure(a, b):
    relax(a, b, 3)
    return weighted(a)


def rebinding_procedure(a, x):
    b = rebinds_its_argument(a, x)
    return weighted(a) * weighted(b)


def result_is_the_argument(a, x):
    b = returns_its_argument(a, x)
    b[2] *= a[1]
    return weighted(a)


def result_left_in_argument(a, x):
    out = np.zeros(4)
    fills(out, a)
    fills(out, out[[0, 1, 2, 3, 0]])
    return weighted(out) * x


def nested_procedures(a, x):
    out = np.empty(4)
    fills_by_way_of(out, a)
    out[0] += x
    return weighted(out)


def recursive_procedure(a, x):
    halves(a, 3)
    return weighted(a) * x


MATRIX = (M, 0.7)
CASES = {
    store_element_of_matrix: MATRIX,
    augment_element_of_matrix: MATRIX,
    store_broadcast_into_matrix: (M, A),
    fill_with_ellipsis: MATRIX,
    augment_whole_array: (A, B),
    write_through_row: MATRIX,
    write_through_column: MATRIX,
    write_through_transpose: MATRIX,
    write_through_reshape: MATRIX,
    write_through_ravel: MATRIX,
    write_into_ravel_of_transpose: MATRIX,
    alias_chosen_by_branch: (A, B, 0.7),
    rows_in_a_loop: MATRIX,
    rows_enumerated: (M, A),
    double_buffer_of_arguments: (A, B, 0.7),
    store_array_by_mask: (A, B),
    store_by_pairs_of_integers: MATRIX,
    scatter_with_repeats: (A, B),
    out_argument: (A, B),
    positional_out: (A, B),
    copyto: (A, B),
    procedure_on_rows: MATRIX,
    looped_procedure: (A, B),
    **dict.fromkeys(
        [
            store_element,
            store_element_twice,
            store_slice,
            store_overlapping_slice,
            store_number_into_slice,
            augment_slice,
            augment_reversed_overlap,
            augmented_local_is_no_argument,
            augmented_scalar_is_rebound,
            fill_new_array,
            matrix_of_outer_products,
            write_through_slice,
            write_through_view_of_view,
            write_below_a_view,
            write_into_copy,
            alias,
            alias_then_rebound,
            recurrence,
            sweeps,
            store_in_branch,
            store_before_break,
            store_before_return,
            double_buffer,
            while_with_stores,
            overwritten_operand,
            prefix_products,
            store_by_mask,
            augment_by_mask,
            store_by_integers,
            gather_with_repeats,
            fill,
            procedure,
            procedure_on_a_view,
            procedure_in_a_branch,
            writes_and_returns,
            rebinding_procedure,
            result_is_the_argument,
            result_left_in_argument,
            nested_procedures,
            recursive_procedure,
        ],
        (A, 0.7),
    ),
}


@pytest.mark.parametrize("f", CASES, ids=lambda f: f.__name__)
def test_derivatives(f):
    check(f, *CASES[f])


@pytest.mark.parametrize("f", CASES, ids=lambda f: f.__name__)
def test_derivatives_in_one_argument(f):
    """What is not asked for is inactive memory, which is written into all the same."""
    args = CASES[f]
    check(f, *args, argnums=0)
    check(f, *args, argnums=len(args) - 1)
