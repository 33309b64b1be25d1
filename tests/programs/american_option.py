"""An American put by Longstaff and Schwartz: simulated paths, regression, early exercise."""

import math
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Market:
    spot: float
    rate: float
    volatility: float
    dividend: float = 0.0

    def discount(self, dt: float) -> float:
        return math.exp(-self.rate * dt)

    def bumped(self, **changes: float) -> "Market":
        return replace(self, **changes)


@dataclass(frozen=True)
class Put:
    strike: float
    maturity: float

    def payoff(self, s):
        return np.maximum(self.strike - s, 0.0)


def simulate_paths(market, maturity, steps, n_paths, rng):
    """Geometric Brownian motion with antithetic draws; one row for each date."""
    dt = maturity / steps
    drift = (market.rate - market.dividend - 0.5 * market.volatility**2) * dt
    paths = np.empty((steps + 1, n_paths))
    paths[0] = market.spot
    half = n_paths // 2
    for i in range(1, steps + 1):
        z = rng.standard_normal(half)
        z = np.concatenate([z, -z])
        paths[i] = paths[i - 1] * np.exp(drift + market.volatility * math.sqrt(dt) * z)
    return paths


def laguerre(x):
    """The first three weighted Laguerre polynomials, as in the paper."""
    w = np.exp(-x / 2)
    return np.column_stack([w, w * (1 - x), w * (1 - 2 * x + x**2 / 2)])


def continuation(s, cash):
    """What the holder expects from waiting, by least squares on the paths in the money."""
    basis = laguerre(s)
    coefficients = np.linalg.solve(basis.T @ basis, basis.T @ cash)
    return basis @ coefficients


def price(market, option, steps=8, n_paths=200, seed=7):
    rng = np.random.default_rng(seed)
    paths = simulate_paths(market, option.maturity, steps, n_paths, rng)
    dt = option.maturity / steps
    cash = option.payoff(paths[-1])
    for i in range(steps - 1, 0, -1):
        cash *= market.discount(dt)
        s = paths[i]
        in_the_money = s < option.strike
        if in_the_money.sum() < 4:
            continue
        hold = continuation(s[in_the_money] / option.strike, cash[in_the_money])
        exercise = option.payoff(s[in_the_money])
        now = exercise > hold
        cash[in_the_money] = np.where(now, exercise, cash[in_the_money])
    value = market.discount(dt) * cash.mean()
    return max(value, option.payoff(market.spot))


def greeks_target(spot, volatility, rate, strike=1.1, maturity=1.0):
    """The price as a function of the quantities that a desk hedges."""
    market = Market(spot=spot, rate=rate, volatility=0.2).bumped(volatility=volatility)
    return price(market, Put(strike, maturity))


def mean_price(market, book):
    """The value of a book of puts on one underlying."""
    return sum(amount * price(market, put, steps=4, n_paths=60) for put, amount in book)
