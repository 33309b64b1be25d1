"""Functions inside functions: each becomes a function of its own, whose first parameters are the
variables of its surroundings that it reads.

A call by name gives it those variables as they are at that moment, which is what Python's
closures read. A variable that is rebound while a function which reads it may still be called,
or that a function inside rebinds, lives in a *cell*: a list of one item, shared by all.
"""

from __future__ import annotations

import copy
import functools
import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import gast

from srcad.core import Assign, Const, Expr, List, Op, Star, Unset, Var
from srcad.frontend.keeping import calls_of_item, is_called, keeps, may_be_called_after
from srcad.frontend.lifting import lifted
from srcad.frontend.local_classes import defined_classes, readers
from srcad.frontend.scopes import Mentions, Use, body_of, known_functions, parameters
from srcad.frontend.source import INSIDE, Source

if TYPE_CHECKING:
    from srcad.frontend.context import Context
    from srcad.frontend.names import Scope

NESTED = "__srcad_nested__"  # the attribute of a lifted function that holds its `Nested`


@dataclass(frozen=True)
class Variable:
    """A variable of the function lowered in `frame`, under its name in the core language."""

    frame: Frame
    name: str
    cell: bool = False


@dataclass(eq=False)
class Nested:
    """A function that is defined in another one.

    `around` is what the names around it mean; `defaults` are, by parameter, the variables that
    hold the defaults which are no literals.
    """

    frame: Frame
    name: str
    node: Any
    around: dict[str, Variable | Nested]
    defaults: dict[str, Variable] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.mentions = Mentions(self.node)

    @functools.cached_property
    def captured(self) -> tuple[Variable, ...]:
        """The variables of its surroundings that it needs, also for the functions it calls."""
        return tuple(self._needed([]))

    def _needed(self, seen: list[Nested]) -> dict[Variable, None]:
        seen.append(self)
        found: dict[Variable, None] = {}
        for name in self.mentions.free:
            meaning = self.around.get(name)
            if isinstance(meaning, Variable):
                found[meaning] = None
            elif meaning is not None:
                found.update(dict.fromkeys(meaning.defaults.values()))
                if meaning not in seen:
                    found.update(meaning._needed(seen))
        return found

    @functools.cached_property
    def parameters(self) -> dict[Variable, str]:
        """The names of the first parameters, which take what is captured."""
        taken = set(self.mentions.locals) | set(self.mentions.free)
        given: dict[Variable, str] = {}
        for variable in self.captured:
            name = variable.name
            meant = self.around.get(name) == variable and name not in self.mentions.locals
            while name in given.values() or (name in taken and not meant):
                name, meant = f"outer_{name}", False
            given[variable] = name
        return given

    @functools.cached_property
    def fn(self) -> types.FunctionType:
        """The function object: it is named and called by emitted text, and never run itself."""
        source = self.frame.source
        node = copy.copy(self.node)
        node.args = _with_first(node.args, list(self.parameters.values()))
        fn: types.FunctionType = lifted(node, self.name, source.fn, set(self.defaults))
        vars(fn)[NESTED] = self
        vars(fn)[INSIDE] = Source(fn, node, source.lines)
        return fn

    def call(self, ctx: Context, op: Op) -> Op:
        """The call with the arguments of `op`, in the function that `ctx` lowers."""
        if self.defaults and any(isinstance(arg, Star) for arg in op.args):
            return Op(self.value(ctx), op.args, op.kwargs)
        names = parameters(self.node)[: len(op.args)]
        given = {*names, *(key for key, _ in op.kwargs)}
        left = [(n, ctx.frame.read(v)) for n, v in self.defaults.items() if n not in given]
        return Op(self.fn, (*self._first(ctx), *op.args), (*op.kwargs, *left))

    def value(self, ctx: Context) -> Expr:
        """The function as a value."""
        first = self._first(ctx)
        named = [(name, ctx.frame.read(v)) for name, v in self.defaults.items()]
        if not first and not named:
            return Const(self.fn)
        return Op(functools.partial, (Const(self.fn), *first), tuple(named))

    def _first(self, ctx: Context) -> tuple[Expr, ...]:
        return tuple(ctx.frame.read(variable) for variable in self.captured)


def nested_of(fn: Any) -> Nested | None:
    """What is known of a lifted function; None for any other."""
    found = vars(fn).get(NESTED) if isinstance(fn, types.FunctionType) else None
    return found if isinstance(found, Nested) else None


