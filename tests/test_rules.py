"""Every rule, in both modes, against differences and against each other; and the kinds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from srcad import rules
from srcad.rules.registry import Definition, function_name
from tests.rule_cases import CASES
from tests.rule_checks import check_rule


def _label(case: Any) -> str:
    fn, args, kwargs = case
    name = fn if isinstance(fn, str) else function_name(fn)
    shapes = [str(np.shape(a)) if isinstance(a, np.ndarray) else type(a).__name__ for a in args]
    return f"{name}-{'-'.join([*shapes, *kwargs])}"


@pytest.mark.parametrize("case", CASES, ids=_label)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_rule(case):
    fn, args, kwargs = case
    check_rule(fn, *args, **kwargs)


def test_every_differentiable_rule_has_an_example():
    shown = {core_key(fn) for fn, _, _ in CASES}
    missing = {key for key, rule in rules.all_rules().items() if passes(rule)} - shown
    assert not missing, missing


def core_key(fn: Any) -> Any:
    return rules.Attribute(fn) if isinstance(fn, str) else fn


def passes(rule: rules.Rule) -> bool:
    definition = getattr(rule.pullbacks, "__self__", None)
    return isinstance(definition, Definition) and bool(definition.derivatives)
