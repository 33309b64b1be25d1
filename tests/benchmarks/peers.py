"""The time of one gradient next to autograd's, JAX's and tangent-ad's, where they are installed.

python -m tests.benchmarks.peers
"""

import importlib.util
import math
import types

import numpy as np

import srcad
from tests.benchmarks.timing import interleaved
from tests.exemplars import mlp, staged

SIZE = 1000


def elementwise(x, w):
    return np.sum(np.tanh(x * w) ** 2)


def network(W1, b1, W2, b2, X, targets):
    hidden = np.tanh(np.dot(X, W1) + b1)
    error = np.dot(hidden, W2) + b2 - targets
    return np.sum(error * error)


_rng = np.random.default_rng(1)
CASES = {
    "scalars (staged)": (staged.primal, staged.ARGS, (0, 1)),
    f"elementwise, {SIZE}": (elementwise, (_rng.normal(size=SIZE), _rng.normal(size=SIZE)), (0, 1)),
    "network, 64 x 32": (
        network,
        tuple(_rng.normal(size=s) for s in [(32, 16), (16,), (16, 4), (4,), (64, 32), (64, 4)]),
        (0, 1, 2, 3),
    ),
    "mlp exemplar": (mlp.primal, mlp.ARGS, mlp.ARGNUMS),
}


def on(namespace, function):
    """The function with another NumPy (and, for scalars, another math)."""
    scope = {**function.__globals__, "np": namespace}
    if "math" in scope:
        scope["math"] = namespace
    return types.FunctionType(function.__code__, scope)


def with_srcad(function, args, argnums):
    derivative = srcad.grad(function, argnums=argnums)
    return lambda: derivative(*args)


def with_autograd(function, args, argnums):
    import autograd
    import autograd.numpy

    derivative = autograd.grad(on(autograd.numpy, function), argnums)
    return lambda: derivative(*args)


def with_jax(function, args, argnums):
    import jax

    jax.config.update("jax_enable_x64", True)
    derivative = jax.jit(jax.grad(on(jax.numpy, function), argnums))
    given = [jax.numpy.asarray(arg) for arg in args]
    return lambda: jax.block_until_ready(derivative(*given))


def with_tangent(function, args, argnums):
    import tangent

    derivative = tangent.grad(function, wrt=argnums)
    return lambda: derivative(*args)


PEERS = {
    "srcad": ("srcad", with_srcad),
    "autograd": ("autograd", with_autograd),
    "JAX (jit)": ("jax", with_jax),
    "tangent-ad": ("tangent", with_tangent),
}


def gradients(case):
    """A ready call for each peer that is installed and can do it; else what went wrong."""
    for name, (package, make) in PEERS.items():
        if importlib.util.find_spec(package) is None:
            continue
        try:
            call = make(*case)
            call()
        except Exception as error:
            yield name, error
        else:
            yield name, call


def main():
    for title, case in CASES.items():
        print(title)
        made = dict(gradients(case))
        calls = {name: call for name, call in made.items() if not isinstance(call, Exception)}
        times = dict(zip(calls, interleaved(list(calls.values())), strict=True))
        own = times.get("srcad", math.nan)
        for name, call in made.items():
            if name in times:
                print(f"  {name:12s} {times[name] * 1e6:10.1f} us {times[name] / own:8.2f} x")
            else:
                print(f"  {name:12s} {type(call).__name__}: {str(call).splitlines()[:1]}")


if __name__ == "__main__":
    main()
