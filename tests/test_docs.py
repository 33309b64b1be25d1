"""Every Python block of the documents runs, and prints what the document says it prints.

The blocks of one document share a namespace, from top to bottom. A `text` block is the exact
output of the Python blocks since the last `text` block; a line `...` in it stands for any lines.
An exception counts as output: its class and message on one line. `pytest --update-golden` writes
the output into the documents anew (a `text` block with a line `...` is left alone).
"""

import contextlib
import io
import linecache
import pathlib
import re
import sys
import tempfile
from dataclasses import dataclass, field

import pytest

ROOT = pathlib.Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass
class Example:
    """The Python blocks up to a `text` block, or up to the end where none follows."""

    blocks: list[re.Match] = field(default_factory=list)
    expected: re.Match | None = None


def examples_of(text):
    example = Example()
    for fence in FENCE.finditer(text):
        if fence[1] == "python":
            example.blocks.append(fence)
        elif fence[1] == "text":
            example.expected = fence
            yield example
            example = Example()
    if example.blocks:
        yield example


def line_of(text, match):
    return text.count("\n", 0, match.start()) + 1


def execute(code, folder, namespace):
    """Run a block from a file of its own, so that its functions have source, and get its output."""
    path = pathlib.Path(tempfile.mkdtemp(dir=folder), "example.py")
    path.write_text(code, encoding="utf-8")
    linecache.checkcache(str(path))
    printed = io.StringIO()
    # inspect finds the source of a class through its module's file
    namespace["__file__"] = str(path)
    with contextlib.redirect_stdout(printed):
        try:
            exec(compile(code, str(path), "exec"), namespace)
        except Exception as error:
            print(f"{type(error).__name__}: {error}")
            error.__traceback__ = None
            namespace["_raised"] = error
    return re.sub(re.escape(str(folder)) + r"/\w+/", "", printed.getvalue())


def output_of(example, folder, namespace):
    namespace.pop("_raised", None)
    printed = "".join(execute(block[2], folder, namespace) for block in example.blocks)
    lines = [line.rstrip() for line in printed.rstrip().splitlines()]
    return "".join(line + "\n" for line in lines)


def agrees(expected, printed):
    parts = [re.escape(part) for part in re.split(r"^\.\.\.\n", expected, flags=re.MULTILINE)]
    return re.fullmatch(r"(?:.*\n)*?".join(parts), printed) is not None


@contextlib.contextmanager
def module_for(document):
    """A namespace that is a module's, as that of a user's file is."""
    name = "example"
    module = type(sys)(name)
    sys.modules[name] = module
    try:
        yield module.__dict__
    finally:
        del sys.modules[name]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_document(document, tmp_path, request):
    if request.config.getoption("--update-golden"):
        rewrite(document, tmp_path)
    text = document.read_text(encoding="utf-8")
    with module_for(document) as namespace:
        for example in examples_of(text):
            printed = output_of(example, tmp_path, namespace)
            if example.expected is None:
                assert "_raised" not in namespace, printed
                continue
            line = line_of(text, example.expected)
            assert agrees(example.expected[2], printed), f"{document.name}:{line}:\n{printed}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document):
    text = FENCE.sub("", document.read_text(encoding="utf-8"))
    for target, _, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(#([^)]*))?\)", text):
        linked = (document.parent / target) if target else document
        assert linked.exists(), target
        if anchor:
            assert anchor in anchors_of(linked), f"{target}#{anchor}"


def anchors_of(document):
    headings = re.findall(r"^#+ (.*)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_rules_that_the_design_shows_are_real():
    shown = re.findall(
        r"^    ((?:elementwise|linear)\(.*)$",
        (ROOT / "docs/design.md").read_text("utf-8"),
        re.MULTILINE,
    )
    written = "\n".join(path.read_text("utf-8") for path in (ROOT / "srcad/rules").glob("*.py"))
    assert shown
    for rule in shown:
        assert f"\n{rule}" in written


def test_every_error_has_its_section():
    from srcad import errors

    classes = [each for each in vars(errors).values() if isinstance(each, type)]
    anchors = {each.anchor for each in classes if issubclass(each, errors.SrcadError)}
    assert anchors <= anchors_of(ROOT / "docs" / "errors.md")


def rewrite(document, folder):
    """Write into `document` what its examples print now."""
    text = document.read_text(encoding="utf-8")
    pieces, position = [], 0
    with module_for(document) as namespace:
        for example in examples_of(text):
            printed = output_of(example, folder, namespace)
            if example.expected is None or "...\n" in example.expected[2]:
                continue
            start, end = example.expected.span(2)
            pieces += [text[position:start], printed]
            position = end
    document.write_text("".join([*pieces, text[position:]]), encoding="utf-8")
