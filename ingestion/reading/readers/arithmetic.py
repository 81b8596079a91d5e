"""Formulas of numbers alone, such as ``40+5-2``: whether the value kept beside one is its own.

Programs calculate a formula when it is entered; a value that it does not give was written by
something else, and nobody can tell which of the two is meant. Formulas that refer to other cells
are not calculated here.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping

_OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def is_stale(formula: str, kept: str) -> bool:
    """Whether a formula gives another value than the one that is kept.

    Args:
        formula: without its equals sign; anything but the four operations on numbers is left alone.
        kept: the value as it stands in the file.

    >>> is_stale("40+5-2", "43"), is_stale("40+5-2", "45"), is_stale("1/0", "0")
    (False, True, False)
    """
    try:
        tree = ast.parse(formula.strip(), mode="eval").body
        value, told = _value(tree), float(kept)
    except (ArithmeticError, RecursionError, SyntaxError, ValueError):
        return False
    return not math.isclose(value, told, rel_tol=1e-9, abs_tol=1e-9)


def _value(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.UnaryOp(op=ast.UAdd() | ast.USub() as sign):
            value = _value(node.operand)
            return -value if isinstance(sign, ast.USub) else value
        case ast.BinOp() if type(node.op) in _OPERATORS:
            return _OPERATORS[type(node.op)](_value(node.left), _value(node.right))
    raise ValueError("no arithmetic of numbers")
