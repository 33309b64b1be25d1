"""Times that can be compared on a machine that others use as well."""

import statistics
import time

CALL_SECONDS = 0.004


def calls_for(function, seconds=CALL_SECONDS):
    """How many calls of the function take about that long."""
    calls = 1
    while True:
        start = time.perf_counter()
        for _ in range(calls):
            function()
        spent = time.perf_counter() - start
        if spent > seconds / 4:
            return max(1, round(calls * seconds / spent))
        calls *= 4


def once(function, calls):
    start = time.perf_counter()
    for _ in range(calls):
        function()
    return (time.perf_counter() - start) / calls


def interleaved(functions, rounds=41):
    """The median time of a call of each, over the quieter half of rounds that call them in turn."""
    calls = [calls_for(function) for function in functions]
    times = [[once(f, n) for f, n in zip(functions, calls, strict=True)] for _ in range(rounds)]
    floor = [min(column) for column in zip(*times, strict=True)]
    noise = [max(t / f for t, f in zip(row, floor, strict=True)) for row in times]
    quiet = [row for _, row in sorted(zip(noise, times, strict=True))[: (rounds + 1) // 2]]
    return [statistics.median(column) for column in zip(*quiet, strict=True)]
