"""What is not understood is refused, by name and with a way out."""

import linecache

import pytest

from srcad.errors import UnsupportedConstruct
from srcad.frontend import capture

REFUSED = [
    ("class A:\n    y = x", "`class A`: a class that reads variables of the function"),
    ("y = [(i for i in x)]", "`(i for i in x)`: it makes an iterator that lives on. Put"),
    ("y = [map(abs, x)]", "`map(abs, x)`: it makes an iterator that lives on. Put"),
    ("y = locals()", "`locals()`: it depends on the caller's frame. Write it without"),
    ("y = f'{(i := x)}'", "`f'{(i := x)}'`: it binds names of its own. Compute"),
    ("y = nowhere", "`nowhere`: `nowhere` is not defined. Define it before"),
    ("y = linecache.nothing", "`linecache.nothing`: module 'linecache' has no attribute"),
]


def made(text):
    file = f"<refused {hash(text)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    namespace = {"linecache": linecache}
    exec(compile(text, file, "exec"), namespace)
    return namespace["f"]


@pytest.mark.parametrize(("body", "message"), REFUSED)
def test_refused(body, message):
    text = "def f(x):\n" + "".join(f"    {line}\n" for line in body.splitlines())
    with pytest.raises(UnsupportedConstruct) as caught:
        capture(made(text))
    where, _, said = str(caught.value).partition(": cannot differentiate ")
    assert said.startswith(message)
    assert said.endswith(".  [docs/errors.md#unsupported-construct]")
    assert where.startswith("<refused ")
    assert where.endswith((":2", ":3"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("async def f(x):\n    return x\n", "`async def f(x)`: async functions are not supported"),
    ],
)
def test_refused_as_a_whole(text, message):
    with pytest.raises(UnsupportedConstruct) as caught:
        capture(made(text))
    assert message in str(caught.value)
