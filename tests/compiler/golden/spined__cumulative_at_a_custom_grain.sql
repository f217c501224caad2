-- duckdb
WITH "visits__agg__parts" AS (
  SELECT
    DATE_TRUNC('DAY', "visits"."visited_on") AS "_happened_in",
    COUNT("visits"."visit_id") AS "_visit_count"
  FROM "t"."visits"
  GROUP BY
    1
), "visits__agg__base" AS (
  SELECT
    "_spine"."day" AS "_base_time",
    "metric_time__school_term"."school_term" AS "metric_time__school_term",
    SUM("visits__agg__parts"."_visit_count") AS "_visit_count"
  FROM "visits__agg__parts"
  INNER JOIN "t"."days" AS "_spine"
    ON "visits__agg__parts"."_happened_in" < "_spine"."day" + INTERVAL '1' DAY
  LEFT JOIN "t"."days" AS "metric_time__school_term"
    ON DATE_TRUNC('DAY', "_spine"."day") = "metric_time__school_term"."day"
  GROUP BY
    1,
    2
)
SELECT
  "visits__agg__base"."metric_time__school_term",
  ARG_MIN_NULL("visits__agg__base"."_visit_count", "visits__agg__base"."_base_time") AS "visits_so_far"
FROM "visits__agg__base"
GROUP BY
  1

-- databricks
WITH `visits__agg__parts` AS (
  SELECT
    DATE_TRUNC('DAY', `visits`.`visited_on`) AS `_happened_in`,
    COUNT(`visits`.`visit_id`) AS `_visit_count`
  FROM `t`.`visits`
  GROUP BY
    1
), `visits__agg__base` AS (
  SELECT
    `_spine`.`day` AS `_base_time`,
    `metric_time__school_term`.`school_term` AS `metric_time__school_term`,
    SUM(`visits__agg__parts`.`_visit_count`) AS `_visit_count`
  FROM `visits__agg__parts`
  INNER JOIN `t`.`days` AS `_spine`
    ON `visits__agg__parts`.`_happened_in` < `_spine`.`day` + INTERVAL '1' DAY
  LEFT JOIN `t`.`days` AS `metric_time__school_term`
    ON DATE_TRUNC('DAY', `_spine`.`day`) = `metric_time__school_term`.`day`
  GROUP BY
    1,
    2
)
SELECT
  `visits__agg__base`.`metric_time__school_term`,
  MIN_BY(`visits__agg__base`.`_visit_count`, `visits__agg__base`.`_base_time`) AS `visits_so_far`
FROM `visits__agg__base`
GROUP BY
  1
