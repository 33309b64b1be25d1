"""A bond book: schedules from dates, an interpolated curve, yields by Newton, and key rates."""

from __future__ import annotations

import bisect
import datetime as dt
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property, partial


def add_months(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.month - 1 + months, 12)
    last = (dt.date(day.year + year + (month == 11), (month + 1) % 12 + 1, 1) - dt.timedelta(1)).day
    return dt.date(day.year + year, month + 1, min(day.day, last))


def year_fraction(start: dt.date, end: dt.date) -> float:
    return (end - start).days / 365.25


class Curve:
    """Zero rates at some tenors; linear between them and flat beyond."""

    def __init__(self, today: dt.date, rates: dict[float, float]) -> None:
        self.today = today
        self.tenors = sorted(rates)
        self.rates = [rates[tenor] for tenor in self.tenors]

    def zero(self, t: float) -> float:
        i = bisect.bisect_left(self.tenors, t)
        if i == 0:
            return self.rates[0]
        if i == len(self.tenors):
            return self.rates[-1]
        t0, t1 = self.tenors[i - 1 : i + 1]
        w = (t - t0) / (t1 - t0)
        return (1 - w) * self.rates[i - 1] + w * self.rates[i]

    def __call__(self, day: dt.date, spread: float = 0.0) -> float:
        t = year_fraction(self.today, day)
        return math.exp(-(self.zero(t) + spread) * t)


@dataclass
class Bond(ABC):
    name: str
    notional: float
    maturity: dt.date

    @abstractmethod
    def cash_flows(self, today): ...

    def value(self, curve: Curve, spread: float = 0.0) -> float:
        return sum(amount * curve(day, spread) for day, amount in self.cash_flows(curve.today))


@dataclass
class ZeroBond(Bond):
    def cash_flows(self, today):
        if self.maturity > today:
            yield self.maturity, self.notional


@dataclass
class CouponBond(Bond):
    coupon: float = 0.04
    frequency: int = 2

    def schedule(self, today):
        months = 12 // self.frequency
        day, dates = self.maturity, []
        while day > today:
            dates.insert(0, day)
            day = add_months(self.maturity, -months * len(dates))
        return dates

    def cash_flows(self, today):
        *regular, last = self.schedule(today)
        payment = self.notional * self.coupon / self.frequency
        for day in regular:
            yield day, payment
        yield last, self.notional + payment


@dataclass
class AmortisingBond(CouponBond):
    def cash_flows(self, today):
        dates = self.schedule(today)
        outstanding = self.notional
        part = self.notional / len(dates)
        for day in dates:
            yield day, part + outstanding * self.coupon / self.frequency
            outstanding -= part


class Book:
    def __init__(self, bonds):
        self._bonds = {bond.name: bond for bond in bonds}

    def __getitem__(self, name):
        return self._bonds[name]

    def __len__(self):
        return len(self._bonds)

    @cached_property
    def total_notional(self):
        return sum(bond.notional for bond in self._bonds.values())

    def value(self, curve, spreads):
        return sum(bond.value(curve, spreads.get(name, 0.0)) for name, bond in self._bonds.items())


def implied_yield(bond, price, today, guess=0.03):
    """The flat rate that explains the price."""

    def gap(y):
        flows = [(year_fraction(today, day), amount) for day, amount in bond.cash_flows(today)]
        worth = sum(amount * math.exp(-y * t) for t, amount in flows)
        slope = -sum(t * amount * math.exp(-y * t) for t, amount in flows)
        return worth - price, slope

    y = guess
    for _ in range(50):
        f, df = gap(y)
        step = f / df
        y -= step
        if abs(step) < 1e-14:
            return y
    raise ArithmeticError(f"{bond.name}: no yield for a price of {price}")


TODAY = dt.date(2024, 3, 15)


def example_book(notionals, coupon):
    year = partial(dt.date, month=9, day=30)
    bonds = [
        ZeroBond("bill", notionals[0], year(2025)),
        CouponBond("note", notionals[1], year(2028), coupon=coupon),
        AmortisingBond("mortgage", notionals[2], year(2033), coupon=coupon + 0.01, frequency=4),
    ]
    return Book(bonds)


def book_value(rates, notionals, coupon, spreads):
    """The worth of the book; its gradient in the rates are the key-rate durations."""
    curve = Curve(TODAY, dict(zip((0.5, 2.0, 5.0, 10.0), rates)))
    return example_book(notionals, coupon).value(curve, spreads)


def note_yield(rates, coupon, price_shift):
    curve = Curve(TODAY, {1.0: rates[0], 3.0: rates[1], 7.0: rates[2]})
    note = example_book([1.0, 100.0, 1.0], coupon)["note"]
    return implied_yield(note, note.value(curve) + price_shift, TODAY)
