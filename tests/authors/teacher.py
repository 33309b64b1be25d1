"""Programs as they might come from a teacher."""

import itertools
import math


def merge_sort(xs):
    if len(xs) < 2:
        return xs
    mid = len(xs) // 2
    left, right = merge_sort(xs[:mid]), merge_sort(xs[mid:])
    out, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        if left[i] <= right[j]:
            out.append(left[i])
            i += 1
        else:
            out.append(right[j])
            j += 1
    out.extend(left[i:])
    out.extend(right[j:])
    return out


def weighted_merge(xs):
    return sum(w * x**2 for w, x in zip(itertools.count(1), merge_sort(xs)))


def gauss(A, b):
    n = len(b)
    A = [row[:] + [bi] for row, bi in zip(A, b)]  # noqa: RUF005
    for k in range(n):
        p = max(range(k, n), key=lambda i: abs(A[i][k]))
        A[k], A[p] = A[p], A[k]
        for i in range(k + 1, n):
            f = A[i][k] / A[k][k]
            for j in range(k, n + 1):
                A[i][j] -= f * A[k][j]
    x = [0.0] * n
    for i in reversed(range(n)):
        x[i] = (A[i][n] - sum(A[i][j] * x[j] for j in range(i + 1, n))) / A[i][i]
    return x


class Rational:
    def __init__(self, num, den=1.0):
        self.num, self.den = num, den

    def __add__(self, other):
        if not isinstance(other, Rational):
            other = Rational(other)
        return Rational(self.num * other.den + other.num * self.den, self.den * other.den)

    __radd__ = __add__

    def __mul__(self, other):
        other = other if isinstance(other, Rational) else Rational(other)
        return Rational(self.num * other.num, self.den * other.den)

    def __truediv__(self, o):
        return Rational(self.num * o.den, self.den * o.num)

    def __float__(self):
        return float(self.num / self.den)

    def __lt__(self, o):
        return self.num * o.den < o.num * self.den

    def __repr__(self):
        return f"{self.num}/{self.den}"

    def __neg__(self):
        return Rational(-self.num, self.den)

    def __sub__(self, o):
        return self + (-o)


def continued_fraction(a, terms):
    r = Rational(terms[-1])
    for t in reversed(terms[:-1]):
        r = Rational(1.0) / r + t
    r = 2.0 + r * a - Rational(a, 3.0)
    return float(r)


def sum_rationals(a, b):
    return float(sum([Rational(a, b), Rational(b, 2.0), Rational(1.0, a)], Rational(0.0)))


def rpn(text, env):
    stack = []
    ops = {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": lambda a, b: a / b,
    }
    for tok in text.split():
        if tok in ops:
            b, a = stack.pop(), stack.pop()
            stack.append(ops[tok](a, b))
        elif tok in env:
            stack.append(env[tok])
        else:
            stack.append(float(tok))
    [result] = stack
    return result


def rpn_case(x, y):
    return rpn("x y * 2 + x 3 / -", {"x": x, "y": y})


def evaluate(tree, env):
    match tree:
        case ("add", l, r):
            return evaluate(l, env) + evaluate(r, env)
        case ("mul", l, r):
            return evaluate(l, env) * evaluate(r, env)
        case ("sin", a):
            return math.sin(evaluate(a, env))
        case str(name):
            return env[name]
        case int() | float():
            return tree
        case _:
            raise SyntaxError(tree)


def expr_tree(x, y):
    return evaluate(("add", ("mul", "x", "y"), ("sin", ("mul", 2.0, "x"))), dict(x=x, y=y))


def safe_ratio(xs, ys):
    out = []
    for x, y in zip(xs, ys):
        try:
            out.append(x / y)
        except ZeroDivisionError:
            out.append(x)
        finally:
            print("done", len(out))
    return sum(o * o for o in out)


def table(xs):
    d = {}
    for name, x in zip("abcab", xs):
        d.setdefault(name, []).append(x)
    return sum(sum(v) ** 2 / len(v) for v in d.values())


X = [0.7, -0.2, 1.4, 0.3, 0.9]

CASES = {
    "merge": (weighted_merge, (X,)),
    "gauss": (gauss, ([[0.1, 2.0, 0.5], [1.3, 1.5, -1.0], [2.0, 0.1, 1.2]], [1.0, 2.0, 3.0])),
    "contfrac": (continued_fraction, (1.2, [1.0, 2.0, 2.5])),
    "sumrat": (sum_rationals, (1.2, 0.7)),
    "rpn": (rpn_case, (1.2, 0.4)),
    "expr": (expr_tree, (1.2, 0.4)),
    "safe_ratio": (safe_ratio, (X[:3], [2.0, 0, 1.0])),
    "table": (table, (X,)),
}
