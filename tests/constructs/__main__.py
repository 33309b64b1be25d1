"""`python -m tests.constructs [-c CONTEXT] [WORD ...]`: which constructs hold, and why not.

Lists the constructs whose name holds one of the words (all without), in each context asked for.
`-t` prints the program's text, `-e` the emitted gradient, `--write` writes `not_yet.py` anew.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import tempfile
import time
import warnings


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("words", nargs="*")
    options.add_argument("-c", "--context", action="append")
    options.add_argument("-a", "--all", action="store_true", help="list also what is right")
    options.add_argument("-n", "--not-yet", action="store_true", help="only those listed")
    options.add_argument("-t", "--text", action="store_true")
    options.add_argument("-e", "--emitted", action="store_true")
    options.add_argument("--write", action="store_true")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SRCAD_CACHE_DIR"] = folder
        warnings.simplefilter("ignore")
        listing(chosen)


def listing(chosen: argparse.Namespace) -> None:
    from tests.constructs import CONSTRUCTS
    from tests.constructs.judge import verdict
    from tests.constructs.not_yet import NOT_YET

    counts: dict[str, int] = {}
    missing = []
    for construct in CONSTRUCTS.values():
        if chosen.words and not any(word in construct.name for word in chosen.words):
            continue
        for context in chosen.context or ("alone", "together"):
            if chosen.not_yet and (context, construct.name) not in NOT_YET:
                continue
            began = time.perf_counter()
            found, message = verdict(construct, context)
            took = time.perf_counter() - began
            counts[found] = counts.get(found, 0) + 1
            waiting = (context, construct.name) in NOT_YET
            if found != "right" or waiting or chosen.all:
                mark = " (not yet)" if waiting else ""
                print(f"{found:8} {context:9} {construct.name}{mark} {took:.2f} s", flush=True)
            if found != "right":
                missing.append((context, construct.name))
                print("         ", message[:600].replace("\n", "\n          "), flush=True)
            show(chosen, construct, context)
    print(counts)
    if chosen.write:
        write(missing)


def write(missing: list[tuple[str, str]]) -> None:
    path = pathlib.Path(__file__).parent / "not_yet.py"
    heading, name, _ = path.read_text(encoding="utf-8").partition("\nNOT_YET")
    entries = "".join(f'    ("{context}", "{construct}"),\n' for context, construct in missing)
    listed = f"{{\n{entries}}}" if missing else "set()"
    path.write_text(f"{heading}{name}: set[tuple[str, str]] = {listed}\n", encoding="utf-8")


def show(chosen: argparse.Namespace, construct, context: str) -> None:
    import srcad
    from tests.constructs.construct import loaded

    if chosen.text:
        print(construct.text())
    if chosen.emitted:
        with loaded(construct.text()) as module:
            print(srcad.grad(getattr(module, context)).source_for(*construct.args()))


if __name__ == "__main__":
    main()
