"""What is asked of a construct in one of its contexts."""

from __future__ import annotations

import contextlib
import copy
import io
from types import ModuleType
from typing import Any

import srcad
from srcad import errors
from tests import differences
from tests.constructs.construct import Construct, loaded


def hold(construct: Construct, context: str) -> None:
    """Fail unless the program's derivatives, value and effects are right."""
    with loaded(construct.text()) as module:
        f = getattr(module, context)
        args = construct.args()
        wanted = effects(module, f, args)
        differences.check(f, *args, tol=1e-5)
        got = effects(module, srcad.value_and_grad(f), args)
        assert got == wanted, f"the effects are not the function's:\n  {got}\n  {wanted}"


def effects(module: ModuleType, f: Any, args: tuple[Any, ...]) -> tuple[str, list[Any]]:
    """What one call prints and what it leaves in the module's `LOG`."""
    module.LOG.clear()
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        f(*copy.deepcopy(args))
    return printed.getvalue(), list(module.LOG)


def verdict(construct: Construct, context: str) -> tuple[str, str]:
    """`right`, `WRONG`, `refused`, `crash` or `unclear`, with the message."""
    try:
        with loaded(construct.text()) as module, contextlib.redirect_stdout(io.StringIO()):
            getattr(module, context)(*construct.args())
    except Exception as error:
        return "unclear", f"the program itself fails: {error!r}"
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            hold(construct, context)
    except errors.SrcadError as error:
        return "refused", str(error)
    except AssertionError as error:
        return "WRONG", str(error)
    except ValueError as error:
        untrusted = "not to be trusted" in str(error)
        return ("unclear" if untrusted else "crash"), repr(error)
    except Exception as error:
        return "crash", repr(error)
    return "right", ""
