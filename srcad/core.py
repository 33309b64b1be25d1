"""The core language: the few kinds of node that every step between lowering and emission speaks.

Nodes are immutable. Two expressions are equal when they have the same structure; where they came
from (`origin`) and what is known of their value (`kind`) do not count.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from srcad.fstrings import with_names
from srcad.kinds import UNKNOWN, Kind
from srcad.origin import NOWHERE as NOWHERE
from srcad.origin import Origin as Origin

# ---------------------------------------------------------------------------------------------
# Expressions


@dataclass(frozen=True, slots=True)
class Expr:
    """An expression; its subclasses are all there are."""

    kind: Kind = field(default=UNKNOWN, compare=False, kw_only=True, repr=False)
    origin: Origin = field(default=NOWHERE, compare=False, kw_only=True, repr=False)


@dataclass(frozen=True, slots=True)
class Var(Expr):
    """A name: a parameter, a local, or a captured value (see `Function.captures`)."""

    name: str


@dataclass(frozen=True, slots=True)
class Const(Expr):
    """A literal: int, float, complex, bool, str, bytes, None, Ellipsis."""

    value: Any

    def __eq__(self, other: object) -> bool:
        # 1, 1.0 and True are different constants, and so are 0.0 and -0.0
        return isinstance(other, Const) and repr(self.value) == repr(other.value)

    def __hash__(self) -> int:
        return hash(repr(self.value))


@dataclass(frozen=True, slots=True, eq=False)
class Field(Const):
    """The name of an attribute, as the index of the `Item` that reads or is stored into it.

    An object's attributes are the items of a dict to all steps between inference and emission:
    `Item(base, Field("x"))` prints as `base.x`.
    """


@dataclass(frozen=True, slots=True, eq=False)
class Unset(Const):
    """The None in a cell whose variable has no value yet; no right program reads it."""


@dataclass(frozen=True, slots=True)
class Method:
    """The `fn` of an `Op` that calls a method by name on its first operand."""

    name: str


@dataclass(frozen=True, slots=True)
class FunctionRef:
    """The `fn` of an `Op` that calls another function of the same `Program` by name."""

    name: str


@dataclass(frozen=True, slots=True)
class Op(Expr):
    """A resolved callable applied to operands.

    `fn` is a function of the `operator` module for Python's operators (`add`, `lt`, `not_`, `is_`,
    `contains` with the container first, ...); the NumPy, math or built-in function; a user's
    function object; a `Method`; a `FunctionRef`; or an `Expr` for a target known only at run time.
    """

    fn: Any
    args: tuple[Expr, ...] = ()
    kwargs: tuple[tuple[str, Expr], ...] = ()


@dataclass(frozen=True, slots=True)
class BoolOp(Expr):
    """`a and b and c` or `a or b or c`: evaluated from the left, as far as needed."""

    op: str  # "and" or "or"
    values: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Choice(Expr):
    """`then if test else orelse`."""

    test: Expr
    then: Expr
    orelse: Expr


@dataclass(frozen=True, slots=True)
class Item(Expr):
    """`base[index]`; the index is any expression, a `Slice`, or a `Tuple` holding either."""

    base: Expr
    index: Expr


@dataclass(frozen=True, slots=True)
class Slice(Expr):
    """`start:stop:step` inside an index."""

    start: Expr | None = None
    stop: Expr | None = None
    step: Expr | None = None


@dataclass(frozen=True, slots=True)
class Attr(Expr):
    """`base.name`, read, where the base is no object of the user's (see `Field`)."""

    base: Expr
    name: str


@dataclass(frozen=True, slots=True)
class Tuple(Expr):
    """A tuple display; as the target of an `Assign`, a pattern of `Var`s and `Tuple`s."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class List(Expr):
    """A list display."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Dict(Expr):
    """A dict display."""

    keys: tuple[Expr, ...]
    values: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Record(Dict):
    """A new object of the class `cls`, by its attributes; its keys are `Field`s.

    The class's own `__init__` is not run: calls of it are statements of their own.
    """

    cls: type


@dataclass(frozen=True, slots=True)
class Named(Tuple):
    """A new named tuple of the class `cls`."""

    cls: type


@dataclass(frozen=True, slots=True)
class Star(Expr):
    """`*value` among the operands of a call, or `**value` if it is `named`."""

    value: Expr
    named: bool = False


