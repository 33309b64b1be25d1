"""One derivative of one function: its specialisations, found by the kinds of the arguments."""

from __future__ import annotations

import hashlib
import inspect
import threading
import types
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from srcad import core
from srcad.emit import Emitted, Line, Need, emit
from srcad.emit.reads import Dependencies, Read, dependencies
from srcad.kinds import (
    Kind,
)
from srcad.load import cache
from srcad.load.arguments import bind, check_carries
from srcad.load.guards import arrays_in
from srcad.load.key import key_of
from srcad.load.module import Bound, Loaded, load
from srcad.objects import is_record
from srcad.request import Request
from srcad.value_kinds import Namer, kind_of

Build = Callable[[Request, dict[str, Kind]], core.Program]

_SCALARS = (bool, int, float, complex, type(None), str, bytes, type(Ellipsis), range, slice)
# types that say all about the kind of their values
TELLING: frozenset[type] = frozenset({*_SCALARS, *np.sctypeDict.values()})
_REMEMBERED = 4096  # calls that a derivative tells apart before it forgets them


def prekey(value: Any) -> Any:
    """What is cheap to know of a value and decides its kind; finer than kinds."""
    kind = type(value)
    if kind in TELLING:
        return kind
    if kind is np.ndarray:
        return value.dtype, value.shape
    return _rarer_prekey(value, kind)


def _rarer_prekey(value: Any, kind: type) -> Any:
    if isinstance(value, np.ndarray):
        return kind, value.dtype, value.shape
    if isinstance(value, tuple):
        return kind, *map(prekey, value)
    if kind is list:
        return kind, frozenset(map(prekey, value))
    if kind is dict:
        return kind, tuple((key, prekey(item)) for key, item in value.items())
    if is_record(value):  # it may refer to itself: kinds know how to stop
        return kind, kind_of(value), tuple(array.shape for array in arrays_in(value))
    if callable(value) or isinstance(value, types.ModuleType | np.dtype):
        try:
            hash(value)
        except TypeError:
            return kind
        return kind, value
    return kind


