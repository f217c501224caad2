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
  COUNT("visits"."visit_id") AS "visits_at_month_start"
FROM "t"."visits"
INNER JOIN "visits__agg__spine"
  ON DATE_TRUNC('MONTH', "visits"."visited_on") = DATE_TRUNC('MONTH', "visits__agg__spine"."_period")
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
  COUNT(`visits`.`visit_id`) AS `visits_at_month_start`
FROM `t`.`visits`
INNER JOIN `visits__agg__spine`
  ON DATE_TRUNC('MONTH', `visits`.`visited_on`) = DATE_TRUNC('MONTH', `visits__agg__spine`.`_period`)
GROUP BY
  1
