"""Which names may hold the same list, dict or object, so that writing by one of them changes what
is known of the others.

Each place in the program that makes a container is one site. A name points to sites, a site
contains sites; what a name points to, and all that is in it, is what it reaches. The order of the
statements does not count, so what is known only ever grows (after L. O. Andersen, "Program
Analysis and Specialization for the C Programming Language", 1994).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from srcad.analysis.containers import holds_container
from srcad.core import (
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
    Tuple,
    Var,
    children,
)
from srcad.kinds import ListOf, is_unknown
from srcad.objects import is_users
from srcad.rules import rule_for
from srcad.rules.vocabulary import MAY_PASS_THROUGH

Site = Hashable
Sites = frozenset[Site]
NO_SITES: Sites = frozenset()
ANY = object()  # some item, it is not known under which key
DEEPEST = 4  # items of items of an argument that are told apart


@dataclass(frozen=True)
class Given:
    """What stands in an argument, or in an item of an item of it."""

    name: str
    path: tuple[Hashable, ...] = ()


class Holding:
    """What is known so far; `at` is the statement that sites belong to."""

    def __init__(self) -> None:
        self.points: dict[str, set[Site]] = defaultdict(set)
        self.contents: dict[Site, dict[Hashable, set[Site]]] = defaultdict(dict)
        self.at: int = 0
        self.known = 0  # how much is known: it only grows

    def __len__(self) -> int:
        return self.known

    # -- what statements do

    def enter(self, *names: str) -> None:
        """`names` stand for one container of the caller's, of any depth."""
        for name in names:
            self._point(name, (Given(names[0]),))

    def bind(self, name: str, value: Expr) -> None:
        """`name = value`."""
        self._point(name, self.sites(value))

    def bind_item(self, name: str, value: Expr) -> None:
        """`name` becomes one of the items of `value`, or of the items of these."""
        inside = self.inside(self.sites(value))
        self._point(name, inside | self.inside(inside))

    def put(self, place: Expr, values: Iterable[Expr]) -> None:
        """One of `values` is stored into `place`."""
        base, label = (place.base, label_of(place)) if isinstance(place, Item) else (place, ANY)
        for site in self.sites(base):
            self._add(site, label, self._union(values))

    def put_items(self, base: Expr, values: Iterable[Expr]) -> None:
        """What is in `values`, or they themselves, are put into the container `base`."""
        sites = self._union(values)
        for site in self.sites(base):
            self._add(site, ANY, sites | self.inside(sites))

    def mix(self, values: Iterable[Expr]) -> None:
        """Anything in one of `values` may be put into anything in another."""
        known = [self.reach(self.sites(value)) for value in values]
        for sites in known:
            others = frozenset().union(*(each for each in known if each is not sites))
            for site in sites:
                self._add(site, ANY, others)

    def _point(self, name: str, sites: Iterable[Site]) -> None:
        pointed = self.points[name]
        self.known -= len(pointed)
        pointed.update(sites)
        self.known += len(pointed)

    def _add(self, site: Site, label: Hashable, sites: Sites) -> None:
        held = self.contents[site].setdefault(label, set())
        self.known -= len(held)
        held |= sites
        self.known += len(held)

    # -- questions

    def sites(self, expr: Expr) -> Sites:
        """The containers that the value of `expr` may be."""
        if not (holds_container(expr.kind) or is_unknown(expr.kind)):
            return NO_SITES
        match expr:
            case Var(name=name):
                return frozenset(self.points[name])
            case Item(base=base, index=index):
                held = self.sites(base)
                inside = self.inside(held, label_of(expr))
                if isinstance(index, Slice) or isinstance(index.kind, ListOf):
                    return self._made(expr, inside) | (held if is_unknown(base.kind) else NO_SITES)
                return inside
            case Attr(base=base):
                return self.sites(base) | self.inside(self.sites(base))
            case Choice(then=then, orelse=orelse):
                return self.sites(then) | self.sites(orelse)
            case BoolOp(values=values):
                return self._union(values)
            case Dict(keys=keys, values=values):
                return self._displayed(expr, zip(keys, values, strict=True))
            case Tuple(items=items) | List(items=items):
                return self._displayed(expr, ((Const(i), e) for i, e in enumerate(items)))
            case Op():
                held = self.reach(self._union(children(expr)))
                made = self._made(expr, held)
                return made if _is_new(expr) else made | held
        return NO_SITES

    def inside(self, sites: Sites, label: Hashable = ANY) -> Sites:
        """What is directly in them, under the key `label` if that is known."""
        found: set[Site] = set()
        for site in sites:
            if isinstance(site, Given):
                found.add(_deeper(site, label))
            held = self.contents.get(site, {})
            for key, inner in held.items():
                if label is ANY or key is ANY or key == label:
                    found |= inner
        return frozenset(found)

    def reach(self, sites: Iterable[Site]) -> Sites:
        """They and all that is in them, as far as it has been met."""
        found: set[Site] = set()
        todo = list(sites)
        while todo:
            site = todo.pop()
            if site not in found:
                found.add(site)
                todo += self.inside(frozenset((site,)))
        return frozenset(found)

    def holders(self, sites: Sites, wide: bool = False) -> dict[str, bool]:
        """The names that reach one of `sites`, and whether they do so only by pointing to it.

        What an argument holds in several places may be one object: with `wide` the places are
        not told apart.
        """
        arguments = _arguments(sites)
        found: dict[str, bool] = {}
        for name, pointed in list(self.points.items()):
            if any(_meet(s, sites) for s in self.reach(self.inside(frozenset(pointed)))):
                found[name] = False
            elif pointed & sites:
                found[name] = True
            elif wide and arguments & _arguments(self.reach(pointed)):
                found[name] = False
        return found

    def _union(self, exprs: Iterable[Expr]) -> Sites:
        return frozenset().union(*map(self.sites, exprs))

    def _made(self, expr: Expr, contents: Sites) -> Sites:
        site = (self.at, expr)
        self._add(site, ANY, contents)
        return frozenset((site,))

    def _displayed(self, expr: Expr, parts: Iterable[tuple[Expr, Expr]]) -> Sites:
        site = (self.at, expr)
        for key, value in parts:
            label = key.value if isinstance(key, Const) else ANY
            self._add(site, label, self.sites(value))
        return frozenset((site,))


def _arguments(sites: Sites) -> set[str]:
    return {site.name for site in sites if isinstance(site, Given)}


def label_of(place: Item) -> Hashable:
    """The key of an item where it is known."""
    return place.index.value if isinstance(place.index, Const) else ANY


def _deeper(site: Given, label: Hashable) -> Given:
    if len(site.path) >= DEEPEST:
        return site
    return Given(site.name, (*site.path, label))


def _meet(site: Site, others: Sites) -> bool:
    """Whether `site` may be one of `others`: the keys of an argument's items may not be known."""
    if site in others:
        return True
    if not isinstance(site, Given):
        return False
    return any(
        isinstance(other, Given)
        and other.name == site.name
        and len(other.path) == len(site.path)
        and all(a == b or a is ANY or b is ANY for a, b in zip(site.path, other.path, strict=True))
        for other in others
    )


def _is_new(expr: Op) -> bool:
    """Whether an operation certainly gives a value that it has made."""
    if isinstance(expr.fn, type) and is_users(expr.fn):
        return True
    rule = rule_for(expr)
    return rule is not None and not rule.view and expr.fn not in MAY_PASS_THROUGH