class Specialisations:
    """The generated modules of one request, made as they are needed."""

    def __init__(self, request: Request, build: Build) -> None:
        self.request = request
        self.build = build
        self.signature = inspect.signature(request.fn, follow_wrapped=False)
        self.lock = threading.RLock()
        self.table: dict[Any, Loaded] = {}
        self.by_types: dict[tuple[type, ...], Loaded] = {}
        self.by_kinds: dict[Any, Loaded] = {}
        self.guard: list[Read] = []
        self._known: tuple[Dependencies, list[tuple[Read, Any]]] | None = None

    def clear(self) -> None:
        with self.lock:
            self.table.clear()
            self.by_types.clear()
            self.by_kinds.clear()

    def key(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Where `table` has the module for these arguments, if it has it."""
        key = tuple(
            # the first of prekey's cases by far, without the call
            [(x.dtype, x.shape) if type(x) is np.ndarray else prekey(x) for x in args]
        )
        if kwargs:
            key += tuple((name, prekey(value)) for name, value in kwargs.items())
        if self.guard:
            key += tuple([prekey(read.value()) for read in self.guard])
        return key

    def make(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Loaded:
        """The module for these arguments, entered in `table`."""
        with self.lock:
            arguments, kinds = self.kinds(args, kwargs)
            needed = self._dependencies(filter(_is_function, arguments.values()))
            self._watch(needed.reads)
            found = self.specialise(kinds, needed)
            if len(self.table) >= _REMEMBERED:
                self.table.clear()
            self.table[self.key(args, kwargs)] = found
            if not self.guard and not kwargs and TELLING.issuperset(map(type, args)):
                self.by_types[tuple(map(type, args))] = found
            return found

    def kinds(
        self, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Kind]]:
        """The arguments by name, and their kinds; refused if they cannot carry the derivative."""
        arguments = bind(self.request.fn, self.signature, args, kwargs)
        namer = Namer()
        kinds = {name: kind_of(value, namer) for name, value in arguments.items()}
        check_carries(self.request.fn.__name__, kinds, arguments, self.request.argnums)
        return arguments, kinds

    def _dependencies(self, functions: Iterable[Any] = ()) -> Dependencies:
        """What the function reaches; the last answer as long as all names mean the same."""
        given = tuple(functions)
        known = self._known
        if given or known is None or not all(read.value() is was for read, was in known[1]):
            found = dependencies(self.request.fn, *given)
            known = found, [(read, read.value()) for read in found.reads]
            if not given:
                self._known = known
        return known[0]

    def _watch(self, reads: list[Read]) -> None:
        """Let later calls notice when what a name means has changed."""
        known = {(read.owner, read.path) for read in self.guard}
        fresh = [read for read in reads if (read.owner, read.path) not in known]
        if fresh:
            self.guard = [*self.guard, *fresh] if len(self.guard) < 64 else list(reads)
            self.table.clear()
            self.by_types.clear()

    def specialise(self, kinds: dict[str, Kind], needed: Dependencies | None = None) -> Loaded:
        """The module for arguments of these kinds."""
        with self.lock:
            needed = needed or self._dependencies()
            outside = tuple(prekey(read.value()) for read in needed.reads)
            state = (tuple(kinds.items()), outside)
            found = self.by_kinds.get(state)
            if found is None:
                found = self.by_kinds[state] = _generate(self.request, kinds, needed, self.build)
            return found


def _is_function(value: Any) -> bool:
    return isinstance(value, types.FunctionType)


def _generate(
    request: Request, kinds: dict[str, Kind], needed: Dependencies, build: Build
) -> Loaded:
    key = key_of(request, kinds, needed)
    name = None if key is None else _file_name(request, key)
    stored = cache.fetch(name) if name else None
    facts: dict[str, Any] | None = stored.facts if stored else None
    if stored is None or facts is None:
        program = build(request, kinds)
        emitted = emit(program, request)
        bound = [_bound(need, needed) for need in emitted.needs]
        facts = _facts(program, emitted, bound, needed)
        if name is None or None in [reference for *_, reference in facts["bound"]]:
            name = _file_name(request, hashlib.sha256(emitted.text.encode()).hexdigest())
        text, path = emitted.text, cache.store(name, emitted.text, facts)
    else:
        text, path = stored.text, stored.path
        bound = [_rebound(each, needed) for each in facts["bound"]]
    lines = [_line(each, needed) for each in facts["lines"]]
    home = request.fn.__module__ or "__main__"
    loaded = load(path, text, facts["entry"], lines, tuple(facts["written"]), bound, home)
    _share_defaults(request.fn, loaded.function)
    return loaded


def _file_name(request: Request, key: str) -> str:
    plain = "".join(c if c.isalnum() and c.isascii() else "_" for c in request.fn.__name__)
    return f"{plain.strip('_')[:40] or 'function'}_{request.mode}_{key[:24]}.py"


def _share_defaults(fn: Callable[..., Any], function: types.FunctionType) -> None:
    """Give a function with the same parameters the same default objects."""
    code, given = getattr(fn, "__code__", None), function.__code__
    if code is None or code.co_argcount != given.co_argcount:
        return
    count = code.co_argcount + code.co_kwonlyargcount
    if code.co_varnames[:count] == given.co_varnames[: given.co_argcount + given.co_kwonlyargcount]:
        function.__defaults__ = getattr(fn, "__defaults__", None)
        function.__kwdefaults__ = getattr(fn, "__kwdefaults__", None)


# -- what loading needs, in terms that hold in another process


def _facts(
    program: core.Program, emitted: Emitted, bound: list[Bound], needed: Dependencies
) -> dict[str, Any]:
    return {
        "entry": program.entry,
        "written": list(program.written),
        "bound": [(b.name, b.read is not None, _reference(b, needed)) for b in bound],
        "lines": [_stored_line(line, needed) for line in emitted.line_map],
    }


def _bound(need: Need, needed: Dependencies) -> Bound:
    same = [read for read in needed.reads if need.captured and read.value() is need.value]
    named = [read for read in same if read.name == need.original]
    return Bound(need.name, need.value, next(iter(named or same), None))


def _reference(bound: Bound, needed: Dependencies) -> list[Any] | None:
    """Where a bound value comes from: a function that is reached, or something that one reads."""
    for position, function in enumerate(needed.functions):
        if function is bound.value:
            return ["function", position]
    for position, read in enumerate(needed.reads):
        if read is bound.read or (bound.read is None and read.value() is bound.value):
            return ["read", position]
    return None


def _rebound(stored: list[Any], needed: Dependencies) -> Bound:
    name, live, (where, position) = stored
    if where == "function":
        return Bound(name, needed.functions[position])
    read = needed.reads[position]
    return Bound(name, read.value(), read if live else None)


def _stored_line(line: Line, needed: Dependencies) -> list[Any]:
    """A line's origin relative to the function that it is in: files move, functions less so."""
    best, start = -1, 0
    for position, function in enumerate(needed.functions):
        code = function.__code__
        if code.co_filename == line.file and start < code.co_firstlineno <= line.line:
            best, start = position, code.co_firstlineno
    where = line.file if best < 0 else best
    return [line.number, where, line.line - start, line.text]


def _line(stored: list[Any], needed: Dependencies) -> Line:
    number, where, line, text = stored
    if isinstance(where, str):
        return Line(number, where, line, text)
    code = needed.functions[where].__code__
    return Line(number, code.co_filename, code.co_firstlineno + line, text)


class Shared:
    """The specialisations of the requests made last: equal requests share what was generated."""

    def __init__(self, size: int = 512) -> None:
        self.size = size
        self.lock = threading.Lock()
        self.kept: OrderedDict[Request, Specialisations] = OrderedDict()
        self.alive: weakref.WeakSet[Specialisations] = weakref.WeakSet()

    def of(self, request: Request, build: Build) -> Specialisations:
        with self.lock:
            found = self.kept.get(request)
            if found is None:
                found = self.kept[request] = Specialisations(request, build)
                self.alive.add(found)
                if len(self.kept) > self.size:
                    self.kept.popitem(last=False)
            else:
                self.kept.move_to_end(request)
            return found

    def clear(self) -> None:
        with self.lock:
            alive = list(self.alive)
            self.kept.clear()
        for each in alive:
            each.clear()
