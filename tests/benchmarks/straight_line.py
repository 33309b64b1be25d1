"""Random straight-line scalar programs, for counting what a gradient costs."""

import random

FORMS = [
    "{a} + {b}",
    "{a} - {b}",
    "{a} * {b}",
    "{a} * {b} + {c}",
    "{a} / (2.0 + {b} * {b})",
    "{k} * {a} - {b} * {c}",
    "math.sin({a}) + {b}",
    "math.tanh({a} - {b})",
    "math.exp(-{a} * {a}) * {b}",
    "math.sqrt(1.5 + {a} * {a})",
    "{a} ** 2 - {k} * {b}",
    "math.cos({a} * {b})",
    "-{a} * ({b} + {c})",
]
PARAMETERS = ("x", "y", "z")
ARGS = (0.7, -0.4, 1.1)


def text(statements, seed=0):
    """A function of so many statements, all of whose results matter, of values of order one."""
    rng = random.Random(seed * 7919 + statements)
    names, unused, lines = list(PARAMETERS), [], []
    for n in range(statements):
        # what is not used yet comes first, so that no statement is dead
        picks = (unused[:1] + [rng.choice(names[-12:]) for _ in range(3)])[:3]
        unused = unused[1:]
        a, b, c = picks
        value = rng.choice(FORMS).format(a=a, b=b, c=c, k=rng.randrange(1, 9) / 10)
        if n % 5 == 4:
            value = f"math.sin({value})"
        lines.append(f"    v{n} = {value}")
        names.append(f"v{n}")
        unused.append(f"v{n}")
    result = " + ".join(unused)
    head = f"import math\n\n\ndef straight({', '.join(PARAMETERS)}):\n"
    return head + "\n".join(lines) + f"\n    return {result}\n"
