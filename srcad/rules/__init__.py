"""What operations mean: one table of rules, filled by a file for each topic.

Add rules of your own, for library functions or for functions of yours, as the built-in ones are
added; see `srcad.rules.registry`.
"""

from srcad.rules import (  # noqa: F401  (each adds its rules to the table)
    applied,
    attributes,
    builtin_functions,
    conversions,
    creation,
    functions,
    helpers,
    joins,
    linear_algebra,
    numerics,
    operators,
    orders,
    places,
    reductions,
    shapes,
)
from srcad.rules.call import Call
from srcad.rules.registry import (
    Attribute,
    Lazy,
    added_rules,
    all_rules,
    elementwise,
    inactive,
    is_inactive,
    linear,
    opaque,
    result_kind,
    rule,
    rule_for,
    seal,
)
from srcad.rules.rule import Key, Partial, Rule

__all__ = [
    "Attribute",
    "Call",
    "Key",
    "Lazy",
    "Partial",
    "Rule",
    "added_rules",
    "all_rules",
    "elementwise",
    "inactive",
    "is_inactive",
    "linear",
    "opaque",
    "result_kind",
    "rule",
    "rule_for",
]

seal()
