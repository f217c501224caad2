"""Ask MetricFlow the random questions too: `make differential SEED=1 COUNT=500`.

Where the two differ, the brute-force reference says who is right. What it answers as we do is a
difference on purpose (docs/metricflow.md tells which there are, `--show` prints them); that it
answers as MetricFlow does, and what only MetricFlow answers although there is an answer, is a
mistake of ours: it is printed and ends with exit code 1.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import yaml
from hypothesis import HealthCheck, Phase, given, seed, settings

from semantic_layer.compiler import compile_query, parse_query
from semantic_layer.errors import QueryError
from tests.oracle.answers import answer
from tests.oracle.in_their_words import Unsaid, condition, question, write
from tests.oracle.judging import comparable
from tests.oracle.loading import graph_of, load_calendar, load_world
from tests.oracle.questions import QUESTIONS, Case, cases
from tests.oracle.world import TERM, Refused, World

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv-metricflow" / "bin" / "python"
Query = dict[str, Any]
EXPECTED = ("equal", "both refuse", "only we answer")
MISTAKES = ("the reference agrees with MetricFlow", "only MetricFlow answers")


@dataclass
class Tally:
    counts: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)


class MetricFlow:
    """A process of its own: its packages are not ours."""

    def __init__(self) -> None:
        script = ROOT / "bench" / "metricflow" / "answering.py"
        self.process = subprocess.Popen(
            [PYTHON, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def answers(self, folder: Path, queries: list[Query]) -> list[dict[str, str]]:
        """Raises SystemExit when the process ended."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        world = {"folder": str(folder), "queries": queries, "custom_grains": [TERM]}
        self.process.stdin.write(json.dumps(world) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("MetricFlow could not read a world: see above.")
        found: list[dict[str, str]] = json.loads(line)
        return found

    def close(self) -> None:
        self.process.communicate()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=500, help="questions")
    parser.add_argument("--show", action="store_true", help="print differences on purpose, too")
    options = parser.parse_args()
    if not PYTHON.exists():
        say("MetricFlow is not here to compare with. `make bench-metricflow` installs it.")
        return 2
    tally, peer = Tally(), MetricFlow()
    connection = duckdb.connect(":memory:", config={"threads": 1})
    load_calendar(connection)

    @seed(options.seed)
    @settings(
        max_examples=-(-options.count // QUESTIONS),
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases())
    def ask(case: Case) -> None:
        for verdict, text in compared(case, peer, connection):
            tally.counts[verdict] += 1
            if verdict in MISTAKES or (options.show and verdict not in EXPECTED):
                tally.told.append(f"# {verdict}\n{text}")

    ask()
    peer.close()
    say("\n\n".join(tally.told))
    for verdict, count in tally.counts.most_common():
        say(f"{count:>6}  {verdict}")
    return 1 if any(tally.counts[verdict] for verdict in MISTAKES) else 0


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def compared(case: Case, peer: MetricFlow, connection: Any) -> Iterator[tuple[str, str]]:
    """What became of each question that both languages have words for, and its text."""
    world = case.world
    if world.days is None:  # MetricFlow needs a declared spine
        return
    with tempfile.TemporaryDirectory() as name:
        unsaid = write(world, Path(name))
        asked = list(_said(case.queries, unsaid))
        if not asked:
            return
        theirs = peer.answers(Path(name), [said for _, said in asked])
        load_world(connection, world)
        for (query, said), their in zip(asked, theirs, strict=True):
            verdict, rows = _verdict(world, query, their, connection)
            models = (Path(name) / "world.yml").read_text()
            yield verdict, "\n".join((models, yaml.safe_dump(said), their.get("sql", ""), rows))


def _said(queries: tuple[Query, ...], unsaid: set[str]) -> Iterator[tuple[Query, Query]]:
    """The questions as both are asked: without ranges, order, totals and comparisons."""
    for query in queries:
        try:
            said = question(query, unsaid)
        except Unsaid:
            continue
        kept = ("metrics", "group_by", "where", "min_max_only")
        yield {key: value for key, value in query.items() if key in kept}, said


def _verdict(world: World, query: Query, their: dict[str, str], connection: Any) -> tuple[str, str]:
    asked = {**query, "where": [condition(c) for c in query.get("where", ())]}
    ours: list[Any] | None = None
    try:
        compiled = compile_query(parse_query(asked), graph_of(world), dialect="duckdb")
        names = [column.name for column in compiled.columns]
        ours = connection.execute(compiled.sql, dict(compiled.parameters)).fetchall()
    except QueryError as error:
        refusal = f"{error.code}: {error}"
    if "refused" in their:
        return ("both refuse" if ours is None else "only we answer"), their["refused"]
    try:
        cursor = connection.execute(their["sql"])
    except duckdb.Error as error:
        return "the SQL of MetricFlow fails", str(error)
    found = {column[0]: position for position, column in enumerate(cursor.description)}
    rows = cursor.fetchall()
    if ours is None:
        return _against_refusal(world, query), refusal
    if set(found) != set(names):
        return "other columns", f"-- MetricFlow: {list(found)}\n-- here: {names}"
    rows = [tuple(row[found[name]] for name in names) for row in rows]
    if comparable(rows) == comparable(ours):
        return "equal", ""
    text = f"-- MetricFlow: {comparable(rows)}\n-- here: {comparable(ours)}"
    return _judged(world, query, rows, ours), text


def _judged(world: World, query: Query, rows: list[Any], ours: list[Any]) -> str:
    right = comparable(answer(world, query))
    if right == comparable(ours):
        return "the reference agrees with us"
    return MISTAKES[0] if right == comparable(rows) else "the reference agrees with neither"


def _against_refusal(world: World, query: Query) -> str:
    try:
        answer(world, query)
    except Refused:
        return "only MetricFlow answers, the reference refuses too"
    return MISTAKES[1]


if __name__ == "__main__":
    sys.exit(main())
