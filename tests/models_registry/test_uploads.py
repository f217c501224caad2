"""POST /api/models/upload: what is taken, what is refused, and that nothing is half done."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import MULTIPART_CONTENT

from models_registry.graph_source import load_graph
from models_registry.models import AuditEntry, CategoryState, Document, DocumentVersion
from semantic_layer.compiler.reading import MAX_BYTES
from tests.accounts_fixtures import ApiClient
from tests.models_registry.conftest import CUSTOMERS, ORDERS, write_customers, write_orders

pytestmark = pytest.mark.django_db

CUSTOMERS_YAML = """\
semantic_model:
  name: customers
  model: shop.main.customers
  entities: [{name: customer, type: primary, expr: customer_id}]
  dimensions: [{name: country, type: categorical}]
  measures: [{name: customer_count, agg: count, expr: customer_id}]
"""
METRICS = """\
metrics:
  - name: orders_per_customer
    type: ratio
    type_params: {numerator: orders_placed, denominator: customers_known}
  - {name: customers_known, type: simple, type_params: {measure: customer_count}}
"""
SPINE = """\
project_configuration:
  time_spines:
    - node_relation: shop.main.days
      primary_column: {name: day, time_granularity: day}
      custom_granularities: [{name: fiscal_quarter}]
"""
QUERIES = "saved_queries:\n  - {name: daily, query_params: {metrics: [revenue]}}\n"


def upload(client: ApiClient, data: bytes | str, name: str = "m.yml", **fields: Any) -> Any:
    content = data.encode() if isinstance(data, str) else data
    body = {"file": SimpleUploadedFile(name, content), **fields}
    return client.post("/api/models/upload", body, content_type=MULTIPART_CONTENT)


def zipped(files: dict[str, str | bytes], **kwargs: Any) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, **kwargs) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def refused(response: Any, status: int, code: str) -> dict[str, Any]:
    """The refusal's body; nothing was written and the refusal is audited."""
    body = response.json()
    assert (response.status_code, body["error_code"]) == (status, code), body
    assert DocumentVersion.objects.count() == 0
    return body


# ---------------------------------------------------------------- what is taken


def test_one_file(as_engineer: ApiClient) -> None:
    response = upload(as_engineer, ORDERS, "orders.yaml", message="From the team's drive.")

    assert response.status_code == 201, response.content
    body = response.json()
    assert (body["id"], body["category"]) == ("orders", "production")
    assert body["message"] == "Model uploaded successfully"
    assert body["validation"] == {"valid": True, "errors": [], "warnings": []}
    assert body["models"] == [
        {"id": "orders", "kind": "semantic_model", "version": 1, "created": True,
         "status": "published"},
    ]  # fmt: skip
    assert as_engineer.get("/api/models/orders").json()["yaml"] == ORDERS
    assert AuditEntry.objects.get().reason == "From the team's drive."


def test_a_zip_in_any_order_with_every_kind(as_engineer: ApiClient) -> None:
    data = zipped({
        "a/metrics.yml": METRICS,
        "b/queries.yaml": QUERIES,
        "c/orders.yml": ORDERS,
        "project/spine.yml": SPINE,
        "z/customers.YML": CUSTOMERS_YAML,
        "README.md": "# not a model",
        ".hidden.yml": "a: [",
        "__MACOSX/c/._orders.yml": b"\x00\x05",
    })  # fmt: skip

    response = upload(as_engineer, data, "all.zip", category="staging")

    assert response.status_code == 201, response.content
    found = {(item["kind"], item["id"]) for item in response.json()["models"]}
    assert found == {
        ("semantic_model", "orders"), ("semantic_model", "customers"), ("saved_query", "daily"),
        ("project_configuration", "project_configuration"),
    }  # fmt: skip
    assert response.json()["id"] == response.json()["models"][0]["id"]
    orders = as_engineer.get("/api/models/orders?category=staging").json()
    assert "orders_per_customer" in [metric["name"] for metric in orders["metrics"]]
    assert CategoryState.objects.get(category="staging").version == 1


def test_configuration_and_queries_are_part_of_the_graph(as_engineer: ApiClient) -> None:
    upload(as_engineer, ORDERS)
    upload(as_engineer, SPINE)
    upload(as_engineer, QUERIES)

    graph = load_graph("production")
    assert [str(grain) for grain in graph.spines] == ["day"]
    assert "fiscal_quarter" in graph.custom_grains
    assert "daily" in graph.saved_queries


