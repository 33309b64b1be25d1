"""srcad's errors: one hierarchy, one form of message.

Every message reads `file:line: what went wrong: why. What to do.  [docs/errors.md#anchor]`.
"""

from __future__ import annotations

from typing import Any


class SrcadError(Exception):
    """The base of everything that srcad raises on purpose."""

    anchor = "errors"

    def __init__(self, message: str, remedy: str = "", origin: Any = None) -> None:
        self.origin = origin
        where = f"{origin.file}:{origin.line}: " if origin is not None and origin.line else ""
        parts = [where + message.rstrip(".") + "."]
        if remedy:
            parts.append(remedy.rstrip(".") + ".")
        super().__init__(" ".join(parts) + f"  [docs/errors.md#{self.anchor}]")


class SourceNotAvailable(SrcadError, TypeError):
    """The function's Python source cannot be read.

    Failing::

        srcad.grad(len)

    Fix: differentiate a function that is written in Python, in a file or a notebook cell.
    """

    anchor = "source-not-available"


class UnsupportedConstruct(SrcadError, NotImplementedError):
    """The function uses a construct that srcad does not differentiate.

    Failing::

        async def f(x): ...

    Fix: what the message says; usually another spelling of the same thing.
    """

    anchor = "unsupported-construct"


class NoDerivative(SrcadError, NotImplementedError):
    """An active value goes through a function with neither a rule nor Python source.

    Failing::

        def f(x): return some_c_extension(x)

    Fix: add a rule for it with `srcad.rules`, or write it in Python.
    """

    anchor = "no-derivative"


class NotDifferentiable(SrcadError, TypeError):
    """An argument or result that cannot carry a derivative was asked for one.

    Failing::

        srcad.grad(lambda n: n * 2)(3)

    Fix: pass a float, or choose another argument with `argnums`.
    """

    anchor = "not-differentiable"


class NonScalarResult(SrcadError, TypeError):
    """`grad` was asked of a function whose result is not one number.

    Failing::

        srcad.grad(lambda x: x * 2)(np.ones(3))

    Fix: reduce the result (`np.sum`), or use `vjp`.
    """

    anchor = "non-scalar-result"


class SharedMemory(SrcadError, ValueError):
    """Two arguments share memory and the function writes into one of them.

    Failing::

        srcad.grad(f)(a, a[1:])      # where f writes into its first argument

    Fix: pass a copy of one.
    """

    anchor = "shared-memory"


class WrongForm(SrcadError, ValueError):
    """A tangent or cotangent does not have the form of its value.

    Failing::

        srcad.jvp(np.sum, (np.ones(3),), (np.ones(2),))

    Fix: give it the shape, or the structure, of the argument or result that it belongs to.
    """

    anchor = "wrong-form"