def _with_first(args: Any, names: list[str]) -> Any:
    """Parameters with others in front of them."""
    args = copy.copy(args)
    first = [gast.Name(name, gast.Param(), None, None) for name in names]
    if args.posonlyargs:
        args.posonlyargs = [*first, *args.posonlyargs]
    else:
        args.args = [*first, *args.args]
    return args


class Frame:
    """The variables and functions that one function has, and those it has from around it."""

    def __init__(self, source: Source) -> None:
        nested = nested_of(source.fn)
        self.source = source
        self.node = nested.node if nested else source.node  # without what is given
        self.mentions = nested.mentions if nested else Mentions(source.node)
        self.given = nested.parameters if nested else {}
        self.outer = nested.around if nested else {}
        self.imports: dict[str, Any] = dict(nested.frame.imports) if nested else {}
        self.cells: dict[str, str] = {}  # variables that live in cells, and the names of these
        self.beginning: set[str] = set()  # those of them that an assignment to come makes
        self.known: dict[str, Nested] = {}
        self.made: dict[int, Nested] = {}

    def prepare(self, ctx: Context) -> None:
        """Find the functions that names certainly mean, and the variables that need cells."""
        for name, node in known_functions(self.mentions, lambda n: plain(ctx, n)).items():
            self.known[name] = self.made[id(node)] = Nested(self, name, node, {})
        for nested in self.known.values():
            nested.defaults = self._defaults(ctx, nested.node)
        for name in sorted(self._in_cells(ctx)):
            argument = name in parameters(self.node)
            self.cells[name] = ctx.names.fresh(f"{name}_cell") if argument else name
        for nested in self.known.values():
            nested.around.update(self.around({}))
        self._first = frozenset(filter(self._is_set_first, self.cells))
        self.beginning = set(self._first)

    def _is_set_first(self, name: str) -> bool:
        """Whether an assignment stands before all else that is done with the variable."""
        first = min((u for u in self.mentions.bound if u.name == name), key=lambda u: u.place)
        read = [use.place for use in self.mentions.read if use.name == name]
        plain = isinstance(first.stmt, gast.Assign | gast.AnnAssign) and not first.loops
        top = any(first.stmt is stmt for stmt in body_of(self.node))
        return plain and top and first.place < min(read, default=first.place + 1)

    def imported(self, names: Scope) -> dict[str, Any]:
        """The modules that the functions around it have imported, as far as they are seen here."""
        own = names.locals | names.imports.keys()
        found = {name: read for name, read in self.imports.items() if name not in own}
        self.imports = {**found, **names.imports}
        return found

    def classes(self) -> dict[str, Any]:
        """How to get the classes that are defined here."""
        nodes = defined_classes(self.mentions, frozenset(self.outer))
        return readers(self.source.fn, nodes)

    def of_closure(self) -> frozenset[str]:
        """The names of the closure of the differentiated function that are bound anew in here."""
        names = (self.mentions.declared | self.mentions.rebound) - self.mentions.locals
        free = frozenset(self.source.fn.__code__.co_freevars)
        return free & names - self.outer.keys()

    def around(self, inner: dict[str, str]) -> dict[str, Variable | Nested]:
        """What names mean to a function that is defined here, inside of comprehensions."""
        found: dict[str, Variable | Nested] = dict(self.outer)
        own = self.mentions.locals - self.imports.keys()
        found.update((name, self.variable(name)) for name in own)
        found.update(self.known)
        found.update((name, Variable(self, core)) for name, core in inner.items())
        return found

    def variable(self, name: str) -> Variable:
        """A variable of this function."""
        return Variable(self, self.cells.get(name, name), name in self.cells)

    def read(self, variable: Variable) -> Var:
        """A variable of this function or of one around it, as it is called here."""
        return Var(variable.name if variable.frame is self else self.given[variable])

    def cell(self, name: str) -> Var | None:
        """The cell that a variable of the user's lives in, if it does."""
        if name in self.cells:
            return Var(self.cells[name])
        around = None if name in self.mentions.locals else self.outer.get(name)
        if isinstance(around, Variable) and around.cell:
            return self.read(around)
        return None

    def begins(self, name: str) -> bool:
        """Whether the assignment of a variable that is lowered now makes its cell."""
        if name not in self.beginning:
            return False
        self.beginning.remove(name)
        return True

    def first_cells(self) -> list[Assign]:
        """The cells that are made on entry: of parameters, and where no assignment comes first."""
        made = []
        for name, cell in self.cells.items():
            if name in parameters(self.node):
                made.append(Assign(Var(cell), List((Var(name),))))
            elif name not in self._first:
                made.append(Assign(Var(cell), List((Unset(None),))))
        return made

    def function(self, ctx: Context, node: Any) -> Nested | None:
        """The function of this function's own that `node` certainly means."""
        if isinstance(node, gast.Lambda):
            return self.lift(ctx, node, "function")
        if not isinstance(node, gast.Name) or node.id in ctx.names.inner:
            return None
        if node.id in self.known:
            return self.known[node.id]
        around = None if node.id in self.mentions.locals else self.outer.get(node.id)
        return around if isinstance(around, Nested) else None

    def lift(self, ctx: Context, node: Any, name: str) -> Nested:
        """The function that a lambda or a `def` defines here."""
        if id(node) not in self.made:
            around = self.around(ctx.names.inner)
            self.made[id(node)] = Nested(self, name, node, around, self._defaults(ctx, node))
        return self.made[id(node)]

    def bound_late(self, ctx: Context, nested: Nested) -> str | None:
        """The variable of a comprehension that a function kept for later reads, if it does."""
        use = next((use for use in self.mentions.made if use.node is nested.node), None)
        if use is None or not _outlives(ctx, use):
            return None
        names = {variable.name for variable in nested.captured if variable.frame is self}
        return next((n for n, core in ctx.names.inner.items() if core in names), None)

    def _defaults(self, ctx: Context, node: Any) -> dict[str, Variable]:
        """The variables that hold a function's defaults which are no literals."""
        return {
            name: Variable(self, ctx.names.fresh(f"{name}_default"))
            for name, _ in computed_defaults(node)
        }

    # -- cells

    def _in_cells(self, ctx: Context) -> set[str]:
        """The variables that a function inside rebinds, or may read after they are rebound."""
        found = self.mentions.rebound & self.mentions.locals
        for nested, use in self._values(ctx):
            needed = {v.name for v in nested.captured if v.frame is self}
            later = calls_of_item(self.mentions, use)
            for bound in self.mentions.bound:
                if bound.name in needed and may_be_called_after(bound, use, later):
                    found = found | {bound.name}
        return found

    def _values(self, ctx: Context) -> Iterator[tuple[Nested, Use]]:
        """The functions made here that are used as values, which may outlive the statement."""
        around = self.around({})
        known = {id(nested.node): nested for nested in self.known.values()}
        for nested in self.known.values():
            nested.around.update(around)
        for use in self.mentions.read:
            if use.name in self.known and not is_called(use) and _outlives(ctx, use):
                yield self.known[use.name], use
        for use in self.mentions.made:
            if id(use.node) not in known and not is_called(use) and _outlives(ctx, use):
                yield Nested(self, use.name, use.node, around), use
        for nested in self.known.values():
            nested.around.clear()
            vars(nested).pop("captured", None)


