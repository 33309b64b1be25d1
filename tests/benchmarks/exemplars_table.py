"""Generated adjoints next to hand-written ones: statements, and time of a call.

python -m tests.benchmarks.exemplars_table
"""

import argparse
import copy

import srcad
from tests import exemplars
from tests.benchmarks.timing import interleaved
from tests.test_exemplars import emitted_statements, handwritten_statements


def row(name, rounds):
    module = exemplars.load(name)
    count, _ = emitted_statements(module)
    derivative = srcad.grad(module.primal, argnums=module.ARGNUMS).specialize(*module.ARGS)
    args = copy.deepcopy(module.ARGS)
    ours, theirs = interleaved(
        [lambda: derivative(*args), lambda: module.adjoint(*args)], rounds=rounds
    )
    return count, handwritten_statements(module), ours, theirs


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=81)
    parser.add_argument("names", nargs="*", default=exemplars.NAMES)
    options = parser.parse_args()
    print(f"{'exemplar':20s} {'statements':>16s} {'time of a call':>24s} {'ratio':>7s}")
    print(f"{'':20s} {'emitted':>8s}{'by hand':>8s} {'emitted':>12s}{'by hand':>12s}")
    for name in options.names:
        try:
            count, by_hand, ours, theirs = row(name, options.rounds)
        except Exception as error:
            print(f"{name:20s} {type(error).__name__}: {str(error)[:80]}")
            continue
        times = f"{ours * 1e6:9.2f} us{theirs * 1e6:9.2f} us"
        marks = " more statements" * (count > by_hand) + " slower" * (ours > 1.1 * theirs)
        print(f"{name:20s} {count:8d}{by_hand:8d} {times} {ours / theirs:7.2f}{marks}")


if __name__ == "__main__":
    main()
