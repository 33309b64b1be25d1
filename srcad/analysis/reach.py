"""What a write can change, by the kinds: an object of one class is none of another class, nor is
it inside of an array.
"""

from __future__ import annotations

from srcad.kinds import (
    UNKNOWN,
    Array,
    ConstOf,
    DictOf,
    Kind,
    ListOf,
    Never,
    ObjectOf,
    OneOf,
    RangeOf,
    Same,
    Scalar,
    TupleOf,
)

_WRITABLE = (Array, ListOf, DictOf)


def may_be(kind: Kind, written: Kind) -> bool:
    """Whether a value of `kind` may be the very thing, of kind `written`, that is written into."""
    if isinstance(kind, OneOf):
        return any(may_be(option, written) for option in kind.options)
    if isinstance(written, OneOf):
        return any(may_be(kind, option) for option in written.options)
    if isinstance(kind, Scalar | ConstOf | RangeOf | Never | TupleOf):
        return not isinstance(written, _WRITABLE) and isinstance(kind, TupleOf)
    if not isinstance(kind, _WRITABLE) or not isinstance(written, _WRITABLE):
        return True
    if isinstance(kind, ObjectOf) and isinstance(written, ObjectOf):
        return kind.cls is written.cls
    return type(kind) is type(written)


def forms_of(written: Kind) -> tuple[Kind, ...]:
    """What `may_be` and `may_hold` look at in the kind of what is written into, and nothing else:
    there are few of them in a program.
    """
    match written:
        case OneOf(options=options):
            return tuple(form for option in options for form in forms_of(option))
        case Array(dtype=dtype):
            return (Array("object" if dtype == "object" else "float64"),)
        case ObjectOf(cls=cls):
            return (ObjectOf(None, UNKNOWN, cls),)
        case ListOf():
            return (ListOf(UNKNOWN),)
        case DictOf():
            return (DictOf(None, UNKNOWN),)
    return (UNKNOWN,)


def may_hold(kind: Kind, written: Kind) -> bool:
    """Whether what is written into, of kind `written`, may be a value of `kind` or inside of it."""
    if may_be(kind, written):
        return True
    match kind:
        case OneOf(options=options) | TupleOf(items=options):
            return any(may_hold(option, written) for option in options)
        case Array(dtype=dtype):
            return dtype == "object"
        case ListOf(item=item) | DictOf(items=None, value=item):
            return may_hold(item, written)
        case DictOf(items=pairs):
            return any(may_hold(item, written) for _, item in pairs or ())
        case Same():  # looked at where it stands for the object around it
            return False
    return False
