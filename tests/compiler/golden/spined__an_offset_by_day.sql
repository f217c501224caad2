-- duckdb
SELECT
  DATE_TRUNC('DAY', "_spine"."day") AS "metric_time__day",
  COUNT("visits"."visit_id") AS "visits_last_month"
FROM "t"."visits"
INNER JOIN "t"."days" AS "_spine"
  ON DATE_TRUNC('DAY', "visits"."visited_on") = "_spine"."day" - INTERVAL '1' MONTH
GROUP BY
  1

-- databricks
SELECT
  DATE_TRUNC('DAY', `_spine`.`day`) AS `metric_time__day`,
  COUNT(`visits`.`visit_id`) AS `visits_last_month`
FROM `t`.`visits`
INNER JOIN `t`.`days` AS `_spine`
  ON DATE_TRUNC('DAY', `visits`.`visited_on`) = `_spine`.`day` - INTERVAL '1' MONTH
GROUP BY
  1