def test_only_metrics_of_a_model_that_exists(as_engineer: ApiClient) -> None:
    upload(as_engineer, ORDERS)

    response = upload(
        as_engineer, "metrics: [{name: big, type: derived, expr: revenue * 2, metrics: [revenue]}]"
    )

    assert response.status_code == 201, response.content
    assert response.json()["models"][0] | {"status": ""} == {
        "id": "orders", "kind": "semantic_model", "version": 2, "created": False, "status": "",
    }  # fmt: skip


def test_a_manifest(as_engineer: ApiClient) -> None:
    manifest = {
        "semantic_models": [{
            "name": "orders", "node_relation": {"alias": "orders", "schema_name": "main",
                                                "database": "shop", "relation_name": None},
            "entities": [{"name": "order", "type": "primary", "expr": "order_id"}],
            "dimensions": [{"name": "at", "type": "time",
                            "type_params": {"time_granularity": "day"}}],
            "measures": [{"name": "n", "agg": "count", "expr": "1",
                          "agg_time_dimension": "at"}],
        }],
        "metrics": [{"name": "orders_placed", "type": "simple",
                     "type_params": {"measure": {"name": "n"}}}],
        "saved_queries": [],
        "project_configuration": {"time_spines": []},
    }  # fmt: skip

    response = upload(as_engineer, json.dumps(manifest), "semantic_manifest.json")

    assert response.status_code == 201, response.content
    assert as_engineer.get("/api/models/orders").json()["metric_count"] == 1


def test_the_demo_as_a_zip(as_engineer: ApiClient) -> None:
    folder = Path(__file__).parents[2] / "semantic-models"
    data = zipped({file.name: file.read_bytes() for file in sorted(folder.glob("*.yml"))})

    response = upload(as_engineer, data, "demo.zip", category="development")

    assert response.status_code == 201, response.content
    assert len(response.json()["models"]) >= 5


# ---------------------------------------------------------------- what exists already


def test_what_exists_needs_overwrite(as_engineer: ApiClient) -> None:
    upload(as_engineer, CUSTOMERS_YAML)
    both = zipped({"o.yml": ORDERS, "c.yml": CUSTOMERS_YAML.replace("country", "city")})

    response = upload(as_engineer, both, "m.zip")

    assert (response.status_code, response.json()["error_code"]) == (409, "NAME_TAKEN")
    assert response.json()["details"]["taken"] == [{"kind": "semantic_model", "name": "customers"}]
    assert Document.objects.count() == 1

    again = upload(as_engineer, both, "m.zip", overwrite="true")
    assert again.status_code == 201
    assert [(m["id"], m["version"], m["created"]) for m in again.json()["models"]] == [
        ("customers", 2, False), ("orders", 1, True),
    ]  # fmt: skip


def test_uploading_again_changes_nothing_but_a_new_comment_does(as_engineer: ApiClient) -> None:
    upload(as_engineer, CUSTOMERS_YAML)
    stamp = CategoryState.objects.get(category="production").stamp

    same = upload(as_engineer, CUSTOMERS_YAML, overwrite="true")
    assert same.json()["models"][0]["version"] == 1
    assert CategoryState.objects.get(category="production").stamp == stamp

    commented = upload(as_engineer, "# Why.\n" + CUSTOMERS_YAML, overwrite="true")
    assert commented.json()["models"][0]["version"] == 2


# ---------------------------------------------------------------- what is wrong


def test_every_problem_of_every_file_with_its_place(as_engineer: ApiClient) -> None:
    data = zipped({
        "broken.yml": "a: [b\n",
        "metrics.yml": METRICS,
        "orders.yml": ORDERS.replace("agg: count,", "agg: cuont,"),
        "latin.yml": "name: caf\xe9".encode("latin-1"),
    })  # fmt: skip

    body = refused(upload(as_engineer, data, "m.zip"), 400, "INVALID_MODEL")

    assert body["validation"]["valid"] is False
    errors = {(e["file"], e["line"], e["code"]) for e in body["validation"]["errors"]}
    assert ("broken.yml", 2, "YAML_SYNTAX") in errors
    assert ("latin.yml", 1, "NOT_UTF8") in errors
    line = ORDERS.splitlines().index("    - {name: order_count, agg: count, expr: order_id}") + 1
    assert ("orders.yml", line, "INVALID_AGGREGATION") in errors
    for error in body["validation"]["errors"]:
        assert {"line", "column", "path", "message"} <= set(error)
    assert AuditEntry.objects.get().outcome == "refused"


