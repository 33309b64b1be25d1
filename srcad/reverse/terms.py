"""From an expression and the cotangent of its value to a term for each variable in it.

The walk goes from the result down to the variables. At each operation the rule gives the local
partial; what it reads of the forward values is named in the forward sweep if it costs more than
arithmetic, else written out again.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from srcad.analysis.describe import describe, spelled, why_unknown
from srcad.analysis.passing import passing
from srcad.core import (
    Assign,
    Attr,
    BoolOp,
    Choice,
    Const,
    Dict,
    Expr,
    Item,
    List,
    Op,
    Slice,
    Stmt,
    Tuple,
    Var,
    children,
    rewrite,
    walk,
    with_children,
)
from srcad.errors import NoDerivative, UnsupportedConstruct
from srcad.kinds import Array, Scalar, carries, dims_of
from srcad.reverse.context import Context
from srcad.reverse.fit import fit, real, same_shape
from srcad.reverse.places import add_into
from srcad.reverse.typing import typed
from srcad.rules import rule_for
from srcad.rules import vocabulary as words
from srcad.rules.rule import Partial, Rule
from srcad.simplify import simplify_expr
from srcad.simplify.patterns import sigmoid_of


@dataclass(frozen=True)
class Cotangent:
    """The cotangent of an expression's value.

    `full` says that it has the value's shape; otherwise it merely broadcasts to it.
    """

    expr: Expr
    full: bool = True


@dataclass(frozen=True)
class Term:
    """A contribution to the adjoint of `place`, a variable or a chain of items of one."""

    place: Expr
    value: Expr
    full: bool


@dataclass
class Walk:
    """The walk down the expressions of one statement.

    `forward` collects what the forward sweep names before the statement, `reverse` what the
    reverse sweep names before the terms are used; `replaced` maps named subexpressions to their
    names, `target` is the variable that will hold the whole value, if any.
    """

    context: Context
    varied: frozenset[str]
    stmt: Stmt
    cheap_in_reverse: bool = False
    root: Expr | None = None
    target: Var | None = None
    forward: list[Stmt] = field(default_factory=list)
    reverse: list[Stmt] = field(default_factory=list)
    replaced: dict[Expr, Var] = field(default_factory=dict)
    terms: list[Term] = field(default_factory=list)
    lazy_depth: int = 0

    # -- activity

    def active(self, expr: Expr) -> bool:
        """Whether the value of `expr` depends on the arguments through derivatives."""
        if not carries(expr.kind):
            return False
        if isinstance(expr, Var):
            return expr.name in self.varied
        if expr in self.context.shifts.get(id(self.stmt), ()):
            return False
        return any(self.active(operand) for operand in passing(expr))

    # -- the walk

    def descend(self, expr: Expr, g: Cotangent) -> None:
        """Add the terms of `expr`, whose value has the cotangent `g`."""
        if not self.active(expr) or g.expr == words.ZERO:
            return
        if isinstance(g.expr, Tuple) and not isinstance(expr, Tuple | List | Choice):
            self._unpacked(expr, g.expr.items)
            return
        match expr:
            case Var():
                self.terms.append(Term(expr, g.expr, g.full))
            case Item():
                self._item(expr, g)
            case Choice():
                self._choice(expr, g)
            case Tuple(items=items) | List(items=items):
                self._display(items, g)
            case Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    self.descend(value, Cotangent(Item(g.expr, key, kind=value.kind)))
            case Op() | Attr():
                self._operation(expr, g)
            case _:
                raise UnsupportedConstruct(
                    f"cannot differentiate `{self.stmt.origin.text}`: a derivative would have to "
                    f"pass through {spelled(expr)}",
                    "Compute the active value in a statement of its own",
                    self.stmt.origin,
                )

    def _unpacked(self, expr: Expr, parts: tuple[Expr, ...]) -> None:
        """Hand on the cotangents of the items of a sequence."""
        if not isinstance(expr, Var | Item):
            held = self.name_cotangent("d", words.sequence(parts, expr.kind))
            self.descend(expr, Cotangent(held))
            return
        for position, part in enumerate(parts):
            if part != words.ZERO:
                item = typed(Item(expr, words.number(position)))
                self.descend(item, Cotangent(part))

    def _item(self, expr: Item, g: Cotangent) -> None:
        if isinstance(expr.base, Tuple | List) and isinstance(expr.index, Const):
            items = expr.base.items
            if isinstance(expr.index.value, int) and -len(items) <= expr.index.value < len(items):
                self.descend(items[expr.index.value], g)
            return  # else it raises
        place: Expr = expr
        while isinstance(place, Item):
            if place is not expr and not is_view_item(place):
                break
            place = place.base
        if isinstance(place, Var):
            self.terms.append(Term(self._settled_place(expr), g.expr, g.full))
            return
        base = self.value_of(expr.base)
        shadow = self.name_cotangent("d", words.zero_like(base, expr.base.kind))
        self.reverse.append(add_into(Item(shadow, expr.index, kind=expr.kind), g.expr))
        self.descend(expr.base, Cotangent(shadow))

    def _settled_place(self, expr: Expr) -> Expr:
        """`expr` with its indices in terms of values that are known in the reverse sweep."""
        if not isinstance(expr, Item):
            return expr
        base = self._settled_place(expr.base)
        return replace(expr, base=base, index=self._settled_index(expr.index))

    def _settled_index(self, index: Expr) -> Expr:
        if isinstance(index, Slice | Tuple):
            return with_children(index, tuple(self._settled_index(i) for i in children(index)))
        return self.value_of(index)

    def _choice(self, expr: Choice, g: Cotangent) -> None:
        test = self.value_of(expr.test)
        g = self._shared(expr, g, 2)
        for arm, first in ((expr.then, True), (expr.orelse, False)):
            if not self.active(arm):
                continue
            inner = Walk(
                self.context,
                self.varied,
                self.stmt,
                self.cheap_in_reverse,
                replaced=self.replaced,
                lazy_depth=self.lazy_depth + 1,
            )
            inner.descend(arm, g)
            if inner.reverse:
                raise UnsupportedConstruct(
                    f"cannot differentiate `{self.stmt.origin.text}`: an arm of the conditional "
                    "expression needs statements of its own",
                    "Write it as an if statement",
                    self.stmt.origin,
                )
            for term in inner.terms:
                arms = (term.value, words.ZERO) if first else (words.ZERO, term.value)
                value = typed(Choice(test, *arms))
                self.terms.append(Term(term.place, value, term.full and plain(term.value)))

    def _display(self, items: tuple[Expr, ...], g: Cotangent) -> None:
        if isinstance(g.expr, Tuple | List) and len(g.expr.items) == len(items):
            for item, part in zip(items, g.expr.items, strict=True):
                self.descend(item, Cotangent(part))
            return
        if sum(map(self.active, items)) > 1:
            g = self._shared(List(items), g, 2)
        for position, item in enumerate(items):
            part = Item(g.expr, words.number(position), kind=item.kind)
            self.descend(item, Cotangent(part))

    def _operation(self, expr: Op | Attr, g: Cotangent) -> None:
        rule = rule_for(expr, self.context.ties)
        if rule is None:
            why, remedy = why_unknown(expr)
            what = f"cannot differentiate `{self.stmt.origin.text}`: {why}"
            raise NoDerivative(what, remedy, self.stmt.origin)
        sigmoid = sigmoid_of(expr)
        if sigmoid is not None and self.active(sigmoid):
            out = self.value_of(expr, as_result=True)
            factor = words.multiply(Op(operator.sub, (words.number(1), out)), out)
            self._pass_on(expr, sigmoid, g, Partial(factor, factor=True))
            return
        if not expr.origin.line:  # so that what a rule refuses says where
            expr = replace(expr, origin=self.stmt.origin)
        partials = rule.pullbacks(expr)
        live = [key for key in partials if self.active(operand(expr, key))]
        if not live:
            raise NoDerivative(
                f"cannot differentiate `{self.stmt.origin.text}`: no derivative is known for "
                f"{spelled(expr)} in this operand",
                "Add a rule for it, or write it in Python",
                self.stmt.origin,
            )
        g = self._shared(expr, g, len(live))
        for key in live:
            self._pass_on(expr, operand(expr, key), g, partials[key])

    def _pass_on(self, expr: Expr, arg: Expr, g: Cotangent, partial: Partial) -> None:
        """Hand the cotangent `g` of `expr` on to its operand `arg`."""
        rule = rule_for(expr, self.context.ties) if isinstance(expr, Op | Attr) else None
        elementwise = partial.factor or (rule is not None and rule.elementwise)
        if not g.full and not elementwise:
            g = self._spread(expr, g)
        value = self._value(expr, partial, g)
        if not g.full and not may_stay_lazy(value, expr, arg):
            g = self._spread(expr, g)
            value = self._value(expr, partial, g)
        fitted = fit(value, arg, self.value_of) if elementwise else real(value, arg)
        full = isinstance(arg.kind, Scalar) or same_shape(fitted, arg)
        if g.full:
            full = full or elementwise or not (partial.lazy or isinstance(value, Const))
        self.descend(arg, Cotangent(fitted, full))

    def _value(self, expr: Expr, partial: Partial, g: Cotangent) -> Expr:
        """What the rule gives for the operand, before it is summed back to the operand's shape."""
        local = self._filled(expr, partial.template, g)
        return simplify_expr(typed(words.multiply(local, g.expr) if partial.factor else local))

    def _filled(self, expr: Expr, template: Expr, g: Cotangent) -> Expr:
        """The template with its slots filled."""

        def change(node: Expr) -> Expr | None:
            if not isinstance(node, Var) or not node.name.startswith("%") or node == self.target:
                return None
            if node.name == "%g":
                return g.expr
            if node.name == "%out":
                return self.value_of(expr, as_result=True)
            return self.value_of(slot_operand(expr, node.name))

        return typed(rewrite(_with_lent_lengths(template, expr), change))

    def _spread(self, expr: Expr, g: Cotangent) -> Cotangent:
        like = self.value_of(expr, as_result=True)
        maker = words.spread if isinstance(g.expr.kind, Scalar) else words.spread_like
        return Cotangent(maker(g.expr, like))

    # -- names

    def _shared(self, expr: Expr, g: Cotangent, uses: int) -> Cotangent:
        """`g` under a name if it is work and is used more than once."""
        work = operations(g.expr)
        if uses < 2 or work == 0 or (work == 1 and isinstance(g.expr.kind, Scalar)):
            return g
        if self.lazy_depth:
            return g
        named = self.replaced.get(expr)
        base = f"d{named.name}" if named is not None else "d"
        return replace(g, expr=self.name_cotangent(base, g.expr))

    def name_cotangent(self, base: str, value: Expr) -> Var:
        """A name of the reverse sweep for `value`."""
        name = self.context.temporary(base, value.kind)
        self.reverse.append(Assign(name, value))
        return name

    def value_of(self, expr: Expr, as_result: bool = False) -> Expr:
        """What stands for the forward value of `expr` in the reverse sweep."""
        if isinstance(expr, Var | Const):
            return expr
        if expr in self.replaced:
            return self.replaced[expr]
        if self.root is not None and expr is self.root and self.target is not None:
            return self.target
        if not as_result and (self.lazy_depth or affordable(expr)):
            return with_children(expr, tuple(self._values_in(expr)))
        if self.lazy_depth:
            return expr
        return self._hoist(expr)

    def _values_in(self, expr: Expr) -> Iterator[Expr]:
        """What stands for the parts of `expr`; no part that may be left out gets a name."""
        for position, child in enumerate(children(expr)):
            lazy = isinstance(expr, Choice | BoolOp) and position > 0
            self.lazy_depth += lazy
            yield self.value_of(child)
            self.lazy_depth -= lazy

    def _hoist(self, expr: Expr) -> Var:
        """Name the value of `expr`, in the reverse sweep if that is cheap there."""
        if self.cheap_in_reverse and in_reverse(expr):
            value = with_children(expr, tuple(self._values_in(expr)))
            name = self.context.temporary(describe(expr), expr.kind)
            self.reverse.append(Assign(name, value))
        else:
            inner = with_children(expr, tuple(self._forward_form(c) for c in children(expr)))
            name = self.context.temporary(describe(expr), expr.kind)
            self.context.hoisted[name.name] = expr.kind
            self.forward.append(Assign(name, inner))
        self.replaced[expr] = name
        return name

    def _forward_form(self, expr: Expr) -> Expr:
        known = {k: v for k, v in self.replaced.items() if v.name in self.context.hoisted}
        return rewritten(expr, known)

    def rewritten(self, expr: Expr) -> Expr:
        """`expr` as the forward sweep computes it, using the names made for its parts."""
        return self._forward_form(expr)


