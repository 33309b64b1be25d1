"""Programs as they might come from a quant."""

import bisect
import functools
import math
from collections import defaultdict, namedtuple
from dataclasses import dataclass, field, replace

import numpy as np


class Curve:
    def __init__(self, times, rates):
        self.times = list(times)
        self.rates = rates

    def rate(self, t):
        i = bisect.bisect_left(self.times, t)
        if i == 0:
            return self.rates[0]
        if i == len(self.times):
            return self.rates[-1]
        t0, t1 = self.times[i - 1], self.times[i]
        w = (t - t0) / (t1 - t0)
        return (1 - w) * self.rates[i - 1] + w * self.rates[i]

    def df(self, t):
        return math.exp(-self.rate(t) * t)

    def forward(self, a, b):
        return math.log(self.df(a) / self.df(b)) / (b - a)


def bump_curve(rates, shift):
    curves = {"base": Curve([1, 2, 3], rates), "up": Curve([1, 2, 3], [r + shift for r in rates])}
    pv = {name: sum(c.df(t) for t in (0.5, 1.5, 2.5)) for name, c in curves.items()}
    return pv["up"] - pv["base"]


Cashflow = namedtuple("Cashflow", "time amount")


def schedule(coupon, notional, n):
    for k in range(1, n + 1):
        yield Cashflow(0.5 * k, 0.5 * coupon * notional)
    yield Cashflow(0.5 * n, notional)


def bond_pv(y, coupon):
    return sum(cf.amount * (1 + y / 2) ** (-2 * cf.time) for cf in schedule(coupon, 100.0, 4))


def bond_ytm(price, coupon):
    y = coupon
    while True:
        f = bond_pv(y, coupon) - price
        df = (bond_pv(y + 1e-4, coupon) - bond_pv(y - 1e-4, coupon)) / 2e-4
        step = f / df
        y -= step
        if abs(step) < 1e-13:
            return y


def heston_paths(v0, kappa, theta, xi, rho, z):
    """z: steps x 2 x paths"""
    n_paths = z.shape[2]
    s = np.full(n_paths, 100.0)
    v = np.full(n_paths, v0)
    dt = 1 / len(z)
    for z1, z2 in z:
        vp = np.maximum(v, 1e-8)
        zs = rho * z1 + np.sqrt(1 - rho**2) * z2
        s *= np.exp(-0.5 * vp * dt + np.sqrt(vp * dt) * zs)
        v = v + kappa * (theta - vp) * dt + xi * np.sqrt(vp * dt) * z1
    return np.mean(np.maximum(s - 100.0, 0))


def garch(params, returns):
    omega, alpha, beta = params
    var = None
    ll = 0.0
    for r in returns:
        if var is None:
            var = omega / (1 - alpha - beta)
        else:
            var = omega + alpha * prev**2 + beta * var  # noqa: F821
        ll += -0.5 * (math.log(2 * math.pi) + math.log(var) + r**2 / var)
        prev = r  # noqa: F841
    return -ll


def aggregate(trades, fx):
    by_ccy = defaultdict(float)
    for t in trades:
        by_ccy[t["ccy"]] += t["qty"] * t["px"]
    total = 0.0
    for ccy, amount in by_ccy.items():
        total += amount * fx.get(ccy, 1.0)
    return total


TRADES = [
    {"ccy": "EUR", "qty": 2.0, "px": 10.5},
    {"ccy": "USD", "qty": -1.0, "px": 3.0},
    {"ccy": "EUR", "qty": 1.5, "px": 8.0},
]


@dataclass
class Leg:
    notional: float
    rate: float
    times: list = field(default_factory=lambda: [1.0, 2.0])

    def pv(self, df):
        return sum(self.notional * self.rate * df(t) for t in self.times)


@dataclass
class Swap:
    fixed: Leg
    spread: float = 0.0

    def value(self, df):
        return self.fixed.pv(df) + self.spread * sum(df(t) for t in self.fixed.times)


def swap_value(swap, r):
    df = functools.partial(lambda rate, t: math.exp(-rate * t), r)
    bumped = replace(swap, spread=swap.spread * 2)
    return swap.value(df) + bumped.value(df)


def bootstrap(quotes):
    """Discount factors from par rates, one after another."""
    dfs = []
    for i, q in enumerate(quotes, start=1):
        annuity = sum(dfs)
        try:
            df = (1 - q * annuity) / (1 + q)
            if df <= 0:
                raise ValueError("negative discount factor")
        except ValueError as err:
            print("bad quote", err)
            df = dfs[-1]
        dfs.append(df)
    return dfs


rng = np.random.default_rng(5)

CASES = {
    "bump_curve": (bump_curve, ([0.01, 0.02, 0.03], 0.001)),
    "bond_ytm": (bond_ytm, (98.0, 0.05)),
    "heston": (
        heston_paths,
        (0.04, 1.5, 0.05, 0.3, -0.6, rng.normal(size=(4, 2, 5))),
        dict(argnums=(0, 1, 2, 3, 4)),
    ),
    "garch": (garch, ((0.1, 0.1, 0.7), [0.3, -0.5, 0.2, 0.9])),
    "aggregate": (aggregate, (TRADES, {"EUR": 1.1, "USD": 1.0})),
    "swap_value": (swap_value, (Swap(Leg(100.0, 0.03), 0.01), 0.02)),
    "bootstrap_bad": (bootstrap, ([0.02, 1.5, 0.03],)),
}