def test_a_metric_whose_input_is_unknown_is_an_error_with_its_line(as_engineer: ApiClient) -> None:
    write_orders("staging")
    text = "metrics:\n  - name: m\n    type: simple\n    type_params:\n      measure: revenu_sum\n"

    response = upload(as_engineer, text, category="staging")

    assert response.status_code == 400
    (error,) = response.json()["validation"]["errors"]
    assert (error["line"], error["code"]) == (5, "UNKNOWN_INPUT")
    assert "revenue_sum" in error["message"]
    assert DocumentVersion.objects.count() == 1


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{','.join([f'*{chr(97 + i)}'] * 9)}]\n" for i in range(9)
)


@pytest.mark.parametrize(
    ("name", "data", "status", "code"),
    [
        ("m.yml", BOMB, 400, "INVALID_MODEL"),
        ("m.yml", "a: 1\na: 2\n", 400, "INVALID_MODEL"),
        ("m.yml", "[" * 5000, 400, "INVALID_MODEL"),
        ("m.yml", "a: !!python/object/apply:os.system [id]", 400, "INVALID_MODEL"),
        ("m.yml", "name: \x00", 400, "INVALID_MODEL"),
        ("m.yml", ORDERS.encode("utf-16"), 400, "INVALID_MODEL"),
        ("m.yml", "", 400, "NOTHING_TO_WRITE"),
        ("m.yml", "# only a comment\n", 400, "NOTHING_TO_WRITE"),
        ("m.yml", ORDERS.replace("name: orders\n", "name: ../../etc\n"), 400, "INVALID_MODEL"),
        ("m.yml", ORDERS.replace("name: orders\n", "name: upload\n"), 400, "RESERVED_NAME"),
        ("m.yml", ORDERS + "---\n" + ORDERS, 400, "INVALID_MODEL"),
        ("m.txt", ORDERS, 400, "UNSUPPORTED_FILE"),
        ("m", ORDERS, 400, "UNSUPPORTED_FILE"),
        ("m.tar.gz", b"\x1f\x8b", 400, "UNSUPPORTED_FILE"),
        ("m.zip", b"PK\x03\x04 not a zip", 400, "MALFORMED_ZIP"),
        ("m.zip", ORDERS, 400, "MALFORMED_ZIP"),
        ("m.zip", zipped({}), 400, "NOTHING_TO_WRITE"),
        ("m.zip", zipped({"readme.txt": "x"}), 400, "NOTHING_TO_WRITE"),
        ("m.zip", zipped({"../orders.yml": ORDERS}), 400, "UNSAFE_ZIP"),
        ("m.zip", zipped({"a/../../orders.yml": ORDERS}), 400, "UNSAFE_ZIP"),
        ("m.zip", zipped({"/etc/orders.yml": ORDERS}), 400, "UNSAFE_ZIP"),
        ("m.zip", zipped({"C:\\orders.yml": ORDERS}), 400, "UNSAFE_ZIP"),
        ("m.zip", zipped({"..\\orders.yml": ORDERS}), 400, "UNSAFE_ZIP"),
        ("m.zip", zipped({"o\x1b[2J.yml": ORDERS}), 400, "UNSAFE_ZIP"),
        ("m.zip", zipped({"x" * 300 + ".yml": ORDERS}), 400, "UNSAFE_ZIP"),
        ("m.zip", zipped({"A.yml": ORDERS, "a.yml": CUSTOMERS_YAML}), 400, "UNSAFE_ZIP"),
    ],
)  # fmt: skip
def test_hostile_files_change_nothing(
    as_engineer: ApiClient, name: str, data: bytes | str, status: int, code: str
) -> None:
    body = refused(upload(as_engineer, data, name), status, code)

    assert body["detail"]
    assert body["validation"]["valid"] is False
    assert AuditEntry.objects.get().outcome == "refused"


def test_links_and_encrypted_entries(as_engineer: ApiClient) -> None:
    link = zipfile.ZipInfo("orders.yml")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert (
        "link"
        in refused(upload(as_engineer, buffer.getvalue(), "m.zip"), 400, "UNSAFE_ZIP")["detail"]
    )

    plain = bytearray(zipped({"orders.yml": ORDERS}))
    for marker, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        plain[plain.index(marker) + offset] |= 1
    body = refused(upload(as_engineer, bytes(plain), "m.zip"), 400, "UNSAFE_ZIP")
    assert "encrypted" in body["detail"]


def test_a_damaged_entry(as_engineer: ApiClient) -> None:
    data = bytearray(zipped({"orders.yml": ORDERS * 3}))
    for position in range(60, 120):
        data[position] ^= 0xFF
    refused(upload(as_engineer, bytes(data), "m.zip"), 400, "MALFORMED_ZIP")