@dataclass(frozen=True, slots=True)
class Verbatim(Expr):
    """An f-string, kept as the user's text because no derivative can pass through it."""

    text: str
    names: tuple[str, ...]  # the variables it reads


# ---------------------------------------------------------------------------------------------
# Statements


@dataclass(frozen=True, slots=True)
class Stmt:
    """A statement; its subclasses are all there are."""

    origin: Origin = field(default=NOWHERE, compare=False, kw_only=True, repr=False)


Block = tuple[Stmt, ...]


@dataclass(frozen=True, slots=True)
class Assign(Stmt):
    """`target = value`, or `target op= value` where `op` is e.g. `operator.add`.

    The target is a `Var`, or (without `op`) a `Tuple` pattern of `Var`s. With `op` an array
    target is changed in place, as in Python.
    """

    target: Var | Tuple
    value: Expr
    op: Callable[..., Any] | None = None


@dataclass(frozen=True, slots=True)
class Store(Stmt):
    """`base[index] = value` or `base.name = value`; with `op`, the augmented form.

    `by_out` says that `base[...] = fn(...)` is written `fn(..., out=base)`: NumPy then computes
    in that memory, with results that may differ in the last bit.
    """

    place: Item | Attr
    value: Expr
    op: Callable[..., Any] | None = None
    by_out: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class If(Stmt):
    """`if test: then else: orelse`.

    `tail` says that `orelse` is what followed the statement in the user's text, where `then`
    leaves by `return`, `break`, `continue` or `raise`: it prints without an `else`.
    """

    test: Expr
    then: Block
    orelse: Block = ()
    tail: bool = False


@dataclass(frozen=True, slots=True)
class For(Stmt):
    """`for target in iter: body`; an `else` of the loop has been lowered away."""

    target: Var | Tuple
    iter: Expr
    body: Block


@dataclass(frozen=True, slots=True)
class While(Stmt):
    """`while test: body`."""

    test: Expr
    body: Block


@dataclass(frozen=True, slots=True)
class With(Stmt):
    """`with context: body`; no jump leaves `body`.

    `with context as name` has `name = Op(ENTERED, (context,))` as the first statement of its body;
    `context` is then a name.
    """

    context: Expr
    body: Block


@dataclass(frozen=True, slots=True)
class Try(Stmt):
    """`try: body`, and for each of `types` an `except` with the block of `handlers`.

    No jump leaves `body` or a handler. A handler notes what happened in names and is left at its
    end, or it ends with a `raise` on all paths. What follows the statement deals with that.
    `orelse` is done where nothing was raised; `final` is there in the emitted text only. The names
    `own` are read only where nothing was raised.
    """

    body: Block
    types: tuple[Expr, ...]
    handlers: tuple[Block, ...]
    own: tuple[str, ...] = ()
    orelse: Block = ()
    final: Block = ()


@dataclass(frozen=True, slots=True)
class Marker:
    """The `fn` of an `Op` that stands for what the statement around it gives."""

    name: str

    @property
    def __name__(self) -> str:
        return self.name


ENTERED = Marker("entered")  # what entering a context gives
CAUGHT = Marker("caught")  # the exception that a handler was entered with
TOTAL = Marker("total")  # of a total and the list summed: that sum; see `reverse.totals`


@dataclass(frozen=True, slots=True)
class Return(Stmt):
    """`return value`; stands last in its block and never inside a loop."""

    value: Expr | None = None


@dataclass(frozen=True, slots=True)
class Break(Stmt):
    """`break`; stands last in its block."""


@dataclass(frozen=True, slots=True)
class Continue(Stmt):
    """`continue`; stands last in its block."""


@dataclass(frozen=True, slots=True)
class Raise(Stmt):
    """`raise exc from cause`; stands last in its block."""

    exc: Expr | None = None
    cause: Expr | None = None


@dataclass(frozen=True, slots=True)
class Assert(Stmt):
    """`assert test, message`."""

    test: Expr
    message: Expr | None = None


@dataclass(frozen=True, slots=True)
class Effect(Stmt):
    """A call made for what it does: `print(...)`, `tape.append(x)`, a procedure of the user's."""

    value: Expr


@dataclass(frozen=True, slots=True)
class Comment(Stmt):
    """A comment line of the emitted text (without `#`); an empty `text` is a blank line."""

    text: str


