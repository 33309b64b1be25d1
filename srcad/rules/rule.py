"""What a rule is: the meaning of one operation, from which both modes, the recorded-values
analysis and the kinds follow.

Templates are core expressions over *slots*, variables whose names start with `%`:

    %0, %1, ...   the operands op.args[0], op.args[1], ...
    %name         the operand given by keyword `name`
    %out          the operation's result
    %g            the cotangent of the result (pullbacks)
    %t            the tangent of the operand in question (pushforwards)

An operand is named in the code below by its *key*: its position (int) or its keyword (str).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from srcad.core import Attr, Expr, Op
from srcad.kinds import Kind

Key = int | str


@dataclass(frozen=True, slots=True)
class Partial:
    """How the derivative passes between the result and one operand.

    `factor` True: `template` is the elementwise partial derivative; the pullback is `g` times it
    (summed back to the operand's shape where a broadcast happened), the pushforward `t` times it.
    The template is a constant such as 1, -1 where the partial is one.

    `factor` False: `template` contains `%g` (or `%t`) itself. `lazy` says that it may be given a
    cotangent that merely broadcasts to the result's shape (a number for an array), so that the
    sum of an array need not spread its cotangent out; what it then gives is as lazy.
    """

    template: Expr
    factor: bool = False
    lazy: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """The meaning of an operation. All functions take the `Op` (or `Attr`), its operands' kinds
    filled in, and may choose a form by those kinds and by constant operands.

    `pullbacks` and `pushforwards` give a `Partial` for each operand that can pass a derivative
    on; an operand left out (an axis, a shape, an index) passes none. A rule for an operation
    whose derivative is zero everywhere (floor, argmax, comparisons) has `inactive` True.

    `view_of`: whether it is a view, where that depends on the operands. `reads_shape_only`: the
    operation reads the shape and dtype of its array operands, never their
    elements (`zeros_like`, `shape`, `len`). `view`: the result may share memory with operand 0
    (`reshape`, `transpose`, `.T`, `asarray`, `ravel`); `turned`: a view whose cotangent is not the
    same view of the cotangent (`.imag`), so that no store through it has an adjoint. `cost`: 0 for
    what is free or nearly (shapes, views, `len`), 1 for scalar or elementwise arithmetic, 2 for
    what costs more (transcendental functions, reductions), 3 for more than one pass (matmul,
    solve, sort).
    `writes`: keys of operands written into (`np.copyto`, `out=`).
    `elementwise`: the operands are broadcast together and the result has their common shape.
    `effect`: must be executed exactly as the user wrote it (print, random draws).
    """

    name: str
    kind: Callable[[Op], Kind]
    pullbacks: Callable[[Op | Attr], dict[Key, Partial]]
    pushforwards: Callable[[Op | Attr], dict[Key, Partial]]
    inactive: bool = False
    reads_shape_only: bool = False
    view: bool = False
    turned: bool = False
    cost: int = 2
    writes: tuple[Key, ...] = ()
    effect: bool = False
    elementwise: bool = False
    view_of: Callable[[Op], bool] | None = None
