"""What can be counted in emitted text: statements and arithmetic."""

import ast


def statements(text, keep=lambda name: True, functions_only=False):
    """The number of statements, without imports, docstrings and functions that `keep` refuses."""
    top = ast.parse(text).body
    if functions_only:
        top = [stmt for stmt in top if isinstance(stmt, ast.FunctionDef)]
    return sum(_count(stmt, keep) for stmt in top)


def _count(stmt, keep):
    if isinstance(stmt, ast.FunctionDef) and not keep(stmt.name):
        return 0
    return sum(isinstance(node, ast.stmt) and not _is_aside(node) for node in ast.walk(stmt))


def _is_aside(node):
    docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return docstring or isinstance(node, ast.Import | ast.ImportFrom)


def operations(text):
    """The number of arithmetic operations and calls in straight-line text."""
    tree = ast.parse(text)
    binary = sum(isinstance(node, ast.BinOp | ast.Call) for node in ast.walk(tree))
    negated = [n for n in ast.walk(tree) if isinstance(n, ast.UnaryOp)]
    negations = sum(not isinstance(node.operand, ast.Constant) for node in negated)
    return binary + negations + sum(isinstance(n, ast.AugAssign) for n in ast.walk(tree))
