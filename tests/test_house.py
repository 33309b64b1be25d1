"""The house rules: sizes, the direction of imports, what stands where."""

import ast
import pathlib
import re
import shutil
import statistics
import subprocess
from functools import cache

import pytest

import srcad

ROOT = pathlib.Path(__file__).parents[1]
SOURCES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "srcad").rglob("*.py"))

# ---------------------------------------------------------------------------------------------
# Sizes

FILE_LINES = 600
FUNCTION_LINES = 60
MEDIAN_LINES = 10

# "file::function": why it is one piece
LONG_FUNCTIONS: dict[str, str] = {}


@cache
def tree_of(source):
    return ast.parse((ROOT / source).read_text(encoding="utf-8"))


def functions_of(source):
    """Every function of a file with its length in lines, docstring and all."""
    for node in ast.walk(tree_of(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node, node.end_lineno - node.lineno + 1


@pytest.mark.parametrize("source", SOURCES)
def test_file_is_within_its_budget(source):
    assert len((ROOT / source).read_text(encoding="utf-8").splitlines()) <= FILE_LINES


@pytest.mark.parametrize("source", SOURCES)
def test_functions_are_within_their_budget(source):
    over = [
        f"{source}:{node.lineno} {node.name}: {lines} lines"
        for node, lines in functions_of(source)
        if lines > FUNCTION_LINES and f"{source}::{node.name}" not in LONG_FUNCTIONS
    ]
    assert not over, "\n".join(over)


def test_listed_long_functions_are_still_long():
    long = {
        f"{source}::{node.name}"
        for source in SOURCES
        for node, lines in functions_of(source)
        if lines > FUNCTION_LINES
    }
    assert set(LONG_FUNCTIONS) <= long


def test_half_of_the_functions_are_short():
    lengths = [lines for source in SOURCES for _, lines in functions_of(source)]
    assert statistics.median(lengths) < MEDIAN_LINES


# ---------------------------------------------------------------------------------------------
# Imports

# The order of the parts: a module imports from its own part and from earlier lines.
# Parts on one line do not know each other.
ORDER = (
    ("errors", "version", "names", "libraries"),
    ("kinds", "objects"),
    ("origin", "fstrings"),
    ("value_kinds", "core", "request"),
    ("blocks",),
    ("verifier",),
    ("runtime",),
    ("frontend",),
    ("rules",),
    ("analysis",),
    ("simplify",),
    ("reverse", "forward"),
    ("emit",),
    ("load",),
)
RANK = {part: rank for rank, parts in enumerate(ORDER) for part in parts}
# The parts at the top, which put the steps together and may import all of them.
TOP = {"__init__", "api", "derivative", "pipeline", "steps"}

# "file -> imported module": why the direction is broken there
UPWARD: dict[str, str] = {}


def part_of(module):
    """`srcad.reverse.loops` belongs to the part `reverse`."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def module_of(source):
    return source.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imported_modules(source):
    """The full names of the modules that a file imports, wherever in it."""
    package = module_of(source) if source.endswith("/__init__.py") else None
    package = package or module_of(source).rpartition(".")[0]
    for node in ast.walk(tree_of(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parents, *filter(None, [base])])
            # `from srcad import core` and `from srcad.core import Var` both name the module core
            yield from (
                (f"{base}.{alias.name}" for alias in node.names) if base == "srcad" else [base]
            )


def is_below(part, own):
    return part == own or (part in RANK and RANK[part] < RANK[own])


@pytest.mark.parametrize("source", SOURCES)
def test_imports_point_down(source):
    own = part_of(module_of(source))
    if own in TOP:
        return
    assert own in RANK, f"{source}: say in ORDER where `{own}` stands"
    upward = [
        f"{source} -> {module}"
        for module in imported_modules(source)
        if module.split(".")[0] == "srcad" and not is_below(part_of(module), own)
    ]
    assert not [each for each in upward if each not in UPWARD]


def test_one_module_imports_astor():
    importers = [s for s in SOURCES if "astor" in {m.split(".")[0] for m in imported_modules(s)}]
    assert len(importers) == 1
    assert importers[0].startswith("srcad/emit/")


# "file": why a pass needs to know of NumPy itself; what an operation means belongs to rules/
NUMPY_IN_PASSES: dict[str, str] = {}


@pytest.mark.parametrize(
    "source", [s for s in SOURCES if s.split("/")[1] in {"reverse", "forward", "simplify"}]
)
def test_no_pass_knows_of_numpy(source):
    if source not in NUMPY_IN_PASSES:
        assert "numpy" not in {module.split(".")[0] for module in imported_modules(source)}


# ---------------------------------------------------------------------------------------------
# What stands where


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


def test_package_is_typed():
    assert (ROOT / "srcad" / "py.typed").exists()


def test_version_is_one():
    (declared,) = re.findall(r'^version = "(.*)"$', text_of("pyproject.toml"), re.MULTILINE)
    assert srcad.__version__ == declared
    assert f"## {declared}" in text_of("docs/changelog.md")


def test_tool_versions_are_one():
    for tool in ("ruff", "mypy"):
        pins = re.findall(
            rf'"{tool}==([^"]+)"', text_of("pyproject.toml") + text_of(".pre-commit-config.yaml")
        )
        assert len(pins) >= 2
        assert len(set(pins)) == 1


def shell_blocks(name):
    return re.findall(r"^```sh\n(.*?)^```$", text_of(name), re.MULTILINE | re.DOTALL)


def test_readme_has_two_commands_and_contributing_repeats_them():
    blocks = shell_blocks("README.md")
    assert [block.count("\n") for block in blocks] == [1, 1]
    install, tests = blocks
    assert "examples/digits.py" in install
    assert "pytest" in tests
    contributing = shell_blocks("docs/contributing.md")
    assert contributing[1] == tests
    assert contributing[0].strip() in install


def test_ci_runs_the_commands_of_the_readme():
    """`.ci/run` holds no copy of the commands: its own extraction gives the README's blocks."""
    if shutil.which("bash") is None or shutil.which("awk") is None:
        pytest.skip("needs bash and awk")
    script = text_of(".ci/run")
    extraction = re.search(r"^readme_block\(\) \{.*?^\}$", script, re.MULTILINE | re.DOTALL)
    assert "readme_block 1" in script
    assert "readme_block 2" in script
    assert "pip install" not in script
    assert "pytest " not in script.replace("pytest's", "")
    for number, block in enumerate(shell_blocks("README.md"), 1):
        command = f"root={ROOT}\n{extraction.group()}\nreadme_block {number}"
        done = subprocess.run(
            ["bash", "-c", command], capture_output=True, text=True, check=True, timeout=60
        )
        assert done.stdout == block


def test_supported_pythons_are_said_alike():
    minors = [int(minor) for minor in re.findall(r"Python :: 3\.(\d+)", text_of("pyproject.toml"))]
    assert minors == list(range(10, minors[-1] + 1))
    assert f'requires-python = ">=3.{minors[0]}"' in text_of("pyproject.toml")


def test_golden_files_and_documents_name_no_machine():
    places = [*SOURCES, "README.md", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))]
    named = [place for place in places if re.search(r"/(work|home|root|tmp)/", text_of(place))]
    assert not named