def rewritten(expr: Expr, known: dict[Expr, Var]) -> Expr:
    """`expr` with the subexpressions in `known` replaced by their names."""
    if not known:
        return expr
    if expr in known:
        return known[expr]
    return with_children(expr, tuple(rewritten(child, known) for child in children(expr)))


def may_stay_lazy(value: Expr, expr: Expr, arg: Expr) -> bool:
    """Whether a cotangent that merely broadcasts to the shape of `expr` may pass on to `arg`.

    It may where `arg` has that shape itself, or where the value has come to have it; else the
    elements to which `arg` was broadcast could not be counted.
    """
    if same_shape(value, expr) or same_shape(expr, arg):
        return True
    if isinstance(arg.kind, Scalar) or not isinstance(expr, Op):
        return isinstance(expr.kind, Scalar)
    others = [other for other in expr.args if other != arg]
    return all(isinstance(other.kind, Scalar) for other in others)


def operand(expr: Op | Attr, key: int | str) -> Expr:
    """The operand of `expr` that a rule calls `key`."""
    if isinstance(expr, Attr):
        return expr.base
    return expr.args[key] if isinstance(key, int) else dict(expr.kwargs)[key]


def slot_operand(expr: Expr, slot: str) -> Expr:
    """The operand that a template's slot such as `%0` or `%axis` stands for."""
    key = slot[1:]
    assert isinstance(expr, Op | Attr)
    return operand(expr, int(key) if key.isdigit() else key)


