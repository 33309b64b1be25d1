"""Programs as they might come from a engineer of learning."""

import contextlib
import functools
import logging
import math
import time
from dataclasses import dataclass, field
from typing import (
    NamedTuple,
)

import numpy as np

logger = logging.getLogger(__name__)


def relu(x):
    return np.maximum(x, 0)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


ACT = {"relu": relu, "tanh": np.tanh, "sigmoid": sigmoid, "id": lambda x: x}


class GRUState(NamedTuple):
    h: np.ndarray
    steps: int = 0


def gru_step(p, s: GRUState, x) -> GRUState:
    z = sigmoid(x @ p["Wz"] + s.h @ p["Uz"])
    r = sigmoid(x @ p["Wr"] + s.h @ p["Ur"])
    n = np.tanh(x @ p["Wn"] + (r * s.h) @ p["Un"])
    return GRUState((1 - z) * n + z * s.h, s.steps + 1)


def gru(p, xs):
    s = GRUState(np.zeros(p["Uz"].shape[0]))
    s = functools.reduce(functools.partial(gru_step, p), xs, s)
    return np.sum(s.h**2) / s.steps


class Adam:
    def __init__(self, lr=0.1, b1=0.9, b2=0.99):
        self.lr, self.b1, self.b2 = lr, b1, b2
        self.m, self.v, self.t = {}, {}, 0

    def step(self, params, grads):
        self.t += 1
        for k, g in grads.items():
            self.m[k] = self.b1 * self.m.get(k, 0.0) + (1 - self.b1) * g
            self.v[k] = self.b2 * self.v.get(k, 0.0) + (1 - self.b2) * g**2
            mh = self.m[k] / (1 - self.b1**self.t)
            vh = self.v[k] / (1 - self.b2**self.t)
            params[k] = params[k] - self.lr * mh / (np.sqrt(vh) + 1e-6)


def unrolled_adam(lr, w0):
    params = {"w": w0, "b": 0.1}
    opt = Adam(lr)
    for _ in range(3):
        r = params["w"] * np.array([1.0, 2.0]) + params["b"] - np.array([2.0, 1.0])
        opt.step(params, {"w": 2 * np.sum(r * np.array([1.0, 2.0])), "b": 2 * np.sum(r)})
    return params["w"] ** 2 + params["b"]


def timed(f):
    @functools.wraps(f)
    def inner(*a, **k):
        t0 = time.perf_counter()
        try:
            return f(*a, **k)
        finally:
            logger.info("%s done", f.__name__)
            _ = time.perf_counter() - t0

    return inner


@timed
def attention(q, k, v, *, mask=None, scale=None):
    d = q.shape[-1]
    scores = q @ k.T * (scale if scale is not None else 1 / math.sqrt(d))
    if mask is not None:
        scores = np.where(mask, scores, -1e9)
    return softmax(scores) @ v


def attn_loss(q, k, v):
    causal = np.tril(np.ones((len(q), len(k)), dtype=bool))
    out = attention(q, k, v, mask=causal)
    return np.sum(out**2)


@dataclass
class Config:
    width: int = 3
    act: str = "tanh"
    residual: bool = True
    decay: float = 0.01


@dataclass
class Params:
    W: np.ndarray
    b: np.ndarray
    scale: float = 1.0
    cfg: Config = field(default_factory=Config)


def dc_loss(p: Params, x: np.ndarray) -> float:
    h = x
    for _ in range(2):
        out = ACT[p.cfg.act](h @ p.W + p.b)
        h = h + p.scale * out if p.cfg.residual else out
    return float(np.mean(h**2) + p.cfg.decay * np.sum(p.W**2))


def im2col_conv(img, kern):
    H, W = img.shape
    k = kern.shape[0]
    cols = np.array(
        [img[i : i + k, j : j + k].ravel() for i in range(H - k + 1) for j in range(W - k + 1)]
    )
    return np.sum(relu(cols @ kern.ravel()) ** 2)


class VAE:
    def __init__(self, enc, dec, rng):
        self.enc, self.dec, self.rng = enc, dec, rng

    def elbo(self, x):
        mu, logvar = np.split(x @ self.enc, 2, axis=-1)
        eps = self.rng.standard_normal(mu.shape)
        z = mu + np.exp(0.5 * logvar) * eps
        xr = z @ self.dec
        kl = -0.5 * np.sum(1 + logvar - mu**2 - np.exp(logvar))
        return kl + np.sum((x - xr) ** 2)


def vae(enc, dec, x, rng):
    return VAE(enc, dec, rng).elbo(x)


@contextlib.contextmanager
def no_dropout(flags):
    old = flags["drop"]
    flags["drop"] = False
    try:
        yield flags
    finally:
        flags["drop"] = old


def ctx_model(w, x):
    flags = {"drop": True, "n": 0}

    def run(w):
        flags["n"] += 1
        return np.sum((w * x) ** 2) * (0.5 if flags["drop"] else 1.0)

    a = run(w)
    with no_dropout(flags):
        b = run(w)
    return a + b * flags["n"]


def train_test(w, data, epochs=2):
    best = None
    patience = 0
    for epoch in range(epochs):
        for xb, yb in data:
            pred = xb @ w
            grad = xb.T @ (pred - yb) / len(yb)
            w = w - 0.1 * grad
        loss = sum(np.mean((xb @ w - yb) ** 2) for xb, yb in data)
        print(f"epoch {epoch}: {loss:.3f}")
        if best is None or loss < best:
            best, patience = loss, 0
        else:
            patience += 1
            if patience > 1:
                break
    return best


r = np.random.default_rng(7)

N = lambda *s: r.normal(size=s) * 0.5  # noqa: E731

gp = {k: N(2, 3) if k[0] == "W" else N(3, 3) for k in ("Wz", "Uz", "Wr", "Ur", "Wn", "Un")}

CASES = {
    "gru": (gru, (gp, N(4, 2))),
    "adam": (unrolled_adam, (0.1, 0.5)),
    "attn": (attn_loss, (N(3, 2), N(3, 2), N(3, 2))),
    "dc_loss": (dc_loss, (Params(N(3, 3), N(3)), N(4, 3))),
    "im2col": (im2col_conv, (N(4, 4), N(2, 2))),
    "vae": (vae, (N(3, 4), N(2, 3), N(5, 3), np.random.default_rng(1))),
    "ctx": (ctx_model, (N(3), N(3))),
    "train_test": (train_test, (N(3), [(N(4, 3), N(4)), (N(4, 3), N(4))])),
}
