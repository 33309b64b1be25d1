"""An SEIR epidemic by age group with interventions, and the cost of a policy."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np


@dataclass
class Disease:
    beta: float = 0.4
    incubation: float = 3.0
    infectious: float = 6.0
    fatality: float = 0.01

    @property
    def r0(self) -> float:
        return self.beta * self.infectious


@dataclass(frozen=True)
class Lockdown:
    start: int
    end: int
    strength: float


@dataclass(frozen=True)
class Vaccination:
    start: int
    per_day: float
    efficacy: float = 0.9


@dataclass(frozen=True)
class SchoolClosure:
    threshold: float
    effect: float = 0.3


Intervention = Lockdown | Vaccination | SchoolClosure


class Compartments:
    """Susceptible, exposed, infected, recovered and dead, each by age group."""

    names = ("s", "e", "i", "r", "d")

    def __init__(self, population, infected):
        self.s = population - infected
        self.e = np.zeros_like(population)
        self.i = infected.copy()
        self.r = np.zeros_like(population)
        self.d = np.zeros_like(population)

    def total(self):
        return sum(getattr(self, name) for name in self.names)

    def as_dict(self):
        return {name: getattr(self, name).sum() for name in self.names}


def contact_factor(interventions, day, state, schools_closed):
    """How much of the usual contact is left today."""
    factor = np.ones_like(state.s)
    for intervention in interventions:
        match intervention:
            case Lockdown(start, end, strength) if start <= day < end:
                factor *= 1 - strength
            case SchoolClosure(threshold=threshold, effect=effect):
                prevalence = state.i.sum() / state.total().sum()
                if prevalence > threshold or schools_closed:
                    schools_closed = True
                    factor[0] *= 1 - effect
            case _:
                pass
    return factor, schools_closed


def vaccinate(state, intervention):
    dose = np.minimum(intervention.per_day / len(state.s), state.s)
    moved = intervention.efficacy * dose
    state.s -= moved
    state.r += moved


def simulate(disease, contacts, population, infected, interventions=(), days=30):
    """Daily steps; returns one record a day and the last state."""
    state = Compartments(population, infected)
    closed = False
    history = []
    for day in range(days):
        for plan in interventions:
            if isinstance(plan, Vaccination) and day >= plan.start:
                vaccinate(state, plan)
        factor, closed = contact_factor(interventions, day, state, closed)
        force = disease.beta * factor * (contacts @ (state.i / state.total()))
        infections = state.s * -np.expm1(-force)
        onset = state.e / disease.incubation
        ending = state.i / disease.infectious
        state.s -= infections
        state.e += infections - onset
        state.i += onset - ending
        state.r += (1 - disease.fatality) * ending
        state.d += disease.fatality * ending
        history.append({"day": day, **state.as_dict(), "new": infections.sum()})
    return history, state


def policy_cost(disease, contacts, lockdown_strength, doses, population, infected):
    """Deaths, sick days and what the measures cost, in one number."""
    plan = [
        Lockdown(start=8, end=20, strength=lockdown_strength),
        Vaccination(start=12, per_day=doses),
        SchoolClosure(threshold=0.02),
    ]
    history, state = simulate(disease, contacts, population, infected, plan)
    deaths = state.d.sum()
    sick_days = sum(record["i"] for record in history)
    peak = max(history, key=lambda record: record["i"])["i"]
    measures = 12 * 40.0 * lockdown_strength**2 + 0.05 * doses
    return 100.0 * deaths + sick_days + 0.5 * peak + measures


def log_likelihood(theta, contacts, population, infected, cases):
    """Poisson likelihood of daily cases; theta holds logarithms."""
    disease = Disease(**{**asdict(Disease()), **{k: np.exp(v) for k, v in theta.items()}})
    history, _ = simulate(disease, contacts, population, infected, days=len(cases))
    expected = np.array([record["new"] for record in history])
    return float(np.sum(cases * np.log(expected) - expected))
