"""Liveness and certain binding of names."""

import operator

import numpy as np

from srcad.analysis.liveness import bound_before, contents_live_after, live_after, live_at_loops
from srcad.core import (
    Assign,
    Attr,
    Break,
    Const,
    For,
    Function,
    If,
    Item,
    Op,
    Param,
    Raise,
    Return,
    Store,
    Var,
    While,
)


def function(*body, params="abc"):
    return Function("f", tuple(Param(name) for name in params), body)


def copy(target, source):
    return Assign(Var(target), Var(source))


def test_straight_line():
    first, second = copy("x", "a"), copy("y", "b")
    live = live_after(function(first, second, Return(Var("x"))))
    assert live[id(first)] == {"x", "b"}
    assert live[id(second)] == {"x"}


def test_what_the_caller_reads_is_live_at_the_end():
    stmt = copy("x", "a")
    assert live_after(function(stmt), at_end=["q"])[id(stmt)] == {"q"}


def test_a_loop_keeps_alive_what_the_next_trip_reads():
    body = (copy("y", "x"), copy("x", "t"))
    loop = For(Var("t"), Var("ts"), body)
    whole = function(loop, Return(Var("y")))
    live = live_after(whole)
    assert live[id(body[1])] == {"x", "y"}
    assert live[id(loop)] == {"y"}
    assert live_at_loops(whole)[id(loop)] == {"x", "y"}


def test_break_and_raise():
    out = Break()
    stop = Raise(Var("e"))
    loop = While(Var("go"), (If(Var("c"), (out,)), If(Var("d"), (stop,)), copy("x", "z")))
    live = live_after(function(loop, Return(Var("x"))))
    assert live[id(out)] == {"x"}
    assert live[id(stop)] == set()


def test_an_update_reads_its_target():
    first = copy("x", "a")
    update = Assign(Var("x"), Var("b"), op=operator.add)
    assert live_after(function(first, update))[id(first)] == {"x", "b"}


def test_contents_and_shape():
    first = copy("x", "a")
    shape = Assign(Var("y"), Op(np.zeros_like, (Var("x"),)))
    item = Assign(Var("z"), Item(Attr(Var("x"), "shape"), Var("i")))
    whole = function(first, shape, item, Return(Var("y")))
    assert live_after(whole)[id(first)] == {"x", "i"}
    assert contents_live_after(whole)[id(first)] == {"i"}


def test_a_store_reads_the_name_but_not_the_contents():
    first = copy("x", "a")
    store = Store(Item(Var("x"), Var("i")), Var("v"))
    update = Store(Item(Var("x"), Var("i")), Var("v"), op=operator.add)
    assert live_after(function(first, store))[id(first)] == {"x", "i", "v"}
    assert contents_live_after(function(first, store))[id(first)] == {"i", "v"}
    assert contents_live_after(function(first, update))[id(first)] == {"x", "i", "v"}


def test_bound_on_all_paths():
    both, one, loop_only = copy("x", "a"), copy("y", "a"), copy("z", "a")
    last = Return(Const(0))
    bound = bound_before(
        function(
            If(Var("c"), (both, one), (copy("x", "b"),)),
            For(Var("i"), Var("a"), (loop_only,)),
            last,
        )
    )
    assert bound[id(last)] == {"a", "b", "c", "x"}
    assert bound[id(loop_only)] == {"a", "b", "c", "x", "i"}


def test_bound_after_a_loop_that_is_left_by_break():
    last = Return(Var("x"))
    loop = While(Const(True), (copy("x", "a"), If(Var("c"), (Break(),)), copy("y", "b")))
    assert bound_before(function(loop, last))[id(last)] == {"a", "b", "c", "x"}


def test_unreachable_statements_have_no_entry():
    dead = copy("x", "a")
    assert id(dead) not in bound_before(function(While(Const(True), ()), dead))
