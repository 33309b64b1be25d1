"""Kinds of dates and durations, and of what is made of them: they carry no derivative."""

from __future__ import annotations

import datetime
import operator
from typing import Any

from srcad.core import Const, Method, Op, children
from srcad.kinds import FLOAT, INT, UNKNOWN, Inert, Kind, TupleOf, carries

DATE = Inert("date")
DURATION = Inert("timedelta")

_CLASSES: dict[Any, Kind] = {
    datetime.date: DATE,
    datetime.datetime: DATE,
    datetime.time: DATE,
    datetime.timedelta: DURATION,
}
_NUMBERS = {"year", "month", "day", "hour", "minute", "second", "microsecond", "fold"} | {
    "days",
    "seconds",
    "microseconds",
}
_METHODS: dict[str, Kind] = {
    **dict.fromkeys(("total_seconds", "timestamp"), FLOAT),
    **dict.fromkeys(("weekday", "isoweekday", "toordinal"), INT),
    **dict.fromkeys(("replace", "date", "time", "astimezone"), DATE),
    **dict.fromkeys(("isoformat", "strftime", "ctime", "tzname"), Inert("str")),
    "isocalendar": TupleOf((INT, INT, INT)),
    "utcoffset": DURATION,
}
_MAKERS = {"today", "now", "utcnow", "strptime", "combine"} | {
    "fromisoformat",
    "fromordinal",
    "fromisocalendar",
}
_RESULTS: dict[Any, dict[tuple[Kind, ...], Kind]] = {
    operator.add: {(DATE, DURATION): DATE, (DURATION, DATE): DATE, (DURATION, DURATION): DURATION},
    operator.sub: {
        (DATE, DATE): DURATION,
        (DATE, DURATION): DATE,
        (DURATION, DURATION): DURATION,
    },
    operator.mul: {(DURATION, INT): DURATION, (INT, DURATION): DURATION},
    operator.truediv: {(DURATION, DURATION): FLOAT, (DURATION, INT): DURATION},
    operator.floordiv: {(DURATION, DURATION): INT, (DURATION, INT): DURATION},
    operator.mod: {(DURATION, DURATION): DURATION},
    operator.neg: {(DURATION,): DURATION},
    abs: {(DURATION,): DURATION},
}


def date_attribute(base: Kind, name: str) -> Kind:
    """The kind of an attribute of a date or a duration."""
    return INT if base in (DATE, DURATION) and name in _NUMBERS else UNKNOWN


def date_kind(op: Op) -> Kind | None:
    """The kind of an operation on dates, or that makes one; None if it is none of these.

    One made from a number that may carry a derivative is not known to be anything.
    """
    kinds = tuple(part.kind for part in children(op))
    if isinstance(op.fn, Method):
        return _METHODS.get(op.fn.name) if kinds[:1] in ((DATE,), (DURATION,)) else None
    made = _made(op.fn)
    if made is not None:
        plain = all(isinstance(part, Const) or not carries(part.kind) for part in children(op))
        return made if plain else UNKNOWN
    results = _RESULTS.get(op.fn) if getattr(type(op.fn), "__hash__", None) else None
    return None if results is None else results.get(tuple(map(_form, kinds)))


def _made(fn: Any) -> Kind | None:
    if isinstance(fn, type):
        return _CLASSES.get(fn)
    owner = getattr(fn, "__self__", None)
    known = isinstance(owner, type) and getattr(fn, "__name__", "") in _MAKERS
    return _CLASSES.get(owner) if known else None


def _form(kind: Kind) -> Kind:
    """`kind`, whatever is known of how large a number is."""
    return INT if getattr(kind, "dtype", None) == "int64" else kind
