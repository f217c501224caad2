"""What is written for MetricFlow says the same: read back, it is the world it was written from."""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb
from hypothesis import HealthCheck, Phase, given, settings

from semantic_layer.compiler import Source, build_graph, compile_query, parse_query, read_documents
from semantic_layer.errors import QueryError
from tests.oracle.in_their_words import Unsaid, question, write
from tests.oracle.judging import comparable
from tests.oracle.loading import graph_of, load_calendar, load_world
from tests.oracle.questions import Case, cases


@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(case=cases())
def test_files_and_questions_say_the_same(case: Case) -> None:
    if case.world.days is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        unsaid = write(case.world, Path(folder))
        text = (Path(folder) / "world.yml").read_text()
    written = build_graph(read_documents([Source(text, "world.yml")]))
    connection = duckdb.connect(":memory:")
    load_calendar(connection)
    load_world(connection, case.world)
    for query in case.queries:
        try:
            said = question(query, unsaid)
        except Unsaid:
            continue
        asked = {**said, "where": query["where"]}
        found = []
        for graph, body in ((written, said), (graph_of(case.world), asked)):
            try:
                compiled = compile_query(parse_query(body), graph, dialect="duckdb")
            except QueryError as error:
                found.append([error.code])
                continue
            rows = connection.execute(compiled.sql, dict(compiled.parameters)).fetchall()
            found.append(comparable(rows))
        assert found[0] == found[1]
