-- duckdb
-- p0 = '2024-02-01'
SELECT
  COUNT("visits"."visit_id") AS "visits"
FROM "t"."visits"
LEFT JOIN "t"."days" AS "metric_time__season"
  ON DATE_TRUNC('DAY', "visits"."visited_on") = "metric_time__season"."day"
WHERE
  "metric_time__season"."season" = $p0

-- databricks
-- p0 = '2024-02-01'
SELECT
  COUNT(`visits`.`visit_id`) AS `visits`
FROM `t`.`visits`
LEFT JOIN `t`.`days` AS `metric_time__season`
  ON DATE_TRUNC('DAY', `visits`.`visited_on`) = `metric_time__season`.`day`
WHERE
  `metric_time__season`.`season` = :p0
