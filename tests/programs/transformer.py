"""A pre-norm transformer block on a small sequence: causal attention with rotary positions."""

from __future__ import annotations

import math

import numpy as np


def layer_norm(x, gain, bias, eps=1e-5):
    mean = x.mean(axis=-1, keepdims=True)
    var = ((x - mean) ** 2).mean(axis=-1, keepdims=True)
    return gain * (x - mean) / np.sqrt(var + eps) + bias


def gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def softmax(x, axis=-1):
    x = x - np.max(x, axis=axis, keepdims=True)
    e = np.exp(x)
    return e / np.sum(e, axis=axis, keepdims=True)


def rotate(x, base=100.0):
    """Rotary position embedding on the last axis of (heads, time, width)."""
    *_, t, d = x.shape
    half = d // 2
    angles = np.arange(t)[:, None] / base ** (np.arange(half) / half)
    cos, sin = np.cos(angles), np.sin(angles)
    left, right = x[..., :half], x[..., half:]
    return np.concatenate([left * cos - right * sin, left * sin + right * cos], axis=-1)


class Linear:
    def __init__(self, weight, bias=None):
        self.weight = weight
        self.bias = bias

    def __call__(self, x):
        y = x @ self.weight
        if self.bias is not None:
            y = y + self.bias
        return y


class Attention:
    def __init__(self, params, heads):
        self.qkv = Linear(params["qkv"])
        self.out = Linear(params["out"])
        self.heads = heads

    def split(self, x):
        t, d = x.shape
        return x.reshape(t, self.heads, d // self.heads).transpose(1, 0, 2)

    def __call__(self, x):
        t, d = x.shape
        q, k, v = (self.split(part) for part in np.split(self.qkv(x), 3, axis=-1))
        q, k = rotate(q), rotate(k)
        scores = np.einsum("htd,hsd->hts", q, k) / math.sqrt(d // self.heads)
        mask = np.triu(np.ones((t, t), dtype=bool), k=1)
        scores = np.where(mask, -1e9, scores)
        mixed = softmax(scores) @ v
        return self.out(mixed.transpose(1, 0, 2).reshape(t, d))


class MLP:
    def __init__(self, params):
        self.up = Linear(params["up"], params["up_bias"])
        self.down = Linear(params["down"], params["down_bias"])

    def __call__(self, x):
        return self.down(gelu(self.up(x)))


class Block:
    def __init__(self, params, heads):
        self.attention = Attention(params["attention"], heads)
        self.mlp = MLP(params["mlp"])
        self.norms = params["norms"]

    def __call__(self, x):
        (gain1, bias1), (gain2, bias2) = self.norms
        x = x + self.attention(layer_norm(x, gain1, bias1))
        return x + self.mlp(layer_norm(x, gain2, bias2))


def init_params(rng, width, hidden, vocab):
    def dense(*shape):
        return rng.normal(0.0, 1.0 / math.sqrt(shape[0]), shape)

    return {
        "embedding": dense(vocab, width),
        "block": {
            "attention": {"qkv": dense(width, 3 * width), "out": dense(width, width)},
            "mlp": {
                "up": dense(width, hidden),
                "up_bias": np.zeros(hidden),
                "down": dense(hidden, width),
                "down_bias": np.zeros(width),
            },
            "norms": [(np.ones(width), np.zeros(width)) for _ in range(2)],
        },
    }


def loss(params, tokens, heads=2):
    """Mean next-token cross entropy, with the embedding tied to the output."""
    tokens = np.asarray(tokens)
    x = params["embedding"][tokens[:-1]]
    x = Block(params["block"], heads)(x)
    logits = x @ params["embedding"].T
    log_probs = np.log(softmax(logits))
    return -np.mean(log_probs[np.arange(len(tokens) - 1), tokens[1:]])
