"""SQL of Databricks for the contract of all warehouses: run on Spark, and on a real workspace."""

from __future__ import annotations

from tests.adapters.contract import Texts

LITERALS = (
    ("CAST(NULL AS INT)", None),
    ("NULL", None),
    ("true", True),
    ("CAST(1 AS TINYINT)", 1),
    ("9007199254740992", 2**53),
    ("9007199254740993", "9007199254740993"),
    ("-9223372036854775807 - 1", "-9223372036854775808"),
    ("1.50", "1.50"),
    ("CAST(0 AS DECIMAL(38, 10))", "0.0000000000"),
    ("CAST('-0.0000000001' AS DECIMAL(38, 10))", "-0.0000000001"),
    ("CAST('9999999999999999999999999999.9999999999' AS DECIMAL(38, 10))",)
    + ("9999999999999999999999999999.9999999999",),
    ("CAST(1.5 AS DOUBLE)", 1.5),
    ("CAST('NaN' AS DOUBLE)", "NaN"),
    ("CAST('Infinity' AS DOUBLE)", "Infinity"),
    ("CAST('-Infinity' AS FLOAT)", "-Infinity"),
    ("'é漢🦆'", "é漢🦆"),
    ("DATE '2024-02-29'", "2024-02-29"),
    ("TIMESTAMP_NTZ '2024-02-29 12:00:00'", "2024-02-29T12:00:00"),
    ("TIMESTAMP_NTZ '2024-02-29 12:00:00.120'", "2024-02-29T12:00:00.12"),
    ("TIMESTAMP '2024-02-29 12:00:00+02:00'", "2024-02-29T10:00:00Z"),
    ("TIMESTAMP '2024-02-29 12:00:00 America/New_York'", "2024-02-29T17:00:00Z"),
    ("INTERVAL '1-2' YEAR TO MONTH", "P1Y2M"),
    ("INTERVAL '-3' MONTH", "P-3M"),
    ("INTERVAL '3 04:00:05.5' DAY TO SECOND", "P3DT4H5.5S"),
    ("INTERVAL '-3' SECOND", "PT-3S"),
    ("INTERVAL '0' SECOND", "PT0S"),
    ("X'00FF'", "AP8="),
    ("array(1, NULL, 3)", [1, None, 3]),
    ("array(array(1), NULL, array())", [[1], None, []]),
    ("named_struct('a', 1.50, 'b', array(DATE '2024-01-01'))",)
    + ({"a": "1.50", "b": ["2024-01-01"]},),
    ("map('k', 1, 'l', NULL)", {"k": 1, "l": None}),
    ("map(1, 'a', 2, 'b')", [[1, "a"], [2, "b"]]),
)

TEXTS = Texts(
    slow="SELECT count(*) FROM range(900000000) a, range(9999) b WHERE hash(a.id) = b.id",
    numbers="SELECT id AS n FROM range({count})",
    wrong_column="SELECT order_id,\n       'é漢', no_such_column\nFROM (SELECT 1 AS order_id) AS o",
    wrong_column_place=(2, 14),
    literals=LITERALS,
    marker=":{}",
    binds_bytes=False,
)
