"""A hidden Markov model: scaled forward pass, Viterbi, and the fit's objective."""

from typing import NamedTuple

import numpy as np


class HMM(NamedTuple):
    initial: np.ndarray
    transition: np.ndarray
    means: np.ndarray
    stds: np.ndarray

    @property
    def n_states(self):
        return len(self.initial)

    def emission(self, y):
        """Density of an observation in each state; a missing one says nothing."""
        if y is None or np.isnan(y):
            return np.ones(self.n_states)
        z = (y - self.means) / self.stds
        return np.exp(-0.5 * z**2) / (np.sqrt(2 * np.pi) * self.stds)


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def forward(hmm, observations):
    """Scaled forward variables and the log-likelihood (Rabiner 1989, V.A)."""
    alphas, log_likelihood = [], 0.0
    alpha = None
    for y in observations:
        predicted = hmm.initial if alpha is None else alpha @ hmm.transition
        alpha = predicted * hmm.emission(y)
        scale = alpha.sum()
        if scale <= 0.0:
            raise FloatingPointError(f"observation {y} is impossible")
        alpha /= scale
        log_likelihood += np.log(scale)
        alphas.append(alpha)
    return np.array(alphas), log_likelihood


def backward(hmm, observations):
    beta = np.ones(hmm.n_states)
    betas = [beta]
    for y in reversed(observations[1:]):
        beta = hmm.transition @ (hmm.emission(y) * beta)
        beta = beta / beta.sum()
        betas.append(beta)
    return np.array(betas[::-1])


def posterior(hmm, observations):
    """The probability of each state at each time."""
    alphas, _ = forward(hmm, observations)
    gamma = alphas * backward(hmm, observations)
    return gamma / gamma.sum(axis=1, keepdims=True)


def viterbi(hmm, observations):
    """The most probable path."""
    with np.errstate(divide="ignore"):
        # a transition may be forbidden
        log_transition = np.log(hmm.transition)
        score = np.log(hmm.initial) + np.log(hmm.emission(observations[0]))
    pointers = []
    for y in observations[1:]:
        step = score[:, None] + log_transition
        pointers.append(step.argmax(axis=0))
        score = step.max(axis=0) + np.log(hmm.emission(y))
    path = [int(score.argmax())]
    for pointer in reversed(pointers):
        path.append(int(pointer[path[-1]]))
    return path[::-1], score.max()


def from_unconstrained(theta):
    return HMM(
        initial=softmax(theta["initial"]),
        transition=softmax(theta["transition"]),
        means=theta["means"],
        stds=np.exp(theta["log_stds"]),
    )


def objective(theta, series, prior_strength=0.1):
    """Negative log posterior over several series."""
    hmm = from_unconstrained(theta)
    total = sum(forward(hmm, observations)[1] for observations in series)
    prior = -0.5 * prior_strength * sum((v**2).sum() for v in theta.values())
    return -(total + prior)


def regime_weight(hmm, observations, state=1):
    """Expected share of the time spent in a state, along with the best path's score."""
    path, score = viterbi(hmm, observations)
    weights = posterior(hmm, observations)[:, state]
    return weights.mean() + 0.01 * score + 0.0 * path.count(state)
