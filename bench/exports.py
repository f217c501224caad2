"""Files of many rows: rows and megabytes per second, and the memory of the process that writes.

    python -m bench.exports [--rows N] [--excel-rows N]

Each format in a process of its own, as a worker writes it: guard, DuckDB, file, record and quota on
PostgreSQL, with the limits raised. The memory is the peak of the whole process, DuckDB's included.
The file is read back to its end. Excel is slow, so its full size, 1,048,575 rows, runs by
--excel-rows; where others compute too, the CPU seconds tell more than the rest.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

from tests import services  # noqa: E402

FORMATS = ("csv", "json", "parquet", "excel")
MEMORY_MB = 300
ROWS, EXCEL_ROWS = 5_000_000, 200_000
SQL = """
SELECT range AS id, 'customer ' || range % 1000 AS customer,
       (range % 9973 / 100.0)::DECIMAL(10, 2) AS amount,
       DATE '2024-01-01' + (range % 366)::INTEGER AS sold_on
FROM range({rows})
"""
CHUNK = 64 * 1024


def peak_mb() -> float:
    """Of this process since it began; ru_maxrss would count the parent's before exec."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise SystemExit("This system does not tell the memory of a process.")


def write(export_format: str, rows: int) -> dict[str, Any]:
    """In the child: one export through the service; what it took."""
    import django

    django.setup()
    from django.db import connection

    from queries.requests import SqlRequest
    from queries.services import export_sql, open_export
    from semantic_layer.ports import Actor, Credential

    actor = Actor(
        user_id="bench", email="bench@example.com", display_name="Bench",
        roles=frozenset({"admin"}), permissions=frozenset({"read", "execute", "admin"}),
        groups=(), data_scope="bench", credential=Credential("bench"),
    )  # fmt: skip
    connection.ensure_connection()
    before = peak_mb()
    started, cpu = time.perf_counter(), time.process_time()
    request = SqlRequest(SQL.format(rows=rows), export_format=export_format)
    export = export_sql(actor=actor, request=request)
    seconds, cpu_s = time.perf_counter() - started, time.process_time() - cpu
    peak = peak_mb()
    _, file = open_export(actor=actor, export_id=export.id)
    with file:
        size = sum(len(chunk) for chunk in iter(lambda: file.read(CHUNK), b""))
    if (export.row_count, size) != (rows, export.byte_count):
        raise SystemExit(f"{export.row_count} rows and {size} bytes are not all of it.")
    return {
        "seconds": seconds, "cpu_s": cpu_s, "bytes": size,
        "before_mb": before, "peak_mb": peak,
    }  # fmt: skip


def measure(export_format: str, rows: int, folder: Path) -> bool:
    """In the parent: print what the child took; whether it kept within its memory."""
    environment = {
        **os.environ,
        "EXPORT_STORE_DIR": str(folder / export_format),
        "EXPORT_MAX_ROWS": "10000000",
        "EXPORT_MAX_MB": "4096",
        "EXPORT_USER_MB": "16384",
        "EXPORT_TOTAL_MB": "16384",
        "LOG_LEVEL": "WARNING",
    }
    command = [sys.executable, "-m", "bench.exports", "--child", export_format, "--rows", str(rows)]
    found = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    told = json.loads(found.stdout)
    megabytes = told["bytes"] / 1e6
    print(
        f"{export_format:<10}{rows:>11,}{told['seconds']:>9.1f}{told['cpu_s']:>8.1f}"
        f"{rows / told['seconds']:>12,.0f}{megabytes:>9.1f}{megabytes / told['seconds']:>9.1f}"
        f"{told['before_mb']:>11.0f}{told['peak_mb']:>9.0f}{MEMORY_MB:>9}",
        flush=True,
    )
    return bool(told["peak_mb"] < MEMORY_MB)


def main() -> int:
    parser = argparse.ArgumentParser(description="How fast rows become files.")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--excel-rows", type=int, default=EXCEL_ROWS)
    parser.add_argument("--child", choices=FORMATS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        json.dump(write(asked.child, asked.rows), sys.stdout)
        return 0
    services.export_environment()
    with services.running(), tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run([*command, "--settings", "tests.settings"], check=True)
        print("One export through the service; memory is the writing process's own, in MB")
        print(
            f"{'':<10}{'rows':>11}{'seconds':>9}{'CPU s':>8}{'rows/s':>12}{'MB':>9}{'MB/s':>9}"
            f"{'at start':>11}{'peak':>9}{'target':>9}"
        )
        kept = [
            measure(name, asked.excel_rows if name == "excel" else asked.rows, Path(folder))
            for name in FORMATS
        ]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
