"""Run many random programs and report what fails, in clusters, each by its smallest program.

python -m tests.random_programs --count 2000 --seed 1
python -m tests.random_programs --count 150 --second
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter

from tests.random_programs.judge import (
    Failure,
    Rejected,
    at_most,
    expected,
    failure_of,
    judge,
    loaded,
    size,
)
from tests.random_programs.program import Program, generate
from tests.random_programs.second import judge_second
from tests.random_programs.shrink import Judge, shrink

LONGEST = 120.0  # seconds for one program


def main() -> None:
    options = _options()
    failures: dict[str, list[Failure]] = {}
    rejected: Counter[str] = Counter()
    stop = time.monotonic() + options.seconds
    ran = 0
    for number in range(options.count):
        if time.monotonic() > stop:
            break
        program = generate(random.Random(options.seed * 1_000_003 + number))
        if options.show:
            print(f"# {number}\n{program.text}")
        ran += 1
        try:
            with at_most(LONGEST):
                failure = _judge(options)(program)
        except TimeoutError as error:
            failure = failure_of(error, program, [])
        except Rejected as reason:
            rejected[str(reason)[:50]] += 1
            continue
        if failure is not None:
            failures.setdefault(failure.cluster, []).append(failure)
    _report(options, ran, rejected, failures)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.random_programs", description=__doc__)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=600.0, help="stop after this time")
    parser.add_argument("--shrink", type=float, default=20.0, help="seconds for each cluster")
    parser.add_argument("--clusters", type=int, default=10, help="how many to print in full")
    parser.add_argument("--show", action="store_true", help="print every program")
    parser.add_argument(
        "--differences-only", action="store_true", help="try the generator, without srcad"
    )
    parser.add_argument(
        "--second", action="store_true", help="differentiate the gradients again, in both modes"
    )
    return parser.parse_args()


def _judge(options: argparse.Namespace) -> Judge:
    if options.differences_only:
        return _differences
    return judge_second if options.second else judge


def _differences(program: Program) -> None:
    with loaded(program.text) as module:
        expected(module.program, program.args())


def _report(
    options: argparse.Namespace,
    ran: int,
    rejected: Counter[str],
    failures: dict[str, list[Failure]],
) -> None:
    failed = sum(map(len, failures.values()))
    lost = sum(rejected.values())
    print(f"{ran} programs: {ran - failed - lost} agree, {failed} fail, {lost} rejected")
    for reason, count in rejected.most_common(12):
        print(f"  rejected {count}: {reason}")
    ranked = sorted(failures.items(), key=lambda item: -len(item[1]))
    for cluster, members in ranked:
        print(f"  failed {len(members)}: {cluster}")
    for cluster, members in ranked[: options.clusters]:
        small = shrink(min(members, key=lambda f: size(f.program)), options.shrink, _judge(options))
        print(f"\n{'=' * 90}\n{len(members)} x {cluster}\n{small.report()}")


if __name__ == "__main__":
    main()
