"""A character-level LSTM in plain NumPy: parameters in a dict, truncated at a sequence."""

import numpy as np

GATES = ("input", "forget", "output", "cell")


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def init_params(rng, vocab, hidden, layers=1):
    params = {}
    for layer in range(layers):
        width = vocab if layer == 0 else hidden
        for gate in GATES:
            params[f"W_{gate}_{layer}"] = rng.normal(0.0, 0.3, (hidden, width + hidden))
            params[f"b_{gate}_{layer}"] = np.ones(hidden) if gate == "forget" else np.zeros(hidden)
    params["W_out"] = rng.normal(0.0, 0.3, (vocab, hidden))
    params["b_out"] = np.zeros(vocab)
    return params


def lstm_cell(params, layer, x, state):
    h, c = state
    joined = np.concatenate([x, h])
    pre = {
        gate: params[f"W_{gate}_{layer}"] @ joined + params[f"b_{gate}_{layer}"] for gate in GATES
    }
    i, f, o = (sigmoid(pre[gate]) for gate in GATES[:3])
    g = np.tanh(pre["cell"])
    c = f * c + i * g
    return o * np.tanh(c), c


def one_hot(index, size):
    v = np.zeros(size)
    v[index] = 1.0
    return v


def forward(params, tokens, state=None):
    """Log-probabilities of the next token after each token, and the last state."""
    vocab = params["b_out"].size
    layers = sum(1 for name in params if name.startswith("b_forget_"))
    if state is None:
        hidden = params["b_forget_0"].size
        state = [(np.zeros(hidden), np.zeros(hidden)) for _ in range(layers)]
    else:
        state = list(state)
    outputs = []
    for token in tokens:
        x = one_hot(token, vocab)
        for layer in range(layers):
            state[layer] = lstm_cell(params, layer, x, state[layer])
            x, _ = state[layer]
        logits = params["W_out"] @ x + params["b_out"]
        shifted = logits - logits.max()
        outputs.append(shifted - np.log(np.sum(np.exp(shifted))))
    return outputs, state


def l2_penalty(params, skip=()):
    return sum(np.sum(w**2) for name, w in params.items() if name not in skip and w.ndim > 1)


def loss(params, tokens, decay=1e-3, verbose=False):
    """Mean cross entropy of the next token, with weight decay."""
    *inputs, _ = tokens
    outputs, _ = forward(params, inputs)
    nll = -sum(row[target] for row, target in zip(outputs, tokens[1:]))
    value = nll / len(inputs) + decay * l2_penalty(params, skip={"W_out"})
    if verbose:
        print(f"loss {value:.4f}, perplexity {np.exp(nll / len(inputs)):.2f}")
    return value
