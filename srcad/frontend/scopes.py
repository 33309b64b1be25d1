"""What the names in nested functions belong to: the variables that a function shares with those
inside it, which of its functions are known by name, and which variables live in a cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import gast

FUNCTIONS = (gast.FunctionDef, gast.AsyncFunctionDef, gast.Lambda)
COMPREHENSIONS = (gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)
_BRANCHES = (gast.If, gast.IfExp, gast.Try, gast.BoolOp, gast.Match)
_LOOPS = (gast.For, gast.AsyncFor, gast.While)


def parameters(function: Any) -> list[str]:
    """The names of a function's parameters."""
    args = function.args
    every = [*args.posonlyargs, *args.args, args.vararg, *args.kwonlyargs, args.kwarg]
    return [arg.id for arg in every if arg is not None]


def body_of(function: Any) -> list[Any]:
    """The statements of a function, or the expression of a lambda."""
    return function.body if isinstance(function.body, list) else [function.body]


def outside_of(function: Any) -> list[Any]:
    """What the surroundings evaluate where the function is defined: decorators and defaults."""
    args = function.args
    defaults = [*args.defaults, *(default for default in args.kw_defaults if default is not None)]
    return [*getattr(function, "decorator_list", ()), *defaults]


@dataclass
class Use:
    """A mention of a name in a function: where in the order of its text, inside which loops."""

    name: str
    node: Any
    place: int
    loops: tuple[int, ...]
    parent: Any = None
    inner: bool = False  # in a function inside the function
    stmt: Any = None
    around: Any = None  # the parent of the parent
    certain: bool = True  # not in a branch

    def may_follow(self, other: Use) -> bool:
        """Whether this may happen after `other` has."""
        return self.place > other.place or bool(set(self.loops) & set(other.loops))


@dataclass
class Mentions:
    """The names in the body of one function.

    `bound` are its own assignments, `read` what it or the functions inside it read from it or
    from around it, `made` the functions that it defines; `rebound` are the names that functions
    inside it declare `nonlocal`, `declared` those that it declares so itself, `of_module` those
    that it declares `global`.
    """

    function: Any
    bound: list[Use] = field(default_factory=list)
    read: list[Use] = field(default_factory=list)
    made: list[Use] = field(default_factory=list)
    rebound: set[str] = field(default_factory=set)
    declared: set[str] = field(default_factory=set)
    of_module: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._place = 0
        self._stmt: Any = None
        self._around: dict[int, Any] = {}  # the parents of what is visited
        self._branches = 0  # around
        self._loops: tuple[int, ...] = ()
        self._hidden: frozenset[str] = frozenset()  # the variables of comprehensions around
        for name in parameters(self.function):
            self._bind(name, self.function)
        for node in body_of(self.function):
            self._visit(node, self.function)
        self.locals = frozenset(use.name for use in self.bound) - self.declared - self.of_module
        beyond = self.locals | self.of_module
        self.free = {use.name: None for use in self.read if use.name not in beyond}
        self.free.update(dict.fromkeys(sorted(self.declared | (self.rebound - self.locals))))

    # -- noting

    def _use(self, name: str, node: Any, parent: Any = None, inner: bool = False) -> Use:
        self._place += 1
        around = self._around.get(id(parent))
        certain = not self._branches
        return Use(name, node, self._place, self._loops, parent, inner, self._stmt, around, certain)

    def _bind(self, name: str, node: Any) -> None:
        self.bound.append(self._use(name, node))

    def _visit(self, node: Any, parent: Any) -> None:
        """Note what `node` mentions."""
        self._stmt = node if isinstance(node, gast.stmt) else self._stmt
        self._around[id(node)] = parent
        special = _SPECIAL.get(type(node))
        if special is not None:
            special(self, node, parent)
            return
        outer = self._loops
        if isinstance(node, _LOOPS):
            self._loops = (*outer, id(node))
        branches = isinstance(node, _BRANCHES)
        self._branches += branches
        for child in _in_order(node):
            self._visit(child, node)
        for name in _bound_as_text(node):
            self._bind(name, node)
        self._loops = outer
        self._branches -= branches

    # -- what needs more than a look at the children

    def _name(self, node: Any, parent: Any) -> None:
        if node.id in self._hidden:
            return
        stored = not isinstance(node.ctx, gast.Load)
        if not stored or isinstance(parent, gast.AugAssign):
            self.read.append(self._use(node.id, node, parent))
        if stored:
            self._bind(node.id, parent)

    def _nonlocal(self, node: Any, parent: Any) -> None:
        self.declared.update(node.names)

    def _global(self, node: Any, parent: Any) -> None:
        self.of_module.update(node.names)

    def _function(self, node: Any, parent: Any) -> None:
        for part in outside_of(node):
            self._visit(part, node)
        self.made.append(self._use(getattr(node, "name", ""), node, parent))
        self._inside(Mentions(node))
        if not isinstance(node, gast.Lambda):
            self._bind(node.name, node)

    def _class(self, node: Any, parent: Any) -> None:
        for part in (*node.decorator_list, *node.bases, *node.keywords):
            self._visit(part, node)
        body = gast.FunctionDef(node.name, _NO_ARGUMENTS, node.body, [], None, None, [])
        self._inside(Mentions(body))
        self._bind(node.name, node)

    def _inside(self, inner: Mentions) -> None:
        """What a function inside this one needs from here or from around it."""
        self.rebound |= (inner.declared | inner.rebound) & set(inner.free)
        free = set(inner.free) - self._hidden
        uses = [use for use in inner.read if use.name in free]
        self.read += [self._use(use.name, use.node, use.parent, True) for use in uses]
        for name in sorted(free - {use.name for use in uses}):
            self.read.append(self._use(name, inner.function, None, True))

    def _comprehension(self, node: Any, parent: Any) -> None:
        first, *others = node.generators
        self._visit(first.iter, node)
        outer = self._loops, self._hidden
        targets = [n for g in node.generators for n in gast.walk(g.target)]
        own = {n.id for n in targets if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Store)}
        self._loops, self._hidden = (*self._loops, id(node)), self._hidden | own
        parts = [*node.generators[0].ifs]
        for generator in others:
            parts += [generator.iter, *generator.ifs]
        parts += [node.key, node.value] if isinstance(node, gast.DictComp) else [node.elt]
        for part in (*targets, *parts):
            self._visit(part, node)
        self._loops, self._hidden = outer