def test_zip_bombs(as_engineer: ApiClient) -> None:
    one = zipped({"m.yml": b"#" * (MAX_BYTES + 1)})
    assert len(one) < 100_000
    refused(upload(as_engineer, one, "m.zip"), 413, "TOO_LARGE")

    many = zipped({f"{n}.yml": b"#" * (MAX_BYTES - 1) for n in range(6)})
    refused(upload(as_engineer, many, "m.zip"), 413, "TOO_LARGE")

    entries = zipped({f"{n}.txt": b"" for n in range(2_001)})
    refused(upload(as_engineer, entries, "m.zip"), 413, "TOO_LARGE")

    # A header that promises little does not let more through.
    lying = bytearray(one)
    central = lying.rindex(b"PK\x01\x02")
    lying[central + 24 : central + 28] = (10).to_bytes(4, "little")
    assert upload(as_engineer, bytes(lying), "m.zip").status_code in (400, 413)
    assert DocumentVersion.objects.count() == 0


def test_five_megabytes_and_one_byte(as_engineer: ApiClient) -> None:
    text = ORDERS + "#" * (MAX_BYTES - len(ORDERS))
    assert upload(as_engineer, text).status_code == 201
    assert upload(as_engineer, text + "#", category="staging").status_code == 413
    assert Document.objects.count() == 1


@pytest.mark.parametrize(
    "fields",
    [{"category": "prod"}, {"overwrite": "perhaps"}, {"overwrit": "true"}, {"message": "x" * 1001}],
)
def test_bad_fields(as_engineer: ApiClient, fields: dict[str, str]) -> None:
    response = upload(as_engineer, ORDERS, **fields)
    assert (response.status_code, response.json()["error_code"]) == (400, "VALIDATION_ERROR")


def test_without_a_file_and_without_multipart(as_engineer: ApiClient) -> None:
    none = as_engineer.post("/api/models/upload", {}, content_type=MULTIPART_CONTENT)
    assert none.json()["field_errors"] == {"file": ["No file was submitted."]}
    assert as_engineer.post("/api/models/upload", CUSTOMERS).status_code == 400
    torn = as_engineer.generic(
        "POST", "/api/models/upload", b"--x\r\nnonsense", content_type="multipart/form-data"
    )
    assert (torn.status_code, torn.json()["error_code"]) == (400, "MALFORMED_BODY")


def test_viewers_may_not(as_viewer: ApiClient) -> None:
    assert upload(as_viewer, ORDERS).status_code == 403
    assert AuditEntry.objects.get().action == "upload"


def test_all_or_nothing_beside_what_is_there(as_engineer: ApiClient) -> None:
    write_customers()
    data = zipped({"orders.yml": ORDERS, "bad.yml": "semantic_model: {name: x, model: a, nmae: y}"})

    assert upload(as_engineer, data, "m.zip").status_code == 400

    assert as_engineer.get("/api/models").json()["total_count"] == 1


def send(client: ApiClient, *files: tuple[str, str]) -> Any:
    parts = [SimpleUploadedFile(name, text.encode()) for name, text in files]
    return client.post("/api/models/upload", {"file": parts}, content_type=MULTIPART_CONTENT)


def test_several_files_are_one_upload_in_any_order(as_engineer: ApiClient) -> None:
    known = METRICS.splitlines()[0] + "\n" + METRICS.splitlines()[-1] + "\n"
    response = send(as_engineer, ("metrics.yml", known), ("models.yml", CUSTOMERS_YAML))
    assert response.status_code == 201, response.json()
    assert set(load_graph("production").metrics) == {"customers_known"}


def test_several_files_are_all_or_nothing(as_engineer: ApiClient) -> None:
    response = send(as_engineer, ("models.yml", CUSTOMERS_YAML), ("metrics.yml", METRICS))
    (error,) = response.json()["validation"]["errors"]
    assert (response.status_code, error["file"]) == (400, "metrics.yml")
    assert DocumentVersion.objects.count() == 0


def test_two_files_of_one_name_and_other_kinds_are_told(as_engineer: ApiClient) -> None:
    twice = send(as_engineer, ("m.yml", CUSTOMERS_YAML), ("m.yml", METRICS))
    odd = send(as_engineer, ("m.yml", CUSTOMERS_YAML), ("notes.txt", "hello"))
    for response, code in ((twice, "FILE_TWICE"), (odd, "UNSUPPORTED_FILE")):
        assert response.status_code == 400
        (error,) = response.json()["validation"]["errors"]
        assert (error["code"], error["message"]) == (code, response.json()["detail"])
    assert DocumentVersion.objects.count() == 0
