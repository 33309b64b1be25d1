"""Early exits: the normal form, and random control flow against Python itself."""

import linecache
import random

import pytest

from srcad import core
from srcad.blocks import leaves
from srcad.frontend import capture, dump
from tests.core_interpreter import run


class Writer:
    """Writes random functions that are made of control flow; `step` counts and decides."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lines = ["def f(step):"]
        self.count = 0

    def line(self, depth, text):
        self.lines.append("    " * depth + text)

    def test(self):
        self.count += 1
        return f"step({self.count})"

    def block(self, depth, loops):
        for _ in range(self.random.choice((1, 1, 2, 3))):
            self.statement(depth, loops)

    def statement(self, depth, loops):
        kinds = ["plain", "jump"] + ["if", "if", "if", "for", "while", "endless"] * (depth < 6)
        kind = self.random.choice(kinds)
        getattr(self, kind)(depth, loops)

    def plain(self, depth, loops):
        self.line(depth, self.test())

    def jump(self, depth, loops):
        jumps = ["return", f"return {self.test()}", "return 'same'", "raise KeyError(1)"]
        self.line(depth, self.random.choice(jumps + ["break", "continue", "continue"] * loops))

    def orelse(self, depth, loops):
        if self.random.random() < 0.4:
            self.line(depth, "else:")
            self.block(depth + 1, loops)

    def endless(self, depth, loops):
        self.line(depth, "while True:")
        self.line(depth + 1, self.test())
        self.block(depth + 1, True)

    def while_(self, depth, loops):
        self.line(depth, f"while {self.test()}:")
        self.block(depth + 1, True)
        self.orelse(depth, loops)

    def for_(self, depth, loops):
        self.line(depth, f"for i in range({self.random.choice((0, 1, 3))}):")
        self.block(depth + 1, True)
        self.orelse(depth, loops)

    def if_(self, depth, loops):
        self.line(depth, f"if {self.test()}:")
        self.block(depth + 1, loops)
        while self.random.random() < 0.3:
            self.line(depth, f"elif {self.test()}:")
            self.block(depth + 1, loops)
        self.orelse(depth, loops)


for word in ("if", "for", "while"):
    setattr(Writer, word, getattr(Writer, word + "_"))


class Tired(Exception):
    pass


def steps(seed):
    """A function to call at every step: gives a random answer, and remembers the call."""
    chance, trace = random.Random(seed), []

    def step(number):
        trace.append(number)
        if len(trace) > 60:
            raise Tired
        return chance.random() < 0.5

    return step, trace


def outcome(call, seed):
    step, trace = steps(seed)
    try:
        result = call(step)
    except Exception as error:
        result = type(error)
    return result, trace


def made(text, name="f"):
    file = f"<made {hash(text)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    namespace = {}
    exec(compile(text, file, "exec"), namespace)
    return namespace[name]


@pytest.mark.parametrize("group", range(10))
def test_random_control_flow(group):
    for seed in range(25 * group, 25 * group + 25):
        writer = Writer(seed)
        writer.block(1, False)
        f = made("\n".join(writer.lines) + "\n")
        function = capture(f)
        assert_normal(function.body, in_loop=False)
        for answers in range(8):
            expected = outcome(f, answers)
            got = outcome(lambda step, function=function: run(function, step), answers)
            assert got == expected, "\n".join([*writer.lines, dump(function)])


def assert_normal(block, in_loop):
    """Every jump is last on its path through the loop body or the function."""
    for position, stmt in enumerate(block):
        if isinstance(stmt, core.If):
            last = position == len(block) - 1
            jumps = [j for j in own_jumps(stmt) if not isinstance(j, core.Raise)]
            assert last or not jumps
            assert last or not (leaves(stmt.then) or leaves(stmt.orelse))
        for inner in core.blocks_of(stmt):
            assert_normal(inner, in_loop or not isinstance(stmt, core.If))


def own_jumps(stmt):
    if isinstance(stmt, core.Return | core.Break | core.Continue):
        yield stmt
    elif isinstance(stmt, core.If):
        for inner in (*stmt.then, *stmt.orelse):
            yield from own_jumps(inner)


def body(text):
    return dump(capture(made(text))).partition("\n")[2]


def test_a_guard_keeps_its_place():
    text = """\
def f(x):
    if x < 0:
        return 0.0
    y = x + 1
    return y
"""
    assert (
        body(text)
        == """\
    if (x < 0):
        return 0.0
    else:  # tail
        y = (x + 1)
        return y
"""
    )


def test_a_return_in_a_loop():
    text = """\
def f(n):
    for i in range(n):
        for j in range(i):
            if j > 3:
                return i + j
    return n
"""
    assert (
        body(text)
        == """\
    exit_code = 0
    for i in range(n):
        for j in range(i):
            if (j > 3):
                exit_code = 1
                break
        if (exit_code != 0):
            break
    if (exit_code == 1):
        return (i + j)
    else:  # tail
        return n
"""
    )


def test_the_only_return_of_an_endless_loop_needs_no_code():
    text = """\
def f(x):
    while True:
        x = x / 2
        if x < 1:
            return x
"""
    assert (
        body(text)
        == """\
    while True:
        x = (x / 2)
        if (x < 1):
            break
    return x
"""
    )


def test_a_jump_on_some_paths_is_put_off():
    text = """\
def f(xs):
    total = 0
    for x in xs:
        if x > 0:
            if x > 5:
                continue
            total += x
        total += 1
    return total
"""
    assert (
        body(text)
        == """\
    total = 0
    for x in xs:
        left = False
        if (x > 0):
            if (x > 5):
                left = True
            else:
                total += x
        if left:
            continue
        else:  # tail
            total += 1
    return total
"""
    )


def test_loop_else():
    text = """\
def f(xs):
    for x in xs:
        if x > 0:
            break
    else:
        x = 1
    return x
"""
    assert (
        body(text)
        == """\
    left = False
    for x in xs:
        if (x > 0):
            left = True
            break
    if not left:
        x = 1
    return x
"""
    )