def _with_lent_lengths(template: Expr, expr: Expr) -> Expr:
    """`template` with lengths of operands of `expr` read off names that are as long."""

    def change(node: Expr) -> Expr | None:
        if not words.is_length(node) or not isinstance(slot := children(node)[0], Var):
            return None
        if not slot.name.startswith("%") or slot.name in ("%g", "%out", "%result"):
            return None
        lender = _as_long(slot_operand(expr, slot.name), first_only=isinstance(node, Op))
        return None if lender is None else with_children(node, (lender,))

    return rewrite(template, change)


def _as_long(whole: Expr, first_only: bool) -> Var | None:
    """A name in `whole` that has its lengths (or the first of them)."""
    dims = dims_of(whole.kind)
    if isinstance(whole, Var) or not dims or None in dims:
        return None
    for part in walk(whole):
        have = dims_of(part.kind) if isinstance(part, Var) else None
        if isinstance(part, Var) and have and (have == dims or (first_only and have[0] == dims[0])):
            return part
    return None


def plain(expr: Expr) -> bool:
    return isinstance(expr.kind, Scalar)


def operations(expr: Expr) -> int:
    """How many operations (not views or items) the evaluation of `expr` takes."""
    own = isinstance(expr, Op) and (rule_cost(expr) > 0)
    return int(own) + sum(operations(child) for child in children(expr))


