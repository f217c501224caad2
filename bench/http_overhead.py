"""What a query costs over HTTP on top of the same SQL on DuckDB itself.

python -m bench.http_overhead

A live gunicorn (one process, eight threads) with PostgreSQL that syncs every commit, Valkey, and a
DuckDB file of a million rows; one client on a kept connection. Every call has a literal of its own,
so that nothing is measured twice. Direct means `execute` and `fetchall` on an open connection, in
this process.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from semantic_layer.embedded.postgres import Postgres
from tests import services

# Tests forget what a crash would take; a service does not, and its commits cost what they cost.
services.POSTGRES = Postgres(services.FOLDERS, durable=True, password=services.POSTGRES.password)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402

from semantic_layer.accounts import sessions, tokens  # noqa: E402
from semantic_layer.accounts.models import User  # noqa: E402

ROWS, CALLS, WARM_UP = 1_000_000, 100, 10
WAREHOUSE = "wide.duckdb"
MODEL = """
semantic_models:
  - name: sales
    model: wide.main.sales
    defaults: {agg_time_dimension: sold_on}
    entities:
      - {name: sale, type: primary, expr: id}
      - {name: product, type: foreign, expr: product_id}
    dimensions:
      - {name: sold_on, type: time, type_params: {time_granularity: day}}
      - {name: channel, type: categorical}
    measures:
      - {name: revenue, agg: sum, expr: amount, create_metric: true}
      - {name: sale_count, agg: count, expr: id, create_metric: true}
  - name: products
    model: wide.main.products
    entities: [{name: product, type: primary, expr: product_id}]
    dimensions: [{name: brand, type: categorical}]
metrics:
  - name: average_sale
    type: ratio
    type_params: {numerator: revenue, denominator: sale_count}
