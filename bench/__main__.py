"""Run benchmarks: `python -m bench [names]`, all of them when none is named.

Each runs in a process of its own, so that none warms or burdens another.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def names() -> list[str]:
    """Every module here that has a `main`."""
    return sorted(
        file.stem
        for file in FOLDER.glob("*.py")
        if not file.stem.startswith("_") and "\ndef main(" in file.read_text()
    )


def main() -> int:
    known = names()
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "names", nargs="*", choices=[*known, []], metavar="name", help=", ".join(known)
    )
    asked = parser.parse_args().names or known
    if os.getloadavg()[0] > (os.cpu_count() or 1):
        print(f"Load is {os.getloadavg()[0]:.1f}: others compute here, times will be too long.")
    failed = []
    for name in asked:
        print(f"\n== {name}", flush=True)
        started = time.monotonic()
        code = subprocess.run([sys.executable, "-m", f"bench.{name}"], cwd=FOLDER.parent).returncode
        print(f"-- {name}: {time.monotonic() - started:.0f} s", flush=True)
        if code:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
