"""Iterators in variables, and those that stand where they may be used more than once.

`it = iter(xs)` becomes a list and the place of the next item in it, so that `next(it)` and loops
over `it` go on where the last one stopped. An iterator that is handed on is a list there, which
is refused where the difference could be seen.
"""

from __future__ import annotations

import ast
import functools
import types
from collections.abc import Iterator
from typing import Any

import gast

from srcad.core import Assign, Expr
from srcad.frontend import lower_expr, streams, targets
from srcad.frontend.context import Context
from srcad.frontend.regions import Label
from srcad.frontend.source import find
from srcad.frontend.streams import (
    Consume,
    Pattern,
    Stream,
    as_list,
    forever,
    leave_if,
    listed,
    makes_iterator,
    opened,
    plain,
    steady_names,
    with_end,
)
from srcad.libraries import is_library_callable

_LOOPS = gast.For | gast.While | gast.ListComp | gast.SetComp | gast.DictComp | gast.GeneratorExp
_SCOPES = gast.FunctionDef | gast.AsyncFunctionDef | gast.Lambda
# methods that use up an iterator that they are given
_TAKERS = ("join", "extend", "update", "union", "intersection", "difference", "fromkeys")


# ---------------------------------------------------------------------------------------------
# Where an expression stands


@functools.lru_cache(maxsize=64)
def _parents(source: Any) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for node in gast.walk(source.node):
        for child in gast.iter_child_nodes(node):
            found[id(child)] = node
    return found


def nodes_around(ctx: Context, node: Any) -> Iterator[Any]:
    """The nodes around `node`, innermost first."""
    parents = _parents(ctx.source)
    while id(node) in parents:
        node = parents[id(node)]
        yield node


def parents_of(ctx: Context, node: Any) -> tuple[Any, Any]:
    """The two nodes around `node`, None where there is none."""
    first, second, *_ = *nodes_around(ctx, node), None, None
    return first, second


def _loops_around(ctx: Context, node: Any) -> list[Any]:
    """The loops that may evaluate `node` more than once."""
    found, inner = [], node
    for outer in nodes_around(ctx, node):
        once = isinstance(outer, gast.For) and (inner is outer.iter or inner in outer.orelse)
        if isinstance(outer, _LOOPS) and not once:
            found.append(outer)
        inner = outer
    return found


# ---------------------------------------------------------------------------------------------
# In expressions


def lower(ctx: Context, node: Any) -> Expr:
    """An iterator in an expression: a list, where it is used up as a whole and at once."""
    parent = next(nodes_around(ctx, node), None)
    match parent:
        case gast.Starred() | gast.Compare():
            return as_list(ctx, node)
        case gast.Assign(targets=[gast.Tuple() | gast.List()]):
            return as_list(ctx, node)
        case gast.Call():
            _check_call(ctx, node, parent, node)
            return as_list(ctx, node)
        case gast.keyword():
            call = list(nodes_around(ctx, node))[1]
            _check_call(ctx, node, call, parent)
            return as_list(ctx, node)
    why = "it makes an iterator that lives on"
    raise ctx.refusal(node, why, "Put the items into a list, or run through it at once")


def _check_call(ctx: Context, node: Any, call: Any, argument: Any) -> None:
    """Refuse to hand a list in the place of an iterator to who may see the difference."""
    target = ctx.static(call.func)
    nested = ctx.frame.function(ctx, call.func)
    fn = target if nested is None else nested.fn
    if isinstance(fn, types.FunctionType) and not is_library_callable(fn):
        tree = find(fn)[0] if nested is None else nested.node
        names = [arg.arg if isinstance(arg, ast.arg) else arg.id for arg in tree.args.args]
        if isinstance(argument, gast.keyword):
            name = argument.arg
        else:
            place = call.args.index(argument)
            name = names[place] if place < len(names) else None
        if name is not None and _mentions(tree, name) <= 1:
            return
        why = f"`{fn.__name__}` may use the iterator more than once"
        raise ctx.refusal(node, why, "Hand it a list")
    if isinstance(call.func, gast.Attribute) and call.func.attr in _TAKERS:
        return
    if fn not in _USING_UP:
        why = "it makes an iterator that lives on"
        raise ctx.refusal(node, why, "Put the items into a list")


_USING_UP: list[Any] = []  # library functions that use up an iterator before they return


def _mentions(node: Any, name: str) -> int:
    """How often a name is read, what stands inside a loop counted twice."""
    count = int(type(node).__name__ == "Name" and node.id == name and _is_read(node))
    repeats = type(node).__name__ in ("For", "While")
    for field_name in node._fields:
        value = getattr(node, field_name, None)
        parts = value if isinstance(value, list) else [value]
        found = sum(_mentions(part, name) for part in parts if hasattr(part, "_fields"))
        count += 2 * found if repeats and field_name in ("body", "test") else found
    return count


def _is_read(node: Any) -> bool:
    return type(node.ctx).__name__ == "Load"


# ---------------------------------------------------------------------------------------------
# In variables


