"""Stores that do not look like one: methods and functions for them, attributes of classes.

No value that varies may hide where the analyses do not look: it is followed, or refused.
"""

import dataclasses
import functools
import operator
import sys
import types

import numpy as np
import pytest

import srcad
from tests.differences import check

CONFIG = types.ModuleType("config")
CONFIG.ARRAY, CONFIG.LISTED, CONFIG.RATE, CONFIG.BY_NAME = np.zeros(3), [0.0], 2.0, {}


class Point:
    total = 0.0
    rate = 2.0
    array = np.zeros(3)
    listed = [0.0]  # noqa: RUF012
    nested = {"a": [0.0]}  # noqa: RUF012
    made = 0
    inst = None

    def __init__(self, x):
        self.x = x

    def set(self, value):
        object.__setattr__(self, "x", value)

    def put(self, value):
        self.listed.append(value)

    @classmethod
    def keep(cls, value):
        cls.total = value

    @classmethod
    def single(cls):
        if cls.inst is None:
            cls.inst = cls(0.0)
        return cls.inst

    def of_type(self, value):
        type(self).total = value


class Derived(Point):
    def __init__(self, x):
        super().__init__(x)
        super().__setattr__("y", x * x)


@dataclasses.dataclass(frozen=True)
class Frozen:
    x: float
    y: float = dataclasses.field(init=False, default=0.0)

    def __post_init__(self):
        object.__setattr__(self, "y", self.x**2)


# ---------------------------------------------------------------------------------------------
# Followed


def bare_store(x):
    p = Point(x)
    object.__setattr__(p, "x", x * x)
    return p.x * x


def bare_store_in_method(x):
    p = Point(x)
    p.set(x * x)
    return p.x * x


def store_by_super(x):
    return Derived(x).y * x


def store_by_method(x):
    p = Point(x)
    p.__setattr__("x", x * x)
    return p.x * x


def frozen(x):
    f = Frozen(x)
    s = f.y
    for _ in range(2):
        object.__setattr__(f, "y", f.y * x)
        s = s + f.y
    return s


def frozen_is_frozen(x):
    f = Frozen(x)
    y = x
    try:
        f.x = 2.0 * x
    except dataclasses.FrozenInstanceError:
        y = x * x
    return f.x * y


def items_by_function(x):
    a, d, xs = np.zeros(4), {}, [x, x]
    operator.setitem(a, 0, x * x)
    operator.setitem(a, slice(1, 3), x**3)
    np.ndarray.__setitem__(a, 3, x)
    dict.__setitem__(d, "k", x * x)
    list.__setitem__(xs, 0, x**3)
    return np.sum(a) * operator.getitem(d, "k") * xs[0] * np.ndarray.__getitem__(a, 0)


def items_by_method(x):
    a, d, xs = np.zeros(2), {}, [x, x]
    a.__setitem__(0, x * x)
    d.__setitem__("k", a.__getitem__(0) * x)
    xs.__setitem__(1, x**3)
    xs.__delitem__(0)
    return a[0] * d["k"] * xs[0]


def updates_by_function(x):
    a, xs = np.ones(2), [x]
    b, ys = a, xs
    b = operator.imul(a, x * x)
    operator.iadd(a, x)
    xs.__iadd__([x * x])
    y = operator.iadd(x, x * x)
    return a[0] * b[1] * ys[1] * y


def items_in_a_loop(x):
    a = np.zeros(3)
    s = x
    for k in range(3):
        operator.setitem(a, k, s * x)
        s = s + a.__getitem__(k)
    return s * np.sum(a)


def class_of_object(x):
    return Point(x).__class__(x * x).x


def class_attribute_lent(x):
    p = Point(x)
    for _ in range(3):
        p.total += x * x
    return p.total * x


def class_attribute_counts(x):
    Point.made = 0
    y = x
    while Point.made < 3:
        Point.made += 1
        y = y * x if Point.made % 2 else y + x
    return y


def class_attribute_rebound(x):
    y = x
    for k in range(3):
        Point.rate = float(k + 1)
        y = y * x * Point.rate
    return y


def module_attribute_rebound(x):
    CONFIG.RATE = 2.0
    y = x * CONFIG.RATE
    CONFIG.RATE = 3.0
    return y * x * CONFIG.RATE


def array_of_class(x):
    y = x
    for k in range(3):
        Point.array[0] = float(k + 1)
        y = y * x * Point.array[0]
    return y


def set_array(value):
    CONFIG.ARRAY[0] = value


def get_array():
    return CONFIG.ARRAY


def array_of_module_by_calls(x):
    set_array(2.0)
    y = x * get_array()[0]
    set_array(3.0)
    return y * x * CONFIG.ARRAY[0]


