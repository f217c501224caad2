-- duckdb
WITH "visits__agg__spine" AS (
  SELECT
    DATE_TRUNC('MONTH', "_spine"."day") AS "_period"
  FROM "t"."days" AS "_spine"
  GROUP BY
    1
)
SELECT
  DATE_TRUNC('MONTH', "visits__agg__spine"."_period") AS "metric_time__month",
  COUNT("visits"."visit_id") AS "visits_last_month"
FROM "t"."visits"
INNER JOIN "visits__agg__spine"
  ON DATE_TRUNC('MONTH', "visits"."visited_on") = "visits__agg__spine"."_period" - INTERVAL '1' MONTH
GROUP BY
  1

-- databricks
WITH `visits__agg__spine` AS (
  SELECT
    DATE_TRUNC('MONTH', `_spine`.`day`) AS `_period`
  FROM `t`.`days` AS `_spine`
  GROUP BY
    1
)
SELECT
  DATE_TRUNC('MONTH', `visits__agg__spine`.`_period`) AS `metric_time__month`,
  COUNT(`visits`.`visit_id`) AS `visits_last_month`
FROM `t`.`visits`
INNER JOIN `visits__agg__spine`
  ON DATE_TRUNC('MONTH', `visits`.`visited_on`) = `visits__agg__spine`.`_period` - INTERVAL '1' MONTH
GROUP BY
  1
