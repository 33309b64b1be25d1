"""Programs as they might come from a biologist."""

import math
from dataclasses import dataclass, field

import numpy as np

BASES = "ACGT"

IDX = {b: i for i, b in enumerate(BASES)}


def needleman(gap, scores, a="GATTA", b="GCTA"):
    n, m = len(a), len(b)
    D = [[0.0] * (m + 1) for _ in range(n + 1)]
    for i in range(1, n + 1):
        D[i][0] = -i * gap
    for j in range(1, m + 1):
        D[0][j] = -j * gap
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            s = scores["match"] if a[i - 1] == b[j - 1] else scores["mismatch"]
            D[i][j] = max(D[i - 1][j - 1] + s, D[i - 1][j] - gap, D[i][j - 1] - gap)
    return D[n][m]


@dataclass
class TreeNode:
    name: str = ""
    length: float = 0.1
    children: list = field(default_factory=list)

    def is_leaf(self):
        return not self.children


def jc_matrix(t, mu):
    e = math.exp(-4.0 / 3.0 * mu * t)
    P = np.full((4, 4), 0.25 - 0.25 * e)
    np.fill_diagonal(P, 0.25 + 0.75 * e)
    return P


def felsenstein(node, seqs, mu):
    if node.is_leaf():
        L = np.zeros(4)
        L[IDX[seqs[node.name]]] = 1.0
        return L
    out = np.ones(4)
    for ch in node.children:
        out *= jc_matrix(ch.length, mu) @ felsenstein(ch, seqs, mu)
    return out


def tree_ll(tree, mu):
    site = {"h": "A", "c": "A", "g": "G", "o": "T"}
    return math.log(np.sum(0.25 * felsenstein(tree, site, mu)))


def viterbi(A, B, obs):
    delta = {s: B[s][obs[0]] for s in A}
    back = []
    for o in obs[1:]:
        new, ptr = {}, {}
        for s in A:
            prev = max(A, key=lambda p: delta[p] * A[p][s])
            new[s] = delta[prev] * A[prev][s] * B[s][o]
            ptr[s] = prev
        delta = new
        back.append(ptr)
    best = max(delta, key=delta.get)
    return math.log(delta[best]) + 0.0 * len(back)


def em_mixture(data, mu, sigma):
    mu = list(mu)
    for it in range(3):
        resp = []
        for x in data:
            p = [math.exp(-((x - m) ** 2) / (2 * sigma**2)) for m in mu]
            z = sum(p)
            resp.append([q / z for q in p])
        for k in range(len(mu)):
            num = sum(r[k] * x for r, x in zip(resp, data))
            den = sum(r[k] for r in resp)
            mu[k] = num / den
    return mu[0] * mu[-1]


def hardy(p, q=None):
    if q is None:
        q = 1 - p
    freqs = dict(AA=p**2, Aa=2 * p * q, aa=q**2)
    assert math.isclose(sum(freqs.values()), 1.0), freqs
    fit = {"AA": 1.0, "Aa": 0.9, "aa": 0.5}
    wbar = sum(freqs[g] * fit[g] for g in freqs)
    return {g: f * fit[g] / wbar for g, f in freqs.items()}


def wright(p, s, generations=4):
    for _ in range(generations):
        g = hardy(p)
        p = g["AA"] + 0.5 * g["Aa"] + s * 0.01
    return p


tree = TreeNode(
    children=[
        TreeNode("h", 0.1),
        TreeNode(length=0.2, children=[TreeNode("c", 0.15), TreeNode("g", 0.3)]),
    ]
)

CASES = {
    "needleman": (needleman, (0.7, {"match": 1.1, "mismatch": -0.4})),
    "tree_ll": (tree_ll, (tree, 0.9)),
    "viterbi": (
        viterbi,
        (
            {"x": {"x": 0.7, "y": 0.3}, "y": {"x": 0.2, "y": 0.8}},
            {"x": [0.5, 0.5], "y": [0.1, 0.9]},
            [0, 1, 1],
        ),
    ),
    "em": (em_mixture, ([0.1, 0.4, 1.2, 1.5], (0.0, 1.0), 0.5)),
    "wright": (wright, (0.3, 0.1)),
}
