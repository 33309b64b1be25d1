"""The cache of files: private, whole or absent, keyed by all that matters, safe among processes."""

import os
import pathlib
import stat
import subprocess
import sys
import textwrap

import pytest

import srcad
from srcad.load import cache

MODEL = """
    import math

    import srcad

    RATE = 0.5


    def damped(v):
        return v * math.exp(-RATE * v)


    def model(x, y=2.0):
        return damped(x) * y
"""
ASK = """
    import sys

    import srcad
    import srcad.derivative
    from model import model

    made = srcad.derivative._build
    count = 0


    def counted(*args):
        global count
        count += 1
        return made(*args)


    srcad.derivative._build = counted
    gradient = srcad.grad(model, **eval(sys.argv[1] if sys.argv[1:] else "{}"))
    print(gradient(3.0), count)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A cache folder that does not exist yet."""
    path = tmp_path / "cache"
    monkeypatch.setenv("SRCAD_CACHE_DIR", str(path))
    return path


@pytest.fixture
def ask(tmp_path, folder):
    """Differentiate `model` in a process of its own: the gradient, and whether it was generated."""
    (tmp_path / "model.py").write_text(textwrap.dedent(MODEL))
    (tmp_path / "ask.py").write_text(textwrap.dedent(ASK))

    def run(options="{}"):
        process = start(tmp_path, options)
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        gradient, count = out.split()
        return float(gradient), int(count)

    return run


def start(path, options="{}"):
    root = str(pathlib.Path(srcad.__file__).parents[1])
    return subprocess.Popen(
        [sys.executable, "-W", "error", str(path / "ask.py"), options],
        cwd=path,
        env={**os.environ, "PYTHONPATH": root, "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


# ---------------------------------------------------------------------------------------------
# From one process to the next


def test_generated_once(ask, folder):
    first, made = ask()
    assert made == 1
    assert ask() == (first, 0)
    assert len(files(folder)) == 1


def test_folder_and_files_are_private(ask, folder):
    ask()
    folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files(folder)} == {0o600}


def test_file_is_the_text(ask, folder):
    ask()
    (path,) = files(folder)
    assert path.read_text().startswith('"""Gradient of `model.model` with respect to `x`.\n')
    assert path.name.startswith("model_grad_")
    assert path.suffix == ".py"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return v *", "return 2 * v *"),  # a helper
        ("RATE = 0.5", "RATE = 0.25"),  # a captured constant
        ("RATE = 0.5", "RATE = 1"),  # its type alone
        ("* y", "* y * y"),  # the function
        ("math.exp", "math.cosh"),
    ],
)
def test_change_of_the_program_is_noticed(ask, tmp_path, old, new):
    before, _ = ask()
    text = (tmp_path / "model.py").read_text()
    (tmp_path / "model.py").write_text(text.replace(old, new))
    after, made = ask()
    assert made == 1
    assert after != before


def test_change_of_what_does_not_matter_is_not(ask, tmp_path):
    before = ask()[0]
    text = (tmp_path / "model.py").read_text()
    (tmp_path / "model.py").write_text("# a line more\n\n" + text + "\n\nOTHER = 1\n")
    assert ask() == (before, 0)


def test_options_have_files_of_their_own(ask, folder):
    for options in ("{}", "{'argnums': 'y'}", "{'ties': 'all'}"):
        assert ask(options)[1] == 1
    assert len(files(folder)) == 3


def test_many_processes_at_once(ask, tmp_path, folder):
    processes = [start(tmp_path) for _ in range(6)]
    outputs = [process.communicate(timeout=300) for process in processes]
    assert [process.returncode for process in processes] == [0] * 6, outputs
    assert len({out.split()[0] for out, _ in outputs}) == 1
    assert len(files(folder)) == 1  # and nothing half-written


def test_rules_of_the_users_own_are_not_left_to_other_processes(ask, tmp_path):
    right, _ = ask()
    text = (tmp_path / "ask.py").read_text()
    rule = "from srcad.rules import elementwise\nimport math\n"
    rule += 'elementwise(math.exp, "x", dx="2 * out")\n'
    (tmp_path / "ask.py").write_text(rule + text)
    other, made = ask()
    assert made == 1
    assert other != right
    (tmp_path / "ask.py").write_text(text)
    assert ask() == (right, 0)


