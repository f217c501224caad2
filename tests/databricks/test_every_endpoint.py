"""People with different rights in the workspace, on every operation of the API.

Ann may see `jinxa_payments`, Bo may not; `jinxo_payments` does not exist. Models over both are in
the registry. Bo asks about the one and Cy, who has the same rights, about the other, before and
after Ann asked the same: they are told the same, and nothing that the hidden table holds is in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import requests

from tests.api.test_permissions import registered
from tests.databricks.questions import EXECUTE, Question, Route, model_over, questions
from tests.http.client import HttpClient
from tests.http.server import Server
from tests.workspace.mirrored import DEMO, MirroredWorkspace
from tests.workspace.state import Column, Table

HIDDEN, ABSENT = "jinxa", "jinxo"
CANARIES = ("CANARY-77", "4711.5", "what the pilots get")
"""A value, a sum and a comment that only the hidden table has."""
NOBODY = "99999999-9999-4999-8999-999999999999"
KINDS_OF_ID = ("query", "saved", "export", "job", "rejection", "documentation", "conversation")
TABLE = {"catalog": DEMO, "schema": "gold", "table": f"{HIDDEN}_payments"}
READ = {"query": f"SELECT * FROM {DEMO}.gold.{HIDDEN}_payments"}


@pytest.fixture(scope="module")
def people(server: Server, mirror: MirroredWorkspace) -> Iterator[dict[str, HttpClient]]:
    """Bo and Cy have the same rights, and so has Abe, who is an administrator of the service."""
    columns = (
        Column("extra_amount", "double", comment="what the pilots get"),
        Column("note", "string"),
        Column("paid_on", "date"),
    )
    hidden = Table(DEMO, "gold", f"{HIDDEN}_payments", columns, comment="what the pilots get")
    mirror.load(hidden, [[4711.5, "CANARY-77", "2024-01-05"]])
    workspace, anonymous = mirror.workspace, HttpClient(server)
    found = {}
    for name in ("ann", "bo", "cy", "abe"):
        token = workspace.add_person(f"{name}.e", "admin" if name == "abe" else "engineer")
        granted = DEMO if name == "ann" else f"{DEMO}.gold.airlines"
        workspace.state.grant(f"{name}.e@example.com", granted)
        body = anonymous.answer("POST", "/api/auth/login", {"databricks_token": token})
        found[name] = HttpClient(server, body["access_token"])
    yield found
    for client in (anonymous, *found.values()):
        client.close()


@pytest.fixture(scope="module")
def anns(people: Mapping[str, HttpClient]) -> dict[str, str]:
    """Ids of things that Ann made of the hidden table; both models are written on the way."""
    ann = people["ann"]
    for stem in (HIDDEN, ABSENT):
        ann.answer("POST", "/api/models", model_over(stem, stem), status=201)
    run = ann.answer("POST", EXECUTE, READ)
    assert CANARIES[0] in json.dumps(run["rows"])
    export = ann.answer("POST", "/api/queries/export", {**READ, "export_format": "csv"})
    saved = ann.answer("POST", "/api/queries/saved", {"name": "Ann's", **READ}, status=201)
    generate = "/api/catalog/generate-model"
    job = ann.answer("POST", generate, {**TABLE, "async": True}, status=202)
    rejected = {**TABLE, "suggestions": ["note"]}
    rejection = ann.answer("POST", "/api/catalog/rejections", rejected, status=201)
    document = ann.answer(
        "POST", "/api/documentation/generate", {"model_id": HIDDEN, "format": "markdown"}
    )
    question = ann.answer("POST", "/api/genie/query", {"query": f"{HIDDEN} sum"})
    exported = re.search(r"exports/([0-9a-f-]{36})", export["export_url"])
    assert exported is not None
    return {
        "query": run["query_id"],
        "saved": saved["id"],
        "export": exported[1],
        "job": job["job_id"],
        "rejection": rejection["rejections"][0]["id"],
        "documentation": document["documentation_id"],
        "conversation": question["conversation_id"],
    }


def told(client: HttpClient, asked: Mapping[Route, list[Question]]) -> dict[str, Any]:
    """Each question with status and answer."""
    found = {}
    for route, several in asked.items():
        for number, question in enumerate(several):
            response = send(client, question)
            found[f"{' '.join(route)} [{number}]"] = (response.status_code, content_of(response))
    return found


def send(client: HttpClient, question: Question) -> requests.Response:
    if question.file is not None:
        files = {"file": ("models.yml", question.file)}
        return client.request(question.method, question.path, data=question.body, files=files)
    return client.request(question.method, question.path, json=question.body)


def content_of(response: requests.Response) -> Any:
    if "json" in response.headers.get("Content-Type", ""):
        return response.json()
    return response.text


OF_BOTH = {
    ("GET", "api/models/<name>/impact"),  # how often a model was used, by whomever
    ("GET", "api/documentation/models"),  # which of both models one has written up oneself
    ("POST", "api/models/<name>/promote"),  # which names of other models are near this one's
}
"""Routes that tell of both models and of their use: held to the canaries alone."""
VARYING = {
    "timestamp", "request_id", "execution_time_ms", "search_time_ms", "created_at", "updated_at",
    "submitted_at", "started_at", "finished_at", "expires_at", "generated_at", "as_of",
    "latency_ms", "etag", "at", "lag_s", "total_time_ms", "data_read_at", "data_age_s",
    "duration_ms", "next_refresh_at",
}  # fmt: skip
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{32,64}\b")


def is_of_registry(item: Any) -> bool:
    """A suggestion that comes of the models: those are read again in the background."""
    return isinstance(item, dict) and item.get("type") in ("metric", "dimension", "entity")


MINUTE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")
STEM, PERSON = re.compile(f"(?i){HIDDEN}|{ABSENT}"), re.compile("bo.e|cy.e|Bo E|Cy E")


def plain(value: Any) -> Any:
    """Without what differs each time; the stems and who asks are taken out."""
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items() if key not in VARYING}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value if not is_of_registry(item)]
    if isinstance(value, str):
        return ID.sub("ID", STEM.sub("S", PERSON.sub("P", MINUTE.sub("NOW", value))))
    return value


def test_every_operation_has_its_questions() -> None:
    asked = questions(HIDDEN, dict.fromkeys(KINDS_OF_ID, NOBODY), "t0")
    assert set(asked) == set(registered())


def alike(people: Mapping[str, HttpClient], ids: Mapping[str, str], turn: str) -> list[Any]:
    """Bo asks about the hidden table and Cy about none; Bo's answers, once they are the same."""
    hidden = questions(HIDDEN, ids, turn)
    absent = questions(ABSENT, dict.fromkeys(KINDS_OF_ID, NOBODY), turn)
    differing, bos = {}, []
    for route, several in hidden.items():
        for number, (one, other) in enumerate(zip(several, absent[route], strict=True)):
            told = [send(people["bo"], one), send(people["cy"], other)]
            bo, cy = ((response.status_code, content_of(response)) for response in told)
            bos.append(bo)
            pair = plain(bo), plain(cy)
            if pair[0] != pair[1] and route not in OF_BOTH:
                differing[f"{' '.join(route)} [{number}]"] = pair
    assert list(differing) == [], json.dumps(differing)
    return bos


