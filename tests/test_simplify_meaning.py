"""Simplified functions do what they did: random programs with loops, branches, views, tapes."""

import math
import random

import numpy as np
import pytest

import srcad
from srcad.kinds import FLOAT, INT, UNKNOWN, Array, Dim
from srcad.simplify import simplify
from srcad.verifier import verify
from tests.core_notation import read_function, runnable, write_function

VECTOR = Array("float64", (Dim("n", 0, True),))
NUMBERS = ["x", "y", "dx", "dy", "tx", "ty"]
ARRAYS = ["u", "a", "da", "va"]
GENERATED = frozenset({"dx", "dy", "tx", "ty", "da", "t_tape"})
KINDS = {name: FLOAT for name in NUMBERS} | {name: VECTOR for name in ARRAYS}
KINDS |= {name: INT for name in ("i", "j", "k", "n")}


class Programs:
    """Random functions of a number `x`, an array `u` and a count `n`."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.depth = 0

    def function(self):
        lines = ["def f(x, u, n):", "    y = x * 2.0", "    a = u.copy()", "    t_tape = []"]
        lines += ["    dx = 0.0", "    dy = y", "    tx = x", "    ty = -y", "    k = 0"]
        lines += ["    da = np.zeros_like(a)", "    va = a[1:]"]
        lines += self.block(1, self.random.randint(4, 12), False)
        result = self.random.sample([*NUMBERS, "a", "da", "np.sum(a)", "k"], 2)
        return "\n".join([*lines, f"    return ({', '.join(result)})"]) + "\n"

    def block(self, depth, count, in_loop):
        lines = []
        for _ in range(count):
            lines += self.statement(depth, in_loop)
        return ["    " * depth + line if depth else line for line in lines]

    def statement(self, depth, in_loop):
        options = ["number"] * 6 + ["add"] * 4 + ["array"] * 2 + ["store"] * 3 + ["tape", "zero"]
        options += ["count", "view"] + (["if", "for", "while"] if depth < 3 else [])
        return getattr(self, self.random.choice(options))(depth, in_loop)

    def pick(self, *options):
        return self.random.choice(options)

    def value(self, depth=2):
        kind = self.random.random()
        if depth == 0 or kind < 0.3:
            return self.pick(*NUMBERS, "1.0", "2", "0.5", "-1.0", "0.0", "a[1]", "da[0]", "va[0]")
        if kind < 0.85:
            op = self.pick("+", "-", "*", "*")
            return f"({self.value(depth - 1)} {op} {self.value(depth - 1)})"
        return f"{self.pick('math.sin', 'math.cos', '-', 'np.tanh')}({self.value(depth - 1)})"

    def bounded(self):
        return f"math.sin({self.value()})" if self.random.random() < 0.3 else self.value()

    def number(self, depth, in_loop):
        if self.random.random() < 0.3:
            return [f"{self.pick(*NUMBERS)} = {self.pick(*NUMBERS)}"]
        return [f"{self.pick(*NUMBERS)} = {self.bounded()}"]

    def add(self, depth, in_loop):
        return [f"{self.pick(*NUMBERS)} {self.pick('+=', '-=')} {self.bounded()}"]

    def zero(self, depth, in_loop):
        return [f"{self.pick('dx', 'dy')} = 0.0"]

    def count(self, depth, in_loop):
        return ["k = k + 1"]

    def array(self, depth, in_loop):
        a, b = self.pick("a", "da"), self.pick("a", "da", "u")
        text = f"{self.pick(*NUMBERS)} * {b}"
        return [self.pick(f"{a} = {text}", f"{a} += {text}", f"da = {b} * 1.0", "da = a")]

    def view(self, depth, in_loop):
        return [f"va = {self.pick('a', 'da')}[1:]"]

    def store(self, depth, in_loop):
        place = self.pick("a[0]", "a[1]", "da[0]", "da[1:]", "va[0]", "va[1]")
        return [f"{place} {self.pick('=', '+=', '-=')} {self.bounded()}"]

    def tape(self, depth, in_loop):
        if self.random.random() < 0.5:
            return [f"t_tape.append({self.pick(*NUMBERS)})"]
        return ["if t_tape:", f"    {self.pick(*NUMBERS)} = t_tape.pop()"]

    def test(self):
        return f"{self.pick(*NUMBERS)} > {self.pick('0.0', '1.0', *NUMBERS)}"

    def inner(self, in_loop):
        lines = self.block(0, self.random.randint(1, 3), in_loop)
        if in_loop and self.random.random() < 0.3:
            lines.append(self.pick("break", "continue"))
        return ["    " + line for line in lines]

    def deeper(self, in_loop):
        self.depth += 1
        lines = self.inner(in_loop) if self.depth < 4 else ["    k = k + 2"]
        self.depth -= 1
        return lines

    def otherwise(self, in_loop):
        self.depth += 1
        lines = self.block(0, 2, in_loop) if self.depth < 4 else ["k = k + 3"]
        self.depth -= 1
        return ["    " + line for line in lines]

    def if_(self, depth, in_loop):
        lines = [f"if {self.test()}:", *self.deeper(in_loop)]
        if lines[-1].strip() not in ("break", "continue") and self.random.random() < 0.5:
            lines += ["else:", *self.otherwise(in_loop)]
        return lines

    def for_(self, depth, in_loop):
        head = f"for {self.pick('i', 'j')} in range({self.pick('n', '2')}):"
        lines = [head, *self.deeper(True)]
        return self.without_last_jump(lines)

    def without_last_jump(self, lines):
        """A jump at the very end of a loop would leave it on its first trip."""
        jumps = lines[-1].strip() in ("break", "continue")
        return [*lines[:-1], "    k = k + 1"] if jumps else lines

    def while_(self, depth, in_loop):
        self.number_of_loops = getattr(self, "number_of_loops", 0) + 1
        counter = f"c{self.number_of_loops}"
        lines = [f"{counter} = 0", f"while {counter} < n:", f"    {counter} = {counter} + 1"]
        lines += self.deeper(True)
        return self.without_last_jump(lines)


setattr(Programs, "if", Programs.if_)
setattr(Programs, "for", Programs.for_)
setattr(Programs, "while", Programs.while_)


def outcome(function):
    u = np.array([0.5, -1.0, 2.0])
    with np.errstate(all="ignore"):
        try:
            result = runnable(function)(0.7, u, 3)
        except (OverflowError, ValueError):
            return None
    return [*result, u]


def same(want, got):
    return all(
        np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-6, atol=1e-6, equal_nan=True)
        for a, b in zip(want, got, strict=True)
    )


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("seed", range(150))
def test_random_functions(seed, known):
    text = Programs(seed).function()
    function = read_function(text, **(KINDS if known else dict.fromkeys(KINDS, UNKNOWN)))
    want = outcome(function)
    if want is None or not all(np.all(np.abs(part) < 1e6) for part in want):
        return
    after = verify(simplify(function, generated=GENERATED))
    assert same(want, outcome(after)), write_function(function) + write_function(after)


# ---------------------------------------------------------------------------------------------
# The user's own values are not touched


def factored(x, y):
    z = math.exp(x * y + 3.0 * y)
    return x * x + 3.0 * x + z * (1.0 * y * 0.1 * 3.0)


def branching(x, y):
    if x > y:
        return 0.1 * x * 3.0 + x * x * y
    return factored(x, y) * 0.1 * 3.0 - (x * y - y * 2.0)


@pytest.mark.parametrize("f", [factored, branching])
@pytest.mark.parametrize("args", [(0.7, 0.3), (0.3, 0.7), (1.1, -0.9)])
def test_the_value_is_the_functions_to_the_last_bit(f, args):
    assert srcad.value_and_grad(f, argnums=(0, 1))(*args)[0] == f(*args)
    assert srcad.vjp(f, *args)[0] == f(*args)
    assert srcad.jvp(f, args, (1.0, 2.0))[0] == f(*args)
