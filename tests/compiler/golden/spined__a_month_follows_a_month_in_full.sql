-- duckdb
WITH "visits__agg__parts" AS (
  SELECT
    DATE_TRUNC('MONTH', "visits"."visited_on") AS "_happened_in",
    COUNT("visits"."visit_id") AS "_visit_count"
  FROM "t"."visits"
  GROUP BY
    1
), "visits__agg__spine" AS (
  SELECT
    DATE_TRUNC('MONTH', "_spine"."day") AS "_period"
  FROM "t"."days" AS "_spine"
  GROUP BY
    1
)
SELECT
  DATE_TRUNC('MONTH', "visits__agg__spine"."_period") AS "metric_time__month",
  SUM("visits__agg__parts"."_visit_count") AS "visits_last_month"
FROM "visits__agg__parts"
INNER JOIN "visits__agg__spine"
  ON "visits__agg__parts"."_happened_in" = "visits__agg__spine"."_period" - INTERVAL '1' MONTH
GROUP BY
  1

-- databricks
WITH `visits__agg__parts` AS (
  SELECT
    DATE_TRUNC('MONTH', `visits`.`visited_on`) AS `_happened_in`,
    COUNT(`visits`.`visit_id`) AS `_visit_count`
  FROM `t`.`visits`
  GROUP BY
    1
), `visits__agg__spine` AS (
  SELECT
    DATE_TRUNC('MONTH', `_spine`.`day`) AS `_period`
  FROM `t`.`days` AS `_spine`
  GROUP BY
    1
)
SELECT
  DATE_TRUNC('MONTH', `visits__agg__spine`.`_period`) AS `metric_time__month`,
  SUM(`visits__agg__parts`.`_visit_count`) AS `visits_last_month`
FROM `visits__agg__parts`
INNER JOIN `visits__agg__spine`
  ON `visits__agg__parts`.`_happened_in` = `visits__agg__spine`.`_period` - INTERVAL '1' MONTH
GROUP BY
  1
