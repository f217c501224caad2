-- duckdb
SELECT
  DATE_TRUNC('MONTH', "time_spine"."day") AS "metric_time__month",
  COUNT("visits"."visit_id") AS "visits_at_month_start"
FROM "t"."visits"
INNER JOIN "t"."days" AS "time_spine"
  ON DATE_TRUNC('DAY', "visits"."visited_on") = DATE_TRUNC('MONTH', "time_spine"."day")
WHERE
  "time_spine"."day" = DATE_TRUNC('MONTH', "time_spine"."day")
GROUP BY
  1

-- databricks
SELECT
  DATE_TRUNC('MONTH', `time_spine`.`day`) AS `metric_time__month`,
  COUNT(`visits`.`visit_id`) AS `visits_at_month_start`
FROM `t`.`visits`
INNER JOIN `t`.`days` AS `time_spine`
  ON DATE_TRUNC('DAY', `visits`.`visited_on`) = DATE_TRUNC('MONTH', `time_spine`.`day`)
WHERE
  `time_spine`.`day` = DATE_TRUNC('MONTH', `time_spine`.`day`)
GROUP BY
  1
