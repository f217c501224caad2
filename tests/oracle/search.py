"""Random worlds for as long as one likes, each round from a seed of its own.

    python -m tests.oracle.search --minutes 60
    python -m tests.oracle.search --seed 1764 --shrink

Prints what became of the questions, and for each difference the world, the question and what is
wrong with the answer; `--shrink` makes the first one of a seed small. Ends with 1 when there was
any.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from tests.oracle.rounds import play

WORLDS = 100
"""Worlds of one round."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.oracle.search", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the first round")
    parser.add_argument("--shrink", action="store_true", help="that seed alone")
    asked = parser.parse_args()
    if asked.shrink:
        play(asked.seed, WORLDS, shrink=True)
        return 0
    outcomes: Counter[str] = Counter()
    number, started = asked.seed, time.monotonic()
    while time.monotonic() - started < asked.minutes * 60:
        found = play(number, WORLDS)
        outcomes += found.outcomes
        for difference in found.differences:
            print(f"seed {number}: {difference}")
        minutes = (time.monotonic() - started) / 60
        print(f"{minutes:.1f} min, seed {number}: {dict(outcomes)}", flush=True)
        number += 1
    return 1 if outcomes["different"] else 0


if __name__ == "__main__":
    sys.exit(main())
