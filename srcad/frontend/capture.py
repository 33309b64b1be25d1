"""`capture`: a Python function in core form, with what its names meant."""

from __future__ import annotations

import inspect
import types
from dataclasses import dataclass, replace
from typing import Any

import gast

from srcad import core
from srcad.core import Const, Expr, Function, Param, Return, Var
from srcad.errors import UnsupportedConstruct
from srcad.frontend import exits, generators, lower_stmt
from srcad.frontend.classes import constructor
from srcad.frontend.comments import comments_of
from srcad.frontend.context import Context
from srcad.frontend.gathering import Gathered, gathered_of, with_plain_parameters
from srcad.frontend.generators import Generator
from srcad.frontend.lower_expr import expression
from srcad.frontend.names import (
    Binding,
)
from srcad.frontend.packing import Packed, packed_of, taking_values
from srcad.frontend.source import Source, read, require_function
from srcad.frontend.wrappers import unwrap
from srcad.libraries import is_library_callable
from srcad.objects import is_users
from srcad.verifier import verify

_MEMO = "__srcad_capture__"


@dataclass(frozen=True)
class _Memo:
    """What a function was captured as, kept on the function so that it goes when it goes."""

    of: types.FunctionType
    code: types.CodeType
    defaults: tuple[Any, ...]
    bindings: tuple[Binding, ...]
    function: Function | UnsupportedConstruct  # or why there is none
    generator: Generator | None = None

    def holds(self, fn: types.FunctionType) -> bool:
        """Whether capturing `fn` again would give the same."""
        if self.of is not fn or self.code is not fn.__code__:
            return False
        now = _defaults(fn)
        same = len(now) == len(self.defaults) and all(map(_is, now, self.defaults))
        return same and all(binding.holds() for binding in self.bindings)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_nothing, ())  # a pickled function is captured anew


def _nothing() -> None:
    return None


def _is(a: Any, b: Any) -> bool:
    return a is b


def _defaults(fn: types.FunctionType) -> tuple[Any, ...]:
    return (*(fn.__defaults__ or ()), *(fn.__kwdefaults__ or {}).values())


def capture(fn: Any) -> Function:
    """The core form of a function written in Python.

    The second call for the same function is cheap, unless a name in it has come to mean
    something else. Raises `SourceNotAvailable` or `UnsupportedConstruct`.
    """
    gathered = gathered_of(fn)
    packed = packed_of(fn)
    if gathered is not None or packed is not None:
        return _for_certain_arguments(fn, gathered, packed)
    if isinstance(fn, type) and is_users(fn):
        return constructor(fn, capture)
    found = _memo(require_function(unwrap(fn))).function
    if isinstance(found, UnsupportedConstruct):
        raise found
    return found


def _memo(function: types.FunctionType) -> _Memo:
    memo = vars(function).get(_MEMO)
    if not isinstance(memo, _Memo) or not memo.holds(function):
        memo = _capture(function)
        vars(function)[_MEMO] = memo
    return memo


def _generator(fn: types.FunctionType) -> Generator:
    """A generator function with its `yield`s."""
    found = _memo(fn).generator
    assert found is not None
    return found


generators.READ.append(_generator)


def _for_certain_arguments(
    fn: types.FunctionType, gathered: Gathered | None, packed: Packed | None
) -> Function:
    """The core form of a function that was made for certain arguments of the user's."""
    of = gathered or packed
    assert of is not None
    base = capture(of.fn)
    known = vars(fn).get(_MEMO)
    if known is None or known[0] is not base:
        if gathered is not None:
            function = with_plain_parameters(base, gathered, fn)
        else:
            assert packed is not None
            function = taking_values(base, packed, fn)
        known = base, verify(function)
        vars(fn)[_MEMO] = known
    made: Function = known[1]
    return made


