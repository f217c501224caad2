"""What the SQL before the cursor asks for."""

from __future__ import annotations

import pytest

from catalog.completion import Expect, read_cursor
from catalog.completion.relations import Relation


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ("", Expect.ANYTHING),
        ("SELECT 1; ", Expect.ANYTHING),
        ("SELECT ", Expect.COLUMN),
        ("SELECT DISTINCT ", Expect.COLUMN),
        ("SELECT a, ", Expect.COLUMN),
        ("SELECT a + ", Expect.COLUMN),
        ("SELECT a * ", Expect.COLUMN),
        ("SELECT sum(", Expect.COLUMN),
        ("SELECT CASE WHEN ", Expect.COLUMN),
        ("SELECT * ", Expect.KEYWORD),
        ("SELECT t.* ", Expect.KEYWORD),
        ("SELECT a ", Expect.KEYWORD),
        ("SELECT sum(a) ", Expect.KEYWORD),
        ("SELECT a AS ", Expect.NOTHING),
        ("SELECT CAST(a AS ", Expect.KEYWORD),
        ("SELECT a::", Expect.KEYWORD),
        ("SELECT * FROM ", Expect.TABLE),
        ("SELECT * FROM", Expect.TABLE),
        ("select * from\n\t", Expect.TABLE),
        ("FROM ", Expect.TABLE),
        ("SELECT * FROM a, ", Expect.TABLE),
        ("SELECT * FROM a JOIN ", Expect.TABLE),
        ("SELECT * FROM a LEFT OUTER JOIN ", Expect.TABLE),
        ("SELECT * FROM (a JOIN ", Expect.TABLE),
        ("SELECT * FROM (", Expect.ANYTHING),
        ("SELECT * FROM a ", Expect.KEYWORD),
        ("SELECT * FROM a x ", Expect.KEYWORD),
        ("SELECT * FROM a AS ", Expect.NOTHING),
        ("SELECT * FROM a WHERE ", Expect.COLUMN),
        ("SELECT * FROM a WHERE b = 1 ", Expect.KEYWORD),
        ("SELECT * FROM a WHERE b = 'x' ", Expect.KEYWORD),
        ("SELECT * FROM a WHERE b = 'x' AND ", Expect.COLUMN),
        ("SELECT * FROM a JOIN b ON ", Expect.COLUMN),
        ("SELECT * FROM a JOIN b USING (", Expect.COLUMN),
        ("SELECT * FROM a GROUP BY ", Expect.COLUMN),
        ("SELECT * FROM a ORDER BY b DESC, ", Expect.COLUMN),
        ("SELECT * FROM a HAVING ", Expect.COLUMN),
        ("SELECT sum(a) OVER (PARTITION BY ", Expect.COLUMN),
        ("SELECT count(*) FILTER (WHERE ", Expect.COLUMN),
        ("SELECT EXTRACT(year FROM ", Expect.COLUMN),
        ("SELECT a IS DISTINCT FROM ", Expect.COLUMN),
        ("SELECT * FROM a LIMIT ", Expect.KEYWORD),
        ("SELECT * FROM a UNION ALL ", Expect.ANYTHING),
        ("SELECT * FROM a UNION ALL SELECT * FROM ", Expect.TABLE),
        ("WITH ", Expect.NOTHING),
        ("WITH a ", Expect.KEYWORD),
        ("WITH a AS (SELECT * FROM ", Expect.TABLE),
        ("DESCRIBE ", Expect.TABLE),
        ("SELECT 'abc ", Expect.NOTHING),
        ("SELECT 'it''s ", Expect.NOTHING),
        ("SELECT 'done' || ", Expect.COLUMN),
        ("SELECT $$abc ", Expect.NOTHING),
        ("SELECT 1 -- ", Expect.NOTHING),
        ("SELECT 1 -- note\n, ", Expect.COLUMN),
        ("SELECT /* ", Expect.NOTHING),
        ("SELECT /* note */ ", Expect.COLUMN),
        ("SELECT (a).", Expect.NOTHING),
        ("hello there ", Expect.ANYTHING),
        (") ) ( , ", Expect.COLUMN),
    ],
)
def test_the_place_says_what_may_stand_there(context: str, expected: Expect) -> None:
    assert read_cursor(context, "xx", "duckdb").expect is expected


@pytest.mark.parametrize(
    ("context", "prefix", "path", "word"),
    [
        ("SELECT * FROM ", "gold.fl", ("gold",), "fl"),
        ("SELECT * FROM gold.", "fl", ("gold",), "fl"),
        ("SELECT * FROM gold.fl", "fl", ("gold",), "fl"),
        ("SELECT * FROM gold.fl", "gold.fl", ("gold",), "fl"),
        ("SELECT * FROM gold.", "gold.fl", ("gold",), "fl"),
        ("SELECT * FROM GOLD.FL", "gold.fl", ("gold",), "fl"),
        ("SELECT * FROM a.gold.", "fl", ("a", "gold"), "fl"),
        ("SELECT * FROM a.", "gold.fl", ("a", "gold"), "fl"),
        ('SELECT * FROM "My db".', "fl", ("My db",), "fl"),
        ("SELECT ", "f.", ("f",), ""),
        ("SELECT a", "fl", (), "fl"),
        ("SELECT fl", "fl", (), "fl"),
        ('SELECT "Order', '"Order', (), "Order"),
        ('SELECT ', '"Order Da', (), "Order Da"),
        ("SELECT a.date.", "da", ("a", "date"), "da"),
    ],
)  # fmt: skip
def test_the_path_comes_from_context_and_prefix(
    context: str, prefix: str, path: tuple[str, ...], word: str
) -> None:
    cursor = read_cursor(context, prefix, "duckdb")
    assert (cursor.path, cursor.word) == (path, word)