# ---------------------------------------------------------------------------------------------
# Files that are not to be trusted


def cut(path):
    path.write_bytes(path.read_bytes()[:-20])


def altered(path):
    path.write_text(path.read_text().replace("math.exp(", "math.cosh("))


def emptied(path):
    path.write_bytes(b"")


def not_text(path):
    path.write_bytes(b"\xff\xfe\x00")


def linked(path):
    aside = path.with_name("aside")
    path.rename(aside)
    path.symlink_to(aside)


def writable_by_others(path):
    path.chmod(0o666)


def of_another_user(path):
    if os.getuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(path, 65534, 65534)


@pytest.mark.parametrize(
    "damage",
    [cut, altered, emptied, not_text, linked, writable_by_others, of_another_user],
)
def test_file_that_is_damaged_or_foreign_is_made_anew(ask, folder, damage):
    right, _ = ask()
    (path,) = files(folder)
    damage(path)
    assert ask() == (right, 1)
    assert ask() == (right, 0)
    assert path.is_file()
    assert not path.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_folder_in_the_place_of_a_file(ask, folder):
    right, _ = ask()
    (path,) = files(folder)
    path.unlink()
    path.mkdir()
    assert ask() == (right, 1)


@pytest.mark.parametrize("place", ["file/below", "/proc/none"])
def test_folder_that_cannot_be(ask, tmp_path, monkeypatch, place):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SRCAD_CACHE_DIR", str(tmp_path / place))
    assert ask()[1] == 1


def test_folder_of_another_user_is_not_used(folder):
    if os.getuid() != 0:
        pytest.skip("only root can give a folder away")
    cache.folder()
    (inner,) = folder.iterdir()
    os.chown(inner, 65534, 65534)
    cache._prepared.cache_clear()
    assert folder not in cache.folder().parents


def test_folder_that_is_a_link_is_not_used(folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    folder.mkdir()
    (folder / srcad.__version__).symlink_to(tmp_path / "elsewhere")
    assert folder not in cache.folder().parents


# ---------------------------------------------------------------------------------------------
# Reading and writing


def test_store_and_fetch(folder):
    path = cache.store("a.py", "x = 1\n", {"entry": "x"})
    stored = cache.fetch("a.py")
    assert (stored.path, stored.text, stored.facts) == (path, "x = 1\n", {"entry": "x"})
    assert path.read_text().startswith("x = 1\n# srcad-cache: ")
    assert cache.fetch("b.py") is None


def test_nothing_is_left_when_writing_fails(folder, monkeypatch):
    def fail(*_):
        raise OSError("no space")

    inside = cache.folder()
    with monkeypatch.context() as patched, pytest.raises(OSError):
        patched.setattr(os, "replace", fail)
        cache.store("a.py", "x = 1\n", {})
    assert list(inside.iterdir()) == []


def test_folder_does_not_grow_for_ever(folder, monkeypatch):
    monkeypatch.setattr(cache, "_KEPT", 3)
    for number in range(6):
        path = cache.store(f"{number}.py", "x = 1\n", {})
        os.utime(path, (number, number))
    cache._prune.cache_clear()
    cache.store("6.py", "x = 1\n", {})
    assert sorted(path.name for path in files(folder)) == ["3.py", "4.py", "5.py", "6.py"]


def test_cache_clear(folder):
    def cubed(x):
        return x**3

    gradient = srcad.grad(cubed)
    assert gradient(2.0) == 12.0
    assert len(files(folder)) == 1
    srcad.cache_clear()
    assert files(folder) == []
    assert gradient(2.0) == 12.0
    assert len(files(folder)) == 1


def test_printing_does_not_depend_on_the_cache(folder):
    def cubed(x):
        return x**3

    texts = set()
    for _ in range(3):
        texts.add(srcad.grad(cubed).source_for(2.0))
        texts.add(srcad.grad(cubed).source_for(2.0))
        srcad.cache_clear()
    assert len(texts) == 1
