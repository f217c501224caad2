"""The words a dialect brings along: keywords and functions, each list searchable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from catalog.completion.functions import COMMON, DATABRICKS, DUCKDB, Function
from catalog.completion.names import NameIndex, folded

# Read-only SQL only: nothing else can be run here. In the order of how likely they are meant.
_KEYWORDS = """
SELECT|DISTINCT|FROM|WHERE|GROUP BY|HAVING|ORDER BY|LIMIT|OFFSET|QUALIFY|WINDOW|WITH|RECURSIVE|AS
AND|OR|NOT|IN|BETWEEN
LIKE|ILIKE|IS NULL|IS NOT NULL|IS DISTINCT FROM|IS NOT DISTINCT FROM|EXISTS|CASE|WHEN|THEN|ELSE|END
JOIN|INNER JOIN
LEFT JOIN|RIGHT JOIN|FULL OUTER JOIN|CROSS JOIN|SEMI JOIN|ANTI JOIN|LATERAL|ON|USING|UNION|UNION ALL
EXCEPT|INTERSECT
ASC|DESC|NULLS FIRST|NULLS LAST|OVER|PARTITION BY|ROWS BETWEEN|RANGE BETWEEN|UNBOUNDED PRECEDING
UNBOUNDED FOLLOWING
CURRENT ROW|FILTER|WITHIN GROUP|GROUPING SETS|ROLLUP|CUBE|GROUP BY ALL|CAST|TRY_CAST|EXTRACT
INTERVAL|NULL|TRUE|FALSE
ALL|ANY|VALUES|PIVOT|UNPIVOT|TABLESAMPLE|ESCAPE|DESCRIBE|EXPLAIN
BOOLEAN|INTEGER|BIGINT|DOUBLE|DECIMAL|VARCHAR|DATE|TIMESTAMP
"""
_DUCKDB_KEYWORDS = """
EXCLUDE|REPLACE|ORDER BY ALL|ASOF JOIN|POSITIONAL JOIN|SUMMARIZE|SIMILAR TO|GLOB|USING SAMPLE
UNION BY NAME
HUGEINT|UUID|TIMESTAMPTZ|STRUCT|LIST|MAP
"""
_DATABRICKS_KEYWORDS = """
LATERAL VIEW|CLUSTER BY|DISTRIBUTE BY|SORT BY|RLIKE|TIMESTAMP AS OF|VERSION AS OF|MINUS|STRING|ARRAY
STRUCT|MAP|VARIANT
"""


@dataclass(frozen=True)
class Vocabulary:
    """Keywords and functions of one dialect; ids of the indexes are places in the tuples.

    `keyword_ranks` puts what is typed most first.
    """

    dialect: str
    keywords: tuple[str, ...]
    functions: tuple[Function, ...]
    keyword_ranks: Mapping[str, int]
    keyword_index: NameIndex
    function_index: NameIndex


@cache
def vocabulary(dialect: str) -> Vocabulary:
    """The words of a dialect; of a dialect without a list of its own, those that all share."""
    own_words = {"duckdb": _DUCKDB_KEYWORDS, "databricks": _DATABRICKS_KEYWORDS}.get(dialect, "")
    own_functions = {"duckdb": DUCKDB, "databricks": DATABRICKS}.get(dialect, ())
    keywords = {folded(word): word for word in _split(_KEYWORDS + own_words)}
    functions = {folded(one.name): one for one in (*COMMON, *own_functions)}
    keyword_index, function_index = NameIndex(keywords), NameIndex(functions)
    return Vocabulary(
        dialect,
        tuple(keywords[name] for name in keyword_index.identifiers()),
        tuple(functions[name] for name in function_index.identifiers()),
        {word: rank for rank, word in enumerate(keywords.values())},
        keyword_index,
        function_index,
    )


def _split(text: str) -> list[str]:
    return [word for line in text.split("\n") for word in line.split("|") if word]
