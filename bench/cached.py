"""What a kept answer costs over HTTP, beside the same question read anew.

python -m bench.cached

The server and the tables of http_overhead. `fresh` asks with a literal of its own each time, `kept`
with the same one; `server` is the X-Process-Time of the response.
"""

from __future__ import annotations

import json
import statistics
import time
from dataclasses import dataclass, field
from typing import Any

from bench.http_overhead import CASES, MODEL, Case, gunicorn, prepared
from semantic_layer.accounts import sessions, tokens
from semantic_layer.accounts.models import User

CALLS, WARM_UP = 150, 15
TARGET_MS = 5.0


@dataclass
class Times:
    """Milliseconds of each call, as the client and as the server saw them."""

    client: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)

    def add(self, client_ms: float, server_ms: float) -> None:
        self.client.append(client_ms)
        self.server.append(server_ms)

    def median(self) -> tuple[float, float]:
        return statistics.median(self.client[WARM_UP:]), statistics.median(self.server[WARM_UP:])


def ask(connection: Any, token: str, case: Case, number: int, *, kept: bool) -> tuple[float, float]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    body = json.dumps(case.body(number))
    started = time.perf_counter()
    connection.request("POST", case.path, body, headers)
    response = connection.getresponse()
    answer = json.loads(response.read())
    client_ms = (time.perf_counter() - started) * 1000
    if response.status != 200 or answer["cached"] is not kept:
        raise SystemExit(f"{case.name}: {response.status} {str(answer)[:300]}")
    return client_ms, float(response.headers["X-Process-Time"]) * 1000


def measure(case: Case, connection: Any, token: str) -> None:
    fresh, kept = Times(), Times()
    ask(connection, token, case, 0, kept=False)
    # In turn, so that whatever else the machine does slows both alike.
    for number in range(1, CALLS + WARM_UP):
        fresh.add(*ask(connection, token, case, number, kept=False))
        kept.add(*ask(connection, token, case, 0, kept=True))
    (fresh_ms, fresh_server), (kept_ms, kept_server) = fresh.median(), kept.median()
    print(
        f"{case.name:<42}{fresh_ms:>9.2f}{fresh_server:>9.2f}{kept_ms:>9.2f}{kept_server:>9.2f}"
        f"{fresh_ms / kept_ms:>9.1f}  {'ok' if kept_server <= TARGET_MS else 'above target'}"
    )


def main() -> None:
    with prepared() as (folder, environment):
        user = User.objects.create_user("bench@example.com", ["admin"])
        token = tokens.issue(sessions.open_session(user=user, credential="bench")).access
        with gunicorn(environment, folder / "web.log") as connection:
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            connection.request("POST", "/api/models", json.dumps({"yaml": MODEL}), headers)
            connection.getresponse().read()
            print(
                f"{CALLS} calls each, medians in milliseconds; target: {TARGET_MS:g} in the server"
            )
            print(f"{'':<42}{'fresh':>9}{'server':>9}{'kept':>9}{'server':>9}{'ratio':>9}")
            for case in CASES:
                measure(case, connection, token)


if __name__ == "__main__":
    main()