def rule_cost(expr: Expr) -> int:
    rule: Rule | None = rule_for(expr) if isinstance(expr, Op | Attr) else None
    return 3 if rule is None else rule.cost


def affordable(expr: Expr) -> bool:
    """Whether to write `expr` out again in the reverse sweep rather than to name its value."""
    if isinstance(expr, Item | Slice | Tuple):
        return all(affordable(child) for child in children(expr))
    if isinstance(expr, Var | Const):
        return True
    if isinstance(expr, Attr):
        return rule_cost(expr) == 0 and affordable(expr.base)
    if not isinstance(expr, Op):
        return False
    cost = rule_cost(expr)
    if cost == 0 or expr.fn is words.ARANGE:
        return all(affordable(child) for child in children(expr))
    return (
        cost == 1
        and isinstance(expr.kind, Scalar)
        and operations(expr) <= 3
        and all(affordable(child) for child in children(expr))
    )


def in_reverse(expr: Expr) -> bool:
    """Whether `expr` is elementwise arithmetic, worth computing again instead of recording."""
    if isinstance(expr, Op):
        return rule_cost(expr) <= 1 and all(in_reverse(child) for child in children(expr))
    return all(in_reverse(child) for child in children(expr))


def is_view_item(expr: Item) -> bool:
    """Whether `base[index]` is a reference into the base and not a copy."""
    if not isinstance(expr.base.kind, Array):
        return not isinstance(expr.index, Slice)  # a slice of a list is a copy
    parts = expr.index.items if isinstance(expr.index, Tuple) else (expr.index,)
    return all(
        isinstance(p, Slice)
        or (isinstance(p, Const) and p.value in (None, Ellipsis))
        or isinstance(p.kind, Scalar)
        for p in parts
    )
