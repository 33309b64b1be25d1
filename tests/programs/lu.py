"""LU factorisation with partial pivoting, and the response of a resistor network."""

import numpy as np


class SingularMatrixError(ArithmeticError):
    def __init__(self, column):
        super().__init__(f"the matrix is singular: no pivot in column {column}")
        self.column = column


def lu_factor(a, pivot_tol=1e-12):
    """Factor a in place: returns (lu, piv), with L below and U on and above the diagonal."""
    n, m = a.shape
    assert n == m, f"a square matrix is wanted, not {a.shape}"
    piv = np.arange(n)
    for k in range(n):
        p = k + int(np.argmax(np.abs(a[k:, k])))
        if abs(a[p, k]) < pivot_tol:
            raise SingularMatrixError(k)
        if p != k:
            a[[k, p]] = a[[p, k]]
            piv[k], piv[p] = piv[p], piv[k]
        for i in range(k + 1, n):
            a[i, k] /= a[k, k]
            a[i, k + 1 :] -= a[i, k] * a[k, k + 1 :]
    return a, piv


def lu_solve(factors, b):
    lu, piv = factors
    n = len(b)
    x = b[piv]
    for i in range(1, n):
        x[i] -= lu[i, :i] @ x[:i]
    for i in reversed(range(n)):
        x[i] = (x[i] - lu[i, i + 1 :] @ x[i + 1 :]) / lu[i, i]
    return x


def permutation_sign(piv):
    sign, seen = 1, set()
    for start in range(len(piv)):
        if start in seen:
            continue
        length, j = 0, start
        while j not in seen:
            seen.add(j)
            j = int(piv[j])
            length += 1
        if length % 2 == 0:
            sign = -sign
    return sign


def log_abs_det(a):
    lu, piv = lu_factor(a.copy())
    diagonal = np.diagonal(lu)
    sign = permutation_sign(piv) * np.prod(np.sign(diagonal))
    return sign, np.sum(np.log(np.abs(diagonal)))


def refine(a, b, sweeps=1):
    """Solve a x = b with some sweeps of iterative refinement."""
    factors = lu_factor(np.array(a))
    x = lu_solve(factors, b)
    for _ in range(sweeps):
        residual = b - a @ x
        x += lu_solve(factors, residual)
    return x


def potentials(resistances, edges, currents):
    """Node voltages of a network; the last node is grounded."""
    n = len(currents) + 1
    conductance = np.zeros((n, n))
    for r, (i, j) in zip(resistances, edges):
        g = 1.0 / r
        conductance[i, i] += g
        conductance[j, j] += g
        conductance[i, j] -= g
        conductance[j, i] -= g
    return refine(conductance[:-1, :-1], currents)


def dissipated(resistances, edges, currents):
    """The power turned into heat."""
    v = np.append(potentials(resistances, edges, currents), 0.0)
    return sum((v[i] - v[j]) ** 2 / r for r, (i, j) in zip(resistances, edges))


def gaussian_log_density(x, mean, cov):
    d = x - mean
    try:
        _, logdet = log_abs_det(cov)
    except SingularMatrixError:
        return -np.inf
    return -0.5 * (d @ refine(cov, d, sweeps=0) + logdet + len(x) * np.log(2 * np.pi))