def _capture(fn: types.FunctionType) -> _Memo:
    source = read(fn)
    _refuse_coroutines(source)
    ctx = Context(source, comments_of(source.lines, source.node))
    params = tuple(_params(ctx))
    node = source.node
    if isinstance(node, gast.Lambda):
        origin = ctx.source.origin(node.body)
        ctx.origin = replace(origin, text=f"return {origin.text}")
        with ctx.collecting() as block:
            ctx.emit(Return(expression(ctx, node.body)))
        doc, body = None, (*ctx.frame.first_cells(), *block)
    else:
        doc, nodes = _split_docstring(node.body)
        body = (*ctx.frame.first_cells(), *lower_stmt.block(ctx, nodes))
    function = Function(
        name=_name(fn),
        params=params,
        body=(),
        captures=ctx.names.captures,
        doc=doc,
        pyfunc=fn,
        origin=_origin(ctx, node),
    )
    if generators.is_generator(fn):
        return _capture_generator(ctx, function, body)
    function = replace(function, body=exits.normalise(body, ctx.names.fresh))
    bindings = tuple(ctx.names.bindings.values())
    return _Memo(fn, fn.__code__, _defaults(fn), bindings, verify(function))


def _capture_generator(ctx: Context, function: Function, body: core.Block) -> _Memo:
    """A generator function: as it stands, and as one that returns the list of what it yields."""
    fn = function.pyfunc
    known = ctx.names.bindings
    generator = Generator(fn, function.params, body, ctx.names.captures, known)
    made: Function | UnsupportedConstruct
    try:
        whole = generators.as_list(generator, function, ctx.names.fresh)
        made = verify(replace(function, body=exits.normalise(whole, ctx.names.fresh)))
    except UnsupportedConstruct as problem:
        made = problem
    return _Memo(fn, fn.__code__, _defaults(fn), tuple(known.values()), made, generator)


def _name(fn: types.FunctionType) -> str:
    return "function" if fn.__name__ == "<lambda>" else fn.__name__


def _origin(ctx: Context, node: Any) -> core.Origin:
    text = ctx.source.segment(node) if isinstance(node, gast.Lambda) else ctx.source.header(node)
    return replace(ctx.source.origin(node), text=text)


def _refuse_coroutines(source: Source) -> None:
    fn, node = source.fn, source.node
    kinds = {
        inspect.CO_COROUTINE: "async functions are not supported",
        inspect.CO_ASYNC_GENERATOR: "async functions are not supported",
    }
    for flag, why in kinds.items():
        if fn.__code__.co_flags & flag:
            remedy = "Differentiate a plain function that returns the values"
            message = f"cannot differentiate `{source.header(node)}`: {why}"
            raise UnsupportedConstruct(message, remedy, source.origin(node))


def _split_docstring(body: list[Any]) -> tuple[str | None, list[Any]]:
    match body:
        case [gast.Expr(value=gast.Constant(value=str(text))), *rest]:
            return inspect.cleandoc(text), rest
    return None, body


# ---------------------------------------------------------------------------------------------
# Parameters


def _params(ctx: Context) -> list[Param]:
    fn, found = ctx.source.fn, []
    annotations = _annotations(fn)
    for parameter in inspect.Signature.from_callable(fn, follow_wrapped=False).parameters.values():
        default = _default(ctx, parameter)
        annotation = annotations.get(parameter.name)
        found.append(Param(parameter.name, default, parameter.kind, annotation))
    return found


def _default(ctx: Context, parameter: inspect.Parameter) -> Expr | None:
    """A default as a literal, else as a captured value: it was evaluated with the `def`."""
    value = parameter.default
    if value is parameter.empty:
        return None
    literal = value is None or value is ... or type(value) in (bool, int, float, complex, str)
    if literal or is_library_callable(value):
        return Const(value)
    # calls name it too, beside the defaults of other functions
    name = ctx.names.fresh(f"{ctx.source.fn.__name__.strip('<>')}_{parameter.name}")
    ctx.names.captures[name] = value
    return Var(name)


def _annotations(fn: types.FunctionType) -> dict[str, Any]:
    """The parameters' annotations as objects, as far as they can be evaluated."""
    try:
        found = dict(inspect.get_annotations(fn))
    except Exception:  # evaluated late, on Python 3.14, they may raise anything
        return {}
    return {name: _evaluated(fn, value) for name, value in found.items()}


def _evaluated(fn: types.FunctionType, annotation: Any) -> Any:
    if not isinstance(annotation, str):
        return annotation
    cells = zip(fn.__code__.co_freevars, fn.__closure__ or (), strict=True)
    try:
        return eval(annotation, fn.__globals__, {k: c.cell_contents for k, c in cells})
    except Exception:  # a name that is imported for type checkers only, say
        return None
