"""The dataflow engine: joins, fixpoints and jumps, in both directions."""

import pytest

from srcad.analysis.dataflow import Backward, Forward
from srcad.blocks import CoreError
from srcad.core import (
    Assign,
    Break,
    Const,
    Continue,
    For,
    If,
    Raise,
    Return,
    Var,
    While,
    expressions_of,
    names_in,
    targets_of,
)


class Reaching(Forward):
    """Which assignments (by the number they assign) may have been made."""

    def join(self, a, b):
        return a | b

    def simple(self, stmt, state):
        return state | {stmt.value.value} if isinstance(stmt, Assign) else state

    def header(self, stmt, state):
        return state | {targets_of(stmt)[0]} if isinstance(stmt, For) else state


class Live(Backward):
    """Which names may be read."""

    def join(self, a, b):
        return a | b

    def nothing(self):
        return frozenset()

    def simple(self, stmt, state):
        return state - set(targets_of(stmt)) | reads(stmt)

    def enter(self, loop, state):
        return state | reads(loop)

    def header(self, stmt, state):
        if isinstance(stmt, For):
            return state - set(targets_of(stmt))
        return state | reads(stmt)


def reads(stmt):
    return frozenset().union(*(names_in(e) for e in expressions_of(stmt)))


def assign(number, name="x"):
    return Assign(Var(name), Const(number))


def copy(target, source):
    return Assign(Var(target), Var(source))


def reaching(*block):
    return Reaching().run(block, frozenset())


def live(*block, end=()):
    return Live().run(block, frozenset(end))


def test_branches_join():
    last = assign(3)
    result = reaching(If(Var("c"), (assign(1),), (assign(2),)), last)
    assert result.before[id(last)] == {1, 2}
    assert result.end == {1, 2, 3}


def test_a_constant_test_has_one_branch():
    dead = assign(2)
    result = reaching(If(Const(True), (assign(1),), (dead,)))
    assert result.end == {1}
    assert id(dead) not in result.before


def test_a_loop_brings_its_end_to_its_head():
    first, second = assign(1), assign(2)
    loop = For(Var("i"), Var("xs"), (first, second))
    result = reaching(loop)
    assert result.before[id(loop)] == set()
    assert result.head[id(loop)] == {"i", 1, 2}
    assert result.before[id(first)] == result.body_start[id(loop)] == {"i", 1, 2}
    assert result.end == {"i", 1, 2}


def test_break_goes_to_the_exit_and_continue_to_the_head():
    after_break, after_continue = assign(3), assign(5)
    body = (
        If(Var("c"), (assign(1), Break()), ()),
        If(Var("d"), (assign(2), Continue()), (after_continue,)),
    )
    loop = While(Var("t"), body)
    result = reaching(loop, after_break)
    assert result.head[id(loop)] == {2, 5}
    assert result.after[id(loop)] == {1, 2, 5}
    assert result.before[id(after_continue)] == {2, 5}


def test_forever_is_left_by_break_only():
    loop = While(Const(True), (assign(1), If(Var("c"), (assign(2), Break())), assign(3)))
    result = reaching(loop)
    assert result.after[id(loop)] == {1, 2, 3}
    never = reaching(While(Const(True), (assign(1),)), assign(2))
    assert never.end is None


def test_return_and_raise_end_the_path():
    tail = assign(3)
    result = reaching(
        If(Var("c"), (assign(1), Return())), If(Var("d"), (assign(2), Raise(Var("e")))), tail
    )
    assert result.before[id(tail)] == set()
    assert result.end == {1, 3}


def test_nested_loops():
    inner = While(Var("c"), (assign(1), If(Var("b"), (Break(),))))
    outer = For(Var("i"), Var("xs"), (inner, assign(2)))
    result = reaching(outer)
    assert result.head[id(inner)] == {"i", 1, 2}
    assert result.end == {"i", 1, 2}


def test_deep_nests_are_not_visited_exponentially():
    visits = 0

    class Counting(Reaching):
        def simple(self, stmt, state):
            nonlocal visits
            visits += 1
            return super().simple(stmt, state)

    block = (assign(0),)
    for depth in range(1, 13):
        block = (For(Var(f"i{depth}"), Var("xs"), (*block, assign(depth))),)
    Counting().run(block, frozenset())
    assert visits < 13 * 13 * 2


def test_what_still_changes_is_widened():
    class Counter(Forward):
        def join(self, a, b):
            return max(a, b)

        def widen(self, old, new):
            return float("inf")

        def simple(self, stmt, state):
            return state + 1

    assert Counter().run((While(Var("c"), (assign(1),)),), 0).end == float("inf")
    Counter.widen = lambda self, old, new: new
    with pytest.raises(CoreError):
        Counter().run((While(Var("c"), (assign(1),)),), 0)


def test_backward_straight_line():
    first, second = copy("b", "a"), copy("c", "b")
    result = live(first, second, end="c")
    assert result.before[id(first)] == {"a"}
    assert result.before[id(second)] == result.after[id(first)] == {"b"}


def test_backward_branches():
    stmt = If(Var("t"), (copy("c", "a"),), (copy("c", "b"),))
    assert live(stmt, end="c").before[id(stmt)] == {"t", "a", "b"}


def test_backward_loop_reads_its_own_results():
    body = (copy("c", "b"), copy("b", "a"))
    loop = For(Var("a"), Var("xs"), body)
    result = live(loop, end="c")
    assert result.before[id(loop)] == {"xs", "b", "c"}
    assert result.body_end[id(loop)] == {"b", "c"}
    assert result.body_start[id(loop)] == {"a", "b"}


def test_backward_jumps():
    out, again = Break(), Continue()
    body = (If(Var("t"), (out,)), If(Var("u"), (again,)), copy("c", "b"))
    loop = While(Var("go"), body)
    result = live(loop, end="c")
    assert result.after[id(out)] == {"c"}
    assert result.after[id(again)] == result.head[id(loop)] == {"go", "t", "u", "b", "c"}


def test_backward_return_and_raise():
    ret, stop = Return(Var("r")), Raise(Var("e"))
    result = live(If(Var("t"), (ret,)), If(Var("u"), (stop,)), copy("c", "b"), end="z")
    assert result.before[id(ret)] == {"r", "z"}
    assert result.before[id(stop)] == {"e"}


def test_backward_forever():
    loop = While(Const(True), (copy("c", "b"),))
    assert live(loop, copy("z", "q"), end="z").before[id(loop)] == {"b"}


def test_statements_are_not_shared():
    stmt = assign(1)
    with pytest.raises(CoreError):
        reaching(stmt, stmt)
