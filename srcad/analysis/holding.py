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
from typing import Any

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
from srcad.frontend.gathering import original
from srcad.kinds import ConstOf, DictOf, Kind, ListOf, ObjectOf, OneOf, TupleOf, is_unknown
from srcad.objects import is_users
from srcad.rules import rule_for
from srcad.rules.vocabulary import MAY_PASS_THROUGH

Sites = frozenset[int]
Path = tuple[Hashable, ...]  # of keys, to what stands inside
NO_SITES: Sites = frozenset()
ANY = object()  # some item, it is not known under which key
DEEPEST = 3  # items of items of an argument that are told apart
LONGEST = 4  # keys of a path that is followed
MOST_PATHS = 40


@dataclass(frozen=True)
class Given:
    """What stands in an argument, or in an item of an item of it."""

    name: str
    path: tuple[Hashable, ...] = ()


class Holding:
    """What is known so far; `at` is the statement that sites belong to."""

    def __init__(self) -> None:
        self.points: dict[str, set[int]] = defaultdict(set)
        self.contents: dict[int, dict[Hashable, set[int]]] = defaultdict(dict)
        self.numbers: dict[Hashable, int] = {}  # of the sites
        self.given: dict[int, Given] = {}
        self.forms: dict[int, Any] = {}  # the class of what is made at a site
        self.at: int = 0
        self.within: Path = ()  # where in a display: of `([], [])` the two are not one
        self.reached: dict[Sites, Sites] = {}  # answers of `reach`, good while `seen` is `known`
        self.insides: dict[tuple[int, Hashable], Sites] = {}  # likewise
        self.seen = 0
        self.known = 0  # how much is known: it only grows

    def __len__(self) -> int:
        return self.known

    # -- what statements do

    def enter(self, *names: str) -> None:
        """`names` stand for one container of the caller's, of any depth."""
        for name in names:
            self._point(name, (self._given(Given(names[0])),))

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

    def _point(self, name: str, sites: Iterable[int]) -> None:
        pointed = self.points[name]
        self.known -= len(pointed)
        pointed.update(sites)
        self.known += len(pointed)

    def _add(self, site: int, label: Hashable, sites: Sites) -> None:
        held = self.contents[site].setdefault(label, set())
        self.known -= len(held)
        held |= sites
        self.known += len(held)

    # -- questions

    def sites(self, expr: Expr) -> Sites:
        """The containers that the value of `expr` may be."""
        if not may_hold(expr.kind):
            return NO_SITES
        found = self._sites(expr)
        forms = _forms(expr.kind)
        if forms is None:
            return found
        return frozenset(s for s in found if self.forms.get(s) is None or self.forms[s] in forms)

    def _sites(self, expr: Expr) -> Sites:
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

    def inside(self, sites: Iterable[int], label: Hashable = ANY) -> Sites:
        """What is directly in them, under the key `label` if that is known."""
        self._forget()
        found: set[int] = set()
        for site in sites:
            if (site, label) not in self.insides:
                self.insides[site, label] = self._inside(site, label)
            found |= self.insides[site, label]
        return frozenset(found)

    def _inside(self, site: int, label: Hashable) -> Sites:
        found: set[int] = set()
        if site in self.given:
            found.add(self._given(_deeper(self.given[site], label)))
        for key, inner in self.contents.get(site, {}).items():
            if label is ANY or key is ANY or key == label:
                found |= inner
        return frozenset(found)

    def _forget(self) -> None:
        """Drop the answers that were given when less was known."""
        if self.seen != self.known:
            self.insides.clear()
            self.reached.clear()
            self.seen = self.known

    def reach(self, sites: Iterable[int]) -> Sites:
        """They and all that is in them, as far as it has been met."""
        self._forget()
        asked = frozenset(sites)
        if asked not in self.reached:
            found = set(asked)
            todo = list(asked)
            while todo:
                inner = self.inside((todo.pop(),)) - found
                found |= inner
                todo += inner
            self.reached[asked] = frozenset(found)
        return self.reached[asked]

    def holders(self, sites: Sites, wide: bool = False) -> dict[str, bool]:
        """The names that reach one of `sites`, and whether they do so only by pointing to it.

        What an argument holds in several places may be one object: with `wide` the places are
        not told apart.
        """
        arguments = self._arguments(sites)
        asked = self._with_same_place(sites)
        found: dict[str, bool] = {}
        for name, pointed in list(self.points.items()):
            held = self.reach(self.inside(pointed))
            if held & asked:
                found[name] = False
            elif pointed & asked:
                found[name] = True
            elif wide and arguments & self._arguments(held | pointed):
                found[name] = False
        return found

    def paths(
        self, start: Iterable[int], asked: Sites, through: bool = False
    ) -> list[tuple[Path, int]] | None:
        """The ways from one of the sites `start` to those `asked`, each to the first it meets, or
        `through` these to more.

        None where they cannot be told: there are too many, or one goes in a circle.
        """
        places = {self.given[site] for site in asked if site in self.given}
        if any(len(place.path) >= DEEPEST for place in places):
            return None  # it may be further inside
        asked = self._with_same_place(asked)
        reaching: dict[int, bool] = {}
        found: list[tuple[Path, int]] = []
        todo: list[tuple[Path, int]] = [((), site) for site in sorted(start)]
        while todo:
            path, site = todo.pop()
            if site in asked:
                found.append((path, site))
                if not through:
                    continue
            if site not in reaching:
                reaching[site] = bool(self.reach(self.inside((site,))) & asked)
            if not reaching[site]:
                continue
            todo += [((*path, label), inner) for label, inner in self._within(site, places)]
            if len(path) >= LONGEST or len(todo) + len(found) > MOST_PATHS:
                return None
        return found

    def _within(self, site: int, places: Iterable[Given]) -> list[tuple[Hashable, int]]:
        """What is directly in it, with the keys; of an argument's what leads to one of `places`."""
        held = [(key, s) for key, inner in self.contents.get(site, {}).items() for s in inner]
        own = self.given.get(site)
        for place in places:
            if own is not None and len(place.path) > len(own.path):
                depth = len(own.path)
                if _meet(own, Given(place.name, place.path[:depth])):
                    inner = Given(own.name, (*own.path, place.path[depth]))
                    held.append((place.path[depth], self._given(inner)))
        return list(dict.fromkeys(held))

    def _arguments(self, sites: Iterable[int]) -> set[str]:
        return {self.given[site].name for site in sites if site in self.given}

    def _with_same_place(self, sites: Sites) -> Sites:
        """`sites`, and those in arguments that may be the same for all that is known of keys."""
        asked = [self.given[site] for site in sites if site in self.given]
        same = (n for n, each in self.given.items() if any(_meet(each, other) for other in asked))
        return sites | frozenset(same)

    def _given(self, place: Given) -> int:
        site = self._number(place)
        self.given[site] = place
        return site

    def _number(self, what: Hashable) -> int:
        return self.numbers.setdefault(what, len(self.numbers))

    def _union(self, exprs: Iterable[Expr]) -> Sites:
        return frozenset().union(*map(self.sites, exprs))

    def _made(self, expr: Expr, contents: Sites) -> Sites:
        site = self._number((self.at, self.within, expr))
        self._form(site, expr)
        self._add(site, ANY, contents)
        return frozenset((site,))

    def _form(self, site: int, expr: Expr) -> None:
        forms = _forms(expr.kind)
        form = next(iter(forms)) if forms is not None and len(forms) == 1 else None
        if self.forms.setdefault(site, form) != form:
            self.forms[site] = None

    def _displayed(self, expr: Expr, parts: Iterable[tuple[Expr, Expr]]) -> Sites:
        site = self._number((self.at, self.within, expr))
        self._form(site, expr)
        outer = self.within
        for position, (key, value) in enumerate(parts):
            label = key.value if isinstance(key, Const) else ANY
            self.within = (*outer, position) if _is_display(value) else outer
            self._add(site, label, self.sites(value))
        self.within = outer
        return frozenset((site,))


