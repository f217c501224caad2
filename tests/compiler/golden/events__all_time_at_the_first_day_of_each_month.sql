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
    "_spine"."_period" AS "_base_time",
    DATE_TRUNC('MONTH', "_spine"."_period") AS "metric_time__month",
    SUM("visits__agg__parts"."_visit_count") AS "_visit_count"
  FROM "visits__agg__parts"
  INNER JOIN (SELECT UNNEST(RANGE("first", "last", INTERVAL '1' DAY)) AS "_period" FROM (
    SELECT
      MIN(DATE_TRUNC('DAY', "visits"."visited_on")) AS "first",
      MAX(DATE_TRUNC('DAY', "visits"."visited_on")) + INTERVAL '1' DAY AS "last"
    FROM "t"."visits"
  )) AS "_spine"
    ON "visits__agg__parts"."_happened_in" < "_spine"."_period" + INTERVAL '1' DAY
  GROUP BY
    1,
    2
)
SELECT
  "visits__agg__base"."metric_time__month",
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
    `_spine`.`_period` AS `_base_time`,
    DATE_TRUNC('MONTH', `_spine`.`_period`) AS `metric_time__month`,
    SUM(`visits__agg__parts`.`_visit_count`) AS `_visit_count`
  FROM `visits__agg__parts`
  INNER JOIN (SELECT EXPLODE(CASE WHEN `first` < `last` THEN SEQUENCE(`first`, `last` - INTERVAL '1' MICROSECOND, INTERVAL '1' DAY) END) AS `_period` FROM (
    SELECT
      MIN(DATE_TRUNC('DAY', `visits`.`visited_on`)) AS `first`,
      MAX(DATE_TRUNC('DAY', `visits`.`visited_on`)) + INTERVAL '1' DAY AS `last`
    FROM `t`.`visits`
  )) AS `_spine`
    ON `visits__agg__parts`.`_happened_in` < `_spine`.`_period` + INTERVAL '1' DAY
  GROUP BY
    1,
    2
)
SELECT
  `visits__agg__base`.`metric_time__month`,
  MIN_BY(`visits__agg__base`.`_visit_count`, `visits__agg__base`.`_base_time`) AS `visits_so_far`
FROM `visits__agg__base`
GROUP BY
  1
