"""DuckDB does what every warehouse must."""

from __future__ import annotations

from tests.adapters.contract import Texts, WarehouseContract

LITERALS = (
    ("CAST(NULL AS INTEGER)", None),
    ("true", True),
    ("CAST(1 AS TINYINT)", 1),
    ("9007199254740992", 2**53),
    ("9007199254740993", "9007199254740993"),
    ("-9223372036854775808", "-9223372036854775808"),
    ("CAST(18446744073709551615 AS UBIGINT)", "18446744073709551615"),
    ("CAST(5 AS HUGEINT)", 5),
    ("170141183460469231731687303715884105727", "170141183460469231731687303715884105727"),
    ("CAST('340282366920938463463374607431768211455' AS UHUGEINT)", str(2**128 - 1)),
    ("CAST('-123456789012345678901234567890' AS BIGNUM)", "-123456789012345678901234567890"),
    ("CAST(0 AS BIGNUM)", "0"),
    ("(SELECT sum(x) FROM (VALUES (9223372036854775807), (1)) AS t(x))", str(2**63)),
    ("1.50", "1.50"),
    ("CAST(0 AS DECIMAL(38, 10))", "0.0000000000"),
    ("CAST('-0.0000000001' AS DECIMAL(38, 10))", "-0.0000000001"),
    ("CAST('9999999999999999999999999999.9999999999' AS DECIMAL(38, 10))",)
    + ("9999999999999999999999999999.9999999999",),
    ("CAST(1.5 AS DOUBLE)", 1.5),
    ("CAST('nan' AS DOUBLE)", "NaN"),
    ("CAST('inf' AS DOUBLE)", "Infinity"),
    ("CAST('-inf' AS FLOAT)", "-Infinity"),
    ("'é漢🦆'", "é漢🦆"),
    ("CAST('a' AS ENUM ('a', 'b'))", "a"),
    ("DATE '2024-02-29'", "2024-02-29"),
    ("DATE '12345-01-31'", "+12345-01-31"),
    ("DATE '0044-03-15 (BC)'", "-0043-03-15"),
    ("CAST('infinity' AS DATE)", "infinity"),
    ("TIMESTAMP '2024-02-29 12:00:00'", "2024-02-29T12:00:00"),
    ("TIMESTAMP '2024-02-29 12:00:00.120'", "2024-02-29T12:00:00.12"),
    ("TIMESTAMP_NS '2024-02-29 12:00:00.123456789'", "2024-02-29T12:00:00.123456789"),
    ("TIMESTAMP_S '2024-02-29 12:00:00'", "2024-02-29T12:00:00"),
    ("TIMESTAMP_MS '2024-02-29 12:00:00.5'", "2024-02-29T12:00:00.5"),
    ("CAST('-infinity' AS TIMESTAMP)", "-infinity"),
    ("TIMESTAMPTZ '2024-02-29 12:00:00+02:00'", "2024-02-29T10:00:00Z"),
    ("TIMESTAMPTZ '2024-02-29 12:00:00 America/New_York'", "2024-02-29T17:00:00Z"),
    ("TIME '12:34:56.5'", "12:34:56.5"),
    ("TIME '24:00:00'", "24:00:00"),
    ("CAST('12:34:56+05:30' AS TIMETZ)", "12:34:56+05:30"),
    ("INTERVAL '14 months 3 days 4 hours 5.5 seconds'", "P1Y2M3DT4H5.5S"),
    ("INTERVAL '-1 month 2 days -3 seconds'", "P-1M2DT-3S"),
    ("INTERVAL 0 SECOND", "PT0S"),
    ("CAST('\\x00\\xFF' AS BLOB)", "AP8="),
    ("CAST('10101' AS BIT)", "10101"),
    ("CAST('ABCDEF01-2345-6789-abcd-ef0123456789' AS UUID)",)
    + ("abcdef01-2345-6789-abcd-ef0123456789",),
    ("[1, NULL, 3]", [1, None, 3]),
    ("CAST([] AS INTEGER[])", []),
    ("array_value(CAST(1.5 AS DOUBLE), 2)", [1.5, 2.0]),
    ("[[CAST(1 AS HUGEINT)], NULL, []]", [[1], None, []]),
    ("{'a': 1.50, 'b': [DATE '2024-01-01']}", {"a": "1.50", "b": ["2024-01-01"]}),
    ("MAP {'k': 1, 'l': NULL}", {"k": 1, "l": None}),
    ("MAP {1: 'a', 2: 'b'}", [[1, "a"], [2, "b"]]),
    ("union_value(age := 5)", {"age": 5}),
    ("CAST('{\"a\": 1.10}' AS JSON)", '{"a": 1.10}'),
)


class TestDuckDB(WarehouseContract):
    texts = Texts(
        slow="SELECT count(*) FROM range(900000000) a, range(9999) b WHERE hash(a.range) = b.range",
        numbers="SELECT range AS n FROM range({count})",
        wrong_column="SELECT order_id,\n       'é漢', no_such_column\nFROM gold.orders",
        wrong_column_place=(2, 14),
        literals=LITERALS,
    )
