"""docs/language.md says of each construct what is done with it: here it is held to that."""

import ast
import contextlib
import io
import re
import sys
from collections import Counter

import numpy as np
import pytest

import srcad
from srcad import errors
from tests.differences import check, gradient
from tests.test_docs import FENCE, ROOT, execute, module_for

PAGE = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| ([\d.]+) \| (.*) \| `(\w+)` \| (\w[^|]*) \|$", re.MULTILINE)
ROWS = [row.groups() for row in ROW.finditer(PAGE)]
BLOCKS = [
    fence[2]
    for fence in FENCE.finditer(PAGE)
    if fence[1] == "python"
    or (fence[1].startswith("python 3.") and sys.version_info[1] >= int(fence[1][9:]))
]
TREES = [ast.parse(block) for block in BLOCKS]
DEFINED = Counter(
    node.name if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else node.targets[0].id
    for tree in TREES
    for node in tree.body
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    or (isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda))
)


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    """The namespace that the page's blocks leave behind."""
    folder = tmp_path_factory.mktemp("language")
    with module_for(PAGE) as namespace:
        for block in BLOCKS:
            printed = execute(block, folder, namespace)
            assert "_raised" not in namespace, printed
        yield namespace


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("example", "status"), [row[2:] for row in ROWS])
def test_example_does_what_its_row_says(example, status, examples):
    if example not in examples and example not in DEFINED:
        pytest.skip("needs a later Python")
    f = examples[example]
    args = (np.array([0.6, -1.1, 1.7, 0.4]) if parameter_of(f) == "a" else 0.7,)
    if status == "refused":
        with pytest.raises(errors.SrcadError, match=r"\.py:\d+|<.*>:\d+"):
            srcad.value_and_grad(f)(*args)
        return
    if status == "differentiated, in reverse mode":
        value, slope = srcad.value_and_grad(f)(*args)
        assert value == f(*args)
        assert slope == pytest.approx(gradient(f, args).value[0])
        with pytest.raises(errors.SrcadError):
            srcad.jvp(f, args, (1.0,))
        return
    assert status in ("differentiated", "passed through")
    with contextlib.redirect_stdout(io.StringIO()):
        check(f, *args)
        assert np.any(srcad.grad(f)(*args))


def parameter_of(f):
    parameter, *_ = f.__code__.co_varnames
    return parameter


# ---------------------------------------------------------------------------------------------
# Nothing is missing

SECTIONS = """
    2.1 2.3 2.4 2.5 3.1 3.2 3.3.1 3.3.2 3.3.3 3.3.4 3.3.5 3.3.6 3.3.7 3.3.8 3.3.9 3.3.10 3.3.11 3.4
    4.2 4.3 5 6.1 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 6.2.9 6.3.1 6.3.2 6.3.3 6.3.4 6.4
    6.5 6.6 6.7 6.8 6.9 6.10 6.11 6.12 6.13 6.14 6.15 6.16 6.17
    7.1 7.2 7.2.1 7.2.2 7.3 7.4 7.5 7.6 7.7 7.8 7.9 7.10 7.11 7.11.1 7.12 7.13
    8.1 8.2 8.3 8.4 8.5 8.6 8.7 8.8 8.9 9.1 9.2 9.3 9.4
""".split()

# What Python's own grammar has no example of: the roots of trees, and what only reads and writes.
NO_CONSTRUCTS = {"Interactive", "Expression", "FunctionType", "TypeIgnore", "Store", "Load", "Del"}
LATER = {"TypeAlias", "TypeVar", "ParamSpec", "TypeVarTuple", "TemplateStr", "Interpolation"}


def test_every_section_of_the_reference_has_a_row():
    assert {section for section, *_ in ROWS} == set(SECTIONS)


def test_every_kind_of_node_has_an_example():
    bases = (ast.stmt, ast.expr, ast.operator, ast.unaryop, ast.cmpop, ast.boolop, ast.pattern)
    bases += (ast.excepthandler, ast.comprehension, ast.keyword, ast.withitem, ast.Starred)
    kinds = {
        name
        for name, kind in vars(ast).items()
        if isinstance(kind, type)
        and issubclass(kind, bases)
        and kind not in bases
        and kind.__module__ in ("ast", "_ast")
        and getattr(kind, "__doc__", None)
        and not re.search(r"[Dd]eprecated", kind.__doc__)
    }
    shown = {type(node).__name__ for tree in TREES for node in ast.walk(tree)}
    assert kinds - NO_CONSTRUCTS - LATER <= shown


def test_special_methods_have_examples():
    rows = {name for _, what, *_ in ROWS for name in re.findall(r"__\w+__", what)}
    shown = set(re.findall(r"__\w+__", "".join(BLOCKS)))
    # `super().__new__` and the like make the rest; these are implied by Python itself
    implied = {"__dict__", "__subclasshook__", "__slots__"}
    assert rows - implied <= shown


def test_rows_and_examples_belong_together():
    assert not [name for name, times in DEFINED.items() if times > 1]
    named = {example for *_, example, _ in ROWS}
    missing = {name for name in named if name not in DEFINED}
    assert missing <= {"of_text", "except_star"}
