"""Documents with mistakes. `§` marks where an issue must point; it is removed before reading.

Each case: name, document, and for every mark in order (code, part of the message).
"""

from __future__ import annotations

from tests.compiler.reading.broken_metrics import METRICS
from tests.compiler.reading.broken_texts import Case, members, model

YAML: list[Case] = [
    ("tab", "metrics:\n§\t- name: x\n", [("YAML_SYNTAX", "spaces")]),
    ("colon", "metrics:\n  - name: a§: b\n", [("YAML_SYNTAX", "Quote the value")]),
    ("unclosed quote", 'metrics:\n  - name: §"abc\n', [("YAML_SYNTAX", "Close the quote")]),
    ("unclosed bracket", "metrics: [a, b\n§", [("YAML_SYNTAX", "Close the bracket")]),
    (
        "jinja without quotes",
        "metric:\n  name: a\n  filter: {{ Dimension('a__b') }} §= 'x'\n",
        [("YAML_SYNTAX", "in quotes")],
    ),
    ("at sign", "metric:\n  name: §@a\n", [("YAML_SYNTAX", "Quote the value")]),
    ("backslash", 'metric:\n  name: "a§\\d"\n', [("YAML_SYNTAX", "single quotes")]),
    ("indentation", "metric:\n  name: a\n §type: simple\n", [("YAML_SYNTAX", "indentation")]),
    (
        "later documents are still read",
        "metric:\n  name: a§: b\n---\nmetric:\n  name: c\n  §tipe: simple\n  measure: m\n",
        [("YAML_SYNTAX", ""), ("UNKNOWN_KEY", "'type'")],
    ),
    ("unknown alias", "metric: §*missing\n", [("YAML_ALIAS", "No anchor '&missing'")]),
    ("alias of itself", "metric: &a [§*a]\n", [("YAML_ALIAS", "contains itself")]),
    ("tag", "metric: §!!python/object:os.system x\n", [("YAML_TAG", "python/object")]),
    ("control character", "metric: a§\x07b\n", [("CONTROL_CHARACTER", "U+0007")]),
    (
        "duplicate key",
        "metric:\n  name: a\n  §name: b\n  measure: c\n",
        [("DUPLICATE_KEY", "line 2, column 3")],
    ),
    (
        "duplicate key in metadata",
        "metric:\n  name: a\n  measure: c\n  meta:\n    owner: x\n    §owner: y\n",
        [("DUPLICATE_KEY", "line 5, column 5")],
    ),
    (
        "key that is a list",
        "metric:\n  name: a\n  measure: b\n  ? §[x]\n  : 1\n",
        [("INVALID_KEY", "")],
    ),
    ("document is a list", "§- a\n- b\n", [("WRONG_TYPE", "found a list")]),
    ("document is text", "§hello\n", [("WRONG_TYPE", "the text 'hello'")]),
    ("unknown kind of document", "§semantic_modls: []\n", [("UNKNOWN_KEY", "'semantic_models'")]),
]

