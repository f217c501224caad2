-- duckdb
SELECT
  DATE_TRUNC('MONTH', DATE_TRUNC('MONTH', "visits"."visited_on") + INTERVAL '1' MONTH) AS "metric_time__month",
  COUNT("visits"."visit_id") AS "visits_last_month"
FROM "t"."visits"
WHERE
  DATE_TRUNC('MONTH', DATE_TRUNC('MONTH', "visits"."visited_on") + INTERVAL '1' MONTH) <= (
    SELECT
      MAX(DATE_TRUNC('MONTH', "visits"."visited_on"))
    FROM "t"."visits"
  )
GROUP BY
  1

-- databricks
SELECT
  DATE_TRUNC('MONTH', DATE_TRUNC('MONTH', `visits`.`visited_on`) + INTERVAL '1' MONTH) AS `metric_time__month`,
  COUNT(`visits`.`visit_id`) AS `visits_last_month`
FROM `t`.`visits`
WHERE
  DATE_TRUNC('MONTH', DATE_TRUNC('MONTH', `visits`.`visited_on`) + INTERVAL '1' MONTH) <= (
    SELECT
      MAX(DATE_TRUNC('MONTH', `visits`.`visited_on`))
    FROM `t`.`visits`
  )
GROUP BY
  1
