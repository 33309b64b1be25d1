"""Make a failing program small: delete statements, unwrap compound ones, simplify expressions."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.random_programs.judge import Failure, Rejected, at_most, judge
from tests.random_programs.program import Program

SECONDS = 3.0  # for one program


Judge = Callable[[Program], Failure | None]


def shrink(failure: Failure, seconds: float = 20.0, by: Judge = judge) -> Failure:
    """The smallest failure of the same cluster found in the time."""
    stop = time.monotonic() + seconds
    best = failure
    improved = True
    while improved and time.monotonic() < stop:
        improved = False
        for text in smaller(best.program.text):
            if time.monotonic() > stop:
                break
            found = _try(replace(best.program, text=text), failure.cluster, by)
            if found is not None:
                best, improved = found, True
                break
    return best


def _try(program: Program, cluster: str, by: Judge) -> Failure | None:
    try:
        with at_most(SECONDS):
            found = by(program)
    except (Rejected, SyntaxError, TimeoutError):
        return None
    return found if found is not None and found.cluster == cluster else None


def smaller(text: str) -> Iterator[str]:
    """Programs one step smaller, big steps first."""
    seen = {text}
    for change in (_without_statement, _unwrapped, _without_orelse, _simpler_expression):
        for candidate in _each(text, change):
            if candidate not in seen and len(candidate) < len(text):
                seen.add(candidate)
                yield candidate


def _each(text: str, change: Callable[[ast.AST, int], bool]) -> Iterator[str]:
    """`text` with the change made at its first place, its second place, ..."""
    place = 0
    while True:
        tree = ast.parse(text)
        if not change(tree, place):
            return
        place += 1
        try:
            yield ast.unparse(ast.fix_missing_locations(tree)) + "\n"
        except (ValueError, AttributeError):
            continue


def _blocks(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            inner = getattr(node, name, None)
            if isinstance(inner, list):
                yield inner


def _places(tree: ast.AST) -> list[tuple[list[ast.stmt], int]]:
    return [(inner, n) for inner in _blocks(tree) for n in reversed(range(len(inner)))]


def _without_statement(tree: ast.AST, place: int) -> bool:
    places = _places(tree)
    if place >= len(places):
        return False
    inner, n = places[place]
    del inner[n]
    if not inner:
        inner.append(ast.Pass())
    return True


_NESTING = (ast.If, ast.For, ast.While, ast.With, ast.Try)


def _unwrapped(tree: ast.AST, place: int) -> bool:
    places = [(b, n) for b, n in _places(tree) if isinstance(b[n], _NESTING)]
    if place >= 2 * len(places):
        return False
    inner, n = places[place // 2]
    stmt = inner[n]
    inner[n : n + 1] = (stmt.body if place % 2 == 0 else getattr(stmt, "orelse", None)) or [
        ast.Pass()
    ]
    return True


def _without_orelse(tree: ast.AST, place: int) -> bool:
    owners = [node for node in ast.walk(tree) if isinstance(getattr(node, "orelse", None), list)]
    owners = [node for node in owners if node.orelse]
    if place >= len(owners):
        return False
    owners[place].orelse = []
    return True


def _simpler_expression(tree: ast.AST, place: int) -> bool:
    """An expression replaced by one of its operands."""
    found = 0
    for node in ast.walk(tree):
        for name, value in ast.iter_fields(node):
            items = value if isinstance(value, list) else [value]
            for n, item in enumerate(items):
                for part in _operands(item):
                    if isinstance(part, ast.List | ast.Tuple):
                        continue  # another kind of value
                    if found == place:
                        _put(node, name, n, part)
                        return True
                    found += 1
    return False


def _operands(node: object) -> list[ast.expr]:
    match node:
        case ast.BinOp(left=left, right=right):
            return [left, right]
        case ast.UnaryOp(operand=operand):
            return [operand]
        case ast.Call(args=args):
            return list(args)
        case ast.IfExp(body=body, orelse=orelse):
            return [body, orelse]
        case ast.BoolOp(values=values):
            return list(values)
        case ast.Subscript(value=value, ctx=ast.Load()):
            return [value]
    return []


def _put(node: ast.AST, name: str, n: int, part: ast.expr) -> None:
    value = getattr(node, name)
    if isinstance(value, list):
        value[n] = part
    else:
        setattr(node, name, part)