@pytest.mark.slow
def test_a_hidden_table_is_like_one_that_does_not_exist(
    people: Mapping[str, HttpClient], anns: Mapping[str, str]
) -> None:
    before = alike(people, anns, "t1")
    nobodys = dict.fromkeys(KINDS_OF_ID, NOBODY)
    hers = told(people["ann"], questions(HIDDEN, nobodys, "t2"))
    told(people["ann"], questions(ABSENT, nobodys, "t2"))  # she writes to both models alike
    after = alike(people, anns, "t3")
    for canary in CANARIES:
        assert canary in json.dumps(hers), f"nothing tells of {canary} even to Ann"
        assert [told for told in (*before, *after) if canary in json.dumps(told)] == []


@pytest.mark.slow
def test_an_administrator_sees_what_was_asked_never_what_was_answered(
    people: Mapping[str, HttpClient], anns: Mapping[str, str]
) -> None:
    """Being an administrator here gives no rights on the workspace's tables."""
    abe = people["abe"]
    everything = told(abe, questions(HIDDEN, anns, "t5"))
    others = abe.get("/api/queries/history", user="all", text=READ["query"], page_size=50).json()
    assert anns["query"] in json.dumps(others)
    for canary in CANARIES[:2]:
        assert canary not in json.dumps(others)
    assert "CANARY-77" not in json.dumps(everything["POST api/genie/query [0]"])
