"""What writing into a container changes of what is known of the names that hold it.

Of an object with two lists that are appended to, each is changed for itself: a place inside is told
by the path of keys to it, `("times",)` of an object for its list of times. Where a path is not
known, or a key on it is not, every container inside is changed.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace

from srcad.analysis.containers import Change, changed_at, everywhere, like_those_in
from srcad.analysis.holding import ANY, Holding, Path
from srcad.core import Expr, Item, Var
from srcad.kinds import (
    NEVER,
    DictOf,
    Kind,
    ListOf,
    ObjectOf,
    OneOf,
    TupleOf,
    attribute_of,
    is_object,
    join,
    object_of,
    with_inner,
)
from srcad.rules.item_kinds import any_item

Env = Mapping[str, Kind]


def changed_by_write(holding: Holding, base: Expr, change: Change, env: Env) -> dict[str, Kind]:
    """The kinds of all names that hold the container `base`, of which `change` has been made."""
    sites = holding.sites(base)
    root, path = _path(base)
    wide = is_object(base.kind)
    touched = holding.holders(sites, wide=wide)
    if root is not None:
        touched.setdefault(root, not path)
    found: dict[str, Kind] = {}
    for name, whole in touched.items():
        kind = env.get(name, NEVER)
        ways = None if wide else holding.paths(holding.points.get(name, ()), sites)
        if name == root and not path:
            new = change(kind)
        elif name == root:
            new = join(kind, changed_at(kind, path, change))
            for way, _ in ways or ():
                new = changed_along(new, way, change, change)
        elif whole:
            new = join(kind, change(kind))
        elif ways is None:
            new = join(kind, everywhere(change)(kind))
        else:
            new = kind
            for way, _ in ways:
                new = join(new, changed_along(new, way, change, change))
        found[name] = new
    return found


def _path(base: Expr) -> tuple[str | None, tuple[Expr, ...]]:
    """The variable that `base` is an item of an item of, and the indices on the way."""
    path: list[Expr] = []
    while isinstance(base, Item):
        path.insert(0, base.index)
        base = base.base
    return (base.name if isinstance(base, Var) else None), tuple(path)


def changed_by_call(holding: Holding, arg: Expr, after: Kind, env: Env) -> dict[str, Kind]:
    """The kinds of all names that hold something of `arg`, of which a call has made an `after`."""
    sites = holding.sites(arg)
    reached = holding.reach(sites)
    own = holding.paths(sites, reached, through=True)
    found: dict[str, Kind] = {}
    ways: list[tuple[Path, int]] | None
    name = arg.name if isinstance(arg, Var) else None
    for other in {*holding.holders(reached), *([name] if name is not None else [])}:
        kind = env.get(other, NEVER)
        if other == name:
            kind = join(kind, after)
            ways = [] if own is None else [way for way in own if _is_shared(own, way)]
        else:
            ways = None if own is None else holding.paths(holding.points[other], reached)
        if ways is None or own is None:
            found[other] = kind if other == name else everywhere(like_those_in(after))(kind)
            continue
        for path, site in ways:
            kind = changed_along(kind, path, _like_at(after, own, site), like_those_in(after))
        found[other] = kind
    return found


def _is_shared(ways: list[tuple[Path, int]], way: tuple[Path, int]) -> bool:
    """Whether what stands there stands in another place too."""
    return any(site == way[1] and path != way[0] for path, site in ways)


def _like_at(after: Kind, own: list[tuple[Path, int]], site: int) -> Change:
    """What a value becomes that may stand in an argument, an `after`, at the end of `own` ways."""
    pieces = [kind_along(after, path) for path, other in own if other == site]
    if not pieces or any(piece is None for piece in pieces):
        return everywhere(like_those_in(after))
    options = [
        o for piece in pieces for o in (piece.options if isinstance(piece, OneOf) else (piece,))
    ]

    def change(kind: Kind) -> Kind:
        if isinstance(kind, OneOf):
            return with_inner(kind, change)
        for option in options:
            same_class = getattr(kind, "cls", None) is getattr(option, "cls", None)
            if type(option) is type(kind) and same_class:
                kind = join(kind, option)
        return kind

    return change


def changed_along(kind: Kind, path: Path, change: Change, loose: Change) -> Kind:
    """`kind`, with `change` made of what is found in it along `path`.

    Where that cannot be followed `loose` is made of all that is in it.
    """
    if not path:
        return change(kind)
    label, rest = path[0], path[1:]

    def inner(part: Kind) -> Kind:
        return join(part, changed_along(part, rest, change, loose))

    match kind:
        case ObjectOf(items=None):
            return kind
        case ObjectOf():
            known = attribute_of(kind, label) if isinstance(label, str) else None
            if known is None:
                return everywhere(loose)(kind)
            return object_of(kind.cls, {**dict(kind.items or ()), str(label): inner(known)})
        case DictOf(items=pairs) if pairs is not None and label in dict(pairs):
            return replace(kind, items=tuple((k, inner(v) if k == label else v) for k, v in pairs))
        case TupleOf(items=items) if isinstance(label, int) and label < len(items):
            parts = (inner(item) if i == label else item for i, item in enumerate(items))
            return replace(kind, items=tuple(parts))
        case OneOf():
            return with_inner(kind, lambda o: changed_along(o, path, change, loose))
        case ListOf() | TupleOf() | DictOf():
            return with_inner(kind, inner)
    return everywhere(loose)(kind)


def kind_along(kind: Kind, path: Path) -> Kind | None:
    """The kind of what stands at `path` in a value of this kind, where that is known."""
    for label in path:
        found = _inside(kind, label)
        if found is None:
            return None
        kind = found
    return kind


def _inside(kind: Kind, label: Hashable) -> Kind | None:
    match kind:
        case ObjectOf():
            return attribute_of(kind, label) if isinstance(label, str) else None
        case TupleOf(items=items):
            if isinstance(label, int) and label < len(items):
                return items[label]
            return any_item(items)
        case ListOf(item=item):
            return item
        case DictOf(items=None, value=value):
            return value
        case DictOf(items=pairs):
            known_items = dict(pairs or ())
            return None if label is ANY else known_items.get(str(label))
    return None
