-- duckdb
WITH "visits__agg__parts" AS (
  SELECT
    DATE_TRUNC('DAY', "visits"."visited_on") AS "_happened_in",
    COUNT("visits"."visit_id") AS "_visit_count"
  FROM "t"."visits"
  GROUP BY
    1
)
SELECT
  DATE_TRUNC('QUARTER', "_spine"."_period") AS "metric_time__quarter",
  SUM("visits__agg__parts"."_visit_count") AS "visits_at_month_start"
FROM "visits__agg__parts"
INNER JOIN (SELECT UNNEST(RANGE("first", "last", INTERVAL '1' DAY)) AS "_period" FROM (
  SELECT
    MIN(DATE_TRUNC('DAY', "visits"."visited_on")) AS "first",
    MAX(DATE_TRUNC('DAY', "visits"."visited_on")) + INTERVAL '1' DAY AS "last"
  FROM "t"."visits"
)) AS "_spine"
  ON "visits__agg__parts"."_happened_in" = DATE_TRUNC('MONTH', "_spine"."_period")
WHERE
  "_spine"."_period" = DATE_TRUNC('QUARTER', "_spine"."_period")
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
)
SELECT
  DATE_TRUNC('QUARTER', `_spine`.`_period`) AS `metric_time__quarter`,
  SUM(`visits__agg__parts`.`_visit_count`) AS `visits_at_month_start`
FROM `visits__agg__parts`
INNER JOIN (SELECT EXPLODE(CASE WHEN `first` < `last` THEN SEQUENCE(`first`, `last` - INTERVAL '1' MICROSECOND, INTERVAL '1' DAY) END) AS `_period` FROM (
  SELECT
    MIN(DATE_TRUNC('DAY', `visits`.`visited_on`)) AS `first`,
    MAX(DATE_TRUNC('DAY', `visits`.`visited_on`)) + INTERVAL '1' DAY AS `last`
  FROM `t`.`visits`
)) AS `_spine`
  ON `visits__agg__parts`.`_happened_in` = DATE_TRUNC('MONTH', `_spine`.`_period`)
WHERE
  `_spine`.`_period` = DATE_TRUNC('QUARTER', `_spine`.`_period`)
GROUP BY
  1
