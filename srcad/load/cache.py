"""The folder of generated files: private to the user, safe among processes.

A file holds the text of a module and, in a last comment line, what loading it needs, with a
digest of both. A file that is not the user's own, that others may write, or whose digest does not
fit, is as good as absent: it is generated anew and replaced.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import hashlib
import json
import os
import shutil
import stat
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from srcad.version import VERSION

_TRAILER = "# srcad-cache: "
_KEPT = 2000  # files, when a process begins to write


@dataclass(frozen=True, slots=True)
class Stored:
    """What a file of the cache holds: where it is, its text, and the facts beside it."""

    path: Path
    text: str
    facts: dict[str, Any]


def folder() -> Path:
    """The folder in use: the user's cache folder, or a temporary one where that cannot be."""
    return _prepared(os.environ.get("SRCAD_CACHE_DIR")) or _temporary()


def fetch(name: str) -> Stored | None:
    """The file called `name` if it is there, is the user's own and is whole."""
    path = folder() / name
    content = _own_content(path)
    if content is None:
        return None
    body, _, trailer = content.rpartition(_TRAILER)
    try:
        found = json.loads(trailer)
        facts, digest = found["facts"], found["sha256"]
    except (ValueError, TypeError, KeyError):
        return None
    return Stored(path, body, facts) if digest == _digest(body, facts) else None


def store(name: str, text: str, facts: dict[str, Any]) -> Path:
    """Write a file, whole or not at all, over whatever has its name."""
    trailer = json.dumps({"facts": facts, "sha256": _digest(text, facts)}, sort_keys=True)
    content = f"{text}{_TRAILER}{trailer}\n"
    try:
        _prune(folder())
        return _replace(folder() / name, content)
    except OSError:  # no space, read-only, a folder of that name: the program must run all the same
        return _replace(_temporary() / name, content)


def clear() -> None:
    """Remove every file of the cache folder."""
    for path in folder().iterdir():
        with contextlib.suppress(OSError):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


@functools.lru_cache(maxsize=8)
def _prune(path: Path) -> None:
    """Once a process: leave only the newest files, so that the folder does not grow for ever."""
    with contextlib.suppress(OSError):
        ages = sorted((file.stat().st_mtime, file) for file in path.iterdir())
        for _, file in ages[:-_KEPT]:
            file.unlink(missing_ok=True)


def _digest(text: str, facts: dict[str, Any]) -> str:
    return hashlib.sha256((text + json.dumps(facts, sort_keys=True)).encode()).hexdigest()


def _replace(path: Path, content: str) -> Path:
    handle, temporary = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(content)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    return path


def _own_content(path: Path) -> str | None:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        handle = os.open(path, flags)
    except OSError:
        return None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or not _is_private(status):
            return None
        with open(handle, encoding="utf-8", newline="", closefd=False) as file:
            return file.read()
    except (OSError, UnicodeDecodeError):
        return None
    finally:
        os.close(handle)


def _is_private(status: os.stat_result) -> bool:
    """Whether a file or folder belongs to this user and nobody else may write into it."""
    if not hasattr(os, "getuid"):
        return True  # Windows: the folder is inside the user's profile
    return status.st_uid == os.getuid() and not status.st_mode & 0o022


@functools.lru_cache(maxsize=8)
def _default() -> Path:
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "srcad"


@functools.lru_cache(maxsize=8)
def _prepared(given: str | None) -> Path | None:
    """The private folder of this version, made if need be; None if it cannot be had."""
    try:
        base = Path(given).absolute() if given else _default()
        path = base / VERSION
        base.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
        status = path.lstat()
        if not stat.S_ISDIR(status.st_mode):
            return None
        if hasattr(os, "getuid"):
            if status.st_uid != os.getuid():
                return None
            path.chmod(0o700)
        return path if os.access(path, os.W_OK | os.X_OK) else None
    except (OSError, RuntimeError, ValueError):
        return None


@functools.lru_cache(maxsize=1)
def _temporary() -> Path:
    path = tempfile.mkdtemp(prefix="srcad-")
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return Path(path)
