"""Train a network on handwritten digits with a gradient that you can read.

    python examples/digits.py [--epochs N]

The loss of a network with one hidden ReLU layer is written in plain NumPy; srcad writes its
gradient, which is printed, and minibatch gradient descent trains on scikit-learn's bundled digits.
At the end the time of one gradient stands next to that of a hand-written one and of autograd's,
JAX's and tangent-ad's, where they are installed.
"""

import argparse
import timeit
import types
import warnings

import numpy as np
from sklearn.datasets import load_digits

import srcad

PARAMETERS = ("W1", "b1", "W2", "b2")


def loss(W1, b1, W2, b2, X, labels):
    """Mean cross-entropy of the network's guesses, with a penalty on large weights."""
    hidden = np.maximum(X @ W1 + b1, 0.0)
    logits = hidden @ W2 + b2
    # the largest logit is taken off each row, so that exp cannot overflow
    shifted = logits - np.max(logits, axis=1, keepdims=True)
    log_probs = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    cross_entropy = -np.mean(log_probs[np.arange(len(labels)), labels])
    return cross_entropy + 1e-4 * (np.sum(W1**2) + np.sum(W2**2))


def gradient_by_hand(W1, b1, W2, b2, X, labels):
    """What an expert would write, for comparison of values and of time."""
    pre = X @ W1 + b1
    hidden = np.maximum(pre, 0.0)
    logits = hidden @ W2 + b2
    exps = np.exp(logits - np.max(logits, axis=1, keepdims=True))
    dlogits = exps / np.sum(exps, axis=1, keepdims=True)
    dlogits[np.arange(len(labels)), labels] -= 1.0
    dlogits /= len(labels)
    dpre = (dlogits @ W2.T) * (pre >= 0.0)
    dW1 = X.T @ dpre + 2e-4 * W1
    dW2 = hidden.T @ dlogits + 2e-4 * W2
    return dW1, np.sum(dpre, axis=0), dW2, np.sum(dlogits, axis=0)


# ---------------------------------------------------------------------------------------------
# Training


def digits(held_out=360):
    """The pictures as rows of 64 numbers in 0..1 with their labels; the last part is held out."""
    X, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(X))
    X, labels = X[order] / 16.0, labels[order]
    return (X[:-held_out], labels[:-held_out]), (X[-held_out:], labels[-held_out:])


def initial_parameters(pixels=64, hidden=128, classes=10):
    rng = np.random.default_rng(1)
    return [
        rng.normal(size=(pixels, hidden)) * np.sqrt(2 / pixels),
        np.zeros(hidden),
        rng.normal(size=(hidden, classes)) * np.sqrt(1 / hidden),
        np.zeros(classes),
    ]


def accuracy(W1, b1, W2, b2, X, labels):
    logits = np.maximum(X @ W1 + b1, 0.0) @ W2 + b2
    return np.mean(np.argmax(logits, axis=1) == labels)


def train(value_and_grad, parameters, train_set, test_set, epochs, batch=32, rate=0.2):
    rng = np.random.default_rng(2)
    X, labels = train_set
    for epoch in range(1, epochs + 1):
        total = 0.0
        batches = np.array_split(rng.permutation(len(X)), len(X) // batch)
        for rows in batches:
            value, gradients = value_and_grad(*parameters, X[rows], labels[rows])
            total += value
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter -= rate * gradient
        print(
            f"epoch {epoch:2d}   loss {total / len(batches):.4f}"
            f"   held-out accuracy {accuracy(*parameters, *test_set):.2%}"
        )


# ---------------------------------------------------------------------------------------------
# The time of one gradient, next to others'


def with_numpy(numpy):
    """`loss` itself, with another library's module in the place of NumPy."""
    return types.FunctionType(loss.__code__, {**globals(), "np": numpy}, "loss")


def autograd_gradient():
    import autograd

    return autograd.grad(with_numpy(autograd.numpy), (0, 1, 2, 3))


def jax_gradient():
    import jax

    jax.config.update("jax_enable_x64", True)
    compiled = jax.jit(jax.grad(with_numpy(jax.numpy), (0, 1, 2, 3)))
    return lambda *args: jax.block_until_ready(compiled(*args))


def tangent_gradient():
    import tangent

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # of its generated code
        return tangent.grad(loss, wrt=(0, 1, 2, 3))


def microseconds(function, args):
    """The shortest of several timings, after a first call that may generate or compile."""
    function(*args)
    runs = timeit.Timer(lambda: function(*args))
    return min(runs.repeat(repeat=7, number=50)) / 50 * 1e6


def compare(args):
    """Print the time of one minibatch's gradient, and how far each is from the hand-written one."""
    makers = {
        "by hand": lambda: gradient_by_hand,
        "srcad": lambda: srcad.grad(loss, argnums=PARAMETERS),
        "autograd": autograd_gradient,
        "JAX, jit": jax_gradient,
        "tangent-ad": tangent_gradient,
    }
    want = gradient_by_hand(*args)
    for name, make in makers.items():
        try:
            function = make()
        except ImportError:
            print(f"{name:12s} not installed")
            continue
        try:
            got = function(*args)
            error = max(np.max(np.abs(g - w)) for g, w in zip(got, want, strict=True))
            time = f"{microseconds(function, args):8.0f} µs"
            print(f"{name:12s} {time}   largest difference {error:.0e}")
        except Exception as failure:
            if name in ("by hand", "srcad"):
                raise
            print(f"{name:12s} failed: {type(failure).__name__}: {str(failure)[:60]}")


def main():
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--epochs", type=int, default=30)
    epochs = options.parse_args().epochs

    train_set, test_set = digits()
    parameters = initial_parameters()
    value_and_grad = srcad.value_and_grad(loss, argnums=PARAMETERS)
    X, labels = train_set
    print(value_and_grad.source_for(*parameters, X[:32], labels[:32]))

    train(value_and_grad, parameters, train_set, test_set, epochs)

    print("\nOne gradient of a minibatch of 32")
    compare((*parameters, X[:32], labels[:32]))


if __name__ == "__main__":
    main()