def assign(ctx: Context, target: Any, node: Any) -> bool:
    """Lower `name = iterator`; False if it is no such assignment."""
    plain_names = isinstance(target, gast.Name) and not isinstance(node, gast.Name)
    if not plain_names or not makes_iterator(ctx, node):
        return False
    uses, stores = uses_of(ctx, target.id)
    if any(sum(isinstance(n, _SCOPES) for n in nodes_around(ctx, use)) > 1 for use in uses):
        why = f"a function inside reads the iterator `{target.id}`"
        raise ctx.refusal(node, why, "Put the items into a list")
    if len(uses) == 1 and _used_once(ctx, node, uses[0]):
        _once(ctx, target, node, uses[0], stores)
        return True
    if stores > 1:
        why = f"the iterator `{target.id}` is assigned more than once"
        raise ctx.refusal(node, why, "Give each iterator a name of its own")
    ctx.cursors[target.id] = _cursor(ctx, opened(ctx, node), node)
    return True


def _once(ctx: Context, target: Any, node: Any, use: Any, stores: int) -> None:
    """An iterator that is used in one place: what it stands for is written there, if it may."""
    stream = opened(ctx, node)
    whole = stream.iterable is not None and not streams.is_lazy(stream.iterable)
    early = {name for name in _read_at_once(node) if ctx.names.is_local(name)}
    changed = (early - steady_names(ctx)) & _stored_between(ctx, node, use)
    if stores == 1 and not changed and not whole:
        ctx.cursors[target.id] = stream
        return
    late = any(isinstance(n, gast.GeneratorExp | gast.Lambda) for n in gast.walk(node))
    if late or stream.endless or stream.whole is not None:
        why = "what it reads may change before it is run through"
        raise ctx.refusal(node, why, "Run through it where it is made")
    ctx.emit(Assign(targets.name(ctx, target), _fresh_list(ctx, stream)))


def _read_at_once(node: Any) -> set[str]:
    """The names that an iterator reads when it is made, not when it is run through."""
    if isinstance(node, gast.Lambda):
        return set()
    if isinstance(node, gast.GeneratorExp):
        return _read_at_once(node.generators[0].iter)
    found = {node.id} if isinstance(node, gast.Name) else set()
    for child in gast.iter_child_nodes(node):
        found |= _read_at_once(child)
    return found


def _stored_between(ctx: Context, made: Any, use: Any) -> set[str]:
    """The names that statements between two places of the text bind."""
    last = next((n for n in nodes_around(ctx, use) if isinstance(n, gast.stmt)), use)
    names = [n for n in gast.walk(ctx.source.node) if isinstance(n, gast.Name) and _is_bound(n)]
    return {n.id for n in names if made.end_lineno < n.lineno < last.lineno}


def _is_bound(name: Any) -> bool:
    return isinstance(name.ctx, gast.Store | gast.Param)


def _fresh_list(ctx: Context, stream: Stream) -> Expr:
    if stream.iterable is not None and not streams.is_lazy(stream.iterable):
        return stream.iterable
    return listed(ctx, stream)


def uses_of(ctx: Context, name: str) -> tuple[list[Any], int]:
    """The nodes that read a name, and the number of those that assign it."""
    names = [n for n in gast.walk(ctx.source.node) if isinstance(n, gast.Name) and n.id == name]
    reads = [n for n in names if isinstance(n.ctx, gast.Load)]
    return reads, len(names) - len(reads)


def _used_once(ctx: Context, made: Any, use: Any) -> bool:
    """Whether an iterator is used up where it is read, each time that it is made."""
    inside = [n for n in nodes_around(ctx, use) if isinstance(n, _SCOPES)]
    if len(inside) > 1:  # the function itself is one
        return False
    call = next(nodes_around(ctx, use), None)
    if isinstance(call, gast.Call) and ctx.static(call.func) is next:
        return False
    parent_ok = isinstance(call, gast.Call | gast.For | gast.comprehension | gast.Starred)
    around = _loops_around(ctx, made)
    return parent_ok and all(loop in around for loop in _loops_around(ctx, use))


def _cursor(ctx: Context, stream: Stream, node: Any) -> Stream:
    """The stream of the items that are left at each time."""
    if stream.pull is None:
        if stream.endless or stream.whole is not None:
            why = stream.whole or "it has no end"
            raise ctx.refusal(node, f"its items cannot be made at once: {why}", "Use a `for` loop")
        stream = plain(ctx, listed(ctx, stream))
    assert stream.pull is not None
    pull = stream.pull()

    def run(target: Pattern | None, consume: Consume) -> None:
        def one(done: Label) -> None:
            leave_if(ctx, pull.exhausted(), done)
            consume(pull.take(), True)

        with_end(ctx, lambda done: forever(ctx, lambda: one(done)))

    return Stream(run, pull=lambda: pull, endless=stream.endless, shared=True)


def _named(ctx: Context, node: Any) -> Stream:
    stream: Stream = ctx.cursors[node.id]
    return stream


def read(ctx: Context, node: Any) -> Expr:
    """A variable that holds an iterator, where it is not run through there and then."""
    parent = next(nodes_around(ctx, node), None)
    if ctx.cursors[node.id].shared and not isinstance(parent, gast.Starred):
        why = f"the iterator `{node.id}` is handed on"
        raise ctx.refusal(node, why, "Put the items into a list, or run through it here")
    return lower(ctx, node)


streams.NODES[gast.Name] = _named
lower_expr.STREAMS.append((makes_iterator, lower))
lower_expr.TABLE[gast.GeneratorExp] = lower
lower_expr.CURSOR.append(read)