# ---------------------------------------------------------------------------------------------
# Functions


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter. `default` is an expression of literals and captured names, or None."""

    name: str
    default: Expr | None = None
    mode: Any = inspect.Parameter.POSITIONAL_OR_KEYWORD
    annotation: Any = None  # the evaluated annotation, or None


@dataclass(frozen=True, slots=True)
class Function:
    """A function in core form.

    `captures` maps each free name that is read as a value (module constants, closure variables)
    to what it meant when captured; names of functions that are called become an `Op.fn` instead.
    `pyfunc` is the user's function object, None for a generated one. `shared` are pairs of
    parameters that may be given the same memory.
    """

    name: str
    params: tuple[Param, ...]
    body: Block
    captures: dict[str, Any] = field(default_factory=dict, compare=False)
    doc: str | None = None
    pyfunc: Any = field(default=None, compare=False)
    origin: Origin = field(default=NOWHERE, compare=False, repr=False)
    shared: frozenset[frozenset[str]] = field(default=frozenset(), compare=False)


@dataclass(frozen=True, slots=True)
class Program:
    """What is emitted as one file: functions in the order of the text, `entry` the one to call.

    `written` names the parameters of the entry that the user's function writes into: arguments
    that share memory with one of them are refused at each call. `notes` are remarks for the user.
    """

    functions: tuple[Function, ...]
    entry: str
    written: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


# ---------------------------------------------------------------------------------------------
# Walking


def children(expr: Expr) -> tuple[Expr, ...]:
    """The direct subexpressions of `expr`, in evaluation order."""
    direct = _CHILDREN.get(type(expr))  # the most frequent of all questions: no `match` here
    return () if direct is None else direct(expr)


def _operands(op: Op) -> tuple[Expr, ...]:
    if not op.kwargs and not isinstance(op.fn, Expr):
        return op.args
    head = (op.fn,) if isinstance(op.fn, Expr) else ()
    return (*head, *op.args, *(value for _, value in op.kwargs))


def _bounds(expr: Slice) -> tuple[Expr, ...]:
    return tuple(part for part in (expr.start, expr.stop, expr.step) if part is not None)


def _entries(expr: Dict) -> tuple[Expr, ...]:
    return tuple(part for pair in zip(expr.keys, expr.values, strict=True) for part in pair)


_CHILDREN: dict[type[Expr], Callable[[Any], tuple[Expr, ...]]] = {
    Op: _operands,
    BoolOp: lambda expr: expr.values,
    Choice: lambda expr: (expr.test, expr.then, expr.orelse),
    Item: lambda expr: (expr.base, expr.index),
    Slice: _bounds,
    Attr: lambda expr: (expr.base,),
    Star: lambda expr: (expr.value,),
    Tuple: lambda expr: expr.items,
    Named: lambda expr: expr.items,
    List: lambda expr: expr.items,
    Dict: _entries,
    Record: _entries,
    Verbatim: lambda expr: tuple(Var(name) for name in expr.names),
}


def with_children(expr: Expr, new: tuple[Expr, ...]) -> Expr:
    """`expr` with its direct subexpressions replaced, in the order of `children`."""
    old = children(expr)
    if len(new) == len(old) and all(a is b for a, b in zip(new, old, strict=True)):
        return expr
    match expr:
        case Op(fn=fn, args=args, kwargs=kwargs):
            if isinstance(fn, Expr):
                fn, new = new[0], new[1:]
            named = zip((key for key, _ in kwargs), new[len(args) :], strict=True)
            return replace(expr, fn=fn, args=new[: len(args)], kwargs=tuple(named))
        case BoolOp():
            return replace(expr, values=new)
        case Choice():
            return replace(expr, test=new[0], then=new[1], orelse=new[2])
        case Item():
            return replace(expr, base=new[0], index=new[1])
        case Slice(start=start, stop=stop, step=step):
            rest = iter(new)
            parts = [None if part is None else next(rest) for part in (start, stop, step)]
            return replace(expr, start=parts[0], stop=parts[1], step=parts[2])
        case Attr():
            return replace(expr, base=new[0])
        case Star():
            return replace(expr, value=new[0])
        case Tuple() | List():
            return replace(expr, items=new)
        case Dict():
            return replace(expr, keys=new[::2], values=new[1::2])
        case Verbatim():
            return _requoted(expr, new)
    return expr


def _requoted(expr: Verbatim, new: tuple[Expr, ...]) -> Verbatim:
    """An f-string that reads other variables."""
    if not all(isinstance(part, Var | Const) for part in new):
        raise ValueError("what an f-string reads can only be replaced by variables and literals")
    changed = {a: b for a, b in zip(expr.names, new, strict=True) if b != Var(a)}
    if not changed:
        return expr
    names = tuple(var.name for var in new if isinstance(var, Var))
    values = {a: (b.name,) if isinstance(b, Var) else b.value for a, b in changed.items()}  # type: ignore[attr-defined]
    return replace(expr, text=with_names(expr.text, values), names=names)


def replace_kind(expr: Expr, kind: Kind) -> Expr:
    """`expr` with another kind."""
    return replace(expr, kind=kind)


def rewrite(expr: Expr, change: Callable[[Expr], Expr | None]) -> Expr:
    """`expr` rebuilt from its leaves up: `change` may replace each node, None keeps it."""
    inner = children(expr)
    rebuilt = with_children(expr, tuple(rewrite(e, change) for e in inner)) if inner else expr
    changed = change(rebuilt)
    return rebuilt if changed is None else changed


def substitute(expr: Expr, values: dict[str, Expr]) -> Expr:
    """`expr` with variables replaced by expressions."""
    return rewrite(expr, lambda node: values.get(node.name) if isinstance(node, Var) else None)


def walk(expr: Expr) -> Iterator[Expr]:
    """`expr` and all expressions in it."""
    stack = [expr]
    while stack:
        node = stack.pop()
        yield node
        inner = children(node)
        if inner:
            stack += inner[::-1]


def names_in(expr: Expr | None) -> set[str]:
    """The names of the variables that `expr` reads."""
    if isinstance(expr, Var):
        return {expr.name}
    return set() if expr is None else {n.name for n in walk(expr) if isinstance(n, Var)}


def bound_names(target: Expr) -> tuple[str, ...]:
    """The names that an assignment to `target` binds, from the left."""
    if isinstance(target, Var):
        return (target.name,)
    return tuple(node.name for node in walk(target) if isinstance(node, Var))


def blocks_of(stmt: Stmt) -> tuple[Block, ...]:
    """The blocks directly inside a compound statement."""
    match stmt:
        case If(then=then, orelse=orelse):
            return (then, orelse)
        case For(body=body) | While(body=body) | With(body=body):
            return (body,)
        case Try(body=body, handlers=handlers, orelse=orelse, final=final):
            return (body, *handlers, *((orelse, final) if orelse or final else ()))
    return ()


def expressions_of(stmt: Stmt) -> tuple[Expr, ...]:
    """The expressions that `stmt` itself evaluates (not those of the blocks in it).

    For a `Store` these are the base and index of its place and then the value.
    """
    match stmt:
        case Assign(target=target, value=value, op=op):
            return (value,) if op is None else (target, value)
        case Store(place=place, value=value):
            return (*children(place), value)
        case If(test=test) | While(test=test):
            return (test,)
        case For(iter=iterable):
            return (iterable,)
        case With(context=context):
            return (context,)
        case Try(types=types):
            return types
        case Return(value=value) | Effect(value=value):
            return () if value is None else (value,)
        case Raise(exc=exc, cause=cause):
            return tuple(part for part in (exc, cause) if part is not None)
        case Assert(test=test, message=message):
            return (test,) if message is None else (test, message)
    return ()


def targets_of(stmt: Stmt) -> tuple[str, ...]:
    """The names that `stmt` itself binds."""
    match stmt:
        case Assign(target=target) | For(target=target):
            return bound_names(target)
    return ()


def statements(block: Block) -> Iterator[Stmt]:
    """All statements of `block`, those in nested blocks included, in text order."""
    for stmt in block:
        yield stmt
        for inner in blocks_of(stmt):
            yield from statements(inner)


def names_of(function: Function) -> set[str]:
    """Every name that `function` mentions: parameters, locals, captures."""
    found = {param.name for param in function.params} | set(function.captures)
    for stmt in statements(function.body):
        found.update(targets_of(stmt))
        for expr in expressions_of(stmt):
            found |= names_in(expr)
    return found