def may_hold(kind: Kind) -> bool:
    """Whether a value of this kind may be, or have in it, something that is written into."""
    return holds_container(kind) or is_unknown(kind)


def label_of(place: Item) -> Hashable:
    """The key of an item where it is known."""
    return place.index.value if isinstance(place.index, Const) else ANY


def _deeper(site: Given, label: Hashable) -> Given:
    if len(site.path) >= DEEPEST:
        return site
    return Given(site.name, (*site.path, label))


def _meet(one: Given, other: Given) -> bool:
    """Whether two places in arguments may be one: not all keys are known."""
    if other.name != one.name or len(other.path) != len(one.path):
        return False
    pairs = zip(one.path, other.path, strict=True)
    return all(a == b or a is ANY or b is ANY for a, b in pairs)


def _forms(kind: Kind) -> frozenset[Any] | None:
    """The classes that a container of this kind may have; None where they are not known."""
    match kind:
        case ObjectOf(cls=cls):
            return frozenset((cls,))
        case OneOf(options=options):
            found = [_forms(option) for option in options if not isinstance(option, ConstOf)]
            known = [forms for forms in found if forms is not None]
            return frozenset().union(*known) if len(known) == len(found) else None
        case ListOf() | TupleOf() | DictOf():
            return frozenset((type(kind),))
    return None


def _is_display(expr: Expr) -> bool:
    """Whether evaluating `expr` once more makes another container."""
    return isinstance(expr, Tuple | List | Dict) or (isinstance(expr, Op) and not children(expr))


def _is_new(expr: Op) -> bool:
    """Whether an operation certainly gives a value that it has made."""
    made = original(expr.fn)
    if isinstance(made, type) and is_users(made):
        return True
    rule = rule_for(expr)
    return rule is not None and not rule.view and expr.fn not in MAY_PASS_THROUGH
