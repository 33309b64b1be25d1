"""Times that can be compared on a machine that others use as well."""

import statistics
import time

CHUNK_SECONDS = 0.002


def calls_for(function, seconds=CHUNK_SECONDS):
    """How many calls of the function take about that long."""
    calls = 1
    while True:
        spent = once(function, calls) * calls
        if spent > seconds / 4:
            return max(1, round(calls * seconds / spent))
        calls *= 4


def once(function, calls):
    """The processor time of a call; time given to other processes does not count."""
    start = time.thread_time()
    for _ in range(calls):
        function()
    return (time.thread_time() - start) / calls


def interleaved(functions, rounds=81):
    """The median time of a call of each, over the quietest quarter of rounds that take turns."""
    calls = [calls_for(function) for function in functions]
    times = [[once(f, n) for f, n in zip(functions, calls, strict=True)] for _ in range(rounds)]
    columns = [sorted(column) for column in zip(*times, strict=True)]
    return [statistics.median(column[: max(1, rounds // 4)]) for column in columns]
