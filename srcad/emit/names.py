"""How objects are spelled in a module: imports, aliases, and names bound at module level."""

from __future__ import annotations

import builtins
import keyword
import math
import re
import sys
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

from srcad import core
from srcad.emit.reads import free_names, is_srcad_or_library
from srcad.frontend.gathering import original

# where NumPy's own name for a function is not the one that people write
_USUAL: dict[Any, str] = {np.absolute: "abs", np.conjugate: "conj", np.bool_: "bool_"}
_NUMPY_MODULES = ("numpy", "numpy.linalg", "numpy.fft", "numpy.random")
_QUALIFIED = {"math", "cmath", "operator", "itertools", "functools", "random", "builtins"}


class Names:
    """The module-level names of one emitted module.

    `bound` maps each to what it means; `imports` holds the import statements by the name that
    they bind; `wanted` names the objects that the module must define or be given.
    """

    def __init__(self, program: core.Program, owner: Any = None) -> None:
        self.locals: set[str] = set()
        self.bound: dict[str, Any] = {}
        self.imports: dict[str, str] = {}
        self.wanted: dict[str, Any] = {}
        self.captured: set[str] = set()
        self._spelled: dict[int, tuple[Any, str]] = {}
        self._words = _user_words(program)
        self._owners = [owner, *(function.pyfunc for function in program.functions)]
        for function in program.functions:
            self._claim(function)

    def _claim(self, function: core.Function) -> None:
        self.bound[function.name] = function
        mentioned = mentioned_names(function)
        captured = mentioned & set(function.captures)
        self.locals |= mentioned - captured
        for name in sorted(captured):
            value = function.captures[name]
            self.bound[name] = value  # `untangled` has left no two of one name
            self.captured.add(name)
            if not self.import_module_as(name, value):
                self.wanted[name] = value
            self._spelled.setdefault(id(value), (value, name))

    # -- binding names

    def bind(self, name: str, value: Any) -> bool:
        """Let `name` mean `value` at module level; False if it means something else."""
        if name in self.bound:
            return self.bound[name] is value
        self.bound[name] = value
        return True

    def is_free(self, name: str, value: Any) -> bool:
        if not name.isidentifier() or keyword.iskeyword(name) or name in self.locals:
            return False
        return self.bound.get(name, value) is value

    def claim(self, wish: str, value: Any) -> str:
        """A module-level name for `value`: `wish`, or the nearest spelling that is free."""
        wish = wish if wish.isidentifier() and not keyword.iskeyword(wish) else "function"
        name, number = wish, 1
        while not self.is_free(name, value):
            name, number = f"_{wish}" if number == 1 else f"_{wish}{number}", number + 1
        self.bound[name] = value
        return name

    def module(self, path: str) -> str:
        """The name of an imported module."""
        value = sys.modules[path]
        name = self.claim("np" if path == "numpy" else path.replace(".", "_"), value)
        self.imports[name] = f"import {path}" if name == path else f"import {path} as {name}"
        return name

    def import_module_as(self, name: str, value: Any) -> bool:
        """Import a module under a given name; False if `value` is no module."""
        if not isinstance(value, types.ModuleType) or sys.modules.get(value.__name__) is not value:
            return False
        path = value.__name__
        self.imports[name] = f"import {path}" if name == path else f"import {path} as {name}"
        return True

    def imported(self, path: str, attribute: str, value: Any) -> str:
        """The name of `attribute` of a module, imported from it."""
        name = self.claim(attribute, value)
        renamed = "" if name == attribute else f" as {name}"
        self.imports[name] = f"from {path} import {attribute}{renamed}"
        return name

    # -- spelling objects

    def spell(self, value: Any, name: str) -> None:
        """Let `name` be how an object is spelled."""
        self._spelled[id(value)] = (value, name)

    def spelled(self, value: Any) -> str:
        """The (dotted) name of an object; what it needs is imported or wanted."""
        value = original(value)
        known = self._spelled.get(id(value))
        if known is None:
            known = self._spelled[id(value)] = (value, self._spell(value))
        return known[1]

    def _spell(self, value: Any) -> str:
        if isinstance(value, types.ModuleType):
            return self.module(value.__name__)
        builtin = builtin_name(value)
        if builtin:
            free = builtin not in self.locals and builtin not in self.bound
            return builtin if free else f"{self.module('builtins')}.{builtin}"
        path = self._numpy_path(value)
        if path:
            module, _, rest = path.partition(".")
            return f"{self.module(module)}.{rest}"
        found = library_path(value)
        if found:
            return self._from_library(*found, value)
        owner = getattr(value, "__self__", None)
        if isinstance(value, types.BuiltinMethodType) and owner is not None:
            return f"{self.spelled(owner)}.{value.__name__}"
        if isinstance(value, types.WrapperDescriptorType):
            return f"{self.spelled(value.__objclass__)}.{value.__name__}"
        wish = _user_name(self._owners, value) or _plain_name(value)
        name = self.claim(wish, value)
        self.wanted[name] = value
        return name

    def _from_library(self, path: str, attribute: str, value: Any) -> str:
        if path in _QUALIFIED:
            return f"{self.module(path)}.{attribute}"
        return self.imported(path, attribute, value)

    def _numpy_path(self, value: Any) -> str | None:
        for module in _NUMPY_MODULES:
            if isinstance(value, np.dtype) or value is None:
                return None
            for name in self._numpy_names(value):
                if getattr(sys.modules.get(module), name, None) is value:
                    return f"{module}.{name}"
        return None

    def _numpy_names(self, value: Any) -> Iterator[str]:
        """Names that NumPy may have for an object: first those that the user has written."""
        try:
            yield from self._words.get(value, ())
            yield from (_USUAL[value],) if value in _USUAL else ()
        except TypeError:
            return
        yield getattr(value, "__name__", "")

    def literal(self, value: Any) -> tuple[Any, Any] | None:
        """A value that is written as a call: the callable and its argument."""
        if isinstance(value, np.dtype):
            return np.dtype, value.str if not value.isnative else value.name
        if isinstance(value, np.generic) and isinstance(value, np.number | np.bool_):
            return type(value), value.item()
        return None

    def module_constant(self, name: str) -> str:
        """`inf` or `nan`, of NumPy where it is imported anyway."""
        return f"{self.module('numpy' if 'np' in self.imports else 'math')}.{name}"