def alias_of_class_array(x):
    a = Point.array
    a[0] = 2.0
    y = x * Point.array[0]
    a[0] = 3.0
    return x * y * Point.array[0]


def log_in_class(x):
    Point.total = x * x
    Point.listed.append(x)
    Point.listed.pop()
    return x**3


def memo_of_class(x):
    if "grid" not in Point.nested:
        Point.nested["grid"] = np.linspace(0.0, 1.0, 3)
    return np.sum(Point.nested["grid"] * x * x)


FOLLOWED = [
    *(bare_store, bare_store_in_method, store_by_super, store_by_method, frozen, frozen_is_frozen),
    *(items_by_function, items_by_method, updates_by_function, items_in_a_loop, class_of_object),
    *(class_attribute_lent, class_attribute_counts, class_attribute_rebound),
    *(module_attribute_rebound, array_of_class, array_of_module_by_calls, alias_of_class_array),
    *(log_in_class, memo_of_class),
]


@pytest.mark.parametrize("f", FOLLOWED, ids=lambda f: f.__name__)
def test_followed(f):
    check(f, 0.7)


def test_surroundings_are_as_the_function_leaves_them():
    Point.array[:] = 0.0
    srcad.grad(array_of_class)(0.7)
    assert Point.array[0] == 3.0


def test_second_order():
    for f in (bare_store, frozen, items_by_method, class_attribute_lent):
        check(f, 0.7, order=2)


# ---------------------------------------------------------------------------------------------
# Refused


def class_attribute(x):
    Point.total = x * x
    return Point.total


def class_attribute_by_method(x):
    Point.keep(x * x)
    return Point.total


def class_attribute_by_type(x):
    p = Point(x)
    p.of_type(x * x)
    return p.total


def class_attribute_by_object(x):
    p = Point(x)
    p.__class__.total = x * x
    return p.total


def class_attribute_by_setattr(x):
    setattr(Point, "total", x * x)  # noqa: B010
    return Point.total


def list_of_class(x):
    Point.listed.append(x * x)
    return Point.listed[-1]


def list_of_class_by_object(x):
    Point(x).put(x * x)
    return Derived(x).listed[-1]


def list_of_class_by_name(x):
    xs = Point.listed
    xs.append(x * x)
    return Point.listed[-1]


def list_in_dict_of_class(x):
    Point.nested["a"].append(x * x)
    return Point.nested["a"][-1]


def array_of_class_varies(x):
    Point.array[0] = x * x
    return Point.array[0]


def dict_of_class(x):
    Point.__dict__["listed"].append(x * x)
    return Point.listed[-1]


def singleton(x):
    p = Point.single()
    p.x = x * x
    return Point.single().x


def array_of_module(x):
    CONFIG.ARRAY[0] = x * x
    return CONFIG.ARRAY[0]


def array_from_a_call(x):
    get_array()[0] = x * x
    return get_array()[0]


def dict_of_module(x):
    CONFIG.BY_NAME["k"] = x * x
    return CONFIG.BY_NAME["k"]


def helper(x):
    return x


def attribute_of_function(x):
    helper.last = x * x
    return helper.last


def dict_of_function(x):
    helper.known = {}
    helper.known["k"] = x * x
    return helper.known["k"]


def attribute_of_inner_function(x):
    def inner():
        return 1

    inner.last = x * x
    return inner.last


REFUSED = [
    *(class_attribute, class_attribute_by_method, class_attribute_by_type),
    *(class_attribute_by_object, class_attribute_by_setattr, list_of_class),
    *(list_of_class_by_object, list_of_class_by_name, list_in_dict_of_class),
    *(array_of_class_varies, dict_of_class, singleton, array_of_module, array_from_a_call),
    *(dict_of_module, attribute_of_function, dict_of_function, attribute_of_inner_function),
]


@pytest.mark.parametrize("f", REFUSED, ids=lambda f: f.__name__)
def test_refused(f):
    for call in (srcad.grad(f), functools.partial(srcad.jvp, f)):
        args = (0.7,) if isinstance(call, srcad.derivative.Derivative) else ((0.7,), (1.0,))
        with pytest.raises(srcad.errors.UnsupportedConstruct, match=r"outlives|attribute of the"):
            call(*args)


@pytest.fixture(autouse=True)
def _restore(monkeypatch):
    """Leave the classes and the module as they were."""
    monkeypatch.setitem(sys.modules, "config", CONFIG)
    Point.total, Point.rate, Point.made, Point.inst = 0.0, 2.0, 0, None
    Point.array[:], CONFIG.ARRAY[:], CONFIG.RATE = 0.0, 0.0, 2.0
    yield
    Point.listed[:], Point.nested = [0.0], {"a": [0.0]}
    CONFIG.BY_NAME.clear()