def relations(context: str) -> tuple[Relation, ...]:
    return read_cursor(context, "xx", "duckdb").relations


FLIGHTS = ("gold", "flights")


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ("SELECT * FROM gold.flights f WHERE ", (Relation("f", (FLIGHTS,)),)),
        ("SELECT * FROM gold.flights AS f WHERE ", (Relation("f", (FLIGHTS,)),)),
        ("SELECT * FROM gold.flights WHERE ", (Relation("flights", (FLIGHTS,)),)),
        ('SELECT * FROM "gold"."flights" "F 1" WHERE ', (Relation("F 1", (FLIGHTS,)),)),
        ("FROM gold.flights SELECT ", (Relation("flights", (FLIGHTS,)),)),
        ("SELECT * FROM a, b y WHERE ", (Relation("a", (("a",),)), Relation("y", (("b",),)))),
        (
            "SELECT * FROM a x LEFT JOIN b y ON x.i = y.i AND ",
            (Relation("x", (("a",),)), Relation("y", (("b",),))),
        ),
        ("SELECT * FROM (a x JOIN b y) WHERE ",
         (Relation("x", (("a",),)), Relation("y", (("b",),)))),
        ("SELECT * FROM range(10) r WHERE ", (Relation("r"),)),
        ("SELECT * FROM range(10) r(n) WHERE ", (Relation("r", (), ("n",)),)),
        ("SELECT * FROM 'file.csv' WHERE ", (Relation(None),)),
        (
            "SELECT * FROM (SELECT a, b AS c, d e, t.f, sum(g), 1 AS i, j + k FROM t) q WHERE ",
            (Relation("q", (), ("a", "c", "e", "f", "i")),),
        ),
        (
            "SELECT * FROM (SELECT CASE WHEN a THEN b END AS c, NOT d, x.* FROM t, u x) q WHERE ",
            (Relation("q", (("u",),), ("c",)),),
        ),
        ("SELECT * FROM (SELECT * FROM t) AS q WHERE ", (Relation("q", (("t",),)),)),
        ("SELECT * FROM (SELECT * EXCEPT (a) FROM t) q WHERE ", (Relation("q", (("t",),)),)),
        ("SELECT * FROM (SELECT a FROM t UNION SELECT b FROM u) q WHERE ",
         (Relation("q", (), ("a",)),)),
        ("SELECT * FROM (SELECT a FROM t) q(z) WHERE ", (Relation("q", (), ("z",)),)),
        ("WITH c AS (SELECT a FROM t) SELECT * FROM c x WHERE ", (Relation("x", (), ("a",)),)),
        ("WITH c(z) AS (SELECT a FROM t) SELECT * FROM c WHERE ", (Relation("c", (), ("z",)),)),
        (
            "WITH c AS (SELECT * FROM t), d AS (SELECT *, 1 AS n FROM c) SELECT * FROM d WHERE ",
            (Relation("d", (("t",),), ("n",)),),
        ),
        (
            "SELECT * FROM a x WHERE x.i IN (SELECT y.i FROM b y WHERE ",
            (Relation("y", (("b",),)), Relation("x", (("a",),))),
        ),
        ("SELECT * FROM a UNION SELECT * FROM b WHERE ", (Relation("b", (("b",),)),)),
        ("SELECT * FROM a; SELECT * FROM b WHERE ", (Relation("b", (("b",),)),)),
        ("SELECT EXTRACT(year FROM ts) FROM a WHERE ", (Relation("a", (("a",),)),)),
    ],
)  # fmt: skip
def test_relations_of_the_query_at_the_cursor(context: str, expected: tuple[Relation, ...]) -> None:
    assert relations(context) == expected


def test_ctes_are_known_before_they_are_read() -> None:
    context = "WITH RECURSIVE one AS (SELECT a FROM t), two AS (SELECT b, c FROM u) SELECT * FROM "
    ctes = read_cursor(context, "xx", "duckdb").ctes
    assert ctes == (Relation("one", (), ("a",)), Relation("two", (), ("b", "c")))


def test_an_inner_cte_hides_an_outer_one_and_ends_with_its_query() -> None:
    context = (
        "WITH c AS (SELECT a) SELECT * FROM (WITH c AS (SELECT b) SELECT * FROM c) q JOIN c ON "
    )
    assert relations(context) == (Relation("q", (), ("b",)), Relation("c", (), ("a",)))


def test_databricks_has_its_own_quotes_and_comments() -> None:
    cursor = read_cursor("SELECT * FROM `my cat`.gold.flights f WHERE ", "f.", "databricks")
    assert cursor.relations == (Relation("f", (("my cat", "gold", "flights"),)),)
    assert read_cursor('SELECT "', "text", "databricks").expect is Expect.NOTHING
    assert read_cursor("SELECT `", "col", "databricks").quoted


def test_stars_over_stars_do_not_explode() -> None:
    """Each level reads the one before twice: 2^200 columns, were they not kept flat."""
    levels = ", ".join(f"c{n} AS (SELECT * FROM c{n - 1} a, c{n - 1} b)" for n in range(1, 200))
    context = f"WITH c0 AS (SELECT * FROM t), {levels} SELECT * FROM c199 WHERE "
    assert relations(context) == (Relation("c199", (("t",),)),)


def test_ten_thousand_open_parentheses_are_read() -> None:
    assert read_cursor("SELECT " + "(" * 10_000, "xx", "duckdb").expect is Expect.COLUMN
