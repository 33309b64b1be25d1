"""Arithmetic in the value and gradient of straight-line code over that of the function, and the
time to generate it.

    python -m tests.benchmarks.work_of_gradient
"""

import argparse
import time

import srcad
from tests.benchmarks import straight_line
from tests.emitted import operations
from tests.random_programs.judge import loaded

SIZES = (10, 30, 100, 300, 1000)


def measure(statements, seed=0):
    """The operations of the function and of its value and gradient, and the seconds to make it."""
    text = straight_line.text(statements, seed)
    with loaded(text) as module:
        start = time.perf_counter()
        emitted = srcad.value_and_grad(module.straight, argnums=(0, 1, 2)).source_for(
            *straight_line.ARGS
        )
        spent = time.perf_counter() - start
    assert not any(word in emitted for word in ("for ", "while ", "if "))
    return operations(text), operations(emitted), spent


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    options = parser.parse_args()
    measure(5)  # what is imported and parsed once
    print("statements   f's operations   with gradient   ratio   seconds   ms a statement")
    for size in options.sizes:
        own, both, spent = measure(size)
        each = 1000 * spent / size
        print(f"{size:10d} {own:16d} {both:15d} {both / own:7.2f} {spent:9.3f} {each:12.2f}")


if __name__ == "__main__":
    main()