"""


@dataclass(frozen=True)
class Case:
    """`body(n)` is the n-th request; what to run directly is its SQL, or that of the answer."""

    name: str
    path: str
    body: Callable[[int], dict[str, Any]]


CASES = (
    Case(
        "SQL: one row",
        "/api/queries/execute",
        lambda n: {"query": f"SELECT {n} AS n"},
    ),
    Case(
        "SQL: sum over 1,000,000 rows",
        "/api/queries/execute",
        lambda n: {
            "query": "SELECT channel, sum(amount) AS s FROM wide.main.sales "
            f"WHERE id > {n} GROUP BY 1"
        },
    ),
    Case(
        "SQL: 10,000 rows of 5 columns",
        "/api/queries/execute",
        lambda n: {
            "query": f"SELECT * FROM wide.main.sales WHERE id > {n} LIMIT 10000", "limit": 10_000,
        },
    ),
    Case(
        "metrics: 3 by brand and month, 1 filter",
        "/api/metrics-explorer/query",
        lambda n: {
            "metrics": ["revenue", "sale_count", "average_sale"],
            "group_by": ["product__brand", "metric_time__month"],
            "where": [{"field": "sale", "op": ">", "value": n}],
        },
    ),
    Case(
        "metrics: the same with order and limit",
        "/api/metrics-explorer/query",
        lambda n: {
            "metrics": ["revenue", "sale_count", "average_sale"],
            "group_by": ["product__brand", "metric_time__month"],
            "where": [{"field": "sale", "op": ">", "value": n}],
            "order_by": ["-revenue"],
            "limit": 20,
        },
    ),
)  # fmt: skip


def write_warehouse(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            f"""
            CREATE TABLE sales AS
            SELECT range AS id, range % 1000 AS product_id,
                   DATE '2024-01-01' + (range % 366)::INTEGER AS sold_on,
                   ['web', 'shop', 'phone'][1 + range % 3] AS channel,
                   (range % 9973 / 100.0)::DECIMAL(10, 2) AS amount
            FROM range({ROWS});
            CREATE TABLE products AS
            SELECT range AS product_id, 'brand ' || range % 12 AS brand FROM range(1000);
            """
        )


@contextmanager
def prepared() -> Iterator[tuple[Path, dict[str, str]]]:
    """A folder with the file, an empty database, and the environment of a service over both that
    lets one person ask as often as a bench does.
    """
    with services.running(), tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_warehouse(folder / WAREHOUSE)
        call_command("migrate", verbosity=0)
        yield (
            folder,
            {
                **os.environ,
                "DUCKDB_ATTACH": f"wide={folder / WAREHOUSE}",
                "DUCKDB_DEFAULT_CATALOG": "wide",
                "RATE_LIMIT_PROFILE": "development",
                "RATE_LIMIT_QUERIES": "100000000",
                "LOG_LEVEL": "WARNING",
            },
        )


@contextmanager
def gunicorn(environment: dict[str, str], log: Path) -> Iterator[http.client.HTTPConnection]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "semantic_layer.wsgi"]
    command += ["--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--workers", "1"]
    command += ["--threads", "8", "--keep-alive", "60", "--no-control-socket"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        wait_until_answering(connection, process, log)
        yield connection
    finally:
        connection.close()
        process.terminate()
        process.wait(timeout=30)


def wait_until_answering(
    connection: http.client.HTTPConnection, process: subprocess.Popen[bytes], log: Path
) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        try:
            connection.request("GET", "/api/health")
            connection.getresponse().read()
            return
        except OSError:
            connection.close()
            time.sleep(0.1)
    raise SystemExit(f"gunicorn does not answer:\n{log.read_text()}")


def post(connection: http.client.HTTPConnection, token: str, path: str, body: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request("POST", path, json.dumps(body), headers)
    response = connection.getresponse()
    text = response.read()
    if response.status >= 300:
        raise SystemExit(f"{path}: {response.status} {text[:500].decode()}")
    return text


def median_ms(calls: list[Callable[[], Any]]) -> tuple[float, float]:
    """Median and 95th percentile; the first calls warm up and do not count."""
    taken = []
    for call in calls:
        started = time.perf_counter()
        call()
        taken.append((time.perf_counter() - started) * 1000)
    counted = sorted(taken[WARM_UP:])
    return statistics.median(counted), counted[int(len(counted) * 0.95)]


def measure(case: Case, connection: http.client.HTTPConnection, token: str, direct: Any) -> None:
    bodies = [case.body(n) for n in range(CALLS + WARM_UP)]
    answers: list[dict[str, Any]] = []
    over_http = median_ms(
        [
            lambda body=body: answers.append(post(connection, token, case.path, body))
            for body in bodies
        ]
    )
    found = [json.loads(answer) for answer in answers]
    statements = [
        (answer.get("sql", body.get("query")), answer.get("receipt", {}).get("parameters"))
        for body, answer in zip(bodies, found, strict=True)
    ]
    alone = median_ms(
        [
            lambda sql=sql, values=values: direct.execute(sql, values or None).fetchall()
            for sql, values in statements
        ]
    )
    engine = statistics.median(answer["execution_time_ms"] for answer in found[WARM_UP:])
    print(
        f"{case.name:<42}{alone[0]:>9.2f}{over_http[0]:>9.2f}{over_http[1]:>9.2f}"
        f"{over_http[0] - alone[0]:>11.2f}{over_http[0] - engine:>12.2f}"
        f"{over_http[0] / alone[0]:>8.2f}"
    )


def main() -> None:
    with prepared() as (folder, environment):
        user = User.objects.create_user("bench@example.com", ["admin"])
        session = sessions.open_session(user=user, credential="bench")
        token = tokens.issue(session).access
        with (
            gunicorn(environment, folder / "web.log") as connection,
            duckdb.connect() as direct,
        ):
            direct.execute(f"ATTACH '{folder / WAREHOUSE}' AS wide (READ_ONLY)")
            post(connection, token, "/api/models", {"yaml": MODEL})
            print(f"HTTP is a live gunicorn; {CALLS} calls each, milliseconds")
            print(
                f"{'':<42}{'direct':>9}{'HTTP':>9}{'p95':>9}{'- direct':>11}{'- engine':>12}"
                f"{'ratio':>8}"
            )
            for case in CASES:
                measure(case, connection, token, direct)


if __name__ == "__main__":
    main()