MODELS: list[Case] = [
    ("unknown key", members("§meazures: []"), [("UNKNOWN_KEY", "Did you mean 'measures'?")]),
    ("list expected", members("measures: §revenue"), [("WRONG_TYPE", "Expected a list")]),
    ("mapping expected", members("measures: [§revenue]"), [("WRONG_TYPE", "a mapping (measure)")]),
    (
        "name missing",
        "semantic_models:\n  - §model: ref('orders')\n",
        [("MISSING_KEY", "'name' is missing")],
    ),
    (
        "name empty",
        "semantic_models:\n  - §name:\n    model: ref('orders')\n",
        [("MISSING_KEY", "'name' is empty")],
    ),
    ("model missing", "semantic_models:\n  - §name: orders\n", [("MISSING_KEY", "ref('name')")]),
    (
        "model name",
        model(**{"name: orders": "name: §Orders"}),
        [("INVALID_NAME", "such as 'orders'")],
    ),
    ("double underscore", model(**{"name: orders": "name: §a__b"}), [("INVALID_NAME", "'a_b'")]),
    (
        "model name too long",
        model(**{"name: orders": "name: §" + "a" * 65}),
        [("INVALID_NAME", "64 are allowed")],
    ),
    ("reserved name", model(**{"name: orders": "name: §search"}), [("RESERVED_NAME", "reserved")]),
    ("relation", model(**{"ref('orders')": "§ref(orders)"}), [("INVALID_RELATION", "ref('name')")]),
    (
        "four parts",
        model(**{"ref('orders')": "§a.b.c.d"}),
        [("INVALID_RELATION", "names no table")],
    ),
    (
        "relation without table",
        model(**{"ref('orders')": "§{schema: a}"}),
        [("MISSING_KEY", "'alias' is missing")],
    ),
    (
        "relation without schema",
        model(**{"ref('orders')": "§{database: a, alias: b}"}),
        [("MISSING_KEY", "'schema' is missing")],
    ),
    (
        "default time dimension",
        model(**{"agg_time_dimension: ordered_at": "agg_time_dimension: §order_at"}),
        [("UNKNOWN_DIMENSION", "Did you mean 'ordered_at'?")],
    ),
    (
        "default time dimension is categorical",
        model(**{"agg_time_dimension: ordered_at": "agg_time_dimension: §status"}),
        [("UNKNOWN_DIMENSION", "It has ordered_at")],
    ),
    ("entity type", model(primary="§primry"), [("INVALID_ENTITY_TYPE", "'primary'")]),
    (
        "two primary entities",
        model(foreign="§primary"),
        [("DUPLICATE_PRIMARY", "beside 'order'")],
    ),
    (
        "primary entity written twice",
        model(**{"defaults:": "primary_entity: §customer\n    defaults:"}),
        [("CONFLICT", "remove 'primary_entity'")],
    ),
    (
        "same entity twice",
        model(**{"name: customer,": "name: §order,"}),
        [("DUPLICATE_NAME", "line 6, column 16")],
    ),
    (
        "dimension with the name of an entity",
        model(**{"name: status": "name: §customer"}),
        [("DUPLICATE_NAME", "line 7, column 16")],
    ),
    (
        "same measure twice",
        model(order_count="§revenue"),
        [("DUPLICATE_NAME", "line 12, column 16")],
    ),
    (
        "dimension type",
        model(categorical="§category"),
        [("INVALID_DIMENSION_TYPE", "'categorical'")],
    ),
    (
        "time dimension without grain",
        members("dimensions:\n  - §{name: ordered_at, type: time}"),
        [("MISSING_KEY", "time_granularity: day")],
    ),
    (
        "grain",
        members("dimensions:\n  - {name: at, type: time, time_granularity: §dya}"),
        [("INVALID_GRAIN", "'day'")],
    ),
    (
        "grain of a categorical dimension",
        members("dimensions:\n  - {name: at, type: categorical, time_granularity: §day}"),
        [("MISPLACED_KEY", "'type: time'")],
    ),
    (
        "grain written twice",
        members(
            "dimensions:\n  - {name: at, type: time, time_granularity: §day,"
            " type_params: {time_granularity: hour}}"
        ),
        [("CONFLICT", "written twice")],
    ),
    (
        "name of a grain",
        members("dimensions:\n  - {name: §month, type: categorical}"),
        [("RESERVED_NAME", "'x_month'")],
    ),
    (
        "name metric_time",
        members("dimensions:\n  - {name: §metric_time, type: categorical}"),
        [("RESERVED_NAME", "already has a meaning")],
    ),
    (
        "expression",
        members("dimensions:\n  - name: big\n    type: categorical\n    expr: amount * §) 3"),
        [("INVALID_EXPRESSION", "Not a SQL expression")],
    ),
    (
        "several statements",
        members('dimensions:\n  - {name: big, type: categorical, expr: §"a; drop table b"}'),
        [("INVALID_EXPRESSION", "one expression")],
    ),
    (
        "function not allowed",
        members("dimensions:\n  - {name: big, type: categorical, expr: §read_csv('x')}"),
        [("INVALID_EXPRESSION", "READ_CSV")],
    ),
    (
        "truth value as text",
        members("dimensions:\n  - {name: a, type: categorical, is_partition: §'true'}"),
        [("WRONG_TYPE", "true or false")],
    ),
    (
        "yes is no truth value",
        members("dimensions:\n  - {name: a, type: categorical, is_partition: §yes}"),
        [("WRONG_TYPE", "the text 'yes'")],
    ),
    (
        "natural without validity",
        members("entities:\n  - {name: order, type: §natural}"),
        [("MISSING_VALIDITY", "is_start")],
    ),
    (
        "only one bound",
        members(
            "entities:\n  - {name: order, type: natural}\ndimensions:\n"
            "  - §{name: a, type: time, type_params: {time_granularity: day,"
            " validity_params: {is_start: true}}}"
        ),
        [("MISSING_VALIDITY", "is_end, found 0")],
    ),
    (
        "time zone",
        members("time_zone: §Europe/Pariss"),
        [("INVALID_TIME_ZONE", "America/New_York")],
    ),
    (
        "aggregation",
        members("measures:\n  - {name: a, agg: §avg, expr: b}"),
        [("INVALID_AGGREGATION", "'average'")],
    ),
    (
        "aggregation missing",
        members("measures:\n  - §{name: a, expr: b}"),
        [("MISSING_KEY", "'agg' is missing (measure)")],
    ),
    (
        "count without expression",
        members("measures:\n  - §{name: a, agg: count}"),
        [("MISSING_KEY", "1 to count rows")],
    ),
    (
        "percentile without percentile",
        members("measures:\n  - §{name: a, agg: percentile, expr: b}"),
        [("MISSING_KEY", "agg_params: {percentile: 0.9}")],
    ),
    (
        "percentile out of range",
        members("measures:\n  - {name: a, agg: percentile, agg_params: {percentile: §95}}"),
        [("OUT_OF_RANGE", "between 0 and 1")],
    ),
    (
        "percentile of a sum",
        members("measures:\n  - {name: a, agg: sum, agg_params: {percentile: §0.5}}"),
        [("MISPLACED_KEY", "not with sum")],
    ),
    (
        "time dimension of a measure",
        members("measures:\n  - {name: a, agg: sum, agg_time_dimension: §b}"),
        [("UNKNOWN_DIMENSION", "It has no time dimensions")],
    ),
    (
        "non-additive dimension",
        members("measures:\n  - {name: a, agg: sum, non_additive_dimension: {name: §ds}}"),
        [("UNKNOWN_DIMENSION", "'ds'")],
    ),
    (
        "non-additive grouping",
        model(
            **{
                "expr: amount": "non_additive_dimension: {name: ordered_at,"
                " window_groupings: §[custmer]}"
            }
        ),
        [("UNKNOWN_ENTITY", "'customer'")],
    ),
    (
        "synonyms",
        members("meta: {synonyms: §{a: b}}"),
        [("WRONG_TYPE", "found a mapping")],
    ),
    (
        "access rules of a dimension",
        members("dimensions:\n  - {name: a, type: categorical, meta: {access: §[{roles: [x]}]}}"),
        [("MISPLACED_KEY", "belongs to a model")],
    ),
    (
        "row rule",
        members("meta:\n  access:\n    - roles: [viewer]\n      rows:\n        - §{field: a__b}"),
        [("INVALID_FILTER", "needs 'field' and 'op'")],
    ),
]
OTHERS: list[Case] = [
    (
        "dbt: unknown key of semantic_model",
        "models:\n  - name: orders\n    semantic_model: {§nam: x}\n",
        [("UNKNOWN_KEY", "'name'")],
    ),
    (
        "dbt: time dimension without granularity",
        "models:\n  - name: orders\n    semantic_model: true\n    primary_entity: order\n"
        "    columns:\n      - name: at\n        dimension: §time\n",
        [("MISSING_KEY", "'granularity' beside")],
    ),
    (
        "dbt: metrics without semantic_model",
        "models:\n  - name: orders\n    metrics: §[{name: a, agg: sum, expr: b}]\n",
        [("MISSING_KEY", "semantic_model: true")],
    ),
    (
        "dbt: time spine without granularity",
        "models:\n  - name: days\n    time_spine: {standard_granularity_column: §day_at}\n"
        "    columns: [{name: day_at}]\n",
        [("MISSING_KEY", "needs a 'granularity'")],
    ),
    (
        "saved query without query",
        "saved_queries:\n  - §name: a\n",
        [("MISSING_KEY", "'query_params' is missing")],
    ),
    (
        "saved query that asks nothing",
        "saved_query:\n  name: a\n  query_params: §{limit: 3}\n",
        [("MISSING_KEY", "'metrics' or 'group_by'")],
    ),
    (
        "saved query limit",
        "saved_query:\n  name: a\n  query_params: {metrics: [a], limit: §1.5}\n",
        [("WRONG_TYPE", "a whole number, found 1.5")],
    ),
    (
        "two time spines of a grain",
        "project_configuration:\n  time_spines:\n"
        "    - {node_relation: a.b, primary_column: {name: x, time_granularity: day}}\n"
        "    - {node_relation: a.c, primary_column: §{name: y, time_granularity: day}}\n",
        [("DUPLICATE_NAME", "one per grain")],
    ),
    (
        "flat model",
        "name: orders\nmodel: a.b.c\nprimary_entity: order\nmetrics:\n"
        "  - {name: a, type: simple, §mesure: b, measure: b}\n  - {name: §a, measure: b}\n",
        [("UNKNOWN_KEY", "'measure'"), ("DUPLICATE_NAME", "line 5, column 12")],
    ),
]

CASES: list[Case] = [*YAML, *MODELS, *METRICS, *OTHERS]
