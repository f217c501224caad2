"""What `manage.py up` says when all answers: addresses, tokens, a curl line, a first answer."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

QUESTION = "On-time rate by carrier name by month"
QUERY: Mapping[str, Any] = {
    "metrics": ["on_time_rate"],
    "group_by": ["carrier__name", "metric_time__month"],
    "order_by": ["carrier__name", "metric_time__month"],
}
TIMEOUT_S = 60
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


class NoAnswer(Exception):
    """The running service did not answer a question as it should; the text says what came."""


@dataclass(frozen=True)
class Service:
    """A running service as its clients see it."""

    url: str

    def not_ready(self) -> str:
        """What is missing yet, in words; empty when all that it needs is up."""
        try:
            urllib.request.urlopen(f"{self.url}/api/health/ready", timeout=10).close()  # noqa: S310  our own http URL
        except urllib.error.HTTPError as error:
            return _failed_checks(error)
        except OSError as error:
            return str(error)
        return ""

    def post(self, path: str, body: Mapping[str, Any], token: str | None = None) -> dict[str, Any]:
        """The JSON answer; raises NoAnswer for anything but success."""
        request = urllib.request.Request(  # noqa: S310  our own http URL
            f"{self.url}{path}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310  our own http URL
                read: dict[str, Any] = json.load(answer)
                return read
        except urllib.error.HTTPError as error:
            text = error.read().decode("utf-8", "replace")[:500]
            raise NoAnswer(f"{path} answered {error.code}: {text}") from error
        except (OSError, ValueError) as error:
            raise NoAnswer(f"{path} did not answer: {error}") from error


def first_answer(service: Service, local_token: str) -> list[dict[str, Any]]:
    """Sign in as a client does and ask QUERY; the rows."""
    signed_in = service.post("/api/auth/login", {"databricks_token": local_token})
    answer = service.post("/api/metrics-explorer/query", QUERY, signed_in["access_token"])
    rows: list[dict[str, Any]] = answer["rows"]
    return rows


def curl_line(url: str, local_token: str) -> str:
    """One line for a shell that asks QUERY."""
    body = json.dumps(QUERY, separators=(",", ":"))
    return (
        f"curl -s {url}/api/metrics-explorer/query -H 'Authorization: Bearer {local_token}' "
        f"-H 'Content-Type: application/json' -d '{body}'"
    )


def answer_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Carriers down, months across."""
    months = sorted({str(row["metric_time__month"])[:7] for row in rows})
    rates: dict[str, dict[str, Any]] = {}
    for row in rows:
        by_month = rates.setdefault(str(row["carrier__name"]), {})
        by_month[str(row["metric_time__month"])[:7]] = row["on_time_rate"]
    table = Table(title=f"{QUESTION}, 2013, in %", title_justify="left")
    table.add_column("Carrier", no_wrap=True)
    for month in months:
        table.add_column(MONTHS[int(month[5:7]) - 1], justify="right")
    for carrier, by_month in rates.items():
        cells = [_percent(by_month.get(month)) for month in months]
        table.add_row(carrier, *cells)
    return table


def say_addresses(console: Console, url: str) -> None:
    """Where to look."""
    for what, path in (("API", "/api/"), ("Docs", "/docs"), ("Admin", "/admin/")):
        console.print(f"  {what:<8}{url}{path}", highlight=False, soft_wrap=True)


def say_demo(console: Console, url: str, tokens: Mapping[str, str]) -> None:
    """The demo's tokens, and a line that works as printed."""
    console.print("\nTokens (sign in to the API and to the admin site; also in var/demo.json):")
    for role, token in tokens.items():
        console.print(f"  {role:<10}{token}", highlight=False, soft_wrap=True)
    console.print("\nTry:")
    # markup off: the JSON's brackets are not rich's
    console.print(curl_line(url, tokens["analyst"]), highlight=False, soft_wrap=True, markup=False)


def _failed_checks(error: urllib.error.HTTPError) -> str:
    try:
        checks = json.load(error)["checks"].items()
    except (OSError, ValueError, KeyError, AttributeError):
        return f"it answered {error.code}"
    return "; ".join(f"{name}: {check['error']}" for name, check in checks if check.get("error"))


def _percent(rate: Any) -> str:
    return "" if rate is None else f"{100 * float(rate):.0f}"
