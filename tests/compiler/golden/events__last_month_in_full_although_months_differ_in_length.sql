-- duckdb
WITH "visits__agg__parts" AS (
  SELECT
    DATE_TRUNC('MONTH', "visits"."visited_on") AS "_happened_in",
    COUNT("visits"."visit_id") AS "_visit_count"
  FROM "t"."visits"
  GROUP BY
    1
  HAVING
    DATE_TRUNC('MONTH', DATE_TRUNC('MONTH', "visits"."visited_on") + INTERVAL '1' MONTH) <= (
      SELECT
        DATE_TRUNC('MONTH', MAX("visits"."visited_on"))
      FROM "t"."visits"
    )
)
SELECT
  DATE_TRUNC('MONTH', "visits__agg__parts"."_happened_in" + INTERVAL '1' MONTH) AS "metric_time__month",
  SUM("visits__agg__parts"."_visit_count") AS "visits_last_month"
FROM "visits__agg__parts"
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
  HAVING
    DATE_TRUNC('MONTH', DATE_TRUNC('MONTH', `visits`.`visited_on`) + INTERVAL '1' MONTH) <= (
      SELECT
        DATE_TRUNC('MONTH', MAX(`visits`.`visited_on`))
      FROM `t`.`visits`
    )
)
SELECT
  DATE_TRUNC('MONTH', `visits__agg__parts`.`_happened_in` + INTERVAL '1' MONTH) AS `metric_time__month`,
  SUM(`visits__agg__parts`.`_visit_count`) AS `visits_last_month`
FROM `visits__agg__parts`
GROUP BY
  1
