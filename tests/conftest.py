"""A cache folder of the tests' own, golden files, and programs made of text."""

import importlib.util
import itertools
import os
import pathlib
import sys
import tempfile

import pytest

GOLDEN = pathlib.Path(__file__).parent / "golden"
_numbers = itertools.count()

_cache = tempfile.TemporaryDirectory(prefix="srcad-tests-")
os.environ["SRCAD_CACHE_DIR"] = _cache.name


def pytest_addoption(parser):
    parser.addoption(
        "--update-golden", action="store_true", help="write the golden files from what is emitted"
    )


LONG = {
    "test_authors",
    "test_constructs",
    "test_iteration",
    "test_itertools",
    "test_programs",
    "test_random_programs",
    "test_references",
    "test_rules",
    "test_second_order",
    "test_structures",
}


def pytest_collection_modifyitems(items):
    for item in items:
        if item.module.__name__.rpartition(".")[2] in LONG:
            item.add_marker("long")


@pytest.fixture
def golden(request):
    """Compare a text with a golden file, or with --update-golden write it."""

    def compare(name, text):
        path = GOLDEN / f"{name}.py"
        if request.config.getoption("--update-golden"):
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"no {path.name} yet: run pytest --update-golden and review it"
        assert text == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Make a module of source text, in a real file, so that its source can be read."""

    def load(text):
        name = f"text_program_{next(_numbers)}"
        path = tmp_path / f"{name}.py"
        path.write_text(text, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module

    return load