def _outlives(ctx: Context, use: Use) -> bool:
    """Whether a function value may be called after the statement that makes it."""
    if isinstance(use.parent, gast.Return) or use.inner:
        return use.inner
    if not isinstance(use.parent, gast.Call):
        return True
    return keeps(ctx.static(use.parent.func), use.parent, use.node)


def computed_defaults(node: Any) -> list[tuple[str, Any]]:
    """The defaults of a function that are computed where it is defined, by parameter.

    With such a default all defaults before it count as computed: a parameter with a default
    cannot come before one without.
    """
    args = node.args
    plain = [arg.id for arg in (*args.posonlyargs, *args.args)]
    pairs = list(zip(plain[len(plain) - len(args.defaults) :], args.defaults, strict=True))
    last = max((i for i, (_, value) in enumerate(pairs) if not is_literal(value)), default=-1)
    named = zip(args.kwonlyargs, args.kw_defaults, strict=True)
    found = [(arg.id, value) for arg, value in named if value is not None]
    return [*pairs[: last + 1], *((name, value) for name, value in found if not is_literal(value))]


def is_literal(node: Any) -> bool:
    """Whether a default is a literal that cannot be changed."""
    if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub):
        node = node.operand
    return isinstance(node, gast.Constant)


_PLAIN = (functools.wraps, functools.lru_cache, functools.cache)


def plain(ctx: Context, node: Any) -> bool:
    """Whether the decorators of a `def` leave the function what it is."""
    return all(is_plain(ctx, decorator) for decorator in node.decorator_list)


def is_plain(ctx: Context, decorator: Any) -> bool:
    """Whether a decorator names, remembers or compiles a function, and changes no result."""
    node = decorator.func if isinstance(decorator, gast.Call) else decorator
    target = ctx.static(node)
    home = getattr(target, "__module__", None) or ""
    return any(target is each for each in _PLAIN) or home.partition(".")[0] == "numba"