def mentioned_names(function: core.Function) -> set[str]:
    """The names that the function's parameters and statements mention."""
    found = {param.name for param in function.params}
    for param in function.params:
        found |= core.names_in(param.default)
    for stmt in core.statements(function.body):
        found.update(core.targets_of(stmt))
        for expr in core.expressions_of(stmt):
            found |= core.names_in(expr)
    return found


def _user_words(program: core.Program) -> dict[Any, tuple[str, ...]]:
    """NumPy's objects by the names under which the user's text mentions them."""
    texts: dict[str, None] = {}
    for function in program.functions:
        for stmt in core.statements(function.body):
            if isinstance(stmt, core.Comment):
                texts[stmt.text] = None
            texts[stmt.origin.text] = None
    words: dict[Any, tuple[str, ...]] = {}
    for word in re.findall(r"\.(\w+)", "\n".join(texts)):
        for module in _NUMPY_MODULES:
            value = getattr(sys.modules.get(module), word, None)
            if callable(value) and word not in words.get(value, ()):
                words[value] = (*words.get(value, ()), word)
    return words


def _user_name(functions: list[Any], value: Any) -> str | None:
    """The name under which the user's functions know an object that they use."""
    for function in functions:
        if isinstance(function, types.FunctionType):
            for name, known in free_names(function).items():
                if known is value:
                    return name
    return None


def builtin_name(value: Any) -> str | None:
    """The name of one of Python's built-ins."""
    name = getattr(value, "__name__", None)
    if isinstance(name, str) and getattr(builtins, name, None) is value:
        return name
    return "NotImplemented" if value is NotImplemented else None


def library_path(value: Any) -> tuple[str, str] | None:
    """The shortest module, and the name in it, of an object of a library or of srcad."""
    name = getattr(value, "__name__", None)
    home = getattr(value, "__module__", None)
    if not isinstance(name, str) or not name.isidentifier():
        return None
    if isinstance(home, str) and is_srcad_or_library(home):
        parts = home.split(".")
        for length in range(1, len(parts) + 1):
            path = ".".join(parts[:length])
            if getattr(sys.modules.get(path), name, None) is value:
                return path, name
    if isinstance(value, np.ufunc):
        return _scipy_ufunc(value, name)
    return None


def _scipy_ufunc(value: Any, name: str) -> tuple[str, str] | None:
    special = sys.modules.get("scipy.special")
    return ("scipy.special", name) if getattr(special, name, None) is value else None


def _plain_name(value: Any) -> str:
    name = getattr(value, "__name__", "") or type(value).__name__.lower()
    return "function" if name == "<lambda>" else name


def is_simple(value: Any) -> bool:
    """Whether a captured value can be written as a literal."""
    if type(value) is tuple:
        return all(is_simple(item) for item in value)
    if type(value) is float:
        return math.isfinite(value)
    return value is None or type(value) in (bool, int, complex, str)
