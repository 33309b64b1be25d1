"""What each step of the pipeline makes of a function, for those who work on srcad."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from srcad.core import Assign, Expr, For, Function, Return, Stmt, Store
from srcad.derivative import Derivative
from srcad.emit import emit
from srcad.frontend.dump import dump, text_of
from srcad.kinds import Scalar, describe_kind
from srcad.load.arguments import Argnums
from srcad.request import Mode

if TYPE_CHECKING:
    from srcad.analysis.typed import Typed
    from srcad.pipeline import Stages
    from srcad.reverse.adjoint import Parts

AS_BEFORE = "as before\n"


@dataclass(frozen=True)
class Steps:
    """The text of each step, by its name; printed, all of them."""

    of: str
    sections: dict[str, str]

    def __getitem__(self, step: str) -> str:
        return self.sections[step]

    def __str__(self) -> str:
        return "\n".join(f"== {name} ==\n\n{text}" for name, text in self.sections.items())

    def __repr__(self) -> str:
        return f"<srcad steps of {self.of}: {', '.join(self.sections)}>"


def steps(
    f: Any,
    *args: Any,
    argnums: Argnums = 0,
    mode: Mode = "grad",
    ties: str = "first",
    **kwargs: Any,
) -> Steps:
    """Print what each step makes of a function, for arguments of these kinds.

    Parameters
    ----------
    f
        A plain Python function.
    *args, **kwargs
        Its arguments; only their kinds matter.
    argnums
        What to differentiate with respect to, as in `grad`.
    mode
        Which derivative: "grad", "value_and_grad", "vjp" or "jvp".
    ties
        As in `grad`.

    Returns
    -------
    Steps
        What was printed: `str` gives all of it, `["captured"]` the text of one step.

    """
    from srcad.pipeline import stages  # late: importing srcad does not load the pipeline

    request, kinds = Derivative(f, mode, argnums, ties=ties).asked(args, kwargs)
    found = stages(request, kinds)
    sections = dict(_sections(found))
    sections["emitted"] = emit(found.simplified, request).text
    result = Steps(found.made.program.entry, sections)
    print(result, end="")
    return result


def _sections(found: Stages) -> Iterator[tuple[str, str]]:
    captured, inlined = dump(found.captured), dump(found.inlined)
    yield "captured", captured
    yield "inlined", AS_BEFORE if inlined == captured else inlined
    yield "typed", "\n".join(map(_typed, _with_called(found.typed)))
    for parts in found.made.parts:
        name = parts.typed.function.name
        of = "" if name == found.typed.function.name else f" `{name}`"
        prepared = dump(parts.typed.function)
        yield f"prepared{of}", AS_BEFORE if not of and prepared == inlined else prepared
        yield f"activity and aliases{of}", _activity(parts)
        yield f"recorded values{of}", _listed(map(str, parts.reasons))
        yield f"ownership{of}", _listed(_ownership(parts))
    transformed, short = dump(found.made.program), dump(found.simplified)
    yield "transformed", transformed
    yield "simplified", AS_BEFORE if transformed == short else short


def _listed(lines: Any) -> str:
    return "".join(f"{line}\n" for line in lines) or "none\n"


# ---------------------------------------------------------------------------------------------
# Kinds


def _with_called(typed: Typed) -> list[Typed]:
    """`typed` and all that it calls, each once."""
    found = [typed]
    for each in found:
        found += [called for called in each.calls.values() if called not in found]
    return found


def _typed(typed: Typed) -> str:
    function: Function = typed.function
    known = [f"{name}: {describe_kind(kind)}" for name, kind in typed.kinds.items()]
    result = f"result: {describe_kind(typed.result)}"
    return "".join(f"# {line}\n" for line in [*known, result]) + dump(function, _kind_of)


def _kind_of(stmt: Stmt) -> str:
    match stmt:
        case Assign(value=value) | Store(value=value) | For(iter=value):
            return describe_kind(value.kind)
        case Return(value=Expr() as value):
            return describe_kind(value.kind)
    return ""


# ---------------------------------------------------------------------------------------------
# Analyses


def _activity(parts: Parts) -> str:
    """The function with what is active before each statement, and which names share memory."""
    context = parts.context

    def note(stmt: Stmt) -> str:
        active = sorted(context.active_before(stmt))
        pairs = sorted("~".join(sorted(pair)) for pair in context.memory.aliases.before(stmt))
        said = [f"active: {', '.join(active)}"] if active else []
        said += [f"may share memory: {', '.join(pairs)}"] if pairs else []
        return "; ".join(said)

    return dump(parts.typed.function, note)


def _ownership(parts: Parts) -> Iterator[str]:
    """A line for each adjoint: whose memory it has."""
    context = parts.context
    for name, view in context.links.items():
        yield f"adjoint of {name}: linked, `{text_of(context.shadow(view))}`"
    for name, adjoint in context.adjoints.items():
        if name in context.pinned:
            yield f"{adjoint}: pinned, the caller gives it and it is added to in place"
        elif name in context.tracked:
            yield f"{adjoint}: tracked, bound beside `{name}` in the forward sweep"
        elif isinstance(context.kind(name), Scalar):
            yield f"{adjoint}: a number"
        elif name in context.ownership:
            yield f"{adjoint}: {'; '.join(context.ownership[name])}"