_NO_ARGUMENTS = gast.arguments([], [], None, [], [], None, [])
_SPECIAL: dict[type, Callable[[Mentions, Any, Any], None]] = {
    gast.Name: Mentions._name,
    gast.Nonlocal: Mentions._nonlocal,
    gast.Global: Mentions._global,
    gast.ClassDef: Mentions._class,
    **dict.fromkeys(FUNCTIONS, Mentions._function),
    **dict.fromkeys(COMPREHENSIONS, Mentions._comprehension),
}


def _in_order(node: Any) -> Iterator[Any]:
    """The children of a node, the value of an assignment before its targets."""
    if isinstance(node, gast.Assign | gast.AugAssign | gast.AnnAssign | gast.NamedExpr):
        targets = node.targets if isinstance(node, gast.Assign) else [node.target]
        return iter([*([] if node.value is None else [node.value]), *targets])
    return iter(gast.iter_child_nodes(node))


def _bound_as_text(node: Any) -> list[str]:
    """The names that a node binds and holds as plain text: of imports, patterns, handlers."""
    if isinstance(node, gast.Import | gast.ImportFrom):
        return [(alias.asname or alias.name).partition(".")[0] for alias in node.names]
    name = getattr(node, "name", None) or getattr(node, "rest", None)
    return [name] if isinstance(name, str) and not isinstance(node, gast.alias) else []


def known_functions(mentions: Mentions, plain: Callable[[Any], bool]) -> dict[str, Any]:
    """The functions that a name certainly means: bound once, by a `def` or to a lambda.

    `plain` says whether the decorators of a `def` leave the function what it is.
    """
    times: dict[str, list[Any]] = {}
    for use in mentions.bound:
        times.setdefault(use.name, []).append(use.node)
    found = {}
    for name, nodes in times.items():
        if len(nodes) > 1 or name in mentions.rebound | mentions.declared:
            continue
        match nodes[0]:
            case gast.FunctionDef(name=defined) as node if defined == name and plain(node):
                found[name] = node
            case gast.Assign(targets=[gast.Name()], value=gast.Lambda() as node):
                found[name] = node
            case gast.AnnAssign(value=gast.Lambda() as node):
                found[name] = node
    return {n: node for n, node in found.items() if node is not mentions.function}
